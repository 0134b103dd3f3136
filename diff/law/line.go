package law

import (
	"strings"

	"pantau/internal/snapshot"
)

// Line is one line of the source. Page is 0 where the source has no pages.
type Line struct {
	Text string
	Page int
}

// Lines cuts a text into lines; a form feed begins a page.
func Lines(text string) []Line {
	var lines []Line
	page := 0
	if strings.Contains(text, "\f") {
		page = 1
	}
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		line = strings.TrimSuffix(line, "\r")
		for {
			before, after, found := strings.Cut(line, "\f")
			if !found {
				break
			}
			if before != "" {
				lines = append(lines, Line{before, page})
			}
			page++
			line = after
		}
		lines = append(lines, Line{line, page})
	}
	return lines
}

// DocumentLines are the blocks of an extracted document as lines: a heading is
// marked as one, and an empty line stands between two blocks.
func DocumentLines(d *snapshot.Document) []Line {
	var lines []Line
	for i := range d.Blocks {
		b := &d.Blocks[i]
		text := b.Line()
		mark := ""
		if b.Kind == snapshot.Heading {
			mark = "## "
		}
		for n, line := range strings.Split(text, "\n") {
			if n == 0 {
				line = mark + line
			}
			lines = append(lines, Line{Text: line, Page: b.Page})
		}
		lines = append(lines, Line{Page: b.Page})
	}
	return lines
}
