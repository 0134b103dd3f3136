package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder is a configuration beside a folder of presets.
func folder(t *testing.T, config string, presets map[string]string) (path string) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, "pantau.yaml")
	if err := os.Mkdir(filepath.Join(dir, "my"), 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"pantau.yaml": config}
	for name, text := range presets {
		files[filepath.Join("my", name)] = text
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

const (
	usesOwn = "presets: my\nsources:\n  - {id: pse, type: registry, preset: pse-api-public}\n  - {id: kev, type: listing, preset: kev, base: 'http://127.0.0.1:8090'}\n"
	kev     = "title: Vulnerabilities\nurl: https://kev.example/kev.json\nkey: cveID\nrecords: vulnerabilities\n"
	other   = "url: https://pse.example/{index}\nindexes: [{name: A, status: registered}]\nrecords: rows\nkey: id\nfields: [{name: nama}]\n"
)

// TestPresetFolder: files of the folder add to the presets of the program and
// go before them, and what they say is in the digest of the configuration.
func TestPresetFolder(t *testing.T) {
	path := folder(t, usesOwn, map[string]string{"kev.yaml": kev, "pse-api-public.yaml": other, "pse-api-public.yaml.before-0": "nonsense", "notes.txt": "nonsense"})
	c, err := Load(path, none)
	if err != nil {
		t.Fatal(err)
	}
	if l := c.Sources[0].Listing; l.URL != "https://pse.example/{index}" || l.Indexes[0].Name != "A" {
		t.Errorf("the preset of the program is in force: %+v", l)
	}
	if l := c.Sources[1].Listing; l.URL != "http://127.0.0.1:8090/kev.json" || l.Key.Path != "cveID" || l.Indexes[0].Name != "kev" {
		t.Errorf("the listing is %+v", l)
	}
	from := map[string]string{}
	for _, p := range c.Presets {
		from[p.Name] = filepath.Base(p.File) + " " + strings.Join(p.Sources, ",")
	}
	want := map[string]string{"kev": "kev.yaml kev", "pse-api-public": "pse-api-public.yaml pse", "pse-json-static": ". ", "pse-retrieve-json-all": ". "}
	for name, w := range want {
		if from[name] != w {
			t.Errorf("%s is from %q, want %q", name, from[name], w)
		}
	}
	edited, err := ParsePreset("kev.yaml", []byte(strings.Replace(kev, "cveID", "id", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if d, err := LoadWith(path, none, []*Preset{edited}); err != nil || d.Digest() == c.Digest() || d.Sources[1].Listing.Key.Path != "id" {
		t.Errorf("an edited preset leaves the configuration as it was: %v", err)
	}
	kept, err := c.Install(edited)
	if err != nil || filepath.Base(kept) == "kev.yaml" {
		t.Fatal(kept, err)
	}
	if old, err := os.ReadFile(kept); err != nil || string(old) != kev {
		t.Errorf("what was replaced: %q, %v", old, err)
	}
	if again, err := Load(path, none); err != nil || again.Sources[1].Listing.Key.Path != "id" {
		t.Errorf("installed, but not in force: %v", err)
	}
	if kept, err := c.Install(edited); kept != "" || err != nil {
		t.Errorf("the same once more keeps %q, %v", kept, err)
	}
}

// TestPresetProblems are told with the place in the preset.
func TestPresetProblems(t *testing.T) {
	for name, c := range map[string]struct {
		config  string
		presets map[string]string
		want    []string
	}{
		"in a file": {usesOwn, map[string]string{"kev.yaml": "url: https://kev.example/{page}\nkey: id\nfeilds: [a]\n", "Bad Name.yaml": kev},
			[]string{"kev.yaml:1:6: the address has {page}", "kev.yaml:3:1: unknown key `feilds`; did you mean `fields`?", "    3 | feilds: [a]", "Bad Name.yaml:1:1: a preset is named by its file"}},
		"not YAML":      {usesOwn, map[string]string{"kev.yaml": "url: [\n"}, []string{"kev.yaml:", "this is not YAML"}},
		"of a register": {usesOwn, map[string]string{"kev.yaml": other}, []string{"pantau.yaml:4:38: the preset `kev` describes a source of type registry"}},
		"of a listing":  {usesOwn, map[string]string{"kev.yaml": kev, "pse-api-public.yaml": kev}, []string{"pantau.yaml:3:39: the preset `pse-api-public` describes a source of type listing"}},
		"no such":       {usesOwn, nil, []string{"there is no preset `kev`"}},
		"no folder":     {strings.Replace(usesOwn, "my", "other", 1), nil, []string{"pantau.yaml:1:10: the folder of presets cannot be read: no such file or directory; make it"}},
		"beside a description": {strings.Replace(usesOwn, "preset: kev", "preset: kev, key: id", 1), map[string]string{"kev.yaml": kev},
			[]string{"`key` and `preset` exclude each other"}},
	} {
		_, err := Load(folder(t, c.config, c.presets), none)
		var p *Problems
		if !errors.As(err, &p) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: no %q in\n%v", name, w, err)
			}
		}
	}
}
