package slack

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"pantau/notify"
)

// Slack refuses a whole message for one text that is too long. Its limits in
// characters (docs.slack.dev, "Blocks") and ours, which stay below them.
const (
	headerLimit   = 150   // of a header
	sectionLimit  = 2900  // of a section's 3000
	contextLimit  = 1900  // of an element of a context's 2000
	fallbackLimit = 3000  // of the text's recommended 4000
	wordingLimit  = 1200  // one wording of a passage, so that both fit one section
	blockLimit    = 40    // of 50
	totalLimit    = 12000 // over all blocks: what a person reads in a chat
)

// document is the frozen payload: what Slack is sent, but for token and channel.
type document struct {
	Text     string               `json:"text"` // for notifications and screen readers
	Blocks   slack.Blocks         `json:"blocks"`
	Metadata *slack.SlackMetadata `json:"metadata,omitempty"` // with a token only
}

// Render implements notify.Sender.
func (s *Sender) Render(m notify.Message, _ string) (notify.Payload, error) {
	m = m.Clean()
	l := layout{}
	l.add(slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, cut(inert(m.Subject), headerLimit), false, false)))
	l.section(strings.Join(append([]string{"*" + escape(m.Summary) + "*"}, escapeAll(m.Seen)...), "\n"))
	left := l.sections(m)
	l.ending(m, left)
	d := document{Text: cut(escape(m.Subject)+"\n"+escape(m.Summary), fallbackLimit), Blocks: slack.Blocks{BlockSet: l.blocks}}
	if s.api != nil {
		d.Metadata = metadata(m)
	}
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("layout for Slack: %w", err)
	}
	return b, nil
}

// eventType is what our messages are known by in Slack's metadata.
const eventType = "pantau_message"

func metadata(m notify.Message) *slack.SlackMetadata {
	alerts := m.AlertIDs
	if alerts == nil {
		alerts = []string{}
	}
	return &slack.SlackMetadata{EventType: eventType, EventPayload: map[string]any{"message_id": m.ID, "alert_ids": alerts}}
}

// layout collects blocks and counts what they hold.
type layout struct {
	blocks []slack.Block
	used   int
}

func (l *layout) add(b slack.Block) { l.blocks = append(l.blocks, b) }

// section adds escaped mrkdwn. verbatim keeps Slack from making links and
// mentions of what only looks like them.
func (l *layout) section(text string) {
	if text == "" {
		return
	}
	text = cut(text, sectionLimit)
	l.used += utf8.RuneCountInString(text)
	l.add(slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, text, false, true), nil, nil))
}

// sections adds the items that fit and gives the number of those that do not.
func (l *layout) sections(m notify.Message) (left int) {
	for _, s := range m.Sections {
		title := ""
		if s.Title != "" {
			title = "*" + escape(s.Title) + "*\n"
		}
		for _, it := range s.Items {
			text := title + item(it)
			if len(l.blocks) >= blockLimit || l.used+utf8.RuneCountInString(text) > totalLimit {
				left++
				continue
			}
			title = ""
			l.section(text)
		}
	}
	return left
}

// item is one event or passage. Deleted and inserted wordings are told by
// signs: quotes are the same grey for both.
func item(it notify.Item) string {
	var b strings.Builder
	b.WriteString("*" + escape(it.Title) + "*")
	for _, line := range it.Lines {
		b.WriteString("\n" + escape(line))
	}
	for _, w := range []struct{ sign, text string }{{"−", it.Before}, {"+", it.After}} {
		if w.text != "" {
			b.WriteString("\n>" + w.sign + " " + strings.ReplaceAll(cut(escape(w.text), wordingLimit), "\n", "\n>"))
		}
	}
	return b.String()
}

// ending adds what was left out, why the reader gets it, where to look
// further, and the ids. Whatever does not fit this far, this does.
func (l *layout) ending(m notify.Message, left int) {
	var lines []string
	if left > 0 {
		lines = append(lines, escape(m.Omitted(left)))
	}
	if m.Left != "" {
		lines = append(lines, escape(m.Left))
	}
	for _, k := range m.Links {
		lines = append(lines, "<"+linkTarget(k.URL)+"|"+escape(strings.ReplaceAll(k.Title, "|", "/"))+">")
	}
	if len(lines) > 0 {
		l.section(strings.Join(lines, "\n"))
	}
	foot := m.IDs()
	var parts []slack.MixedElement
	for _, s := range []string{m.Why, foot} {
		if s != "" {
			parts = append(parts, slack.NewTextBlockObject(slack.MarkdownType, cut(escape(s), contextLimit), false, true))
		}
	}
	l.add(slack.NewContextBlock("", parts...))
}

// escape makes text inert in mrkdwn: Slack's three control characters
// (docs.slack.dev, "Formatting message text"), and mentions.
func escape(s string) string {
	s = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
	return inert(s)
}

// inert parts what a careless client might take for a mention or a link.
func inert(s string) string {
	s = strings.ReplaceAll(s, "<", "<\u200b")
	for _, who := range []string{"@here", "@channel", "@everyone"} {
		s = strings.ReplaceAll(s, who, "@\u200b"+who[1:])
	}
	return s
}

func escapeAll(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = escape(s)
	}
	return out
}

// linkTarget keeps an address inside its angle brackets.
func linkTarget(url string) string {
	return strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C", " ", "%20").Replace(url)
}

// cut shortens text to limit characters, and never within an escape.
func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	n := 0
	end := len(s)
	for i := range s {
		if n == limit-4 {
			end = i
			break
		}
		n++
	}
	s = s[:end]
	if amp := strings.LastIndexByte(s, '&'); amp >= 0 && !strings.Contains(s[amp:], ";") {
		s = s[:amp]
	}
	return s + " ..."
}
