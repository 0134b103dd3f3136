package extract

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"pantau/internal/snapshot"
)

// noisyPage is an invented page of a regulator, with the programs, menus and
// counters that surround a text.
func noisyPage(passages int) []byte {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html lang="id"><head><title>Permen</title>`)
	for i := range 20 {
		fmt.Fprintf(&b, `<script src="/static/js/%d.js" nonce="%x"></script><link rel="stylesheet" href="/c%[1]d.css">`, i, i*7919)
	}
	b.WriteString(`</head><body><nav><ul>`)
	for i := range 60 {
		fmt.Fprintf(&b, `<li class="menu-item menu-item-%d"><a href="/menu/%[1]d?utm_source=nav">Menu %[1]d</a></li>`, i)
	}
	b.WriteString(`</ul></nav><main id="isi"><h1>Peraturan Menteri</h1>`)
	for i := range passages {
		fmt.Fprintf(&b, `<h3>Pasal %d</h3><p class="ayat" data-id="%[1]d">(1) Setiap <b>penyelenggara sistem elektronik</b> lingkup privat wajib
   melakukan pendaftaran paling lambat %[1]d hari&nbsp;kerja, sebagaimana dimaksud dalam <a href="/pasal/%[1]d?no=%[1]d">Pasal %[1]d</a> – “ayat (2)”.</p>
<ol type="a"><li>bahwa satu;</li><li>bahwa dua; dan</li></ol><table><tr><td>Denda</td><td>Rp12.500.000.000,00</td></tr></table>`, i)
	}
	b.WriteString(`</main><aside>Berita</aside><footer><p>Dilihat 1.234 kali</p></footer><script>`)
	b.WriteString(strings.Repeat(`window.dataLayer=window.dataLayer||[];`, 300))
	b.WriteString(`</script></body></html>`)
	return []byte(b.String())
}

// BenchmarkDocument reports what extraction costs as a multiple of parsing the
// page and taking the text of the region, in turn on the same page.
func BenchmarkDocument(b *testing.B) {
	body := noisyPage(200)
	c := answer("https://jdih.example.go.id/x", "text/html; charset=utf-8", string(body))
	s := snapshot.Source{ID: "permen", Select: []string{"#isi"}, Remove: []string{".share"}}
	var base, ours time.Duration
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		start := time.Now()
		doc, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
		if err != nil || len(doc.Find("#isi").Text()) == 0 {
			b.Fatal("the baseline finds nothing")
		}
		base += time.Since(start)
		start = time.Now()
		d, err := Document(c, s)
		if err != nil || len(d.Blocks) == 0 {
			b.Fatal("nothing extracted")
		}
		ours += time.Since(start)
	}
	b.ReportMetric(float64(ours)/float64(base), "x-baseline")
}

// BenchmarkContent reports what extraction without a selector costs, as a
// multiple of parsing the page. The limit is 3.
func BenchmarkContent(b *testing.B) {
	body := noisyPage(90) // 60 kB
	c := answer("https://jdih.example.go.id/x", "text/html; charset=utf-8", string(body))
	var base, ours time.Duration
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		start := time.Now()
		if _, err := html.Parse(bytes.NewReader(body)); err != nil {
			b.Fatal(err)
		}
		base += time.Since(start)
		start = time.Now()
		d, err := Document(c, snapshot.Source{ID: "permen"})
		if err != nil || len(d.Blocks) == 0 || len(d.Asides) == 0 {
			b.Fatal("nothing extracted")
		}
		ours += time.Since(start)
	}
	b.ReportMetric(float64(ours)/float64(base), "x-parse")
}
