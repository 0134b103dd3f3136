package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPresetsCommand installs a preset for the source of another's, and one
// that is new, and sees what is said before and after.
func TestPresetsCommand(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	conf := write("pantau.yaml", "presets: own\nsources: [{id: pse, type: registry, preset: pse-api-public}]\n")
	write("own/.keep", "")
	say := func(want int, args ...string) string {
		t.Helper()
		code, out, errs := pantau(t, append(args, "--config", conf)...)
		if code != want {
			t.Fatalf("pantau %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, out, errs)
		}
		return out + errs
	}
	holds := func(text string, parts ...string) {
		t.Helper()
		for _, p := range parts {
			if !strings.Contains(text, p) {
				t.Errorf("no %q in\n%s", p, text)
			}
		}
	}
	holds(say(0, "presets"), "pse-api-public", "pse-json-static", "pantau  ", "  pse  ", "Register of electronic system operators")
	if say(0, "presets", "list") != say(0, "presets") {
		t.Error("list lists something else")
	}
	shown := say(0, "presets", "show", "pse-api-public")
	holds(shown, "records: hits")
	before := say(0, "validate", "--json")

	bad := write("new/pse-api-public.yaml", strings.Replace(shown, "records: hits", "recrods: hits", 1))
	holds(say(2, "presets", "install", bad, "--yes"), "pse-api-public.yaml:", "unknown key `recrods`; did you mean `records`?", "^")
	edited := write("new/pse-api-public.yaml", strings.Replace(shown, "records: hits", "records: rows", 1))
	hunk := []string{"--- pantau/pse-api-public", "+++ " + edited, "-records: hits\n+records: rows\n"}
	holds(say(1, "presets", "diff", edited), hunk...)
	holds(say(2, "presets", "install", edited), append(hunk, "pse-api-public is used by pse.", "nobody is at the terminal")...)
	if _, err := os.Stat(filepath.Join(dir, "own", "pse-api-public.yaml")); err == nil {
		t.Error("installed without a yes")
	}
	holds(say(0, "presets", "install", edited, "--yes"), append(hunk, "pse-api-public is installed")...)
	if after := say(0, "validate", "--json"); after == before {
		t.Errorf("another description of a source leaves the digest of the configuration: %s", after)
	}
	holds(say(0, "presets", "--json"), `"from":"`+filepath.Join(dir, "own", "pse-api-public.yaml"), `"replaces":true`)
	holds(say(1, "presets", "diff", "pse-api-public"), "-records: hits\n+records: rows\n")
	holds(say(0, "presets", "install", edited, "--yes"), "in force as it is")

	again := write("new/pse-api-public.yaml", strings.Replace(shown, "records: hits", "records: data", 1))
	holds(say(0, "presets", "install", again, "--yes"), "-records: rows\n+records: data\n", "What it replaced is ")
	if kept, err := filepath.Glob(filepath.Join(dir, "own", "pse-api-public.yaml.before-*")); err != nil || len(kept) != 1 {
		t.Errorf("kept: %v, %v", kept, err)
	}
	list := write("new/kev.yaml", "url: https://kev.example/kev.json\nkey: cveID\n")
	holds(say(0, "presets", "install", list, "--yes"), "--- /dev/null", "+key: cveID")
	wrong := write("new/pse-api-public.yaml", "url: https://kev.example/kev.json\nkey: cveID\n")
	holds(say(2, "presets", "install", wrong, "--yes"), "nothing is installed", "the preset `pse-api-public` describes a source of type listing")
	holds(say(2, "presets", "show", "nothing"), fmt.Sprintf("there is no preset %q", "nothing"))
}
