package pdf

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klippa-app/go-pdfium/requests"

	"pantau/internal/snapshot"
)

// corpus is the recorded PDF files, by their place: PANTAU_CORPORA, or what
// unpack.sh prints.
func corpus(t testing.TB) []string {
	t.Helper()
	dir := os.Getenv("PANTAU_CORPORA")
	if dir == "" {
		unpack := filepath.Join("..", "..", "..", "..", "shared", "corpora", "unpack.sh")
		if _, err := os.Stat(unpack); errors.Is(err, os.ErrNotExist) {
			t.Skip("the recorded files are not here: ../shared beside the repository is absent, and PANTAU_CORPORA is not set")
		}
		out, err := exec.Command(unpack).Output()
		if err != nil {
			t.Fatalf("%s: %v", unpack, err)
		}
		dir = strings.TrimSpace(string(out))
	}
	var files []string
	err := filepath.WalkDir(filepath.Join(dir, "pdf"), func(p string, e fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(p) == ".pdf" {
			files = append(files, p)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded files: %v", err)
	}
	return files
}

// cacheOf is where PDFium's compiled code lies between the tests of a machine.
func cacheOf(t testing.TB) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	dir = filepath.Join(dir, "pantau")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func opened(t testing.TB) *reading {
	t.Helper()
	d := &reading{ctx: context.Background(), o: Options{Cache: cacheOf(t), Pages: 5000, Chars: 1 << 24, Memory: 400 << 20}}
	engine, err := start(d.ctx, d.o)
	if err != nil {
		t.Fatal(err)
	}
	d.engine = engine
	return d
}

// load reads the pages of another file with the engine of d.
func (d *reading) load(t testing.TB, body []byte) *reading {
	t.Helper()
	if err := whole(body); err != nil {
		t.Fatal(err)
	}
	file, err := d.engine.OpenDocument(&requests.OpenDocument{File: &body})
	if err != nil {
		t.Fatal(err)
	}
	next := &reading{ctx: d.ctx, engine: d.engine, o: d.o, file: file.Document}
	if err := next.pages(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.engine.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: file.Document}); err != nil {
		t.Fatal(err)
	}
	return next
}

// words are the words of the text layer in the order in which they are read.
func (d *reading) words() []string {
	var b strings.Builder
	for _, s := range d.sheets {
		for i := range s.lines {
			b.WriteString(s.lines[i].text())
			if !s.lines[i].hyphen {
				b.WriteByte(' ')
			}
		}
	}
	return bare(b.String())
}

// bare are the words of a text without what the two readers write differently:
// hyphens at the end of lines, bullets, signs without width.
func bare(text string) []string {
	return strings.Fields(strings.NewReplacer("\u200b", "", "-", "", "\u00ad", "", "•", " ", "\ufb01", "fi", "\ufb02", "fl", "\ufb00", "ff").Replace(text))
}

// similarity of two sequences of words: twice the length of the longest common
// subsequence (Myers, 1986), of the length of both.
func similarity(a, b []string) float64 {
	n, m := len(a), len(b)
	if n+m == 0 {
		return 1
	}
	v := make([]int, 2*(n+m)+3)
	mid := n + m + 1
	for d := 0; d <= n+m; d++ {
		for k := -d; k <= d; k += 2 {
			x := v[mid+k-1] + 1
			if k == -d || k != d && v[mid+k-1] < v[mid+k+1] {
				x = v[mid+k+1]
			}
			for x < n && x-k < m && x-k >= 0 && a[x] == b[x-k] {
				x++
			}
			v[mid+k] = x
			if x >= n && x-k >= m {
				return float64(n+m-d) / float64(n+m)
			}
		}
	}
	return 0
}

// TestAsPdftotext compares the text layers of the recorded files with what
// poppler reads in them, in the order of the file's content: poppler's own two
// orders have as little as 0.64 in common. No word is lost on the way to blocks.
func TestAsPdftotext(t *testing.T) {
	program, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed")
	}
	engine := opened(t)
	for _, file := range corpus(t) {
		if strings.Contains(file, "scanned") {
			continue
		}
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := engine.load(t, body)
		read := d.words()
		out, err := exec.Command(program, "-raw", file, "-").Output()
		if err != nil {
			t.Fatalf("pdftotext %s: %v", file, err)
		}
		if s := similarity(read, bare(string(out))); s < 0.99 {
			t.Errorf("%s: similarity %.4f to pdftotext -raw, want 0.99", file, s)
		}
		doc, err := d.document()
		if err != nil {
			t.Fatal(err)
		}
		if a, b := letterCount(strings.Join(read, "")), letterCount(textOf(doc)); a != b {
			t.Errorf("%s: %d letters and digits were read and %d are in the document", file, a, b)
		}
	}
}

func letterCount(text string) int { return len(letters(text)) }

// textOf is all text of a document, asides behind.
func textOf(d *snapshot.Document) string {
	var b strings.Builder
	for i := range d.Blocks {
		if d.Blocks[i].Kind != snapshot.Scan {
			b.WriteString(d.Blocks[i].Line() + "\n")
		}
	}
	for i := range d.Asides {
		b.WriteString(d.Asides[i].Line() + "\n")
	}
	return b.String()
}

// TestUnitsStandAlone reads a regulation as its tree needs it: every Pasal a
// block of its own, every ayat the beginning of one.
func TestUnitsStandAlone(t *testing.T) {
	files := corpus(t)
	i := slices.IndexFunc(files, func(f string) bool { return strings.HasSuffix(f, "PERMENKOMINFO_2020_005.pdf") })
	body, err := os.ReadFile(files[i])
	if err != nil {
		t.Fatal(err)
	}
	doc, err := opened(t).load(t, body).document()
	if err != nil {
		t.Fatal(err)
	}
	pasal, ayat, numbers := 0, 0, 0
	for i := range doc.Blocks {
		b := &doc.Blocks[i]
		switch {
		case b.Kind == snapshot.Heading && strings.HasPrefix(b.Text, "Pasal "):
			pasal++
		case strings.HasPrefix(b.Text, "("):
			ayat++
		}
		if b.Page == 0 {
			t.Errorf("block %d has no page: %s", i, b.Line())
		}
	}
	for i := range doc.Asides {
		if doc.Asides[i].Role == snapshot.Running {
			numbers++
		}
	}
	if pasal != 49 || ayat < 90 || numbers < 40 {
		t.Errorf("%d Pasal, %d ayat, %d running lines; want 49, 90 and more, 40 and more", pasal, ayat, numbers)
	}
}
