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
	Topics   []string `json:"topics,omitempty"`
	Schedule string   `json:"schedule,omitempty"` // cron expression
	Timezone string   `json:"timezone,omitempty"` // IANA name the schedule is read in
	Listing  *Listing `json:"listing,omitempty"`  // listings and registers only
	Access   Access   `json:"access"`
}

// Title is the name for people.
func (s Source) Title() string { return cmp.Or(s.Name, s.ID) }

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

// Listing describes paged JSON records, so that another generation of a
// register is a description and not code. Paths are dotted names; a number is
// the place in an array ("attributes.nama", "6").
type Listing struct {
	Indexes   []Part   `json:"indexes"`    // the lists that together are the register; a plain listing has one
	URL       string   `json:"url"`        // template with {index}, {page}, {per_page}
	FirstPage int      `json:"first_page"` // number of the first page
	PerPage   int      `json:"per_page"`   // rows asked for; 0: the server decides
	Records   string   `json:"records"`    // path of the array of rows
	Key       Key      `json:"key"`
	Fields    []Column `json:"fields"`
	Total     string   `json:"total,omitempty"` // path of the announced number of rows of the index
	Pages     string   `json:"pages,omitempty"` // path of the announced number of pages; empty: everything in one answer
	Volatile  []string `json:"volatile,omitempty"`
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
	Path    string `json:"path"`
	Pattern string `json:"pattern,omitempty"` // RE2; its first group is the key
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
