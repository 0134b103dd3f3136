package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"pantau/diff"
)

// paper is a PDF file with the given lines on each page. id stands in a comment,
// so that two files with one text can differ in their bytes.
func paper(id string, pages ...[]string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "%%PDF-1.4\n%%%s\n", id)
	var kids []string
	for i := range pages {
		kids = append(kids, fmt.Sprintf("%d 0 R", 4+2*i))
	}
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(kids, " "), len(pages))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	for i, lines := range pages {
		var s strings.Builder
		s.WriteString("BT /F1 11 Tf 14 TL 72 760 Td\n")
		for _, l := range lines {
			fmt.Fprintf(&s, "(%s) Tj T*\n", strings.NewReplacer("\\", "\\\\", "(", "\\(", ")", "\\)").Replace(l))
		}
		s.WriteString("ET")
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", 5+2*i)
		object("<< /Length %d >>\nstream\n%s\nendstream", s.Len(), s.String())
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes()
}

// decree is a short regulation on two pages.
func decree(days string) [][]string {
	return [][]string{
		{"PERATURAN MENTERI NOMOR 7 TAHUN 2026", "Pasal 1", "Dalam Peraturan Menteri ini yang dimaksud dengan Sistem Elektronik adalah", "serangkaian perangkat dan prosedur elektronik."},
		{"Pasal 2", "(1) Penyelenggara wajib melakukan pendaftaran.", "(2) Pendaftaran dilakukan paling lambat " + days + " hari sejak diundangkan."},
	}
}

func docx(t *testing.T, paragraphs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, `<w:document xmlns:w="w"><w:body>`)
	for _, p := range paragraphs {
		fmt.Fprintf(w, `<w:p><w:r><w:t>%s</w:t></w:r></w:p>`, p)
	}
	fmt.Fprint(w, `</w:body></w:document>`)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDocumentIsWatched follows one address through what becomes of a document.
func TestDocumentIsWatched(t *testing.T) {
	var body atomic.Pointer[[]byte]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/peraturan" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream") // what the server says of it is not asked
		w.Write(*body.Load())
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	text := fmt.Sprintf("database: pantau.db\nlanguage: en\nadministrators: [console]\nnetwork: {delay: 0s, allow: [127.0.0.0/8]}\nsources:\n  - {id: permen, type: document, url: %q}\n", server.URL+"/peraturan")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := paper("a", decree("14")...)
	for _, step := range []struct {
		name    string
		body    []byte
		outcome string
		reason  string
		path    string
	}{
		{"first", whole, "baseline", "", ""},
		{"the same", whole, "unchanged", "", ""},
		{"saved anew", paper("b", decree("14")...), "unchanged", "", ""},
		{"amended", paper("c", decree("30")...), "changed", "", "page 2 > Pasal 2 > ayat (2)"},
		{"cut short", paper("c", decree("30")...)[:900], "failed", "incomplete", ""},
		{"a firewall", []byte("<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Your support ID is: 123</body></html>"), "held", "block-page", ""},
		{"a page", []byte("<!doctype html><html><head><title>Berita</title></head><body><p>" + strings.Repeat("Menteri meresmikan gedung baru di ibu kota. ", 90) + "</p></body></html>"), "held", "html-for-file", ""},
		{"rubbish", []byte("%PDF-1.7\nnothing that follows is a file\n%%EOF"), "failed", "malformed", ""},
		{"as it was", paper("c", decree("30")...), "unchanged", "", ""},
		{"as Word file", docx(t, "PERATURAN MENTERI NOMOR 7 TAHUN 2026", "Pasal 1", "Dalam Peraturan Menteri ini yang dimaksud dengan Sistem Elektronik adalah serangkaian perangkat dan prosedur elektronik.",
			"Pasal 2", "(1) Penyelenggara wajib melakukan pendaftaran.", "(2) Pendaftaran dilakukan paling lambat 30 hari sejak diundangkan."), "unchanged", "", ""},
	} {
		body.Store(&step.body)
		_, out, errs := pantau(t, "--config", file, "check", "--no-deliver", "--json")
		var got struct {
			Outcome, Reason string
			Change          *diff.Change
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%s: %v\n%s\n%s", step.name, err, out, errs)
		}
		if got.Outcome != step.outcome || got.Reason != step.reason {
			t.Errorf("%s: outcome %s, reason %q, want %s, %q\n%s", step.name, got.Outcome, got.Reason, step.outcome, step.reason, errs)
		}
		if step.path == "" || got.Change == nil {
			continue
		}
		if len(got.Change.Hunks) != 1 || got.Change.Hunks[0].Path != step.path || got.Change.Hunks[0].Page != 2 {
			t.Errorf("%s: hunks %+v, want one at %s", step.name, got.Change.Hunks, step.path)
		}
	}
}

// TestCompareFilesOfFormats compares what a person saved.
func TestCompareFilesOfFormats(t *testing.T) {
	folder := t.TempDir()
	put := func(name string, body []byte) string {
		name = filepath.Join(folder, name)
		if err := os.WriteFile(name, body, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	old, same, amended := put("a.pdf", paper("a", decree("14")...)), put("b.pdf", paper("b", decree("14")...)), put("c", paper("c", decree("30")...))
	word, worded := put("a.docx", docx(t, "Pasal 1", "Denda Rp1.000.000,00.")), put("b.docx", docx(t, "Pasal 1", "Denda Rp2.000.000,00."))
	for _, c := range []struct {
		before, after string
		code          int
		says          string
	}{
		{old, same, compareSame, "Nothing changed"},
		{old, amended, compareChanged, "page 2"},
		{word, word, compareSame, "Nothing changed"},
		{word, worded, compareChanged, "2.000.000,00"},
		{old, put("cut.pdf", paper("a", decree("14")...)[:700]), compareError, "cut short"},
		{old, put("page.html", []byte("<html><body><p>Halaman tidak ditemukan</p></body></html>")), compareError, "web page"},
		{word, put("other.zip", []byte("PK\x03\x04 and no archive")), compareError, "broken"},
	} {
		code, out, errs := pantau(t, "compare", c.before, c.after)
		if code != c.code || !strings.Contains(out+errs, c.says) {
			t.Errorf("compare %s %s: exit %d, want %d and %q\n%s%s", filepath.Base(c.before), filepath.Base(c.after), code, c.code, c.says, out, errs)
		}
	}
}
