package slack_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pantau/notify"
	"pantau/notify/slack"
)

func TestProbe(t *testing.T) {
	const secret = "xoxb-1-probe"
	for _, tt := range []struct{ name, answer, seen, fails string }{
		{"valid", `{"ok":true,"user":"pantau","team":"PT Contoh"}`, "pantau in PT Contoh", ""},
		{"revoked", `{"ok":false,"error":"token_revoked"}`, "", "does not accept the token: token_revoked"},
		{"no Slack", `<html>`, "", "no answer from Slack"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var asked []string
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.URL.Path)
				w.Header().Set("Content-Type", "application/json")
				io.WriteString(w, tt.answer)
			}))
			defer srv.Close()
			s, err := slack.New(slack.Config{Token: secret, API: srv.URL + "/api/"}, srv.Client())
			if err != nil {
				t.Fatal(err)
			}
			seen, err := s.Probe(t.Context())
			probed(t, seen, err, tt.seen, tt.fails, secret)
			if len(asked) != 1 || asked[0] != "/api/auth.test" {
				t.Errorf("asked %v", asked)
			}
		})
	}
}

// probed holds the outcome of a probe to what it must say, and not say.
func probed(t *testing.T, seen string, err error, wantSeen, wantFault, secret string) {
	t.Helper()
	if wantFault == "" {
		if err != nil || !strings.Contains(seen, wantSeen) {
			t.Errorf("%q, %v", seen, err)
		}
		return
	}
	var r *notify.Refusal
	if !errors.As(err, &r) || !strings.Contains(r.Detail, wantFault) {
		t.Errorf("%v, want %q", err, wantFault)
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("it shows the secret: %v", err)
	}
}

// TestProbeWebhook asks the host, and posts nothing.
func TestProbeWebhook(t *testing.T) {
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		w.WriteHeader(http.StatusNotFound)
	}))
	s, err := slack.New(slack.Config{Webhook: srv.URL + "/services/T0/B0/hush"}, srv.Client())
	if err != nil {
		t.Fatal(err)
	}
	seen, err := s.Probe(t.Context())
	probed(t, seen, err, "answers", "", "hush")
	if len(asked) != 1 || asked[0] != "HEAD /" {
		t.Errorf("asked %v", asked)
	}
	srv.Close()
	seen, err = s.Probe(t.Context())
	probed(t, seen, err, "", "cannot be reached", "hush")
}
