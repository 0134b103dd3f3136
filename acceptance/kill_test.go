package acceptance

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// torment kills `pantau run` again and again while the register moves on and
// the sinks misbehave.
type torment struct {
	*pantau
	replay *replay
	dice   *rand.Rand
	state  int
	back   bool
	truth  []event           // of the step to state
	past   map[string]bool   // changes that belong to earlier steps
	seen   map[string]change // changes read whole
}

// TestKilledAtRandom ends the program by SIGKILL at random moments: whatever it
// was doing, the database stays sound, every true event becomes a change once,
// every change arrives, and what comes twice says that it does.
func TestKilledAtRandom(t *testing.T) {
	t.Parallel()
	r := newReplay(t)
	k := &torment{
		pantau: install(t, r, setup{schedule: "@every 3s", subscribers: []string{toSlack, toMail}}),
		replay: r, dice: seeded(t), past: map[string]bool{}, seen: map[string]change{},
	}
	k.baseline(t)
	k.advance(t)
	for n := range pick(8, 300) {
		k.life(t)
		if t.Failed() {
			t.Fatalf("after %d kills", n+1)
		}
	}
	r.calm(t)
	s := k.service(t)
	eventually(t, 3*time.Minute, func() string { return k.lacks(t) })
	if code, err := s.terminate(time.Minute); err != nil || code != 0 {
		t.Errorf("pantau run after SIGTERM: exit %d, %v", code, err)
	}
	k.drain(t, 5*time.Second)
	k.fsck(t)
	k.arrived(t)
	if len(k.past) == 0 {
		t.Errorf("the register never moved on from state %d: too little happened to mean anything", k.state)
	}
}

// life is one start of the program and its end by SIGKILL.
func (k *torment) life(t *testing.T) {
	t.Helper()
	before := k.health(t).looks()
	k.spoilSinks(t)
	s := k.service(t)
	// Half of the lives end early, so that leases of the dead pile up; the
	// others last until they have looked, which must not take two minutes.
	if k.dice.IntN(2) == 0 {
		eventually(t, 2*time.Minute, func() string {
			if s.ended() {
				t.Fatalf("pantau run ended by itself:\n%s", cut(s.out.String()))
			}
			if k.health(t).looks() == before {
				return "no look since the restart\n" + cut(s.out.String())
			}
			return ""
		})
	}
	time.Sleep(time.Duration(k.dice.Int64N(int64(4 * time.Second))))
	if k.lacks(t) == "" {
		k.advance(t)
		time.Sleep(time.Duration(k.dice.Int64N(int64(2 * time.Second))))
	}
	s.kill()
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

// advance moves the register to its next state.
func (k *torment) advance(t *testing.T) {
	t.Helper()
	for _, c := range k.history(t) {
		k.past[c.ID] = true
	}
	// Back and forth among the early states: a jump back to the first would take
	// so many operators away that the gate holds it for a person.
	const turn = 60
	if k.state == 0 || k.state == turn {
		k.back = k.state == turn
	}
	if k.back {
		k.state--
	} else {
		k.state++
	}
	k.truth = k.replay.move(t, k.state)
}

// lacks compares what the history holds of this step with the truth. An event
// that is not true fails at once: no later look takes it back.
func (k *torment) lacks(t *testing.T) string {
	t.Helper()
	var told []event
	for _, c := range k.history(t) {
		if k.past[c.ID] {
			continue
		}
		if _, ok := k.seen[c.ID]; !ok {
			k.seen[c.ID] = k.show(t, c.ID)
		}
		told = append(told, k.seen[c.ID].Events...)
	}
	wrong := compare(told, k.truth)
	if len(wrong) == 0 {
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
	for _, c := range changes {
		for _, sink := range []string{slackSink, mailSink} {
			if got := attempts(t, all, sink, c.ID); accepted(got) == 0 {
				t.Errorf("change %s never arrived at %s in %d attempts", c.ID, sink, len(got))
			}
		}
	}
	t.Logf("%d changes up to state %d, %d arrivals, %d of them repeats", len(changes), k.state, len(all), repeats)
}
