package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pantau/diff"
	"pantau/internal/history"
	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// fixture is an open store with one source and one subscription.
type fixture struct {
	*Store
	t      testing.TB
	source snapshot.Source
	now    time.Time
	n      int
}

func (f *fixture) configure(subs ...notify.Subscription) {
	f.t.Helper()
	c := Configuration{Digest: "conf", Body: []byte(`{}`), Sources: []snapshot.Source{f.source}, Subscriptions: subs}
	if err := f.Configure(f.t.Context(), c, f.now, schedule.First); err != nil {
		f.t.Fatal(err)
	}
}

// begin begins a run by hand under a fresh lease.
func (f *fixture) begin() (monitor.Run, monitor.Lease) {
	f.t.Helper()
	f.n++
	l, err := f.Acquire(f.t.Context(), f.source.Host(), fmt.Sprintf("me/%d", f.n), f.now)
	if err != nil {
		f.t.Fatal(err)
	}
	runs, err := f.BeginNow(f.t.Context(), []string{f.source.ID}, f.now, l)
	if err != nil {
		f.t.Fatal(err)
	}
	return runs[0], l
}

// check is a check of the page that saw the given body; with change, one that
// differs from the snapshot before.
func (f *fixture) check(body string, outcome monitor.Outcome) *monitor.Check {
	f.t.Helper()
	f.now = f.now.Add(time.Hour)
	st, err := f.State(f.t.Context(), f.source.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	r, l := f.begin()
	c := &monitor.Check{Run: r, Lease: l, Source: f.source, Seq: st.Seq, ReadGood: st.LastGood, State: st, Started: f.now, Finished: f.now.Add(time.Second),
		Outcome: outcome, Config: "conf", Program: "test", Capture: capture(f.source, body, f.now)}
	if !outcome.Good() {
		c.Reason, c.Detail = "block-page", "a firewall answered"
		return c
	}
	c.State.LastGood, c.State.LastGoodRun = c.Finished, r.ID
	if outcome == monitor.Unchanged {
		return c
	}
	c.Snapshot, c.State.Seq, c.State.Digest = true, st.Seq+1, snapshot.Digest([]byte(body))
	if outcome == monitor.Baseline {
		return c
	}
	c.Change = &diff.Change{ID: fmt.Sprintf("c%011d", c.State.Seq), Source: f.source.ID, Kind: diff.TextKind, Severity: diff.Notice, Topics: f.source.Topics,
		From: diff.Look{Snapshot: st.Seq, At: st.LastGood}, To: diff.Look{Snapshot: c.State.Seq, At: c.Finished}, Summary: "1 passage modified",
		Stats: diff.Stats{Modified: 1}, Hunks: []diff.Hunk{{Op: diff.OpModified, Path: "Pasal 7", Before: "14 hari", After: body}}}
	in, version, err := f.Interests(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	c.Interests, c.Alerts = version, notify.Route(*c.Change, f.source, in)
	for _, a := range c.Alerts {
		for _, ch := range in.Subscriptions[0].Channels {
			m := notify.Message{Kind: notify.AlertMessage, AlertIDs: []string{a.ID}, ChangeID: c.Change.ID, Severity: a.Severity, Subject: "changed"}
			c.Messages = append(c.Messages, monitor.Addressed("legal", ch, m))
		}
	}
	return c
}

func capture(src snapshot.Source, body string, at time.Time) *snapshot.Capture {
	return &snapshot.Capture{Source: src.ID, Started: at, Finished: at.Add(time.Second), Responses: []*snapshot.Response{
		{Request: snapshot.Request{URL: src.URL}, Status: 200, Header: [][2]string{{"Server", "x"}, {"Content-Type", "text/html"}}, Body: snapshot.BodyOf([]byte(body))}}}
}

func (f *fixture) commit(c *monitor.Check) {
	f.t.Helper()
	if err := f.Commit(f.t.Context(), c); err != nil {
		f.t.Fatal(err)
	}
	if err := f.Release(f.t.Context(), c.Lease); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) clean() {
	f.t.Helper()
	list, err := f.Fsck(f.t.Context(), f.now)
	if err != nil || len(list) > 0 {
		f.t.Fatalf("fsck: %v %+v", err, list)
	}
}

func TestCommitIsWhole(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		f.commit(f.check("satu", monitor.Baseline))
		f.commit(f.check("satu", monitor.Unchanged))
		f.commit(f.check("7 hari", monitor.Changed))
		f.clean()
		st, err := f.State(t.Context(), "page")
		if err != nil || st.Seq != 2 || !st.LastGood.Equal(f.now.Add(time.Second)) {
			t.Errorf("state %+v, %v", st, err)
		}
		var got []history.Entry
		if err := f.Changes(t.Context(), history.Filter{Source: "page", Topic: "pse", Query: "7 HARI pasal"}, true, func(e history.Entry) error { got = append(got, e); return nil }); err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0].Change.Hunks[0].After != "7 hari" {
			t.Errorf("history %+v", got)
		}
		deliveries, err := f.Deliveries(t.Context(), "pending", 0)
		if err != nil || len(deliveries) != 2 || deliveries[0].Message == deliveries[1].Message {
			t.Errorf("deliveries %+v, %v", deliveries, err)
		}
		c, _, err := f.Capture(t.Context(), "page", 2)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := c.Responses[0].Body.Bytes(); err != nil || string(b) != "7 hari" || c.Responses[0].Header[0][0] != "Server" {
			t.Errorf("capture gives %q, %v, header %v", b, err, c.Responses[0].Header)
		}
	})
}

func TestCommitRefusesStale(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		f.commit(f.check("satu", monitor.Baseline))
		tests := map[string]struct {
			spoil func(c *monitor.Check)
			want  error
		}{
			"another snapshot":      {func(c *monitor.Check) { c.Seq--; c.State.Seq-- }, monitor.ErrStale},
			"another good look":     {func(c *monitor.Check) { c.ReadGood = c.ReadGood.Add(-time.Second) }, monitor.ErrStale},
			"other interests":       {func(c *monitor.Check) { c.Interests = "old" }, monitor.ErrStale},
			"another epoch":         {func(c *monitor.Check) { c.Lease.Epoch-- }, monitor.ErrLease},
			"another owner":         {func(c *monitor.Check) { c.Lease.Owner = "thief" }, monitor.ErrLease},
			"a run of another time": {func(c *monitor.Check) { c.Run.ID = 1 }, nil},
		}
		for name, tt := range tests {
			t.Run(name, func(t *testing.T) {
				f.t = t
				c := f.check("dua", monitor.Changed)
				lease := c.Lease
				tt.spoil(c)
				err := f.Commit(t.Context(), c)
				if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
					t.Errorf("commit gave %v, want %v", err, tt.want)
				}
				var rows int
				if err := f.read.QueryRow(`SELECT (SELECT count(*) FROM looks) + (SELECT count(*) FROM change) + (SELECT count(*) FROM message)`).Scan(&rows); err != nil || rows != 1 {
					t.Errorf("%d rows left behind, %v", rows, err)
				}
				if err := f.Release(t.Context(), lease); err != nil {
					t.Fatal(err)
				}
				f.now = f.now.Add(time.Hour)
				if _, err := f.Recover(t.Context(), f.now); err != nil {
					t.Fatal(err)
				}
			})
		}
	})
}

func TestLeases(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{Gone: func(owner string) bool { return owner == "dead" }})
		ctx := t.Context()
		a, err := f.Acquire(ctx, "h", "a", f.now)
		if err != nil {
			t.Fatal(err)
		}
		var taken *schedule.Taken
		if _, err := f.Acquire(ctx, "h", "b", f.now.Add(schedule.LeaseTime-time.Second)); !errors.As(err, &taken) || taken.Owner != "a" {
			t.Fatalf("a living lease was given away: %v", err)
		}
		b, err := f.Acquire(ctx, "h", "b", f.now.Add(schedule.LeaseTime))
		if err != nil || b.Epoch <= a.Epoch {
			t.Fatalf("an expired lease gave %+v, %v", b, err)
		}
		if err := f.Renew(ctx, a, f.now); !errors.Is(err, monitor.ErrLease) {
			t.Errorf("the old owner renewed: %v", err)
		}
		if err := f.Release(ctx, b); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Acquire(ctx, "h", "dead", f.now); err != nil {
			t.Fatalf("a released lease was kept: %v", err)
		}
		if _, err := f.Acquire(ctx, "h", "c", f.now); err != nil {
			t.Errorf("the lease of a dead process was kept: %v", err)
		}
	})
}

// The next owner of a host's lease knows when the host was asked last, also
// when the last one died without giving it back.
func TestLeaseHandsMannersOn(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		ctx := t.Context()
		a, err := f.Acquire(ctx, "h", "a", f.now)
		if err != nil || !a.Asked.IsZero() || !a.Quiet.IsZero() {
			t.Fatalf("%+v, %v", a, err)
		}
		a.Asked, a.Quiet = f.now.Add(time.Second), f.now.Add(time.Hour)
		if err := f.Renew(ctx, a, f.now); err != nil {
			t.Fatal(err)
		}
		b, err := f.Acquire(ctx, "h", "b", f.now.Add(schedule.LeaseTime))
		if err != nil || !b.Asked.Equal(a.Asked) || !b.Quiet.Equal(a.Quiet) {
			t.Fatalf("%+v, %v", b, err)
		}
		asked := b.Asked.Add(time.Minute)
		b.Asked, b.Quiet = asked, time.Time{} // it learnt nothing of the second
		if err := f.Release(ctx, b); err != nil {
			t.Fatal(err)
		}
		c, err := f.Acquire(ctx, "h", "c", f.now)
		if err != nil || !c.Asked.Equal(asked) || !c.Quiet.Equal(a.Quiet) {
			t.Fatalf("%+v, %v", c, err)
		}
	})
}

func TestPlanAndRecover(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		ctx := t.Context()
		late := f.now.Add(5*time.Hour + time.Minute) // five occurrences have passed
		if err := f.Plan(ctx, late, schedule.Occurrences); err != nil {
			t.Fatal(err)
		}
		r, ok, err := f.NextRun(ctx, f.source.Host(), late)
		if err != nil || !ok || r.Coalesced != 5 || !r.From.Equal(f.now.Add(time.Hour)) || !r.To.Equal(f.now.Add(5*time.Hour)) {
			t.Fatalf("planned %+v %v %v", r, ok, err)
		}
		if err := f.Plan(ctx, late.Add(time.Hour), schedule.Occurrences); err != nil {
			t.Fatal(err)
		}
		again, _, err := f.NextRun(ctx, f.source.Host(), late.Add(time.Hour))
		if err != nil || again.ID != r.ID || again.Coalesced != 6 {
			t.Fatalf("a run that nobody has begun takes the next occurrence in: %+v, %v", again, err)
		}
		l, err := f.Acquire(ctx, f.source.Host(), "a", late)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Begin(ctx, again, l); err != nil {
			t.Fatal(err)
		}
		if err := f.Begin(ctx, again, l); !errors.Is(err, monitor.ErrLease) {
			t.Errorf("a run was begun twice: %v", err)
		}
		if n, err := f.Recover(ctx, late.Add(schedule.LeaseTime-time.Second)); err != nil || n.Runs != 0 {
			t.Errorf("recovered from a living owner: %+v, %v", n, err)
		}
		if n, err := f.Recover(ctx, late.Add(schedule.LeaseTime)); err != nil || n.Runs != 1 {
			t.Errorf("recovered %+v, %v, want the run", n, err)
		}
		f.now = late.Add(2 * time.Hour)
		f.clean()
	})
}

// TestBeginNow: a run by hand is a row from the moment it begins, refused to
// whoever lost the lease, and planned again when its process died.
func TestBeginNow(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		ctx := t.Context()
		l, err := f.Acquire(ctx, f.source.Host(), "a", f.now)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := f.BeginNow(ctx, []string{f.source.ID}, f.now, l); err != nil || len(r) != 1 || r[0].ID == 0 || !r[0].Manual || !r[0].Due.Equal(f.now) {
			t.Fatalf("began %+v, %v", r, err)
		}
		if _, err := f.BeginNow(ctx, []string{f.source.ID, "absent"}, f.now, l); !errors.Is(err, ErrNotFound) {
			t.Errorf("a source that is not there: %v", err)
		}
		if _, ok, err := f.NextRun(ctx, f.source.Host(), f.now); ok || err != nil {
			t.Errorf("a run that has begun is given out: %v", err)
		}
		later := f.now.Add(3 * schedule.LeaseTime)
		if _, err := f.Acquire(ctx, f.source.Host(), "b", later); err != nil {
			t.Fatal(err)
		}
		if _, err := f.BeginNow(ctx, []string{f.source.ID}, later, l); !errors.Is(err, monitor.ErrLease) {
			t.Errorf("begun under a lease that is lost: %v", err)
		}
		if r, ok, err := f.NextRun(ctx, f.source.Host(), later); err != nil || !ok || r.Source != f.source.ID {
			t.Errorf("the run of the dead process is not planned again: %+v, %v, %v", r, ok, err)
		}
	})
}

func TestOutbox(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		ctx := t.Context()
		f.commit(f.check("satu", monitor.Baseline))
		f.commit(f.check("dua", monitor.Changed))
		lanes, err := f.LanesDue(ctx, f.now.Add(time.Minute))
		if err != nil || len(lanes) != 2 {
			t.Fatalf("lanes %v, %v", lanes, err)
		}
		lane := LaneID("legal", "email:a@example.id")
		queue, _, err := f.Queue(ctx, lane, 10)
		if err != nil || len(queue) != 1 {
			t.Fatalf("queue %v, %v", queue, err)
		}
		laid := 0
		layout := func(channel string, m notify.Message) (notify.Payload, error) {
			laid++
			return fmt.Appendf(nil, "%s %d", m.Subject, laid), nil
		}
		l, err := f.Acquire(ctx, "lane:"+lane, "a", f.now)
		if err != nil {
			t.Fatal(err)
		}
		a, err := f.BeginAttempt(ctx, queue[0].ID, l, f.now, false, layout)
		if err != nil || a.Again || a.Envelope.Target != "a@example.id" || a.Envelope.Attempt != 1 {
			t.Fatalf("attempt %+v, %v", a, err)
		}
		// The process dies here. The attempt becomes uncertain, the message goes
		// out again with the same id and bytes, and is known to be a repeat.
		f.now = f.now.Add(time.Hour)
		if n, err := f.Recover(ctx, f.now); err != nil || n.Messages != 1 {
			t.Fatalf("recovered %+v, %v", n, err)
		}
		if l, err = f.Acquire(ctx, "lane:"+lane, "b", f.now); err != nil {
			t.Fatal(err)
		}
		b, err := f.BeginAttempt(ctx, queue[0].ID, l, f.now, false, layout)
		if err != nil || !b.Again || b.Envelope.Attempt != 2 || string(b.Envelope.Payload) != string(a.Envelope.Payload) || b.Envelope.Message.ID != a.Envelope.Message.ID {
			t.Fatalf("second attempt %+v, %v", b, err)
		}
		if err := f.EndAttempt(ctx, a, schedule.Result{Outcome: notify.Accepted}, f.now, nil); !errors.Is(err, monitor.ErrLease) {
			t.Errorf("the dead owner's outcome was stored: %v", err)
		}
		if err := f.EndAttempt(ctx, b, schedule.Result{Outcome: notify.Accepted, Receipt: "250 ok"}, f.now, nil); err != nil {
			t.Fatal(err)
		}
		d, _, err := f.Delivery(ctx, queue[0].ID)
		if err != nil || d.State != "delivered" || len(d.Tries) != 2 || d.Tries[0].Outcome != "uncertain" || !d.Tries[1].Again {
			t.Errorf("delivery %+v, %v", d, err)
		}
		if err := f.Replay(ctx, queue[0].ID, "me", f.now); err != nil {
			t.Fatal(err)
		}
		f.clean()
	})
}

// TestLanesDueAgreesWithPick: a lane is due exactly when Pick finds something.
func TestLanesDueAgreesWithPick(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		f.configure(notify.Subscription{ID: "legal", Channels: []string{"console"}})
		f.commit(f.check("0", monitor.Baseline))
		for n := 1; n <= 3; n++ {
			f.commit(f.check(fmt.Sprint(n), monitor.Changed))
		}
		lane, ctx := LaneID("legal", "console"), t.Context()
		minute := func(n int) int64 { return f.now.Add(time.Duration(n) * time.Minute).UnixMicro() }
		for _, tt := range []struct {
			created, due, urgent [3]int // minutes from now
			want                 bool
		}{
			{[3]int{-3, -2, -1}, [3]int{-1, -1, -1}, [3]int{}, true},
			{[3]int{-3, -2, -1}, [3]int{30, -1, -1}, [3]int{}, false},
			{[3]int{-3, -2, -1}, [3]int{30, -1, -1}, [3]int{0, 0, 1}, true},
			{[3]int{-16, -2, -1}, [3]int{30, -1, -1}, [3]int{}, true},
			{[3]int{-16, -2, -1}, [3]int{30, 30, -1}, [3]int{}, false},
			{[3]int{-40, -30, -20}, [3]int{30, 30, 30}, [3]int{}, false},
		} {
			for i := range 3 {
				if _, err := f.write.Exec(`UPDATE message SET created_at = $1, due_at = $2, urgent = $3 WHERE place = $4`, minute(tt.created[i]), minute(tt.due[i]), tt.urgent[i], i+1); err != nil {
					t.Fatal(err)
				}
			}
			queue, _, err := f.Queue(ctx, lane, 10)
			if err != nil || len(queue) != 3 {
				t.Fatalf("%v %v", queue, err)
			}
			place, _ := notify.Pick(queue, f.now)
			lanes, err := f.LanesDue(ctx, f.now)
			if err != nil || len(lanes) == 1 != tt.want || place >= 0 != tt.want {
				t.Errorf("%+v: lanes %v, picked %d, %v", tt, lanes, place, err)
			}
		}
	})
}

// What servers of others say can be of any bytes.
func TestAnyBytesAreStored(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		const bytes = "NUL \x00, no UTF-8 \xff, é"
		f.commit(f.check(bytes, monitor.Baseline))
		c := f.check(bytes+"2", monitor.Changed)
		c.Change.Summary, c.Change.Hunks[0].Path, c.State.BlindWhy = bytes, bytes, bytes
		f.commit(c)
		c = f.check(bytes, monitor.Held)
		c.Detail = bytes
		f.commit(c)
		lane := LaneID("legal", "console")
		l, err := f.Acquire(t.Context(), "lane:"+lane, "a", f.now)
		if err != nil {
			t.Fatal(err)
		}
		q, _, err := f.Queue(t.Context(), lane, 1)
		if err != nil {
			t.Fatal(err)
		}
		a, err := f.BeginAttempt(t.Context(), q[0].ID, l, f.now, false, func(string, notify.Message) (notify.Payload, error) { return notify.Payload(bytes), nil })
		if err != nil {
			t.Fatal(err)
		}
		if err := f.EndAttempt(t.Context(), a, schedule.Result{Outcome: notify.Parked, Park: true, Detail: bytes, Receipt: bytes}, f.now, nil); err != nil {
			t.Fatal(err)
		}
		got, err := f.CaptureByID(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := got.Responses[0].Body.Bytes(); err != nil || string(b) != bytes {
			t.Errorf("a body of these bytes is %q, %v", b, err)
		}
		f.clean()
	})
}

func TestUnfitMessageIsNoObstacle(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		f.commit(f.check("satu", monitor.Baseline))
		f.commit(f.check("dua", monitor.Changed))
		lane := LaneID("legal", "console")
		l, err := f.Acquire(t.Context(), "lane:"+lane, "a", f.now)
		if err != nil {
			t.Fatal(err)
		}
		q, _, err := f.Queue(t.Context(), lane, 1)
		if err != nil {
			t.Fatal(err)
		}
		unfit := errors.New("no such address")
		a, err := f.BeginAttempt(t.Context(), q[0].ID, l, f.now, false, func(string, notify.Message) (notify.Payload, error) { return nil, unfit })
		if err != nil || !errors.Is(a.Unfit, unfit) {
			t.Fatalf("%+v, %v", a, err)
		}
		if err := f.EndAttempt(t.Context(), a, schedule.Result{Outcome: notify.Rejected, Detail: unfit.Error()}, f.now, nil); err != nil {
			t.Fatal(err)
		}
		d, _, err := f.Delivery(t.Context(), q[0].ID)
		if err != nil || d.State != "dead" || !strings.Contains(d.Last, "no such address") {
			t.Errorf("%+v, %v", d, err)
		}
		f.clean()
	})
}

func TestPutBackWaits(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		r, l := f.begin()
		later := f.now.Add(2 * time.Hour)
		if err := f.PutBack(t.Context(), r, l, later); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := f.NextRun(t.Context(), f.source.Host(), later.Add(-time.Second)); ok || err != nil {
			t.Errorf("a run that was put back is due at once, %v", err)
		}
		if again, ok, err := f.NextRun(t.Context(), f.source.Host(), later); !ok || err != nil || again.ID != r.ID || !again.From.Equal(r.From) {
			t.Errorf("%+v %v %v", again, ok, err)
		}
	})
}

func TestMissingDatabase(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lost.db")
	if _, err := Open(t.Context(), file, Options{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("opened a database that is not there: %v", err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("an empty file stands in the place of the lost database")
	}
}

func TestParkStopsTheChannelAndNoOther(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		ctx := t.Context()
		f.configure(notify.Subscription{ID: "legal", Channels: []string{"slack:#a", "slack:#b", "email:a@example.id"}})
		f.commit(f.check("satu", monitor.Baseline))
		f.commit(f.check("dua", monitor.Changed))
		lane := LaneID("legal", "slack:#a")
		l, err := f.Acquire(ctx, "lane:"+lane, "a", f.now)
		if err != nil {
			t.Fatal(err)
		}
		q, _, err := f.Queue(ctx, lane, 1)
		if err != nil {
			t.Fatal(err)
		}
		a, err := f.BeginAttempt(ctx, q[0].ID, l, f.now, false, func(string, notify.Message) (notify.Payload, error) { return nil, nil })
		if err != nil {
			t.Fatal(err)
		}
		if err := f.EndAttempt(ctx, a, schedule.Result{Outcome: notify.Parked, Park: true, Detail: "token_revoked"}, f.now, nil); err != nil {
			t.Fatal(err)
		}
		lanes, err := f.LanesDue(ctx, f.now.Add(time.Hour))
		if err != nil || len(lanes) != 1 || !strings.Contains(lanes[0], "email") {
			t.Errorf("lanes %v, %v: both of Slack must wait", lanes, err)
		}
		if n, err := f.Unpark(ctx, f.now.Add(time.Hour)); err != nil || n != 2 {
			t.Errorf("unparked %d, %v", n, err)
		}
	})
}

func TestHeldIsDecidedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		f.commit(f.check("satu", monitor.Baseline))
		f.commit(f.check("<title>Request Rejected</title>", monitor.Held))
		list, err := f.HeldCaptures(t.Context())
		if err != nil || len(list) != 1 || list[0].Reason != "block-page" {
			t.Fatalf("held %+v, %v", list, err)
		}
		if err := f.Reject(t.Context(), list[0].ID, "me", f.now); err != nil {
			t.Fatal(err)
		}
		if err := f.Reject(t.Context(), list[0].ID, "me", f.now); !errors.Is(err, ErrNotFound) {
			t.Errorf("decided twice: %v", err)
		}
		if list, err := f.HeldCaptures(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("still held: %v, %v", list, err)
		}
		f.clean()
	})
}

func TestBackupAndRestore(t *testing.T) {
	f := sqliteFile(t).open(t, Options{})
	f.commit(f.check("satu", monitor.Baseline))
	f.commit(f.check("dua", monitor.Changed))
	dir := t.TempDir()
	file := filepath.Join(dir, "copy")
	if err := f.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if err := f.Backup(t.Context(), file); err == nil {
		t.Error("a backup was overwritten")
	}
	to := filepath.Join(dir, "new.db")
	if err := Restore(t.Context(), file, to); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), file, to); err == nil {
		t.Error("a database was overwritten")
	}
	s, err := Open(t.Context(), to, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if list, err := s.Fsck(t.Context(), f.now); err != nil || len(list) != 0 {
		t.Errorf("fsck of the restored one: %v %v", list, err)
	}
	wantID, want, _ := f.Head(t.Context())
	if id, head, err := s.Head(t.Context()); err != nil || id != wantID || head != want {
		t.Errorf("head %d %s, want %d %s", id, head, wantID, want)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(b) / 2; i < len(b)/2+4096; i++ {
		b[i] ^= 0xff
	}
	bad := filepath.Join(dir, "bad")
	if err := os.WriteFile(bad, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), bad, filepath.Join(dir, "third.db")); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a damaged backup was restored: %v", err)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		if _, err := f.write.Exec(`INSERT INTO goose_db_version (version_id, is_applied) SELECT 9999, is_applied FROM goose_db_version`); err != nil {
			t.Fatal(err)
		}
		f.Close()
		s, err := Open(t.Context(), db.dsn, Options{})
		if !errors.Is(err, ErrNewer) {
			if err == nil {
				s.Close()
			}
			t.Errorf("a newer database was opened: %v", err)
		}
	})
}

func TestPruneKeepsWhatMatters(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		page := func(n int) string { return strings.Repeat("<p>isi yang sama</p>", 300) + fmt.Sprint("<i>", n, "</i>") }
		f.commit(f.check(page(0), monitor.Baseline))
		for n := 1; n < 230; n++ { // more than two parts
			f.commit(f.check(page(n), monitor.Unchanged))
		}
		f.commit(f.check("<title>Request Rejected</title>", monitor.Held))
		f.commit(f.check(page(999), monitor.Changed))
		p, err := f.Prune(t.Context(), f.now.Add(-10*time.Hour))
		if err != nil || p.Captures != 220 || p.Bodies < 210 || p.Bytes == 0 {
			t.Errorf("pruned %+v, %v: want 220 of 229 unchanged looks", p, err)
		}
		f.clean()
		if again, err := f.Prune(t.Context(), f.now.Add(-10*time.Hour)); err != nil || again != (Pruned{}) {
			t.Errorf("pruned again: %+v, %v", again, err)
		}
		for seq, want := range map[int64]string{1: page(0), 2: page(999)} {
			c, _, err := f.Capture(t.Context(), "page", seq)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := c.Responses[0].Body.Bytes(); err != nil || string(b) != want {
				t.Errorf("snapshot %d lost its body: %v", seq, err)
			}
		}
	})
}

func TestFsckFinds(t *testing.T) {
	tests := []struct {
		n     int
		spoil string
	}{
		{1, `DELETE FROM message_alert; DELETE FROM alert`},
		{1, `INSERT INTO alert (id, change, subscription, version, severity, body, created_at) SELECT 'a-x', id, 'legal', 'x', 'info', '{}', 1 FROM change`},
		{2, `UPDATE capture SET class = 'held' WHERE id = 1`},
		{3, `INSERT INTO removal (change, key, missing, confirmed) SELECT id, '1', 2, 1 FROM change`},
		{4, `UPDATE source SET seq = 7`},
		{5, `UPDATE blob SET data = (SELECT data FROM blob WHERE sha256 <> (SELECT max(sha256) FROM blob)) WHERE sha256 = (SELECT max(sha256) FROM blob)`},
		{6, `UPDATE message SET state = 'delivered'`},
		{7, `UPDATE message SET state = 'sending', epoch = 1, owner = 'x'`},
		{8, `UPDATE message SET state = 'dead'`},
		{10, `UPDATE run SET state = 'running', epoch = 0 WHERE id = 1`},
		{10, `UPDATE run SET check_id = NULL`},
		{11, `UPDATE looks SET detail = 'nothing happened' WHERE id = 1`},
		{11, `UPDATE capture SET digest = 'x' WHERE id = 1`},
	}
	for _, tt := range tests {
		t.Run(tt.spoil[:min(40, len(tt.spoil))], func(t *testing.T) {
			onEach(t, func(t *testing.T, db database) {
				f := db.open(t, Options{})
				f.commit(f.check("satu", monitor.Baseline))
				f.commit(f.check("dua", monitor.Changed))
				f.clean()
				if err := f.update(context.Background(), func(tx *sql.Tx) error { _, err := tx.Exec(tt.spoil); return err }); err != nil {
					t.Fatal(err)
				}
				list, err := f.Fsck(t.Context(), f.now)
				if err != nil {
					t.Fatal(err)
				}
				for _, x := range list {
					if x.Invariant == tt.n {
						return
					}
				}
				t.Errorf("invariant %d was broken, fsck found %+v", tt.n, list)
			})
		})
	}
}

// What was looked at by an older configuration of the source is not stored; what
// else was edited meanwhile does not concern it. The run of a source that is no
// longer watched ends.
func TestCommitRefusesAnEditedSource(t *testing.T) {
	edit := func(f *fixture, digest string, sources ...snapshot.Source) {
		f.t.Helper()
		subs := []notify.Subscription{{ID: "legal", Language: "en", Timezone: "UTC", Channels: []string{"console"}}}
		if err := f.Configure(f.t.Context(), Configuration{Digest: digest, Body: []byte(`{}`), Sources: sources, Subscriptions: subs}, f.now, schedule.First); err != nil {
			f.t.Fatal(err)
		}
	}
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		f.commit(f.check("satu", monitor.Baseline))

		c := f.check("satu", monitor.Unchanged)
		other := f.source
		other.ID, other.URL = "other", "http://example.id/other"
		edit(f, "with another source", f.source, other)
		f.commit(c)

		c = f.check("dua", monitor.Unchanged)
		edited := f.source
		edited.Select = []string{"#isi"}
		edit(f, "with another region", edited, other)
		if err := f.Commit(t.Context(), c); !errors.Is(err, monitor.ErrEdited) {
			t.Errorf("commit of a look by the older rules: %v", err)
		}
		c.Source, c.Config = edited, "with another region"
		f.commit(c)

		f.source = edited
		c = f.check("tiga", monitor.Unchanged)
		edit(f, "without it", other)
		if err := f.Commit(t.Context(), c); !errors.Is(err, monitor.ErrEdited) {
			t.Errorf("commit of a look at what is no longer watched: %v", err)
		}
		if err := f.PutBack(t.Context(), c.Run, c.Lease, f.now); err != nil {
			t.Fatal(err)
		}
		if hosts, err := f.HostsWithWork(t.Context(), f.now.Add(time.Hour)); err != nil || len(hosts) > 0 {
			t.Errorf("work is left at %q, %v", hosts, err)
		}
		f.clean()
	})
}

// A body that was there when the others were packed, and that a prune takes away
// before they are stored, is packed too.
func TestCommitPacksWhatWasPruned(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		long := strings.Repeat("Penyelenggara Sistem Elektronik wajib mendaftar.\n", 40)
		f.commit(f.check(long+"satu", monitor.Baseline))
		f.commit(f.check(long+"dua", monitor.Unchanged))
		f.commit(f.check(long+"tiga", monitor.Unchanged))

		c := f.check(long+"dua", monitor.Unchanged)
		pruned := false
		tail := snapshot.BodyOf([]byte("behind it"))
		c.Capture.Responses = append(c.Capture.Responses, &snapshot.Response{Request: snapshot.Request{URL: f.source.URL, Page: 1}, Status: 200,
			Body: snapshot.Body{SHA256: tail.SHA256, Size: tail.Size, Read: func() ([]byte, error) {
				if !pruned {
					pruned = true
					if p, err := f.Prune(t.Context(), f.now); err != nil || p.Bodies != 1 {
						t.Errorf("pruned %+v, %v", p, err)
					}
				}
				return tail.Bytes()
			}}})
		f.commit(c)
		if !pruned {
			t.Error("nothing was pruned between")
		}
		f.clean()
	})
}
