package crawler

import (
	"context"
	"fmt"
	"sync"
	"time"

	"pantau/internal/snapshot"
)

// host keeps the manners towards one host, over all sources and redirects.
type host struct {
	turn chan struct{} // holds one token while an exchange is under way

	// Guarded by the turn: only who has it reads or writes them.
	last   time.Time // when the last request began
	paused time.Time // until when the host has asked to be left alone
	rules  *rules    // its robots.txt; nil: not read yet

	mu   sync.Mutex // guards what follows: last and paused, for who does not have the turn
	told [2]time.Time
}

// Asked gives when a host was asked last, and until when it wants to be left
// alone; zero: never, and not at all.
func (c *Client) Asked(name string) (asked, quiet time.Time) {
	c.mu.Lock()
	h := c.hosts[name]
	c.mu.Unlock()
	if h == nil {
		return time.Time{}, time.Time{}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.told[0], h.told[1]
}

// Resume lets a host be asked as if this client had asked it last, or been told
// by it to wait, as another one was. A clock that goes ahead does not count.
func (c *Client) Resume(ctx context.Context, name string, asked, quiet time.Time) error {
	if asked.IsZero() && quiet.IsZero() {
		return nil
	}
	h, err := c.take(ctx, name)
	if err != nil {
		return err
	}
	defer h.release()
	if now := time.Now(); asked.After(now) {
		asked = now
	}
	h.last, h.paused = later(h.last, asked), later(h.paused, quiet)
	h.tell()
	return nil
}

func (h *host) tell() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = [2]time.Time{h.last, h.paused}
}

// take waits for the host's turn.
func (c *Client) take(ctx context.Context, name string) (*host, error) {
	c.mu.Lock()
	h := c.hosts[name]
	if h == nil {
		h = &host{turn: make(chan struct{}, 1)}
		c.hosts[name] = h
	}
	c.mu.Unlock()
	select {
	case h.turn <- struct{}{}:
		return h, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (h *host) release() { <-h.turn }

// wait keeps the delay since the last request began, the host's crawl-delay if
// that is longer, and a pause the host has asked for; then a request begins. A
// delay of 0 switches politeness off, the crawl-delay included; a pause stays.
// What the host asks for beyond maxWait is not waited for: it is a fault.
func (h *host) wait(ctx context.Context, delay time.Duration) error {
	asked := h.paused
	if delay > 0 && h.rules != nil {
		asked = later(asked, h.last.Add(h.rules.group.CrawlDelay))
	}
	if left := time.Until(asked); left > maxWait {
		return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonThrottled, After: seconds(left),
			Detail: fmt.Sprintf("the server asked to be left alone for another %s", left.Round(time.Second))}
	}
	if err := sleep(ctx, time.Until(later(asked, h.last.Add(delay)))); err != nil {
		return err
	}
	h.last = time.Now()
	h.tell()
	return nil
}

// pause leaves the host alone for d, whoever asks.
func (h *host) pause(d time.Duration) {
	h.paused = later(h.paused, time.Now().Add(d))
	h.tell()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// seconds rounds up: who is asked to wait 1.5 s waits 2.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
