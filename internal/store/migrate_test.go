package store

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"pantau/internal/schedule"
)

// upgrading is the environment of a child that opens a database and nothing
// else: the test kills it there.
const upgrading = "PANTAU_TEST_UPGRADE"

// upgrade is the child. It says when it begins and when it has ended.
func upgrade(dsn string) int {
	fmt.Println("begin")
	log := slog.New(slog.NewTextHandler(os.Stdout, nil)) // it says when the backup is made
	s, err := Open(context.Background(), dsn, Options{Gone: schedule.Gone, Folder: os.Getenv(upgrading + "_FOLDER"), Log: log})
	if err == nil {
		err = s.Close()
	}
	fmt.Println("end", err)
	if err != nil {
		return 1
	}
	return 0
}

// old is a database of the first schema with something in it, and how to copy
// it as its files are.
func old(t *testing.T, name string) (f *fixture, again func(t *testing.T) string) {
	t.Helper()
	now := filled(t, sqliteFile(t)) // the functions know the newest schema only
	file := filepath.Join(t.TempDir(), "old.db")
	dsn := file
	if name == "postgres" {
		dsn = server.Template(t)
	}
	s, err := Open(t.Context(), dsn, Options{Create: true, upTo: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := copyOld(t.Context(), now.Store, s); err != nil {
		t.Fatal(err)
	}
	if name != "postgres" {
		if err := s.read.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.write.Exec(`PRAGMA journal_mode = DELETE`); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return now, func(t *testing.T) string {
		if name == "postgres" {
			return server.Clone(t, dsn)
		}
		to := filepath.Join(t.TempDir(), "pantau.db")
		if err := copyFile(file, to); err != nil {
			t.Fatal(err)
		}
		return to
	}
}

// copyOld copies the columns that both schemas have.
func copyOld(ctx context.Context, from, to *Store) error {
	tables, err := to.tables(ctx)
	if err != nil {
		return err
	}
	tx, err := to.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, table := range tables {
		there, err := tx.QueryContext(ctx, `SELECT * FROM `+table+` LIMIT 0`)
		if err != nil {
			return err
		}
		known, err := there.Columns()
		there.Close()
		if err != nil {
			return err
		}
		w := &filler{tx: tx, table: table, batch: to.batch}
		if _, err := rows(ctx, from.read, table, func(ctx context.Context, columns []string, values []any) error {
			var c []string
			var v []any
			for i := range columns {
				if slices.Contains(known, columns[i]) {
					c, v = append(c, columns[i]), append(v, values[i])
				}
			}
			return w.add(ctx, c, v)
		}); err != nil {
			return err
		}
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// shape is the schema as the database describes it.
func (s *Store) shape(ctx context.Context) (string, error) {
	query := `SELECT coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'river%' AND tbl_name NOT LIKE 'river%'`
	if s.path == "" {
		query = `SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns WHERE table_schema = current_schema() AND table_name NOT LIKE 'river%'
			UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename NOT LIKE 'river%'`
	}
	var out []string
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var part string
		err := scan(&part)
		out = append(out, part)
		return err
	}, query)
	slices.Sort(out)
	return strings.Join(out, "\n"), err
}

// looked opens a database without changing it.
func looked(t *testing.T, dsn string) *Store {
	t.Helper()
	s := &Store{name: dsn, path: dsn, dialect: sqliteDialect()}
	if IsAddress(dsn) {
		s.path, s.dialect = "", postgresDialect()
		conf, err := pgx.ParseConfig(dsn)
		if err != nil {
			t.Fatal(err)
		}
		s.read = reader{stdlib.OpenDB(*conf)}
	} else {
		s.read = reader{sql.OpenDB(connector{dataSource(dsn, false)})}
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestKilledWhileMigrating kills a process at a random moment of an upgrade: the
// database has the schema before a step or behind it, and never one between; the
// next start ends what was begun, and nothing is lost.
func TestKilledWhileMigrating(t *testing.T) {
	kills := 6
	if os.Getenv("PANTAU_TORTURE") != "" {
		kills = 50
	}
	onEach(t, func(t *testing.T, db database) {
		_, again := old(t, db.name)
		var shapes []string // by version
		for v := int64(1); ; v++ {
			s, err := Open(t.Context(), again(t), Options{upTo: v, Folder: t.TempDir()})
			if err != nil {
				break // there is no such version
			}
			shape, err := s.shape(t.Context())
			s.Close()
			if err != nil {
				t.Fatal(err)
			}
			if shapes = append(shapes, shape); len(shapes) == newest(t) {
				break
			}
		}
		if len(shapes) < 2 || shapes[0] == shapes[len(shapes)-1] {
			t.Fatalf("%d schemas: there is nothing to upgrade", len(shapes))
		}
		whole := again(t)
		all, steps, _ := killed(t, whole, begins, time.Hour)
		want := database{db.name, whole}.digest(t)
		between := map[int64]int{}
		for n := range kills {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				dsn := again(t)
				from, took := begins, all // every second kill falls behind the backup, where the schema changes
				if n%2 == 1 {
					from, took = afterBackup, steps
				}
				_, _, folder := killed(t, dsn, from, rand.N(took))
				s := looked(t, dsn)
				version, err := s.schemaVersion(t.Context())
				if err != nil || version < 1 || int(version) > len(shapes) {
					t.Fatalf("schema %d, %v", version, err)
				}
				between[version]++
				if shape, err := s.shape(t.Context()); err != nil || shape != shapes[version-1] {
					t.Errorf("the schema is not that of version %d, %v:\n%s", version, err, shape)
				}
				if version > 1 {
					backedUp(t, folder)
				}
				s.Close()
				if got := (database{db.name, dsn}).digest(t); got != want {
					t.Error("something was lost")
				}
			})
		}
		t.Logf("%s: %d kills within %s, of which %s behind the backup; kills that left a schema: %v", db.name, kills, all, steps, between)
	})
}

func newest(t *testing.T) int {
	t.Helper()
	files, err := migrations.ReadDir("migrations/sqlite")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// digest opens a database, which ends an upgrade, and checks it.
func (db database) digest(t *testing.T) string {
	t.Helper()
	s, err := Open(t.Context(), db.dsn, Options{Gone: schedule.Gone, Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := &fixture{Store: s, t: t, now: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}
	f.clean()
	return f.digest()
}

// backedUp proves the backup that was made before the schema was touched: a
// sound database of the schema before.
func backedUp(t *testing.T, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.before-schema-*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("the schema was changed without a backup: %v, %v", files, err)
	}
	to := filepath.Join(t.TempDir(), "restored.db")
	if err := Restore(t.Context(), files[0], to); err != nil {
		t.Fatal(err)
	}
	if v, err := looked(t, to).schemaVersion(t.Context()); err != nil || v != 1 {
		t.Errorf("the backup is of schema %d, %v", v, err)
	}
	if (database{"sqlite", to}).digest(t) == "" {
		t.Error("the backup cannot be upgraded")
	}
}

// What the child says first, and once the backup is made.
const (
	begins      = "begin"
	afterBackup = "backup made"
)

// killed runs the child on a database and kills it at a time after it has said
// something. It returns how long the child was at work, how long of it behind
// the backup, and the folder that backups go to.
func killed(t *testing.T, dsn, from string, after time.Duration) (all, steps time.Duration, folder string) {
	t.Helper()
	folder = t.TempDir()
	if !IsAddress(dsn) {
		folder = filepath.Dir(dsn)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), upgrading+"="+dsn, upgrading+"_FOLDER="+folder)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var begun, made time.Time
	for lines := bufio.NewScanner(out); lines.Scan(); {
		switch said := lines.Text(); {
		case said == begins:
			begun = time.Now()
		case strings.Contains(said, afterBackup):
			made = time.Now()
		case strings.HasPrefix(said, "end") && said != "end <nil>":
			t.Errorf("the child says %q", said)
		}
		if strings.Contains(lines.Text(), from) {
			defer time.AfterFunc(after, func() { cmd.Process.Kill() }).Stop()
		}
	}
	all, steps = time.Since(begun), time.Since(made)
	_ = cmd.Wait() // most often it was killed
	return all, steps, folder
}

// Several processes that start first on a database that is not there yet all
// find it made.
func TestFirstStartsAtOnce(t *testing.T) {
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			dsn := filepath.Join(t.TempDir(), "pantau.db")
			if name == "postgres" {
				dsn = server.Database(t)
			}
			var wg sync.WaitGroup
			for range 6 {
				wg.Go(func() {
					s, err := Open(t.Context(), dsn, Options{Create: true})
					if err == nil {
						err = s.Close()
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		})
	}
}
