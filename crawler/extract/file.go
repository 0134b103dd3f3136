package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"pantau/crawler/extract/cage"
	"pantau/internal/snapshot"
)

// file reads a file by its content: what the server calls it is not asked.
func (x Reader) file(ctx context.Context, body []byte, r *snapshot.Response, s snapshot.Source) (*snapshot.Document, error) {
	due := func(class snapshot.Class, reason, format string, args ...any) error {
		return &snapshot.Fault{Class: class, Reason: reason, URL: r.Request.URL, Detail: fmt.Sprintf("source %s: ", s.ID) + fmt.Sprintf(format, args...)}
	}
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return nil, due(snapshot.Failed, snapshot.ReasonIncomplete, "the file is empty")
	case cage.IsPDF(body) || cage.IsZip(body) || bytes.HasPrefix(body, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		if x.Files == nil {
			return nil, due(snapshot.Failed, snapshot.ReasonInternal, "files are not read here")
		}
		d, err := x.Files.Read(ctx, body)
		var f *snapshot.Fault
		if errors.As(err, &f) {
			return nil, due(f.Class, f.Reason, "%s", f.Detail)
		}
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", s.ID, err)
		}
		measure(d, "")
		return d, nil
	case strings.HasPrefix(http.DetectContentType(body), "text/html") || tagged(body):
		return nil, due(snapshot.Held, snapshot.ReasonHTMLForFile, "a web page came where a file is due; `type: page` at the source reads web pages")
	case bytes.IndexByte(body, 0) >= 0 && !utf16BOM(body):
		return nil, due(snapshot.Failed, snapshot.ReasonMalformed, "the file is neither PDF nor DOCX nor text (%s)", http.DetectContentType(body))
	}
	text, name := decode(body, r.ContentType)
	if n := utf8.RuneCount(text); n > longestText {
		return nil, due(snapshot.Failed, snapshot.ReasonLimit, "the text has %d characters, and at most %d are read (limit: characters)", n, longestText)
	}
	d := typed(string(text))
	measure(d, name)
	return d, nil
}

// longestText is how many characters of a text file are read.
const longestText = 20_000_000

// tagged tells whether a text begins as HTML does that is not named so.
func tagged(body []byte) bool {
	head := bytes.ToLower(bytes.TrimSpace(body[:min(len(body), 1024)]))
	for _, tag := range []string{"<html", "<head", "<body", "<!doctype html", "<script", "<meta", "<title", "<div"} {
		if bytes.HasPrefix(head, []byte(tag)) || bytes.Contains(head, []byte("\n"+tag)) {
			return true
		}
	}
	return false
}
