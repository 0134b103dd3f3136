package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pantau/internal/snapshot"
)

// Enter looks at what a person saved by hand where the site does not let Pantau
// see it. The capture is judged and compared as any other, counts from when the
// person saw it, and its evidence says whose word it is. Nothing can be fetched
// again to confirm a difference, so that it is taken as it is; and a page that
// the gate holds waits for `pantau accept` as those do that Pantau fetched.
//
// What was seen before the last good look is refused: it cannot become what
// later looks are compared with, and Pantau knows better already. So is what was
// seen at its very moment: entered twice, one look would be the two that a
// removal needs.
func (m *Monitor) Enter(ctx context.Context, r Run, l Lease, got *snapshot.Capture) (*Check, error) {
	for try := 1; ; try++ {
		c, err := m.enter(ctx, r, l, got)
		if !errors.Is(err, ErrStale) || try == redo {
			return c, err
		}
	}
}

func (m *Monitor) enter(ctx context.Context, r Run, l Lease, got *snapshot.Capture) (*Check, error) {
	src, err := m.Sources(r.Source)
	if err != nil {
		return nil, err
	}
	before, err := m.Store.State(ctx, r.Source)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	c := &Check{before: before, Run: r, Lease: l, Source: src, Seq: before.Seq, ReadGood: before.LastGood, State: before, Started: now, Finished: now,
		Seen: got.Finished, Config: m.Config, Program: m.Program, Capture: got, Manual: got.Manual}
	c.Counts.Responses = len(got.Responses)
	if before.Seq > 0 && !got.Finished.After(before.LastGood) {
		return nil, fmt.Errorf("it was saved on %s and the last good look at %s was on %s: entering it would turn time back, or count one look twice; nothing was stored",
			m.clock(got.Finished), src.ID, m.clock(before.LastGood))
	}
	if src.Listing != nil {
		err = m.enterRegister(ctx, c, before)
	} else {
		err = m.enterPage(ctx, c, before)
	}
	if err != nil {
		return nil, err
	}
	if err := m.Store.Commit(ctx, c); err != nil {
		return nil, err
	}
	m.log(c)
	return c, nil
}

// clock words an instant for the person at the command line.
func (m *Monitor) clock(t time.Time) string {
	return t.In(m.Words.Timezone).Format("2006-01-02 15:04:05 MST")
}

func (m *Monitor) enterPage(ctx context.Context, c *Check, before State) error {
	masks := live(before.Masks, c.Finished)
	doc, f, err := m.readPage(ctx, c.Capture, c.Source)
	if err != nil || f != nil {
		return c.failed(f, err)
	}
	old, f, err := m.judgePage(ctx, c, before, doc)
	if err != nil || f != nil {
		return c.failed(f, err)
	}
	if before.Seq == 0 {
		c.page(doc, c.Capture.Last(), masks)
		c.newSnapshot()
		c.good(Baseline)
		return nil
	}
	return m.comparePage(ctx, c, before, old, doc, masks)
}

func (m *Monitor) enterRegister(ctx context.Context, c *Check, before State) error {
	doc, err := m.Reader.Document(ctx, c.Capture, c.Source)
	if doc != nil {
		c.count(doc)
	}
	var f *snapshot.Fault
	if errors.As(err, &f) {
		return m.incomplete(ctx, c, before, doc, err)
	}
	if err != nil {
		return err
	}
	return m.compareRegister(ctx, c, before, doc, false)
}
