package console_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"pantau/notify"
	"pantau/notify/console"
)

// limited takes so many bytes in all.
type limited struct{ left int }

func (l *limited) Write(b []byte) (int, error) {
	if len(b) > l.left {
		n := l.left
		l.left = 0
		return n, errors.New("disk full")
	}
	l.left -= len(b)
	return len(b), nil
}

func TestSend(t *testing.T) {
	for _, tt := range []struct {
		name    string
		takes   int
		outcome notify.Outcome
	}{{"taken", 100, ""}, {"nothing taken", 0, notify.Retry}, {"half taken", 3, notify.Uncertain}} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := console.New(&limited{tt.takes}).Send(context.Background(), notify.Envelope{Payload: []byte("hello\n")})
			var r *notify.Refusal
			if tt.outcome == "" && err != nil || tt.outcome != "" && (!errors.As(err, &r) || r.Outcome != tt.outcome) {
				t.Errorf("%v, want %q", err, tt.outcome)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out bytes.Buffer
	var r *notify.Refusal
	if _, err := console.New(&out).Send(ctx, notify.Envelope{Payload: []byte("hello\n")}); !errors.As(err, &r) || r.Outcome != notify.Retry || out.Len() > 0 {
		t.Errorf("stopped: %v, and %q was written", err, out.String())
	}
}

// TestMessagesStayWhole sends from many lanes at once.
func TestMessagesStayWhole(t *testing.T) {
	var out bytes.Buffer // the race detector sees an unguarded write
	c := console.New(&out)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			line := strings.Repeat(string(rune('a'+i)), 60) + "\n"
			for range 20 {
				if _, err := c.Send(context.Background(), notify.Envelope{Payload: []byte(line)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := strings.Count(out.String(), "\n"); n != 160 {
		t.Errorf("%d lines, want 160", n)
	}
	for l := range strings.Lines(out.String()) {
		if strings.Trim(l, l[:1]) != "\n" {
			t.Errorf("a mixed line: %q", l)
		}
	}
}

// TestNoControlSequences gives the terminal nothing but text.
func TestNoControlSequences(t *testing.T) {
	const evil = "a\x1b]0;title\x07b\x1b[2Jc\rd\u202ee\x9bf"
	m := notify.Message{ID: "m-1", Subject: evil, Summary: evil, Seen: []string{evil}, Why: evil, Left: evil, Footer: evil,
		Links:    []notify.Link{{Title: evil, URL: "https://a.example/" + evil}},
		Sections: []notify.Section{{Title: evil, Items: []notify.Item{{Title: evil, Lines: []string{evil}, Before: evil, After: evil}}}}}
	p, err := console.New(nil).Render(m, "")
	if err != nil {
		t.Fatal(err)
	}
	if i := strings.IndexFunc(string(p), func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == '\u202e' }); i >= 0 {
		t.Errorf("a control character at %d: %q", i, p)
	}
	if !strings.Contains(string(p), "a]0;titleb[2Jc de") {
		t.Errorf("the text itself is lost: %q", p)
	}
}
