package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestListInAnotherOrder: a list that says how many documents it has, and puts the
// new ones last, hides none of them behind pages on which all is known.
func TestListInAnotherOrder(t *testing.T) {
	p := publish(t)
	_, look := watching(t, p.URL, `id: jdih, type: index, url: "SITE/api?page={page}", format: json, records: rows, key: id, total: total, paging: {size: 2}, fields: [{name: title, path: judul}, {name: link, path: url}], children: {most: 0}, full: 30d`)
	put := func(n int) {
		held := map[string]string{}
		for page := 1; 2*(page-1) < n; page++ {
			var rows []string
			for i := 2*page - 1; i <= min(2*page, n); i++ {
				rows = append(rows, fmt.Sprintf(`{"id": %d, "judul": "Keputusan nomor %d", "url": "/p/%d"}`, i, i, i))
			}
			held[fmt.Sprintf("/api?page=%d", page)] = fmt.Sprintf(`{"total": %d, "rows": [%s]}`, n, strings.Join(rows, ","))
		}
		p.put(held)
	}
	put(5)
	if got := look()["jdih"]; got != "baseline" {
		t.Fatal(got)
	}
	put(6)
	if got := look()["jdih"]; got != "changed added:6" {
		t.Fatalf("the newest, on the last page: %s", got)
	}
	put(6)
	if got := look()["jdih"]; got != "unchanged" {
		t.Fatal(got)
	}
}
