package acceptance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nowhere is a register that nobody serves, for what fails before it looks.
var nowhere = &replay{url: "http://127.0.0.1:9", smtpPort: 9}

// TestBrokenConfiguration refuses to start half a program: every problem is
// shown with its line and a caret, and no database appears.
func TestBrokenConfiguration(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ from, to, line, says string }{
		"misspelt key":    {"schedule:", "schedul:", "8", "schedule"},
		"unknown preset":  {"pse-api-public", "pse-api-secret", "8", "pse-api-secret"},
		"bad cron":        {never, "61 * * * *", "8", "61"},
		"wrong type":      {"language: en", "language: [en]", "3", "language"},
		"unknown channel": {`"email:admin@example.co.id"`, `"pigeon:roof"`, "5", "pigeon"},
		"broken YAML":     {"sources:\n", "sources: [\n", `\d+`, "pantau.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			p := install(t, nowhere, setup{})
			b, err := os.ReadFile(filepath.Join(p.dir, "pantau.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			broken := strings.Replace(string(b), tt.from, tt.to, 1)
			if broken == string(b) {
				t.Fatalf("%q is not in the configuration", tt.from)
			}
			p.write(t, "pantau.yaml", broken)
			place := regexp.MustCompile(`pantau\.yaml:` + tt.line + `:\d+`)
			for _, args := range [][]string{{"validate"}, {"check"}, {"run"}, {"history"}} {
				x := p.run(t, args...)
				said := x.stdout + x.stderr
				if x.code != 2 || !place.MatchString(said) || !strings.Contains(said, tt.says) || !regexp.MustCompile(`(?m)^[\s\d|]*\^`).MatchString(said) {
					t.Errorf("want exit 2, %v, %q and a caret: %v", place, tt.says, x)
				}
			}
			if _, err := os.Stat(p.database()); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a broken configuration made a database: %v", err)
			}
		})
	}
}

// TestUnknownNames are usage errors that name what is known.
func TestUnknownNames(t *testing.T) {
	t.Parallel()
	p := install(t, nowhere, setup{})
	if x := p.run(t, "check", "nosuch"); x.code != 2 || !strings.Contains(x.stderr, "nosuch") || !strings.Contains(x.stderr, "pse") {
		t.Errorf("an unknown source: %v", x)
	}
	if x := p.run(t, "chekc"); x.code != 2 || !strings.Contains(x.stderr, "check") {
		t.Errorf("an unknown command: %v", x)
	}
	if x := p.run(t, "show", "c-nosuch"); x.code == 0 || !strings.Contains(x.stderr, "c-nosuch") {
		t.Errorf("an unknown change: %v", x)
	}
	if err := os.Remove(filepath.Join(p.dir, "pantau.yaml")); err != nil {
		t.Fatal(err)
	}
	x := p.run(t, "check")
	if x.code != 2 || !strings.Contains(x.stderr, "pantau.yaml") || !strings.Contains(x.stderr, "pantau init") {
		t.Errorf("no configuration: %v", x)
	}
}

// sqlite runs statements in the database behind Pantau's back.
func (p *pantau) sqlite(t *testing.T, statements string) {
	t.Helper()
	if out, err := exec.Command(sqliteTool(t), "-bail", p.database(), statements).CombinedOutput(); err != nil {
		t.Fatalf("sqlite3: %v\n%s", err, out)
	}
}

func sqliteTool(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Skip("the sqlite3 program is missing (Debian: apt-get install sqlite3)")
	}
	return path
}

// TestNewerDatabase is refused by every command, with what to do, and left as
// it is.
func TestNewerDatabase(t *testing.T) {
	t.Parallel()
	sqliteTool(t)
	r := newReplay(t)
	p := install(t, r, setup{})
	p.baseline(t)
	p.sqlite(t, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1);`)
	for _, args := range [][]string{{"check"}, {"run"}, {"history"}, {"fsck"}} {
		if x := p.run(t, args...); x.code == 0 || !strings.Contains(x.stderr, "99999") || !strings.Contains(x.stderr, "newer") {
			t.Errorf("a newer database: %v", x)
		}
	}
	p.sqlite(t, `DELETE FROM goose_db_version WHERE version_id = 99999;`)
	p.settle(t, "after the refusals", r.move(t, 1))
	p.fsck(t)
}

// TestLockedDatabase delays a check while another program writes, and drops
// nothing.
func TestLockedDatabase(t *testing.T) {
	t.Parallel()
	tool := sqliteTool(t)
	r := newReplay(t)
	p := install(t, r, setup{})
	p.baseline(t)
	truth := r.move(t, 1)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	hold := exec.CommandContext(ctx, tool, "-bail", p.database())
	in, err := hold.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := hold.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hold.Start(); err != nil {
		t.Fatal(err)
	}
	io.WriteString(in, "BEGIN IMMEDIATE; SELECT 'held';\n")
	if _, err := out.Read(make([]byte, 16)); err != nil {
		t.Fatalf("the lock cannot be taken: %v", err)
	}
	release := time.AfterFunc(4*time.Second, func() {
		io.WriteString(in, "ROLLBACK;\n.quit\n")
		in.Close()
	})
	defer release.Stop()
	p.settle(t, "behind a lock", truth)
	if err := hold.Wait(); err != nil {
		t.Error(err)
	}
	p.fsck(t)
}

// TestReadOnlyFolder says that the database cannot be made, and where.
func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	p := install(t, nowhere, setup{})
	if err := os.Chmod(p.dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(p.dir, 0o755) })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	args := []string{"check"}
	c := p.command(ctx, args...)
	if os.Geteuid() == 0 { // root may write everywhere; nobody may not
		c.SysProcAttr.Credential = &syscall.Credential{Uid: 65534, Gid: 65534}
		reach(t, p.dir)
	}
	x := finish(t, ctx, c, args)
	if x.code == 0 || !strings.Contains(x.stderr, p.database()) || !regexp.MustCompile(`(?i)read-only|permission|cannot|not writ`).MatchString(x.stderr) {
		t.Errorf("a folder that may not be written: %v", x)
	}
	if _, err := os.Stat(p.database()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the database was made all the same: %v", err)
	}
}

// reach lets other users enter the folders of a test.
func reach(t *testing.T, dir string) {
	t.Helper()
	for d := filepath.Dir(dir); d != os.TempDir() && len(d) > 1; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFullDisk fills the file system of the database: the command fails with a
// sentence, nothing half is written, and with room again nothing was lost.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	r := newReplay(t)
	p := install(t, r, setup{})
	disk := smallDisk(t, 256)
	conf, err := os.ReadFile(filepath.Join(p.dir, "pantau.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p.dir = disk
	p.write(t, "pantau.yaml", string(conf))
	p.baseline(t)
	truth := r.move(t, 1)
	for _, left := range []int64{0, 64 << 10, 1 << 20} {
		fill(t, disk, left)
		x := p.run(t, "check", "pse")
		if x.code == 0 || !regexp.MustCompile(`(?i)disk|space|full`).MatchString(x.stdout+x.stderr) {
			t.Errorf("with %d bytes left: %v", left, x)
		}
		if err := os.Remove(filepath.Join(disk, "filler")); err != nil {
			t.Fatal(err)
		}
		p.fsck(t)
	}
	p.settle(t, "with room again", truth)
	p.fsck(t)
}

// smallDisk mounts a file system of so many MB for the test.
func smallDisk(t *testing.T, mb int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", mb)); err != nil {
		t.Skipf("a small disk cannot be mounted here (%v): it takes root, outside a container or in one with CAP_SYS_ADMIN", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill leaves so many bytes of a disk free.
func fill(t *testing.T, dir string, left int64) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 64<<10)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(max(0, size-left)); err != nil {
		t.Fatal(err)
	}
}
