package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"pantau/internal/monitor"
)

// Owner names this process: machine, process number, and a nonce.
func Owner(nonce string) string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", strings.ReplaceAll(host, "/", "_"), os.Getpid(), nonce)
}

// Gone tells that the owner of a lease is certainly dead: a process of this
// machine whose number nobody has. Of another machine, or a number in use, it
// cannot tell, and the lease must expire.
func Gone(owner string) bool {
	parts := strings.Split(owner, "/")
	host, err := os.Hostname()
	if err != nil || len(parts) != 3 || parts[0] != strings.ReplaceAll(host, "/", "_") {
		return false
	}
	pid, err := strconv.Atoi(parts[1])
	return err == nil && pid > 0 && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// Manners knows when hosts were asked last, and until when they want to be left
// alone. It goes with the lease from one process to the next, so that the time
// between two requests is kept over all machines.
type Manners interface {
	Asked(host string) (asked, quiet time.Time)
	Resume(ctx context.Context, host string, asked, quiet time.Time) error
}

// hold runs f under a lease that is renewed meanwhile. The context of f ends
// when the lease is lost: what it would still write is refused anyway. Renewal
// is timed by the monotonic clock, so that a jump of the wall clock here does
// not lose the lease.
func hold(ctx context.Context, s Store, log *slog.Logger, name, owner string, m Manners, f func(context.Context, monitor.Lease) error) error {
	l, err := s.Acquire(ctx, name, owner, time.Now())
	if err != nil {
		return err
	}
	now := func() monitor.Lease { // the lease with what the next owner must know
		l := l
		if m != nil {
			l.Asked, l.Quiet = m.Asked(name)
		}
		return l
	}
	inner, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		t := time.NewTicker(LeaseTime / 3)
		defer t.Stop()
		for {
			select {
			case <-inner.Done():
				return
			case <-t.C:
				err := s.Renew(inner, now(), time.Now())
				if errors.Is(err, monitor.ErrLease) {
					cancel(err)
					return
				}
				if err != nil && inner.Err() == nil {
					log.Warn("lease not renewed, will try again", "lease", name, "error", err)
				}
			}
		}
	}()
	if m != nil {
		err = m.Resume(inner, name, l.Asked, l.Quiet)
	}
	if err == nil {
		err = f(inner, l)
	}
	cancel(nil)
	<-done
	// Released also when the program is stopping: the next owner need not wait.
	if rerr := s.Release(context.WithoutCancel(ctx), now()); rerr != nil && !errors.Is(rerr, monitor.ErrLease) {
		log.Warn("lease not released, it will expire", "lease", name, "error", rerr)
	}
	return err
}
