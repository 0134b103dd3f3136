package law

import (
	"regexp"
	"strings"
)

// marked opens the ayat or item that a piece begins with.
func (b *body) marked(p *piece, rest []piece) bool {
	b.rest = rest
	st, number, text, ok := markerOf(p.text)
	if ok && b.open(p, st, number, text) {
		return true
	}
	if st, number, text, ok = b.misread(p); ok {
		written, _, _ := strings.Cut(p.text, " ")
		if !b.open(p, st, number, text) {
			return false
		}
		b.repair(p, written, labelFor(st, number), "the number that comes in order")
		return true
	}
	if !p.bullet {
		return false
	}
	if st, number, text, ok = b.behind(p); ok {
		if b.open(p, st, number, text) {
			b.repair(p, p.text[len(text):], labelFor(st, number), "a number that stands behind its text")
			return true
		}
	}
	if st, number, ok = b.lost(rest); ok {
		if b.open(p, st, number, p.text) {
			b.repair(p, "", labelFor(st, number), "a number that is missing, by its neighbours")
			return true
		}
	}
	return false
}

// open gives a marked piece its place: an ayat, the next item of an open list,
// or the first of a new one.
func (b *body) open(p *piece, st style, number, text string) bool {
	if st == inBrackets {
		if b.isAyat(number) {
			b.openAyat(p, number, text)
			return true
		}
		number = strings.TrimLeft(number, "0")
	}
	place := ordinal(st, number)
	if b.restart > 0 && len(b.lists) > 0 && b.lists[len(b.lists)-1].style == st && b.lists[len(b.lists)-1].place == b.restart+place-1 && place > 1 {
		written := labelFor(st, number)
		place += b.restart
		number = numberFor(st, place)
		b.repair(p, written, labelFor(st, number), "a list that begins again goes on")
	}
	if level := b.continues(st, number, place, p); level >= 0 {
		b.lists = b.lists[:level+1]
		b.put(p, st, number, place, text)
		return true
	}
	if place != 1 && !(p.fresh && b.endsOpen() && place < 4) {
		return false
	}
	if place == 1 && !b.endsOpen() && !p.fresh && !b.sentenceOver() && !followed(b.rest, st) {
		return false
	}
	if level := len(b.lists) - 1; place == 1 && level >= 0 && b.lists[level].style == st && b.lists[level].place > 1 && !b.endsOpen() {
		// A list that begins again where it stands would give two units one
		// address: it goes on.
		next := b.lists[level].place + 1
		b.restart = next - 1
		b.put(p, st, numberFor(st, next), next, text)
		b.repair(p, labelFor(st, number), labelFor(st, numberFor(st, next)), "a list that begins again goes on")
		return true
	}
	if len(b.lists) >= maxDepth {
		return false
	}
	b.restart = 0
	b.lists = append(b.lists, list{style: st})
	b.put(p, st, number, place, text)
	return true
}

// followed reports whether the next line is the second item of a list.
func followed(rest []piece, st style) bool {
	for i := range rest[:min(len(rest), 4)] {
		if rest[i].margin {
			continue
		}
		next, number, _, ok := markerOf(rest[i].text)
		return ok && next == st && ordinal(next, number) == 2
	}
	return false
}

// maxDepth bounds how deep lists nest: the standard knows four levels.
const maxDepth = 8

// isAyat reports whether a number in brackets is an ayat: it follows the last
// one, or it is the first of a pasal without words. A list in brackets behind
// "sebagai berikut:" is a list.
func (b *body) isAyat(number string) bool {
	if b.pasal == nil {
		return b.item != nil && len(b.lists) == 0
	}
	if b.pasal == b.own {
		return len(b.lists) == 0
	}
	if b.ayat != nil {
		last, n := b.ayat.Number, ordinal(inBrackets, number)
		before := ordinal(inBrackets, last)
		if len(b.lists) > 0 && b.lists[len(b.lists)-1].style == inBrackets && b.lists[len(b.lists)-1].place+1 == n && n != before+1 {
			return false
		}
		return n == before+1 || n == before && number > last || n > before+1 && n <= before+3 && b.sentenceOver() && !(len(b.lists) > 0 && b.lists[len(b.lists)-1].style == inBrackets)
	}
	return len(b.pasal.Children) == 0 && len(b.lists) == 0 && !strings.HasSuffix(strings.TrimRight(b.pasal.Text, " "), ":") && (b.pasal.Text == "" || number == "1")
}

func (b *body) openAyat(p *piece, number, text string) {
	parent := b.pasal
	if parent == nil {
		parent = b.item
	}
	b.lists = nil
	b.ayat = b.add(parent, Ayat, "("+number+")", number, parent.Path+"/ayat-"+number, p)
	b.ayatInside(text, p)
}

var nextAyat = regexp.MustCompile(`[.;:]\s+\((\d{1,2}[a-z]?)\)\s+(\p{Lu})`)

// ayatInside takes the words of a unit, and opens the ayat that stand behind
// one another in the same line.
func (b *body) ayatInside(text string, p *piece) {
	if number, rest, ok := leadingAyat(text); ok && b.ayat == nil {
		b.openAyat(p, number, rest)
		return
	}
	if b.ayat != nil && strings.Contains(text, " (") {
		next := ordinal(inBrackets, b.ayat.Number) + 1
		if m := firstWhere(nextAyat, text, func(number string) bool { return ordinal(inBrackets, number) == next }); m != nil {
			b.words(b.at, text[:m[0]+1], p.span)
			b.openAyat(p, text[m[2]:m[3]], text[m[4]:])
			return
		}
	}
	if strings.Contains(text, "; ") && b.beginsInside(text, p) {
		return
	}
	b.words(b.at, text, p.span)
}

// firstWhere finds the first match whose number is wanted. It looks no further
// than that, so that a line with many units is read once.
func firstWhere(re *regexp.Regexp, text string, wanted func(number string) bool) []int {
	for at := 0; at < len(text); {
		m := re.FindStringSubmatchIndex(text[at:])
		if m == nil {
			return nil
		}
		for i := range m {
			m[i] += at
		}
		if wanted(text[m[2]:m[3]]) {
			return m
		}
		at = m[3]
	}
	return nil
}

func leadingAyat(text string) (number, rest string, ok bool) {
	if !strings.HasPrefix(text, "(") {
		return "", "", false
	}
	st, number, rest, ok := markerOf(text)
	return number, rest, ok && st == inBrackets && number == "1"
}

// endsOpen reports whether the words before announce a list.
func (b *body) endsOpen() bool {
	if b.at == nil || b.at.Text == "" {
		return true
	}
	t := b.at.Text
	return t[len(t)-1] == ':' || strings.HasSuffix(t, "berikut") || strings.HasSuffix(t, "meliputi") || strings.HasSuffix(t, "dengan") && len(b.lists) == 0
}

// continues finds the open list that an item goes on with, innermost first.
// A few items may be missing before it.
func (b *body) continues(st style, number string, place int, p *piece) int {
	for i := len(b.lists) - 1; i >= 0; i-- {
		if b.lists[i].style == st && b.lists[i].place+1 == place {
			return i
		}
	}
	if inserted := isDigit(number[0]) && lastLetter(number); place == 1 && !inserted {
		return -1
	}
	for i := len(b.lists) - 1; i >= 0; i-- {
		if l := b.lists[i]; l.style == st && (place > l.place && place <= l.place+4 || place == l.place) && (p.fresh || b.sentenceOver()) {
			return i
		}
	}
	return -1
}

// put adds an item to the innermost list.
func (b *body) put(p *piece, st style, number string, place int, text string) {
	level := len(b.lists) - 1
	var parent *Node
	switch {
	case level > 0:
		parent = b.lists[level-1].item
	case b.ayat != nil:
		parent = b.ayat
	case b.pasal != nil:
		parent = b.pasal
	default:
		parent = b.item
	}
	kind := st.kind()
	if st == capitalPoint {
		number = strings.ToLower(number)
	}
	n := b.add(parent, kind, labelFor(st, number), number, parent.Path+"/"+string(kind)+"-"+number, p)
	b.lists[level].place, b.lists[level].item = place, n
	b.inside(text, p)
}

var (
	nextItem   = regexp.MustCompile(`;\s+(?:(?:dan|atau|dan/atau|dan/ atau)\s+)?([a-z]|\d{1,2})\.\s+(\pL)`)
	firstItem  = regexp.MustCompile(`(?:^|\s)([a1])\.\s+(\pL)`)
	secondItem = map[string]*regexp.Regexp{
		"a": regexp.MustCompile(`;\s+(?:(?:dan|atau|dan/atau|dan/ atau)\s+)?b\.\s+\pL`),
		"1": regexp.MustCompile(`;\s+(?:(?:dan|atau|dan/atau|dan/ atau)\s+)?2\.\s+\pL`),
	}
)

// inside takes the words of an item, and opens the items that stand behind it
// in the same line.
func (b *body) inside(text string, p *piece) {
	if st := b.openStyle(); st == letterPoint || st == digitPoint {
		level := len(b.lists) - 1
		next := b.lists[level].place + 1
		if m := firstWhere(nextItem, text, func(number string) bool {
			return isNumber(number) == (st == digitPoint) && ordinal(st, number) == next
		}); m != nil {
			b.words(b.at, text[:m[2]], p.span)
			b.put(p, st, text[m[2]:m[3]], next, text[m[4]:])
			return
		}
	}
	b.ayatInside(text, p)
}

func (b *body) openStyle() style {
	if len(b.lists) == 0 {
		return noStyle
	}
	return b.lists[len(b.lists)-1].style
}

// beginsInside opens a list that begins within a line and goes on in it.
func (b *body) beginsInside(text string, p *piece) bool {
	m := firstItem.FindStringSubmatchIndex(text)
	if m == nil || m[2] == 0 && b.at.Text != "" && !b.endsOpen() {
		return false
	}
	number := text[m[2]:m[3]]
	if len(b.lists) >= maxDepth || !secondItem[number].MatchString(text[m[3]:]) {
		return false
	}
	st := letterPoint
	if number == "1" {
		st = digitPoint
	}
	b.words(b.at, text[:m[2]], p.span)
	b.lists = append(b.lists, list{style: st})
	b.put(p, st, number, 1, text[m[4]:])
	return true
}

var scanned = regexp.MustCompile(`^(?:[(lI{\[|]\s?([0-9A-Za-z|!]{1,3}?)\s?(?:[)1lItTjJ|!\\\]}]\.?\s|\s)|([0-9OoIlLtT]{1,3}|\d\s\d)\s?[.,]?\s|([A-Za-z])\s?[.,]?\s)`)

// misread reads a marker that a scanner spoilt, as the one that must come.
func (b *body) misread(p *piece) (st style, number, text string, ok bool) {
	if len(p.text) < 3 || !p.fresh && p.text[0] != '(' {
		return 0, "", "", false
	}
	for _, m := range scanned.FindAllStringSubmatchIndex(p.text, 1) {
		rest := strings.TrimSpace(p.text[m[1]:])
		if m[2] >= 0 && p.text[0] != '(' && !p.bullet {
			return 0, "", "", false
		}
		if m[2] >= 0 && b.pasal != nil {
			want := "1"
			if b.ayat != nil {
				want = numberFor(inBrackets, ordinal(inBrackets, b.ayat.Number)+1)
			} else if b.pasal.Text != "" || len(b.lists) > 0 {
				return 0, "", "", false
			}
			if _, ok := readAs(p.text[m[2]:m[3]], want); ok {
				return inBrackets, want, rest, true
			}
			if b.ayat != nil {
				for _, w := range b.follow(b.ayat.Number)[1:] {
					if _, ok := readAs(p.text[m[2]:m[3]], w); ok {
						return inBrackets, w, rest, true
					}
				}
			}
			return 0, "", "", false
		}
		for i := len(b.lists) - 1; i >= 0; i-- {
			l := b.lists[i]
			want := numberFor(l.style, l.place+1)
			group := 4
			if l.style == letterPoint {
				group = 6
			} else if l.style != digitPoint {
				continue
			}
			if m[group] < 0 {
				continue
			}
			token := strings.ReplaceAll(p.text[m[group]:m[group+1]], " ", "")
			if _, ok := readAs(token, want); ok && (p.bullet || token != want || l.style == digitPoint) {
				return l.style, want, rest, true
			}
		}
		if m[4] >= 0 && b.endsOpen() && strings.HasSuffix(b.at.Text, ":") { // "l." of a list that begins
			if _, ok := readAs(p.text[m[4]:m[5]], "1"); ok {
				return digitPoint, "1", rest, true
			}
		}
	}
	return 0, "", "", false
}

var trailing = regexp.MustCompile(`^(.{4,}?[\pL.;:,)'])\s+(\(?)([0-9A-Za-z]{1,2}?)([)1lItT]?)\s?[.,]?$`)

// behind reads an item whose marker the scanner put behind its text.
func (b *body) behind(p *piece) (st style, number, text string, ok bool) {
	m := trailing.FindStringSubmatch(p.text)
	if m == nil {
		return 0, "", "", false
	}
	if m[2] == "(" {
		if b.pasal == nil {
			return 0, "", "", false
		}
		want := "1"
		if b.ayat != nil {
			want = numberFor(inBrackets, ordinal(inBrackets, b.ayat.Number)+1)
		} else if b.pasal.Text != "" {
			return 0, "", "", false
		}
		_, ok := readAs(m[3], want)
		return inBrackets, want, m[1], ok
	}
	for i := len(b.lists) - 1; i >= 0; i-- {
		l := b.lists[i]
		if want := numberFor(l.style, l.place+1); m[3]+m[4] == want {
			return l.style, want, m[1], true
		}
	}
	if b.endsOpen() && (m[3] == "a" || m[3] == "1") && m[4] == "" {
		if m[3] == "a" {
			return letterPoint, "a", m[1], true
		}
		return digitPoint, "1", m[1], true
	}
	return 0, "", "", false
}

// lost finds the number of an item that has none, when the next item shows
// which one is missing.
func (b *body) lost(rest []piece) (st style, number string, ok bool) {
	for i := range rest {
		p := &rest[i]
		if p.margin {
			continue
		}
		if !p.bullet || i > 8 {
			return 0, "", false
		}
		next, n, _, marked := markerOf(p.text)
		if !marked {
			return 0, "", false
		}
		if next == inBrackets {
			before := 0
			if b.ayat != nil {
				before = ordinal(inBrackets, b.ayat.Number)
			} else if b.pasal == nil || b.pasal.Text != "" || len(b.pasal.Children) > 0 {
				return 0, "", false
			}
			return next, numberFor(next, before+1), ordinal(next, n) == before+2
		}
		for i := len(b.lists) - 1; i >= 0; i-- {
			if l := b.lists[i]; l.style == next && l.place+2 == ordinal(next, n) {
				return next, numberFor(next, l.place+1), true
			}
		}
		return next, numberFor(next, 1), b.endsOpen() && ordinal(next, n) == 2
	}
	return 0, "", false
}
