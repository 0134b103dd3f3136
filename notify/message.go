package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"pantau/diff"
)

// MessageKind says why a message exists.
type MessageKind string

// The kinds of messages.
const (
	AlertMessage    MessageKind = "alert"
	SightingMessage MessageKind = "sighting" // a followed operator on a page of an incomplete look
	HealthMessage   MessageKind = "health"   // to administrators
	SampleMessage   MessageKind = "sample"   // pantau notify test

	UnconfirmedMessage MessageKind = "unconfirmed" // what a subscriber watches could not be seen for hours
	SeenAgainMessage   MessageKind = "seen-again"  // the end of it
	AllClearMessage    MessageKind = "all-clear"   // the weekly report to a subscriber
)

// Message is one or many alerts, worded for one recipient and not yet laid
// out for a channel. It is written once, in the transaction of its change.
type Message struct {
	ID       string        `json:"id"` // stable over every attempt and replay
	Kind     MessageKind   `json:"kind"`
	AlertIDs []string      `json:"alert_ids,omitempty"`
	ChangeID string        `json:"change_id,omitempty"`
	Source   string        `json:"source,omitempty"`
	Language string        `json:"language"` // id or en
	Severity diff.Severity `json:"severity"` // the highest of its items
	Created  time.Time     `json:"created"`

	Subject  string    `json:"subject"`            // severity, what, where: one line
	Summary  string    `json:"summary"`            // one sentence: the verdict
	Seen     []string  `json:"seen,omitempty"`     // the observation times, one sentence each
	Why      string    `json:"why,omitempty"`      // why this reader gets it
	Sections []Section `json:"sections,omitempty"` // followed ones first
	Left     string    `json:"left,omitempty"`     // what was left out, with the command that shows it
	Links    []Link    `json:"links,omitempty"`
	Footer   string    `json:"footer,omitempty"` // ids and program; channels put the message's own id before it
}

// MessageID is the id of a message in one lane. It follows from what the
// message is about (its alerts, else all that it says) and for whom, so that the
// same work done twice gives the same message.
func MessageID(m Message, subscriber, channel string) string {
	about := []string{"message", string(m.Kind), subscriber, channel}
	if len(m.AlertIDs) > 0 {
		return "m-" + short(append(about, m.AlertIDs...)...)
	}
	m.ID = ""
	return "m-" + short(append(about, digest(m))...)
}

// short is 64 bits of the digest of what an id is about.
func short(about ...string) string {
	h := sha256.New()
	for _, s := range about {
		fmt.Fprintf(h, "%d:%s,", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Omitted says, in the message's language, that a channel has no room for n of
// its items.
func (m Message) Omitted(n int) string {
	w := newWriter(m.Language, "UTC", WordingOptions{})
	return w.count(w.omitted, n)
}

// LabelBefore and LabelAfter name the two wordings of a passage in the
// message's language, for layouts that say it in words.
func (m Message) LabelBefore() string { return words(m.Language).before }

// LabelAfter is the counterpart of LabelBefore.
func (m Message) LabelAfter() string { return words(m.Language).after }

// Section is a titled group of items.
type Section struct {
	Title string `json:"title,omitempty"`
	Items []Item `json:"items"`
}

// Item is one event or hunk in words.
type Item struct {
	Severity diff.Severity `json:"severity"`
	Title    string        `json:"title"`            // "SUSPENDED: Toko Contoh (PT Contoh, 22722)"
	Lines    []string      `json:"lines,omitempty"`  // further facts, one a line
	Before   string        `json:"before,omitempty"` // text changes: both wordings
	After    string        `json:"after,omitempty"`
	Words    []diff.Span   `json:"words,omitempty"` // of a modified passage: Before and After word by word
}

// Link is a place to look further.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Payload is a message laid out for one channel, frozen at the first attempt.
type Payload []byte

// Envelope is what one attempt hands to a channel.
type Envelope struct {
	Message Message
	Payload Payload
	Target  string // the part of the channel behind the colon: "#regulatory", an address
	Attempt int    // from 1; over 1 the channel may have seen the message before
}

// Receipt is what the channel said of an accepted message.
type Receipt struct {
	ID string `json:"id,omitempty"` // the channel's own id of it
}

// Sender is a channel. Render is pure. Send makes one attempt and must carry
// Message.ID and its AlertIDs where the channel lets it; it fails with
// *Refusal, or any other error where nothing is known of the outcome.
type Sender interface {
	Render(m Message, target string) (Payload, error)
	Send(ctx context.Context, e Envelope) (Receipt, error)
}

// Outcome classifies an attempt.
type Outcome string

// The outcomes of an attempt.
const (
	Accepted  Outcome = "accepted"
	Retry     Outcome = "retry"     // not taken, try again
	Uncertain Outcome = "uncertain" // may have been taken
	Rejected  Outcome = "rejected"  // will never be taken: dead letter
	Parked    Outcome = "parked"    // the whole channel cannot work until a person mends it
)

// Refusal is the error of an attempt that did not succeed.
type Refusal struct {
	Outcome Outcome
	After   time.Duration // the channel asked to wait; 0: the lane decides
	Least   time.Duration // shortest sensible wait (SMTP greylisting: 30 minutes); 0: none
	Detail  string        // for people; never a secret
	Err     error
}

func (r *Refusal) Error() string {
	if r.Err != nil {
		return fmt.Sprintf("%s: %s: %v", r.Outcome, r.Detail, r.Err)
	}
	return fmt.Sprintf("%s: %s", r.Outcome, r.Detail)
}

func (r *Refusal) Unwrap() error { return r.Err }
