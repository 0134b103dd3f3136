package acceptance

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// reassigned are ids that were given to other companies between states 16 and
// 17 (corpora/README.md).
var reassigned = []int{15926, 15927, 15929}

// handedOn wants every id to be told as reassigned whose company, system and
// date have changed together, and no other. The register is known to have some in
// its sixteenth step.
func (p *pantau) handedOn(t *testing.T, truth []event, states []int) {
	t.Helper()
	var got, want []string
	for _, c := range p.history(t) {
		for _, e := range c.Events {
			if e.Identity == "reassigned" {
				got = append(got, fmt.Sprint(e.Key, e.Fields["nama_perusahaan"]))
			}
		}
	}
	for _, e := range truth {
		_, company := e.Fields["nama_perusahaan"]
		_, system := e.Fields["nama"]
		_, date := e.Fields["tanggal_daftar"]
		if (e.Type == "edited" || e.Type == "status") && company && system && date {
			want = append(want, fmt.Sprint(e.Key, e.Fields["nama_perusahaan"]))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("ids given to other companies: %q, want %q", got, want)
	}
	for _, k := range reassigned {
		if slices.Contains(states, 16) && slices.Contains(states, 17) && !slices.ContainsFunc(want, func(s string) bool { return strings.HasPrefix(s, strconv.Itoa(k)) }) {
			t.Errorf("the truth does not show that %d was given away", k)
		}
	}
}

// TestTruth walks recorded states with two looks at each and compares what is
// told with what changed. The short walk takes the reassigned ids (16 to 17),
// the removals behind them and the nine months without a recording (91 to 92).
func TestTruth(t *testing.T) {
	t.Parallel()
	states := statesOf(t, pick([]int{0, 15, 16, 17, 91, 92, 93}, upTo(94)))
	r := newReplay(t)
	p := install(t, r, setup{})
	r.show(t, states[0])
	p.baseline(t)
	if l := p.check(t); l.Outcome != "unchanged" {
		t.Errorf("the second look at the first state is %q", l.Outcome)
	}
	var all []event
	for n, to := range states[1:] {
		step := fmt.Sprintf("from state %d to %d", states[n], to)
		truth := r.move(t, to)
		p.settle(t, step, truth)
		all = append(all, truth...)
		if t.Failed() {
			t.FailNow() // every later step would only repeat it
		}
	}
	p.handedOn(t, all, states)
	if l := p.check(t); l.Outcome != "unchanged" {
		t.Errorf("a third look at one state is %q", l.Outcome)
	}
	p.fsck(t)
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// TestTruthOverAJump lets nineteen months pass between two looks, and then
// reads the same changes back from the history.
func TestTruthOverAJump(t *testing.T) {
	t.Parallel()
	r := newReplay(t)
	p := install(t, r, setup{})
	p.baseline(t)
	truth := r.move(t, 93)
	first, second := p.check(t), p.check(t)
	mustEqual(t, "from state 0 to 93", append(first.events(), second.events()...), truth)

	var told []look
	for _, l := range []look{second, first} {
		if l.Change != nil {
			told = append(told, l)
		}
	}
	history := p.history(t)
	if len(history) != len(told) {
		t.Fatalf("the history holds %d changes, %d were told", len(history), len(told))
	}
	for n, l := range told {
		if history[n].ID != l.Change.ID {
			t.Errorf("change %d of the history is %s, want %s", n, history[n].ID, l.Change.ID)
		}
		c := p.show(t, l.Change.ID)
		if wrong := compare(c.Events, l.Change.Events); len(wrong) > 0 {
			t.Errorf("show %s says other than the check: %q", c.ID, wrong[:min(3, len(wrong))])
		}
		if c.Kind != "records" || c.Summary == "" || c.From.At.IsZero() || !c.To.At.After(c.From.At) || c.From.Snapshot >= c.To.Snapshot {
			t.Errorf("show %s: kind %q, summary %q, from %v to %v", c.ID, c.Kind, c.Summary, c.From, c.To)
		}
		for _, kind := range []string{"added", "removed", "status", "edited"} {
			if c.Stats[kind] != count(c.Events, kind) {
				t.Errorf("show %s counts %d %s, its events are %d", c.ID, c.Stats[kind], kind, count(c.Events, kind))
			}
		}
	}
	p.fsck(t)
}

// TestTwoChecksAtOnce starts two processes on one database: the lease lets
// only one look at a time, and no event is told twice.
func TestTwoChecksAtOnce(t *testing.T) {
	t.Parallel()
	r := newReplay(t)
	p := install(t, r, setup{})
	p.baseline(t)
	truth := r.move(t, 1)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	other := p.command(ctx, "check", "pse", "--json")
	var said bytes.Buffer
	other.Stdout = &said
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	events := p.check(t).events()
	if err := other.Wait(); err != nil {
		t.Fatalf("the second process: %v\n%s", err, said.String())
	}
	for _, l := range lines[look](t, result{stdout: said.String()}) {
		events = append(events, l.events()...)
	}
	events = append(events, p.check(t).events()...)
	mustEqual(t, "two checks at once", events, truth)
	p.fsck(t)
}

// TestTruthOfAShuffledRegister serves the rows of one day in a new order: at
// every crawl, which must not hide anything, or at every request, so that pages
// overlap: then a look may fail, but never tell what is not.
func TestTruthOfAShuffledRegister(t *testing.T) {
	t.Parallel()
	recorded(t)
	for _, mode := range []string{"crawl", "request"} {
		t.Run(mode, func(t *testing.T) {
			r := newReplay(t, "-shuffle="+mode)
			p := install(t, r, setup{})
			p.baselineAmong(t, pick(2, 6))
			for to := 1; to <= pick(1, 20); to++ {
				truth := r.move(t, to)
				step := "to state " + strconv.Itoa(to)
				if mode == "crawl" {
					p.settle(t, step, truth)
					continue
				}
				var told []event
				good := 0
				for range 6 {
					l := p.check(t)
					told = append(told, l.events()...)
					if l.good() {
						good++
					} else {
						t.Logf("%s: %s: %s", step, l.Outcome, l.Detail)
					}
					if good == 2 {
						break
					}
				}
				if good < 2 {
					t.Fatalf("%s: only %d good looks of 6: the register is not seen any more", step, good)
				}
				mustEqual(t, step, told, truth)
			}
		})
	}
}

// baselineAmong tries a few times for a first good look.
func (p *pantau) baselineAmong(t *testing.T, tries int) {
	t.Helper()
	var last look
	for range tries {
		if last = p.check(t); last.Outcome == "baseline" {
			return
		}
	}
	t.Fatalf("no baseline in %d looks: %s", tries, last.Detail)
}
