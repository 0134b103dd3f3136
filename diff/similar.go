package diff

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pantau/internal/snapshot"
)

const (
	// alike is the resemblance from which a removed and an added passage in
	// one gap are two wordings of one passage; elsewhere it takes more.
	alike     = 0.5
	alikeAway = 0.75
	// commonest is how many added passages may hold a word before it no
	// longer leads from one passage to another: it bounds the work on pages
	// that were rewritten whole.
	commonest = 64
)

// candidate is a possible pair of wordings: indexes into gone and added.
type candidate struct {
	score float64
	p, q  int
}

// similar pairs removed and added passages that are two wordings of one, the
// most alike first.
func (c *comparison) similar() {
	list := c.candidates()
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.p, b.p), cmp.Compare(a.q, b.q))
	})
	usedX, usedY := make([]bool, len(c.gone)), make([]bool, len(c.added))
	for _, k := range list {
		if usedX[k.p] || usedY[k.q] {
			continue
		}
		usedX[k.p], usedY[k.q] = true, true
		c.add(OpModified, c.gone[k.p].at, c.added[k.q].at)
	}
	c.gone = unused(c.gone, usedX)
	c.added = unused(c.added, usedY)
}

func unused(places []place, used []bool) []place {
	var rest []place
	for n, p := range places {
		if !used[n] {
			rest = append(rest, p)
		}
	}
	return rest
}

// candidates are the pairs of passages that share a word and are alike.
func (c *comparison) candidates() []candidate {
	holders := map[string][]int{}
	for q, p := range c.added {
		for w := range distinct(c.y[p.at].bag()) {
			holders[w] = append(holders[w], q)
		}
	}
	var list []candidate
	for p, g := range c.gone {
		tried := map[int]bool{}
		for w := range distinct(c.x[g.at].bag()) {
			if len(holders[w]) > commonest {
				continue
			}
			for _, q := range holders[w] {
				if tried[q] {
					continue
				}
				tried[q] = true
				if score, ok := c.score(g, c.added[q]); ok {
					list = append(list, candidate{score, p, q})
				}
			}
		}
	}
	return list
}

// score rates two passages; ok tells whether they are one.
func (c *comparison) score(g, a place) (score float64, ok bool) {
	x, y := &c.x[g.at], &c.y[a.at]
	score = resemblance(x, y)
	if g.gap != a.gap {
		return score, score >= alikeAway
	}
	if l := label(x.block); l != "" && l == label(y.block) && score >= 0.2 {
		score = max(score, alike)
	}
	return score, score >= alike
}

// distinct are the different words of a bag.
func distinct(bag []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i, w := range bag {
			if (i == 0 || bag[i-1] != w) && !yield(w) {
				return
			}
		}
	}
}

// resemblance is the share of words two passages have in common (Dice's
// coefficient over the words and numbers, repetitions counted), from 0 to 1.
func resemblance(a, b *line) float64 {
	x, y := a.bag(), b.bag()
	if len(x)+len(y) == 0 {
		return 0
	}
	shared := 0
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch c := strings.Compare(x[i], y[j]); {
		case c < 0:
			i++
		case c > 0:
			j++
		default:
			i, j, shared = i+1, j+1, shared+1
		}
	}
	return 2 * float64(shared) / float64(len(x)+len(y))
}

// bag are the words and numbers of a passage, sorted; worked out once, and
// only for passages that differ.
func (l *line) bag() []string {
	if l.sorted == nil {
		l.sorted = make([]string, 0, len(l.words))
		for _, w := range l.words {
			if !isMark(w) {
				l.sorted = append(l.sorted, w)
			}
		}
		slices.Sort(l.sorted)
	}
	return l.sorted
}

func isMark(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// label is what a passage is called by: the first cell of a row, the number
// of an ayat, a huruf or a paragraph. "" if it has none.
func label(b *snapshot.Block) string {
	if b.Kind == snapshot.Row && len(b.Cells) > 1 {
		return b.Cells[0]
	}
	if numbered(b.Marker) {
		return b.Marker
	}
	first, _, _ := strings.Cut(b.Text, " ")
	if len(first) > 1 && len(first) < 8 && strings.ContainsAny(first[len(first)-1:], ".)") {
		return first
	}
	return ""
}
