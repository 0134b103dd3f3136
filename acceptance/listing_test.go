package acceptance

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// pair is the truth between two neighbouring versions of a recorded listing.
type pair struct {
	Before   string     `json:"before"`
	After    string     `json:"after"`
	Added    int        `json:"added"`
	Removed  int        `json:"removed"`
	Modified int        `json:"modified"`
	Keys     [][]string `json:"added_keys"`
	Gone     [][]string `json:"removed_keys"`
}

// pairs reads the truth of a recorded listing; skips and fails like recorded.
func pairs(t *testing.T, name string) (dir string, out []pair) {
	t.Helper()
	if _, err := os.Stat(shared); errors.Is(err, fs.ErrNotExist) {
		t.Skip(errAbsent)
	}
	data, err := corpora()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(shared, "corpora", "registry", name+".pairs.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var p pair
		if err := json.Unmarshal(s.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	if s.Err() != nil || len(out) == 0 {
		t.Fatalf("%s: %d pairs, %v", name, len(out), s.Err())
	}
	return filepath.Join(data, name), out
}

// shelf serves one file of a folder at a time.
type shelf struct {
	*httptest.Server
	dir  string
	file atomic.Value
}

func newShelf(t *testing.T, dir string) *shelf {
	s := &shelf{dir: dir}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/list") {
			http.NotFound(w, r)
			return
		}
		http.ServeFile(w, r, filepath.Join(dir, s.file.Load().(string)))
	}))
	t.Cleanup(s.Close)
	return s
}

// record is an event of a listing, whose keys need not be numbers.
type record struct {
	Type   string               `json:"type"`
	Key    any                  `json:"key"`
	Fields map[string][2]string `json:"fields"`
}

// glance looks at one source and gives the events it tells.
func (p *pantau) glance(t *testing.T, source, outcome string) []record {
	t.Helper()
	r := p.run(t, "check", source, "--json")
	l := lines[struct {
		Outcome, Detail string
		Change          *struct{ Events []record }
	}](t, r)
	if len(l) != 1 || outcome != "" && l[0].Outcome != outcome || !slices.Contains([]string{"baseline", "unchanged", "changed"}, l[0].Outcome) {
		t.Fatalf("look at %s, want %s: %v", source, outcome, r)
	}
	if l[0].Change == nil {
		return nil
	}
	return l[0].Change.Events
}

// TestRecordedListings follows two public lists through their versions as
// generic listings, two looks at each: what is told is what the recorder
// counted. Of the keys that stand twice in the table nothing is told.
func TestRecordedListings(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"cisa-kev":         `type: listing, key: cveID, total: count, volatile: [catalogVersion, dateReleased]`,
		"fara-registrants": `type: listing, key: Registration_Number`,
	} {
		t.Run(name, func(t *testing.T) {
			dir, truth := pairs(t, name)
			truth = truth[:pick(min(6, len(truth)), len(truth))]
			s := newShelf(t, dir)
			s.file.Store(truth[0].Before)
			p := bare(t, fmt.Sprintf(`  - {id: list, url: "%s/list%s", %s}`, s.URL, filepath.Ext(truth[0].Before), source))
			p.glance(t, "list", "baseline")
			p.glance(t, "list", "unchanged")
			if seen := p.must(t, "sources", "list", "--json").stdout; strings.Contains(seen, "keys that stand twice: ") != (name == "fara-registrants") {
				t.Errorf("the looks say of keys that stand twice: %s", seen)
			}
			last := truth[0].Before
			for _, step := range truth {
				if step.Before != last {
					// The recorder skipped versions here: whatever differs is no step of the truth.
					s.file.Store(step.Before)
					p.glance(t, "list", "")
					p.glance(t, "list", "")
				}
				last = step.After
				s.file.Store(step.After)
				first, second := p.glance(t, "list", ""), p.glance(t, "list", "")
				step.judge(t, first, second)
			}
			p.fsck(t)
		})
	}
}

// judge wants what came and what was edited from the first look and what went
// from the second.
func (want pair) judge(t *testing.T, first, second []record) {
	t.Helper()
	at := want.Before + " -> " + want.After
	keys := map[string][]string{}
	for n, events := range [][]record{first, second} {
		for _, e := range events {
			if (e.Type == "removed") != (n == 1) {
				t.Errorf("%s: %s of %v is told at look %d", at, e.Type, e.Key, n+1)
			}
			if e.Type == "edited" && len(e.Fields) == 0 {
				t.Errorf("%s: %v is edited, but in no field", at, e.Key)
			}
			keys[e.Type] = append(keys[e.Type], fmt.Sprint(e.Key))
		}
	}
	flat := func(list [][]string) (out []string) {
		for _, k := range list {
			out = append(out, strings.Join(k, "|"))
		}
		slices.Sort(out)
		return out
	}
	for kind, due := range map[string][]string{"added": flat(want.Keys), "removed": flat(want.Gone)} {
		if got := slices.Sorted(slices.Values(keys[kind])); !slices.Equal(got, due) {
			t.Errorf("%s: %s are %q, want %q", at, kind, got, due)
		}
	}
	if len(keys["added"]) != want.Added || len(keys["removed"]) != want.Removed || len(keys["edited"]) != want.Modified {
		t.Errorf("%s: %d added, %d removed, %d edited; want %d, %d, %d", at, len(keys["added"]), len(keys["removed"]), len(keys["edited"]),
			want.Added, want.Removed, want.Modified)
	}
}
