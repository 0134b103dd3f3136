package crawler

import (
	"crypto/tls"
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

// statusFault judges the status; nil for 200. A host that asks us to wait is
// left alone by everybody until then.
func statusFault(resp *http.Response, h *host) *snapshot.Fault {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	f := &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonStatus,
		Detail: strings.TrimSpace(fmt.Sprintf("the server answered %d %s", resp.StatusCode, http.StatusText(resp.StatusCode)))}
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return f
	}
	if wait := retryAfter(resp.Header.Get("Retry-After"), time.Now()); wait > 0 {
		f.Reason, f.After = snapshot.ReasonThrottled, seconds(wait)
		f.Detail += fmt.Sprintf(" and asked to wait %s", wait.Round(time.Second))
		h.pause(wait)
	}
	return f
}

// maxPause bounds what a host may ask for: a slip of the pen there must not
// blind us for a year.
const maxPause = 24 * time.Hour

// retryAfter reads the header of RFC 9110, section 10.2.3: seconds or a date.
func retryAfter(v string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
		return time.Duration(min(max(n, 0), int(maxPause/time.Second))) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return min(max(t.Sub(now), 0), maxPause)
	}
	return 0
}

// fault puts an error of a connection into a reason and a sentence.
func fault(err error) *snapshot.Fault {
	if own, ok := errors.AsType[*snapshot.Fault](err); ok {
		return own
	}
	f := &snapshot.Fault{Class: snapshot.Failed, Err: err}
	if refused, ok := errors.AsType[*egress.Refused](err); ok {
		f.Reason, f.Detail = snapshot.ReasonGuard, refused.Error()
		return f
	}
	timeout, timed := errors.AsType[net.Error](err)
	op, _ := errors.AsType[*net.OpError](err)
	dns, unknown := errors.AsType[*net.DNSError](err)
	switch {
	case timed && timeout.Timeout():
		f.Reason, f.Detail = snapshot.ReasonTimeout, "no answer in time: "+trim(err)
	case untrusted(err):
		f.Reason, f.Detail = snapshot.ReasonTLS, "no trusted connection: "+trim(err)+"; a missing intermediate or own root certificate can be named with `ca`"
	case unknown:
		f.Reason, f.Detail = snapshot.ReasonConnect, "the name of the host cannot be resolved: "+dns.Error()
	case op != nil && op.Op == "dial":
		f.Reason, f.Detail = snapshot.ReasonConnect, "no connection: "+trim(err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		f.Reason, f.Detail = snapshot.ReasonIncomplete, "the connection ended before the answer was whole"
	default:
		f.Reason, f.Detail = snapshot.ReasonConnect, trim(err)
	}
	return f
}

// untrusted tells the errors of TLS from those of the connection below it.
func untrusted(err error) bool {
	_, verify := errors.AsType[*tls.CertificateVerificationError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	_, handshake := errors.AsType[*egress.HandshakeError](err)
	return verify || record || handshake
}

// trim takes the "Get URL:" off an error: the fault names the address itself.
func trim(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return err.Error()
}
