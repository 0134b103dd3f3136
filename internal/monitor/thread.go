package monitor

import (
	"context"
	"fmt"
	"time"

	"pantau/diff/registry"
	"pantau/diff/thread"
	"pantau/internal/snapshot"
)

// Enrolment is a document of an index that becomes a source of its own.
type Enrolment struct {
	Source snapshot.Source // as snapshot.Source.Child makes it
	Key    string          // that the index knows it by
	Fresh  bool            // it came while the index was watched; else it was there before
}

// Member is a document of an index that is one site's sight of a regulation.
type Member struct {
	Thread string // law.Identity.Key
	Index  string // the source
	Key    string // of the document in it
	Title  string
	Fresh  bool
	Seen   time.Time

	Known int // members of the thread when the check read them
}

// Pair is the text of one regulation on two sites, by the snapshots that were
// compared.
type Pair struct {
	Thread     string
	One, Other string // sources of the two documents; One is of the index that is looked at
	Key        string // of One in its index
	Seq, Than  int64  // snapshots of One and Other
}

// Threads is what an index needs of the database beside a register.
type Threads interface {
	// Enrolled lists the documents of an index that are watched, by key.
	Enrolled(ctx context.Context, index string) (map[string]bool, error)
	// Members lists who belongs to threads, those that were seen first before.
	Members(ctx context.Context, threads []string) (map[string][]Member, error)
	// Pairs lists the texts of an index that another site has too and that were
	// not compared as they are now, at most so many.
	Pairs(ctx context.Context, index string, most int) ([]Pair, error)
}

// mostPairs is how many texts are compared at one look.
const mostPairs = 20

// shownDifferences is how many Pasal an event of differing texts shows.
const shownDifferences = 20

// differing compares the texts of an index with those that other sites have of
// the same regulations.
func (m *Monitor) differing(ctx context.Context, c *Check) ([]registry.Event, error) {
	if c.Source.Type != snapshot.Index {
		return nil, nil
	}
	pairs, err := m.Store.Pairs(ctx, c.Source.ID, mostPairs)
	if err != nil {
		return nil, fmt.Errorf("texts of other sites: %w", err)
	}
	var out []registry.Event
	for _, p := range pairs {
		e, err := m.comparePair(ctx, p)
		if err != nil {
			m.lines(c.Run).Warn("two texts of one regulation cannot be compared", "one", p.One, "other", p.Other, "error", err)
		}
		c.Paired = append(c.Paired, p) // what cannot be read is not tried again before it is another text
		if e != nil {
			out = append(out, *e)
		}
	}
	return out, nil
}

// comparePair compares two texts; nil: they say the same, or one is not the text.
func (m *Monitor) comparePair(ctx context.Context, p Pair) (*registry.Event, error) {
	one, mine, err := m.textOf(ctx, p.One, p.Seq)
	if err != nil {
		return nil, err
	}
	other, theirs, err := m.textOf(ctx, p.Other, p.Than)
	if err != nil {
		return nil, err
	}
	list, whole := thread.Differ(one, other)
	if !whole || len(list) == 0 {
		return nil, nil
	}
	e := &registry.Event{Type: registry.Differs, Key: registry.Key(p.Key), Thread: p.Thread, Name: mine.Title(), Fields: map[string][2]string{},
		Document: &snapshot.Entry{Title: mine.Title(), Link: mine.URL}, Other: theirs.URL}
	for i, d := range list {
		if i == shownDifferences {
			break
		}
		e.Fields[d.Place] = [2]string{d.Other, d.One}
	}
	return e, nil
}

// textOf reads a snapshot of a document by today's rules.
func (m *Monitor) textOf(ctx context.Context, id string, seq int64) (*snapshot.Document, snapshot.Source, error) {
	src, err := m.Sources(id)
	if err != nil {
		return nil, src, err
	}
	c, _, err := m.Store.Capture(ctx, id, seq)
	if err != nil {
		return nil, src, err
	}
	doc, err := m.Reader.Document(ctx, c, src)
	return doc, src, err
}
