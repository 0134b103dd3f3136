// Package console lays messages out as plain text and writes them to a
// terminal or a file.
//
// Invariants: a message is written whole and never between the lines of
// another; nothing that came from a source reaches the terminal as a control
// sequence; deletions and insertions are marked by signs, not by colour.
package console

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"pantau/notify"
)

// width is where lines are broken.
const width = 100

// Console is the channel. It is safe for concurrent use.
type Console struct {
	mu sync.Mutex // guards w: one message at a time
	w  io.Writer
}

// New writes to w, whatever the target of a message.
func New(w io.Writer) *Console { return &Console{w: w} }

// Render implements notify.Sender: the payload is the text.
func (c *Console) Render(m notify.Message, _ string) (notify.Payload, error) {
	m = m.Clean()
	var p page
	p.rule()
	p.wrap("", m.Subject)
	p.wrap("  ", m.Summary)
	for _, s := range m.Seen {
		p.wrap("  ", s)
	}
	for _, s := range m.Sections {
		if s.Title != "" {
			p.gap()
			p.wrap("", s.Title)
		}
		for _, it := range s.Items {
			p.item(it)
		}
	}
	p.gap()
	for _, s := range []string{m.Left, m.Why} {
		p.wrap("", s)
	}
	for _, l := range m.Links {
		p.add(l.Title + ": " + l.URL)
	}
	p.add(strings.TrimSuffix(m.ID+" · "+m.Footer, " · "))
	p.rule()
	return notify.Payload(p.String()), nil
}

// Send implements notify.Sender.
func (c *Console) Send(ctx context.Context, e notify.Envelope) (notify.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return notify.Receipt{}, &notify.Refusal{Outcome: notify.Retry, Detail: "stopped before it was written", Err: err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.w.Write(e.Payload)
	switch {
	case err == nil:
		return notify.Receipt{}, nil
	case n == 0:
		return notify.Receipt{}, &notify.Refusal{Outcome: notify.Retry, Detail: "standard output takes nothing", Err: err}
	}
	return notify.Receipt{}, &notify.Refusal{Outcome: notify.Uncertain, Detail: fmt.Sprintf("standard output took %d of %d bytes", n, len(e.Payload)), Err: err}
}

// page collects lines.
type page struct{ strings.Builder }

func (p *page) rule() { p.add(strings.Repeat("-", width)) }
func (p *page) gap()  { p.WriteByte('\n') }

func (p *page) add(s string) {
	p.WriteString(s)
	p.WriteByte('\n')
}

func (p *page) item(it notify.Item) {
	p.gap()
	p.wrap("  ", it.Title)
	for _, l := range it.Lines {
		p.wrap("      ", l)
	}
	p.wording("    - ", it.Before)
	p.wording("    + ", it.After)
}

// wording marks every line of a text with a sign.
func (p *page) wording(sign, text string) {
	if text == "" {
		return
	}
	for l := range strings.SplitSeq(text, "\n") {
		p.wrap(sign, l)
	}
}

// wrap breaks text at blanks; every line begins with the margin.
func (p *page) wrap(margin, text string) {
	line, used := "", 0
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		if used > 0 && len(margin)+used+1+n > width {
			p.add(margin + line)
			line, used = "", 0
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+n
	}
	if line != "" {
		p.add(margin + line)
	}
}
