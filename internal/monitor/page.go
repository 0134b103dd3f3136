package monitor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"pantau/crawler"
	"pantau/crawler/extract"
	"pantau/crawler/gate"
	"pantau/diff"
	"pantau/diff/registry"
	"pantau/internal/snapshot"
)

// maskLife is how long learned noise is trusted before it must show again.
const maskLife = 90 * 24 * time.Hour

// lookPage looks at one page: conditional fetch, extract, judge, compare and,
// where something differs, confirm.
func (m *Monitor) lookPage(ctx context.Context, c *Check, before State) error {
	masks := live(before.Masks, time.Now())
	same := before.Seq > 0 && before.Rules == rules(c.Source) && len(masks) == len(before.Masks)
	v := before.Validators
	if !same {
		v = snapshot.Validators{}
	}
	if err := m.fetchPage(ctx, c, v); err != nil {
		return err
	}
	if c.Capture.NotModified {
		c.good(Unchanged)
		return nil
	}
	last := c.Capture.Last()
	if last == nil {
		c.fail(c.Capture.Responses[len(c.Capture.Responses)-1].Fault)
		return nil
	}
	if same && last.Body.SHA256 == before.Body && !last.Unframed {
		c.State.Validators = validators(last)
		c.good(Unchanged)
		return nil
	}
	doc, f, err := m.readPage(ctx, c.Capture, c.Source)
	if err != nil || f != nil {
		return c.failed(f, err)
	}
	// What is read as the last good page was read has been judged with that one.
	unchanged := same && diff.Masked(doc, masks).Digest() == before.Digest
	old := &past{gate: before.Gate}
	if !unchanged || len(c.Source.Require) > 0 {
		if old, f, err = m.judgePage(ctx, c, before, doc); err != nil || f != nil {
			return c.failed(f, err)
		}
	}
	switch {
	case before.Seq == 0:
		c.page(doc, last, masks)
		c.newSnapshot()
		c.good(Baseline)
		return m.naming(ctx, c, doc)
	case unchanged:
		c.State.Body, c.State.Validators = last.Body.SHA256, validators(last)
		c.good(Unchanged)
		return nil
	}
	return m.comparePage(ctx, c, before, old, doc, masks)
}

// judgePage judges a document, and gives what it was judged by.
func (m *Monitor) judgePage(ctx context.Context, c *Check, before State, doc *snapshot.Document) (*past, *snapshot.Fault, error) {
	old := &past{gate: before.Gate}
	if before.Seq > 0 && before.Rules != rules(c.Source) {
		var err error
		if old, err = m.pastPage(ctx, c, before); err != nil {
			return nil, nil, err
		}
	}
	return old, gate.Judge(c.Capture, doc, c.Source, old.gate), nil
}

func (c *Check) failed(f *snapshot.Fault, err error) error {
	if err == nil {
		c.fail(f)
	}
	return err
}

// fetchPage fetches the page and puts what came to the check's capture.
func (m *Monitor) fetchPage(ctx context.Context, c *Check, v snapshot.Validators) error {
	got, err := m.Crawler.Logging(m.lines(c.Run)).Fetch(ctx, c.Source, v, crawler.One(c.Source))
	if c.Capture == nil {
		c.Capture = got
	} else {
		c.Capture.Responses = append(c.Capture.Responses, got.Responses...)
		c.Capture.Finished = got.Finished
		c.Capture.Spool = closers{c.Capture.Spool, got.Spool}
	}
	c.Counts.Responses = len(c.Capture.Responses)
	c.Finished = time.Now().UTC()
	return err
}

// closers lets go of several captures at once.
type closers []io.Closer

// Close implements io.Closer.
func (cs closers) Close() error {
	var errs []error
	for _, c := range cs {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// readPage extracts the last answer of a capture.
func (m *Monitor) readPage(ctx context.Context, c *snapshot.Capture, s snapshot.Source) (*snapshot.Document, *snapshot.Fault, error) {
	return readPage(ctx, m.Reader, c, s)
}

func readPage(ctx context.Context, reader extract.Reader, c *snapshot.Capture, s snapshot.Source) (*snapshot.Document, *snapshot.Fault, error) {
	doc, err := reader.Document(ctx, c, s)
	if err != nil {
		var f *snapshot.Fault
		if !errors.As(err, &f) {
			return nil, nil, fmt.Errorf("extract: %w", err)
		}
		if f.Reason == snapshot.ReasonNoMatch || f.Reason == snapshot.ReasonHTMLForFile {
			f = cmp.Or(judgeWhole(c, s), f)
		}
		return nil, f, nil
	}
	return doc, nil, nil
}

// judgeWhole judges a page in which the selector finds nothing, or that came in
// the place of a file, as a whole: that it is a firewall's says more than that it
// does not fit.
func judgeWhole(c *snapshot.Capture, s snapshot.Source) *snapshot.Fault {
	s.Type, s.Select, s.Remove = snapshot.Page, nil, nil
	doc, err := extract.Document(c, s)
	if err != nil {
		return nil
	}
	return gate.Judge(c, doc, s, nil)
}

func validators(r *snapshot.Response) snapshot.Validators {
	return snapshot.Validators{ETag: r.Get("ETag"), LastModified: r.Get("Last-Modified")}
}

// page remembers what was seen of a page.
func (c *Check) page(doc *snapshot.Document, r *snapshot.Response, masks []diff.Mask) {
	c.State.Masks = masks
	c.State.Digest = diff.Masked(doc, masks).Digest()
	c.State.Rules = rules(c.Source)
	c.State.Body, c.State.Validators = r.Body.SHA256, validators(r)
	summary := gate.Summary(c.Capture, doc)
	c.State.Gate = &summary
}

// comparePage compares with the last good look, both sides read by today's
// rules and extractor, so that a new rule or program is never a change. old is
// that look where it was read already.
func (m *Monitor) comparePage(ctx context.Context, c *Check, before State, old *past, doc *snapshot.Document, masks []diff.Mask) error {
	var err error
	if !old.edited {
		if old, err = m.pastPage(ctx, c, before); err != nil {
			return err
		}
	}
	if old.doc == nil {
		return m.pageBaseline(ctx, c, before, old, doc, masks, old.why)
	}
	hunks, stats := diff.CompareText(old.doc, doc, masks)
	if len(hunks) > 0 && c.Manual == nil { // a hand's page cannot be fetched again
		first, f := doc, (*snapshot.Fault)(nil)
		if doc, masks, f, err = m.confirm(ctx, c, doc, masks, old.gate); err != nil || f != nil {
			return c.failed(f, err)
		}
		if doc != first {
			hunks, stats = diff.CompareText(old.doc, doc, masks)
		}
	}
	if len(old.marks) > 0 && strangers(old.doc, doc, stats) {
		return m.pageBaseline(ctx, c, before, old, doc, masks, "the two have no passage in common")
	}
	c.page(doc, c.Capture.Last(), masks)
	if old.edited {
		c.newSnapshot() // later looks are compared with what was seen now
		m.reread(c, old.own, old.at)
	}
	if len(hunks) == 0 {
		c.good(Unchanged)
		return nil
	}
	if !old.edited {
		c.newSnapshot()
		c.settle(old.doc, doc, masks)
	}
	c.good(Changed)
	c.Change = diff.TextChange(c.Source.Title(), old.doc, doc, hunks, stats)
	c.Change.Marks = old.marks
	from := old.at
	if len(masks) < len(before.Masks) {
		from = before.SnapshotAt // nobody compared these parts since
	}
	return m.route(ctx, c, before, from)
}

// settle learns which passages have been others at every one of the last looks.
// This look still tells what it found.
func (c *Check) settle(before, after *snapshot.Document, masks []diff.Mask) {
	spots, learnt := diff.Restless(before, after, masks, c.State.Restless)
	c.State.Restless = spots
	if len(learnt) > 0 {
		c.State.Masks = append(slices.Clone(masks), lasting(learnt, c.Finished)...)
		c.State.Digest = diff.Masked(after, c.State.Masks).Digest()
	}
}

// lasting gives what was learnt its time.
func lasting(learnt []diff.Mask, at time.Time) []diff.Mask {
	for i := range learnt {
		learnt[i].Learned, learnt[i].Expires = at, at.Add(maskLife)
	}
	return learnt
}

// pageBaseline is a look at a page that nothing before can be compared with.
func (m *Monitor) pageBaseline(ctx context.Context, c *Check, before State, old *past, doc *snapshot.Document, masks []diff.Mask, why string) error {
	c.page(doc, c.Capture.Last(), masks)
	rows, err := m.Store.Rows(ctx, c.Source.ID)
	if err != nil {
		return fmt.Errorf("rows of the register that it was: %w", err)
	}
	if len(rows) > 0 {
		c.Rebase, c.State.Pending = []registry.Delta{registry.Drop(rows, c.seen())}, 0
	}
	return m.newBaseline(ctx, c, before, diff.TextKind, old.at, why)
}

// live drops masks that have expired.
func live(masks []diff.Mask, now time.Time) []diff.Mask {
	var out []diff.Mask
	for _, k := range masks {
		if k.Expires.IsZero() || k.Expires.After(now) {
			out = append(out, k)
		}
	}
	return out
}

// confirm fetches a page that seems to have changed a second time, and a third
// where the second differs from the first. What differs between two looks a
// moment apart and is of a known noise kind is masked from then on; a page
// that differs in anything else is unstable, and held. It returns the document
// seen last, or the first one where the next says the same.
func (m *Monitor) confirm(ctx context.Context, c *Check, doc *snapshot.Document, masks []diff.Mask, last *gate.Last) (*snapshot.Document, []diff.Mask, *snapshot.Fault, error) {
	for range confirmations {
		if err := m.fetchPage(ctx, c, snapshot.Validators{}); err != nil {
			return nil, nil, nil, err
		}
		if r := c.Capture.Responses[len(c.Capture.Responses)-1]; r.Fault != nil {
			return nil, nil, r.Fault, nil
		}
		again, f, err := m.readPage(ctx, c.Capture, c.Source)
		if err == nil && f == nil && again.Digest() == doc.Digest() {
			return doc, masks, nil, nil // judged already
		}
		if err == nil && f == nil {
			f = gate.Judge(c.Capture, again, c.Source, last)
		}
		if err != nil || f != nil {
			return nil, nil, f, err
		}
		learnt, stable := diff.Learn(diff.Masked(doc, masks), diff.Masked(again, masks))
		doc = again
		if stable {
			return doc, append(masks, lasting(learnt, c.Finished)...), nil, nil
		}
	}
	return nil, nil, flapping(c.Source), nil
}

// confirmations is how often a page that seems to have changed is fetched again
// at most.
const confirmations = 2

func flapping(src snapshot.Source) *snapshot.Fault {
	return &snapshot.Fault{Class: snapshot.Held, Reason: snapshot.ReasonFlapping, URL: src.URL,
		Detail: "the page differs at every fetch in more than counters, clocks and tokens: three fetches gave three texts; `remove` at the source can leave the moving part out"}
}
