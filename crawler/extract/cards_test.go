package extract

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pantau/internal/snapshot"
)

// cardsOf is an index whose cards are described.
func cardsOf(url string) *snapshot.Listing {
	l := indexOf(url)
	l.Cards = snapshot.Cards{Each: "div.card", Link: "h5 a"}
	l.Fields = []snapshot.Column{{Name: "title", As: snapshot.Text}, {Name: "link", As: snapshot.Kept}, {Name: "file", As: snapshot.Exact},
		{Name: "number", Path: ".no", As: snapshot.Text}, {Name: "date", Path: "time", As: snapshot.Text}}
	l.Sentinel = snapshot.Sentinel{Site: "the JDIH of Contoh", Texts: []string{"Produk Hukum"}, CSS: []string{"div.card"}, Least: 1}
	return l
}

// listPage is a page of documents n.
func listPage(more string, numbers ...int) string {
	var b strings.Builder
	b.WriteString(`<html><head><title>JDIH</title></head><body><nav><a href="/">Beranda</a></nav><main><h1>Produk  hukum</h1><p>Lihat juga <a href="https://lain.example/">situs lain</a></p>`)
	for _, n := range numbers {
		fmt.Fprintf(&b, `<div class="card"><h5><a href="/p/%d?utm_source=x">Peraturan Nomor %d</a></h5><span class="no">%d/2026</span> <time>%d Januari 2026</time> <a href="/files/%d.pdf">Unduh</a></div>`, n, n, n, n, n)
	}
	b.WriteString(`<div class="card">Iklan tanpa tautan</div>` + more + `</main></body></html>`)
	return b.String()
}

func keysOf(doc *snapshot.Document) string {
	var out []string
	for _, r := range doc.Records {
		out = append(out, strings.TrimPrefix(r.Key, "https://x.go.id"))
	}
	return strings.Join(out, " ")
}

func TestCards(t *testing.T) {
	doc, _, err := crawled(t, cardsOf("https://x.go.id/daftar"), map[string]string{"https://x.go.id/daftar": listPage("", 2, 1, 2)})
	if err != nil || keysOf(doc) != "/p/2 /p/1" || doc.Partial {
		t.Fatal(err, keysOf(doc), doc.Partial)
	}
	want := []snapshot.Field{{Name: "title", Value: "Peraturan Nomor 2"}, {Name: "link", Value: "https://x.go.id/p/2"}, {Name: "file", Value: "https://x.go.id/files/2.pdf"},
		{Name: "number", Value: "2/2026"}, {Name: "date", Value: "2 Januari 2026"}}
	if got := doc.Records[0].Fields.List(); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestListWithoutDescription takes the links of the content: of a row or an item
// one, and none of the menus, of the list's own pages or of other sites.
func TestListWithoutDescription(t *testing.T) {
	page := `<html><head><title>Regulasi</title></head><body><header><nav><ul><li><a href="/a">Profil kami</a></li><li><a href="/b">Struktur organisasi</a></li></ul></nav></header>
	<main><h1>Regulasi</h1><p>Daftar peraturan yang berlaku, disusun menurut tanggal penetapan.</p>
	<table><tr><th>Judul</th><th>Berkas</th></tr>
	<tr><td><a href="/id/1">Peraturan Otoritas Nomor 1 Tahun 2026</a></td><td><a href="/files/1.pdf">Unduh</a></td></tr>
	<tr><td>Surat Edaran Nomor 2 Tahun 2026</td><td><a href="/files/2.pdf">Unduh</a></td></tr></table>
	<ul><li><a href="/id/3">Peraturan Otoritas Nomor 3 Tahun 2025</a> (<a href="/id/3/abstrak">Abstrak</a>)</li></ul>
	<p><a href="?page=2">2</a> <a href="https://lain.example/x">Situs lain yang menarik</a></p></main>
	<footer><a href="/kontak">Kontak kami</a></footer></body></html>`
	doc, _, err := crawled(t, indexOf("https://x.go.id/regulasi"), map[string]string{"https://x.go.id/regulasi": page})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range doc.Records {
		got = append(got, strings.TrimPrefix(r.Key, "https://x.go.id")+" "+field(r, "title")+" "+strings.TrimPrefix(field(r, "file"), "https://x.go.id"))
	}
	want := []string{"/id/1 Peraturan Otoritas Nomor 1 Tahun 2026 /files/1.pdf", "/files/2.pdf Surat Edaran Nomor 2 Tahun 2026 ", "/id/3 Peraturan Otoritas Nomor 3 Tahun 2025 "}
	if !slices.Equal(got, want) {
		t.Errorf("read %q\nwant %q", got, want)
	}
}

func TestPagesOfAnIndex(t *testing.T) {
	at := func(n int) string { return fmt.Sprintf("https://x.go.id/d?page=%d", n) }
	next := func(n int) string { return fmt.Sprintf(`<a rel="next" href="?page=%d">Berikutnya</a>`, n) }
	for name, c := range map[string]struct {
		url, last string // last: what stands behind the last page
		want      string
	}{
		"an empty page":          {"https://x.go.id/d?page={page}", listPage(""), ""},
		"the last page again":    {"https://x.go.id/d?page={page}", listPage("", 1), ""},
		"no such page":           {"https://x.go.id/d?page={page}", "", ""},
		"links to the next page": {"https://x.go.id/d?page=1", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			answers := map[string]string{at(1): listPage(next(2), 5, 4), at(2): listPage(next(3), 3, 2), at(3): listPage("", 1)}
			if c.last != "" {
				answers[at(4)] = c.last
			}
			doc, asked, err := crawled(t, cardsOf(c.url), answers)
			if err != nil || doc.Partial || keysOf(doc) != "/p/5 /p/4 /p/3 /p/2 /p/1" {
				t.Errorf("%v, partial %v: %s after %q", err, doc.Partial, keysOf(doc), asked)
			}
		})
	}
	t.Run("a circle", func(t *testing.T) {
		answers := map[string]string{at(1): listPage(next(2), 5, 4), at(2): listPage(next(1), 3)}
		doc, _, err := crawled(t, cardsOf(at(1)), answers)
		if err != nil || keysOf(doc) != "/p/5 /p/4 /p/3" {
			t.Error(err, keysOf(doc))
		}
	})
	t.Run("until all is known", func(t *testing.T) {
		answers := map[string]string{at(1): listPage("", 6, 5), at(2): listPage("", 4, 3), at(3): listPage("", 2, 1)}
		doc, asked, err := crawled(t, cardsOf("https://x.go.id/d?page={page}"), answers, "https://x.go.id/p/5", "https://x.go.id/p/4", "https://x.go.id/p/3", "https://x.go.id/p/2")
		if err != nil || !doc.Partial || keysOf(doc) != "/p/6 /p/5 /p/4 /p/3" || len(asked) != 2 {
			t.Errorf("%v, partial %v: %s after %q", err, doc.Partial, keysOf(doc), asked)
		}
	})
	t.Run("a page that fails", func(t *testing.T) {
		answers := map[string]string{at(1): listPage(next(2), 5, 4), at(3): listPage("", 1)}
		doc, _, err := crawled(t, cardsOf(at(1)), answers)
		if err == nil || keysOf(doc) != "/p/5 /p/4" {
			t.Errorf("%v: what was seen is %s", err, keysOf(doc))
		}
	})
	t.Run("of a stored look", func(t *testing.T) {
		l := cardsOf("https://x.go.id/d?page={page}")
		c := &snapshot.Capture{Stopped: true}
		for n, body := range []string{listPage("", 6, 5), listPage("", 4, 3)} {
			c.Responses = append(c.Responses, answerTo(snapshot.Request{URL: at(n + 1), Part: "i", Page: n + 1}, map[string]string{at(n + 1): body}))
		}
		doc, err := Replay(c, l)
		if err != nil || !doc.Partial || keysOf(doc) != "/p/6 /p/5 /p/4 /p/3" {
			t.Errorf("%v: %s", err, keysOf(doc))
		}
	})
}

// TestSentinels: a page that is not what it was is held, and says so.
func TestSentinels(t *testing.T) {
	for name, body := range map[string]string{
		"another page":     strings.ReplaceAll(listPage("", 1), "Produk  hukum", "Selamat datang"),
		"no cards":         strings.ReplaceAll(listPage("", 1), `class="card"`, `class="kartu"`),
		"an empty list":    listPage(""),
		"a firewall's":     "<html><body>Request Rejected. Your support ID is: 123</body></html>",
		"a rebuilt markup": strings.ReplaceAll(listPage("", 1), "h5", "h6"),
	} {
		_, _, err := crawled(t, cardsOf("https://x.go.id/d"), map[string]string{"https://x.go.id/d": body})
		var f *snapshot.Fault
		if !errors.As(err, &f) || f.Class != snapshot.Held || !strings.HasPrefix(f.Detail, "the page no longer looks like the JDIH of Contoh") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMemberFeed reads the answers of the member feeds of JDIHN, as they are
// described: numbers as text or not, fields that are missing, and words where an
// empty list is due.
func TestMemberFeed(t *testing.T) {
	l := indexOf("https://x.go.id/integrasi.php")
	l.Format, l.Key = snapshot.JSON, snapshot.Key{Path: "idData"}
	for _, c := range [][2]string{{"title", "judul"}, {"type", "jenis"}, {"number", "noPeraturan"}, {"year", "tahun_pengundangan"}, {"date", "tanggal_pengundangan"},
		{"status", "status"}, {"link", "urlDetailPeraturan"}, {"file", "urlDownload"}} {
		l.Fields = append(l.Fields, snapshot.Column{Name: c[0], Path: c[1], As: snapshot.Text})
	}
	body := `[{"idData": 17, "tahun_pengundangan": 2020, "tanggal_pengundangan": "2020-11-24", "jenis": "Peraturan Menteri", "noPeraturan": "5", "judul": "Penyelenggara Sistem Elektronik", "status": "berlaku", "urlDownload": "https://x.go.id/17.pdf", "urlDetailPeraturan": "https://x.go.id/17"},
		{"idData": "18", "tahun_pengundangan": "2021", "judul": "Perubahan", "abstrak": null}]`
	doc, _, err := crawled(t, l, map[string]string{l.URL: body})
	if err != nil || len(doc.Records) != 2 || doc.Records[0].Key != "17" || doc.Records[1].Key != "18" {
		t.Fatal(err, doc.Records)
	}
	if field(doc.Records[0], "year") != "2020" || field(doc.Records[0], "link") != "https://x.go.id/17" {
		t.Errorf("%v", doc.Records[0].Fields.List())
	}
	if _, ok := doc.Records[1].Get("number"); ok {
		t.Error("a field that is missing is there")
	}
	for _, body := range []string{"0 results", `"0 results"`, " 0 Results\n"} {
		doc, _, err := crawled(t, l, map[string]string{l.URL: body})
		if err != nil || len(doc.Records) != 0 {
			t.Errorf("%q: %v, %d rows", body, err, len(doc.Records))
		}
	}
	_, _, err = crawled(t, l, map[string]string{l.URL: "<html><body>Request Rejected</body></html>"})
	var f *snapshot.Fault
	if !errors.As(err, &f) || f.Reason != snapshot.ReasonHTMLForJSON {
		t.Errorf("a page for records: %v", err)
	}
}
