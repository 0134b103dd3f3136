package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// backtested is a line of pantau backtest: of a look, or of a source.
type backtested struct {
	Verdict      string
	Lost, Gained struct{ Events []event }
	Counts       map[string]int
}

// TestBacktestOfTheRegister replays recorded states: as it was configured the
// past is told the same, and where one field is not compared what is lost is the
// edits of nothing else. The field is the one that most edits are of.
func TestBacktestOfTheRegister(t *testing.T) {
	t.Parallel()
	states := statesOf(t, pick([]int{15, 16, 17}, upTo(94)))
	r := newReplay(t)
	p := install(t, r, setup{})
	r.show(t, states[0])
	p.baseline(t)
	alone := map[string][]event{} // edits of one field
	field := ""
	for _, to := range states[1:] {
		for _, e := range r.move(t, to) {
			if e.Type != "edited" || len(e.Fields) != 1 {
				continue
			}
			for name := range e.Fields {
				if alone[name] = append(alone[name], e); len(alone[name]) > len(alone[field]) {
					field = name
				}
			}
		}
		p.check(t)
		p.check(t)
	}
	if field == "" {
		t.Fatal("no record was edited in one field")
	}
	for _, b := range lines[backtested](t, p.must(t, "backtest", "--json")) {
		if b.Verdict != "" && b.Verdict != "kept" {
			t.Errorf("as it was configured: %+v", b)
		}
		if b.Counts != nil && b.Counts["kept"] != len(p.history(t)) {
			t.Errorf("%d of %d changes were told again", b.Counts["kept"], len(p.history(t)))
		}
	}
	preset := p.must(t, "presets", "show", "pse-api-public").stdout
	if err := os.Mkdir(filepath.Join(p.dir, "presets"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.write(t, "presets/pse-api-public.yaml", regexp.MustCompile(`(name: `+field+`, .*as: )\w+`).ReplaceAllString(preset, "${1}kept"))
	text, err := os.ReadFile(filepath.Join(p.dir, "pantau.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "pantau.yaml", "presets: presets\n"+string(text)) // it is never put in force
	var lost []event
	for _, b := range lines[backtested](t, p.run(t, "backtest", "--json")) {
		for _, e := range b.Lost.Events {
			again := func(g event) bool { return g.Type == e.Type && g.Key == e.Key }
			if !slices.ContainsFunc(b.Gained.Events, again) { // else it was told with fewer fields
				lost = append(lost, e)
			}
		}
		for _, e := range b.Gained.Events {
			if _, ok := e.Fields[field]; ok && e.Type == "edited" {
				t.Errorf("%s is told: %+v", field, e)
			}
		}
	}
	told := func(list []event) string { // an operator may be edited twice
		var out []string
		for _, e := range list {
			out = append(out, fmt.Sprint(e.Key, e.Fields))
		}
		slices.Sort(out)
		return strings.Join(out, "\n")
	}
	if got, want := told(lost), told(alone[field]); got != want {
		t.Errorf("without %s these are not told:\n%s\nwant\n%s", field, got, want)
	}
}
