package notify

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// phrases are all texts of a catalogue by where they stand, as
// "kinds.removed.label".
func phrases(c catalogue) map[string]string {
	out := map[string]string{}
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			out[path] = v.String()
		case reflect.Struct:
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, v.Field(i))
			}
		case reflect.Map:
			for _, k := range v.MapKeys() {
				walk(path+"."+k.String(), v.MapIndex(k))
			}
		case reflect.Array:
			for i := range v.Len() {
				walk(path+"."+string(rune('a'+i)), v.Index(i))
			}
		}
	}
	walk("", reflect.ValueOf(c))
	return out
}

var braces = regexp.MustCompile(`\{[a-z]+\}`)

// TestCatalogues holds the two languages to the same keys and the same places
// to fill in. One for singular may leave the number out.
func TestCatalogues(t *testing.T) {
	en, id := phrases(english()), phrases(indonesian())
	// The details of faults are English: only another language needs sentences.
	maps.DeleteFunc(id, func(key, _ string) bool { return strings.HasPrefix(key, ".faults.") })
	delete(id, ".technical")
	delete(en, ".technical")
	if len(en) < 100 || len(en) != len(id) {
		t.Errorf("English has %d phrases, Indonesian %d", len(en), len(id))
	}
	for key, text := range en {
		other, ok := id[key]
		if !ok || strings.TrimSpace(text) == "" || strings.TrimSpace(other) == "" {
			t.Errorf("%s is missing: %q, %q", key, text, other)
			continue
		}
		if a, b := slots(text), slots(other); !slices.Equal(a, b) && !strings.HasSuffix(key, ".one") {
			t.Errorf("%s fills in %v in English and %v in Indonesian", key, a, b)
		}
	}
	for key, text := range id {
		if _, ok := en[key]; !ok {
			t.Errorf("%s has no English: %q", key, text)
		}
	}
}

func slots(text string) []string {
	list := braces.FindAllString(text, -1)
	slices.Sort(list)
	return list
}

// TestNoPhraseIsUnused looks for every field of the catalogue in the code that
// words messages.
func TestNoPhraseIsUnused(t *testing.T) {
	fset := token.NewFileSet()
	used := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				used[sel.Sel.Name] = true
			}
			return true
		})
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[catalogue](), reflect.TypeFor[kindWords](), reflect.TypeFor[opWords](), reflect.TypeFor[sightingWords](),
		reflect.TypeFor[healthWords](), reflect.TypeFor[sampleWords](), reflect.TypeFor[stateWords](), reflect.TypeFor[dailyWords](), reflect.TypeFor[plural](),
		reflect.TypeFor[looksWords](), reflect.TypeFor[handWords](), reflect.TypeFor[gapWords](), reflect.TypeFor[unconfirmedWords](), reflect.TypeFor[againWords](), reflect.TypeFor[clearWords]()} {
		for i := range typ.NumField() {
			if name := typ.Field(i).Name; !used[name] {
				t.Errorf("%s.%s is used nowhere", typ.Name(), name)
			}
		}
	}
}

// TestNoPhraseBlames looks for wordings that say more than was seen.
func TestNoPhraseBlames(t *testing.T) {
	for _, c := range []catalogue{english(), indonesian()} {
		for key, text := range phrases(c) {
			for _, word := range []string{"ministry", "kementerian", "Komdigi", "regulator", "government", "pemerintah"} {
				if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
					t.Errorf("%s says who did it: %q", key, text)
				}
			}
		}
	}
}

// TestEveryFaultHasASentence: a reader of Indonesian is told in Indonesian why a
// look could not be used, whatever the reason; the detail stands behind it.
func TestEveryFaultHasASentence(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "internal", "snapshot", "fault.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	words := indonesian()
	seen := 0
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(v.Names[0].Name, "Reason") {
			return true
		}
		reason := strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`)
		seen++
		if words.faults[reason] == "" {
			t.Errorf("nothing in Indonesian says %q", reason)
		}
		return true
	})
	if seen < 20 || seen != len(words.faults) {
		t.Errorf("%d reasons, %d sentences", seen, len(words.faults))
	}
	for language, want := range map[string]string{"en": "HTTP 503", "id": "Situs menjawab dengan kode kesalahan HTTP. Rincian teknis: HTTP 503"} {
		w := newWriter(language, "UTC", WordingOptions{})
		if got := w.cause("status", "HTTP 503", 100); got != want {
			t.Errorf("%s: %q, want %q", language, got, want)
		}
		if got := w.cause("not-comparable", "edited", 100); got != "edited" {
			t.Errorf("%s: another reason is worded %q", language, got)
		}
	}
}
