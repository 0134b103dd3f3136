package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestShown(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no secret", "database: pantau.db", "database: pantau.db"},
		{"comment", "language: id # xyz", "language: id # ***"},
		{"list", "select: [main, '.a b']", "select: [main, '.a b']"},
		{"token", "token: abc def, ghi", "token: *** ***, ***"},
		{"quoted", `token: "a, b" # ours`, `token: "*, *" # ****`},
		{"flow", "channels: {slack: {token: abc, api: x}}", "channels: {slack: {token: ***, api: x}}"},
		{"reference", `token: "${SLACK_TOKEN}"`, `token: "${SLACK_TOKEN}"`},
		{"file", "webhook: file:/run/secrets/slack", "webhook: file:/run/secrets/slack"},
		{"reference and more", "token: ${A}b", "token: *{*}*"},
		{"password in address", "server: smtps://user:a/b@c@mail.example.co.id", "server: smtps://user:*****@mail.example.co.id"},
		{"reference in address", `server: "smtps://user:${P}@mail.example.co.id"`, `server: "smtps://user:${P}@mail.example.co.id"`},
		{"password in query", "database: postgres://h/n?password=abc&x=1", "database: postgres://h/n?password=***&x=1"},
		{"torn address", "server: 'smtps://user: abc@mail.example.co.id'", "server: '*****:******: **********************'"},
		{"proxy", "proxy: http://proxy.example.co.id:3128", "proxy: http://proxy.example.co.id:3128"},
		{"password in a public address", "url: https://user:abc@example.co.id/", "url: https://user:***@example.co.id/"},
		{"slack token anywhere", "name: a xoxb-12-ab", "name: a **********"},
		{"heartbeat", "heartbeat: https://hc.example.co.id/a", "heartbeat: *****:********************"},
		{"lines", "a:\n  token: |\n    abc\n\n  name: b", "a:\n  token: |\n    ***\n\n  name: *"},
		{"next line", "token:\n  abc\nname: b", "token:\n  ***\nname: b"},
		{"misspelt secret", "channels:\n  slack:\n    tokn: abc\n    api: x", "channels:\n  slack:\n    tokn: ***\n    api: x"},
		{"misspelt", "schedul: '@daily'", "schedul: '@daily'"},
		{"unknown section", "sekrits: {name: abc}", "sekrits: {name: ***}"},
		{"characters, not bytes", "token: é–x\nname: é–x", "token: ***\nname: é–x"},
		{"windows", "token: abc\r\nname: b\r\n", "token: ***\nname: b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := parse(&reporter{lines: withheld(c.text)}, []byte(c.text))
			if root == nil {
				t.Fatal("the text could not be parsed")
			}
			if got := strings.Join(shown(c.text, root), "\n"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestRedacted(t *testing.T) {
	for _, c := range []struct {
		written string
		opaque  bool
		want    string
	}{
		{"${TOKEN}", false, "${TOKEN}"},
		{"file:/run/secrets/x", true, "file:/run/secrets/x"},
		{"xoxb-1", false, "***"},
		{"a${TOKEN}", false, "***"},
		{"https://slack.com/api/", false, "https://slack.com/api/"},
		{"smtps://user:secret@host:465", false, "smtps://user:***@host:465"},
		{"smtps://user:se@c/ret@host", false, "smtps://user:***@host"},
		{"smtps://user:${P}@host", false, "smtps://user:${P}@host"},
		{"smtps://user:a${P}@host", false, "smtps://user:***@host"},
		{"postgres://user@host/name?sslmode=require&password=x", false, "postgres://user@host/name?***"},
		{"https://hooks.slack.com/services/T/B/x", true, "https://hooks.slack.com/***"},
		{"https://user:x@hc.example.co.id/ping", true, "https://hc.example.co.id/***"},
	} {
		if got := redacted(c.written, c.opaque); got != c.want {
			t.Errorf("%s: got %s, want %s", c.written, got, c.want)
		}
	}
}

func TestFileSecrets(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("unix", "xoxb-unix\n")
	write("windows", "xoxb-windows\r\n")
	write("bare", "xoxb-bare")
	write("empty", "\n")
	write("large", strings.Repeat("x", largestSecret+1))
	for _, c := range []struct{ token, want, problem string }{
		{"file:unix", "xoxb-unix", ""},
		{"file:windows", "xoxb-windows", ""},
		{"file:bare", "xoxb-bare", ""},
		{"file:${DIRECTORY}/unix", "xoxb-unix", ""},
		{"file:empty", "", "must hold the secret alone"},
		{"file:large", "", "larger than"},
		{"file:.", "", "is no file"},
		{"file:none", "", "no such file"},
	} {
		t.Run(c.token, func(t *testing.T) {
			text := minimal("channels: {slack: {token: '" + c.token + "'}}\n")
			got, err := Parse(filepath.Join(folder, "pantau.yaml"), text, in("DIRECTORY="+folder))
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Fatalf("got %v, want %q", err, c.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if token := got.Channels["slack"].Slack.Token; token != c.want {
				t.Errorf("got %q, want %q", token, c.want)
			}
		})
	}
}

// canary stands for every secret of the files below; it must show nowhere.
const canary = "c4n4ry"

var withSecrets = `database: postgres://pantau:` + canary + `@db.example.co.id/pantau
heartbeat: https://hc.example.co.id/` + canary + `
network: {proxy: "http://user:` + canary + `@proxy.example.co.id:3128"}
sources:
  - {id: a, type: page, url: "https://example.co.id/a", proxy: "${PROXY}"}
administrators: ["slack:#ops"]
channels:
  slack: {token: "` + canary + `", api: "https://slack.com/api/"}
  hook: {type: slack, webhook: https://hooks.slack.com/services/` + canary + `}
  other:
    type: slack
    token: file:token
  more:
    type: slack
    token: >-
      ` + canary + `
  email:
    server: "smtps://user:${PASSWORD}@mail.example.co.id"
    from: pantau@example.co.id
`

// TestSecretsStayIn damages a file full of secrets at a random place, and looks
// for them in everything that is said of it.
func TestSecretsStayIn(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "token"), []byte(canary+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, "pantau.yaml")
	env := in("PROXY=http://u:" + canary + "@proxy.example.co.id\nPASSWORD=" + canary)
	c, err := Parse(name, []byte(withSecrets), env)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(c.Resolved()), canary) {
		t.Errorf("the stored version holds a secret: %s", c.Resolved())
	}
	lines := strings.SplitAfter(strings.TrimSuffix(withSecrets, "\n"), "\n")
	broken := 0
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		text := []rune(lines[line])
		// What a secret itself is made of is left alone, or it would be another.
		from := rapid.IntRange(0, len(text)).Draw(t, "from")
		for strings.Contains(string(text), canary) && from > strings.Index(string(text), canary) {
			from--
		}
		drop := rapid.IntRange(0, 1).Draw(t, "drop")
		if from+drop > len(text) || drop == 1 && strings.HasPrefix(string(text[from:]), canary) {
			drop = 0
		}
		insert := rapid.SampledFrom([]string{"", " ", "\n", "\"", "'", "{", "}", "[", ",", ":", ": ", "#", "- ", "x", "|", "@", "/", "&a "}).Draw(t, "insert")
		damaged := strings.Join(lines[:line], "") + string(text[:from]) + insert + string(text[from+drop:]) + strings.Join(lines[line+1:], "")
		_, err := Parse(name, []byte(damaged), env)
		if err == nil {
			return
		}
		broken++
		if strings.Contains(err.Error(), canary) {
			t.Fatalf("a secret shows in:\n%v\n\nof\n%s", err, damaged)
		}
		places(t, err, damaged)
	})
	if broken == 0 {
		t.Error("no damage was a problem: nothing was tested")
	}
}

// places fails if a problem points outside the text.
func places(t interface{ Fatalf(string, ...any) }, err error, text string) {
	var p *Problems
	if !errors.As(err, &p) {
		t.Fatalf("got %T: %v", err, err)
	}
	lines := strings.Split(text, "\n")
	for _, one := range p.List {
		if one.Line < 1 || one.Line > len(lines) || one.Column < 1 ||
			one.Column > utf8.RuneCountInString(lines[one.Line-1])+1 || one.Message == "" {
			t.Fatalf("a problem at %d:%d, outside the file of %d lines: %q", one.Line, one.Column, len(lines), one.Message)
		}
	}
}
