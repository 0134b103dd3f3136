package acceptance

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// site is a running synthetic site: pages with noise, of which some change in
// every round, and the truth about them.
type site struct {
	*replay // how it is asked
	pages   int
}

// siteProgram builds the synthetic site once; errAbsent where there is none.
var siteProgram = sync.OnceValues(func() (string, error) {
	dir := shared + "/yardstick/site"
	if _, err := os.Stat(shared); errors.Is(err, fs.ErrNotExist) {
		return "", errAbsent
	}
	if _, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("../shared is here, but not the synthetic site: %w", err)
	}
	return build(dir, "site", ".")
})

// newSite starts a site of so many pages at round 0; flags are its own.
func newSite(t *testing.T, pages int, flags ...string) *site {
	t.Helper()
	program, err := siteProgram()
	if errors.Is(err, errAbsent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		port := strconv.Itoa(freePort(t))
		p, err := start(exec.Command(program, append(flags, "-port", port, "-pages", strconv.Itoa(pages), "-records", "10")...))
		if err != nil {
			t.Fatal(err)
		}
		s := &site{&replay{url: "http://127.0.0.1:" + port, process: p}, pages}
		for end := time.Now().Add(time.Minute); !p.ended() && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if _, err := s.ask(http.MethodGet, "/round", nil); err == nil {
				t.Cleanup(p.kill)
				return s
			}
		}
		p.kill()
		if !strings.Contains(p.out.String(), "address already in use") {
			t.Fatalf("the synthetic site does not come up:\n%s", p.out.String())
		}
	}
	t.Fatal("no free port for the synthetic site")
	return nil
}

// turn switches to a round and tells which pages truly changed by it.
func (s *site) turn(t *testing.T, round int) (changed []string) {
	t.Helper()
	s.post(t, fmt.Sprintf("/round/%d", round), nil)
	var truth struct{ Changed map[int]string }
	s.get(t, fmt.Sprintf("/truth?from=%d&to=%d", round-1, round), &truth)
	for n := range truth.Changed {
		changed = append(changed, pageID(n))
	}
	slices.Sort(changed)
	return changed
}

func pageID(n int) string { return "page-" + strconv.Itoa(n) }

// watch is an installation that watches every page of the site.
func (s *site) watch(t *testing.T) *pantau {
	t.Helper()
	var b strings.Builder
	for n := range s.pages {
		fmt.Fprintf(&b, `  - {id: %s, type: page, url: "%s/page/%d", select: ["#content"], remove: [".meta"], schedule: "%s"}`+"\n", pageID(n), s.url, n, never)
	}
	return bare(t, b.String())
}

// lookAll looks at every page and tells which are said to have changed; of
// every other the outcome must be the one given.
func lookAll(t *testing.T, s *site, r result, otherwise string) (changed []string) {
	t.Helper()
	all := lines[look](t, r)
	if r.code != 0 || len(all) != s.pages {
		t.Fatalf("%d of %d pages were looked at: %v", len(all), s.pages, r)
	}
	for _, l := range all {
		switch {
		case l.Outcome == "changed" && l.Change != nil:
			changed = append(changed, l.Source)
		case l.Outcome != otherwise:
			t.Errorf("%s is %s (%s), want %s", l.Source, l.Outcome, l.Detail, otherwise)
		}
	}
	slices.Sort(changed)
	return changed
}

// TestSyntheticSite: of many pages with clocks, counters, tokens, banners and
// news, and of some whose markup alone is new, those are reported whose
// substance changed, all of them, round for round.
func TestSyntheticSite(t *testing.T) {
	t.Parallel()
	s := newSite(t, pick(100, 1000))
	p := s.watch(t)
	if got := lookAll(t, s, p.run(t, "check", "--json", "--no-deliver"), "baseline"); len(got) > 0 {
		t.Fatalf("the first look reports changes: %q", got)
	}
	for round := 1; round <= pick(2, 4); round++ {
		want := s.turn(t, round)
		got := lookAll(t, s, p.run(t, "check", "--json", "--no-deliver"), "unchanged")
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("round %d: %d pages are reported, %d truly changed\ngot  %q\nwant %q", round, len(got), len(want), got, want)
		}
		t.Logf("round %d: %d of %d true changes reported, %d others", round, both(got, want), len(want), len(got)-both(got, want))
	}
	if got := lookAll(t, s, p.run(t, "check", "--json", "--no-deliver"), "unchanged"); len(got) > 0 {
		t.Errorf("a look without a round between reports changes: %q", got)
	}
}

// both is how many of a stand in b.
func both(a, b []string) (n int) {
	for _, one := range a {
		if slices.Contains(b, one) {
			n++
		}
	}
	return n
}
