package crawler

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"

	"pantau/internal/egress"
	"pantau/internal/snapshot"
)

// RoundTrip makes the request of the collector, follows its redirects, reads
// the body into the spool and fills in the job's answer. What it returns to
// the collector has neither body nor headers: the collector would try to unpack
// a body that is no longer there.
func (j *job) RoundTrip(req *http.Request) (*http.Response, error) {
	for hop := 0; ; hop++ {
		next, err := j.hop(req, hop)
		if err != nil {
			j.err = err
			return nil, err
		}
		if next == nil {
			return &http.Response{StatusCode: cmp.Or(j.answer.Status, http.StatusBadGateway), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
				Header: http.Header{}, Body: http.NoBody, Request: req}, nil
		}
		req = next
	}
}

// hop makes one exchange with one host. It returns the request to follow if
// the answer is a redirect.
func (j *job) hop(req *http.Request, n int) (*http.Request, error) {
	h, err := j.c.take(req.Context(), snapshot.Host(req.URL))
	if err != nil {
		return nil, err
	}
	defer h.release()
	if err := j.allowed(req, h); err != nil {
		return nil, err
	}
	if err := h.wait(req.Context(), j.source.Access.Delay); err != nil {
		return nil, err
	}
	req = j.withCookies(req)
	if n == 0 {
		j.answer.RequestHeader = egress.Fields(req.Header)
	}
	w := newWatch(req.Context(), cmp.Or(j.source.Access.Timeout, DefaultTimeout))
	defer w.stop()
	resp, wire, err := j.transport.Exchange(req.WithContext(w.ctx))
	if err != nil {
		return nil, w.explain(err)
	}
	defer resp.Body.Close()
	if err := j.keepCookies(resp, req); err != nil {
		return nil, err
	}
	note(j.answer, resp, wire)
	if redirected(resp) {
		return j.follow(req, resp, j.answer, n)
	}
	if resp.StatusCode == http.StatusNotModified && conditional(req.Header) {
		return nil, nil
	}
	f, err := j.read(resp, j.answer, w)
	if err != nil {
		return nil, err
	}
	if status := statusFault(resp, h); status != nil {
		f = status // says more than a broken body does
	}
	if f != nil {
		j.answer.Fault = f.At(j.answer.Request)
	}
	return nil, nil
}

// note takes down what the head of an answer says.
func note(r *snapshot.Response, resp *http.Response, wire egress.Wire) {
	r.Status, r.Proto, r.Header, r.HeaderSorted = resp.StatusCode, resp.Proto, wire.Header, wire.Sorted
	r.Peer, r.TLSLeaf, r.ContentType = wire.Peer, wire.TLSLeaf, resp.Header.Get("Content-Type")
	r.Date, _ = http.ParseTime(resp.Header.Get("Date"))
	r.Unframed = resp.ContentLength < 0 && len(resp.TransferEncoding) == 0
}

func (j *job) withCookies(req *http.Request) *http.Request {
	if j.jar == nil {
		return req
	}
	out := req.Clone(req.Context())
	for _, c := range j.jar.Cookies(req.URL) {
		out.AddCookie(c)
	}
	return out
}

// keepCookies lets a site that hands out a session before it answers have its
// way within one job. A cookie goes back to who set it only.
func (j *job) keepCookies(resp *http.Response, req *http.Request) error {
	cookies := resp.Cookies()
	if len(cookies) == 0 {
		return nil
	}
	if j.jar == nil {
		var err error
		if j.jar, err = cookiejar.New(nil); err != nil {
			return fmt.Errorf("cookies: %w", err)
		}
	}
	for _, c := range cookies {
		c.Domain = "" // for the host alone, so that no list of public suffixes is needed
	}
	j.jar.SetCookies(req.URL, cookies)
	return nil
}

func redirected(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	}
	return false
}

// follow gives the request a redirect asks for, or says why it is refused.
func (j *job) follow(req *http.Request, resp *http.Response, r *snapshot.Response, n int) (*http.Request, error) {
	if len(r.Redirects) == 0 {
		r.Redirects = append(r.Redirects, req.URL.String())
	}
	refuse := func(why string, err error) error {
		return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonRedirect, Detail: why + ": " + strings.Join(r.Redirects, " -> "), Err: err}
	}
	location := resp.Header.Get("Location")
	to, err := req.URL.Parse(location)
	if err != nil {
		r.Redirects = append(r.Redirects, location)
		return nil, refuse("a redirect leads to no address", err)
	}
	r.Redirects = append(r.Redirects, to.String())
	if n+1 > maxHops {
		return nil, refuse(fmt.Sprintf("more than %d redirects", maxHops), nil)
	}
	if req.URL.Scheme == "https" && to.Scheme == "http" {
		return nil, refuse("a redirect leads from https down to http", nil)
	}
	if to, err = egress.CheckURL(to.String()); err != nil {
		return nil, err
	}
	to.Fragment, to.RawFragment = "", ""
	io.CopyN(io.Discard, resp.Body, 4<<10) // read to its end, a short body lets the connection be used again
	r.FinalURL = to.String()
	next := req.Clone(req.Context())
	next.URL, next.Host = to, to.Host
	next.Header.Del("Cookie")
	return next, nil
}
