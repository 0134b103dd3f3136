package email

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"pantau/notify"
)

//go:embed message.html
var page string

// subjectLimit keeps the subject readable in a list of mails; RFC 5322 sets no
// limit but that of a line, which folding keeps.
const subjectLimit = 200

// Render implements notify.Sender: the payload is the whole message as it goes
// over the wire.
func (s *Sender) Render(m notify.Message, target string) (notify.Payload, error) {
	m = m.Clean()
	var html bytes.Buffer
	if err := s.page.Execute(&html, m); err != nil {
		return nil, fmt.Errorf("HTML of message %s: %w", m.ID, err)
	}
	// The boundary follows from the id, so that the same message is the same
	// bytes.
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary("pantau-"+m.ID))
	if err := msg.From(s.from.String()); err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	if err := msg.To(target); err != nil {
		return nil, fmt.Errorf("recipient %q of message %s: %w", target, m.ID, err)
	}
	msg.Subject(subject(m.Subject))
	msg.SetDateWithValue(m.Created)
	msg.SetMessageIDWithValue(m.ID + "@" + s.domain())
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday answers
	msg.SetGenHeader("X-Pantau-Message", m.ID)
	if len(m.AlertIDs) > 0 {
		msg.SetGenHeader("X-Pantau-Alerts", strings.Join(m.AlertIDs, ", "))
	}
	if m.ChangeID != "" {
		msg.SetGenHeader("X-Pantau-Change", m.ChangeID)
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text())
	msg.AddAlternativeString(gomail.TypeTextHTML, html.String())
	var wire bytes.Buffer
	if _, err := msg.WriteTo(&wire); err != nil {
		return nil, fmt.Errorf("message %s: %w", m.ID, err)
	}
	return wire.Bytes(), nil
}

func (s *Sender) domain() string {
	_, domain, _ := strings.Cut(s.from.Address, "@")
	return domain
}

func subject(s string) string {
	r := []rune(s)
	if len(r) <= subjectLimit {
		return s
	}
	cut := string(r[:subjectLimit])
	if i := strings.LastIndexByte(cut, ' '); i > 0 {
		cut = cut[:i]
	}
	return cut + " ..."
}

func parsePage() (*template.Template, error) {
	return template.New("message").Funcs(template.FuncMap{"bar": bar}).Parse(page)
}

// bar is the colour beside an item, by the rank of its severity. It repeats
// what the words say.
func bar(rank int) template.CSS {
	return [...]template.CSS{"#6b7280", "#b45309", "#b91c1c"}[rank]
}
