package monitor

import (
	"slices"
	"time"

	"pantau/crawler/gate"
	"pantau/diff"
	"pantau/internal/snapshot"
)

// pageReplay is what a page looked like at the look before.
type pageReplay struct {
	capture *snapshot.Capture // of doc
	doc     *snapshot.Document
	gate    *gate.Last
	body    string // digest of the body seen last
	masks   []diff.Mask
	spots   []diff.Spot
	at      time.Time
}

// known tells whether a capture holds the body that was read last.
func (g *pageReplay) known(c *snapshot.Capture) bool {
	r := c.Last()
	return r != nil && g.body != "" && r.Body.SHA256 == g.body
}

// lookPage replays a look at a page.
func (p *replay) lookPage(c *snapshot.Capture, a Archived) (sight, error) {
	g := &p.page
	last := c.Last()
	if last == nil {
		return sight{fault: c.Responses[len(c.Responses)-1].Fault}, nil
	}
	if g.known(c) && !last.Unframed {
		g.at, g.spots = a.At, nil
		return sight{}, nil
	}
	answers := answersOf(c)
	masks := live(g.masks, a.At)
	doc, f, err := p.readPast(answers[0], a, g.gate)
	if err != nil || f != nil {
		return sight{fault: f}, err
	}
	if g.doc == nil {
		g.remember(answers[0], doc, masks, a.At)
		g.capture, g.doc = answers[0], doc
		return sight{}, nil
	}
	var s sight
	hunks, stats := diff.CompareText(g.doc, doc, masks)
	if len(hunks) > 0 {
		if doc, masks, s, err = p.confirmPast(answers, a, doc, masks); err != nil || s.fault != nil {
			return s, err
		}
		hunks, stats = diff.CompareText(g.doc, doc, masks)
	}
	used := answers[s.answer]
	before, from := g.capture, g.at
	g.remember(used, doc, masks, a.At)
	s.anyway = func(own *snapshot.Source) bool {
		x, f1, err1 := p.read(before, *own)
		y, f2, err2 := p.read(used, *own)
		if err1 != nil || err2 != nil || f1 != nil || f2 != nil {
			return false
		}
		as, _ := diff.CompareText(x, y, masks)
		return len(lacking(as, hunks, hunkKey))+len(lacking(hunks, as, hunkKey)) == 0
	}
	if len(hunks) == 0 {
		g.spots = nil
		return s, nil
	}
	var learnt []diff.Mask
	g.spots, learnt = diff.Restless(g.doc, doc, masks, g.spots)
	g.masks = append(slices.Clone(masks), lasting(learnt, a.At)...)
	was := g.doc
	g.capture, g.doc = used, doc
	s.now = p.tell(diff.TextChange(p.src.Title(), was, doc, hunks, stats), from, a.At)
	return s, nil
}

func (g *pageReplay) remember(c *snapshot.Capture, doc *snapshot.Document, masks []diff.Mask, at time.Time) {
	g.body, g.masks, g.at = c.Last().Body.SHA256, masks, at
	summary := gate.Summary(c, doc)
	g.gate = &summary
}

// readPast reads and judges one answer of the past. What a person accepted is
// not judged again.
func (p *replay) readPast(c *snapshot.Capture, a Archived, last *gate.Last) (*snapshot.Document, *snapshot.Fault, error) {
	doc, f, err := p.read(c, p.src)
	if err == nil && f == nil && a.Decision != "accepted" {
		f = gate.Judge(c, doc, p.src, last)
	}
	return doc, f, err
}

// confirmPast does what confirm does with the answers that were fetched then.
func (p *replay) confirmPast(answers []*snapshot.Capture, a Archived, doc *snapshot.Document, masks []diff.Mask) (*snapshot.Document, []diff.Mask, sight, error) {
	for n, c := range answers[1:] {
		again, f, err := p.readPast(c, a, p.page.gate)
		if err != nil || f != nil {
			return nil, nil, sight{fault: f}, err
		}
		learnt, stable := diff.Learn(diff.Masked(doc, masks), diff.Masked(again, masks))
		doc = again
		if stable {
			return doc, append(masks, lasting(learnt, a.At)...), sight{answer: n + 1}, nil
		}
	}
	if len(answers) > confirmations {
		return nil, nil, sight{fault: flapping(p.src)}, nil
	}
	return doc, masks, sight{unconfirmed: true, answer: len(answers) - 1}, nil
}

// answersOf are the usable answers of a capture of a page, each as a capture of
// its own, in their order.
func answersOf(c *snapshot.Capture) []*snapshot.Capture {
	var out []*snapshot.Capture
	for _, r := range c.Responses {
		if r.Fault == nil {
			one := *c
			one.Responses = []*snapshot.Response{r}
			out = append(out, &one)
		}
	}
	return out
}
