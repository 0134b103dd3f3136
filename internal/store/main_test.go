package store

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pantau/internal/pgtest"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// server is the PostgreSQL of all tests; it starts when it is needed.
var server pgtest.Server

func TestMain(m *testing.M) {
	if dsn := os.Getenv(upgrading); dsn != "" {
		os.Exit(upgrade(dsn))
	}
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

func sqliteFile(t testing.TB) database {
	t.Helper()
	return database{"sqlite", filepath.Join(t.TempDir(), "pantau.db")}
}

// spare are databases with tables and nothing in them. To empty one is faster
// than to make it.
var spare []string

func postgresDatabase(t testing.TB) database {
	t.Helper()
	var address string
	if n := len(spare); n > 0 {
		address, spare = spare[n-1], spare[:n-1]
	} else {
		address = server.Template(t)
		s, err := Open(t.Context(), address, Options{Create: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if err := server.SQL(path.Base(strings.TrimSuffix(address, "?sslmode=disable")), emptied); err != nil {
			t.Log(err) // the next one is made anew
			return
		}
		spare = append(spare, address)
	})
	return database{"postgres", address}
}

// emptied deletes every row but those that tell the state of the schema. It
// fails where a test has changed that.
const emptied = `SET session_replication_role = replica;
DO $$ DECLARE name TEXT; BEGIN
	IF (SELECT max(version_id) FROM goose_db_version) > 1000 THEN RAISE EXCEPTION 'the schema was changed'; END IF;
	FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('goose_db_version', 'river_migration') LOOP
		EXECUTE 'DELETE FROM ' || quote_ident(name);
	END LOOP;
	FOR name IN SELECT sequencename FROM pg_sequences WHERE sequencename NOT LIKE 'goose%' LOOP
		PERFORM setval(CAST(quote_ident(name) AS regclass), 1, false);
	END LOOP;
END $$`

// open opens the database as a fixture with one source and one subscription.
func (db database) open(t testing.TB, opt Options) *fixture {
	t.Helper()
	opt.Create = true
	s, err := Open(t.Context(), db.dsn, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return fixtureOf(t, s)
}

func fixtureOf(t testing.TB, s *Store) *fixture {
	t.Helper()
	f := &fixture{Store: s, t: t, now: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC),
		source: snapshot.Source{ID: "page", Type: snapshot.Page, URL: "http://example.id/page", Schedule: "@every 1h", Timezone: "UTC", Topics: []string{"pse"}}}
	f.configure(notify.Subscription{ID: "legal", Language: "en", Timezone: "UTC", Channels: []string{"console", "email:a@example.id"}})
	return f
}
