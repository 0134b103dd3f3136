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

// ComposeSighting words, for one subscription, that a followed operator stands
// on a page of a suspended or revoked index at the look at, although the register
// was not seen whole then, or no full look before can be compared in that index. lastGood is when
// it last was seen whole, reason and detail why it was not this time, hand who entered it,
// if Pantau did not see it itself. ok is false where the subscription does not ask
// for it. Of an incomplete look the event itself is told when the register is
// seen whole again.
func ComposeSighting(s registry.Sighting, follows []Follow, sub Subscription, src snapshot.Source, at, lastGood time.Time, reason, detail string, hand *snapshot.Manual, o WordingOptions) (m Message, ok bool) {
	e := registry.Event{Type: registry.Status, Key: s.Key, FromIndex: s.Known, ToIndex: s.Index, Name: s.Name, Company: s.Company}
	n := news{source: src, topics: append(slices.Clone(src.Topics), topic.Sanctions), items: []item{eventItem(&e, src, follows)}}
	matched := n.matching(sub)
	if len(matched) == 0 || matched[0].Relation == "" {
		return Message{}, false
	}
	hit := matched[0]
	w := newWriter(sub.Language, sub.Timezone, o)
	w.between(lastGood, at)
	status := w.standing(s.Index, src.Listing)
	kind := topic.KindOf(e, src.Listing)
	it := w.event(e, hit, diff.Change{}, src, false)
	words := w.sighting.incomplete
	seen := []string{fill(w.sighting.before, "last", w.at(lastGood), "known", w.standing(s.Known, src.Listing))}
	if s.Unread {
		words = w.sighting.unread
		// Where else it stood says nothing of this index: no move is claimed.
		e.FromIndex = e.ToIndex
		it.Lines = w.event(e, hit, diff.Change{}, src, false).Lines
		if s.Known == "" {
			seen = nil
		}
	}
	seen = append(seen, fill(words.rest, "detail", w.cause(reason, detail, valueLimit)), words.next)
	it.Title = fill(w.sighting.label, "status", w.kinds[kind].label) + ": " + w.who(e, true)
	m = Message{Kind: SightingMessage, Source: src.ID, Language: w.code, Severity: hit.Severity, Created: o.Now,
		Subject:  w.subject(hit.Severity, fill(words.subject, "who", w.who(e, false), "status", status, "source", src.Title())),
		Summary:  fill(words.summary, "who", w.who(e, true), "index", s.Index, "at", w.at(at)),
		Seen:     seen,
		Why:      fill(w.sighting.because, "operator", string(s.Key), "relation", w.relations[hit.Relation]),
		Sections: []Section{{Title: w.sectionOwn, Items: []Item{it}}},
		Footer:   strings.Join([]string{src.ID, w.program()}, " · "),
	}
	if hand != nil {
		m.Seen = append(m.Seen, w.hands(w.hand.now, hand)...)
	}
	return m.Clean(), true
}
