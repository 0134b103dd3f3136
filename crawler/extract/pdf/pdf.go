// Package pdf reads the text of a PDF file, page by page, with PDFium. Pages
// that are pictures are read with tesseract where it is installed.
//
// Invariants: it runs in a process of its own (package cage), for nothing a
// hostile file does to PDFium may reach the program; PDFium itself runs as
// WebAssembly that sees no file, no network and no more memory than it was
// given; every word of the text layer is in the document once, in its blocks, or
// in its asides where it is the running head, the number or the catchword of a
// page; a file that was cut short is refused, though PDFium would mend it.
package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"syscall"
	"time"

	pdfium "github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"pantau/internal/snapshot"
)

// Options are what a file may cost.
type Options struct {
	Cache  string // folder of PDFium's compiled code; empty: it is compiled anew, which takes seconds
	Pages  int    // most pages
	Chars  int    // most characters of all pages
	Memory int64  // bytes, of PDFium
	Scans  int    // most pages that are read as pictures
	OCR    bool   // read pictures, where tesseract is installed
}

// Read reads a file. The error is a *snapshot.Fault where the file is at fault.
func Read(ctx context.Context, body []byte, o Options) (*snapshot.Document, error) {
	if err := whole(body); err != nil {
		return nil, err
	}
	engine, err := start(ctx, o)
	if err != nil {
		return nil, err
	}
	opened, err := engine.OpenDocument(&requests.OpenDocument{File: &body})
	if err != nil {
		return nil, refused(err)
	}
	d := &reading{ctx: ctx, engine: engine, file: opened.Document, o: o}
	if err := d.pages(); err != nil {
		return nil, err
	}
	return d.document()
}

// reading is a file that is being read.
type reading struct {
	ctx    context.Context
	engine pdfium.Pdfium
	file   references.FPDF_DOCUMENT
	o      Options
	sheets []*sheet
	chars  int
	scans  int
	lost   int // pages that could not be read
}

const wasmPage = 64 << 10

func start(ctx context.Context, o Options) (pdfium.Pdfium, error) {
	config := wazero.NewRuntimeConfigInterpreter()
	if compiles() {
		config = wazero.NewRuntimeConfigCompiler()
	}
	config = config.WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(uint32(o.Memory / wasmPage))
	if o.Cache != "" {
		cache, err := wazero.NewCompilationCacheWithDir(o.Cache)
		if err != nil {
			return nil, fmt.Errorf("folder of PDFium's compiled code: %w", err)
		}
		config = config.WithCompilationCache(cache)
	}
	pool, err := webassembly.Init(webassembly.Config{Context: ctx, MaxIdle: 1, MaxTotal: 1,
		FSConfig: wazero.NewFSConfig(), RuntimeConfig: config, Stdout: noise{}, Stderr: noise{}})
	if err != nil {
		return nil, fmt.Errorf("start PDFium: %w", err)
	}
	engine, err := pool.GetInstance(time.Minute)
	if err != nil {
		return nil, fmt.Errorf("start PDFium: %w", err)
	}
	return engine, nil
}

// compiles tells whether memory that was written may be executed here: a
// hardened service may forbid it. PDFium is interpreted then.
func compiles() bool {
	b, err := syscall.Mmap(-1, 0, os.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return false
	}
	defer syscall.Munmap(b)
	return syscall.Mprotect(b, syscall.PROT_READ|syscall.PROT_EXEC) == nil
}

// noise is where PDFium's own messages go: standard output is the answer's.
type noise struct{}

// Write implements io.Writer.
func (noise) Write(b []byte) (int, error) { return len(b), nil }

var length = regexp.MustCompile(`/Linearized\s[^>]{0,200}?/L\s+(\d{1,12})`)

// whole refuses a file whose end is missing.
func whole(body []byte) error {
	const tail = 2048
	if m := length.FindSubmatch(body[:min(len(body), 1024)]); m != nil {
		if n, _ := strconv.Atoi(string(m[1])); n > len(body) {
			return failed(snapshot.ReasonIncomplete, "the PDF file is cut short: it says that it has %d bytes, and %d came", n, len(body))
		}
	}
	if !bytes.Contains(body[max(0, len(body)-tail):], []byte("%%EOF")) {
		return failed(snapshot.ReasonIncomplete, "the PDF file is cut short: its %d bytes do not end with %%%%EOF", len(body))
	}
	return nil
}

func failed(reason, format string, args ...any) *snapshot.Fault {
	return &snapshot.Fault{Class: snapshot.Failed, Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// refused words PDFium's refusal of a file.
func refused(err error) error {
	switch {
	case errors.Is(err, pdferrors.ErrPassword), errors.Is(err, pdferrors.ErrSecurity):
		return failed(snapshot.ReasonEncrypted, "the PDF file is encrypted and needs a password; nothing in it can be read")
	case errors.Is(err, pdferrors.ErrFormat), errors.Is(err, pdferrors.ErrFile), errors.Is(err, pdferrors.ErrPage):
		return failed(snapshot.ReasonMalformed, "the PDF file is broken: %v", err)
	}
	return failed(snapshot.ReasonMalformed, "the PDF file cannot be read: %v", err)
}

// pages reads every page.
func (d *reading) pages() error {
	count, err := d.engine.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: d.file})
	switch {
	case err != nil:
		return refused(err)
	case count.PageCount < 1:
		return failed(snapshot.ReasonMalformed, "the PDF file has no pages")
	case count.PageCount > d.o.Pages:
		return failed(snapshot.ReasonLimit, "the PDF file has %d pages, and at most %d are read (limit: pages)", count.PageCount, d.o.Pages)
	}
	bad := 0
	for n := range count.PageCount {
		if err := d.ctx.Err(); err != nil {
			return err
		}
		s, err := d.page(n)
		var f *snapshot.Fault
		if errors.As(err, &f) {
			return f
		}
		if err != nil {
			bad++
			s = &sheet{number: n + 1, lost: err.Error()}
		}
		d.sheets = append(d.sheets, s)
	}
	d.lost = bad
	if bad == count.PageCount {
		return failed(snapshot.ReasonMalformed, "none of the %d pages of the PDF file can be read: %s", bad, d.sheets[0].lost)
	}
	return nil
}

// page reads one page; what it is made of is let go of before the next.
func (d *reading) page(n int) (*sheet, error) {
	loaded, err := d.engine.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: d.file, Index: n})
	if err != nil {
		return nil, err
	}
	defer d.engine.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page})
	page := requests.Page{ByReference: &loaded.Page}
	got, err := d.engine.GetPageTextStructured(&requests.GetPageTextStructured{Page: page, Mode: requests.GetPageTextStructuredModeChars})
	if err != nil {
		return nil, err
	}
	if d.chars += len(got.Chars); d.chars > d.o.Chars {
		return nil, failed(snapshot.ReasonLimit, "the PDF file has more than %d characters (limit: characters)", d.o.Chars)
	}
	size, err := d.engine.GetPageSize(&requests.GetPageSize{Page: page})
	if err != nil {
		return nil, err
	}
	s := &sheet{number: n + 1, width: size.Width, height: size.Height}
	glyphs := make([]glyph, len(got.Chars))
	for i, c := range got.Chars {
		p := c.PointPosition
		glyphs[i] = glyph{text: c.Text, box: box{p.Left, p.Bottom, p.Right, p.Top}}
	}
	s.lines = lines(glyphs)
	if n, odd := s.letters(); n < fewest || odd {
		if odd {
			s.lines = nil
		}
		if err := d.scan(page, s); err != nil {
			return nil, err
		}
	}
	return s, nil
}
