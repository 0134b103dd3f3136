package snapshot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"slices"
	"strings"
)

// Document is the content read from a capture: ordered blocks of text, or
// keyed records.
type Document struct {
	Title   string      `json:"title,omitempty"`
	Blocks  []Block     `json:"blocks,omitempty"`
	Asides  []Aside     `json:"asides,omitempty"`  // what stands beside the content of a page
	Records []Record    `json:"records,omitempty"` // in the order of indexes and pages
	Parts   []PartCount `json:"parts,omitempty"`   // records only: what was announced and seen
	Partial bool        `json:"partial,omitempty"` // records only: what is not among them may be there all the same
	Quality Quality     `json:"quality,omitzero"`
}

// PartCount is the completeness of one index.
type PartCount struct {
	Name  string `json:"name"`
	Total int    `json:"total"` // announced
	Seen  int    `json:"seen"`  // different keys
	Pages int    `json:"pages"`
	Turns int    `json:"turns,omitempty"` // how often it had to be read
}

// Quality is what the extractor noticed and nobody asked for.
type Quality struct {
	Charset     string   `json:"charset,omitempty"`     // decoder used
	Replacement int      `json:"replacement,omitempty"` // U+FFFD in the text
	Runes       int      `json:"runes,omitempty"`       // length of the text
	Duplicates  []string `json:"duplicates,omitempty"`  // keys that stand twice in one index
	Keyless     int      `json:"keyless,omitempty"`     // rows without a readable key
	Lost        int      `json:"lost,omitempty"`        // pages of a file that could not be read
}

// Kind of a text block.
type Kind string

// The kinds of blocks.
const (
	Heading   Kind = "heading"
	Paragraph Kind = "paragraph"
	Item      Kind = "item" // of a list
	Row       Kind = "row"  // of a table
	Pre       Kind = "pre"
	Scan      Kind = "scan" // a page that is a picture, and was not read
)

// Block is one piece of text in reading order.
type Block struct {
	Kind   Kind     `json:"kind"`
	Level  int      `json:"level,omitempty"`  // headings 1-6; items: depth from 1
	Marker string   `json:"marker,omitempty"` // of an item: "a.", "(1)", "3.", "•"
	Text   string   `json:"text,omitempty"`   // white space folded
	Cells  []string `json:"cells,omitempty"`  // of a row
	Links  []Link   `json:"links,omitempty"`

	Page       int `json:"page,omitempty"`       // of a file in pages, where it begins; it says where to look, and is no content
	Confidence int `json:"confidence,omitempty"` // percent, of what was read from a picture
}

// Aside is a block that stands beside the content of its page. It is kept so
// that it can be shown, and counts only where it carries substance.
type Aside struct {
	Role Role `json:"role"`
	Block
}

// Role is what a part of a page is taken for that is not its content.
type Role string

// The roles of asides.
const (
	Navigation Role = "navigation" // menus, breadcrumbs, page numbers
	Banner     Role = "banner"     // head of the site
	Footer     Role = "footer"     // foot of the site
	Sidebar    Role = "sidebar"
	Search     Role = "search"
	Dialog     Role = "dialog"   // what lies over the page
	Consent    Role = "consent"  // cookies
	Share      Role = "share"    // to other networks
	Related    Role = "related"  // other pages: news, the popular, the like
	Contents   Role = "contents" // the page's own sections
	Feedback   Role = "feedback" // ratings of the page
	Prompt     Role = "prompt"   // log-in, subscription, comments
	Counter    Role = "counter"  // visitors
	Outside    Role = "outside"  // around the content, by its place and its links
	Running    Role = "running"  // running heads, page numbers and catchwords of a file
)

// Link is a link in a block: a swapped target behind the same words is a change.
type Link struct {
	Text   string `json:"text"`
	Target string `json:"target"` // absolute
}

// Record is one row of a listing.
type Record struct {
	Key    string `json:"key"`
	Index  string `json:"index,omitempty"`
	Page   int    `json:"page,omitempty"`
	Fields Fields `json:"fields"` // in the order of the description; what the row lacks is absent
}

// Get finds a field by name.
func (r *Record) Get(name string) (string, bool) { return r.Fields.Get(name) }

// Line is the block as one line: marker, text, or cells with bars between.
func (b *Block) Line() string {
	s := b.Text
	if b.Kind == Row {
		s = strings.Join(b.Cells, " | ")
	}
	if b.Marker != "" {
		s = b.Marker + " " + s
	}
	return s
}

// Digest identifies the content: equal digests mean that nothing a reader
// could see differs, beside the content or in it. The order of records and the
// page they stood on do not count, nor do Title and Quality.
func (d *Document) Digest() string {
	h := sha256.New()
	w := digester{h: h}
	w.count(len(d.Blocks))
	for i := range d.Blocks {
		w.block(&d.Blocks[i])
	}
	if len(d.Asides) > 0 {
		w.count(len(d.Asides))
	}
	for i := range d.Asides {
		w.add(string(d.Asides[i].Role))
		w.block(&d.Asides[i].Block)
	}
	order := make([]int, len(d.Records))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return compareRecords(&d.Records[a], &d.Records[b]) })
	w.count(len(order))
	for _, i := range order {
		r := &d.Records[i]
		w.add(r.Key)
		w.add(r.Index)
		w.count(r.Fields.Len())
		for name, value := range r.Fields.All() {
			w.add(name)
			w.add(value)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func compareRecords(a, b *Record) int {
	if c := strings.Compare(a.Index, b.Index); c != 0 {
		return c
	}
	if c := strings.Compare(a.Key, b.Key); c != 0 {
		return c
	}
	return slices.CompareFunc(a.Fields.List(), b.Fields.List(), func(x, y Field) int {
		if c := strings.Compare(x.Name, y.Name); c != 0 {
			return c
		}
		return strings.Compare(x.Value, y.Value)
	})
}

// digester writes length-prefixed strings, so that no two different documents
// run together into the same bytes.
type digester struct {
	h   hash.Hash
	buf [8]byte
}

func (w *digester) count(n int) {
	binary.BigEndian.PutUint64(w.buf[:], uint64(n))
	w.h.Write(w.buf[:])
}

func (w *digester) add(s string) {
	w.count(len(s))
	io.WriteString(w.h, s)
}

func (w *digester) block(b *Block) {
	w.add(string(b.Kind))
	w.count(b.Level)
	w.add(b.Marker)
	w.add(b.Text)
	w.count(len(b.Cells))
	for _, c := range b.Cells {
		w.add(c)
	}
	w.count(len(b.Links))
	for _, l := range b.Links {
		w.add(l.Text)
		w.add(l.Target)
	}
}
