package crawler

import (
	"testing"

	"pantau/internal/snapshot"
)

// TestPlace reads index and page out of addresses, and tells those of the source
// from others.
func TestPlace(t *testing.T) {
	page := snapshot.Source{ID: "p", Type: snapshot.Page, URL: "https://JDIH.example.go.id/view?id=7"}
	list := func(url string) snapshot.Source {
		return snapshot.Source{ID: "l", Listing: &snapshot.Listing{URL: url, FirstPage: 1, PerPage: 50, Pages: "pages", Indexes: []snapshot.Part{{Name: "A"}, {Name: "B C"}}}}
	}
	one := func(url, next string) snapshot.Source {
		return snapshot.Source{ID: "l", Listing: &snapshot.Listing{URL: url, PerPage: 50, Next: next, Total: "total", Indexes: []snapshot.Part{{Name: "l"}}}}
	}
	query, path := list("https://r.example/api?index={index}&page={page}&per={per_page}"), list("https://r.example/static/{index}/{page}.json")
	for _, tt := range []struct {
		name    string
		src     snapshot.Source
		address string
		nth     int
		part    string
		page    int
		own     bool
		refused bool
	}{
		{"a page", page, "https://jdih.example.go.id:443/view?id=7#pasal", 0, "", 0, true, false},
		{"another page", page, "https://jdih.example.go.id/view?id=8", 0, "", 0, false, false},
		{"another scheme", page, "http://jdih.example.go.id/view?id=7", 0, "", 0, false, false},
		{"no address", page, "file:///tmp/x", 0, "", 0, false, true},
		{"a user in it", page, "https://me:secret@jdih.example.go.id/view?id=7", 0, "", 0, false, true},
		{"query", query, "https://r.example/api?index=A&page=3&per=50", 0, "A", 3, true, false},
		{"query in another order", query, "https://r.example/api?per=50&page=3&index=B%20C", 0, "B C", 3, true, false},
		{"a parameter too many", query, "https://r.example/api?index=A&page=3&per=50&q=x", 0, "A", 3, false, false},
		{"a mirror", query, "https://mirror.example/api?index=A&page=3&per=50", 0, "A", 3, false, false},
		{"other pages", query, "https://r.example/api?index=A&page=3&per=10", 0, "", 0, false, true},
		{"no such index", query, "https://r.example/api?index=Z&page=3&per=50", 0, "", 0, false, true},
		{"no page", query, "https://r.example/api?index=A&per=50", 0, "", 0, false, true},
		{"before the first page", query, "https://r.example/api?index=A&page=0&per=50", 0, "", 0, false, true},
		{"path", path, "https://r.example/static/B%20C/12.json", 0, "B C", 12, true, false},
		{"offset", one("https://r.example/api?from={offset}", ""), "https://r.example/api?from=100", 0, "l", 2, true, false},
		{"between two pages", one("https://r.example/api?from={offset}", ""), "https://r.example/api?from=70", 0, "", 0, false, true},
		{"cursor, first", one("https://r.example/api?after={cursor}", "next"), "https://r.example/api?after=", 0, "l", 0, true, false},
		{"cursor", one("https://r.example/api?after={cursor}", "next"), "https://r.example/api?after=Zm9v", 2, "l", 2, true, false},
		{"linked", one("https://r.example/api", "next"), "https://r.example/api/p2?token=1", 1, "l", 1, true, false},
		{"linked elsewhere", one("https://r.example/api", "next"), "https://other.example/api/p2", 1, "l", 1, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, own, err := Place(tt.src, tt.address, tt.nth)
			if (err != nil) != tt.refused {
				t.Fatalf("%+v, %v", req, err)
			}
			if err == nil && (own != tt.own || req.Part != tt.part || req.Page != tt.page) {
				t.Errorf("%+v own %v, want %s page %d own %v", req, own, tt.part, tt.page, tt.own)
			}
		})
	}
}
