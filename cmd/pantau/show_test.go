package main

import (
	"strings"
	"testing"

	"pantau/diff/registry"
	"pantau/internal/snapshot"
)

// TestEventText: a new record is shown with what it holds, each thing once.
func TestEventText(t *testing.T) {
	s := &system{sources: map[string]snapshot.Source{"news": {Type: snapshot.Feed}, "pse": {Type: snapshot.Registry}, "jdih": {Type: snapshot.Index}}}
	fields := map[string][2]string{"title": {"", "Rapat"}, "link": {"", "https://a.example/1"}, "summary": {"", ""}}
	for _, tt := range []struct {
		name, source string
		event        registry.Event
		want         string
	}{
		{"an entry", "news", registry.Event{Type: registry.Added, Key: "1", ToIndex: "news", Name: "Rapat", Fields: fields},
			"added    1  Rapat\n         link: https://a.example/1\n"},
		{"one that is gone", "news", registry.Event{Type: registry.Removed, Key: "1", FromIndex: "news", Name: "Rapat", Fields: map[string][2]string{"note": {"x", ""}}},
			"removed  1  Rapat\n         note: x\n"},
		{"an operator", "pse", registry.Event{Type: registry.Added, Key: "1", ToIndex: "L", Name: "A", Company: "PT A", Fields: fields},
			"added    1  A (PT A)  now in L\n"},
		{"a document", "jdih", registry.Event{Type: registry.Added, Key: "https://a.example/p", ToIndex: "jdih", Name: "Perubahan",
			Document: &snapshot.Entry{Title: "Perubahan", Number: "Nomor 9 Tahun 2026", Date: "1 Mei 2026", Link: "https://a.example/p"}},
			"added    https://a.example/p  Perubahan\n         number: Nomor 9 Tahun 2026\n         date: 1 Mei 2026\n"},
		{"a regulation that says its number", "jdih", registry.Event{Type: registry.Added, Key: "k", ToIndex: "jdih", Name: "Tata Kelola",
			Document: &snapshot.Entry{Name: "Permen 5/2020", Number: "5", Link: "https://a.example/p"}},
			"added    k  Tata Kelola\n         regulation: Permen 5/2020\n         address: https://a.example/p\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			eventText(&b, s, tt.source, tt.event)
			if b.String() != tt.want {
				t.Errorf("got\n%swant\n%s", b.String(), tt.want)
			}
		})
	}
}
