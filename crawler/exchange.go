package crawler

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pantau/internal/egress"
	"pantau/internal/snapshot"
)

// RoundTrip makes the request of the collector, follows its redirects, reads
// the body into the spool and fills in the job's answer. What it returns to
// the collector has no body any more. Faults of the site stand in the answer;
// an error is one of connection or of our own disk.
func (j *job) RoundTrip(req *http.Request) (*http.Response, error) {
	r := j.answer
	for hop := 0; ; hop++ {
		next, err := j.hop(req, r, hop)
		if err != nil {
			return nil, err
		}
		if next == nil {
			return &http.Response{StatusCode: cmp.Or(r.Status, http.StatusBadGateway), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
				Header: cookies(r.Header), Body: http.NoBody, Request: req}, nil
		}
		req = next
	}
}

// cookies are the only headers the collector gets to see, for its jar: the
// others would make it decode a body that is no longer there.
func cookies(h [][2]string) http.Header {
	out := http.Header{}
	for _, f := range h {
		if strings.EqualFold(f[0], "Set-Cookie") {
			out.Add("Set-Cookie", f[1])
		}
	}
	return out
}

// hop makes one exchange with one host. It returns the request to follow if
// the answer is a redirect.
func (j *job) hop(req *http.Request, r *snapshot.Response, n int) (*http.Request, error) {
	h, err := j.c.take(req.Context(), snapshot.Host(req.URL))
	if err != nil {
		return nil, err
	}
	defer h.release()
	if err := j.allowed(req, h); err != nil {
		return nil, err
	}
	if n == 0 {
		for name, values := range req.Header {
			for _, v := range values {
				r.RequestHeader = append(r.RequestHeader, [2]string{name, v})
			}
		}
		sortHeader(r.RequestHeader)
	}
	if err := h.wait(req.Context(), j.source.Access.Delay); err != nil {
		return nil, err
	}
	watch := newWatch(req.Context(), cmp.Or(j.source.Access.Timeout, DefaultTimeout))
	defer watch.stop()
	resp, wire, err := j.transport.Exchange(req.WithContext(watch.ctx))
	if err != nil {
		return nil, watch.explain(err)
	}
	defer resp.Body.Close()
	r.Status, r.Proto, r.Header, r.HeaderSorted = resp.StatusCode, resp.Proto, wire.Header, wire.Sorted
	r.Peer, r.TLSLeaf, r.ContentType = wire.Peer, wire.TLSLeaf, resp.Header.Get("Content-Type")
	r.Date, _ = http.ParseTime(resp.Header.Get("Date"))
	if redirected(resp) {
		return j.follow(req, resp, r, n)
	}
	if resp.StatusCode == http.StatusNotModified {
		return nil, nil
	}
	r.Unframed = resp.ContentLength < 0 && len(resp.TransferEncoding) == 0
	if f, err := j.read(resp, r, watch); err != nil {
		return nil, err
	} else if f != nil {
		r.Fault = f.At(r.Request)
		return nil, nil
	}
	if f := statusFault(resp, h); f != nil {
		r.Fault = f.At(r.Request)
	}
	return nil, nil
}

func redirected(resp *http.Response) bool {
	switch resp.StatusCode {
	case 301, 302, 303, 307, 308:
		return resp.Header.Get("Location") != ""
	}
	return false
}

// follow gives the request a redirect asks for, or says why it is refused.
func (j *job) follow(req *http.Request, resp *http.Response, r *snapshot.Response, n int) (*http.Request, error) {
	if len(r.Redirects) == 0 {
		r.Redirects = append(r.Redirects, req.URL.String())
	}
	refuse := func(why string) error {
		return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonRedirect, Detail: why + ": " + strings.Join(r.Redirects, " -> ")}
	}
	to, err := req.URL.Parse(resp.Header.Get("Location"))
	if err != nil {
		return nil, refuse("a redirect leads to no address")
	}
	r.Redirects = append(r.Redirects, to.String())
	if n+1 > maxHops {
		return nil, refuse(fmt.Sprintf("more than %d redirects", maxHops))
	}
	if req.URL.Scheme == "https" && to.Scheme == "http" {
		return nil, refuse("a redirect leads from https down to http")
	}
	if _, err := egress.CheckURL(to.String()); err != nil {
		return nil, err
	}
	r.FinalURL = to.String()
	io.CopyN(io.Discard, resp.Body, 4<<10) // a short body lets the connection be used again
	next := (&http.Request{Method: http.MethodGet, URL: to, Host: to.Host, Header: req.Header.Clone(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(req.Context())
	if snapshot.Host(to) != snapshot.Host(req.URL) {
		next.Header.Del("Cookie")
	}
	return next, nil
}

// statusFault judges the status; nil for 200. A host that asks us to wait is
// left alone by everybody until then.
func statusFault(resp *http.Response, h *host) *snapshot.Fault {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	f := &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonStatus,
		Detail: fmt.Sprintf("the server answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable {
		if wait := retryAfter(resp.Header.Get("Retry-After"), time.Now()); wait > 0 {
			f.Reason, f.After = snapshot.ReasonThrottled, int((wait+time.Second-1)/time.Second)
			f.Detail += fmt.Sprintf(" and asked to wait %s", wait.Round(time.Second))
			h.pause(wait)
		}
	}
	return f
}

// retryAfter reads the header of RFC 9110, section 10.2.3: seconds or a date.
func retryAfter(v string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
		return time.Duration(min(max(n, 0), 7*24*3600)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}

// fault puts an error of a connection into a class and a sentence.
func fault(err error) *snapshot.Fault {
	f := &snapshot.Fault{Class: snapshot.Failed, Err: err}
	var own *snapshot.Fault
	var refused *egress.Refused
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var authority x509.UnknownAuthorityError
	var alert tls.AlertError
	var timeout net.Error
	var dns *net.DNSError
	var dialed *net.OpError
	var address *url.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &refused):
		f.Reason, f.Detail = snapshot.ReasonGuard, refused.Error()
	case errors.As(err, &cert), errors.As(err, &authority), errors.As(err, &record), errors.As(err, &alert):
		f.Reason, f.Detail = snapshot.ReasonTLS, "no trusted connection: "+trim(err)+"; a missing intermediate or own root certificate can be named with `ca`"
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		f.Reason, f.Detail = snapshot.ReasonTimeout, "no answer in time: "+trim(err)
	case errors.As(err, &dns):
		f.Reason, f.Detail = snapshot.ReasonConnect, "the name of the host cannot be resolved: "+dns.Error()
	case errors.As(err, &dialed) && dialed.Op == "dial":
		f.Reason, f.Detail = snapshot.ReasonConnect, "no connection: "+trim(err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		f.Reason, f.Detail = snapshot.ReasonIncomplete, "the connection ended before the answer was whole"
	case errors.As(err, &address):
		f.Reason, f.Detail = snapshot.ReasonConnect, trim(err)
	default:
		f.Reason, f.Detail = snapshot.ReasonConnect, trim(err)
	}
	return f
}

// trim takes the "Get URL:" off an error: the fault names the address itself.
func trim(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}
