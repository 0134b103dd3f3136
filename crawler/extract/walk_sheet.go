package extract

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"mime"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"pantau/internal/snapshot"
)

// sheet is one answer of a listing, read.
type sheet struct {
	total   int      // rows the index is said to have; unknown if it is not said
	pages   int      // pages the index is said to have, at least 1; unknown if that shows at the last one only
	next    string   // what the answer says of the page behind it: an address, a cursor; empty: there is none
	more    []string // further lists that a sitemap names
	partial bool     // it shows the newest only
	shown   int      // cards of a page, also those that are no document; 0: as many as rows
	frame   []string // of a page: where its links lead that are no cards
	lacks   string   // what it lacks of what the first page is known by; empty: nothing
	rows    []line
	url     string // that was asked for
	charset string // decoder used; empty: UTF-8 as it came
}

// line is one row of a sheet.
type line struct {
	id     string // the key; of a row without one, what is compared of it behind a NUL
	key    string
	fields snapshot.Fields
}

const unknown = -1

// sheetReader reads answers by the description of a listing. It copies what it
// keeps, so that the body it was read from can go.
type sheetReader struct {
	listing  *snapshot.Listing
	key      *regexp.Regexp // nil: the value is the key
	keyPaths []string
	paths    []string          // of the fields
	volatile []string          // as the names of fields begin, where every field is read
	names    map[string]string // of the fields, where every field is read
	row      []snapshot.Field  // that is being read
	packer   snapshot.Packer
}

func newSheetReader(l *snapshot.Listing) (*sheetReader, error) {
	r := &sheetReader{listing: l, names: map[string]string{}}
	for _, p := range l.Key.All() {
		r.keyPaths = append(r.keyPaths, literal(p))
	}
	for _, c := range l.Fields {
		r.paths = append(r.paths, literal(c.Path))
	}
	for _, v := range l.Volatile {
		if l.Records != "" {
			v = strings.TrimPrefix(v, l.Records+".")
		}
		r.volatile = append(r.volatile, v)
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

// read parses one answer. The fault says why it is not a page of the listing.
func (r *sheetReader) read(a *snapshot.Response, body []byte) (*sheet, *snapshot.Fault) {
	var s *sheet
	var f *snapshot.Fault
	if r.listing.Documents {
		if s, f = r.documents(a, body); f != nil {
			return nil, f
		}
		return r.finished(s, a)
	}
	if f := webPage(body); f != nil {
		return nil, f
	}
	switch r.formatOf(a) {
	case snapshot.Table:
		s, f = r.table(a, body)
	case snapshot.JSONL:
		s, f = r.jsonLines(body)
	default:
		s, f = r.json(body)
	}
	if f != nil {
		return nil, f
	}
	return r.finished(s, a)
}

// finished is a sheet with what its listing says of all of them.
func (r *sheetReader) finished(s *sheet, a *snapshot.Response) (*sheet, *snapshot.Fault) {
	s.url = cmp.Or(s.url, a.Request.URL)
	if p := r.listing.Paging(); p == snapshot.ByNext || p == snapshot.UntilShort {
		s.pages = unknown
	}
	return s, keyless(s.rows, r.listing.Key)
}

// formatOf is what the description says, else the content type, else the
// ending of the address, else JSON.
func (r *sheetReader) formatOf(a *snapshot.Response) snapshot.Format {
	if r.listing.Format != "" {
		return r.listing.Format
	}
	media, _, _ := mime.ParseMediaType(a.ContentType)
	switch media {
	case "text/csv", "application/csv", "text/tab-separated-values":
		return snapshot.Table
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/jsonlines", "application/x-jsonlines":
		return snapshot.JSONL
	case "application/json":
		return snapshot.JSON
	}
	switch strings.ToLower(path.Ext(pathOf(a))) {
	case ".csv", ".tsv":
		return snapshot.Table
	case ".jsonl", ".ndjson":
		return snapshot.JSONL
	}
	return snapshot.JSON
}

func (r *sheetReader) json(body []byte) (*sheet, *snapshot.Fault) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if emptyAnswer(body) && r.listing.Total == "" && r.listing.Pages == "" {
		return &sheet{total: unknown, pages: 1}, nil
	}
	if f := notJSON(body); f != nil {
		return nil, f
	}
	doc := gjson.ParseBytes(body)
	records, f := r.records(doc, body)
	if f != nil {
		return nil, f
	}
	s := &sheet{pages: 1}
	if s.total, f = announced(doc, r.listing.Total, "rows", unknown); f != nil {
		return nil, f
	}
	if s.pages, f = announced(doc, r.listing.Pages, "pages", 1); f != nil {
		return nil, f
	}
	s.pages = max(1, s.pages) // an empty index has 0 pages in one generation, 1 in another
	if r.listing.Next != "" {
		s.next = following(doc.Get(literal(r.listing.Next)))
	}
	records.ForEach(func(name, row gjson.Result) bool {
		s.rows = append(s.rows, r.jsonRow(name.String(), row))
		return true
	})
	return s, r.tooMany()
}

// emptyAnswer tells whether an answer says in words that it has no rows, as the
// member feeds of JDIHN do, instead of an empty list.
func emptyAnswer(body []byte) bool {
	return strings.EqualFold(strings.Trim(string(body[:min(len(body), 64)]), " \t\r\n\""), "0 results")
}

// records is the rows of an answer: the array at the path, the answer itself,
// or the one array of rows in it; where the rows are named, an object of them.
func (r *sheetReader) records(doc gjson.Result, body []byte) (gjson.Result, *snapshot.Fault) {
	l := r.listing
	found := doc
	if l.Records != "" {
		found = doc.Get(literal(l.Records))
	}
	if found.IsArray() || found.IsObject() && l.Key.Path == snapshot.MemberName {
		return found, nil
	}
	if l.Records != "" || !doc.IsObject() {
		return found, malformed("no list of records at %q in %s; if the site has a new format, the source needs a new description", l.Records, excerpt(body))
	}
	var full, empty []string
	doc.ForEach(func(name, v gjson.Result) bool {
		first := v.Get("0")
		switch {
		case !v.IsArray():
		case first.IsObject() || first.IsArray():
			full = append(full, name.String())
		case !first.Exists():
			empty = append(empty, name.String())
		}
		return true
	})
	if len(full) == 0 {
		full = empty
	}
	if len(full) == 1 {
		return doc.Get(gjson.Escape(full[0])), nil
	}
	return found, malformed("no one list of records in %s (lists found: %q); `records` says which it is", excerpt(body), full)
}

// following is what an answer says of the page behind it.
func following(v gjson.Result) string {
	if s := value(v); s != "false" && s != "0" {
		return strings.Clone(s)
	}
	return ""
}

// jsonLines reads one JSON value a line.
func (r *sheetReader) jsonLines(body []byte) (*sheet, *snapshot.Fault) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	s := &sheet{total: unknown, pages: 1}
	n := 0
	for line := range bytes.Lines(body) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if !json.Valid(line) {
			return nil, malformed("line %d is not valid JSON: %s", n, excerpt(line))
		}
		s.rows = append(s.rows, r.jsonRow("", gjson.ParseBytes(line)))
	}
	return s, r.tooMany()
}

// webPage says that a web page came where records are due.
func webPage(body []byte) *snapshot.Fault {
	text := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if len(text) == 0 || text[0] != '<' {
		return nil
	}
	return &snapshot.Fault{Class: snapshot.Held, Reason: snapshot.ReasonHTMLForJSON,
		Detail: "a web page came where records are due" + introduce(text) + "; the site or a firewall before it did not let the register answer"}
}

// notJSON says what came where JSON is due, nil if it is sound.
func notJSON(body []byte) *snapshot.Fault {
	if json.Valid(body) {
		return nil
	}
	if len(bytes.TrimSpace(body)) == 0 {
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
		return malformed("%d of %d rows have no key at %q (pattern %q); if the site has a new format, the source needs a new description", n, len(rows), strings.Join(k.All(), ", "), k.Pattern)
	}
	return nil
}
