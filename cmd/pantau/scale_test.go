package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pantau/config"
	"pantau/internal/store"
)

// crowd is a site on many addresses with a tiny page for each of many sources.
// A page answers 304 to who has it; one in a hundred is another every ten
// minutes.
type crowd struct {
	port  int
	asked atomic.Int64
	fresh atomic.Int64 // answered 304
}

func newCrowd(t *testing.T, addresses int) *crowd {
	t.Helper()
	c := &crowd{}
	srv := &http.Server{Handler: c}
	t.Cleanup(func() { srv.Close() })
	for n := 1; n <= addresses; n++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.%d:%d", n, c.port))
		if err != nil {
			t.Fatal(err)
		}
		c.port = l.Addr().(*net.TCPAddr).Port
		go srv.Serve(l)
	}
	return c
}

func (c *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/p/"))
	if err != nil {
		http.NotFound(w, r) // robots.txt
		return
	}
	c.asked.Add(1)
	version := int64(0)
	if n%100 == 0 {
		version = time.Now().Unix() / 600
	}
	tag := fmt.Sprintf(`"%d"`, version)
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		c.fresh.Add(1)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><html><head><title>Peraturan %d</title></head><body><main><h1>Peraturan Nomor %d</h1><p>Pasal 1 berbunyi untuk yang ke-%d kali sebagaimana ditetapkan.</p></main></body></html>\n", n, n, version)
}

// configuration names n sources, each due once an hour, spread over its
// minutes.
func (c *crowd) configuration(t *testing.T, database string, n, addresses int) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "database: %q\n", cmp.Or(database, "pantau.db"))
	b.WriteString("network: {delay: 0s, allow: [127.0.0.0/8]}\nsources:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - {id: s%d, type: page, url: \"http://127.0.0.%d:%d/p/%d\", schedule: \"%d * * * *\"}\n", i, 1+i%addresses, c.port, i, i/addresses%60)
	}
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestHundredThousandSources runs the real scheduler over 100,000 sources that
// are due once an hour, on a database with a past, and takes its processor time
// apart. It does not run beside other tests.
func TestHundredThousandSources(t *testing.T) {
	if os.Getenv("PANTAU_TORTURE") != "1" {
		t.Skip("a quarter of an hour: PANTAU_TORTURE=1 runs it")
	}
	const addresses = 64
	sources, window := number(t, "PANTAU_SCALE_SOURCES", 100_000), time.Duration(number(t, "PANTAU_SCALE_SECONDS", 720))*time.Second
	site := newCrowd(t, addresses)
	file := site.configuration(t, os.Getenv("PANTAU_SCALE_DATABASE"), sources, addresses)
	begun, before := time.Now(), processor(t)
	s := wired(t, file)
	t.Logf("start with %d sources: %.1f s wall, %.1f s CPU", sources, time.Since(begun).Seconds(), (processor(t) - before).Seconds())
	past(t, s.conf.Database, number(t, "PANTAU_SCALE_PAST", 1_000_000))
	s.baselines(t, time.Now(), window+3*time.Minute)
	runtime.GC()

	ctx, cancel := context.WithCancel(t.Context())
	a := &app{out: io.Discard, env: os.LookupEnv}
	s.log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s.monitor.Log = slog.New(slog.DiscardHandler)
	done := make(chan error)
	go func() { done <- a.run(ctx, s, config.Off) }()
	settle(t, s.conf.Database)
	var profile bytes.Buffer
	from, before, asked := time.Now(), processor(t), site.asked.Load()
	if err := pprof.StartCPUProfile(&profile); err != nil {
		t.Fatal(err)
	}
	time.Sleep(window)
	pprof.StopCPUProfile()
	took, cost := time.Since(from), processor(t)-before
	t.Logf("%d requests in %v, %.1f%% of one core in all", site.asked.Load()-asked, took.Round(time.Second), 100*cost.Seconds()/took.Seconds())
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if keep := os.Getenv("PANTAU_SCALE_PROFILE"); keep != "" {
		os.WriteFile(keep, profile.Bytes(), 0o600)
	}
	shares := takeApart(t, profile.Bytes(), took)
	late := lateness(t, s.conf.Database, from, from.Add(took))
	t.Logf("lateness of %d runs: median %v, 99 of 100 within %v, latest %v; %d due and not begun", late.runs, late.median, late.p99, late.latest, late.open)
	if own := shares["planner"] + shares["queue"] + shares["lease"]; own > 30 {
		t.Errorf("planner, queue and leases take %.1f%% of one core, the limit is 30", own)
	}
	if late.latest > time.Minute {
		t.Errorf("a run was late by %v, the limit is a minute", late.latest)
	}
	if want := int(float64(sources) / 3600 * took.Seconds() * 0.9); late.runs < want {
		t.Errorf("%d runs in %v, want at least %d", late.runs, took, want)
	}
	if list, err := s.store.Fsck(context.Background(), time.Now()); err != nil || len(list) > 0 {
		t.Errorf("fsck: %v %v", list, err)
	}
}

// settle waits until what became due while the database was filled is done: the
// time after it is steady.
func settle(t *testing.T, database string) {
	t.Helper()
	begun := time.Now()
	for end := begun.Add(10 * time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
		open := ask(t, database, fmt.Sprintf(`SELECT (SELECT count(*) FROM run WHERE state = 'planned' AND due_at < %d) + (SELECT count(*) FROM source WHERE next_run_at < %[1]d)`,
			time.Now().Add(-5*time.Second).UnixMicro()))
		if open == "0" {
			t.Logf("steady after %v", time.Since(begun).Round(time.Second))
			return
		}
	}
	t.Fatal("ten minutes do not suffice to catch up")
}

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// processor is the processor time of this process so far.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// past gives the database n finished runs by hand: who plans must not look
// through what was.
func past(t *testing.T, database string, n int) {
	t.Helper()
	ask(t, database, fmt.Sprintf(`INSERT INTO run (source, host, from_at, to_at, coalesced, due_at, planned_at, manual, schedule, state)
		SELECT s.id, s.host, 1700000000000000 + k.n, 1700000000000000 + k.n, 1, 1700000000000000 + k.n, 1700000000000000 + k.n, 1, '', 'dropped'
		FROM (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d / (SELECT count(*) FROM source)) SELECT n FROM c) k, source s;`, n))
}

// ask puts a statement to the database from outside.
func ask(t *testing.T, database, statement string) string {
	t.Helper()
	c := exec.Command("sqlite3", "-cmd", ".timeout 60000", database, statement)
	if store.IsAddress(database) {
		c = exec.Command("psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement)
	}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", c.Path, err, out)
	}
	return strings.TrimSpace(string(out))
}

// baselines looks by hand at every source that is due in the time to come, so
// that the looks that are measured are not all first ones.
func (s *system) baselines(t *testing.T, now time.Time, ahead time.Duration) {
	t.Helper()
	begun := time.Now()
	due := strings.Fields(ask(t, s.conf.Database, fmt.Sprintf(`SELECT id FROM source WHERE next_run_at < %d`, now.Add(ahead).UnixMicro())))
	byHost := map[string][]string{}
	for _, id := range due {
		src, err := s.source(id)
		if err != nil {
			t.Fatal(err)
		}
		byHost[src.Host()] = append(byHost[src.Host()], id)
	}
	var work sync.WaitGroup
	slots := make(chan struct{}, 8)
	for host, ids := range byHost {
		work.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			for _, id := range ids {
				if err := s.crawl.Once(t.Context(), host, id); err != nil {
					t.Errorf("baseline of %s: %v", id, err)
					return
				}
			}
		})
	}
	work.Wait()
	t.Logf("%d baselines in %v", len(due), time.Since(begun).Round(time.Second))
}

// rooms says whose work a sample is by the first of these names in its stack,
// from the innermost frame out; "" ends at the look.
var rooms = []struct{ room, frame string }{
	{"planner", "schedule.(*Scheduler).plan"},
	{"lease", "schedule.hold.func"}, // renewal
	{"lease", "store.(*Store).Acquire"},
	{"lease", "store.(*Store).Release"},
	{"queue", "store.(*Store).NextRun"},
	{"queue", "store.(*Store).Begin"},
	{"queue", "store.(*Store).PutBack"},
	{"commit", "store.(*Store).Commit"},
	{"state", "store.(*Store).State"},
	{"delivery", "schedule.(*Courier)"},
	{"look", "schedule.(*Crawler).Run"},
	{"queue", "schedule.(*Crawler).Host"},
	{"queue", "riverqueue/river"},
	{"site", "main.(*crowd)"},
	{"site", "net/http.(*conn).serve"},
	{"look", "net/http.(*persistConn)"},
	{"look", "net/http.(*Transport)"},
	{"look", "pantau/crawler"},
	{"database/sql", "database/sql."},
	{"site", "net/http.(*Server)"},
}

// takeApart gives each room's share of one core, in hundredths. What the
// runtime does for all (collecting garbage, scheduling) is its own room.
func takeApart(t *testing.T, profile []byte, took time.Duration) map[string]float64 {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cpu.pprof")
	if err := os.WriteFile(file, profile, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "tool", "pprof", "-traces", "-unit=ms", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	shares := map[string]float64{}
	var value float64
	var frames []string
	flush := func() {
		if value > 0 {
			shares[roomOf(frames)] += value / float64(took.Milliseconds()) * 100
		}
		value, frames = 0, nil
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "-----------+") {
			flush()
			continue
		}
		first, rest, ok := strings.Cut(line, " ")
		if ms, found := strings.CutSuffix(first, "ms"); ok && found && value == 0 {
			if v, err := strconv.ParseFloat(ms, 64); err == nil {
				value, line = v, strings.TrimSpace(rest)
			}
		}
		frames = append(frames, line)
	}
	flush()
	names := make([]string, 0, len(shares))
	for name := range shares {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		t.Logf("%-12s %5.1f%% of one core", name, shares[name])
	}
	return shares
}

func roomOf(frames []string) string {
	for _, r := range rooms {
		for _, f := range frames {
			if strings.Contains(f, r.frame) {
				return r.room
			}
		}
	}
	return "runtime"
}

// late is how long after its due time runs were begun.
type late struct {
	runs, open          int
	median, p99, latest time.Duration
}

func lateness(t *testing.T, database string, from, to time.Time) late {
	t.Helper()
	var l late
	var waits []int64
	for _, f := range strings.Fields(ask(t, database, fmt.Sprintf(`SELECT l.started - r.due_at FROM looks l JOIN run r ON r.id = l.run
		WHERE r.manual = 0 AND l.started BETWEEN %d AND %d;`, from.UnixMicro(), to.UnixMicro()))) {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, n)
	}
	if len(waits) == 0 {
		t.Fatal("no run was done")
	}
	slices.Sort(waits)
	at := func(n int) time.Duration { return (time.Duration(waits[n]) * time.Microsecond).Round(time.Millisecond) }
	l.runs, l.median, l.p99, l.latest = len(waits), at(len(waits)/2), at(len(waits)*99/100), at(len(waits)-1)
	var err error
	l.open, err = strconv.Atoi(ask(t, database, fmt.Sprintf(`SELECT count(*) FROM run WHERE state <> 'done' AND manual = 0 AND due_at < %d`, to.Add(-time.Minute).UnixMicro())))
	if err != nil {
		t.Fatal(err)
	}
	return l
}
