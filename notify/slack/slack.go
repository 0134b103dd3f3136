package slack

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"pantau/internal/egress"
	"pantau/notify"
)

// Pace is the least time between two messages to one channel: Slack takes
// about one a second (docs.slack.dev, "Rate limits").
const Pace = time.Second

// Sender is the channel. It is safe for concurrent use.
type Sender struct {
	api     *slack.Client // nil: a webhook
	webhook string
	client  *http.Client
	secret  string // never in an error
}

// New makes the channel; everything goes out by client.
func New(c Config, client *http.Client) (*Sender, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Sender{webhook: c.Webhook, client: client, secret: c.Token + c.Webhook}
	if c.Token != "" {
		base := c.API
		if base == "" {
			base = DefaultAPI
		}
		s.api = slack.New(c.Token, slack.OptionHTTPClient(client), slack.OptionAPIURL(base))
	}
	return s, nil
}

// Send implements notify.Sender. An attempt behind the first may repeat one
// whose answer was lost: with a token it looks first whether the message is in
// the channel already, and then it is accepted without being posted again.
func (s *Sender) Send(ctx context.Context, e notify.Envelope) (notify.Receipt, error) {
	if s.api == nil {
		return notify.Receipt{}, s.hook(ctx, e)
	}
	var d document
	if err := json.Unmarshal(e.Payload, &d); err != nil {
		return notify.Receipt{}, &notify.Refusal{Outcome: notify.Rejected, Detail: "the stored layout of the message cannot be read", Err: err}
	}
	if e.Target == "" {
		return notify.Receipt{}, &notify.Refusal{Outcome: notify.Rejected, Detail: "no Slack channel is named; write slack:#channel"}
	}
	if e.Attempt > 1 {
		if id, ok := s.posted(ctx, e); ok {
			return notify.Receipt{ID: id}, nil
		}
	}
	options := []slack.MsgOption{slack.MsgOptionText(d.Text, false), slack.MsgOptionBlocks(d.Blocks.BlockSet...),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl()}
	if d.Metadata != nil {
		options = append(options, slack.MsgOptionMetadata(*d.Metadata))
	}
	channel, stamp, err := s.api.PostMessageContext(ctx, e.Target, options...)
	if err != nil {
		return notify.Receipt{}, s.refusal(err)
	}
	return notify.Receipt{ID: channel + "/" + stamp}, nil
}

// hook posts to an incoming webhook. The payload goes out as it was frozen.
func (s *Sender) hook(ctx context.Context, e notify.Envelope) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.webhook, bytes.NewReader(e.Payload))
	if err != nil {
		return &notify.Refusal{Outcome: notify.Rejected, Detail: "the webhook's address cannot be used"}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := s.client.Do(req)
	if err != nil {
		return s.refusal(err)
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 200)) // the status decides; the words are for people
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		return nil
	case code == http.StatusTooManyRequests:
		return &notify.Refusal{Outcome: notify.Retry, After: retryAfter(resp.Header), Detail: "Slack asks to wait (429)"}
	case code >= 500 || code == http.StatusRequestTimeout || code == http.StatusTooEarly:
		return &notify.Refusal{Outcome: notify.Retry, After: retryAfter(resp.Header), Detail: "Slack answers " + resp.Status}
	case code == http.StatusGone || code == http.StatusNotFound:
		return &notify.Refusal{Outcome: notify.Rejected, Detail: fmt.Sprintf("the webhook is disabled (%s %s); make a new one in Slack", resp.Status, printable(said))}
	default:
		return &notify.Refusal{Outcome: notify.Rejected, Detail: fmt.Sprintf("Slack refuses the message: %s %s", resp.Status, printable(said))}
	}
}

// printable quotes what a stranger's server said, so that it stays on one line.
func printable(b []byte) string {
	return strings.Trim(fmt.Sprintf("%q", bytes.TrimSpace(b)), `"`)
}

func retryAfter(h http.Header) time.Duration {
	d, err := time.ParseDuration(h.Get("Retry-After") + "s")
	if err != nil || d < 0 {
		return 0
	}
	return d
}

// refusal says what an error of a post means for the message.
func (s *Sender) refusal(err error) *notify.Refusal {
	var limited *slack.RateLimitedError
	var status slack.StatusCodeError
	var answer slack.SlackErrorResponse
	var guard *egress.Refused
	switch {
	case errors.As(err, &limited):
		return &notify.Refusal{Outcome: notify.Retry, After: limited.RetryAfter, Detail: "Slack asks to wait (429)"}
	case errors.As(err, &status):
		return statusRefusal(status)
	case errors.As(err, &answer):
		return answerRefusal(answer)
	case errors.As(err, &guard):
		return &notify.Refusal{Outcome: notify.Parked, Detail: guard.Error()}
	case neverSent(err):
		return &notify.Refusal{Outcome: notify.Retry, Detail: "Slack cannot be reached: " + s.hide(err)}
	}
	// The connection was lost, or something that is no answer came, behind the
	// request: Slack may have taken it.
	return &notify.Refusal{Outcome: notify.Uncertain, Detail: "no answer from Slack: " + s.hide(err)}
}

func statusRefusal(e slack.StatusCodeError) *notify.Refusal {
	if e.Code >= 500 || e.Code == http.StatusTooManyRequests || e.Code == http.StatusRequestTimeout || e.Code == http.StatusTooEarly {
		return &notify.Refusal{Outcome: notify.Retry, Detail: "Slack answers " + e.Status, Err: e}
	}
	return &notify.Refusal{Outcome: notify.Rejected, Detail: "Slack answers " + e.Status + "; is `api` right?", Err: e}
}

// answerRefusal reads the errors of chat.postMessage (docs.slack.dev). What
// concerns the token concerns every message of the channel; what Slack calls
// its own fault passes; all else concerns this message.
func answerRefusal(e slack.SlackErrorResponse) *notify.Refusal {
	r := &notify.Refusal{Outcome: notify.Rejected, Detail: "Slack refuses the message: " + printable([]byte(e.Err)), Err: e}
	switch e.Err {
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "no_permission", "missing_scope",
		"org_login_required", "ekm_access_denied", "access_denied", "team_access_not_granted", "two_factor_setup_required":
		r.Outcome, r.Detail = notify.Parked, "Slack does not accept the token: "+e.Err+"; give a valid one"
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		r.Outcome = notify.Retry
	case "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org":
		r.Outcome = notify.Retry
	case "channel_not_found", "not_in_channel":
		r.Detail += "; invite the bot to the channel, or mend the name"
	}
	return r
}

// neverSent tells that a request failed before it was written: no address, no
// connection, no TLS, or the guard of egress.
func neverSent(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return true
	}
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var plain tls.RecordHeaderError
	return errors.As(err, &dns) || errors.As(err, &certificate) || errors.As(err, &plain)
}

// hide is the text of an error without the secret or the address it stands in.
func (s *Sender) hide(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	text := err.Error()
	if s.secret != "" {
		text = strings.ReplaceAll(text, s.secret, "...")
	}
	return text
}
