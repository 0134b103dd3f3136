package notify

import (
	"maps"
	"slices"
	"strings"
	"time"

	"pantau/diff/registry"
	"pantau/internal/snapshot"
)

// PresentState answers, in one sentence, somebody who begins to follow an
// operator: where it stands, as the last good look at the register saw it. own
// are the operator's rows; lastGood is zero where the register was never seen.
func PresentState(f Follow, own []registry.Row, src snapshot.Source, lastGood time.Time, language string, zone *time.Location) string {
	return newWriter(language, zone.String(), WordingOptions{}).about(src).present(f, own, src, lastGood)
}

// WithPresent is the message with where the operators that its reader follows
// stand, as the look at an instant saw them: what was told of them before cannot
// be compared with that. rows are all of the register.
func (m Message) WithPresent(sub Subscription, follows map[string][]Follow, rows []registry.Row, src snapshot.Source, at time.Time) Message {
	own := map[string][]registry.Row{}
	for _, r := range rows {
		if k := string(r.Key); len(follows[k]) > 0 {
			own[k] = append(own[k], r)
		}
	}
	w := newWriter(sub.Language, sub.Timezone, WordingOptions{}).about(src)
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(follows)) {
		for _, f := range follows[k] {
			if len(sub.Match.Relation) == 0 || slices.Contains(sub.Match.Relation, f.As) {
				lines = append(lines, w.present(f, own[k], src, at))
			}
		}
	}
	if left := len(lines) - itemLimit; left > 0 {
		lines = append(lines[:itemLimit], w.count(w.omitted, left))
	}
	m.Seen = append(m.Seen, lines...)
	return m.Clean()
}

func (w *writer) present(f Follow, own []registry.Row, src snapshot.Source, lastGood time.Time) string {
	v := []string{"operator", f.Operator, "relation", w.relations[f.As], "at", w.at(lastGood), "source", src.ID}
	if lastGood.IsZero() {
		return fill(w.state.unseen, v...)
	}
	if len(own) == 0 {
		return fill(w.state.missing, v...)
	}
	e := registry.Event{Key: own[0].Key}
	var indexes []string
	missing := time.Time{}
	for _, r := range own {
		e.Name = registry.Label(src.Listing, e.Key, r.Fields)
		e.Company, _ = r.Fields.Get("nama_perusahaan")
		if r.MissingSince.IsZero() {
			indexes = append(indexes, r.Index)
		} else {
			missing = r.MissingSince
		}
	}
	v = append(v, "who", w.who(e, true))
	if len(indexes) == 0 {
		return line(fill(w.state.pending, append(v, "missing", w.at(missing), "index", own[0].Index)...))
	}
	index := strings.Join(indexes, "+")
	return line(fill(w.state.standing, append(v, "standing", w.standing(index, src.Listing), "index", index)...))
}
