package store

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pantau/diff/registry"
	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/notify"
)

// filled is a database with something in every table that a look, a person and
// a delivery write.
func filled(t *testing.T, db database) *fixture {
	t.Helper()
	f := db.open(t, Options{})
	ctx := t.Context()
	page := func(n int) string {
		return strings.Repeat("<p>isi yang sama</p>", 300) + fmt.Sprint("<i>é ", n, "</i>")
	}
	f.commit(f.check(page(0), monitor.Baseline))
	f.commit(f.check(page(1), monitor.Unchanged))
	c := f.check(page(2), monitor.Changed)
	row := registry.Row{Key: "22722", Index: "LOKAL_TERDAFTAR", Life: 1, MissingCheck: c.Run.ID, MissingSince: f.now}
	c.Delta = &registry.Delta{Upsert: []registry.Row{row}, Open: []registry.Begin{{Key: row.Key, Index: row.Index, Life: 1, From: f.now}}}
	c.Removals = []monitor.Removal{{Key: "1", Missing: 1}}
	f.commit(c)
	f.commit(f.check("<title>Request Rejected</title>", monitor.Held))
	if err := f.Reject(ctx, 4, "me", f.now); err != nil {
		t.Fatal(err)
	}
	if err := f.Follow(ctx, []notify.Follow{{Source: "page", Operator: "22722", As: "own", Name: "Contoh"}}, "me", f.now); err != nil {
		t.Fatal(err)
	}
	lane := LaneID("legal", "console")
	l, err := f.Acquire(ctx, "lane:"+lane, "a", f.now)
	if err != nil {
		t.Fatal(err)
	}
	q, _, err := f.Queue(ctx, lane, 1)
	if err != nil || len(q) != 1 {
		t.Fatal(q, err)
	}
	a, err := f.BeginAttempt(ctx, q[0].ID, l, f.now, false, func(string, notify.Message) (notify.Payload, error) { return notify.Payload{}, nil })
	if err == nil {
		err = f.EndAttempt(ctx, a, schedule.Result{Outcome: notify.Accepted, Receipt: "ok"}, f.now, nil)
	}
	if err == nil {
		err = f.Release(ctx, l)
	}
	if err == nil {
		err = f.update(ctx, func(tx *sql.Tx) error {
			_, err := tx.Exec(`INSERT INTO change_operator (operator, change) SELECT '22722', id FROM change`)
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) digest() string {
	f.t.Helper()
	d, err := f.Digest(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

// reopened opens a database as it is, without putting a configuration in force.
func reopened(t *testing.T, from *fixture, dsn string) *fixture {
	t.Helper()
	s, err := Open(t.Context(), dsn, Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &fixture{Store: s, t: t, source: from.source, now: from.now, n: 1000}
}

func TestCopy(t *testing.T) {
	for name, way := range map[string][2]func(testing.TB) database{
		"sqlite to postgres": {sqliteFile, postgresDatabase}, "postgres to sqlite": {postgresDatabase, sqliteFile},
		"postgres to postgres": {postgresDatabase, postgresDatabase}, "sqlite to sqlite": {sqliteFile, sqliteFile},
	} {
		t.Run(name, func(t *testing.T) {
			from := filled(t, way[0](t))
			to := reopened(t, from, way[1](t).dsn)
			n, err := Copy(t.Context(), from.Store, to.Store)
			if err != nil {
				t.Fatal(err)
			}
			if want := from.digest(); to.digest() != want {
				t.Error("the copy holds something else")
			}
			tables, err := from.tables(t.Context())
			if err != nil || len(n) != len(tables) {
				t.Errorf("%d of %d tables, %v", len(n), len(tables), err)
			}
			empty := slices.DeleteFunc(slices.Clone(tables), func(table string) bool { return n[table] > 0 })
			if len(empty) > len(tables)-24 {
				t.Errorf("tables %v are empty in this test: it proves nothing of them", empty)
			}
			to.clean()
			// What waits still waits, and work goes on behind the ids that are there.
			lanes, err := to.LanesDue(t.Context(), to.now)
			if err != nil || !slices.Equal(lanes, []string{LaneID("legal", "email:a@example.id")}) {
				t.Errorf("lanes %v, %v", lanes, err)
			}
			to.commit(to.check("tiga", monitor.Changed))
			if err := to.Unfollow(t.Context(), "page", "22722", "me", to.now); err != nil {
				t.Error(err)
			}
			to.clean()
			if _, err := Copy(t.Context(), from.Store, to.Store); err == nil || !strings.Contains(err.Error(), "is not empty") {
				t.Errorf("a database was filled twice: %v", err)
			}
		})
	}
}

func TestCopyWaitsForTheLiving(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := filled(t, database{db.name, db.dsn})
		f.opt.Gone = func(owner string) bool { return owner == "dead" }
		for _, tt := range []struct {
			owner string
			want  bool
		}{{"dead", true}, {"machine/1/x", false}} {
			l, err := f.Acquire(t.Context(), "planner", tt.owner, f.now)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Idle(t.Context(), f.now); err == nil != tt.want || err != nil && !strings.Contains(err.Error(), tt.owner) {
				t.Errorf("with %s at work: %v", tt.owner, err)
			}
			if err := f.Idle(t.Context(), f.now.Add(schedule.LeaseTime)); err != nil {
				t.Errorf("an expired lease counts: %v", err)
			}
			if err := f.Release(t.Context(), l); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// The restore drill: a backup, restored elsewhere, holds the same and works.
func TestRestoreDrill(t *testing.T) {
	for name, way := range map[string][2]func(testing.TB) database{
		"sqlite": {sqliteFile, sqliteFile}, "postgres": {postgresDatabase, emptyPostgres},
		"sqlite restored to postgres": {sqliteFile, emptyPostgres}, "postgres restored to sqlite": {postgresDatabase, sqliteFile},
	} {
		t.Run(name, func(t *testing.T) {
			f := filled(t, way[0](t))
			want := f.digest()
			file, to := filepath.Join(t.TempDir(), "backup"), way[1](t).dsn
			if err := f.Backup(t.Context(), file); err != nil {
				t.Fatal(err)
			}
			f.commit(f.check("later", monitor.Unchanged)) // not in the backup
			if err := Restore(t.Context(), file, to); err != nil {
				t.Fatal(err)
			}
			back := reopened(t, f, to)
			if back.digest() != want {
				t.Error("the restored database holds something else")
			}
			back.clean()
			back.commit(back.check("tiga", monitor.Changed))
			back.clean()
			if err := Restore(t.Context(), file, to); err == nil {
				t.Error("a database was overwritten")
			}
		})
	}
}

func emptyPostgres(t testing.TB) database {
	t.Helper()
	return database{"postgres", server.Database(t)}
}

// The digest tells databases apart by anything that is in them.
func TestDigestSeesEverything(t *testing.T) {
	f := filled(t, sqliteFile(t))
	seen := map[string]string{f.digest(): "before"}
	for _, change := range []string{
		`UPDATE audit SET who = 'you' WHERE id = 1`, `UPDATE message SET payload = NULL`, `UPDATE attempt SET receipt = ''`,
		`UPDATE blob SET data = data || x'00'`, `DELETE FROM message_alert`, `UPDATE run SET due_at = due_at + 1`,
	} {
		if err := f.update(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(change); return err }); err != nil {
			t.Fatal(err)
		}
		d := f.digest()
		if before, ok := seen[d]; ok {
			t.Errorf("%s: the digest is that of %s", change, before)
		}
		seen[d] = change
	}
}

func TestAddressIsShownWithoutPassword(t *testing.T) {
	for _, a := range []string{"postgres://u:s3cret@h:5432/n?sslmode=disable", "postgres://u@h/n?password=s3cret", "postgres://u:s3cret@%zz/n"} {
		if s := Shown(a); strings.Contains(s, "s3cret") {
			t.Errorf("%s is shown as %s", a, s)
		}
	}
	if u, err := url.Parse(Shown("postgres://u:p@h:5432/n")); err != nil || u.Host != "h:5432" || u.User.Username() != "u" {
		t.Errorf("%v, %v", u, err)
	}
}
