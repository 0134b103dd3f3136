package pdf

import (
	"math"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"pantau/internal/snapshot"
)

// document makes blocks of the pages that were read.
func (d *reading) document() (*snapshot.Document, error) {
	out := &snapshot.Document{Asides: furniture(d.sheets), Quality: snapshot.Quality{Lost: d.lost}}
	l := layout{leading: leading(d.sheets)}
	for _, s := range d.sheets {
		l.sheet(s)
	}
	l.flush()
	out.Blocks = l.blocks
	return out, nil
}

// leading is the usual distance between two lines, in heights of a line.
func leading(sheets []*sheet) float64 {
	var steps []float64
	for _, s := range sheets {
		for i := 1; i < len(s.lines); i++ {
			if step := s.lines[i-1].middle() - s.lines[i].middle(); step > 0 && step < 4*s.lines[i].height() {
				steps = append(steps, step)
			}
		}
	}
	return median(steps)
}

var (
	// unit is a line that names a part of a law and nothing else.
	unit = regexp.MustCompile(`^(?:(?i:pasal|bab|bagian|paragraf|buku|lampiran|article|chapter|section|part)\s+(?:[IVXLC]+[A-Z]?|(?i:ke)[a-z]+|\d+[A-Za-z]?)\.?|(?i:penjelasan|memutusk?an\s*:?|menetapkan\s*:?))$`)
	// item begins with the number of a list, which stands apart from its text.
	item = regexp.MustCompile(`^(?:([a-z]{1,2}\.|\d{1,3}\.|[•●▪◦‣∙·–—]|-)\s+)\S`)
	// numbered begins with another number: of an ayat, of a section.
	numbered = regexp.MustCompile(`^(?:\(\d{1,3}[a-z]?\)|\([a-z]{1,4}\)|[a-z0-9]{1,3}\)|\d{1,3}(?:\.\d{1,3}){1,4}\.?|[IVXLC]{1,5}\.|[A-Z]\.|(?i:pasal|bab|huruf|angka)\s+[0-9IVXLC]+[A-Z]?$)(?:\s|$)`)
	// opening is a part of the preamble.
	opening = regexp.MustCompile(`^(?i:menimbang|mengingat|memperhatikan|menetapkan|membaca)\s*:`)
)

// layout makes blocks of lines.
type layout struct {
	leading float64
	blocks  []snapshot.Block

	open   []line // of the block that is being made
	page   int    // where it begins
	right  float64
	turned bool // a new page has begun since its last line
}

func (l *layout) sheet(s *sheet) {
	switch {
	case s.unread != "":
		defer func() {
			l.flush()
			l.blocks = append(l.blocks, snapshot.Block{Kind: snapshot.Scan, Page: s.number, Text: "scan, text not read (picture " + s.unread + ")"})
		}()
	case s.lost != "":
		l.flush()
		l.blocks = append(l.blocks, snapshot.Block{Kind: snapshot.Scan, Page: s.number, Text: "page that cannot be read"})
		return
	}
	l.turned = true
	l.right = 0
	for i := range s.lines {
		l.right = max(l.right, s.lines[i].right)
	}
	rows := tables(s.lines)
	for i := range s.lines {
		ln := s.lines[i]
		if rows[i] != nil {
			l.flush()
			l.blocks = append(l.blocks, snapshot.Block{Kind: snapshot.Row, Cells: rows[i], Page: s.number, Confidence: ln.trust})
			l.turned = false
			continue
		}
		if l.begins(ln) {
			l.flush()
		}
		if len(l.open) == 0 {
			l.page = s.number
		}
		l.open = append(l.open, ln)
		l.turned = false
	}
}

// begins tells whether a line is the first of a block.
func (l *layout) begins(ln line) bool {
	if len(l.open) == 0 {
		return true
	}
	text := ln.text()
	last := l.open[len(l.open)-1]
	before := last.text()
	switch {
	case unit.MatchString(text), unit.MatchString(before):
		return true
	case last.hyphen:
		return false
	case item.MatchString(text), numbered.MatchString(text), opening.MatchString(text):
		return true
	}
	ended := strings.HasSuffix(before, ".") || strings.HasSuffix(before, ";") || strings.HasSuffix(before, ":") ||
		strings.HasSuffix(before, "?") || strings.HasSuffix(before, "!") || strings.HasSuffix(before, "”") || strings.HasSuffix(before, "\"")
	if l.turned { // a sentence goes on over the page
		first, _ := utf8.DecodeRuneInString(text)
		return ended || !unicode.IsLower(first) && capitals(text) != capitals(before)
	}
	step := last.middle() - ln.middle()
	switch {
	case step < -l.leading/2: // a new column, or something drawn elsewhere
		return ended || step < -3*l.leading && !lower(text)
	case step > 1.75*l.leading:
		return true
	case capitals(text) != capitals(before) && math.Abs(ln.left-last.left) > ln.height():
		return true
	case ln.height() > 1.4*last.height() || last.height() > 1.4*ln.height():
		return step > 1.2*l.leading || ended
	}
	return ended && (last.right < l.right-4*last.height() || ln.left > last.left+1.5*ln.height())
}

func lower(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLower(r)
}

// capitals tells whether a text is written in capital letters.
func capitals(text string) bool {
	return strings.ToUpper(text) == text && strings.ToLower(text) != text
}

// flush ends the block that is being made.
func (l *layout) flush() {
	if len(l.open) == 0 {
		return
	}
	var b strings.Builder
	trust, worded := 0, 0
	for i, ln := range l.open {
		text := ln.text()
		if i > 0 {
			glue(&b, l.open[i-1], text)
		}
		b.WriteString(text)
		if i == len(l.open)-1 && ln.hyphen {
			b.WriteString("-")
		}
		trust, worded = trust+ln.trust*len(ln.words), worded+len(ln.words)
	}
	block := snapshot.Block{Kind: snapshot.Paragraph, Text: b.String(), Page: l.page}
	if worded > 0 {
		block.Confidence = trust / worded
	}
	if m := item.FindStringSubmatch(block.Text); m != nil {
		block.Kind, block.Level, block.Marker = snapshot.Item, 1, m[1]
		block.Text = strings.TrimSpace(strings.TrimPrefix(block.Text, m[1]))
	} else if unit.MatchString(block.Text) {
		block.Kind, block.Level = snapshot.Heading, 2
	}
	l.blocks = append(l.blocks, block)
	l.open = l.open[:0]
}

// glue writes what stands between two lines: a blank; a hyphen where the word
// has one; nothing where it was only split.
func glue(b *strings.Builder, last line, next string) {
	end := b.String()
	switch {
	case last.hyphen && (!lower(next) || doubled(end, next)):
		b.WriteString("-")
	case last.hyphen:
	case strings.HasSuffix(end, "-") && !strings.HasSuffix(end, " -") && lower(next) && !doubled(strings.TrimSuffix(end, "-"), next):
		b.Reset()
		b.WriteString(strings.TrimSuffix(end, "-"))
	case strings.HasSuffix(end, "-") && !strings.HasSuffix(end, " -"):
	default:
		b.WriteString(" ")
	}
}

// doubled tells whether a word is doubled over the end of a line, as Indonesian
// words are: "undang-" "undang", "perundang-" "undangan".
func doubled(end, next string) bool {
	const least = 3
	left := strings.ToLower(end[strings.LastIndexAny(end, " (/")+1:])
	right, _, _ := strings.Cut(strings.ToLower(next), " ")
	for n := min(len(left), len(right)); n >= least; n-- {
		if strings.HasSuffix(left, right[:n]) {
			return true
		}
	}
	return false
}

// tables finds the rows of tables: lines next to each other that have the same
// columns. The others are nil.
func tables(list []line) [][]string {
	rows := make([][]string, len(list))
	cells := make([][]cell, len(list))
	for i := range list {
		cells[i] = columns(list[i].cells())
	}
	for i := 1; i < len(list); i++ {
		if !aligned(cells[i-1], cells[i]) || list[i-1].middle()-list[i].middle() > 5*list[i].height() {
			continue
		}
		for _, k := range []int{i - 1, i} {
			if rows[k] == nil {
				for _, c := range cells[k] {
					rows[k] = append(rows[k], c.text)
				}
			}
		}
	}
	return rows
}

// columns leaves out of cells what is a number before its own text; what is one
// column is none.
func columns(cells []cell) []cell {
	var out []cell
	for i, c := range cells {
		if i > 0 && (mark(out[len(out)-1].text) || strings.HasPrefix(c.text, ":")) {
			out[len(out)-1] = cell{out[len(out)-1].left, c.right, out[len(out)-1].text + " " + c.text}
			continue
		}
		out = append(out, c)
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// mark tells whether a text is a list's mark, or a part of the preamble's form
// ("Menimbang : a.").
func mark(text string) bool {
	return strings.HasSuffix(text, ":") || opening.MatchString(text) && len(text) < 20 || numbered.MatchString(text) && len(text) < 8 || item.MatchString(text+" x") && len(text) < 6
}

// aligned tells whether two lines have two columns or more in common.
func aligned(a, b []cell) bool {
	if len(a) < 2 || len(b) < 2 {
		return false
	}
	same := 0
	for _, x := range a {
		for _, y := range b {
			if math.Abs(x.left-y.left) < 3 || math.Abs(x.right-y.right) < 3 || math.Abs((x.left+x.right)-(y.left+y.right)) < 6 {
				same++
				break
			}
		}
	}
	return same >= 2
}
