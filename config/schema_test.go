package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"pantau/internal/snapshot"
)

// published compiles what Schema gives, as an editor would.
func published(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("published.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("published.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// decoded reads YAML without any of our code.
func decoded(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSchemaTakesWhatParseTakes(t *testing.T) {
	s := published(t)
	a, err := txtar.ParseFile("testdata/example.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(a.Files, txtar.File{Name: "template.yaml", Data: Template()}) {
		if strings.HasSuffix(f.Name, ".yaml") {
			if err := s.Validate(decoded(t, f.Data)); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
	}
}

// TestSchemaAndParseAgree has faults of structure, which both must see, and
// files without one, which both must take.
func TestSchemaAndParseAgree(t *testing.T) {
	s := published(t)
	page := "sources: [{id: a, type: page, url: 'https://example.co.id/'}]\n"
	for _, c := range []struct {
		name, text string
		good       bool
	}{
		{"least", page, true},
		{"registry", "sources: [{id: a, type: registry, preset: pse-json-static}]", true},
		{"own register", `sources: [{id: a, type: registry, listing: {url: "https://example.co.id/{index}", ` +
			`indexes: [{name: A, status: registered}], records: rows, key: id, fields: [{name: nama}]}}]`, true},
		{"listing", "sources: [{id: a, type: listing, url: 'https://example.co.id/', records: rows, key: id, fields: [{name: nama}]}]", true},
		{"webhook", page + "channels: {ops: {type: slack, webhook: 'https://hooks.slack.com/services/x'}}", true},
		{"operator as text", page + "follow: [{operator: '12'}]", true},
		{"render", "sources: [{id: a, type: page, url: 'https://example.co.id/', render: false}]", true},
		{"rendered", "sources: [{id: a, type: page, url: 'https://example.co.id/', render: true}]", true},
		{"rendered until", "sources: [{id: a, type: page, url: 'https://example.co.id/', render: {wait: 'table tr', timeout: 40s, hosts: ['api.example.co.id:8443']}}]", true},
		{"browser", page + "browser: {path: /usr/bin/chromium, sandbox: false}", true},

		{"nothing watched", "language: id", false},
		{"empty list", "sources: []", false},
		{"unknown key", page + "lang: id", false},
		{"unknown key below", page + "network: {dely: 1s}", false},
		{"wrong type", page + "database: 1", false},
		{"null", page + "database:", false},
		{"page without url", "sources: [{id: a, type: page}]", false},
		{"registry without preset", "sources: [{id: a, type: registry}]", false},
		{"registry with url", "sources: [{id: a, type: registry, preset: pse-json-static, url: 'https://example.co.id/'}]", false},
		{"page with preset", "sources: [{id: a, type: page, preset: pse-json-static, url: 'https://example.co.id/'}]", false},
		{"document", "sources: [{id: a, type: document, url: 'https://example.co.id/a.pdf', require: [Pasal]}]", true},
		{"document with a region", "sources: [{id: a, type: document, url: 'https://example.co.id/a.pdf', select: [main]}]", false},
		{"document without an address", "sources: [{id: a, type: document}]", false},
		{"register rendered", "sources: [{id: a, type: registry, preset: pse-json-static, render: true}]", false},
		{"rendered by a word", "sources: [{id: a, type: page, url: 'https://example.co.id/', render: yes please}]", false},
		{"bad id", "sources: [{id: A, type: page, url: 'https://example.co.id/'}]", false},
		{"language", page + "language: de", false},
		{"duration", page + "retention: {unchanged: 30 days}", false},
		{"size", page + "network: {limits: {wire: 50}}", false},
		{"relation", page + "follow: [{operator: 1, as: friend}]", false},
		{"follow without operator", page + "follow: [{as: own}]", false},
		{"severity", page + "subscribers: [{id: a, channels: [console], match: {severity: high}}]", false},
		{"no channels", page + "subscribers: [{id: a, channels: []}]", false},
		{"channel twice", page + "subscribers: [{id: a, channels: [console, console]}]", false},
		{"untyped channel", page + "channels: {ops: {token: x}}", false},
		{"own console", page + "channels: {console: {type: slack, token: x}}", false},
		{"email without from", page + "channels: {email: {server: 'smtps://mail.example.co.id'}}", false},
		{"email as slack", page + "channels: {slack: {type: email, token: x}}", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := s.Validate(decoded(t, []byte(c.text))); (err == nil) != c.good {
				t.Errorf("the schema says %v, want good: %t", err, c.good)
			}
			_, err := Parse("pantau.yaml", []byte(c.text), none)
			if (err == nil) != c.good {
				t.Errorf("Parse says %v, want good: %t", err, c.good)
			}
			var p *Problems
			if err != nil && (!errors.As(err, &p) || len(p.List) == 0) {
				t.Errorf("Parse fails with %T without a problem", err)
			}
		})
	}
}

// TestSchemaDescribesItself: an editor shows what stands in the schema, so
// every key of the file's own sections has a word on it, or a name that is one.
func TestSchemaDescribesItself(t *testing.T) {
	s := fileShape()
	for name := range s.at("#/properties") {
		p := s.at("#/properties/" + name)
		if ref, ok := p["$ref"].(string); ok && p["description"] == nil {
			p = s.at(ref)
		}
		switch name {
		case "sources", "language", "retention", "network":
			continue
		}
		if p["description"] == nil {
			t.Errorf("%s has no description", name)
		}
	}
}

// TestPresets reads every preset as a file of its own, against the schema that
// a listing in the configuration has.
func TestPresets(t *testing.T) {
	names := presetNames()
	files, err := os.ReadDir("presets")
	if err != nil || len(names) != len(files) || len(names) == 0 {
		t.Fatalf("presets %v, files %v, %v", names, files, err)
	}
	want := []string{
		"LOKAL_TERDAFTAR registered domestic", "LOKAL_DIHENTIKAN_SEMENTARA suspended domestic", "LOKAL_DICABUT revoked domestic",
		"ASING_TERDAFTAR registered foreign", "ASING_DIHENTIKAN_SEMENTARA suspended foreign", "ASING_DICABUT revoked foreign",
	}
	for _, name := range registers() {
		t.Run(name, func(t *testing.T) {
			c, err := Parse("pantau.yaml", []byte("sources: [{id: pse, type: registry, preset: "+name+", base: 'http://127.0.0.1:8090/'}]"), none)
			if err != nil {
				t.Fatal(err)
			}
			l := c.Sources[0].Listing
			for i, p := range l.Indexes {
				if got := strings.Join([]string{p.Name, string(p.Status), p.Scope}, " "); got != want[i] {
					t.Errorf("index %d is %s, want %s", i, got, want[i])
				}
			}
			if len(l.Indexes) != len(want) || !strings.HasPrefix(l.URL, "http://127.0.0.1:8090/") || strings.Contains(l.URL, "8090//") {
				t.Errorf("got %+v", l)
			}
			columns := map[string]bool{}
			for _, f := range l.Fields {
				columns[f.Name] = true
			}
			for _, f := range []string{"nama", "nama_perusahaan", "website", "sektor", "tanggal_daftar"} {
				if !columns[f] {
					t.Errorf("the field %s is missing", f)
				}
			}
		})
	}
}

// registers are the presets of registers.
func registers() []string {
	var out []string
	for _, p := range BuiltIn() {
		if p.kind == snapshot.Registry {
			out = append(out, p.Name)
		}
	}
	return out
}

// TestPresetInline: a preset's text is a listing that the file may hold itself,
// so that the next generation of a register needs no new program.
func TestPresetInline(t *testing.T) {
	for _, name := range registers() {
		text, err := os.ReadFile(filepath.Join("presets", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		inline := "sources:\n  - id: pse\n    type: registry\n    listing:\n      " + strings.ReplaceAll(string(text), "\n", "\n      ")
		own, err := Parse("pantau.yaml", []byte(strings.TrimRight(inline, " ")), none)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		preset, err := Parse("pantau.yaml", []byte("sources: [{id: pse, type: registry, preset: "+name+"}]"), none)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if own.Digest() != preset.Digest() {
			t.Errorf("%s: inline it is another source", name)
		}
	}
}

func presetNames() []string {
	var out []string
	for _, p := range BuiltIn() {
		out = append(out, p.Name)
	}
	return out
}
