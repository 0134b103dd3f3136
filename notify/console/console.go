// Package console writes messages as plain text to a terminal or a file.
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

	"pantau/notify"
)

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
	rule := strings.Repeat("-", 78) + "\n"
	return notify.Payload(rule + m.Subject + "\n\n" + m.Text() + rule), nil
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
