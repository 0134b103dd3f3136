package diff

import (
	"fmt"
	"slices"
	"strings"
)

// around is how many equal lines stand around what differs in a unified diff.
const around = 3

// Unified is the difference of two texts as diff(1) -u writes it; empty if
// there is none. It is for files of ours; what is watched is compared by its
// content (CompareText).
func Unified(nameA, nameB, a, b string) string {
	edits := script(slices.Collect(strings.Lines(a)), slices.Collect(strings.Lines(b)))
	var out strings.Builder
	for from := 0; from < len(edits); {
		for from < len(edits) && edits[from].sign == ' ' {
			from++
		}
		if from == len(edits) {
			break
		}
		begin, end, same := max(0, from-around), from, 0
		for i := from; i < len(edits) && same <= 2*around; i++ {
			if same++; edits[i].sign != ' ' {
				same, end = 0, i+1
			}
		}
		from = end
		chunk(&out, edits[begin:min(len(edits), end+around)])
	}
	if out.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("--- %s\n+++ %s\n%s", nameA, nameB, out.String())
}

// scriptLine is one line of a script; x and y are the lines before it on each side.
type scriptLine struct {
	sign byte
	text string
	x, y int
}

func script(x, y []string) []scriptLine {
	var out []scriptLine
	i, j := 0, 0
	for _, p := range append(align(x, y), [2]int{len(x), len(y)}) {
		for ; i < p[0]; i++ {
			out = append(out, scriptLine{'-', x[i], i, j})
		}
		for ; j < p[1]; j++ {
			out = append(out, scriptLine{'+', y[j], i, j})
		}
		if i < len(x) {
			out = append(out, scriptLine{' ', x[i], i, j})
			i, j = i+1, j+1
		}
	}
	return out
}

func chunk(out *strings.Builder, edits []scriptLine) {
	n := map[byte]int{}
	for _, e := range edits {
		n[e.sign]++
	}
	first := edits[0]
	place := func(at, count int) string {
		if count == 0 {
			return fmt.Sprintf("%d,0", at)
		}
		return fmt.Sprintf("%d,%d", at+1, count)
	}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", place(first.x, n[' ']+n['-']), place(first.y, n[' ']+n['+']))
	for _, e := range edits {
		out.WriteByte(e.sign)
		out.WriteString(e.text)
		if !strings.HasSuffix(e.text, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
