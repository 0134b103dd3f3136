package diff

import (
	"regexp"
	"strings"

	"pantau/internal/snapshot"
)

// unitLine is a line that is nothing but the name of a part of a legal text
// (UU 12/2011, Lampiran II), or its English like, with a short title at most.
var unitLine = regexp.MustCompile(`^(?i:(buku|book)|(lampiran|bab|annex|appendix|part|chapter|title)|(bagian|division)|(paragraf)|(pasal|article|section))\s+(?:[IVXLC]+[A-Z]?|(?i:ke)[a-z]+|\d+[A-Za-z]?)(?:[.:\s].*)?$`)

// ayatLine begins with the number of an ayat.
var ayatLine = regexp.MustCompile(`^\(\d+[a-z]?\)`)

const (
	legalRank   = 10 // of the largest legal unit; headings rank 1 to 6
	ayatRank    = 20
	longestUnit = 120 // bytes of a line that can still be a unit's name
)

// outline follows the headings down a document.
type outline struct {
	open []opened
	path string // the names of open, joined
}

// opened is a heading that stands above what follows: those of a higher rank
// end where it begins.
type opened struct {
	rank int
	name string
}

// enter takes the next block and returns the path it stands under:
// "BAB II > Pasal 7 > ayat (2)". A heading stands under itself, so that its
// own change is found there too.
func (o *outline) enter(b *snapshot.Block) string {
	rank, name := rankOf(b)
	if rank == 0 {
		return o.path
	}
	for len(o.open) > 0 && o.open[len(o.open)-1].rank >= rank {
		o.open = o.open[:len(o.open)-1]
	}
	o.open = append(o.open, opened{rank, name})
	names := make([]string, len(o.open))
	for i, h := range o.open {
		names[i] = h.name
	}
	o.path = strings.Join(names, " > ")
	return o.path
}

// rankOf tells how high a block stands and what it is called; 0: it is
// ordinary text.
func rankOf(b *snapshot.Block) (int, string) {
	text := b.Line()
	if len(text) <= longestUnit {
		if m := unitLine.FindStringSubmatch(text); m != nil {
			for n, unit := range m[1:] {
				if unit != "" {
					return legalRank + n, text
				}
			}
		}
	}
	if b.Kind == snapshot.Heading {
		return max(1, b.Level), text
	}
	if ayat := ayatLine.FindString(text); ayat != "" {
		return ayatRank, "ayat " + ayat
	}
	return 0, ""
}
