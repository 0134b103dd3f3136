package extract

import (
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"io"
	"net/url"
	"path"
	"strings"

	"pantau/internal/snapshot"
)

// Bounds of sitemaps that refer to each other.
const (
	mostSitemaps   = 1000     // (sitemaps) files of one
	largestSitemap = 64 << 20 // (unpacked) of a file that is packed by itself
	mostPacking    = 200      // (ratio) unpacked to packed
)

// sitemap reads a list of pages, or a list of such lists.
func (r *sheetReader) sitemap(text []byte, base *url.URL) (*sheet, error) {
	t := newTags(text, "sitemap")
	if _, err := t.root(); err != nil {
		return nil, t.cut(err)
	}
	s := &sheet{total: unknown, pages: 1}
	for n := 0; ; {
		tok, err := t.next()
		if err != nil {
			return nil, t.cut(err)
		}
		v, ok := tok.(xml.StartElement)
		switch {
		case !ok && t.depth == 0:
			if _, end := tok.(xml.EndElement); end {
				return s, nil
			}
			continue
		case !ok:
			continue
		case v.Name.Local != "url" && v.Name.Local != "sitemap":
			if err := t.skip(); err != nil {
				return nil, err
			}
			continue
		}
		if n++; n > mostEntries {
			return nil, limited("the sitemap has more than %d entries (entries)", mostEntries)
		}
		at, date, err := t.place(base)
		if err != nil {
			return nil, err
		}
		if at == "" {
			continue
		}
		if v.Name.Local == "sitemap" {
			s.more = append(s.more, sameScheme(at, base))
			continue
		}
		r.row = r.row[:0]
		r.add(snapshot.FieldTitle, titleOf(at))
		r.add(snapshot.FieldLink, at)
		r.add(snapshot.FieldUpdated, date)
		s.rows = append(s.rows, r.line(documentKey(at)))
	}
}

// place reads where one entry of a sitemap lies, and when it was touched.
func (t *tags) place(base *url.URL) (at, date string, err error) {
	for end := t.depth - 1; t.depth > end; {
		tok, err := t.next()
		if err != nil {
			return "", "", t.cut(err)
		}
		v, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		words, err := t.text(nil)
		if err != nil {
			return "", "", err
		}
		switch v.Name.Local {
		case "loc":
			at = bounded(reference(base, words))
		case "lastmod":
			date = bounded(words)
		}
	}
	return at, date, nil
}

// sameScheme is an address on the host of the page under the page's scheme: many
// sites that have moved to https still write http in their lists.
func sameScheme(at string, base *url.URL) string {
	u, err := url.Parse(at)
	if err != nil || base == nil || !strings.EqualFold(u.Hostname(), base.Hostname()) {
		return at
	}
	u.Scheme, u.Host = base.Scheme, base.Host
	return u.String()
}

// titleOf makes a title of an address, where nothing else names a page.
func titleOf(at string) string {
	u, err := url.Parse(at)
	if err != nil {
		return at
	}
	name := path.Base(u.Path)
	name = strings.TrimSuffix(name, path.Ext(name))
	if name == "" || name == "." || name == "/" {
		return at
	}
	return bounded(strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '+' || r == ' ' }), " "))
}

// unzipped unpacks a file that is packed by itself, as sitemaps are served
// (sitemap.xml.gz): the content coding of the answer is the crawler's business.
func unzipped(body []byte) ([]byte, *snapshot.Fault) {
	if !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		return body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, malformed("the packed file cannot be unpacked: %v", err)
	}
	most := min(int64(largestSitemap), int64(len(body))*mostPacking+1<<20)
	out, err := io.ReadAll(io.LimitReader(z, most+1))
	switch {
	case err != nil:
		return nil, malformed("the packed file cannot be unpacked: %v", err)
	case int64(len(out)) > largestSitemap:
		return nil, limited("the packed file is larger than %d MiB (unpacked)", largestSitemap>>20)
	case int64(len(out)) > most:
		return nil, limited("the packed file unpacks to more than %d times its size (ratio)", mostPacking)
	}
	return out, nil
}
