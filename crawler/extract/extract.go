// Package extract reads the content of a capture: ordered blocks of text from
// pages and files, keyed records from listings. PDF and DOCX files are read by
// processes of their own, which package cage starts.
//
// Invariants: it is pure, the same bytes under the same rules always give the
// same document; every word that a reader of the page can see inside the chosen
// region is in the document, in its blocks if it is taken for content and in
// its asides, with what it was taken for, if not, and nothing that only a
// program reads; without a chosen region the same holds of the whole page; text
// is white space folded, NFC and free of invisible characters; nothing it is
// handed makes it panic or follow a link. Two kinds of visible text are in
// neither: what a program sets to measure the fonts of a browser, and the words
// on form fields.
package extract

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"pantau/crawler/extract/cage"
	"pantau/internal/snapshot"
)

// Reader reads captures. Files reads what needs a process of its own; without it
// such files are refused.
type Reader struct{ Files *cage.Cage }

// Document extracts the content of c by the rules of s as a Reader does that
// reads no files.
func Document(c *snapshot.Capture, s snapshot.Source) (*snapshot.Document, error) {
	return Reader{}.Document(context.Background(), c, s)
}

// Document extracts the content of c by the rules of s: its listing
// description, or its select and remove lists. The error is a *snapshot.Fault
// when the capture is not what the rules expect, and any other error when the
// rules themselves cannot be applied.
func (x Reader) Document(ctx context.Context, c *snapshot.Capture, s snapshot.Source) (*snapshot.Document, error) {
	if s.Listing != nil && c.Manual != nil {
		return saved(c, s.Listing)
	}
	if s.Listing != nil {
		return Replay(c, s.Listing)
	}
	r := c.Last()
	if r == nil {
		return nil, fmt.Errorf("source %s: the capture holds no usable answer to extract from", s.ID)
	}
	body, err := r.Body.Bytes()
	if err != nil {
		return nil, fmt.Errorf("source %s: read the captured body of %s: %w", s.ID, r.Request.URL, err)
	}
	if s.Type == snapshot.File || s.Parent != "" && (cage.IsPDF(body) || cage.IsZip(body)) {
		return x.file(ctx, body, r, s)
	}
	form, err := formOf(body, r, s)
	if err != nil {
		return nil, err
	}
	text, name := decode(body, r.ContentType)
	var d *snapshot.Document
	switch form {
	case textForm:
		d = plain(text)
	default:
		d, err = page(text, r, s)
	}
	if err != nil {
		return nil, err
	}
	measure(d, name)
	return d, nil
}

// form is the format of a body.
type form int

const (
	htmlForm form = iota
	textForm
)

// formOf tells the format from the content type, the address and the first
// bytes. A format that does not belong to a page is a fault: reading it as
// HTML would give rubbish that looks like a change.
func formOf(body []byte, r *snapshot.Response, s snapshot.Source) (form, error) {
	found := ""
	head := bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("%PDF-")):
		found = "a PDF document"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		found = "a DOCX document or another zip archive"
	case bytes.IndexByte(body[:min(len(body), 512)], 0) >= 0 && !utf16BOM(body):
		found = "binary data"
	}
	if found != "" {
		return 0, &snapshot.Fault{
			Class: snapshot.Held, Reason: snapshot.ReasonMalformed, URL: r.Request.URL,
			Detail: fmt.Sprintf("source %s: %s came where HTML or text is due; `type: document` at the source reads files", s.ID, found),
		}
	}
	media, _, _ := mime.ParseMediaType(r.ContentType)
	if media == "text/plain" || media == "" && strings.EqualFold(path.Ext(pathOf(r)), ".txt") {
		return textForm, nil
	}
	return htmlForm, nil
}

func utf16BOM(b []byte) bool {
	return bytes.HasPrefix(b, []byte{0xfe, 0xff}) || bytes.HasPrefix(b, []byte{0xff, 0xfe})
}

// pathOf is the path of the address the answer came from.
func pathOf(r *snapshot.Response) string {
	u, err := url.Parse(address(r))
	if err != nil {
		return ""
	}
	return u.Path
}

// address is where the answer came from after redirects.
func address(r *snapshot.Response) string {
	if r.FinalURL != "" {
		return r.FinalURL
	}
	return r.Request.URL
}

// plain splits a text file into paragraphs at blank lines.
func plain(text []byte) *snapshot.Document {
	var w walker
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) == 0 {
			w.flush()
			continue
		}
		w.text(string(line))
	}
	w.flush()
	return &snapshot.Document{Blocks: w.blocks}
}

// measure fills the document's quality.
func measure(d *snapshot.Document, charset string) {
	d.Quality.Charset = charset
	for i := range d.Blocks {
		b := &d.Blocks[i]
		d.Quality.Runes += utf8.RuneCountInString(b.Text)
		d.Quality.Replacement += strings.Count(b.Text, "\uFFFD")
		for _, c := range b.Cells {
			d.Quality.Runes += utf8.RuneCountInString(c)
			d.Quality.Replacement += strings.Count(c, "\uFFFD")
		}
	}
}
