package egress

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

// Policy says what may be reached and how.
type Policy struct {
	Guard Guard
	Proxy string // http or https proxy; empty: direct, whatever the environment says
	CA    string // PEM: root or intermediate certificates trusted besides the system's
}

// pool is the system's roots and the policy's own. A certificate in the pool
// ends a chain wherever it stands in it, so a missing intermediate is mended
// by naming it, and nothing else is trusted by that.
func (p Policy) pool() (*x509.CertPool, error) {
	if p.CA == "" {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM([]byte(p.CA)) {
		return nil, errors.New("`ca` holds no PEM certificate")
	}
	return pool, nil
}

// DialContext connects to an address that the guard lets pass, for mail. The
// proxy is for http and is not used.
func (p Policy) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return dial(ctx, network, address, p.Guard)
}

func dial(ctx context.Context, network, address string, g Guard) (net.Conn, error) {
	d := net.Dialer{Timeout: handshake, KeepAlive: 30 * time.Second,
		// Here the name is resolved already: what is judged is what is connected to.
		ControlContext: func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(resolved)
			if err != nil {
				return &Refused{Address: resolved, Why: "it is no IP address"}
			}
			return g.Check(at.Addr())
		}}
	return d.DialContext(ctx, network, address)
}

// Transport is a guarded http.RoundTripper that follows nothing and unpacks
// nothing by itself. It is safe for concurrent use.
type Transport struct {
	t     *http.Transport
	guard Guard
}

// handshake is how long a connection and its TLS may each take.
const handshake = 15 * time.Second

// NewTransport makes a transport; it fails for a proxy or certificates that
// cannot be read.
func NewTransport(p Policy) (*Transport, error) {
	roots, err := p.pool()
	if err != nil {
		return nil, err
	}
	// HTTP/1.1 only: the order of headers is evidence, and one request at a
	// time gains nothing by HTTP/2.
	conf := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, NextProtos: []string{"http/1.1"}}
	t := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 2, MaxIdleConns: 64, IdleConnTimeout: 30 * time.Second,
		MaxResponseHeaderBytes: headLimit, TLSHandshakeTimeout: handshake, TLSClientConfig: conf}
	if p.Proxy != "" {
		if err := p.through(t); err != nil {
			return nil, err
		}
		return &Transport{t: t, guard: p.Guard}, nil
	}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := p.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &recorder{Conn: c}, nil
	}
	t.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return p.dialTLS(ctx, conf, network, address)
	}
	return &Transport{t: t, guard: p.Guard}, nil
}

// through sends everything of t through the proxy.
func (p Policy) through(t *http.Transport) error {
	proxy, err := url.Parse(p.Proxy)
	if err != nil || proxy.Hostname() == "" || proxy.Scheme != "http" && proxy.Scheme != "https" {
		return errors.New("`proxy` is not an http or https address")
	}
	t.Proxy = http.ProxyURL(proxy)
	t.OnProxyConnectResponse = func(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("the proxy %s answered %s", proxy.Host, answer.Status)
		}
		return nil
	}
	// The administrator named the proxy, so its own network needs no further
	// permission; metadata services stay shut.
	own := Guard{Allow: prefixes("0.0.0.0/0", "::/0")}
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return dial(ctx, network, address, own)
	}
	return nil
}

func (p Policy) dialTLS(ctx context.Context, conf *tls.Config, network, address string) (net.Conn, error) {
	raw, err := p.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conf = conf.Clone()
	if conf.ServerName, _, err = net.SplitHostPort(address); err != nil {
		raw.Close()
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, handshake)
	defer cancel()
	c := tls.Client(raw, conf)
	if err := c.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, &HandshakeError{Address: address, Err: err}
	}
	return &recorder{Conn: c, leaf: fingerprint(c.ConnectionState().PeerCertificates)}, nil
}

// HandshakeError is the error of a server that was reached and with which no
// trusted connection came about. Through a proxy net/http's own errors stand in
// its place.
type HandshakeError struct {
	Address string // host and port
	Err     error
}

func (e *HandshakeError) Error() string { return "TLS with " + e.Address + ": " + e.Err.Error() }

// Unwrap gives the error of crypto/tls.
func (e *HandshakeError) Unwrap() error { return e.Err }

func fingerprint(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return ""
	}
	h := sha256.Sum256(chain[0].Raw)
	return hex.EncodeToString(h[:])
}

// CloseIdleConnections lets go of the connections that are not in use. It is
// what http.Client.CloseIdleConnections calls.
func (t *Transport) CloseIdleConnections() { t.t.CloseIdleConnections() }

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, _, err := t.Exchange(r)
	return resp, err
}

// Wire is what can be proven of an exchange beyond the response itself.
type Wire struct {
	Peer    string      // address and port connected to; of the proxy if there is one
	TLSLeaf string      // SHA-256 of the server's certificate
	Header  [][2]string // in the order of the wire
	Sorted  bool        // the order could not be seen: behind a proxy
}

// Exchange makes one request and follows nothing. The caller closes the body.
func (t *Transport) Exchange(r *http.Request) (*http.Response, Wire, error) {
	var w Wire
	u, err := CheckURL(r.URL.String())
	if err != nil {
		return nil, w, err
	}
	if ip, ok := literal(u.Hostname()); ok { // behind a proxy nobody else would look
		if err := t.guard.Check(ip); err != nil {
			return nil, w, err
		}
	}
	var conn *recorder
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		w.Peer = i.Conn.RemoteAddr().String()
		if c, ok := i.Conn.(*recorder); ok {
			conn = c
			c.arm()
		}
	}}
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), trace))
	r.URL = u // what was judged is what is asked for
	resp, err := t.t.RoundTrip(r)
	if err != nil {
		return nil, w, err
	}
	if conn != nil {
		w.TLSLeaf = conn.leaf
		w.Header = conn.fields()
	}
	if resp.TLS != nil { // through a proxy, where net/http made the handshake
		w.TLSLeaf = fingerprint(resp.TLS.PeerCertificates)
	}
	if w.Header == nil {
		w.Header, w.Sorted = Fields(resp.Header), true
	}
	return resp, w, nil
}

// Fields are the lines of h in the order of their names.
func Fields(h http.Header) [][2]string {
	var out [][2]string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			out = append(out, [2]string{name, v})
		}
	}
	return out
}

// NewClient is a client for channels and heartbeats: guarded, and redirects
// are answers like any other, so that a secret never travels on.
func NewClient(p Policy, timeout time.Duration) (*http.Client, error) {
	t, err := NewTransport(p)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: t, Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}
