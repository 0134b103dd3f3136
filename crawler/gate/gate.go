// Package gate judges whether a capture is the real page or something that
// only came under its address: a firewall's refusal, a page not found that
// says 200, a maintenance notice, a log-in form, half a page.
//
// Invariants: verdicts are pure and name their reason; what the gate holds is
// never a baseline and never compared; repetition makes nothing good (one
// recorded "not found" page stood for nine months), only a person's
// acceptance does, and what is like an accepted page passes.
package gate

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"pantau/internal/snapshot"
)

const (
	// leastShare of the text of the last good look must still be there:
	// more than 60 % less is held. Long pages really are cut so far at times;
	// one that is plainly the same page is let through down to leastProven.
	leastShare  = 0.40
	leastProven = 1.0 / 3
	// longText is the length in runes of what must then be left.
	longText = 2000
	// leastText is the size in runes below which a loss says nothing.
	leastText = 200
	// leastBytes is the share of the last size in bytes that a body without
	// framing must reach: a cut near the end leaves most of the text.
	leastBytes = 0.90
	// undecodable is the share of U+FFFD that no real text has.
	undecodable = 0.02
)

// Last is what the gate remembers of the last good look.
type Last struct {
	Title       string   `json:"title,omitempty"`
	Runes       int      `json:"runes"`
	Blocks      int      `json:"blocks"`
	Replacement int      `json:"replacement,omitempty"` // U+FFFD in the text
	BodySize    int64    `json:"body_size"`             // bytes, decoded
	Ended       bool     `json:"ended,omitempty"`       // the body ended as a page does
	Rows        int      `json:"rows,omitempty"`        // of tables
	Unread      int      `json:"unread,omitempty"`      // of Runes, those that only say that a page was not read
	Lost        int      `json:"lost,omitempty"`        // pages of a file that could not be read
	Beside      []uint32 `json:"beside,omitempty"`      // hashes of what stood beside the content
	Sketch      []uint32 `json:"sketch,omitempty"`      // of the words: see sketchOf
}

// Summary is what to remember of a look that passed.
func Summary(c *snapshot.Capture, d *snapshot.Document) Last {
	l := Last{
		Title: d.Title, Runes: d.Quality.Runes, Blocks: len(d.Blocks),
		Replacement: d.Quality.Replacement, Sketch: sketchOf(d),
	}
	l.Rows, l.Beside = rows(d), hashes(d.Asides)
	l.Unread, l.Lost = unread(d), d.Quality.Lost
	if r := c.Last(); r != nil {
		l.BodySize = r.Body.Size
		body, err := r.Body.Bytes()
		l.Ended = err == nil && ends(body)
	}
	return l
}

// Judge tells why the document must not be used; nil when it may. last is nil
// at the first look: then only what is wrong in itself is held. Every fault is
// Held.
func Judge(c *snapshot.Capture, d *snapshot.Document, s snapshot.Source, last *Last) *snapshot.Fault {
	r := c.Last()
	if r == nil {
		r = &snapshot.Response{}
	}
	l := look{r: r, wire: c.Wire(), d: d, s: s, last: last, own: own(d, last)}
	for _, check := range l.checks() {
		if reason, detail := check(l); reason != "" {
			return &snapshot.Fault{
				Class: snapshot.Held, Reason: reason, URL: r.Request.URL,
				Detail: fmt.Sprintf("source %s: %s", s.ID, detail),
			}
		}
	}
	return nil
}

// checks are what a capture is judged by. A PDF or DOCX file that could be read
// is whole, and no error page: another one under its address is what somebody
// put there, however short, and is told. What of it could not be read was not
// removed.
func (l look) checks() []func(look) (reason, detail string) {
	if body, err := l.r.Body.Bytes(); err == nil && archived(body) {
		return []func(look) (reason, detail string){absent, unseen, garbled}
	}
	return []func(look) (reason, detail string){framing, broken, blocked, absent, shrunk, emptied, garbled, replaced}
}

// archived tells whether a body is of a format whose reader sees that its end is
// missing.
func archived(body []byte) bool {
	return bytes.Contains(body[:min(len(body), 1024)], []byte("%PDF-")) || bytes.HasPrefix(body, []byte("PK\x03\x04"))
}

// look is what a verdict is made from.
type look struct {
	r    *snapshot.Response
	wire *snapshot.Response // what came for r; of a rendered page that is another
	d    *snapshot.Document
	s    snapshot.Source
	last *Last
	own  *snapshot.Document // what is neither beside the content now nor was it at the last good look
}

// familiar tells whether the page is much like the last good one: then it is
// that page, whatever it is called and speaks of.
func (l look) familiar() bool {
	return l.last != nil && kept(l.last.Sketch, sketchOf(l.own)) >= 0.5
}

// proven tells whether the page, however much shorter, is the last good one
// and whole: it has the same title, ends as a page does, and its words are
// those of the other.
func (l look) proven() bool {
	if l.last.Title == "" || !sameTitle(l.d.Title, l.last.Title) || kept(sketchOf(l.d), l.last.Sketch) < leastKept {
		return false
	}
	body, err := l.r.Body.Bytes()
	return err == nil && ends(body)
}

// framing holds a body whose end could have been cut off without notice.
func framing(l look) (reason, detail string) {
	if !l.r.Unframed {
		return "", ""
	}
	const advice = "the server sent the body without framing, so a cut does not show"
	body, err := l.wire.Body.Bytes()
	switch {
	case err != nil:
		return snapshot.ReasonStorage, fmt.Sprintf("read the captured body: %v", err)
	case !ends(body):
		return snapshot.ReasonUnframed, fmt.Sprintf("%s, and its %d bytes do not end as a page does", advice, len(body))
	case l.wire == l.r && l.last != nil && float64(l.r.Body.Size) < leastBytes*float64(l.last.BodySize):
		return snapshot.ReasonUnframed, fmt.Sprintf("%s, and it has %d bytes where the last good one had %d", advice, l.r.Body.Size, l.last.BodySize)
	}
	return "", ""
}

// broken holds a page that breaks off where the last good one ended.
func broken(l look) (reason, detail string) {
	if l.last == nil || !l.last.Ended || l.r.Body.Size >= l.last.BodySize || float64(l.d.Quality.Runes) > 0.99*float64(l.last.Runes) {
		return "", ""
	}
	if body, err := l.r.Body.Bytes(); err != nil || ends(body) {
		return "", ""
	}
	return snapshot.ReasonUnframed, fmt.Sprintf("the page breaks off: its %d bytes do not end as a page does, and the last good one did, with %d", l.r.Body.Size, l.last.BodySize)
}

// emptied holds a page whose tables have lost nearly all their rows: their
// heads alone are what a site shows when its own source of data is away. A
// table that is gone altogether was taken away by somebody.
func emptied(l look) (reason, detail string) {
	const fewest = 4
	if l.last == nil || l.last.Rows < fewest {
		return "", ""
	}
	if now := rows(l.d); now > 0 && 10*now <= max(10, l.last.Rows) && l.d.Quality.Runes < l.last.Runes && !l.stated() {
		return snapshot.ReasonEmptied, fmt.Sprintf("the tables of the page have %d rows where the last good one had %d; accept it if they are really empty", now, l.last.Rows)
	}
	return "", ""
}

// unseen holds a file of which more could not be read than of the last good one:
// what is missing for that was not taken away. A reader of pictures that is no
// longer installed shows so.
func unseen(l look) (reason, detail string) {
	if l.last == nil {
		return "", ""
	}
	if n := l.d.Quality.Lost; n > l.last.Lost {
		return snapshot.ReasonShrunk, fmt.Sprintf("%d pages of the file cannot be read, and %d of the last good one could not; accept it if the file is to be followed without them", n, l.last.Lost)
	}
	text, was := l.d.Quality.Runes-unread(l.d), l.last.Runes-l.last.Unread
	if unread(l.d) > l.last.Unread && was >= leastText && ratio(text, was) < leastShare {
		return snapshot.ReasonShrunk, fmt.Sprintf("pages of the file are pictures that were not read: there are %d characters of text where the last good one had %d; install tesseract, or accept it", text, was)
	}
	return "", ""
}

// unread is how much of the text only says that a page was not read, in runes.
func unread(d *snapshot.Document) int {
	n := 0
	for i := range d.Blocks {
		if d.Blocks[i].Kind == snapshot.Scan {
			n += utf8.RuneCountInString(d.Blocks[i].Text)
		}
	}
	return n
}

func rows(d *snapshot.Document) int {
	n := 0
	for i := range d.Blocks {
		if d.Blocks[i].Kind == snapshot.Row {
			n++
		}
	}
	return n
}

// ends tells whether a body ends as an HTML page does. Servers add comments
// and scripts behind the end.
func ends(body []byte) bool {
	const tail = 4096
	end := bytes.ToLower(body[max(0, len(body)-tail):])
	return bytes.Contains(end, []byte("</html>"))
}

// absent holds a page that lacks what a person required of it, or any text.
func absent(l look) (reason, detail string) {
	if l.d.Quality.Runes == 0 && len(l.s.Select) > 0 {
		return snapshot.ReasonNoMatch, fmt.Sprintf("the region that select %q finds is empty", strings.Join(l.s.Select, ", "))
	}
	if body, err := l.r.Body.Bytes(); l.d.Quality.Runes == 0 && err == nil && archived(body) {
		return snapshot.ReasonEmptied, "the file can be opened, and there is no text in it; accept it if it is really empty"
	}
	if l.d.Quality.Runes == 0 {
		return snapshot.ReasonBlockPage, "the page holds no text; perhaps a browser would fill it by script"
	}
	for _, want := range l.s.Require {
		if !holds(l.d, strings.ToLower(want)) {
			return snapshot.ReasonMissing, l.s.Unlike(fmt.Sprintf("the required text %q is not on the page", want))
		}
	}
	return "", ""
}

// holds tells whether the title, a block or an aside holds text, which is in
// lower case.
func holds(d *snapshot.Document, text string) bool {
	if strings.Contains(strings.ToLower(d.Title), text) {
		return true
	}
	for i := range d.Blocks {
		if strings.Contains(strings.ToLower(d.Blocks[i].Line()), text) {
			return true
		}
	}
	for i := range d.Asides {
		if strings.Contains(strings.ToLower(d.Asides[i].Line()), text) {
			return true
		}
	}
	return false
}

// shrunk holds a page that lost most of its text.
func shrunk(l look) (reason, detail string) {
	if l.last == nil || l.last.Runes < leastText {
		return "", ""
	}
	share := ratio(l.own.Quality.Runes, l.last.Runes)
	if share >= leastShare || share >= leastProven && l.own.Quality.Runes >= longText && l.proven() || l.stated() {
		return "", ""
	}
	return snapshot.ReasonShrunk, fmt.Sprintf("the text has %d characters where the last good one had %d; accept it if so much was really removed",
		l.own.Quality.Runes, l.last.Runes)
}

// garbled holds a page with many undecodable characters, or with more than it
// used to have.
func garbled(l look) (reason, detail string) {
	share := ratio(l.d.Quality.Replacement, l.d.Quality.Runes)
	was := 0.0
	if l.last != nil {
		was = ratio(l.last.Replacement, l.last.Runes)
	}
	jump := l.last != nil && l.d.Quality.Replacement >= 5 && share > 0.001 && share > 3*was
	if jump || share > undecodable && share > 1.5*was {
		return snapshot.ReasonCharset, fmt.Sprintf("%d of %d characters cannot be decoded (read as %s); the charset the server names is wrong",
			l.d.Quality.Replacement, l.d.Quality.Runes, l.d.Quality.Charset)
	}
	return "", ""
}

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// replaced holds a page with another title and other content: it is another
// page under the same address.
func replaced(l look) (reason, detail string) {
	if l.last == nil || l.last.Title == "" || sameTitle(l.d.Title, l.last.Title) || len(l.last.Sketch) < 10 {
		return "", ""
	}
	if resemblance(sketchOf(l.d), l.last.Sketch) >= leastResemblance || l.stated() {
		return "", ""
	}
	return snapshot.ReasonTitle, fmt.Sprintf("another page came: it is titled %q and little of the content of %q is left", l.d.Title, l.last.Title)
}
