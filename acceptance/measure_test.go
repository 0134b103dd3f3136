package acceptance

import (
	"bytes"
	"context"
	"testing"
	"time"
)

// TestCrawlMeasured crawls the largest register, 21,301 records on some 430
// pages, with politeness off: its memory has a limit, CPU and wall are logged
// for doc/measurements.md. It does not run beside other tests.
func TestCrawlMeasured(t *testing.T) {
	r := newReplay(t)
	p := install(t, r, setup{})
	r.show(t, 92)
	const limit = 150e6
	for _, step := range []struct {
		name, outcome string
		state         int
	}{
		{"baseline of state 92", "baseline", 92},
		{"unchanged", "unchanged", 92},
		{"changed to state 93", "changed", 93},
	} {
		r.show(t, step.state)
		r.get(t, "/stats?reset=1", new(any))
		u := p.measure(t, "check", "pse", "--json")
		if l := lines[look](t, u.result); len(l) != 1 || l[0].Outcome != step.outcome {
			t.Fatalf("%s: %v", step.name, u.result)
		}
		var stats struct{ Requests int }
		r.get(t, "/stats", &stats)
		if stats.Requests < 426 {
			t.Errorf("%s: only %d requests for 426 pages", step.name, stats.Requests)
		}
		t.Logf("%s: %d requests, CPU %.2f s, wall %.2f s, peak memory %.0f MB", step.name, stats.Requests, u.cpu.Seconds(), u.wall.Seconds(), float64(u.peak)/1e6)
		if u.peak > limit {
			t.Errorf("%s: peak memory %d bytes, the limit is %.0f", step.name, u.peak, float64(limit))
		}
	}
}

// usage is what a command cost.
type usage struct {
	result
	cpu, wall time.Duration
	peak      int64
}

// measure runs a command and looks at its memory until it ends. The kernel
// keeps the peak, so that looking now and then misses no more than the last
// moment.
func (p *pantau) measure(t *testing.T, args ...string) usage {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), pick(patience, 20*time.Minute))
	defer cancel()
	c := p.command(ctx, args...)
	var out, wrong bytes.Buffer
	c.Stdout, c.Stderr = &out, &wrong
	begun := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	var u usage
	for {
		select {
		case err := <-ended:
			u.wall = time.Since(begun)
			u.cpu = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
			u.result = result{args, out.String(), wrong.String(), c.ProcessState.ExitCode()}
			if err != nil || u.peak == 0 {
				t.Fatalf("%v, peak memory %d: %v", err, u.peak, u.result)
			}
			return u
		case <-time.After(10 * time.Millisecond):
			if n, err := peak(c.Process.Pid); err == nil {
				u.peak = n
			}
		}
	}
}
