package extract

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"pantau/internal/snapshot"
)

// Bounds of what is kept of a listing.
const (
	mostNames = 2000 // different fields, where every field of a row is read
	deepest   = 32   // objects within each other that are opened
)

// jsonRow reads one row of JSON; name is under what it stands in an object.
func (r *sheetReader) jsonRow(name string, row gjson.Result) line {
	r.row = r.row[:0]
	if len(r.listing.Fields) == 0 {
		r.leaves("", row, 0)
		r.row = sorted(r.row)
	}
	for i, p := range r.paths {
		if v := row.Get(p); v.Exists() { // what a format lacks is absent, not empty
			r.add(r.listing.Fields[i].Name, value(v))
		}
	}
	return r.line(r.jsonKey(name, row))
}

// add puts a field into the row that is being read.
func (r *sheetReader) add(name, value string) {
	r.row = append(r.row, snapshot.Field{Name: name, Value: strings.ToValidUTF8(value, replacement)})
}

// line is the row that was read, with its key. What is compared of a row
// without one stands for it.
func (r *sheetReader) line(key string) line {
	l := line{id: key, key: key, fields: r.packer.Pack(r.row)}
	if key != "" {
		return l
	}
	for _, f := range r.row {
		if !r.listing.Shown(f.Name) {
			l.id += "\x00" + f.Name + "\x00" + f.Value
		}
	}
	return l
}

func (r *sheetReader) jsonKey(name string, row gjson.Result) string {
	if r.listing.Key.Path == snapshot.MemberName {
		return r.matched(strings.Clone(name))
	}
	if len(r.keyPaths) == 1 {
		return r.matched(strings.Clone(value(row.Get(r.keyPaths[0]))))
	}
	var parts []string
	for _, p := range r.keyPaths {
		v := row.Get(p)
		if !v.Exists() {
			return ""
		}
		parts = append(parts, value(v))
	}
	return composite(parts)
}

// matched is what the pattern takes of a key.
func (r *sheetReader) matched(s string) string {
	if r.key == nil || s == "" {
		return s
	}
	m := r.key.FindStringSubmatch(s)
	switch len(m) {
	case 0:
		return ""
	case 1:
		return m[0]
	}
	return m[1]
}

var keySigns = strings.NewReplacer(`\`, `\\`, `|`, `\|`)

// composite makes one key of several parts, "a|b"; no other parts make the
// same. Parts that are all empty are no key.
func composite(parts []string) string {
	if !slices.ContainsFunc(parts, func(p string) bool { return p != "" }) {
		return ""
	}
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte('|')
		}
		keySigns.WriteString(&b, strings.ToValidUTF8(p, replacement))
	}
	return b.String()
}

// leaves adds every value of a row under its dotted path. An array is one
// value, since places in it are no names.
func (r *sheetReader) leaves(prefix string, v gjson.Result, depth int) {
	place := 0
	v.ForEach(func(k, e gjson.Result) bool {
		name := strconv.Itoa(place)
		if place++; v.IsObject() {
			name = strings.ReplaceAll(k.String(), ".", `\.`)
		}
		if name = prefix + name; r.skips(name) {
			return true
		}
		if e.IsObject() && depth < deepest && !barren(e.Raw) {
			r.leaves(name+".", e, depth+1)
			return true
		}
		r.add(r.named(name), value(e))
		return true
	})
}

// barren tells whether an object has no members.
func barren(raw string) bool { return strings.TrimSpace(raw[1:len(raw)-1]) == "" }

// skips tells whether a field, or what holds it, is volatile.
func (r *sheetReader) skips(name string) bool {
	return slices.ContainsFunc(r.volatile, func(v string) bool {
		rest, ok := strings.CutPrefix(name, v)
		return ok && (rest == "" || rest[0] == '.')
	})
}

// named is the one copy of the name of a field.
func (r *sheetReader) named(s string) string {
	if v, ok := r.names[s]; ok {
		return v
	}
	s = strings.ToValidUTF8(strings.Clone(s), replacement)
	r.names[s] = s
	return s
}

// tooMany refuses rows that are tables of their own: a field for every day, or
// for every person.
func (r *sheetReader) tooMany() *snapshot.Fault {
	if len(r.names) <= mostNames {
		return nil
	}
	return malformed("the rows have more than %d different fields; `fields` names those that count, `volatile` those that do not", mostNames)
}

// sorted puts the fields of a row in the order of their names, because the
// order in an answer says nothing. Of a name that stands twice the last counts.
func sorted(fields []snapshot.Field) []snapshot.Field {
	byName := func(a, b snapshot.Field) int { return strings.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(fields, byName) {
		slices.SortStableFunc(fields, byName)
	}
	out := fields[:0]
	for _, f := range fields {
		if n := len(out) - 1; n >= 0 && out[n].Name == f.Name {
			out[n] = f
			continue
		}
		out = append(out, f)
	}
	return out
}

// value is the text of a JSON value: null is empty, a list of plain values is
// joined by commas, anything deeper is canonical JSON.
func value(v gjson.Result) string {
	if v.IsObject() {
		return canonical(v.Raw)
	}
	if !v.IsArray() {
		return v.String()
	}
	var parts []string
	deep := false
	v.ForEach(func(_, e gjson.Result) bool {
		parts = append(parts, e.String())
		deep = e.IsArray() || e.IsObject()
		return !deep
	})
	if deep {
		return canonical(v.Raw)
	}
	return strings.Join(parts, ", ")
}

// canonical is JSON with the members of objects in order and no white space.
func canonical(raw string) string {
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return raw
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return raw
	}
	return strings.TrimSuffix(b.String(), "\n")
}
