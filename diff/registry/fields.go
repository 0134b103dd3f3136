package registry

import (
	"cmp"
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
func (s *fieldset) compared(before, after snapshot.Fields) []snapshot.Column {
	if len(s.listing.Fields) > 0 {
		return s.columns
	}
	out := make([]snapshot.Column, 0, after.Len()+1)
	add := func(name string) {
		if !s.listing.Shown(name) {
			out = append(out, snapshot.Column{Name: name, As: snapshot.Exact})
		}
	}
	for name := range after.All() {
		add(name)
	}
	for name := range before.All() {
		if _, ok := after.Get(name); !ok {
			add(name)
		}
	}
	return out
}

// differ adds the fields whose normal forms differ.
func (s *fieldset) differ(out map[string][2]string, before, after snapshot.Fields) {
	if before.Equal(after) {
		return
	}
	for _, col := range s.compared(before, after) {
		v, ok := before.Get(col.Name)
		w, ok2 := after.Get(col.Name)
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
func (s *fieldset) facts(fields snapshot.Fields) map[string][2]string {
	out := map[string][2]string{}
	for _, col := range s.compared(snapshot.Fields{}, fields) {
		if v, ok := fields.Get(col.Name); ok && Normal(col.As, v) != "" {
			out[col.Name] = [2]string{"", v}
		}
	}
	return out
}

// carry keeps what is compared and what the form of this look lacks: else a
// change that happens meanwhile would be missed when the field comes back.
func (s *fieldset) carry(before, after snapshot.Fields) snapshot.Fields {
	var kept []snapshot.Field
	for _, col := range s.compared(before, after) {
		if _, ok := after.Get(col.Name); ok {
			continue
		}
		if v, ok := before.Get(col.Name); ok && s.lacked(col.Name) {
			kept = append(kept, snapshot.Field{Name: col.Name, Value: v})
		}
	}
	if kept == nil {
		return after
	}
	return after.With(kept...)
}

// Label is what a record is called by people: of a register the name of the
// system, of a listing what is described or else what looks like a name.
func Label(l *snapshot.Listing, k Key, fields snapshot.Fields) string {
	if name := l.Label; name != "" || !l.Plain() {
		v, _ := fields.Get(cmp.Or(name, fieldName))
		return v
	}
	words := []string{fieldName, "name", "judul", "title"}
	for _, is := range []func(name, word string) bool{func(name, word string) bool { return name == word }, strings.HasSuffix} {
		for _, word := range words {
			for name, value := range fields.All() {
				if is(strings.ToLower(name), word) && value != "" && value != string(k) {
					return value
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
	last  snapshot.Fields
	alike int // rows with the fields of the last one
}

func (c *census) add(fields snapshot.Fields) {
	c.rows++
	if c.alike == 0 || !c.last.SameNames(fields) {
		c.settle()
		c.last = fields
	}
	c.alike++
}

func (c *census) settle() {
	if c.have == nil {
		c.have = map[string]int{}
	}
	for name := range c.last.All() {
		c.have[name] += c.alike
	}
	c.last, c.alike = snapshot.Fields{}, 0
}
