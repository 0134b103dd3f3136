package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pantau/diff"
	"pantau/internal/snapshot"
)

// Accept takes a held capture for real because a person says so: it is read by
// today's rules, compared with the last good snapshot read by its own, and
// becomes the next snapshot. It never becomes one silently: what differs is a
// change, marked as a redesign where the rules differ. The gate is not asked
// again; a capture that cannot be read at all is refused with the reason.
func (m *Monitor) Accept(ctx context.Context, r Run, l Lease, capture int64, held *snapshot.Capture, who string) (*Check, error) {
	src, err := m.Sources(r.Source)
	if err != nil {
		return nil, err
	}
	before, err := m.Store.State(ctx, r.Source)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	c := &Check{Run: r, Lease: l, Source: src, Seq: before.Seq, ReadGood: before.LastGood, State: before, Started: now, Finished: now, Seen: held.Finished,
		Config: m.Config, Program: m.Program, Capture: held, Manual: held.Manual, Accepted: capture, AcceptedBy: who}
	if before.Seq > 0 && !held.Finished.After(before.LastGood) {
		return nil, fmt.Errorf("capture %d is no newer than the last good look of %s: accepting it would turn time back; reject it, or look again", capture, src.ID)
	}
	doc, err := m.Reader.Document(ctx, held, src)
	if err != nil {
		var f *snapshot.Fault
		if errors.As(err, &f) {
			return nil, fmt.Errorf("capture %d cannot be compared: %w; change `select` or the description of %s first if the page was redesigned", capture, f, src.ID)
		}
		return nil, err
	}
	if src.Listing != nil {
		c.count(doc)
		err = m.compareRegister(ctx, c, before, doc, true)
	} else {
		err = m.acceptPage(ctx, c, before, doc)
	}
	if err != nil {
		return nil, err
	}
	m.health(c, before)
	c.Capture = nil // it is stored already
	return c, m.Store.Commit(ctx, c)
}

func (m *Monitor) acceptPage(ctx context.Context, c *Check, before State, doc *snapshot.Document) error {
	if before.Seq == 0 {
		c.page(doc, c.Capture.Last(), nil)
		c.newSnapshot()
		c.good(Baseline)
		return nil
	}
	old, own, err := m.Store.Capture(ctx, c.Source.ID, before.Seq)
	if err != nil {
		return fmt.Errorf("last snapshot: %w", err)
	}
	if own.Listing != nil {
		return m.pageBaseline(ctx, c, before, &past{at: before.LastGood}, doc, nil, "the source was a listing until then")
	}
	prev, err := m.Reader.Document(ctx, old, own)
	if err != nil {
		return fmt.Errorf("last snapshot: %w", err)
	}
	masks := live(before.Masks, c.Finished)
	hunks, stats := diff.CompareText(prev, doc, masks)
	if own.URL != c.Source.URL && strangers(prev, doc, stats) {
		return m.pageBaseline(ctx, c, before, &past{at: before.SnapshotAt}, doc, masks, "the two have no passage in common")
	}
	c.page(doc, c.Capture.Last(), masks)
	c.newSnapshot()
	if len(hunks) == 0 {
		c.good(Unchanged)
		return nil
	}
	c.good(Changed)
	c.Change = diff.TextChange(c.Source.Title(), prev, doc, hunks, stats)
	from := before.LastGood
	if rules(own) != rules(c.Source) {
		c.Change.Marks, from = []string{diff.Redesign}, before.SnapshotAt
	}
	return m.route(ctx, c, before, from)
}
