package snapshot

import "time"

// Render asks for a page as it is once its scripts have run in a browser.
type Render struct {
	Wait    string        `json:"wait,omitempty"`    // CSS of what must be there; empty: until the page asks for nothing more
	Timeout time.Duration `json:"timeout,omitempty"` // until then
	Hosts   []string      `json:"hosts,omitempty"`   // that the page may ask besides its own site and what it names
}

// Rendering is the word of a browser for a body that no server sent: which one
// it was, and what it took. What the server sent stands beside it, marked Raw.
type Rendering struct {
	Browser  string   `json:"browser"`           // as it names itself, with its version
	Document string   `json:"document"`          // address of the document whose scripts ran
	Asked    int      `json:"asked"`             // requests of the page besides that
	Bytes    int64    `json:"bytes"`             // that came for these over the wire
	Refused  []string `json:"refused,omitempty"` // hosts that the page wanted and was not let to
}
