package docx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pantau/internal/snapshot"
)

// pack makes an archive of parts, given as names and texts by turns.
func pack(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func body(content string) string { return `<w:document><w:body>` + content + `</w:body></w:document>` }

// p is a paragraph; properties may be empty.
func p(properties, text string) string {
	return `<w:p><w:pPr>` + properties + `</w:pPr><w:r><w:t xml:space="preserve">` + text + `</w:t></w:r></w:p>`
}

func in(num, level int) string {
	return fmt.Sprintf(`<w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr>`, level, num)
}

const numberingPart = `<w:numbering>
<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="(%1)"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%2."/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerRoman"/><w:lvlText w:val="%1.%2.%3"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="BAB %1"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="4"><w:abstractNumId w:val="2"/></w:num></w:numbering>`

const stylesPart = `<w:styles><w:style w:type="paragraph" w:styleId="Bab"><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="BabBaru"><w:basedOn w:val="Bab"/></w:style></w:styles>`

const relationsPart = `<Relationships><Relationship Id="n" Type="x/numbering" Target="numbering.xml"/><Relationship Id="s" Type="x/styles" Target="styles.xml"/>
<Relationship Id="f" Type="x/footnotes" Target="footnotes.xml"/><Relationship Id="h" Type="x/header" Target="header1.xml"/>
<Relationship Id="l" Type="x/hyperlink" Target="https://example.go.id/lampiran.pdf" TargetMode="External"/></Relationships>`

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, content string
		want          []string
	}{
		{"plain", p("", "Pasal 1") + p("", " Penyelenggara \u200bwajib&#xA0;mendaftar. "), []string{"paragraph Pasal 1", "paragraph Penyelenggara wajib mendaftar."}},
		{"numbers", p(in(1, 0), "Satu") + p(in(1, 1), "huruf") + p(in(1, 1), "huruf lagi") + p(in(1, 2), "angka") + p(in(1, 0), "Dua") + p(in(1, 1), "anew") + p(in(2, 0), "Dari awal"),
			[]string{"paragraph (1) Satu", "item a. huruf", "item b. huruf lagi", "paragraph 1.b.i angka", "paragraph (2) Dua", "item a. anew", "paragraph (1) Dari awal"}},
		{"numbers of styles", p(`<w:pStyle w:val="Bab"/>`, "KETENTUAN UMUM") + p(`<w:pStyle w:val="BabBaru"/>`, "PENDAFTARAN"), []string{"heading BAB I KETENTUAN UMUM", "heading BAB II PENDAFTARAN"}},
		{"bullets", p(in(4, 0), "butir"), []string{"item • butir"}},
		{"tracked", `<w:p><w:r><w:t>paling lambat </w:t></w:r><w:del><w:r><w:delText>14</w:delText></w:r></w:del><w:ins><w:r><w:t>30</w:t></w:r></w:ins><w:r><w:t> hari</w:t></w:r></w:p>`, []string{"paragraph paling lambat 30 hari"}},
		{"moved", `<w:moveFrom><w:p><w:r><w:t>pindah</w:t></w:r></w:p></w:moveFrom><w:moveTo><w:p><w:r><w:t>pindah</w:t></w:r></w:p></w:moveTo>`, []string{"paragraph pindah"}},
		{"table", `<w:tbl><w:tr><w:tc>` + p("", "Denda") + `</w:tc><w:tc>` + p("", "Rp1.000") + p("", "per hari") + `</w:tc></w:tr><w:tr><w:tc>` + p("", "") + `</w:tc></w:tr></w:tbl>`, []string{"row Denda | Rp1.000 per hari"}},
		{"table in a table", `<w:tbl><w:tr><w:tc>` + p("", "a") + `<w:tbl><w:tr><w:tc>` + p("", "b") + `</w:tc><w:tc>` + p("", "c") + `</w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>`, []string{"row a b c"}},
		{"footnote", `<w:p><w:r><w:t>Lihat</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>`, []string{"paragraph Lihat", "paragraph Lembaran Negara"}},
		{"footnote of nothing", `<w:p><w:r><w:footnoteReference w:id="2"/></w:r></w:p>`, []string{"paragraph Lembaran Negara"}},
		{"text box", `<w:p><w:r><w:t>luar</w:t><mc:AlternateContent><mc:Choice><w:txbxContent>` + p("", "dalam") + `</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>` + p("", "dalam") + `</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>`, []string{"paragraph dalam", "paragraph luar"}},
		{"field", `<w:p><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>Halaman</w:t></w:r></w:p>`, []string{"paragraph Halaman"}},
		{"broken words", `<w:p><w:r><w:t>peru</w:t></w:r><w:r><w:t>ndang</w:t><w:noBreakHyphen/><w:t>undangan</w:t><w:tab/><w:t>ini</w:t></w:r></w:p>`, []string{"paragraph perundang-undangan ini"}},
		{"nothing", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := pack(t, "word/document.xml", body(c.content), "word/_rels/document.xml.rels", relationsPart, "word/numbering.xml", numberingPart, "word/styles.xml", stylesPart,
				"word/footnotes.xml", `<w:footnotes><w:footnote w:id="2">`+p("", "Lembaran Negara")+`</w:footnote></w:footnotes>`, "word/header1.xml", "<w:hdr>"+p("", "RANCANGAN")+"</w:hdr>")
			d, err := Read(file, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range d.Blocks {
				got = append(got, string(d.Blocks[i].Kind)+" "+d.Blocks[i].Line())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			if len(d.Asides) != 1 || d.Asides[0].Role != snapshot.Running || d.Asides[0].Text != "RANCANGAN" {
				t.Errorf("asides %+v, want the head of the pages", d.Asides)
			}
		})
	}
}

func TestLinksAreKept(t *testing.T) {
	d, err := Read(pack(t, "word/document.xml", body(`<w:p><w:r><w:t>Lihat </w:t></w:r><w:hyperlink r:id="l"><w:r><w:t>lampiran</w:t></w:r></w:hyperlink></w:p>`), "word/_rels/document.xml.rels", relationsPart), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []snapshot.Link{{Text: "lampiran", Target: "https://example.go.id/lampiran.pdf"}}
	if !slices.Equal(d.Blocks[0].Links, want) {
		t.Errorf("links %+v, want %+v", d.Blocks[0].Links, want)
	}
}

func TestRefused(t *testing.T) {
	good := pack(t, "word/document.xml", body(p("", "Pasal 1")))
	for _, c := range []struct {
		name   string
		file   []byte
		o      Options
		reason string
		says   string
	}{
		{"cut", good[:len(good)-30], Options{}, snapshot.ReasonIncomplete, "cut short"},
		{"another archive", pack(t, "a.txt", "b"), Options{}, snapshot.ReasonMalformed, "no DOCX"},
		{"old Word", append([]byte{0xd0, 0xcf, 0x11, 0xe0}, make([]byte, 600)...), Options{}, snapshot.ReasonMalformed, "old format"},
		{"deep", pack(t, "word/document.xml", strings.Repeat("<a>", 10_000)), Options{}, snapshot.ReasonLimit, "limit: depth"},
		{"bomb", pack(t, "word/document.xml", body(p("", strings.Repeat("\x20", 40<<20)))), Options{}, snapshot.ReasonLimit, "limit: ratio"},
		{"long", pack(t, "word/document.xml", body(p("", strings.Repeat("kata ", 100)))), Options{Chars: 50}, snapshot.ReasonLimit, "limit: characters"},
		{"long number, shown often", pack(t, "word/document.xml", body(strings.Repeat(p(in(1, 0), "x"), 100)), "word/_rels/document.xml.rels", relationsPart,
			"word/numbering.xml", strings.Replace(numberingPart, `w:val="(%1)"`, `w:val="`+strings.Repeat("%1 ", 200)+`"`, 1)), Options{Chars: 5000}, snapshot.ReasonLimit, "limit: characters"},
		{"note, shown often", pack(t, "word/document.xml", body("<w:p>"+strings.Repeat(`<w:footnoteReference w:id="2"/>`, 100)+"</w:p>"), "word/_rels/document.xml.rels", relationsPart,
			"word/footnotes.xml", `<w:footnotes><w:footnote w:id="2">`+p("", strings.Repeat("kata ", 100))+`</w:footnote></w:footnotes>`), Options{Chars: 5000}, snapshot.ReasonLimit, "limit: characters"},
		{"breaks off", pack(t, "word/document.xml", "<w:document><w:p>"), Options{}, snapshot.ReasonIncomplete, "breaks off"},
		{"no XML", pack(t, "word/document.xml", "<w:document><<"), Options{}, snapshot.ReasonMalformed, "cannot be read"},
		{"another charset", pack(t, "word/document.xml", `<?xml version="1.0" encoding="utf-7"?><w:document/>`), Options{}, snapshot.ReasonMalformed, "only UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(c.file, c.o)
			var f *snapshot.Fault
			if !errors.As(err, &f) || f.Class != snapshot.Failed || f.Reason != c.reason || !strings.Contains(f.Detail, c.says) {
				t.Errorf("got %#v %v, want %s with %q", f, err, c.reason, c.says)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(body(p(in(1, 0), "Satu")+`<w:tbl><w:tr><w:tc>`+p("", "a")+`</w:tc></w:tr></w:tbl>`)), []byte(numberingPart))
	f.Add([]byte("<w:p></w:tbl></w:tr><w:tc/></w:p></w:p>"), []byte("<w:lvl/>"))
	f.Add([]byte(body("")), []byte(`<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="99"/>`))
	f.Fuzz(func(t *testing.T, document, numbers []byte) {
		d, err := Read(pack(t, "word/document.xml", string(document), "word/_rels/document.xml.rels", relationsPart, "word/numbering.xml", string(numbers)), Options{Chars: 1 << 16})
		var fault *snapshot.Fault
		if err != nil {
			if !errors.As(err, &fault) {
				t.Errorf("an error that is no fault of the file: %v", err)
			}
			return
		}
		for i := range d.Blocks {
			if strings.TrimSpace(d.Blocks[i].Line()) == "" {
				t.Errorf("block %d says nothing: %+v", i, d.Blocks[i])
			}
		}
	})
}
