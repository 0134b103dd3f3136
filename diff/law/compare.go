package law

import (
	"cmp"
	"slices"
	"strings"
)

// Diff compares two versions of one regulation, provision by provision, in the
// order of the later. What only another scan or another typesetter did
// differently is no event.
func Diff(before, after *Regulation) []Event {
	c := &comparison{scanned: len(before.Repairs) > 0 || len(after.Repairs) > 0, known: vocabulary(before, after)}
	x, y := unitsOf(before, c.scanned), unitsOf(after, c.scanned)
	c.children(x, y)
	c.moves()
	slices.SortStableFunc(c.events, func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
	events := make([]Event, len(c.events))
	for i, e := range c.events {
		events[i] = e.Event
	}
	return events
}

// unit is a node ready to be compared.
type unit struct {
	node  *Node
	group string // of a pasal: the title of the group it stands in
	under string // and its path
	text  string // comparable own words
	whole string // comparable words of all that is in it
	kids  []*unit
	rank  int
}

// unitsOf lists the top units of a regulation: all groups, all pasal whatever
// group they stand in, the parts of the explanation, the annexes.
func unitsOf(r *Regulation, scanned bool) []*unit {
	b := &unitBuilder{scanned: scanned}
	b.walk(r.Nodes, "", "")
	return b.list
}

type unitBuilder struct {
	list    []*unit
	rank    int
	scanned bool
}

// comparable is the comparable text of a node.
func (b *unitBuilder) comparable(n *Node) string {
	if b.scanned {
		return comparable(mend(n.Text))
	}
	return comparable(n.Text)
}

func (b *unitBuilder) walk(nodes []*Node, group, under string) {
	for _, n := range nodes {
		switch n.Kind {
		case Buku, Bab, Bagian, Paragraf:
			b.rank++
			text := b.comparable(n)
			b.list = append(b.list, &unit{node: n, text: text, whole: text, rank: b.rank})
			b.walk(n.Children, text, n.Path)
		case Pasal:
			u := b.unit(n)
			u.group, u.under = group, under
			b.list = append(b.list, u)
		case Penjelasan:
			b.explanation(n)
		case Lampiran:
			b.list = append(b.list, b.unit(n))
		default:
			b.walk(n.Children, group, under)
		}
	}
}

// explanation lists the parts of an explanation, each by itself.
func (b *unitBuilder) explanation(n *Node) {
	for _, c := range n.Children {
		if c.Explains == "" && len(c.Children) > 0 {
			b.explanation(c)
			continue
		}
		b.list = append(b.list, b.unit(c))
	}
}

func (b *unitBuilder) unit(n *Node) *unit {
	b.rank++
	u := &unit{node: n, text: b.comparable(n), rank: b.rank}
	parts := []string{u.text}
	for _, c := range n.Children {
		if c.Kind == Unparsed {
			continue
		}
		kid := b.unit(c)
		u.kids = append(u.kids, kid)
		parts = append(parts, kid.whole)
	}
	u.whole = strings.Join(parts, "\n")
	return u
}

// comparable is text without what typesetting and scanning vary: case, white
// space, punctuation, and letters that look like digits.
func comparable(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c >= 'a' && c <= 'z', isDigit(c), c >= 0x80 && c != 0x80 && c != 0xe2 && c != 0x98 && c != 0x99 && c != 0x9c && c != 0x9d && c != 0x93 && c != 0x94 && c != 0xa6:
		case c == '%' || c == '<' || c == '>' || c == '+' || c == '=':
		default:
			continue
		}
		switch c {
		case 'l', 'i':
			c = '1'
		case 'o':
			c = '0'
		}
		b = append(b, c)
	}
	return string(b)
}

type comparison struct {
	scanned bool
	known   map[string]int // words of both versions, with how often they stand there
	events  []ranked
	gone    []*unit
	come    []*unit
}

// ranked is an event with its place.
type ranked struct {
	Event
	rank int
}

// children matches two lists of units: the same words under the same number,
// the same words under another, the same number with other words.
func (c *comparison) children(x, y []*unit) {
	pairs := matchUnits(x, y)
	inX, inY := make(map[*unit]bool), make(map[*unit]bool)
	for _, p := range pairs {
		inX[p[0]], inY[p[1]] = true, true
		c.pair(p[0], p[1])
	}
	for _, u := range x {
		if !inX[u] && u.whole != "" {
			c.gone = append(c.gone, u)
		}
	}
	for _, u := range y {
		if !inY[u] && u.whole != "" {
			c.come = append(c.come, u)
		}
	}
}

// kindKey is what two units must share to be one: the kind, and of the parts
// of an explanation what they explain.
func kindKey(u *unit) string {
	if k := u.node.Kind; k == Ayat || k == Angka || k == Huruf { // one source writes (1) where another writes 1. or a.
		return "numbered"
	}
	if u.node.Kind == Penjelasan {
		return u.node.Path
	}
	return string(u.node.Kind)
}

func placeKey(u *unit) string { return kindKey(u) + " " + numberIn(u.node.Path) }

// numberIn is the last number of a path, with the mark of a double.
func numberIn(path string) string {
	kind, number, _ := strings.Cut(lastPart(path), "-")
	if Kind(kind) == Huruf && number != "" && !strings.Contains(number, "~") {
		return numberFor(digitPoint, ordinal(letterPoint, number))
	}
	return number
}

func lastPart(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func matchUnits(x, y []*unit) [][2]*unit {
	var pairs [][2]*unit
	doneX, doneY := make(map[*unit]bool), make(map[*unit]bool)
	match := func(a, b *unit) {
		pairs = append(pairs, [2]*unit{a, b})
		doneX[a], doneY[b] = true, true
	}
	// The groups of pasal are known by their whole path, all else by its number.
	place := func(u *unit) string {
		switch u.node.Kind {
		case Bagian, Paragraf, Bab:
			return u.node.Path
		}
		return placeKey(u)
	}
	byPlace := make(map[string][]*unit)
	byText := make(map[string][]*unit)
	for _, u := range y {
		byPlace[place(u)] = append(byPlace[place(u)], u)
		byText[kindKey(u)+" "+u.whole] = append(byText[kindKey(u)+" "+u.whole], u)
	}
	free := func(list []*unit) *unit {
		for _, u := range list {
			if !doneY[u] {
				return u
			}
		}
		return nil
	}
	for _, a := range x { // the same words under the same number
		for _, b := range byPlace[place(a)] {
			if !doneY[b] && !doneX[a] && a.whole == b.whole {
				match(a, b)
			}
		}
	}
	for _, a := range x { // the same words under another number
		if doneX[a] || len(a.whole) < 12 {
			continue
		}
		if list := byText[kindKey(a)+" "+a.whole]; len(list) == 1 && !doneY[list[0]] {
			match(a, list[0])
		}
	}
	for _, a := range x { // like words under the same number
		if b := free(byPlace[place(a)]); !doneX[a] && b != nil && like(a.whole, b.whole) >= 0.4 {
			match(a, b)
		}
	}
	nearest(x, y, doneX, doneY, match)
	for _, a := range x { // other words under the same number
		if b := free(byPlace[place(a)]); !doneX[a] && b != nil {
			match(a, b)
		}
	}
	return pairs
}

// nearest matches what is left by likeness, within a window so that two
// versions that share nothing cost no square.
func nearest(x, y []*unit, doneX, doneY map[*unit]bool, match func(a, b *unit)) {
	var left []*unit
	for _, b := range y {
		if !doneY[b] {
			left = append(left, b)
		}
	}
	at := 0
	for _, a := range x {
		if doneX[a] || len(a.whole) < 30 {
			continue
		}
		var best *unit
		most := 0.8
		for k := max(0, at-20); k < len(left) && k < at+20; k++ {
			b := left[k]
			if doneY[b] || kindKey(a) != kindKey(b) {
				continue
			}
			if l := like(a.whole, b.whole); l > most {
				best, most = b, l
			}
		}
		if best != nil {
			match(a, best)
		}
		at++
	}
}

// like is how much of two texts is the same, by their runs of six characters.
func like(a, b string) float64 {
	if a == b {
		return 1
	}
	const run = 6
	if len(a) < run || len(b) < run {
		return 0
	}
	seen := make(map[string]int, len(a))
	for i := 0; i+run <= len(a); i++ {
		seen[a[i:i+run]]++
	}
	same := 0
	for i := 0; i+run <= len(b); i++ {
		if seen[b[i:i+run]] > 0 {
			seen[b[i:i+run]]--
			same++
		}
	}
	return 2 * float64(same) / float64(len(a)+len(b)-2*run+2)
}

// pair compares two units that are one.
func (c *comparison) pair(a, b *unit) {
	switch {
	case b.node.Deleted && !a.node.Deleted:
		c.tell(b.rank, Event{Type: Deleted, Path: b.node.Path, From: other(a, b), Before: whole(a.node), After: whole(b.node)})
		return
	case a.node.Deleted && !b.node.Deleted:
		c.tell(b.rank, Event{Type: Inserted, Path: b.node.Path, From: other(a, b), After: whole(b.node)})
		return
	case numberIn(a.node.Path) != numberIn(b.node.Path) && a.node.Kind != Penjelasan:
		c.tell(b.rank, Event{Type: Renumbered, Path: b.node.Path, From: a.node.Path})
	case a.node.Kind == Pasal && a.under != b.under && a.group != "" && b.group != "" && like(a.group, b.group) < 0.6:
		c.tell(b.rank, Event{Type: Moved, Path: b.node.Path, From: other(a, b)})
	}
	if a.text != b.text && !c.noise(a.node.Text, b.node.Text) {
		e := Event{Type: Amended, Path: b.node.Path, From: other(a, b), Before: a.node.Text, After: b.node.Text}
		e.Words = wordings(a.node.Text, b.node.Text)
		e.Facts = facts(a.node.Text, b.node.Text)
		c.tell(b.rank, e)
	}
	c.children(a.kids, b.kids)
}

// other is the path before where it is not the path after.
func other(a, b *unit) string {
	if a.node.Path == b.node.Path {
		return ""
	}
	return a.node.Path
}

func (c *comparison) tell(rank int, e Event) {
	e.Label = Cite(e.Path, "id")
	e.Flags = disagreements(e.After)
	c.events = append(c.events, ranked{e, rank})
}

// moves joins what is gone here and has come there with the same words, and
// tells the rest.
func (c *comparison) moves() {
	byText := make(map[string]*unit)
	for _, u := range c.gone {
		if len(u.whole) >= 30 {
			byText[kindKey(u)+" "+u.whole] = u
		}
	}
	moved := make(map[*unit]bool)
	for _, u := range c.come {
		if a := byText[kindKey(u)+" "+u.whole]; a != nil && !moved[a] {
			moved[a] = true
			c.tell(u.rank, Event{Type: Moved, Path: u.node.Path, From: a.node.Path})
			continue
		}
		if u.node.Deleted {
			continue
		}
		c.tell(u.rank, Event{Type: Inserted, Path: u.node.Path, After: whole(u.node), Facts: facts("", whole(u.node))})
	}
	for _, u := range c.gone {
		if !moved[u] && !u.node.Deleted {
			c.tell(u.rank, Event{Type: Deleted, Path: u.node.Path, Before: whole(u.node)})
		}
	}
}

// whole is all the words of a node, with the labels of what is in it.
func whole(n *Node) string {
	var b strings.Builder
	b.WriteString(n.Text)
	switch n.Kind {
	case Buku, Bab, Bagian, Paragraf:
		return n.Text
	}
	for _, c := range n.Children {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(c.Label + " " + whole(c))
	}
	return b.String()
}
