package registry

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pantau/internal/snapshot"
)

// plainDoc reads lines "KEY name=value name=value ..." as a plain listing.
func plainDoc(text string) *snapshot.Document {
	d := &snapshot.Document{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		r := snapshot.Record{Key: words[0], Index: "list"}
		for _, w := range words[1:] {
			name, value, _ := strings.Cut(w, "=")
			r.Fields = r.Fields.With(snapshot.Field{Name: name, Value: value})
		}
		d.Records = append(d.Records, r)
	}
	return d
}

// followed compares documents one after the other and gives the events of each
// look as text.
func followed(l *snapshot.Listing, docs ...string) []string {
	var out []string
	rows := map[string]Row{}
	for n, text := range docs {
		look := Look{At: time.Date(2026, 1, 1+n, 0, 0, 0, 0, time.UTC), Check: int64(n)}
		var events []Event
		var d Delta
		if n == 0 {
			d = Baseline(Arrange(plainDoc(text), l), look)
		} else {
			events, d = Compare(NewState(slices.Collect(maps.Values(rows)), l), Arrange(plainDoc(text), l), look)
		}
		for _, r := range d.Gone {
			delete(rows, string(r.Key)+r.Index)
		}
		for _, r := range d.Upsert {
			rows[string(r.Key)+r.Index] = r
		}
		var told []string
		for _, e := range events {
			var fields []string
			for name, v := range e.Fields {
				fields = append(fields, fmt.Sprintf(" %s:%s>%s", name, v[0], v[1]))
			}
			slices.Sort(fields)
			told = append(told, fmt.Sprintf("%s %s%s", e.Type, e.Key, strings.Join(fields, "")))
		}
		if n > 0 {
			out = append(out, strings.Join(told, "; "))
		}
	}
	return out
}

// TestFieldsOfPlainListings: a field that one row leaves out is empty there; a
// field that no row has any more, or that all have got, is another form of the
// listing and no edit.
func TestFieldsOfPlainListings(t *testing.T) {
	all := func(row string, n int) string {
		var b strings.Builder
		for k := range n {
			fmt.Fprintf(&b, "%d "+row+"\n", k+100)
		}
		return b.String()
	}
	list := []snapshot.Part{{Name: "list"}}
	for name, c := range map[string]struct {
		listing snapshot.Listing
		docs    []string
		want    []string
	}{
		"edited, in case too":              {snapshot.Listing{}, []string{"1 a=x b=y", "1 a=X b=y"}, []string{"edited 1 a:x>X"}},
		"another order of rows and fields": {snapshot.Listing{}, []string{"1 a=x b=y\n2 a=z b=w", "2 b=w a=z\n1 b=y a=x"}, []string{""}},
		"ignored":                          {snapshot.Listing{Ignored: []string{"seen"}}, []string{"1 a=x seen=1", "1 a=x seen=2", "1 a=y seen=3"}, []string{"", "edited 1 a:x>y"}},
		"a rare field comes and goes": {snapshot.Listing{}, []string{all("a=x", 20) + "1 a=x", all("a=x", 20) + "1 a=x note=late", all("a=x", 20) + "1 a=x", all("a=x", 20) + "1 a=x"},
			[]string{"edited 1 note:>late", "edited 1 note:late>", ""}},
		"an empty field that is left out": {snapshot.Listing{}, []string{"1 a=x b=\n2 a=x b=y", "1 a=x\n2 a=x b=y"}, []string{""}},
		"a new column": {snapshot.Listing{}, []string{all("a=x", 20), all("a=x new=n", 20), all("a=x new=m", 1) + strings.Join(strings.SplitAfter(all("a=x new=n", 20), "\n")[1:], "")},
			[]string{"", "edited 100 new:n>m"}},
		"a column goes, changes unseen, and comes back": {snapshot.Listing{}, []string{all("a=x b=y", 3), all("a=x", 3), all("a=x b=z", 1) + "101 a=x b=y\n102 a=x b=y"},
			[]string{"", "edited 100 b:y>z"}},
		"described":           {snapshot.Listing{Fields: []snapshot.Column{{Name: "a", As: snapshot.Text}}}, []string{"1 a=X c=1\n2 a=y", "1 a=x c=2\n2 a="}, []string{"edited 2 a:y>"}},
		"described, left out": {snapshot.Listing{Fields: []snapshot.Column{{Name: "a", As: snapshot.Text}}}, []string{"1 a=x\n2 a=y", "1 a=x\n2"}, []string{"edited 2 a:y>"}},
		"come and gone":       {snapshot.Listing{}, []string{"1 a=x\n2 a=y", "1 a=x\n3 a=z", "1 a=x\n3 a=z"}, []string{"added 3 a:>z", "removed 2 a:y>"}},
	} {
		c.listing.Indexes = list
		if got := followed(&c.listing, c.docs...); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

func TestLabel(t *testing.T) {
	plain := &snapshot.Listing{Indexes: []snapshot.Part{{Name: "list"}}}
	for _, c := range []struct {
		l      *snapshot.Listing
		fields string
		want   string
	}{
		{plain, "1 vendorProject=v vulnerabilityName=n", "n"},
		{plain, "1 Business_Name=b Name=n", "n"},
		{plain, "1 Title=1 x=y", ""}, // the key itself is no name
		{&snapshot.Listing{Indexes: plain.Indexes, Label: "x"}, "1 name=n x=y", "y"},
		{&snapshot.Listing{Indexes: []snapshot.Part{{Name: "A", Status: snapshot.Registered}}}, "1 name=n nama=m", "m"},
	} {
		if got := Label(c.l, "1", plainDoc(c.fields).Records[0].Fields); got != c.want {
			t.Errorf("%s: %q, want %q", c.fields, got, c.want)
		}
	}
}
