// Package monitor performs one check of one source: it fetches, extracts,
// judges, compares, confirms and routes, and hands the outcome to the store as
// one value that is committed whole or not at all.
//
// Invariants: everything is computed before the commit begins; what fails the
// gate never becomes a baseline; a check that read a state which has moved
// meanwhile (ErrStale), whose lease was lost (ErrLease) or whose source was
// edited (ErrEdited) stores nothing and is done again.
package monitor

import (
	"context"
	"errors"
	"time"

	"pantau/crawler/gate"
	"pantau/diff"
	"pantau/diff/registry"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// Outcome of a check.
type Outcome string

// The outcomes.
const (
	Baseline  Outcome = "baseline"
	Unchanged Outcome = "unchanged"
	Changed   Outcome = "changed"
	Held      Outcome = "held"
	Failed    Outcome = "failed"
)

// Good tells whether the look saw the source.
func (o Outcome) Good() bool { return o == Baseline || o == Unchanged || o == Changed }

// The refusals of Commit: the check must be done again.
var (
	ErrStale  = errors.New("the source's state has moved since the check read it")
	ErrLease  = errors.New("the lease of the host is no longer ours")
	ErrEdited = errors.New("another configuration of the source has come into force since the check began")
)

// Lease is the right to ask a host, or to drain a lane, until it expires.
type Lease struct {
	Name  string // the host, or "lane:" and the lane
	Owner string
	Epoch int64 // grows with every new owner: a stale one is refused

	// Of a host, by whoever asked it last: when, and until when it wants to be
	// left alone; zero: not known.
	Asked, Quiet time.Time
}

// Run is a due occurrence of a source's schedule, or one asked for by hand. It
// is a row from the moment it is planned.
type Run struct {
	ID        int64
	Source    string
	From, To  time.Time // first and last occurrence it stands for
	Coalesced int       // how many occurrences that is
	Due       time.Time
	Manual    bool
}

// State is what is remembered of a source between looks.
type State struct {
	Seq         int64               `json:"-"` // sequence number of the last snapshot; 0: none yet
	LastGood    time.Time           `json:"-"` // end of the last good look
	LastGoodRun int64               `json:"-"`
	SnapshotAt  time.Time           `json:"-"` // when the last snapshot was taken
	BlindSince  time.Time           `json:"-"` // last good look before the present blindness; zero: not blind
	BlindWhy    string              `json:"-"`
	BlindReason string              `json:"blind_reason,omitempty"`
	Blindness   Blindness           `json:"blindness,omitzero"`  // the present one
	Manual      *snapshot.Manual    `json:"manual,omitempty"`    // the last good look was entered by hand
	Rules       string              `json:"rules"`               // digest of the rules the last snapshot was read by
	Digest      string              `json:"digest"`              // of the document seen last
	Body        string              `json:"body,omitempty"`      // digest of the single body seen last
	Validators  snapshot.Validators `json:"validators,omitzero"` // of that body
	Gate        *gate.Last          `json:"gate,omitempty"`      // what the gate remembers
	Masks       []diff.Mask         `json:"masks,omitempty"`     // learned noise
	Restless    []diff.Spot         `json:"restless,omitempty"`  // where the last looks found another passage each
	Pending     int                 `json:"pending,omitempty"`   // rows that one complete look lacked
	Sighted     map[string]string   `json:"sighted,omitempty"`   // key -> index told by a sighting since the last good look
	Address     string              `json:"address,omitempty"`   // where it was read
	Full        time.Time           `json:"full,omitzero"`       // of an index: when all its pages were read
	Total       int                 `json:"total,omitempty"`     // of an index: how many documents it announced
	Waiting     []string            `json:"waiting,omitempty"`   // of an index: keys of new documents that are still to be taken up
}

// Blindness is a run of looks of Pantau's own none of which was good. What a
// person enters by hand meanwhile neither ends nor lengthens it.
type Blindness struct {
	From   time.Time `json:"from,omitzero"` // the first look that was not good
	Last   time.Time `json:"last,omitzero"` // the latest one
	Failed int       `json:"failed,omitempty"`
	Held   int       `json:"held,omitempty"`
	Kept   bool      `json:"kept,omitempty"` // what came last is held

	SinceBy *snapshot.Manual `json:"since_by,omitempty"` // the last good look before it was entered by hand
}

// Counts of a look, for its row.
type Counts struct {
	Responses int `json:"responses,omitempty"`
	Pages     int `json:"pages,omitempty"`
	Records   int `json:"records,omitempty"`
	Total     int `json:"total,omitempty"` // announced, over all indexes
}

// Outgoing is a message for one lane.
type Outgoing struct {
	Subscriber string // subscription id; "administrators" for health
	Channel    string // "slack:#regulatory"
	Message    notify.Message
}

// Removal names the run whose look lacked a record first.
type Removal struct {
	Key     string
	Missing int64
}

// Check is the outcome of one look, ready to be committed.
type Check struct {
	Run        Run
	Lease      Lease
	Source     snapshot.Source
	Seq        int64     // State.Seq the check started from
	ReadGood   time.Time // State.LastGood the check started from
	Started    time.Time
	Finished   time.Time
	Seen       time.Time // when what it holds was seen; zero: Finished. What was accepted or entered by hand was seen earlier
	Outcome    Outcome
	Reason     string // of held and failed, for machines
	Detail     string // the same for people
	Counts     Counts
	Capture    *snapshot.Capture
	Manual     *snapshot.Manual // a person entered the capture by hand
	State      State            // afterwards; of a look that is not good only Blind* and Sighted differ from before
	Snapshot   bool             // the look is a new snapshot: State.Seq = Seq+1
	Change     *diff.Change
	Rebase     []registry.Delta // what an edited description makes of the stored rows, before Delta
	Delta      *registry.Delta
	Interests  string // version the change was routed by
	Alerts     []notify.Alert
	Messages   []Outgoing
	Sightings  []registry.Sighting
	Removals   []Removal
	Enrolled   []Enrolment // documents of an index that are watched from now on
	Joined     []Member    // documents of an index that belong to a thread
	Paired     []Pair      // texts of one regulation on two sites that were compared
	SecondLook time.Time   // plan another look then; zero: none
	Config     string      // digest of the configuration in force
	Program    string      // version of the program
	Accepted   int64       // the held capture that a person took for real; Capture is nil then
	AcceptedBy string

	before State
}

// Store is what a check needs of the database. Implementations are safe for
// concurrent use, durable when Commit returns, and fail with ErrStale,
// ErrLease or ErrEdited where the check must be done again.
type Store interface {
	// State reads what is remembered of a source; the zero State of one never seen.
	State(ctx context.Context, source string) (State, error)
	// Rows reads the last recorded rows of a register, pending ones too.
	Rows(ctx context.Context, source string) ([]registry.Row, error)
	// Capture reads the capture of snapshot seq of a source, and the source as it
	// was configured then.
	Capture(ctx context.Context, source string, seq int64) (*snapshot.Capture, snapshot.Source, error)
	// LastGood reads the last good look whose raw answers are still there.
	LastGood(ctx context.Context, source string) (Past, error)
	// Interests reads who follows and subscribes to what, and the version.
	Interests(ctx context.Context) (notify.Interests, string, error)
	// Commit stores run, capture, snapshot, change, alerts, messages and jobs in
	// one transaction, and chains the check row. Nothing of it is visible before.
	Commit(ctx context.Context, c *Check) error
	Threads
}
