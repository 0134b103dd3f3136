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
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/gocolly/colly/v2"

	"pantau/internal/egress"
	"pantau/internal/snapshot"
)

// Defaults of snapshot.Access and Options.
const (
	DefaultTimeout = 20 * time.Second
	WireLimit      = 50 << 20
	DecodedLimit   = 200 << 20
	RatioLimit     = 200
	maxWait        = 2 * time.Minute // longest Retry-After waited for within a check
	maxHops        = 5
)

// Next is asked what to request: first with nil, then with every usable
// answer, and with an answer whose Fault is set when all attempts at a request
// have failed. more is false when there is nothing more to ask. An error says
// that the answer is not what it should be: it is kept as a fault and the same
// request made again, so Next may see the answer to one request several times.
type Next func(prev *snapshot.Response) (req snapshot.Request, more bool, err error)

// One asks for the source's address, once.
func One(s snapshot.Source) Next {
	return func(prev *snapshot.Response) (snapshot.Request, bool, error) {
		return snapshot.Request{URL: s.URL}, prev == nil, nil
	}
}

// Options of a client.
type Options struct {
	Version string                          // of the program, for the User-Agent
	Contact string                          // address or URL a site's owner can write to
	Allow   []netip.Prefix                  // special-purpose networks that sources may be fetched from
	Spool   string                          // folder of the bodies until they are stored; empty: the system's
	Retries int                             // further attempts at a request that failed; 0: 2; negative: none
	Backoff func(attempt int) time.Duration // before attempt 2, 3, ...; nil: about 1 s, 3 s
	Log     *slog.Logger
}

// Client crawls. It is long-lived and safe for concurrent use: politeness is
// kept per host over all that it fetches.
type Client struct {
	opt   Options
	agent string

	mu         sync.Mutex // guards the maps
	hosts      map[string]*host
	transports map[[2]string]*egress.Transport // by proxy and CA
	robots     map[string]*rules
}

// New makes a client.
func New(o Options) *Client {
	if o.Retries == 0 {
		o.Retries = 2
	}
	if o.Backoff == nil {
		o.Backoff = func(attempt int) time.Duration {
			d := time.Second
			if attempt > 2 {
				d = 3 * time.Second
			}
			return d + rand.N(d/4)
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	agent := "Pantau/" + cmp.Or(o.Version, "dev") + " (regulatory change tracker"
	if o.Contact != "" {
		agent += "; +" + o.Contact
	}
	return &Client{opt: o, agent: agent + ")", hosts: map[string]*host{}, transports: map[[2]string]*egress.Transport{}, robots: map[string]*rules{}}
}

// Close lets go of idle connections.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.transports {
		t.Close()
	}
}

func (c *Client) transport(a snapshot.Access) (*egress.Transport, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := [2]string{a.Proxy, a.CA}
	if t := c.transports[k]; t != nil {
		return t, nil
	}
	t, err := egress.NewTransport(egress.Policy{Guard: egress.Guard{Allow: c.opt.Allow, Key: "network.allow"}, Proxy: a.Proxy, CA: a.CA})
	if err == nil {
		c.transports[k] = t
	}
	return t, err
}

// job is one Fetch.
type job struct {
	c         *Client
	ctx       context.Context
	source    snapshot.Source
	transport *egress.Transport
	spool     *spool
	collector *colly.Collector
	answer    *snapshot.Response // of the request under way; set by RoundTrip
}

// Fetch crawls a source: next says what to ask. v makes the first request
// conditional; an answer of 304 ends the crawl with NotModified. The error says
// why there is no whole capture (the context ended, the disk is full); what was
// fetched until then is returned beside it. Faults of the site are no errors:
// they stand in the responses.
func (c *Client) Fetch(ctx context.Context, s snapshot.Source, v snapshot.Validators, next Next) (*snapshot.Capture, error) {
	j := &job{c: c, ctx: ctx, source: s, spool: &spool{dir: c.opt.Spool}}
	capture := &snapshot.Capture{Source: s.ID, Started: time.Now().UTC(), Spool: j.spool}
	var err error
	if j.transport, err = c.transport(s.Access); err != nil {
		return capture, fmt.Errorf("source %s: %w", s.ID, err)
	}
	j.collect()
	err = j.crawl(capture, v, next)
	capture.Finished = time.Now().UTC()
	if err != nil {
		return capture, fmt.Errorf("source %s: %w", s.ID, err)
	}
	return capture, nil
}

// collect makes the fresh collector of the job. Everything that colly could do
// about limits, robots and charsets is done by our own transport instead.
func (j *job) collect() {
	j.collector = colly.NewCollector(colly.AllowURLRevisit(), colly.IgnoreRobotsTxt(), colly.ParseHTTPErrorResponse(),
		colly.UserAgent(j.c.agent), colly.MaxBodySize(0), colly.StdlibContext(j.ctx))
	j.collector.WithTransport(j)
	j.collector.SetRequestTimeout(0)
}

func (j *job) crawl(capture *snapshot.Capture, v snapshot.Validators, next Next) error {
	req, more, err := next(nil)
	for more && err == nil {
		req, more, err = j.ask(capture, req, v, next)
		v = snapshot.Validators{}
	}
	return err
}

// ask makes one request until its answer is usable or the attempts are spent,
// and returns what next wants then.
func (j *job) ask(capture *snapshot.Capture, req snapshot.Request, v snapshot.Validators, next Next) (snapshot.Request, bool, error) {
	for attempt := 1; ; attempt++ {
		r, err := j.attempt(req, attempt, v)
		capture.Responses = append(capture.Responses, r)
		if err != nil {
			return req, false, err
		}
		if r.Status == http.StatusNotModified && v != (snapshot.Validators{}) {
			r.Fault, capture.NotModified = nil, true
			return req, false, nil
		}
		if r.Fault == nil {
			following, more, err := next(r)
			if err == nil {
				return following, more, nil
			}
			r.Fault = asFault(err).At(req)
		}
		if j.ctx.Err() != nil {
			return req, false, context.Cause(j.ctx)
		}
		wait := j.c.opt.Backoff(attempt + 1)
		if r.Fault.After > 0 {
			wait = time.Duration(r.Fault.After) * time.Second
		}
		if attempt > j.c.opt.Retries || wait > maxWait {
			return next(r)
		}
		j.c.opt.Log.Info("request failed, will try again", "source", j.source.ID, "url", req.URL, "reason", r.Fault.Reason, "attempt", attempt, "wait", wait)
		if err := sleep(j.ctx, wait); err != nil {
			return req, false, err
		}
	}
}

func asFault(err error) *snapshot.Fault {
	var f *snapshot.Fault
	if errors.As(err, &f) {
		return f
	}
	return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonMalformed, Detail: err.Error(), Err: err}
}

// attempt makes one request, with its redirects, through the collector. The
// error is of our own side only.
func (j *job) attempt(req snapshot.Request, n int, v snapshot.Validators) (*snapshot.Response, error) {
	r := &snapshot.Response{Request: req, Attempt: n, Started: time.Now().UTC()}
	j.answer = r
	header := http.Header{"Accept": {"text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"}, "Accept-Encoding": {"gzip"}, "Accept-Language": {"id,en;q=0.7"}}
	if v.ETag != "" {
		header.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		header.Set("If-Modified-Since", v.LastModified)
	}
	if _, err := egress.CheckURL(req.URL); err != nil {
		r.Fault = fault(err).At(req)
		r.Finished = time.Now().UTC()
		return r, nil
	}
	err := j.collector.Request(http.MethodGet, req.URL, nil, nil, header)
	r.Finished = time.Now().UTC()
	if j.ctx.Err() != nil {
		r.Fault = (&snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonCanceled, Detail: "stopped before the answer was whole"}).At(req)
		return r, context.Cause(j.ctx)
	}
	var disk *os.PathError
	if errors.As(err, &disk) {
		return r, fmt.Errorf("spool of the bodies: %w", err)
	}
	if err != nil && r.Fault == nil {
		r.Fault = fault(err).At(req)
	}
	return r, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
