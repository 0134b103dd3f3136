package acceptance

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const shared = "../../shared"

// errAbsent says that the recorded data is not there at all, which is no fault.
var errAbsent = errors.New("the recorded register is not here: ../shared beside the repository is absent")

// corpora is the folder of the unpacked recordings: PANTAU_CORPORA, or what
// unpack.sh prints.
var corpora = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv("PANTAU_CORPORA"); dir != "" {
		dir, err := filepath.Abs(dir)
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(filepath.Join(dir, "pse-all")); err != nil {
			return "", fmt.Errorf("PANTAU_CORPORA is not a folder that unpack.sh has filled: %w", err)
		}
		return dir, nil
	}
	c := exec.Command(shared + "/corpora/unpack.sh")
	var wrong strings.Builder
	c.Stderr = &wrong
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", c.Path, err, wrong.String())
	}
	return strings.TrimSpace(string(out)), nil
})

// replayProgram builds the replay server once; errAbsent where there is none.
var replayProgram = sync.OnceValues(func() (string, error) {
	dir := shared + "/yardstick/replay"
	if _, err := os.Stat(shared); errors.Is(err, fs.ErrNotExist) {
		return "", errAbsent
	}
	if _, err := os.Stat(dir); err != nil {
		return "", fmt.Errorf("../shared is here, but not the replay server: %w", err)
	}
	return build(dir, "replay", ".")
})

// recorded gives the replay server and its data, skips where ../shared is
// absent and fails where it is broken.
func recorded(t *testing.T) (program, data string) {
	t.Helper()
	program, err := replayProgram()
	if errors.Is(err, errAbsent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if data, err = corpora(); err != nil {
		t.Fatal(err)
	}
	return program, data
}
