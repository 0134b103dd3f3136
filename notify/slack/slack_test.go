package slack_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"pantau/internal/egress"
	"pantau/notify"
	"pantau/notify/slack"
)

// workspace is a Slack that keeps what it is sent.
type workspace struct {
	*httptest.Server
	mu      sync.Mutex // guards what follows
	posts   []url.Values
	answer  func(w http.ResponseWriter) bool // true: it has answered
	history []map[string]any
	asked   []string // methods beside chat.postMessage
}

func newWorkspace(t *testing.T) *workspace {
	t.Helper()
	w := &workspace{}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/chat.postMessage", w.post)
	mux.HandleFunc("/api/conversations.list", func(rw http.ResponseWriter, r *http.Request) {
		w.method("conversations.list")
		reply(rw, map[string]any{"ok": true, "channels": []any{map[string]any{"id": "C1", "name": "general"}, map[string]any{"id": "C2", "name": "regulatory"}}})
	})
	mux.HandleFunc("/api/conversations.history", func(rw http.ResponseWriter, r *http.Request) {
		w.method("conversations.history " + r.FormValue("channel"))
		w.mu.Lock()
		defer w.mu.Unlock()
		reply(rw, map[string]any{"ok": true, "messages": w.history})
	})
	w.Server = httptest.NewServer(mux)
	t.Cleanup(w.Close)
	return w
}

func (w *workspace) method(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, name)
}

func reply(rw http.ResponseWriter, v any) {
	rw.Header().Set("Content-Type", "application/json")
	json.NewEncoder(rw).Encode(v)
}

func (w *workspace) post(rw http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	w.mu.Lock()
	w.posts = append(w.posts, r.PostForm)
	answer := w.answer
	w.mu.Unlock()
	if answer != nil && answer(rw) {
		return
	}
	var metadata map[string]any
	json.Unmarshal([]byte(r.PostForm.Get("metadata")), &metadata)
	w.mu.Lock()
	w.history = append(w.history, map[string]any{"type": "message", "ts": "17.1", "metadata": metadata})
	w.mu.Unlock()
	reply(rw, map[string]any{"ok": true, "channel": "C2", "ts": "17.1"})
}

func envelope(t *testing.T, s *slack.Sender, attempt int) notify.Envelope {
	t.Helper()
	m := notify.Message{ID: "m-0123", AlertIDs: []string{"a-1", "a-2"}, Language: "en", Subject: "s & t", Summary: "x", Created: time.Now()}
	p, err := s.Render(m, "#regulatory")
	if err != nil {
		t.Fatal(err)
	}
	return notify.Envelope{Message: m, Payload: p, Target: "#regulatory", Attempt: attempt}
}

func TestPost(t *testing.T) {
	w := newWorkspace(t)
	s := bot(t, w.URL+"/api/", w.Client())
	receipt, err := s.Send(context.Background(), envelope(t, s, 1))
	if err != nil || receipt.ID != "C2/17.1" {
		t.Fatalf("%+v, %v", receipt, err)
	}
	got := w.posts[0]
	if got.Get("channel") != "#regulatory" || got.Get("text") != "s &amp; t\nx" || !strings.Contains(got.Get("blocks"), "s \\u0026 t") {
		t.Errorf("posted %v", got)
	}
	if want := `{"event_type":"pantau_message","event_payload":{"alert_ids":["a-1","a-2"],"message_id":"m-0123"}}`; got.Get("metadata") != want {
		t.Errorf("metadata %s, want %s", got.Get("metadata"), want)
	}
	if len(w.asked) != 0 {
		t.Errorf("a first attempt asks %v", w.asked)
	}
}

// answers is what Slack can say, and what it means for the message.
func answers() map[string]struct {
	answer  func(http.ResponseWriter)
	outcome notify.Outcome
	after   time.Duration
} {
	type row = struct {
		answer  func(http.ResponseWriter)
		outcome notify.Outcome
		after   time.Duration
	}
	said := func(e string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { reply(w, map[string]any{"ok": false, "error": e}) }
	}
	status := func(code int, after string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			if after != "" {
				w.Header().Set("Retry-After", after)
			}
			w.WriteHeader(code)
		}
	}
	rows := map[string]row{
		"429":               {status(429, "7"), notify.Retry, 7 * time.Second},
		"429 without delay": {status(429, ""), notify.Retry, 0},
		"500":               {status(500, ""), notify.Retry, 0},
		"503":               {status(503, "9"), notify.Retry, 0},
		"404":               {status(404, ""), notify.Rejected, 0},
		"closed":            {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, notify.Uncertain, 0},
		"no JSON":           {func(w http.ResponseWriter) { io.WriteString(w, "<html>") }, notify.Uncertain, 0},
	}
	for _, e := range []string{"invalid_auth", "token_revoked", "account_inactive", "missing_scope"} {
		rows[e] = row{said(e), notify.Parked, 0}
	}
	for _, e := range []string{"channel_not_found", "is_archived", "msg_too_long", "invalid_blocks", "something\nnew"} {
		rows[e] = row{said(e), notify.Rejected, 0}
	}
	for _, e := range []string{"internal_error", "ratelimited"} {
		rows[e] = row{said(e), notify.Retry, 0}
	}
	return rows
}

func TestAnswers(t *testing.T) {
	for name, tt := range answers() {
		t.Run(name, func(t *testing.T) {
			w := newWorkspace(t)
			w.answer = func(rw http.ResponseWriter) bool { tt.answer(rw); return true }
			s := bot(t, w.URL+"/api/", w.Client())
			_, err := s.Send(context.Background(), envelope(t, s, 1))
			refused(t, err, tt.outcome, tt.after)
		})
	}
}

// refused holds an error to an outcome, and to not telling the secret.
func refused(t *testing.T, err error, outcome notify.Outcome, after time.Duration) {
	t.Helper()
	var r *notify.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("the error is %v, no refusal", err)
	}
	if r.Outcome != outcome || r.After != after || r.Detail == "" {
		t.Errorf("%s after %v: %s; want %s after %v", r.Outcome, r.After, r.Detail, outcome, after)
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error tells the secret: %v", err)
	}
	if strings.ContainsAny(r.Detail, "\r\n") {
		t.Errorf("the detail is not one line: %q", r.Detail)
	}
}

// TestNoAnswer hangs after reading: nothing is known of the outcome.
func TestNoAnswer(t *testing.T) {
	w := newWorkspace(t)
	hold := make(chan struct{})
	t.Cleanup(func() { close(hold) })
	w.answer = func(http.ResponseWriter) bool { <-hold; return true }
	s := bot(t, w.URL+"/api/", w.Client())
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	_, err := s.Send(ctx, envelope(t, s, 1))
	refused(t, err, notify.Uncertain, 0)
}

// TestNeverSent fails before a byte of the message left: it is no doubt.
func TestNeverSent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	s := bot(t, "http://"+address+"/api/", &http.Client{})
	_, err = s.Send(context.Background(), envelope(t, s, 1))
	refused(t, err, notify.Retry, 0)

	https := httptest.NewTLSServer(nil)
	t.Cleanup(https.Close)
	s = bot(t, https.URL+"/api/", &http.Client{})
	_, err = s.Send(context.Background(), envelope(t, s, 1))
	refused(t, err, notify.Retry, 0)

	guarded := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &egress.Refused{Address: "10.0.0.1", Why: "private", Key: "channels.slack.allow"}
	}}}
	s = bot(t, "https://slack.example/api/", guarded)
	_, err = s.Send(context.Background(), envelope(t, s, 1))
	refused(t, err, notify.Parked, 0)
	if !strings.Contains(err.Error(), "channels.slack.allow") {
		t.Errorf("the refusal of the guard does not say what would allow it: %v", err)
	}
}

// TestReconcile loses the answer to an accepted post: the next attempt finds
// the message in the channel and does not post it again.
func TestReconcile(t *testing.T) {
	w := newWorkspace(t)
	s := bot(t, w.URL+"/api/", w.Client())
	e := envelope(t, s, 1)
	if _, err := s.Send(context.Background(), e); err != nil { // Slack has it; say the answer was lost
		t.Fatal(err)
	}
	e.Attempt = 2
	receipt, err := s.Send(context.Background(), e)
	if err != nil || receipt.ID != "C2/17.1" || len(w.posts) != 1 {
		t.Errorf("receipt %+v, %v, %d posts; want the first one found", receipt, err, len(w.posts))
	}
	w.history = nil // it never arrived
	if _, err := s.Send(context.Background(), e); err != nil || len(w.posts) != 2 {
		t.Errorf("%v, %d posts; what is not in the channel must be posted", err, len(w.posts))
	}
}

// TestReconcileUnable posts again where Slack does not let the bot look.
func TestReconcileUnable(t *testing.T) {
	w := &workspace{}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/chat.postMessage", w.post)
	w.Server = httptest.NewServer(mux)
	t.Cleanup(w.Close)
	s := bot(t, w.URL+"/api/", w.Client())
	if _, err := s.Send(context.Background(), envelope(t, s, 2)); err != nil || len(w.posts) != 1 {
		t.Errorf("%v, %d posts", err, len(w.posts))
	}
}

func TestWebhook(t *testing.T) {
	for _, tt := range []struct {
		name    string
		status  int
		outcome notify.Outcome
		after   time.Duration
	}{
		{"ok", 200, notify.Accepted, 0}, {"gone", 410, notify.Rejected, 0}, {"unknown", 404, notify.Rejected, 0},
		{"slow down", 429, notify.Retry, 3 * time.Second}, {"broken", 502, notify.Retry, 3 * time.Second}, {"bad payload", 400, notify.Rejected, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var body []byte
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ = io.ReadAll(r.Body)
				if tt.after > 0 {
					w.Header().Set("Retry-After", "3")
				}
				w.WriteHeader(tt.status)
				io.WriteString(w, "no_\x1bservice")
			}))
			t.Cleanup(srv.Close)
			s, err := slack.New(slack.Config{Webhook: srv.URL + "/secret"}, srv.Client())
			if err != nil {
				t.Fatal(err)
			}
			e := envelope(t, s, 1)
			_, err = s.Send(context.Background(), e)
			if string(body) != string(e.Payload) {
				t.Errorf("sent %s, want the frozen payload", body)
			}
			if strings.Contains(string(body), "metadata") || !strings.Contains(string(body), "m-0123") {
				t.Errorf("a webhook's payload must show the id and cannot carry metadata: %s", body)
			}
			if tt.outcome == notify.Accepted {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refused(t, err, tt.outcome, tt.after)
		})
	}
	t.Run("lost", func(t *testing.T) {
		srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
		t.Cleanup(srv.Close)
		s, err := slack.New(slack.Config{Webhook: srv.URL + "/secret"}, srv.Client())
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Send(context.Background(), envelope(t, s, 1))
		refused(t, err, notify.Uncertain, 0)
	})
}

func TestConfig(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    slack.Config
		keys string // that are complained of
	}{
		{"token", slack.Config{Token: "xoxb-1"}, ""},
		{"own API", slack.Config{Token: "xoxb-1", API: "http://127.0.0.1:18090/api/"}, ""},
		{"webhook", slack.Config{Webhook: "https://hooks.slack.com/services/T/B/x"}, ""},
		{"nothing", slack.Config{}, "token"},
		{"both", slack.Config{Token: "x", Webhook: "https://h.example/x"}, "webhook"},
		{"line break", slack.Config{Token: "xoxb-s3cret\n"}, "token"},
		{"no slash", slack.Config{Token: "x", API: "https://slack.com/api"}, "api"},
		{"in the clear", slack.Config{Token: "x", API: "http://slack.com/api/"}, "api"},
		{"webhook in the clear", slack.Config{Webhook: "http://hooks.example/s3cret"}, "webhook"},
		{"user", slack.Config{Webhook: "https://u:s3cret@hooks.example/x", API: "https://slack.com/api/"}, "webhook api"},
		{"no address", slack.Config{Webhook: "s3cret"}, "webhook"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.c.Validate()
			var keys []string
			if err != nil {
				for l := range strings.SplitSeq(err.Error(), "\n") {
					key, _, _ := strings.Cut(l, ":")
					keys = append(keys, key)
				}
				if strings.Contains(err.Error(), "s3cret") {
					t.Errorf("it tells the s3cret: %v", err)
				}
			}
			if got := strings.Join(keys, " "); got != tt.keys {
				t.Errorf("complains of %q, want %q: %v", got, tt.keys, err)
			}
			if _, err2 := slack.New(tt.c, nil); (err2 == nil) != (err == nil) {
				t.Errorf("New says %v, Validate %v", err2, err)
			}
		})
	}
}
