package notify

import (
	"slices"
	"strings"
	"time"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
)

// Standing is an operator that somebody follows, and where it stands.
type Standing struct {
	Key           registry.Key
	Name, Company string
	Relation      Relation
	Was, Now      string // indexes at an earlier look and now, "A+B"; empty: none
}

// Behind tells what of a source a subscription would hear of and cannot while
// the source is not seen: of a register the operators that it follows there, as
// they stood last, of a page the page itself. ok is false where it would hear of
// nothing.
func Behind(sub Subscription, src snapshot.Source, follows map[string][]Follow, rows []registry.Row) (list []Standing, ok bool) {
	n := news{source: src, topics: append(slices.Clone(src.Topics), topic.Sanctions)}
	if src.Listing == nil {
		m := sub.Match
		m.Keywords, m.Severity = nil, "" // of what cannot be seen nobody knows the words
		sub.Match = m
		n.items = []item{{gap: true, severity: diff.Info}}
		return nil, len(n.matching(sub)) > 0
	}
	keys := make([]string, 0, len(follows))
	for k := range follows {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		s := standingOf(registry.Key(k), rows, src.Listing)
		e := worstEvent(s, src.Listing)
		n.items = []item{eventItem(&e, src, follows[k])}
		if hits := n.matching(sub); len(hits) > 0 && hits[0].Relation != "" {
			s.Relation = hits[0].Relation
			list = append(list, s)
		}
	}
	return list, len(list) > 0
}

// standingOf finds an operator among the rows of a register.
func standingOf(k registry.Key, rows []registry.Row, l *snapshot.Listing) Standing {
	s := Standing{Key: k}
	var indexes []string
	for _, r := range rows {
		if r.Key != k {
			continue
		}
		s.Name = registry.Label(l, k, r.Fields)
		s.Company, _ = r.Fields.Get("nama_perusahaan")
		if r.MissingSince.IsZero() {
			indexes = append(indexes, r.Index)
		}
	}
	s.Now = strings.Join(indexes, "+")
	return s
}

// worstEvent is the worst that may have happened to an operator: whoever would
// be told of that wants to know that nobody can see it.
func worstEvent(s Standing, l *snapshot.Listing) registry.Event {
	e := registry.Event{Type: registry.Removed, Key: s.Key, FromIndex: s.Now, Name: s.Name, Company: s.Company}
	for _, p := range l.Indexes {
		if p.Status.Bad() && p.Name != s.Now {
			e.Type, e.ToIndex = registry.Status, p.Name
		}
	}
	return e
}

func (s Standing) event() registry.Event {
	return registry.Event{Key: s.Key, Name: s.Name, Company: s.Company}
}

// ComposeUnconfirmed words, for a subscription, that what it watches has not
// been seen for hours: why, and what was known last. It is told once a
// blindness.
func ComposeUnconfirmed(b Blindness, list []Standing, sub Subscription, o WordingOptions) Message {
	w := newWriter(sub.Language, sub.Timezone, o).about(b.Source)
	words := &w.unconfirmed
	v := []string{"source", b.Source.Title(), "since", w.at(b.known()), "from", w.at(b.From), "subscription", sub.ID}
	subject, summary := words.subject, words.summary
	if b.known().IsZero() {
		subject, summary = words.subjectNever, words.summaryNever
	}
	m := Message{Kind: UnconfirmedMessage, Source: b.Source.ID, Language: w.code, Severity: diff.Notice, Created: o.Now,
		Subject: w.subject(diff.Notice, fill(subject, v...)), Summary: fill(summary, v...),
		Seen: []string{fill(w.looks.vain, "from", w.at(b.From), "looks", w.bad(b.Failed, b.Held), "last", w.at(b.Last), "detail", w.cause(b.Reason, b.Detail, passageLimit))},
		Why:  fill(words.because, v...), Footer: strings.Join([]string{b.Source.ID, w.program()}, " · ")}
	if b.Hand != nil {
		m.Seen = append(m.Seen, fill(w.hand.look, "seen", w.at(b.Hand.Seen), "by", w.short(b.Hand.By, nameLimit)))
	}
	if b.Source.Listing == nil && !b.known().IsZero() {
		m.Seen = append(m.Seen, fill(words.page, v...))
	}
	m.Seen = append(m.Seen, words.next)
	if len(list) > 0 {
		m.Sections = []Section{{Title: w.sectionOwn}}
	}
	for _, s := range list[:min(len(list), itemLimit)] {
		it := Item{Severity: diff.Notice, Title: words.label + ": " + w.who(s.event(), true)}
		if !b.known().IsZero() {
			it.Lines = append(it.Lines, fill(words.last, "since", w.at(b.known()), "standing", w.stands(s.Now, b.Source.Listing)))
		}
		it.Lines = append(it.Lines, fill(w.followed, "relation", w.relations[s.Relation]))
		m.Sections[0].Items = append(m.Sections[0].Items, it)
	}
	if n := len(list) - itemLimit; n > 0 {
		m.Left = w.count(w.omitted, n)
	}
	return m.Clean()
}

// stands words where an operator stands, with the index as the register names it.
func (w *writer) stands(index string, l *snapshot.Listing) string {
	if index == "" {
		return w.absent
	}
	if l.Plain() {
		return w.standing(index, l) // its one index says nothing
	}
	return w.standing(index, l) + " (" + index + ")"
}

// SeenAgain is the first good look at a source after a blindness.
type SeenAgain struct {
	Source   snapshot.Source
	Since    time.Time    // the last good look before
	At       time.Time    // this one
	Change   *diff.Change // what it found
	Pending  int          // entries that it lacked and that are not confirmed missing
	Compared time.Time    // the look that it was compared with: Since, or one entered by hand
}

// ComposeSeenAgain words, for a subscription that was told that something is
// unconfirmed, what was found in the end.
func ComposeSeenAgain(a SeenAgain, list []Standing, sub Subscription, o WordingOptions) Message {
	w := newWriter(sub.Language, sub.Timezone, o).about(a.Source)
	w.between(a.Since, a.At)
	words := &w.again
	v := []string{"source", a.Source.Title(), "since", w.at(a.Since), "at", w.at(a.At)}
	summary := words.summary
	if a.Since.IsZero() {
		summary = words.first
	}
	m := Message{Kind: SeenAgainMessage, Source: a.Source.ID, Language: w.code, Severity: diff.Notice, Created: o.Now,
		Subject: w.subject(diff.Notice, fill(words.subject, v...)), Summary: fill(summary, v...),
		Seen: w.found(Health{Source: a.Source, At: a.At, Compared: a.Compared, Change: a.Change, Pending: a.Pending}),
		Why:  fill(words.because, v...), Footer: strings.Join([]string{a.Source.ID, w.program()}, " · ")}
	if a.Change != nil {
		m.Footer = command(a.Change.ID) + " · " + m.Footer
	}
	if a.Source.Listing == nil {
		m.Seen = append(m.Seen, fill(words.page, v...))
	}
	if len(list) > 0 {
		m.Sections = []Section{{Title: w.sectionOwn}}
	}
	for _, s := range list[:min(len(list), itemLimit)] {
		pattern := words.stands
		switch {
		case a.Since.IsZero():
			pattern = words.now
		case s.Was == s.Now:
			pattern = words.stays
		}
		m.Sections[0].Items = append(m.Sections[0].Items, Item{Severity: diff.Notice, Title: words.label + ": " + w.who(s.event(), true),
			Lines: []string{fill(pattern, append(v, "was", w.stands(s.Was, a.Source.Listing), "now", w.stands(s.Now, a.Source.Listing))...)}})
	}
	if n := len(list) - itemLimit; n > 0 {
		m.Left = w.count(w.omitted, n)
	}
	return m.Clean()
}
