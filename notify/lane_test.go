package notify_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pantau/notify"
)

func TestNextAttempt(t *testing.T) {
	first := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name    string
		since   time.Duration // from the first attempt to now
		attempt int
		refusal *notify.Refusal
		jitter  float64
		wait    time.Duration
		giveUp  bool
	}{
		{"first", 0, 1, nil, 0, 5 * time.Second, false},
		{"second", 0, 2, &notify.Refusal{Outcome: notify.Retry}, 0, 10 * time.Second, false},
		{"jitter", 0, 1, &notify.Refusal{Outcome: notify.Uncertain}, 1, 6250 * time.Millisecond, false},
		{"longest", 0, 30, &notify.Refusal{Outcome: notify.Retry}, 1, 12 * time.Hour, false},
		{"asked to wait", 0, 1, &notify.Refusal{Outcome: notify.Retry, After: 90 * time.Second}, 0, 90 * time.Second, false},
		{"asked to wait less", 0, 8, &notify.Refusal{Outcome: notify.Retry, After: time.Second}, 0, 640 * time.Second, false},
		{"asked to wait for years", 0, 1, &notify.Refusal{Outcome: notify.Retry, After: 1 << 60}, 0, 24 * time.Hour, false},
		{"greylisted", 0, 1, &notify.Refusal{Outcome: notify.Retry, Least: 30 * time.Minute}, 1, 30 * time.Minute, false},
		{"refused", 0, 1, &notify.Refusal{Outcome: notify.Rejected}, 0, 0, true},
		{"parked", 0, 1, &notify.Refusal{Outcome: notify.Parked}, 0, 0, false},
		{"parked for long", 999 * time.Hour, 1, &notify.Refusal{Outcome: notify.Parked}, 0, 0, false},
		{"the last hours", 119 * time.Hour, 20, &notify.Refusal{Outcome: notify.Retry}, 0, 0, true},
		{"the last minute", 119 * time.Hour, 1, &notify.Refusal{Outcome: notify.Retry}, 0, 5 * time.Second, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := first.Add(tt.since)
			next, giveUp := notify.NextAttempt(first, now, tt.attempt, tt.refusal, tt.jitter)
			if giveUp != tt.giveUp || !giveUp && next.Sub(now) != tt.wait {
				t.Errorf("wait %v, give up %v; want %v, %v", next.Sub(now), giveUp, tt.wait, tt.giveUp)
			}
		})
	}
}

// TestPatience tries a message whose channel never answers until it is given
// up: not before the fifth day is nearly over, and in few attempts.
func TestPatience(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &notify.Refusal{Outcome: rapid.SampledFrom([]notify.Outcome{notify.Retry, notify.Uncertain}).Draw(t, "outcome"),
			Least: rapid.SampledFrom([]time.Duration{0, 30 * time.Minute}).Draw(t, "least"),
			After: time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "after"))}
		first := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
		now, attempts := first, 0
		for {
			attempts++
			next, giveUp := notify.NextAttempt(first, now, attempts, r, rapid.Float64Range(0, 1).Draw(t, "jitter"))
			if giveUp {
				break
			}
			wait := next.Sub(now)
			if wait < 5*time.Second || wait < r.Least || wait < min(r.After, 24*time.Hour) || wait > 24*time.Hour {
				t.Fatalf("attempt %d waits %v", attempts, wait)
			}
			if now = next; attempts > 100 {
				t.Fatal("more than a hundred attempts")
			}
		}
		if age := now.Sub(first); age < 4*24*time.Hour || age > 5*24*time.Hour {
			t.Fatalf("given up %v after the first attempt, in %d attempts", age, attempts)
		}
	})
}

func queue(now time.Time, list ...string) []notify.Queued {
	var out []notify.Queued
	for i, s := range list {
		var age, due int // minutes
		var urgent bool
		fmt.Sscanf(s, "%d %d %t", &age, &due, &urgent)
		out = append(out, notify.Queued{ID: fmt.Sprint(i), Urgent: urgent, Created: now.Add(-time.Duration(age) * time.Minute), Due: now.Add(time.Duration(due) * time.Minute)})
	}
	return out
}

func TestPick(t *testing.T) {
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name  string
		queue []string // age, minutes until due, urgent
		want  int
		out   bool
	}{
		{"empty", nil, -1, false},
		{"the first", []string{"5 0 false", "4 0 false"}, 0, false},
		{"blocked for a short time", []string{"14 1 false", "4 0 false"}, -1, false},
		{"blocked for long", []string{"15 1 false", "4 0 false"}, 1, true},
		{"a younger one blocks too", []string{"15 1 false", "4 1 false", "3 0 false"}, -1, false},
		{"urgent passes what is blocked", []string{"5 1 false", "4 0 false", "1 0 true"}, 2, true},
		{"urgent passes what could go", []string{"5 0 false", "1 0 true"}, 1, true},
		{"urgent waits for its own turn", []string{"5 0 false", "1 1 true"}, 0, false},
		{"urgent among urgent", []string{"5 0 true", "1 0 true"}, 0, false},
		{"nothing is due", []string{"99 1 false", "98 1 false"}, -1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, out := notify.Pick(queue(now, tt.queue...), now); got != tt.want || out != tt.out {
				t.Errorf("picks %d, out of order %v; want %d, %v", got, out, tt.want, tt.out)
			}
		})
	}
}

// TestLaneOrder holds Pick to its promises for any lane.
func TestLaneOrder(t *testing.T) {
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		age := 0
		var lane []notify.Queued
		for i := range rapid.IntRange(0, 12).Draw(t, "length") {
			age += rapid.IntRange(0, 12).Draw(t, "older")
			lane = append([]notify.Queued{{ID: fmt.Sprint(i), Urgent: rapid.IntRange(0, 3).Draw(t, "urgent") == 0,
				Created: now.Add(-time.Duration(age) * time.Minute), Due: now.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "due")) * time.Minute)}}, lane...)
		}
		i, out := notify.Pick(lane, now)
		due := func(q notify.Queued) bool { return !q.Due.After(now) }
		if i < 0 {
			for n, q := range lane {
				if due(q) && (q.Urgent || n == 0) {
					t.Fatalf("%d could go and nothing was picked", n)
				}
			}
			return
		}
		if !due(lane[i]) || out != (i > 0) {
			t.Fatalf("picked %d (due %v), out of order %v", i, due(lane[i]), out)
		}
		for n, q := range lane[:i] {
			switch {
			case lane[i].Urgent && !(q.Urgent && due(q)):
			case !lane[i].Urgent && !due(q) && now.Sub(q.Created) >= 15*time.Minute:
			default:
				t.Fatalf("%d was passed by %d without a reason", n, i)
			}
		}
	})
}

// TestWake holds Wake to what Pick then says: before that time nothing may go,
// so that nobody asks in vain, and the time lies ahead.
func TestWake(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
		at := func(name string) time.Time {
			return now.Add(time.Duration(rapid.IntRange(-2400, 2400).Draw(t, name)) * time.Second)
		}
		var queue []notify.Queued
		for range rapid.IntRange(1, 5).Draw(t, "waiting") {
			created := at("created")
			if created.After(now) {
				created = now
			}
			queue = append(queue, notify.Queued{Urgent: rapid.Bool().Draw(t, "urgent"), Created: created, Due: at("due")})
		}
		if n, _ := notify.Pick(queue, now); n >= 0 {
			return
		}
		next := notify.Wake(queue, now)
		if !next.After(now) {
			t.Fatalf("to be asked again at %v, now is %v", next, now)
		}
		if n, _ := notify.Pick(queue, next.Add(-time.Microsecond)); n >= 0 {
			t.Fatalf("message %d may go before %v", n, next)
		}
	})
}
