package acceptance

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// post is one message as the Slack sink took it.
type post struct {
	Time    time.Time       `json:"time"`
	Path    string          `json:"path"`
	Body    string          `json:"body"`
	Channel string          `json:"channel"`
	Text    string          `json:"text"`
	Blocks  json.RawMessage `json:"blocks"`
	Answer  string          `json:"answer"`
}

// letter is one message as the mail sink took it.
type letter struct {
	Time     time.Time         `json:"time"`
	To       []string          `json:"to"`
	Header   map[string]string `json:"header"`
	Data     string            `json:"data"`
	Accepted bool              `json:"accepted"`
}

// arrival is what one attempt brought to a sink, whichever it is.
type arrival struct {
	At       time.Time
	Sink     string // "slack:#regulatory", "email:board@example.co.id"
	Message  string
	Alerts   []string
	Text     string // all a person can read of it
	Accepted bool   // the sender was told so
}

// arrivals are the attempts that Slack and the mail server have seen, oldest
// first each.
func (r *replay) arrivals(t *testing.T) (out []arrival) {
	t.Helper()
	var posts []post
	r.get(t, "/hooks", &posts)
	for _, p := range posts {
		if !strings.HasPrefix(p.Path, "/api/") {
			continue
		}
		out = append(out, p.arrival(t))
	}
	var letters []letter
	r.get(t, "/mails", &letters)
	for _, l := range letters {
		out = append(out, l.arrival(t))
	}
	return out
}

// arrival reads the ids from the metadata that Slack keeps with a message. The
// sink reads the channel only of posts that it answers well, so it is read
// from the body here.
func (p post) arrival(t *testing.T) arrival {
	t.Helper()
	var m struct {
		Channel  string          `json:"channel"`
		Text     string          `json:"text"`
		Blocks   json.RawMessage `json:"blocks"`
		Metadata json.RawMessage `json:"metadata"`
	}
	if json.Unmarshal([]byte(p.Body), &m) != nil {
		form, err := url.ParseQuery(p.Body)
		if err != nil {
			t.Fatalf("a post to Slack is neither JSON nor a form: %q", cut(p.Body))
		}
		m.Channel, m.Text = form.Get("channel"), form.Get("text")
		m.Blocks, m.Metadata = json.RawMessage(form.Get("blocks")), json.RawMessage(form.Get("metadata"))
	}
	var meta struct {
		Payload struct {
			Message string   `json:"message_id"`
			Alerts  []string `json:"alert_ids"`
		} `json:"event_payload"`
	}
	if err := json.Unmarshal(m.Metadata, &meta); err != nil || meta.Payload.Message == "" {
		t.Fatalf("a post to Slack carries no message id (%v): %s", err, cut(p.Body))
	}
	return arrival{p.Time, "slack:" + m.Channel, meta.Payload.Message, meta.Payload.Alerts, m.Text + "\n" + blockText(t, m.Blocks), p.Answer == "200"}
}

// blockText is every text of a Block Kit message, in order.
func blockText(t *testing.T, blocks json.RawMessage) string {
	t.Helper()
	var all any
	if len(blocks) > 0 {
		if err := json.Unmarshal(blocks, &all); err != nil {
			t.Fatalf("blocks are no JSON: %v: %s", err, cut(string(blocks)))
		}
	}
	var b strings.Builder
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			if s, ok := v["text"].(string); ok {
				b.WriteString(s + "\n")
			}
			for _, key := range []string{"text", "fields", "elements"} {
				walk(v[key])
			}
		}
	}
	walk(all)
	return b.String()
}

func (l letter) arrival(t *testing.T) arrival {
	t.Helper()
	id := l.Header["X-Pantau-Message"]
	if id == "" || !strings.HasPrefix(l.Header["Message-Id"], "<"+id+"@") {
		t.Fatalf("a letter has X-Pantau-Message %q and Message-ID %q", id, l.Header["Message-Id"])
	}
	if len(l.To) == 0 || l.To[0] == "" {
		t.Fatalf("letter %s came without a recipient in angle brackets (RFC 5321, 4.1.2): %q", id, l.To)
	}
	alerts := strings.FieldsFunc(l.Header["X-Pantau-Alerts"], func(c rune) bool { return c == ',' || c == ' ' })
	return arrival{l.Time, "email:" + strings.Join(l.To, ","), id, alerts, l.Header["Subject"] + "\n" + l.plain(t), l.Accepted}
}

// plain is the text of a letter for readers without HTML.
func (l letter) plain(t *testing.T) string {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(l.Data))
	if err != nil {
		t.Fatalf("a letter cannot be read: %v\n%s", err, cut(l.Data))
	}
	text, err := plainPart(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
	if err != nil || strings.TrimSpace(text) == "" {
		t.Fatalf("a letter has no plain text (%v):\n%s", err, cut(l.Data))
	}
	return text
}

func plainPart(kind, coding string, body io.Reader) (string, error) {
	typ, params, err := mime.ParseMediaType(cmp.Or(kind, "text/plain"))
	if err != nil {
		return "", err
	}
	switch strings.ToLower(coding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	if typ == "text/plain" {
		b, err := io.ReadAll(body)
		return string(b), err
	}
	if !strings.HasPrefix(typ, "multipart/") {
		return "", nil
	}
	parts := multipart.NewReader(body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		if text, err := plainPart(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p); err != nil || text != "" {
			return text, err
		}
	}
}

// attempts are the arrivals of a change at a sink. All must be one message:
// same ids, same words, same alerts.
func attempts(t *testing.T, all []arrival, sink, changeID string) (out []arrival) {
	t.Helper()
	for _, a := range to(sink, all) {
		if strings.Contains(a.Text, changeID) {
			out = append(out, a)
		}
	}
	for _, a := range out {
		first := out[0]
		if a.Message != first.Message {
			t.Errorf("change %s came to %s as message %s and as %s", changeID, sink, first.Message, a.Message)
		} else if a.Text != first.Text || !slices.Equal(a.Alerts, first.Alerts) {
			t.Errorf("message %s is not the same at every attempt:\n%s\n%s", a.Message, first.Text, a.Text)
		}
		if len(a.Alerts) == 0 {
			t.Errorf("message %s of change %s names no alert", a.Message, changeID)
		}
	}
	return out
}

// accepted counts the attempts whose sender was told that they arrived.
func accepted(all []arrival) (n int) {
	for _, a := range all {
		if a.Accepted {
			n++
		}
	}
	return n
}

// to picks what arrived at one sink.
func to(sink string, all []arrival) (out []arrival) {
	for _, a := range all {
		if a.Sink == sink {
			out = append(out, a)
		}
	}
	return out
}

// queued is a line of `pantau alerts --json`.
type queued struct {
	Message      string `json:"message"`
	State        string `json:"state"`
	Channel      string `json:"channel"`
	Subscription string `json:"subscription"`
	Attempts     int    `json:"attempts"`
}

// alerts lists the messages, by id.
func (p *pantau) alerts(t *testing.T) map[string]queued {
	t.Helper()
	out := map[string]queued{}
	for _, q := range lines[queued](t, p.must(t, "alerts", "--json")) {
		if q.Message == "" || q.State == "" || q.Channel == "" || q.Subscription == "" {
			t.Fatalf("a line of alerts lacks a key: %+v", q)
		}
		out[q.Message] = q
	}
	return out
}

// resend replays a message now, with the ids it has.
func (p *pantau) resend(t *testing.T, message string) {
	t.Helper()
	p.must(t, "alerts", "replay", message)
}

// drain runs the service until nothing waits any more. Where nothing has arrived
// for so long, all that waits is replayed, again and again: a letter that was
// greylisted waits for half an hour by design, and a dead one for a person.
func (p *pantau) drain(t *testing.T, replay time.Duration) {
	t.Helper()
	s := p.service(t)
	moved, before := time.Now(), -1
	eventually(t, pick(4*time.Minute, 30*time.Minute), func() string {
		time.Sleep(700 * time.Millisecond) // each look at the queue is a process
		if s.ended() {
			t.Fatalf("pantau run ended by itself:\n%s", cut(s.out.String()))
		}
		waiting, last := 0, queued{}
		all := p.alerts(t)
		for _, q := range all {
			if q.State != "delivered" {
				waiting, last = waiting+1, q
			}
		}
		if waiting != before {
			moved, before = time.Now(), waiting
		}
		if waiting > 0 && time.Since(moved) > replay {
			for _, q := range all {
				if q.State != "delivered" && q.State != "sending" {
					p.resend(t, q.Message)
				}
			}
			moved = time.Now()
		}
		if waiting == 0 {
			return ""
		}
		return fmt.Sprintf("%d messages wait; %s on %s is %s", waiting, last.Message, last.Channel, last.State)
	})
	if code, err := s.terminate(time.Minute); err != nil || code != 0 {
		t.Errorf("pantau run after SIGTERM: exit %d, %v", code, err)
	}
}

func TestLettersAreRead(t *testing.T) {
	const head = "X-Pantau-Message: m-1\nX-Pantau-Alerts: a-1, a-2\nMessage-ID: <m-1@example.co.id>\nSubject: S\n"
	for name, data := range map[string]string{
		"plain":  head + "\nsuspended \xe2\x80\x94 now\n",
		"quoted": head + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nsus=\npended =E2=80=94 now\n",
		"both": head + "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/alternative; boundary=i\n\n" +
			"--i\nContent-Type: text/html\n\n<p>no</p>\n--i\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nc3VzcGVuZGVkIOKAlCBub3c=\n--i--\n--o--\n",
	} {
		l := letter{To: []string{"b@example.co.id"}, Header: map[string]string{"X-Pantau-Message": "m-1", "X-Pantau-Alerts": "a-1, a-2", "Message-Id": "<m-1@example.co.id>", "Subject": "S"}, Data: data}
		a := l.arrival(t)
		if a.Message != "m-1" || len(a.Alerts) != 2 || strings.TrimSpace(strings.TrimPrefix(a.Text, "S\n")) != "suspended — now" {
			t.Errorf("%s: read as %+v", name, a)
		}
	}
}

func TestPostsAreRead(t *testing.T) {
	const meta = `{"event_type":"pantau_message","event_payload":{"message_id":"m-1","alert_ids":["a-1"]}}`
	const blocks = `[{"type":"section","text":{"type":"mrkdwn","text":"one"}},{"type":"context","elements":[{"type":"mrkdwn","text":"two"}]}]`
	form := url.Values{"channel": {"#r"}, "text": {"zero"}, "blocks": {blocks}, "metadata": {meta}}
	for name, body := range map[string]string{
		"form": form.Encode(),
		"JSON": `{"channel":"#r","text":"zero","blocks":` + blocks + `,"metadata":` + meta + `}`,
	} {
		a := post{Body: body, Answer: "429"}.arrival(t)
		if a.Message != "m-1" || len(a.Alerts) != 1 || a.Sink != "slack:#r" || a.Text != "zero\none\ntwo\n" || a.Accepted {
			t.Errorf("%s: read as %+v", name, a)
		}
	}
}
