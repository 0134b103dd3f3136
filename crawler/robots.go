package crawler

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/temoto/robotstxt"

	"pantau/internal/snapshot"
)

// rules are what a host's robots.txt says to us.
type rules struct {
	group *robotstxt.Group
	until time.Time // when they must be read again
}

const (
	robotsFor   = 24 * time.Hour // RFC 9309, section 2.4
	robotsRetry = time.Minute    // after a failure, while older rules serve
	robotsLimit = 500 << 10      // bytes; RFC 9309, section 2.5
)

// errForbidden marks the fault of a rule that was read: asking again is vain.
var errForbidden = errors.New("forbidden by robots.txt")

const permission = "`robots: ignore` at the source is for a site that has given its permission"

// allowed fails with a fault where robots.txt forbids the request. A file that
// cannot be reached forbids everything, one that is not there allows it
// (RFC 9309, sections 2.3.1.3 and 2.3.1.4); rules that were read before serve
// while the file cannot be reached (section 2.4). The caller has the host's
// turn.
func (j *job) allowed(req *http.Request, h *host) error {
	if j.source.Access.IgnoreRobots {
		return nil
	}
	if h.rules == nil || time.Now().After(h.rules.until) {
		fresh, err := j.fetchRobots(req, h)
		switch {
		case err == nil:
			h.rules = fresh
		case h.rules == nil || req.Context().Err() != nil:
			return err
		default:
			h.rules.until = time.Now().Add(robotsRetry)
		}
	}
	if path := req.URL.RequestURI(); !h.rules.group.Test(path) {
		return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonRobots, Err: errForbidden,
			Detail: fmt.Sprintf("%s/robots.txt forbids %s; %s", snapshot.Host(req.URL), path, permission)}
	}
	return nil
}

// fetchRobots reads the file as pages are read, guarded and limited, but it is
// no part of the capture.
func (j *job) fetchRobots(req *http.Request, h *host) (*rules, error) {
	side := &job{c: j.c, ctx: j.ctx, source: j.source, transport: j.transport, spool: &spool{dir: j.c.opt.Spool}}
	side.source.Access.WireLimit, side.source.Access.DecodedLimit = robotsLimit, robotsLimit
	defer side.spool.Close()
	r := &snapshot.Response{}
	if err := side.robotsHops(req, h, r); err != nil {
		f := fault(err)
		if req.Context().Err() != nil || errors.As(err, new(*spoolError)) {
			return nil, err
		}
		if f.Reason == snapshot.ReasonRedirect { // section 2.3.1.2: as if there were none
			return &rules{group: &robotstxt.Group{}, until: time.Now().Add(robotsFor)}, nil
		}
		if f.Reason == snapshot.ReasonGuard { // says that nothing of the host may be reached
			return nil, f
		}
		return nil, unreadable(f, f.Reason)
	}
	f := r.Fault
	switch {
	case r.Status/100 == 4 && r.Status != http.StatusTooManyRequests, strings.Contains(r.ContentType, "html") && r.Status == http.StatusOK:
		r.Body = snapshot.Body{}
	case f != nil && f.Reason == snapshot.ReasonLimit: // its beginning counts (section 2.5)
	case f != nil && r.Status != http.StatusOK:
		return nil, unreadable(f, snapshot.ReasonRobots)
	case f != nil:
		return nil, unreadable(f, f.Reason)
	}
	body, err := r.Body.Bytes()
	if err != nil {
		return nil, err
	}
	return &rules{group: parseRobots(body), until: time.Now().Add(robotsFor)}, nil
}

// unreadable is the fault of a robots.txt that could not be had.
func unreadable(f *snapshot.Fault, reason string) *snapshot.Fault {
	detail := "robots.txt cannot be read: " + f.Detail
	if reason == snapshot.ReasonRobots { // the site is there, only the file is not
		detail += "; without it nothing of the site may be (RFC 9309), and " + permission
	}
	return &snapshot.Fault{Class: snapshot.Failed, Reason: reason, After: f.After, Err: f, Detail: detail}
}

// parseRobots gives the rules for us. The library refuses a whole file for one
// line; the lines it refuses are left out instead.
func parseRobots(body []byte) *robotstxt.Group {
	data, err := robotstxt.FromBytes(body)
	if err != nil {
		data, err = robotstxt.FromBytes(readable(body))
	}
	if err != nil {
		return &robotstxt.Group{}
	}
	return data.FindGroup("Pantau")
}

// readable keeps the lines of body that the library can read: rules behind a
// User-agent, in UTF-8, with delays that are numbers.
func readable(body []byte) []byte {
	var out []byte
	named := false
	for line := range strings.Lines(strings.TrimPrefix(string(body), "\ufeff")) {
		text, _, _ := strings.Cut(line, "#")
		key, value, _ := strings.Cut(text, ":")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		switch key {
		case "user-agent", "useragent":
			named = named || value != ""
		case "crawl-delay", "crawldelay":
			if n, err := strconv.ParseFloat(value, 64); err != nil || !(n >= 0 && n <= 1e6) { // NaN is neither
				continue
			}
		case "allow", "disallow":
		default:
			continue
		}
		if named && value != "" && utf8.ValidString(value) {
			out = fmt.Appendf(out, "%s: %s\n", key, value)
		}
	}
	return out
}

// robotsHops fetches robots.txt while the host's turn is held already; a
// redirect to another host is followed without taking that one's turn, for two
// hosts that redirect to each other would wait for ever.
func (j *job) robotsHops(req *http.Request, h *host, r *snapshot.Response) error {
	next := req.Clone(req.Context())
	next.URL.Path, next.URL.RawPath, next.URL.RawQuery, next.URL.ForceQuery = "/robots.txt", "", "", false
	next.Header.Del("If-None-Match")
	next.Header.Del("If-Modified-Since")
	next.Header.Del("Cookie")
	for n := 0; next != nil; n++ {
		if err := h.wait(req.Context(), j.source.Access.Delay); err != nil {
			return err
		}
		var err error
		if next, err = j.robotsHop(next, h, r, n); err != nil {
			return err
		}
	}
	return nil
}

func (j *job) robotsHop(req *http.Request, h *host, r *snapshot.Response, n int) (*http.Request, error) {
	w := newWatch(req.Context(), cmp.Or(j.source.Access.Timeout, DefaultTimeout))
	defer w.stop()
	resp, wire, err := j.transport.Exchange(req.WithContext(w.ctx))
	if err != nil {
		return nil, w.explain(err)
	}
	defer resp.Body.Close()
	note(r, resp, wire)
	if redirected(resp) {
		return j.follow(req, resp, r, n)
	}
	if resp.ContentLength > robotsLimit {
		resp.ContentLength = -1 // no reason to give up: its beginning counts
	}
	if r.Fault, err = j.read(resp, r, w); err != nil {
		return nil, err
	}
	if f := statusFault(resp, h); f != nil {
		r.Fault = f
	}
	return nil, nil
}
