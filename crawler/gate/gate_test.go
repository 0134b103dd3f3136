package gate

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"pantau/internal/snapshot"
)

// doc is a document of a title and blocks; "# " begins a heading.
func doc(title string, blocks ...string) *snapshot.Document {
	d := &snapshot.Document{Title: title}
	for _, text := range blocks {
		b := snapshot.Block{Kind: snapshot.Paragraph, Text: text}
		if h, ok := strings.CutPrefix(text, "# "); ok {
			b = snapshot.Block{Kind: snapshot.Heading, Level: 1, Text: h}
		}
		d.Blocks = append(d.Blocks, b)
		d.Quality.Runes += utf8.RuneCountInString(b.Text)
		d.Quality.Replacement += strings.Count(b.Text, "\uFFFD")
	}
	return d
}

// captured is the capture of a body that came with its length said.
func captured(body string) *snapshot.Capture {
	return &snapshot.Capture{Responses: []*snapshot.Response{{
		Request: snapshot.Request{URL: "https://example.go.id/permen"}, Status: 200, Body: snapshot.BodyOf([]byte(body)),
	}}}
}

const whole = "<html><p>isi</p></html>\n"

// law is the text of an invented regulation of n articles; from is the first.
func law(from, n int) []string {
	var list []string
	for i := from; i < from+n; i++ {
		own := string(rune('a'+i/26)) + string(rune('a'+i%26)) // letters: words are what a sketch holds
		list = append(list, fmt.Sprintf("# Pasal %d", i), fmt.Sprintf(
			"Setiap penyelenggara sistem elektronik kategori%s wajib mendaftar kepada menteri paling lambat %d hari kerja sejak ketentuan%s berlaku, dan yang melanggar bagian%s dikenai sanksi administratif.", own, i, own, own))
	}
	return list
}

func reason(f *snapshot.Fault) string {
	if f == nil {
		return ""
	}
	return f.Reason
}

func TestBlockPages(t *testing.T) {
	const block = snapshot.ReasonBlockPage
	site := []string{"Beranda", "Layanan", "Kontak", "Jalan Merdeka 1, Jakarta"}
	for _, c := range []struct {
		what string
		d    *snapshot.Document
		want string
	}{
		{"firewall", doc("Request Rejected", "The requested URL was rejected.", "Your support ID is: 13070514428598293865"), block},
		{"firewall without a title", doc("", "The requested URL was rejected. Please consult with your administrator.", "Your support ID is: 42"), block},
		{"challenge", doc("Just a moment...", "# www.example.go.id", "Verify you are human by completing the action below."), block},
		{"challenge in few words", doc("example.go.id", "Checking your browser before accessing example.go.id."), block},
		{"Akamai", doc("Access Denied", "# Access Denied", "You don't have permission to access this.", "Reference #18.2d351ab8.1557333295.a4e16ab"), block},
		{"Incapsula", doc("", "Request unsuccessful. Incapsula incident ID: 443000270096"), block},
		{"maintenance", doc("Kementerian", "# Mohon maaf", "Situs ini sedang dalam pemeliharaan."), block},
		{"maintenance in the title", doc("Under Maintenance | Kementerian", site...), block},
		{"server error", doc("500: Internal Server Error", "500", "Internal Server Error"), block},
		{"database", doc("Kementerian", "# Error establishing a database connection"), block},
		{"soft 404 of the register", doc("Pendaftaran PSE Lingkup Privat", "404", "# Tidak Ditemukan", "Kami tidak menemukan halaman yang anda cari."), block},
		{"soft 404 with the site around it", doc("Kementerian", append(site, "# Halaman tidak ditemukan", strings.Repeat("Berita terbaru dari kementerian. ", 12))...), block},
		{"Next.js 404", doc("404: This page could not be found.", "# 404", "# This page could not be found."), block},
		{"title with the site's name before it", doc("Kementerian – Page not found", site...), block},
		{"parked", doc("example.go.id", "This domain is for sale."), block},
		{"bare server", doc("Welcome to nginx!", "# Welcome to nginx!", "If you see this page, the nginx web server is successfully installed."), block},
		{"log-in", doc("Masuk | SSO Kementerian", "Nama pengguna", "Kata sandi"), block},
		{"log-in in words", doc("JDIH", "Silakan login untuk melanjutkan"), block},
		{"shell of a program", doc("Kominfo"), block},
		{"shell with a word", doc("Kominfo", "Loading..."), block},

		{"regulation", doc("Permen 5/2020", law(1, 8)...), ""},
		{"short notice", doc("Pengumuman", "# Pengumuman", "Pendaftaran dibuka sampai 20 Juli 2026."), ""},
		{"decree with the number 404", doc("Keputusan Menteri", "# Keputusan Menteri Nomor 404 Tahun 2024", "Tentang tarif."), ""},
		{"list with the number 404", doc("Statistik", "Terdaftar: 404 operator"), ""},
		{"article on maintenance", doc("Pemeliharaan sistem elektronik: kewajiban operator", append(law(1, 8), "Situs sedang dalam pemeliharaan wajib diumumkan.")...), ""},
		{"article titled like an error", doc("404 Not Found: apa artinya bagi operator", law(1, 20)...), ""},
		{"article with a section on access denied", doc("Pedoman", append([]string{"# Access Denied"}, law(1, 12)...)...), ""},
		{"regulation on captchas", doc("Captcha", law(1, 20)...), ""},
		{"article below a log-in heading", doc("Kementerian", append([]string{"# Masuk"}, law(1, 12)...)...), ""},
	} {
		f := Judge(captured(whole), c.d, snapshot.Source{ID: "permen"}, nil)
		if reason(f) != c.want {
			t.Errorf("%s: %v, want %q", c.what, f, c.want)
		}
		if f != nil && (f.Class != snapshot.Held || f.URL == "" || !strings.Contains(f.Detail, "permen")) {
			t.Errorf("%s: verdict %+v does not say what is held", c.what, f)
		}
	}
}

func TestAgainstTheLast(t *testing.T) {
	was := doc("Permen 5/2020", law(1, 30)...)
	last := Summary(captured(whole), was)
	long := strings.Repeat("x", 1000)
	for _, c := range []struct {
		what string
		body string
		d    *snapshot.Document
		want string
	}{
		{"the same", whole, was, ""},
		{"an article more", whole, doc("Permen 5/2020", law(1, 31)...), ""},
		{"half of it gone", whole, doc("Permen 5/2020", law(1, 15)...), ""},
		{"five eighths gone, plainly the same page", whole, doc("Permen 5/2020", law(1, 11)...), ""},
		{"five eighths gone, cut", "<html><p>isi", doc("Permen 5/2020", law(1, 11)...), snapshot.ReasonUnframed},
		{"five eighths gone under another title", whole, doc("Permen", law(1, 11)...), snapshot.ReasonShrunk},
		{"five eighths gone and rewritten", whole, doc("Permen 5/2020", strings.Fields(strings.Repeat("berita baru lain ", 160))...), snapshot.ReasonShrunk},
		{"most of it gone", whole, doc("Permen 5/2020", law(1, 6)...), snapshot.ReasonShrunk},
		{"another title, the same text", whole, doc("JDIH - Permen 5/2020", law(1, 30)...), ""},
		{"another page", whole, doc("Pusat Bantuan", strings.Fields(strings.Repeat("bantuan layanan pengguna akun aplikasi kontak surat elektronik telepon jadwal kunjungan museum ", 60))...), snapshot.ReasonTitle},
		{"garbled", whole, doc("Permen 5/2020", append(law(1, 29), strings.Repeat("p\uFFFDs\uFFFDl ", 20))...), snapshot.ReasonCharset},
		{"long body", long + "</html>", was, ""},
	} {
		if f := Judge(captured(c.body), c.d, snapshot.Source{ID: "permen"}, &last); reason(f) != c.want {
			t.Errorf("%s: %v, want %q", c.what, f, c.want)
		}
	}
}

// Without framing only the end of the page and its size tell that nothing was
// cut off.
func TestFraming(t *testing.T) {
	d := doc("Permen 5/2020", law(1, 30)...)
	page := "<html>" + strings.Repeat("isi ", 1000) + "</html>"
	last := Summary(captured(page), d)
	for _, c := range []struct {
		what, body string
		last       *Last
		want       string
	}{
		{"whole", page, nil, ""},
		{"whole, with a comment behind", page + "<!-- 0.2 s -->\n", &last, ""},
		{"cut", page[:len(page)-20], nil, snapshot.ReasonUnframed},
		{"much smaller", "<html>" + strings.Repeat("isi ", 800) + "</html>", &last, snapshot.ReasonUnframed},
	} {
		k := captured(c.body)
		k.Responses[0].Unframed = true
		if f := Judge(k, d, snapshot.Source{}, c.last); reason(f) != c.want {
			t.Errorf("%s: %v, want %q", c.what, f, c.want)
		}
	}
}

// A browser ends every page that it writes down; whether the answer was whole
// is seen by what the server sent.
func TestFramingOfRendered(t *testing.T) {
	d := doc("Permen 5/2020", law(1, 30)...)
	page := "<html>" + strings.Repeat("isi ", 1000) + "</html>"
	for body, want := range map[string]string{page: "", page[:len(page)-20]: snapshot.ReasonUnframed} {
		k := captured(body)
		sent := k.Responses[0]
		sent.Raw, sent.Unframed = true, true
		made := *sent
		made.Raw, made.Body, made.Rendering = false, snapshot.BodyOf([]byte(page)), &snapshot.Rendering{Document: sent.Request.URL}
		k.Responses = append(k.Responses, &made)
		if f := Judge(k, d, snapshot.Source{}, nil); reason(f) != want {
			t.Errorf("%d bytes sent: %v, want %q", len(body), f, want)
		}
	}
}

func TestRequired(t *testing.T) {
	d := doc("Permen 5/2020", "# Pasal 1", "Setiap orang.")
	d.Blocks = append(d.Blocks, snapshot.Block{Kind: snapshot.Row, Cells: []string{"Status", "Berlaku"}})
	for want, fails := range map[string]bool{"setiap ORANG": false, "Permen 5": false, "berlaku": false, "dicabut": true} {
		f := Judge(captured(whole), d, snapshot.Source{ID: "permen", Require: []string{"Pasal 1", want}}, nil)
		if fails != (reason(f) == snapshot.ReasonMissing) {
			t.Errorf("require %q: %v", want, f)
		}
	}
	f := Judge(captured(whole), doc("Permen"), snapshot.Source{ID: "permen", Select: []string{"#isi"}}, nil)
	if reason(f) != snapshot.ReasonNoMatch {
		t.Errorf("an empty region: %v", f)
	}
}

// A person may watch a page that looks like an error page; accepted once, it
// passes as long as it stays what it is.
func TestAcceptedStays(t *testing.T) {
	odd := doc("404", "# Page not found", "Katalog kesalahan: halaman ini menjelaskan seluruh daftar kesalahan layanan pendaftaran elektronik nasional beserta penjelasan singkat tentang penyebab masing-masing kesalahan.")
	if f := Judge(captured(whole), odd, snapshot.Source{}, nil); reason(f) != snapshot.ReasonBlockPage {
		t.Fatalf("not held at first: %v", f)
	}
	last := Summary(captured(whole), odd)
	if f := Judge(captured(whole), odd, snapshot.Source{}, &last); f != nil {
		t.Errorf("held again: %v", f)
	}
}

// What passed once passes again unchanged, whatever it says.
func TestTheSamePagePasses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"404", "masuk", "pemeliharaan", "pasal", "wajib", "denda", "captcha", "berlaku", "# pasal", "menteri"})
		var blocks []string
		for range rapid.IntRange(0, 30).Draw(t, "blocks") {
			blocks = append(blocks, strings.Join(rapid.SliceOfN(words, 1, 40).Draw(t, "words"), " "))
		}
		d := doc(strings.Join(rapid.SliceOfN(words, 0, 4).Draw(t, "title"), " "), blocks...)
		c := captured(whole)
		if Judge(c, d, snapshot.Source{}, nil) != nil {
			return
		}
		last := Summary(c, d)
		if f := Judge(c, d, snapshot.Source{}, &last); f != nil {
			t.Fatalf("held against itself: %v", f)
		}
	})
}

func TestSketch(t *testing.T) {
	a, b, c := doc("", law(1, 30)...), doc("", law(4, 30)...), doc("", law(1, 6)...)
	self, near := resemblance(sketchOf(a), sketchOf(a)), resemblance(sketchOf(a), sketchOf(b))
	if self != 1 || near >= self || near < 0.5 {
		t.Errorf("to itself %v, to one with 27 of 33 articles in common %v", self, near)
	}
	if k := kept(sketchOf(c), sketchOf(a)); k != 1 {
		t.Errorf("a part keeps %v of its words", k)
	}
	if k := kept(sketchOf(a), sketchOf(c)); k > 0.5 {
		t.Errorf("the whole keeps %v of its words in a fifth of it", k)
	}
	if r := resemblance(nil, sketchOf(a)); r != 0 {
		t.Errorf("nothing resembles it by %v", r)
	}
}

// What of a file could not be read is not taken for removed.
func TestUnseenPages(t *testing.T) {
	scans := func(n int, blocks ...string) *snapshot.Document {
		d := doc("", blocks...)
		for i := range n {
			b := snapshot.Block{Kind: snapshot.Scan, Text: fmt.Sprintf("scan, text not read (picture %012d)", i)}
			d.Blocks = append(d.Blocks, b)
			d.Quality.Runes += utf8.RuneCountInString(b.Text)
		}
		return d
	}
	lost := func(n int, d *snapshot.Document) *snapshot.Document {
		d.Quality.Lost = n
		return d
	}
	text := law(1, 20)
	file := captured("%PDF-1.4\n%%EOF")
	for _, c := range []struct {
		what      string
		last, now *snapshot.Document
		want      string
	}{
		{"nothing on its pages", doc("", text...), doc(""), snapshot.ReasonEmptied},
		{"nothing at the first look", nil, doc(""), snapshot.ReasonEmptied},
		{"tesseract is gone", doc("", text...), scans(20), snapshot.ReasonShrunk},
		{"another, much shorter file", doc("", text...), doc("", "Peraturan ini dicabut."), ""},
		{"scans all along", scans(20), scans(20), ""},
		{"more scans all along", scans(20), scans(25), ""},
		{"one more scan", doc("", text...), scans(1, text...), ""},
		{"a page broke", doc("", text...), lost(1, scans(1, text[2:]...)), snapshot.ReasonShrunk},
		{"a page is broken all along", lost(1, doc("", text...)), lost(1, doc("", text...)), ""},
		{"a page is broken at the first look", nil, lost(1, doc("", text...)), ""},
	} {
		var last *Last
		if c.last != nil {
			sum := Summary(file, c.last)
			last = &sum
		}
		if got := Judge(file, c.now, snapshot.Source{ID: "x"}, last); reason(got) != c.want {
			t.Errorf("%s: %v, want %q", c.what, got, c.want)
		}
	}
}
