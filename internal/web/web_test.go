package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"pantau/internal/history"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sound is a database with which all is well; a test spoils it.
type sound struct {
	vitals  history.Vitals
	figures history.Figures
	err     error
	hang    chan struct{} // waited for; nil: nothing hangs
	asked   atomic.Int64
}

func (s *sound) Vitals(context.Context, time.Time) (history.Vitals, error) {
	s.asked.Add(1)
	if s.hang != nil {
		<-s.hang
	}
	return s.vitals, s.err
}

func (s *sound) Figures(context.Context, time.Time) (history.Figures, error) {
	s.asked.Add(1)
	return s.figures, s.err
}

func allWell() *sound {
	return &sound{vitals: history.Vitals{Schema: 3, Knows: 3, Config: "ours", Planner: "a/1/x"}}
}

func site(tables Tables, room func() error) *Site {
	return New(Options{Tables: tables, Room: room, Config: "ours", Owner: "a/1/x", Version: "v1", Commit: "abc", Log: slog.New(slog.DiscardHandler)})
}

func get(h http.Handler, method, target string) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestReadiness(t *testing.T) {
	full := errors.New("only 3 bytes are free")
	for _, tt := range []struct {
		name  string
		spoil func(*sound)
		room  error
		fails string // the part; empty: ready
		says  string
	}{
		{"all is well", func(*sound) {}, nil, "", ""},
		{"another plans", func(s *sound) { s.vitals.Planner = "b/2/y" }, nil, "", ""},
		{"disk", func(*sound) {}, full, "disk", "only 3 bytes"},
		{"database", func(s *sound) { s.err = errors.New("read-only") }, nil, "database", "read-only"},
		{"older schema", func(s *sound) { s.vitals.Schema = 2 }, nil, "schema", "has schema 2, this program works with 3"},
		{"newer schema", func(s *sound) { s.vitals.Schema = 4 }, nil, "schema", "has schema 4"},
		{"another configuration", func(s *sound) { s.vitals.Config = "theirs" }, nil, "configuration", "theirs"},
		{"nobody plans", func(s *sound) { s.vitals.Planner = "" }, nil, "planner", "nobody plans"},
		{"stuck", func(s *sound) { s.vitals.Overdue = 7 }, nil, "delivery", "7 messages"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tables := allWell()
			tt.spoil(tables)
			r := get(site(tables, func() error { return tt.room }), "GET", "/readyz")
			var got struct {
				Ready bool
				Parts []Part
			}
			text := body(t, r)
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			if want := tt.fails == ""; got.Ready != want || (r.StatusCode == 200) != want || !want && r.StatusCode != 503 {
				t.Errorf("status %d, ready %v", r.StatusCode, got.Ready)
			}
			if len(got.Parts) == 0 {
				t.Error("no part was looked at")
			}
			for _, p := range got.Parts {
				if p.OK != (p.Name != tt.fails) {
					t.Errorf("%s: %v", p.Name, p.OK)
				}
				if !p.OK && !strings.Contains(p.Detail, tt.says) {
					t.Errorf("%s says %q", p.Name, p.Detail)
				}
			}
		})
	}
}

// TestHangingDatabase answers all the same, and asks a database that hangs once.
func TestHangingDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tables := allWell()
		tables.hang = make(chan struct{})
		s := site(tables, nil)
		for range 3 {
			began := time.Now()
			r := get(s, "GET", "/readyz")
			if text := body(t, r); r.StatusCode != 503 || !strings.Contains(text, "no answer within 5s") {
				t.Errorf("%d: %s", r.StatusCode, text)
			}
			if took := time.Since(began); took > readyTime {
				t.Errorf("took %s", took)
			}
		}
		if n := tables.asked.Load(); n != 1 {
			t.Errorf("asked %d times at once", n)
		}
		close(tables.hang)
		synctest.Wait()
		if r := get(s, "GET", "/readyz"); r.StatusCode != 200 {
			t.Errorf("afterwards %d", r.StatusCode)
		}
	})
}

// TestAnswersAreKept: however often it is asked, the database is not.
func TestAnswersAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tables := allWell()
		s := site(tables, nil)
		for range 10 {
			get(s, "GET", "/readyz")
			get(s, "GET", "/metrics")
		}
		if n := tables.asked.Load(); n != 2 {
			t.Errorf("asked %d times within a moment, want once for each", n)
		}
		time.Sleep(freshFigures + time.Second)
		get(s, "GET", "/metrics")
		if n := tables.asked.Load(); n != 4 {
			t.Errorf("asked %d times after a while, want 4", n)
		}
	})
}

// TestEveryAnswerIsSecured holds every kind of answer to the headers.
func TestEveryAnswerIsSecured(t *testing.T) {
	broken := allWell()
	broken.err = errors.New("gone")
	for _, c := range []struct {
		s              *Site
		method, target string
		status         int
	}{
		{site(allWell(), nil), "GET", "/healthz", 200}, {site(allWell(), nil), "HEAD", "/healthz", 200},
		{site(allWell(), nil), "GET", "/readyz", 200}, {site(broken, nil), "GET", "/readyz", 503},
		{site(allWell(), nil), "GET", "/metrics", 200}, {site(broken, nil), "GET", "/metrics", 200},
		{site(broken, nil), "GET", "/healthz", 200},
		{site(allWell(), nil), "POST", "/healthz", 405}, {site(allWell(), nil), "DELETE", "/metrics", 405}, {site(allWell(), nil), "PUT", "/readyz", 405},
		{site(allWell(), nil), "GET", "/", 404}, {site(allWell(), nil), "GET", "/metrics/x", 404}, {site(allWell(), nil), "GET", "//healthz", 307},
	} {
		r := get(c.s, c.method, c.target)
		if r.StatusCode != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.target, r.StatusCode, c.status)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy":    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
			"X-Content-Type-Options":     "nosniff",
			"Cross-Origin-Opener-Policy": "same-origin",
			"Cache-Control":              "no-store",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s %s (%d): %s is %q", c.method, c.target, r.StatusCode, name, got)
			}
		}
	}
}

func TestMetrics(t *testing.T) {
	tables := allWell()
	tables.figures = history.Figures{
		Looks:    map[history.LookKind]int64{{Source: "pse", Outcome: "changed"}: 3},
		Attempts: map[history.AttemptKind]int64{{Channel: "slack", Outcome: "accepted"}: 2},
		Messages: map[string]int64{"dead": 1}, Parked: map[string]int64{"email": 4},
		Sources: []history.Sight{{ID: "pse", LastGood: time.Unix(1_700_000_000, 0)}, {ID: "x", Blind: true}},
		Held:    5, Message: time.Now().Add(-time.Hour), Bytes: 12345, Planner: "b/2/y",
	}
	s := site(tables, nil)
	s.Looked("changed", 2*time.Second)
	text := body(t, get(s, "GET", "/metrics"))
	for _, want := range []string{
		`pantau_build_info{commit="abc",version="v1"} 1`,
		`pantau_checks_total{outcome="changed",source="pse"} 3`,
		`pantau_check_duration_seconds_bucket{outcome="changed",le="2.5"} 1`,
		`pantau_source_last_good_look_timestamp_seconds{source="pse"} 1.7e+09`,
		`pantau_source_last_good_look_timestamp_seconds{source="x"} 0`,
		`pantau_source_blind{source="x"} 1`, `pantau_source_blind{source="pse"} 0`,
		`pantau_deliveries_total{channel="slack",outcome="accepted"} 2`,
		`pantau_messages{state="dead"} 1`, `pantau_lanes_parked{channel="email"} 4`, `pantau_captures_held 5`,
		`pantau_database_bytes 12345`, `pantau_database_up 1`, `pantau_planner{owner="b/2/y"} 0`,
		`pantau_queue_oldest_run_seconds 0`, `pantau_ready{part="planner"} 1`,
		`go_goroutines `, `process_cpu_seconds_total `,
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("no line %q", want)
		}
	}
	m := regexp.MustCompile(`(?m)^pantau_queue_oldest_message_seconds (36\d\d)`).FindString(text)
	if m == "" {
		t.Errorf("the oldest message is not an hour old:\n%s", text)
	}

	tables = allWell()
	tables.err = errors.New("gone")
	text = body(t, get(site(tables, nil), "GET", "/metrics"))
	if !strings.Contains(text, "\npantau_database_up 0") || strings.Contains(text, "pantau_checks_total{") || !strings.Contains(text, `pantau_ready{part="database"} 0`) {
		t.Errorf("without a database:\n%s", text)
	}
}

// TestServes asks over a real connection, and stops.
func TestServes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- site(allWell(), nil).Serve(ctx, l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	answer, err := io.ReadAll(c)
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 OK\r\n")) || !bytes.HasSuffix(answer, []byte("alive\n")) {
		t.Errorf("%v: %q", err, answer)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("stopped with %v", err)
	}
}

// TestTakenAddress: it is said once, and Pantau goes on.
func TestTakenAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var log bytes.Buffer
	s := site(allWell(), nil)
	s.opt.Log = slog.New(slog.NewTextHandler(&log, nil))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	s.Run(ctx, l.Addr().String())
	if n := strings.Count(log.String(), "watching goes on"); n != 1 {
		t.Errorf("said %d times:\n%s", n, log.String())
	}
}
