package acceptance

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// torment disturbs `pantau run` again and again while the register moves on and
// the sinks misbehave.
type torment struct {
	*pantau
	replay *replay
	dice   *rand.Rand
	nodes  []*process // of one database; nil: not running
	last   int        // state before which the register turns back
	state  int
	back   bool
	moves  int
	since  time.Time // of the step to state
	truth  []event   // of that step
	told   bool      // the history held all of it when we looked last
	past   map[string]bool
	seen   map[string]change // changes read whole
}

// newTorment takes the baseline, and the first step away from it.
func newTorment(t *testing.T, r *replay, p *pantau, nodes, last int) *torment {
	t.Helper()
	k := &torment{pantau: p, replay: r, dice: seeded(t), nodes: make([]*process, nodes), last: last,
		past: map[string]bool{}, seen: map[string]change{}}
	k.baseline(t)
	k.advance(t)
	return k
}

// TestKilledAtRandom ends the program by SIGKILL at random moments: whatever it
// was doing, the database stays sound, every true event becomes a change once,
// every change arrives, and what comes twice says that it does.
func TestKilledAtRandom(t *testing.T) {
	t.Parallel()
	r := newThinReplay(t)
	p := install(t, r, setup{schedule: "@every 1s", subscribers: []string{toSlack, toMail}})
	newTorment(t, r, p, 1, thinMoments-1).kills(t, pick(8, 1000))
}

// TestKilledWhileReadingAll is the same with the whole register, whose crawl is
// long enough for most kills to fall into it.
func TestKilledWhileReadingAll(t *testing.T) {
	t.Parallel()
	r := newReplay(t)
	p := install(t, r, setup{schedule: "@every 3s", subscribers: []string{toSlack, toMail}})
	newTorment(t, r, p, 1, 60).kills(t, pick(2, 50))
}

// kills kills n times, and holds what is left of it all to the truth.
func (k *torment) kills(t *testing.T, n int) {
	t.Helper()
	begun, done := time.Now(), 0
	for life := 0; done < n; life++ {
		done += k.life(t, life)
		if t.Failed() {
			t.Fatalf("after %d kills", done)
		}
		if life%100 == 99 {
			t.Logf("%d kills and %d steps of the register in %v", done, k.moves, time.Since(begun).Round(time.Second))
		}
	}
	k.settled(t)
	t.Logf("%d kills in %v", done, time.Since(begun).Round(time.Second))
	k.moved(t, done)
}

// moved fails where the register stood still while it was disturbed so often.
func (k *torment) moved(t *testing.T, disturbed int) {
	t.Helper()
	if k.moves < disturbed/4 {
		t.Errorf("the register moved on %d times while it was disturbed %d times: too little happened to mean anything", k.moves, disturbed)
	}
}

// settled lets the program work in peace until the register is told, and ends
// it politely; then everything must be there.
func (k *torment) settled(t *testing.T) {
	t.Helper()
	k.replay.calm(t)
	k.up(t)
	eventually(t, 3*time.Minute, func() string { k.alive(t); return k.lacks(t) })
	for n, s := range k.nodes {
		if code, err := s.terminate(time.Minute); err != nil || code != 0 {
			t.Errorf("pantau run after SIGTERM: exit %d, %v\n%s", code, err, cut(s.out.String()))
		}
		k.nodes[n] = nil
	}
	k.drain(t, 5*time.Second)
	k.fsck(t)
	k.arrived(t)
}

// up starts the nodes that are down.
func (k *torment) up(t *testing.T) {
	t.Helper()
	for n, s := range k.nodes {
		if s == nil {
			k.nodes[n] = k.service(t)
		}
	}
}

// alive fails where a node has ended by itself.
func (k *torment) alive(t *testing.T) {
	t.Helper()
	for _, s := range k.nodes {
		if s != nil && s.ended() {
			t.Fatalf("pantau run ended by itself:\n%s", cut(s.out.String()))
		}
	}
}

// life is a time in which all nodes are up, and the end of one or more of them
// by SIGKILL. It tells how many.
func (k *torment) life(t *testing.T, n int) int {
	t.Helper()
	k.spoilSinks(t)
	k.up(t)
	k.wait(t, n)
	k.alive(t)
	if k.lacks(t) == "" {
		k.advance(t)
		time.Sleep(time.Duration(k.dice.Int64N(int64(500 * time.Millisecond))))
	}
	killed := 0
	for killed == 0 {
		for n, s := range k.nodes {
			if s != nil && (len(k.nodes) == 1 || k.dice.IntN(2) == 0) {
				s.kill()
				k.nodes[n] = nil
				killed++
			}
		}
	}
	return killed
}

// wait lets time pass until the next disturbance: now and then as long as it
// takes to look, for whatever the dead have left behind is taken over within a
// minute; sometimes so short that it falls into starting and recovering; else
// until shortly after a look, or into the midst of one.
func (k *torment) wait(t *testing.T, n int) {
	t.Helper()
	switch k.dice.IntN(4) {
	case 0:
		time.Sleep(time.Duration(k.dice.Int64N(int64(400 * time.Millisecond))))
	case 1:
		time.Sleep(time.Duration(k.dice.Int64N(int64(2 * time.Second))))
	default:
		before := k.looked()
		for end := time.Now().Add(3 * time.Second); time.Now().Before(end) && k.looked() == before; time.Sleep(20 * time.Millisecond) {
		}
		time.Sleep(time.Duration(k.dice.Int64N(int64(800 * time.Millisecond))))
	}
	if n%20 == 10 {
		k.looks(t, time.Minute)
	}
}

// looked is how many looks the running nodes say they have made.
func (k *torment) looked() int {
	n := 0
	for _, s := range k.nodes {
		if s != nil {
			n += strings.Count(s.out.String(), "msg=checked")
		}
	}
	return n
}

// looks waits for the next look at the register.
func (k *torment) looks(t *testing.T, within time.Duration) {
	t.Helper()
	before := k.health(t).looks()
	eventually(t, within, func() string {
		k.alive(t)
		if k.health(t).looks() > before {
			return ""
		}
		said := "no look"
		for _, s := range k.nodes {
			if s != nil {
				said += "\n" + cut(s.out.String())
			}
		}
		return said
	})
}

// spoilSinks chooses what the sinks do wrong next.
func (k *torment) spoilSinks(t *testing.T) {
	t.Helper()
	k.replay.calm(t)
	hooks := []hookFault{{}, {Status: 429, RetryAfter: 1, Times: 1}, {Status: 500, Times: 1}, {Hang: true, Times: 1}, {Close: true, Times: 1}}
	if f := hooks[k.dice.IntN(len(hooks))]; f != (hookFault{}) {
		k.replay.post(t, "/hookfault", f)
	}
	mails := []smtpFault{{}, {Stage: "connect", Code: 421, Times: 1}, {Stage: "rcpt", Code: 451, Times: 1}, {Stage: "end", Code: 550, Times: 1}, {Stage: "end", Close: true, Times: 1}}
	if f := mails[k.dice.IntN(len(mails))]; f != (smtpFault{}) {
		k.replay.post(t, "/smtpfault", f)
	}
}

// advance moves the register to its next state that differs from this one.
func (k *torment) advance(t *testing.T) {
	t.Helper()
	for id := range k.seen {
		k.past[id] = true
	}
	k.since, k.truth = time.Now(), nil
	for len(k.truth) == 0 {
		// Back and forth among the early states: a jump back to the first would take
		// so many operators away that the gate holds it for a person.
		if k.state == 0 || k.state == k.last {
			k.back = k.state == k.last
		}
		if k.back {
			k.state--
		} else {
			k.state++
		}
		k.truth = k.replay.move(t, k.state)
	}
	k.moves++
}

// lacks compares what the history holds of this step with the truth. An event
// that is not true fails at once: no later look takes it back.
func (k *torment) lacks(t *testing.T) string {
	t.Helper()
	var told []event
	for _, c := range lines[change](t, k.must(t, "history", "--json", "--since", k.since.Format(time.RFC3339Nano))) {
		if k.past[c.ID] {
			continue
		}
		if _, ok := k.seen[c.ID]; !ok {
			k.seen[c.ID] = k.show(t, c.ID)
		}
		told = append(told, k.seen[c.ID].Events...)
	}
	wrong := compare(told, k.truth)
	if k.told = len(wrong) == 0; k.told {
		return ""
	}
	for _, w := range wrong {
		if !strings.HasPrefix(w, "missed: ") {
			t.Errorf("at state %d: %s", k.state, w)
		}
	}
	return fmt.Sprintf("at state %d: %s", k.state, strings.Join(wrong[:min(3, len(wrong))], "\n"))
}

// arrived holds the sinks to the promise of delivery: each change as one
// message a sink, taken at least once, and nothing that is not known.
func (k *torment) arrived(t *testing.T) {
	t.Helper()
	known, all := k.alerts(t), k.replay.arrivals(t)
	repeats := 0
	ids := map[string]string{}
	for _, a := range all {
		q, ok := known[a.Message]
		if !ok || q.Channel != a.Sink {
			t.Errorf("%s got message %s, which alerts knows as %+v", a.Sink, a.Message, q)
		}
		if text, again := ids[a.Message]; !again {
			ids[a.Message] = a.Text
		} else if repeats++; text != a.Text {
			t.Errorf("message %s came to %s in other words", a.Message, a.Sink)
		}
	}
	changes := k.history(t)
	told := 0
	for _, c := range changes {
		if _, ok := k.seen[c.ID]; !ok {
			t.Errorf("change %s belongs to no step of the register", c.ID)
		}
		told += len(k.seen[c.ID].Events)
		for _, sink := range []string{slackSink, mailSink} {
			if got := attempts(t, all, sink, c.ID); accepted(got) == 0 {
				t.Errorf("change %s never arrived at %s in %d attempts", c.ID, sink, len(got))
			}
		}
	}
	t.Logf("%d steps of the register, %d events in %d changes, %d arrivals, %d of them repeats", k.moves, told, len(changes), len(all), repeats)
}
