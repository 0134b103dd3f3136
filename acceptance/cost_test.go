package acceptance

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// TestPageCost looks at many synthetic pages beside urlwatch, in the same run
// and on the same pages: the processor time of a look, of the whole process; and
// beside the least that any watcher does, which is to fetch a page, parse it and
// read the text of its region. Where it is measured among other work only the
// ratios mean anything.
func TestPageCost(t *testing.T) {
	if !torture() {
		t.Skip("PANTAU_TORTURE=1 measures it")
	}
	tool, err := exec.LookPath("urlwatch")
	if err != nil {
		t.Skip("the urlwatch program is missing (Debian: apt-get install urlwatch)")
	}
	s := newSite(t, 1000)
	p := s.watch(t)
	other := newUrlwatch(t, tool, s)
	lookAll(t, s, p.run(t, "check", "--json", "--no-deliver"), "baseline")
	other.run(t)
	var ours, theirs, floor []float64 // ms a page
	for round := 1; round <= 3; round++ {
		s.turn(t, round)
		u := p.measure(t, "check", "--json", "--no-deliver")
		lookAll(t, s, u.result, "unchanged")
		ours = append(ours, float64(u.cpu)/1e6/float64(s.pages))
		theirs = append(theirs, float64(other.run(t))/1e6/float64(s.pages))
		floor = append(floor, float64(s.least(t))/1e6/float64(s.pages))
		n := round - 1
		t.Logf("round %d: pantau %.2f ms, urlwatch %.2f ms, the floor %.2f ms a page: 1 to %.1f beside urlwatch, %.1f times the floor; urlwatch itself is %.1f times the floor",
			round, ours[n], theirs[n], floor[n], theirs[n]/ours[n], ours[n]/floor[n], theirs[n]/floor[n])
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	slices.Sort(floor)
	if ratio := theirs[1] / ours[1]; ratio < besideUrlwatch {
		t.Errorf("a look costs %.2f ms, urlwatch %.2f ms: 1 to %.1f, want %.1f at least", ours[1], theirs[1], ratio, besideUrlwatch)
	}
	if ratio := ours[1] / floor[1]; ratio > overFloor {
		t.Errorf("a look costs %.2f ms, the floor is %.2f ms: %.1f times, want %.1f at most", ours[1], floor[1], ratio, overFloor)
	}
}

// How many times what Pantau costs urlwatch costs at least, and how many times
// the floor Pantau costs at most. The first is the goal, and it is not reached
// (doc/measurements.md says where the time goes): the test fails until it is. The
// second holds what has been reached.
const (
	besideUrlwatch = 6.0
	overFloor      = 5.0
)

// least fetches every page and reads the text of its region, one behind the
// other, and tells the processor time.
func (s *site) least(t *testing.T) time.Duration {
	t.Helper()
	used := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	start := used()
	for n := range s.pages {
		body, err := s.ask(http.MethodGet, fmt.Sprintf("/page/%d", n), nil)
		if err != nil {
			t.Fatal(err)
		}
		d, err := goquery.NewDocumentFromReader(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		d.Find(".meta").Remove()
		if len(d.Find("#content").Text()) == 0 {
			t.Fatalf("page %d has no text", n)
		}
	}
	return time.Duration(used() - start)
}

// urlwatch is an installation of it that watches the same pages.
type urlwatch struct{ tool, dir string }

func newUrlwatch(t *testing.T, tool string, s *site) *urlwatch {
	t.Helper()
	u := &urlwatch{tool, t.TempDir()}
	var jobs []string
	for n := range s.pages {
		jobs = append(jobs, fmt.Sprintf("name: %s\nurl: %s/page/%d\nfilter:\n  - css: \"#content\"\n  - html2text\n", pageID(n), s.url, n))
	}
	for name, text := range map[string]string{"urls.yaml": strings.Join(jobs, "---\n"), "urlwatch.yaml": "report:\n  stdout: {enabled: true, color: false}\n"} {
		if err := os.WriteFile(filepath.Join(u.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return u
}

// run looks once at everything and tells the processor time of the process.
func (u *urlwatch) run(t *testing.T) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	in := func(name string) string { return filepath.Join(u.dir, name) }
	c := exec.CommandContext(ctx, u.tool, "--urls", in("urls.yaml"), "--config", in("urlwatch.yaml"), "--cache", in("cache.db"), "--hooks", in("hooks.py"))
	c.Dir, c.Env = u.dir, append(os.Environ(), "HOME="+u.dir)
	isolate(c)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("urlwatch: %v\n%s", err, cut(string(out)))
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime()
}

// The most that the history of a synthetic page may cost, in bytes.
const (
	firstCopy = 12_000
	aVersion  = 500
)

// TestHistoryCost: what the bodies of pages cost over many rounds, as they are
// stored, beside a packed git repository of the same bodies. A page with a
// clock, a counter, news and a token in it is another body at every look.
func TestHistoryCost(t *testing.T) {
	tool := sqliteTool(t)
	s := newSite(t, pick(40, 100))
	p := s.watch(t)
	lookAll(t, s, p.run(t, "check", "--json", "--no-deliver"), "baseline")
	sizes := func(query string) (out []int) {
		text, err := exec.Command(tool, "-readonly", p.database(), query).CombinedOutput()
		if err != nil {
			t.Fatalf("sqlite3: %v\n%s", err, text)
		}
		for line := range strings.Lines(string(text)) {
			n, err := strconv.Atoi(strings.TrimSpace(line))
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			out = append(out, n)
		}
		return out
	}
	median := func(sorted []int) int { return sorted[len(sorted)/2] }
	of := func(outcome string) []int {
		return sizes(`SELECT sum(length(x.data)) AS n FROM looks l JOIN capture_body b ON b.capture = l.capture JOIN blob x ON x.sha256 = b.sha256
			WHERE l.outcome = '` + outcome + `' GROUP BY l.id ORDER BY n`)
	}
	first := of("baseline")
	if n := median(first); n > firstCopy {
		t.Errorf("a first copy costs %d bytes, the limit is %d", n, firstCopy)
	}
	changes := 0
	rounds := pick(3, 50)
	for round := 1; round <= rounds; round++ {
		changes += len(s.turn(t, round))
		lookAll(t, s, p.run(t, "check", "--json", "--no-deliver"), "unchanged")
	}
	changed, unchanged := of("changed"), of("unchanged")
	if n := median(changed); len(changed) != changes || n > aVersion {
		t.Errorf("%d versions for %d changes, each %d bytes in the median, the limit is %d", len(changed), changes, n, aVersion)
	}
	total := func() int { return sizes(`SELECT sum(length(data)) FROM blob`)[0] }
	before := total()
	t.Logf("%d pages, %d rounds, %d changes: first copy %d bytes, a changed version %d (9 of 10: %d), an unchanged look at a page with noise %d, in the median; %d bytes together",
		s.pages, rounds, changes, median(first), median(changed), changed[len(changed)*9/10], median(unchanged), before)
	p.forget(t)
	t.Logf("behind the retention of unchanged looks %d bytes are left; git, packed, needs %d for the bodies of first and changed looks, %d for those of all",
		total(), s.git(t, rounds, false), s.git(t, rounds, true))
	p.fsck(t)
}

// forget lets the retention of unchanged looks pass.
func (p *pantau) forget(t *testing.T) {
	t.Helper()
	path := filepath.Join(p.dir, "pantau.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "pantau.yaml", "retention: {unchanged: 0s}\n"+string(text))
	p.must(t, "prune")
	p.write(t, "pantau.yaml", string(text))
}

// TestUnchangedCostsNothing: a look that finds the same bytes, or is answered
// that nothing is new, stores no body.
func TestUnchangedCostsNothing(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{{"-noise=false"}, {"-noise=false", "-etag", "content"}} {
		s := newSite(t, 5, flags...)
		p := s.watch(t)
		lookAll(t, s, p.run(t, "check", "--json", "--no-deliver"), "baseline")
		bodies := func() string {
			out, err := exec.Command(sqliteTool(t), "-readonly", p.database(), `SELECT count(*), sum(length(data)) FROM blob`).CombinedOutput()
			if err != nil {
				t.Fatalf("sqlite3: %v\n%s", err, out)
			}
			return string(out)
		}
		before := bodies()
		lookAll(t, s, p.run(t, "check", "--json", "--no-deliver"), "unchanged")
		if after := bodies(); after != before {
			t.Errorf("%q: bodies were %q, are %q", flags, before, after)
		}
	}
}

// git is the size of a packed repository that holds the raw bodies of the
// rounds, one commit a round: of all pages, or of those that changed.
func (s *site) git(t *testing.T, rounds int, all bool) int64 {
	t.Helper()
	dir := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		c := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.id", "-c", "commit.gpgsign=false", "-c", "gc.auto=0"}, args...)...)
		c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	for round := 0; round <= rounds; round++ {
		pages := map[string]bool{}
		if round == 0 {
			s.post(t, "/round/0", nil)
		} else {
			for _, id := range s.turn(t, round) {
				pages[id] = true
			}
		}
		for n := range s.pages {
			if round > 0 && !all && !pages[pageID(n)] {
				continue
			}
			body, err := s.ask("GET", fmt.Sprintf("/page/%d", n), nil)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, pageID(n)+".html"), body, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		git("add", "-A")
		git("commit", "-q", "--allow-empty", "-m", strconv.Itoa(round))
	}
	git("gc", "-q", "--aggressive", "--prune=now")
	packs, err := filepath.Glob(filepath.Join(dir, ".git/objects/pack/*.pack"))
	if err != nil || len(packs) != 1 {
		t.Fatalf("packs %q, %v", packs, err)
	}
	info, err := os.Stat(packs[0])
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
