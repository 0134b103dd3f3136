package email_test

import (
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"pantau/notify"
	"pantau/notify/email"
)

var update = flag.Bool("update", false, "write the golden files anew")

func sender(t *testing.T) *email.Sender {
	t.Helper()
	s, err := email.New(email.Config{Server: "smtp://127.0.0.1:25", From: "Pantau <pantau@example.co.id>"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// letter is a payload taken apart.
type letter struct {
	header     mail.Header
	text, html string
}

func open(t *testing.T, p notify.Payload) letter {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(string(p)))
	if err != nil {
		t.Fatalf("%v in\n%s", err, p)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	l := letter{header: m.Header}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return l
		}
		if err != nil {
			t.Fatal(err)
		}
		if enc := part.Header.Get("Content-Transfer-Encoding"); enc != "quoted-printable" {
			t.Fatalf("a part is sent as %q", enc)
		}
		b, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		body := strings.ReplaceAll(string(b), "\r\n", "\n")
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/plain") {
			l.text = body
		} else {
			l.html = body
		}
	}
}

// TestLayouts lays out every example of the parent package.
func TestLayouts(t *testing.T) {
	examples, err := filepath.Glob("../testdata/messages/*.json")
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	s := sender(t)
	for _, path := range examples {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(name, func(t *testing.T) {
			var m notify.Message
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b, &m); err != nil {
				t.Fatal(err)
			}
			p, err := s.Render(m, "legal@example.co.id")
			if err != nil {
				t.Fatal(err)
			}
			again, err := s.Render(m, "legal@example.co.id")
			if err != nil || string(again) != string(p) {
				t.Errorf("the same message is not the same bytes (%v)", err)
			}
			l := open(t, p)
			selfContained(t, l.html)
			golden(t, filepath.Join("testdata", name+".txt"), headers(l)+"\n"+l.text)
			golden(t, filepath.Join("testdata", name+".html"), l.html)
		})
	}
}

// headers are those that matter, decoded, in one order.
func headers(l letter) string {
	var b strings.Builder
	decoder := mime.WordDecoder{}
	for _, name := range []string{"From", "To", "Subject", "Date", "Message-Id", "Auto-Submitted", "X-Pantau-Message", "X-Pantau-Alerts", "X-Pantau-Change"} {
		v, err := decoder.DecodeHeader(l.header.Get(name))
		if err != nil {
			v = err.Error()
		}
		if v != "" {
			b.WriteString(name + ": " + v + "\n")
		}
	}
	return b.String()
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs (-update writes it anew):\n%s", file, got)
	}
}

// tokens reads HTML that is also well-formed but for its void elements.
func tokens(t *testing.T, page string, each func(xml.Token)) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		each(tok)
	}
}

// selfContained holds HTML to what every mail reader shows: nothing is fetched,
// nothing runs, no style sheet.
func selfContained(t *testing.T, page string) {
	t.Helper()
	tokens(t, page, func(tok xml.Token) {
		n, ok := tok.(xml.StartElement)
		if !ok {
			return
		}
		switch n.Name.Local {
		case "html", "head", "meta", "title", "body", "table", "tr", "td", "h1", "h2", "p", "blockquote", "a", "del", "ins":
		default:
			t.Errorf("the page has <%s>", n.Name.Local)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "src" || strings.Contains(a.Value, "url(") || strings.Contains(strings.ToLower(a.Value), "javascript:") {
				t.Errorf("<%s %s=%q>", n.Name.Local, a.Name.Local, a.Value)
			}
			if a.Name.Local == "href" && !strings.HasPrefix(a.Value, "https://") && !strings.HasPrefix(a.Value, "http://") {
				t.Errorf("a link to %q", a.Value)
			}
		}
	})
}

// TestHostileText puts hostile texts into every place of a message.
func TestHostileText(t *testing.T) {
	s := sender(t)
	for _, text := range []string{"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "x\r\nBcc: evil@example.org", "x\r\n\r\n<b>body</b>", "a\nb\n.\nQUIT",
		"=?utf-8?q?=0D=0ABcc:_evil@example.org?=", "\u202egnp.exe", "\x00\x1b[2J", "{{.Subject}}", "</td></table>", strings.Repeat("<&\"'", 1000), "Ünïcødé 名前 \U0001F600"} {
		m := notify.Message{ID: "m-1", AlertIDs: []string{"a-1" + text[:min(len(text), 40)]}, ChangeID: "c" + text[:min(len(text), 40)], Language: "en", Created: time.Unix(0, 0), Subject: text, Summary: text, Seen: []string{text},
			Why: text, Left: text, Footer: text, Links: []notify.Link{{Title: text, URL: "https://a.example/\"onclick=\"x"}, {Title: "x", URL: "javascript:alert(1)"}},
			Sections: []notify.Section{{Title: text, Items: []notify.Item{{Title: text, Lines: []string{text}, Before: text, After: text}}}}}
		p, err := s.Render(m, "legal@example.co.id")
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		l := open(t, p)
		selfContained(t, l.html)
		for name := range l.header {
			if !regexp.MustCompile(`^(Date|Mime-Version|Message-Id|Subject|From|To|Auto-Submitted|X-Pantau-(Message|Alerts|Change)|Content-Type)$`).MatchString(name) {
				t.Errorf("%q made a header %s", text, name)
			}
		}
		for i, line := range strings.Split(string(p), "\r\n") {
			if strings.ContainsAny(line, "\r\n\x00\x1b") {
				t.Errorf("%q left a bare line break or control character in line %d: %q", text, i, line)
			}
			if len(line) > 998 {
				t.Errorf("%q made line %d %d bytes long, RFC 5322 allows 998", text[:min(len(text), 20)], i, len(line))
			}
		}
		if !strings.Contains(l.text, "m-1") || !strings.Contains(l.html, "m-1") {
			t.Errorf("%q hides the message's id", text)
		}
	}
}

// TestColoursOff reads the HTML as one who sees no colours: what was deleted
// and what is new is said in words.
func TestColoursOff(t *testing.T) {
	m := notify.Message{ID: "m-1", Language: "id", Subject: "s", Sections: []notify.Section{{Items: []notify.Item{{Title: "t", Before: "lama", After: "baru"}}}}}
	p, err := sender(t).Render(m, "a@example.co.id")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	tokens(t, open(t, p).html, func(tok xml.Token) {
		if text, ok := tok.(xml.CharData); ok {
			words = append(words, strings.Fields(string(text))...)
		}
	})
	read := strings.Join(words, " ")
	if !strings.Contains(read, "− Sebelum lama + Sesudah baru") {
		t.Errorf("without colours it reads: %s", read)
	}
}

func TestRecipientIsAnAddress(t *testing.T) {
	s := sender(t)
	for _, target := range []string{"", "legal", "a@b, c@d", "a@b\r\nBcc: c@d"} {
		if p, err := s.Render(notify.Message{ID: "m-1", Subject: "s"}, target); err == nil {
			t.Errorf("%q is taken for an address:\n%s", target, p)
		}
	}
}
