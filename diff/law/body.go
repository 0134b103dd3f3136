package law

import (
	"regexp"
	"slices"
	"strings"
)

// body reads the batang tubuh: a stack of open units, and the place where the
// next words go.
type body struct {
	r      *Regulation
	taken  map[string]int // paths, to tell doubles apart
	roots  []*Node
	buku   *Node
	bab    *Node
	bagian *Node
	part   *Node // paragraf
	pasal  *Node
	ayat   *Node
	lists  []list // open lists, outermost first
	at     *Node  // where words go; nil before the first unit

	rest    []piece // what comes behind the piece that is read
	titled  bool    // at is a bab, bagian or paragraf whose title may go on
	last    string  // number of the last pasal of its own
	roman   bool    // its own pasal have Roman numbers
	missing int

	own       *Node    // the pasal of an amending regulation that quotes
	item      *Node    // its open item
	outer     [4]*Node // the regulation's own groups while it quotes
	lastBab   int      // its own last bab
	lastItem  int
	bracketed bool   // its items are numbered (1), (2)
	restart   int    // how many items the open list had when it began again
	quotedTo  string // number of the last quoted pasal
}

// list is an open list: its style and its last item.
type list struct {
	style style
	place int
	item  *Node
}

// parseBody reads the pieces of one copy of the body.
func parseBody(r *Regulation, pieces []piece, roman bool) *body {
	b := &body{r: r, taken: make(map[string]int), roman: roman}
	for i := range pieces {
		if p := &pieces[i]; p.margin {
			r.Margin = append(r.Margin, p.span)
		} else {
			b.piece(p, pieces[i+1:])
		}
	}
	return b
}

// piece gives one piece its place.
func (b *body) piece(p *piece, rest []piece) {
	b.quoteBegins()
	switch {
	case b.group(p):
	case b.pasalAt(p):
	case b.itemAt(p):
	case b.pasal == nil && b.item == nil:
		b.loose(p)
	case b.marked(p, rest):
	case b.at == b.pasal && b.pasal.Text == "" || strings.Contains(p.text, "; "):
		b.inside(p.text, p)
	default:
		b.words(b.at, p.text, p.span)
	}
}

// add makes a node under a parent, or a root.
func (b *body) add(parent *Node, kind Kind, label, number, path string, p *piece) *Node {
	if n := b.taken[path]; n > 0 {
		b.taken[path] = n + 1
		path += "~" + numberFor(digitPoint, n+1)
	}
	b.taken[path]++
	n := &Node{Kind: kind, Label: label, Number: number, Path: path, Quoted: b.own != nil, Spans: []Span{p.span}, Page: p.page}
	if parent == nil {
		b.roots = append(b.roots, n)
	} else {
		parent.Children = append(parent.Children, n)
	}
	b.at = n
	return n
}

// words appends text to a node. Words that a line's end broke at a hyphen stay
// joined.
func (b *body) words(n *Node, text string, span Span) {
	addWords(n, text)
	if len(n.Spans) > 0 && n.Spans[len(n.Spans)-1].End == span.Start {
		n.Spans[len(n.Spans)-1].End = span.End
	} else if len(n.Spans) == 0 || n.Spans[len(n.Spans)-1] != span {
		n.Spans = append(n.Spans, span)
	}
	if n.Kind != Unparsed {
		n.Deleted = len(n.Text) < 40 && deletedText.MatchString(n.Text)
	}
}

var deletedText = regexp.MustCompile(`^\(?\s*(?i:dihapus)\s*\)?\s*\.?$`)

func addWords(n *Node, text string) {
	text = fold(text)
	if text == "" {
		return
	}
	if n.grown == nil {
		n.grown = &strings.Builder{}
		n.grown.WriteString(n.Text)
	}
	if joins := strings.HasSuffix(n.Text, "-") && text[0] >= 'a' && text[0] <= 'z' && !strings.HasSuffix(n.Text, " -"); n.Text != "" && !joins {
		n.grown.WriteByte(' ')
	}
	n.grown.WriteString(text)
	n.Text = n.grown.String()
}

// loose takes words that stand outside of any pasal: the title of a bab, or
// something that is not understood.
func (b *body) loose(p *piece) {
	if b.titled && b.at != nil && titleLike(b.at, p.text) {
		b.words(b.at, p.text, p.span)
		return
	}
	b.titled = false
	if b.at == nil || b.at.Kind != Unparsed {
		var parent *Node
		for _, n := range []*Node{b.part, b.bagian, b.bab, b.buku} {
			if n != nil {
				parent = n
				break
			}
		}
		b.add(parent, Unparsed, "", "", b.under(parent)+"unparsed", p)
		b.at.Quoted = false
	}
	b.words(b.at, p.text, p.span)
}

func (b *body) under(parent *Node) string {
	if parent == nil {
		return ""
	}
	return parent.Path + "/"
}

// titleLike reports whether words can be the title of a group of pasal.
func titleLike(n *Node, text string) bool {
	if len(n.Text)+len(text) > 300 || strings.HasSuffix(text, ";") || strings.HasSuffix(text, ":") {
		return false
	}
	if n.Kind == Bab || n.Kind == Buku {
		return strings.ToUpper(text) == text || n.Text == "" && len(text) < 150 && !strings.HasSuffix(text, ".")
	}
	return len(text) < 220 && (!strings.HasSuffix(text, ".") || len(text) < 60 && n.Text == "")
}

// pasalAt opens a pasal when a piece is its head.
func (b *body) pasalAt(p *piece) bool {
	token, rest, ok := pasalHead(p.text)
	if !ok || rest != "" && !startsSentence(rest) && !strings.HasPrefix(rest, "(1)") {
		return false
	}
	number, own, ok := b.pasalNumber(token, (rest == "" || roman(token) > 1) && (p.heading || p.fresh || b.sentenceOver()))
	if !ok || rest != "" && !p.fresh && !b.sentenceOver() || p.behind && own && number != b.follow(b.last)[0] {
		return false
	}
	b.openPasal(p, strings.TrimSpace(strings.TrimSuffix(p.text, rest)), number, own)
	if rest != "" {
		b.ayatInside(rest, p)
	}
	return true
}

// sentenceOver reports whether the words before the piece have come to an end,
// so that a line "Pasal 7" is no citation that a line's end cut off.
func (b *body) sentenceOver() bool {
	if b.at == nil || b.at.Text == "" || b.titled {
		return true
	}
	switch b.at.Text[len(b.at.Text)-1] {
	case '.', ':', ';', '"', '!', '?':
		return true
	}
	return strings.HasSuffix(b.at.Text, "berikut") || strings.HasSuffix(b.at.Text, "ihapus") || strings.HasSuffix(b.at.Text, "”")
}

// pasalNumber reads the number of a head, and whether the pasal is one of the
// regulation's own. What is misread is read as the number that must come.
func (b *body) pasalNumber(token string, alone bool) (number string, own, ok bool) {
	quoting := b.own != nil
	if b.roman {
		if _, one := readAs(token, "1"); one && b.last == "" {
			return "i", true, alone
		}
		if !quoting && b.pasal != nil && isNumber(token) && alone && !(token == "1" && b.last == "") && len(b.pasal.Children) == 0 {
			b.quote()
			quoting = true
		}
		if n := roman(strings.ReplaceAll(strings.ReplaceAll(token, "l", "I"), "1", "I")); n > 0 && alone && !arabicOnly(token) {
			next := roman(strings.ToUpper(b.last)) + 1
			if n == next || roman(token) > 0 && (n > next && n < next+4 || !quoting) {
				return strings.ToLower(toRoman(n)), true, true
			}
		}
	}
	if !quoting {
		if n, ok := firstRead(token, b.follow(b.last)); ok && (alone || n == b.follow(b.last)[0]) {
			return n, true, true
		}
		return plausible(token, b.last, alone), true, alone && plausible(token, b.last, alone) != ""
	}
	named := b.announced()
	wanted := slices.Clone(named)
	if b.quotedTo != "" {
		wanted = append(wanted, b.follow(b.quotedTo)...)
	}
	if !b.roman {
		if next := b.follow(b.last)[0]; !slices.Contains(named, next) && strings.EqualFold(token, next) {
			return next, true, alone
		}
	}
	if n, ok := firstRead(token, wanted); ok && alone {
		return n, false, true
	}
	n := plausible(token, "", alone)
	return n, false, alone && n != ""
}

func arabicOnly(token string) bool {
	return strings.Trim(token, "0123456789") == ""
}

// follow lists the numbers that can come after a pasal, the likeliest first.
func (b *body) follow(last string) []string {
	if last == "" {
		return []string{"1"}
	}
	n := ordinal(digitPoint, last)
	next := []string{numberFor(digitPoint, n+1)}
	if letter := last[len(last)-1]; letter >= 'a' && letter < 'z' {
		return append(next, last[:len(last)-1]+string(letter+1))
	}
	return append(next, last+"a")
}

// firstRead finds the first wanted number that a token says, plainly if it can.
func firstRead(token string, wanted []string) (string, bool) {
	for _, n := range wanted {
		if plain, _ := readAs(token, n); plain {
			return n, true
		}
	}
	for _, n := range wanted {
		if _, ok := readAs(token, n); ok && (!isNumber(token) || lastLetter(n)) {
			return n, true
		}
	}
	return "", false
}

func lastLetter(n string) bool { return n != "" && n[len(n)-1] >= 'a' }

// plausible reads a number that was not expected: a gap, or a text that begins
// in its middle.
func plausible(token, last string, alone bool) string {
	if !arabicNumber.MatchString(token) {
		n, ok := readDigits(token)
		if m := spoiltNumber.FindStringSubmatch(token); m != nil && alone { // "2TA" of 27A
			if digits, real := readDigits(unlike.Replace(strings.ToLower(m[1]))); real && last == "" {
				return digits + strings.ToLower(m[2])
			}
		}
		if !ok || last == "" {
			return ""
		}
		if d := ordinal(digitPoint, n) - ordinal(digitPoint, last); d < 1 || d > 5 {
			return ""
		}
		return n
	}
	n := strings.ToLower(token)
	if lastLetter(n) && strings.TrimRight(n, "abcdefghijklmnopqrstuvwxyz") != strings.TrimRight(last, "abcdefghijklmnopqrstuvwxyz") {
		if read, ok := readDigits(token); ok { // "9O"
			n = read
		}
	}
	if d := ordinal(digitPoint, n) - ordinal(digitPoint, last); last != "" && !alone && (d < 0 || d > 9) {
		return ""
	}
	return n
}

var spoiltNumber = regexp.MustCompile(`^(\d[0-9OoIlLTSBZ]{0,2})([A-H])$`)

func (b *body) openPasal(p *piece, written, number string, own bool) {
	label := "Pasal " + strings.ToUpper(number)
	path := "pasal-" + number
	var parent *Node
	if own {
		b.unquote()
		parent = b.group0()
		if b.last != "" && !b.roman {
			b.gap(number)
		}
		b.last = number
	} else {
		holder := b.holder()
		parent, path = holder, holder.Path+"/"+path
		if g := b.quotedGroup(holder); g != nil {
			parent = g
		}
		b.quotedTo = number
	}
	if !strings.EqualFold(fold(written), label) {
		b.repair(p, written, label, "the head that comes in order")
	}
	b.titled, b.ayat, b.lists, b.restart = false, nil, nil, 0
	b.pasal = b.add(parent, Pasal, label, number, path, p)
}

// gap notes pasal that are missing before a number.
func (b *body) gap(number string) {
	from, to := ordinal(digitPoint, b.last), ordinal(digitPoint, number)
	if to > from+1 && to < from+20 {
		b.missing += to - from - 1
		for n := from + 1; n < to; n++ {
			b.r.Faults = append(b.r.Faults, "Pasal "+numberFor(digitPoint, n)+" is missing")
		}
	}
}

func (b *body) group0() *Node {
	for _, n := range []*Node{b.part, b.bagian, b.bab, b.buku} {
		if n != nil {
			return n
		}
	}
	return nil
}

// quotedGroup is the innermost quoted bab, bagian or paragraf that is open.
func (b *body) quotedGroup(holder *Node) *Node {
	for _, n := range []*Node{b.part, b.bagian, b.bab} {
		if n != nil && n.Quoted && strings.HasPrefix(n.Path, holder.Path+"/") {
			return n
		}
	}
	return nil
}

func (b *body) repair(p *piece, written, read, why string) {
	b.r.Repairs = append(b.r.Repairs, Repair{At: p.span, Written: written, Read: read, Why: why})
}
