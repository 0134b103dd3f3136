package extract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"pantau/internal/snapshot"
)

// sheet is one answer of a register, read.
type sheet struct {
	total int // rows the index is said to have; unknown if it is not said
	pages int // pages the index is said to have, at least 1
	rows  []line
}

// line is one row of a sheet.
type line struct {
	id     string // the key; of a row without one, what is compared of it behind a NUL
	key    string
	fields []snapshot.Field
}

const unknown = -1

// sheetReader reads answers by the description of a listing. It copies what it
// keeps, so that the body it was read from can go.
type sheetReader struct {
	listing *snapshot.Listing
	key     *regexp.Regexp // nil: the value is the key
	keyPath string
	paths   []string // of the fields
	shared  map[string]string
}

func newSheetReader(l *snapshot.Listing) (*sheetReader, error) {
	r := &sheetReader{listing: l, keyPath: literal(l.Key.Path), shared: map[string]string{}}
	for _, c := range l.Fields {
		r.paths = append(r.paths, literal(c.Path))
	}
	if l.Key.Pattern == "" {
		return r, nil
	}
	var err error
	if r.key, err = regexp.Compile(l.Key.Pattern); err != nil {
		return nil, fmt.Errorf("pattern of the key: %w", err)
	}
	return r, nil
}

// literal makes a dotted name a gjson path in which nothing is a query.
func literal(path string) string {
	parts := strings.Split(path, ".")
	for i := range parts {
		parts[i] = gjson.Escape(parts[i])
	}
	return strings.Join(parts, ".")
}

// read parses one body. The fault says why it is not a page of the listing.
func (r *sheetReader) read(body []byte) (*sheet, *snapshot.Fault) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if f := notJSON(body); f != nil {
		return nil, f
	}
	doc := gjson.ParseBytes(body)
	records := doc
	if r.listing.Records != "" {
		records = doc.Get(literal(r.listing.Records))
	}
	if !records.IsArray() {
		return nil, malformed("no list of records at %q in %s; if the site has a new format, the source needs a new description", r.listing.Records, excerpt(body))
	}
	s := &sheet{pages: 1}
	var f *snapshot.Fault
	if s.total, f = announced(doc, r.listing.Total, "rows", unknown); f != nil {
		return nil, f
	}
	if s.pages, f = announced(doc, r.listing.Pages, "pages", 1); f != nil {
		return nil, f
	}
	s.pages = max(1, s.pages) // an empty index has 0 pages in one generation, 1 in another
	records.ForEach(func(_, row gjson.Result) bool {
		s.rows = append(s.rows, r.line(row))
		return true
	})
	return s, keyless(s.rows, r.listing.Key)
}

// notJSON says what came where records are due, nil if it is sound JSON.
func notJSON(body []byte) *snapshot.Fault {
	text := bytes.TrimSpace(body)
	if len(text) > 0 && text[0] == '<' {
		return &snapshot.Fault{Class: snapshot.Held, Reason: snapshot.ReasonHTMLForJSON,
			Detail: "a web page came where records are due" + introduce(text) + "; the site or a firewall before it did not let the register answer"}
	}
	if json.Valid(body) {
		return nil
	}
	if len(text) == 0 {
		return malformed("an empty body came where records are due")
	}
	var raw json.RawMessage
	var syntax *json.SyntaxError
	if err := json.Unmarshal(body, &raw); errors.As(err, &syntax) && syntax.Offset < int64(len(body)) {
		return malformed("not valid JSON at byte %d of %d: %v", syntax.Offset, len(body), syntax)
	}
	return malformed("the JSON ends at byte %d before it is complete; cut in the middle of a record?", len(body))
}

var (
	titleText = regexp.MustCompile(`(?is)<title[^>]*>(.{0,200}?)</title>`)
	supportID = regexp.MustCompile(`(?i)support id(?: is)?:?\s*(\d{4,40})`)
)

// introduce names a web page by its title and, of a firewall's page, by the id
// its owner can find the refusal by.
func introduce(page []byte) string {
	page = page[:min(len(page), 64<<10)]
	var out string
	if m := titleText.FindSubmatch(page); m != nil {
		if t := strings.Join(strings.Fields(html.UnescapeString(string(m[1]))), " "); t != "" {
			out = fmt.Sprintf(", titled %q", strings.ToValidUTF8(t, replacement))
		}
	}
	if m := supportID.FindSubmatch(page); m != nil {
		out += ", support ID " + string(m[1])
	}
	return out
}

func malformed(format string, args ...any) *snapshot.Fault {
	return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonMalformed, Detail: fmt.Sprintf(format, args...)}
}

// excerpt is the beginning of an answer, for people.
func excerpt(body []byte) string {
	const enough = 80
	s := strings.ToValidUTF8(string(body[:min(len(body), enough)]), replacement)
	return strconv.Quote(strings.Join(strings.Fields(s), " "))
}

// announced reads a number of the envelope; otherwise is what it is if the
// description knows no such number.
func announced(doc gjson.Result, path, what string, otherwise int) (int, *snapshot.Fault) {
	if path == "" {
		return otherwise, nil
	}
	v := doc.Get(literal(path))
	n, err := strconv.Atoi(v.String())
	if err != nil || n < 0 {
		return 0, malformed("the number of %s is due at %q, found %s", what, path, excerpt([]byte(v.Raw)))
	}
	return n, nil
}

// keyless refuses a page on which keys are missing by more than accident: at
// most two rows, or a tenth of them.
func keyless(rows []line, k snapshot.Key) *snapshot.Fault {
	n := 0
	for _, l := range rows {
		if l.key == "" {
			n++
		}
	}
	if n > 2 && n*10 > len(rows) {
		return malformed("%d of %d rows have no key at %q (pattern %q); if the site has a new format, the source needs a new description", n, len(rows), k.Path, k.Pattern)
	}
	return nil
}

func (r *sheetReader) line(row gjson.Result) line {
	l := line{key: strings.Clone(r.keyOf(row.Get(r.keyPath))), fields: make([]snapshot.Field, 0, len(r.paths))}
	l.id = l.key
	for i, p := range r.paths {
		v := row.Get(p)
		if !v.Exists() {
			continue // what a format lacks is absent, not empty
		}
		c := &r.listing.Fields[i]
		f := snapshot.Field{Name: c.Name, Value: r.keep(value(v), c.As)}
		l.fields = append(l.fields, f)
		if l.key == "" && c.As != snapshot.Kept {
			l.id += "\x00" + f.Name + "\x00" + f.Value
		}
	}
	return l
}

func (r *sheetReader) keyOf(v gjson.Result) string {
	s := value(v)
	if r.key == nil || s == "" {
		return s
	}
	m := r.key.FindStringSubmatch(s)
	switch len(m) {
	case 0:
		return ""
	case 1:
		return m[0]
	}
	return m[1]
}

// value is the text of a JSON value: null is empty, a list of plain values is
// joined by commas.
func value(v gjson.Result) string {
	if !v.IsArray() {
		return v.String()
	}
	var parts []string
	v.ForEach(func(_, e gjson.Result) bool {
		parts = append(parts, e.String())
		return true
	})
	return strings.Join(parts, ", ")
}

// keep copies a value out of the body. Sectors and dates repeat all the time
// and are kept once.
func (r *sheetReader) keep(s string, form snapshot.Form) string {
	s = strings.ToValidUTF8(s, replacement)
	if form != snapshot.Set && form != snapshot.Exact {
		return strings.Clone(s)
	}
	if v, ok := r.shared[s]; ok {
		return v
	}
	s = strings.Clone(s)
	r.shared[s] = s
	return s
}
