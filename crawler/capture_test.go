package crawler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pantau/internal/snapshot"
)

func TestConditional(t *testing.T) {
	const tag, modified = `"v1"`, "Mon, 13 Jan 2025 00:44:00 GMT"
	var asked []string
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, strings.TrimSpace(r.Header.Get("If-None-Match")+" "+r.Header.Get("If-Modified-Since")))
		if len(asked) == 1 {
			w.WriteHeader(http.StatusBadGateway) // a second attempt is conditional too
			return
		}
		if r.Header.Get("If-None-Match") == tag || r.Header.Get("If-Modified-Since") == modified {
			w.Header().Set("ETag", tag)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		ok(w, r)
	})
	c := newClient(t, Options{})
	s := page(srv.URL)
	for _, tt := range []struct {
		v         snapshot.Validators
		unchanged bool
		asked     []string
	}{
		{snapshot.Validators{ETag: tag, LastModified: modified}, true, []string{tag + " " + modified, tag + " " + modified}},
		{snapshot.Validators{LastModified: modified}, true, []string{modified}},
		{snapshot.Validators{ETag: `"v0"`}, false, []string{`"v0"`}},
		{snapshot.Validators{}, false, []string{""}},
	} {
		before := len(asked)
		got, err := c.Fetch(t.Context(), s, tt.v, One(s))
		if err != nil {
			t.Fatal(err)
		}
		got.Close()
		r := got.Last()
		if r == nil || got.NotModified != tt.unchanged || (r.Status == http.StatusNotModified) != tt.unchanged {
			t.Errorf("%+v: not modified %v, %+v", tt.v, got.NotModified, r)
			continue
		}
		if tt.unchanged && (r.Body.Size != 0 || r.WireDigest != "" || r.Get("etag") != tag) {
			t.Errorf("%+v: %+v", tt.v, r)
		}
		if !reflect.DeepEqual(asked[before:], tt.asked) {
			t.Errorf("asked %q, want %q", asked[before:], tt.asked)
		}
	}
}

// TestOnlyTheFirstRequestIsConditional: the validators are those of one
// address.
func TestOnlyTheFirstRequestIsConditional(t *testing.T) {
	var asked []string
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("If-None-Match"))
		ok(w, r)
	})
	n := 0
	got, err := newClient(t, Options{}).Fetch(t.Context(), page(srv.URL), snapshot.Validators{ETag: "x"}, func(*snapshot.Response) (snapshot.Request, bool, error) {
		n++
		return snapshot.Request{URL: srv.URL}, n <= 2, nil
	})
	if err != nil || !reflect.DeepEqual(asked, []string{"x", ""}) {
		t.Errorf("%v; asked %q", err, asked)
	}
	got.Close()
}

func TestNextEndsTheCrawl(t *testing.T) {
	srv := serve(t, status(500))
	broken := errors.New("the walk is broken")
	for _, first := range []bool{true, false} {
		got, err := newClient(t, Options{}).Fetch(t.Context(), page(srv.URL), snapshot.Validators{}, func(prev *snapshot.Response) (snapshot.Request, bool, error) {
			if first || prev != nil {
				return snapshot.Request{}, false, broken
			}
			return snapshot.Request{URL: srv.URL}, true, nil
		})
		if want := map[bool]int{true: 0, false: 3}[first]; !errors.Is(err, broken) || got == nil || len(got.Responses) != want {
			t.Errorf("%v, %+v", err, got)
		}
	}
}

// TestEvidence: the order of the wire reaches the capture, and its manifest.
func TestEvidence(t *testing.T) {
	address := wire(t, func(c net.Conn) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Z: 1\r\nSet-Cookie: b\r\nx-a: 2\r\nSet-Cookie: a\r\nContent-Length: 2\r\nConnection: close\r\nDate: Mon, 13 Jan 2025 00:44:00 GMT\r\n\r\nok")
	})
	got := fetch(t, newClient(t, Options{}), page(address))
	r := got.Responses[0]
	want := [][2]string{{"X-Z", "1"}, {"Set-Cookie", "b"}, {"x-a", "2"}, {"Set-Cookie", "a"}, {"Content-Length", "2"}, {"Connection", "close"}, {"Date", "Mon, 13 Jan 2025 00:44:00 GMT"}}
	if !reflect.DeepEqual(r.Header, want) || r.HeaderSorted {
		t.Errorf("%q", r.Header)
	}
	if !r.Date.Equal(time.Date(2025, 1, 13, 0, 44, 0, 0, time.UTC)) {
		t.Errorf("date %s", r.Date)
	}
	m, err := got.Manifest()
	if err != nil || !strings.Contains(string(m), `["X-Z","1"],["Set-Cookie","b"],["x-a","2"]`) {
		t.Errorf("%v: %s", err, m)
	}
}

// TestEnvironmentOfColly: what colly would do by its variables or by itself, it
// does not.
func TestEnvironmentOfColly(t *testing.T) {
	cache := t.TempDir()
	for name, v := range map[string]string{"CACHE_DIR": cache, "MAX_BODY_SIZE": "3", "USER_AGENT": "other", "ALLOWED_DOMAINS": "go.id", "MAX_REQUESTS": "1", "IGNORE_ROBOTSTXT": "no", "FOLLOW_REDIRECTS": "no"} {
		t.Setenv("COLLY_"+name, v)
	}
	packed := zipped(t, []byte("<urlset/>"))
	var agents []string
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		agents = append(agents, r.UserAgent())
		w.Header().Set("Content-Type", "application/x-gzip")
		w.Write(packed)
	})
	for range 2 {
		r := fetch(t, newClient(t, Options{}), page(srv.URL+"/sitemap.xml.gz")).Responses[0]
		if r.Fault != nil || text(t, r) != string(packed) {
			t.Errorf("%v, %q", r.Fault, text(t, r))
		}
	}
	if left, err := os.ReadDir(cache); err != nil || len(left) != 0 {
		t.Errorf("colly left %v, %v", left, err)
	}
	for _, a := range agents {
		if !strings.HasPrefix(a, "Pantau/dev ") {
			t.Errorf("User-Agent %q", a)
		}
	}
}

// TestCancel stops a fetch in each of its phases. What was fetched until then
// comes back, and the cause.
func TestCancel(t *testing.T) {
	tests := []struct {
		name    string
		access  snapshot.Access
		options Options
		hold    bool                                                         // somebody else has the host's turn
		answer  func(w http.ResponseWriter, r *http.Request, reached func()) // reached: the phase to stop in has begun
		robots  bool                                                         // the answer is that of robots.txt
		want    int                                                          // responses
	}{
		{name: "before", want: 1},
		{name: "waiting for the turn", hold: true, want: 1},
		{name: "robots.txt", robots: true, want: 1, answer: func(w http.ResponseWriter, r *http.Request, reached func()) {
			reached()
			<-r.Context().Done()
		}},
		{name: "waiting for the delay", access: snapshot.Access{Delay: time.Hour}, want: 2, answer: func(w http.ResponseWriter, r *http.Request, reached func()) {
			ok(w, r)
			reached()
		}},
		{name: "head", want: 1, answer: func(w http.ResponseWriter, r *http.Request, reached func()) {
			reached()
			<-r.Context().Done()
		}},
		{name: "body", want: 1, answer: func(w http.ResponseWriter, r *http.Request, reached func()) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "some")
			w.(http.Flusher).Flush()
			reached()
			<-r.Context().Done()
		}},
		{name: "back-off", options: Options{Backoff: func(int) time.Duration { return time.Hour }}, want: 1, answer: func(w http.ResponseWriter, r *http.Request, reached func()) {
			w.WriteHeader(500)
			reached()
		}},
		{name: "a pause", options: Options{Backoff: func(int) time.Duration { return 0 }}, want: 1, answer: func(w http.ResponseWriter, r *http.Request, reached func()) {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(503)
			reached()
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			why := errors.New("the operator pressed ^C")
			ctx, cancel := context.WithCancelCause(context.Background())
			defer cancel(nil)
			var once sync.Once
			stop := func() { once.Do(func() { time.AfterFunc(20*time.Millisecond, func() { cancel(why) }) }) }
			srv := serve(t, func(w http.ResponseWriter, r *http.Request) { tt.answer(w, r, stop) })
			if tt.robots {
				answer := tt.answer
				srv.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w, r, stop) })
			}
			c := newClient(t, tt.options)
			s := page(srv.URL)
			s.Access = tt.access
			s.Access.IgnoreRobots = !tt.robots
			if tt.hold {
				h, err := c.take(context.Background(), s.Host())
				if err != nil {
					t.Fatal(err)
				}
				defer h.release()
			}
			if tt.answer == nil && !tt.hold {
				cancel(why)
			} else if tt.hold {
				stop()
			}
			started := time.Now()
			got, err := c.Fetch(ctx, s, snapshot.Validators{}, func(prev *snapshot.Response) (snapshot.Request, bool, error) {
				return snapshot.Request{URL: srv.URL}, true, nil
			})
			if !errors.Is(err, why) || !strings.Contains(err.Error(), "source s") {
				t.Errorf("%v, want the cause", err)
			}
			if got == nil || len(got.Responses) != tt.want || got.Finished.Before(started) {
				t.Fatalf("%+v", got)
			}
			defer got.Close()
			last := got.Responses[len(got.Responses)-1]
			if last.Fault == nil {
				t.Errorf("the last response has no fault: %+v", last)
			} else if tt.name != "back-off" && tt.name != "a pause" && last.Fault.Reason != snapshot.ReasonCanceled {
				t.Errorf("fault %s", last.Fault.Reason)
			}
			if tt.name == "body" && text(t, last) != "some" {
				t.Errorf("kept %q", text(t, last))
			}
		})
	}
}

// TestTurnIsGivenBack: after whatever ending, the host can be asked again.
func TestTurnIsGivenBack(t *testing.T) {
	srv := serve(t, ok)
	c := newClient(t, Options{Retries: -1})
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	s := page(srv.URL)
	for range 3 {
		got, err := c.Fetch(stopped, s, snapshot.Validators{}, One(s))
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		got.Close()
	}
	for _, h := range c.hosts {
		if len(h.turn) != 0 {
			t.Error("a turn was kept")
		}
	}
	if r := fetch(t, c, s).Responses[0]; r.Fault != nil {
		t.Error(r.Fault)
	}
}

// TestSpool crawls bodies below and above what memory may hold, and reads all
// of them back after the crawl, in any order.
func TestSpool(t *testing.T) {
	dir := t.TempDir()
	sizes := []int{0, 1, 23_000, inMemory - 23_001, 1, inMemory, inMemory + 1, 3 << 20, 5, 700_000}
	random := noise(4 << 20)
	content := func(n int) []byte { return random[n : n+sizes[n]] }
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var n int
		fmt.Sscanf(r.URL.Path, "/%d", &n)
		b := content(n)
		if n%2 == 1 {
			w.Header().Set("Content-Encoding", "gzip")
			b = zipped(t, b)
		}
		w.Write(b)
	})
	c := newClient(t, Options{Spool: dir})
	n := -1
	got, err := c.Fetch(t.Context(), page(srv.URL), snapshot.Validators{}, func(prev *snapshot.Response) (snapshot.Request, bool, error) {
		if prev != nil && prev.Fault != nil {
			return snapshot.Request{}, false, prev.Fault
		}
		n++
		return snapshot.Request{URL: fmt.Sprintf("%s/%d", srv.URL, n)}, n < len(sizes), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || runtime.GOOS == "linux" && len(left) != 0 {
		t.Errorf("a process that dies now leaves %v (%v)", left, err)
	}
	for _, i := range rand.Perm(len(sizes)) {
		r := got.Responses[i]
		b, err := r.Body.Bytes()
		if err != nil || string(b) != string(content(i)) || r.Body.Size != int64(len(b)) || r.Body.SHA256 != snapshot.Digest(b) {
			t.Errorf("body %d: %d bytes, %v; said %d of %s", i, len(b), err, r.Body.Size, r.Body.SHA256)
		}
	}
	if err := errors.Join(got.Close(), got.Close()); err != nil {
		t.Error(err)
	}
	if _, err := got.Responses[7].Body.Bytes(); err == nil {
		t.Error("a body can be read after Close")
	}
	if b, err := got.Responses[2].Body.Bytes(); err != nil || len(b) != sizes[2] {
		t.Error("a body in memory is gone with the spool")
	}
}

// noise is what cannot be packed and differs at every offset.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// TestBodyInAnyPieces: what is written comes back, whatever the pieces, from
// memory or spool; of a broken body the beginning, and its room is used again.
func TestBodyInAnyPieces(t *testing.T) {
	dir := t.TempDir()
	random := noise(3 << 20)
	rapid.Check(t, func(t *rapid.T) {
		s := &spool{dir: dir}
		defer s.Close()
		type kept struct {
			body snapshot.Body
			want []byte
		}
		var all []kept
		var room int64
		for range rapid.IntRange(1, 3).Draw(t, "bodies") {
			size := rapid.SampledFrom([]int{0, 1, 4096, inMemory / 2, inMemory, inMemory + 1, 2*inMemory + 40_001}).Draw(t, "size")
			want := random[len(all) : len(all)+size]
			b := &body{spool: s}
			b.expect(rapid.SampledFrom([]int64{-1, 0, 100, int64(len(want)), 1 << 40}).Draw(t, "announced"))
			piece := rapid.IntRange(5000, 40_000).Draw(t, "piece")
			for rest := want; len(rest) > 0; {
				n := min(piece, len(rest))
				if err := b.write(rest[:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			var got snapshot.Body
			var err error
			if rapid.Bool().Draw(t, "broken") {
				got, err = b.beginning()
				want = want[:min(len(want), brokenKept)]
			} else {
				got, err = b.finish(snapshot.Digest(want))
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, kept{got, want})
			room += int64(len(want))
		}
		for i, k := range all {
			b, err := k.body.Bytes()
			if err != nil || string(b) != string(k.want) || k.body.Size != int64(len(k.want)) || k.body.SHA256 != snapshot.Digest(k.want) {
				t.Fatalf("body %d of %d: %d bytes, want %d; %v; %+v", i, len(all), len(b), len(k.want), err, k.body)
			}
		}
		if s.memory > inMemory || s.size+int64(s.memory) > room {
			t.Fatalf("%d bytes in memory and %d in the file for %d", s.memory, s.size, room)
		}
	})
}

// TestCrawlHoldsNoBodies: the heap after 430 pages of 23 kB, the capture still
// open, holds a tenth of what was fetched and no more.
func TestCrawlHoldsNoBodies(t *testing.T) {
	body := []byte(strings.Repeat("x", 23_000))
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write(body) })
	c := newClient(t, Options{})
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	got := crawlPages(t, c, srv.URL, 430)
	if held := heap() - before; held > inMemory+2<<20 {
		t.Errorf("%d bytes held of %d", held, 430*len(body))
	}
	if b, err := got.Responses[429].Body.Bytes(); err != nil || len(b) != len(body) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	got.Close()
}

// crawlPages asks n times for the same address.
func crawlPages(t testing.TB, c *Client, address string, n int) *snapshot.Capture {
	t.Helper()
	asked := 0
	got, err := c.Fetch(context.Background(), page(address), snapshot.Validators{}, func(prev *snapshot.Response) (snapshot.Request, bool, error) {
		if prev != nil && prev.Fault != nil {
			return snapshot.Request{}, false, prev.Fault
		}
		asked++
		return snapshot.Request{URL: address, Page: asked}, asked <= n, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}
