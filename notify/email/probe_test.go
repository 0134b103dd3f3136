package email_test

import (
	"errors"
	"strings"
	"testing"

	"pantau/notify"
)

func TestProbe(t *testing.T) {
	for _, tt := range []struct{ name, mode, server, seen, fails string }{
		{"starttls", "starttls", "smtp://pantau:s3cret@" + host, "with TLS, and lets the user in", ""},
		{"tls", "tls", "smtps://pantau:s3cret@" + host, "with TLS, and lets the user in", ""},
		{"clear on this machine", "clear", "smtp://127.0.0.1:25", "127.0.0.1:25 answers", ""},
		{"wrong password", "tls", "smtps://pantau:wrong-one@" + host, "", "check user and password"},
		{"no TLS", "clear", "smtp://pantau:s3cret@" + host, "", "connecting"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newPostOffice(t, tt.mode)
			seen, err := mailer(t, o, tt.server).Probe(t.Context())
			if tt.fails == "" && (err != nil || !strings.Contains(seen, tt.seen)) {
				t.Errorf("%q, %v", seen, err)
			}
			var r *notify.Refusal
			if tt.fails != "" && (!errors.As(err, &r) || !strings.Contains(r.Detail, tt.fails) || strings.Contains(err.Error(), "wrong-one")) {
				t.Errorf("%v, want %q", err, tt.fails)
			}
			o.mu.Lock()
			defer o.mu.Unlock()
			if len(o.from) > 0 || len(o.letters) > 0 {
				t.Errorf("a letter was begun: %v %v", o.from, o.letters)
			}
		})
	}
}
