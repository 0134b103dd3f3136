package notify

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
)

// news is a change made ready to be matched with many subscriptions.
type news struct {
	source snapshot.Source
	topics []string         // of the source
	found  map[string][]int // places of the items that are about a topic
	items  []item
}

// item is one event or hunk.
type item struct {
	key      string     // of the operator; "" for text
	kind     topic.Kind // of the event; "" for text
	severity diff.Severity
	follows  []Follow
	named    []naming      // follows that the text names
	gap      bool          // nothing is known of it, so that it may be anything that the reader asks for
	words    func() string // folded text that keywords are looked for in
}

// apart stands between texts that no phrase may run across; it is no white
// space, or folding would take it away.
const apart = " \x1f "

func readNews(c diff.Change, source snapshot.Source, in Interests) news {
	n := news{source: source, topics: source.Topics, found: map[string][]int{}}
	for _, t := range c.Tags {
		n.found[t.Topic] = t.Places
	}
	followed := in.Followed(source.ID)
	names := slices.ContainsFunc(in.Follows, func(f Follow) bool { return len(f.Words) > 0 })
	for i := range c.Events {
		e := &c.Events[i]
		it := eventItem(e, source, followed[string(e.Key)])
		if e.Type != registry.Removed && names {
			it.named = named(it.words(), it.words(), source, in.Follows)
		}
		n.items = append(n.items, it)
	}
	if slices.Contains(c.Marks, diff.NotComparable) {
		n.items = append(n.items, gapItem(followed))
	}
	for i := range c.Hunks {
		h := &c.Hunks[i]
		it := item{severity: topic.Read(c.Hunks[i : i+1]).Severity,
			words: once(func() string { return h.Path + apart + h.Before + apart + h.After })}
		if names {
			it.named = named(it.words(), fold(h.After), source, in.Follows)
		}
		n.items = append(n.items, it)
	}
	return n
}

func eventItem(e *registry.Event, source snapshot.Source, follows []Follow) item {
	k := topic.KindOf(*e, source.Listing)
	severity, _ := topic.EventSeverity(*e, source.Listing)
	return item{key: string(e.Key), kind: k, severity: severity, follows: follows,
		words: once(func() string {
			s := e.Name + apart + e.Company
			for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
				s += apart + e.Fields[name][0] + apart + e.Fields[name][1]
			}
			return s
		})}
}

// gapItem is what nobody knows of a source that was edited. It is of concern to
// whoever takes anything of the source, and to those who follow somebody there.
func gapItem(followed map[string][]Follow) item {
	it := item{kind: topic.Edited, severity: diff.Info, gap: true}
	for _, key := range slices.Sorted(maps.Keys(followed)) {
		it.follows = append(it.follows, followed[key]...)
	}
	return it
}

// once makes the text that keywords are looked for in when the first
// subscription asks for it: most have no keywords.
func once(text func() string) func() string {
	var folded string
	done := false
	return func() string {
		if !done {
			folded, done = fold(text()), true
		}
		return folded
	}
}

func fold(s string) string {
	return strings.Join(strings.Fields(cases.Fold().String(s)), " ")
}

// matching gives the items that a subscription takes, followed ones first.
func (n *news) matching(sub Subscription) []Matched {
	m := sub.Match
	if len(m.Sources) > 0 && !slices.Contains(m.Sources, n.source.ID) && !slices.Contains(m.Sources, n.source.Parent) {
		return nil
	}
	keywords := make([]string, 0, len(m.Keywords))
	for _, k := range m.Keywords {
		keywords = append(keywords, fold(k))
	}
	operators := map[string]bool{}
	for _, k := range m.Operators {
		operators[k] = true
	}
	var out []Matched
	for i := range n.items {
		hit, about := n.about(i, m.Topics)
		if !about {
			continue
		}
		if e, ok := n.items[i].match(m, operators, keywords); ok {
			e.Place = i
			e.Why = cmp.Or(e.Why, hit, "source:"+n.source.ID)
			out = append(out, e)
		}
	}
	n.sort(out)
	return out
}

// about tells whether an item is about one of the topics that are asked for, and
// about which. What a source is about all of its items are, and a gap may be
// about anything.
func (n *news) about(place int, wanted []string) (hit string, ok bool) {
	for _, t := range wanted {
		if _, found := slices.BinarySearch(n.found[t], place); found || slices.Contains(n.topics, t) {
			return "topic:" + t, true
		}
	}
	return "", len(wanted) == 0 || n.items[place].gap
}

// sort puts followed events first, then the more severe, then our own before
// the others', then the kinds as a reader wants to hear of them, then those
// that stand first in the change.
func (n *news) sort(list []Matched) {
	relations := []Relation{Own, Vendor, Competitor, Watched, ""}
	kinds := topic.Kinds()
	unfollowed := func(m Matched) int {
		if m.Relation == "" {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b Matched) int {
		return cmp.Or(
			cmp.Compare(unfollowed(a), unfollowed(b)),
			cmp.Compare(b.Severity.Rank(), a.Severity.Rank()),
			cmp.Compare(slices.Index(relations, a.Relation), slices.Index(relations, b.Relation)),
			cmp.Compare(slices.Index(kinds, n.items[a.Place].kind), slices.Index(kinds, n.items[b.Place].kind)))
	})
}

func (it *item) match(m Match, operators map[string]bool, keywords []string) (Matched, bool) {
	e := Matched{Severity: it.severity}
	if it.gap {
		return it.matchGap(m)
	}
	if len(operators) > 0 {
		if !operators[it.key] {
			return e, false
		}
		e.Why = "operator"
	}
	if f, severity, why, ok := it.relation(m.Relation); ok {
		e.Severity, e.Relation, e.Client, e.Why = severity, f.As, f.Client, why
	} else if len(m.Relation) > 0 {
		return e, false
	}
	if m.Severity != "" && e.Severity.Rank() < m.Severity.Rank() {
		return e, false
	}
	if len(keywords) > 0 {
		i := slices.IndexFunc(keywords, func(k string) bool { return contains(it.words(), k) })
		if i < 0 {
			return e, false
		}
		e.Why = cmp.Or(e.Why, "keyword:"+m.Keywords[i])
	}
	return e, true
}

// matchGap leaves aside which operators and which words are asked for: any may
// be among what is not known. It has no reason of its own but the source.
func (it *item) matchGap(m Match) (Matched, bool) {
	e := Matched{Severity: it.severity}
	if _, severity, _, ok := it.relation(m.Relation); ok {
		e.Severity = severity
	} else if len(m.Relation) > 0 {
		return e, false
	}
	return e, m.Severity == "" || e.Severity.Rank() >= m.Severity.Rank()
}

// relation picks, of the follows that a subscription asks for, the one for
// which the event is most severe, and names all clients of that relation.
func (it *item) relation(wanted []Relation) (best Follow, severity diff.Severity, why string, ok bool) {
	consider := func(f Follow, s diff.Severity, reason string) {
		switch {
		case len(wanted) > 0 && !slices.Contains(wanted, f.As):
		case !ok || s.Rank() > severity.Rank():
			best, severity, why, ok = f, s, reason, true
		case f.As == best.As && f.Client != "" && f.Client != best.Client:
			best.Client = strings.TrimPrefix(best.Client+", "+f.Client, ", ")
		}
	}
	for _, f := range it.follows {
		consider(f, SeverityFor(it.kind, f.As), "followed")
	}
	for _, n := range it.named {
		consider(n.Follow, n.weight(it.severity), "named:"+n.word)
	}
	return best, severity, why, ok
}

// contains tells whether folded text has the folded word or phrase between
// two word boundaries. Where an end of the phrase is no letter or digit it is
// its own boundary.
func contains(text, phrase string) bool {
	if phrase == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(phrase)
	last, _ := utf8.DecodeLastRuneInString(phrase)
	for at := 0; ; {
		i := strings.Index(text[at:], phrase)
		if i < 0 {
			return false
		}
		i += at
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(phrase):])
		if !(wordRune(first) && wordRune(before)) && !(wordRune(last) && wordRune(after)) {
			return true
		}
		at = i + utf8.RuneLen(first)
	}
}

// wordRune tells what a word is made of; U+FFFD, which stands for the end of
// the text here, is no part of one.
func wordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}
