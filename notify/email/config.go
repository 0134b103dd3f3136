package email

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Config is what the configuration file says of an e-mail channel.
type Config struct {
	// Server is smtps://user:password@host (TLS from the first byte, port 465)
	// or smtp://user:password@host (STARTTLS, which is required, port 587).
	// Only a server on a loopback address may be spoken to without TLS.
	Server string         `yaml:"server" json:"server,omitempty"`
	From   string         `yaml:"from" json:"from,omitempty"` // "pantau@example.co.id" or "Pantau <pantau@example.co.id>"
	Allow  []netip.Prefix `yaml:"allow" json:"allow,omitempty"`
}

// Validate says everything that is wrong, each error as "key: message".
// It never repeats the password.
func (c Config) Validate() error {
	var errs []error
	if _, err := parseServer(c.Server); err != nil {
		errs = append(errs, fmt.Errorf("server: %w", err))
	}
	if c.From == "" {
		errs = append(errs, errors.New("from: missing; give the address that messages come from"))
	} else if _, err := parseFrom(c.From); err != nil {
		errs = append(errs, fmt.Errorf("from: %w", err))
	}
	return errors.Join(errs...)
}

// server is a parsed Config.Server.
type server struct {
	host     string
	port     int
	implicit bool // TLS from the first byte
	local    bool // on a loopback address: TLS if it offers it
	user     string
	password string
}

func parseServer(s string) (server, error) {
	if s == "" {
		return server{}, errors.New("missing; smtps://user:password@mail.example.co.id")
	}
	u, err := url.Parse(s)
	if err != nil { // the error would repeat the password
		return server{}, errors.New("is not an address; characters such as @ : / % # in the password are written %40 %3A %2F %25 %23")
	}
	out := server{host: u.Hostname(), local: loopback(u.Hostname())}
	switch u.Scheme {
	case "smtps":
		out.implicit, out.port = true, 465
	case "smtp":
		out.port = 587
	default:
		return server{}, fmt.Errorf("begins with %q; smtps:// (TLS) or smtp:// (STARTTLS) is expected", u.Scheme+"://")
	}
	switch {
	case out.host == "":
		return server{}, errors.New("names no host")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return server{}, errors.New("has something behind the host; were / ? # in the password written %2F %3F %23?")
	}
	if p := u.Port(); p != "" {
		if out.port, err = strconv.Atoi(p); err != nil || out.port < 1 || out.port > 65535 {
			return server{}, fmt.Errorf("port %q is not between 1 and 65535", p)
		}
	}
	if u.User != nil {
		out.user = u.User.Username()
		out.password, _ = u.User.Password()
		if out.user == "" || out.password == "" {
			return server{}, errors.New("has a user without a password or a password without a user")
		}
	}
	return out, nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

func parseFrom(s string) (*mail.Address, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("holds a line break")
	}
	a, err := mail.ParseAddress(s)
	if err != nil {
		return nil, fmt.Errorf("%q is not an address: %w", s, err)
	}
	if _, domain, _ := strings.Cut(a.Address, "@"); domain == "" {
		return nil, fmt.Errorf("%q has no domain", s)
	}
	return a, nil
}
