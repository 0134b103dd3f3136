package acceptance

import (
	"os"
	"path/filepath"
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
// past is told the same, and where sectors are not compared what is lost is the
// edits of nothing else.
func TestBacktestOfTheRegister(t *testing.T) {
	t.Parallel()
	states := statesOf(t, pick([]int{15, 16, 17}, upTo(94)))
	r := newReplay(t)
	p := install(t, r, setup{})
	r.show(t, states[0])
	p.baseline(t)
	var want []event
	for _, to := range states[1:] {
		for _, e := range r.move(t, to) {
			if _, ok := e.Fields["sektor"]; ok && e.Type == "edited" && len(e.Fields) == 1 {
				want = append(want, e)
			}
		}
		p.check(t)
		p.check(t)
	}
	if len(want) == 0 {
		t.Fatal("no state differs in sectors alone")
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
	p.write(t, "presets/pse-api-public.yaml", strings.Replace(preset, "path: sektor, as: set", "path: sektor, as: kept", 1))
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
			if _, ok := e.Fields["sektor"]; ok && e.Type == "edited" {
				t.Errorf("sectors are told: %+v", e)
			}
		}
	}
	mustEqual(t, "what would not have been told", lost, want)
}
