package egress

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
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

// DialContext connects to an address that the guard lets pass.
func (p Policy) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return dial(ctx, network, address, p.Guard.Check)
}

func dial(ctx context.Context, network, address string, check func(netip.Addr) error) (net.Conn, error) {
	d := net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second,
		// Here the name is resolved already: what is judged is what is connected to.
		ControlContext: func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(resolved)
			if err != nil {
				return &Refused{Address: resolved, Why: "it is no IP address"}
			}
			return check(at.Addr())
		}}
	return d.DialContext(ctx, network, address)
}

// Transport is a guarded http.RoundTripper that follows nothing and unpacks
// nothing by itself. It is safe for concurrent use.
type Transport struct {
	t      *http.Transport
	guard  Guard
	behind bool // a proxy
}

// NewTransport makes a transport; it fails for a proxy or certificates that
// cannot be read.
func NewTransport(p Policy) (*Transport, error) {
	roots, err := p.pool()
	if err != nil {
		return nil, err
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, NextProtos: []string{"http/1.1"}}
	t := &Transport{guard: p.Guard, behind: p.Proxy != ""}
	t.t = &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 2, MaxIdleConns: 64, IdleConnTimeout: 30 * time.Second,
		MaxResponseHeaderBytes: 256 << 10, TLSHandshakeTimeout: 15 * time.Second, TLSClientConfig: conf}
	if !t.behind {
		t.t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := p.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &recorder{Conn: c}, nil
		}
		t.t.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialTLS(ctx, p, conf, network, address)
		}
		return t, nil
	}
	proxy, err := url.Parse(p.Proxy)
	if err != nil || proxy.Host == "" || proxy.Scheme != "http" && proxy.Scheme != "https" {
		return nil, errors.New("`proxy` is not an http or https address")
	}
	t.t.Proxy = http.ProxyURL(proxy)
	// The administrator named the proxy, so its own network needs no further
	// permission; metadata services stay shut.
	own := Guard{Allow: []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}}
	t.t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return dial(ctx, network, address, own.Check)
	}
	return t, nil
}

func dialTLS(ctx context.Context, p Policy, conf *tls.Config, network, address string) (net.Conn, error) {
	raw, err := p.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conf = conf.Clone()
	if conf.ServerName, _, err = net.SplitHostPort(address); err != nil {
		raw.Close()
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	c := tls.Client(raw, conf)
	if err := c.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, fmt.Errorf("TLS with %s: %w", address, err)
	}
	return &recorder{Conn: c, leaf: fingerprint(c.ConnectionState().PeerCertificates)}, nil
}

func fingerprint(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return ""
	}
	h := sha256.Sum256(chain[0].Raw)
	return hex.EncodeToString(h[:])
}

// Close lets go of idle connections.
func (t *Transport) Close() { t.t.CloseIdleConnections() }

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
	if _, err := CheckURL(r.URL.String()); err != nil {
		return nil, w, err
	}
	if ip, err := netip.ParseAddr(strings.Trim(r.URL.Hostname(), "[]")); err == nil { // behind a proxy nobody else would look
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
	resp, err := t.t.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil {
		return nil, w, err
	}
	if conn != nil {
		w.TLSLeaf = conn.leaf
		w.Header = parseHead(conn.head())
	}
	if resp.TLS != nil {
		w.TLSLeaf = fingerprint(resp.TLS.PeerCertificates)
	}
	if w.Header == nil {
		w.Sorted = true
		for name, values := range resp.Header {
			for _, v := range values {
				w.Header = append(w.Header, [2]string{name, v})
			}
		}
		slices.SortStableFunc(w.Header, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	}
	return resp, w, nil
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

// recorder keeps the head of the answer that is being read, because net/http
// forgets the order of headers.
type recorder struct {
	net.Conn
	leaf string

	mu    sync.Mutex // guards what follows
	armed bool
	buf   []byte
}

const headLimit = 256 << 10

func (c *recorder) arm() {
	c.mu.Lock()
	c.armed, c.buf = true, c.buf[:0]
	c.mu.Unlock()
}

func (c *recorder) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	if c.armed {
		from := max(0, len(c.buf)-3)
		c.buf = append(c.buf, b[:min(n, headLimit-min(headLimit, len(c.buf)))]...)
		if c.ended(from) || len(c.buf) >= headLimit {
			c.armed = false
		}
	}
	c.mu.Unlock()
	return n, err
}

// ended tells whether the buffer holds a whole head that is not an interim one.
func (c *recorder) ended(from int) bool {
	if bytes.HasPrefix(c.buf, []byte("HTTP/1.1 1")) {
		from = 0
	}
	head := c.buf
	for bytes.HasPrefix(head, []byte("HTTP/1.1 1")) {
		_, rest, ok := bytes.Cut(head, []byte("\r\n\r\n"))
		if !ok {
			return false
		}
		head, from = rest, 0
	}
	return bytes.Contains(head[min(from, len(head)):], []byte("\r\n\r\n")) || bytes.Contains(head[min(from, len(head)):], []byte("\n\n"))
}

func (c *recorder) head() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.buf)
}

// parseHead reads the header lines of the last head in b, continuation lines
// joined (RFC 9112, section 5.2).
func parseHead(b []byte) [][2]string {
	for bytes.HasPrefix(b, []byte("HTTP/1.1 1")) {
		_, rest, ok := bytes.Cut(b, []byte("\r\n\r\n"))
		if !ok {
			break
		}
		b = rest
	}
	var out [][2]string
	for n, line := range strings.Split(string(b), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			break
		}
		if n == 0 {
			continue
		}
		if (line[0] == ' ' || line[0] == '\t') && len(out) > 0 {
			out[len(out)-1][1] += " " + strings.TrimSpace(line)
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok {
			out = append(out, [2]string{name, strings.TrimSpace(value)})
		}
	}
	return out
}
