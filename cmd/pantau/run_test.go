package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"pantau/config"
	"pantau/internal/monitor"
	"pantau/notify"
)

// wired is the system of a configuration, as `pantau run` has it.
func wired(t *testing.T, file string) *system {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { null.Close() })
	a := &app{in: null, out: io.Discard, errs: null, env: os.LookupEnv, path: file}
	s, err := a.open(t.Context(), true, a.log())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestHeartBeatsOnlyWhileMessagesMove(t *testing.T) {
	var beats atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { beats.Add(1) }))
	defer srv.Close()
	s := wired(t, configured(t, serve(t)))
	s.conf.Heartbeat = srv.URL + "/ping"
	h, now := &heart{system: s}, time.Now()
	h.beat(t.Context(), now)
	h.beat(t.Context(), now.Add(time.Second)) // once a minute is enough
	if n := beats.Load(); n != 1 {
		t.Fatalf("%d beats, want 1", n)
	}
	m := monitor.Addressed("legal", "console", notify.ComposeSample(notify.Subscription{ID: "legal", Language: "en", Timezone: "UTC"}, notify.WordingOptions{Now: now}))
	if err := s.store.Send(t.Context(), []monitor.Outgoing{m}, now); err != nil {
		t.Fatal(err)
	}
	h.beat(t.Context(), now.Add(5*time.Minute)) // it may wait a while
	h.beat(t.Context(), now.Add(undelivered+time.Minute))
	if n := beats.Load(); n != 2 {
		t.Errorf("%d beats: it went on although a message lay for %v", n, undelivered)
	}
	if err := s.deliver(t.Context(), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	h.beat(t.Context(), now.Add(undelivered+2*time.Minute))
	if n := beats.Load(); n != 3 {
		t.Errorf("%d beats: it did not come back", n)
	}
}

func TestDailyReportOnceADay(t *testing.T) {
	s := wired(t, configured(t, serve(t)))
	morning := time.Date(2026, 1, 5, dailyHour, 0, 1, 0, s.monitor.Words.Timezone)
	report := func(at time.Time) int {
		t.Helper()
		(&daily{system: s}).tick(context.Background(), at) // a new one each time: the program was restarted
		list, err := s.store.Deliveries(t.Context(), "", 0)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	for _, step := range []struct {
		at   time.Time
		want int
	}{
		{morning.Add(-time.Hour), 0}, {morning, 1}, {morning.Add(3 * time.Hour), 1}, {morning.Add(23 * time.Hour), 1}, {morning.Add(24 * time.Hour), 2},
	} {
		if n := report(step.at); n != step.want {
			t.Errorf("at %v there are %d reports, want %d", step.at, n, step.want)
		}
	}
}

func TestRunStopsWhenTold(t *testing.T) {
	site := serve(t)
	site.set(regulation)
	s := wired(t, configured(t, site))
	a := &app{out: io.Discard, env: os.LookupEnv}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- a.run(ctx, s, config.Off) }()
	time.Sleep(300 * time.Millisecond)
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("stopped with %v", err)
		}
	case <-time.After(grace + 30*time.Second):
		t.Fatal("it does not stop")
	}
	if list, err := s.store.Fsck(context.Background(), time.Now()); err != nil || len(list) > 0 {
		t.Errorf("fsck: %v %v", list, err)
	}
}

// A run that is stopped at any moment of its start ends as asked, not as failed.
func TestRunIsStoppedWhileItStarts(t *testing.T) {
	file := configured(t, serve(t))
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, after := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond} {
		ctx, cancel := context.WithCancel(t.Context())
		stop := time.AfterFunc(after, cancel)
		if code := run(ctx, []string{"run", "--config", file, "--listen", "off"}, null, null, null); code != exitOK {
			t.Errorf("stopped after %v: exit %d", after, code)
		}
		stop.Stop()
		cancel()
	}
}
