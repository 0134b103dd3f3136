package monitor

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"pantau/crawler/extract"
	"pantau/crawler/gate"
	"pantau/diff"
	"pantau/diff/registry"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// A source whose address or rules were changed keeps its history. The raw
// answers of the last good look are read by today's rules and compared, so that
// only what really differs is told. What cannot be compared is said to be so,
// with the time between the two looks: the new one is a baseline then, and
// nobody can take it for a look that found nothing.

// reasonEdited marks a good look that was read by other rules than the one
// before; reasonGap one that could not be compared with it, or not in all.
const (
	reasonEdited = "edited"
	reasonGap    = "not-comparable"

	reasonProgram = "read-anew" // by another version of the program
)

// Past is the last good look of a source, raw.
type Past struct {
	Capture *snapshot.Capture // nil: its answers are not kept any more
	Source  snapshot.Source   // as it was configured then
	At      time.Time         // the last look that it stands for
}

// past is the last good look of a page, ready to be compared with.
type past struct {
	edited bool               // it was read by other rules than today's
	own    snapshot.Source    // as it was configured then; of an edited one
	doc    *snapshot.Document // nil: it cannot be read
	gate   *gate.Last         // what the gate holds a new look against
	at     time.Time          // when the page was seen so
	marks  []string
	why    string // of no document
}

// pastPage reads the last good look of a page by today's rules.
func (m *Monitor) pastPage(ctx context.Context, c *Check, before State) (*past, error) {
	if before.Seq == 0 {
		return &past{gate: before.Gate}, nil
	}
	if before.Rules != rules(c.Source) {
		return m.pastEdited(ctx, c, before)
	}
	old, _, err := m.Store.Capture(ctx, c.Source.ID, before.Seq)
	if err != nil {
		return nil, fmt.Errorf("last snapshot: %w", err)
	}
	doc, err := m.Reader.Document(ctx, old, c.Source)
	if err != nil {
		return nil, fmt.Errorf("last snapshot: %w", err)
	}
	return &past{doc: doc, gate: before.Gate, at: before.LastGood}, nil
}

func (m *Monitor) pastEdited(ctx context.Context, c *Check, before State) (*past, error) {
	found, err := m.Store.LastGood(ctx, c.Source.ID)
	if err != nil {
		return nil, fmt.Errorf("last good look: %w", err)
	}
	p := &past{edited: true, own: found.Source, gate: before.Gate, at: found.At}
	switch {
	case found.Source.Listing != nil:
		p.why, p.gate = "the source was a listing until then", nil
		return p, nil
	case found.Capture == nil:
		p.why = "the raw page of the last good look is not kept any more"
		return p, nil
	}
	old := found.Capture
	if found.Source.URL != c.Source.URL {
		p.marks = []string{diff.Redesign}
		old = relocated(old, found.Source.URL, c.Source.URL)
	}
	if (found.Source.Render == nil) != (c.Source.Render == nil) {
		p.marks = []string{diff.Redesign} // what a server sends and what scripts make of it are two pages
	}
	var f *snapshot.Fault
	doc, err := m.Reader.Document(ctx, old, c.Source)
	if err != nil && !errors.As(err, &f) {
		return nil, fmt.Errorf("last good look: %w", err)
	}
	if err == nil {
		summary := gate.Summary(old, doc)
		p.doc, p.gate = doc, &summary
		return p, nil
	}
	// Today's rules find nothing in it: each side is read by its own, and sizes
	// of different regions say nothing.
	p.marks = []string{diff.Redesign}
	if before.Gate != nil {
		p.gate = &gate.Last{Title: before.Gate.Title, Sketch: before.Gate.Sketch}
	}
	p.doc, err = m.Reader.Document(ctx, old, found.Source)
	if errors.As(err, &f) {
		p.why = fmt.Sprintf("the last good look can be read neither by today's rules nor by its own (%v)", f)
		return p, nil
	}
	return p, err
}

// relocated is a capture as if it had come from another address: relative links
// lead to the same places of the new site.
func relocated(c *snapshot.Capture, from, to string) *snapshot.Capture {
	out := *c
	out.Responses = slices.Clone(c.Responses)
	for i, r := range out.Responses {
		if r.Request.URL == from {
			moved := *r
			moved.Request.URL, moved.FinalURL = to, ""
			out.Responses[i] = &moved
		}
	}
	return &out
}

// strangers tells whether two readings by different rules have not one passage
// in common: then they are not two states of one text.
func strangers(before, after *snapshot.Document, s diff.Stats) bool {
	if s.Modified+s.Moved > 0 || len(before.Blocks) == 0 {
		return false
	}
	lines := map[string]bool{}
	for i := range before.Blocks {
		lines[strings.ToLower(before.Blocks[i].Line())] = true
	}
	return !slices.ContainsFunc(after.Blocks, func(b snapshot.Block) bool { return lines[strings.ToLower(b.Line())] })
}

// newBaseline makes the look one that nothing before can be compared with, and
// says so: in its row, as a change without content, and to the administrators.
func (m *Monitor) newBaseline(ctx context.Context, c *Check, before State, kind diff.Kind, since time.Time, why string) error {
	c.newSnapshot()
	c.good(Baseline)
	c.Reason = reasonGap
	c.Detail = fmt.Sprintf("not comparable with the look before, gap %s - %s: %s; everything later is compared with this look", m.clock(since), m.clock(c.seen()), why)
	c.Change = &diff.Change{Kind: kind, Marks: []string{diff.NotComparable}, Gap: why,
		Summary: fmt.Sprintf("not comparable in %s, gap %s - %s", c.Source.Title(), m.clock(since), m.clock(c.seen()))}
	if err := m.route(ctx, c, before, since); err != nil {
		return err
	}
	c.Change.From.Manual = before.Manual
	m.tellGap(c, since, why)
	return nil
}

// partly notes that a good look could be compared in part only.
func (m *Monitor) partly(c *Check, since time.Time, what string) {
	c.Reason = reasonGap
	c.Detail = fmt.Sprintf("compared but for %s: not comparable, gap %s - %s", what, m.clock(since), m.clock(c.seen()))
	m.tellGap(c, since, what)
}

func (m *Monitor) tellGap(c *Check, since time.Time, why string) {
	h := notify.Health{Kind: notify.NotComparable, Source: c.Source, Since: since, At: c.seen(), Reason: reasonGap, Detail: why, Run: c.Run.ID, Partly: c.Outcome != Baseline}
	c.send(administrators, m.Words.Administrators, notify.ComposeHealth(h, m.Administrators(), m.wording(c)))
}

// reread notes that a look was read by other rules than the one before: those of
// an edited source, or of a program that reads better.
func (m *Monitor) reread(c *Check, own snapshot.Source, since time.Time) {
	c.Reason = reasonEdited
	what := "the source was edited"
	if rules(own) == rules(c.Source) {
		c.Reason, what = reasonProgram, "this version of Pantau reads it in another way"
	}
	c.Detail = what + ": the last good look, of " + m.clock(since) + ", was read again by today's rules and compared"
}

// basis is what a look at a register is compared with.
type basis struct {
	edited bool
	own    snapshot.Source // as it was configured then; of an edited one
	rows   []registry.Row
	steps  []registry.Delta // that make the stored rows so
	from   time.Time        // the last look that showed them so
	lost   string           // why nothing can be compared; empty: it can
	partly string           // what cannot
	fresh  []string         // indexes that were not read before
	known  []registry.Row   // as today's key and fields find them, in the indexes of then; where there are fresh ones
}

// basisOf reads the rows to compare with; where the description was changed,
// as the new one finds them in the last good look.
func (m *Monitor) basisOf(ctx context.Context, c *Check, before State, doc *snapshot.Document) (*basis, error) {
	rows, err := m.Store.Rows(ctx, c.Source.ID)
	if err != nil {
		return nil, fmt.Errorf("rows of the register: %w", err)
	}
	b := &basis{rows: rows, from: before.LastGood}
	if before.Seq == 0 || before.Rules == rules(c.Source) {
		return b, nil
	}
	b.edited = true
	found, err := m.Store.LastGood(ctx, c.Source.ID)
	if err != nil {
		return nil, fmt.Errorf("last good look: %w", err)
	}
	b.own = found.Source
	own, l := found.Source.Listing, c.Source.Listing
	if own == nil {
		b.lost, b.steps, b.rows = "the source was a page until then", nil, nil
		return b, nil
	}
	again, err := m.readAgain(found, c.Source)
	if err != nil {
		return nil, err
	}
	if again == nil && !reflect.DeepEqual(own.Key, l.Key) {
		if known, same := registry.Overlap(rows, doc); 2*same < known {
			b.lost = "the key was changed, and the last good look cannot be read by the new one"
			b.steps, b.rows = []registry.Delta{registry.Drop(rows, c.seen())}, nil
			return b, nil
		}
	}
	rebase := registry.Rebase{Listing: l, Own: own, Again: again, At: found.At, Now: doc, Seen: c.seen(), Partial: again != nil && again.Partial}
	b.rows, b.steps = rebase.Rows(rows)
	if again != nil {
		b.from = found.At
	}
	var parts []string
	if f := registry.NewFields(b.rows, doc, l); again == nil && len(f) > 0 {
		parts = append(parts, "field "+strings.Join(f, ", "))
	}
	if f := rebase.NewIndexes(rows); len(f) > 0 {
		b.fresh, b.known = f, registry.Apply(rows, b.steps[0])
		parts = append(parts, "index "+strings.Join(f, ", "))
	}
	b.partly = strings.Join(parts, "; ")
	return b, nil
}

// readAgain reads the last good look of a register by the new key and fields, in
// the indexes that it holds; nil where it cannot be read so.
func (m *Monitor) readAgain(found Past, src snapshot.Source) (*snapshot.Document, error) {
	if found.Capture == nil {
		return nil, nil
	}
	l := *src.Listing
	l.Indexes = found.Source.Listing.Indexes
	src.Listing = &l
	doc, err := extract.Document(found.Capture, src)
	var f *snapshot.Fault
	if errors.As(err, &f) || err == nil && 10*doc.Quality.Keyless > len(doc.Records) {
		return nil, nil
	}
	return doc, err
}
