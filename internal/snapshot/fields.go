package snapshot

import (
	"encoding/binary"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// Field is a named value as recorded.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Fields are the fields of one record in their order, packed: a listing may have
// a million records, and a header for every value would weigh more than the
// values. The zero value has none. They are not changed once they are made.
type Fields struct {
	shape *[]string // the names; records of one listing share it
	text  string    // of every value its length as a varint, and the value
}

// FieldsOf packs a few fields.
func FieldsOf(list ...Field) Fields { return new(Packer).Pack(list) }

// Packer packs the fields of many records, which share their names where they
// have the same. The zero value is ready; it is for one goroutine.
type Packer struct {
	shape *[]string // of the last one packed
	buf   []byte
	list  []Field
}

// Pack copies the fields of one record.
func (p *Packer) Pack(list []Field) Fields {
	if len(list) == 0 {
		return Fields{}
	}
	if p.shape == nil || !slices.EqualFunc(*p.shape, list, func(name string, f Field) bool { return name == f.Name }) {
		names := make([]string, len(list))
		for i := range list {
			names[i] = strings.Clone(list[i].Name)
		}
		p.shape = &names
	}
	p.buf = p.buf[:0]
	for i := range list {
		p.buf = binary.AppendUvarint(p.buf, uint64(len(list[i].Value)))
		p.buf = append(p.buf, list[i].Value...)
	}
	return Fields{p.shape, string(p.buf)}
}

// Len is how many there are.
func (f Fields) Len() int {
	if f.shape == nil {
		return 0
	}
	return len(*f.shape)
}

// All goes through the names and values in their order.
func (f Fields) All() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		if f.shape == nil {
			return
		}
		rest := f.text
		for _, name := range *f.shape {
			n, size := uvarint(rest)
			if !yield(name, rest[size:size+n]) {
				return
			}
			rest = rest[size+n:]
		}
	}
}

// uvarint is a length at the beginning of a text that Pack has made.
func uvarint(s string) (n, size int) {
	for shift := 0; ; shift += 7 {
		b := s[size]
		size++
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n, size
		}
	}
}

// Get finds a field by name.
func (f Fields) Get(name string) (string, bool) {
	for n, v := range f.All() {
		if n == name {
			return v, true
		}
	}
	return "", false
}

// SameNames tells whether two records have the same fields in one order,
// whatever they say.
func (f Fields) SameNames(g Fields) bool {
	return f.shape == g.shape || f.shape != nil && g.shape != nil && slices.Equal(*f.shape, *g.shape)
}

// Equal tells whether two records say the same in the same order.
func (f Fields) Equal(g Fields) bool { return f.text == g.text && f.SameNames(g) }

// With is the fields with more behind them.
func (f Fields) With(more ...Field) Fields { return FieldsOf(append(f.List(), more...)...) }

// List unpacks them.
func (f Fields) List() []Field {
	out := make([]Field, 0, f.Len())
	for name, value := range f.All() {
		out = append(out, Field{name, value})
	}
	return out
}

// MarshalJSON writes a list of names and values.
func (f Fields) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 2+len(f.text)+24*f.Len())
	b = append(b, '[')
	for name, value := range f.All() {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, `{"name":`...)
		b = appendString(b, name)
		b = append(b, `,"value":`...)
		b = append(appendString(b, value), '}')
	}
	return append(b, ']'), nil
}

// appendString writes a string as package json does.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, err := json.Marshal(s)
			if err != nil {
				panic(err) // every string has a JSON
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Fields) UnmarshalJSON(b []byte) (err error) {
	*f, err = new(Packer).Parse(string(b))
	return err
}

// Parse packs what MarshalJSON has written.
func (p *Packer) Parse(text string) (Fields, error) {
	if !p.plain(text) {
		p.list = p.list[:0]
		if err := json.Unmarshal([]byte(text), &p.list); err != nil {
			return Fields{}, err
		}
	}
	return p.Pack(p.list), nil
}

// plain reads a list in which nothing is escaped, as nearly all are. ok is false
// where it may hold anything else.
func (p *Packer) plain(text string) (ok bool) {
	p.list = p.list[:0]
	if strings.IndexByte(text, '\\') >= 0 || !utf8.ValidString(text) {
		return false
	}
	if text == "[]" {
		return true
	}
	rest, ok := strings.CutPrefix(text, "[")
	for ok {
		var f Field
		if rest, ok = strings.CutPrefix(rest, `{"name":"`); !ok {
			return false
		}
		if f.Name, rest, ok = strings.Cut(rest, `","value":"`); !ok || strings.IndexByte(f.Name, '"') >= 0 {
			return false
		}
		if f.Value, rest, ok = strings.Cut(rest, `"`); !ok {
			return false
		}
		p.list = append(p.list, f)
		if rest == "}]" {
			return true
		}
		rest, ok = strings.CutPrefix(rest, "},")
	}
	return false
}
