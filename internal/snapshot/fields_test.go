package snapshot

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestFieldsKeepWhatTheyAreGiven packs lists one after the other by one packer.
func TestFieldsKeepWhatTheyAreGiven(t *testing.T) {
	field := rapid.Custom(func(t *rapid.T) Field {
		return Field{rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name"), rapid.StringN(-1, -1, 300).Draw(t, "value")}
	})
	rapid.Check(t, func(t *rapid.T) {
		var p Packer
		lists := rapid.SliceOf(rapid.SliceOfN(field, 0, 5)).Draw(t, "lists")
		var packed []Fields
		for _, l := range lists {
			packed = append(packed, p.Pack(l))
		}
		for i, l := range lists {
			f := packed[i]
			if !slices.Equal(f.List(), l) || f.Len() != len(l) {
				t.Fatalf("%q became %q", l, f.List())
			}
			for j, m := range lists {
				if f.Equal(packed[j]) != slices.Equal(l, m) {
					t.Fatalf("%q equals %q: %t", l, m, f.Equal(packed[j]))
				}
			}
			for _, one := range l {
				first := l[slices.IndexFunc(l, func(o Field) bool { return o.Name == one.Name })]
				if v, ok := f.Get(one.Name); !ok || v != first.Value {
					t.Fatalf("%s of %q is %q", one.Name, l, v)
				}
			}
			b, err := json.Marshal(f)
			if plain, _ := json.Marshal(append([]Field{}, l...)); string(plain) != string(b) {
				t.Fatalf("%q is written %s, want %s", l, b, plain)
			}
			var again Fields
			if err == nil {
				err = json.Unmarshal(b, &again)
			}
			if err != nil || !again.Equal(f) {
				t.Fatalf("%s became %q, %v", b, again.List(), err)
			}
		}
	})
}

// FuzzParse reads what package json reads, and the same of it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`[]`, `[{"name":"a","value":"b"}]`, `[{"name":"a","value":"b\u003c"},{"name":"","value":""}]`, `[{"name":"a","value":"b"}`,
		`[{"name":"a","value":"b"},]`, `[{"name":"a\",\"value\":\"x","value":"b"}]`, `[{"value":"b","name":"a"}]`, `null`, `[{"name":"a","value":"b"}]]`, "[{\"name\":\"a\",\"value\":\"\n\"}]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want []Field
		err := json.Unmarshal([]byte(text), &want)
		got, gotErr := new(Packer).Parse(text)
		if err == nil && (gotErr != nil || !slices.Equal(got.List(), want)) {
			t.Fatalf("%q: %q, %v, want %q", text, got.List(), gotErr, want)
		}
	})
}
