package extract

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"pantau/internal/snapshot"
)

// saved reads a set of pages that a person saved by hand. It is judged as a
// crawl is, but for what a hand cannot do, which is to ask for the first pages
// once more at the end: the set is whole when every index has all its pages,
// these agree on the totals, and the different rows are as many as announced. An
// operator that moved while the pages were being saved may stand in two indexes
// then, or in none; the first shows as such and the second is no removal before
// another complete look.
//
// Of a set that is not whole every page is read for what it shows, beside the
// fault that says what it lacks.
func saved(c *snapshot.Capture, l *snapshot.Listing) (*snapshot.Document, error) {
	doc, err := Replay(c, l)
	if err == nil {
		err = overlapping(doc)
	}
	var f *snapshot.Fault
	if !errors.As(err, &f) {
		return doc, err
	}
	return gleaned(c, l, f)
}

// overlapping refuses a set in which a row stands on two pages. A crawl believes
// that when every reading repeats it; a hand has read only once, and another row
// may have been pushed off its page.
func overlapping(d *snapshot.Document) error {
	type place struct{ index, key string }
	on := map[place]int{}
	for i := range d.Records {
		r := &d.Records[i]
		if page, ok := on[place{r.Index, r.Key}]; ok && page != r.Page && r.Key != "" {
			return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonUnstable,
				Detail: fmt.Sprintf("the pages entered by hand show %s on page %d and on page %d of %s: the register moved while they were saved", r.Key, page, r.Page, r.Index)}
		}
		on[place{r.Index, r.Key}] = r.Page
	}
	return nil
}

// holding is what a set holds of one index.
type holding struct {
	count snapshot.PartCount
	pages []int
}

// gleaned reads every page by itself. whole is why the set is not the register.
func gleaned(c *snapshot.Capture, l *snapshot.Listing, whole *snapshot.Fault) (*snapshot.Document, error) {
	reader, err := newSheetReader(l)
	if err != nil {
		return nil, err
	}
	d := &snapshot.Document{}
	held := map[string]*holding{}
	for _, p := range l.Indexes {
		held[p.Name] = &holding{count: snapshot.PartCount{Name: p.Name}}
	}
	var worst *snapshot.Fault
	for _, r := range c.Responses {
		h := held[r.Request.Part]
		body, err := r.Body.Bytes()
		if err != nil {
			return nil, fmt.Errorf("page saved from %s: %w", r.Request.URL, err)
		}
		s, f := reader.read(r, body)
		if f != nil {
			if worst == nil || worst.Class != snapshot.Held {
				worst = f.At(r.Request)
			}
			continue
		}
		if h == nil {
			continue
		}
		h.pages = append(h.pages, r.Request.Page)
		h.count.Total, h.count.Pages = max(s.total, 0), max(s.pages, 0)
		h.count.Seen += len(s.rows)
		for _, row := range s.rows {
			d.Records = append(d.Records, snapshot.Record{Key: row.key, Index: r.Request.Part, Page: r.Request.Page, Fields: row.fields})
			if row.key == "" {
				d.Quality.Keyless++
			}
		}
	}
	var lacks []string
	for _, p := range l.Indexes {
		h := held[p.Name]
		d.Parts = append(d.Parts, h.count)
		if s := h.lacks(l); s != "" {
			lacks = append(lacks, s)
		}
	}
	switch {
	case worst != nil:
		return d, worst
	case len(lacks) > 0:
		return d, &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonIncomplete,
			Detail: "the pages entered by hand are not the whole register: " + strings.Join(lacks, "; ")}
	}
	return d, whole
}

// lacks says which pages of the index are not in the set.
func (h *holding) lacks(l *snapshot.Listing) string {
	if len(h.pages) == 0 {
		return "nothing of " + h.count.Name
	}
	var missing []string
	n := 0
	for i := range h.count.Pages {
		if page := l.FirstPage + i; !slices.Contains(h.pages, page) {
			if n++; n <= 5 {
				missing = append(missing, fmt.Sprint(page))
			}
		}
	}
	switch {
	case n == 0:
		return ""
	case n > 5:
		missing = append(missing, fmt.Sprintf("and %d more", n-5))
	}
	return fmt.Sprintf("of %s page %s", h.count.Name, strings.Join(missing, ", "))
}
