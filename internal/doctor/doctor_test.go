package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pantau/internal/history"
	"pantau/internal/monitor"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// question answers after a while.
func question(name, host string, after time.Duration, f Finding) Question {
	return Question{What: "source", Name: name, Host: host, Ask: func(context.Context) Finding {
		time.Sleep(after)
		return f
	}}
}

// TestHangingHost: what hangs is given up, its neighbours at the same host are
// not asked, and all others are there in time and in their places.
func TestHangingHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var list []Question
		for n := range 40 {
			list = append(list, question(fmt.Sprint(n), fmt.Sprint("host", n), time.Second, Finding{Level: OK}))
		}
		list[3] = question("hangs", "dead", time.Hour, Finding{Level: OK})
		list[5] = question("beside", "dead", 0, Finding{Level: OK})
		began := time.Now()
		got := Visit(t.Context(), list)
		if took := time.Since(began); took > answerTime+10*time.Second {
			t.Errorf("took %s", took)
		}
		for n, f := range got {
			want := OK
			if n == 3 || n == 5 {
				want = Failed
			}
			if f.Level != want || f.Name != list[n].Name {
				t.Errorf("%d: %+v", n, f)
			}
		}
		if !strings.Contains(got[5].Seen, "not asked: dead did not answer for hangs") {
			t.Errorf("%+v", got[5])
		}
		if Worst(got) != Failed || Worst(got[:3]) != OK || Worst([]Finding{{Level: Warning}, {Level: OK}}) != Warning {
			t.Error("the worst is not found")
		}
		time.Sleep(time.Hour) // the one that hung ends too
	})
}

// TestOneHostAtATime: polite to each, quick over all.
func TestOneHostAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var list []Question
		for n := range 8 {
			list = append(list, question(fmt.Sprint(n), fmt.Sprint("host", n%2), time.Second, Finding{Level: OK}))
		}
		began := time.Now()
		Visit(t.Context(), list)
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("took %s, want four questions at each of two hosts", took)
		}
	})
}

// tried is a source that gives one answer.
type tried struct {
	monitor.Trial
	err error
}

func (r tried) Try(context.Context, snapshot.Source) (monitor.Trial, error) { return r.Trial, r.err }

func TestSources(t *testing.T) {
	page := snapshot.Source{ID: "p", Type: snapshot.Page, URL: "http://a.example/"}
	listing := snapshot.Source{ID: "l", Type: snapshot.Registry, Listing: &snapshot.Listing{URL: "http://a.example/{index}", Total: "total"}}
	fault := func(reason string) *snapshot.Fault { return &snapshot.Fault{Reason: reason, Detail: "said"} }
	for _, tt := range []struct {
		name   string
		src    snapshot.Source
		t      tried
		level  Level
		seen   string
		do     string
		silent bool
	}{
		{"page", page, tried{Trial: monitor.Trial{Status: 200, Blocks: 12, Took: time.Second}}, OK, "HTTP 200 in 1s, 12 blocks", "", false},
		{"listing", listing, tried{Trial: monitor.Trial{Status: 200, Records: 50, Total: 337, Part: "LOKAL"}}, OK, "50 of 337 rows of LOKAL", "", false},
		{"forbidden", page, tried{Trial: monitor.Trial{Status: 403, Fault: fault(snapshot.ReasonStatus)}}, Failed, "HTTP 403: said", "permission", false},
		{"refused with a page", page, tried{Trial: monitor.Trial{Status: 200, Fault: fault(snapshot.ReasonHTMLForJSON)}}, Failed, "HTTP 200: said", "the site refuses this machine", false},
		{"gone", page, tried{Trial: monitor.Trial{Status: 404, Fault: fault(snapshot.ReasonStatus)}}, Failed, "HTTP 404", "mend the address", false},
		{"selector", page, tried{Trial: monitor.Trial{Status: 200, Fault: fault(snapshot.ReasonNoMatch)}}, Failed, "HTTP 200: said", "`select`", false},
		{"no connection", page, tried{Trial: monitor.Trial{Fault: fault(snapshot.ReasonConnect)}}, Failed, "said", "firewall", true},
		{"refused", page, tried{Trial: monitor.Trial{Fault: fault(snapshot.ReasonGuard)}}, Failed, "said", "network.allow", false},
		{"own fault", page, tried{err: errors.New("no disk")}, Failed, "no disk", "this machine", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := Source(tt.t, tt.src).Ask(t.Context())
			if f.Level != tt.level || !strings.Contains(f.Seen, tt.seen) || !strings.Contains(f.Do, tt.do) || (tt.do == "") != (f.Do == "") || f.Silent != tt.silent {
				t.Errorf("%+v", f)
			}
			p := Visit(t.Context(), []Question{Preset(tt.t, tt.src), Preset(tt.t, tt.src)})[1]
			if p.Level == Failed || p.Level == OK != (tt.level == OK) || !strings.HasPrefix(p.Seen, "not used; ") {
				t.Errorf("as a preset %+v", p)
			}
		})
	}
}

func TestClock(t *testing.T) {
	now := time.Date(2026, 1, 5, 8, 0, 0, 700e6, time.UTC)
	// at is an answer of a server whose clock is behind ours by so much.
	at := func(off time.Duration) Finding {
		return Finding{Clocks: []monitor.Clocks{{Server: now.Add(-off).Truncate(time.Second), Before: now.Add(-50 * time.Millisecond), Then: now}}}
	}
	for _, tt := range []struct {
		name  string
		list  []Finding
		level Level
		seen  string
	}{
		{"none", nil, Warning, "no server said"},
		{"equal", []Finding{at(0)}, OK, "200ms ahead, the median of 1 answers"},
		{"within a second", []Finding{at(900 * time.Millisecond), at(0), at(-900 * time.Millisecond)}, OK, "ahead"},
		{"one is wrong itself", []Finding{at(0), at(time.Hour), at(0)}, OK, "200ms ahead"},
		{"ahead", []Finding{at(time.Minute), at(time.Minute), at(0)}, Failed, "1m0.2s ahead"},
		{"behind", []Finding{at(-time.Minute)}, Failed, "behind"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if f := Clock(tt.list); f.Level != tt.level || !strings.Contains(f.Seen, tt.seen) {
				t.Errorf("%+v", f)
			}
		})
	}
	// A body that took long to come says nothing of the clock.
	slow := Finding{Clocks: []monitor.Clocks{{Server: now.Add(-time.Minute).Truncate(time.Second), Before: now.Add(-time.Minute), Then: now}}}
	if f := Clock([]Finding{slow}); f.Level != OK {
		t.Errorf("slow: %+v", f)
	}
}

func TestDatabase(t *testing.T) {
	now := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	well := history.Database{Kind: "SQLite 3.53.0", Name: "/x/pantau.db", Journal: "wal", Schema: 3, Knows: 3, Bytes: 12_345_678, Took: 3 * time.Millisecond,
		Looks: 5, Backup: now.Add(-time.Hour), Copy: "/b/1.db", Config: "ours", Planner: "a/1/x"}
	room := Disk{Known: true, Free: 1 << 40, Reserve: 64 << 20}
	for _, tt := range []struct {
		name  string
		spoil func(*history.Database, *Disk)
		what  string // of the line that is not ok; empty: all are
		level Level
	}{
		{"well", func(*history.Database, *Disk) {}, "", OK},
		{"schema", func(d *history.Database, _ *Disk) { d.Schema = 2 }, "database", Failed},
		{"journal", func(d *history.Database, _ *Disk) { d.Journal = "delete" }, "database", Warning},
		{"slow", func(d *history.Database, _ *Disk) { d.Took = time.Second }, "database", Warning},
		{"full", func(_ *history.Database, k *Disk) { k.Free = 1 << 20 }, "disk", Failed},
		{"nearly full", func(_ *history.Database, k *Disk) { k.Free = 100 << 20 }, "disk", Warning},
		{"another's disk", func(_ *history.Database, k *Disk) { *k = Disk{} }, "", OK},
		{"no backup", func(d *history.Database, _ *Disk) { d.Backup = time.Time{} }, "backup", Warning},
		{"old backup", func(d *history.Database, _ *Disk) { d.Backup = now.Add(-30 * 24 * time.Hour) }, "backup", Warning},
		{"nothing yet", func(d *history.Database, _ *Disk) { d.Backup, d.Looks = time.Time{}, 0 }, "", OK},
		{"another configuration", func(d *history.Database, _ *Disk) { d.Config = "theirs" }, "configuration", Warning},
		{"none", func(d *history.Database, _ *Disk) { d.Config = "" }, "configuration", Warning},
		{"a server's clock", func(d *history.Database, _ *Disk) { d.Server, d.Journal, d.Offset = true, "", time.Second }, "", OK},
		{"a server's wrong clock", func(d *history.Database, _ *Disk) { d.Server, d.Journal, d.Offset = true, "", -time.Minute }, "clock", Failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, disk := well, room
			tt.spoil(&d, &disk)
			for _, f := range Database(d, "ours", disk, now) {
				want := OK
				if f.What == tt.what {
					want = tt.level
				}
				if f.Level != want || (f.Level != OK) != (f.Do != "") || f.Seen == "" {
					t.Errorf("%+v, want %s", f, want)
				}
			}
		})
	}
	if got := Database(well, "ours", room, now)[0].Seen; got != "/x/pantau.db: schema 3, 12.3 MB, a transaction in 3ms, journal wal" {
		t.Errorf("seen %q", got)
	}
}

// sender is a channel that can be asked.
type sender struct {
	notify.Sender
	seen string
	err  error
}

func (s sender) Probe(context.Context) (string, error) { return s.seen, s.err }

func TestChannels(t *testing.T) {
	for _, tt := range []struct {
		s     notify.Sender
		level Level
		seen  string
	}{
		{sender{seen: "here"}, OK, "here"},
		{sender{err: &notify.Refusal{Outcome: notify.Parked, Detail: "no token"}}, Failed, "no token"},
		{sender{err: errors.New("gone")}, Failed, "gone"},
		{struct{ notify.Sender }{}, OK, "nothing"},
	} {
		if f := Channel("slack", tt.s).Ask(t.Context()); f.Level != tt.level || !strings.Contains(f.Seen, tt.seen) || (f.Level == Failed) != strings.Contains(f.Do, "channels.slack") {
			t.Errorf("%+v", f)
		}
	}
}

func TestHeartbeat(t *testing.T) {
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked = append(asked, r.Method+" "+r.URL.Path) }))
	q := Heartbeat(srv.Client(), srv.URL+"/ping/hush")
	if f := q.Ask(t.Context()); f.Level != OK || len(asked) != 1 || asked[0] != "HEAD /" {
		t.Errorf("%+v, asked %v", f, asked)
	}
	srv.Close()
	if f := q.Ask(t.Context()); f.Level != Failed || strings.Contains(f.Seen, "hush") || f.Do == "" {
		t.Errorf("%+v", f)
	}
}

func TestZones(t *testing.T) {
	if f := Zones([]string{"Asia/Jakarta", "UTC"}).Ask(t.Context()); f.Level != OK || !strings.HasPrefix(f.Seen, "2 known, by ") {
		t.Errorf("%+v", f)
	}
	if f := Zones([]string{"Asia/Atlantis"}).Ask(t.Context()); f.Level != Failed || !strings.Contains(f.Seen, "Atlantis") {
		t.Errorf("%+v", f)
	}
}
