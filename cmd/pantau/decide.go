package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/internal/snapshot"
	"pantau/notify"
)

func (a *app) acceptCommand() *cobra.Command {
	return &cobra.Command{
		Use: "accept CAPTURE", Short: "Say that a held capture is real: it is compared and becomes the new state", Args: usage(cobra.ExactArgs(1)),
		Long:    "For a look that was held because it did not seem to be the real page, after you have seen that it is: the site was\nrebuilt, or the list has truly shrunk. It is compared with the last good look, subscribers are told what changed, and\nlater looks are compared with it. A decision is stored with your name and is not taken back. What holds nothing to\ncompare cannot be accepted: `pantau held` says so, and what helps.",
		Example: "  pantau held\n  pantau accept 31",
		RunE: a.working(func(ctx context.Context, s *system, args []string) error {
			id, err := captureID(args[0])
			if err != nil {
				return err
			}
			c, err := s.accept(ctx, id)
			if err != nil {
				return err
			}
			return errors.Join(a.report(c), s.rounds(ctx, time.Now()), s.deliver(ctx, deliverFor))
		}),
	}
}

func captureID(v string) (int64, error) {
	id, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return 0, exit{exitConfig, fmt.Errorf("%q is not the number of a capture; `pantau held` lists them", v)}
	}
	return id, nil
}

// accept does what a check does, with a capture that is stored already: it
// takes the host's lease, plans a run and commits it.
func (s *system) accept(ctx context.Context, id int64) (*monitor.Check, error) {
	h, _, err := s.store.HeldCapture(ctx, id)
	if err != nil {
		return nil, err
	}
	if h.Decision != "" {
		return nil, fmt.Errorf("capture %d was %s by %s already", id, h.Decision, h.By)
	}
	capture, err := s.store.CaptureByID(ctx, id)
	if err != nil {
		return nil, err
	}
	src, err := s.source(h.Source)
	if err != nil {
		return nil, err
	}
	return s.decide(ctx, src, func(ctx context.Context, r monitor.Run, l monitor.Lease) (*monitor.Check, error) {
		return s.monitor.Accept(ctx, r, l, id, capture, who())
	})
}

// waitForHost is how long a person's decision waits for another process that is
// asking the host, in all and between two tries. A look at a page is over by
// then; the crawl of a register may not be.
const (
	waitForHost = 2 * time.Minute
	askForHost  = 500 * time.Millisecond
)

// decide does a run for what a person decided or entered under the host's lease.
// It waits for the lease for a while, and says so.
func (s *system) decide(ctx context.Context, src snapshot.Source, do checkFunc) (*monitor.Check, error) {
	var done *monitor.Check
	crawl := s.byHand(do, func(c *monitor.Check) { done = c })
	for end, told := time.Now().Add(waitForHost), false; ; {
		err := crawl.Once(ctx, src.Host(), src.ID)
		var taken *schedule.Taken
		if !errors.As(err, &taken) {
			return done, err
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("%w: another process was asking the host for all of %s; nothing was done, do it again when that has ended", err, waitForHost)
		}
		if !told {
			s.log.Warn("waiting for the host: another process is asking it", "source", src.ID, "by", taken.Owner, "for", waitForHost)
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(askForHost):
		}
	}
}

// checkFunc is a schedule.Checker.
type checkFunc func(context.Context, monitor.Run, monitor.Lease) (*monitor.Check, error)

func (f checkFunc) Check(ctx context.Context, r monitor.Run, l monitor.Lease) (*monitor.Check, error) {
	return f(ctx, r, l)
}

func (a *app) rejectCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reject CAPTURE", Short: "Say that a held capture is broken: it is kept and never compared", Args: usage(cobra.ExactArgs(1)),
		Long:    "For a look that was held and is indeed a block page, a log-in form or a cut answer. It stays in the history as evidence\nand is never compared; the last good look stays what later ones are compared with. Nobody is told.",
		Example: "  pantau held\n  pantau reject 31",
		RunE: a.with(func(ctx context.Context, s *system, args []string) error {
			id, err := captureID(args[0])
			if err != nil {
				return err
			}
			if err := s.store.Reject(ctx, id, who(), time.Now()); err != nil {
				return err
			}
			fmt.Fprintf(a.out, "Capture %d is rejected. The last good snapshot stays what later looks are compared with.\n", id)
			return nil
		}),
	}
}

func (a *app) notifyCommand() *cobra.Command {
	c := &cobra.Command{Use: "notify", Short: "About the channels"}
	c.AddCommand(&cobra.Command{
		Use: "test SUBSCRIBER", Short: "Send a sample on every channel of a subscriber", Args: usage(cobra.ExactArgs(1)),
		Long:    "Sends one message that is marked as a sample on each of the subscriber's channels, and says of each whether it\nwent out.",
		Example: "  pantau notify test legal",
		RunE:    a.working(func(ctx context.Context, s *system, args []string) error { return a.notifyTest(ctx, s, args[0]) }),
	})
	return c
}

func (a *app) notifyTest(ctx context.Context, s *system, id string) error {
	var known []string
	subs := append([]notify.Subscription{s.courier.Administrators}, s.conf.Subscriptions...)
	for _, sub := range subs {
		known = append(known, sub.ID)
		if sub.ID != id {
			continue
		}
		words := s.courier.Words
		words.Now = time.Now()
		var list []monitor.Outgoing
		for _, ch := range sub.Channels {
			list = append(list, monitor.Addressed(sub.ID, ch, notify.ComposeSample(sub, words)))
		}
		if err := s.store.Send(ctx, list, words.Now); err != nil {
			return err
		}
		if err := s.deliver(ctx, deliverFor); err != nil {
			return err
		}
		return a.sampled(ctx, s, list)
	}
	return exit{exitConfig, fmt.Errorf("there is no subscriber %q; the configuration has: %s", id, strings.Join(known, ", "))}
}

// sampled says what became of the samples, and fails if one did not arrive.
func (a *app) sampled(ctx context.Context, s *system, list []monitor.Outgoing) error {
	failed := false
	for _, o := range list {
		d, _, err := s.store.Delivery(ctx, o.Message.ID)
		if err != nil {
			return err
		}
		failed = failed || d.State != "delivered"
		if a.json {
			err = a.print(d)
		} else {
			_, err = fmt.Fprintf(a.out, "%-10s %s  %s\n", d.State, d.Channel, tried(d.Last, d.Parked))
		}
		if err != nil {
			return err
		}
	}
	if failed {
		return exit{code: exitFailed}
	}
	return nil
}

// tried says what the last attempt came to, and why the channel is parked where
// that attempt was not what parked it.
func tried(last, parked string) string {
	last = strings.TrimSuffix(last, ": ") // accepted, with no more to say
	switch {
	case parked == "" || strings.HasSuffix(last, parked):
		return last
	case last == "":
		return "parked: " + parked
	}
	return last + "; parked: " + parked
}
