// Package web is the HTTP side of `pantau run`: whether it lives, whether it
// works, and what it has done.
//
// Invariants: nothing is changed by asking; every answer carries the same
// security headers, errors included; no answer holds a secret or the address of
// a person; what an answer costs the database is bounded, however often it is
// asked for.
package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"pantau/internal/history"
)

// Tables is what the pages need of the database.
type Tables interface {
	// Figures counts; it may be slow and is asked at most every freshFigures.
	Figures(ctx context.Context, now time.Time) (history.Figures, error)
	// Vitals fails where the database cannot be reached or written.
	Vitals(ctx context.Context, now time.Time) (history.Vitals, error)
}

// Options of the pages.
type Options struct {
	Tables  Tables
	Room    func() error // fails when the disk is nearly full
	Config  string       // digest of this process's configuration
	Owner   string       // this process, as leases name it
	Version string
	Commit  string
	Log     *slog.Logger
}

// Site is the pages. It is safe for concurrent use.
type Site struct {
	opt     Options
	handler http.Handler
	ready   *cached[[]Part]
	meter   *meter
}

// New makes the pages.
func New(o Options) *Site {
	s := &Site{opt: o}
	s.ready = newCached(freshReadiness, readyTime, func(ctx context.Context) []Part { return s.judge(ctx, time.Now()) })
	s.meter = newMeter(s)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", s.serveReady)
	mux.Handle("GET /metrics", s.meter.handler())
	s.handler = secured(mux)
	return s
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// alive says that the process answers, and nothing more: whoever restarts what
// does not answer must not restart Pantau because a disk is full.
func alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "alive\n")
}

// secured puts on every answer what keeps a browser from making anything of it
// but what it is.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// The limits of the server: nobody can hold it by asking slowly or much.
const (
	headTime    = 5 * time.Second
	readTime    = 10 * time.Second
	writeTime   = 30 * time.Second
	idleTime    = time.Minute
	headBytes   = 16 << 10
	connections = 64
)

// again is how long an address that cannot be had is left before the next try.
const again = 30 * time.Second

// Run serves on the address until ctx ends. An address that cannot be had does
// not keep Pantau from watching: it is said, and tried again.
func (s *Site) Run(ctx context.Context, address string) {
	for told := ""; ctx.Err() == nil; {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err == nil {
			s.opt.Log.Info("health and metrics are served", "address", l.Addr().String())
			err = s.Serve(ctx, l)
		}
		if err != nil && ctx.Err() == nil && err.Error() != told {
			told = err.Error()
			s.opt.Log.Error("health and metrics are not served, watching goes on; it is tried again", "listen", address, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
}

// Serve answers on l, and closes it when ctx ends.
func (s *Site) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{Handler: s, ReadHeaderTimeout: headTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: headBytes, ErrorLog: slog.NewLogLogger(s.opt.Log.Handler(), slog.LevelDebug)}
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(done)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if srv.Shutdown(last) != nil {
			srv.Close()
		}
	})
	err := srv.Serve(netutil.LimitListener(l, connections))
	if stop() {
		srv.Close()
		return fmt.Errorf("serving on %s: %w", l.Addr(), err)
	}
	<-done
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
