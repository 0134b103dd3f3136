package extract

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"pantau/internal/snapshot"
)

// Bounds of patience. With the rows of one day in a new order at every request
// the largest index of the recorded register, 383 pages, was whole after 7 to 11
// readings.
const (
	mostReadings = 16      // of one index while its total stands
	mostMoves    = 5       // times that one index was found changed within a crawl
	mostPages    = 100_000 // of one index that does not say how many it has
	steadyEnough = 4       // equal readings before a row that comes twice is believed to be two
)

// entry is a row of an index as this crawl has seen it. There may be a million.
type entry struct {
	id          string
	fields      snapshot.Fields
	page        int32 // that showed it last
	first, last int32 // answers of the crawl that showed it, by number
	window      int32 // the last one it was seen in
	reading     int32 // the last one it was seen in
	keyed       bool
}

// record is the row with its index.
func (e *entry) record(index string) snapshot.Record {
	r := snapshot.Record{Index: index, Page: int(e.page), Fields: e.fields}
	if e.keyed {
		r.Key = e.id
	}
	return r
}

// part is one index while it is read.
//
// A reading is one pass over its pages. A window is a run of readings through
// which the announced total never moved: what was seen in a window may be put
// together, what was seen before it may not.
type part struct {
	snapshot.Part
	entries map[string]*entry
	order   []*entry // as they were first seen

	turn     int  // for Request.Turn: every sequence of requests has its own
	next     int  // offset of the page to ask for
	done     bool // nothing more to ask for now
	whole    bool // everything that is announced was seen
	readings int  // begun, over all windows
	moves    int

	window int
	opened int      // readings of this window
	total  int      // announced in this window
	pages  int      // announced in this window; unknown: the last page says that it is the last
	per    int      // rows of a page but the last
	seen   int      // different rows of this window
	links  []string // where pages that name the next one lie, by offset; the first is empty
	frame  []string // of pages: the links of the site around the list
	lists  []string // of a sitemap: all that were named in this reading, the first one too
	files  bool     // it is a sitemap that names others
	rows   int      // of this reading, repeated ones too

	repeats map[string][]snapshot.Record // further rows of an id in this reading
	before  map[string][]snapshot.Record // the same of the reading before
	steady  bool                         // every reading of this window repeats the same
	twins   map[string][]snapshot.Record // further rows of an id that one page has shown: one page is one moment
}

func newPart(p snapshot.Part) *part {
	return &part{Part: p, entries: map[string]*entry{}, total: unknown, repeats: map[string][]snapshot.Record{}, twins: map[string][]snapshot.Record{}}
}

// begin starts another reading.
func (p *part) begin() {
	p.turn++
	p.next, p.done, p.whole = 0, false, false
}

// open starts another window, with its first page.
func (p *part) open(s *sheet, per int) {
	p.window++
	p.total, p.pages, p.per = s.total, s.pages, per
	p.opened, p.seen, p.steady = 0, 0, true
	p.repeats, p.twins = nil, map[string][]snapshot.Record{}
}

// take reads the page asked for. number says which answer of the crawl it is,
// page what the register calls it.
func (p *part) take(s *sheet, l *snapshot.Listing, number, page int) *snapshot.Fault {
	per := p.size(s, l, p.next)
	p.resolve(s, l, per)
	if p.next > 0 && (s.total != p.total || s.pages != p.pages) {
		p.moved() // not a fault of the page: the index is read from its beginning
		return nil
	}
	if f := due(s, l, p.next, per); f != nil {
		return f
	}
	if f := p.strange(s); f != nil {
		return f
	}
	f := p.endless(s)
	over := f != nil && l.Documents // a site that does not know the page may give the last one again
	if f != nil && !over {
		return f
	}
	if f := p.link(s, l); f != nil {
		return f
	}
	if p.next == 0 {
		if p.window == 0 || s.total != p.total || s.pages != p.pages {
			p.open(s, per)
		}
		p.readings++
		p.opened++
		p.before, p.repeats, p.rows = p.repeats, map[string][]snapshot.Record{}, 0
	}
	p.merge(s, number, page)
	if p.next++; over || p.behind(s, l) {
		p.close(l.Documents)
	}
	return nil
}

// resolve tells the number of pages where only that of rows is announced.
func (p *part) resolve(s *sheet, l *snapshot.Listing, per int) {
	if l.Paging() == snapshot.ByTotal {
		s.pages = max(1, (s.total+per-1)/max(1, per))
	}
}

// behind tells whether no page comes behind the last one read.
func (p *part) behind(s *sheet, l *snapshot.Listing) bool {
	switch l.Paging() {
	case snapshot.ByNext:
		return s.next == ""
	case snapshot.UntilShort:
		return max(len(s.rows), s.shown) < max(1, l.PerPage)
	}
	return p.next >= p.pages
}

// strange refuses a page without documents that is no page of the site: a
// firewall's page is not the end of the list.
func (p *part) strange(s *sheet) *snapshot.Fault {
	if p.next == 0 {
		p.frame = s.frame
		return nil
	}
	if len(s.rows) > 0 || len(p.frame) == 0 {
		return nil
	}
	same := 0
	for _, to := range p.frame {
		if slices.Contains(s.frame, to) {
			same++
		}
	}
	if 2*same >= len(p.frame) {
		return nil
	}
	return &snapshot.Fault{Class: snapshot.Held, Reason: snapshot.ReasonBlockPage,
		Detail: fmt.Sprintf("the page lists nothing and has %d of the %d links that the site has around its list: it is not the list's end", same, len(p.frame))}
}

// endless refuses a page that shows nothing new where only new pages show the
// end: a site that does not know the page asked for may give the first for ever.
func (p *part) endless(s *sheet) *snapshot.Fault {
	if s.pages != unknown || p.next == 0 || len(s.rows) == 0 || len(p.lists) > 1 {
		return nil
	}
	if p.next >= mostPages {
		return rowsFault("the listing does not end within %d pages", mostPages)
	}
	for _, l := range s.rows {
		if e := p.entries[l.id]; e == nil || e.reading != int32(p.turn) {
			return nil
		}
	}
	return rowsFault("the page shows only rows that pages before it have shown; does the address ask for the page in the way the site understands?")
}

// link remembers where the next page lies.
func (p *part) link(s *sheet, l *snapshot.Listing) *snapshot.Fault {
	if l.Documents && linked(l) {
		if f := p.queue(s); f != nil {
			return f
		}
	}
	next := s.next
	if next != "" && linked(l) {
		here, err := url.Parse(s.url)
		if err != nil {
			return malformed("the address of the page: %v", err)
		}
		there, err := here.Parse(next)
		if err != nil {
			return malformed("the next page is said to be at %q, which is no address", next)
		}
		if snapshot.Host(there) != snapshot.Host(here) {
			return malformed("the next page is said to be at %s, on another host than the listing; only pages of %s are asked for", next, here.Host)
		}
		next = there.String()
	}
	p.links = append(p.links[:min(p.next, len(p.links))], next)
	return nil
}

// queue puts the page that comes next, or the lists that a sitemap names, behind
// those that are waited for. One that was named before is not asked for again, so
// that a circle ends.
func (p *part) queue(s *sheet) *snapshot.Fault {
	if p.next == 0 {
		p.lists = []string{s.url}
	}
	p.files = p.files || len(s.more) > 0
	for _, at := range append(s.more, s.next) {
		if at != "" && !slices.Contains(p.lists, at) {
			p.lists = append(p.lists, at)
		}
	}
	if len(p.lists) > mostSitemaps && len(s.more) > 0 {
		return limited("the sitemap refers to more than %d others (sitemaps)", mostSitemaps)
	}
	s.next = ""
	if p.next+1 < len(p.lists) {
		s.next = p.lists[p.next+1]
	}
	return nil
}

// linked tells whether pages name the whole address of the next one. Else what
// they name goes into the address, or only says that there is one.
func linked(l *snapshot.Listing) bool {
	return l.Paging() == snapshot.ByNext && !strings.Contains(l.URL, "{page}") && !strings.Contains(l.URL, "{offset}") && !strings.Contains(l.URL, "{cursor}")
}

// lies is what the page before has said of a page.
func (p *part) lies(offset int) string {
	if offset == 0 || offset > len(p.links) {
		return ""
	}
	return p.links[offset-1]
}

// glean takes the rows of a page of a crawl that cannot become complete any
// more: for sightings only.
func (p *part) glean(s *sheet, l *snapshot.Listing, number, page int) {
	p.resolve(s, l, p.size(s, l, p.next))
	if p.next == 0 {
		p.pages = s.pages
		p.readings++
	}
	lost := p.endless(s) != nil || p.link(s, l) != nil
	p.merge(s, number, page)
	p.next++
	p.done = lost || p.behind(s, l)
}

// skip goes on behind a page that could not be read, as far as it is known
// where that is.
func (p *part) skip() {
	p.next++
	p.done = p.next >= p.pages
}

// size is how many rows a page holds, the last one aside.
func (p *part) size(s *sheet, l *snapshot.Listing, offset int) int {
	switch {
	case l.PerPage > 0:
		return l.PerPage
	case offset == 0:
		return len(s.rows)
	}
	return p.per
}

// due checks that a page holds the rows it must.
func due(s *sheet, l *snapshot.Listing, offset, per int) *snapshot.Fault {
	want := len(s.rows)
	if want == 0 && offset == 0 && s.total > 0 {
		return rowsFault("the page holds no rows, %d are announced", s.total)
	}
	switch paging := l.Paging(); {
	case s.pages == unknown:
		if l.PerPage > 0 && want > l.PerPage {
			return rowsFault("the page holds %d rows where %d were asked for; `size` is how many the site gives", want, l.PerPage)
		}
	case paging == snapshot.Whole && s.total >= 0:
		want = s.total
	case paging == snapshot.Whole:
	case s.total >= 0:
		if s.total > 0 && (per*s.pages < s.total || per*(s.pages-1) >= s.total) {
			return rowsFault("%d rows on %d pages of %d are announced, which cannot be; does the site give another number of rows a page than per_page?", s.total, s.pages, per)
		}
		want = min(max(s.total-offset*per, 0), per)
	case offset < s.pages-1:
		want = max(per, 1)
	}
	if len(s.rows) == want {
		return nil
	}
	return rowsFault("the page holds %d rows where %d are due", len(s.rows), want)
}

func rowsFault(format string, args ...any) *snapshot.Fault {
	return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonPageRows, Detail: fmt.Sprintf(format, args...)}
}

func (p *part) merge(s *sheet, number, page int) {
	p.rows += len(s.rows)
	here := map[string][]snapshot.Record{} // further rows of an id on this page
	for _, l := range s.rows {
		e := p.entries[l.id]
		if e == nil {
			e = &entry{id: l.id, keyed: l.key != "", first: int32(number)}
			p.entries[l.id] = e
			p.order = append(p.order, e)
		}
		again := e.last != 0 && e.window == int32(p.window)
		if !again {
			p.seen++
		}
		if again && e.reading == int32(p.turn) {
			rec := snapshot.Record{Key: l.key, Index: p.Name, Page: page, Fields: l.fields}
			p.repeats[l.id] = append(p.repeats[l.id], rec)
			if e.last == int32(number) {
				here[l.id] = append(here[l.id], rec)
			}
		} else {
			e.fields, e.page = l.fields, int32(page)
		}
		e.last, e.window, e.reading = int32(number), int32(p.window), int32(p.turn)
	}
	for id, more := range here {
		if len(more) > len(p.twins[id]) {
			p.twins[id] = more
		}
	}
}

// close ends a reading: the index is whole, or is read again.
//
// Every row of the window was in the index while its total stood still. If they
// are as many as the total says, they are the index: a row can be missing only
// where another has gone and one has come at the same time, in pages that were
// read before and after. That leaves no trace in one look, and is why a removal
// needs two.
//
// Rows that come twice because pages overlap are other ones at every reading.
// If every reading repeats the same ones the register is in order and really
// holds them twice.
//
// A document that a list names twice is one document.
func (p *part) close(documents bool) {
	p.done = true
	if documents {
		p.whole = true
		return
	}
	if p.opened > 1 && !maps.EqualFunc(p.before, p.repeats, func(a, b []snapshot.Record) bool { return len(a) == len(b) }) {
		p.steady = false
	}
	due := p.total
	if due == unknown {
		due = p.rows
	}
	if p.steady && p.opened >= steadyEnough {
		p.twins = p.repeats
	}
	n := p.seen
	for _, more := range p.twins {
		n += len(more)
	}
	switch {
	case n == due:
		p.whole = true
	case n > due: // as many came as went
		p.moved()
	default:
		p.begin()
	}
}

// moved begins the index again because it has changed while it was read.
func (p *part) moved() {
	p.moves++
	p.window++
	p.total = unknown
	p.pages = 0
	p.begin()
}

// exhausted says why the index is not read once more; nil as long as it may be.
func (p *part) exhausted() *snapshot.Fault {
	var why string
	switch {
	case p.done || p.next > 0:
		return nil
	case p.moves > mostMoves:
		why = fmt.Sprintf("it was found changed %d times", p.moves)
	case p.opened >= mostReadings:
		why = fmt.Sprintf("%d readings showed %d different rows of the %d announced", p.opened, p.seen, p.total)
	default:
		return nil
	}
	return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonUnstable,
		Detail: fmt.Sprintf("the listing %s moved while it was read: %s; the next look tries again", p.Name, why)}
}

// shows tells whether the index as it was read agrees with a page of it that
// was asked for again. The order of rows does not count.
func (p *part) shows(s *sheet, l *snapshot.Listing, number int) bool {
	same := s.total == p.total && s.pages == p.pages
	for _, line := range s.rows {
		e := p.entries[line.id]
		if e == nil {
			same = false
			continue
		}
		e.last = int32(number)
		if e.window != int32(p.window) || !p.holds(e, line.fields, l) {
			same = false
		}
	}
	// Without a total a row that has gone shows by the number of rows only.
	return same && (l.Paging() != snapshot.Whole || len(s.rows) == p.rows)
}

func (p *part) holds(e *entry, fields snapshot.Fields, l *snapshot.Listing) bool {
	if alike(e.fields, fields, l) {
		return true
	}
	return slices.ContainsFunc(p.twins[e.id], func(r snapshot.Record) bool { return alike(r.Fields, fields, l) })
}

// alike compares rows as recorded, but for what is only shown: that may be
// made anew for every answer.
func alike(a, b snapshot.Fields, l *snapshot.Listing) bool {
	return a.Equal(b) || slices.EqualFunc(a.List(), b.List(), func(x, y snapshot.Field) bool {
		return x.Name == y.Name && (x.Value == y.Value || l.Shown(x.Name))
	})
}

// write adds what was seen of the index to a document. Of an index that is not
// whole that is every row seen at any time.
func (p *part) write(d *snapshot.Document) {
	n := len(d.Records)
	for _, e := range p.order {
		if p.whole && e.window != int32(p.window) {
			continue
		}
		d.Records = append(d.Records, e.record(p.Name))
		if !e.keyed {
			d.Quality.Keyless++
		}
		if more := p.twins[e.id]; len(more) > 0 {
			d.Records = append(d.Records, more...)
			if e.keyed {
				d.Quality.Duplicates = append(d.Quality.Duplicates, e.id)
			}
		}
	}
	count := snapshot.PartCount{Name: p.Name, Total: p.total, Seen: len(d.Records) - n, Pages: p.pages, Turns: p.readings}
	if count.Total == unknown {
		count.Total = count.Seen
	}
	if count.Pages == unknown {
		count.Pages = p.next
	}
	d.Parts = append(d.Parts, count)
}
