package extract

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"pantau/internal/snapshot"
)

var (
	// typedStart begins a block of a text file: the name of a unit of law, the
	// number of an ayat, a letter, a number, a bullet.
	typedStart = regexp.MustCompile(`^(?:(?i:pasal|bab|bagian|paragraf|lampiran|article|chapter|section)\s+(?:[IVXLC]+[A-Z]?|(?i:ke)[a-z]+|\d+[A-Za-z]?)\.?$|\(\d{1,3}[a-z]?\)\s|[a-z]{1,2}[.)]\s|\d{1,3}(?:\.\d{1,3}){0,4}[.)]\s|[•●▪–-]\s|(?i:menimbang|mengingat|memperhatikan|menetapkan)\s*:)`)
	typedUnit  = regexp.MustCompile(`^(?i:pasal|bab|bagian|paragraf|lampiran|article|chapter|section)\s+(?:[IVXLC]+[A-Z]?|(?i:ke)[a-z]+|\d+[A-Za-z]?)\.?$`)
	typedItem  = regexp.MustCompile(`^([a-z]{1,2}\.|\d{1,3}\.|[•●▪–-])\s+(\S.*)$`)
)

// unseen are signs in a text that no reader sees; NUL stands where a program
// wrote more than text.
var unseen = strings.NewReplacer("\x00", "", "\u200b", "", "\ufeff", "", "\u00ad", "", "\u2060", "", "\u200e", "", "\u200f", "")

// typed reads a text file as it was typed: lines that were broken for the paper
// are one paragraph, a form feed begins a page.
func typed(text string) *snapshot.Document {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(unseen.Replace(text))
	t := typist{wide: width(text)}
	paged := strings.Contains(strings.TrimRight(text, "\f\n"), "\f")
	page := 0
	for sheet := range strings.SplitSeq(text, "\f") {
		if page++; paged {
			t.page = page
		}
		for line := range strings.SplitSeq(sheet, "\n") {
			t.line(line)
		}
	}
	t.flush()
	return &snapshot.Document{Blocks: t.blocks}
}

// width is where the lines of a text are broken; 0 if they are not.
func width(text string) int {
	var long []int
	for line := range strings.SplitSeq(text, "\n") {
		if n := len([]rune(strings.TrimRight(line, " \t"))); n > 40 {
			long = append(long, n)
		}
	}
	if len(long) == 0 {
		return 0
	}
	slices.Sort(long)
	at := long[len(long)*9/10]
	if at > 130 {
		return 0 // a paragraph a line
	}
	return at
}

// typist makes blocks of lines.
type typist struct {
	wide   int
	page   int
	from   int
	last   string
	text   strings.Builder
	blocks []snapshot.Block
}

func (t *typist) line(raw string) {
	line := strings.Join(strings.Fields(raw), " ")
	if line == "" {
		t.flush()
		return
	}
	if t.text.Len() > 0 && t.begins(line) {
		t.flush()
	}
	switch {
	case t.text.Len() == 0:
		t.from = t.page
	case strings.HasSuffix(t.last, "-") && !strings.HasSuffix(t.last, " -"):
	default:
		t.text.WriteByte(' ')
	}
	t.text.WriteString(line)
	t.last = strings.TrimRight(raw, " \t")
}

// begins tells whether a line behind another is a paragraph of its own: it has a
// number, or the line before it ended before the margin.
func (t *typist) begins(line string) bool {
	if t.wide == 0 || typedStart.MatchString(line) || typedUnit.MatchString(strings.TrimSpace(t.last)) {
		return true
	}
	first, _, _ := strings.Cut(line, " ")
	return len([]rune(t.last))+1+len([]rune(first)) < t.wide*4/5 && strings.ContainsAny(t.last[len(t.last)-1:], ".;:?!")
}

func (t *typist) flush() {
	if t.text.Len() == 0 {
		return
	}
	b := snapshot.Block{Kind: snapshot.Paragraph, Text: norm.NFC.String(t.text.String()), Page: t.from}
	if m := typedItem.FindStringSubmatch(b.Text); m != nil {
		b.Kind, b.Level, b.Marker, b.Text = snapshot.Item, 1, m[1], m[2]
	} else if typedUnit.MatchString(b.Text) {
		b.Kind, b.Level = snapshot.Heading, 2
	}
	t.blocks = append(t.blocks, b)
	t.text.Reset()
}
