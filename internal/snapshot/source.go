// Package snapshot holds the values that pass from one step of a check to the
// next: what is watched (Source), what came over the wire (Capture), what was
// read from it (Document) and what was wrong with it (Fault). It is a leaf: it
// imports nothing of ours and does no work beyond digests and bodies.
//
// Invariants: a Source's ID never changes; a Capture is immutable once its
// crawl has ended; two Documents with equal digests are the same document for
// every later step.
package snapshot

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Type says what kind of thing a source is.
type Type string

// The types of sources.
const (
	Page     Type = "page"     // an HTML page
	File     Type = "document" // a PDF or DOCX document
	Paged    Type = "listing"  // paged records
	Registry Type = "registry" // several listings that together are one register
	Feed     Type = "feed"
	Index    Type = "index" // a page or sitemap whose new links become documents
)

// Source is one thing that is watched.
type Source struct {
	ID       string   `json:"id"`
	Name     string   `json:"name,omitempty"`
	Type     Type     `json:"type"`
	URL      string   `json:"url,omitempty"` // pages: the address; listings: see Listing.URL
	Select   []string `json:"select,omitempty"`
	Remove   []string `json:"remove,omitempty"`
	Require  []string `json:"require,omitempty"` // texts without which it is not the real page
	Site     string   `json:"site,omitempty"`    // of a preset: what a page no longer looks like that is not the real one
	Topics   []string `json:"topics,omitempty"`
	Schedule string   `json:"schedule,omitempty"` // cron expression
	Timezone string   `json:"timezone,omitempty"` // IANA name the schedule is read in
	Listing  *Listing `json:"listing,omitempty"`  // of everything that is made of records
	Children Children `json:"children,omitzero"`  // of an index: how its documents are watched
	Parent   string   `json:"parent,omitempty"`   // the index that a document was found on; empty: it is configured
	Fresh    bool     `json:"fresh,omitempty"`    // of such a document: it came while its index was watched
	Render   *Render  `json:"render,omitempty"`   // pages only; nil: as the server sends it
	Access   Access   `json:"access"`
}

// Title is the name for people.
func (s Source) Title() string { return cmp.Or(s.Name, s.ID) }

// Unlike says why a page is not the one that a preset describes; without one it
// is the reason alone.
func (s Source) Unlike(why string) string {
	if s.Site == "" {
		return why
	}
	return "the page no longer looks like " + s.Site + ": " + why
}

// Address is what the source is reached at: of a listing the template of its
// pages.
func (s Source) Address() string {
	if s.Listing != nil {
		return s.Listing.URL
	}
	return s.URL
}

// Host is scheme://host:port in lower case with the port always said: what
// politeness and leases are counted by.
func (s Source) Host() string {
	u, err := url.Parse(strings.NewReplacer("{", "", "}", "").Replace(s.Address()))
	if err != nil {
		return ""
	}
	return Host(u)
}

// Host is the scheme, host and port of u, in lower case, the port always said.
func Host(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
	}
	host := strings.ToLower(u.Hostname())
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return strings.ToLower(u.Scheme) + "://" + host + ":" + port
}

// Access says how a source may be reached.
type Access struct {
	Proxy        string        `json:"proxy,omitempty"`         // http(s) proxy URL
	CA           string        `json:"ca,omitempty"`            // PEM text of extra root or intermediate certificates
	IgnoreRobots bool          `json:"ignore_robots,omitempty"` // the administrator has the site's permission
	Delay        time.Duration `json:"delay,omitempty"`         // between two requests to one host
	Timeout      time.Duration `json:"timeout,omitempty"`       // until the answer's head, and without a byte
	Deadline     time.Duration `json:"deadline,omitempty"`      // of the whole check
	WireLimit    int64         `json:"wire_limit,omitempty"`    // bytes of one body as sent
	DecodedLimit int64         `json:"decoded_limit,omitempty"` // bytes of one body unpacked
	RatioLimit   int           `json:"ratio_limit,omitempty"`   // unpacked : sent
}

// Listing describes records that are served in pages or at once, as JSON or as
// CSV, so that another generation of a register is a description and not code.
// Paths are dotted names; a number is the place in an array ("attributes.nama",
// "6"). In CSV a path is the name of a column.
type Listing struct {
	Indexes   []Part   `json:"indexes"`    // the lists that together are the register; a plain listing has one
	URL       string   `json:"url"`        // template with {index}, {page}, {offset}, {cursor}, {per_page}
	FirstPage int      `json:"first_page"` // number of the first page
	PerPage   int      `json:"per_page"`   // rows asked for; 0: the server decides
	Format    Format   `json:"format,omitempty"`
	CSV       CSV      `json:"csv,omitzero"`
	Records   string   `json:"records"` // path of the array of rows; empty: the answer, or the one array of rows in it
	Key       Key      `json:"key"`
	Fields    []Column `json:"fields"`              // empty: every field that a row has, compared as recorded
	Ignored   []string `json:"ignored,omitempty"`   // of every field: those that are shown and never compared
	Label     string   `json:"label,omitempty"`     // the field that names a record for people
	Total     string   `json:"total,omitempty"`     // path of the announced number of rows of the index
	Pages     string   `json:"pages,omitempty"`     // path of the announced number of pages
	Next      string   `json:"next,omitempty"`      // path of the address of the next page, or of its cursor
	Volatile  []string `json:"volatile,omitempty"`  // paths in a row that are not read at all
	Documents bool     `json:"documents,omitempty"` // rows are documents, known by where they lie; what the answer is shows by itself
	Window    bool     `json:"window,omitempty"`    // it shows the newest only: what slides off its end has not gone
	Cards     Cards    `json:"cards,omitzero"`      // of a page in HTML
	Sentinel  Sentinel `json:"sentinel,omitzero"`   // by which the real page is known
}

// Cards says where the documents of a listing page stand, in CSS. Without Each
// every link in the content of the page is a document.
type Cards struct {
	Each string `json:"each,omitempty"` // one document
	Link string `json:"link,omitempty"` // within it; empty: its first link
}

// Sentinel is what the first page must show to be what it is taken for.
type Sentinel struct {
	Site  string   `json:"site,omitempty"`  // what it no longer looks like if it does not
	Texts []string `json:"texts,omitempty"` // that stand on it
	CSS   []string `json:"css,omitempty"`   // that find something
	Least int      `json:"least,omitempty"` // rows
}

// Plain tells whether the listing is no register: one list, and standing in it
// has no meaning of its own.
func (l *Listing) Plain() bool { return len(l.Indexes) == 1 && l.Indexes[0].Status == "" }

// Shown tells whether a field is shown and never compared.
func (l *Listing) Shown(field string) bool {
	for i := range l.Fields {
		if l.Fields[i].Name == field {
			return l.Fields[i].As == Kept
		}
	}
	return slices.Contains(l.Ignored, field)
}

// Paging says how the pages of a listing follow each other.
type Paging string

// The kinds of paging.
const (
	Whole      Paging = "whole"       // everything in one answer
	ByPages    Paging = "pages"       // the number of pages is announced
	ByTotal    Paging = "total"       // only the number of rows is announced
	ByNext     Paging = "next"        // every page names the next one
	UntilShort Paging = "until-short" // nothing is announced: the last page is shorter than the others, or empty
)

// Paging tells how the listing is paged.
func (l *Listing) Paging() Paging {
	switch {
	case l.Pages != "":
		return ByPages
	case l.Next != "":
		return ByNext
	case !strings.Contains(l.URL, "{page}") && !strings.Contains(l.URL, "{offset}"):
		return Whole
	case l.Total != "":
		return ByTotal
	}
	return UntilShort
}

// Format is what records are served as; empty: what the answer says it is.
type Format string

// The formats of records.
const (
	JSON  Format = "json"
	JSONL Format = "jsonl" // one JSON value a line
	Table Format = "csv"
	HTML  Format = "html"
	Feeds Format = "feed" // RSS, Atom or JSON Feed, whichever comes
)

// The fields of a document on an index, and of an entry of a feed.
const (
	FieldTitle   = "title"
	FieldType    = "type"
	FieldNumber  = "number"
	FieldYear    = "year"
	FieldDate    = "date"
	FieldStatus  = "status"
	FieldLink    = "link"    // where it is shown
	FieldFile    = "file"    // where it lies as a file
	FieldSummary = "summary" // of an entry
	FieldUpdated = "updated" // likewise
	FieldAuthor  = "author"  // likewise
)

// CSV is how a table is written. The zero value finds out by itself and takes
// the first row for the names of the columns.
type CSV struct {
	Delimiter string `json:"delimiter,omitempty"` // one character
	NoHeader  bool   `json:"no_header,omitempty"` // columns are named by their place, from 0
	Charset   string `json:"charset,omitempty"`   // IANA name
}

// Part is one list of a register.
type Part struct {
	Name   string `json:"name"`             // as the register names it: LOKAL_TERDAFTAR
	Status Status `json:"status,omitempty"` // what standing in it means
	Scope  string `json:"scope,omitempty"`  // domestic or foreign
}

// Status is what standing in an index means for an operator.
type Status string

// The statuses of a registration.
const (
	Registered Status = "registered"
	Suspended  Status = "suspended"
	Revoked    Status = "revoked"
)

// Bad tells whether seeing an operator there is news even when the rest of the
// register was not seen (DESIGN, promise 8).
func (s Status) Bad() bool { return s == Suspended || s == Revoked }

// Key says where the identity of a row stands.
type Key struct {
	Path    string   `json:"path"`              // MemberName: the name under which the row stands in an object
	Pattern string   `json:"pattern,omitempty"` // RE2; its first group is the key
	Paths   []string `json:"paths,omitempty"`   // of a composite key, instead of Path
}

// MemberName is the path of a key that is not in the row but names it.
const MemberName = "@key"

// All is the paths of the key, one or several.
func (k Key) All() []string {
	if len(k.Paths) > 0 {
		return k.Paths
	}
	return []string{k.Path}
}

// Column is one field of a row.
type Column struct {
	Name string `json:"name"`
	Path string `json:"path"`
	As   Form   `json:"as,omitempty"`
}

// Form says how two values of a field are compared.
type Form string

// The normal forms. The rules are those of package registry.
const (
	Text     Form = "text"     // case and white space folded, "-" is nothing
	Set      Form = "set"      // comma separated, each as text, order and repetition do not count
	Websites Form = "websites" // addresses without scheme, www. and trailing slash, as a set
	Exact    Form = "exact"    // trimmed
	Kept     Form = "kept"     // shown, never compared
)

// Part finds an index by name.
func (l *Listing) Part(name string) (Part, int) {
	for n, p := range l.Indexes {
		if p.Name == name {
			return p, n
		}
	}
	return Part{Name: name}, len(l.Indexes)
}
