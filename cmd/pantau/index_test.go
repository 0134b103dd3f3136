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
	_, out, _ = pantau(t, "sources", "explain", "jdih", "--config", file)
	for _, want := range []string{"2 documents, 3 of them watched", "number  of 2", "Regulations: 2", "Permenkominfo 5/2020: " + one[:20], "Other documents: 0"} {
		if !strings.Contains(out, want) {
			t.Errorf("explain does not say %q:\n%s", want, out)
		}
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

// TestOneRegulationOnTwoSites: what a second site lists of a regulation that is
// known from the first is noted and not told again; that its text is another one
// is told.
func TestOneRegulationOnTwoSites(t *testing.T) {
	p := publish(t)
	file, look := watching(t, p.URL, cardList, `id: dua, type: index, url: SITE/peraturan, cards: {each: div.card}`)
	articles := func(term string) string {
		return `<!doctype html><html><head><title>Permen</title></head><body><main><h1>Peraturan</h1><p>Menimbang bahwa perlu diatur penyelenggaraan sistem elektronik lingkup privat;</p>
<h3>Pasal 1</h3><p>Dalam peraturan ini yang dimaksud dengan penyelenggara adalah setiap orang.</p><h3>Pasal 2</h3><p>Setiap penyelenggara wajib mendaftar.</p><h3>Pasal 3</h3><p>Pendaftaran dilakukan paling lambat ` + term + ` hari.</p><p>Ditetapkan di Jakarta</p></main></body></html>`
	}
	old := listCard("/p/9", "Keputusan lama", "9")
	list := func(more ...string) string { return listPage(append(more, old)...) }
	held := map[string]string{"/daftar": list(), "/peraturan": list(), "/p/9": lawPage("Lama", "Sembilan.", "")}
	p.put(held)
	if got := look(); got["jdih"] != "baseline" || got["dua"] != "baseline" {
		t.Fatal(got)
	}
	held["/daftar"] = list(listCard("/p/1", "Peraturan Menteri Komunikasi dan Digital Nomor 4 Tahun 2026 tentang Pendaftaran", ""))
	held["/p/1"] = articles("14")
	p.put(held)
	if got := look(); !strings.HasPrefix(got["jdih"], "changed added:") || got["dua"] != "unchanged" {
		t.Fatal(got)
	}
	held["/peraturan"] = list(listCard("/id/4", "Permenkomdigi No. 4 Tahun 2026", ""), listCard("/id/5", "Permenkomdigi No. 5 Tahun 2026", ""))
	held["/id/4"], held["/id/5"] = articles("30"), articles("7")
	p.put(held)
	got := look()
	if got["jdih"] != "unchanged" || !strings.HasPrefix(got["dua"], "changed joined added:https://") || !strings.HasSuffix(got["dua"], "/id/5") {
		t.Fatalf("the second site: %v", got)
	}
	got = look() // both texts have been seen by now
	if !strings.HasPrefix(got["dua"]+got["jdih"], "changed differs:") && !strings.Contains(got["dua"]+got["jdih"], "changed differs:") || strings.Count(got["dua"]+got["jdih"], "differs") != 1 {
		t.Fatalf("differing texts: %v", got)
	}
	if got := look(); got["jdih"] != "unchanged" || got["dua"] != "unchanged" {
		t.Fatalf("told again: %v", got)
	}
	_, out, _ := pantau(t, "history", "--config", file, "--json")
	if strings.Count(out, `"type":"added"`) != 2 || strings.Count(out, `"thread":"permenkomdigi-4-2026"`) < 1 {
		t.Errorf("history:\n%s", out)
	}
	if code, out, _ := pantau(t, "fsck", "--config", file); code != 0 {
		t.Errorf("fsck: %s", out)
	}
}

// TestPagesOfAListAreReadAsFarAsNeeded: a look ends where all is known, one that
// cannot read every page tells what is new and nothing that has gone.
func TestPagesOfAListAreReadAsFarAsNeeded(t *testing.T) {
	p := publish(t)
	_, look := watching(t, p.URL, `id: jdih, type: index, url: "SITE/d?page={page}", cards: {each: div.card}, paging: {size: 2}, children: {most: 0}, full: 30d`)
	page := func(numbers ...int) string {
		var cards []string
		for _, n := range numbers {
			cards = append(cards, listCard(fmt.Sprintf("/p/%d", n), fmt.Sprintf("Keputusan nomor %d", n), ""))
		}
		return listPage(cards...)
	}
	p.put(map[string]string{"/d?page=1": page(6, 5), "/d?page=2": page(4, 3), "/d?page=3": page(2)})
	if got := look()["jdih"]; got != "baseline" {
		t.Fatal(got)
	}
	p.put(map[string]string{"/d?page=1": page(7, 6), "/d?page=2": page(5, 4)}) // page 3 is not asked for
	if got := look()["jdih"]; !strings.HasPrefix(got, "changed added:") || !strings.HasSuffix(got, "/p/7") {
		t.Fatal(got)
	}
	p.put(map[string]string{"/d?page=1": page(7, 6)})
	if got := look()["jdih"]; got != "unchanged" {
		t.Fatal(got)
	}
	blocked := "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Your support ID is: 1234567890</body></html>"
	p.put(map[string]string{"/d?page=1": page(9, 8), "/d?page=2": blocked})
	if got := look()["jdih"]; !strings.HasPrefix(got, "changed incomplete added:") || strings.Count(got, "added:") != 2 || strings.Contains(got, "removed") {
		t.Fatal(got)
	}
	p.put(map[string]string{"/d?page=1": blocked})
	if got := look()["jdih"]; !strings.HasPrefix(got, "held ") {
		t.Fatal(got)
	}
}

// TestSitemapAsAnIndex: pages of a sitemap, and of what it refers to.
func TestSitemapAsAnIndex(t *testing.T) {
	p := publish(t)
	_, look := watching(t, p.URL, `id: peta, type: index, url: SITE/sitemap.xml`, `id: kabar, type: index, url: SITE/feed`)
	urlset := func(n ...int) string {
		out := "<urlset>"
		for _, i := range n {
			out += fmt.Sprintf("<url><loc>%s/p/%d</loc></url>", p.URL, i)
		}
		return out + "</urlset>"
	}
	held := map[string]string{"/sitemap.xml": "<sitemapindex><sitemap><loc>/a.xml</loc></sitemap><sitemap><loc>/sitemap.xml</loc></sitemap></sitemapindex>",
		"/a.xml": urlset(1), "/p/1": lawPage("Satu", "Satu.", ""), "/p/2": lawPage("Dua", "Dua.", ""), "/feed": rss("1 Peraturan Pemerintah Nomor 1 Tahun 2026"), "/siaran/1": lawPage("PP", "Satu.", ""), "/siaran/2": lawPage("PP", "Dua.", "")}
	p.put(held)
	if got := look(); got["peta"] != "baseline" || got["kabar"] != "baseline" || len(got) != 4 {
		t.Fatal(got)
	}
	held["/a.xml"], held["/feed"] = urlset(1, 2), rss("2 Peraturan Pemerintah Nomor 2 Tahun 2026")
	p.put(held)
	if got := look(); !strings.HasSuffix(got["peta"], "/p/2") || !strings.HasSuffix(got["kabar"], "/siaran/2") || len(got) != 6 {
		t.Fatal(got)
	}
	if got := look(); got["peta"] != "unchanged" || got["kabar"] != "unchanged" {
		t.Fatal(got)
	}
}

// TestPressReleases: who follows a name hears of a document that names it, though
// the first look at a document raises no change.
func TestPressReleases(t *testing.T) {
	p := publish(t)
	file, look := watching(t, p.URL, `id: siaran, type: index, url: SITE/siaran, window: true, cards: {each: div.card}`)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, "follow: [{words: [Contoh Niaga, contoh.id], as: own}]\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	release := func(s string) string { return lawPage("Siaran Pers", s, "") }
	held := map[string]string{"/siaran": listPage(listCard("/s/1", "Siaran Pers Nomor 1", "")), "/s/1": release("PT Contoh Niaga menerima surat peringatan.")}
	p.put(held)
	if got := look(); got["siaran"] != "baseline" {
		t.Fatal(got)
	}
	_, out, _ := pantau(t, "alerts", "--config", file, "--all")
	if strings.Contains(out, "Contoh Niaga") {
		t.Errorf("what was there before is told:\n%s", out)
	}
	held["/siaran"] = listPage(listCard("/s/2", "Siaran Pers Nomor 2", ""))
	held["/s/2"] = release("Kementerian melakukan pemutusan akses terhadap contoh.id.")
	p.put(held)
	_, out, _ = pantau(t, "check", "--config", file)
	for _, want := range []string{"New document: Siaran Pers Nomor 2", "[Urgent] contoh.id is named in a new document", "pemutusan akses terhadap contoh.id"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not told:\n%s", want, out)
		}
	}
	if strings.Contains(out, "no longer") {
		t.Errorf("what slides off a window is told as gone:\n%s", out)
	}
}

// TestShrunkListIsHeld: a list that has lost too much at once waits for a person,
// and two looks tell what is gone then.
func TestShrunkListIsHeld(t *testing.T) {
	p := publish(t)
	file, look := watching(t, p.URL, `id: jdih, type: index, url: SITE/d, cards: {each: div.card}, children: {most: 0}`)
	page := func(n int) string {
		var cards []string
		for i := range n {
			cards = append(cards, listCard(fmt.Sprintf("/p/%d", i), fmt.Sprintf("Keputusan nomor %d", i), ""))
		}
		return listPage(cards...)
	}
	p.put(map[string]string{"/d": page(40)})
	if got := look()["jdih"]; got != "baseline" {
		t.Fatal(got)
	}
	p.put(map[string]string{"/d": page(5)})
	if got := look()["jdih"]; got != "held shrunk" {
		t.Fatal(got)
	}
	p.put(map[string]string{"/d": listPage()})
	if got := look()["jdih"]; !strings.HasPrefix(got, "held missing") {
		t.Fatal(got)
	}
	p.put(map[string]string{"/d": page(5)})
	if got := look()["jdih"]; got != "held shrunk" {
		t.Fatal(got)
	}
	_, out, _ := pantau(t, "held", "--config", file, "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var last struct{ Capture int64 }
	for _, l := range lines {
		var h struct{ Capture int64 }
		if err := json.Unmarshal([]byte(l), &h); err != nil {
			t.Fatal(err, out)
		}
		last.Capture = max(last.Capture, h.Capture)
	}
	if code, out, errs := pantau(t, "accept", fmt.Sprint(last.Capture), "--config", file); code != 0 {
		t.Fatalf("accept: %s %s", out, errs)
	}
	if got := look()["jdih"]; strings.Count(got, "removed:") != 35 {
		t.Fatal(got)
	}
	if code, out, _ := pantau(t, "fsck", "--config", file); code != 0 {
		t.Errorf("fsck: %s", out)
	}
}
