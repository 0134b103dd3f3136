package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recordedPapers are the recorded PDF files that have a text layer.
func recordedPapers(t *testing.T) (folder string, files []string) {
	t.Helper()
	folder = filepath.Join(recordings(t), "pdf")
	err := filepath.WalkDir(folder, func(p string, e fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(p) == ".pdf" && !strings.Contains(p, "scanned") {
			files = append(files, p)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded PDF files in %s: %v", folder, err)
	}
	return folder, files
}

func comparedFiles(t *testing.T, before, after string) (code int, said string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = compareFiles(t.Context(), compareOptions{Before: before, After: after, reader: (&app{env: os.LookupEnv}).reader()}, &out, &errs)
	return code, errs.String()
}

// TestSuccessivePapersAlert compares what was published under one address, or as
// one regulation after the other.
func TestSuccessivePapersAlert(t *testing.T) {
	t.Parallel()
	folder, _ := recordedPapers(t)
	pairs, err := filepath.Glob(filepath.Join(folder, "ota", "*", "before.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	series, err := filepath.Glob(filepath.Join(folder, "bapeten", "*", "*.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(series)
	if len(pairs) < 10 || len(series) < 4 {
		t.Fatalf("%d pairs and %d of a series are recorded, want 10 and 4", len(pairs), len(series))
	}
	for _, before := range pairs {
		if code, said := comparedFiles(t, before, filepath.Join(filepath.Dir(before), "after.pdf")); code != compareChanged {
			t.Errorf("%s: exit %d, want a change\n%s", before, code, said)
		}
	}
	for i := 1; i < len(series); i++ {
		if code, said := comparedFiles(t, series[i-1], series[i]); code != compareChanged {
			t.Errorf("%s: exit %d, want a change\n%s", series[i], code, said)
		}
	}
}

// TestSavedAnewIsNoAlert compares recorded files, every third of them, with
// copies that have the same text and other bytes.
func TestSavedAnewIsNoAlert(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("qpdf is not installed")
	}
	_, files := recordedPapers(t)
	for n, file := range files {
		if n%3 != 0 {
			continue
		}
		copied := filepath.Join(t.TempDir(), "anew.pdf")
		how := []string{"--linearize"}
		if n%2 == 1 {
			how = []string{"--object-streams=generate", "--recompress-flate"}
		}
		out, err := exec.Command(program, append(how, file, copied)...).CombinedOutput()
		if exit, ok := err.(*exec.ExitError); err != nil && !(ok && exit.ExitCode() == 3) { // 3: it warns
			t.Fatalf("qpdf %s: %v\n%s", file, err, out)
		}
		if code, said := comparedFiles(t, file, copied); code != compareSame {
			t.Errorf("%s: exit %d after %s, want no change\n%s", file, code, how, said)
		}
	}
}
