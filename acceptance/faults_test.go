package acceptance

import (
	"fmt"
	"strings"
	"testing"
)

// kinds are the faults of the replay server that spoil one answer.
// `shift` and `html-empty` have tests of their own.
var kinds = []string{
	"waf", "spa", "next404", "truncated", "short", "unframed-cut", "403", "429", "500", "503",
	"slow", "hang", "redirect-loop", "redirect-private", "gzip-bomb", "drop", "total-lies",
}

const biggest = "LOKAL_TERDAFTAR"

// positions are where in an index a page is spoilt.
var positions = []string{"first", "middle", "last"}

func (r *replay) pageAt(t *testing.T, position string) int {
	t.Helper()
	switch last := r.pages(t, biggest); position {
	case "first":
		return 1
	case "middle":
		return last / 2
	default:
		return last
	}
}

// lane is a register that goes back and forth between its early states, whose
// steps are small, and an installation that has seen the present one.
type lane struct {
	*pantau
	replay *replay
	state  int
	back   bool
}

func newLane(t *testing.T) *lane {
	t.Helper()
	r := newReplay(t)
	l := &lane{pantau: install(t, r, setup{}), replay: r}
	l.baseline(t)
	return l
}

// step moves the register on and gives what truly changes by it.
func (l *lane) step(t *testing.T) []event {
	t.Helper()
	const turn = 60 // states up to here have small steps both ways
	if l.state == 0 || l.state == turn {
		l.back = l.state == turn
	}
	if l.back {
		l.state--
	} else {
		l.state++
	}
	return l.replay.move(t, l.state)
}

// recover lets a case that failed not spoil those behind it: the installation
// sees what is served now.
func (l *lane) recover(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			l.replay.mend(t)
			for range 2 {
				l.run(t, "check", "pse", "--no-deliver")
			}
		}
	})
}

// spoilt is one case: a kind at a position, for good or a few times.
type spoilt struct {
	kind, position string
	times          int // 0: for good
}

func (s spoilt) String() string {
	if s.times == 0 {
		return s.kind + "/" + s.position
	}
	return fmt.Sprintf("%s/%s/times-%d", s.kind, s.position, s.times)
}

// permanent and transient are the cases: all of them, or a spread in which
// every kind comes once.
func permanent() (out []spoilt) {
	for n, kind := range kinds {
		for k, position := range positions {
			if torture() || n%3 == k {
				out = append(out, spoilt{kind, position, 0})
			}
		}
	}
	return out
}

func transient() (out []spoilt) {
	for n, kind := range kinds {
		for k, position := range positions {
			for times := 1; times <= 2; times++ {
				if torture() || (n+1)%3 == k && times == 1+n%2 {
					out = append(out, spoilt{kind, position, times})
				}
			}
		}
	}
	return out
}

// TestPermanentFaults spoils a page for good: nothing is told and nothing is
// lost, and when the page is well again two looks tell exactly the truth.
func TestPermanentFaults(t *testing.T) {
	t.Parallel()
	l := newLane(t)
	for _, s := range permanent() {
		t.Run(s.String(), func(t *testing.T) {
			l.recover(t)
			truth := l.step(t)
			l.replay.spoil(t, fault{Shape: "C", Index: biggest, Page: l.replay.pageAt(t, s.position), Kind: s.kind})
			k := l.check(t)
			l.replay.mend(t)
			if k.good() && s.kind == "slow" { // a slow answer is an answer
				told := k.events()
				mustEqual(t, "after a slow page", append(told, l.check(t).events()...), truth)
				return
			}
			l.blind(t, k)
			l.settle(t, "after the fault", truth)
		})
	}
	l.fsck(t)
}

// blind holds a look that could not see to what must be said of it.
func (l *lane) blind(t *testing.T, k look) {
	t.Helper()
	if k.good() || k.Change != nil {
		t.Errorf("a spoilt register is %s, with %d events", k.Outcome, len(k.events()))
		return
	}
	if h := l.health(t); h.BlindSince == nil || h.Reason == "" {
		t.Errorf("sources does not say that the register is not seen: %+v", h)
	}
}

// TestTransientFaults spoils a page less often than a page is tried: the look
// is good, and with the next one tells exactly the truth.
func TestTransientFaults(t *testing.T) {
	t.Parallel()
	l := newLane(t)
	for _, s := range transient() {
		t.Run(s.String(), func(t *testing.T) {
			l.recover(t)
			truth := l.step(t)
			l.replay.spoil(t, fault{Shape: "C", Index: biggest, Page: l.replay.pageAt(t, s.position), Kind: s.kind, Times: s.times})
			l.settle(t, "under a passing fault", truth)
			l.replay.mend(t)
		})
	}
	l.fsck(t)
}

// TestShiftedPages puts rows on top while the register is read. What is told
// of such a look is nothing, or exactly what stands there afterwards.
func TestShiftedPages(t *testing.T) {
	t.Parallel()
	l := newLane(t)
	for _, s := range pick(
		[]spoilt{{"shift", "first", 1}, {"shift", "middle", 0}, {"shift", "last", 1}},
		[]spoilt{{"shift", "first", 0}, {"shift", "first", 1}, {"shift", "first", 2}, {"shift", "middle", 0}, {"shift", "middle", 1},
			{"shift", "middle", 2}, {"shift", "last", 0}, {"shift", "last", 1}, {"shift", "last", 2}},
	) {
		t.Run(s.String(), func(t *testing.T) {
			l.recover(t)
			before := fmt.Sprint(l.state)
			l.step(t)
			l.replay.spoil(t, fault{Shape: "C", Index: biggest, Page: l.replay.pageAt(t, s.position), Kind: "shift", Times: s.times, N: 3})
			k := l.check(t)
			l.replay.mend(t)
			truth := l.replay.truth(t, before, "live")
			if len(l.inserted(truth)) == 0 {
				t.Fatal("no row was put on top: the page was not read")
			}
			if !k.good() {
				l.blind(t, k)
				l.settle(t, "after the shift", truth)
			} else {
				if got, want := len(l.inserted(k.events())), len(l.inserted(truth)); got != want {
					t.Errorf("a look that claims to be whole shows %d of the %d rows put on top", got, want)
				}
				mustEqual(t, "under a shift", append(k.events(), l.check(t).events()...), truth)
			}
			gone := l.replay.move(t, l.state) // the inserted rows go again
			l.settle(t, "without the inserted rows", gone)
		})
	}
	l.fsck(t)
}

// inserted are the events of rows that a shift fault has put in.
func (l *lane) inserted(events []event) (out []event) {
	for _, e := range events {
		if e.Key >= 9000001 {
			out = append(out, e)
		}
	}
	return out
}

// TestEmptyIndexAsPage answers for an empty index with a page of HTML, as was
// recorded: it cannot be told from a page that replaces the index, so the
// register is not seen.
func TestEmptyIndexAsPage(t *testing.T) {
	t.Parallel()
	l := newLane(t)
	truth := l.step(t)
	if n := l.replay.counts(t)["ASING_DICABUT"]; n != 0 {
		t.Fatalf("ASING_DICABUT has %d rows in an early state", n)
	}
	l.replay.spoil(t, fault{Shape: "C", Index: "ASING_DICABUT", Kind: "html-empty"})
	k := l.check(t)
	l.blind(t, k)
	if k.Outcome != "held" || !strings.Contains(k.Detail, "ASING_DICABUT") {
		t.Errorf("HTML for an empty index is %s: %s; want held, and the index named", k.Outcome, k.Detail)
	}
	l.replay.mend(t)
	l.settle(t, "after the page of HTML", truth)
}

// TestFirstLookSpoilt lets no broken register become the baseline.
func TestFirstLookSpoilt(t *testing.T) {
	t.Parallel()
	r := newReplay(t)
	p := install(t, r, setup{})
	for _, kind := range []string{"waf", "truncated", "drop"} {
		r.spoil(t, fault{Shape: "C", Kind: kind})
		if k := p.check(t); k.good() {
			t.Errorf("%s everywhere at the first look is %s", kind, k.Outcome)
		}
		r.mend(t)
	}
	p.baseline(t)
	p.settle(t, "after a late baseline", r.move(t, 1))
	p.fsck(t)
}

// TestReasonNamesThePlace wants the index, the page and what was expected in
// the sentence that a person reads.
func TestReasonNamesThePlace(t *testing.T) {
	t.Parallel()
	l := newLane(t)
	for _, tt := range []struct{ kind, says string }{
		{"truncated", "cut"},
		{"waf", "Request Rejected"},
		{"500", "500"},
		{"hang", "2s"},
	} {
		l.step(t)
		page := l.replay.pageAt(t, "middle")
		l.replay.spoil(t, fault{Shape: "C", Index: biggest, Page: page, Kind: tt.kind})
		k := l.check(t)
		l.replay.mend(t)
		for _, want := range []string{biggest, fmt.Sprint(page), tt.says, l.replay.url} {
			if !strings.Contains(k.Detail, want) {
				t.Errorf("%s: the sentence %q lacks %q", tt.kind, k.Detail, want)
			}
		}
	}
}
