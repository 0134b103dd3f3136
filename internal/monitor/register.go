package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pantau/crawler/gate"
	"pantau/diff"
	"pantau/diff/registry"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// secondLook is how soon a followed operator that one complete look lacked is
// looked for again (FAULTS: within 30 minutes).
const secondLook = 10 * time.Minute

// lookRegister reads all listings of a register and compares their records.
func (m *Monitor) lookRegister(ctx context.Context, c *Check, before State) error {
	walk, err := m.walk(ctx, c, before)
	if err != nil {
		return err
	}
	var v snapshot.Validators
	if c.Source.Type == snapshot.Feed && before.Seq > 0 && before.Rules == rules(c.Source) {
		v = before.Validators // what slides off a feed has not gone: that nothing has come is all there is to know
	}
	got, err := m.Crawler.Logging(m.lines(c.Run)).Fetch(ctx, c.Source, v, func(prev *snapshot.Response) (snapshot.Request, bool, error) {
		req, more, err := walk.Next(prev)
		if m.Progress != nil {
			done, total := walk.Progress()
			m.Progress(c.Source.ID, done, total)
		}
		return req, more, err
	})
	c.Capture = got
	c.Capture.Stopped = walk.Halted()
	c.Finished = time.Now().UTC()
	c.Counts.Responses = len(got.Responses)
	if err == nil && got.NotModified {
		c.good(Unchanged)
		return nil
	}
	if err != nil && context.Cause(ctx) == errDeadline {
		doc, _ := walk.Document() // of what was seen in time
		c.count(doc)
		c.fail(overtime(c.Source))
		return m.sight(context.WithoutCancel(ctx), c, before, doc)
	}
	if err != nil {
		return err
	}
	doc, err := walk.Document()
	c.count(doc)
	if err != nil {
		return m.incomplete(ctx, c, before, doc, err)
	}
	err = m.compareRegister(ctx, c, before, doc, false)
	c.keys(doc)
	if last := got.Last(); last != nil && c.Source.Type == snapshot.Feed && c.Outcome.Good() {
		c.State.Validators = validators(last)
	}
	return err
}

// reasonKeys marks a good look at which records had no key of their own.
const reasonKeys = "keys"

// keys notes which records a good look could not compare for want of a key of
// their own: they are held, both of two, and nothing is told of them.
func (c *Check) keys(doc *snapshot.Document) {
	const named = 5
	var parts []string
	if d := doc.Quality.Duplicates; len(d) > 0 {
		list := strings.Join(d[:min(len(d), named)], ", ")
		if len(d) > named {
			list += fmt.Sprintf(" and %d more", len(d)-named)
		}
		parts = append(parts, "keys that stand twice: "+list)
	}
	if n := doc.Quality.Keyless; n > 0 {
		parts = append(parts, fmt.Sprintf("records without a key: %d", n))
	}
	if parts != nil && c.Outcome.Good() && c.Reason == "" {
		c.Reason, c.Detail = reasonKeys, "not compared, "+strings.Join(parts, "; ")
	}
}

// count notes what was announced and seen.
func (c *Check) count(doc *snapshot.Document) {
	for _, p := range doc.Parts {
		c.Counts.Pages += p.Pages
		c.Counts.Records += p.Seen
		c.Counts.Total += p.Total
	}
}

// incomplete ends a look that did not see the whole register. What it did see
// of followed operators in a bad index is told all the same.
func (m *Monitor) incomplete(ctx context.Context, c *Check, before State, doc *snapshot.Document, err error) error {
	var f *snapshot.Fault
	if !errors.As(err, &f) {
		return fmt.Errorf("extract: %w", err)
	}
	if told, err := m.some(ctx, c, before, doc, f); told || err != nil {
		return err
	}
	c.fail(f)
	return m.sight(ctx, c, before, doc)
}

func (m *Monitor) state(ctx context.Context, c *Check) (*registry.State, error) {
	rows, err := m.Store.Rows(ctx, c.Source.ID)
	if err != nil {
		return nil, fmt.Errorf("rows of the register: %w", err)
	}
	return registry.NewState(rows, c.Source.Listing), nil
}

// compareRegister judges and compares a complete look. accepted says that a
// person has judged it already.
func (m *Monitor) compareRegister(ctx context.Context, c *Check, before State, doc *snapshot.Document, accepted bool) error {
	digest := doc.Digest()
	if c.Source.Type != snapshot.Index && before.Seq > 0 && digest == before.Digest && before.Rules == rules(c.Source) && before.Pending == 0 {
		c.good(Unchanged)
		return nil
	}
	seen := registry.Arrange(doc, c.Source.Listing)
	look := registry.Look{At: c.seen(), Check: c.Run.ID, Previous: before.LastGood, Partial: doc.Partial}
	c.State.Digest, c.State.Rules = digest, rules(c.Source)
	if before.Seq == 0 {
		if f := gate.JudgeListing(doc, c.Source.Listing, nil); f != nil && !accepted {
			c.State = before
			c.fail(f)
			return m.sight(ctx, c, before, doc)
		}
		delta := registry.Baseline(seen, look)
		c.Delta = &delta
		c.newSnapshot()
		c.good(Baseline)
		c.whole(doc)
		_, err := m.documents(ctx, c, doc, nil, &delta, nil)
		return err
	}
	old, err := m.basisOf(ctx, c, before, doc)
	if err != nil {
		return err
	}
	if old.lost != "" {
		return m.registerBaseline(ctx, c, before, old, doc, seen, look, accepted)
	}
	st := registry.NewState(old.rows, c.Source.Listing)
	if f := gate.JudgeListing(doc, c.Source.Listing, registry.Losses(st, seen)); f != nil && !accepted {
		c.State = before
		c.fail(f)
		return m.sight(ctx, c, before, doc)
	}
	events, delta := registry.Compare(st, seen, look)
	c.Rebase, c.Delta, c.State.Pending = old.steps, &delta, delta.Pending
	if old.edited {
		c.newSnapshot() // later looks are compared with what was seen now
	}
	c.good(Unchanged)
	c.whole(doc)
	if events, err = m.news(ctx, c, doc, old.rows, &delta, events); err != nil {
		return err
	}
	if old.partly != "" {
		m.partly(c, old.from, old.partly)
	} else if old.edited {
		m.reread(c, old.own, old.from)
	}
	if err := m.standing(ctx, c, before, old, doc, events); err != nil {
		return err
	}
	if err := m.planSecondLook(ctx, c, delta); err != nil || len(events) == 0 {
		return err
	}
	if !old.edited {
		c.newSnapshot()
	}
	c.good(Changed)
	stats := count(events)
	c.Change = &diff.Change{Kind: diff.RecordsKind, Events: events, Stats: stats}
	for _, r := range delta.Removed {
		c.Removals = append(c.Removals, Removal{Key: string(r.Key), Missing: r.MissingCheck})
	}
	return m.route(ctx, c, before, old.from)
}

// registerBaseline is a look at a register that nothing before can be compared
// with.
func (m *Monitor) registerBaseline(ctx context.Context, c *Check, before State, old *basis, doc *snapshot.Document, seen *registry.Seen, look registry.Look, accepted bool) error {
	if f := gate.JudgeListing(doc, c.Source.Listing, nil); f != nil && !accepted {
		c.State = before
		c.fail(f)
		return m.sight(ctx, c, before, doc)
	}
	delta := registry.Baseline(seen, look)
	c.Rebase, c.Delta, c.State.Pending = old.steps, &delta, 0
	c.State.Gate, c.State.Masks, c.State.Body, c.State.Validators = nil, nil, "", snapshot.Validators{}
	c.whole(doc)
	if _, err := m.documents(ctx, c, doc, nil, &delta, nil); err != nil {
		return err
	}
	if err := m.newBaseline(ctx, c, before, diff.RecordsKind, old.from, old.lost); err != nil {
		return err
	}
	old.fresh = nil
	for _, p := range c.Source.Listing.Indexes {
		old.fresh = append(old.fresh, p.Name) // since when anybody stands there is known of none
	}
	return m.standing(ctx, c, before, old, doc, nil)
}

func count(events []registry.Event) diff.Stats {
	var s diff.Stats
	for _, e := range events {
		switch e.Type {
		case registry.Added:
			s.Added++
		case registry.Removed:
			s.Removed++
		case registry.Status:
			s.Status++
		case registry.Edited:
			s.Edited++
		}
	}
	return s
}

// planSecondLook asks for an early second look where a followed operator was
// missing for the first time.
func (m *Monitor) planSecondLook(ctx context.Context, c *Check, delta registry.Delta) error {
	if len(delta.NewlyMissing) == 0 {
		return nil
	}
	in, _, err := m.Store.Interests(ctx)
	if err != nil {
		return err
	}
	followed := in.Followed(c.Source.ID)
	for _, k := range delta.NewlyMissing {
		if _, ok := followed[string(k)]; ok {
			c.SecondLook = c.Finished.Add(secondLook)
		}
	}
	return nil
}

// sight tells subscribers of followed operators that stand in a suspended or
// revoked index of a page that is good although the register is not whole.
// What was told since the last good look is not told again.
func (m *Monitor) sight(ctx context.Context, c *Check, before State, doc *snapshot.Document) error {
	if doc == nil || len(doc.Records) == 0 {
		return nil
	}
	in, _, err := m.Store.Interests(ctx)
	if err != nil {
		return err
	}
	follows := in.Followed(c.Source.ID)
	if len(follows) == 0 {
		return nil
	}
	st, err := m.state(ctx, c)
	if err != nil {
		return err
	}
	c.Sightings = registry.Sightings(st, doc, c.Source.Listing, keysOf(follows))
	c.State.Sighted = m.tellSightings(c, before, in, follows)
	return nil
}

// standing tells who follows an operator that it stands in a suspended or
// revoked index which the description that was edited did not have, or that cannot
// be compared with any look before. That is no event, for nobody knows since when; but it is its present state. What an
// event of this look tells is not told twice.
func (m *Monitor) standing(ctx context.Context, c *Check, before State, old *basis, doc *snapshot.Document, events []registry.Event) error {
	if len(old.fresh) == 0 {
		return nil
	}
	in, _, err := m.Store.Interests(ctx)
	if err != nil {
		return err
	}
	follows := in.Followed(c.Source.ID)
	if len(follows) == 0 {
		return nil
	}
	for _, s := range registry.Sightings(registry.NewState(old.known, c.Source.Listing), doc, c.Source.Listing, keysOf(follows)) {
		if !slices.Contains(old.fresh, s.Index) || slices.ContainsFunc(events, func(e registry.Event) bool { return e.Key == s.Key }) {
			continue
		}
		s.Unread = true
		c.Sightings = append(c.Sightings, s)
	}
	m.tellSightings(c, before, in, follows)
	return nil
}

func keysOf(follows map[string][]notify.Follow) map[registry.Key]bool {
	keys := map[registry.Key]bool{}
	for k := range follows {
		keys[registry.Key(k)] = true
	}
	return keys
}

// tellSightings makes the messages of those sightings that were not told since
// the last good look, and gives what is told now.
func (m *Monitor) tellSightings(c *Check, before State, in notify.Interests, follows map[string][]notify.Follow) map[string]string {
	told := map[string]string{}
	for k, v := range before.Sighted {
		told[k] = v
	}
	for _, s := range c.Sightings {
		if told[string(s.Key)] == s.Index {
			continue
		}
		told[string(s.Key)] = s.Index
		for _, sub := range in.Subscriptions {
			msg, ok := notify.ComposeSighting(s, follows[string(s.Key)], sub, c.Source, c.seen(), before.LastGood, c.Reason, c.Detail, c.Manual, m.wording(c))
			if !ok {
				continue
			}
			c.send(sub.ID, sub.Channels, msg)
		}
	}
	return told
}
