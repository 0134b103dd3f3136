package law

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var tableRow = regexp.MustCompile(`(?m)^\| (\w+) \| (\d*) \| (.+) \|$`)

// TestCorpusOperations holds the recorded scans to the table that was checked
// against their text by hand.
func TestCorpusOperations(t *testing.T) {
	table, err := os.ReadFile(filepath.Join("..", "..", "doc", "law-operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	want, got := make(map[string]string), make(map[string]string)
	recorded := texts(t, "bpk")
	for _, row := range tableRow.FindAllStringSubmatch(string(table), -1) {
		name := row[1]
		if _, read := want[name]; !read {
			for _, o := range ParseText(recorded[name]).Operations() {
				line := o.Op + " " + o.Target
				for _, n := range o.New {
					line += " +" + n
				}
				got[name] += o.Item + " " + line + "\n"
			}
		}
		for _, o := range strings.Split(row[3], "; ") {
			want[name] += row[2] + " " + strings.Trim(o, "`") + "\n"
		}
	}
	if len(want) != 7 {
		t.Fatalf("the table has %d regulations, not 7", len(want))
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s:\n%s\nthe table has\n%s", name, got[name], want[name])
		}
	}
}
