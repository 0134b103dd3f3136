package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"pantau/internal/monitor"
)

// Checker performs one planned run and commits it.
type Checker interface {
	Check(ctx context.Context, r monitor.Run, l monitor.Lease) (*monitor.Check, error)
}

// Crawler works the due runs of a host off.
type Crawler struct {
	Store   Store
	Checker Checker
	Owner   string
	Log     *slog.Logger
	Done    func(*monitor.Check) // told of every committed check; nil: nobody
	Room    func() error         // tells that there is none left for captures; nil: there always is
	Manners Manners              // of the one who asks the hosts; nil: what others did does not matter

	idleBy func() error // tells why this process may not look now; nil: it may

	mu     sync.Mutex           // guards what follows
	failed map[string]time.Time // when our own side last failed at a host
	inHand map[string]bool      // hosts that Host is at work on
}

// take tells whether the host was not in hand yet, and puts it there.
func (c *Crawler) take(host string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inHand[host] {
		return false
	}
	if c.inHand == nil {
		c.inHand = map[string]bool{}
	}
	c.inHand[host] = true
	return true
}

func (c *Crawler) letGo(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.inHand, host)
}

// idle are the hosts of a list that are not in hand: who is at work at a host
// finds what was planned there meanwhile by himself.
func (c *Crawler) idle(hosts []string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(hosts, func(h string) bool { return c.inHand[h] })
}

// again is how long a host rests after our own side failed at it.
const again = 30 * time.Second

// rests tells whether our own side failed at the host a moment ago: a full disk
// is not tried every second.
func (c *Crawler) rests(host string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Since(c.failed[host]) < again
}

func (c *Crawler) note(host string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil {
		c.failed = map[string]time.Time{}
	}
	delete(c.failed, host)
	if err != nil {
		c.failed[host] = time.Now()
	}
}

// Host takes the lease of a host and does its due runs, oldest first, until
// none is left. Somebody else's lease is no error: he does them.
func (c *Crawler) Host(ctx context.Context, host string) error {
	if c.rests(host) || !c.take(host) {
		return nil
	}
	defer c.letGo(host)
	err := hold(ctx, c.Store, c.Log, host, c.Owner, c.Manners, func(ctx context.Context, l monitor.Lease) error {
		for ctx.Err() == nil {
			// A host with many sources is at work for hours: what it has left is not
			// looked at by a configuration that is in force no longer.
			if c.idleBy != nil && c.idleBy() != nil {
				return nil
			}
			r, ok, err := c.Store.NextRun(ctx, host, time.Now())
			if err != nil || !ok {
				return err
			}
			if c.Room != nil {
				if err := c.Room(); err != nil {
					return err
				}
			}
			// One run that cannot be done must not keep the host's others waiting:
			// it was put back for later.
			if err := c.Run(ctx, r, l); err != nil && (ctx.Err() != nil || errors.Is(err, monitor.ErrLease) || errors.Is(err, monitor.ErrEdited)) {
				return err
			} else if err != nil {
				c.Log.Error("run failed, it is tried again", "source", r.Source, "run", r.ID, "after", again, "error", err)
			}
		}
		return context.Cause(ctx)
	})
	var taken *Taken
	if errors.As(err, &taken) {
		c.Log.Debug("host is looked after", "host", host, "by", taken.Owner)
		return nil
	}
	if ctx.Err() == nil && !errors.Is(err, monitor.ErrLease) && !errors.Is(err, monitor.ErrStale) {
		c.note(host, err)
	}
	return err
}

// Run does one run under a lease. A run that cannot be finished is planned
// again; a process that dies before that leaves it to Recover.
func (c *Crawler) Run(ctx context.Context, r monitor.Run, l monitor.Lease) error {
	if err := c.Store.Begin(ctx, r, l); err != nil {
		return fmt.Errorf("begin of run %d: %w", r.ID, err)
	}
	return c.begun(ctx, r, l)
}

// begun does a run that has begun.
func (c *Crawler) begun(ctx context.Context, r monitor.Run, l monitor.Lease) error {
	check, err := c.Checker.Check(ctx, r, l)
	if err != nil {
		due := r.Due
		if ctx.Err() == nil {
			due = time.Now().Add(again)
		}
		if perr := c.Store.PutBack(context.WithoutCancel(ctx), r, l, due); perr != nil {
			c.Log.Warn("run not put back, it will be recovered", "source", r.Source, "run", r.ID, "error", perr)
		}
		return fmt.Errorf("check of %s: %w", r.Source, err)
	}
	if c.Done != nil {
		c.Done(check)
	}
	return nil
}

// Once does one run of a source under the lease of its host; *Taken if somebody
// else has the lease. A run that cannot be done is dropped: it was for what a
// person wanted now.
func (c *Crawler) Once(ctx context.Context, host, source string) error {
	var r monitor.Run
	err := hold(ctx, c.Store, c.Log, host, c.Owner, c.Manners, func(ctx context.Context, l monitor.Lease) error {
		if c.Room != nil {
			if err := c.Room(); err != nil {
				return err
			}
		}
		runs, err := c.Store.BeginNow(ctx, []string{source}, time.Now(), l)
		if err != nil {
			return fmt.Errorf("begin of a run of %s: %w", source, err)
		}
		r = runs[0]
		return c.begun(ctx, r, l)
	})
	if err != nil && r.ID != 0 {
		err = errors.Join(err, c.Store.Drop(context.WithoutCancel(ctx), r))
	}
	return err
}

// What sources that are looked at by hand take of their host at once, before
// others who wait for it have their turn.
const (
	turn     = 5 * time.Second
	together = 8 // runs that are begun in one transaction
)

// Now looks at sources of a host now, behind each other and under one lease,
// until all are done or its turn is over. It tells how many are done; the error
// is that of the next one, *Taken if somebody else has the lease.
func (c *Crawler) Now(ctx context.Context, host string, sources []string) (done int, err error) {
	end := time.Now().Add(turn)
	err = hold(ctx, c.Store, c.Log, host, c.Owner, c.Manners, func(ctx context.Context, l monitor.Lease) error {
		for done < len(sources) && (done == 0 || time.Now().Before(end)) {
			n, err := c.some(ctx, sources[done:min(done+together, len(sources))], l)
			if done += n; err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

// some begins a few runs and does them. One that cannot be done is planned
// again, with those behind it.
func (c *Crawler) some(ctx context.Context, sources []string, l monitor.Lease) (done int, err error) {
	runs, err := c.Store.BeginNow(ctx, sources, time.Now(), l)
	if err != nil {
		return 0, fmt.Errorf("begin of a run of %s: %w", sources[0], err)
	}
	for i, r := range runs {
		if c.Room != nil {
			err = c.Room()
		}
		if err == nil {
			err = c.begun(ctx, r, l)
		}
		if err != nil {
			for _, left := range runs[i:] { // the next look at its source ends it, whoever makes that
				if perr := c.Store.PutBack(context.WithoutCancel(ctx), left, l, left.Due); perr != nil {
					c.Log.Warn("run not put back, it will be recovered", "run", left.ID, "error", perr)
				}
			}
			return i, err
		}
	}
	return len(runs), nil
}
