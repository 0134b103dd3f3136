package cage

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pantau/internal/snapshot"
)

func TestMain(m *testing.M) {
	if Asked(os.Args) {
		Main()
	}
	os.Exit(m.Run())
}

// caged is a cage whose compiled code stays for the next run of the tests.
func caged(t testing.TB) *Cage {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = t.TempDir()
	}
	dir = filepath.Join(dir, "pantau")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	limits := Usual()
	limits.Memory *= raceFactor
	return &Cage{Cache: dir, Limits: limits}
}

// paper is a PDF file whose pages have the given contents.
func paper(more string, contents ...string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), fmt.Sprintf(format, args...))
	}
	b.WriteString("%PDF-1.4\n")
	var kids []string
	for i := range contents {
		kids = append(kids, fmt.Sprintf("%d 0 R", 4+2*i))
	}
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [%s] /Count %d >>", strings.Join(kids, " "), len(contents))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
	for i, c := range contents {
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", 5+2*i)
		object("<< /Length %d >>\nstream\n%s\nendstream", len(c), c)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, more, xref)
	return b.Bytes()
}

// typed is the content of a page with lines of text.
func typed(lines ...string) string {
	var s strings.Builder
	s.WriteString("BT /F1 11 Tf 14 TL 72 740 Td\n")
	for _, l := range lines {
		fmt.Fprintf(&s, "(%s) Tj T*\n", strings.NewReplacer("\\", "\\\\", "(", "\\(", ")", "\\)").Replace(l))
	}
	return s.String() + "ET"
}

func blocks(d *snapshot.Document) []string {
	var out []string
	for i := range d.Blocks {
		b := &d.Blocks[i]
		out = append(out, fmt.Sprintf("%d %s %s", b.Page, b.Kind, b.Line()))
	}
	return out
}

func TestBlocksOfAPaper(t *testing.T) {
	foot := "BT /F1 9 Tf 280 30 Td (- %d -) Tj ET BT /F1 9 Tf 72 800 Td (SALINAN - Kementerian Contoh) Tj ET "
	page := func(n int, lines ...string) string { return fmt.Sprintf(foot, n) + typed(lines...) }
	body := paper("",
		page(1, "BAB I", "KETENTUAN UMUM", "Pasal 1", "(1) Penyelenggara Sistem Elektronik yang menyelenggarakan layanan untuk umum", "wajib melakukan pendaftaran menurut peraturan perundang-",
			"undangan sebelum sistem itu digunakan oleh", "pengguna.", "(2) Pendaftaran meliputi:", "a. nama; dan", "b. alamat yang"),
		page(2, "dapat dihubungi.", "Pasal 2", "Peraturan ini mulai berlaku pada tanggal diundangkan."),
		page(3, "Pasal 3", "Penutup dari peraturan."))
	d, err := caged(t).Read(t.Context(), body)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1 paragraph SALINAN - Kementerian Contoh",
		"1 heading BAB I",
		"1 paragraph KETENTUAN UMUM",
		"1 heading Pasal 1",
		"1 paragraph (1) Penyelenggara Sistem Elektronik yang menyelenggarakan layanan untuk umum wajib melakukan pendaftaran menurut peraturan perundang-undangan sebelum sistem itu digunakan oleh pengguna.",
		"1 paragraph (2) Pendaftaran meliputi:",
		"1 item a. nama; dan",
		"1 item b. alamat yang dapat dihubungi.",
		"2 heading Pasal 2",
		"2 paragraph Peraturan ini mulai berlaku pada tanggal diundangkan.",
		"3 heading Pasal 3",
		"3 paragraph Penutup dari peraturan.",
	}
	if got := blocks(d); !slices.Equal(got, want) {
		t.Errorf("blocks\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(d.Asides) != 5 { // three numbers, and the running head of two pages
		t.Errorf("asides %+v, want 5", d.Asides)
	}
}

// refusal is the fault a file is refused with.
func refusal(t *testing.T, c *Cage, body []byte) *snapshot.Fault {
	t.Helper()
	d, err := c.Read(t.Context(), body)
	var f *snapshot.Fault
	if !errors.As(err, &f) {
		t.Fatalf("got %+v, %v; want a fault", d, err)
	}
	if f.Class != snapshot.Failed {
		t.Errorf("class %s, want failed", f.Class)
	}
	return f
}

func TestWhatIsRefused(t *testing.T) {
	good := paper("", typed("Pasal 1"))
	long := strings.Repeat("(Penyelenggara wajib mendaftar.) Tj T*\n", 4000)
	many := make([]string, 40)
	for i := range many {
		many[i] = typed("x")
	}
	small := Usual()
	for _, c := range []struct {
		name   string
		body   []byte
		limits func(*Limits)
		reason string
		says   string
	}{
		{"cut", good[:len(good)/2], nil, snapshot.ReasonIncomplete, "cut short"},
		{"empty of objects", []byte("%PDF-1.4\n%%EOF\n"), nil, snapshot.ReasonMalformed, "broken"},
		{"encrypted", paper("/Encrypt << /Filter /Standard /V 1 /R 2 /O <"+strings.Repeat("41", 32)+"> /U <"+strings.Repeat("42", 32)+"> /P -4 >> /ID [<41><41>]", typed("x")), nil, snapshot.ReasonEncrypted, "encrypted"},
		{"many pages", paper("", many...), func(l *Limits) { l.Pages = 30 }, snapshot.ReasonLimit, "limit: pages"},
		{"much text", paper("", "BT /F1 1 Tf 1 TL 1 800 Td\n"+long+"ET"), func(l *Limits) { l.Chars = 5000 }, snapshot.ReasonLimit, "limit: characters"},
		{"large answer", paper("", typed(strings.Repeat("kata ", 900))), func(l *Limits) { l.Output = 1000 }, snapshot.ReasonLimit, "limit: output"},
		{"slow", good, func(l *Limits) { l.Wall = 20 * time.Millisecond }, snapshot.ReasonLimit, "limit: time"},
		{"greedy", good, func(l *Limits) { l.Memory = 48 << 20 }, snapshot.ReasonLimit, "limit: memory"},
		{"no DOCX", []byte("PK\x03\x04 no archive"), nil, snapshot.ReasonIncomplete, "broken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cage := caged(t)
			cage.Limits = small
			if c.limits != nil {
				c.limits(&cage.Limits)
			}
			if f := refusal(t, cage, c.body); f.Reason != c.reason || !strings.Contains(f.Detail, c.says) {
				t.Errorf("%s: %s; want %s with %q", f.Reason, f.Detail, c.reason, c.says)
			}
		})
	}
}

// TestEndsWithItsCaller stops a reading in the middle: neither the process nor
// what it started may be left.
func TestEndsWithItsCaller(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := caged(t).Read(ctx, paper("", typed("Pasal 1")))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want the context's error", err)
	}
	out, err := exec.Command("ps", "-eo", "ppid,args").Output()
	if err != nil {
		t.Skipf("ps says nothing: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == fmt.Sprint(os.Getpid()) && strings.Contains(line, Command) {
			t.Errorf("left behind: %s", line)
		}
	}
}

// TestBrokenPapers reads files made of a good one by damage. Each is read or
// refused with a reason; nothing else comes of it.
func TestBrokenPapers(t *testing.T) {
	good := paper("", typed("Pasal 1", "(1) Penyelenggara wajib mendaftar."), typed("Pasal 2", "Denda Rp1.000.000,00."))
	cage := caged(t)
	rnd := rand.New(rand.NewPCG(7, 11))
	read, refused := 0, 0
	for range 40 {
		body := slices.Clone(good)
		for range 1 + rnd.IntN(12) {
			i := rnd.IntN(len(body) - 20)
			switch rnd.IntN(5) {
			case 0:
				body[i] = byte(rnd.IntN(256))
			case 1:
				body = slices.Delete(body, i, i+1+rnd.IntN(16))
			case 2:
				body = slices.Insert(body, i, body[i:i+1+rnd.IntN(16)]...)
			case 3:
				copy(body[i:], "99999999999999")
			case 4:
				copy(body[i:], " 0 R ")
			}
		}
		d, err := cage.Read(t.Context(), body)
		var f *snapshot.Fault
		switch {
		case err == nil:
			read++
		case errors.As(err, &f) && f.Reason != "" && f.Detail != "" && f.Class == snapshot.Failed:
			refused++
		default:
			t.Fatalf("got %+v, %v\n%q", d, err, body)
		}
	}
	t.Logf("%d read, %d refused", read, refused)
	if read == 0 || refused == 0 {
		t.Errorf("%d read and %d refused: the damage says nothing", read, refused)
	}
}

// TestBomb reads a page of a few kilobytes that unpacks to hundreds of megabytes.
func TestBomb(t *testing.T) {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	for range 300 {
		if _, err := z.Write(bytes.Repeat([]byte("q "), 512<<10)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	body := paper("", packed.String())
	body = bytes.Replace(body, []byte(fmt.Sprintf("<< /Length %d >>", packed.Len())), []byte(fmt.Sprintf("<< /Length %d /Filter /FlateDecode >>", packed.Len())), 1)
	cage := caged(t)
	cage.Limits.Memory = 300 << 20
	if f := refusal(t, cage, body); f.Reason != snapshot.ReasonLimit || !strings.Contains(f.Detail, "limit: memory") {
		t.Errorf("%s: %s; want the limit of memory", f.Reason, f.Detail)
	}
}

// TestPapersThatGoInCircles reads a tree of pages that is its own
// parent.
func TestPapersThatGoInCircles(t *testing.T) {
	ring := bytes.Replace(paper("", typed("Pasal 1")), []byte("/Kids [4 0 R]"), []byte("/Kids [2 0 R]"), 1)
	if d, err := caged(t).Read(t.Context(), ring); err == nil {
		t.Errorf("a tree of pages that is a ring was read: %v", blocks(d))
	}
}

// TestScan reads a picture of text.
func TestScan(t *testing.T) {
	// The picture is made of a page: rendered by poppler, put into a new file.
	render, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("pdftoppm (poppler-utils) is not installed")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "a.pdf")
	if err := os.WriteFile(file, paper("", typed("PERATURAN MENTERI NOMOR 7 TAHUN 2026", "Pasal 1", "Penyelenggara wajib melakukan pendaftaran paling lambat 14 hari.")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(render, "-gray", "-r", "150", "-singlefile", file, filepath.Join(dir, "a")).CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v %s", err, out)
	}
	pgm, err := os.ReadFile(filepath.Join(dir, "a.pgm"))
	if err != nil {
		t.Fatal(err)
	}
	scan := picture(t, pgm)

	blind := caged(t)
	blind.Blind = true
	d, err := blind.Read(t.Context(), scan)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Blocks) != 1 || d.Blocks[0].Kind != snapshot.Scan || !strings.Contains(d.Blocks[0].Text, "text not read") {
		t.Errorf("without tesseract: %v", blocks(d))
	}
	if _, err := exec.LookPath("tesseract"); err != nil {
		t.Skip("tesseract is not installed")
	}
	d, err = caged(t).Read(t.Context(), scan)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.Join(blocks(d), "\n"); !strings.Contains(text, "heading Pasal 1") || !strings.Contains(text, "paling lambat 14 hari.") {
		t.Errorf("read of the picture:\n%s", text)
	}
	for i := range d.Blocks {
		if c := d.Blocks[i].Confidence; c < 50 || c > 100 {
			t.Errorf("confidence %d of %q", c, d.Blocks[i].Text)
		}
	}
}

// TestEmptyPaper reads pages with nothing on them: no sentence of ours may stand
// in the place of what was there.
func TestEmptyPaper(t *testing.T) {
	d, err := caged(t).Read(t.Context(), paper("", "", ""))
	if err != nil || len(d.Blocks) > 0 {
		t.Errorf("an empty file: %v, %v", d, err)
	}
}

// TestShortPaper reads pages with a few words and a drawing each, without tesseract and with
// one that sees nothing: the words stay.
func TestShortPaper(t *testing.T) {
	const seal = "72 100 200 200 re f\n" // else there is nothing to see on the page but its words
	body := paper("", seal+typed("Pasal 7 dihapus."), seal+typed("Pasal 8", "Cukup jelas."))
	blind := caged(t)
	blind.Blind = true
	seeing := caged(t)
	for name, c := range map[string]*Cage{"blind": blind, "nothing seen": seeing} {
		t.Run(name, func(t *testing.T) {
			program(t, "#!/bin/sh\ncat >/dev/null\n")
			d, err := c.Read(t.Context(), body)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Join(blocks(d), "\n")
			for _, want := range []string{"Pasal 7 dihapus.", "2 heading Pasal 8", "Cukup jelas."} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
		})
	}
}

// TestTesseractBreaksDown reads a picture with a tesseract that fails: the file
// has not lost its words.
func TestTesseractBreaksDown(t *testing.T) {
	program(t, "#!/bin/sh\ncat >/dev/null\necho out of luck >&2\nexit 3\n")
	scan := picture(t, slices.Concat([]byte("P5\n100 100\n255\n"), bytes.Repeat([]byte{0, 0, 0, 255, 255}, 2000)))
	if f := refusal(t, caged(t), scan); f.Reason != snapshot.ReasonInternal || !strings.Contains(f.Detail, "out of luck") {
		t.Errorf("%s: %s", f.Reason, f.Detail)
	}
}

// program is what stands in the place of tesseract.
func program(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tesseract"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// TestPageLost reads a file one page of which is none: the others are read, and
// it is said.
func TestPageLost(t *testing.T) {
	body := bytes.Replace(paper("", typed("Pasal 1"), typed("Pasal 2")), []byte("/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"), []byte("/Type /Pane /Parent 2 0 R /MediaBox [0 0 595 842]"), 1)
	d, err := caged(t).Read(t.Context(), body)
	if err != nil || d.Quality.Lost != 1 || !strings.Contains(strings.Join(blocks(d), "\n"), "Pasal 2") {
		t.Errorf("got %+v, %v", d, err)
	}
}

// picture is a PDF file that shows a picture and has no text.
func picture(t *testing.T, pgm []byte) []byte {
	t.Helper()
	var w, h, most int
	if _, err := fmt.Sscanf(string(pgm[:40]), "P5\n%d %d\n%d\n", &w, &h, &most); err != nil {
		t.Fatal(err)
	}
	dots := pgm[len(pgm)-w*h:]
	var b bytes.Buffer
	var at []int
	object := func(format string, args ...any) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), fmt.Sprintf(format, args...))
	}
	b.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /XObject << /I 5 0 R >> >> /Contents 4 0 R >>")
	object("<< /Length 30 >>\nstream\nq 595 0 0 842 0 0 cm /I Do Q  \nendstream")
	object("<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 /Length %d >>\nstream\n%s\nendstream", w, h, len(dots), dots)
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes()
}

// FuzzDecode hands anything to the reader of answers: the process that writes
// them may be a hostile file's.
func FuzzDecode(f *testing.F) {
	good, err := json.Marshal(answer{Document: &snapshot.Document{Blocks: []snapshot.Block{{Kind: snapshot.Paragraph, Text: "Pasal 1"}}}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(good), `{"fault":{"class":"failed","reason":"limit","detail":"x"}}`, `{}`, `{"document":{},"fault":{}}`, `{"document":{}}{`, "\x00", `{"document":{"records":[{"key":"1"}]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := decode(b)
		if err == nil && (a.Document == nil) == (a.Fault == nil) {
			t.Errorf("an answer that is neither: %q", b)
		}
		if err == nil && a.Document != nil && len(a.Document.Records) > 0 {
			t.Errorf("a file gave records: %q", b)
		}
	})
}
