package email_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"pantau/internal/egress"
	"pantau/notify"
	"pantau/notify/email"
)

// host is what the mail server's certificate is for. Dials go to the test's
// server, whatever the address.
const host = "mail.example.co.id"

// testCertificate is made by TestMain, which lets the process trust it before
// the first handshake reads the system's roots.
var testCertificate tls.Certificate

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "roots")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{host}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		log.Fatal(err)
	}
	file := filepath.Join(dir, "root.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		log.Fatal(err)
	}
	os.Setenv("SSL_CERT_FILE", file)
	testCertificate = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return m.Run()
}

// postOffice is a mail server that keeps what it is sent, and refuses at a
// stage.
type postOffice struct {
	address string
	mu      sync.Mutex // guards what follows
	letters []string
	from    []string
	refuse  map[string]*smtp.SMTPError // by stage: auth, mail, rcpt, data
	heard   []string                   // commands, of a scripted server
	secure  bool                       // the last session was encrypted
}

// newPostOffice serves with STARTTLS, with TLS from the first byte, or in the
// clear.
func newPostOffice(t *testing.T, mode string) *postOffice {
	t.Helper()
	o := &postOffice{refuse: map[string]*smtp.SMTPError{}}
	s := smtp.NewServer(o)
	s.Domain, s.AllowInsecureAuth, s.ErrorLog = host, mode == "clear", log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.address = l.Addr().String()
	conf := &tls.Config{Certificates: []tls.Certificate{testCertificate}}
	switch mode {
	case "starttls":
		s.TLSConfig = conf
	case "tls":
		l = tls.NewListener(l, conf)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return o
}

// NewSession implements smtp.Backend.
func (o *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &counter{office: o, conn: c}, nil
}

// counter is one session.
type counter struct {
	office *postOffice
	conn   *smtp.Conn
}

func (c *counter) refusal(stage string) error {
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	if e := c.office.refuse[stage]; e != nil {
		return e
	}
	return nil
}

func (c *counter) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "pantau" || password != "s3cret" {
			return smtp.ErrAuthFailed
		}
		return c.refusal("auth")
	}), nil
}

func (c *counter) Mail(from string, _ *smtp.MailOptions) error {
	_, secure := c.conn.TLSConnectionState()
	c.office.mu.Lock()
	c.office.secure = secure
	c.office.from = append(c.office.from, from)
	c.office.mu.Unlock()
	return c.refusal("mail")
}

func (c *counter) Rcpt(string, *smtp.RcptOptions) error { return c.refusal("rcpt") }

func (c *counter) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := c.refusal("data"); err != nil {
		return err
	}
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.office.letters = append(c.office.letters, string(b))
	return nil
}

func (c *counter) Reset()        {}
func (c *counter) Logout() error { return nil }

// mailer sends to the office under the configured address.
func mailer(t *testing.T, o *postOffice, server string) *email.Sender {
	t.Helper()
	s, err := email.New(email.Config{Server: server, From: "Pantau <pantau@example.co.id>"}, func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, o.address)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func envelope(t *testing.T, s *email.Sender) notify.Envelope {
	t.Helper()
	m := notify.Message{ID: "m-0123", AlertIDs: []string{"a-1"}, Language: "en", Subject: "s", Summary: "x\n.\ny", Created: time.Unix(1e9, 0)}
	p, err := s.Render(m, "legal@example.co.id")
	if err != nil {
		t.Fatal(err)
	}
	return notify.Envelope{Message: m, Payload: p, Target: "legal@example.co.id", Attempt: 1}
}

func TestSend(t *testing.T) {
	for _, tt := range []struct{ mode, server string }{
		{"starttls", "smtp://pantau:s3cret@" + host},
		{"starttls", "smtp://" + host + ":2525"},
		{"tls", "smtps://pantau:s3cret@" + host},
		{"clear", "smtp://127.0.0.1:1025"},
		{"clear", "smtp://pantau:s3cret@localhost"},
	} {
		t.Run(tt.mode+" "+tt.server, func(t *testing.T) {
			o := newPostOffice(t, tt.mode)
			s := mailer(t, o, tt.server)
			e := envelope(t, s)
			for range 2 { // an attempt again hands over the same bytes
				if _, err := s.Send(context.Background(), e); err != nil {
					t.Fatal(err)
				}
			}
			if len(o.letters) != 2 || o.letters[0] != o.letters[1] || o.letters[0] != string(e.Payload) {
				t.Errorf("arrived: %q, want twice the frozen payload %q", o.letters, e.Payload)
			}
			if o.from[0] != "pantau@example.co.id" || o.secure != (tt.mode != "clear") {
				t.Errorf("from %q, encrypted %v", o.from[0], o.secure)
			}
		})
	}
}

func refused(t *testing.T, err error, outcome notify.Outcome, least time.Duration) *notify.Refusal {
	t.Helper()
	var r *notify.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("the error is %v, no refusal", err)
	}
	if r.Outcome != outcome || r.Least != least || r.Detail == "" {
		t.Errorf("%s, not before %v: %s; want %s, %v", r.Outcome, r.Least, r.Detail, outcome, least)
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error tells the password: %v", err)
	}
	return r
}

func TestReplies(t *testing.T) {
	for _, tt := range []struct {
		stage   string
		code    int
		outcome notify.Outcome
		least   time.Duration
	}{
		{"mail", 451, notify.Retry, 30 * time.Minute}, {"rcpt", 450, notify.Retry, 30 * time.Minute}, {"data", 452, notify.Retry, 30 * time.Minute},
		{"mail", 550, notify.Rejected, 0}, {"rcpt", 550, notify.Rejected, 0}, {"data", 554, notify.Rejected, 0},
		{"auth", 535, notify.Parked, 0}, {"auth", 454, notify.Retry, 30 * time.Minute}, {"mail", 530, notify.Parked, 0},
	} {
		t.Run(fmt.Sprint(tt.stage, tt.code), func(t *testing.T) {
			o := newPostOffice(t, "starttls")
			o.refuse[tt.stage] = &smtp.SMTPError{Code: tt.code, EnhancedCode: smtp.NoEnhancedCode, Message: "not\x07 now"}
			s := mailer(t, o, "smtp://pantau:s3cret@"+host)
			_, err := s.Send(context.Background(), envelope(t, s))
			r := refused(t, err, tt.outcome, tt.least)
			if !strings.Contains(r.Detail, fmt.Sprint(tt.code)) || strings.Contains(r.Detail, "\x07") {
				t.Errorf("the detail is %q", r.Detail)
			}
			if len(o.letters) != 0 {
				t.Error("a refused letter arrived")
			}
		})
	}
}

// TestTLSIsRequired meets servers that would take the letter in the clear, or
// with a certificate of somebody else.
func TestTLSIsRequired(t *testing.T) {
	o := newPostOffice(t, "clear")
	s := mailer(t, o, "smtp://pantau:s3cret@"+host)
	_, err := s.Send(context.Background(), envelope(t, s))
	refused(t, err, notify.Retry, 0)
	if len(o.from) != 0 {
		t.Error("a letter was begun without TLS")
	}
	for _, mode := range []string{"starttls", "tls"} {
		o = newPostOffice(t, mode)
		scheme := map[string]string{"starttls": "smtp", "tls": "smtps"}[mode]
		s = mailer(t, o, scheme+"://pantau:s3cret@other.example.co.id")
		_, err = s.Send(context.Background(), envelope(t, s))
		refused(t, err, notify.Parked, 0)
		if len(o.from) != 0 {
			t.Error("a letter was begun under a certificate of somebody else")
		}
	}
}

// dialogue is a server that follows a script: it reads one line for each
// answer, everything up to the final dot for the last.
func dialogue(t *testing.T, answers ...string) *postOffice {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	o := &postOffice{address: l.Addr().String()}
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		buf := make([]byte, 64<<10)
		for i, a := range answers {
			if i > 0 {
				n, err := c.Read(buf)
				for a == "" && err == nil && !strings.HasSuffix(string(buf[:n]), "\r\n.\r\n") {
					n, err = c.Read(buf)
				}
				o.hear(string(buf[:n]))
				if err != nil || a == "" {
					return
				}
			}
			io.WriteString(c, a+"\r\n")
		}
		io.Copy(io.Discard, c) // and then it says nothing more
	}()
	return o
}

// hear keeps a line that a scripted server was told.
func (o *postOffice) hear(line string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.heard = append(o.heard, line)
}

// TestCommands holds the dialogue to RFC 5321: servers are stricter than the
// one of the other tests.
func TestCommands(t *testing.T) {
	o := dialogue(t, "220 hello", "250 hello", "250 sender", "250 recipient", "354 go on", "250 taken", "221 bye")
	s := mailer(t, o, "smtp://127.0.0.1")
	e := envelope(t, s)
	e.Target = "Legal <legal@example.co.id>"
	if _, err := s.Send(context.Background(), e); err != nil {
		t.Fatal(err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	want := []string{"EHLO example.co.id\r\n", "MAIL FROM:<pantau@example.co.id>\r\n", "RCPT TO:<legal@example.co.id>\r\n", "DATA\r\n"}
	if len(o.heard) < len(want) || !slices.Equal(o.heard[:len(want)], want) {
		t.Errorf("it said %q, want %q", o.heard, want)
	}
}

// TestLost loses the connection at every point of the dialogue: only behind
// the final dot is the outcome in doubt.
func TestLost(t *testing.T) {
	steps := []string{"220 hello", "250 hello", "250 sender", "250 recipient", "354 go on", ""}
	for n := range len(steps) + 1 {
		want := notify.Retry
		script := steps[:n]
		if n == len(steps) {
			want = notify.Uncertain
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			o := dialogue(t, script...)
			s := mailer(t, o, "smtp://127.0.0.1")
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			_, err := s.Send(ctx, envelope(t, s))
			if n == len(steps)-1 { // it hangs behind 354: the letter went out, the answer did not come
				want = notify.Uncertain
			}
			refused(t, err, want, 0)
		})
	}
}

func TestCannotConnect(t *testing.T) {
	s, err := email.New(email.Config{Server: "smtp://127.0.0.1:1", From: "a@example.co.id"}, func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("connection refused")
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Send(context.Background(), envelope(t, s))
	refused(t, err, notify.Retry, 0)

	s, err = email.New(email.Config{Server: "smtp://10.0.0.1", From: "a@example.co.id"}, func(context.Context, string, string) (net.Conn, error) {
		return nil, &egress.Refused{Address: "10.0.0.1", Why: "private", Key: "channels.email.allow"}
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Send(context.Background(), envelope(t, s))
	if r := refused(t, err, notify.Parked, 0); !strings.Contains(r.Detail, "channels.email.allow") {
		t.Errorf("it does not say what would allow it: %s", r.Detail)
	}
}

func TestConfig(t *testing.T) {
	for _, tt := range []struct{ server, from, keys string }{
		{"smtps://user:p%40ss@mail.example.co.id", "pantau@example.co.id", ""},
		{"smtp://127.0.0.1:18025", "Pantau <pantau@example.co.id>", ""},
		{"smtp://[::1]:25", "pantau@example.co.id", ""},
		{"", "", "server from"},
		{"http://mail.example.co.id", "pantau@example.co.id", "server"},
		{"smtps://user:s3/cret@mail.example.co.id", "pantau@example.co.id", "server"},
		{"smtps://user@mail.example.co.id", "pantau@example.co.id", "server"},
		{"smtps://mail.example.co.id/path", "pantau@example.co.id", "server"},
		{"smtps://mail.example.co.id:99999", "pantau@example.co.id", "server"},
		{"smtps://", "pantau@example.co.id", "server"},
		{"mail.example.co.id", "pantau@example.co.id", "server"},
		{"smtps://mail.example.co.id", "pantau", "from"},
		{"smtps://mail.example.co.id", "a@example.co.id\r\nBcc: b@example.co.id", "from"},
	} {
		t.Run(tt.server+" "+tt.from, func(t *testing.T) {
			err := email.Config{Server: tt.server, From: tt.from}.Validate()
			var keys []string
			if err != nil {
				for l := range strings.SplitSeq(err.Error(), "\n") {
					key, _, _ := strings.Cut(l, ":")
					keys = append(keys, key)
				}
				if strings.Contains(err.Error(), "cret") {
					t.Errorf("it tells the password: %v", err)
				}
			}
			if got := strings.Join(keys, " "); got != tt.keys {
				t.Errorf("complains of %q, want %q: %v", got, tt.keys, err)
			}
		})
	}
}
