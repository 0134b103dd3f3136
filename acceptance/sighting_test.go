package acceptance

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

const suspendedIndex = "LOKAL_DIHENTIKAN_SEMENTARA"

// suspensions are the operators that the step from a state to the next moves
// from the registered to the suspended ones.
func suspensions(t *testing.T, r *replay, from int) (keys []int) {
	t.Helper()
	for _, e := range r.truth(t, strconv.Itoa(from), strconv.Itoa(from+1)) {
		if e.From == biggest && e.To == suspendedIndex {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

// TestSightings follows an operator that is suspended while the register cannot
// be read whole: its standing in a suspended index is told at once, marked, and
// once; the event itself is told once, when the register is seen again.
func TestSightings(t *testing.T) {
	t.Parallel()
	const before = 19 // its next state suspends two operators
	r := newReplay(t)
	keys := suspensions(t, r, before)
	if len(keys) < 2 {
		t.Fatalf("state %d suspends %v, want two at least", before+1, keys)
	}
	ours := keys[0]
	p := install(t, r, setup{
		follow:      []string{"{operator: " + strconv.Itoa(ours) + ", as: own}"},
		subscribers: []string{`{id: legal, channels: ["slack:#legal"], match: {relation: [own]}}`},
	})
	r.show(t, before)
	p.baseline(t)
	truth := r.move(t, before+1)
	r.spoil(t, fault{Shape: "C", Index: biggest, Page: r.pageAt(t, "middle"), Kind: "waf"})

	blind := p.check(t)
	if blind.good() || blind.Change != nil {
		t.Fatalf("a spoilt register is %s", blind.Outcome)
	}
	if !slices.Equal(blind.Sightings, []sighting{{ours, suspendedIndex}}) {
		t.Errorf("sightings %v, want %d in %s alone", blind.Sightings, ours, suspendedIndex)
	}
	told := to("slack:#legal", r.arrivals(t))
	if len(told) != 1 {
		t.Fatalf("%d messages about the sighting, want 1", len(told))
	}
	for _, want := range []string{strconv.Itoa(ours), "not fully seen"} {
		if !strings.Contains(strings.ToLower(told[0].Text), want) {
			t.Errorf("the message about the sighting lacks %q:\n%s", want, told[0].Text)
		}
	}
	if k := p.check(t); k.good() {
		t.Fatalf("a spoilt register is %s", k.Outcome)
	}
	if n := len(to("slack:#legal", r.arrivals(t))); n != 1 {
		t.Errorf("the sighting was told %d times", n)
	}

	r.mend(t)
	first, second := p.check(t), p.check(t)
	mustEqual(t, "when the register is seen again", append(first.events(), second.events()...), truth)
	if first.Change == nil {
		t.Fatal("no change when the register is seen again")
	}
	if n := len(attempts(t, r.arrivals(t), "slack:#legal", first.Change.ID)); n != 1 {
		t.Errorf("the suspension itself was told %d times", n)
	}
	p.check(t)
	if n := len(to("slack:#legal", r.arrivals(t))); n != 2 {
		t.Errorf("%d messages in all, want the sighting and the suspension", n)
	}
	p.fsck(t)
}

// TestBlindnessIsTold tells the administrator, and nobody else, at once and not
// at every look that the register is not seen, and what was missed at its end.
func TestBlindnessIsTold(t *testing.T) {
	t.Parallel()
	r := newReplay(t)
	p := install(t, r, setup{subscribers: []string{toSlack, toMail}})
	p.baseline(t)
	if all := r.arrivals(t); len(all) != 0 {
		t.Fatalf("a baseline is told: %+v", all)
	}
	r.move(t, 1)
	r.spoil(t, fault{Shape: "C", Kind: "waf"})
	for range 2 {
		if k := p.check(t); k.good() {
			t.Fatalf("a firewall's page is %s", k.Outcome)
		}
	}
	all := r.arrivals(t)
	admin := to(adminSink, all)
	if len(admin) != 1 || len(all) != 1 {
		t.Fatalf("%d messages, %d to the administrator, want 1 alone", len(all), len(admin))
	}
	if !strings.Contains(admin[0].Text, "pse") {
		t.Errorf("the administrator is not told which source:\n%s", admin[0].Text)
	}
	r.mend(t)
	l := p.check(t)
	all = r.arrivals(t)
	if n := len(to(adminSink, all)); n != 2 {
		t.Errorf("%d messages to the administrator after the end of the blindness, want 2", n)
	}
	if l.Change == nil {
		t.Fatal("no change after the blindness")
	}
	for _, sink := range []string{slackSink, mailSink} {
		if n := len(attempts(t, all, sink, l.Change.ID)); n != 1 {
			t.Errorf("the change came to %s %d times", sink, n)
		}
	}
}
