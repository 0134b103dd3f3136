package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"
)

// Request is one request of a crawl.
type Request struct {
	URL  string `json:"url"`
	Part string `json:"part,omitempty"` // the index of a listing
	Page int    `json:"page,omitempty"`
	Turn int    `json:"turn,omitempty"` // how often the part was begun again before
}

// Capture is what came over the wire for one look.
type Capture struct {
	Source      string
	Started     time.Time
	Finished    time.Time
	Responses   []*Response // in the order they were asked for, failed ones too
	NotModified bool        `json:"not_modified"` // the only answer was 304: what was seen last still stands
	Stopped     bool        // of an index: what lies behind the last page is known, and was not asked for
	Manual      *Manual     // a person saved it and entered it by hand; nil: Pantau fetched it
	Spool       io.Closer   // where the bodies lie until they are stored; nil: in memory
}

// Close lets go of the bodies; they cannot be read afterwards.
func (c *Capture) Close() error {
	if c.Spool == nil {
		return nil
	}
	return c.Spool.Close()
}

// Response is one answer, with the evidence of DESIGN section 11. Failed
// attempts that said nothing have only the request, the times and Fault.
type Response struct {
	Request       Request     `json:"request"`
	Attempt       int         `json:"attempt"` // from 1
	Started       time.Time   `json:"started"`
	Finished      time.Time   `json:"finished"`
	RequestHeader [][2]string `json:"request_header,omitempty"`
	Status        int         `json:"status,omitempty"`
	Proto         string      `json:"proto,omitempty"`
	Header        [][2]string `json:"header,omitempty"`        // in wire order
	HeaderSorted  bool        `json:"header_sorted,omitempty"` // the wire order could not be had (behind a proxy)
	FinalURL      string      `json:"final_url,omitempty"`     // where redirects led, if they did
	Redirects     []string    `json:"redirects,omitempty"`     // every hop, the first address included
	Peer          string      `json:"peer,omitempty"`          // address and port connected to
	TLSLeaf       string      `json:"tls_leaf,omitempty"`      // SHA-256 of the leaf certificate
	Date          time.Time   `json:"date,omitzero"`           // the server's Date header
	WireDigest    string      `json:"wire_digest,omitempty"`   // SHA-256 of the body before decoding
	WireSize      int64       `json:"wire_size,omitempty"`     // bytes before decoding
	ContentType   string      `json:"content_type,omitempty"`  // as sent
	Unframed      bool        `json:"unframed,omitempty"`      // neither length nor chunks: a cut would not show
	Body          Body        `json:"body"`                    // decoded from the content coding, else as sent
	Raw           bool        `json:"raw,omitempty"`           // what a rendered page was made of: evidence, and not what is read
	Rendering     *Rendering  `json:"rendering,omitempty"`     // a browser made the body by running the scripts of a page
	Fault         *Fault      `json:"fault,omitempty"`         // why it could not be used; nil: usable
}

// Get is the first value of a header, whatever its case; "" if absent.
func (r *Response) Get(name string) string {
	for _, h := range r.Header {
		if equalFold(h[0], name) {
			return h[1]
		}
	}
	return ""
}

func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if 'A' <= x && x <= 'Z' {
			x += 'a' - 'A'
		}
		if 'A' <= y && y <= 'Z' {
			y += 'a' - 'A'
		}
		if x != y {
			return false
		}
	}
	return true
}

// Body is content addressed; where the bytes lie is the business of whoever
// made it. The zero Body is empty.
type Body struct {
	SHA256 string                 `json:"sha256,omitempty"`
	Size   int64                  `json:"size,omitempty"`
	Read   func() ([]byte, error) `json:"-"`
}

// Bytes reads the whole body.
func (b Body) Bytes() ([]byte, error) {
	if b.Read == nil {
		return nil, nil
	}
	return b.Read()
}

// BodyOf is a body that is kept in memory.
func BodyOf(b []byte) Body {
	return Body{SHA256: Digest(b), Size: int64(len(b)), Read: func() ([]byte, error) { return b, nil }}
}

// Digest is the SHA-256 in hexadecimal.
func Digest(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// Validators are what a server said of a representation, for the next
// conditional request.
type Validators struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// Last is the last usable response, nil if there is none. Of a rendered page it
// is the rendered one.
func (c *Capture) Last() *Response {
	for n := len(c.Responses) - 1; n >= 0; n-- {
		if c.Responses[n].Fault == nil && !c.Responses[n].Raw {
			return c.Responses[n]
		}
	}
	return nil
}

// Wire is what came over the wire for Last: of a rendered page the document
// that its scripts were in.
func (c *Capture) Wire() *Response {
	last := c.Last()
	if last == nil || last.Rendering == nil {
		return last
	}
	wire := last
	for _, r := range c.Responses {
		if r == last {
			break
		}
		if r.Raw && r.Fault == nil && r.Request.URL == last.Rendering.Document {
			wire = r
		}
	}
	return wire
}

// Manifest is the canonical text of the capture: everything but the bodies,
// which it names by digest.
func (c *Capture) Manifest() ([]byte, error) {
	return json.Marshal(struct {
		Source      string      `json:"source"`
		Started     time.Time   `json:"started"`
		Finished    time.Time   `json:"finished"`
		NotModified bool        `json:"not_modified,omitempty"`
		Stopped     bool        `json:"stopped,omitempty"`
		Manual      *Manual     `json:"manual,omitempty"`
		Responses   []*Response `json:"responses"`
	}{c.Source, c.Started.UTC(), c.Finished.UTC(), c.NotModified, c.Stopped, c.Manual, c.Responses})
}
