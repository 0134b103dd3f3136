package notify

import (
	"strings"
	"time"

	"pantau/diff/registry"
	"pantau/internal/snapshot"
)

// PresentState answers, in one sentence, somebody who begins to follow an
// operator: where it stands, as the last good look at the register saw it. own
// are the operator's rows; lastGood is zero where the register was never seen.
func PresentState(f Follow, own []registry.Row, src snapshot.Source, lastGood time.Time, language string, zone *time.Location) string {
	w := newWriter(language, zone.String(), WordingOptions{}).about(src)
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
