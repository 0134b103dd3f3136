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

// hold runs f under a lease that is renewed meanwhile. The context of f ends
// when the lease is lost: what it would still write is refused anyway. Renewal
// is timed by the monotonic clock, so that a jump of the wall clock here does
// not lose the lease.
func hold(ctx context.Context, s Store, log *slog.Logger, name, owner string, f func(context.Context, monitor.Lease) error) error {
	l, err := s.Acquire(ctx, name, owner, time.Now())
	if err != nil {
		return err
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
				err := s.Renew(inner, l, time.Now())
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
	err = f(inner, l)
	cancel(nil)
	<-done
	// Released also when the program is stopping: the next owner need not wait.
	if rerr := s.Release(context.WithoutCancel(ctx), l); rerr != nil && !errors.Is(rerr, monitor.ErrLease) {
		log.Warn("lease not released, it will expire", "lease", name, "error", rerr)
	}
	return err
}
