package crawler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pantau/internal/snapshot"
)

// diary notes when requests begin and how many are under way.
type diary struct {
	mu     sync.Mutex
	starts []time.Time
	paths  []string
	now    int
	most   int
}

func (d *diary) wrap(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		d.starts, d.paths = append(d.starts, time.Now()), append(d.paths, r.URL.Path)
		d.now++
		d.most = max(d.most, d.now)
		d.mu.Unlock()
		h(w, r)
		d.mu.Lock()
		d.now--
		d.mu.Unlock()
	}
}

// least is the shortest time between the starts of two requests.
func (d *diary) least() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	least := time.Hour
	for i := 1; i < len(d.starts); i++ {
		least = min(least, d.starts[i].Sub(d.starts[i-1]))
	}
	return least
}

func (d *diary) count(path string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.paths {
		if p == path {
			n++
		}
	}
	return n
}

func robots(text string, rest http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/robots.txt" {
			rest(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, text)
	}
}

func ok(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") }

// TestPoliteness has two sources of one host, one of which wants no manners:
// requests come one at a time, and none closer behind another than the delay
// of the source that makes it. The server sees a start later than we do, by
// the time a connection takes, so half the delay is asked for.
func TestPoliteness(t *testing.T) {
	var d diary
	srv := serve(t, d.wrap(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(5 * time.Millisecond)
		ok(w, r)
	}))
	c := newClient(t, Options{})
	const delay = 60 * time.Millisecond
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			s := page(srv.URL)
			s.Access.Delay = delay
			n := 0
			got, err := c.Fetch(context.Background(), s, snapshot.Validators{}, func(*snapshot.Response) (snapshot.Request, bool, error) {
				n++
				return snapshot.Request{URL: srv.URL}, n <= 3, nil
			})
			if err != nil || got.Last() == nil {
				t.Error(err)
				return
			}
			got.Close()
		})
	}
	all.Wait()
	if d.most != 1 || len(d.starts) != 9 {
		t.Errorf("%d requests, %d at once", len(d.starts), d.most)
	}
	if least := d.least(); least < delay/2 {
		t.Errorf("two requests began within %s, want about %s", least, delay)
	}
}

// TestHostsAreIndependent: one that does not answer holds up nobody else.
func TestHostsAreIndependent(t *testing.T) {
	reached := make(chan struct{})
	stuck := serve(t, func(w http.ResponseWriter, r *http.Request) {
		close(reached)
		<-r.Context().Done()
	})
	srv := serve(t, ok)
	c := newClient(t, Options{Retries: -1})
	ctx, cancel := context.WithCancel(context.Background())
	var held sync.WaitGroup
	held.Go(func() {
		s := page(stuck.URL)
		got, err := c.Fetch(ctx, s, snapshot.Validators{}, One(s))
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		got.Close()
	})
	<-reached
	if r := fetch(t, c, page(srv.URL)).Responses[0]; r.Fault != nil {
		t.Error(r.Fault)
	}
	cancel()
	held.Wait()
}

// TestWait measures the manners on a clock of its own.
func TestWait(t *testing.T) {
	const crawlDelay = 10 * time.Second
	tests := []struct {
		name  string
		steps func(h *host, wait func(time.Duration) error) error
		want  time.Duration // that the last wait takes
	}{
		{"the first waits for nothing", func(h *host, wait func(time.Duration) error) error { return nil }, 0},
		{"the delay counts from start to start", func(h *host, wait func(time.Duration) error) error {
			err := wait(time.Second)
			time.Sleep(400 * time.Millisecond)
			return err
		}, 600 * time.Millisecond},
		{"nothing is saved up", func(h *host, wait func(time.Duration) error) error {
			time.Sleep(time.Hour)
			return wait(time.Second)
		}, time.Second},
		{"after one without manners", func(h *host, wait func(time.Duration) error) error { return wait(0) }, time.Second},
		{"crawl-delay", func(h *host, wait func(time.Duration) error) error {
			h.rules = &rules{group: parseRobots([]byte("User-agent: *\nCrawl-delay: 10"))}
			return wait(time.Second)
		}, crawlDelay},
		{"a pause", func(h *host, wait func(time.Duration) error) error {
			err := wait(time.Second)
			h.pause(90 * time.Second)
			h.pause(time.Second)
			return err
		}, 90 * time.Second},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			h := &host{}
			wait := func(d time.Duration) error { return h.wait(t.Context(), d) }
			if err := tt.steps(h, wait); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if err := wait(time.Second); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took != tt.want {
				t.Errorf("%s: waited %s, want %s", tt.name, took, tt.want)
			}
		})
	}
}

func TestWaitWithoutManners(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &host{rules: &rules{group: parseRobots([]byte("User-agent: *\nCrawl-delay: 3600"))}}
		start := time.Now()
		for range 3 {
			if err := h.wait(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("a delay of 0 waited %s", took)
		}
		h.pause(5 * time.Second)
		if err := h.wait(t.Context(), 0); err != nil || time.Since(start) != 5*time.Second {
			t.Errorf("%v after %s, want what the host asked for", err, time.Since(start))
		}
		err := h.wait(t.Context(), time.Second) // the crawl-delay is an hour: more than a check waits
		var f *snapshot.Fault
		if !errors.As(err, &f) || f.Reason != snapshot.ReasonThrottled || f.After != 3600 || time.Since(start) != 5*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

func TestSleepEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("stopped")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		start := time.Now()
		if err := sleep(ctx, time.Hour); !errors.Is(err, why) || time.Since(start) != time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

// TestBackoff has nothing to connect to: the guard refuses at once, so that
// what passes on the test's clock is the waiting between attempts.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Options{})
		s := page("http://10.0.0.1/")
		s.Access.IgnoreRobots = true
		start := time.Now()
		got, err := c.Fetch(t.Context(), s, snapshot.Validators{}, One(s))
		if err != nil || len(got.Responses) != 3 {
			t.Fatalf("%v, %d responses", err, len(got.Responses))
		}
		first, second := got.Responses[1].Started.Sub(start), got.Responses[2].Started.Sub(got.Responses[1].Started)
		if first < time.Second || first > 1250*time.Millisecond || second < 3*time.Second || second > 3750*time.Millisecond {
			t.Errorf("waited %s and %s, want about 1 s and 3 s", first, second)
		}
	})
}

// TestWatch drips on a clock of its own: the average over a time-out counts.
func TestWatch(t *testing.T) {
	const timeout = 10 * time.Second
	tests := []struct {
		name  string
		piece int
		every time.Duration
		want  time.Duration // when it ends; 0: not within a minute
	}{
		{"fast enough", 1100, time.Second, 0},
		{"in lumps", 9 * lowSpeed, 9 * time.Second, 0},
		{"too slow", 900, time.Second, 11 * time.Second}, // a full time-out after the first byte
		{"a byte now and then", 1, 100 * time.Millisecond, 10100 * time.Millisecond},
		{"nothing for too long", 1 << 20, 11 * time.Second, 10 * time.Second},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			w := newWatch(t.Context(), timeout)
			defer w.stop()
			start := time.Now()
			for time.Since(start) < time.Minute && w.ctx.Err() == nil {
				select {
				case <-time.After(tt.every):
					w.saw(tt.piece)
				case <-w.ctx.Done():
				}
			}
			var f *snapshot.Fault
			err := w.explain(io.ErrUnexpectedEOF)
			if tt.want == 0 {
				if w.ctx.Err() != nil || errors.As(err, &f) {
					t.Errorf("%s: ended after %s", tt.name, time.Since(start))
				}
				return
			}
			if !errors.As(err, &f) || f.Reason != snapshot.ReasonTimeout || time.Since(start) != tt.want {
				t.Errorf("%s: %v after %s, want %s", tt.name, err, time.Since(start), tt.want)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2025, 1, 13, 7, 44, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"": 0, "0": 0, "-5": 0, "soon": 0, "3": 3 * time.Second, " 7 ": 7 * time.Second, "1.5": 0, "99999999": maxPause, "99999999999999999999": 0,
		"Mon, 13 Jan 2025 07:45:30 GMT": 90 * time.Second, "Mon, 13 Jan 2025 07:00:00 GMT": 0, "Mon, 13 Jan 2031 07:00:00 GMT": maxPause,
		"Monday, 13-Jan-25 07:44:10 GMT": 10 * time.Second,
	} {
		if got := retryAfter(v, now); got != want {
			t.Errorf("%q: %s, want %s", v, got, want)
		}
	}
}

// TestThrottled: the host says when; nobody asks it before, from any source.
func TestThrottled(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		var d diary
		first := true
		srv := serve(t, d.wrap(func(w http.ResponseWriter, r *http.Request) {
			if first {
				first = false
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(status)
				return
			}
			ok(w, r)
		}))
		c := newClient(t, Options{})
		got := fetch(t, c, page(srv.URL))
		if len(got.Responses) != 2 || got.Last() == nil {
			t.Fatalf("%d: %d responses", status, len(got.Responses))
		}
		wantFault(t, got.Responses[0], snapshot.ReasonThrottled, fmt.Sprint(status), "asked to wait 1s")
		if got.Responses[0].Fault.After != 1 || d.least() < time.Second {
			t.Errorf("%d: asked again after %s; fault %+v", status, d.least(), got.Responses[0].Fault)
		}
	}
}

func TestThrottledForLong(t *testing.T) {
	var d diary
	srv := serve(t, d.wrap(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	c := newClient(t, Options{})
	for n := range 2 { // the second look does not even ask
		got := fetch(t, c, page(srv.URL))
		r := got.Responses[0]
		if len(got.Responses) != 1 || r.Fault == nil || r.Fault.Reason != snapshot.ReasonThrottled || r.Fault.After < 3590 || r.Fault.After > 3600 {
			t.Fatalf("look %d: %d responses, %+v", n, len(got.Responses), r.Fault)
		}
	}
	if len(d.starts) != 1 {
		t.Errorf("the host was asked %d times", len(d.starts))
	}
}

func TestRobots(t *testing.T) {
	tests := []struct {
		name    string
		robots  http.HandlerFunc
		path    string
		reason  string // empty: allowed
		words   string
		pages   int // requests for the page
		robotsN int // for robots.txt
	}{
		{"none", http.NotFound, "/a", "", "", 1, 1},
		{"forbidden file", status(403), "/a", "", "", 1, 1},
		{"empty", robots("", nil), "/a", "", "", 1, 1},
		{"allowed", robots("User-agent: *\nDisallow: /b", nil), "/a", "", "", 1, 1},
		{"forbidden", robots("User-agent: *\nDisallow: /a", nil), "/a?x=y", snapshot.ReasonRobots, "robots.txt forbids /a?x=y", 0, 1},
		{"the query counts", robots("User-agent: *\nDisallow: /*?id=", nil), "/a?id=1", snapshot.ReasonRobots, "forbids", 0, 1},
		{"the longer rule", robots("User-agent: *\nDisallow: /\nAllow: /a", nil), "/a", "", "", 1, 1},
		{"our own rules", robots("User-agent: *\nAllow: /\n\nUser-agent: pantau\nDisallow: /", nil), "/a", snapshot.ReasonRobots, "`robots: ignore`", 0, 1},
		{"another's rules", robots("User-agent: GPTBot\nDisallow: /", nil), "/a", "", "", 1, 1},
		{"a page instead", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>User-agent: *\nDisallow: /\n</html>")
		}, "/a", "", "", 1, 1},
		{"one bad line", robots("Disallow: /x\nUser-agent: *\nCrawl-delay: soon\nDisallow: /a", nil), "/a", snapshot.ReasonRobots, "forbids", 0, 1},
		{"more bad lines", robots("User-agent:\nDisallow: /x*\xff\nUser-agent: *\nCrawl-delay: NaN\nDisallow: /a", nil), "/a", snapshot.ReasonRobots, "forbids", 0, 1},
		{"larger than is read", robots("User-agent: *\nDisallow: /a\n"+strings.Repeat("# Pasal\n", 100_000), nil), "/a", snapshot.ReasonRobots, "forbids", 0, 1},
		{"larger than is read, and says so", func(w http.ResponseWriter, r *http.Request) {
			text := "User-agent: *\nDisallow: /a\n" + strings.Repeat("# Pasal\n", 100_000)
			w.Header().Set("Content-Length", fmt.Sprint(len(text)))
			io.WriteString(w, text)
		}, "/a", snapshot.ReasonRobots, "forbids", 0, 1},
		{"server error", status(503), "/a", snapshot.ReasonRobots, "503", 0, 3},
		{"too many requests", status(429), "/a", snapshot.ReasonRobots, "429", 0, 3},
		{"cut", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "User-agent: *\n")
		}, "/a", snapshot.ReasonIncomplete, "robots.txt cannot be read", 0, 3},
		{"redirected", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/b.txt", http.StatusFound) }, "/b.txt", "", "", 2, 1},
		{"redirects without end", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/robots.txt", http.StatusFound) }, "/a", "", "", 1, 6},
		{"redirected inwards", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		}, "/a", snapshot.ReasonGuard, "metadata", 0, 3},
		{"away for a moment", moment(robots("User-agent: *\nAllow: /", nil)), "/a", "", "", 1, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d diary
			srv := httptest.NewServer(d.wrap(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/robots.txt" {
					tt.robots(w, r)
					return
				}
				ok(w, r)
			}))
			defer srv.Close()
			c := newClient(t, Options{})
			defer c.Close()
			s := page(srv.URL + tt.path)
			got := fetch(t, c, s)
			if r := got.Responses[len(got.Responses)-1]; tt.reason != "" {
				wantFault(t, r, tt.reason, tt.words, srv.URL)
			} else if r.Fault != nil || text(t, r) != "ok" {
				t.Errorf("%+v", r.Fault)
			}
			if strings.Contains(tt.words, "forbids") && len(got.Responses) != 1 {
				t.Errorf("what is forbidden was tried %d times", len(got.Responses))
			}
			path, _, _ := strings.Cut(tt.path, "?")
			if pages, n := d.count(path), d.count("/robots.txt"); pages != tt.pages || n != tt.robotsN {
				t.Errorf("asked %d times for the page and %d times for robots.txt, want %d and %d", pages, n, tt.pages, tt.robotsN)
			}
			s.Access.IgnoreRobots = true
			if r := fetch(t, c, s).Responses[0]; r.Fault != nil {
				t.Errorf("with permission: %v", r.Fault)
			}
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// moment fails once.
func moment(then http.HandlerFunc) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		then(w, r)
	}
}

// TestRobotsOfTheTarget: a redirect leads to what that site or that path
// forbids.
func TestRobotsOfTheTarget(t *testing.T) {
	var d diary
	other := httptest.NewServer(d.wrap(robots("User-agent: *\nDisallow: /", ok)))
	defer other.Close()
	var own diary
	srv := httptest.NewServer(own.wrap(robots("User-agent: *\nDisallow: /private", func(w http.ResponseWriter, r *http.Request) {
		to := "/private/a"
		if r.URL.Path == "/away" {
			to = other.URL + "/a"
		}
		http.Redirect(w, r, to, http.StatusFound)
	})))
	defer srv.Close()
	c := newClient(t, Options{})
	defer c.Close()
	wantFault(t, fetch(t, c, page(srv.URL+"/in")).Responses[0], snapshot.ReasonRobots, "/private/a")
	wantFault(t, fetch(t, c, page(srv.URL+"/away")).Responses[0], snapshot.ReasonRobots, "forbids /a", strings.TrimPrefix(other.URL, "http://"))
	if own.count("/private/a") != 0 || d.count("/a") != 0 {
		t.Error("what is forbidden was asked for")
	}
	if own.count("/robots.txt") != 1 {
		t.Errorf("robots.txt was read %d times", own.count("/robots.txt"))
	}
}

// TestRobotsServeWhileUnreachable: rules once read hold when they are old and
// cannot be read again; they are not forgotten, and not allowed away.
func TestRobotsServeWhileUnreachable(t *testing.T) {
	var d diary
	down := false
	srv := httptest.NewServer(d.wrap(func(w http.ResponseWriter, r *http.Request) {
		if down && r.URL.Path == "/robots.txt" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		robots("User-agent: *\nDisallow: /b", ok)(w, r)
	}))
	defer srv.Close()
	c := newClient(t, Options{})
	defer c.Close()
	look := func(path string) *snapshot.Response { return fetch(t, c, page(srv.URL+path)).Responses[0] }
	if r := look("/a"); r.Fault != nil {
		t.Fatal(r.Fault)
	}
	down = true
	for _, h := range c.hosts {
		h.rules.until = time.Now().Add(-time.Minute) // a day has passed
	}
	if r := look("/a"); r.Fault != nil {
		t.Error(r.Fault)
	}
	wantFault(t, look("/b"), snapshot.ReasonRobots, "forbids /b")
	if n := d.count("/robots.txt"); n != 2 {
		t.Errorf("robots.txt was asked for %d times, want once at the start and once when it was old", n)
	}
}

// TestCrawlDelay: robots.txt is a request too, and what it says holds at once.
func TestCrawlDelay(t *testing.T) {
	var d diary
	srv := httptest.NewServer(d.wrap(robots("User-agent: *\nCrawl-delay: 0.3", ok)))
	defer srv.Close()
	c := newClient(t, Options{})
	defer c.Close()
	s := page(srv.URL)
	s.Access.Delay = time.Millisecond
	for range 2 {
		if r := fetch(t, c, s).Responses[0]; r.Fault != nil {
			t.Fatal(r.Fault)
		}
	}
	if len(d.starts) != 3 || d.least() < 200*time.Millisecond {
		t.Errorf("%d requests, two of them within %s", len(d.starts), d.least())
	}
}

// FuzzRobots: no file stops us from reading rules, and a file whose only rule
// is ours to keep is kept, whatever stands around it.
func FuzzRobots(f *testing.F) {
	f.Add("Crawl-delay: x\nDisallow\nUser-agent\n:\n")
	f.Add("\xef\xbb\xbfUser-agent: a\nUser-agent: b\nAllow: *$*\n")
	f.Fuzz(func(t *testing.T, text string) {
		if g := parseRobots([]byte(text)); g == nil || g.CrawlDelay < 0 && !strings.Contains(strings.ToLower(text), "delay") {
			t.Fatalf("%+v", g)
		}
		if strings.ContainsAny(text, "\r\x00#") || strings.Contains(strings.ToLower(text), "pantau") || strings.Contains(strings.ToLower(text), "allow") {
			return
		}
		if parseRobots([]byte(text + "\n\nUser-agent: Pantau\nDisallow: /secret\n")).Test("/secret/a") {
			t.Fatalf("a rule is lost behind %q", text)
		}
	})
}
