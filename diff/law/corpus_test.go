package law

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpus is the folder of the recorded regulations: PANTAU_CORPORA, or what
// unpack.sh prints.
func corpus(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("PANTAU_CORPORA")
	if dir == "" {
		unpack := filepath.Join("..", "..", "..", "shared", "corpora", "unpack.sh")
		if _, err := os.Stat(unpack); errors.Is(err, os.ErrNotExist) {
			t.Skip("the recorded regulations are not here: ../shared beside the repository is absent, and PANTAU_CORPORA is not set")
		}
		out, err := exec.Command(unpack).Output()
		if err != nil {
			t.Fatalf("%s: %v", unpack, err)
		}
		dir = strings.TrimSpace(string(out))
	}
	dir = filepath.Join(dir, "law")
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("no recorded regulations: %v", err)
	}
	return dir
}

// texts reads the regulations of one source, by name.
func texts(t testing.TB, source string) map[string]string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(corpus(t), source, "*.md"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no regulations of %s: %v", source, err)
	}
	found := make(map[string]string)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimSuffix(filepath.Base(name), ".md")] = string(text)
	}
	return found
}

// inOrder counts the pasal of a regulation's own that stand in gapless order,
// and how many there must be: as many as the last one's number says.
func inOrder(r *Regulation) (found, due int) {
	last := 0
	for n := range r.All {
		if n.Kind != Pasal || n.Quoted || lastLetter(n.Number) && roman(strings.ToUpper(n.Number)) == 0 {
			continue
		}
		number := roman(strings.ToUpper(n.Number))
		if number == 0 {
			number = ordinal(digitPoint, n.Number)
		}
		if number > last {
			if number == last+1 || last == 0 {
				found++
			} else {
				found++ // the one behind a gap stands in order too
			}
			last = number
		}
	}
	return found, last
}

// TestCorpusPasal measures how many pasal are found in gapless order. What is
// missing is printed: some of it is missing in the source.
func TestCorpusPasal(t *testing.T) {
	for source, least := range map[string]float64{"komdigi": 0.99, "bpk": 0.97} {
		found, due, unparsed, repairs, wrong := 0, 0, 0, 0, 0
		for name, text := range texts(t, source) {
			r := ParseText(text)
			f, d := inOrder(r)
			found, due, unparsed, repairs = found+f, due+d, unparsed+len(r.UnparsedBlocks()), repairs+len(r.Repairs)
			if f != d || d == 0 {
				t.Logf("%s/%s: %d of %d pasal: %q", source, name, f, d, r.Faults)
			}
			id, _ := Identify(name)
			if r.Identity.Type != id.Type || r.Identity.Number != id.Number || r.Identity.Year != id.Year {
				wrong++
				t.Logf("%s/%s: read as %+v", source, name, r.Identity)
			}
		}
		share := float64(found) / float64(due)
		t.Logf("%s: %d of %d pasal in gapless order (%.2f %%), %d unparsed blocks, %d repairs, %d of another identity", source, found, due, 100*share, unparsed, repairs, wrong)
		if share < least {
			t.Errorf("%s: %.2f %% of the pasal, %.0f %% are due", source, 100*share, 100*least)
		}
		if wrong > 2 {
			t.Errorf("%s: %d regulations of another identity", source, wrong)
		}
	}
}

// TestCorpusKeepsText: every byte of every source has its place, and every word
// outside the margin is in the words of a node.
func TestCorpusKeepsText(t *testing.T) {
	for _, source := range []string{"komdigi", "bpk"} {
		for name, text := range texts(t, source) {
			r := ParseText(text)
			if at, ok := covered(r); !ok {
				t.Errorf("%s/%s: byte %d has no place: %.60q", source, name, at, r.Source[at:])
			}
			if lost := lostWords(r); len(lost) > 0 {
				t.Errorf("%s/%s: words are lost: %.200q", source, name, lost)
			}
		}
	}
}

// covered reports whether spans of nodes and margin leave no byte out.
func covered(r *Regulation) (int, bool) {
	spans := slices.Clone(r.Margin)
	for n := range r.All {
		spans = append(spans, n.Spans...)
	}
	slices.SortFunc(spans, func(a, b Span) int { return a.Start - b.Start })
	at := 0
	for _, s := range spans {
		if s.Start > at {
			return at, false
		}
		at = max(at, s.End)
	}
	return at, at == len(r.Source)
}

// lostWords lists words of four letters and more that the source has more often
// than the nodes.
func lostWords(r *Regulation) []string {
	counts := make(map[string]int)
	count := func(text string, by int) {
		for _, w := range strings.FieldsFunc(text, func(c rune) bool { return !isAlnum(c) && c < 128 }) {
			if len(w) >= 4 {
				counts[strings.ToLower(w)] += by
			}
		}
	}
	count(r.Source, 1)
	for _, s := range r.Margin {
		count(r.Source[s.Start:s.End], -1)
	}
	for n := range r.All {
		count(n.Label+" "+n.Text, -1)
	}
	for _, repair := range r.Repairs {
		count(repair.Written, -1)
	}
	var lost []string
	for w, n := range counts {
		if n > 0 {
			lost = append(lost, w)
		}
	}
	slices.Sort(lost)
	return lost
}
