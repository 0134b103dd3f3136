package crawler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
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
		first int // bytes at once
		piece int
		every time.Duration
		want  time.Duration // when it ends; 0: not within a minute
	}{
		{"fast enough", 0, 1100, time.Second, 0},
		{"in lumps", 0, 9 * lowSpeed, 9 * time.Second, 0},
		{"too slow", 0, 900, time.Second, 11 * time.Second}, // a full time-out after the first byte
		{"a byte now and then", 0, 1, 100 * time.Millisecond, 10100 * time.Millisecond},
		{"fast, then slow", 1 << 20, 100, time.Second, 20 * time.Second},
		{"nothing for too long", 0, 1 << 20, 11 * time.Second, 10 * time.Second},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			w := newWatch(t.Context(), timeout)
			defer w.stop()
			start := time.Now()
			if tt.first > 0 {
				w.saw(tt.first)
			}
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

// What another client knows of a host is kept as if this one had asked it.
func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Options{})
		ctx, begun := t.Context(), time.Now()
		for _, tt := range []struct{ asked, quiet, want time.Duration }{
			{-400 * time.Millisecond, 0, 600 * time.Millisecond},
			{-2 * time.Second, 0, 0},
			{time.Hour, 0, time.Second}, // a clock that goes ahead
			{-2 * time.Second, 5 * time.Second, 5 * time.Second},
		} {
			name := fmt.Sprint(tt)
			if err := c.Resume(ctx, name, begun.Add(tt.asked), begun.Add(tt.quiet)); err != nil {
				t.Fatal(err)
			}
			h, err := c.take(ctx, name)
			if err != nil {
				t.Fatal(err)
			}
			begun = time.Now()
			if err := h.wait(ctx, time.Second); err != nil {
				t.Fatal(err)
			}
			h.release()
			if waited := time.Since(begun); waited != tt.want {
				t.Errorf("%+v: waited %s", tt, waited)
			}
			if asked, _ := c.Asked(name); !asked.Equal(time.Now()) {
				t.Errorf("asked at %s, it says %s", time.Now(), asked)
			}
			begun = time.Now()
		}
	})
}
