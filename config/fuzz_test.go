package config

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"
)

// FuzzParse: whatever the file, Parse answers with a whole configuration or
// with problems that lie inside it.
func FuzzParse(f *testing.F) {
	f.Add(Template())
	archives, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range append(archives, "testdata/example.txtar") {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(text).Files {
			if file.Name == "pantau.yaml" {
				f.Add(file.Data)
			}
		}
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse(filepath.Join(folder, "pantau.yaml"), text, none)
		if err != nil {
			places(t, err, string(text))
			return
		}
		if len(c.Sources) == 0 || !json.Valid(c.Resolved()) || len(c.Digest()) != 64 {
			t.Fatalf("a configuration without %+v", c)
		}
		for _, s := range c.Sources {
			if s.ID == "" || s.Schedule == "" || s.Timezone == "" || s.Access.Deadline <= 0 || s.Address() == "" {
				t.Fatalf("an incomplete source %+v", s)
			}
		}
	})
}

func FuzzDistance(f *testing.F) {
	f.Add("schedul", "schedule")
	f.Add("dealy", "delay")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 100 || len(b) > 100 {
			t.Skip()
		}
		d := distance(a, b)
		if d != distance(b, a) || d < 0 || d > max(len([]rune(a)), len([]rune(b))) || (d == 0) != (string([]rune(a)) == string([]rune(b))) {
			t.Fatalf("distance(%q, %q) = %d", a, b, d)
		}
	})
}
