package store

import (
	"strings"
	"testing"
	"time"

	"pantau/internal/monitor"
)

func TestInspect(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		d, err := f.Inspect(t.Context(), f.now)
		if err != nil {
			t.Fatal(err)
		}
		if d.Schema == 0 || d.Schema != d.Knows || d.Bytes < 1000 || d.Took <= 0 || d.Looks != 0 || !d.Backup.IsZero() || d.Planner != "" || d.Config != "conf" {
			t.Errorf("%+v", d)
		}
		switch db.name {
		case "sqlite":
			if d.Kind != "SQLite "+SQLiteVersion || d.Journal != "wal" || d.Server || d.Name != db.dsn {
				t.Errorf("%+v", d)
			}
		case "postgres":
			if !strings.HasPrefix(d.Kind, "PostgreSQL ") || d.Journal != "" || !d.Server || d.Offset.Abs() > time.Second {
				t.Errorf("%+v", d)
			}
		}
		f.commit(f.check("one", monitor.Baseline))
		if err := f.NoteBackup(t.Context(), "/b/1.db", f.now); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Acquire(t.Context(), "planner", "me/1/x", f.now); err != nil {
			t.Fatal(err)
		}
		d, err = f.Inspect(t.Context(), f.now)
		if err != nil || d.Looks != 1 || !d.Backup.Equal(f.now) || d.Copy != "/b/1.db" || d.Planner != "me/1/x" {
			t.Errorf("%+v, %v", d, err)
		}
	})
}

// TestSQLiteVersion: the version that is said is the one that runs.
func TestSQLiteVersion(t *testing.T) {
	f := sqliteFile(t).open(t, Options{})
	var runs string
	if err := f.read.QueryRowContext(t.Context(), `SELECT sqlite_version()`).Scan(&runs); err != nil || runs != SQLiteVersion {
		t.Errorf("%q runs, %q is said: %v", runs, SQLiteVersion, err)
	}
}
