package docx

import (
	"fmt"
	"strconv"
	"strings"

	"pantau/internal/snapshot"
)

// mostLevels is how deep lists can go in Word.
const mostLevels = 9

// reference is a place in a list.
type reference struct {
	num   string
	level int
}

// numbering counts the lists of a document as Word does.
type numbering struct {
	abstract map[string]*[mostLevels]tier // by the id of the description
	nums     map[string]string            // list -> description
	starts   map[string]map[int]int       // of lists that begin otherwise
	counts   map[string]*[mostLevels]int  // by description: lists of one description go on in each other
	begun    map[string]bool
	named    map[string]style

	open, num string
	level     int
	current   string
	inStyle   bool
}

// tier is one level of a description.
type tier struct {
	format, text string
	start        int
	set          bool
}

// style is what a named style brings along.
type style struct {
	basis   string
	list    reference
	listed  bool
	heading int
}

// read takes numbering.xml.
func (n *numbering) read(b []byte) error {
	n.abstract, n.nums, n.starts = map[string]*[mostLevels]tier{}, map[string]string{}, map[string]map[int]int{}
	inNum := false
	return walk(b, func(e element) error {
		if !e.open {
			if e.name == "num" {
				inNum = false
			}
			return nil
		}
		switch e.name {
		case "abstractNum":
			n.open = e.get("abstractNumId")
			n.abstract[n.open] = &[mostLevels]tier{}
		case "num":
			n.num, inNum = e.get("numId"), true
			n.starts[n.num] = map[int]int{}
		case "abstractNumId":
			if inNum {
				n.nums[n.num] = e.get("val")
			}
		case "lvlOverride":
			n.level = number(e.get("ilvl"))
		case "startOverride":
			if inNum {
				n.starts[n.num][n.level] = number(e.get("val"))
			}
		case "lvl":
			n.level = number(e.get("ilvl"))
		}
		if t := n.tier(inNum); t != nil {
			switch e.name {
			case "lvl":
				*t = tier{start: 1, set: true}
			case "numFmt":
				t.format = e.get("val")
			case "lvlText":
				t.text = e.get("val")
			case "start":
				t.start = number(e.get("val"))
			}
		}
		return nil
	})
}

func (n *numbering) tier(inNum bool) *tier {
	a := n.abstract[n.open]
	if a == nil || inNum || n.level >= mostLevels {
		return nil
	}
	return &a[n.level]
}

// styles takes styles.xml.
func (n *numbering) styles(b []byte) error {
	n.named = map[string]style{}
	return walk(b, func(e element) error {
		switch {
		case e.name == "style":
			n.inStyle = e.open && e.get("type") == "paragraph"
			if n.inStyle {
				n.current = e.get("styleId")
				n.named[n.current] = style{}
			}
			return nil
		case !e.open || !n.inStyle:
			return nil
		}
		s := n.named[n.current]
		switch e.name {
		case "basedOn":
			s.basis = e.get("val")
		case "numId":
			s.list.num, s.listed = e.get("val"), true
		case "ilvl":
			s.list.level = number(e.get("val"))
		case "outlineLvl":
			s.heading = level(e.get("val"))
		}
		n.named[n.current] = s
		return nil
	})
}

// number gives the block the number that Word shows before it, and its rank.
func (n *numbering) number(p *paragraph, b *snapshot.Block) {
	list, listed, heading := p.list, p.listed, p.level
	name := p.style
	for range 20 { // styles may be based on each other in a ring
		s, ok := n.named[name]
		if !ok {
			break
		}
		if !listed && s.listed {
			list, listed = s.list, true
		}
		if heading == 0 {
			heading = s.heading
		}
		name = s.basis
	}
	if heading > 0 {
		b.Kind, b.Level = snapshot.Heading, heading
	}
	if !listed || list.num == "0" || list.level >= mostLevels {
		return
	}
	marker := n.next(list)
	switch {
	case marker == "":
	case heading > 0 || !single(marker):
		b.Text = strings.TrimSpace(marker + " " + b.Text)
	default:
		b.Kind, b.Level, b.Marker = snapshot.Item, list.level+1, marker
	}
}

// single tells whether a marker is the number of one item, whose change alone
// is none when items come and go: "a.", "3.", a bullet. "(1)" names an ayat and
// "Pasal 7" a unit, which are text.
func single(marker string) bool {
	return len(marker) <= 5 && !strings.ContainsAny(marker, "() ") && strings.Count(marker, ".") <= 1
}

// next counts on and gives the number as it is shown.
func (n *numbering) next(at reference) string {
	id, ok := n.nums[at.num]
	tiers := n.abstract[id]
	if !ok || tiers == nil || !tiers[at.level].set {
		return ""
	}
	if n.counts == nil {
		n.counts, n.begun = map[string]*[mostLevels]int{}, map[string]bool{}
	}
	c := n.counts[id]
	if c == nil {
		c = &[mostLevels]int{}
		for i := range c {
			c[i] = tiers[i].start - 1
		}
		n.counts[id] = c
	}
	if !n.begun[at.num] {
		n.begun[at.num] = true
		for level, start := range n.starts[at.num] {
			if level < mostLevels {
				c[level] = start - 1
			}
		}
	}
	c[at.level]++
	for i := at.level + 1; i < mostLevels; i++ {
		c[i] = tiers[i].start - 1
	}
	if tiers[at.level].format == "bullet" {
		return "•"
	}
	text := tiers[at.level].text
	for i := range at.level + 1 {
		count := c[i]
		if i < at.level && count < tiers[i].start {
			count = tiers[i].start
		}
		text = strings.ReplaceAll(text, fmt.Sprintf("%%%d", i+1), shown(count, tiers[i].format))
	}
	return fold(text)
}

// shown is a number as a format writes it.
func shown(n int, format string) string {
	switch format {
	case "none":
		return ""
	case "lowerLetter":
		return alphabetic(n)
	case "upperLetter":
		return strings.ToUpper(alphabetic(n))
	case "lowerRoman":
		return strings.ToLower(roman(n))
	case "upperRoman":
		return roman(n)
	case "decimalZero":
		return fmt.Sprintf("%02d", n)
	}
	return strconv.Itoa(n)
}

// alphabetic is a, b, ..., z, aa, bb, as Word counts.
func alphabetic(n int) string {
	if n < 1 || n > 26*20 {
		return strconv.Itoa(n)
	}
	return strings.Repeat(string(rune('a'+(n-1)%26)), (n-1)/26+1)
}

func roman(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	for _, r := range []struct {
		value int
		sign  string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for n >= r.value {
			b.WriteString(r.sign)
			n -= r.value
		}
	}
	return b.String()
}

// number reads a small whole number; 0 if it is none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1<<20 {
		return 0
	}
	return n
}
