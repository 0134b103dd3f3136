package store

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pantau/internal/history"
	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/notify"
)

// TestFigures counts what was done, twice: the second time only what is new is
// read.
func TestFigures(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		m := f.Meter(15 * time.Minute)
		f.commit(f.check("one", monitor.Baseline))
		f.commit(f.check("two", monitor.Changed))
		got, err := m.Figures(t.Context(), f.now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		if want := map[history.LookKind]int64{{Source: "page", Outcome: "baseline"}: 1, {Source: "page", Outcome: "changed"}: 1}; !maps.Equal(got.Looks, want) {
			t.Errorf("looks %v", got.Looks)
		}
		if got.Messages["pending"] != 2 || got.Message.IsZero() || got.Held != 0 || got.Bytes < 1000 {
			t.Errorf("%+v", got)
		}
		if len(got.Sources) != 1 || got.Sources[0].Blind || got.Sources[0].LastGood.IsZero() {
			t.Errorf("sources %+v", got.Sources)
		}

		f.commit(f.check("refused", monitor.Held))
		f.deliver(t, "legal|console", schedule.Result{Outcome: notify.Accepted})
		f.deliver(t, "legal|email:a@example.id", schedule.Result{Outcome: notify.Parked, Park: true})
		if _, err := f.Acquire(t.Context(), "planner", "me/1/x", f.now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if got, err = m.Figures(t.Context(), f.now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if want := map[history.LookKind]int64{{Source: "page", Outcome: "baseline"}: 1, {Source: "page", Outcome: "changed"}: 1, {Source: "page", Outcome: "held"}: 1}; !maps.Equal(got.Looks, want) {
			t.Errorf("looks %v", got.Looks)
		}
		if want := map[history.AttemptKind]int64{{Channel: "console", Outcome: "accepted"}: 1, {Channel: "email", Outcome: "parked"}: 1}; !maps.Equal(got.Attempts, want) {
			t.Errorf("attempts %v", got.Attempts)
		}
		if got.Messages["delivered"] != 1 || got.Messages["pending"] != 1 || got.Parked["email"] != 1 || got.Parked["console"] != 0 || !got.Message.IsZero() {
			t.Errorf("messages %v, parked %v, oldest %v", got.Messages, got.Parked, got.Message)
		}
		if got.Held != 1 || got.Planner != "me/1/x" {
			t.Errorf("%d held, planner %q", got.Held, got.Planner)
		}
	})
}

// deliver makes one attempt at the first message of a lane.
func (f *fixture) deliver(t *testing.T, lane string, r schedule.Result) {
	t.Helper()
	l, err := f.Acquire(t.Context(), "lane:"+lane, "me", f.now)
	if err != nil {
		t.Fatal(err)
	}
	waiting, _, err := f.Queue(t.Context(), lane, 1)
	if err != nil || len(waiting) == 0 {
		t.Fatalf("%d wait in %s: %v", len(waiting), lane, err)
	}
	a, err := f.BeginAttempt(t.Context(), waiting[0].ID, l, f.now, false, func(string, notify.Message) (notify.Payload, error) { return notify.Payload("x"), nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := f.EndAttempt(t.Context(), a, r, f.now, nil); err != nil {
		t.Fatal(err)
	}
}

func TestVitals(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		m := f.Meter(15 * time.Minute)
		v, err := m.Vitals(t.Context(), f.now)
		if err != nil {
			t.Fatal(err)
		}
		if v.Schema == 0 || v.Schema != v.Knows || v.Planner != "" || v.Config != "conf" || v.Overdue != 0 || v.Took <= 0 {
			t.Errorf("%+v", v)
		}
		f.commit(f.check("one", monitor.Baseline))
		f.commit(f.check("two", monitor.Changed))
		if _, err := f.Acquire(t.Context(), "planner", "me/1/x", f.now); err != nil {
			t.Fatal(err)
		}
		if v, err = m.Vitals(t.Context(), f.now.Add(20*time.Second)); err != nil || v.Planner != "me/1/x" || v.Overdue != 0 {
			t.Errorf("%+v, %v", v, err)
		}
		if v, err = m.Vitals(t.Context(), f.now.Add(time.Hour)); err != nil || v.Planner != "" || v.Overdue != 2 {
			t.Errorf("an hour later %+v, %v", v, err)
		}
		var left int
		if err := f.read.QueryRowContext(t.Context(), `SELECT count(*) FROM meta WHERE name LIKE 'try %'`).Scan(&left); err != nil || left != 0 {
			t.Errorf("trying has left %d rows: %v", left, err)
		}
	})
}

// TestTryIsRefused: a database that cannot be written is no healthy one.
func TestTryIsRefused(t *testing.T) {
	f := database{"sqlite", filepath.Join(t.TempDir(), "pantau.db")}.open(t, Options{})
	if _, err := f.write.ExecContext(t.Context(), `PRAGMA query_only(1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Meter(time.Minute).Vitals(t.Context(), f.now); err == nil {
		t.Error("a database that cannot be written passed")
	}
}

// TestFiguresReadIndexes: a scrape does not read the rows themselves.
func TestFiguresReadIndexes(t *testing.T) {
	f := sqliteFile(t).open(t, Options{})
	for query, index := range map[string]string{countStates: "message_state", countHeld: "capture_held"} {
		var plan []string
		err := each(t.Context(), f.read, func(scan func(...any) error) error {
			var a, b, c int
			var detail string
			err := scan(&a, &b, &c, &detail)
			plan = append(plan, detail)
			return err
		}, `EXPLAIN QUERY PLAN `+query)
		if err != nil || len(plan) != 1 || !strings.Contains(plan[0], index) {
			t.Errorf("%s\nis done by %q, %v", query, plan, err)
		}
	}
}
