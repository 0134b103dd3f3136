package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pantau/config"
	"pantau/crawler/extract/cage"
	"pantau/internal/history"
	"pantau/internal/monitor"
	"pantau/internal/pgtest"
	"pantau/notify"
)

// postgres is the server of the tests here; it starts when it is needed.
var postgres pgtest.Server

func TestMain(m *testing.M) {
	if cage.Asked(os.Args) {
		cage.Main()
	}
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}

// node starts `pantau run` with a configuration and returns how to stop it.
func node(t *testing.T, file string) (stop func()) {
	t.Helper()
	a := &app{in: os.Stdin, out: io.Discard, errs: os.Stderr, env: os.LookupEnv, path: file}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.keepRunning(ctx, config.Off, a.log()) }()
	var stopped bool
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// within waits for something that happens soon.
func within(t *testing.T, limit time.Duration, what string, happened func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !happened(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}

// edit changes a file.
func edit(t *testing.T, file string, pairs ...string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(pairs...).Replace(string(b))
	if text == string(b) {
		t.Fatalf("nothing to replace in %s", file)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A node that begins before its database server is there waits for it.
func TestRunWaitsForDatabase(t *testing.T) {
	site := serve(t)
	site.set(regulation)
	var server pgtest.Server
	t.Cleanup(server.Stop)
	file := configured(t, site)
	edit(t, file, "database: pantau.db", "database: "+server.Database(t), "@every 1h", "@every 1s")
	server.Crash()
	node(t, file)
	time.Sleep(2 * time.Second)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, 30*time.Second, "the node looks", func() bool {
		site.mu.Lock()
		defer site.mu.Unlock()
		return site.hits > 0
	})
}

// A node with another configuration than the one in force neither plans nor
// looks, says so, still delivers, and goes on when its file is the same.
func TestOtherConfigurationStandsBy(t *testing.T) {
	site := serve(t)
	site.set(regulation)
	address := postgres.Database(t)
	mine, theirs := configured(t, site), configured(t, site)
	for _, f := range []string{mine, theirs} {
		edit(t, f, "database: pantau.db", "database: "+address, "@every 1h", "@every 1s")
	}
	edit(t, theirs, "Permen 5/2020", "Peraturan Menteri 5/2020")
	node(t, mine)
	looks := func() int {
		site.mu.Lock()
		defer site.mu.Unlock()
		return site.hits
	}
	within(t, 20*time.Second, "the node looks", func() bool { return looks() > 1 })

	other := wired(t, theirs) // a command on another machine puts its configuration in force
	// What was in hand ends; then nothing is looked at any more.
	within(t, 20*time.Second, "the node rests", func() bool {
		before := looks()
		time.Sleep(3 * time.Second)
		return looks() == before
	})
	_, _, errs := pantau(t, "--config", mine, "sources")
	if !strings.Contains(errs, "configuration in force is another one") {
		t.Errorf("`pantau sources` says %q", errs)
	}
	m := monitor.Addressed("legal", "console", notify.ComposeSample(notify.Subscription{ID: "legal", Language: "en", Timezone: "UTC"}, notify.WordingOptions{Now: time.Now()}))
	if err := other.store.Send(t.Context(), []monitor.Outgoing{m}, time.Now()); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "it still delivers", func() bool {
		d, _, err := other.store.Delivery(t.Context(), m.Message.ID)
		return err == nil && d.State == "delivered"
	})
	edit(t, mine, "Permen 5/2020", "Peraturan Menteri 5/2020")
	before := looks()
	within(t, 40*time.Second, "it reads its file again and looks", func() bool { return looks() > before+1 })
}

// A host with many due sources is left in the middle of its work when another
// configuration is put in force.
func TestOtherConfigurationEndsTheWorkOfAHost(t *testing.T) {
	const sources = 60
	site := serve(t)
	site.set(regulation)
	database := filepath.Join(t.TempDir(), "pantau.db")
	write := func(name string) string {
		var b strings.Builder
		fmt.Fprintf(&b, "database: %q\nadministrators: [console]\nnetwork: {delay: 300ms, allow: [127.0.0.0/8]}\nsources:\n", database)
		for i := range sources {
			fmt.Fprintf(&b, "  - {id: s%d, name: %q, type: page, url: %q, robots: ignore, schedule: \"@every 1s\"}\n", i, name, site.URL+"/page")
		}
		return wrote(t, "pantau.yaml", b.String())
	}
	mine, theirs := write("A"), write("B")
	node(t, mine)
	looks := func() int {
		site.mu.Lock()
		defer site.mu.Unlock()
		return site.hits
	}
	within(t, 20*time.Second, "the node looks", func() bool { return looks() > 1 })
	wired(t, theirs)
	within(t, 20*time.Second, "the node rests", func() bool {
		before := looks()
		time.Sleep(2 * time.Second)
		return looks() == before
	})
	if n := looks(); n >= sources {
		t.Errorf("%d looks: all that was due was done by the configuration before", n)
	}
}

// Two nodes on one database: every occurrence is looked at once, every message
// delivered once, and when one node dies the other goes on.
func TestTwoNodesShareTheWork(t *testing.T) {
	site := serve(t)
	site.set(regulation)
	file := configured(t, site)
	edit(t, file, "database: pantau.db", "database: "+postgres.Database(t), "@every 1h", "@every 1s")
	stop := node(t, file)
	node(t, file)
	s := wired(t, file)
	looks := func() (list []history.Look) {
		list, err := s.store.Looks(t.Context(), "permen", 1000)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	within(t, 30*time.Second, "five looks", func() bool { return len(looks()) >= 5 })
	site.set(strings.ReplaceAll(regulation, "14 (empat belas)", "7 (tujuh)"))
	within(t, 30*time.Second, "the change is told", func() bool {
		list, err := s.store.Deliveries(t.Context(), "delivered", 0)
		return err == nil && len(list) == 1 && list[0].Attempts == 1
	})
	stop()
	n := len(looks())
	within(t, 30*time.Second, "the other goes on", func() bool { return len(looks()) >= n+3 })
	var changes int
	if err := s.store.Changes(t.Context(), history.Filter{}, false, func(history.Entry) error { changes++; return nil }); err != nil || changes != 1 {
		t.Errorf("%d changes, %v", changes, err)
	}
	if list, err := s.store.Fsck(t.Context(), time.Now()); err != nil || len(list) > 0 {
		t.Errorf("fsck: %v %+v", err, list)
	}
}

// A server that restarts delays and loses nothing.
func TestRunOutlivesTheServer(t *testing.T) {
	site := serve(t)
	site.set(regulation)
	file := configured(t, site)
	address := postgres.Database(t)
	edit(t, file, "database: pantau.db", "database: "+address, "@every 1h", "@every 1s")
	node(t, file)
	s := wired(t, file)
	looks := func() int {
		list, err := s.store.Looks(t.Context(), "permen", 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range list {
			if l.Outcome == "failed" {
				t.Fatalf("a look failed for the database's sake: %+v", l)
			}
		}
		return len(list)
	}
	within(t, 30*time.Second, "it looks", func() bool { return looks() > 0 })
	for range 3 {
		n := looks()
		postgres.Crash()
		time.Sleep(time.Second)
		if err := postgres.Start(); err != nil {
			t.Fatal(err)
		}
		within(t, 90*time.Second, "it looks again", func() bool { return looks() > n+1 })
	}
	if list, err := s.store.Fsck(t.Context(), time.Now()); err != nil || len(list) > 0 {
		t.Errorf("fsck: %v %+v", err, list)
	}
}

// A command on a server that is away fails with a sentence, and without the
// password.
func TestCheckWithoutServer(t *testing.T) {
	file := configured(t, serve(t))
	u := url.URL{Scheme: "postgres", User: url.UserPassword("pantau", "s3cret"), Host: "127.0.0.1:1", Path: "/pantau"}
	edit(t, file, "database: pantau.db", "database: "+u.String())
	for _, args := range [][]string{{"check"}, {"sources"}, {"run"}, {"fsck"}, {"--verbose", "check"}} {
		code, out, errs := pantau(t, append([]string{"--config", file}, args...)...)
		if code != 1 || !strings.Contains(errs, "postgres://pantau@127.0.0.1:1/pantau: the database server cannot be reached") {
			t.Errorf("%v: exit %d: %s%s", args, code, out, errs)
		}
		if strings.Contains(out+errs, "s3cret") {
			t.Errorf("%v shows the password: %s%s", args, out, errs)
		}
	}
}

func TestWhereBackupsGo(t *testing.T) {
	for state, want := range map[string]string{"": "/etc/pantau", "/var/lib/pantau": "/var/lib/pantau", "/var/lib/pantau:/srv": "/var/lib/pantau"} {
		a := &app{path: "/etc/pantau/pantau.yaml", env: func(string) (string, bool) { return state, state != "" }}
		if got := a.keeps(); got != want {
			t.Errorf("with %q: %s, want %s", state, got, want)
		}
	}
}
