package acceptance

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	slackSink = "slack:#regulatory"
	mailSink  = "email:board@example.co.id"
	adminSink = "email:admin@example.co.id"
)

// hookFault and smtpFault spoil the sinks; see the replay server's README.
type hookFault struct {
	Path       string `json:"path,omitempty"`
	Status     int    `json:"status,omitempty"`
	Body       string `json:"body,omitempty"`
	RetryAfter int    `json:"retry_after,omitempty"`
	Hang       bool   `json:"hang,omitempty"`
	Close      bool   `json:"close_after_read,omitempty"`
	Times      int    `json:"times,omitempty"`
}

type smtpFault struct {
	Stage string `json:"stage"`
	Code  int    `json:"code,omitempty"`
	Close bool   `json:"close,omitempty"`
	Times int    `json:"times,omitempty"`
}

// courier is an installation whose messages go to sinks that misbehave, and the
// state that it has seen.
type courier struct {
	*pantau
	replay *replay
	state  int
}

func newCourier(t *testing.T, s setup) *courier {
	t.Helper()
	r := newReplay(t)
	c := &courier{pantau: install(t, r, s), replay: r}
	c.baseline(t)
	return c
}

// news lets the register change, looks, and gives the id of the change.
func (c *courier) news(t *testing.T) string {
	t.Helper()
	c.state++
	c.replay.move(t, c.state)
	l := c.check(t)
	if l.Change == nil {
		t.Fatalf("state %d is %s: %s", c.state, l.Outcome, l.Detail)
	}
	return l.Change.ID
}

// TestSlackMisbehaves holds every delivery to Slack to: the same message at
// every attempt, and accepted once in the end.
func TestSlackMisbehaves(t *testing.T) {
	t.Parallel()
	c := newCourier(t, setup{subscribers: []string{toSlack}})
	for _, tt := range []struct {
		name  string
		fault hookFault
		posts int // that the sink must see before it accepts
	}{
		{"429", hookFault{Status: 429, RetryAfter: 3, Times: 1}, 1},
		{"500", hookFault{Status: 500, Times: 2}, 2},
		{"closes after reading", hookFault{Close: true, Times: 1}, 1},
		{"hangs after reading", hookFault{Hang: true, Times: 1}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c.replay.post(t, "/hookfault", tt.fault)
			id := c.news(t)
			c.drain(t, 20*time.Second)
			got := attempts(t, c.replay.arrivals(t), slackSink, id)
			if len(got) != tt.posts+1 || accepted(got) != 1 || !got[len(got)-1].Accepted {
				t.Fatalf("%d posts, %d accepted, want %d and the last one", len(got), accepted(got), tt.posts+1)
			}
			wait := time.Duration(tt.fault.RetryAfter) * time.Second
			if gap := got[1].At.Sub(got[0].At); gap < wait {
				t.Errorf("asked to wait %v, came again after %v", wait, gap)
			}
			if q := c.alerts(t)[got[0].Message]; q.State != "delivered" || q.Attempts != len(got) || q.Channel != slackSink {
				t.Errorf("after %d posts alerts says %+v", len(got), q)
			}
		})
	}
	c.fsck(t)
}

// TestSlackTokenRevoked parks the channel: the alert is held and can be
// replayed, Slack is not asked again, and the administrator hears of it by
// another channel.
func TestSlackTokenRevoked(t *testing.T) {
	t.Parallel()
	c := newCourier(t, setup{subscribers: []string{toSlack}})
	c.replay.post(t, "/hookfault", hookFault{Path: "/api/", Status: 200, Body: `{"ok":false,"error":"token_revoked"}`})
	id := c.news(t)
	again := c.news(t)
	all := c.replay.arrivals(t)
	got := to(slackSink, all)
	if len(got) != 1 {
		t.Errorf("a revoked token was tried %d times, want 1", len(got))
	}
	held := 0
	for _, q := range c.alerts(t) {
		if q.Channel == slackSink {
			held++
			if q.State == "delivered" || q.State == "dead" {
				t.Errorf("behind a revoked token a message is %s", q.State)
			}
		}
	}
	if held != 2 {
		t.Errorf("%d messages are held, want 2", held)
	}
	admin := to(adminSink, all)
	if len(admin) != 1 || !strings.Contains(strings.ToLower(admin[0].Text), "slack") || !strings.Contains(admin[0].Text, "token_revoked") {
		t.Errorf("the administrator is told %d times, want once, of Slack's token_revoked: %+v", len(admin), admin)
	}

	c.replay.delete(t, "/hookfault")
	c.resend(t, got[0].Message)
	c.drain(t, 20*time.Second)
	all = c.replay.arrivals(t)
	for change, want := range map[string]int{id: 2, again: 1} { // the first was refused once
		if n := len(attempts(t, all, slackSink, change)); n != want {
			t.Errorf("change %s came to Slack %d times, want %d", change, n, want)
		}
	}
	c.fsck(t)
}

// TestMailMisbehaves spoils the end of a letter, so that each attempt is seen:
// a letter keeps its Message-ID whatever happens.
func TestMailMisbehaves(t *testing.T) {
	t.Parallel()
	c := newCourier(t, setup{subscribers: []string{toMail}})
	for _, tt := range []struct {
		name  string
		fault smtpFault
		state string // of the message after the check
	}{
		{"451 is tried again after half an hour at least", smtpFault{Stage: "end", Code: 451, Times: 1}, "pending"},
		{"550 is a dead letter", smtpFault{Stage: "end", Code: 550, Times: 1}, "dead"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c.replay.post(t, "/smtpfault", tt.fault)
			id := c.news(t)
			got := attempts(t, c.replay.arrivals(t), mailSink, id)
			if len(got) != 1 || got[0].Accepted {
				t.Fatalf("the check made %d attempts, want 1 that is refused", len(got))
			}
			if q := c.alerts(t)[got[0].Message]; q.State != tt.state || q.Attempts != 1 {
				t.Errorf("after the check alerts says %+v, want %s", q, tt.state)
			}
			c.resend(t, got[0].Message)
			c.drain(t, 20*time.Second)
			got = attempts(t, c.replay.arrivals(t), mailSink, id)
			if len(got) != 2 || !got[1].Accepted {
				t.Fatalf("replayed: %d attempts, %d accepted, want 2 and 1", len(got), accepted(got))
			}
			if q := c.alerts(t)[got[0].Message]; q.State != "delivered" || q.Attempts != 2 {
				t.Errorf("after the replay alerts says %+v", q)
			}
		})
	}
	t.Run("the line breaks after the letter", func(t *testing.T) {
		c.replay.post(t, "/smtpfault", smtpFault{Stage: "end", Close: true, Times: 1})
		id := c.news(t)
		c.drain(t, 20*time.Second)
		if got := attempts(t, c.replay.arrivals(t), mailSink, id); len(got) != 2 || !got[1].Accepted {
			t.Fatalf("%d attempts, %d accepted, want 2 and 1", len(got), accepted(got))
		}
	})
	for _, stage := range []string{"connect", "mail", "rcpt", "data"} {
		t.Run("451 at "+stage, func(t *testing.T) {
			c.replay.post(t, "/smtpfault", smtpFault{Stage: stage, Code: 451, Times: 1})
			id := c.news(t)
			if got := attempts(t, c.replay.arrivals(t), mailSink, id); len(got) != 0 {
				t.Fatalf("a refused letter was sent again %d times at once", len(got))
			}
			for _, q := range c.alerts(t) {
				if q.State != "delivered" {
					c.resend(t, q.Message)
				}
			}
			c.drain(t, 20*time.Second)
			if got := attempts(t, c.replay.arrivals(t), mailSink, id); len(got) != 1 || !got[0].Accepted {
				t.Fatalf("%d letters arrived, want 1", len(got))
			}
		})
	}
	c.fsck(t)
}

// TestSlackWebhookGone makes a dead letter of what an incoming webhook refuses
// for good, and keeps it visible.
func TestSlackWebhookGone(t *testing.T) {
	t.Parallel()
	r := newReplay(t)
	p := install(t, r, setup{
		subscribers: []string{`{id: legal, channels: [slack], match: {sources: [pse]}}`},
		slack:       fmt.Sprintf(`{webhook: "%s/slack/webhook", allow: [127.0.0.0/8]}`, r.url),
	})
	p.baseline(t)
	r.post(t, "/hookfault", hookFault{Status: 410, Body: "no_service", Times: 1})
	r.move(t, 1)
	p.check(t)
	dead := 0
	for _, q := range p.alerts(t) {
		if q.Subscription != "legal" {
			continue
		}
		if q.State != "dead" || q.Attempts != 1 {
			t.Errorf("behind a webhook that is gone alerts says %+v", q)
		}
		dead++
		p.resend(t, q.Message)
	}
	if dead != 1 {
		t.Errorf("%d messages, want 1", dead)
	}
	p.drain(t, 20*time.Second)
	var posts []post
	r.get(t, "/hooks", &posts)
	if len(posts) != 2 || posts[0].Body != posts[1].Body || posts[1].Answer != "200" {
		t.Errorf("%d posts to the webhook, want the refused one and the same again", len(posts))
	}
	p.fsck(t)
}

// TestConsoleLeavesJSONAlone delivers to the console while a check answers in
// JSON: its lines stay one object each for the scripts that read them.
func TestConsoleLeavesJSONAlone(t *testing.T) {
	t.Parallel()
	c := newCourier(t, setup{subscribers: []string{`{id: desk, channels: [console], match: {sources: [pse]}}`}})
	c.replay.move(t, 1)
	x := c.run(t, "check", "pse", "--json")
	all := lines[look](t, x)
	if len(all) != 1 || all[0].Change == nil {
		t.Fatalf("want one line with a change: %v", x)
	}
	for id, q := range c.alerts(t) {
		if q.State != "delivered" || !strings.Contains(x.stderr, id) {
			t.Errorf("message %s is %s and not on the console's standard error", id, q.State)
		}
	}
}
