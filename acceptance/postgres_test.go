package acceptance

import (
	"net/url"
	"testing"
	"time"

	"pantau/internal/pgtest"
)

// postgres is the server of all tests that do not stop it.
var postgres pgtest.Server

// hostOf is where the server of a database listens.
func hostOf(t *testing.T, database string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// through is a database's address by another way to its server.
func through(t *testing.T, database, host string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = host
	return u.String()
}

// onPostgres is a torment of several nodes over one database.
func onPostgres(t *testing.T, nodes int, database string) *torment {
	t.Helper()
	r := newThinReplay(t)
	p := install(t, r, setup{schedule: "@every 1s", subscribers: []string{toSlack, toMail}, database: database})
	return newTorment(t, r, p, nodes, thinMoments-1)
}

// TestNodesKilledAtRandom ends one of two nodes, or both, by SIGKILL at random
// moments: the other takes over, and nothing is lost, doubled or wrong.
func TestNodesKilledAtRandom(t *testing.T) {
	t.Parallel()
	onPostgres(t, 2, postgres.Database(t)).kills(t, pick(8, 1000))
}

// TestServerCrashes ends the database server at once, as `pg_ctl stop -m
// immediate` does, while a node is at work: what it was told to be stored is
// there when the server is back, and the node goes on by itself.
func TestServerCrashes(t *testing.T) {
	t.Parallel()
	server := &pgtest.Server{Durable: true}
	t.Cleanup(server.Stop)
	k := onPostgres(t, 1, server.Database(t))
	n := pick(4, 200)
	for crash := range n {
		k.spoilSinks(t)
		k.up(t)
		k.wait(t, crash)
		server.Crash()
		time.Sleep(time.Duration(k.dice.Int64N(int64(time.Second))))
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		k.alive(t)
		if k.lacks(t) == "" {
			k.advance(t)
		}
		if t.Failed() {
			t.Fatalf("after %d crashes", crash+1)
		}
		if crash%50 == 49 {
			t.Logf("%d crashes and %d steps of the register", crash+1, k.moves)
		}
	}
	k.settled(t)
	k.moved(t, n)
}
