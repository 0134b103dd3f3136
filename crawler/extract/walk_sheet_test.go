package extract

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pantau/internal/snapshot"
)

// generations are the three forms the register has had, each with one page.
var generations = map[string]struct {
	listing snapshot.Listing
	body    string
	want    sheet
}{
	"files": {
		snapshot.Listing{Records: "data", Total: "meta.page.total", Pages: "meta.page.lastPage", Key: snapshot.Key{Path: "id"},
			Fields: []snapshot.Column{{Name: "nama", Path: "attributes.nama", As: snapshot.Text}, {Name: "nomor_pb_umku", Path: "attributes.nomor_pb_umku", As: snapshot.Kept}}},
		`{"meta":{"page":{"currentPage":1,"lastPage":3,"total":21}},"data":[{"type":"tdpseTerbit","id":7,"attributes":{"nomor_pb_umku":null,"nama":"Toko & Kedai"}}]}`,
		sheet{total: 21, pages: 3, rows: []line{{"7", "7", snapshot.FieldsOf(snapshot.Field{Name: "nama", Value: "Toko & Kedai"}, snapshot.Field{Name: "nomor_pb_umku", Value: ""})}}},
	},
	"whole": {
		snapshot.Listing{Records: "data", Key: snapshot.Key{Path: "2", Pattern: `/tdpse-detail/(\d+)$`},
			Fields: []snapshot.Column{{Name: "nama", Path: "1", As: snapshot.Text}, {Name: "sektor", Path: "3", As: snapshot.Set}}},
		`{"data":[[1,"Caf\u00e9 \ud835\udc00","https:\/\/r\/tdpse-detail\/12"]]}`,
		sheet{total: unknown, pages: 1, rows: []line{{"12", "12", snapshot.FieldsOf(snapshot.Field{Name: "nama", Value: "Café 𝐀"})}}},
	},
	"search": {
		snapshot.Listing{Records: "hits", Total: "totalHits", Pages: "totalPages", Key: snapshot.Key{Path: "url", Pattern: `\d+$`},
			Fields: []snapshot.Column{{Name: "sektor", Path: "sektor", As: snapshot.Set}}},
		`{"hits":[{"url":"/tdpse-detail/5","sektor":["Energi","Kesehatan"]},{"url":"/tdpse-detail/six"}],"totalHits":0,"totalPages":0}`,
		sheet{total: 0, pages: 1, rows: []line{{"5", "5", snapshot.FieldsOf(snapshot.Field{Name: "sektor", Value: "Energi, Kesehatan"})}, {"", "", snapshot.FieldsOf()}}},
	},
	"bare": {
		snapshot.Listing{Key: snapshot.Key{Path: "cve.id"}, Fields: []snapshot.Column{{Name: "a*b", Path: "a*b", As: snapshot.Exact}}},
		"\ufeff" + `[{"cve":{"id":"CVE-1"},"ab":"no","a*b":"yes"}]`,
		sheet{total: unknown, pages: 1, rows: []line{{"CVE-1", "CVE-1", snapshot.FieldsOf(snapshot.Field{Name: "a*b", Value: "yes"})}}},
	},
}

func TestSheetOfEveryGeneration(t *testing.T) {
	for name, g := range generations {
		r, err := newSheetReader(&g.listing)
		if err != nil {
			t.Fatal(err)
		}
		got, f := r.read(&snapshot.Response{}, []byte(g.body))
		if f != nil || !reflect.DeepEqual(*got, g.want) {
			t.Errorf("%s: %+v, fault %v\nwant %+v", name, got, f, g.want)
		}
	}
}

func TestSheetRefused(t *testing.T) {
	l := register("REG")
	r, err := newSheetReader(l)
	if err != nil {
		t.Fatal(err)
	}
	keylessRows := strings.Repeat(`{"name":"x"},`, 4) + `{"name":"x"}`
	for body, want := range map[string]string{
		"": "an empty body",
		" \n<!doctype html><title> A  &amp; B </title>": `a web page came where records are due, titled "A & B"`,
		"<p>no title</p>":                   "records are due; the site",
		`{"hits":[`:                         "the JSON ends at byte 9",
		`{"hits":[}]`:                       "not valid JSON at byte 10 of 11",
		`[]`:                                `no list of records at "hits"`,
		`{"hits":{},"total":1,"pages":1}`:   `no list of records at "hits"`,
		`{"hits":[],"pages":1}`:             `the number of rows is due at "total", found ""`,
		`{"hits":[],"total":"x","pages":1}`: `found "\"x\""`,
		`{"hits":[],"total":1,"pages":-1}`:  "the number of pages",
		`{"hits":[],"total":1.5,"pages":1}`: "the number of rows",
		`{"hits":[` + keylessRows + `],"total":5,"pages":1}`: `5 of 5 rows have no key at "url"`,
	} {
		_, f := r.read(&snapshot.Response{}, []byte(body))
		if f == nil || !strings.Contains(f.Detail, want) {
			t.Errorf("%.40q: %v, want %q", body, f, want)
			continue
		}
		if page := strings.HasPrefix(strings.TrimSpace(body), "<"); page != (f.Class == snapshot.Held) {
			t.Errorf("%.40q is %s", body, f.Class)
		}
	}
}

// TestRefusalChangesNothing shows a walk pages it refuses before the one it
// takes: it goes on as if it had never seen them.
func TestRefusalChangesNothing(t *testing.T) {
	s := newSite()
	plain, err := s.crawl(t, register("REG", "SUS", "REV"))
	if err != nil {
		t.Fatal(err)
	}
	for name, sp := range spoils {
		s := newSite()
		n := 0
		s.spoil = func(_ string, _ int, body []byte) ([]byte, *snapshot.Fault) {
			if n++; n%2 == 1 {
				return sp.body(body)
			}
			return body, nil
		}
		d, err := s.crawl(t, register("REG", "SUS", "REV"))
		if err != nil || !reflect.DeepEqual(names(d), names(plain)) || !reflect.DeepEqual(d.Parts, plain.Parts) {
			t.Errorf("%s at every other answer: %+v, %v", name, d.Parts, err)
		}
	}
}

func TestDueRows(t *testing.T) {
	for _, c := range []struct {
		per, total, pages, offset, rows int
		ok                              bool
	}{
		{10, 35, 4, 0, 10, true}, {10, 35, 4, 3, 5, true}, {10, 35, 4, 1, 9, false}, {10, 35, 4, 3, 4, false}, {10, 35, 4, 3, 6, false},
		{10, 0, 1, 0, 0, true}, {10, 0, 1, 0, 1, false}, {10, 40, 4, 3, 10, true}, {10, 41, 4, 3, 10, false},
		{20, 35, 4, 0, 10, false}, // the server gives ten a page whatever is asked for
		{10, unknown, 4, 2, 10, true}, {10, unknown, 4, 2, 9, false}, {10, unknown, 4, 3, 2, true},
	} {
		s := &sheet{total: c.total, pages: c.pages, rows: make([]line, c.rows)}
		if f := due(s, register("REG"), c.offset, c.per); (f == nil) != c.ok {
			t.Errorf("%+v: %v", c, f)
		}
	}
}

// FuzzSheet reads anything: never a panic, never a row that is not in the body,
// and nothing but valid UTF-8.
func FuzzSheet(f *testing.F) {
	for _, g := range generations {
		f.Add([]byte(g.body))
	}
	f.Add([]byte("{\"hits\":[{\"url\":\"/detail/1\",\"name\":\"\xff\"}],\"total\":1,\"pages\":1}"))
	r, err := newSheetReader(register("REG"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, fault := r.read(&snapshot.Response{}, body)
		if fault != nil {
			if fault.Reason == "" || !utf8.ValidString(fault.Detail) {
				t.Errorf("fault %+q", fault)
			}
			return
		}
		var doc struct{ Hits []json.RawMessage }
		if err := json.Unmarshal([]byte(strings.TrimPrefix(string(body), "\ufeff")), &doc); err == nil && len(doc.Hits) > 0 && len(s.rows) > len(doc.Hits) {
			t.Errorf("%d rows of %d", len(s.rows), len(doc.Hits))
		}
		for _, l := range s.rows {
			for _, v := range l.fields.List() {
				if !utf8.ValidString(v.Value) {
					t.Errorf("%q is not UTF-8", v.Value)
				}
			}
		}
	})
}

// BenchmarkWalk reads a register of 21,300 rows on 430 pages; the baseline
// unmarshals the same pages into structs and keeps the rows.
func BenchmarkWalk(b *testing.B) {
	l := register("REG", "SUS")
	l.PerPage = 50
	s := &site{per: 50, rows: map[string][]row{"REG": rowsOf(1, 20300), "SUS": rowsOf(30000, 31000)}}
	if _, err := s.crawl(b, l); err != nil {
		b.Fatal(err)
	}
	bodies := map[snapshot.Request][]byte{}
	for _, r := range s.capture.Responses {
		bodies[r.Request], _ = r.Body.Bytes()
	}
	b.Run("unmarshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var kept []map[string]string
			for _, body := range bodies {
				var page struct{ Hits []struct{ Name, URL string } }
				if err := json.Unmarshal(body, &page); err != nil {
					b.Fatal(err)
				}
				for _, h := range page.Hits {
					kept = append(kept, map[string]string{"name": h.Name, "url": h.URL})
				}
			}
			_ = kept
		}
	})
	b.Run("walk", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d, err := Replay(&s.capture, l)
			if err != nil || len(d.Records) != 21299 {
				b.Fatal(fmt.Sprint(len(d.Records), err))
			}
		}
	})
}
