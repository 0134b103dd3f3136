package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// frames are what stands around a body: {top TITLE} and {end} of a site that
// names its parts, {TOP TITLE} and {END} of one that does not.
var frames = regexp.MustCompile(`\{(top|TOP|end|END)(?: ([^}]*))?\}`)

// TestGateOnUnseenBodies compares every body of the archive with its base, as
// `pantau compare BASE BODY` does.
func TestGateOnUnseenBodies(t *testing.T) {
	a, err := txtar.ParseFile("testdata/gate.txtar")
	if err != nil {
		t.Fatal(err)
	}
	part := map[string]string{}
	for _, f := range a.Files {
		part[f.Name] = strings.TrimSpace(string(f.Data))
	}
	dir := t.TempDir()
	write := func(name string) string {
		body := frames.ReplaceAllStringFunc(part[name], func(m string) string {
			g := frames.FindStringSubmatch(m)
			return strings.ReplaceAll(part[g[1]], "{title}", g[2])
		})
		path := filepath.Join(dir, strings.ReplaceAll(name, "/", "-"))
		if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	judged := map[string]int{}
	for _, f := range a.Files {
		kind, rest, _ := strings.Cut(f.Name, "/")
		base, _, ok := strings.Cut(rest, "/")
		if !ok {
			continue
		}
		judged[kind]++
		var out, errs strings.Builder
		code := compareFiles(t.Context(), compareOptions{Before: write("base/" + base + ".html"), After: write(f.Name)}, &out, &errs)
		switch {
		case kind == "bad" && code != compareError:
			t.Errorf("%s passes: exit %d: %s", f.Name, code, out.String())
		case kind == "good" && code == compareError:
			t.Errorf("%s is refused: %s", f.Name, errs.String())
		}
	}
	if judged["bad"] < 60 || judged["good"] < 30 {
		t.Errorf("only %v were judged", judged)
	}
}
