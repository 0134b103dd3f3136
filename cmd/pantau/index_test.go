package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// watching writes a configuration of sources, flow mappings of YAML with SITE for
// the address of the site, and gives a function that looks and says what every
// source came to.
func watching(t *testing.T, site string, sources ...string) (file string, look func(only ...string) map[string]string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "pantau.yaml")
	text := "language: en\nnetwork: {allow: [127.0.0.0/8], delay: 0s}\nsources:\n"
	for _, s := range sources {
		text += "  - {" + strings.ReplaceAll(s, "SITE", site) + "}\n"
	}
	text += "subscribers: [{id: legal, language: en, channels: [console]}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, func(only ...string) map[string]string {
		t.Helper()
		_, out, errs := pantau(t, append([]string{"check", "--config", file, "--json"}, only...)...)
		got := map[string]string{}
		for line := range strings.Lines(out) {
			var c checked
			if err := json.Unmarshal([]byte(line), &c); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, errs)
			}
			got[c.Source] = result(c)
		}
		if len(got) == 0 {
			t.Fatalf("nothing was looked at:\n%s", errs)
		}
		return got
	}
}

// rss is a feed of entries "guid title".
func rss(entries ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Siaran pers</title><link>http://x/</link>`)
	for _, e := range entries {
		id, title, _ := strings.Cut(e, " ")
		fmt.Fprintf(&b, `<item><title>%s</title><link>/siaran/%s?utm_source=rss</link><guid isPermaLink="false">%s</guid><pubDate>Mon, 05 Jan 2026 10:00:00 +0700</pubDate><description>&lt;p&gt;%s.&lt;/p&gt;</description></item>`, title, id, id, title)
	}
	b.WriteString(`</channel></rss>`)
	return b.String()
}

// TestFeedFromBaselineToAlert: what is new in a feed and what is edited is told,
// what slides off its end is not.
func TestFeedFromBaselineToAlert(t *testing.T) {
	p := publish(t)
	_, look := watching(t, p.URL, "id: siaran, type: feed, url: SITE/feed")
	for i, s := range []struct{ body, want string }{
		{rss("3 Tiga", "2 Dua", "1 Satu"), "baseline"},
		{rss("3 Tiga", "2 Dua", "1 Satu"), "unchanged"},
		{rss("4 Empat", "3 Tiga", "2 Dua"), "changed added:4"},
		{rss("4 Empat", "3 Tiga", "2 Dua"), "unchanged"},
		{rss("4 Empat", "3 Tiga"), "unchanged"},
		{rss("4 Empat", "3 Tiga", "2 Dua", "1 Satu"), "unchanged"}, // back again, and no news
		{strings.Replace(rss("4 Empat", "3 Tiga"), "Empat.", "Empat, dengan ralat.", 1), "changed edited:4:summary:Empat.>Empat, dengan ralat."},
		{"<html><body>Request Rejected</body></html>", "held html-for-json"},
		{rss("5 Lima", "4 Empat")[:300], "failed malformed"},
		{rss("5 Lima"), "changed added:5"},
	} {
		p.put(map[string]string{"/feed": s.body})
		if got := look()["siaran"]; got != s.want {
			t.Errorf("look %d: %s, want %s", i, got, s.want)
		}
	}
}

// listCard is one document of a listing page.
func listCard(path, title, number string) string {
	return fmt.Sprintf(`<div class="card"><h5><a href="%s">%s</a></h5><span class="no">%s</span></div>`, path, title, number)
}

func listPage(cards ...string) string {
	return `<!doctype html><html><head><title>JDIH</title></head><body><nav><a href="/">Beranda</a> <a href="/kontak">Kontak kami</a></nav><main><h1>Produk hukum</h1>` + strings.Join(cards, "\n") + `</main></body></html>`
}

const cardList = `id: jdih, name: JDIH, type: index, url: SITE/daftar, cards: {each: div.card, link: h5 a, number: .no}`

// paperPage is the page of a regulation.
func paperPage(title, text string) string { return lawPage(title, text, "") }

// TestIndexFromBaselineToAlert: the documents of a list become sources of their
// own; a new one is told as what it is, and not as a change of the list; one that
// goes is told when a second look lacks it too.
func TestIndexFromBaselineToAlert(t *testing.T) {
	p := publish(t)
	file, look := watching(t, p.URL, cardList)
	one, two := "Peraturan Menteri Komunikasi dan Informatika Nomor 5 Tahun 2020 tentang PSE", "Peraturan Menteri Komunikasi dan Digital Nomor 1 Tahun 2026 tentang Konten"
	held := map[string]string{"/daftar": listPage(listCard("/p/1", one, "5/2020"), listCard("/p/9", "Keputusan lama", "9")),
		"/p/1": paperPage("Permen 5", "Satu."), "/p/9": paperPage("Lama", "Sembilan.")}
	p.put(held)
	got := look()
	if got["jdih"] != "baseline" || len(got) != 3 {
		t.Fatalf("first look: %v", got)
	}
	for id, what := range got {
		if what != "baseline" {
			t.Errorf("%s: %s", id, what)
		}
	}
	if got := look(); got["jdih"] != "unchanged" || len(got) != 3 {
		t.Fatalf("second look: %v", got)
	}

	held = map[string]string{"/daftar": listPage(listCard("/p/2", two, "1/2026"), listCard("/p/1", one, "5/2020"), listCard("/p/9", "Keputusan lama", "9")),
		"/p/1": paperPage("Permen 5", "Satu."), "/p/9": paperPage("Lama", "Sembilan."), "/p/2": paperPage("Permen 1", "Dua.")}
	p.put(held)
	got = look()
	if !strings.HasPrefix(got["jdih"], "changed added:https://127.0.0.1") || len(got) != 4 {
		t.Fatalf("a new document: %v", got)
	}
	_, out, _ := pantau(t, "history", "--config", file)
	if want := "New regulation: " + two + " (Permenkomdigi 1/2026) in jdih"; !strings.Contains(out, want) {
		t.Errorf("history says\n%s\nwant %s", out, want)
	}

	held["/p/2"] = paperPage("Permen 1", "Tiga.")
	p.put(held)
	got = look()
	if got["jdih"] != "unchanged" || !slices.ContainsFunc(keys(got), func(id string) bool { return strings.HasPrefix(got[id], "changed modified:Dua.") }) {
		t.Fatalf("an edited document: %v", got)
	}

	held["/daftar"] = listPage(listCard("/p/2", two, "1/2026"), listCard("/p/1", one, "5/2020"))
	p.put(held)
	if got = look(); got["jdih"] != "unchanged" {
		t.Fatalf("the first look that lacks one: %v", got)
	}
	if got = look(); !strings.HasPrefix(got["jdih"], "changed removed:") {
		t.Fatalf("the second look that lacks one: %v", got)
	}
	_, out, _ = pantau(t, "sources", "--config", file)
	if strings.Count(out, "\n  jdih.") != 3 {
		t.Errorf("the documents stand under their index:\n%s", out)
	}
	if code, out, _ := pantau(t, "fsck", "--config", file); code != 0 {
		t.Errorf("fsck: %s", out)
	}
}

func keys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}
