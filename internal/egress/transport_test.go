package egress

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// local lets tests reach their own servers.
func local() Guard { return Guard{Allow: prefixes("127.0.0.0/8"), Key: "network.allow"} }

func transport(t testing.TB, p Policy) *Transport {
	t.Helper()
	tr, err := NewTransport(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// get makes one exchange and reads the body.
func get(t testing.TB, tr *Transport, address string) (string, Wire, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, w, err := tr.Exchange(r)
	if err != nil {
		return "", w, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), w, err
}

// raw starts a server that answers the nth request of a connection, from 0, by
// the text of answer; an empty one ends the connection.
func raw(t *testing.T, answer func(n int, r *http.Request) string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer c.Close()
				in := bufio.NewReader(c)
				for n := 0; ; n++ {
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					text := answer(n, r)
					if text == "" {
						return
					}
					io.WriteString(c, text)
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); open.Wait() })
	return "http://" + l.Addr().String()
}

// canary is a server that must not be reached.
func canary(t *testing.T) (address string, hits *atomic.Int32) {
	hits = new(atomic.Int32)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			hits.Add(1)
			c.Close()
		}
	})
	t.Cleanup(func() { l.Close(); done.Wait() })
	return l.Addr().String(), hits
}

// TestHeaderOrder asks over one connection for several answers, so that the
// recorder must begin anew each time, with interim answers and a body that
// looks like a head.
func TestHeaderOrder(t *testing.T) {
	var conns atomic.Int32
	address := raw(t, func(n int, r *http.Request) string {
		if n == 0 {
			conns.Add(1)
		}
		body := "HTTP/1.1 200 OK\r\nX-Body: 1\r\n\r\n"
		interim := ""
		if n%2 == 1 {
			interim = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
		}
		return interim + fmt.Sprintf("HTTP/1.1 200 OK\r\nx-turn: %d\r\nServer: s\r\nSet-Cookie: b=1\r\nContent-Length: %d\r\nset-cookie: a=2\r\nDate: Mon, 13 Jan 2025 00:44:00 GMT\r\n\r\n%s", n, len(body), body)
	})
	tr := transport(t, Policy{Guard: local()})
	for n := range 6 {
		body, w, err := get(t, tr, address)
		if err != nil {
			t.Fatal(err)
		}
		want := [][2]string{{"x-turn", fmt.Sprint(n)}, {"Server", "s"}, {"Set-Cookie", "b=1"}, {"Content-Length", fmt.Sprint(len(body))}, {"set-cookie", "a=2"}, {"Date", "Mon, 13 Jan 2025 00:44:00 GMT"}}
		if !reflect.DeepEqual(w.Header, want) || w.Sorted {
			t.Errorf("answer %d: %q sorted=%v\nwant %q", n, w.Header, w.Sorted, want)
		}
		if "http://"+w.Peer != address {
			t.Errorf("peer %s, want %s", w.Peer, address)
		}
	}
	if conns.Load() != 1 {
		t.Errorf("%d connections: the test does not show what it should", conns.Load())
	}
}

// TestStaleConnection: when net/http asks again over a new connection, the
// head of the new one counts.
func TestStaleConnection(t *testing.T) {
	address := raw(t, func(n int, r *http.Request) string {
		if n == 1 {
			return ""
		}
		return "HTTP/1.1 200 OK\r\nX-N: " + fmt.Sprint(n) + "\r\nContent-Length: 2\r\n\r\nok"
	})
	tr := transport(t, Policy{Guard: local()})
	for range 3 {
		_, w, err := get(t, tr, address)
		if err != nil {
			t.Fatal(err)
		}
		if len(w.Header) != 2 || w.Header[0] != [2]string{"X-N", "0"} {
			t.Errorf("header %q", w.Header)
		}
	}
}

func TestGuardAtExchange(t *testing.T) {
	address, hits := canary(t)
	_, port, _ := net.SplitHostPort(address)
	for _, u := range []string{"http://" + address, "https://" + address, "http://localhost:" + port, "http://x.localhost:" + port,
		"http://[::ffff:127.0.0.1]:" + port, "http://[::ffff:7f00:1]:" + port, "http://[64:ff9b::7f00:1]:" + port, "http://0.0.0.0:" + port, "http://[::]:" + port,
		"http://１２７.0.0.1:" + port, "http://169.254.169.254/latest", "http://[fd00:ec2::254]/"} {
		for _, p := range []Policy{{Guard: Guard{Key: "network.allow"}}, {Proxy: "http://" + address}} {
			parsed, err := url.Parse(u)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = transport(t, p).Exchange(&http.Request{Method: http.MethodGet, URL: parsed})
			if !errors.As(err, new(*Refused)) {
				t.Errorf("%s (proxy %q): %v, want a refusal", u, p.Proxy, err)
			}
		}
	}
	if hits.Load() != 0 {
		t.Errorf("%d connections were made", hits.Load())
	}
}

// TestConfusedParsers puts addresses into a request that url.Parse would not
// give, as a careless caller could.
func TestConfusedParsers(t *testing.T) {
	address, hits := canary(t)
	for _, u := range []*url.URL{
		{Scheme: "http", Host: "go.id\\@" + address},
		{Scheme: "http", Host: address, User: url.User("go.id")},
		{Scheme: "http", Host: "go.id@" + address},
		{Scheme: "http", Host: address + "\r\nX: y"},
		{Scheme: "file", Path: "/etc/passwd"},
		{Scheme: "ftp", Host: address},
		{Scheme: "http"},
	} {
		resp, _, err := transport(t, Policy{Guard: local()}).Exchange(&http.Request{Method: http.MethodGet, URL: u})
		if !errors.As(err, new(*Refused)) {
			t.Errorf("%#v: %v, %v; want a refusal", u, resp, err)
		}
	}
	if hits.Load() != 0 {
		t.Errorf("%d connections were made", hits.Load())
	}
}

// TestJudgedIsAsked has an address whose text names another host than its
// parts: the one that was judged is asked.
func TestJudgedIsAsked(t *testing.T) {
	address, hits := canary(t)
	server := raw(t, func(_ int, r *http.Request) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(r.Host+r.RequestURI), r.Host+r.RequestURI)
	})
	resp, _, err := transport(t, Policy{Guard: local()}).Exchange(&http.Request{Method: http.MethodGet, Header: http.Header{},
		URL: &url.URL{Scheme: "http", Opaque: strings.TrimPrefix(server, "http:") + "/a", Host: address}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || "http://"+string(b) != server+"/a" || hits.Load() != 0 {
		t.Errorf("%s was asked, %v; %d connections to another", b, err, hits.Load())
	}
}

// TestRebinding has a name server that gives a public address first and the
// loopback afterwards: what counts is what is connected to.
func TestRebinding(t *testing.T) {
	address, hits := canary(t)
	_, port, _ := net.SplitHostPort(address)
	var asked atomic.Int32
	resolveBy(t, func(string) net.IP { asked.Add(1); return net.IPv4(127, 0, 0, 1) })
	for _, p := range []Policy{{}, {Guard: Guard{Allow: prefixes("10.0.0.0/8")}}} {
		if _, _, err := get(t, transport(t, p), "http://rebind.test:"+port); !errors.As(err, new(*Refused)) {
			t.Errorf("http: %v, want a refusal", err)
		}
		if _, err := p.DialContext(context.Background(), "tcp", "rebind.test:"+port); !errors.As(err, new(*Refused)) {
			t.Errorf("dial: %v, want a refusal", err)
		}
	}
	if asked.Load() == 0 {
		t.Error("the name server was not asked: the test does not show what it should")
	}
	if hits.Load() != 0 {
		t.Errorf("%d connections were made", hits.Load())
	}
	c, err := Policy{Guard: local()}.DialContext(context.Background(), "tcp", "rebind.test:"+port)
	if err != nil {
		t.Fatalf("with loopback allowed: %v", err)
	}
	c.Close()
}

// resolveBy puts a name server of one answer in the place of the system's.
func resolveBy(t *testing.T, answer func(name string) net.IP) {
	t.Helper()
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			pc.WriteTo(dnsAnswer(buf[:n], answer), from)
		}
	})
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
	t.Cleanup(func() { net.DefaultResolver = before; pc.Close(); done.Wait() })
}

// dnsAnswer answers a question of one name (RFC 1035, section 4.1); none but A
// has records.
func dnsAnswer(question []byte, answer func(name string) net.IP) []byte {
	end := 12
	var labels []string
	for question[end] != 0 {
		labels = append(labels, string(question[end+1:end+1+int(question[end])]))
		end += 1 + int(question[end])
	}
	end += 5 // the root label, type and class
	out := append([]byte{question[0], question[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question[12:end]...)
	if question[end-3] == 1 { // type A
		out[7] = 1
		out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		out = append(out, answer(strings.Join(labels, ".")).To4()...)
	}
	return out
}

func TestProxy(t *testing.T) {
	root := issue(t, "root", nil, time.Now().Add(time.Hour))
	leaf := issue(t, "leaf", root, time.Now().Add(time.Hour))
	secure := serveTLS(t, leaf)
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.RequestURI+" "+r.Header.Get("Proxy-Authorization"))
		if r.Method != http.MethodConnect {
			w.Header().Set("X-B", "1")
			w.Header().Set("X-A", "2")
			io.WriteString(w, "through")
			return
		}
		if strings.HasPrefix(r.Host, "no.example") {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		tunnel(w, r.Host)
	}))
	t.Cleanup(proxy.Close) // after the transport has let go of its tunnels
	tr := transport(t, Policy{Guard: local(), CA: root.pem(), Proxy: strings.Replace(proxy.URL, "http://", "http://u:p@", 1)})

	body, w, err := get(t, tr, "http://jdih.example/a")
	if err != nil || body != "through" {
		t.Fatalf("%q, %v", body, err)
	}
	if !w.Sorted || "http://"+w.Peer != proxy.URL || w.TLSLeaf != "" {
		t.Errorf("evidence %+v", w)
	}
	if want := []string{"Content-Length", "Content-Type", "Date", "X-A", "X-B"}; !reflect.DeepEqual(names(w.Header), want) {
		t.Errorf("headers %v, want %v", names(w.Header), want)
	}
	if body, w, err = get(t, tr, secure.URL); err != nil || body != "ok" {
		t.Fatalf("%q, %v", body, err)
	}
	if len(w.TLSLeaf) != 64 || !w.Sorted {
		t.Errorf("evidence %+v", w)
	}
	if _, _, err = get(t, tr, "https://no.example/"); err == nil || !strings.Contains(err.Error(), "the proxy "+strings.TrimPrefix(proxy.URL, "http://")+" answered 403") {
		t.Errorf("%v, want what the proxy answered", err)
	}
	want := []string{"GET http://jdih.example/a Basic dTpw", "CONNECT " + strings.TrimPrefix(secure.URL, "https://") + " Basic dTpw", "CONNECT no.example:443 Basic dTpw"}
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("the proxy was asked %q, want %q", asked, want)
	}
}

func names(h [][2]string) (out []string) {
	for _, f := range h {
		out = append(out, f[0])
	}
	return out
}

// tunnel is what a proxy does at CONNECT.
func tunnel(w http.ResponseWriter, host string) {
	to, err := net.Dial("tcp", host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer to.Close()
	from, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer from.Close()
	io.WriteString(from, "HTTP/1.1 200 OK\r\n\r\n")
	done := make(chan struct{})
	go func() { io.Copy(to, from); to.Close(); close(done) }()
	io.Copy(from, to)
	from.Close()
	<-done
}

// TestMetadataProxy: a proxy is reached without permission, but not where
// clouds keep credentials.
func TestMetadataProxy(t *testing.T) {
	_, _, err := get(t, transport(t, Policy{Proxy: "http://169.254.169.254:80"}), "http://go.id/")
	if !errors.As(err, new(*Refused)) {
		t.Errorf("%v, want a refusal", err)
	}
}

func TestEnvironmentIsNoProxy(t *testing.T) {
	address, hits := canary(t)
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY"} {
		t.Setenv(name, "http://"+address)
	}
	server := raw(t, func(int, *http.Request) string { return "HTTP/1.1 204 No Content\r\n\r\n" })
	tr := transport(t, Policy{Guard: local()})
	if tr.t.Proxy != nil { // net/http never sends loopback through a proxy of the environment
		t.Error("the transport has a proxy")
	}
	if _, _, err := get(t, tr, server); err != nil {
		t.Error(err)
	}
	if hits.Load() != 0 {
		t.Error("the proxy of the environment was used")
	}
}

// TestClientFollowsNothing: what a channel sends may hold a secret.
func TestClientFollowsNothing(t *testing.T) {
	address, hits := canary(t)
	server := raw(t, func(int, *http.Request) string {
		return "HTTP/1.1 307 Go\r\nLocation: http://" + address + "/\r\nContent-Length: 0\r\n\r\n"
	})
	c, err := NewClient(Policy{Guard: local()}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	resp, err := c.Post(server+"/hook", "application/json", strings.NewReader(`{"token":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusTemporaryRedirect || hits.Load() != 0 {
		t.Errorf("status %d, %d connections to the target", resp.StatusCode, hits.Load())
	}
	if _, err := c.Get("http://10.0.0.1/"); !errors.As(err, new(*Refused)) {
		t.Errorf("%v, want a refusal", err)
	}
}

func TestClientTimesOut(t *testing.T) {
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-hang }))
	defer server.Close()
	defer close(hang)
	c, err := NewClient(Policy{Guard: local()}, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if _, err := c.Get(server.URL); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("%v, want a time-out", err)
	}
}

func TestDialOtherNetworks(t *testing.T) {
	if _, err := (Policy{Guard: Guard{Allow: prefixes("0.0.0.0/0", "::/0")}}).DialContext(context.Background(), "unix", t.TempDir()+"/s"); !errors.As(err, new(*Refused)) {
		t.Errorf("%v, want a refusal", err)
	}
}
