package diff

import (
	"encoding/json"

	"pantau/diff/law"
	"pantau/internal/snapshot"
)

// TextChange is the change that the hunks of two documents make. Where both are
// the same regulation and provisions differ it is told by its provisions too:
// the hunks stay, for what stands outside of any provision, and for masks,
// reasons and topics, which are about words.
func TextChange(title string, before, after *snapshot.Document, hunks []Hunk, stats Stats) *Change {
	c := &Change{Kind: TextKind, Hunks: hunks, Stats: stats, Summary: Summarise(title, stats, hunks)}
	if events := provisions(before, after); len(events) > 0 {
		c.Kind, c.Provisions = ProvisionsKind, events
		c.Summary = law.Summary(c.Provisions, law.Dates{}, "en") + " in " + title + " (" + law.Unofficial + ")"
	}
	return c
}

// provisions compares two documents as one regulation. What is none, or is
// another regulation than before, is told as text alone.
func provisions(before, after *snapshot.Document) []law.Event {
	x, y := law.Parse(law.DocumentLines(before)), law.Parse(law.DocumentLines(after))
	if !regulates(x) || !regulates(y) || !x.Identity.Same(y.Identity) {
		return nil
	}
	return law.Diff(x, y)
}

// regulates reports whether a document is a regulation whose provisions can be
// named: it has a name, and more than a mention of a pasal.
func regulates(r *law.Regulation) bool {
	count := 0
	for n := range r.All {
		if n.Kind == law.Pasal {
			count++
		}
	}
	return count >= 2 && r.Identity.Number != ""
}

// plainChange is a change without methods.
type plainChange Change

// MarshalJSON writes the events of a change of provisions under the same name
// as those of records: a reader of the contract looks there by the kind.
func (c Change) MarshalJSON() ([]byte, error) {
	if c.Kind != ProvisionsKind {
		return json.Marshal(plainChange(c))
	}
	return json.Marshal(struct {
		plainChange
		Events []law.Event `json:"events,omitempty"`
	}{plainChange(c), c.Provisions})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Change) UnmarshalJSON(body []byte) error {
	var kind struct{ Kind Kind }
	if err := json.Unmarshal(body, &kind); err != nil {
		return err
	}
	if kind.Kind != ProvisionsKind {
		return json.Unmarshal(body, (*plainChange)(c))
	}
	both := struct {
		*plainChange
		Events []law.Event `json:"events"`
	}{plainChange: (*plainChange)(c)}
	if err := json.Unmarshal(body, &both); err != nil {
		return err
	}
	c.Provisions = both.Events
	return nil
}
