package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestFeedOfASiteThatMoved: that a site serves its feed by https, under a host name in
// other letters, or with the session of whoever asks in its links, is no news of any
// entry.
func TestFeedOfASiteThatMoved(t *testing.T) {
	p := publish(t)
	_, look := watching(t, p.URL, "id: siaran, type: feed, url: SITE/feed", "id: daftar, type: index, url: SITE/daftar, children: {most: 0}")
	feed := func(link, guid, file string) string {
		return `<?xml version="1.0"?><rss version="2.0"><channel><title>Siaran</title>` + fmt.Sprintf(
			`<item><title>Siaran satu</title><link>%s</link>%s<pubDate>Mon, 05 Jan 2026 10:00:00 +0700</pubDate><description>Isi &lt;a href="%s"&gt;berkas&lt;/a&gt;</description></item>`, link, guid, file) + `</channel></rss>`
	}
	atom := func(s string) string { return "<guid>" + s + "</guid>" }
	site := strings.Replace(p.URL, "http://", "", 1)
	for _, c := range []struct{ what, link, guid, file string }{
		{"first", "http://jdih.example.go.id/siaran/1", atom("http://jdih.example.go.id/siaran/1"), "http://jdih.example.go.id/f/1.pdf"},
		{"https", "https://jdih.example.go.id/siaran/1", atom("https://jdih.example.go.id/siaran/1"), "https://jdih.example.go.id/f/1.pdf"},
		{"host in capitals", "https://JDIH.example.go.id/siaran/1", atom("https://JDIH.example.go.id/siaran/1"), "https://JDIH.example.go.id/f/1.pdf"},
		{"a session", "https://jdih.example.go.id/siaran/1?PHPSESSID=9f8e7d6c5b4a39281706f5e4d3c2b1a0", atom("https://jdih.example.go.id/siaran/1?PHPSESSID=9f8e7d6c5b4a39281706f5e4d3c2b1a0"), "https://jdih.example.go.id/f/1.pdf;jsessionid=ABCDEF0123456789"},
		{"a slash", "https://jdih.example.go.id/siaran/1/", atom("https://jdih.example.go.id/siaran/1/"), "https://jdih.example.go.id/f/1.pdf"},
	} {
		p.put(map[string]string{"/feed": feed(c.link, c.guid, c.file),
			"/daftar": listPage(`<ul><li><a href="` + strings.NewReplacer("jdih.example.go.id", site, "JDIH.example.go.id", site, "https:", "http:").Replace(c.link) + `">Siaran nomor satu tentang sesuatu</a></li></ul>`)})
		got := look()
		if want := map[bool]string{true: "baseline", false: "unchanged"}[c.what == "first"]; got["siaran"] != want || got["daftar"] != want {
			t.Errorf("%s: %v, want %s", c.what, got, want)
		}
	}
}
