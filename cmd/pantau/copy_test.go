package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// A small installation moves to PostgreSQL: history, evidence and what waits
// come along, and it goes on there.
func TestMoveToPostgres(t *testing.T) {
	s := serve(t)
	s.set(regulation)
	file, address := configured(t, s), postgres.Database(t)
	for _, text := range []string{"14 (empat belas)", "7 (tujuh)"} {
		s.set(strings.ReplaceAll(regulation, "14 (empat belas)", text))
		if code, c := lookAt(t, file); code != 0 {
			t.Fatalf("%d %+v", code, c)
		}
	}
	_, before, _ := pantau(t, "--config", file, "history", "--json")
	code, out, errs := pantau(t, "--config", file, "--json", "copy", "--to", address)
	var said struct {
		To   string
		Rows map[string]int64
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || code != 0 || said.Rows["message"] != 1 || said.Rows["looks"] != 2 || said.To == "" {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if code, _, errs := pantau(t, "--config", file, "copy", "--to", address); code != 1 || !strings.Contains(errs, "is not empty") {
		t.Errorf("copied twice: %d %s", code, errs)
	}
	edit(t, file, "database: pantau.db", "database: "+address)
	if _, after, _ := pantau(t, "--config", file, "history", "--json"); before == "" || after != before {
		t.Errorf("the history was\n%s\nand is\n%s", before, after)
	}
	if code, c := lookAt(t, file); code != 0 || c.Outcome != "unchanged" {
		t.Errorf("a look behind the move: %d %+v", code, c)
	}
	if code, out, errs := pantau(t, "--config", file, "check"); code != 0 || strings.Count(out, "Pasal 7") == 0 {
		t.Errorf("the waiting message was not delivered: %d %s%s", code, out, errs)
	}
	if code, out, errs := pantau(t, "--config", file, "fsck"); code != 0 {
		t.Errorf("fsck: %d %s%s", code, out, errs)
	}
	// And back, by a backup.
	backup := filepath.Join(t.TempDir(), "backup")
	if code, out, errs := pantau(t, "--config", file, "backup", backup); code != 0 {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	edit(t, file, "database: "+address, "database: back.db")
	if code, out, errs := pantau(t, "--config", file, "restore", backup); code != 0 {
		t.Fatalf("%d %s%s", code, out, errs)
	}
	if _, after, _ := pantau(t, "--config", file, "history", "--json"); after != before {
		t.Errorf("the history is\n%s", after)
	}
}

func TestCopyRefusesWhileRunIsAtWork(t *testing.T) {
	s := serve(t)
	s.set(regulation)
	file := configured(t, s)
	if code, _ := lookAt(t, file); code != 0 {
		t.Fatal(code)
	}
	stop := node(t, file)
	to := filepath.Join(t.TempDir(), "new.db")
	var errs string
	within(t, 20e9, "it refuses", func() bool {
		_, _, errs = pantau(t, "--config", file, "copy", "--to", filepath.Join(t.TempDir(), "new.db"))
		return strings.Contains(errs, "is at work")
	})
	stop()
	if code, out, errs := pantau(t, "--config", file, "copy", "--to", to); code != 0 {
		t.Errorf("stopped, it still refuses: %d %s%s", code, out, errs)
	}
}
