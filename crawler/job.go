package crawler

import (
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"time"

	"github.com/gocolly/colly/v2"

	"pantau/internal/egress"
	"pantau/internal/snapshot"
)

// job is one Fetch. One goroutine works on it.
type job struct {
	c         *Client
	ctx       context.Context
	source    snapshot.Source
	transport *egress.Transport
	collector *colly.Collector
	spool     *spool
	jar       *cookiejar.Jar // of this job only; nil until a site sets a cookie
	unzip     *gzip.Reader   // used again for every body
	buf       []byte         // likewise

	// Of the request under way: what it becomes, and why the collector's
	// RoundTrip gave it up.
	answer *snapshot.Response
	err    error
}

// collect makes the fresh collector of the job. Everything that colly could do
// about limits, robots, cookies and charsets is done by our own transport
// instead. It is not made by colly.NewCollector, which obeys COLLY_ variables of
// the environment.
func (j *job) collect() {
	c := &colly.Collector{}
	c.Init()
	c.AllowURLRevisit, c.IgnoreRobotsTxt, c.ParseHTTPErrorResponse = true, true, true
	c.MaxBodySize = 0
	c.UserAgent = j.c.agent
	c.Context = j.ctx
	c.WithTransport(j)
	c.SetRequestTimeout(0)
	j.collector = c
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
		if r.Fault == nil && r.Status == http.StatusNotModified {
			capture.NotModified = true
			return req, false, nil
		}
		if r.Fault == nil {
			following, more, err := next(r)
			if err == nil {
				return following, more, nil
			}
			r.Fault = asFault(err).At(req)
		}
		asked := time.Duration(r.Fault.After) * time.Second
		if attempt > j.c.opt.Retries || asked > maxWait || errors.Is(r.Fault, errForbidden) {
			return next(r)
		}
		wait := max(j.c.opt.Backoff(attempt+1), asked)
		j.c.opt.Log.Info("request failed, will try again", "url", req.URL, "reason", r.Fault.Reason, "attempt", attempt, "wait", wait)
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
// error is of our own side only: the context or the disk.
func (j *job) attempt(req snapshot.Request, n int, v snapshot.Validators) (*snapshot.Response, error) {
	r := &snapshot.Response{Request: req, Attempt: n, Started: time.Now().UTC()}
	j.answer, j.err = r, nil
	_, err := egress.CheckURL(req.URL)
	if err == nil {
		err = j.collector.Request(http.MethodGet, req.URL, nil, nil, headers(v))
	}
	if r.Status != 0 || j.err != nil {
		err = j.err // what the collector makes of an answer without a body does not count
	}
	r.Finished = time.Now().UTC()
	var disk *spoolError
	switch {
	case j.ctx.Err() != nil:
		r.Fault = (&snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonCanceled, Detail: "stopped before the answer was whole"}).At(req)
		return r, context.Cause(j.ctx)
	case errors.As(err, &disk):
		r.Fault = (&snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonStorage, Detail: disk.Error(), Err: disk}).At(req)
		return r, disk
	case err != nil:
		r.Fault = fault(err).At(req)
		if len(r.Redirects) > 0 && r.Fault.Reason != snapshot.ReasonRedirect { // which names the chain already
			r.Fault.Detail += "; redirected: " + strings.Join(r.Redirects, " -> ")
		}
	}
	return r, nil
}

// headers are what a request says besides the User-Agent.
func headers(v snapshot.Validators) http.Header {
	h := http.Header{
		"Accept":          {"text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"},
		"Accept-Encoding": {"gzip"},
		"Accept-Language": {"id,en;q=0.7"},
	}
	if v.ETag != "" {
		h.Set("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		h.Set("If-Modified-Since", v.LastModified)
	}
	return h
}

func conditional(h http.Header) bool {
	return h.Get("If-None-Match") != "" || h.Get("If-Modified-Since") != ""
}
