package acceptance

import (
	"fmt"
	"os"
	"testing"
)

// statesOf are the states from one to another that PANTAU_STATES=FROM-TO names,
// so that a long walk can be made in pieces; else those given.
func statesOf(t *testing.T, states []int) []int {
	t.Helper()
	v := os.Getenv("PANTAU_STATES")
	if v == "" {
		return states
	}
	var from, to int
	if n, err := fmt.Sscanf(v, "%d-%d", &from, &to); n != 2 || err != nil || from < 0 || from >= to || to > 93 {
		t.Fatalf("PANTAU_STATES=%q: expected a piece of 0-93 such as 58-93", v)
	}
	return upTo(to + 1)[from:]
}

// TestTruthOfEveryShape walks recorded states in the two older shapes of the
// register, two looks at each: the truth is the same in all three.
func TestTruthOfEveryShape(t *testing.T) {
	t.Parallel()
	for shape, states := range map[string][]int{
		shapeA: pick([]int{16, 17}, upTo(94)), // 2,100 files a look
		shapeB: pick([]int{0, 16, 17}, upTo(94)),
	} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			states := statesOf(t, states)
			r := newReplay(t)
			p := install(t, r, setup{})
			p.reshape(t, shape)
			r.show(t, states[0])
			p.baseline(t)
			events := 0
			for n, to := range states[1:] {
				truth := r.move(t, to)
				p.settle(t, fmt.Sprintf("%s from state %d to %d", shape, states[n], to), truth)
				events += len(truth)
				if t.Failed() {
					t.FailNow() // every later step would only repeat it
				}
			}
			t.Logf("%s: states %d to %d, %d events", shape, states[0], states[len(states)-1], events)
			p.fsck(t)
		})
	}
}

// TestChangeOfShape edits the source to read another shape of the register,
// between two looks. Where the register stands still nothing is told; where it
// has moved, exactly what is true: between states 91 and 92, nine months apart,
// the site itself changed its shape, by which 4,662 entries differ as written
// and 863 in what they say.
func TestChangeOfShape(t *testing.T) {
	t.Parallel()
	type step struct {
		shape string
		state int
	}
	for name, steps := range map[string][]step{
		"as the site did": {{shapeB, 91}, {shapeC, 92}},
		"standing still":  pick([]step{{shapeC, 16}, {shapeB, 16}}, []step{{shapeA, 16}, {shapeB, 16}, {shapeC, 16}, {shapeA, 17}, {shapeC, 17}, {shapeB, 17}, {shapeA, 18}}),
		"to files":        pick([]step{{shapeB, 17}, {shapeA, 17}}, []step{{shapeC, 91}, {shapeA, 92}, {shapeC, 93}}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReplay(t)
			p := install(t, r, setup{})
			r.show(t, steps[0].state)
			p.reshape(t, steps[0].shape)
			p.baseline(t)
			for n, s := range steps[1:] {
				truth := r.move(t, s.state)
				p.reshape(t, s.shape)
				what := fmt.Sprintf("from %v to %v", steps[n], s)
				p.settle(t, what, truth)
				if s == (step{shapeC, 92}) && count(truth, "edited") != 863 {
					t.Errorf("%s: %d edited, want 863", what, count(truth, "edited"))
				}
				t.Logf("%s: %d added, %d removed, %d status, %d edited", what, count(truth, "added"), count(truth, "removed"), count(truth, "status"), count(truth, "edited"))
			}
			p.fsck(t)
		})
	}
}
