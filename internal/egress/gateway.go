package egress

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Gateway is the only way out of a browser: a proxy on the loopback that hands
// every request to Ask, which makes it as it makes its own. TLS ends in the
// gateway, under a key that the browser is told to trust (Pin) and that nobody
// else ever sees; to the server it is spoken by our transport, so that https is
// judged, limited and counted request by request, by the same certificates as
// everything else. Nothing is tunnelled: a WebSocket, or what is no http at
// all, is refused.
type Gateway struct {
	ask      func(*http.Request) (*http.Response, error)
	key      *ecdsa.PrivateKey
	spki     []byte
	listener net.Listener
	outer    *http.Server // what the browser sends to the proxy
	inner    *http.Server // what comes out of its TLS
	tunnels  *tunnels

	mu      sync.Mutex // guards what follows
	pending int
	ended   time.Time // when the last request ended
	certs   map[string]*tls.Certificate
}

// askedBody is what a browser may send with one request, in bytes.
const askedBody = 1 << 20

// OpenGateway opens a gateway on a free port of the loopback. ask is called by
// many goroutines; the body of what it returns is closed.
func OpenGateway(ask func(*http.Request) (*http.Response, error)) (*Gateway, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key of the gateway: %w", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("key of the gateway: %w", err)
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("gateway of the browser: %w", err)
	}
	g := &Gateway{ask: ask, key: key, spki: spki, listener: l, tunnels: newTunnels(l.Addr()),
		ended: time.Now(), certs: map[string]*tls.Certificate{}}
	quiet := slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	g.outer = &http.Server{Handler: http.HandlerFunc(g.serveOuter), ReadHeaderTimeout: handshake, MaxHeaderBytes: headLimit, ErrorLog: quiet}
	g.inner = &http.Server{Handler: http.HandlerFunc(g.serveInner), ReadHeaderTimeout: time.Minute, MaxHeaderBytes: headLimit, ErrorLog: quiet,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, targetKey{}, c.(*channel).target)
		}}
	go g.outer.Serve(l)
	go g.inner.Serve(g.tunnels)
	return g, nil
}

// Address is host and port of the proxy.
func (g *Gateway) Address() string { return g.listener.Addr().String() }

// Pin is the digest of the gateway's key, as Chromium's
// --ignore-certificate-errors-spki-list takes it: what other key it meets it
// trusts as little as ever.
func (g *Gateway) Pin() string {
	sum := sha256.Sum256(g.spki)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Close ends every connection.
func (g *Gateway) Close() error { return errors.Join(g.outer.Close(), g.inner.Close()) }

// Quiet is for how long nothing has been asked for; 0 while something is.
func (g *Gateway) Quiet() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.pending > 0 {
		return 0
	}
	return time.Since(g.ended)
}

// serveOuter takes plain requests, and the beginning of tunnels.
func (g *Gateway) serveOuter(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		g.serve(w, r)
		return
	}
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "no tunnel", http.StatusInternalServerError)
		return
	}
	if err := g.enter(c, r.Host); err != nil {
		c.Close()
	}
}

// enter ends the browser's TLS and has what comes out of it served.
func (g *Gateway) enter(c net.Conn, target string) error {
	host, _, err := net.SplitHostPort(target)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return err
	}
	inside := tls.Server(c, &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return g.certificate(host) }})
	ctx, cancel := context.WithTimeout(context.Background(), handshake)
	defer cancel()
	if err := inside.HandshakeContext(ctx); err != nil {
		return err // a WebSocket without TLS, for one
	}
	return g.tunnels.add(&channel{Conn: inside, target: target})
}

// serveInner takes what came through TLS: its host is the one the tunnel was
// asked for, whatever the request says.
func (g *Gateway) serveInner(w http.ResponseWriter, r *http.Request) {
	target, _ := r.Context().Value(targetKey{}).(string)
	r.URL.Scheme, r.URL.Host = "https", strings.TrimSuffix(target, ":443")
	g.serve(w, r)
}

// hopByHop are the headers that concern one connection (RFC 9110, section 7.6.1).
var hopByHop = []string{"Connection", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

func (g *Gateway) serve(w http.ResponseWriter, r *http.Request) {
	if !r.URL.IsAbs() || r.Header.Get("Upgrade") != "" {
		http.Error(w, "only http and https are spoken", http.StatusForbidden)
		return
	}
	g.begin()
	defer g.end()
	out := r.Clone(r.Context())
	out.RequestURI, out.Host = "", out.URL.Host
	for _, name := range hopByHop {
		out.Header.Del(name)
	}
	if r.ContentLength == 0 {
		out.Body = http.NoBody
	} else {
		out.Body = http.MaxBytesReader(w, r.Body, askedBody)
	}
	resp, err := g.ask(out)
	if err != nil {
		status := http.StatusBadGateway
		if _, ok := errors.AsType[*Refused](err); ok {
			status = http.StatusForbidden
		}
		http.Error(w, "Pantau does not fetch this", status)
		return
	}
	defer resp.Body.Close()
	for name, values := range resp.Header {
		if !slices.Contains(hopByHop, name) {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(resp.StatusCode)
	io.Copy(w, resp.Body) // the browser has gone away if this fails
}

func (g *Gateway) begin() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pending++
}

func (g *Gateway) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pending--
	g.ended = time.Now()
}

// certificate is one for a host, under the gateway's key.
func (g *Gateway) certificate(host string) (*tls.Certificate, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.certs[host]; c != nil {
		return c, nil
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if ip, err := netip.ParseAddr(host); err == nil {
		template.IPAddresses = []net.IP{ip.AsSlice()}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &g.key.PublicKey, g.key)
	if err != nil {
		return nil, err
	}
	c := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: g.key}
	g.certs[host] = c
	return c, nil
}

type targetKey struct{}

// channel is a connection whose TLS has ended here.
type channel struct {
	net.Conn
	target string // host and port it was asked for
}

// tunnels is the listener of those.
type tunnels struct {
	address net.Addr
	conns   chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

func newTunnels(a net.Addr) *tunnels {
	return &tunnels{address: a, conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (t *tunnels) add(c net.Conn) error {
	select {
	case t.conns <- c:
		return nil
	case <-t.closed:
		return net.ErrClosed
	}
}

// Accept implements net.Listener.
func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case c := <-t.conns:
		return c, nil
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (t *tunnels) Close() error {
	t.once.Do(func() { close(t.closed) })
	return nil
}

// Addr implements net.Listener.
func (t *tunnels) Addr() net.Addr { return t.address }
