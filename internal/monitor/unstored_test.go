package monitor

import (
	"errors"
	"testing"

	"pantau/diff"
	"pantau/internal/snapshot"
)

// TestUnstoredTellsNothing: of a look that could not be stored only that is
// stored. A pair of texts noted as compared would never be told to differ.
func TestUnstoredTellsNothing(t *testing.T) {
	c := &Check{Source: snapshot.Source{ID: "jdih", Type: snapshot.Index}, Outcome: Changed, Snapshot: true, Capture: &snapshot.Capture{}, Change: &diff.Change{},
		Enrolled: []Enrolment{{Key: "a"}}, Joined: []Member{{Key: "a"}}, Paired: []Pair{{Key: "a"}}, State: State{Seq: 2, Waiting: []string{"a"}}}
	c.before = State{Seq: 1}
	got := (&Monitor{}).unstored(c, errors.New("disk full"))
	if got.Outcome != Failed || got.Change != nil || got.Snapshot || got.State.Seq != 1 || got.State.Waiting != nil {
		t.Errorf("%+v", got)
	}
	if got.Enrolled != nil || got.Joined != nil || got.Paired != nil {
		t.Errorf("documents of a look that was not stored: %v, %v, %v", got.Enrolled, got.Joined, got.Paired)
	}
}
