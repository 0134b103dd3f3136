// Package history says what readers ask of the past and what they get: the
// changes, the register as it stood, the life of one operator, and what became
// of each message. It holds values only; the store answers.
package history

import (
	"time"

	"pantau/diff"
	"pantau/internal/snapshot"
)

// Filter says which changes a reader wants; the zero Filter is all of them.
type Filter struct {
	Source   string
	Since    time.Time // found at or after
	Until    time.Time // found before
	Topic    string
	Operator string // key
	Query    string // every word must occur
	Limit    int    // 0: all
}

// Entry is one change in a list.
type Entry struct {
	Change diff.Change // without hunks and events unless they were asked for
	Found  time.Time
}

// Version is one operator in one index over a span of time. A register as of a
// date is the versions whose span holds the date; a life is those of one key.
type Version struct {
	Key       string           `json:"key"`
	Index     string           `json:"index"`
	Life      int              `json:"life"`                // over 1: the number was given to another company
	From      time.Time        `json:"from"`                // the look that showed it first
	To        *time.Time       `json:"to"`                  // the first look that did not show it so; null: it still stands
	Confirmed *time.Time       `json:"confirmed,omitempty"` // when the end became certain
	Fields    []snapshot.Field `json:"fields"`
	FromBy    string           `json:"from_entered_by,omitempty"` // who entered the look of From by hand; empty: Pantau saw it
	ToBy      string           `json:"to_entered_by,omitempty"`   // the same of To
}

// Look is one check in a list.
type Look struct {
	ID        int64     `json:"id"`
	Run       int64     `json:"run"`
	Source    string    `json:"source"`
	Started   time.Time `json:"started"`
	Finished  time.Time `json:"finished"`
	Seen      time.Time `json:"seen"` // when what it holds was seen: earlier, where it was accepted or entered by hand
	Outcome   string    `json:"outcome"`
	Evidence  string    `json:"evidence"` // fetched or manual
	EnteredBy string    `json:"entered_by,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Detail    string    `json:"detail,omitempty"`
	Change    string    `json:"change,omitempty"`
}

// Health is a source and how it fares.
type Health struct {
	ID         string         `json:"id"`
	Name       string         `json:"name,omitempty"`
	Type       string         `json:"type"`
	URL        string         `json:"url"`
	Parent     string         `json:"parent,omitempty"` // the index that a document was found on
	LastGood   *time.Time     `json:"last_good"`
	LastGoodBy string         `json:"last_good_entered_by,omitempty"` // who entered that look by hand; empty: Pantau saw it
	NextRun    *time.Time     `json:"next_run"`
	BlindSince *time.Time     `json:"blind_since"`
	Reason     string         `json:"reason,omitempty"` // why it is blind
	Snapshots  int64          `json:"snapshots"`
	Outcomes   map[string]int `json:"outcomes"`
	OpenRuns   []OpenRun      `json:"open_runs,omitempty"`
}

// OpenRun is a run that is planned or being done.
type OpenRun struct {
	ID    int64     `json:"id"`
	Due   time.Time `json:"due"`
	State string    `json:"state"`
	Owner string    `json:"owner,omitempty"`
}

// Delivery is one message and how far it is.
type Delivery struct {
	Message      string     `json:"message"`
	State        string     `json:"state"` // pending, sending, delivered, dead
	Subscription string     `json:"subscription"`
	Channel      string     `json:"channel"`
	Kind         string     `json:"kind"`
	Change       string     `json:"change,omitempty"`
	Alerts       []string   `json:"alerts"`
	Subject      string     `json:"subject"`
	Created      time.Time  `json:"created"`
	Due          *time.Time `json:"due,omitempty"`  // of the next attempt
	Done         *time.Time `json:"done,omitempty"` // delivered, or given up
	Attempts     int        `json:"attempts"`
	Last         string     `json:"last,omitempty"` // outcome and detail of the last attempt
	Parked       string     `json:"parked,omitempty"`
	OutOfOrder   bool       `json:"out_of_order,omitempty"`
	Tries        []Try      `json:"tries,omitempty"`
}

// Try is one attempt at a delivery.
type Try struct {
	N        int        `json:"n"`
	Started  time.Time  `json:"started"`
	Finished *time.Time `json:"finished"`
	Outcome  string     `json:"outcome"`
	Detail   string     `json:"detail,omitempty"`
	Receipt  string     `json:"receipt,omitempty"`
	Again    bool       `json:"again,omitempty"` // the channel may have seen it before
}
