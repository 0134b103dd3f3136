package notify

import (
	"slices"
	"strings"

	"pantau/diff"
	"pantau/internal/snapshot"
)

// What regulators write of a company stands in press releases and on pages, and
// often in no register: the names, brands and domains that are followed are
// looked for in the text of every source that is no register of operators, where
// identity is a number.

// naming is a follow one of whose words a text has.
type naming struct {
	Follow
	word   string
	warned bool // the text speaks of a warning, or of access being cut off
}

// warnings are the words beside which one's own name is urgent.
var warnings = []string{"surat peringatan", "surat teguran", "teguran", "peringatan tertulis", "pemutusan akses", "warning letter", "reprimand", "access blocking"}

// named finds in folded text the follows that are named there. beside is folded
// text in which a warning counts as beside the name.
func named(text, beside string, src snapshot.Source, follows []Follow) []naming {
	if src.Type == snapshot.Registry {
		return nil
	}
	var out []naming
	for _, f := range follows {
		if f.Source != "" && f.Source != src.ID && f.Source != src.Parent {
			continue
		}
		i := slices.IndexFunc(f.Words, func(w string) bool { return contains(text, fold(w)) })
		if i < 0 {
			continue
		}
		out = append(out, naming{f, f.Words[i], slices.ContainsFunc(warnings, func(w string) bool { return contains(beside, w) })})
	}
	return out
}

// weight is what a text weighs for a reader whose name is in it. Nothing becomes
// milder by it.
func (n naming) weight(base diff.Severity) diff.Severity {
	switch {
	case n.As == Own && n.warned:
		return diff.Urgent
	case (n.As == Own || n.As == Vendor) && base == diff.Info:
		return diff.Notice
	}
	return base
}

// ComposeNaming words, for one subscription, that a document which has only just
// appeared names what is followed. It is no change of the document, which is seen
// for the first time; that it is there is told by its list. ok is false where it
// names nothing that the subscription asks for.
func ComposeNaming(doc *snapshot.Document, in Interests, sub Subscription, src snapshot.Source, o WordingOptions) (m Message, ok bool) {
	if !slices.ContainsFunc(in.Follows, func(f Follow) bool { return len(f.Words) > 0 }) {
		return m, false
	}
	n := news{source: src, topics: src.Topics}
	var hunks []diff.Hunk
	title := fold(src.Title() + apart + doc.Title)
	for i := range doc.Blocks {
		line := doc.Blocks[i].Line()
		text := fold(line)
		list := named(text, text+apart+title, src, in.Follows)
		if list == nil {
			continue
		}
		hunks = append(hunks, diff.Hunk{Op: diff.OpAdded, After: line})
		n.items = append(n.items, item{severity: diff.Notice, named: list, words: func() string { return text }})
	}
	var shown []Matched
	for _, hit := range n.matching(sub) {
		if hit.Relation != "" {
			shown = append(shown, hit)
		}
	}
	if len(shown) == 0 {
		return m, false
	}
	w := newWriter(sub.Language, sub.Timezone, o)
	_, word, _ := strings.Cut(shown[0].Why, ":")
	var s Section
	for _, hit := range shown[:min(len(shown), itemLimit)] {
		it := w.hunk(hunks[hit.Place], hit.Severity)
		it.Title = w.naming.label
		it.Lines = append(it.Lines, w.relationLine(hit))
		s.Items = append(s.Items, it)
	}
	v := []string{"name", word, "source", src.Title(), "relation", w.relations[shown[0].Relation]}
	m = Message{Kind: SightingMessage, Source: src.ID, Language: w.code, Severity: shown[0].Severity, Created: o.Now,
		Subject: w.subject(shown[0].Severity, fill(w.naming.subject, v...)), Summary: fill(w.naming.summary, v...),
		Why: fill(w.because, "reasons", fill(w.naming.because, v...)), Sections: []Section{s},
		Links: []Link{{Title: fill(w.linkSource, "source", src.Title()), URL: src.URL}}, Footer: strings.Join([]string{src.ID, w.program()}, " · ")}
	return m.Clean(), true
}

// relationLine says as what a reader follows whom an event is about.
func (w *writer) relationLine(m Matched) string {
	pattern := w.followed
	if m.Client != "" {
		pattern = w.followedFor
	}
	return fill(pattern, "relation", w.relations[m.Relation], "client", m.Client)
}

// namingWords are those for what is followed by its name.
type namingWords struct{ label, subject, summary, because string }
