// Package crawler turns addresses into captures: politely, through the guarded
// way out, and with the evidence of what came over the wire.
//
// Invariants: one request at a time and host, never closer together than the
// source's delay; robots.txt is obeyed at every hop unless the source says that
// the site permits more; a body that breaks a limit or its own framing is a
// fault and never a shorter body; every attempt is in the capture; whatever
// waits, waits for the context too.
package crawler

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"

	"pantau/crawler/render"
	"pantau/internal/egress"
	"pantau/internal/snapshot"
)

// What holds where snapshot.Access says nothing.
const (
	DefaultTimeout = 20 * time.Second
	WireLimit      = 50 << 20  // bytes
	DecodedLimit   = 200 << 20 // bytes
	RatioLimit     = 200
)

const (
	maxWait = 2 * time.Minute // longest a host may make us wait within a check
	maxHops = 5               // redirects
)

// Next is asked what to request: first with nil, then with every usable
// answer, and with an answer whose Fault is set when all attempts at a request
// have failed. more is false when there is nothing more to ask. An error says
// that a usable answer is not what it should be: it is kept as the answer's
// fault and the same request made again, so Next may see several answers to
// one request, and after the last of them the same answer once more. An error
// for nil or for an answer with a Fault ends the crawl and is Fetch's.
type Next func(prev *snapshot.Response) (req snapshot.Request, more bool, err error)

// One asks for the source's address, once.
func One(s snapshot.Source) Next {
	return func(prev *snapshot.Response) (snapshot.Request, bool, error) {
		return snapshot.Request{URL: s.URL}, prev == nil, nil
	}
}

// Options of a client.
type Options struct {
	Version  string                          // of the program, for the User-Agent
	Contact  string                          // address or URL a site's owner can write to
	Allow    []netip.Prefix                  // special-purpose networks that sources may be fetched from
	Spool    string                          // folder of the bodies until they are stored; empty: the system's
	Retries  int                             // further attempts at a request that failed; 0: 2; negative: none
	Backoff  func(attempt int) time.Duration // before attempt 2, 3, ...; nil: about 1 s, 3 s
	Browsers *render.Browsers                // for the sources that are rendered; nil: they fail
	Log      *slog.Logger
}

// Client crawls. It is long-lived and safe for concurrent use: politeness is
// kept per host over all that it fetches.
type Client struct {
	opt   Options
	agent string
	*manners
}

// manners is what all views of a client share.
type manners struct {
	mu         sync.Mutex // guards the maps; what a host holds is guarded by its turn
	hosts      map[string]*host
	transports map[way]*egress.Transport
}

// way is what connections may be shared by.
type way struct {
	proxy, ca string
	public    bool // whatever the configuration allows
}

// New makes a client.
func New(o Options) *Client {
	if o.Retries == 0 {
		o.Retries = 2
	}
	if o.Backoff == nil {
		o.Backoff = backoff
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	agent := "Pantau/" + cmp.Or(o.Version, "dev") + " (regulatory change tracker"
	if o.Contact != "" {
		agent += "; +" + o.Contact
	}
	return &Client{opt: o, agent: agent + ")", manners: &manners{hosts: map[string]*host{}, transports: map[way]*egress.Transport{}}}
}

// Logging is the same client, with the same manners, that writes to another log.
func (c *Client) Logging(log *slog.Logger) *Client {
	return &Client{opt: c.opt.logging(log), agent: c.agent, manners: c.manners}
}

func (o Options) logging(log *slog.Logger) Options {
	o.Log = log
	return o
}

func backoff(attempt int) time.Duration {
	d := time.Second
	if attempt > 2 {
		d = 3 * time.Second
	}
	return d + rand.N(d/4)
}

// Close lets go of idle connections.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.transports {
		t.CloseIdleConnections()
	}
}

// transport gives the one for a source, or for what a page of it asks for,
// which the networks that are allowed are not meant for.
func (c *Client) transport(a snapshot.Access, allow bool) (*egress.Transport, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := way{a.Proxy, a.CA, !allow}
	if t := c.transports[k]; t != nil {
		return t, nil
	}
	guard := egress.Guard{Key: "network.allow"}
	if allow {
		guard.Allow = c.opt.Allow
	}
	t, err := egress.NewTransport(egress.Policy{Guard: guard, Proxy: a.Proxy, CA: a.CA})
	if err != nil {
		return nil, err
	}
	c.transports[k] = t
	return t, nil
}

// Fetch crawls a source: next says what to ask. v makes the first request
// conditional; an answer of 304 ends the crawl with NotModified. A source that is
// rendered is never asked so, for its scripts ask for more than its address, and
// what a browser makes of the answer stands behind it. The error says
// why there is no whole capture: the context ended (its cause is wrapped), the
// disk is full, the proxy or certificates of the source cannot be read, next
// gave up. What was fetched until then is returned beside it, so the capture is
// never nil and is to be closed. Faults of the site are no errors: they stand in
// the responses.
func (c *Client) Fetch(ctx context.Context, s snapshot.Source, v snapshot.Validators, next Next) (*snapshot.Capture, error) {
	j := &job{c: c, ctx: ctx, source: s, spool: &spool{dir: c.opt.Spool}}
	capture := &snapshot.Capture{Source: s.ID, Started: time.Now().UTC(), Spool: j.spool}
	var err error
	if s.Render != nil {
		v = snapshot.Validators{}
	}
	if j.transport, err = c.transport(s.Access, true); err == nil {
		j.collect()
		err = j.crawl(capture, v, next)
	}
	if err == nil && s.Render != nil {
		err = j.render(capture)
	}
	capture.Finished = time.Now().UTC()
	if err != nil {
		return capture, fmt.Errorf("source %s: %w", s.ID, err)
	}
	return capture, nil
}

// sleep waits for d or, with its cause, for the end of the context.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
