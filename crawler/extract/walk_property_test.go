package extract

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"pantau/internal/snapshot"
)

// A register that moves while it is read, and what must be true of every
// document that is called complete.

// plan is what happens to a register before one request.
type plan struct {
	at   int    // request
	kind string // insert, move, delete, edit
	from string // index
	row  int    // of it, or where it goes to
	to   string
}

var three = []string{"REG", "SUS", "REV"}

func drawPlan(t *rapid.T, kinds []string) plan {
	return plan{
		at: rapid.IntRange(0, 25).Draw(t, "at"), kind: rapid.SampledFrom(kinds).Draw(t, "kind"),
		from: rapid.SampledFrom(three).Draw(t, "from"), row: rapid.IntRange(0, 60).Draw(t, "row"), to: rapid.SampledFrom(three).Draw(t, "to"),
	}
}

// world is a site that follows plans. A row moves at most once, as in a
// register that is looked at for some minutes.
type world struct {
	*site
	plans []plan
	moved map[string]bool
	next  int // key of the next new row
}

func drawWorld(t *rapid.T, plans []plan) *world {
	w := &world{site: &site{per: 10, rows: map[string][]row{}}, plans: plans, moved: map[string]bool{}, next: 9000}
	for i, name := range three {
		w.rows[name] = rowsOf(1000*i+1000, 1000*i+1000+rapid.IntRange(0, 45).Draw(t, name))
	}
	w.before = func(n int, _ string, _ int) {
		for _, p := range w.plans {
			if p.at == n {
				w.do(p)
			}
		}
	}
	return w
}

func (w *world) do(p plan) {
	if p.kind == "insert" { // newest first
		w.next++
		w.rows[p.from] = append([]row{{strconv.Itoa(w.next), "Baru"}}, w.rows[p.from]...)
		return
	}
	rows := slices.Clone(w.rows[p.from])
	if len(rows) == 0 {
		return
	}
	k := p.row % len(rows)
	r := rows[k]
	switch p.kind {
	case "edit":
		rows[k].Name += "*"
	case "delete":
		rows = slices.Delete(rows, k, k+1)
	case "move": // to anywhere in the other index: its order is by date
		if p.to == p.from || w.moved[r.Key] {
			return
		}
		w.moved[r.Key] = true
		rows = slices.Delete(rows, k, k+1)
		to := slices.Clone(w.rows[p.to])
		w.rows[p.to] = slices.Insert(to, p.row%(len(to)+1), r)
	}
	w.rows[p.from] = rows
}

// stood tells whether an index held a row at one of the moments.
func stood(moments []map[string][]row, index string, r row) bool {
	return slices.ContainsFunc(moments, func(m map[string][]row) bool { return slices.Contains(m[index], r) })
}

func hasKey(rows []row, key string) bool {
	return slices.ContainsFunc(rows, func(r row) bool { return r.Key == key })
}

// TestWalkSaysOnlyWhatWas lets anything happen at any time: every record of a
// document was in its index with these fields while it was read, and in two
// indexes only if it was in both at one moment.
func TestWalkSaysOnlyWhatWas(t *testing.T) {
	complete := 0
	rapid.Check(t, func(t *rapid.T) {
		plans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) plan {
			return drawPlan(t, []string{"insert", "move", "move", "delete", "edit"})
		}), 0, 8).Draw(t, "plans")
		w := drawWorld(t, plans)
		d, err := w.crawl(t, register(three...))
		if err == nil {
			complete++
		}
		where := map[string][]string{}
		for _, r := range d.Records {
			name, _ := r.Get("nama")
			if !stood(w.history, r.Index, row{r.Key, name}) {
				t.Fatalf("%s %q was never in %s; asked %v", r.Key, name, r.Index, w.asked)
			}
			where[r.Key] = append(where[r.Key], r.Index)
		}
		for key, indexes := range where {
			if err != nil || len(indexes) < 2 {
				continue
			}
			if !slices.ContainsFunc(w.history, func(m map[string][]row) bool {
				return hasKey(m[indexes[0]], key) && hasKey(m[indexes[1]], key)
			}) {
				t.Fatalf("%s is said to stand in %v, and never did at once; asked %v", key, indexes, w.asked)
			}
		}
	})
	if complete == 0 {
		t.Error("no crawl was complete: nothing was tested")
	}
}

// TestWalkMissesNothing lets every index either grow or shrink, so that a total
// cannot stand still while rows come and go: what is called complete lacks no
// row that stood in its index, or in one after the other, throughout.
func TestWalkMissesNothing(t *testing.T) {
	complete := 0
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, nil)
		grows := map[string]bool{}
		for _, name := range three {
			grows[name] = rapid.Bool().Draw(t, name+" grows")
		}
		for _, p := range rapid.SliceOfN(rapid.Custom(func(t *rapid.T) plan {
			return drawPlan(t, []string{"insert", "move", "delete"})
		}), 0, 4).Draw(t, "plans") {
			if p.kind == "insert" && grows[p.from] || p.kind == "delete" && !grows[p.from] || p.kind == "move" && !grows[p.from] && grows[p.to] {
				w.plans = append(w.plans, p)
			}
		}
		d, err := w.crawl(t, register(three...))
		if err != nil {
			return
		}
		complete++
		got := map[string]bool{}
		for _, r := range d.Records {
			got[r.Index+" "+r.Key], got[r.Key] = true, true
		}
		for _, index := range three {
			for _, r := range w.history[0][index] {
				always := !slices.ContainsFunc(w.history, func(m map[string][]row) bool { return !hasKey(m[index], r.Key) })
				if always && !got[index+" "+r.Key] {
					t.Fatalf("%s stood in %s throughout and is not in the document; asked %v", r.Key, index, w.asked)
				}
				moved := hasKey(w.rows["REG"], r.Key) || hasKey(w.rows["SUS"], r.Key) || hasKey(w.rows["REV"], r.Key)
				if moved && !got[r.Key] {
					t.Fatalf("%s stood in the register throughout and is not in the document; asked %v", r.Key, w.asked)
				}
			}
		}
	})
	if complete == 0 {
		t.Error("no crawl was complete: nothing was tested")
	}
}

// TestWalkAmongFaults spoils pages of a register that stands still: a document
// is called complete only if it is the register.
func TestWalkAmongFaults(t *testing.T) {
	kinds := []string{"web page", "cut", "no rows", "another shape", "refused"}
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t, nil)
		bad := rapid.MapOfN(rapid.IntRange(0, 40), rapid.SampledFrom(kinds), 0, 6).Draw(t, "bad")
		n := 0
		w.spoil = func(_ string, _ int, body []byte) ([]byte, *snapshot.Fault) {
			n++
			if kind, ok := bad[n]; ok {
				return spoils[kind].body(body)
			}
			return body, nil
		}
		d, err := w.crawl(t, register(three...))
		if err != nil {
			if len(bad) < attempts {
				t.Fatalf("%d bad answers cannot be three in a row: %v", len(bad), err)
			}
			return
		}
		if got, want := fmt.Sprint(names(d)), fmt.Sprint(held(w.rows)); got != want {
			t.Fatalf("the document is not the register:\n%s\n%s", got, want)
		}
	})
}
