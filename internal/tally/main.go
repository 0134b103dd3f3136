// Command tally reads the JSON events of go test from standard input and says
// what a reader wants to know: a line a package, the output of every test that
// failed, every test that was skipped with its reason, and the counts.
//
// Invariants: nothing is skipped silently; a parent is not counted beside its
// subtests; a stream without a test, or with a package that did not build or
// did not end, is a failure.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

func main() {
	strict := flag.Bool("strict", false, "a skipped test is a failure")
	excuse := flag.String("excuse", "", "regular expression of skip reasons that are none under -strict")
	flag.Parse()
	var excused *regexp.Regexp
	if *excuse != "" {
		var err error
		if excused, err = regexp.Compile(*excuse); err != nil {
			fmt.Fprintln(os.Stderr, "tally: -excuse:", err)
			os.Exit(2)
		}
	}
	t := newTally(os.Stdout)
	if err := t.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "tally: reading the events:", err)
		os.Exit(2)
	}
	if !t.report(*strict, excused) {
		os.Exit(1)
	}
}

// event is one line of go test -json (go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64 // seconds
}

// test is one test, subtest, example or fuzz target.
type test struct{ Package, Name string }

// tally is what the events said.
type tally struct {
	out     io.Writer
	output  map[test]*strings.Builder // of what has not ended, by Name "" for the package
	ended   map[test]string           // by what action
	reasons map[test]string           // of skipped ones
	parents map[test]bool
	failed  []string // packages
}

func newTally(out io.Writer) *tally {
	return &tally{
		out:     out,
		output:  map[test]*strings.Builder{},
		ended:   map[test]string{},
		reasons: map[test]string{},
		parents: map[test]bool{},
	}
}

// read takes all events in. Lines that are none are passed on.
func (t *tally) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil || e.Action == "" {
				fmt.Fprint(t.out, string(line))
			} else {
				t.add(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *tally) add(e event) {
	who := test{e.Package, e.Test}
	switch e.Action {
	case "start", "run":
		t.output[who] = &strings.Builder{}
		for name := e.Test; strings.Contains(name, "/"); {
			name = name[:strings.LastIndex(name, "/")]
			t.parents[test{e.Package, name}] = true
		}
	case "output":
		if b := t.output[who]; b != nil {
			b.WriteString(e.Output)
		}
	case "build-output":
		fmt.Fprint(t.out, e.Output)
	case "pass", "fail", "skip":
		t.end(who, e)
	}
}

// end prints what is worth it of a test or package, and forgets its output.
func (t *tally) end(who test, e event) {
	said := ""
	if b := t.output[who]; b != nil {
		said = b.String()
		delete(t.output, who)
	}
	if who.Name == "" {
		t.endPackage(who.Package, e, said)
		return
	}
	t.ended[who] = e.Action
	switch e.Action {
	case "fail":
		fmt.Fprintf(t.out, "FAIL %s %s\n%s", who.Package, who.Name, indented(said))
	case "skip":
		t.reasons[who] = reason(said)
	}
}

func (t *tally) endPackage(name string, e event, said string) {
	switch e.Action {
	case "pass":
		fmt.Fprintf(t.out, "ok   %s (%.1f s)\n", name, e.Elapsed)
	case "fail":
		t.failed = append(t.failed, name)
		fmt.Fprintf(t.out, "FAIL %s (%.1f s)\n%s", name, e.Elapsed, indented(said))
		// A test that never ended is what a panic or a time-out stopped.
		for _, who := range slices.SortedFunc(maps.Keys(t.output), byName) {
			if who.Package == name {
				t.ended[who] = "fail"
				fmt.Fprintf(t.out, "FAIL %s %s did not end\n%s", name, who.Name, indented(t.output[who].String()))
				delete(t.output, who)
			}
		}
	}
}

// report prints the skipped tests and the counts, and tells whether the run was
// good. excused may be nil: nothing is.
func (t *tally) report(strict bool, excused *regexp.Regexp) bool {
	var passed, failed, unexcused int
	var skipped []test
	for who, action := range t.ended {
		switch {
		case action == "skip":
			skipped = append(skipped, who)
			if excused == nil || !excused.MatchString(t.reasons[who]) {
				unexcused++
			}
		case t.parents[who]:
		case action == "fail":
			failed++
		default:
			passed++
		}
	}
	slices.SortFunc(skipped, byName)
	for _, who := range skipped {
		fmt.Fprintf(t.out, "SKIP %s %s: %s\n", who.Package, who.Name, t.reasons[who])
	}
	for _, who := range slices.SortedFunc(maps.Keys(t.output), byName) {
		if who.Name == "" {
			t.failed = append(t.failed, who.Package)
			fmt.Fprintf(t.out, "FAIL %s did not end\n", who.Package)
		}
	}
	if len(t.failed) > 0 {
		fmt.Fprintln(t.out, "failed packages:", strings.Join(t.failed, " "))
	}
	if strict && unexcused > 0 {
		fmt.Fprintf(t.out, "%d skipped tests should have run here\n", unexcused)
	}
	fmt.Fprintf(t.out, "%d passed, %d failed, %d skipped\n", passed, failed, len(skipped))
	return passed > 0 && failed == 0 && len(t.failed) == 0 && !(strict && unexcused > 0)
}

// place begins what a test logs.
var place = regexp.MustCompile(`^\s*\S+\.go:\d+: `)

// reason is what a test said when it skipped itself, without its place.
func reason(said string) string {
	var words []string
	for line := range strings.Lines(said) {
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "", strings.HasPrefix(trimmed, "=== "), strings.HasPrefix(trimmed, "--- "):
		default:
			words = append(words, strings.TrimSpace(place.ReplaceAllString(line, "")))
		}
	}
	if len(words) == 0 {
		return "gives no reason"
	}
	return strings.Join(words, " ")
}

func indented(s string) string {
	if s = strings.TrimRight(s, "\n"); s == "" {
		return ""
	}
	return "    " + strings.ReplaceAll(s, "\n", "\n    ") + "\n"
}

func byName(a, b test) int {
	if c := strings.Compare(a.Package, b.Package); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}
