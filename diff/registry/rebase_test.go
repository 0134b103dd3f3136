package registry

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pantau/internal/snapshot"
)

// described is a description with fields and indexes.
func described(fields string, indexes ...string) *snapshot.Listing {
	l := &snapshot.Listing{}
	for f := range strings.SplitSeq(fields, ",") {
		l.Fields = append(l.Fields, snapshot.Column{Name: f, Path: f, As: snapshot.Text})
	}
	for _, name := range indexes {
		p := snapshot.Part{Name: name, Status: snapshot.Registered}
		if strings.HasPrefix(name, "S") {
			p.Status = snapshot.Suspended
		}
		l.Indexes = append(l.Indexes, p)
	}
	return l
}

// seenAs is a document of rows "KEY INDEX a=1 b=2".
func seenAs(lines ...string) *snapshot.Document {
	d := &snapshot.Document{}
	for _, line := range lines {
		f := strings.Fields(line)
		r := snapshot.Record{Key: f[0], Index: f[1]}
		var fields []snapshot.Field
		for _, v := range f[2:] {
			name, value, _ := strings.Cut(v, "=")
			fields = append(fields, snapshot.Field{Name: name, Value: value})
		}
		r.Fields = snapshot.FieldsOf(fields...)
		d.Records = append(d.Records, r)
	}
	return d
}

func shown(rows []Row) string {
	var out []string
	for _, r := range rows {
		s := string(r.Key) + " " + r.Index
		for name, value := range r.Fields.All() {
			s += " " + name + "=" + value
		}
		if r.missing() {
			s += " missing"
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// TestRebase: what a changed description makes of what is remembered, and that
// applying the deltas to what is stored gives the same.
func TestRebase(t *testing.T) {
	base := func(lines ...string) []Row {
		return Baseline(Arrange(seenAs(lines...), described("a,b", "R", "S", "T")), lookOn(1)).Upsert
	}
	for _, tt := range []struct {
		name       string
		own, l     *snapshot.Listing
		rows       []Row
		again, now *snapshot.Document
		want       string
		fresh      string
	}{
		{"a field that is new", described("a", "R"), described("a,b", "R"), base("1 R a=x"), seenAs("1 R a=x b=y"), seenAs("1 R a=x b=z"), "1 R a=x b=y", ""},
		{"a field that is read no longer", described("a,b", "R"), described("a", "R"), base("1 R a=x b=y"), seenAs("1 R a=x"), seenAs("1 R a=x"), "1 R a=x", ""},
		{"a field that the old answers lack", described("a,b", "R"), described("a,b", "R"), base("1 R a=x b=y"), seenAs("1 R a=x"), seenAs("1 R a=x"), "1 R a=x b=y", ""},
		{"another key", described("a", "R"), described("a", "R"), base("1 R a=x", "2 R a=y"), seenAs("k1 R a=x", "k2 R a=y"), seenAs("k1 R a=x"), "k1 R a=x; k2 R a=y", ""},
		{"nothing to read again", described("a", "R"), described("a,b", "R"), base("1 R a=x"), nil, seenAs("1 R a=x b=z"), "1 R a=x", ""},
		{"an index that is new", described("a", "R"), described("a", "R", "S"), base("1 R a=x", "2 R a=y"), nil, seenAs("1 R a=x", "2 S a=y", "3 S a=z"), "1 R a=x; 2 R a=y; 3 S a=z", "S"},
		{"in the new index too", described("a", "R"), described("a", "R", "S"), base("1 R a=x"), nil, seenAs("1 R a=x", "1 S a=x"), "1 R a=x; 1 S a=x", "S"},
		{"added to an old and a new one", described("a", "R"), described("a", "R", "S"), base("1 R a=x"), nil, seenAs("1 R a=x", "2 R a=y", "2 S a=y"), "1 R a=x", "S"},
		{"an index that is read no longer", described("a", "R", "S"), described("a", "R"), base("1 R a=x", "2 S a=y"), nil, seenAs("1 R a=x"), "1 R a=x", ""},
		{"moved out of it", described("a", "R", "S"), described("a", "R"), base("1 R a=x", "2 S a=y"), nil, seenAs("1 R a=x", "2 R a=y"), "1 R a=x; 2 S a=y", ""},
		{"in it and in another", described("a", "R", "S"), described("a", "R"), base("1 R a=x", "1 S a=x"), nil, seenAs("1 R a=x"), "1 R a=x", ""},
		{"another name", described("a", "R"), described("a", "T"), base("1 R a=x", "2 R a=y", "3 R a=z"), nil, seenAs("1 T a=x", "2 T a=y", "4 T a=z"), "1 T a=x; 2 T a=y; 3 T a=z", ""},
		{"no other name: it means something else", described("a", "R"), described("a", "S"), base("1 R a=x"), nil, seenAs("1 S a=x"), "1 R a=x", "S"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := Rebase{Listing: tt.l, Own: tt.own, Again: tt.again, At: firstDay, Now: tt.now, Seen: firstDay.AddDate(0, 0, 1)}
			rows, steps := b.Rows(tt.rows)
			if got := shown(rows); got != tt.want {
				t.Errorf("gives\n%s\nwant\n%s", got, tt.want)
			}
			stored := tt.rows
			for _, d := range steps {
				stored = Apply(stored, d)
				for _, r := range d.Gone {
					if !slices.ContainsFunc(d.Close, func(e End) bool { return e.Key == r.Key && e.Index == r.Index }) {
						t.Errorf("%s %s goes and its version does not end", r.Key, r.Index)
					}
				}
				for _, o := range d.Open {
					if !slices.ContainsFunc(d.Upsert, func(r Row) bool { return r.Key == o.Key && r.Index == o.Index }) {
						t.Errorf("%s %s begins and is not there", o.Key, o.Index)
					}
				}
			}
			if shown(stored) != shown(rows) {
				t.Errorf("stored are %s, compared are %s", shown(stored), shown(rows))
			}
			if got := strings.Join(b.NewIndexes(tt.rows), ","); got != tt.fresh {
				t.Errorf("new indexes %s, want %s", got, tt.fresh)
			}
		})
	}
}

// TestRebaseKeepsWhatIsMissing: a row that the last look lacked is still told
// when the next one lacks it too, whatever was edited between.
func TestRebaseKeepsWhatIsMissing(t *testing.T) {
	rows := Baseline(Arrange(seenAs("1 R a=x", "2 R a=y"), described("a", "R")), lookOn(1)).Upsert
	rows[1].MissingSince, rows[1].MissingCheck = firstDay, 7
	l := described("a,b", "R")
	now := seenAs("1 R a=x b=z")
	kept, _ := Rebase{Listing: l, Own: described("a", "R"), Again: seenAs("1 R a=x b=z"), At: firstDay, Now: now, Seen: firstDay.AddDate(0, 0, 1)}.Rows(rows)
	events, _ := Compare(NewState(kept, l), Arrange(now, l), lookOn(2))
	if len(events) != 1 || events[0].Type != Removed || events[0].Key != "2" {
		t.Errorf("%+v of %s", events, shown(kept))
	}
}

func TestOverlapAndDrop(t *testing.T) {
	rows := Baseline(Arrange(seenAs("1 R a=x", "2 R a=y", "3 R a=z"), described("a", "R")), lookOn(1)).Upsert
	rows[2].MissingSince = firstDay
	if known, found := Overlap(rows, seenAs("2 R", "3 R", "9 R")); known != 2 || found != 1 {
		t.Errorf("%d known, %d found", known, found)
	}
	if left := Apply(rows, Drop(rows, firstDay)); len(left) != 0 {
		t.Errorf("left are %s", shown(left))
	}
	if got := NewFields(rows, seenAs("1 R a=x b=y", "2 R c=z"), described("a,b", "R")); fmt.Sprint(got) != "[b]" {
		t.Errorf("new fields %v", got)
	}
}
