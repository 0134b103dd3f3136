package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	const pass = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"run","Package":"p","Test":"TestA/one"}
{"Action":"pass","Package":"p","Test":"TestA/one"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"pass","Package":"p","Test":"TestB"}
`
	const skip = `{"Action":"run","Package":"p","Test":"TestS"}
{"Action":"output","Package":"p","Test":"TestS","Output":"=== RUN   TestS\n"}
{"Action":"output","Package":"p","Test":"TestS","Output":"    s_test.go:7: ../shared is absent\n"}
{"Action":"output","Package":"p","Test":"TestS","Output":"--- SKIP: TestS (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestS"}
`
	const end = `{"Action":"pass","Package":"p","Elapsed":1.25}` + "\n"
	absent := regexp.MustCompile(`\.\./shared is absent`)
	tests := []struct {
		name   string
		events string
		strict bool
		excuse *regexp.Regexp
		good   bool
		want   string
	}{
		{"passed", pass + end, true, nil, true,
			"ok   p (1.2 s)\n2 passed, 0 failed, 0 skipped\n"},
		{"skipped at a desk", pass + skip + end, false, nil, true,
			"ok   p (1.2 s)\nSKIP p TestS: ../shared is absent\n2 passed, 0 failed, 1 skipped\n"},
		{"skipped where it must not be", pass + skip + end, true, nil, false,
			"ok   p (1.2 s)\nSKIP p TestS: ../shared is absent\n1 skipped tests should have run here\n2 passed, 0 failed, 1 skipped\n"},
		{"skipped with an excuse", pass + skip + end, true, absent, true,
			"ok   p (1.2 s)\nSKIP p TestS: ../shared is absent\n2 passed, 0 failed, 1 skipped\n"},
		{"skipped with another excuse", pass + skip + end, true, regexp.MustCompile("other"), false,
			"ok   p (1.2 s)\nSKIP p TestS: ../shared is absent\n1 skipped tests should have run here\n2 passed, 0 failed, 1 skipped\n"},
		{"failed", pass + `{"Action":"run","Package":"p","Test":"TestF"}
{"Action":"output","Package":"p","Test":"TestF","Output":"    f_test.go:3: no\n"}
{"Action":"fail","Package":"p","Test":"TestF"}
{"Action":"fail","Package":"p","Elapsed":2}
`, false, nil, false,
			"FAIL p TestF\n        f_test.go:3: no\nFAIL p (2.0 s)\nfailed packages: p\n2 passed, 1 failed, 0 skipped\n"},
		{"panicked", pass + `{"Action":"run","Package":"p","Test":"TestF"}
{"Action":"output","Package":"p","Test":"TestF","Output":"panic: no\n"}
{"Action":"fail","Package":"p","Elapsed":2}
`, false, nil, false,
			"FAIL p (2.0 s)\nFAIL p TestF did not end\n    panic: no\nfailed packages: p\n2 passed, 1 failed, 0 skipped\n"},
		{"did not build", pass + end + `{"ImportPath":"q [q.test]","Action":"build-output","Output":"q.go:1: no\n"}
{"ImportPath":"q [q.test]","Action":"build-fail"}
{"Action":"start","Package":"q"}
{"Action":"output","Package":"q","Output":"FAIL\tq [build failed]\n"}
{"Action":"fail","Package":"q","Elapsed":0,"FailedBuild":"q [q.test]"}
`, false, nil, false,
			"ok   p (1.2 s)\nq.go:1: no\nFAIL q (0.0 s)\n    FAIL\tq [build failed]\nfailed packages: q\n2 passed, 0 failed, 0 skipped\n"},
		{"cut off", pass, false, nil, false,
			"FAIL p did not end\nfailed packages: p\n2 passed, 0 failed, 0 skipped\n"},
		{"a package without tests", pass + end + `{"Action":"start","Package":"q"}
{"Action":"skip","Package":"q","Elapsed":0}
`, true, nil, true,
			"ok   p (1.2 s)\n2 passed, 0 failed, 0 skipped\n"},
		{"nothing ran", `{"Action":"start","Package":"q"}
{"Action":"skip","Package":"q","Elapsed":0}
`, false, nil, false, "0 passed, 0 failed, 0 skipped\n"},
		{"no events", "go: no such module\n", false, nil, false, "go: no such module\n0 passed, 0 failed, 0 skipped\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			tally := newTally(&out)
			if err := tally.read(strings.NewReader(tt.events)); err != nil {
				t.Fatal(err)
			}
			if good := tally.report(tt.strict, tt.excuse); good != tt.good || out.String() != tt.want {
				t.Errorf("good: %t, want %t; said\n%s\nwant\n%s", good, tt.good, out.String(), tt.want)
			}
		})
	}
}

func TestReason(t *testing.T) {
	tests := []struct{ said, want string }{
		{"", "gives no reason"},
		{"=== RUN   T\n--- SKIP: T (0.00s)\n", "gives no reason"},
		{"=== RUN   T\n    a_test.go:12: no gcc: install it\n--- SKIP: T (0.00s)\n", "no gcc: install it"},
		{"    a_test.go:1: first\n        second\n", "first second"},
	}
	for _, tt := range tests {
		if got := reason(tt.said); got != tt.want {
			t.Errorf("reason(%q) = %q, want %q", tt.said, got, tt.want)
		}
	}
}

// The events above are invented; this one is what the go command truly says.
func TestReadsTheGoCommand(t *testing.T) {
	events, err := os.Open(filepath.Join("testdata", "events.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer events.Close()
	var out strings.Builder
	tally := newTally(&out)
	if err := tally.read(events); err != nil {
		t.Fatal(err)
	}
	if tally.report(false, nil) {
		t.Error("a failed run was called good")
	}
	for _, want := range []string{"a_test.go:8: wrong", "SKIP example/a TestSkipped: the reason", "does not build", "FAIL example/b", "2 passed, 1 failed, 1 skipped\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing:\n%s", want, out.String())
		}
	}
}
