package registry

import (
	"slices"

	"pantau/internal/snapshot"
)

// Sighting is a followed operator on a page of a suspended or revoked index
// where it was not known to stand, and that no event tells: the look did not see
// the whole register, or reads this index anew. It is news by itself.
type Sighting struct {
	Key     Key             `json:"key"`
	Index   string          `json:"index"`
	Status  snapshot.Status `json:"status"` // what standing there means
	Name    string          `json:"name,omitempty"`
	Company string          `json:"company,omitempty"`
	Known   string          `json:"known,omitempty"` // the indexes the last good look showed, "A+B"; empty: none
	Page    int             `json:"page"`
	Unread  bool            `json:"unread,omitempty"` // no full look before can be compared in the index: since when it stands there is not known
}

// Sightings finds the operators among keys that a document shows in a bad index
// where the rows of the state do not have them.
func Sightings(st *State, doc *snapshot.Document, l *snapshot.Listing, keys map[Key]bool) []Sighting {
	var out []Sighting
	for i := range doc.Records {
		r := &doc.Records[i]
		k := Key(r.Key)
		part, _ := l.Part(r.Index)
		if !keys[k] || !part.Status.Bad() {
			continue
		}
		known := st.of(k)
		told := slices.ContainsFunc(out, func(s Sighting) bool { return s.Key == k && s.Index == r.Index })
		if told || slices.ContainsFunc(known, func(b Row) bool { return b.Index == r.Index }) {
			continue
		}
		s := Sighting{Key: k, Index: r.Index, Status: part.Status, Known: stood(known), Page: r.Page}
		s.Name, _ = r.Get(fieldName)
		s.Company, _ = r.Get(fieldCompany)
		out = append(out, s)
	}
	return out
}

// Losses counts what a document lacks of what the last good look showed. What
// was missing already has passed the gate before and does not count again.
func Losses(st *State, now *Seen) *snapshot.Losses {
	out := &snapshot.Losses{Parts: map[string]snapshot.PartLosses{}}
	st.join(now.keyed, func(_ Key, before []Row, now []*snapshot.Record) {
		shown := false
		for _, r := range before {
			if r.missing() {
				continue
			}
			shown = true
			p := out.Parts[r.Index]
			p.Rows++
			if !slices.ContainsFunc(now, func(n *snapshot.Record) bool { return n.Index == r.Index }) {
				p.Lost++
				if len(now) > 0 {
					p.Moved++
				}
			}
			out.Parts[r.Index] = p
		}
		if shown {
			out.Known++
			if len(now) == 0 {
				out.Missing++
			}
		}
	})
	return out
}
