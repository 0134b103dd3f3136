package slack

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// DefaultAPI is where Slack's Web API answers.
const DefaultAPI = "https://slack.com/api/"

// Config is what the configuration file says of a Slack channel. It has a bot
// token (any channel the bot was invited to; lost answers can be looked up) or
// the address of an incoming webhook (the one channel it was made for).
type Config struct {
	Token   string         `yaml:"token" json:"token,omitempty"`
	Webhook string         `yaml:"webhook" json:"webhook,omitempty"`
	API     string         `yaml:"api" json:"api,omitempty"` // base of the Web API; empty: DefaultAPI
	Allow   []netip.Prefix `yaml:"allow" json:"allow,omitempty"`
}

// Validate says everything that is wrong, each error as "key: message".
// It never repeats a secret; a webhook's address is one.
func (c Config) Validate() error {
	var errs []error
	switch {
	case c.Token == "" && c.Webhook == "":
		errs = append(errs, errors.New("token: missing; give the bot token (xoxb-...) or, instead, `webhook`"))
	case c.Token != "" && c.Webhook != "":
		errs = append(errs, errors.New("webhook: a channel has a token or a webhook, not both; make two channels of them"))
	}
	if strings.ContainsAny(c.Token, " \t\r\n") {
		errs = append(errs, errors.New("token: holds white space; was a line break copied with it?"))
	}
	if c.Webhook != "" {
		if why := unsafeURL(c.Webhook); why != "" {
			errs = append(errs, fmt.Errorf("webhook: %s", why))
		}
		if c.API != "" {
			errs = append(errs, errors.New("api: is used with a token only"))
		}
	}
	if c.API != "" {
		if why := unsafeURL(c.API); why != "" {
			errs = append(errs, fmt.Errorf("api: %s", why))
		} else if !strings.HasSuffix(c.API, "/") {
			errs = append(errs, fmt.Errorf("api: %q must end in a slash, as %q does", c.API, DefaultAPI))
		}
	}
	return errors.Join(errs...)
}

// unsafeURL says why a secret must not be sent to an address, "" if it may be.
func unsafeURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "":
		return "is not a whole address (https://...)"
	case u.User != nil:
		return "holds a user name; the token or the webhook's path is the only secret"
	case u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()):
		return ""
	}
	return "must be https://, for the secret would go over the wire in the clear"
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
