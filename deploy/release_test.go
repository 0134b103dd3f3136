package deploy

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// published is the folder that scripts/release has filled, once for all tests.
var published string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "pantau-release-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		published = dir
		return m.Run()
	}())
}

// release runs scripts/release. In `make test` its second build may use the
// cache of the first: that the folder does not show is seen all the same. With
// PANTAU_TORTURE=1, and in `make release`, everything is compiled anew.
func release(t *testing.T) string {
	t.Helper()
	program := filepath.Join(published, "pantau")
	if _, err := os.Stat(program); err == nil {
		return program
	}
	c := exec.Command("../scripts/release", published)
	c.Env = append(os.Environ(), "VERSION=v1.2.3-test", "COMMIT=0123456789abcdef", "COMMITTED=2026-01-02T03:04:05Z")
	if os.Getenv("PANTAU_TORTURE") == "" {
		c.Env = append(c.Env, "QUICK=1")
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("scripts/release: %v\n%s", err, out)
	}
	return program
}

// TestRelease builds what is published and lets the program say what it is.
func TestRelease(t *testing.T) {
	program := release(t)
	out, err := exec.Command(program, "version", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var v struct{ Version, Commit, Committed string }
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatal(err)
	}
	if v.Version != "v1.2.3-test" || v.Commit != "0123456789abcdef" || v.Committed != "2026-01-02T03:04:05Z" {
		t.Errorf("stamped %+v", v)
	}
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(here)) {
		t.Errorf("the folder of the build, %s, stands in the program", here)
	}
	check := exec.Command("sha256sum", "--check", "--strict", "SHA256SUMS")
	check.Dir = published
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("SHA256SUMS: %v\n%s", err, out)
	}
}

// TestBillOfMaterials holds the list of components against what the linker
// noted in the program itself.
func TestBillOfMaterials(t *testing.T) {
	info, err := buildinfo.ReadFile(release(t))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(published, "pantau.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	var bill struct {
		BOMFormat, SpecVersion string
		Metadata               struct {
			Component struct{ Name, Version string }
		}
		Components []struct{ Name, Version, PURL string }
	}
	if err := json.Unmarshal(text, &bill); err != nil {
		t.Fatal(err)
	}
	if bill.BOMFormat != "CycloneDX" || bill.Metadata.Component.Name != "pantau" || bill.Metadata.Component.Version != "v1.2.3-test" {
		t.Errorf("a %s of %+v", bill.BOMFormat, bill.Metadata.Component)
	}
	listed := map[string]string{}
	for _, c := range bill.Components {
		if !strings.HasPrefix(c.PURL, "pkg:golang/") {
			t.Errorf("%s has the address %q", c.Name, c.PURL)
		}
		listed[c.Name] = c.Version
	}
	if len(info.Deps) < 20 {
		t.Fatalf("only %d modules are noted in the program", len(info.Deps))
	}
	for _, m := range info.Deps {
		if listed[m.Path] != m.Version {
			t.Errorf("%s %s is linked in, listed is %q", m.Path, m.Version, listed[m.Path])
		}
	}
	if listed["std"] != info.GoVersion {
		t.Errorf("the standard library is listed as %q, linked is %s", listed["std"], info.GoVersion)
	}
}

// TestStampWithoutGit: a source archive has no history to ask.
func TestStampWithoutGit(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile("../scripts/stamp")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "scripts"), 0o755), os.WriteFile(filepath.Join(dir, "scripts", "stamp"), text, 0o755)); err != nil {
		t.Fatal(err)
	}
	for env, want := range map[string]string{"": "", "VERSION=v9": "-X main.version=v9 -X main.commit= -X main.commitTime=\n"} {
		c := exec.Command(filepath.Join(dir, "scripts", "stamp"))
		c.Env = []string{"PATH=" + os.Getenv("PATH"), "GIT_CEILING_DIRECTORIES=" + filepath.Dir(dir), env}
		out, err := c.CombinedOutput()
		if err != nil || string(out) != want {
			t.Errorf("with %q: %v, %q", env, err, out)
		}
	}
}
