package extract

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pantau/internal/snapshot"
)

// set is pages that a person saved: "INDEX page total pages key,key".
func set(pages ...string) *snapshot.Capture {
	c := &snapshot.Capture{Source: "r", Manual: &snapshot.Manual{By: "Rina", Seen: time.Unix(0, 0)}}
	for _, p := range pages {
		var index, keys string
		var page, total, of int
		if _, err := fmt.Sscan(p, &index, &page, &total, &of); err != nil {
			panic(err)
		}
		if f := strings.Fields(p); len(f) > 4 {
			keys = f[4]
		}
		body := keys
		if !strings.HasPrefix(keys, "<") {
			var rows []string
			for k := range strings.SplitSeq(keys, ",") {
				if k != "" {
					rows = append(rows, fmt.Sprintf(`{"id": %q}`, k))
				}
			}
			body = fmt.Sprintf(`{"total": %d, "pages": %d, "rows": [%s]}`, total, of, strings.Join(rows, ","))
		}
		c.Responses = append(c.Responses, &snapshot.Response{Request: snapshot.Request{URL: "https://r.example/", Part: index, Page: page}, ContentType: "application/json", Body: snapshot.BodyOf([]byte(body))})
	}
	return c
}

// TestSavedPages: what a hand saved is the register when it is whole, and else
// shows what it holds.
func TestSavedPages(t *testing.T) {
	src := snapshot.Source{ID: "r", Type: snapshot.Registry, Listing: &snapshot.Listing{URL: "https://r.example/?i={index}&p={page}", FirstPage: 1, PerPage: 2,
		Indexes: []snapshot.Part{{Name: "A", Status: snapshot.Registered}, {Name: "B", Status: snapshot.Suspended}},
		Records: "rows", Total: "total", Pages: "pages", Key: snapshot.Key{Path: "id"}, Fields: []snapshot.Column{{Name: "id", Path: "id"}}}}
	for _, tt := range []struct {
		name   string
		pages  []string
		want   string // index+key of every record
		reason string
		detail string
	}{
		{"whole", []string{"A 1 3 2 1,2", "A 2 3 2 3", "B 1 1 1 9"}, "A1 A2 A3 B9", "", ""},
		{"in any order", []string{"B 1 1 1 9", "A 2 3 2 3", "A 1 3 2 1,2"}, "A1 A2 A3 B9", "", ""},
		{"an empty index", []string{"A 1 2 1 1,2", "B 1 0 0"}, "A1 A2", "", ""},
		{"moved while it was saved", []string{"A 1 2 1 1,9", "B 1 1 1 9"}, "A1 A9 B9", "", ""},
		{"a page is lacking", []string{"A 2 3 2 3", "B 1 1 1 9"}, "A3 B9", "incomplete", "of A page 1"},
		{"many pages are lacking", []string{"A 9 18 9 5,6", "B 1 1 1 9"}, "A5 A6 B9", "incomplete", "of A page 1, 2, 3, 4, 5, and 3 more"},
		{"an index is lacking", []string{"A 1 2 1 1,2"}, "A1 A2", "incomplete", "nothing of B"},
		{"one page only", []string{"B 4 8 4 9,8"}, "B9 B8", "incomplete", "nothing of A; of B page 1, 2, 3"},
		{"totals that disagree", []string{"A 1 3 2 1,2", "A 2 4 2 3,4", "B 1 1 1 9"}, "A1 A2 A3 A4 B9", "unstable", ""},
		{"a row is lacking", []string{"A 1 3 2 1,2", "A 2 3 2 2", "B 1 1 1 9"}, "A1 A2 A2 B9", "unstable", ""},
		{"a firewall's page among them", []string{"A 1 2 1 <html>", "B 1 1 1 9"}, "B9", "html-for-json", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := Document(set(tt.pages...), src)
			var f *snapshot.Fault
			if err != nil && !errors.As(err, &f) {
				t.Fatal(err)
			}
			reason := ""
			if f != nil {
				reason = f.Reason
			}
			if reason != tt.reason || !strings.Contains(fmt.Sprint(err), tt.detail) {
				t.Errorf("%v, want %q with %q", err, tt.reason, tt.detail)
			}
			var got []string
			for _, r := range doc.Records {
				got = append(got, r.Index+r.Key)
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("shows %s, want %s", s, tt.want)
			}
			if len(doc.Parts) != 2 {
				t.Errorf("parts %+v", doc.Parts)
			}
		})
	}
}
