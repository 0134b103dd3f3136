package monitor

import (
	"maps"
	"slices"
	"strings"
	"time"

	"pantau/crawler/extract"
	"pantau/crawler/gate"
	"pantau/diff"
	"pantau/diff/registry"
	"pantau/internal/snapshot"
)

// rowReplay is what a register or listing held at the look before.
type rowReplay struct {
	seen bool
	rows []registry.Row
	at   time.Time
}

// lookRows replays a look at records. The two looks behind a removal that was
// told are never let go of, so that it is told again.
func (p *replay) lookRows(c *snapshot.Capture, a Archived, was *diff.Change) (sight, error) {
	g := &p.rows
	doc, err := extract.Document(c, p.within(c))
	if err != nil {
		f, err := faulty(err)
		return sight{fault: f}, err
	}
	l := p.src.Listing
	seen, look := registry.Arrange(doc, l), registry.Look{At: a.At, Check: a.Look, Previous: g.at, Partial: doc.Partial}
	if !g.seen {
		if f := gate.JudgeListing(doc, l, nil); f != nil && a.Decision != "accepted" {
			return sight{fault: f}, nil
		}
		g.rows = registry.Apply(nil, registry.Baseline(seen, look))
		g.seen, g.at = true, a.At
		return sight{}, nil
	}
	st := registry.NewState(g.rows, l)
	if f := gate.JudgeListing(doc, l, registry.Losses(st, seen)); f != nil && a.Decision != "accepted" {
		return sight{fault: f}, nil
	}
	events, delta := registry.Compare(st, seen, look)
	events = p.documents(doc, g.rows, events, a, was)
	from := g.at
	g.rows = registry.Apply(g.rows, delta)
	g.at = a.At
	if len(events) == 0 {
		return sight{}, nil
	}
	return sight{now: p.tell(&diff.Change{Kind: diff.RecordsKind, Events: events, Stats: count(events)}, from, a.At)}, nil
}

// documents says of the events of an index what they are of. What another site
// had listed before was not told then, and is not now: an edit of this source
// does not change that.
func (p *replay) documents(doc *snapshot.Document, rows []registry.Row, events []registry.Event, a Archived, was *diff.Change) []registry.Event {
	if p.src.Type != snapshot.Index {
		return events
	}
	fields := map[registry.Key]snapshot.Fields{}
	for _, r := range rows {
		fields[r.Key] = r.Fields
	}
	for i := range doc.Records {
		fields[registry.Key(doc.Records[i].Key)] = doc.Records[i].Fields
	}
	for i := range events {
		p := paperOf(p.src, fields[events[i].Key])
		events[i].Document, events[i].Thread = &p.Entry, p.thread
	}
	return slices.DeleteFunc(events, func(e registry.Event) bool {
		joined := e.Type == registry.Added && a.Reason == reasonJoined
		return joined && e.Thread != "" && (was == nil || !slices.ContainsFunc(was.Events, func(w registry.Event) bool { return w.Key == e.Key }))
	})
}

// within is the source with the indexes that a capture holds: what was not read
// then cannot be replayed.
func (p *replay) within(c *snapshot.Capture) snapshot.Source {
	src, held := p.src, map[string]bool{}
	for _, r := range c.Responses {
		held[r.Request.Part] = true
	}
	l := *src.Listing
	l.Indexes = slices.DeleteFunc(slices.Clone(l.Indexes), func(part snapshot.Part) bool { return !held[part.Name] })
	if len(l.Indexes) > 0 {
		src.Listing = &l
	}
	return src
}

// eventKey is what two tellings of one event have in common. Which fields of a
// record that came or went are shown is no other event.
func eventKey(e registry.Event) string {
	parts := []string{string(e.Type), string(e.Key), e.FromIndex, e.ToIndex, e.Identity}
	if e.Type == registry.Added || e.Type == registry.Removed {
		return strings.Join(parts, "\x00")
	}
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		parts = append(parts, name, e.Fields[name][0], e.Fields[name][1])
	}
	return strings.Join(parts, "\x00")
}
