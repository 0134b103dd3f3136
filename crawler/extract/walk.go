package extract

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pantau/internal/snapshot"
)

// Bounds of a crawl that goes wrong.
const (
	mostFailed = 3 // pages that could not be read
	mostSilent = 2 // of them, for want of an answer: a dead host is left alone
	mostRounds = 4 // times that the whole register is looked over again at the end
)

// Walk reads a paged register by its description. It asks for one page after
// the other and is pure: the same answers always lead to the same requests and
// the same document.
//
// Suspended and revoked operators come first, because seeing one is news even
// if the rest of the register cannot be read. A register is complete when of
// every index all pages were read while its total stood still, the different
// rows are as many as announced, and when the first page of every index, asked
// for again after all others, still shows what was read. An operator in two
// indexes that were read one after the other may have moved from one to the
// other meanwhile: it is believed to stand in both only if one of them showed
// it before and after the other did.
//
// A Walk is for one crawl and one goroutine.
type Walk struct {
	listing *snapshot.Listing
	reader  *sheetReader
	broken  error   // of the description
	parts   []*part // in the order they are read

	asked   snapshot.Request
	answers int // usable ones
	checks  []recheck
	moved   []*part // indexes that a check found changed
	rounds  int
	known   func(key string) bool // of an index: what was known before; nil: every page is asked for
	due     int                   // of an index: how many it announced then
	partial bool                  // what was not seen may be there all the same
	halted  bool                  // pages behind the last one were not asked for, because it was known

	charset  string            // of the last answer that needed a decoder
	faults   []*snapshot.Fault // of pages and indexes that could not be read
	silent   int
	stopped  bool // nothing more is asked for
	complete bool
}

// recheck is a page to be asked for again when all else was read.
type recheck struct {
	part *part
	page int
}

// NewWalk begins a crawl.
func NewWalk(l *snapshot.Listing) *Walk {
	w := &Walk{listing: l}
	w.reader, w.broken = newSheetReader(l)
	for _, p := range l.Indexes {
		w.parts = append(w.parts, newPart(p))
	}
	slices.SortStableFunc(w.parts, func(a, b *part) int { return importance(a) - importance(b) })
	return w
}

func importance(p *part) int {
	if p.Status.Bad() {
		return 0
	}
	return 1
}

// Next takes the answer to the last request, nil at the start, and gives the
// request to make next; more is false when the crawl is over. A *snapshot.Fault
// says that the answer is not usable and the same page should be asked for once
// more. An answer that has its own Fault is taken as the end of the attempts:
// the walk goes on without that page.
func (w *Walk) Next(prev *snapshot.Response) (req snapshot.Request, more bool, err error) {
	if w.broken != nil {
		return snapshot.Request{}, false, w.broken
	}
	if prev != nil && !w.stopped {
		if prev.Fault != nil && !w.over(prev) {
			w.lose(prev.Fault)
		} else if prev.Fault != nil {
			w.reading().close(w.listing.Documents)
		} else if f := w.take(prev); f != nil {
			return snapshot.Request{}, false, f.At(w.asked)
		}
	}
	req, more = w.ask()
	return req, more, nil
}

func (w *Walk) take(r *snapshot.Response) *snapshot.Fault {
	body, err := r.Body.Bytes()
	if err != nil {
		return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonStorage, Err: err,
			Detail: fmt.Sprintf("the answer could not be read back: %v", err)}
	}
	s, f := w.reader.read(r, body)
	if f != nil {
		return f
	}
	if s.charset != "" {
		w.charset = s.charset
	}
	w.partial = w.partial || s.partial || w.listing.Window
	if p := w.reading(); p == nil {
		f = w.recheck(s)
	} else if f = w.unlike(p, s); f != nil {
		return f
	} else if len(w.faults) > 0 {
		p.glean(s, w.listing, w.answers+1, w.asked.Page)
	} else if f = p.take(s, w.listing, w.answers+1, w.asked.Page); f == nil {
		w.giveUp(p)
		w.halt(p, s)
	}
	if f == nil {
		w.answers++
	}
	return f
}

// Until makes the walk end behind the first page on which everything is known:
// what comes behind it was read by an earlier walk. What was seen is then not all
// there is. total is how many documents the list announced then: one that announces
// more than are new so far has news further behind.
func (w *Walk) Until(known func(key string) bool, total int) { w.known, w.due = known, total }

// Halted tells whether the walk has ended so.
func (w *Walk) Halted() bool { return w.halted }

// halt ends the walk if a page shows nothing new. The files of a sitemap are in no
// order, so that one without news says nothing of the next.
func (w *Walk) halt(p *part, s *sheet) {
	if w.known == nil || p.done || p.next == 0 || len(s.rows) == 0 || len(w.parts) > 1 || p.files ||
		slices.ContainsFunc(s.rows, func(l line) bool { return !w.known(l.key) }) || s.total != unknown && s.total-w.due > w.news(p) {
		return
	}
	w.end(p)
}

// news counts what was not known before.
func (w *Walk) news(p *part) (n int) {
	for _, e := range p.order {
		if !w.known(e.id) {
			n++
		}
	}
	return n
}

// end takes what was read for all that is asked for.
func (w *Walk) end(p *part) {
	p.done, p.whole = true, true
	w.halted, w.partial, w.complete, w.stopped = true, true, true, true
}

// unlike is the fault of a first page that is not what it is taken for.
func (w *Walk) unlike(p *part, s *sheet) *snapshot.Fault {
	known := w.listing.Sentinel
	if p.next > 0 {
		return nil
	}
	why := s.lacks
	if why == "" && len(s.rows) < known.Least && len(s.more) == 0 {
		why = fmt.Sprintf("it lists %d documents where at least %d are due", len(s.rows), known.Least)
	}
	if why == "" {
		return nil
	}
	return &snapshot.Fault{Class: snapshot.Held, Reason: snapshot.ReasonMissing,
		Detail: fmt.Sprintf("the page no longer looks like %s: %s; if the site was rebuilt, the description of the source must be changed", cmp.Or(known.Site, p.Name), why)}
}

// giveUp notes that an index will not stand still.
func (w *Walk) giveUp(p *part) {
	if f := p.exhausted(); f != nil {
		p.done = true
		w.faults = append(w.faults, f)
	}
}

// over tells whether an answer says that there is no page behind the last one:
// where pages are counted on until one is short or empty, a site may know no page
// behind one that was exactly full.
func (w *Walk) over(r *snapshot.Response) bool {
	p := w.reading()
	return p != nil && p.next > 0 && w.listing.Paging() == snapshot.UntilShort &&
		r.Fault.Reason == snapshot.ReasonStatus && (r.Status == 404 || r.Status == 410)
}

// lose notes that the page asked for could not be had.
func (w *Walk) lose(f *snapshot.Fault) {
	w.faults = append(w.faults, f)
	switch f.Reason {
	case snapshot.ReasonGuard, snapshot.ReasonRobots, snapshot.ReasonCanceled, snapshot.ReasonStorage:
		w.stopped = true // the next page would be refused as well
	case snapshot.ReasonTimeout, snapshot.ReasonConnect, snapshot.ReasonTLS, snapshot.ReasonThrottled:
		w.silent++
	}
	if w.silent >= mostSilent || len(w.faults) >= mostFailed {
		w.stopped = true
	}
	if p := w.reading(); p != nil {
		p.skip()
	}
}

// reading is the index whose page is asked for next, nil if there is none left.
// When the register cannot become complete any more only those are read in
// which seeing an operator is news.
func (w *Walk) reading() *part {
	for _, p := range w.parts {
		if !p.done && (len(w.faults) == 0 || p.Status.Bad()) {
			return p
		}
	}
	return nil
}

func (w *Walk) ask() (snapshot.Request, bool) {
	if w.stopped {
		return snapshot.Request{}, false
	}
	if p := w.reading(); p != nil {
		return w.request(p, w.listing.FirstPage+p.next), true
	}
	if len(w.faults) == 0 && len(w.checks) == 0 {
		w.verify()
	}
	if w.complete || len(w.faults) > 0 {
		w.stopped = true
		return snapshot.Request{}, false
	}
	return w.request(w.checks[0].part, w.checks[0].page), true
}

func (w *Walk) request(p *part, page int) snapshot.Request {
	// %20 is a blank in a path and in a query, + in a query only.
	escaped := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	offset := page - w.listing.FirstPage
	link := p.lies(offset)
	w.asked = snapshot.Request{Part: p.Name, Page: page, Turn: p.turn, URL: strings.NewReplacer(
		"{index}", escaped(p.Name), "{page}", strconv.Itoa(page), "{per_page}", strconv.Itoa(w.listing.PerPage),
		"{offset}", strconv.Itoa(offset*w.listing.PerPage), "{cursor}", escaped(link),
	).Replace(w.listing.URL)}
	if link != "" && linked(w.listing) {
		w.asked.URL = link
	}
	return w.asked
}

// verify lists the pages to be asked for again now that every index was read.
func (w *Walk) verify() {
	if len(w.parts) == 1 && w.parts[0].next == 1 {
		w.complete = true // one answer is one moment
		return
	}
	if w.rounds++; w.rounds > mostRounds {
		w.faults = append(w.faults, &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonUnstable,
			Detail: fmt.Sprintf("the register changed during each of %d readings; the next look tries again", mostRounds)})
		return
	}
	for _, p := range w.parts {
		p.turn++ // asked for again: another request than the one before
		w.checks = append(w.checks, recheck{p, w.listing.FirstPage})
	}
	for _, c := range w.doubtful() {
		if !slices.Contains(w.checks, c) {
			w.checks = append(w.checks, c)
		}
	}
}

// doubtful lists the pages that can prove that a row stands in two indexes at
// once: the one that was seen earlier must still be there. A row seen in one
// index both before and after it was seen in the other needs no proof.
func (w *Walk) doubtful() []recheck {
	var out []recheck
	for i, p := range w.parts {
		for _, q := range w.parts[i+1:] {
			for _, e := range p.order {
				f := q.entries[e.id]
				if f == nil || !e.keyed || e.window != int32(p.window) || f.window != int32(q.window) {
					continue
				}
				switch {
				case max(e.first, f.first) <= min(e.last, f.last):
				case e.last < f.last:
					out = append(out, recheck{p, int(e.page)})
				default:
					out = append(out, recheck{q, int(f.page)})
				}
			}
		}
	}
	return out
}

// recheck compares a page asked for again with what was read of its index.
func (w *Walk) recheck(s *sheet) *snapshot.Fault {
	c := w.checks[0]
	offset := c.page - w.listing.FirstPage
	per := c.part.size(s, w.listing, offset)
	c.part.resolve(s, w.listing, per)
	same := s.total == c.part.total && s.pages == c.part.pages
	if same {
		if f := due(s, w.listing, offset, per); f != nil {
			return f
		}
	}
	if !c.part.shows(s, w.listing, w.answers+1) {
		w.moved = append(w.moved, c.part)
	}
	if w.checks = w.checks[1:]; len(w.checks) == 0 {
		w.conclude()
	}
	return nil
}

// conclude ends a round of checks: the register is complete, or the indexes
// that have changed are read again.
func (w *Walk) conclude() {
	for _, c := range w.doubtful() {
		w.moved = append(w.moved, c.part)
	}
	w.complete = len(w.moved) == 0
	for _, p := range w.moved {
		if p.done { // else it was found changed twice
			p.moved()
			w.giveUp(p)
		}
	}
	w.moved = nil
}

// Progress is how many answers were read, and how many it will be if nothing
// moves. Only the caller of Next may call it.
func (w *Walk) Progress() (done, total int) {
	total = w.answers + len(w.checks)
	if w.stopped {
		return w.answers, w.answers
	}
	for _, p := range w.parts {
		if !p.done {
			total += max(1, p.pages-p.next)
		}
		if len(w.checks) == 0 {
			total++
		}
	}
	return w.answers, total
}

// Document is what the crawl read: the records in the order of the indexes, one
// without a readable key with the empty one. Of a register that is not complete
// it is everything that was seen, beside a *snapshot.Fault that says why.
func (w *Walk) Document() (*snapshot.Document, error) {
	d := &snapshot.Document{Partial: w.partial}
	d.Quality.Charset = w.charset
	most := 0
	for _, p := range w.parts {
		most += len(p.order)
	}
	d.Records = make([]snapshot.Record, 0, most)
	for _, p := range w.listing.Indexes {
		for _, q := range w.parts {
			if q.Name == p.Name {
				q.write(d)
			}
		}
	}
	slices.Sort(d.Quality.Duplicates)
	d.Quality.Duplicates = slices.Compact(d.Quality.Duplicates)
	if w.broken != nil {
		return d, w.broken
	}
	if !w.complete {
		return d, w.fault()
	}
	return d, nil
}

// fault is the most telling of what went wrong: that the site showed something
// else says more than that it did not answer.
func (w *Walk) fault() *snapshot.Fault {
	for _, f := range w.faults {
		if f.Class == snapshot.Held {
			return f
		}
	}
	if len(w.faults) > 0 {
		return w.faults[0]
	}
	_, total := w.Progress()
	return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonIncomplete,
		Detail: fmt.Sprintf("the crawl was stopped after %d of about %d pages", w.answers, total)}
}

// Replay reads a stored capture again, by a description that may have changed
// since. A page that the walk wants and the capture does not hold is a fault.
func Replay(c *snapshot.Capture, l *snapshot.Listing) (*snapshot.Document, error) {
	type place struct {
		part       string
		page, turn int
	}
	last := map[place]*snapshot.Response{} // of the attempts at a request
	for _, r := range c.Responses {
		last[place{r.Request.Part, r.Request.Page, r.Request.Turn}] = r
	}
	w := NewWalk(l)
	var prev *snapshot.Response
	for {
		req, more, err := w.Next(prev)
		var f *snapshot.Fault
		switch {
		case errors.As(err, &f): // refused now, or again
			prev = &snapshot.Response{Request: prev.Request, Fault: f}
			continue
		case err != nil || !more:
			return w.Document()
		}
		prev = last[place{req.Part, req.Page, req.Turn}]
		if p := w.reading(); prev == nil && c.Stopped && p != nil && p.next > 0 {
			w.end(p)
			return w.Document()
		}
		if prev == nil && c.Manual != nil { // a hand cannot ask again: see saved
			prev = last[place{req.Part, req.Page, 0}]
		}
		if prev == nil {
			prev = &snapshot.Response{Request: req, Fault: (&snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonIncomplete,
				Detail: "the stored capture does not hold this page"}).At(req)}
		}
	}
}
