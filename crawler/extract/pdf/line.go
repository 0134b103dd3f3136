package pdf

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// box is a place on a page, in points from the lower left corner.
type box struct{ left, bottom, right, top float64 }

func (b box) height() float64 { return b.top - b.bottom }
func (b box) middle() float64 { return (b.top + b.bottom) / 2 }

// with is the box that holds both.
func (b box) with(o box) box {
	if b == (box{}) {
		return o
	}
	return box{min(b.left, o.left), min(b.bottom, o.bottom), max(b.right, o.right), max(b.top, o.top)}
}

// glyph is a character as PDFium gives it, in reading order; the blanks and line
// breaks that PDFium adds have no box.
type glyph struct {
	text string
	box  box
}

// word is what stands between blanks.
type word struct {
	text string
	box  box
}

// line is words on one level, in the order in which they are read.
type line struct {
	box
	words  []word
	hyphen bool // PDFium took the last sign for a hyphen that splits a word
	trust  int  // of a picture, percent; 0: from the text layer
}

func (l *line) text() string {
	parts := make([]string, len(l.words))
	for i, w := range l.words {
		parts[i] = w.text
	}
	return strings.Join(parts, " ")
}

// sheet is one page.
type sheet struct {
	number        int
	width, height float64
	lines         []line
	unread        string // of a picture that was not read: its digest
	lost          string // why the page could not be read
}

// softHyphen is what PDFium gives for a hyphen that it believes to split a word.
const softHyphen = '\x02'

// lines makes lines of glyphs.
func lines(glyphs []glyph) []line {
	var out []line
	var b lineBuilder
	for _, g := range glyphs {
		r, _ := utf8.DecodeRuneInString(g.text)
		switch {
		case g.text == "":
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			out = b.end(out)
		case r == softHyphen || r == '\u00ad':
			b.hyphen, b.gap = true, false
		case unicode.IsSpace(r):
			b.gap = true
		case r == '\u200b' || r == '\ufeff' || r == '\u2060' || unicode.IsControl(r):
		default:
			if b.hyphen && len(b.glyphs) > 0 && !level(b.glyphs[len(b.glyphs)-1].box, g.box) {
				out = b.end(out) // PDFium joins the two lines of a word that is split
			}
			b.add(g)
		}
	}
	return joinLevel(b.end(out))
}

// lineBuilder collects the glyphs of a line.
type lineBuilder struct {
	glyphs []glyph
	blank  []bool // before the glyph
	gap    bool
	hyphen bool
}

func (b *lineBuilder) add(g glyph) {
	if b.hyphen { // it did not end the line after all
		b.glyphs = append(b.glyphs, glyph{text: "-", box: g.box})
		b.blank = append(b.blank, false)
		b.hyphen = false
	}
	b.glyphs, b.blank, b.gap = append(b.glyphs, g), append(b.blank, b.gap), false
}

// end closes the line.
func (b *lineBuilder) end(out []line) []line {
	defer func() { *b = lineBuilder{glyphs: b.glyphs[:0], blank: b.blank[:0]} }()
	if len(b.glyphs) == 0 {
		return out
	}
	l := line{hyphen: b.hyphen}
	var text strings.Builder
	var at box
	flush := func() {
		if text.Len() > 0 {
			l.words = append(l.words, word{norm.NFC.String(ligatures.Replace(text.String())), at})
			l.box = l.box.with(at)
		}
		text.Reset()
		at = box{}
	}
	for i, g := range b.glyphs {
		if b.blank[i] {
			flush()
		}
		text.WriteString(g.text)
		if g.box != (box{}) {
			at = at.with(g.box)
		}
	}
	flush()
	return append(out, l)
}

var ligatures = strings.NewReplacer("\ufb00", "ff", "\ufb01", "fi", "\ufb02", "fl", "\ufb03", "ffi", "\ufb04", "ffl")

// tighten takes out the blanks that PDFium sees between the letters of very
// small type: where many words of a line are one letter, those of hardly any
// width are none.
func (l *line) tighten() {
	single := 0
	for _, w := range l.words {
		if utf8.RuneCountInString(w.text) == 1 {
			single++
		}
	}
	if len(l.words) < 4 || 3*single < len(l.words) {
		return
	}
	out := l.words[:1]
	for _, w := range l.words[1:] {
		last := &out[len(out)-1]
		if w.box.left-last.box.right < 0.17*l.height() {
			last.text, last.box = last.text+w.text, last.box.with(w.box)
			continue
		}
		out = append(out, w)
	}
	l.words = out
}

// joinLevel joins lines that follow each other on one level, from left to
// right: cells of a table, a number and its paragraph.
func joinLevel(list []line) []line {
	var out []line
	for _, l := range list {
		if n := len(out); n > 0 && level(out[n-1].box, l.box) && l.left >= out[n-1].right-1 {
			last := &out[n-1]
			last.words = append(last.words, l.words...)
			last.box, last.hyphen = last.box.with(l.box), l.hyphen
			continue
		}
		out = append(out, l)
	}
	for i := range out {
		out[i].tighten()
	}
	return out
}

// level tells whether two boxes stand on one line.
func level(a, b box) bool {
	shared := min(a.top, b.top) - max(a.bottom, b.bottom)
	return shared > 0.5*min(a.height(), b.height()) && shared > 0
}

// cell is words of a line that stand close together.
type cell struct {
	left, right float64
	text        string
}

// cells splits a line where it has gaps much wider than a blank.
func (l *line) cells() []cell {
	var out []cell
	for i, w := range l.words {
		if i == 0 || w.box.left-l.words[i-1].box.right > 1.6*l.height() {
			out = append(out, cell{w.box.left, w.box.right, w.text})
			continue
		}
		c := &out[len(out)-1]
		c.text, c.right = c.text+" "+w.text, w.box.right
	}
	return out
}

// median of values, 0 of none.
func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}
