package console_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pantau/notify"
	"pantau/notify/console"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestLayouts lays out every example of the parent package.
func TestLayouts(t *testing.T) {
	examples, err := filepath.Glob("../testdata/messages/*.json")
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	c := console.New(nil)
	for _, path := range examples {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(name, func(t *testing.T) {
			var m notify.Message
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b, &m); err != nil {
				t.Fatal(err)
			}
			got, err := c.Render(m, "")
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != string(got) {
				t.Errorf("%s differs (-update writes it anew):\n%s", file, got)
			}
		})
	}
}
