package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pantau/internal/snapshot"
)

// Text compares two documents block by block. What only looks different is
// equal: typographic marks, white space, compatible characters, another kind
// of element, the same words broken into other blocks. A block that stands
// elsewhere unchanged is moved; a removed and an added one that resemble each
// other are one modified hunk; the same words with another link target are
// modified, and both wordings then show the target. Hunks are in the order of
// the later document.
func Text(before, after *snapshot.Document) ([]Hunk, Stats) {
	return compare(linesOf(before, before), linesOf(after, after))
}

// CompareText is Text after the always-known noise and the given masks were
// laid over both sides. Hunks show the wording without masks. What stands
// beside the content counts only where it carries substance.
func CompareText(before, after *snapshot.Document, masks []Mask) ([]Hunk, Stats) {
	known := forms{} // most passages are the same on both sides
	x, y := known.lines(before, Masked(before, masks)), known.lines(after, Masked(after, masks))
	besideX, besideY := asideLines(before, masks), asideLines(after, masks)
	inX, inY, asideX, asideY := tally(x), tally(y), tally(besideX), tally(besideY)
	x = slices.DeleteFunc(x, crossed(x, inY, asideY))
	y = slices.DeleteFunc(y, crossed(y, inX, asideX))
	trivial := func(l line) bool { return !substance(l.role, l.block) }
	besideX = slices.DeleteFunc(lacking(besideX, inY, asideY), trivial)
	besideY = slices.DeleteFunc(lacking(besideY, inX, asideX), trivial)
	hunks, stats := compare(x, y)
	more, count := compare(besideX, besideY)
	return append(hunks, more...), stats.plus(count)
}

// Ignored compares what stands beside the content, and was not counted, and
// gives the passages that differ in noise alone: it is for those who ask what
// was left out.
func Ignored(before, after *snapshot.Document, masks []Mask) ([]Hunk, Stats) {
	hunks, stats := ignoredBeside(before, after, masks)
	told, _ := CompareText(before, after, masks)
	known := map[string]bool{"": true}
	for _, h := range told {
		known[h.Before], known[h.After] = true, true
	}
	all, _ := compare(linesOf(before, before), linesOf(after, after))
	for _, h := range all {
		if (!known[h.Before] || !known[h.After]) && !(h.Before != "" && known[h.Before]) && !(h.After != "" && known[h.After]) {
			h.Path = strings.TrimSuffix("noise: "+h.Path, ": ")
			hunks = append(hunks, h)
			stats = stats.plus(Stats{Modified: 1})
		}
	}
	return hunks, stats
}

// ignoredBeside compares what stands beside the content and was not counted.
func ignoredBeside(before, after *snapshot.Document, masks []Mask) ([]Hunk, Stats) {
	x, y := asideLines(before, masks), asideLines(after, masks)
	content, contentToo := tally(linesOf(before, Masked(before, masks))), tally(linesOf(after, Masked(after, masks)))
	grave := func(l line) bool { return substance(l.role, l.block) }
	return compare(slices.DeleteFunc(lacking(x, contentToo, tally(y)), grave), slices.DeleteFunc(lacking(y, content, tally(x)), grave))
}

func (s Stats) plus(o Stats) Stats {
	return Stats{Added: s.Added + o.Added, Removed: s.Removed + o.Removed, Modified: s.Modified + o.Modified, Moved: s.Moved + o.Moved}
}

// line is a block ready to be compared.
type line struct {
	block   *snapshot.Block // as it was read
	words   []string        // canonical tokens of the masked text
	targets []string        // comparable link targets
	key     string          // words and targets: equal keys are equal blocks
	path    string          // headings above
	role    snapshot.Role   // of what stands beside the content
	sorted  []string        // see bag
}

// forms are the canonical tokens of texts.
type forms map[string][]string

func (f forms) canonical(text string) []string {
	words, ok := f[text]
	if !ok {
		words = canonical(text)
		f[text] = words
	}
	return words
}

// linesOf prepares the blocks of shown, to be compared by the text of masked,
// which has the same blocks.
func linesOf(shown, masked *snapshot.Document) []line { return forms{}.lines(shown, masked) }

func (f forms) lines(shown, masked *snapshot.Document) []line {
	var o outline
	lines := make([]line, len(shown.Blocks))
	for i := range shown.Blocks {
		b, m := &shown.Blocks[i], &masked.Blocks[i]
		l := line{block: b, words: f.canonical(body(m)), path: o.enter(b)}
		for _, k := range m.Links {
			l.targets = append(l.targets, comparable(k.Target))
		}
		l.key = strings.Join(l.words, "\x1f") + "\x1e" + strings.Join(l.targets, "\x1f")
		if b.Page > 0 {
			l.path = paged(b.Page, l.path)
		}
		lines[i] = l
	}
	return lines
}

// paged is a path below the page that it is on.
func paged(page int, path string) string {
	name := fmt.Sprintf("page %d", page)
	if path == "" {
		return name
	}
	return name + " > " + path
}

// body is the block's text without its marker: an item inserted above
// renumbers all that follow, and only the insertion is a change.
func body(b *snapshot.Block) string {
	if b.Kind == snapshot.Row {
		return strings.Join(b.Cells, " | ")
	}
	return b.Text
}

// comparable is a link target without the differences that lead to the same
// place: the upgrade from http, a trailing slash.
func comparable(target string) string {
	target = strings.TrimPrefix(strings.TrimPrefix(target, "https:"), "http:")
	return strings.TrimSuffix(target, "/")
}

// found is a hunk with its place: the blocks it is made of.
type found struct {
	Hunk
	i, j int // places in before and after; -1: none
}

// comparison is the work of one compare.
type comparison struct {
	x, y  []line
	found []found
	gone  []place // in x, not paired so far
	added []place // in y
	gaps  int

	movedX, movedY map[string]bool // blocks of x, of y, that stand elsewhere on the other side
}

// place is a block in the gap between two equal blocks.
type place struct{ at, gap int }

func compare(x, y []line) ([]Hunk, Stats) {
	c := comparison{x: x, y: y}
	i, j := 0, 0
	pairs := align(keys(x), keys(y))
	c.strays(pairs)
	for _, p := range append(pairs, [2]int{len(x), len(y)}) {
		c.gap(i, p[0], j, p[1])
		i, j = p[0]+1, p[1]+1
	}
	c.moves()
	c.similar()
	for _, p := range c.gone {
		c.add(OpRemoved, p.at, -1)
	}
	for _, p := range c.added {
		c.add(OpAdded, -1, p.at)
	}
	c.otherZone()
	c.markers(pairs)
	return c.result(pairs)
}

// strays notes which blocks without a partner in their place have an equal one
// without a partner on the other side: they have moved, whatever stands now
// where they stood.
func (c *comparison) strays(pairs [][2]int) {
	left := func(lines []line, side int) map[string]bool {
		paired := make([]bool, len(lines))
		for _, p := range pairs {
			paired[p[side]] = true
		}
		m := map[string]bool{}
		for i := range lines {
			if !paired[i] {
				m[lines[i].key] = true
			}
		}
		return m
	}
	x, y := left(c.x, 0), left(c.y, 1)
	c.movedX, c.movedY = y, x
}

func keys(lines []line) []string {
	list := make([]string, len(lines))
	for i := range lines {
		list[i] = lines[i].key
	}
	return list
}

// gap notes the blocks between two equal ones, unless both sides say the same
// in other blocks.
func (c *comparison) gap(i, endX, j, endY int) {
	if reflowed(c.x[i:endX], c.y[j:endY]) {
		return
	}
	// One passage against one in the same place is the same passage as long
	// as they have something in common, however little.
	if endX-i == 1 && endY-j == 1 && !c.movedX[c.x[i].key] && !c.movedY[c.y[j].key] && resemblance(&c.x[i], &c.y[j]) >= 0.2 {
		c.add(OpModified, i, j)
		return
	}
	c.gaps++
	for ; i < endX; i++ {
		c.gone = append(c.gone, place{i, c.gaps})
	}
	for ; j < endY; j++ {
		c.added = append(c.added, place{j, c.gaps})
	}
}

// reflowed tells whether two runs of blocks have the same words and targets in
// the same order.
func reflowed(x, y []line) bool {
	if len(x) == 0 || len(y) == 0 {
		return len(x) == len(y)
	}
	var xw, yw, xt, yt []string
	for _, l := range x {
		xw, xt = append(xw, l.words...), append(xt, l.targets...)
	}
	for _, l := range y {
		yw, yt = append(yw, l.words...), append(yt, l.targets...)
	}
	return slices.Equal(xw, yw) && slices.Equal(xt, yt)
}

// add notes a hunk of the blocks at i and j.
func (c *comparison) add(op Op, i, j int) {
	h := Hunk{Op: op}
	if i >= 0 {
		h.Before, h.Path, h.Page = c.x[i].block.Line(), c.x[i].path, c.x[i].block.Page
	}
	if j >= 0 {
		h.After, h.Path, h.Page = c.y[j].block.Line(), c.y[j].path, c.y[j].block.Page
		if c.y[j].block.Kind == snapshot.Scan {
			h.After = "new " + h.After
		}
	}
	if op == OpModified && !slices.Equal(c.x[i].targets, c.y[j].targets) {
		h.Before += targets(c.x[i].block, c.y[j].targets)
		h.After += targets(c.y[j].block, c.x[i].targets)
	}
	c.found = append(c.found, found{h, i, j})
}

// targets lists the link targets of b that the other side lacks.
func targets(b *snapshot.Block, other []string) string {
	var s strings.Builder
	for _, l := range b.Links {
		if !slices.Contains(other, comparable(l.Target)) {
			s.WriteString(" <" + l.Target + ">")
		}
	}
	return s.String()
}

// moves pairs blocks that are gone in one place and stand unchanged in
// another. Blocks that moved together are one hunk.
func (c *comparison) moves() {
	places := map[string][]int{}
	for _, p := range c.added {
		key := c.y[p.at].key
		places[key] = append(places[key], p.at)
	}
	moved := map[int]bool{}
	var last *found // the hunk that may go on
	c.gone = slices.DeleteFunc(c.gone, func(p place) bool {
		i, key := p.at, c.x[p.at].key
		if len(places[key]) == 0 {
			return false
		}
		j := places[key][0]
		places[key] = places[key][1:]
		moved[j] = true
		if c.unordered(i, j) {
			return true
		}
		if last != nil && last.i+last.size() == i && last.j+last.size() == j {
			last.Before += "\n" + c.x[i].block.Line()
			last.After += "\n" + c.y[j].block.Line()
			return true
		}
		c.add(OpMoved, i, j)
		last = &c.found[len(c.found)-1]
		return true
	})
	c.added = slices.DeleteFunc(c.added, func(p place) bool { return moved[p.at] })
}

// size is the number of blocks of a moved hunk; no block holds a line break.
func (f *found) size() int { return strings.Count(f.After, "\n") + 1 }

// markers notes items whose number alone has changed. Where an item of the
// same list came, went or moved, the others are numbered anew by that, and it
// is not told again.
func (c *comparison) markers(pairs [][2]int) {
	touchedX, touchedY := map[int]bool{}, map[int]bool{}
	for _, f := range c.found {
		if f.Op != OpModified {
			touchedX[f.i], touchedY[f.j] = true, true
		}
	}
	shifted, i, j := false, 0, 0
	for _, p := range pairs {
		for ; i < p[0]; i++ {
			shifted = shifted || touchedX[i] && c.x[i].block.Kind == snapshot.Item
		}
		for ; j < p[1]; j++ {
			shifted = shifted || touchedY[j] && c.y[j].block.Kind == snapshot.Item
		}
		i, j = p[0]+1, p[1]+1
		b, a := c.x[p[0]].block, c.y[p[1]].block
		if a.Kind != snapshot.Item {
			shifted = false
		} else if !shifted && numbered(b.Marker) && numbered(a.Marker) && a.Marker != b.Marker {
			c.add(OpModified, p[0], p[1])
		}
	}
}

// numbered tells the marker of an ordered list from a bullet or none.
func numbered(marker string) bool { return strings.HasSuffix(marker, ".") }

// result puts the hunks in the order of the later document; what is gone
// stands where it stood among its neighbours.
func (c *comparison) result(pairs [][2]int) ([]Hunk, Stats) {
	order := func(f found) int {
		if f.j >= 0 {
			return 2 * f.j
		}
		n, _ := slices.BinarySearchFunc(pairs, f.i, func(p [2]int, i int) int { return p[0] - i })
		if n == 0 {
			return -1
		}
		return 2*pairs[n-1][1] + 1
	}
	slices.SortStableFunc(c.found, func(a, b found) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a.i, b.i))
	})
	var hunks []Hunk
	var s Stats
	for _, f := range c.found {
		hunks = append(hunks, f.Hunk)
		switch f.Op {
		case OpAdded:
			s.Added++
		case OpRemoved:
			s.Removed++
		case OpModified:
			s.Modified++
		case OpMoved:
			s.Moved++
		}
	}
	return hunks, s
}
