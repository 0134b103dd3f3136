package schedule

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"pantau/internal/snapshot"
)

func instant(t *testing.T, zone, s string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05", s, loc)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestOccurrences(t *testing.T) {
	tests := []struct {
		name, expression, zone string
		from, now              string
		wantTo, wantNext       string
		wantN                  int
	}{
		{"on time", "0 6 * * *", "Asia/Jakarta", "2026-01-05 06:00:00", "2026-01-05 06:00:03", "2026-01-05 06:00:00", "2026-01-06 06:00:00", 1},
		{"three days down", "0 6 * * *", "Asia/Jakarta", "2026-01-05 06:00:00", "2026-01-08 05:59:59", "2026-01-07 06:00:00", "2026-01-08 06:00:00", 3},
		{"every half hour", "@every 30m", "UTC", "2026-01-05 06:00:00", "2026-01-05 08:10:00", "2026-01-05 08:00:00", "2026-01-05 08:30:00", 5},
		// In Berlin the clock goes from 02:00 to 03:00 on 2026-03-29: the run of
		// 02:30 is not left out, it is at 03:30, once.
		{"skipped hour", "30 2 * * *", "Europe/Berlin", "2026-03-28 02:30:00", "2026-03-29 12:00:00", "2026-03-29 03:30:00", "2026-03-30 02:30:00", 2},
		// And from 03:00 back to 02:00 on 2026-10-25: the run of 02:30 is once.
		{"repeated hour", "30 2 * * *", "Europe/Berlin", "2026-10-24 02:30:00", "2026-10-25 12:00:00", "2026-10-25 02:30:00", "2026-10-26 02:30:00", 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Occurrences(tt.expression, tt.zone, instant(t, tt.zone, tt.from), instant(t, tt.zone, tt.now))
			if want := instant(t, tt.zone, tt.wantTo); !got.To.Equal(want) {
				t.Errorf("last is %v, want %v", got.To, want)
			}
			if want := instant(t, tt.zone, tt.wantNext); !got.Next.Equal(want) {
				t.Errorf("next is %v, want %v", got.Next, want)
			}
			if got.N != tt.wantN {
				t.Errorf("%d have passed, want %d", got.N, tt.wantN)
			}
		})
	}
}

// However the planner is called, every occurrence is in exactly one run.
func TestOccurrencesCoverTheTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expression := rapid.SampledFrom([]string{"*/7 * * * *", "0 6 * * *", "@every 13m", "15 1-4 * * *", "@hourly"}).Draw(t, "expression")
		zone := rapid.SampledFrom([]string{"Asia/Jakarta", "Europe/Berlin", "America/New_York", "UTC"}).Draw(t, "zone")
		start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 300*24).Draw(t, "hours")) * time.Hour)
		first := First(snapshot.Source{Schedule: expression, Timezone: zone}, start)
		total, next, now := 0, first, start
		for range rapid.IntRange(1, 8).Draw(t, "plans") {
			now = now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "minutes")) * time.Minute)
			if next.After(now) {
				continue
			}
			e := Occurrences(expression, zone, next, now)
			if e.To.After(now) || !e.Next.After(now) || e.To.Before(next) || e.N < 1 {
				t.Fatalf("from %v at %v: %+v", next, now, e)
			}
			total, next = total+e.N, e.Next
		}
		if !first.After(now) {
			if whole := Occurrences(expression, zone, first, now); whole.N != total || !whole.Next.Equal(next) {
				t.Fatalf("in pieces %d up to %v, at once %d up to %v", total, next, whole.N, whole.Next)
			}
		}
	})
}

func TestGone(t *testing.T) {
	if Gone(Owner("x")) {
		t.Error("this process is said to be dead")
	}
	if Gone("another-machine/1/x") || Gone("nonsense") {
		t.Error("what cannot be known is said to be dead")
	}
}
