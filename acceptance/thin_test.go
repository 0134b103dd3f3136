package acceptance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// A thin register is every tenth registration of the first recorded moments: a
// crawl of it takes a tenth of a second and not a whole one, so that what is
// done a thousand times sees a thousand moments of Pantau's work and not of
// the crawl. The whole register stays with the other tests.
const (
	thinMoments = 24
	thinShare   = 10
)

// thinned holds the answer of thin for as long as the tests run.
var thinned struct {
	once sync.Once
	dir  string
	err  error
}

// thinRecordings writes the thin register as the replay server reads recordings.
func thinRecordings(data string) (string, error) {
	thinned.once.Do(func() {
		thinned.dir = filepath.Join(scratch, "thin")
		if thinned.err = writeThin(filepath.Join(data, "pse-all"), thinned.dir); thinned.err == nil {
			thinned.err = os.Symlink(filepath.Join(data, "pse-errors"), filepath.Join(thinned.dir, "pse-errors"))
		}
	})
	return thinned.dir, thinned.err
}

var moment = regexp.MustCompile(`^(\d{4}-\d\d-\d\dT\d{4}Z)_(?:asing|domestik)-.+\.json$`)

func writeThin(from, to string) error {
	for _, dir := range []string{"pse-all", "pse-api"} {
		if err := os.MkdirAll(filepath.Join(to, dir), 0o755); err != nil {
			return err
		}
	}
	files, err := os.ReadDir(from) // in order of time
	if err != nil {
		return err
	}
	var moments []string
	for _, f := range files {
		m := moment.FindStringSubmatch(f.Name())
		if m == nil {
			continue
		}
		if !slices.Contains(moments, m[1]) {
			if len(moments) == thinMoments {
				break
			}
			moments = append(moments, m[1])
		}
		if err := thinFile(filepath.Join(from, f.Name()), filepath.Join(to, "pse-all", f.Name())); err != nil {
			return fmt.Errorf("%s: %w", f.Name(), err)
		}
	}
	if len(moments) < thinMoments {
		return fmt.Errorf("%s holds %d moments, want %d", from, len(moments), thinMoments)
	}
	return nil
}

var identity = regexp.MustCompile(`tdpse-detail\\?/(\d+)"\s*\]$`)

func thinFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var list struct {
		Data []json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	kept := []json.RawMessage{}
	for _, row := range list.Data {
		m := identity.FindSubmatch(row)
		if m == nil {
			return fmt.Errorf("a row without identity: %s", cut(string(row)))
		}
		if key, err := strconv.Atoi(string(m[1])); err != nil {
			return err
		} else if key%thinShare == 0 {
			kept = append(kept, row)
		}
	}
	list.Data = kept
	if b, err = json.Marshal(list); err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o644)
}

// newThinReplay is a replay server of the thin register.
func newThinReplay(t *testing.T) *replay {
	t.Helper()
	_, data := recorded(t)
	dir, err := thinRecordings(data)
	if err != nil {
		t.Fatal(err)
	}
	return newReplay(t, "-data", dir)
}
