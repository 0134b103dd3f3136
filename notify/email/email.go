package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"pantau/internal/egress"
	"pantau/notify"
)

const (
	// greylist is the shortest sensible wait behind a 4xx answer (RFC 5321,
	// 4.5.4.1).
	greylist = 30 * time.Minute
	// sendLimit bounds a whole attempt where the caller sets no deadline.
	sendLimit = time.Minute
)

// Dial opens connections; everything of the channel goes out by it.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Sender is the channel. It is safe for concurrent use.
type Sender struct {
	server server
	from   *mail.Address
	dial   Dial
	page   *template.Template
}

// New makes the channel.
func New(c Config, dial Dial) (*Sender, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Sender{dial: dial}
	var err error
	if s.server, err = parseServer(c.Server); err != nil {
		return nil, err
	}
	if s.from, err = parseFrom(c.From); err != nil {
		return nil, err
	}
	if s.page, err = parsePage(); err != nil {
		return nil, err
	}
	return s, nil
}

// Send implements notify.Sender. It opens a connection for each message:
// messages are few, and one that hangs must not spoil the next.
func (s *Sender) Send(ctx context.Context, e notify.Envelope) (notify.Receipt, error) {
	to, err := mail.ParseAddress(e.Target)
	if err != nil {
		return notify.Receipt{}, &notify.Refusal{Outcome: notify.Rejected, Detail: fmt.Sprintf("%q is no address", e.Target), Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	conn := &line{}
	// A context that ends closes the connection, wherever the dialogue stands.
	defer conn.Close()
	defer context.AfterFunc(ctx, conn.Close)()
	client, err := s.connect(ctx, conn)
	if err != nil {
		return notify.Receipt{}, s.refusal(err, "connecting")
	}
	if err := client.Mail(path(s.from)); err != nil {
		return notify.Receipt{}, s.refusal(err, "sender")
	}
	if err := client.Rcpt(path(to)); err != nil {
		return notify.Receipt{}, s.refusal(err, "recipient "+to.Address)
	}
	return s.data(client, e.Payload)
}

// path is an address as SMTP wants it, in angle brackets and without the name
// (RFC 5321, 4.1.2). The library sends what it is given.
func path(a *mail.Address) string { return (&mail.Address{Address: a.Address}).String() }

// data hands the message over. Until the final dot is written the server must
// forget what came (RFC 5321, 4.1.1.4); behind it a lost answer says nothing.
func (s *Sender) data(client *smtp.Client, payload notify.Payload) (notify.Receipt, error) {
	w, err := client.Data()
	if err != nil {
		return notify.Receipt{}, s.refusal(err, "data")
	}
	if _, err := w.Write(payload); err != nil {
		return notify.Receipt{}, s.refusal(err, "message")
	}
	if err := w.Close(); err != nil {
		r := s.refusal(err, "end of the message")
		var said *textproto.Error
		if !errors.As(err, &said) {
			r.Outcome, r.Detail = notify.Uncertain, "the connection was lost behind the message: "+s.hide(err)
		}
		return notify.Receipt{}, r
	}
	receipt := notify.Receipt{}
	if d, ok := w.(*smtp.DataCloser); ok {
		receipt.ID = strings.TrimSpace(d.ServerResponse())
	}
	_ = client.Quit() // the message is taken; what QUIT brings changes nothing
	return receipt, nil
}

// connect dials, greets, switches to TLS and logs in.
func (s *Sender) connect(ctx context.Context, conn *line) (*smtp.Client, error) {
	limit := sendLimit
	if t, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(t))
	}
	if limit <= 0 {
		return nil, context.Cause(ctx)
	}
	policy := gomail.TLSMandatory
	switch {
	case s.server.implicit:
		policy = gomail.TLSOpportunistic // it is TLS already; nothing is left to switch
	case s.server.local:
		policy = gomail.NoTLS
	}
	options := []gomail.Option{gomail.WithPort(s.server.port), gomail.WithTLSPolicy(policy), gomail.WithTimeout(limit),
		gomail.WithHELO(s.domain()), gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
			return s.open(ctx, network, address, conn)
		})}
	if s.server.user != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if policy == gomail.NoTLS {
			auth = gomail.SMTPAuthPlainNoEnc
		}
		options = append(options, gomail.WithSMTPAuth(auth), gomail.WithUsername(s.server.user), gomail.WithPassword(s.server.password))
	}
	client, err := gomail.NewClient(s.server.host, options...)
	if err != nil {
		return nil, err
	}
	return client.DialToSMTPClientWithContext(ctx)
}

// open dials and, for smtps, shakes hands.
func (s *Sender) open(ctx context.Context, network, address string, conn *line) (net.Conn, error) {
	raw, err := s.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conn.hold(raw)
	if !s.server.implicit {
		return raw, nil
	}
	secure := tls.Client(raw, &tls.Config{ServerName: s.server.host, MinVersion: tls.VersionTLS12})
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("TLS with %s: %w", s.server.host, err)
	}
	return secure, nil
}

// refusal says what an error means for the message: what the server said
// decides; without an answer nothing has been taken yet.
func (s *Sender) refusal(err error, at string) *notify.Refusal {
	var said *textproto.Error
	var guard *egress.Refused
	var invalid x509.HostnameError
	switch {
	case errors.As(err, &said):
		return codeRefusal(said, at)
	case errors.As(err, &guard):
		return &notify.Refusal{Outcome: notify.Parked, Detail: guard.Error()}
	case errors.As(err, &invalid):
		return &notify.Refusal{Outcome: notify.Parked, Detail: fmt.Sprintf("the mail server's certificate is not for %s; mend `server`", s.server.host)}
	}
	return &notify.Refusal{Outcome: notify.Retry, Detail: fmt.Sprintf("mail server %s, %s: %s", s.server.host, at, s.hide(err))}
}

// codeRefusal reads a reply (RFC 5321, 4.2.1; RFC 4954, 6 for those of
// authentication, which concern every message of the channel).
func codeRefusal(said *textproto.Error, at string) *notify.Refusal {
	detail := fmt.Sprintf("the mail server answers %d at %s: %q", said.Code, at, said.Msg)
	switch {
	case said.Code == 530 || said.Code == 534 || said.Code == 535 || said.Code == 538:
		return &notify.Refusal{Outcome: notify.Parked, Detail: detail + "; check user and password in `server`", Err: said}
	case said.Code >= 500:
		return &notify.Refusal{Outcome: notify.Rejected, Detail: detail, Err: said}
	}
	return &notify.Refusal{Outcome: notify.Retry, Least: greylist, Detail: detail, Err: said}
}

// hide is the text of an error without the password.
func (s *Sender) hide(err error) string {
	if s.server.password == "" {
		return err.Error()
	}
	return strings.ReplaceAll(err.Error(), s.server.password, "...")
}
