package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pantau/crawler/extract"
	"pantau/crawler/gate"
	"pantau/internal/snapshot"
)

// Pages of the shapes that are described for each site. They are invented: the
// sites were not asked, and what they really serve may differ. The presets'
// sentinels are there for that day.
func invented(rows string) string {
	return `<!doctype html><html lang="id"><head><title>Situs</title></head><body>
<nav><ul><li><a href="/">Beranda</a></li><li><a href="/tentang">Tentang kami</a></li></ul></nav>
<main><h1>Daftar peraturan</h1>` + rows + `</main><footer><a href="/kontak">Kontak</a></footer></body></html>`
}

func inventedRows(pattern string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, pattern, i+1)
	}
	return b.String()
}

// shapes are for each preset what `with` says, a page of two or more documents,
// and the address and the thread of the first of them.
var shapes = map[string]struct{ with, body, first string }{
	"jdih-komdigi": {"", invented(inventedRows(`<div class="card card-produk-hukum-list"><div class="card-body"><a href="/produk_hukum/view/id/%[1]d/t/permen"><h5>Peraturan Menteri Nomor %[1]d Tahun 2026 tentang Contoh</h5></a><a href="/produk_hukum/unduh/id/%[1]d/x.pdf">Unduh</a></div></div>`, 2)),
		"/produk_hukum/view/id/1/t/permen Peraturan Menteri Nomor 1 Tahun 2026 tentang Contoh"},
	"peraturan-go-id-uu": {"", invented(inventedRows(`<div class="strip"><a href="/id/uu-no-%[1]d-tahun-2026"><img src="/l.png"></a><p><a href="/id/uu-no-%[1]d-tahun-2026">Undang-Undang Nomor %[1]d Tahun 2026</a></p><p>tentang Contoh <a href="/files/uu-%[1]d.pdf">PDF</a></p></div>`, 20)),
		"/id/uu-no-1-tahun-2026 Undang-Undang Nomor 1 Tahun 2026"},
	"peraturan-bpk": {"words: elektronik", invented(inventedRows(`<div class="row"><div><a href="/Details/%[1]d00/permenkominfo-no-%[1]d-tahun-2026">Peraturan Menteri Komunikasi dan Informatika Nomor %[1]d Tahun 2026</a></div><a href="/Download/%[1]d/x.pdf">Unduh</a></div>`, 3)),
		"/Details/100/permenkominfo-no-1-tahun-2026 Peraturan Menteri Komunikasi dan Informatika Nomor 1 Tahun 2026"},
	"ojk-regulasi": {"", invented(`<table class="table-styled"><thead><tr><th>Judul</th><th>Tanggal</th></tr></thead><tbody>` + inventedRows(`<tr><td><a href="/id/regulasi/Pages/POJK-%[1]d.aspx">POJK %[1]d Tahun 2026 tentang Contoh</a></td><td>5 Jan 2026</td></tr>`, 3) + `</tbody></table>`),
		"/id/regulasi/Pages/POJK-1.aspx POJK 1 Tahun 2026 tentang Contoh"},
	"bi-peraturan": {"", invented(inventedRows(`<div class="media"><div><a href="/id/publikasi/peraturan/Pages/PBI_%[1]d.aspx">Peraturan Bank Indonesia Nomor %[1]d Tahun 2026</a></div></div>`, 3)),
		"/id/publikasi/peraturan/Pages/PBI_1.aspx Peraturan Bank Indonesia Nomor 1 Tahun 2026"},
	"komdigi-siaran-pers": {"", invented(inventedRows(`<div><a href="/berita/siaran-pers/detail/peringatan-%[1]d"><img></a><a href="/berita/siaran-pers/detail/peringatan-%[1]d">Siaran Pers Nomor %[1]d tentang Surat Peringatan</a></div>`, 3)),
		"/berita/siaran-pers/detail/peringatan-1 Siaran Pers Nomor 1 tentang Surat Peringatan"},
	"jdihn-member": {"path: integrasi.php", `[{"idData": 7, "judul": "Peraturan Daerah", "noPeraturan": 3, "tahun_pengundangan": "2026", "urlDetailPeraturan": "https://jdih.example.go.id/7"}, {"idData": "8", "judul": "Lain"}]`, "7 Peraturan Daerah"},
}

func TestPresetsOfPages(t *testing.T) {
	for _, kind := range []string{"pp", "perpres", "permen"} {
		shapes["peraturan-go-id-"+kind] = shapes["peraturan-go-id-uu"]
	}
	for _, p := range BuiltIn() {
		if p.kind != snapshot.Index {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			shape, ok := shapes[p.Name]
			if !ok {
				t.Fatal("there is no page to try it with")
			}
			if !strings.Contains(p.Description, "cannot show") {
				t.Error("its description does not say what it cannot show")
			}
			text := "sources: [{id: a, type: index, base: 'http://127.0.0.1:8090', preset: " + p.Name
			if shape.with != "" {
				text += ", with: {" + shape.with + "}"
			}
			c, err := Parse("pantau.yaml", []byte(text+"}]"), none)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := firstPages(t, c.Sources[0], shape.body)
			if err != nil {
				t.Fatal(err)
			}
			r := doc.Records[0]
			title, _ := r.Get(snapshot.FieldTitle)
			if got := strings.TrimPrefix(r.Key, "https://127.0.0.1:8090") + " " + title; got != shape.first {
				t.Errorf("the first is %q, want %q", got, shape.first)
			}
			if want := strings.Count(shape.body, "<div") + strings.Count(shape.body, "idData"); len(doc.Records) < 2 || len(doc.Records) > max(want, 20) {
				t.Errorf("%d documents", len(doc.Records))
			}
			moved := invented("<p>Situs ini telah diperbarui. Silakan memakai menu di atas untuk mencari peraturan.</p>")
			_, err = firstPages(t, c.Sources[0], moved)
			var f *snapshot.Fault
			if !errors.As(err, &f) || f.Class != snapshot.Held {
				t.Fatalf("a page that has moved: %v", err)
			}
			if want := "the page no longer looks like " + p.source.Site; p.listing.Format != snapshot.JSON && !strings.Contains(f.Detail, want) {
				t.Errorf("a page that has moved: %s", f.Detail)
			}
		})
	}
}

// firstPages walks over one page, behind which there is none.
func firstPages(t *testing.T, src snapshot.Source, body string) (*snapshot.Document, error) {
	t.Helper()
	walk := extract.NewWalk(src.Listing)
	var prev *snapshot.Response
	for asked := 0; ; asked++ {
		req, more, err := walk.Next(prev)
		var f *snapshot.Fault
		switch {
		case errors.As(err, &f):
			prev = &snapshot.Response{Request: prev.Request, Status: 200, Fault: f}
			continue
		case err != nil || asked > 10:
			t.Fatalf("after %d requests: %v", asked, err)
		case !more:
			return walk.Document()
		}
		if !strings.HasPrefix(req.URL, "http://127.0.0.1:8090/") || strings.ContainsAny(req.URL, "{}") {
			t.Fatalf("asked for %s", req.URL)
		}
		prev = &snapshot.Response{Request: req, Status: 200, Body: snapshot.BodyOf([]byte(body))}
	}
}

// TestSealPages: a page that is no seal page is held, in the words of its preset.
func TestSealPages(t *testing.T) {
	c, err := Parse("pantau.yaml", []byte("sources: [{id: seal, type: page, preset: pse-publik-seal, with: {seal: 17}}, {id: depan, type: page, preset: pse-publik-beranda}]"), none)
	if err != nil {
		t.Fatal(err)
	}
	src := c.Sources[0]
	if src.URL != "https://pse.layanan.go.id/sealid/17" || src.Name == "" {
		t.Errorf("watched at %s as %s", src.URL, src.Name)
	}
	judge := func(rows string) *snapshot.Fault {
		capture := &snapshot.Capture{Responses: []*snapshot.Response{{Request: snapshot.Request{URL: src.URL}, Status: 200, ContentType: "text/html", Body: snapshot.BodyOf([]byte(invented(rows)))}}}
		doc, err := extract.Document(capture, src)
		if err != nil {
			t.Fatal(err)
		}
		return gate.Judge(capture, doc, src, nil)
	}
	if f := judge("<h2>Nama Sistem Elektronik</h2><p>Layanan Contoh</p><p>Instansi: Kementerian Contoh</p><p>Status: terdaftar sejak 2 Januari 2025 dengan nomor tanda daftar 123.</p>"); f != nil {
		t.Errorf("a seal page: %v", f)
	}
	f := judge("<p>Halaman yang Anda cari dapat ditemukan dari menu di atas. Silakan pilih layanan yang Anda perlukan dari daftar yang tersedia.</p>")
	if f == nil || f.Class != snapshot.Held || !strings.Contains(f.Detail, "the page no longer looks like a seal page of the PSE portal for the public scope") {
		t.Errorf("another page: %v", f)
	}
	if _, err := Parse("pantau.yaml", []byte("sources: [{id: seal, type: page, preset: pse-publik-seal}]"), none); err == nil || !strings.Contains(err.Error(), "leaves {seal} open") {
		t.Errorf("without its number: %v", err)
	}
}

// TestTemplateNamesEveryPreset: what `pantau init` writes commented is sound when
// it is uncommented, and leaves no preset of a page out.
func TestTemplateNamesEveryPreset(t *testing.T) {
	var sources strings.Builder
	sources.WriteString("sources:\n")
	for line := range strings.Lines(string(Template())) {
		if rest, ok := strings.CutPrefix(line, "  # - {"); ok {
			sources.WriteString("  - {" + rest)
		}
	}
	c, err := Parse("pantau.yaml", []byte(sources.String()), none)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Presets {
		if (p.kind == snapshot.Index || p.kind == snapshot.Page) && len(p.Sources) == 0 {
			t.Errorf("%s is not in it", p.Name)
		}
	}
}

// TestLongExpressions: what a look would have to work at for long is refused.
func TestLongExpressions(t *testing.T) {
	long := strings.Repeat("a", 1001)
	for _, source := range []string{
		"type: listing, url: 'http://x.example/', key: {path: id, pattern: '(" + long + ")'}",
		"type: page, url: 'http://x.example/', select: ['" + long + "']",
		"type: index, url: 'http://x.example/', cards: {each: '" + long + "'}",
		"type: index, url: 'http://x.example/', require: ['css:" + long + "']",
	} {
		if _, err := Parse("pantau.yaml", []byte("sources: [{id: a, "+source+"}]"), none); err == nil || !strings.Contains(err.Error(), "over the limit of 1000 (") {
			t.Errorf("%.40s: %.200v", source, err)
		}
	}
}
