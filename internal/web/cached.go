package web

import (
	"context"
	"sync"
	"time"
)

// cached keeps an answer for a while. One at a time asks for a new one, and
// nobody waits for it longer than a limit.
type cached[T any] struct {
	fresh, limit time.Duration
	ask          func(context.Context) T

	mu     sync.Mutex // guards what follows
	value  T
	until  time.Time
	flight chan struct{} // closed when the one who asks has his answer; nil: nobody asks
}

func newCached[T any](fresh, limit time.Duration, ask func(context.Context) T) *cached[T] {
	return &cached[T]{fresh: fresh, limit: limit, ask: ask}
}

// get gives a fresh answer; ok is false if there is none in time.
func (c *cached[T]) get(ctx context.Context) (value T, ok bool) {
	end := time.NewTimer(c.limit)
	defer end.Stop()
	for {
		c.mu.Lock()
		if time.Now().Before(c.until) {
			defer c.mu.Unlock()
			return c.value, true
		}
		if c.flight == nil {
			c.flight = make(chan struct{})
			go c.fly(context.WithoutCancel(ctx), c.flight) // who asked first may go away; the answer is for the others too
		}
		flight := c.flight
		c.mu.Unlock()
		select {
		case <-flight:
		case <-end.C:
			return value, false
		case <-ctx.Done():
			return value, false
		}
	}
}

func (c *cached[T]) fly(ctx context.Context, landed chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	value := c.ask(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.value, c.until, c.flight = value, time.Now().Add(c.fresh), nil
	close(landed)
}
