package diff

import (
	"time"

	"pantau/diff/law"
	"pantau/diff/registry"
	"pantau/internal/snapshot"
)

// Kind says what a change is made of.
type Kind string

// The kinds of changes.
const (
	TextKind       Kind = "text"
	RecordsKind    Kind = "records"
	ProvisionsKind Kind = "provisions" // a text that is a regulation: hunks, and events of provisions
)

// Textual reports whether a change has hunks of text.
func (k Kind) Textual() bool { return k == TextKind || k == ProvisionsKind }

// Severity of a change or event.
type Severity string

// The severities, mildest first.
const (
	Info   Severity = "info"
	Notice Severity = "notice"
	Urgent Severity = "urgent"
)

// Rank orders severities: the mildest is 0.
func (s Severity) Rank() int {
	switch s {
	case Urgent:
		return 2
	case Notice:
		return 1
	}
	return 0
}

// Look is one end of a change: a snapshot and when it was seen.
type Look struct {
	Snapshot int64     `json:"snapshot"`
	At       time.Time `json:"at"` // From: the last good look before; To: the look that found it

	Manual *snapshot.Manual `json:"manual,omitempty"` // a person entered it by hand; At is when the person saw it
}

// Change is what two looks at a source differ in. Its JSON is a contract
// (DESIGN section 8).
type Change struct {
	ID       string           `json:"id"`
	Source   string           `json:"source"`
	From     Look             `json:"from"`
	To       Look             `json:"to"`
	Kind     Kind             `json:"kind"`
	Severity Severity         `json:"severity"` // for a reader who follows nothing
	Why      string           `json:"why,omitempty"`
	Reasons  []Reason         `json:"reasons,omitempty"`
	Weight   *Wording         `json:"severity_reason,omitempty"` // what decided the severity, in words
	Topics   []string         `json:"topics"`
	Tags     []Tag            `json:"tags,omitempty"`       // the topics again, each with what it was found by
	Words    string           `json:"dictionary,omitempty"` // version of the dictionary of topics it was tagged by
	Evidence string           `json:"evidence,omitempty"`   // "manual" where one of the two looks was entered by hand
	Summary  string           `json:"summary"`
	Stats    Stats            `json:"stats"`
	Marks    []string         `json:"marks,omitempty"` // see Redesign and NotComparable
	Gap      string           `json:"gap,omitempty"`   // why the two cannot be compared
	Hunks    []Hunk           `json:"hunks,omitempty"`
	Events   []registry.Event `json:"events,omitempty"`

	Provisions []law.Event `json:"-"` // kind provisions: its "events" in JSON, see MarshalJSON
}

// The marks of changes.
const (
	Redesign      = "redesign"       // the two documents were read under different rules
	NotComparable = "not-comparable" // the source was edited: whether anything changed between the two is not known
)

// Reason is one kind of thing that decides how severe a change is, with the
// words, figures or counts that were found.
type Reason struct {
	Kind  string   `json:"kind"`
	Words []string `json:"words,omitempty"`
	Count int      `json:"count,omitempty"` // of events
}

// Wording is a sentence in both languages.
type Wording struct {
	Indonesian string `json:"id"`
	English    string `json:"en"`
}

// Tag is a topic of a change.
type Tag struct {
	Topic      string   `json:"topic"`
	Name       *Wording `json:"name,omitempty"`       // as the dictionary calls it
	Declared   bool     `json:"declared,omitempty"`   // by the source
	Words      []string `json:"words,omitempty"`      // as they stand in what changed
	Provisions []string `json:"provisions,omitempty"` // as the dictionary names them
	Places     []int    `json:"places,omitempty"`     // the hunks or events they were found in
}

// Stats counts hunks or events by type.
type Stats struct {
	Added    int `json:"added"`
	Removed  int `json:"removed"`
	Modified int `json:"modified,omitempty"` // text
	Moved    int `json:"moved,omitempty"`    // text
	Status   int `json:"status,omitempty"`   // records
	Edited   int `json:"edited,omitempty"`   // records
}

// Op is what happened to a piece of text.
type Op string

// The operations of hunks.
const (
	OpAdded    Op = "added"
	OpRemoved  Op = "removed"
	OpModified Op = "modified"
	OpMoved    Op = "moved"
)

// Hunk is one changed block of text.
type Hunk struct {
	Op     Op     `json:"op"`
	Path   string `json:"path"`           // the headings above it: "BAB II > Pasal 7"; of a file in pages "page 12 > BAB II > Pasal 7"
	Page   int    `json:"page,omitempty"` // of a file in pages: of the later document where it stands there
	Before string `json:"before"`
	After  string `json:"after"`
}
