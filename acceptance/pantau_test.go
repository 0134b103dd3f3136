package acceptance

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pantau is an installation of the program: a folder with a configuration and
// a database.
type pantau struct {
	program string
	dir     string
	setup   setup
}

// setup is what the tests vary in a configuration. Empty values leave keys out.
type setup struct {
	schedule    string        // default: never by itself
	follow      []string      // lines of `follow`
	subscribers []string      // lines of `subscribers`
	slack       string        // instead of the bot token's configuration
	database    string        // instead of a file beside it
	base        string        // of the register, instead of the replay server's
	api         string        // of Slack, instead of the replay server's
	smtpPort    int           // instead of the replay server's
	delay       time.Duration // between two requests to a host
	source      string        // further keys of the source
}

const (
	never = "0 0 29 2 *" // a schedule that no test lives to see

	toSlack = `{id: legal, channels: ["slack:#regulatory"], match: {sources: [pse]}}`
	toMail  = `{id: board, channels: ["email:board@example.co.id"], match: {sources: [pse]}}`
)

// install writes a configuration for the register that r serves, politeness
// off and patience short, and starts nothing.
func install(t *testing.T, r *replay, s setup) *pantau {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := &pantau{program: bin, dir: t.TempDir(), setup: s}
	if s.schedule == "" {
		s.schedule = never
	}
	s.database, s.base = cmp.Or(s.database, "pantau.db"), cmp.Or(s.base, r.url)
	s.api, s.smtpPort = cmp.Or(s.api, r.url), cmp.Or(s.smtpPort, r.smtpPort)
	if s.slack == "" {
		s.slack = fmt.Sprintf(`{token: xoxb-of-the-tests, api: "%s/api/", allow: [127.0.0.0/8]}`, s.api)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `database: "%s"
timezone: Asia/Jakarta
language: en
listen: 127.0.0.1:%d
administrators: ["email:admin@example.co.id"]
network: {delay: %s, timeout: 2s, allow: [127.0.0.0/8]}
sources:
  - {id: pse, type: registry, preset: pse-api-public, base: "%s", schedule: "%s"%s}
channels:
  slack: %s
  email: {server: "smtp://127.0.0.1:%d", from: pantau@example.co.id, allow: [127.0.0.0/8]}
`, s.database, freePort(t), s.delay, s.base, s.schedule, s.source, s.slack, s.smtpPort)
	list := func(key string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "%s:\n  - %s\n", key, strings.Join(lines, "\n  - "))
		}
	}
	list("follow", s.follow)
	list("subscribers", s.subscribers)
	p.write(t, "pantau.yaml", b.String())
	return p
}

// The presets of the three shapes that the register has had.
const (
	shapeA = "pse-json-static"
	shapeB = "pse-retrieve-json-all"
	shapeC = "pse-api-public"
)

// reshape makes the source read another shape of the register, as whoever keeps
// the configuration would: by another name of a preset.
func (p *pantau) reshape(t *testing.T, preset string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, "pantau.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "pantau.yaml", regexp.MustCompile(`preset: [a-z-]+`).ReplaceAllString(string(text), "preset: "+preset))
}

// bare is an installation without subscribers that watches the given lines of
// `sources`, politeness off.
func bare(t *testing.T, sources string) *pantau {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := &pantau{program: bin, dir: t.TempDir()}
	p.write(t, "pantau.yaml", "network: {delay: 0s, timeout: 5s, allow: [127.0.0.0/8]}\nsources:\n"+sources+"\n")
	return p
}

func (p *pantau) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (p *pantau) database() string { return filepath.Join(p.dir, "pantau.db") }

// command is the program with its configuration, not yet started.
func (p *pantau) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, p.program, append(args, "--config", filepath.Join(p.dir, "pantau.yaml"))...)
	c.Dir = p.dir
	c.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PANTAU_") })
	isolate(c)
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = 5 * time.Second
	return c
}

// result is what a command said and how it ended.
type result struct {
	args           []string
	stdout, stderr string
	code           int
}

func (r result) String() string {
	return fmt.Sprintf("pantau %s: exit %d\nstdout: %s\nstderr: %s", strings.Join(r.args, " "), r.code, cut(r.stdout), cut(r.stderr))
}

// cut keeps a message readable.
func cut(s string) string {
	if len(s) > 3000 {
		return s[:1500] + "\n...\n" + s[len(s)-1500:]
	}
	return s
}

// patience bounds every single command. It is no measure of speed: what takes
// so long hangs.
const patience = 4 * time.Minute

// run runs a command to its end.
func (p *pantau) run(t *testing.T, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return finish(t, ctx, p.command(ctx, args...), args)
}

func finish(t *testing.T, ctx context.Context, c *exec.Cmd, args []string) result {
	t.Helper()
	var out, wrong bytes.Buffer
	c.Stdout, c.Stderr = &out, &wrong
	err := c.Run()
	r := result{args, out.String(), wrong.String(), c.ProcessState.ExitCode()}
	if ctx.Err() != nil {
		t.Fatalf("killed after %v: %v", patience, r)
	}
	if r.code < 0 || err != nil && r.code == 0 || strings.Contains(r.stderr, "goroutine 1 [") {
		t.Fatalf("died of %v: %v", err, r)
	}
	return r
}

// must runs a command that has to succeed.
func (p *pantau) must(t *testing.T, args ...string) result {
	t.Helper()
	r := p.run(t, args...)
	if r.code != 0 {
		t.Fatal(r)
	}
	return r
}

// lines reads one JSON object a line.
func lines[T any](t *testing.T, r result) []T {
	t.Helper()
	var out []T
	for line := range strings.Lines(r.stdout) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("line %q is not the JSON that is due: %v\n%v", cut(line), err, r)
		}
		out = append(out, v)
	}
	return out
}

// look is what `pantau check --json` says of one source.
type look struct {
	Source    string     `json:"source"`
	Outcome   string     `json:"outcome"`
	Reason    string     `json:"reason"`
	Detail    string     `json:"detail"`
	Sightings []sighting `json:"sightings"`
	Change    *change    `json:"change"`
}

type sighting struct {
	Key   int    `json:"key"`
	Index string `json:"index"`
}

// change is a change as `show`, `check` and `history` print it.
type change struct {
	ID       string         `json:"id"`
	Source   string         `json:"source"`
	From     end            `json:"from"`
	To       end            `json:"to"`
	Kind     string         `json:"kind"`
	Severity string         `json:"severity"`
	Topics   []string       `json:"topics"`
	Summary  string         `json:"summary"`
	Stats    map[string]int `json:"stats"`
	Events   []event        `json:"events"`
}

// end is a snapshot and its time.
type end struct {
	Snapshot int64     `json:"snapshot"`
	At       time.Time `json:"at"`
}

func (l look) good() bool {
	return slices.Contains([]string{"baseline", "unchanged", "changed"}, l.Outcome)
}

func (l look) events() []event {
	if l.Change == nil {
		return nil
	}
	return l.Change.Events
}

// check looks once at the register and holds what it says to the contract of
// `check --json`: exit code, outcome, reason and change fit together.
func (p *pantau) check(t *testing.T, flags ...string) look {
	t.Helper()
	r := p.run(t, append([]string{"check", "pse", "--json"}, flags...)...)
	all := lines[look](t, r)
	if len(all) != 1 || all[0].Source != "pse" {
		t.Fatalf("want one line for pse: %v", r)
	}
	l := all[0]
	if want := map[bool]int{true: 0, false: 1}[l.good()]; r.code != want {
		t.Fatalf("outcome %s with exit %d, want %d: %v", l.Outcome, r.code, want, r)
	}
	if (l.Outcome == "changed") != (l.Change != nil) {
		t.Fatalf("outcome %s with change %v: %v", l.Outcome, l.Change, r)
	}
	if !l.good() {
		if l.Outcome != "held" && l.Outcome != "failed" {
			t.Fatalf("unknown outcome: %v", r)
		}
		if l.Reason == "" || strings.Contains(l.Reason, " ") || !strings.Contains(l.Detail, " ") {
			t.Fatalf("%s needs a reason for machines and a sentence for people, got %q and %q", l.Outcome, l.Reason, l.Detail)
		}
	}
	return l
}

// baseline makes the first look, which raises no change.
func (p *pantau) baseline(t *testing.T) {
	t.Helper()
	if l := p.check(t); l.Outcome != "baseline" {
		t.Fatalf("the first look is %q (%s), want a baseline", l.Outcome, l.Detail)
	}
}

// settle makes two good looks, which together must tell exactly the truth: at
// once what positive evidence shows, and what is lacking at the second.
func (p *pantau) settle(t *testing.T, what string, truth []event) {
	t.Helper()
	first, second := p.check(t), p.check(t)
	for n, l := range []look{first, second} {
		if !l.good() {
			t.Errorf("%s: look %d is %s: %s", what, n+1, l.Outcome, l.Detail)
			return
		}
	}
	mustEqual(t, what, append(first.events(), second.events()...), truth)
	for _, e := range first.events() {
		if e.loses() {
			t.Errorf("%s: told after one look: %v", what, e)
		}
	}
	for _, e := range second.events() {
		if !e.loses() {
			t.Errorf("%s: told at the second look only: %v", what, e)
		}
	}
}

// source is a line of `pantau sources --json`.
type source struct {
	ID         string         `json:"id"`
	LastGood   time.Time      `json:"last_good"`
	NextRun    time.Time      `json:"next_run"`
	Outcomes   map[string]int `json:"outcomes"`
	BlindSince *time.Time     `json:"blind_since"`
	Reason     string         `json:"reason"`
}

// health reads the health of the register.
func (p *pantau) health(t *testing.T) source {
	t.Helper()
	all := lines[source](t, p.must(t, "sources", "--json"))
	if len(all) != 1 || all[0].ID != "pse" {
		t.Fatalf("sources: %v", all)
	}
	return all[0]
}

// looks is how many looks there were, good ones or not.
func (s source) looks() int {
	n := 0
	for _, k := range s.Outcomes {
		n += k
	}
	return n
}

// history lists the changes, newest first.
func (p *pantau) history(t *testing.T) []change {
	t.Helper()
	return lines[change](t, p.must(t, "history", "--json"))
}

// show reads one change whole.
func (p *pantau) show(t *testing.T, id string) change {
	t.Helper()
	all := lines[change](t, p.must(t, "show", id, "--json"))
	if len(all) != 1 || all[0].ID != id {
		t.Fatalf("show %s: %d changes", id, len(all))
	}
	return all[0]
}

// fsck must find every invariant kept.
func (p *pantau) fsck(t *testing.T) {
	t.Helper()
	if r := p.run(t, "fsck"); r.code != 0 {
		t.Error(r)
	}
}

// service starts `pantau run`.
func (p *pantau) service(t *testing.T) *process {
	t.Helper()
	s, err := start(p.command(context.Background(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}
