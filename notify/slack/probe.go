package slack

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// Probe tells whether the channel can be reached, without posting: by its token
// Slack says who we are; of a webhook, which can only be posted to, no more than
// the host is asked.
func (s *Sender) Probe(ctx context.Context) (string, error) {
	if s.api == nil {
		return s.probeHost(ctx)
	}
	who, err := s.api.AuthTestContext(ctx)
	if err != nil {
		return "", s.refusal(err)
	}
	return fmt.Sprintf("the token is valid: %s in %s", who.User, who.Team), nil
}

func (s *Sender) probeHost(ctx context.Context) (string, error) {
	u, err := url.Parse(s.webhook)
	if err != nil { // the error would show the secret
		return "", fmt.Errorf("the webhook's address cannot be used")
	}
	root := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}).String()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, root, nil)
	if err != nil {
		return "", fmt.Errorf("the webhook's host: %w", err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return "", s.refusal(err)
	}
	resp.Body.Close()
	return u.Host + " answers; whether it knows the webhook shows only a message (pantau notify test)", nil
}
