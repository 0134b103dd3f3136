package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"pantau/config"
	"pantau/config/foreign"
)

// watched writes a file of watches.
func watched(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const jobs = `name: "Permenkominfo 5/2020: PSE"
url: https://jdih.example.id/permen-5
filter:
  - css: "#isi"
  - grepi: Dilihat
---
name: Rendered
navigate: https://aplikasi.example.id/
---
command: ls
`

// TestImportArchives: what the goldens of the formats hold makes a sound
// configuration as it is printed, and with everything uncommented.
func TestImportArchives(t *testing.T) {
	archives, err := filepath.Glob("../../config/foreign/testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, path := range archives {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		im, err := foreign.Read(a.Files[0].Data, "")
		if err != nil {
			t.Fatal(err)
		}
		foreign.Identify(im.Watches)
		for i := range im.Watches {
			w := im.Watches[i]
			if w.Source == nil || w.Source.Type != "page" {
				continue
			}
			w.Outcome = foreign.Carried
			text := "sources:\n" + foreign.Text([]foreign.Watch{w}, 2)
			c, err := config.Parse("pantau.yaml", []byte(text), os.LookupEnv)
			if err != nil {
				t.Errorf("%s: %v\n%s", path, err, text)
				continue
			}
			if s := c.Sources[0]; s.URL != w.Source.URL || s.ID != w.Source.ID || s.Name != w.Source.Name {
				t.Errorf("%s: became %+v, want %+v", path, s, w.Source)
			}
		}
	}
}

func TestImportPrints(t *testing.T) {
	code, out, errs := pantau(t, "import", watched(t, "urls.yaml", jobs))
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	c, err := config.Parse("pantau.yaml", []byte(out), os.LookupEnv)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(c.Sources) != 1 || c.Sources[0].ID != "permenkominfo-5-2020-pse" || c.Sources[0].Select[0] != "#isi" {
		t.Errorf("got %+v", c.Sources)
	}
	for _, want := range []string{"filter.grepi", "# - id: rendered", "Left: document 3", "commands are not run"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not printed:\n%s", want, out)
		}
	}
	if want := "3 watches: 1 carried, 1 commented out, 1 left, 0 skipped."; !strings.Contains(errs, want) {
		t.Errorf("%q is not said:\n%s", want, errs)
	}
}

func TestImportJSON(t *testing.T) {
	list := watched(t, "list.txt", "https://jdih.example.id/permen-5\n")
	code, out, errs := pantau(t, "import", "--json", watched(t, "urls.yaml", jobs), list)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 4 {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	outcomes := []string{"carried", "commented", "left", "carried"}
	for i, line := range lines {
		var w imported
		if err := json.Unmarshal([]byte(line), &w); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if string(w.Outcome) != outcomes[i] || (w.Source == nil) != (w.Outcome == foreign.Left) || w.File == "" {
			t.Errorf("got %s", line)
		}
	}
}

// TestImportInto adds to a configuration what it lacks, and nothing twice.
func TestImportInto(t *testing.T) {
	const before = `# Ours: do not touch
database: pantau.db   # beside this file
sources:
  - id: pse
    type: registry
    preset: pse-api-public
    schedule: "0 6 * * *"

# Who is told
subscribers:
  - id: legal
    channels: [console]
`
	path := watched(t, "pantau.yaml", before)
	from := watched(t, "urls.yaml", jobs)
	code, out, errs := pantau(t, "import", "--into", path, from)
	after, err := os.ReadFile(path)
	if code != 0 || err != nil {
		t.Fatalf("exit %d, %v: %s", code, err, errs)
	}
	for line := range strings.Lines(before) {
		if !strings.Contains(string(after), line) {
			t.Errorf("the line %q is gone", line)
		}
	}
	if i := strings.Index(string(after), "- id: permenkominfo-5-2020-pse"); i < strings.Index(string(after), "0 6 * * *") || i > strings.Index(string(after), "# Who is told") {
		t.Errorf("the source is in no good place:\n%s", after)
	}
	if !strings.Contains(out, "permenkominfo-5-2020-pse") {
		t.Errorf("what was added is not shown: %s", out)
	}
	if kept, err := os.ReadFile(path + ".before-import-1"); err != nil || string(kept) != before {
		t.Errorf("the old file: %v\n%s", err, kept)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
	if code, _, errs := pantau(t, "--config", path, "validate"); code != 0 {
		t.Errorf("the result is not sound: %s", errs)
	}

	code, _, errs = pantau(t, "import", "--into", path, from)
	again, err := os.ReadFile(path)
	if code != 0 || err != nil || string(again) != string(after) {
		t.Errorf("a second import: exit %d, %v, %s\n%s", code, err, errs, again)
	}
	if !strings.Contains(errs, "there already") || !strings.Contains(errs, "2 skipped") {
		t.Errorf("what is skipped is not said: %s", errs)
	}

	other := watched(t, "other.yaml", "name: PSE\nurl: https://other.example.id/\n")
	if code, _, errs = pantau(t, "import", "--into", path, other); code != 0 || !strings.Contains(errs, "ANOTHER address") {
		t.Errorf("another page under a taken id: exit %d, %s", code, errs)
	}
}

func TestImportRefuses(t *testing.T) {
	from := watched(t, "urls.yaml", jobs)
	broken := watched(t, "pantau.yaml", "sources:\n  - id: a\n    type: page\n")
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no file", []string{"import"}, 2, "requires at least 1 arg"},
		{"file that is not there", []string{"import", "absent.yaml"}, 1, "absent.yaml"},
		{"folder", []string{"import", t.TempDir()}, 1, "is no file"},
		{"unknown format", []string{"import", "--from", "rss", from}, 2, "--from rss is not known"},
		{"wrong format", []string{"import", "--from", "opml", from}, 1, "no outlines"},
		{"prose", []string{"import", watched(t, "a.txt", "Dear colleague")}, 1, "no list of watches"},
		{"broken configuration", []string{"import", "--into", broken, from}, 2, "url"},
		{"no configuration", []string{"import", "--into", "absent.yaml", from}, 2, "absent.yaml"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := pantau(t, test.args...)
			if code != test.code || !strings.Contains(errs, test.want) || out != "" {
				t.Errorf("exit %d, want %d with %q\n%s\n%s", code, test.code, test.want, out, errs)
			}
		})
	}
}
