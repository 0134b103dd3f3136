package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// vacant is an address that nobody listens on.
func vacant(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestRunIsSeen: what runs says that it lives, that it is ready, and what it has
// done; what has stopped does not.
func TestRunIsSeen(t *testing.T) {
	site := serve(t)
	site.set(regulation)
	file, listen := configured(t, site), vacant(t)
	if code, _, _ := lookCode(t, file); code != 0 {
		t.Fatal("the first look failed")
	}
	s := wired(t, file)
	a := &app{out: io.Discard, env: os.LookupEnv}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- a.run(ctx, s, listen) }()
	ask := func(args ...string) (int, string) {
		code, out, errs := pantau(t, append([]string{"--config", file, "healthcheck", "--listen", listen}, args...)...)
		return code, out + errs
	}
	end := time.Now().Add(20 * time.Second)
	for {
		code, said := ask("--ready")
		if code == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("not ready: %s", said)
		}
		time.Sleep(100 * time.Millisecond)
	}
	if code, said := ask(); code != 0 || said != "alive\n" {
		t.Errorf("exit %d: %s", code, said)
	}
	resp, err := http.Get("http://" + listen + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`pantau_checks_total{outcome="baseline",source="permen"} 1`, `pantau_planner{owner="` + s.owner + `"} 1`, `pantau_source_blind{source="permen"} 0`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if code, said := ask(); code != exitFailed {
		t.Errorf("what has stopped answers %d: %s", code, said)
	}
}

func lookCode(t *testing.T, file string) (int, string, string) {
	t.Helper()
	return pantau(t, "--config", file, "check", "--no-deliver")
}

// TestHealthcheckOfNobody: there must be somebody to ask.
func TestHealthcheckOfNobody(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	if err := os.WriteFile(file, []byte("listen: off\nsources: [{id: a, type: page, url: http://a.example/}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := pantau(t, "--config", file, "healthcheck"); code != exitConfig || !strings.Contains(errs, "off") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestLinesOfACheck: whoever reads the log finds all lines of a look by its run.
func TestLinesOfACheck(t *testing.T) {
	page := serve(t)
	page.set(regulation)
	tries := 0
	moody := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page" {
			if tries++; tries < 3 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
		}
		page.Config.Handler.ServeHTTP(w, r)
	}))
	defer moody.Close()
	page.URL = moody.URL
	file := configured(t, page)
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	var out bytes.Buffer
	a := &app{in: log, out: &out, errs: log, env: os.LookupEnv, path: file, json: true, verbose: true, logs: logJSON, backoff: func(int) time.Duration { return time.Millisecond }}
	s, err := a.open(t.Context(), true, a.log())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := a.check(t.Context(), s, nil, false); err != nil {
		t.Fatal(err)
	}
	var result checked
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		t.Fatal(err)
	}
	if _, err := log.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for lines := bufio.NewScanner(log); lines.Scan(); {
		var line struct {
			Msg, Source, Node string
			Run               int64
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		seen[line.Msg]++
		if line.Run != result.Run || line.Source != "permen" || line.Node != s.owner {
			t.Errorf("a line without its run: %s", lines.Text())
		}
	}
	if seen["request failed, will try again"] != 2 || seen["checked"] != 1 {
		t.Errorf("lines %v", seen)
	}
}

// TestLogIsClean: what a page says cannot steer the terminal that the log is
// read on.
func TestLogIsClean(t *testing.T) {
	for _, form := range []string{logText, logJSON} {
		f, err := os.Create(filepath.Join(t.TempDir(), "log"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		(&app{errs: f, logs: form}).log().Error("a\x1b[2J\u009b31m", "summary", "b\x1b]0;t\x07\u202ec\x7f\r\nd", "error", fmt.Errorf("e\x9b\x00"))
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), "\n"); n != 1 {
			t.Errorf("%s: %d lines: %q", form, n, text)
		}
		if i := strings.IndexFunc(string(text), func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == '\u202e' }); i >= 0 {
			t.Errorf("%s: a control character at %d: %q", form, i, text)
		}
		if !strings.Contains(string(text), "summary") {
			t.Errorf("%s: %q", form, text)
		}
	}
	if code, _, errs := pantau(t, "version", "--log-format", "xml"); code != exitConfig || !strings.Contains(errs, "text or json") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestLinesOfADelivery: the line of an attempt names message, lane and attempt.
func TestLinesOfADelivery(t *testing.T) {
	code, _, errs := pantau(t, "--config", configured(t, serve(t)), "notify", "test", "legal", "--verbose", "--log-format", "json")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	found := false
	for text := range strings.Lines(errs) {
		var line struct {
			Msg, Message, Lane, Node string
			Attempt                  int
		}
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if line.Msg == "message sent" {
			found = true
			if line.Message == "" || line.Lane != "legal|console" || line.Attempt != 1 || line.Node == "" {
				t.Errorf("it does not say which: %s", text)
			}
		}
	}
	if !found {
		t.Errorf("no line of the delivery:\n%s", errs)
	}
}

// TestTried: a reason is said once.
func TestTried(t *testing.T) {
	for _, tt := range []struct{ last, parked, want string }{
		{"accepted: ", "", "accepted"},
		{"parked: token_revoked", "token_revoked", "parked: token_revoked"},
		{"", "token_revoked", "parked: token_revoked"},
		{"retry: no answer", "token_revoked", "retry: no answer; parked: token_revoked"},
	} {
		if got := tried(tt.last, tt.parked); got != tt.want {
			t.Errorf("%q, %q: %q, want %q", tt.last, tt.parked, got, tt.want)
		}
	}
}
