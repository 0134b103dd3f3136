package render

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// helper is the variable that makes the test binary the process that is killed:
// the folder for its profiles.
const helper = "PANTAU_RENDER_HELPER"

func TestMain(m *testing.M) {
	if folder := os.Getenv(helper); folder != "" {
		b := New(Options{Folder: folder})
		b.Render(context.Background(), Page{URL: "http://example.co.id/", Timeout: time.Minute, Ask: func(r *http.Request) (*http.Response, error) {
			if r.URL.Path != "/" {
				return nil, errors.New("nothing else")
			}
			os.WriteFile(filepath.Join(folder, "asked"), nil, 0o600)
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}},
				Body: io.NopCloser(strings.NewReader(`<!doctype html><p>a</p><script>for (;;);</script>`))}, nil
		}})
		return
	}
	os.Exit(m.Run())
}

// naming are the processes whose command line names a folder.
func naming(folder string) (pids []string) {
	all, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, name := range all {
		if line, err := os.ReadFile(name); err == nil && strings.Contains(string(line), folder) {
			pids = append(pids, filepath.Base(filepath.Dir(name)))
		}
	}
	return pids
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 600 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s did not happen within 30 s", what)
}

// Whoever kills Pantau leaves no browser behind, not one whose page never ends
// either; the profile goes with the next start.
func TestKilledOwner(t *testing.T) {
	if _, err := New(Options{}).Find(); err != nil {
		t.Skip("no Chromium is installed here; scripts/setup installs it")
	}
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		t.Skip("processes cannot be seen here: only Linux ends the browser for us")
	}
	folder, err := os.MkdirTemp("", "render")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	owner := exec.Command(self)
	owner.Env = append(os.Environ(), helper+"="+folder)
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the request for the page", func() bool { _, err := os.Stat(filepath.Join(folder, "asked")); return err == nil })
	if len(naming(folder)) == 0 {
		t.Fatal("no process of the browser is seen: the test sees nothing")
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	owner.Wait()
	eventually(t, "the end of the browser", func() bool { return len(naming(folder)) == 0 })

	left, err := filepath.Glob(filepath.Join(folder, profiles+"*"))
	if err != nil || len(left) != 1 {
		t.Fatalf("profiles of the dead: %v, %v", left, err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(left[0], old, old); err != nil {
		t.Fatal(err)
	}
	used, err := New(Options{Folder: folder}).profile()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(used.folder, old, old); err != nil {
		t.Fatal(err)
	}
	second, err := New(Options{Folder: folder}).profile()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left[0]); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the profile of the dead is still there: %v", err)
	}
	if _, err := os.Stat(used.folder); err != nil {
		t.Errorf("a profile in use was removed: %v", err)
	}
	used.remove()
	second.remove()
}

func TestLongFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), strings.Repeat("x", 100))
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if p, err := New(Options{Folder: folder}).profile(); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("profile %v, error %v", p, err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Nothing of our environment reaches the browser: it may hold secrets.
func TestEnvironment(t *testing.T) {
	b := New(Options{})
	path, err := b.Find()
	if err != nil {
		t.Skip("no Chromium is installed here; scripts/setup installs it")
	}
	t.Setenv("SLACK_TOKEN", "xoxb-secret")
	seen := ""
	folder, err := os.MkdirTemp("", "render")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	b = New(Options{Path: path, Folder: folder})
	_, err = b.Render(t.Context(), Page{URL: "http://example.co.id/", Limit: 1000, Ask: func(*http.Request) (*http.Response, error) {
		for _, pid := range naming(folder) {
			env, _ := os.ReadFile("/proc/" + pid + "/environ")
			seen += string(env)
		}
		return nil, errors.New("no")
	}})
	if err != nil {
		t.Errorf("a page that is refused is a page of our gateway's: %v", err)
	}
	if !strings.Contains(seen, "HOME="+folder) || strings.Contains(seen, "xoxb-secret") {
		t.Errorf("the browser's environment: %q", seen)
	}
}
