package notify

import (
	"pantau/diff"
	"pantau/internal/snapshot"
)

// byHand says whose word the looks of a change are, where Pantau did not see
// them itself.
func (w *writer) byHand(c diff.Change) []string {
	var out []string
	if h := c.To.Manual; h != nil {
		out = append(out, w.hands(w.hand.now, h)...)
	}
	if h := c.From.Manual; h != nil {
		out = append(out, w.hands(w.hand.before, h)...)
	}
	return out
}

func (w *writer) hands(pattern string, h *snapshot.Manual) []string {
	by, url := w.short(h.By, nameLimit), w.short(h.URL, valueLimit)
	if h.More > 0 {
		url = w.count(w.hand.more, h.More, "url", url)
	}
	out := []string{fill(pattern, "by", by, "seen", w.at(h.Seen), "url", url)}
	if h.Forced {
		out = append(out, fill(w.hand.forced, "by", by))
	}
	return out
}

// gapText words a change of which only the two looks are known: what lies
// between cannot be told.
func (w *writer) gapText(m *Message, c diff.Change, src snapshot.Source) {
	v := []string{"source", src.Title(), "from", w.at(c.From.At), "to", w.at(c.To.At)}
	m.Subject = w.subject(m.Severity, fill(w.gapped.subject, v...))
	m.Summary = fill(w.gapped.summary, v...)
	m.Seen = []string{fill(w.gapped.why, "detail", w.short(c.Gap, passageLimit)), fill(w.gapped.next, v...)}
}
