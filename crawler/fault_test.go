package crawler

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pantau/internal/snapshot"
)

// wire starts a server that answers each connection by the function, once the
// request's head was read; robots.txt is not there.
func wire(t *testing.T, answer func(c net.Conn)) string {
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
				var head []byte
				for b := make([]byte, 1); !bytes.HasSuffix(head, []byte("\r\n\r\n")); head = append(head, b...) {
					if _, err := c.Read(b); err != nil {
						return
					}
				}
				if bytes.HasPrefix(head, []byte("GET /robots.txt ")) {
					io.WriteString(c, "HTTP/1.1 404 No\r\nConnection: close\r\n\r\n")
					return
				}
				answer(c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); open.Wait() })
	return "http://" + l.Addr().String() + "/"
}

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.HuffmanOnly)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestBodies holds what servers do to bodies, and what a capture says of it.
func TestBodies(t *testing.T) {
	plain := strings.Repeat("Pasal 1\n", 64)
	packed := string(zipped(t, []byte(plain)))
	var deflated bytes.Buffer
	z := zlib.NewWriter(&deflated)
	io.WriteString(z, plain)
	z.Close()
	head := func(lines ...string) string {
		return strings.Join(append([]string{"HTTP/1.1 200 OK", "Connection: close"}, lines...), "\r\n") + "\r\n\r\n"
	}
	length := func(n int) string { return fmt.Sprintf("Content-Length: %d", n) }
	tests := []struct {
		name   string
		wire   string
		body   string // kept; "~": some of its beginning
		reason string // empty: usable
		words  []string
	}{
		{"length", head(length(512)) + plain, plain, "", nil},
		{"chunked", head("Transfer-Encoding: chunked") + "200\r\n" + plain + "\r\n0\r\n\r\n", plain, "", nil},
		{"unframed", head() + plain, plain, "", nil},
		{"empty", head(length(0)), "", "", nil},
		{"gzip", head("Content-Encoding: gzip", length(len(packed))) + packed, plain, "", nil},
		{"gzip under another name", head("Content-Encoding: X-GZIP", length(len(packed))) + packed, plain, "", nil},
		{"gzip in two members", head("Content-Encoding: gzip") + packed + packed, plain + plain, "", nil},
		{"deflate", head("Content-Encoding: deflate", length(deflated.Len())) + deflated.String(), plain, "", nil},
		{"gzip file, not packed for the way", head("Content-Type: application/gzip", length(len(packed))) + packed, packed, "", nil},

		{"truncated", head(length(512)) + plain[:100], plain[:100], snapshot.ReasonIncomplete, []string{"100 bytes came", "512 were announced"}},
		{"chunk cut", head("Transfer-Encoding: chunked") + "200\r\n" + plain[:100], plain[:100], snapshot.ReasonIncomplete, []string{"100 bytes came"}},
		{"last chunk missing", head("Transfer-Encoding: chunked") + "200\r\n" + plain + "\r\n", plain, snapshot.ReasonIncomplete, []string{"512 bytes came"}},
		{"broken chunk", head("Transfer-Encoding: chunked") + "200\r\n" + plain + "\r\nxyz\r\n", plain, snapshot.ReasonIncomplete, nil},
		{"gzip cut, length right", head("Content-Encoding: gzip", length(20)) + packed[:20], "~", snapshot.ReasonIncomplete, []string{"20 bytes came, 20 were announced"}},
		{"gzip cut, unframed", head("Content-Encoding: gzip") + packed[:len(packed)-4], plain, snapshot.ReasonIncomplete, nil},
		{"gzip whole, length longer", head("Content-Encoding: gzip", length(len(packed)+9)) + packed, plain, snapshot.ReasonIncomplete, []string{"announced"}},
		{"deflate whole, length longer", head("Content-Encoding: deflate", length(deflated.Len()+9)) + deflated.String(), plain, snapshot.ReasonIncomplete, []string{"announced"}},
		{"bytes behind deflate", head("Content-Encoding: deflate") + deflated.String() + "tail", plain, snapshot.ReasonIncomplete, []string{"4 bytes behind the end"}},
		{"gzip with a wrong sum", head("Content-Encoding: gzip") + packed[:len(packed)-8] + "\x00\x00\x00\x00" + packed[len(packed)-4:], plain, snapshot.ReasonIncomplete, []string{"checksum"}},
		{"gzip that is none", head("Content-Encoding: gzip") + plain, "", snapshot.ReasonIncomplete, nil},
		{"gzip of nothing", head("Content-Encoding: gzip", length(0)), "", snapshot.ReasonIncomplete, []string{"0 bytes came"}},
		{"brotli, not asked for", head("Content-Encoding: br", length(3)) + "abc", "", snapshot.ReasonMalformed, []string{`"br"`}},
		{"no answer", "", "", snapshot.ReasonIncomplete, []string{"connection ended"}},
		{"head cut", "HTTP/1.1 200 OK\r\nA: b\r\n", "", snapshot.ReasonIncomplete, []string{"connection ended"}},
		{"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "", snapshot.ReasonConnect, []string{"malformed HTTP"}},
		{"longer than the limit by its own word", head(length(1 << 40)), "", snapshot.ReasonLimit, []string{"bytes announced", "limits: {wire: ...}"}},
		{"two lengths", head(length(512), length(511)) + plain, "", snapshot.ReasonConnect, []string{"Content-Length"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address := wire(t, func(c net.Conn) { io.WriteString(c, tt.wire) })
			got := fetch(t, newClient(t, Options{Retries: -1}), page(address))
			r := got.Responses[0]
			if tt.reason == "" && r.Fault != nil {
				t.Fatalf("fault %v", r.Fault)
			} else if tt.reason != "" {
				wantFault(t, r, tt.reason, append(tt.words, address)...)
			}
			body := text(t, r)
			if tt.body == "~" && strings.HasPrefix(plain, body) {
				tt.body = body
			}
			if body != tt.body || r.Body.Size != int64(len(body)) || len(body) > 0 && r.Body.SHA256 != snapshot.Digest([]byte(body)) {
				t.Errorf("body %.40q (%+v), want %.40q", body, r.Body, tt.body)
			}
			if _, sent, ok := strings.Cut(tt.wire, "\r\n\r\n"); ok && tt.reason == "" && !strings.Contains(tt.wire, "chunked") {
				if r.WireSize != int64(len(sent)) || r.WireDigest != snapshot.Digest([]byte(sent)) {
					t.Errorf("wire %d bytes %s, want %d of %s", r.WireSize, r.WireDigest, len(sent), snapshot.Digest([]byte(sent)))
				}
			}
			if want := r.Status == 200 && !strings.Contains(tt.wire, "Content-Length") && !strings.Contains(tt.wire, "chunked"); r.Unframed != want {
				t.Errorf("unframed %v, want %v", r.Unframed, want)
			}
		})
	}
}

// TestBomb sends 32 MiB in 32 KiB, whatever was asked for.
func TestBomb(t *testing.T) {
	var member bytes.Buffer
	w := gzip.NewWriter(&member)
	w.Write(make([]byte, 1<<20))
	w.Close()
	bomb := bytes.Repeat(member.Bytes(), 32)
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(bomb)
	})
	tests := []struct {
		name   string
		access snapshot.Access
		words  []string
	}{
		{"ratio", snapshot.Access{}, []string{"200 times", "limits: {ratio: ...}"}},
		{"decoded", snapshot.Access{RatioLimit: 5000, DecodedLimit: 3 << 20}, []string{"3145728 bytes unpacked", "limits: {decoded: ...}"}},
		{"wire", snapshot.Access{RatioLimit: 5000, WireLimit: 100}, []string{"100 bytes", "limits: {wire: ...}"}},
	}
	for _, tt := range tests {
		s := page(srv.URL)
		s.Access = tt.access
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := fetch(t, newClient(t, Options{Retries: -1}), s)
		runtime.ReadMemStats(&after)
		wantFault(t, got.Responses[0], snapshot.ReasonLimit, tt.words...)
		if spent := after.TotalAlloc - before.TotalAlloc; spent > 8<<20 {
			t.Errorf("%s: %d bytes were allocated", tt.name, spent)
		}
		if n := got.Responses[0].Body.Size; n > brokenKept {
			t.Errorf("%s: %d bytes were kept", tt.name, n)
		}
	}
}

// TestLimits: what is just as large as allowed passes, a byte more fails.
func TestLimits(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/chunked" {
			w.(http.Flusher).Flush()
		}
		io.WriteString(w, strings.Repeat("x", 1000))
	})
	for _, path := range []string{"/", "/chunked"} {
		for _, tt := range []struct {
			access snapshot.Access
			reason string
		}{
			{snapshot.Access{WireLimit: 1000, DecodedLimit: 1000}, ""},
			{snapshot.Access{WireLimit: 999}, snapshot.ReasonLimit},
			{snapshot.Access{DecodedLimit: 999}, snapshot.ReasonLimit},
		} {
			s := page(srv.URL + path)
			s.Access = tt.access
			r := fetch(t, newClient(t, Options{Retries: -1}), s).Responses[0]
			if tt.reason == "" && (r.Fault != nil || r.Body.Size != 1000) {
				t.Errorf("%s %+v: %v", path, tt.access, r.Fault)
			} else if tt.reason != "" {
				wantFault(t, r, tt.reason)
			}
		}
	}
}

// TestSlow: no head, a stalled body and a dripping one end, with what came.
func TestSlow(t *testing.T) {
	tests := []struct {
		name   string
		answer func(c net.Conn)
		kept   string
	}{
		{"hang", func(c net.Conn) { io.Copy(io.Discard, c) }, ""},
		{"head drips", func(c net.Conn) {
			drip(c, "HTTP/1.1 200 OK\r\nX-A: "+strings.Repeat("b", 10000))
		}, ""},
		{"body stalls", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
			io.Copy(io.Discard, c)
		}, "some"},
		{"body drips", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
			drip(c, strings.Repeat("b", 100000))
		}, "b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := page(wire(t, tt.answer))
			s.Access.Timeout = 300 * time.Millisecond
			r := fetch(t, newClient(t, Options{Retries: -1}), s).Responses[0]
			wantFault(t, r, snapshot.ReasonTimeout, "300ms", "`timeout`")
			if body := text(t, r); !strings.HasPrefix(body, tt.kept) || (tt.kept == "") != (body == "") {
				t.Errorf("kept %.20q, want %q", body, tt.kept)
			}
			if took := r.Finished.Sub(r.Started); took < s.Access.Timeout {
				t.Errorf("given up after %s", took)
			}
		})
	}
}

// drip writes a byte each 10 ms until the other side has gone.
func drip(c net.Conn, s string) {
	for i := range len(s) {
		if _, err := io.WriteString(c, s[i:i+1]); err != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestStatus(t *testing.T) {
	for _, status := range []int{204, 206, 300, 302, 304, 400, 401, 403, 404, 410, 429, 500, 503, 599} {
		srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			if status >= 400 {
				io.WriteString(w, "sorry")
			}
		})
		got := fetch(t, newClient(t, Options{}), page(srv.URL))
		if len(got.Responses) != 3 || got.NotModified {
			t.Errorf("%d: %d attempts, not modified %v", status, len(got.Responses), got.NotModified)
		}
		for n, r := range got.Responses {
			wantFault(t, r, snapshot.ReasonStatus, fmt.Sprint(status))
			if r.Status != status || r.Attempt != n+1 || status >= 400 && text(t, r) != "sorry" {
				t.Errorf("%d: response %+v", status, r)
			}
		}
	}
}

// TestRecovery: a fault of any kind is gone when a later attempt is good.
func TestRecovery(t *testing.T) {
	var n int
	var target string
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			http.Redirect(w, r, target, http.StatusFound)
		} else if n == 2 {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "short")
		} else {
			io.WriteString(w, "whole")
		}
	})
	target = "http://169.254.169.254/latest/meta-data"
	got := fetch(t, newClient(t, Options{}), page(srv.URL))
	if len(got.Responses) != 3 {
		t.Fatalf("%d responses", len(got.Responses))
	}
	wantFault(t, got.Responses[0], snapshot.ReasonGuard, "metadata")
	wantFault(t, got.Responses[1], snapshot.ReasonIncomplete)
	if r := got.Last(); r != got.Responses[2] || text(t, r) != "whole" || r.Attempt != 3 {
		t.Errorf("last %+v", r)
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for _, tt := range []struct {
		url, reason, words string
	}{
		{"http://" + l.Addr().String(), snapshot.ReasonConnect, "no connection"},
		{"http://10.0.0.1/", snapshot.ReasonGuard, "network.allow"},
		{"http://169.254.169.254/", snapshot.ReasonGuard, "metadata"},
		{"http://user@go.id/", snapshot.ReasonGuard, "user name"},
		{"ftp://go.id/", snapshot.ReasonGuard, "only http and https"},
		{"", snapshot.ReasonGuard, "only http and https"},
	} {
		for _, ignore := range []bool{false, true} {
			s := page(tt.url)
			s.Access.IgnoreRobots = ignore
			wantFault(t, fetch(t, newClient(t, Options{Retries: -1}), s).Responses[0], tt.reason, tt.words)
		}
	}
}

// TestUnresolved asks no name server, which would be another on every machine.
func TestUnresolved(t *testing.T) {
	for _, tt := range []struct {
		err    net.DNSError
		reason string
		words  string
	}{
		{net.DNSError{Err: "no such host", Name: "go.id", IsNotFound: true}, snapshot.ReasonConnect, "cannot be resolved"},
		{net.DNSError{Err: "i/o timeout", Name: "go.id", IsTimeout: true}, snapshot.ReasonTimeout, "no answer in time"},
	} {
		err := error(&net.OpError{Op: "dial", Net: "tcp", Err: &tt.err})
		wantFault(t, &snapshot.Response{Fault: fault(err)}, tt.reason, tt.words, "go.id")
		if f := fault(err); !errors.Is(f, &tt.err) {
			t.Errorf("%v does not wrap its cause", f)
		}
	}
}

// TestDiskFull: our own disk is no fault of the site, and is not tried again.
func TestDiskFull(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 2<<20)) })
	s := page(srv.URL)
	got, err := newClient(t, Options{Spool: t.TempDir() + "/missing"}).Fetch(context.Background(), s, snapshot.Validators{}, One(s))
	var path *os.PathError
	if !errors.As(err, &path) || got == nil || len(got.Responses) != 1 {
		t.Fatalf("%v, %v", got, err)
	}
	wantFault(t, got.Responses[0], snapshot.ReasonStorage, "spool")
}
