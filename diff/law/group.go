package law

import (
	"regexp"
	"strings"
)

var ordinals = `(?i:kesatu|pertama|kedua|ketiga|keempat|kelima|keenam|ketujuh|ketqiuh|kedelapan|kesembilan|kesepuluh|kesebelas)`

var (
	bagianHead   = regexp.MustCompile(`^(?:Bag ?[ir] ?an|BAGIAN)\s+((?:` + ordinals + `|(?i:ke[a-z]{2,9}))(?:\s?(?i:belas|puluh)(?:\s(?i:satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan))?)?|[IVX]+|\d{1,2})\b\s*(.*)$`)
	paragrafHead = regexp.MustCompile(`^(?:Paragraf|PARAGRAF)\s+(\d{1,2}[A-Z]?|I|l|` + ordinals + `)\b\s*(.*)$`)
)

// group opens a buku, bab, bagian or paragraf when a piece is its head.
func (b *body) group(p *piece) bool {
	if len(p.text) > 220 || hasLeaders(p.text) {
		return false
	}
	switch p.text[0] {
	case 'B':
		if m := babHead.FindStringSubmatch(p.text); m != nil && b.groupFits(p, m[3]) {
			return b.openBab(p, m)
		}
		if m := bukuHead.FindStringSubmatch(p.text); m != nil && b.groupFits(p, m[2]) && numeral(m[1]) {
			b.closeTo(Buku)
			b.buku = b.add(nil, Buku, "BUKU "+m[1], strings.ToLower(m[1]), "buku-"+strings.ToLower(m[1]), p)
			b.title(m[2], p)
			return true
		}
		if m := bagianHead.FindStringSubmatch(p.text); m != nil && b.groupFits(p, m[2]) {
			b.closeTo(Bagian)
			b.bagian = b.openGroup(p, Bagian, b.bab, m[1], m[2])
			return true
		}
	case 'P':
		if m := paragrafHead.FindStringSubmatch(p.text); m != nil && b.groupFits(p, m[2]) {
			parent := b.bagian
			if parent == nil {
				parent = b.bab
			}
			b.closeTo(Paragraf)
			b.part = b.openGroup(p, Paragraf, parent, m[1], m[2])
			return true
		}
	}
	return false
}

func numeral(s string) bool {
	low := strings.ToLower(s)
	return romanNumber.MatchString(s) || strings.HasPrefix(low, "ke") || low == "pertama"
}

// groupFits reports whether a line is the head of a group and not a sentence
// that speaks of one.
func (b *body) groupFits(p *piece, title string) bool {
	if title != "" && (title[0] >= 'a' && title[0] <= 'z' || strings.HasSuffix(title, ".") || strings.HasSuffix(title, ";") || strings.HasSuffix(title, ":") || strings.HasSuffix(title, ",")) {
		return false
	}
	if b.own != nil && instruction(p.text) {
		return false
	}
	return p.heading || p.fresh || b.sentenceOver()
}

func (b *body) openBab(p *piece, m []string) bool {
	number := strings.ToUpper(strings.NewReplacer("l", "I", "1", "I", "|", "I").Replace(m[1]))
	if roman(number) == 0 {
		return false
	}
	suffix, title := m[2], m[3]
	if suffix != "" && title != "" && !strings.Contains(p.text, number+suffix) { // "BAB I A..." of a title that begins with one letter
		title, suffix = suffix+" "+title, ""
	}
	if m[1] != number {
		b.repair(p, m[1], number, "a Roman number")
	}
	if b.own != nil && b.lastBab > 0 && roman(number) == b.lastBab+1 && suffix == "" && !strings.Contains(strings.ToUpper(b.holder().Text), "BAB "+number) {
		b.unquote()
	}
	b.closeTo(Bab)
	parent, prefix := b.buku, ""
	if b.own != nil {
		parent = b.holder()
	} else {
		b.lastBab = roman(number)
	}
	number += suffix
	if parent != nil {
		prefix = parent.Path + "/"
	}
	b.bab = b.add(parent, Bab, "BAB "+number, strings.ToLower(number), prefix+"bab-"+strings.ToLower(number), p)
	b.title(title, p)
	return true
}

// holder is the item or pasal that quotes.
func (b *body) holder() *Node {
	if b.item != nil {
		return b.item
	}
	return b.own
}

func (b *body) openGroup(p *piece, kind Kind, parent *Node, number, title string) *Node {
	if b.own != nil && (parent == nil || !parent.Quoted) {
		parent = b.holder()
	}
	word := "Bagian "
	if kind == Paragraf {
		word = "Paragraf "
		if number == "l" || number == "I" {
			b.repair(p, number, "1", "a number")
			number = "1"
		}
	}
	low := slug(number)
	if !strings.HasPrefix(strings.ToLower(p.text), strings.ToLower(word)) {
		b.repair(p, p.text, word+number, "a head")
	}
	n := b.add(parent, kind, word+number, low, b.under(parent)+string(kind)+"-"+low, p)
	b.title(title, p)
	return n
}

// title begins the title of a group.
func (b *body) title(text string, p *piece) {
	b.titled = true
	b.words(b.at, text, p.span)
}

// closeTo closes the open units from a kind downwards.
func (b *body) closeTo(kind Kind) {
	b.pasal, b.ayat, b.lists = nil, nil, nil
	switch kind {
	case Buku:
		b.buku, b.bab, b.bagian, b.part = nil, nil, nil, nil
	case Bab:
		b.bab, b.bagian, b.part = nil, nil, nil
	case Bagian:
		b.bagian, b.part = nil, nil
	case Paragraf:
		b.part = nil
	}
}
