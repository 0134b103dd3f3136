package cage

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"syscall"

	"pantau/crawler/extract/docx"
	"pantau/crawler/extract/pdf"
	"pantau/internal/snapshot"
)

// Main is the process that reads: it never returns.
func Main() {
	go dieWithParent()
	debug.SetGCPercent(40)
	restrict()
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// dieWithParent ends this process and all that it started when the program that
// started it has gone.
func dieWithParent() {
	held := os.NewFile(3, "held")
	if held == nil {
		return
	}
	io.Copy(io.Discard, held)
	syscall.Kill(0, syscall.SIGKILL)
}

// restrict takes from this process what it does not need. Time is limited from
// outside; this is for the case that nobody is there any more.
func restrict() {
	const seconds = 30 * 60
	syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: seconds, Max: seconds})
	syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}

// serve reads a job and its file, and writes the answer.
func serve(in io.Reader, out io.Writer) error {
	r := bufio.NewReader(in)
	head, err := r.ReadSlice('\n')
	if err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	var j job
	if err := json.Unmarshal(head, &j); err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("read the file: %w", err)
	}
	doc, err := read(body, j)
	var a answer
	switch f := (*snapshot.Fault)(nil); {
	case errors.As(err, &f):
		a.Fault = f
	case err != nil:
		a.Fault = failed(snapshot.ReasonMalformed, "the file cannot be read: %v", err)
	default:
		a.Document = doc
	}
	return json.NewEncoder(out).Encode(a)
}

// read reads a file by its content.
func read(body []byte, j job) (*snapshot.Document, error) {
	if IsPDF(body) {
		return pdf.Read(context.Background(), body, pdf.Options{Cache: j.Cache, Pages: j.Limits.Pages, Chars: j.Limits.Chars,
			Memory: j.Limits.Memory / 2, Scans: j.Limits.Scans, OCR: !j.Blind})
	}
	return docx.Read(body, docx.Options{Chars: j.Limits.Chars})
}

// IsPDF tells whether a file is PDF: its mark may stand behind a little else.
func IsPDF(body []byte) bool { return bytes.Contains(body[:min(len(body), 1024)], []byte("%PDF-")) }

// IsZip tells whether a file is a zip archive, as DOCX is.
func IsZip(body []byte) bool { return bytes.HasPrefix(body, []byte("PK\x03\x04")) }
