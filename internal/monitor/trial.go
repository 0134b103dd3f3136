package monitor

import (
	"context"
	"errors"
	"strconv"
	"time"

	"pantau/crawler"
	"pantau/crawler/extract"
	"pantau/crawler/gate"
	"pantau/internal/snapshot"
)

// Trial is what one request shows of a source. Nothing of it is stored, and
// nothing is compared.
type Trial struct {
	Asked   string          // the address of the last request
	Final   string          // where redirects led; empty: there were none
	Status  int             // of HTTP; 0: there was no answer
	Fault   *snapshot.Fault // why the answer is not what the source is described as; nil: it is
	Blocks  int             // of text
	Records int             // rows of the first page
	Total   int             // rows that are announced; of the index in Part
	Part    string
	Took    time.Duration
	Clocks  []Clocks
}

// Clocks are the server's clock and ours at one answer.
type Clocks struct {
	Server       time.Time // whole seconds, cut off
	Before, Then time.Time // ours: it was between them
}

// Try asks for a page, or the first page of a listing, as a check would, and
// judges it as if it were the first look. The error says that it could not even
// be tried.
func (m *Monitor) Try(ctx context.Context, src snapshot.Source) (Trial, error) {
	began := time.Now()
	var walk *extract.Walk
	next := crawler.One(src)
	if src.Listing != nil {
		walk = extract.NewWalk(src.Listing)
		next = func(prev *snapshot.Response) (snapshot.Request, bool, error) {
			req, more, err := walk.Next(prev)
			return req, more && prev == nil, err
		}
	}
	got, err := m.Crawler.Fetch(ctx, src, snapshot.Validators{}, next)
	t := Trial{Took: time.Since(began)}
	t.note(got) // of what came before an error too
	if err != nil {
		return t, errors.Join(err, got.Close())
	}
	defer got.Close()
	if t.Fault != nil {
		return t, nil
	}
	if walk != nil {
		doc, _ := walk.Document() // of one page: it is never whole
		t.rows(doc)
		return t, nil
	}
	doc, f, err := m.readPage(ctx, got, src)
	if err != nil {
		return t, err
	}
	if f == nil {
		f = gate.Judge(got, doc, src, nil)
	}
	t.Fault = f
	if doc != nil {
		t.Blocks = len(doc.Blocks)
	}
	return t, nil
}

// note takes down the answers.
func (t *Trial) note(c *snapshot.Capture) {
	for _, r := range c.Responses {
		t.Asked, t.Final, t.Fault = r.Request.URL, r.FinalURL, r.Fault
		if r.Status == 0 {
			continue
		}
		t.Status = r.Status
		if r.Date.IsZero() {
			continue
		}
		// A cache says when the answer was made and how long it has kept it.
		kept, err := strconv.Atoi(r.Get("Age"))
		if err != nil {
			kept = 0
		}
		t.Clocks = append(t.Clocks, Clocks{Server: r.Date.Add(time.Duration(kept) * time.Second), Before: r.Started, Then: r.Finished})
	}
}

func (t *Trial) rows(doc *snapshot.Document) {
	for _, p := range doc.Parts {
		if p.Pages > 0 || p.Seen > 0 {
			t.Part, t.Total = p.Name, p.Total
		}
		t.Records += p.Seen
	}
	t.Records = max(t.Records, len(doc.Records))
}
