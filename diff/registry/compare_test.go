package registry

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"pantau/internal/snapshot"
)

var update = flag.Bool("update", false, "write what the comparison says into testdata")

// invented is a register of four indexes with the fields of the real one.
func invented() *snapshot.Listing {
	return &snapshot.Listing{
		Indexes: []snapshot.Part{{Name: "LT", Status: snapshot.Registered}, {Name: "LS", Status: snapshot.Suspended}, {Name: "LC", Status: snapshot.Revoked}, {Name: "AT", Status: snapshot.Registered}},
		Fields: []snapshot.Column{
			{Name: "nama", As: snapshot.Text}, {Name: "nama_perusahaan", As: snapshot.Text}, {Name: "tanggal_daftar", As: snapshot.Exact},
			{Name: "website", As: snapshot.Websites}, {Name: "sektor", As: snapshot.Set}, {Name: "status_id", As: snapshot.Kept},
		},
	}
}

var firstDay = time.Date(2025, 1, 1, 6, 0, 0, 0, time.UTC)

func lookOn(day int) Look {
	l := Look{At: firstDay.AddDate(0, 0, day-1), Check: int64(day)}
	if day > 1 {
		l.Previous = firstDay.AddDate(0, 0, day-2)
	}
	return l
}

// memory is what the store keeps: current rows and versions.
type memory struct {
	rows     map[string]Row
	versions map[string]Begin // open ones
}

func newMemory() *memory { return &memory{map[string]Row{}, map[string]Begin{}} }

func (m *memory) state(l *snapshot.Listing) *State {
	var rows []Row
	for _, r := range m.rows {
		rows = append(rows, r)
	}
	return NewState(rows, l)
}

// keep stores a delta in the order the store does, and says what does not fit.
func (m *memory) keep(t fataler, d Delta) {
	for _, v := range d.Close {
		id := string(v.Key) + " " + v.Index
		b, ok := m.versions[id]
		if !ok || v.To.Before(b.From) || v.Confirmed.Before(v.To) {
			t.Fatalf("%s ends %v, confirmed %v, and began %v (%v)", id, v.To, v.Confirmed, b.From, ok)
		}
		delete(m.versions, id)
	}
	for _, v := range d.Open {
		id := string(v.Key) + " " + v.Index
		if _, ok := m.versions[id]; ok {
			t.Fatalf("%s begins while it has not ended", id)
		}
		m.versions[id] = v
	}
	for _, r := range d.Gone {
		id := string(r.Key) + " " + r.Index
		if _, ok := m.rows[id]; !ok {
			t.Fatalf("%s goes and was not there", id)
		}
		delete(m.rows, id)
	}
	for _, r := range d.Upsert {
		m.rows[string(r.Key)+" "+r.Index] = r
	}
	if len(m.rows) != len(m.versions) {
		t.Fatalf("%d rows and %d open versions", len(m.rows), len(m.versions))
	}
	pending := 0
	for id, r := range m.rows {
		if v, ok := m.versions[id]; !ok || v.Life != r.Life {
			t.Fatalf("%s lives its life %d, its version %+v", id, r.Life, v)
		}
		if r.missing() {
			pending++
		}
	}
	if pending != d.Pending {
		t.Fatalf("%d rows are missing, the delta says %d", pending, d.Pending)
	}
}

type fataler interface {
	Fatalf(format string, args ...any)
}

// parseLook reads "INDEX KEY field | field | ..." lines in the order of the
// description; "~" is a field that the format lacks. "double KEY" marks a key.
func parseLook(t *testing.T, text string, l *snapshot.Listing) *snapshot.Document {
	t.Helper()
	d := &snapshot.Document{}
	for line := range strings.Lines(text) {
		head, values, _ := strings.Cut(strings.TrimSpace(line), "  ")
		index, key, ok := strings.Cut(head, " ")
		switch {
		case !ok:
			t.Fatalf("line %q", line)
		case index == "double":
			d.Quality.Duplicates = append(d.Quality.Duplicates, key)
			continue
		case key == "?":
			key = ""
			d.Quality.Keyless++
		}
		r := snapshot.Record{Key: key, Index: index, Page: 1}
		for i, v := range strings.Split(values, " | ") {
			if v != "~" {
				r.Fields = r.Fields.With(snapshot.Field{Name: l.Fields[i].Name, Value: v})
			}
		}
		d.Records = append(d.Records, r)
	}
	return d
}

// TestCompare plays the looks of each file, one a day, the first of them the
// baseline, and compares what is said of each with the file's last part. A look
// named "same" saw what the one before it saw.
func TestCompare(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, a)
			want := &a.Files[len(a.Files)-1]
			if *update {
				want.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got != string(want.Data) {
				t.Errorf("got\n%s\nwant\n%s", got, want.Data)
			}
		})
	}
}

func play(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	l, m := invented(), newMemory()
	var out strings.Builder
	for i, f := range a.Files[:len(a.Files)-1] {
		look := lookOn(i + 1)
		fmt.Fprintf(&out, "day %d\n", i+1)
		var events []Event
		var delta Delta
		switch {
		case i == 0:
			delta = Baseline(Arrange(parseLook(t, string(f.Data), l), l), look)
		case f.Name == "same":
			events, delta = Confirm(m.state(l), l, look)
		default:
			events, delta = Compare(m.state(l), Arrange(parseLook(t, string(f.Data), l), l), look)
		}
		m.keep(t, delta)
		for _, e := range events {
			writeEvent(&out, e)
		}
		if i > 0 {
			writeDelta(&out, delta)
		}
	}
	return out.String()
}

func day(at time.Time) string { return fmt.Sprint("day ", 1+int(at.Sub(firstDay).Hours()/24)) }

func writeEvent(w *strings.Builder, e Event) {
	fmt.Fprintf(w, "  %s %s %q -> %q (%s, %s)", e.Type, e.Key, e.FromIndex, e.ToIndex, e.Name, e.Company)
	if e.Identity != "" {
		fmt.Fprintf(w, " %s", e.Identity)
	}
	if e.LastSeen != nil {
		fmt.Fprintf(w, " last seen %s", day(*e.LastSeen))
	}
	if e.FirstMissing != nil {
		fmt.Fprintf(w, " first missing %s", day(*e.FirstMissing))
	}
	fmt.Fprintln(w)
	for _, c := range invented().Fields {
		if v, ok := e.Fields[c.Name]; ok {
			fmt.Fprintf(w, "    %s %q -> %q\n", c.Name, v[0], v[1])
		}
	}
}

func writeDelta(w *strings.Builder, d Delta) {
	for _, r := range d.Upsert {
		fmt.Fprintf(w, "  store %s %s life %d", r.Key, r.Index, r.Life)
		if r.missing() {
			fmt.Fprintf(w, " missing since %s (check %d)", day(r.MissingSince), r.MissingCheck)
		}
		fmt.Fprintln(w)
	}
	for _, r := range d.Gone {
		fmt.Fprintf(w, "  drop %s %s\n", r.Key, r.Index)
	}
	for _, v := range d.Close {
		fmt.Fprintf(w, "  version of %s %s ends %s, confirmed %s\n", v.Key, v.Index, day(v.To), day(v.Confirmed))
	}
	for _, v := range d.Open {
		fmt.Fprintf(w, "  version of %s %s begins %s, life %d\n", v.Key, v.Index, day(v.From), v.Life)
	}
	if len(d.NewlyMissing) > 0 {
		fmt.Fprintf(w, "  newly missing %v\n", d.NewlyMissing)
	}
	for _, r := range d.Removed {
		fmt.Fprintf(w, "  removed %s, missed by check %d\n", r.Key, r.MissingCheck)
	}
}

func TestKeysInOrder(t *testing.T) {
	keys := []Key{"10", "9", "a", "100", "9"}
	slices.SortFunc(keys, compareKeys)
	if got := fmt.Sprint(keys); got != "[9 9 a 10 100]" {
		t.Error(got)
	}
}
