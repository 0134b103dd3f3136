package registry

import (
	"encoding/json"
	"strconv"
	"time"

	"pantau/internal/snapshot"
)

// EventType says what happened to an operator between two looks.
type EventType string

// The types of events. At most one a key and look: added and removed exclude
// the others, a change of the set of indexes is Status, all else is Edited.
const (
	Added   EventType = "added"
	Removed EventType = "removed"
	Status  EventType = "status"
	Edited  EventType = "edited"

	// Differs is of an index: the text of the document is another one than that
	// which another site has of the same regulation.
	Differs EventType = "differs"
)

// Reassigned marks an event whose number is now held by another company.
const Reassigned = "reassigned"

// Key is the identity of a registration. It is a number wherever the register
// gives one, and is printed as such in JSON.
type Key string

// MarshalJSON prints canonical integers as numbers.
func (k Key) MarshalJSON() ([]byte, error) {
	if n, err := strconv.ParseInt(string(k), 10, 53); err == nil && strconv.FormatInt(n, 10) == string(k) {
		return []byte(k), nil
	}
	return json.Marshal(string(k))
}

// UnmarshalJSON reads numbers and strings.
func (k *Key) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(k))
	}
	*k = Key(b)
	return nil
}

// Event is one difference of the register between two looks.
type Event struct {
	Type      EventType            `json:"type"`
	Key       Key                  `json:"key"`
	FromIndex string               `json:"from_index"` // "A+B" where the key stands in two
	ToIndex   string               `json:"to_index"`
	Fields    map[string][2]string `json:"fields"` // before and after, as recorded
	Identity  string               `json:"identity,omitempty"`

	Name    string `json:"name,omitempty"`    // of the system, as last recorded
	Company string `json:"company,omitempty"` // that operates it, as last recorded

	Document *snapshot.Entry `json:"document,omitempty"` // of an index: what it tells of the document
	Thread   string          `json:"thread,omitempty"`   // of an index: the regulation, whichever site lists it
	Other    string          `json:"other,omitempty"`    // of differing texts: where the other one lies

	LastSeen     *time.Time `json:"last_seen,omitempty"`     // removals: the last look that showed it
	FirstMissing *time.Time `json:"first_missing,omitempty"` // removals: the first complete look that did not
}
