package acceptance

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBackupAndRestore moves an installation: the restored one is sound, has
// the same history, and goes on where the other stood.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	r := newReplay(t)
	s := setup{subscribers: []string{toMail}}
	p := install(t, r, s)
	r.show(t, 15)
	p.baseline(t)
	p.settle(t, "to state 16", r.move(t, 16))
	truth := r.move(t, 17)
	first := p.check(t) // removals wait for their second look

	file := filepath.Join(t.TempDir(), "pantau.backup")
	p.must(t, "backup", file)
	q := install(t, r, s)
	q.must(t, "restore", file)
	q.fsck(t)
	if a, b := p.must(t, "history", "--json").stdout, q.must(t, "history", "--json").stdout; a != b || a == "" {
		t.Errorf("the restored history is another:\n%s\n%s", cut(a), cut(b))
	}
	ids := func(p *pantau) (out []string) {
		for id, m := range p.alerts(t) {
			out = append(out, id+" "+m.State)
		}
		slices.Sort(out)
		return out
	}
	if a, b := ids(p), ids(q); !slices.Equal(a, b) || len(a) == 0 {
		t.Errorf("the restored messages are others:\n%v\n%v", a, b)
	}
	arrived := len(to(mailSink, r.arrivals(t)))
	second := q.check(t)
	mustEqual(t, "over the restore", append(first.events(), second.events()...), truth)
	if count(second.events(), "removed") == 0 {
		t.Error("the restored installation confirmed no removal")
	}
	if n := len(to(mailSink, r.arrivals(t))); n != arrived+1 {
		t.Errorf("after the restore %d messages were sent, want the new one alone", n-arrived)
	}
	q.fsck(t)
}

// TestBrokenBackup is not restored, and a backup overwrites nothing.
func TestBrokenBackup(t *testing.T) {
	t.Parallel()
	r := newReplay(t)
	p := install(t, r, setup{})
	p.baseline(t)
	file := filepath.Join(t.TempDir(), "pantau.backup")
	p.must(t, "backup", file)
	if x := p.run(t, "backup", file); x.code == 0 || !strings.Contains(x.stderr, file) {
		t.Errorf("a backup over a backup: %v", x)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, broken := range map[string][]byte{
		"cut":     b[:len(b)/2],
		"altered": append(append(slices.Clone(b[:len(b)/2]), make([]byte, 8192)...), b[len(b)/2+8192:]...),
		"nothing": nil,
		"text":    []byte("this is no backup\n"),
	} {
		bad := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(bad, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		q := install(t, r, setup{})
		if x := q.run(t, "restore", bad); x.code == 0 || !strings.Contains(x.stderr, bad) {
			t.Errorf("%s: %v", name, x)
		}
		if _, err := os.Stat(q.database()); err == nil {
			t.Errorf("%s: a broken backup became a database", name)
		}
	}
}
