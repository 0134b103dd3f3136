package store

import (
	"fmt"
	"testing"
	"time"

	"pantau/diff/registry"
	"pantau/internal/history"
	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/internal/snapshot"
)

// A delta of any size ends as the same rows: opened, closed, gone.
func TestDeltaInBatches(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		for _, n := range []int{1, 10, 200, 401} {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				db := db
				if n > 1 {
					db = map[string]func(testing.TB) database{"sqlite": sqliteFile, "postgres": postgresDatabase}[db.name](t)
				}
				f := db.open(t, Options{})
				first, second := &registry.Delta{}, &registry.Delta{}
				begin := f.check("satu", monitor.Baseline)
				for i := range n {
					r := registry.Row{Key: registry.Key(fmt.Sprint(i)), Index: "A", Life: 1}
					first.Upsert = append(first.Upsert, r)
					first.Open = append(first.Open, registry.Begin{Key: r.Key, Index: r.Index, Life: 1, From: begin.Started})
				}
				begin.Delta = first
				f.commit(begin)
				next := f.check("dua", monitor.Changed)
				for i, r := range first.Upsert { // the even ones move, the odd ones go missing
					second.Close = append(second.Close, registry.End{Key: r.Key, Index: r.Index, To: next.Started, Confirmed: next.Finished})
					second.Gone = append(second.Gone, r)
					if i%2 == 0 {
						r.Index, r.MissingSince, r.MissingCheck = "B", next.Started, next.Run.ID
						second.Upsert = append(second.Upsert, r)
						second.Open = append(second.Open, registry.Begin{Key: r.Key, Index: "B", Life: 1, From: next.Started})
					}
				}
				next.Delta = second
				f.commit(next)
				f.commit(f.check("dua", monitor.Unchanged))
				got, err := f.Rows(t.Context(), f.source.ID)
				if err != nil || len(got) != (n+1)/2 || got[0].Index != "B" || !got[0].MissingSince.Equal(next.Started) || got[0].MissingCheck != next.Run.ID {
					t.Errorf("%d rows, %v: %+v", len(got), err, got[:1])
				}
				for at, want := range map[int64]int{begin.Started.UnixMicro(): n, next.Started.UnixMicro(): (n + 1) / 2} {
					seen := 0
					if err := f.versions(t.Context(), f.source.ID, func(history.Version) error { seen++; return nil },
						`WHERE source = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2)`, f.source.ID, at); err != nil || seen != want {
						t.Errorf("%d versions stand at %d, want %d, %v", seen, at, want, err)
					}
				}
			})
		}
	})
}

// BenchmarkFirstLook commits a register of 21,300 rows.
func BenchmarkFirstLook(b *testing.B) {
	for name, make := range map[string]func(testing.TB) database{"sqlite": sqliteFile, "postgres": postgresDatabase} {
		b.Run(name, func(b *testing.B) {
			s, err := Open(b.Context(), make(b).dsn, Options{Create: true})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			f := fixtureOf(b, s)
			fields := snapshot.FieldsOf(snapshot.Field{Name: "nama", Value: "Sistem Elektronik Contoh"}, snapshot.Field{Name: "website", Value: "https://contoh.example.id"})
			for n := 0; b.Loop(); n++ {
				c := f.check(fmt.Sprint(n), monitor.Unchanged)
				c.Delta = &registry.Delta{}
				for i := range 21300 {
					r := registry.Row{Key: registry.Key(fmt.Sprintf("%d-%d", n, i)), Index: "LOKAL_TERDAFTAR", Life: 1,
						Fields: fields}
					c.Delta.Upsert = append(c.Delta.Upsert, r)
					c.Delta.Open = append(c.Delta.Open, registry.Begin{Key: r.Key, Index: r.Index, Life: 1, From: c.Started, Fields: r.Fields})
				}
				f.commit(c)
			}
		})
	}
}

// BenchmarkPlan plans 2,000 sources that are due, as at a full minute of a large
// installation.
func BenchmarkPlan(b *testing.B) {
	for name, make := range map[string]func(testing.TB) database{"sqlite": sqliteFile, "postgres": postgresDatabase} {
		b.Run(name, func(b *testing.B) {
			s, err := Open(b.Context(), make(b).dsn, Options{Create: true})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			f := fixtureOf(b, s)
			var c Configuration
			for n := range 2000 {
				src := f.source
				src.ID = fmt.Sprintf("s%d", n)
				c.Sources = append(c.Sources, src)
			}
			if err := s.Configure(b.Context(), c, f.now, schedule.First); err != nil {
				b.Fatal(err)
			}
			for now := f.now.Add(time.Hour + time.Minute); b.Loop(); now = now.Add(time.Hour) {
				if err := s.Plan(b.Context(), now, schedule.Occurrences); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
