package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestNewsBehindAKnownFile: the files of a sitemap are in no order of age, so that
// one that holds nothing new says nothing of the next.
func TestNewsBehindAKnownFile(t *testing.T) {
	p := publish(t)
	_, look := watching(t, p.URL, `id: peta, type: index, url: SITE/sitemap.xml, children: {most: 0}`)
	urlset := func(n ...int) string {
		out := "<urlset>"
		for _, i := range n {
			out += fmt.Sprintf("<url><loc>%s/p/%d</loc></url>", p.URL, i)
		}
		return out + "</urlset>"
	}
	held := map[string]string{"/sitemap.xml": "<sitemapindex><sitemap><loc>/a.xml</loc></sitemap><sitemap><loc>/b.xml</loc></sitemap></sitemapindex>",
		"/a.xml": urlset(1, 2), "/b.xml": urlset(3)}
	p.put(held)
	if got := look()["peta"]; got != "baseline" {
		t.Fatal(got)
	}
	held["/b.xml"] = urlset(3, 4)
	p.put(held)
	if got := look()["peta"]; !strings.HasPrefix(got, "changed added:") || !strings.HasSuffix(got, "/p/4") {
		t.Fatalf("a page in the second file: %s", got)
	}
}

// TestNewsBehindAPageThatFailed: what a page that could not be read has shown
// meanwhile is found by the next look, though the page before it is known by then.
func TestNewsBehindAPageThatFailed(t *testing.T) {
	p := publish(t)
	_, look := watching(t, p.URL, `id: jdih, type: index, url: "SITE/d?page={page}", cards: {each: div.card}, paging: {size: 2}, children: {most: 0}, full: 30d`)
	page := func(numbers ...int) string {
		var cards []string
		for _, n := range numbers {
			cards = append(cards, listCard(fmt.Sprintf("/p/%d", n), fmt.Sprintf("Keputusan nomor %d", n), ""))
		}
		return listPage(cards...)
	}
	p.put(map[string]string{"/d?page=1": page(2, 1), "/d?page=2": listPage()})
	if got := look()["jdih"]; got != "baseline" {
		t.Fatal(got)
	}
	blocked := "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Your support ID is: 1234567890</body></html>"
	held := map[string]string{"/d?page=1": page(6, 5), "/d?page=2": blocked, "/d?page=3": page(2, 1), "/d?page=4": listPage()}
	p.put(held)
	if got := look()["jdih"]; !strings.HasPrefix(got, "changed incomplete added:") || strings.Count(got, "added:") != 2 {
		t.Fatal(got)
	}
	held["/d?page=2"] = page(4, 3)
	p.put(held)
	if got := look()["jdih"]; strings.Count(got, "added:") != 2 || !strings.Contains(got, "/p/4") || !strings.Contains(got, "/p/3") {
		t.Fatalf("what stood on the page that failed: %s", got)
	}
}

// TestMoreThanOneLookTakesUp: of documents that come all at once and are taken up
// by several looks every one is searched for what is followed.
func TestMoreThanOneLookTakesUp(t *testing.T) {
	p := publish(t)
	file, look := watching(t, p.URL, `id: siaran, type: index, url: SITE/siaran, cards: {each: div.card}, children: {most: 1}`)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, "follow: [{words: [Contoh Niaga], as: own}]\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	release := func(s string) string { return lawPage("Siaran Pers", s, "") }
	card := func(n int) string {
		return listCard(fmt.Sprintf("/s/%d", n), fmt.Sprintf("Siaran Pers Nomor %d", n), "")
	}
	held := map[string]string{"/siaran": listPage(card(1)), "/s/1": release("PT Lama.")}
	p.put(held)
	look()
	held["/siaran"] = listPage(card(3), card(2), card(1))
	held["/s/2"], held["/s/3"] = release("PT Lain."), release("PT Lain.")
	for n := 2; n <= 3; n++ { // whichever is taken up later names it
		held[fmt.Sprintf("/s/%d", n)] = release("PT Contoh Niaga menerima surat peringatan.")
	}
	p.put(held)
	var out string
	for range 3 {
		_, said, _ := pantau(t, "check", "--config", file)
		out += said
	}
	if n := strings.Count(out, "[Urgent] Contoh Niaga is named in a new document"); n != 2 {
		t.Errorf("%d of 2 documents that name it are told:\n%s", n, out)
	}
}
