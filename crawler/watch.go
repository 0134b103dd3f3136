package crawler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pantau/internal/snapshot"
)

// lowSpeed is the rate, averaged over one time-out, below which an answer is
// given up: a server that drips keeps a host's turn from the others.
const lowSpeed = 1 << 10 // bytes a second

// watch ends an exchange whose answer does not come, stalls or drips. It is
// used by the goroutine of the exchange; only its timer runs beside that.
type watch struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	timeout time.Duration
	window  time.Time // where the average that is being taken begins
	got     int64     // bytes since then
}

var errSlow = errors.New("the answer came too slowly")

func newWatch(parent context.Context, timeout time.Duration) *watch {
	w := &watch{timeout: timeout}
	w.ctx, w.cancel = context.WithCancelCause(parent)
	w.timer = time.AfterFunc(timeout, func() { w.cancel(errSlow) })
	return w
}

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// saw is told of every piece of a body.
func (w *watch) saw(n int) {
	now := time.Now()
	if w.window.IsZero() {
		w.window = now
	}
	w.got += int64(n)
	if span := now.Sub(w.window); span >= w.timeout {
		if float64(w.got) < span.Seconds()*lowSpeed {
			w.cancel(errSlow)
			return
		}
		w.window, w.got = now, 0
	}
	w.timer.Reset(w.timeout)
}

// explain puts the fault in the place of an error that the watch has caused.
func (w *watch) explain(err error) error {
	if !errors.Is(context.Cause(w.ctx), errSlow) {
		return err
	}
	return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonTimeout, Err: err,
		Detail: fmt.Sprintf("no answer within %s, or slower than %d bytes a second; `timeout` at the source raises the limit", w.timeout, lowSpeed)}
}
