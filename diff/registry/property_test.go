package registry

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pantau/internal/snapshot"
)

// standings is a state of the register, plainly: key -> index -> fields.
type standings map[string]map[string]map[string]string

func drawStandings(t *rapid.T, l *snapshot.Listing) standings {
	s := standings{}
	for key := range 6 {
		at := map[string]map[string]string{}
		for _, p := range l.Indexes {
			if rapid.IntRange(0, 2).Draw(t, "stands") > 0 {
				continue
			}
			at[p.Name] = map[string]string{
				"nama":            rapid.SampledFrom([]string{"Satu", "SATU ", "Dua"}).Draw(t, "nama"),
				"nama_perusahaan": rapid.SampledFrom([]string{"PT A", "-", ""}).Draw(t, "perusahaan"),
				"tanggal_daftar":  rapid.SampledFrom([]string{"2024-01-02", "2024-01-03"}).Draw(t, "tanggal"),
				"website":         rapid.SampledFrom([]string{"a.id", "https://A.id/", "a.id, b.id", "b.id;a.id"}).Draw(t, "website"),
				"status_id":       rapid.SampledFrom([]string{"X", "Y"}).Draw(t, "status"),
			}
		}
		if len(at) > 0 {
			s[fmt.Sprint(95+key)] = at
		}
	}
	return s
}

func (s standings) document(l *snapshot.Listing) *snapshot.Document {
	d := &snapshot.Document{}
	for key, at := range s {
		for index, fields := range at {
			r := snapshot.Record{Key: key, Index: index}
			for _, c := range l.Fields {
				if v, ok := fields[c.Name]; ok {
					r.Fields = r.Fields.With(snapshot.Field{Name: c.Name, Value: v})
				}
			}
			d.Records = append(d.Records, r)
		}
	}
	return d
}

func (s standings) name(key string, l *snapshot.Listing) string {
	var in []string
	for _, p := range l.Indexes {
		if _, ok := s[key][p.Name]; ok {
			in = append(in, p.Name)
		}
	}
	return strings.Join(in, "+")
}

// truth is what an honest observer of both states would tell, written without
// regard to how often one looks.
func truth(a, b standings, l *snapshot.Listing) map[Key]Event {
	out := map[Key]Event{}
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	for key := range keys {
		e := Event{Key: Key(key), FromIndex: a.name(key, l), ToIndex: b.name(key, l), Fields: map[string][2]string{}}
		first := func(s standings) map[string]string {
			for _, p := range l.Indexes {
				if f, ok := s[key][p.Name]; ok {
					return f
				}
			}
			return nil
		}
		common := false
		for _, p := range l.Indexes {
			x, y := a[key][p.Name], b[key][p.Name]
			if x != nil && y != nil {
				common = true
				differing(e.Fields, x, y, l)
			}
		}
		if !common {
			differing(e.Fields, first(a), first(b), l)
		}
		switch {
		case e.FromIndex == "":
			e.Type = Added
		case e.ToIndex == "":
			e.Type = Removed
		case e.FromIndex != e.ToIndex:
			e.Type = Status
		case len(e.Fields) > 0:
			e.Type = Edited
		default:
			continue
		}
		out[e.Key] = e
	}
	return out
}

func differing(out map[string][2]string, x, y map[string]string, l *snapshot.Listing) {
	for _, c := range l.Fields {
		v, w := x[c.Name], y[c.Name]
		if _, told := out[c.Name]; !told && c.As != snapshot.Kept && Normal(c.As, v) != Normal(c.As, w) {
			out[c.Name] = [2]string{v, w}
		}
	}
}

// TestTwoLooksTellTheTruth goes through states of a register and looks at each
// of them twice or more: together the looks tell exactly the truth between two
// states, whatever was missing on the way, and what is stored stays sound.
func TestTwoLooksTellTheTruth(t *testing.T) {
	l := invented()
	rapid.Check(t, func(t *rapid.T) {
		m := newMemory()
		before := drawStandings(t, l)
		look := 1
		m.keep(t, Baseline(Arrange(before.document(l), l), lookOn(look)))
		for range rapid.IntRange(1, 4).Draw(t, "states") {
			after := drawStandings(t, l)
			got := map[Key]Event{}
			for k := range rapid.IntRange(2, 3).Draw(t, "looks") {
				look++
				var events []Event
				var delta Delta
				if k > 0 && rapid.Bool().Draw(t, "same") {
					events, delta = Confirm(m.state(l), l, lookOn(look))
				} else {
					events, delta = Compare(m.state(l), Arrange(after.document(l), l), lookOn(look))
				}
				if k > 1 && (len(events) > 0 || !reflect.DeepEqual(delta, Delta{})) {
					t.Fatalf("a third look at one state changes %+v", delta)
				}
				m.keep(t, delta)
				for _, e := range events {
					if k == 0 && e.Type == Removed {
						t.Fatalf("one look removes %s", e.Key)
					}
					join(t, got, e)
				}
			}
			want := truth(before, after, l)
			if !maps.EqualFunc(got, want, func(x, y Event) bool { return reflect.DeepEqual(x, y) }) {
				t.Fatalf("told %+v\ntruth %+v", got, want)
			}
			before = after
		}
	})
}

// join adds an event to what the looks before told of its key: an edit that was
// told before the loss of an index was certain belongs to that event.
func join(t *rapid.T, got map[Key]Event, e Event) {
	e.Name, e.Company, e.LastSeen, e.FirstMissing, e.Identity = "", "", nil, nil, ""
	if b, ok := got[e.Key]; ok {
		if b.Type != Edited || e.Type != Status || len(e.Fields) > 0 {
			t.Fatalf("two events of one key: %+v and %+v", b, e)
		}
		e.Fields = b.Fields
	}
	got[e.Key] = e
}

// TestNothingIsStoredOfNothingNew compares a state with itself in any order.
func TestNothingIsStoredOfNothingNew(t *testing.T) {
	l := invented()
	rapid.Check(t, func(t *rapid.T) {
		m := newMemory()
		s := drawStandings(t, l)
		m.keep(t, Baseline(Arrange(s.document(l), l), lookOn(1)))
		d := s.document(l)
		slices.Reverse(d.Records)
		if events, delta := Compare(m.state(l), Arrange(d, l), lookOn(2)); len(events) > 0 || !reflect.DeepEqual(delta, Delta{}) {
			t.Fatalf("%+v, %+v", events, delta)
		}
	})
}
