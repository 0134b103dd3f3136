package snapshot

import "time"

// The classes of evidence: who brought a capture.
const (
	EvidenceFetched  = "fetched"  // Pantau asked the site itself
	EvidenceRendered = "rendered" // and a browser made a page of the answer
	EvidenceManual   = "manual"   // a person saved the answer and entered it by hand
)

// Manual is the word of a person for a capture that Pantau did not fetch: there
// are no headers, no peer and no certificate to prove it by, so that it says who
// vouches for it instead.
type Manual struct {
	By      string    `json:"by"`               // the person, as given
	Seen    time.Time `json:"seen"`             // when it was saved, as given
	Entered time.Time `json:"entered"`          // by our clock
	URL     string    `json:"url"`              // where it was saved from; of several pages the first
	More    int       `json:"more,omitempty"`   // further pages, each from an address of its own
	Forced  bool      `json:"forced,omitempty"` // the person insisted on an address that is not the source's
}

// Evidence is the class of a capture's evidence.
func (c *Capture) Evidence() string {
	if c.Manual != nil {
		return EvidenceManual
	}
	for _, r := range c.Responses {
		if r.Rendering != nil {
			return EvidenceRendered
		}
	}
	return EvidenceFetched
}
