package acceptance

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"
)

// scratch holds the built programs for as long as the tests run. TestMain sets
// it before the first test.
var scratch string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pantau-acceptance-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	// Tests also start the program as another user, who must reach it.
	if err := os.Chmod(dir, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	scratch = dir
	defer idle.stop()
	defer postgres.Stop()
	// The tests mostly wait, for retries and time-outs: more than one a
	// processor may run, unless the command line says how many.
	flag.Parse()
	if n := flag.Lookup("test.parallel"); n.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		if err := n.Value.Set(strconv.Itoa(together)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return m.Run()
}

// together is how many tests run at once, each with a replay server of 100 MB.
const together = 6

// torture tells whether the long forms are asked for.
func torture() bool { return os.Getenv("PANTAU_TORTURE") == "1" }

// pick is short, or long under torture.
func pick[T any](short, long T) T {
	if torture() {
		return long
	}
	return short
}

// program is PANTAU_BINARY, a program that is already built, or else builds
// cmd/pantau once.
var program = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("PANTAU_BINARY"); bin != "" {
		return filepath.Abs(bin)
	}
	return build("..", "pantau", "./cmd/pantau")
})

// build compiles a main package of the module in dir.
func build(dir, name, pkg string) (string, error) {
	out := filepath.Join(scratch, name)
	c := exec.Command("go", "build", "-o", out, pkg)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOWORK=off")
	if text, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s in %s: %w\n%s", pkg, dir, err, text)
	}
	return out, nil
}

// seeded gives the random choices of a test, and logs how to repeat them.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("PANTAU_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("PANTAU_SEED: %v", err)
		}
		seed = n
	}
	t.Logf("PANTAU_SEED=%d repeats these choices", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// eventually polls until ok, and fails with what it last lacked when the time
// is over.
func eventually(t *testing.T, within time.Duration, ok func() (lacks string)) {
	t.Helper()
	end := time.Now().Add(within)
	for {
		lacks := ok()
		if lacks == "" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("after %v: %s", within, lacks)
		}
		time.Sleep(300 * time.Millisecond)
	}
}
