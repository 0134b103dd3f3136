package monitor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"pantau/crawler"
	"pantau/crawler/extract"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
)

// DefaultDeadline ends a check that takes too long.
const (
	DefaultDeadline  = 5 * time.Minute
	RegistryDeadline = 2 * time.Hour
)

// redo is how often a check is done again whose state moved under it.
const redo = 3

// Monitor performs checks.
type Monitor struct {
	Store   Store
	Crawler *crawler.Client
	Reader  extract.Reader
	Sources func(id string) (snapshot.Source, error)
	Config  string // digest of the configuration in force
	Program string // version of the program
	Log     *slog.Logger
	Words   Words
	Topics  *topic.Dictionary // nil: changes have the topics that their sources declare
	// Progress is told how far a crawl is, in pages; nil: nobody.
	Progress func(source string, done, total int)
}

// Words is what messages are worded with.
type Words struct {
	Administrators []string // channels
	Language       string
	Timezone       *time.Location
	BaseURL        string
}

// Check performs one planned run under a lease and commits it. A check whose
// state has moved meanwhile is done again. The error says that nothing was
// stored: the run must be planned again.
func (m *Monitor) Check(ctx context.Context, r Run, l Lease) (*Check, error) {
	log := m.lines(r)
	for try := 1; ; try++ {
		c, err := m.look(ctx, r, l)
		if c != nil && c.Capture != nil {
			defer c.Capture.Close()
		}
		if err != nil {
			return nil, err
		}
		err = m.Store.Commit(context.WithoutCancel(ctx), c)
		if err != nil && !refused(err) && c.Capture != nil {
			// What came cannot be stored, but that we could not look must be.
			log.Error("the look cannot be stored, only that it failed", "error", err)
			err = m.Store.Commit(context.WithoutCancel(ctx), m.unstored(c, err))
		}
		if err == nil {
			m.log(c)
			return c, nil
		}
		if !errors.Is(err, ErrStale) || try == redo {
			return nil, err
		}
		log.Info("the state has moved meanwhile, the check is done again", "error", err)
	}
}

// refused tells the errors of a check that must be done again.
func refused(err error) bool {
	return errors.Is(err, ErrStale) || errors.Is(err, ErrLease) || errors.Is(err, ErrEdited)
}

// unstored makes the check one that failed for a reason of our own.
func (m *Monitor) unstored(c *Check, err error) *Check {
	before := c.before
	c.Capture.Close()
	c.Capture, c.Snapshot, c.Change, c.Rebase, c.Delta, c.Alerts, c.Messages, c.Sightings, c.Removals = nil, false, nil, nil, nil, nil, nil, nil, nil
	c.Enrolled, c.Joined, c.Paired = nil, nil, nil // what was not told is news at the next look
	c.State = before
	c.fail(&snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonInternal, Detail: "Pantau could not store what came: " + err.Error(), Err: err})
	m.health(c, before)
	return c
}

// lines is the log of a check: each names its run.
func (m *Monitor) lines(r Run) *slog.Logger { return m.Log.With("source", r.Source, "run", r.ID) }

func (m *Monitor) log(c *Check) {
	attrs := []any{"outcome", c.Outcome, "responses", c.Counts.Responses, "took", c.Finished.Sub(c.Started).Round(time.Millisecond)}
	if c.Reason != "" {
		attrs = append(attrs, "reason", c.Reason, "detail", c.Detail)
	}
	if c.Change != nil {
		attrs = append(attrs, "change", c.Change.ID, "summary", c.Change.Summary)
	}
	m.lines(c.Run).Info("checked", attrs...)
}

// look does everything of a check but its commit.
func (m *Monitor) look(ctx context.Context, r Run, l Lease) (*Check, error) {
	src, err := m.Sources(r.Source)
	if err != nil {
		return nil, err
	}
	before, err := m.Store.State(ctx, r.Source)
	if err != nil {
		return nil, err
	}
	c := &Check{before: before, Run: r, Lease: l, Source: src, Seq: before.Seq, ReadGood: before.LastGood, State: before,
		Started: time.Now().UTC(), Config: m.Config, Program: m.Program}
	limited, cancel := context.WithTimeoutCause(ctx, deadline(src), errDeadline)
	defer cancel()
	if src.Listing != nil {
		err = m.lookRegister(limited, c, before)
	} else {
		err = m.lookPage(limited, c, before)
	}
	if c.Finished.IsZero() {
		c.Finished = time.Now().UTC()
	}
	if ctx.Err() != nil && err != nil {
		return c, err // the program is stopping, or the lease is lost: the run is planned again
	}
	if err != nil { // whatever it was, that we could not look is a row, and is told
		f := &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonInternal, Detail: "Pantau itself failed at it: " + err.Error(), Err: err}
		if context.Cause(limited) == errDeadline {
			f = overtime(src)
		}
		c.State, c.Snapshot, c.Change, c.Rebase, c.Delta, c.Messages = before, false, nil, nil, nil, nil
		c.fail(f)
	}
	m.health(c, before)
	return c, nil
}

// overtime is the fault of a look that took longer than it may.
func overtime(src snapshot.Source) *snapshot.Fault {
	return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonTimeout,
		Detail: fmt.Sprintf("the look took longer than its deadline of %s; `deadline` at the source raises it", deadline(src))}
}

var errDeadline = errors.New("deadline of the check")

func deadline(s snapshot.Source) time.Duration {
	switch {
	case s.Access.Deadline > 0:
		return s.Access.Deadline
	case s.Listing != nil:
		return RegistryDeadline
	}
	return DefaultDeadline
}

// fail makes the check a held or failed one: the state stays as it was.
func (c *Check) fail(f *snapshot.Fault) {
	c.Outcome, c.Reason, c.Detail = Failed, f.Reason, f.Error()
	if f.Class == snapshot.Held {
		c.Outcome = Held
	}
}

// good makes the check one that saw the source.
func (c *Check) good(o Outcome) {
	c.Outcome = o
	if o != Changed {
		c.State.Restless = nil // everything stood still
	}
	c.State.LastGood, c.State.LastGoodRun = c.seen(), c.Run.ID
	c.State.Sighted, c.State.Manual = nil, c.Manual
	c.State.Address = c.Source.Address()
	if c.Manual == nil { // what a person saw does not make Pantau see
		c.State.BlindSince, c.State.BlindWhy = time.Time{}, ""
	}
}

// newSnapshot makes the look the source's next snapshot.
func (c *Check) newSnapshot() {
	c.Snapshot = true
	c.State.Seq = c.Seq + 1
	c.State.SnapshotAt = c.seen()
}

// seen is when what the check holds was seen.
func (c *Check) seen() time.Time {
	if c.Seen.IsZero() {
		return c.Finished
	}
	return c.Seen
}

// rules is the digest of what a document depends on beside its bytes.
func rules(s snapshot.Source) string {
	text := fmt.Sprintf("%d %q %q %q %+v", extract.Version, s.URL, s.Select, s.Remove, s.Listing)
	if s.Type == snapshot.File {
		text += " document"
	}
	if s.Render != nil { // what is waited for and who may be asked makes another page of it, too
		text += fmt.Sprintf(" rendered %q %q", s.Render.Wait, s.Render.Hosts)
	}
	return snapshot.Digest([]byte(text))
}
