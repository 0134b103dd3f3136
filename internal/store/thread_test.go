package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pantau/diff/registry"
	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/internal/snapshot"
)

// list is a source of type index under an id.
func list(id string) snapshot.Source {
	return snapshot.Source{ID: id, Type: snapshot.Index, Schedule: "@daily", Timezone: "UTC", Children: snapshot.Children{Schedule: "@daily", Most: 10},
		Listing: &snapshot.Listing{URL: "http://example.id/" + id, Documents: true, Indexes: []snapshot.Part{{Name: id}}}}
}

// shows is a look at an index that shows documents of threads, "key thread"; all
// are enrolled.
func (f *fixture) shows(src snapshot.Source, fresh bool, documents ...[2]string) *monitor.Check {
	f.t.Helper()
	f.source = src
	outcome := monitor.Baseline
	if st, err := f.State(f.t.Context(), src.ID); err != nil {
		f.t.Fatal(err)
	} else if st.Seq > 0 {
		outcome = monitor.Unchanged
	}
	c := f.check(fmt.Sprint(documents), outcome)
	c.Delta = &registry.Delta{}
	for _, d := range documents {
		known, err := f.Members(f.t.Context(), []string{d[1]})
		if err != nil {
			f.t.Fatal(err)
		}
		fields := snapshot.FieldsOf(snapshot.Field{Name: "title", Value: d[0]})
		c.Delta.Upsert = append(c.Delta.Upsert, registry.Row{Key: registry.Key(d[0]), Index: src.ID, Life: 1, Fields: fields})
		c.Delta.Open = append(c.Delta.Open, registry.Begin{Key: registry.Key(d[0]), Index: src.ID, Life: 1, Fields: fields, From: f.now})
		c.Enrolled = append(c.Enrolled, monitor.Enrolment{Source: src.Child(d[0], "http://example.id/doc/"+d[0], "Judul "+d[0]), Key: d[0], Fresh: fresh})
		c.Joined = append(c.Joined, monitor.Member{Thread: d[1], Index: src.ID, Key: d[0], Title: d[0], Fresh: fresh, Seen: f.now, Known: len(known[d[1]])})
	}
	return c
}

func (f *fixture) watch(sources ...snapshot.Source) {
	f.t.Helper()
	if err := f.Configure(f.t.Context(), Configuration{Digest: "conf", Body: []byte(`{}`), Sources: sources}, f.now, schedule.First); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) active() (out []string) {
	f.t.Helper()
	all, err := f.Sources(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	for _, h := range all {
		out = append(out, h.ID)
	}
	return out
}

// TestDocuments of lists: they are watched as long as their list is, as it is
// configured; their first look is due at once; regulations are known by thread.
func TestDocuments(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		one, two := list("satu"), list("satu-dua")
		f.watch(one, two)
		f.commit(f.shows(one, false, [2]string{"a", "uu-1-2026"}))
		f.commit(f.shows(two, true, [2]string{"b", "uu-1-2026"}))
		a, b := snapshot.ChildID("satu", "a"), snapshot.ChildID("satu-dua", "b")
		if got, want := f.active(), []string{"satu", a, "satu-dua", b}; !slices.Equal(got, want) {
			t.Errorf("sources %q, want %q", got, want)
		}
		f.plansFirstLooks(a, b)

		members, err := f.Members(t.Context(), []string{"uu-1-2026", "uu-2-2026"})
		if err != nil || len(members) != 1 || len(members["uu-1-2026"]) != 2 || members["uu-1-2026"][0].Index != "satu" || !members["uu-1-2026"][1].Fresh {
			t.Errorf("threads %+v, %v", members, err)
		}
		if got, err := f.Enrolled(t.Context(), "satu"); err != nil || len(got) != 1 || !got["a"] {
			t.Errorf("enrolled %v, %v", got, err)
		}

		edited := one
		edited.Children.Schedule, edited.Topics = "@every 2h", []string{"pse"}
		f.watch(edited)
		if got, want := f.active(), []string{"satu", a}; !slices.Equal(got, want) {
			t.Errorf("without the second list: %q, want %q", got, want)
		}
		child, err := f.Child(t.Context(), a)
		if err != nil || child.Of(edited).Schedule != "@every 2h" || child.Of(edited).Title() != "Judul a" || child.Of(edited).ID != a {
			t.Errorf("document %+v, %v", child, err)
		}
		f.clean()
	})
}

// plansFirstLooks plans, and wants the first looks of these among what is due.
func (f *fixture) plansFirstLooks(ids ...string) {
	f.t.Helper()
	now := f.now.Add(time.Minute)
	if err := f.Plan(f.t.Context(), now, schedule.Occurrences); err != nil {
		f.t.Fatal(err)
	}
	for _, id := range ids {
		var n int
		if err := f.read.QueryRowContext(f.t.Context(), `SELECT count(*) FROM run WHERE source = $1 AND state = 'planned' AND due_at <= $2`, id, now.UnixMicro()).Scan(&n); err != nil || n != 1 {
			f.t.Errorf("%d first looks at %s are due, %v", n, id, err)
		}
	}
}

// TestPairs: the texts of two sites are compared once, and again when one is
// another text; what both lists had from the beginning is no news.
func TestPairs(t *testing.T) {
	for _, fresh := range []bool{true, false} {
		t.Run(fmt.Sprint(fresh), func(t *testing.T) {
			onEach(t, func(t *testing.T, db database) {
				f := db.open(t, Options{})
				one, two := list("satu"), list("dua")
				f.watch(one, two)
				f.commit(f.shows(one, false, [2]string{"a", "uu-1-2026"}))
				f.commit(f.shows(two, fresh, [2]string{"b", "uu-1-2026"}))
				pairs := func() int {
					t.Helper()
					list, err := f.Pairs(t.Context(), "dua", 10)
					if err != nil {
						t.Fatal(err)
					}
					return len(list)
				}
				if n := pairs(); n != 0 {
					t.Errorf("%d pairs before the texts were seen", n)
				}
				for _, c := range [][2]string{{"satu", "a"}, {"dua", "b"}} {
					f.source = list(c[0]).Child(c[1], "http://example.id/doc/"+c[1], "")
					f.commit(f.check("teks "+c[1], monitor.Baseline))
				}
				if want := map[bool]int{true: 1, false: 0}[fresh]; pairs() != want {
					t.Fatalf("%d pairs, want %d", pairs(), want)
				}
				f.source = list("satu").Child("a", "http://example.id/doc/a", "")
				f.commit(f.check("teks lain", monitor.Changed))
				list, err := f.Pairs(t.Context(), "dua", 10)
				if err != nil || len(list) != 1 || list[0].Seq != 1 || list[0].Than != 2 || list[0].Key != "b" {
					t.Fatalf("pairs %+v, %v", list, err)
				}
				f.source = two
				c := f.check("lagi", monitor.Unchanged)
				c.Paired = list
				f.commit(c)
				if n := pairs(); n != 0 {
					t.Errorf("%d pairs behind the comparison", n)
				}
				if list, err := f.Pairs(t.Context(), "satu", 10); err != nil || len(list) != 0 {
					t.Errorf("compared once more from the other side: %+v, %v", list, err)
				}
			})
		})
	}
}

// TestOneSiteIsFirst: of two lists that are looked at side by side and show one
// regulation for the first time one tells it, and the other look is done again.
func TestOneSiteIsFirst(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		one, two := list("satu"), list("dua")
		two.Listing.URL = "http://lain.example.id/dua"
		f.watch(one, two)
		f.commit(f.shows(one, false, [2]string{"a", "uu-1-2026"}))
		f.commit(f.shows(two, false, [2]string{"b", "uu-1-2026"}))
		first, second := f.shows(one, true, [2]string{"c", "uu-2-2026"}), f.shows(two, true, [2]string{"d", "uu-2-2026"})
		f.commit(first)
		if err := f.Commit(t.Context(), second); !errors.Is(err, monitor.ErrStale) {
			t.Fatalf("the second list tells it too: %v", err)
		}
		f.commit(f.again(second))

		p := monitor.Pair{Thread: "uu-2-2026", One: snapshot.ChildID("satu", "c"), Other: snapshot.ChildID("dua", "d"), Key: "c", Seq: 1, Than: 1}
		first, second = f.shows(one, true), f.shows(two, true)
		first.Paired = []monitor.Pair{p}
		second.Paired = []monitor.Pair{{Thread: p.Thread, One: p.Other, Other: p.One, Key: "d", Seq: p.Than, Than: p.Seq}}
		f.commit(first)
		if err := f.Commit(t.Context(), second); !errors.Is(err, monitor.ErrStale) {
			t.Fatalf("the texts are compared from both sides: %v", err)
		}
	})
}

// again is a check as it is done again when it was stale.
func (f *fixture) again(c *monitor.Check) *monitor.Check {
	f.t.Helper()
	for i := range c.Joined {
		known, err := f.Members(f.t.Context(), []string{c.Joined[i].Thread})
		if err != nil {
			f.t.Fatal(err)
		}
		c.Joined[i].Known = len(known[c.Joined[i].Thread])
	}
	return c
}

func TestFsckFindsStrayDocuments(t *testing.T) {
	for _, spoil := range []string{`DELETE FROM record_version WHERE key = 'a'`, `UPDATE source SET active = 0 WHERE id = 'satu'`, `UPDATE thread_member SET key = 'x'`} {
		onEach(t, func(t *testing.T, db database) {
			f := db.open(t, Options{})
			one := list("satu")
			f.watch(one)
			f.commit(f.shows(one, false, [2]string{"a", "uu-1-2026"}))
			f.clean()
			if err := f.update(context.Background(), func(tx *sql.Tx) error { _, err := tx.Exec(spoil); return err }); err != nil {
				t.Fatal(err)
			}
			found, err := f.Fsck(t.Context(), f.now)
			if err != nil || !slices.ContainsFunc(found, func(x Finding) bool { return x.Invariant == 13 }) {
				t.Errorf("%s: %+v, %v", spoil, found, err)
			}
		})
	}
}
