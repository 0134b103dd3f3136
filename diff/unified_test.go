package diff

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestUnified(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"", "", ""},
		{"a\nb\n", "a\nb\n", ""},
		{"a\nb\nc\n", "a\nB\nc\n", "--- old\n+++ new\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
		{"", "a\n", "--- old\n+++ new\n@@ -0,0 +1,1 @@\n+a\n"},
		{"a\nb", "a\n", "--- old\n+++ new\n@@ -1,2 +1,1 @@\n a\n-b\n\\ No newline at end of file\n"},
		{"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", "x\n2\n3\n4\n5\n6\n7\n8\n9\ny\n",
			"--- old\n+++ new\n@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -7,4 +7,4 @@\n 7\n 8\n 9\n-10\n+y\n"},
	} {
		if got := Unified("old", "new", c.a, c.b); got != c.want {
			t.Errorf("%q to %q:\n%swant\n%s", c.a, c.b, got, c.want)
		}
	}
}

// TestUnifiedApplies makes the second text out of the first and what differs.
func TestUnifiedApplies(t *testing.T) {
	lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a\n", "b\n", "c\n", "d\n"}), 0, 30)
	rapid.Check(t, func(r *rapid.T) {
		a, b := strings.Join(lines.Draw(r, "a"), ""), strings.Join(lines.Draw(r, "b"), "")
		if got, ok := applied(a, Unified("old", "new", a, b)); !ok || got != b {
			t.Fatalf("%q to %q: got %q by\n%s", a, b, got, Unified("old", "new", a, b))
		}
	})
}

// applied is what patch(1) would make of a text.
func applied(text, patch string) (string, bool) {
	from := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	if text == "" {
		from = nil
	} else if strings.HasSuffix(text, "\n") {
		from[len(from)-1] += "\n"
	}
	var out strings.Builder
	at := 0
	for _, line := range strings.SplitAfter(patch, "\n") {
		var x, n, y, m int
		switch {
		case line == "", strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "+++ "):
		case line[0] == '@':
			if _, err := fmt.Sscanf(line, "@@ -%d,%d +%d,%d @@", &x, &n, &y, &m); err != nil {
				return "", false
			}
			if n > 0 {
				x--
			}
			for ; at < x; at++ {
				out.WriteString(from[at])
			}
		case line[0] == '+':
			out.WriteString(line[1:])
		case at >= len(from) || from[at] != line[1:]:
			return "", false
		default:
			if at++; line[0] == ' ' {
				out.WriteString(line[1:])
			}
		}
	}
	return out.String() + strings.Join(from[min(at, len(from)):], ""), true
}
