package notify

import (
	"go/ast"
	"go/parser"
	"go/token"
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
