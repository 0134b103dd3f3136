package extract

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pantau/internal/snapshot"
)

// crawl walks a listing that answer serves, each request tried three times.
func crawl(t *testing.T, l *snapshot.Listing, answer func(asked *url.URL) string) (*snapshot.Document, []string, error) {
	t.Helper()
	if len(l.Indexes) == 0 {
		l.Indexes = []snapshot.Part{{Name: "list"}}
	}
	w := NewWalk(l)
	var asked []string
	var prev *snapshot.Response
	for tries := 0; ; {
		req, more, err := w.Next(prev)
		var f *snapshot.Fault
		switch {
		case errors.As(err, &f):
			if req = prev.Request; tries < attempts {
				tries++
				break
			}
			prev = &snapshot.Response{Request: req, Fault: f}
			continue
		case err != nil:
			t.Fatal(err)
		case !more:
			d, err := w.Document()
			return d, asked, err
		default:
			tries = 1
		}
		if len(asked) > 500 {
			t.Fatalf("no end: %q", asked[490:])
		}
		u, err := url.Parse(req.URL)
		if err != nil {
			t.Fatal(err)
		}
		asked = append(asked, u.RequestURI())
		prev = &snapshot.Response{Request: req, Status: 200, ContentType: "application/json", Body: snapshot.BodyOf([]byte(answer(u)))}
	}
}

// entries are rows from..to-1 as JSON objects.
func entries(from, to int) []map[string]any {
	out := []map[string]any{}
	for k := from; k < to; k++ {
		out = append(out, map[string]any{"id": k, "nama": fmt.Sprint("Data ", k)})
	}
	return out
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func number(u *url.URL, name string) int {
	n, err := strconv.Atoi(u.Query().Get(name))
	if err != nil {
		panic(err)
	}
	return n
}

// TestPagings reads one list of 25 records by every kind of paging.
func TestPagings(t *testing.T) {
	const all = 25
	window := func(from, size int) []map[string]any { return entries(min(from, all), min(from+size, all)) }
	for name, c := range map[string]struct {
		listing snapshot.Listing
		answer  func(*url.URL) string
		asked   []string
	}{
		"everything at once": {snapshot.Listing{URL: "https://x.id/all", Records: "rows"},
			func(*url.URL) string { return jsonOf(map[string]any{"rows": entries(0, all)}) }, []string{"/all"}},
		"the answer is the array": {snapshot.Listing{URL: "https://x.id/all"},
			func(*url.URL) string { return jsonOf(entries(0, all)) }, []string{"/all"}},
		"the one array in it": {snapshot.Listing{URL: "https://x.id/all"},
			func(*url.URL) string {
				return jsonOf(map[string]any{"tags": []string{"a"}, "errors": []string{}, "rows": entries(0, all)})
			}, []string{"/all"}},
		"pages announced": {snapshot.Listing{URL: "https://x.id/?p={page}&n={per_page}", FirstPage: 1, PerPage: 10, Records: "rows", Pages: "last"},
			func(u *url.URL) string {
				return jsonOf(map[string]any{"last": 3, "rows": window(10*number(u, "p")-10, 10)})
			},
			[]string{"/?p=1&n=10", "/?p=2&n=10", "/?p=3&n=10", "/?p=1&n=10"}},
		"rows announced": {snapshot.Listing{URL: "https://x.id/?p={page}", Records: "rows", Total: "count"},
			func(u *url.URL) string {
				return jsonOf(map[string]any{"count": all, "rows": window(10*number(u, "p"), 10)})
			},
			[]string{"/?p=0", "/?p=1", "/?p=2", "/?p=0"}},
		"offset and rows announced": {snapshot.Listing{URL: "https://x.id/?o={offset}", FirstPage: 1, PerPage: 10, Records: "rows", Total: "count"},
			func(u *url.URL) string {
				return jsonOf(map[string]any{"count": all, "rows": window(number(u, "o"), 10)})
			},
			[]string{"/?o=0", "/?o=10", "/?o=20", "/?o=0"}},
		"until a short page": {snapshot.Listing{URL: "https://x.id/?o={offset}", PerPage: 10},
			func(u *url.URL) string { return jsonOf(window(number(u, "o"), 10)) },
			[]string{"/?o=0", "/?o=10", "/?o=20", "/?o=0"}},
		"until an empty page": {snapshot.Listing{URL: "https://x.id/?p={page}", FirstPage: 1},
			func(u *url.URL) string { return jsonOf(window(5*number(u, "p")-5, 5)) },
			[]string{"/?p=1", "/?p=2", "/?p=3", "/?p=4", "/?p=5", "/?p=6", "/?p=1"}},
		"address of the next": {snapshot.Listing{URL: "https://x.id/v1/list?n=10", Records: "rows", Next: "links.next"},
			func(u *url.URL) string {
				from, _ := strconv.Atoi(u.Query().Get("after"))
				next := any(nil)
				if from+10 < all {
					next = fmt.Sprintf("?n=10&after=%d", from+10)
				}
				return jsonOf(map[string]any{"rows": window(from, 10), "links": map[string]any{"next": next}})
			}, []string{"/v1/list?n=10", "/v1/list?n=10&after=10", "/v1/list?n=10&after=20", "/v1/list?n=10"}},
		"cursor": {snapshot.Listing{URL: "https://x.id/?c={cursor}", Records: "rows", Next: "next"},
			func(u *url.URL) string {
				from, _ := strconv.Atoi(strings.TrimPrefix(u.Query().Get("c"), "a b/"))
				next := ""
				if from+10 < all {
					next = fmt.Sprint("a b/", from+10)
				}
				return jsonOf(map[string]any{"rows": window(from, 10), "next": next})
			}, []string{"/?c=", "/?c=a%20b%2F10", "/?c=a%20b%2F20", "/?c="}},
		"a mark that there is more": {snapshot.Listing{URL: "https://x.id/?p={page}", FirstPage: 1, Records: "rows", Next: "more"},
			func(u *url.URL) string {
				p := number(u, "p")
				return jsonOf(map[string]any{"rows": window(10*p-10, 10), "more": 10*p < all})
			}, []string{"/?p=1", "/?p=2", "/?p=3", "/?p=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.listing.Key = snapshot.Key{Path: "id"}
			d, asked, err := crawl(t, &c.listing, c.answer)
			if err != nil || !slices.Equal(asked, c.asked) {
				t.Fatalf("asked %q: %v\nwant %q", asked, err, c.asked)
			}
			if len(d.Records) != all || d.Parts[0].Total != all || d.Parts[0].Pages != max(1, len(asked)-1) {
				t.Errorf("%d records, %+v", len(d.Records), d.Parts)
			}
		})
	}
}

// TestNotFoundBehindAFullPage: a site may know no page behind one that was exactly
// full. Any other failure, or none of the pages, is no end.
func TestNotFoundBehindAFullPage(t *testing.T) {
	for name, c := range map[string]struct {
		per, page, status int // the page that is not served, and how
		whole             bool
	}{
		"not found":                    {10, 2, 404, true},
		"gone":                         {10, 2, 410, true},
		"not found, until it is empty": {0, 2, 404, true},
		"the server fails":             {10, 2, 500, false},
		"no first page":                {10, 0, 404, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := &snapshot.Listing{URL: "https://x.id/?p={page}", PerPage: c.per, Key: snapshot.Key{Path: "id"}, Indexes: []snapshot.Part{{Name: "list"}}}
			w := NewWalk(l)
			var prev *snapshot.Response
			for {
				req, more, err := w.Next(prev)
				if err != nil {
					t.Fatal(err)
				}
				if !more {
					break
				}
				prev = &snapshot.Response{Request: req, Status: 200, ContentType: "application/json", Body: snapshot.BodyOf([]byte(jsonOf(entries(10*req.Page, 10*req.Page+10))))}
				if req.Page == c.page {
					prev.Status, prev.Fault = c.status, &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonStatus, Detail: "an error"}
				}
			}
			d, err := w.Document()
			if c.whole && (err != nil || len(d.Records) != 20 || d.Parts[0].Total != 20) || !c.whole && err == nil {
				t.Errorf("%d records, %v", len(d.Records), err)
			}
		})
	}
}

// TestPagingsThatDoNotEnd are sites that do not understand what they are asked.
func TestPagingsThatDoNotEnd(t *testing.T) {
	full := jsonOf(entries(0, 10))
	for name, c := range map[string]struct {
		listing snapshot.Listing
		answer  string
		want    string
	}{
		"the first page for ever":  {snapshot.Listing{URL: "https://x.id/?p={page}", PerPage: 10}, full, "only rows that pages before it have shown"},
		"more rows than asked for": {snapshot.Listing{URL: "https://x.id/?p={page}", PerPage: 5}, full, "10 rows where 5 were asked for"},
		"a next page that is this": {snapshot.Listing{URL: "https://x.id/a", Records: "rows", Next: "next"}, `{"rows":` + full + `,"next":"/a"}`, "only rows that pages before it have shown"},
		"a next page elsewhere":    {snapshot.Listing{URL: "https://x.id/a", Records: "rows", Next: "next"}, `{"rows":` + full + `,"next":"https://y.id/a"}`, "on another host than the listing"},
		"two lists":                {snapshot.Listing{URL: "https://x.id/a"}, `{"a":` + full + `,"b":` + full + `}`, `lists found: ["a" "b"]`},
	} {
		c.listing.Key = snapshot.Key{Path: "id"}
		_, _, err := crawl(t, &c.listing, func(*url.URL) string { return c.answer })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestShiftWhilePaging takes a row away while a list without any announcement
// is read: the row that has moved to the first page is not lost.
func TestShiftWhilePaging(t *testing.T) {
	n := 0
	l := snapshot.Listing{URL: "https://x.id/?o={offset}", PerPage: 10, Key: snapshot.Key{Path: "id"}}
	d, asked, err := crawl(t, &l, func(u *url.URL) string {
		rows := entries(0, 25)
		if n++; n > 1 {
			rows = rows[1:]
		}
		from := number(u, "o")
		return jsonOf(rows[min(from, len(rows)):min(from+10, len(rows))])
	})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, r := range d.Records {
		keys = append(keys, r.Key)
	}
	if len(d.Records) != 24 || slices.Contains(keys, "0") || !slices.Contains(keys, "10") {
		t.Errorf("asked %q, got %q", asked, keys)
	}
}

func TestEveryField(t *testing.T) {
	l := snapshot.Listing{URL: "https://x.id/all", Records: "rows", Volatile: []string{"rows.seen", "meta.views"}, Key: snapshot.Key{Paths: []string{"type", "meta.no"}}}
	body := `{"rows":[{"type":"a","seen":1,"meta":{"no":7,"views":3,"x.y":true,"empty":{}},"tags":["p","q"],"parts":[{"b":1,"a":"<"}],"none":null,"list":[],"price":1.50},
		{"meta":{"no":8},"type":"b","other":"x"}]}`
	d, _, err := crawl(t, &l, func(*url.URL) string { return body })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range d.Records {
		line := r.Key
		for name, value := range r.Fields.All() {
			line += " " + name + "=" + value
		}
		got = append(got, line)
	}
	want := []string{`a|7 list= meta.empty={} meta.no=7 meta.x\.y=true none= parts=[{"a":"<","b":1}] price=1.5 tags=p, q type=a`, "b|8 meta.no=8 other=x type=b"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestNamedRecordsAndLines(t *testing.T) {
	l := snapshot.Listing{URL: "https://x.id/all", Records: "data", Key: snapshot.Key{Path: snapshot.MemberName}}
	d, _, err := crawl(t, &l, func(*url.URL) string { return `{"data":{"x.1":{"v":1},"y":{"v":2}}}` })
	if err != nil || len(d.Records) != 2 || d.Records[0].Key != "x.1" || d.Records[1].Key != "y" {
		t.Errorf("named records: %+v, %v", d, err)
	}
	l = snapshot.Listing{URL: "https://x.id/all", Format: snapshot.JSONL, Key: snapshot.Key{Path: "id"}}
	d, _, err = crawl(t, &l, func(*url.URL) string { return "{\"id\":1}\n\n{\"id\":2}\n" })
	if err != nil || len(d.Records) != 2 || d.Records[1].Key != "2" {
		t.Errorf("lines: %+v, %v", d, err)
	}
	if _, _, err = crawl(t, &l, func(*url.URL) string { return "{\"id\":1}\n{\"id\":" }); err == nil || !strings.Contains(err.Error(), "line 2 is not valid JSON") {
		t.Errorf("a cut line: %v", err)
	}
}
