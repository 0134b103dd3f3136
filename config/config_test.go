package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"pantau/internal/demosite"
	"pantau/internal/snapshot"
	"pantau/notify"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// none is an empty environment.
func none(string) (string, bool) { return "", false }

// in is an environment of NAME=value lines.
func in(lines string) func(string) (string, bool) {
	values := map[string]string{}
	for line := range strings.Lines(lines) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		values[name] = value
	}
	return func(name string) (string, bool) { v, ok := values[name]; return v, ok }
}

// unpack writes an archive into a new folder and returns it with its files.
func unpack(t *testing.T, a *txtar.Archive) (folder string, files map[string]string) {
	t.Helper()
	folder, files = t.TempDir(), map[string]string{}
	for _, f := range a.Files {
		files[f.Name] = string(f.Data)
		if err := os.WriteFile(filepath.Join(folder, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder, files
}

// TestProblems compares what is said of every file in testdata/problems with
// what should be: the whole text, carets and all.
func TestProblems(t *testing.T) {
	archives, err := filepath.Glob("testdata/problems/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			folder, files := unpack(t, a)
			c, err := Load(filepath.Join(folder, "pantau.yaml"), in(files["environment"]))
			if err == nil {
				t.Fatalf("no problem was found; the configuration is %s", c.Resolved())
			}
			got := strings.ReplaceAll(err.Error(), folder+string(filepath.Separator), "") + "\n"
			if *update {
				golden(t, path, a, got)
			}
			if want := files["problems"]; got != want && !*update {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func golden(t *testing.T, path string, a *txtar.Archive, text string) {
	t.Helper()
	kept := a.Files[:0]
	for _, f := range a.Files {
		if f.Name != "problems" {
			kept = append(kept, f)
		}
	}
	a.Files = append(kept, txtar.File{Name: "problems", Data: []byte(text)})
	if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestExample reads the configuration that the documentation shows.
func TestExample(t *testing.T) {
	a, err := txtar.ParseFile("testdata/example.txtar")
	if err != nil {
		t.Fatal(err)
	}
	folder, files := unpack(t, a)
	c, err := Load(filepath.Join(folder, "pantau.yaml"), in(files["environment"]))
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(folder, "pantau.db"); c.Database != want {
		t.Errorf("database is %s, want %s", c.Database, want)
	}
	if len(c.Sources) != 2 || len(c.Follows) != 2 || len(c.Subscriptions) != 1 || len(c.Channels) != 2 {
		t.Fatalf("got %d sources, %d follows, %d subscriptions, %d channels",
			len(c.Sources), len(c.Follows), len(c.Subscriptions), len(c.Channels))
	}
	slack, email := c.Channels["slack"].Slack, c.Channels["email"].Email
	if slack == nil || slack.Token != "xoxb-1-secret" || slack.API != "https://slack.com/api/" {
		t.Errorf("slack is %+v", slack)
	}
	if email == nil || email.Server != "smtps://user:p%40ss%2Fword@mail.example.co.id" ||
		len(email.Allow) != 1 || email.Allow[0] != netip.MustParsePrefix("10.0.0.0/8") {
		t.Errorf("email is %+v", email)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, c.Resolved(), "", "  "); err != nil {
		t.Fatal(err)
	}
	out.WriteByte('\n')
	const path = "testdata/example.json"
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("resolved to\n%s\nwant\n%s", out.Bytes(), want)
	}
}

func TestTemplate(t *testing.T) {
	c, err := Parse("pantau.yaml", Template(), none)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) != 2 || c.Sources[0].Type != snapshot.Registry || len(c.Subscriptions) != 1 {
		t.Errorf("got %+v", c)
	}
}

// TestTemplateUncommented reads the template with everything in it that is
// commented out: a newcomer's first edit must not be a problem.
func TestTemplateUncommented(t *testing.T) {
	text := string(Template())
	for _, block := range []string{"follow:", "channels:"} {
		at := strings.Index(text, "\n# "+block)
		if at < 0 {
			t.Fatalf("the template has no commented %s", block)
		}
		end := at + strings.Index(text[at:]+"\n\n", "\n\n")
		text = text[:at] + strings.ReplaceAll(text[at:end], "\n# ", "\n") + text[end:]
	}
	const more = "\n  # - id: uu-27-2022"
	at := strings.Index(text, more)
	end := at + strings.Index(text[at:], "\n\n")
	text = text[:at] + strings.ReplaceAll(strings.ReplaceAll(text[at:end], "\n  # ", "\n  "), "\n  #\n", "\n\n") + text[end:]
	text = strings.ReplaceAll(text, "\n    # channels: [console,", "\n    channels: [console,")
	text = strings.Replace(text, "\n    channels: [console]", "", 1)
	for _, match := range []string{"match:", "  sources: [pse]", "  relation:", "  severity:", "  keywords:"} {
		text = strings.Replace(text, "\n    # "+match, "\n    "+match, 1)
	}
	c, err := Parse("pantau.yaml", []byte(text), in("SLACK_TOKEN=xoxb-1\nSMTP_PASSWORD=secret"))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(c.Sources) != 6 || len(c.Follows) != 2 || len(c.Channels) != 2 || len(c.Subscriptions[0].Match.Keywords) != 2 {
		t.Errorf("got %d sources, %d follows, %d channels, %+v", len(c.Sources), len(c.Follows), len(c.Channels), c.Subscriptions)
	}
}

func TestRender(t *testing.T) {
	c, err := Parse("pantau.yaml", []byte(`
browser: {path: /opt/chromium, sandbox: false}
sources:
  - {id: a, type: page, url: "https://example.co.id/a", render: true}
  - {id: b, type: page, url: "https://example.co.id/b", render: {wait: "#t td", timeout: 40s, hosts: [api.example.co.id, "10.0.0.1:8080"]}}
  - {id: c, type: page, url: "https://example.co.id/c", render: false}
`), none)
	if err != nil {
		t.Fatal(err)
	}
	want := []*snapshot.Render{{}, {Wait: "#t td", Timeout: 40 * time.Second, Hosts: []string{"api.example.co.id", "10.0.0.1:8080"}}, nil}
	for i, w := range want {
		if got := c.Sources[i].Render; !reflect.DeepEqual(got, w) {
			t.Errorf("%s: got %+v", c.Sources[i].ID, got)
		}
	}
	if c.Browser != (Browser{Path: "/opt/chromium", Unboxed: true}) {
		t.Errorf("browser: %+v", c.Browser)
	}
	for _, wrong := range []string{`{wait: "td["}`, `{hosts: ["https://api.example.co.id"]}`, `{hosts: [api.example.co.id/v1]}`, `{timeout: 0s}`} {
		_, err := Parse("pantau.yaml", []byte("sources: [{id: a, type: page, url: 'https://example.co.id/', render: "+wrong+"}]"), none)
		if err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

// minimal is the least that is a configuration, with a place for more.
func minimal(more string) []byte {
	return []byte("sources:\n  - {id: a, type: page, url: 'https://example.co.id/a'}\n" + more)
}

func TestDefaults(t *testing.T) {
	c, err := Parse("/etc/pantau/pantau.yaml", minimal(""), none)
	if err != nil {
		t.Fatal(err)
	}
	if c.Database != "/etc/pantau/pantau.db" || c.Timezone != "Asia/Jakarta" || c.Language != "id" ||
		c.Listen != "127.0.0.1:8080" || c.Retention.Unchanged != 30*24*time.Hour {
		t.Errorf("got %+v", c)
	}
	want := snapshot.Access{
		Delay: time.Second, Timeout: 30 * time.Second, Deadline: 10 * time.Minute,
		WireLimit: 50_000_000, DecodedLimit: 200_000_000, RatioLimit: 200,
	}
	if s := c.Sources[0]; s.Access != want || s.Schedule != "@hourly" || s.Timezone != "Asia/Jakarta" {
		t.Errorf("got %+v", s)
	}
}

// TestDemosite reads the configuration that the demo runs on.
func TestDemosite(t *testing.T) {
	c, err := Parse("pantau.yaml", demosite.Config("http://127.0.0.1:8090", "demo.db"), none)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Sources) != 4 || c.Sources[0].Host() != "http://127.0.0.1:8090" || c.Network.Access.Delay != 0 {
		t.Errorf("got %+v", c)
	}
}

func TestSourceOverNetwork(t *testing.T) {
	c, err := Parse("pantau.yaml", []byte(`
timezone: Asia/Makassar
network: {delay: 2s, timeout: 1m, limits: {wire: 1MiB, ratio: 50}, proxy: "http://user:${PROXY}@proxy.example.co.id:3128"}
sources:
  - {id: a, type: page, url: "https://example.co.id/a"}
  - id: b
    type: page
    url: https://example.co.id/b
    timezone: UTC
    robots: ignore
    render: false
    delay: 0s
    deadline: 1h30m
    limits: {wire: 2.5kB, decoded: 1GiB}
    proxy: http://other.example.co.id:3128
`), in("PROXY=a:b"))
	if err != nil {
		t.Fatal(err)
	}
	want := []snapshot.Access{{
		Proxy: "http://user:a%3Ab@proxy.example.co.id:3128", Delay: 2 * time.Second, Timeout: time.Minute,
		Deadline: 10 * time.Minute, WireLimit: 1 << 20, DecodedLimit: 200_000_000, RatioLimit: 50,
	}, {
		Proxy: "http://other.example.co.id:3128", IgnoreRobots: true, Timeout: time.Minute,
		Deadline: 90 * time.Minute, WireLimit: 2500, DecodedLimit: 1 << 30, RatioLimit: 50,
	}}
	for i, s := range c.Sources {
		if s.Access != want[i] {
			t.Errorf("%s: got %+v, want %+v", s.ID, s.Access, want[i])
		}
	}
	if c.Sources[0].Timezone != "Asia/Makassar" || c.Sources[1].Timezone != "UTC" {
		t.Errorf("time zones are %s, %s", c.Sources[0].Timezone, c.Sources[1].Timezone)
	}
}

func TestChannelKinds(t *testing.T) {
	c, err := Parse("pantau.yaml", minimal(`
administrators: [console, "mail:it@example.co.id"]
channels:
  ops: {type: slack, webhook: "https://hooks.slack.com/services/T/B/x"}
  mail: {type: email, server: "smtp://mail.example.co.id:25", from: pantau@example.co.id}
subscribers:
  - {id: ops, channels: [ops]}
`), none)
	if err != nil {
		t.Fatal(err)
	}
	if k := c.Channels["ops"].Kind(); k != "slack" {
		t.Errorf("ops is %s", k)
	}
	if k := c.Channels["mail"].Kind(); k != "email" {
		t.Errorf("mail is %s", k)
	}
}

// TestText has files that differ in how their text is written.
func TestText(t *testing.T) {
	page := string(minimal(""))
	for _, c := range []struct{ name, text, problem string }{
		{"byte order mark", "\ufeff" + page, ""},
		{"windows", strings.ReplaceAll(page, "\n", "\r\n"), ""},
		{"no end of line", strings.TrimSuffix(page, "\n"), ""},
		{"document start", "---\n" + page, ""},
		{"Latin-1", page + "# caf\xe9\n", "pantau.yaml:3:6: the file is not UTF-8"},
		{"nothing", "", "pantau.yaml:1:1: the file is empty"},
		{"null", "null\n", "pantau.yaml:1:1: the file is empty"},
		{"too large", page + strings.Repeat("#", largest), "larger than 32 MiB"},
		{"tab", "sources:\n\t- id: a\n", "pantau.yaml:2:1: this is not YAML"},
		{"infinite", page + "network: {limits: {ratio: .inf}}\n", "expected a whole number"},
		{"huge", page + "network: {limits: {ratio: 18446744073709551615}}\n", "must be at most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("pantau.yaml", []byte(c.text), none)
			if c.problem == "" && err != nil {
				t.Fatal(err)
			}
			if c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
				t.Errorf("got %v, want %q", err, c.problem)
			}
		})
	}
}

func TestFollow(t *testing.T) {
	c, err := Parse("pantau.yaml", minimal(`
follow:
  - {operator: 22722, as: own}
  - {operator: "0042", client: PT Contoh}
  - {words: [PT Contoh Niaga, contoh.id], as: own}
`), none)
	if err != nil {
		t.Fatal(err)
	}
	want := []notify.Follow{
		{Operator: "22722", As: notify.Own},
		{Operator: "0042", As: notify.Watched, Client: "PT Contoh"},
		{As: notify.Own, Words: []string{"PT Contoh Niaga", "contoh.id"}},
	}
	for i, f := range c.Follows {
		if !reflect.DeepEqual(f, want[i]) {
			t.Errorf("got %+v, want %+v", f, want[i])
		}
	}
}

func TestLoadMissing(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "pantau.yaml"), none)
	var p *Problems
	if !errors.As(err, &p) || !strings.Contains(err.Error(), "pantau init") || strings.Contains(err.Error(), ":0") {
		t.Errorf("got %v, want a problem without a line, and a word on `pantau init`", err)
	}
}

func TestDigest(t *testing.T) {
	base := `
heartbeat: https://hc.example.co.id/ping/one
channels:
  slack: {token: "${A}"}
  email: {server: "smtps://user:one@mail.example.co.id", from: a@example.co.id}
`
	digest := func(t *testing.T, folder, text, env string) string {
		t.Helper()
		c, err := Parse(filepath.Join(folder, "pantau.yaml"), minimal(text), in(env))
		if err != nil {
			t.Fatal(err)
		}
		return c.Digest()
	}
	first := digest(t, "/a", base, "A=xoxb-1\nB=xoxb-1")
	for _, c := range []struct {
		name, folder, text, env string
		same                    bool
	}{
		{"another machine", "/b", base, "A=xoxb-1", true},
		{"another token", "/a", base, "A=xoxb-2", true},
		{"a comment", "/a", "# ours\n" + base, "A=xoxb-1", true},
		{"another password", "/a", strings.Replace(base, "user:one", "user:two", 1), "A=xoxb-1", true},
		{"another reference", "/a", strings.Replace(base, "${A}", "${B}", 1), "A=xoxb-1\nB=xoxb-1", false},
		{"another server", "/a", strings.Replace(base, "@mail.", "@mx.", 1), "A=xoxb-1", false},
		{"another language", "/a", base + "language: en\n", "A=xoxb-1", false},
		{"another database", "/a", base + "database: other.db\n", "A=xoxb-1", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := digest(t, c.folder, c.text, c.env) == first; got != c.same {
				t.Errorf("same digest: %t, want %t", got, c.same)
			}
		})
	}
}
