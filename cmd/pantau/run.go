package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"pantau/config"
	"pantau/internal/egress"
	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/internal/store"
	"pantau/notify"
)

// grace is how long a stop lets what is in flight finish.
const grace = 20 * time.Second

func (a *app) runCommand() *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use: "run", Short: "Look by schedule and deliver, until stopped", Args: usage(cobra.NoArgs),
		Long:    "Plans and does the looks of every source's schedule and delivers what they bring, until it is stopped.\nSIGTERM or Ctrl-C finishes what is in flight; after a power cut or kill -9 the next start takes up what was\nin hand within a minute.\n\n/healthz, /readyz and /metrics are served at `listen` of pantau.yaml (127.0.0.1:8080; `off`: nowhere).",
		Example: "  pantau run\n  pantau run --config /etc/pantau/pantau.yaml --log-format json",
		RunE: func(c *cobra.Command, _ []string) error {
			level := slog.LevelInfo
			if a.verbose {
				level = slog.LevelDebug
			}
			if _, _, err := net.SplitHostPort(listen); err != nil && listen != "" && listen != config.Off {
				return exit{exitConfig, fmt.Errorf("--listen %q: want an address and a port, or off", listen)}
			}
			return a.keepRunning(c.Context(), listen, a.logAt(level))
		},
	}
	c.Flags().StringVar(&listen, "listen", "", "`ADDRESS` and port of health and metrics on this machine, off: none; default: listen of pantau.yaml")
	return c
}

// patience is how long a database server that cannot be reached is waited for:
// after a power cut both begin at once.
const patience = time.Minute

// keepRunning runs until ctx ends: again when the file has become the
// configuration in force, and for a while when the database server is away.
func (a *app) keepRunning(ctx context.Context, listen string, log *slog.Logger) error {
	away := time.Now()
	for {
		began := time.Now()
		s, err := a.open(ctx, true, log)
		if err == nil {
			err = errors.Join(a.run(ctx, s, cmp.Or(listen, s.conf.Listen)), s.Close())
		}
		if time.Since(began) > patience {
			away = time.Now() // the server was there in between
		}
		switch {
		case ctx.Err() != nil && errors.Is(err, context.Canceled):
			return nil // it was stopped while it started: nothing was in flight
		case errors.Is(err, errReread):
			log.Info("the configuration is read again")
		case errors.Is(err, store.ErrAway) && time.Since(away) < patience:
			log.Warn("the database is waited for", "error", err)
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return nil
			}
		default:
			return err
		}
	}
}

// run works until ctx ends, or, with errReread, until the file has become the
// configuration that is in force.
func (a *app) run(ctx context.Context, s *system, listen string) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if n, err := s.store.Unpark(ctx, time.Now()); err != nil {
		return err
	} else if n > 0 {
		s.log.Info("parked channels are tried again", "lanes", n)
	}
	defer s.serve(ctx, listen)()
	heart := &heart{system: s}
	daily := &daily{system: s}
	vigil := &vigil{system: s}
	sched := &schedule.Scheduler{Store: s.store, Crawler: s.crawl, Courier: s.courier, Owner: s.owner, Log: s.log, Hosts: s.conf.Network.Hosts,
		Tick: func(ctx context.Context, now time.Time) {
			heart.beat(ctx, now)
			daily.tick(ctx, now)
			vigil.tick(ctx, now)
		},
		Standby: func(ctx context.Context) error {
			err := s.standby(ctx)
			var differs *otherConfiguration
			if errors.As(err, &differs) && a.hasBecome(differs.inForce) {
				stop(errReread)
			}
			return err
		}}
	s.log.Info("running", "version", programVersion(), "sources", len(s.conf.Sources), "database", s.store.Name())
	if err := sched.Run(ctx, grace); err != nil {
		return err
	}
	if errors.Is(context.Cause(ctx), errReread) {
		return errReread
	}
	return nil
}

// vigil does its round once a minute: hours and weeks are what it counts.
type vigil struct {
	system *system
	last   time.Time
}

func (v *vigil) tick(ctx context.Context, now time.Time) {
	if now.Sub(v.last).Abs() < time.Minute {
		return
	}
	if err := v.system.rounds(ctx, now); err != nil { // what was told is not told again
		v.system.log.Error("telling what is due by time failed, it is tried again", "error", err)
		return
	}
	v.last = now
}

// rounds tells what time makes due: reminders of blindness, what is unconfirmed,
// weekly reports.
func (s *system) rounds(ctx context.Context, now time.Time) error {
	v := monitor.Vigil{Store: s.store, Administrators: s.courier.Administrators, Words: s.courier.Words}
	return v.Round(ctx, now)
}

// heart calls the heartbeat's address once a minute. It is called by the
// planner after it has planned, so that it stops when planning or the database
// does, and it stops when messages lie undelivered that were long due.
type heart struct {
	system *system
	last   time.Time
}

const undelivered = 15 * time.Minute

func (h *heart) beat(ctx context.Context, now time.Time) {
	s := h.system
	if s.conf.Heartbeat == "" || now.Sub(h.last) < time.Minute {
		return
	}
	h.last = now
	if n, err := s.store.Overdue(ctx, now.Add(-undelivered)); err != nil || n > 0 {
		s.log.Error("no heartbeat: delivery is not at work", "messages", n, "error", err)
		return
	}
	client, err := egress.NewClient(heartbeatPolicy(s.conf), 10*time.Second)
	if err == nil {
		err = ping(ctx, client, s.conf.Heartbeat)
		client.CloseIdleConnections()
	}
	if err != nil {
		s.log.Warn("heartbeat failed", "error", err)
	}
}

// heartbeatPolicy is how the heartbeat's address may be reached.
func heartbeatPolicy(c *config.Config) egress.Policy {
	return egress.Policy{Guard: egress.Guard{Allow: c.Network.Allow, Key: "network.allow"}}
}

func ping(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the heartbeat's server answered %s", resp.Status)
	}
	return nil
}

// daily does what is due once a day: pruning, and the report to the
// administrators that carries the head of the chain of looks.
type daily struct {
	system *system
	last   string
}

const dailyHour = 8 // of the configured time zone

func (d *daily) tick(ctx context.Context, now time.Time) {
	s := d.system
	local := now.In(s.monitor.Words.Timezone)
	day := local.Format(time.DateOnly)
	if day == d.last || local.Hour() < dailyHour {
		return
	}
	if err := s.dailyReport(ctx, day, now); err != nil { // a report is stored once a day, so it can be tried again
		s.log.Error("the daily report failed, it is tried again", "error", err)
		return
	}
	d.last = day
	if _, err := s.prune(ctx); err != nil {
		s.log.Error("pruning failed", "error", err)
	}
}

func (s *system) dailyReport(ctx context.Context, day string, now time.Time) error {
	report, err := s.store.Daily(ctx, now.Add(-24*time.Hour), now)
	if err != nil {
		return err
	}
	admins, words := s.courier.Administrators, s.courier.Words
	words.Now = now
	var list []monitor.Outgoing
	for _, ch := range admins.Channels {
		list = append(list, monitor.Addressed(admins.ID, ch, notify.ComposeDaily(report, admins, words)))
	}
	return s.store.SendOnce(ctx, "daily report", day, list, now)
}
