package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/internal/snapshot"
	"pantau/internal/store"
)

// deliverFor is how long `pantau check` stays to deliver its own messages.
const deliverFor = 30 * time.Second

// parkedFor is how long `pantau check` leaves a parked channel alone.
const parkedFor = time.Hour

func (a *app) checkCommand() *cobra.Command {
	var quiet bool
	c := &cobra.Command{
		Use: "check [SOURCE...]", GroupID: "look", Short: "Look now: at all sources, or at those named",
		Long:    "Looks at every source, or those named, once and now, and at the documents of every list among them; stores what was\nseen and delivers its messages for up to 30 s (the rest stays queued for `pantau run`).\n\nExit status: 0 all were seen, 1 a look was held or failed, 2 the configuration is wrong.",
		Example: "  pantau check\n  pantau check pse permen-5-2020 --no-deliver",
		RunE: a.working(func(ctx context.Context, s *system, args []string) error {
			return a.check(ctx, s, args, !quiet)
		}),
	}
	c.Flags().BoolVar(&quiet, "no-deliver", false, "leave all messages queued")
	return c
}

// check looks at the sources, hosts beside each other and the sources of one
// host behind each other.
func (a *app) check(ctx context.Context, s *system, ids []string, deliver bool) error {
	sources, err := s.pick(ids)
	if err != nil {
		return exit{exitConfig, err}
	}
	bad, all := a.lookAt(ctx, s, sources)
	// The documents of an index are looked at with it: also those that it has only
	// just shown.
	documents, err := s.documents(ctx, sources)
	all = errors.Join(all, err)
	if len(documents) > 0 && ctx.Err() == nil {
		more, err := a.lookAt(ctx, s, documents)
		bad, all = bad || more, errors.Join(all, err)
	}
	all = errors.Join(all, s.rounds(ctx, time.Now())) // where only cron runs nobody else would
	if deliver {
		// A channel that was parked a while ago gets another try: where only cron
		// runs nobody else would give it one.
		_, err := s.store.Unpark(ctx, time.Now().Add(-parkedFor))
		all = errors.Join(all, err, s.deliver(ctx, deliverFor))
	}
	if all == nil && bad {
		return exit{code: exitFailed}
	}
	return all
}

// lookAt looks at sources and tells of each what became of it. bad says that one
// could not be seen.
func (a *app) lookAt(ctx context.Context, s *system, sources []snapshot.Source) (bad bool, all error) {
	bar := newProgress(a.errs, len(sources))
	s.monitor.Progress = bar.pages
	hosts, order := map[string][]snapshot.Source{}, []string{}
	for _, src := range sources {
		if _, ok := hosts[src.Host()]; !ok {
			order = append(order, src.Host())
		}
		hosts[src.Host()] = append(hosts[src.Host()], src)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex // guards bad and all
	slots := make(chan struct{}, 4)
	for _, h := range order {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			s.checkHost(ctx, h, hosts[h], func(src snapshot.Source, check *monitor.Check, err error) {
				mu.Lock()
				defer mu.Unlock()
				bar.clear()
				if err != nil {
					all = errors.Join(all, fmt.Errorf("%s: %w", src.ID, err))
					return
				}
				bad = bad || !check.Outcome.Good()
				all = errors.Join(all, a.report(check))
			})
		})
	}
	wg.Wait()
	bar.clear()
	return bad, all
}

// pick finds sources by their ids, documents of an index too; without ids it is
// all that are configured.
func (s *system) pick(ids []string) ([]snapshot.Source, error) {
	var rest []string
	var out []snapshot.Source
	for _, id := range ids {
		if src, err := s.source(id); err == nil && src.Parent != "" {
			out = append(out, src)
			continue
		}
		rest = append(rest, id)
	}
	if len(rest) == 0 && len(ids) > 0 {
		return out, nil
	}
	found, err := pick(s.conf.Sources, rest)
	return append(out, found...), err
}

func pick(all []snapshot.Source, ids []string) ([]snapshot.Source, error) {
	if len(ids) == 0 {
		return all, nil
	}
	var out []snapshot.Source
	for _, id := range ids {
		found := false
		for _, s := range all {
			if s.ID == id {
				out, found = append(out, s), true
			}
		}
		if !found {
			var names []string
			for _, s := range all {
				names = append(names, s.ID)
			}
			return nil, fmt.Errorf("there is no source %q; the configuration has: %s", id, strings.Join(names, ", "))
		}
	}
	return out, nil
}

// checkHost looks at sources of one host, behind each other, and tells what
// became of each. It waits for the host's lease if `pantau run` is at work there,
// and lets others have it between.
func (s *system) checkHost(ctx context.Context, host string, sources []snapshot.Source, tell func(snapshot.Source, *monitor.Check, error)) {
	next := 0
	crawl := s.byHand(s.monitor, func(c *monitor.Check) { tell(sources[next], c, nil); next++ })
	ids := make([]string, len(sources))
	for i, src := range sources {
		ids[i] = src.ID
	}
	for told := false; next < len(sources); {
		_, err := crawl.Now(ctx, host, ids[next:])
		var taken *schedule.Taken
		switch {
		case ctx.Err() != nil:
			if next < len(sources) {
				tell(sources[next], nil, context.Cause(ctx))
			}
			return
		case errors.As(err, &taken):
			if !told {
				s.log.Warn("waiting for the host: another process is asking it", "source", ids[next], "by", taken.Owner)
				told = true
			}
			select {
			case <-ctx.Done():
			case <-time.After(500 * time.Millisecond):
			}
		case errors.Is(err, monitor.ErrLease): // it was taken from us: once more
		case err != nil:
			tell(sources[next], nil, err)
			next++
		}
	}
}

// byHand is a crawler like that of `pantau run`, for one command.
func (s *system) byHand(checker schedule.Checker, done func(*monitor.Check)) *schedule.Crawler {
	return &schedule.Crawler{Store: s.store, Checker: checker, Owner: s.owner, Log: s.log, Room: s.crawl.Room, Manners: asking{s.crawler}, Done: done}
}

// asking are the manners of a person at the command line: the delay between two
// requests is kept, but a host that asked another process to wait is asked all
// the same.
type asking struct{ schedule.Manners }

func (a asking) Resume(ctx context.Context, host string, asked, _ time.Time) error {
	return a.Manners.Resume(ctx, host, asked, time.Time{})
}

// deliver drains the lanes that have something due, and those that get
// something by it (an administrator hears of a parked channel), until nothing
// is due or the time is up.
func (s *system) deliver(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		lanes, err := s.store.LanesDue(ctx, time.Now())
		if err != nil || len(lanes) == 0 {
			return ignoreEnd(ctx, err)
		}
		var wg sync.WaitGroup
		errs := make([]error, len(lanes))
		for n, lane := range lanes {
			wg.Go(func() { errs[n] = s.patientLane(ctx, lane) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil || ctx.Err() != nil {
			return ignoreEnd(ctx, err)
		}
	}
}

// ignoreEnd takes the end of the time for no error: what is left stays queued.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// patientLane drains a lane, and waits for retries that come due in time. A
// lane in the hands of another process is left to it.
func (s *system) patientLane(ctx context.Context, lane string) error {
	end, _ := ctx.Deadline()
	for {
		next, err := s.courier.Lane(ctx, lane)
		if err != nil || next.After(end) {
			return err
		}
		wait := time.Until(next)
		if next.IsZero() {
			if left, err := s.store.LanesDue(ctx, time.Now()); err != nil || !slices.Contains(left, lane) {
				return err
			}
			wait = 500 * time.Millisecond // another process has it
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(max(wait, 50*time.Millisecond)):
		}
	}
}

// checked is the JSON of one check.
type checked struct {
	Source    string              `json:"source"`
	Outcome   monitor.Outcome     `json:"outcome"`
	Reason    string              `json:"reason"`
	Detail    string              `json:"detail,omitempty"`
	Sightings []registry.Sighting `json:"sightings"`
	Change    *diff.Change        `json:"change"`
	Run       int64               `json:"run"`
	Manual    *snapshot.Manual    `json:"manual,omitempty"` // who entered the capture by hand
	Responses int                 `json:"responses"`
	Seconds   float64             `json:"seconds"`
}

func (a *app) report(c *monitor.Check) error {
	if a.json {
		r := checked{Source: c.Source.ID, Outcome: c.Outcome, Reason: c.Reason, Detail: c.Detail, Sightings: c.Sightings, Change: c.Change,
			Run: c.Run.ID, Responses: c.Counts.Responses, Seconds: c.Finished.Sub(c.Started).Seconds(), Manual: c.Manual}
		if r.Sightings == nil {
			r.Sightings = []registry.Sighting{}
		}
		return a.print(r)
	}
	line := fmt.Sprintf("%-9s %s", c.Outcome, c.Source.Title())
	switch {
	case c.Change != nil:
		line += fmt.Sprintf(": %s (pantau show %s)", c.Change.Summary, c.Change.ID)
	case !c.Outcome.Good():
		line += ": " + c.Detail
		if c.Outcome == monitor.Held {
			line += " (pantau held)"
		}
	case c.Outcome == monitor.Baseline:
		line += ": first look, everything later is compared with it"
	case c.Detail != "":
		line += ": " + c.Detail
	}
	if c.Manual != nil {
		line += fmt.Sprintf("\n          entered by hand by %s, saved at %s from %s", c.Manual.By, c.Manual.Seen.Format(time.RFC3339), from(c.Manual))
	}
	for _, s := range c.Sightings {
		if s.Unread {
			line += fmt.Sprintf("\n          %s stands in %s, in which no full look before can be compared: since when is not known", s.Key, s.Index)
			continue
		}
		line += fmt.Sprintf("\n          seen all the same: %s stands in %s (the rest of the register was not fully seen)", s.Key, s.Index)
	}
	_, err := fmt.Fprintln(a.out, line)
	return err
}

// from names where what was entered by hand was saved.
func from(m *snapshot.Manual) string {
	if m.More > 0 {
		noun := "addresses"
		if m.More == 1 {
			noun = "address"
		}
		return fmt.Sprintf("%s and %d other %s", m.URL, m.More, noun)
	}
	return m.URL
}

// progress is a bar on a terminal and nothing elsewhere.
type progress struct {
	out *os.File

	mu    sync.Mutex // guards what follows
	drawn bool
	last  time.Time
}

func newProgress(f *os.File, sources int) *progress {
	if !term.IsTerminal(int(f.Fd())) {
		return &progress{}
	}
	return &progress{out: f}
}

func (p *progress) pages(source string, done, total int) {
	if p.out == nil || total < 2 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.last) < 100*time.Millisecond && done < total {
		return
	}
	p.last, p.drawn = time.Now(), true
	const width = 30
	full := min(width, width*done/total)
	fmt.Fprintf(p.out, "\r\033[K%s [%s%s] %d of %d pages", source, strings.Repeat("#", full), strings.Repeat(".", width-full), done, total)
}

func (p *progress) clear() {
	if p.out == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn {
		fmt.Fprint(p.out, "\r\033[K")
		p.drawn = false
	}
}

// prune applies the retention of the configuration.
func (s *system) prune(ctx context.Context) (store.Pruned, error) {
	return s.store.Prune(ctx, time.Now().Add(-s.conf.Retention.Unchanged))
}
