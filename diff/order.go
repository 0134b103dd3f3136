package diff

import (
	"regexp"
	"slices"
	"strings"

	"pantau/internal/snapshot"
)

// numberedText begins with what puts an item in its place: a number, a letter
// in brackets, the name of a legal unit.
var numberedText = regexp.MustCompile(`^(?i)(?:\(?(?:[0-9]+|[ivxlc]+|[a-z])[.)]|[0-9]+(?:\s|$)|(?:pasal|ayat|bab|bagian|paragraf|huruf|angka|buku|lampiran|article|section|chapter|part|step|langkah|tahap)\b)`)

// unordered tells whether the block at i of x and the equal one at j of y are
// items of one list, or rows of one table, whose order says nothing.
func (c *comparison) unordered(i, j int) bool {
	return bare(c.x[i].block) && c.x[i].path == c.y[j].path && listHead(c.x, i) == listHead(c.y, j)
}

// bare tells whether a block is an item or a row without a number.
func bare(b *snapshot.Block) bool {
	switch b.Kind {
	case snapshot.Item:
		return !numbered(b.Marker) && !numberedText.MatchString(b.Text)
	case snapshot.Row:
		return len(b.Cells) > 0 && !numberedText.MatchString(b.Cells[0])
	}
	return false
}

// listHead is what the list or table of the block at i stands under: the item
// it is nested in, else the block before the list.
func listHead(lines []line, i int) string {
	b := lines[i].block
	for n := i - 1; n >= 0; n-- {
		o := lines[n].block
		if o.Kind != b.Kind || o.Level < b.Level {
			return lines[n].key
		}
	}
	return ""
}

const (
	// leastDates is how many dates have to be a day off, and no other, before
	// it is another zone and not another day.
	leastDates  = 5
	longestDate = 24 // bytes
)

var bareDate = regexp.MustCompile(`^(?:\pL+,?\s+)?([0-9]{1,2})\s+(\pL+\.?)\s+([0-9]{4})$`)

// otherZone drops the hunks of a page whose dates were written in another time
// zone: all that differs stands alone, and every date is the neighbouring day,
// in the same direction. Nothing but dates may differ: one other change, and
// all are told.
func (c *comparison) otherZone() {
	var x, y []int
	for _, f := range c.found {
		if f.i >= 0 {
			x = append(x, f.i)
		}
		if f.j >= 0 {
			y = append(y, f.j)
		}
	}
	if len(x) < leastDates || len(x) != len(y) {
		return
	}
	slices.Sort(x)
	slices.Sort(y)
	for _, off := range [...]int{-1, 1} {
		same := 0
		for n := range x {
			if shifted(c.x[x[n]].block.Line(), c.y[y[n]].block.Line(), off) {
				same++
			}
		}
		if same == len(x) {
			c.found = nil
			return
		}
	}
}

// shifted tells whether two dates are one day apart. Over the end of a month
// the names differ, and then the days must be the last and the first.
func shifted(before, after string, off int) bool {
	if len(before) > longestDate || len(after) > longestDate {
		return false
	}
	x, y := bareDate.FindStringSubmatch(before), bareDate.FindStringSubmatch(after)
	if x == nil || y == nil {
		return false
	}
	dx, dy := dayOf(x[1]), dayOf(y[1])
	if strings.EqualFold(x[2], y[2]) && x[3] == y[3] {
		return dy-dx == off
	}
	return off > 0 && dx >= 28 && dy == 1 || off < 0 && dx == 1 && dy >= 28
}

func dayOf(s string) int {
	n := 0
	for _, c := range s {
		n = 10*n + int(c-'0')
	}
	return n
}
