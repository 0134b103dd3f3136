package crawler

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/temoto/robotstxt"
	"golang.org/x/time/rate"

	"pantau/internal/snapshot"
)

// host keeps the manners towards one host, over all sources and redirects.
type host struct {
	turn chan struct{} // holds one token while an exchange is under way

	mu     sync.Mutex    // guards what follows
	least  time.Duration // crawl-delay of its robots.txt
	pace   *rate.Limiter
	paused time.Time
}

// take waits for the host's turn.
func (c *Client) take(ctx context.Context, name string) (*host, error) {
	c.mu.Lock()
	h := c.hosts[name]
	if h == nil {
		h = &host{turn: make(chan struct{}, 1), pace: rate.NewLimiter(rate.Inf, 1)}
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

// wait keeps the delay between two requests, the host's own crawl-delay if that
// is longer, and a pause it has asked for. A delay of 0 switches politeness off,
// the crawl-delay included; what the host asked for by Retry-After stays.
func (h *host) wait(ctx context.Context, delay time.Duration) error {
	h.mu.Lock()
	limit := rate.Inf
	if delay > 0 {
		limit = rate.Every(max(delay, h.least))
	}
	if h.pace.Limit() != limit {
		h.pace.SetLimit(limit)
	}
	pause := time.Until(h.paused)
	h.mu.Unlock()
	if pause > maxWait {
		return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonThrottled, After: int(pause.Seconds()),
			Detail: fmt.Sprintf("the server asked to be left alone for another %s", pause.Round(time.Second))}
	}
	if pause > 0 {
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
	return h.pace.Wait(ctx)
}

func (h *host) pause(d time.Duration) {
	h.mu.Lock()
	if until := time.Now().Add(d); until.After(h.paused) {
		h.paused = until
	}
	h.mu.Unlock()
}

// rules are what a host's robots.txt says to us, or why it could not be read.
type rules struct {
	group *robotstxt.Group
	err   *snapshot.Fault
	until time.Time
}

const (
	robotsFor   = 24 * time.Hour // RFC 9309, section 2.4
	robotsRetry = time.Minute    // after a failure
	robotsLimit = 500 << 10      // RFC 9309, section 2.5: at least 500 KiB
)

// allowed fails with a fault where robots.txt forbids the request. A file that
// cannot be reached forbids everything, one that is not there allows it
// (RFC 9309, sections 2.3.1.3 and 2.3.1.4); a copy younger than a day serves
// meanwhile.
func (j *job) allowed(req *http.Request, h *host) error {
	if j.source.Access.IgnoreRobots {
		return nil
	}
	name := snapshot.Host(req.URL)
	j.c.mu.Lock()
	known := j.c.robots[name]
	j.c.mu.Unlock()
	if known == nil || time.Now().After(known.until) {
		fresh, err := j.fetchRobots(req, h)
		if err != nil {
			return err
		}
		if fresh.err != nil && known != nil && known.group != nil {
			known.until = time.Now().Add(robotsRetry)
		} else {
			known = fresh
		}
		j.c.mu.Lock()
		j.c.robots[name] = known
		j.c.mu.Unlock()
	}
	if known.err != nil {
		return known.err
	}
	h.mu.Lock()
	h.least = known.group.CrawlDelay
	h.mu.Unlock()
	if path := req.URL.RequestURI(); !known.group.Test(path) {
		return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonRobots,
			Detail: fmt.Sprintf("%s/robots.txt forbids %s; `robots: ignore` at the source is for a site that has given its permission", name, path)}
	}
	return nil
}

func (j *job) fetchRobots(req *http.Request, h *host) (*rules, error) {
	u := *req.URL
	u.Path, u.RawPath, u.RawQuery, u.Fragment = "/robots.txt", "", "", ""
	unreachable := func(why string) *rules {
		return &rules{until: time.Now().Add(robotsRetry), err: &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonRobots,
			Detail: fmt.Sprintf("%s cannot be read (%s), so nothing of the site may be (RFC 9309); `robots: ignore` at the source is for a site that has given its permission", u.String(), why)}}
	}
	r := &snapshot.Response{Request: snapshot.Request{URL: u.String()}}
	small := &job{c: j.c, ctx: j.ctx, source: j.source, transport: j.transport, spool: &spool{dir: j.c.opt.Spool}}
	defer small.spool.Close()
	small.source.Access.WireLimit, small.source.Access.DecodedLimit = robotsLimit, robotsLimit
	for attempt := 1; ; attempt++ {
		err := small.robotsHops(req, h, r)
		if req.Context().Err() != nil {
			return nil, context.Cause(req.Context())
		}
		var f *snapshot.Fault
		if err != nil {
			f = fault(err)
		} else if r.Fault != nil && r.Status/100 != 4 {
			f = r.Fault
		}
		if f == nil {
			break
		}
		if attempt > j.c.opt.Retries || f.Reason == snapshot.ReasonGuard {
			return unreachable(f.Detail), nil
		}
		if err := sleep(req.Context(), j.c.opt.Backoff(attempt+1)); err != nil {
			return nil, err
		}
		r = &snapshot.Response{Request: r.Request}
	}
	body, err := r.Body.Bytes()
	if err != nil {
		return nil, err
	}
	if r.Status/100 == 4 || strings.Contains(r.ContentType, "html") {
		body = nil
	}
	data, err := robotstxt.FromBytes(body)
	if err != nil {
		data, _ = robotstxt.FromBytes(nil)
	}
	return &rules{group: data.FindGroup("Pantau"), until: time.Now().Add(robotsFor)}, nil
}

// robotsHops fetches robots.txt while the host's turn is held already; a
// redirect to another host is followed without taking that one's turn, for two
// hosts that redirect to each other would wait for ever.
func (j *job) robotsHops(req *http.Request, h *host, r *snapshot.Response) error {
	next := req.Clone(req.Context())
	next.URL, _ = req.URL.Parse("/robots.txt")
	next.Header.Del("If-None-Match")
	next.Header.Del("If-Modified-Since")
	next.Header.Del("Cookie")
	for n := 0; next != nil; n++ {
		if err := h.wait(req.Context(), j.source.Access.Delay); err != nil {
			return err
		}
		w := newWatch(req.Context(), DefaultTimeout)
		resp, _, err := j.transport.Exchange(next.WithContext(w.ctx))
		if err != nil {
			w.stop()
			return w.explain(err)
		}
		r.Status, r.ContentType = resp.StatusCode, resp.Header.Get("Content-Type")
		next, err = j.robotsAnswer(next, resp, r, w, h, n)
		resp.Body.Close()
		w.stop()
		if err != nil {
			return err
		}
	}
	return nil
}

func (j *job) robotsAnswer(req *http.Request, resp *http.Response, r *snapshot.Response, w *watch, h *host, n int) (*http.Request, error) {
	if redirected(resp) {
		return j.follow(req, resp, r, n)
	}
	f, err := j.read(resp, r, w)
	if err == nil && f == nil {
		f = statusFault(resp, h)
	}
	r.Fault = f
	return nil, err
}

func sortHeader(h [][2]string) {
	slices.SortStableFunc(h, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
}
