package store

import (
	"database/sql"
	"slices"
	"testing"
	"time"

	"pantau/internal/monitor"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// blind makes a look one that did not see the source.
func blind(c *monitor.Check, from time.Time) *monitor.Check {
	c.State.BlindSince, c.State.BlindWhy, c.State.BlindReason = c.ReadGood, c.Detail, c.Reason
	c.State.Blindness = monitor.Blindness{From: from, Last: c.Finished, Held: 1}
	return c
}

// seeing makes a look the end of a blindness.
func seeing(c *monitor.Check) *monitor.Check {
	c.State.BlindSince, c.State.BlindWhy, c.State.BlindReason, c.State.Blindness = time.Time{}, "", "", monitor.Blindness{}
	return c
}

func TestNoticesAreToldOnce(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		ctx := t.Context()
		f.commit(f.check("satu", monitor.Baseline))
		good := f.now.Add(time.Second)
		held := f.check("waf", monitor.Held)
		from := held.Finished
		f.commit(blind(held, from))

		list, err := f.Blind(ctx)
		if err != nil || len(list) != 1 || list[0].Source.ID != "page" || !list[0].Since.Equal(good) || !list[0].From.Equal(from) || list[0].Held != 1 || list[0].Reason != "block-page" {
			t.Fatalf("blind: %+v, %v", list, err)
		}
		n := monitor.Notice{Kind: monitor.Unconfirmed, Source: "page", Subscriber: "legal", Occurrence: "first", Blind: from}
		message := func(text string) []monitor.Outgoing {
			return []monitor.Outgoing{monitor.Addressed("legal", "console", notify.Message{Kind: notify.UnconfirmedMessage, Subject: text})}
		}
		wrong := n
		wrong.Blind = from.Add(-time.Hour) // a blindness that has ended
		for _, step := range []struct {
			n    monitor.Notice
			text string
			want int
		}{{wrong, "late", 0}, {n, "one", 1}, {n, "another wording of the same", 1}} {
			if err := f.Tell(ctx, step.n, message(step.text), f.now); err != nil {
				t.Fatal(err)
			}
			if got, err := f.Deliveries(ctx, "", 0); err != nil || len(got) != step.want {
				t.Errorf("%s: %d messages, want %d, %v", step.text, len(got), step.want, err)
			}
		}
		if told, err := f.Told(ctx, monitor.Unconfirmed); err != nil || len(told) != 1 || told[0].Subscriber != "legal" || !told[0].At.Equal(f.now) {
			t.Errorf("told: %+v, %v", told, err)
		}
		if open, err := f.Open(ctx); err != nil || len(open) != 0 {
			t.Errorf("a source that is still blind is to be resolved: %+v, %v", open, err)
		}
		end := seeing(f.check("dua", monitor.Changed))
		f.commit(end)
		open, err := f.Open(ctx)
		if err != nil || len(open) != 1 || open[0].Occurrence != "first" {
			t.Fatalf("open: %+v, %v", open, err)
		}
		e, err := f.EndOf(ctx, "page", from)
		if err != nil || !e.At.Equal(end.Finished) || e.Change == nil || e.Change.ID != end.Change.ID || !e.Before.Equal(good) || !e.Compared.Equal(good) {
			t.Errorf("end: %+v, want it at %v behind %v; %v", e, end.Finished, good, err)
		}
		n.Kind, n.Blind = monitor.Resolved, time.Time{}
		if err := f.Tell(ctx, n, nil, f.now); err != nil {
			t.Fatal(err)
		}
		if open, err := f.Open(ctx); err != nil || len(open) != 0 {
			t.Errorf("it is to be resolved again: %+v, %v", open, err)
		}
		if src, err := f.Source(ctx, "page"); err != nil || src.URL != f.source.URL {
			t.Errorf("source %+v, %v", src, err)
		}
		weeks, first, err := f.SourceWeeks(ctx, good.Add(-time.Hour), f.now.Add(time.Hour))
		if err != nil || len(weeks) != 1 || weeks[0].Looks != 3 || weeks[0].Held != 1 || weeks[0].Failed != 0 || weeks[0].Changes != 1 || !weeks[0].LastGood.Equal(end.Finished) || first.After(good) {
			t.Errorf("weeks %+v since %v, %v", weeks, first, err)
		}
		f.clean()
	})
}

// savedByHand makes a look one that a person entered.
func savedByHand(c *monitor.Check, seen time.Time) *monitor.Check {
	c.Manual = &snapshot.Manual{By: "Rina", Seen: seen, Entered: c.Finished, URL: c.Source.URL}
	c.Capture.Manual, c.Capture.Started, c.Capture.Finished, c.Seen = c.Manual, seen, seen, seen
	if c.Outcome.Good() {
		c.State.LastGood, c.State.Manual = seen, c.Manual
	}
	return c
}

func TestEvidenceOfAHand(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		ctx := t.Context()
		f.commit(f.check("satu", monitor.Baseline))
		seen := f.now.Add(30 * time.Minute)
		f.commit(savedByHand(f.check("satu", monitor.Unchanged), seen))
		f.commit(savedByHand(f.check("waf", monitor.Held), f.now))
		f.clean()
		looks, err := f.Looks(ctx, "page", 10)
		if err != nil || len(looks) != 3 || looks[1].Evidence != "manual" || looks[1].EnteredBy != "Rina" || !looks[1].Seen.Equal(seen) || looks[2].Evidence != "fetched" {
			t.Errorf("looks %+v, %v", looks, err)
		}
		if held, err := f.HeldCaptures(ctx); err != nil || len(held) != 1 || held[0].Entered != "Rina" || held[0].Evidence != "manual" {
			t.Errorf("held %+v, %v", held, err)
		}
		if list, err := f.Sources(ctx); err != nil || list[0].LastGoodBy != "Rina" {
			t.Errorf("sources %+v, %v", list, err)
		}
		c, err := f.CaptureByID(ctx, held(t, f))
		if err != nil || c.Manual == nil || c.Manual.By != "Rina" || c.Manual.URL != f.source.URL {
			t.Errorf("the manifest says %+v, %v", c.Manual, err)
		}
		past, err := f.LastGood(ctx, "page")
		if err != nil || past.Capture == nil || past.Capture.Manual == nil || !past.At.Equal(seen) {
			t.Errorf("the last good look is %+v, %v", past, err)
		}
	})
}

// exec runs a statement behind the store's back.
func (f *fixture) exec(query string) {
	f.t.Helper()
	if err := f.update(f.t.Context(), func(tx *sql.Tx) error { _, err := tx.ExecContext(f.t.Context(), query); return err }); err != nil {
		f.t.Fatal(err)
	}
}

func TestFsckFindsAForgedHand(t *testing.T) {
	for spoil, n := range map[string]int{
		`UPDATE capture SET entered_by = '' WHERE evidence = 'manual'`: 5,
		`DELETE FROM audit`: 5,
		`UPDATE capture SET evidence = 'fetched', entered_by = '' WHERE evidence = 'manual'`: 11,
		`UPDATE capture SET entered_by = 'Budi' WHERE evidence = 'manual'`:                   11,
	} {
		t.Run(spoil, func(t *testing.T) {
			onEach(t, func(t *testing.T, db database) {
				f := db.open(t, Options{})
				f.commit(savedByHand(f.check("satu", monitor.Baseline), f.now))
				f.clean()
				f.exec(spoil)
				list, err := f.Fsck(t.Context(), f.now)
				if err != nil || !slices.ContainsFunc(list, func(x Finding) bool { return x.Invariant == n }) {
					t.Errorf("%s: fsck found %+v, %v", spoil, list, err)
				}
			})
		})
	}
}

func held(t *testing.T, f *fixture) int64 {
	t.Helper()
	list, err := f.HeldCaptures(t.Context())
	if err != nil || len(list) == 0 {
		t.Fatalf("%+v, %v", list, err)
	}
	return list[0].ID
}

// TestTheLastGoodLookIsKept: an edited source is compared with it, however long
// ago it was.
func TestTheLastGoodLookIsKept(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		ctx := t.Context()
		f.commit(f.check("satu", monitor.Baseline))
		f.commit(f.check("satu dan iklan", monitor.Unchanged))
		first := f.now.Add(time.Second)
		f.commit(f.check("satu dan iklan lain", monitor.Unchanged))
		same := f.check("", monitor.Unchanged)
		same.Capture.NotModified, same.Capture.Responses = true, nil
		f.commit(same)
		p, err := f.Prune(ctx, f.now.Add(time.Hour))
		if err != nil || p.Captures != 1 {
			t.Fatalf("pruned %+v, %v", p, err)
		}
		past, err := f.LastGood(ctx, "page")
		if err != nil || past.Capture == nil || !past.At.Equal(same.Finished) || past.Source.ID != "page" {
			t.Fatalf("the last good look is %+v, want that of %v; %v", past, same.Finished, err)
		}
		if b, err := past.Capture.Last().Body.Bytes(); err != nil || string(b) != "satu dan iklan lain" {
			t.Errorf("its answer is %q, %v", b, err)
		}
		// Where it was lost all the same, an older one stands for itself only.
		f.exec(`DELETE FROM capture_body WHERE capture = 3`)
		if past, err = f.LastGood(ctx, "page"); err != nil || past.Capture == nil || !past.At.Before(first) {
			t.Errorf("the last good look is %+v; %v", past, err)
		}
		f.exec(`DELETE FROM capture_body`)
		if past, err = f.LastGood(ctx, "page"); err != nil || past.Capture != nil || past.At.IsZero() || past.Source.ID != "page" {
			t.Errorf("the last good look is %+v; %v", past, err)
		}
	})
}
