package notify

import (
	"strings"
	"unicode/utf8"
)

// textWidth is where lines of plain text are broken. Most mail readers and
// terminals show it without breaking it again.
const textWidth = 96

// Text lays the message out as plain text, its subject left out: for terminals
// and for the plain part of mails. Deleted wording has a minus in front, new
// wording a plus.
func (m Message) Text() string {
	var t text
	t.wrap("", m.Summary)
	for _, s := range m.Seen {
		t.wrap("", s)
	}
	for _, s := range m.Sections {
		if s.Title != "" {
			t.gap()
			t.wrap("", s.Title)
		}
		for _, it := range s.Items {
			t.item(it)
		}
	}
	t.gap()
	t.wrap("", m.Left)
	t.wrap("", m.Why)
	for _, l := range m.Links {
		t.add(l.Title + ": " + l.URL) // never broken: it is to be clicked or copied
	}
	t.add(m.IDs())
	return t.String()
}

// IDs is the last line: the message's own id, its footer.
func (m Message) IDs() string {
	return strings.Trim(m.ID+" · "+m.Footer, " ·")
}

// text collects lines.
type text struct{ strings.Builder }

func (t *text) gap() { t.WriteByte('\n') }

func (t *text) add(s string) {
	t.WriteString(s)
	t.WriteByte('\n')
}

func (t *text) item(it Item) {
	t.gap()
	t.wrap("  ", it.Title)
	for _, l := range it.Lines {
		t.wrap("      ", l)
	}
	t.wording("    - ", it.Before)
	t.wording("    + ", it.After)
}

// wording marks every line of a passage with a sign.
func (t *text) wording(sign, passage string) {
	if passage == "" {
		return
	}
	for l := range strings.SplitSeq(passage, "\n") {
		t.wrap(sign, l)
	}
}

// wrap breaks a line at blanks, but not within a command, which stands between
// backticks and is to be copied; every piece begins with the margin.
func (t *text) wrap(margin, s string) {
	var line strings.Builder
	used := len(margin)
	for _, word := range unbroken(s) {
		n := utf8.RuneCountInString(word)
		if line.Len() > 0 && used+1+n > textWidth {
			t.add(margin + line.String())
			line.Reset()
			used = len(margin)
		}
		if line.Len() > 0 {
			line.WriteByte(' ')
			used++
		}
		line.WriteString(word)
		used += n
	}
	if line.Len() > 0 {
		t.add(margin + line.String())
	}
}

// unbroken parts a line into words; what stands between backticks is one.
func unbroken(s string) []string {
	var out []string
	open := false
	for word := range strings.FieldsSeq(s) {
		if open {
			out[len(out)-1] += " " + word
		} else {
			out = append(out, word)
		}
		if strings.Count(word, "`")%2 == 1 {
			open = !open
		}
	}
	return out
}
