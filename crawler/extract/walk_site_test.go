package extract

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"testing"

	"pantau/internal/snapshot"
)

// site is a register in memory that answers pages in the form of its latest
// generation, and may move or fail at every request.
type site struct {
	rows   map[string][]row
	per    int
	before func(n int, index string, page int) // request n comes
	order  func(rows []row) []row              // of one answer
	spoil  func(index string, page int, body []byte) ([]byte, *snapshot.Fault)

	asked   []string           // "INDEX/page"
	history []map[string][]row // what it held at every request
	capture snapshot.Capture
}

type row struct{ Key, Name string }

func rowsOf(from, to int) (out []row) {
	for k := from; k < to; k++ {
		out = append(out, row{strconv.Itoa(k), fmt.Sprintf("Sistem %d", k)})
	}
	return out
}

// register is the description of a site.
func register(indexes ...string) *snapshot.Listing {
	l := &snapshot.Listing{
		URL:       "http://register.invalid/list?index={index}&page={page}&per={per_page}",
		FirstPage: 1, PerPage: 10, Records: "hits", Total: "total", Pages: "pages",
		Key:    snapshot.Key{Path: "url", Pattern: `/detail/(\d+)$`},
		Fields: []snapshot.Column{{Name: "nama", Path: "name", As: snapshot.Text}, {Name: "made", Path: "made", As: snapshot.Kept}},
	}
	for _, name := range indexes {
		l.Indexes = append(l.Indexes, snapshot.Part{Name: name, Status: map[string]snapshot.Status{"SUS": snapshot.Suspended, "REV": snapshot.Revoked}[name]})
	}
	return l
}

func (s *site) answer(r snapshot.Request) ([]byte, *snapshot.Fault) {
	u, err := url.Parse(r.URL)
	if err != nil {
		panic(err)
	}
	index := u.Query().Get("index")
	n := len(s.asked)
	s.asked = append(s.asked, fmt.Sprintf("%s/%d", index, r.Page))
	if s.before != nil {
		s.before(n, index, r.Page)
	}
	now := map[string][]row{}
	for i, rows := range s.rows {
		now[i] = slices.Clone(rows)
	}
	s.history = append(s.history, now)
	rows := now[index]
	if s.order != nil {
		rows = s.order(rows)
	}
	body := pageOf(rows, r.Page, s.per, n)
	if s.spoil == nil {
		return body, nil
	}
	return s.spoil(index, r.Page, body)
}

func pageOf(rows []row, page, per, n int) []byte {
	hits := []map[string]any{}
	for _, r := range rows[min(len(rows), (page-1)*per):min(len(rows), page*per)] {
		h := map[string]any{"name": r.Name, "made": n}
		if r.Key != "" {
			h["url"] = "/detail/" + r.Key
		}
		hits = append(hits, h)
	}
	body, err := json.Marshal(map[string]any{"hits": hits, "total": len(rows), "pages": (len(rows) + per - 1) / per})
	if err != nil {
		panic(err)
	}
	return body
}

// crawl does what the crawler does: an answer that is refused or does not come
// is asked for three times, then shown with its fault.
func (s *site) crawl(t fataler, l *snapshot.Listing) (*snapshot.Document, error) {
	t.Helper()
	w := NewWalk(l)
	var prev *snapshot.Response
	var req snapshot.Request
	done, attempt := 0, 0
	for {
		next, more, err := w.Next(prev)
		var f *snapshot.Fault
		switch {
		case errors.As(err, &f):
			prev.Fault = f
			if attempt < attempts {
				prev, attempt = s.fetch(req, attempt+1)
			}
			continue
		case err != nil:
			t.Fatalf("next: %v", err)
		}
		got, total := w.Progress()
		if got < done || total < got {
			t.Fatalf("progress went from %d to %d of %d", done, got, total)
		}
		if done = got; !more {
			return w.Document()
		}
		req = next
		prev, attempt = s.fetch(req, 1)
	}
}

const attempts = 3

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// fetch gives an answer, or the fault of the last attempt, and which it was.
func (s *site) fetch(req snapshot.Request, attempt int) (*snapshot.Response, int) {
	for ; ; attempt++ {
		r := &snapshot.Response{Request: req, Attempt: attempt}
		s.capture.Responses = append(s.capture.Responses, r)
		body, f := s.answer(req)
		if f == nil {
			r.Status, r.Body = 200, snapshot.BodyOf(body)
			return r, attempt
		}
		if r.Fault = f.At(req); attempt >= attempts {
			return r, attempt
		}
	}
}

func names(d *snapshot.Document) map[string][]string {
	out := map[string][]string{}
	for _, r := range d.Records {
		v, _ := r.Get("nama")
		out[r.Index] = append(out[r.Index], r.Key+" "+v)
	}
	for _, list := range out {
		slices.Sort(list)
	}
	return out
}

func held(rows map[string][]row) map[string][]string {
	out := map[string][]string{}
	for i, list := range rows {
		for _, r := range list {
			out[i] = append(out[i], r.Key+" "+r.Name)
		}
		slices.Sort(out[i])
	}
	maps.DeleteFunc(out, func(_ string, v []string) bool { return len(v) == 0 })
	return out
}

func mustShow(t *testing.T, d *snapshot.Document, want map[string][]row) {
	t.Helper()
	got, should := names(d), held(want)
	if !maps.EqualFunc(got, should, slices.Equal) {
		t.Errorf("the document shows %v\nthe site held %v", got, should)
	}
}

func fault(t *testing.T, err error) *snapshot.Fault {
	t.Helper()
	var f *snapshot.Fault
	if !errors.As(err, &f) {
		t.Fatalf("error %v, want a fault", err)
	}
	return f
}
