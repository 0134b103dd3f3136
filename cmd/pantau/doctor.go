package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"pantau/config"
	"pantau/crawler"
	"pantau/internal/doctor"
	"pantau/internal/egress"
	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/internal/snapshot"
	"pantau/internal/store"
)

func (a *app) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "doctor [SOURCE...]", Short: "Reach for every source, channel and the database from this machine, and say what works",
		Long:    "Makes one polite request to every source and to every preset that no source uses, tries every channel without\nsending anything, a small transaction on the database, and compares the clock of this machine. Nothing is stored.\nOf sources that are named only those are asked, and no preset or channel.\n\nExit status: 0 everything works (there may be warnings), 1 something does not, 2 the configuration is wrong.",
		Example: "  pantau doctor\n  pantau doctor pse permen-5-2020",
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := a.config()
			if err != nil {
				return err
			}
			return a.doctor(c.Context(), conf, args)
		},
	}
}

func (a *app) doctor(ctx context.Context, conf *config.Config, ids []string) error {
	chromium := browsers(conf, a.log())
	client := crawler.New(crawler.Options{Version: programVersion(), Contact: conf.Network.Contact, Allow: conf.Network.Allow, Retries: -1, Browsers: chromium, Log: a.log()})
	defer client.Close()
	list, err := a.questions(conf, ids, &monitor.Monitor{Crawler: client, Log: a.log()})
	if err != nil {
		return err
	}
	if chromium != nil {
		list = append([]doctor.Question{doctor.Browser(chromium)}, list...)
	}
	var findings, database []doctor.Finding
	var wg sync.WaitGroup
	wg.Go(func() { database = a.examine(ctx, conf) })
	wg.Go(func() { findings = doctor.Visit(ctx, list) })
	wg.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	findings = slices.Concat(database, findings, []doctor.Finding{doctor.Clock(findings)})
	if err := a.tell(findings); err != nil {
		return err
	}
	if doctor.Worst(findings) == doctor.Failed {
		return exit{code: exitFailed}
	}
	return nil
}

// questions is everything that is asked beside the database; where sources are
// named, these alone.
func (a *app) questions(conf *config.Config, ids []string, m *monitor.Monitor) ([]doctor.Question, error) {
	if len(ids) > 0 {
		sources, err := pick(conf.Sources, listsOf(conf, ids))
		if err != nil {
			return nil, exit{exitConfig, err}
		}
		var list []doctor.Question
		for _, s := range sources {
			list = append(list, doctor.Source(m, s))
		}
		return list, nil
	}
	senders, err := channels(conf, a)
	if err != nil {
		return nil, exit{exitConfig, err}
	}
	zones := []string{conf.Timezone}
	for _, s := range conf.Sources {
		zones = append(zones, s.Timezone)
	}
	slices.Sort(zones)
	list := []doctor.Question{doctor.Zones(slices.Compact(zones))}
	for _, s := range conf.Sources {
		list = append(list, doctor.Source(m, s))
	}
	for _, s := range conf.UnusedPresets() {
		list = append(list, doctor.Preset(m, s))
	}
	for _, name := range slices.Sorted(maps.Keys(senders)) {
		list = append(list, doctor.Channel(name, senders[name]))
	}
	if conf.Heartbeat != "" {
		client, err := egress.NewClient(heartbeatPolicy(conf), 20*time.Second)
		if err != nil {
			return nil, err
		}
		list = append(list, doctor.Heartbeat(client, conf.Heartbeat))
	}
	return list, nil
}

// listsOf puts for a document of a list, which the configuration does not name,
// the list that it came from: the site is the same.
func listsOf(conf *config.Config, ids []string) []string {
	known := func(id string) bool {
		return slices.ContainsFunc(conf.Sources, func(s snapshot.Source) bool { return s.ID == id })
	}
	var out []string
	for _, id := range ids {
		if at := strings.LastIndexByte(id, '.'); at > 0 && !known(id) && known(id[:at]) {
			id = id[:at]
		}
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// examine opens the database as it is; there need not be one yet.
func (a *app) examine(ctx context.Context, conf *config.Config) []doctor.Finding {
	ctx, cancel := context.WithTimeout(ctx, 45*time.Second)
	defer cancel()
	db, err := store.Open(ctx, conf.Database, store.Options{Program: programVersion(), Gone: schedule.Gone, Log: a.log(), Folder: a.keeps()})
	if errors.Is(err, store.ErrNotFound) {
		return []doctor.Finding{{What: "database", Level: doctor.Warning, Seen: err.Error(), Do: "`pantau check`, or start `pantau run`"}}
	}
	if err != nil {
		return []doctor.Finding{{What: "database", Level: doctor.Failed, Seen: err.Error(), Do: "mend what it says; `pantau run` does not start without it"}}
	}
	defer db.Close()
	d, err := db.Inspect(ctx, time.Now())
	if err != nil {
		return []doctor.Finding{{What: "database", Name: d.Kind, Level: doctor.Failed, Seen: fmt.Sprintf("%s: %v", db.Name(), err), Do: "mend what it says; nothing can be stored until then"}}
	}
	return doctor.Database(d, conf.Digest(), disk(db.Path()), time.Now())
}

// disk measures the one that the database lies on.
func disk(database string) doctor.Disk {
	var st syscall.Statfs_t
	if database == "" || syscall.Statfs(filepath.Dir(database), &st) != nil {
		return doctor.Disk{}
	}
	free, least := freeSpace(st)
	return doctor.Disk{Known: true, Free: int64(free), Reserve: int64(least)}
}

// tell prints the table, what is to be done below what it is about.
func (a *app) tell(findings []doctor.Finding) error {
	if a.json {
		for _, f := range findings {
			if err := a.print(f); err != nil {
				return err
			}
		}
		return nil
	}
	return table(a.out, func(row func(...string)) {
		for _, f := range findings {
			level := string(f.Level)
			if f.Level == doctor.Failed {
				level = "FAILED"
			}
			row(level, f.What, f.Name, oneLine(f.Seen))
			if f.Do != "" {
				row("", "", "", "do: "+oneLine(f.Do))
			}
		}
	})
}

// oneLine keeps a cell from becoming several rows or columns.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
