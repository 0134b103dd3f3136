package registry

import (
	"cmp"
	"slices"
	"strings"

	"pantau/internal/snapshot"
)

// fieldset says which fields of two rows are compared, and how.
//
// A field that the format of one side lacks is never an edit: the register has
// been given another form, and nothing is known of that field. In a register
// whose fields are described a row without the field is taken for such a form.
// A plain listing may leave an empty field out of a row, so there only what one
// side's rows lack all of them, and nearly all of the other's have, is another
// form; else a field that is not there is one that says nothing.
type fieldset struct {
	listing *snapshot.Listing
	columns []snapshot.Column // those that are compared; nil: every field a row has
	plain   bool
	lacks   map[string]bool // of a plain listing: what the form of one side does not have
}

func newFieldset(l *snapshot.Listing) fieldset {
	s := fieldset{listing: l, plain: l.Plain()}
	for _, col := range l.Fields {
		if col.As != snapshot.Kept {
			s.columns = append(s.columns, col)
		}
	}
	return s
}

// compared is what is compared of two rows.
func (s *fieldset) compared(before, after []snapshot.Field) []snapshot.Column {
	if len(s.listing.Fields) > 0 {
		return s.columns
	}
	out := make([]snapshot.Column, 0, len(after)+1)
	add := func(f snapshot.Field) {
		if !s.listing.Shown(f.Name) {
			out = append(out, snapshot.Column{Name: f.Name, As: snapshot.Exact})
		}
	}
	for _, f := range after {
		add(f)
	}
	for _, f := range before {
		if _, ok := get(after, f.Name); !ok {
			add(f)
		}
	}
	return out
}

// differ adds the fields whose normal forms differ.
func (s *fieldset) differ(out map[string][2]string, before, after []snapshot.Field) {
	if slices.Equal(before, after) {
		return
	}
	for _, col := range s.compared(before, after) {
		v, ok := get(before, col.Name)
		w, ok2 := get(after, col.Name)
		if v == w || ok != ok2 && s.lacked(col.Name) || Normal(col.As, v) == Normal(col.As, w) {
			continue
		}
		if _, told := out[col.Name]; !told {
			out[col.Name] = [2]string{v, w}
		}
	}
}

// lacked tells whether a field that one of two rows does not have is missing in
// the form of that side.
func (s *fieldset) lacked(name string) bool { return !s.plain || s.lacks[name] }

// facts are the compared fields that say something, as the second of two.
func (s *fieldset) facts(fields []snapshot.Field) map[string][2]string {
	out := map[string][2]string{}
	for _, col := range s.compared(nil, fields) {
		if v, ok := get(fields, col.Name); ok && Normal(col.As, v) != "" {
			out[col.Name] = [2]string{"", v}
		}
	}
	return out
}

// carry keeps what is compared and what the form of this look lacks: else a
// change that happens meanwhile would be missed when the field comes back.
func (s *fieldset) carry(before, after []snapshot.Field) []snapshot.Field {
	out := after
	for _, col := range s.compared(before, after) {
		if _, ok := get(after, col.Name); ok {
			continue
		}
		if v, ok := get(before, col.Name); ok && s.lacked(col.Name) {
			out = append(slices.Clip(out), snapshot.Field{Name: col.Name, Value: v})
		}
	}
	return out
}

// Label is what a record is called by people: of a register the name of the
// system, of a listing what is described or else what looks like a name.
func Label(l *snapshot.Listing, k Key, fields []snapshot.Field) string {
	if name := l.Label; name != "" || !l.Plain() {
		v, _ := get(fields, cmp.Or(name, fieldName))
		return v
	}
	words := []string{fieldName, "name", "judul", "title"}
	for _, is := range []func(name, word string) bool{func(name, word string) bool { return name == word }, strings.HasSuffix} {
		for _, word := range words {
			for _, f := range fields {
				if is(strings.ToLower(f.Name), word) && f.Value != "" && f.Value != string(k) {
					return f.Value
				}
			}
		}
	}
	return ""
}

// nearlyAll is the share of rows that have a field which belongs to the form
// of a listing, in hundredths. A field that fewer rows have is one that a row
// may have or not.
const nearlyAll = 90

// lacking lists the fields that no row of one side has and nearly all of the
// other have.
func lacking(rows []Row, records []snapshot.Record) map[string]bool {
	var before, after census
	for i := range rows {
		before.add(rows[i].Fields)
	}
	for i := range records {
		after.add(records[i].Fields)
	}
	out := map[string]bool{}
	before.settle()
	after.settle()
	for _, c := range [][2]*census{{&before, &after}, {&after, &before}} {
		for name, n := range c[0].have {
			if c[1].have[name] == 0 && n*100 >= nearlyAll*c[0].rows {
				out[name] = true
			}
		}
	}
	return out
}

// census counts how many rows have which fields. Rows with the same fields as
// the one before are counted together.
type census struct {
	rows  int
	have  map[string]int
	last  []snapshot.Field
	alike int // rows like the last one
}

func (c *census) add(fields []snapshot.Field) {
	c.rows++
	if c.alike == 0 || !slices.EqualFunc(c.last, fields, func(a, b snapshot.Field) bool { return a.Name == b.Name }) {
		c.settle()
		c.last = fields
	}
	c.alike++
}

func (c *census) settle() {
	if c.have == nil {
		c.have = map[string]int{}
	}
	for _, f := range c.last {
		c.have[f.Name] += c.alike
	}
	c.last, c.alike = nil, 0
}
