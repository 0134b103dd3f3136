package snapshot

import (
	"fmt"
	"strings"
)

// Class is the verdict on a capture.
type Class string

// The classes of a capture (FAULTS, head).
const (
	OK     Class = "ok"
	Held   Class = "held"   // suspicious: kept, shown, never a baseline, never compared
	Failed Class = "failed" // could not be had
)

// Fault says why a response or a whole capture is not what it should be. It is
// an error; match it with errors.As.
type Fault struct {
	Class  Class  `json:"class"`
	Reason string `json:"reason"` // for machines: "timeout", "html-for-json"
	Detail string `json:"detail"` // for people: what was expected, what came, what to do
	URL    string `json:"url,omitempty"`
	Part   string `json:"part,omitempty"`
	Page   int    `json:"page,omitempty"`
	After  int    `json:"retry_after,omitempty"` // seconds the server asked us to wait
	Err    error  `json:"-"`
}

// At returns the fault with the request it happened at.
func (f *Fault) At(r Request) *Fault {
	c := *f
	c.URL, c.Part, c.Page = r.URL, r.Part, r.Page
	return &c
}

func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(f.Detail)
	if f.Part != "" {
		fmt.Fprintf(&b, " (%s, page %d)", f.Part, f.Page)
	}
	if f.URL != "" {
		fmt.Fprintf(&b, " [%s]", f.URL)
	}
	return b.String()
}

// Unwrap implements the convention of package errors; there is nothing behind
// no fault.
func (f *Fault) Unwrap() error {
	if f == nil {
		return nil
	}
	return f.Err
}

// Acceptable tells whether what is held for a reason can be read by the source's
// present description, so that a person may accept it: a page unless its region
// is not found, a document unless it is none, a listing if it was read whole.
func Acceptable(reason string, listing bool) bool {
	if listing {
		return reason == ReasonEmptied || reason == ReasonShrunk
	}
	switch reason {
	case ReasonNoMatch, ReasonMalformed, ReasonHTMLForFile, ReasonEncrypted:
		return false
	}
	return true
}

// The reasons of faults.
const (
	ReasonTimeout     = "timeout"       // no answer, or no byte, in time
	ReasonConnect     = "connect"       // name, connection
	ReasonTLS         = "tls"           // certificate or handshake
	ReasonIncomplete  = "incomplete"    // fewer bytes than announced, broken coding
	ReasonLimit       = "limit"         // larger than allowed
	ReasonRedirect    = "redirect"      // loop, downgrade, refused hop
	ReasonGuard       = "guard"         // an address that must not be reached
	ReasonRobots      = "robots"        // the site's robots.txt says no
	ReasonStatus      = "status"        // an HTTP error status
	ReasonThrottled   = "throttled"     // 429, 503 with Retry-After
	ReasonCanceled    = "canceled"      // stopped from our side
	ReasonHTMLForJSON = "html-for-json" // a page where records are due
	ReasonMalformed   = "malformed"     // not the format that is due
	ReasonEncrypted   = "encrypted"     // a file that needs a password
	ReasonHTMLForFile = "html-for-file" // a page where a file is due
	ReasonPageRows    = "page-rows"     // a page holds fewer rows than it must
	ReasonUnstable    = "unstable"      // the listing moves while it is read
	ReasonEmptied     = "emptied"       // an index lost all its rows
	ReasonShrunk      = "shrunk"        // much less than last time
	ReasonBlockPage   = "block-page"    // firewall, maintenance, log-in, not found in disguise
	ReasonNoMatch     = "no-match"      // the selector finds nothing
	ReasonMissing     = "missing"       // a required text is not there
	ReasonCharset     = "charset"       // undecodable text
	ReasonUnframed    = "unframed"      // cut where it could not be seen
	ReasonTitle       = "title"         // another page under the same address
	ReasonFlapping    = "flapping"      // differs at every look
	ReasonBrowser     = "browser"       // the browser that renders is not there, or died
	ReasonStorage     = "storage"       // our own disk or database
	ReasonInternal    = "internal"      // Pantau itself, in any other way
)
