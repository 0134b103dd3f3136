package layout

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the module's folder, seen from here.
const root = "../.."

func TestModule(t *testing.T) {
	module, err := read(root)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(module.packages, func(p *folder) bool { return p.path == "internal/layout" }) {
		t.Fatal("the module was not read: this very package is not in it")
	}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		t.Run(name, func(t *testing.T) {
			for _, complaint := range rules[name](module) {
				t.Error(complaint)
			}
		})
	}
}

// TestTableIsDocumented keeps doc/design.md and the table the same.
func TestTableIsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "doc", "design.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range slices.Sorted(maps.Keys(rows)) {
		var cells []string
		for _, to := range rows[from] {
			cells = append(cells, "`"+to+"`")
		}
		cell := strings.Join(cells, ", ")
		switch {
		case len(never[from]) > 0:
			cell = "everything but `" + strings.Join(never[from], "`, `") + "`"
		case slices.Equal(rows[from], []string{all}):
			cell = "everything"
		case len(cells) == 0:
			cell = "nothing"
		}
		if want := "| `" + from + "` | " + cell + " |"; !strings.Contains(string(text), want) {
			t.Errorf("doc/design.md lacks the row\n%s", want)
		}
	}
}

// A table with a cycle would allow what the compiler refuses.
func TestTableHasNoCycle(t *testing.T) {
	for from := range rows {
		if reaches(from)[from] {
			t.Errorf("%s reaches itself", from)
		}
	}
}

func TestConfinementNamesPackagesOfTheTable(t *testing.T) {
	for imported, where := range confined {
		for _, p := range where {
			if _, ok := rows[p]; !ok && p != all {
				t.Errorf("%s is confined to %s, which stands in no row", imported, p)
			}
		}
	}
}

// doc opens a file of package p as it should be.
func doc(p string) string { return "// Package " + p + " is documented.\npackage " + p + "\n" }

func TestRulesFire(t *testing.T) {
	tests := []struct {
		name  string
		rule  string
		path  string
		text  string
		wants string // part of the one complaint; empty: none
	}{
		{"allowed edge", "edges", "crawler/a.go", doc("crawler") + `import _ "pantau/internal/egress"`, ""},
		{"forbidden edge", "edges", "crawler/a.go", doc("crawler") + `import _ "pantau/notify"`, "crawler may not import notify"},
		{"leaf with an edge", "edges", "internal/snapshot/a.go", doc("snapshot") + `import _ "pantau/diff"`, "may not import diff"},
		{"package in no row", "edges", "news/a.go", doc("news"), "stands in no row"},
		{"root package", "edges", "a.go", doc("pantau"), "stands in no row"},
		{"config and the store", "edges", "config/a.go", doc("config") + `import _ "pantau/internal/store"`, "may not import internal/store"},
		{"config and the rest", "edges", "config/a.go", doc("config") + `import _ "pantau/notify/slack"`, ""},
		{"the command imports all", "edges", "cmd/pantau/a.go", "package main\nimport _ \"pantau/internal/store\"", ""},
		{"nobody imports the command", "edges", "config/a.go", doc("config") + `import _ "pantau/cmd/pantau"`, "may not import cmd/pantau"},
		{"a test reaches through", "edges", "notify/slack/a_test.go", "package slack\nimport _ \"pantau/diff\"", ""},
		{"code does not", "edges", "notify/slack/a.go", doc("slack") + `import _ "pantau/internal/snapshot"`, "may not import internal/snapshot"},
		{"a test stays in reach", "edges", "crawler/a_test.go", "package crawler\nimport _ \"pantau/notify\"", "may not import notify"},
		{"a test of the demonstration site", "edges", "crawler/a_test.go", "package crawler\nimport _ \"pantau/internal/demosite\"", ""},
		{"an external test", "edges", "crawler/a_test.go", "package crawler_test\nimport _ \"pantau/crawler\"", ""},

		{"driver in the store", "confinement", "internal/store/a.go", doc("store") + `import _ "modernc.org/sqlite"`, ""},
		{"driver elsewhere", "confinement", "internal/history/a.go", doc("history") + `import _ "modernc.org/sqlite"`, "confined to"},
		{"below a confined module", "confinement", "cmd/pantau/a.go", "package main\nimport _ \"github.com/riverqueue/river/rivertype\"", "github.com/riverqueue/river is confined to"},
		{"the longer path decides", "confinement", "crawler/a.go", doc("crawler") + `import _ "golang.org/x/net/html/charset"`, ""},
		{"the shorter path decides", "confinement", "crawler/a.go", doc("crawler") + `import _ "golang.org/x/net/html"`, "confined to"},
		{"a name that begins alike", "confinement", "diff/a.go", doc("diff") + `import _ "github.com/sergi/go-diffs"`, "confined nowhere"},
		{"unknown module", "confinement", "diff/a.go", doc("diff") + `import _ "example.org/new"`, "confined nowhere"},
		{"unknown module in a test", "confinement", "diff/a_test.go", "package diff\nimport _ \"example.org/new\"", "confined nowhere"},
		{"test library in a test", "confinement", "diff/a_test.go", "package diff\nimport _ \"pgregory.net/rapid\"", ""},
		{"test library in code", "confinement", "diff/a.go", doc("diff") + `import _ "pgregory.net/rapid"`, "confined nowhere"},
		{"free standard library", "confinement", "diff/a.go", doc("diff") + `import _ "encoding/json"`, ""},
		{"confined standard library", "confinement", "internal/web/a.go", doc("web") + `import _ "database/sql"`, "confined to"},
		{"module everywhere", "confinement", "diff/a.go", doc("diff") + `import _ "golang.org/x/text/unicode/norm"`, ""},

		{"client literal", "one way out", "crawler/a.go", doc("crawler") + "import \"net/http\"\nvar c = &http.Client{}", "http.Client"},
		{"client by new", "one way out", "crawler/a.go", doc("crawler") + "import \"net/http\"\nfunc f() any { return new(http.Client) }", "http.Client"},
		{"zero client", "one way out", "crawler/a.go", doc("crawler") + "import \"net/http\"\nfunc f() { var c http.Client; _ = c }", "http.Client"},
		{"renamed import", "one way out", "crawler/a.go", doc("crawler") + "import web \"net/http\"\nfunc f() { web.Get(\"\") }", "http.Get"},
		{"default transport", "one way out", "crawler/a.go", doc("crawler") + "import \"net/http\"\nvar c = http.DefaultTransport", "DefaultTransport"},
		{"dial", "one way out", "notify/email/a.go", doc("email") + "import \"net\"\nfunc f() { net.Dial(\"tcp\", \"\") }", "net.Dial"},
		{"a client from outside", "one way out", "crawler/a.go", doc("crawler") + "import \"net/http\"\ntype t struct { c *http.Client }\nfunc f(c *http.Client) t { return t{c} }", ""},
		{"egress builds it", "one way out", "internal/egress/a.go", doc("egress") + "import \"net/http\"\nvar c = &http.Client{}", ""},
		{"a test may", "one way out", "crawler/a_test.go", "package crawler\nimport \"net/http\"\nvar c = http.DefaultClient", ""},
		{"a server is no client", "one way out", "cmd/pantau/a.go", "package main\nimport \"net/http\"\nvar s http.Server", ""},

		{"verification off", "verification", "internal/egress/a.go", doc("egress") + "import \"crypto/tls\"\nvar c = tls.Config{InsecureSkipVerify: true}", "certificate"},
		{"verification off in a test", "verification", "internal/egress/a_test.go", "package egress\nimport \"crypto/tls\"\nfunc f(c *tls.Config) { c.InsecureSkipVerify = true }", "certificate"},
		{"verification on", "verification", "internal/egress/a.go", doc("egress") + "// InsecureSkipVerify is never set.\nvar c = 1", ""},

		{"documented", "documentation", "diff/a.go", doc("diff"), ""},
		{"undocumented", "documentation", "diff/a.go", "package diff", "no package documentation"},
		{"documented as another", "documentation", "diff/a.go", doc("dif"), "does not begin with"},
		{"undocumented command", "documentation", "cmd/pantau/a.go", doc("main"), `does not begin with "Command pantau "`},

		{"package util", "names", "diff/util/a.go", doc("util"), `"util" says nothing`},
		{"folder of models", "names", "internal/models/a.go", doc("record"), `"models" says nothing`},
		{"a word within", "names", "diff/a.go", doc("typeset"), ""},

		{"init", "init", "diff/a.go", doc("diff") + "func init() {}", "init function"},
		{"init in a test", "init", "diff/a_test.go", "package diff\nfunc init() {}", "init function"},
		{"a method called init", "init", "diff/a.go", doc("diff") + "type t int\nfunc (t) init() {}", ""},

		{"assigned", "state", "diff/a.go", doc("diff") + "var m map[int]int\nfunc f() { m = nil }", "writes to its package variable m"},
		{"element assigned", "state", "diff/a.go", doc("diff") + "var m = map[int]int{}\nfunc f() { m[1] = 2 }", "package variable m"},
		{"field of pointer assigned", "state", "diff/a.go", doc("diff") + "var p = &struct{ n int }{}\nfunc f() { (*p).n++ }", "package variable p"},
		{"deleted from", "state", "diff/a.go", doc("diff") + "var m = map[int]int{}\nfunc f() { delete(m, 1) }", "package variable m"},
		{"ranged into", "state", "diff/a.go", doc("diff") + "var n int\nfunc f() { for n = range 3 {} }", "package variable n"},
		{"lock", "state", "diff/a.go", doc("diff") + "import \"sync\"\nvar mu sync.Mutex", "holds sync.Mutex"},
		{"map of sync", "state", "diff/a.go", doc("diff") + "import \"sync\"\nvar m = sync.Map{}", "holds sync.Map"},
		{"atomic", "state", "diff/a.go", doc("diff") + "import \"sync/atomic\"\nvar n atomic.Int64", "holds atomic.Int64"},
		{"read only", "state", "diff/a.go", doc("diff") + "var m = map[int]int{1: 2}\nfunc f() int { return m[1] }", ""},
		{"shadowed", "state", "diff/a.go", doc("diff") + "var m = 1\nfunc f() { m := 2; m++; _ = m }", ""},
		{"local lock", "state", "diff/a.go", doc("diff") + "import \"sync\"\nfunc f() { var mu sync.Mutex; mu.Lock() }", ""},
		{"a test may keep state", "state", "diff/a_test.go", "package diff\nvar n int\nfunc f() { n++ }", ""},
	}
	fired := map[string]bool{}
	for _, tt := range tests {
		t.Run(tt.rule+"/"+tt.name, func(t *testing.T) {
			got := rules[tt.rule](plant(t, map[string]string{tt.path: tt.text}))
			if tt.wants == "" {
				if len(got) > 0 {
					t.Errorf("complains: %q", got)
				}
				return
			}
			fired[tt.rule] = true
			if len(got) != 1 || !strings.Contains(got[0], tt.wants) || !strings.Contains(got[0], filepath.Base(tt.path)+":") {
				t.Errorf("complaints %q, want one at its place with %q", got, tt.wants)
			}
		})
	}
	for name := range rules {
		if !fired[name] {
			t.Errorf("no case shows that the rule %q can fail", name)
		}
	}
}

// State is found across the files of a package, documentation in all of them.
func TestRulesReadWholePackages(t *testing.T) {
	tree := plant(t, map[string]string{
		"diff/a.go": doc("diff") + "var n int",
		"diff/b.go": doc("diff") + "func f() { n = 1 }",
	})
	if got := noState(tree); len(got) != 1 || !strings.Contains(got[0], "b.go:") {
		t.Errorf("state: %q", got)
	}
	if got := documentation(tree); len(got) != 1 || !strings.Contains(got[0], "2 files") {
		t.Errorf("documentation: %q", got)
	}
}

func TestReadLeavesOut(t *testing.T) {
	tree := plant(t, map[string]string{
		"diff/a.go":            doc("diff"),
		"diff/testdata/x/a.go": doc("x"),
		".hidden/a.go":         doc("hidden"),
		"_old/a.go":            doc("old"),
		"tool/go.mod":          "module tool",
		"tool/a.go":            doc("tool"),
		"diff/a_plan9.go":      "package diff",
	})
	if len(tree.packages) != 1 || tree.packages[0].path != "diff" || len(tree.packages[0].files) != 2 {
		t.Errorf("read %+v", tree.packages)
	}
}

func TestReadRefusesWhatIsNotGo(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte("packag"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := read(dir); err == nil {
		t.Error("a file that does not parse was passed over")
	}
}

// plant writes a small module into a folder of its own and reads it.
func plant(t *testing.T, files map[string]string) *tree {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}
