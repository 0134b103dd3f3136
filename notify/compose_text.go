package notify

import (
	"slices"
	"strings"

	"pantau/diff"
	"pantau/diff/law"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
)

const (
	placeLimit = 3 // places that a summary names
)

// text words the changed passages of a document.
func (w *writer) text(m *Message, a Alert, c diff.Change, src snapshot.Source) {
	hunks := make([]diff.Hunk, len(a.Events))
	for i, e := range a.Events {
		hunks[i] = c.Hunks[e.Place]
	}
	counts := w.opCounts(hunks)
	what := src.Title() + ": " + counts
	if p := w.where(hunks); p != "" {
		what += " (" + p + ")"
	}
	m.Subject = w.subject(a.Severity, what)
	m.Summary = fill(w.inSource, "what", counts, "source", src.Title()) + "."
	r := topic.Read(hunks)
	if len(c.Provisions) > 0 && len(hunks) == len(c.Hunks) { // an alert of some of the passages names those
		said := law.Summary(c.Provisions, law.Dates{}, w.code)
		m.Subject = w.subject(a.Severity, src.Title()+": "+w.short(said, 4*nameLimit))
		m.Summary = fill(w.inSource, "what", said, "source", src.Title()) + " (" + w.unofficial + ")."
	}
	m.Seen = []string{fill(w.seenText, "from", w.at(c.From.At), "to", w.at(c.To.At))}
	if r.Reasons[0].Kind != topic.Plain { // that words differ is seen anyhow
		m.Seen = append(m.Seen, fill(w.weight, "reasons", topic.Why(r.Reasons, w.code)))
	}
	m.Seen = append(m.Seen, w.topics(c, a)...)
	shown := hunks[:min(len(hunks), itemLimit)]
	var s Section
	for i, h := range shown {
		if i+1 < len(shown) && heads(h, shown[i+1]) && a.Events[i].Relation == "" {
			continue
		}
		it := w.hunk(h, a.Events[i].Severity)
		if a.Events[i].Relation != "" {
			it.Lines = append(it.Lines, w.relationLine(a.Events[i]))
		}
		s.Items = append(s.Items, it)
	}
	m.Sections = []Section{s}
	if left := hunks[len(shown):]; len(left) > 0 {
		m.Left = fill(w.left, "counts", w.opCounts(left), "command", quoted(c.ID))
	}
}

// heads tells whether a passage is only the heading under which the next one came
// or went: the title of that one says it.
func heads(h, next diff.Hunk) bool {
	if h.Op != next.Op || h.Path != next.Path || h.Op != diff.OpAdded && h.Op != diff.OpRemoved {
		return false
	}
	path := strings.Split(h.Path, " > ")
	return h.Before+h.After == path[len(path)-1]
}

// hunk words one passage. A moved one is shown once.
func (w *writer) hunk(h diff.Hunk, severity diff.Severity) Item {
	it := Item{Severity: severity, Title: w.ops[h.Op].label}
	if path := w.short(w.place(h.Path), 2*nameLimit); path != "" {
		it.Title += ": " + path
	}
	before, after := h.Before, h.After
	if h.Op == diff.OpMoved && before == after {
		before = ""
	}
	it.Before, it.After = w.passage(before, after)
	if h.Op == diff.OpModified {
		it.Words = diff.Words(it.Before, it.After)
	}
	return it
}

// place is a path with its page in the reader's language.
func (w *writer) place(path string) string {
	if rest, paged := strings.CutPrefix(path, "page "); paged && w.code == "id" {
		return "halaman " + rest
	}
	return path
}

func (w *writer) opCounts(hunks []diff.Hunk) string {
	n := map[diff.Op]int{}
	for _, h := range hunks {
		n[h.Op]++
	}
	var out []string
	for _, op := range []diff.Op{diff.OpModified, diff.OpAdded, diff.OpRemoved, diff.OpMoved} {
		switch {
		case n[op] == 0:
		case len(out) == 0:
			out = append(out, w.count(w.ops[op].whole, n[op]))
		default:
			out = append(out, w.count(w.ops[op].count, n[op]))
		}
	}
	return strings.Join(out, ", ")
}

// where names the places of a document that changed, by the innermost heading.
func (w *writer) where(hunks []diff.Hunk) string {
	var names []string
	seen := map[string]bool{"": true}
	for _, h := range hunks {
		path := strings.Split(w.place(h.Path), " > ")
		if name := w.short(path[len(path)-1], nameLimit/2); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	all := strings.Join(names[:min(len(names), placeLimit)], "; ")
	if more := len(names) - placeLimit; more > 0 {
		return w.count(w.morePlaces, more, "places", all)
	}
	return all
}

// topicWords is how many words a message names of a topic.
const topicWords = 3

// topics say what those parts of a change are about that an alert tells, and by
// which words.
func (w *writer) topics(c diff.Change, a Alert) []string {
	var names []string
	for _, t := range c.Tags {
		told := func(e Matched) bool { _, ok := slices.BinarySearch(t.Places, e.Place); return ok }
		if t.Name == nil || !t.Declared && !slices.ContainsFunc(a.Events, told) {
			continue
		}
		name := t.Name.English
		if w.code == "id" {
			name = t.Name.Indonesian
		}
		by := slices.Concat(t.Provisions, t.Words)
		for i := range by {
			by[i] = w.short(by[i], nameLimit/2)
		}
		if len(by) > 0 {
			name += " (" + strings.Join(by[:min(len(by), topicWords)], ", ") + ")"
		}
		names = append(names, name)
	}
	if names == nil {
		return nil
	}
	return []string{fill(w.aboutTopics, "topics", strings.Join(names, "; "))}
}
