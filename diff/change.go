package diff

import (
	"time"

	"pantau/diff/registry"
)

// Kind says what a change is made of.
type Kind string

// The kinds of changes.
const (
	TextKind    Kind = "text"
	RecordsKind Kind = "records"
)

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
	Topics   []string         `json:"topics"`
	Summary  string           `json:"summary"`
	Stats    Stats            `json:"stats"`
	Marks    []string         `json:"marks,omitempty"` // "redesign": the two were read under different rules
	Hunks    []Hunk           `json:"hunks,omitempty"`
	Events   []registry.Event `json:"events,omitempty"`
}

// Redesign marks a change between documents read under different rules.
const Redesign = "redesign"

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
	Path   string `json:"path"` // the headings above it: "BAB II > Pasal 7"
	Before string `json:"before"`
	After  string `json:"after"`
}
