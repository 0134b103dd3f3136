package slack_test

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"pantau/notify"
	"pantau/notify/slack"
)

var update = flag.Bool("update", false, "write the golden files anew")

func bot(t *testing.T, api string, client *http.Client) *slack.Sender {
	t.Helper()
	s, err := slack.New(slack.Config{Token: "xoxb-secret", API: api}, client)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// layout is the part of a payload that Slack lays limits on.
type layout struct {
	Text     string           `json:"text"`
	Blocks   []map[string]any `json:"blocks"`
	Metadata *struct {
		Type    string         `json:"event_type"`
		Payload map[string]any `json:"event_payload"`
	} `json:"metadata"`
}

// TestLayouts lays out every example of the parent package.
func TestLayouts(t *testing.T) {
	examples, err := filepath.Glob("../testdata/messages/*.json")
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	s := bot(t, "", nil)
	for _, path := range examples {
		t.Run(filepath.Base(path), func(t *testing.T) {
			var m notify.Message
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b, &m); err != nil {
				t.Fatal(err)
			}
			p, err := s.Render(m, "#regulatory")
			if err != nil {
				t.Fatal(err)
			}
			l := within(t, p)
			if l.Metadata == nil || l.Metadata.Type != "pantau_message" || l.Metadata.Payload["message_id"] != m.ID {
				t.Errorf("metadata %+v does not carry %s", l.Metadata, m.ID)
			}
			got := indented(t, p)
			file := filepath.Join("testdata", filepath.Base(path))
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != string(got) {
				t.Errorf("%s differs (-update writes it anew):\n%s", file, got)
			}
		})
	}
}

func indented(t *testing.T, p notify.Payload) []byte {
	t.Helper()
	var v any
	if err := json.Unmarshal(p, &v); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return []byte(b.String())
}

// fatal is what within needs of a test.
type fatal interface {
	Helper()
	Fatalf(string, ...any)
}

// within holds a payload to the limits of Slack's documentation.
func within(t fatal, p notify.Payload) layout {
	t.Helper()
	var l layout
	if err := json.Unmarshal(p, &l); err != nil {
		t.Fatalf("payload: %v", err)
	}
	if n := len(l.Blocks); n == 0 || n > 50 {
		t.Fatalf("%d blocks, Slack takes 1 to 50", n)
	}
	if n := utf8.RuneCountInString(l.Text); n == 0 || n > 4000 {
		t.Fatalf("text of %d characters, Slack asks for 1 to 4000", n)
	}
	limits := map[string]int{"header": 150, "section": 3000, "context": 2000}
	for _, b := range l.Blocks {
		limit, known := limits[b["type"].(string)]
		if !known {
			t.Fatalf("a block of type %v", b["type"])
		}
		texts := []any{b["text"]}
		if b["type"] == "context" {
			texts = b["elements"].([]any)
		}
		for _, x := range texts {
			text := x.(map[string]any)["text"].(string)
			if n := utf8.RuneCountInString(text); n == 0 || n > limit {
				t.Fatalf("%v of %d characters, Slack takes 1 to %d", b["type"], n, limit)
			}
		}
	}
	return l
}

// hostile are texts that have broken chat layouts before.
func hostile() []string {
	return []string{"<!channel>", "<!here|x>", "<@U012345>", "<#C012345>", "<https://evil.example|your bank>", "@here @channel @everyone",
		"&lt;!channel&gt;", "a\r\nb\x00c\x1b[31m", "\u202egnp.exe\u202c", "\u2066x\u2069", "zero\u200bwidth", "\xff\xfe", "*bold* _i_ ~s~ `c`", strings.Repeat("&", 5000), strings.Repeat("panjang ", 1000)}
}

// TestHostileText puts hostile texts into every place of a message.
func TestHostileText(t *testing.T) {
	s := bot(t, "", nil)
	for _, text := range hostile() {
		m := notify.Message{ID: "m-1", Language: "en", Subject: text, Summary: text, Seen: []string{text}, Why: text, Left: text, Footer: text, Created: time.Now(),
			Sections: []notify.Section{{Title: text, Items: []notify.Item{{Title: text, Lines: []string{text}, Before: text, After: text}}}},
			Links:    []notify.Link{{Title: text, URL: "https://a.example/?q=<x|y>"}, {Title: "no", URL: "javascript:alert(1)"}}}
		p, err := s.Render(m, "#r")
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		l := within(t, p)
		all := string(indented(t, p))
		for _, bad := range []string{"<!", "<@", "<#", "<https://evil", "javascript:", "@here", "@channel", "@everyone", "\u202e", "\u2066", `\u001b`, `\u0000`} {
			if strings.Contains(all, bad) {
				t.Errorf("%q came through as %q", text, bad)
			}
		}
		for _, b := range l.Blocks {
			if x, ok := b["text"].(map[string]any); ok && x["type"] == "mrkdwn" && x["verbatim"] != true {
				t.Errorf("Slack is left to read links and mentions out of %v", x["text"])
			}
		}
	}
}

// TestAnyMessageFits lays out messages of any size.
func TestAnyMessageFits(t *testing.T) {
	s := bot(t, "", nil)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Custom(func(t *rapid.T) string {
			return strings.Repeat(rapid.StringN(0, 30, -1).Draw(t, "part"), rapid.SampledFrom([]int{1, 1, 1, 30, 400}).Draw(t, "times"))
		})
		item := rapid.Custom(func(t *rapid.T) notify.Item {
			return notify.Item{Title: text.Draw(t, "title"), Lines: rapid.SliceOfN(text, 0, 3).Draw(t, "lines"), Before: text.Draw(t, "before"), After: text.Draw(t, "after")}
		})
		m := notify.Message{ID: "m-1", Language: "id", Subject: text.Draw(t, "subject") + "x", Summary: text.Draw(t, "summary"), Footer: text.Draw(t, "footer"),
			Left: text.Draw(t, "left"), Why: text.Draw(t, "why"), Seen: rapid.SliceOfN(text, 0, 4).Draw(t, "seen"),
			Sections: []notify.Section{{Items: rapid.SliceOfN(item, 0, 70).Draw(t, "items")}, {Title: "x", Items: rapid.SliceOfN(item, 0, 20).Draw(t, "more")}}}
		p, err := s.Render(m, "#r")
		if err != nil {
			t.Fatalf("%v", err)
		}
		l := within(t, p)
		if last := l.Blocks[len(l.Blocks)-1]; !strings.Contains(last["elements"].([]any)[len(last["elements"].([]any))-1].(map[string]any)["text"].(string), "m-1") {
			t.Fatalf("the message does not end with its id: %v", last)
		}
	})
}

// TestWhatIsLeftOutIsSaid counts the items that find no room.
func TestWhatIsLeftOutIsSaid(t *testing.T) {
	m := notify.Message{ID: "m-1", Language: "en", Subject: "s", Summary: "s"}
	for range 60 {
		m.Sections = append(m.Sections, notify.Section{Items: []notify.Item{{Title: "x", After: strings.Repeat("word ", 200)}}})
	}
	s := bot(t, "", nil)
	p, err := s.Render(m, "#r")
	if err != nil {
		t.Fatal(err)
	}
	l := within(t, p)
	shown := 0
	for _, b := range l.Blocks {
		if x, ok := b["text"].(map[string]any); ok && strings.HasPrefix(x["text"].(string), "*x*") {
			shown++
		}
	}
	if want := m.Omitted(60 - shown); shown == 0 || shown == 60 || !strings.Contains(string(p), want) {
		t.Errorf("%d of 60 items are shown, and it does not say %q", shown, want)
	}
}
