package snapshot

import (
	"cmp"
	"time"
)

// documentDeadline is of the check of one document.
const documentDeadline = 10 * time.Minute

// Children says how the documents of an index are watched.
type Children struct {
	Schedule string        `json:"schedule,omitempty"` // of every document
	Select   []string      `json:"select,omitempty"`
	Remove   []string      `json:"remove,omitempty"`
	Require  []string      `json:"require,omitempty"`
	Most     int           `json:"most,omitempty"`   // enrolled at one look; 0: none, only the list is watched
	Full     time.Duration `json:"full,omitempty"`   // how often every page of the list is read
	Issuer   string        `json:"issuer,omitempty"` // of regulations whose titles do not name theirs
}

// Child is the source that a document of an index becomes. It is made anew from
// the index as it is configured now, so that an edit of the one holds for all
// the others. Its id follows from the index and the address, and has a sign that
// no configured id has.
func (s Source) Child(key, address, title string) Source {
	access := s.Access
	access.Deadline = documentDeadline // the index's own is for all its pages
	return Source{
		ID: ChildID(s.ID, key), Name: cmp.Or(title, address), Type: Page, URL: address, Parent: s.ID,
		Select: s.Children.Select, Remove: s.Children.Remove, Require: s.Children.Require, Topics: s.Topics,
		Schedule: s.Children.Schedule, Timezone: s.Timezone, Access: access,
	}
}

// ChildID is the id of the source that a document of an index becomes; key is
// what the index knows it by.
func ChildID(parent, key string) string { return parent + "." + Digest([]byte(key))[:12] }
