package store

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pantau/internal/pgtest"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// server is the PostgreSQL of all tests; it starts when it is needed.
var server pgtest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// database is one of the two that everything must work on.
type database struct {
	name string
	dsn  string
}

// onEach runs a test on both databases.
func onEach(t *testing.T, test func(t *testing.T, db database)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, sqliteFile(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, postgresDatabase(t)) })
}

func sqliteFile(t *testing.T) database {
	t.Helper()
	return database{"sqlite", filepath.Join(t.TempDir(), "pantau.db")}
}

// migrated is a database with tables and nothing in them: to copy it is faster
// than to make it.
var migrated struct {
	sync.Once
	address string
}

func postgresDatabase(t *testing.T) database {
	t.Helper()
	migrated.Do(func() {
		empty := server.Template(t)
		s, err := Open(t.Context(), empty, Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		migrated.address = empty
	})
	return database{"postgres", server.Clone(t, migrated.address)}
}

// open opens the database as a fixture with one source and one subscription.
func (db database) open(t *testing.T, opt Options) *fixture {
	t.Helper()
	opt.Create = true
	s, err := Open(t.Context(), db.dsn, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	f := &fixture{Store: s, t: t, now: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC),
		source: snapshot.Source{ID: "page", Type: snapshot.Page, URL: "http://example.id/page", Schedule: "@every 1h", Timezone: "UTC", Topics: []string{"pse"}}}
	f.configure(notify.Subscription{ID: "legal", Language: "en", Timezone: "UTC", Channels: []string{"console", "email:a@example.id"}})
	return f
}
