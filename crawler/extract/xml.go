package extract

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"golang.org/x/net/html/charset"

	"pantau/internal/snapshot"
)

// Limits of what is read as XML, each named in the fault of what breaks it.
const (
	mostEntries = 100_000  // (entries) of one feed or sitemap
	deepestTags = 256      // (nesting) elements within each other
	mostText    = 16 << 10 // of one field, in bytes; of what is longer the digest stands for the rest
)

// tags reads XML token by token, so that no limit is found broken only when all
// of it is in memory. Entities that a document declares by itself are refused:
// nobody who publishes needs them, and a few lines of them make gigabytes.
type tags struct {
	d     *xml.Decoder
	depth int
	what  string // a feed, a sitemap: for people
}

func newTags(text []byte, what string) *tags {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict = false
	d.Entity = xml.HTMLEntity // of feeds that are written as pages are
	d.AutoClose = nil
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now
	return &tags{d: d, what: what}
}

// errEnd is the end of a document that is whole.
var errEnd = errors.New("end of the document")

// next is the next token, or the fault that ends the reading.
func (t *tags) next() (xml.Token, error) {
	tok, err := t.d.Token()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errEnd
	case err != nil:
		return nil, malformed("the %s is no sound XML at byte %d: %v", t.what, t.d.InputOffset(), err)
	}
	switch v := tok.(type) {
	case xml.StartElement:
		if t.depth++; t.depth > deepestTags {
			return nil, limited("the %s nests its elements deeper than the limit of %d (nesting)", t.what, deepestTags)
		}
	case xml.EndElement:
		t.depth--
	case xml.Directive:
		if bytes.Contains(bytes.ToUpper(v), []byte("<!ENTITY")) || bytes.Contains(bytes.ToUpper(v), []byte("!ENTITY")) {
			return nil, limited("the %s declares entities of its own, none of which are read (entities)", t.what)
		}
	}
	return tok, nil
}

// root is the first element.
func (t *tags) root() (xml.StartElement, error) {
	for {
		tok, err := t.next()
		if err != nil {
			return xml.StartElement{}, err
		}
		if e, ok := tok.(xml.StartElement); ok {
			return e, nil
		}
	}
}

// skip reads to the end of the element that has begun.
func (t *tags) skip() error {
	for end := t.depth - 1; t.depth > end; {
		if _, err := t.next(); err != nil {
			return t.cut(err)
		}
	}
	return nil
}

// text is what is written within the element that has begun, with a blank where
// an element stands between two words; seen is told of every element in it.
func (t *tags) text(seen func(xml.StartElement)) (string, error) {
	var b strings.Builder
	for end := t.depth - 1; t.depth > end; {
		tok, err := t.next()
		if err != nil {
			return "", t.cut(err)
		}
		switch v := tok.(type) {
		case xml.CharData:
			b.Write(v)
		case xml.StartElement:
			b.WriteByte(' ')
			if seen != nil {
				seen(v)
			}
		}
	}
	return b.String(), nil
}

// cut is the fault of a document that ends within an element.
func (t *tags) cut(err error) error {
	if errors.Is(err, errEnd) {
		return malformed("the %s ends before it is complete", t.what)
	}
	return err
}

func limited(format string, args ...any) *snapshot.Fault {
	return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonLimit, Detail: fmt.Sprintf(format, args...)}
}

var declaredAs = regexp.MustCompile(`^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']`)

// xmlText is XML as UTF-8, without the signs that XML does not allow. What is
// valid UTF-8 is read so whatever is declared, as in decode.
func xmlText(body []byte, contentType string) (text []byte, name string) {
	if utf16BOM(body) || bytes.IndexByte(body, 0) < 0 {
		text, name = decode(body, contentType)
	} else {
		text, name = body, utf8Name
	}
	if m := declaredAs.FindSubmatch(body[:min(len(body), 512)]); m != nil && bytes.Contains(text, []byte(replacement)) {
		if enc, label := charset.Lookup(string(m[1])); enc != nil {
			if out := convert(body, declaration{enc, label}); bytes.Count(out, []byte(replacement)) < bytes.Count(text, []byte(replacement)) {
				text, name = out, label
			}
		}
	}
	return bytes.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r >= ' ' && r != 0xfffe && r != 0xffff:
			return r
		}
		return -1
	}, text), name
}
