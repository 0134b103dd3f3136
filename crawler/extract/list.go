package extract

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pantau/internal/snapshot"
)

// list is the innermost list and where its numbering stands.
type list struct {
	depth int
	style string // as in the type attribute: 1, a, A, i, I; • for bullets; empty for none
	next  int
	step  int
}

// within walks a list.
func (w *walker) within(n *html.Node) {
	w.split()
	was := w.list
	w.list = listOf(n, was.depth+1)
	w.children(n)
	w.split()
	w.list = was
}

// listOf reads how a list counts: the attributes type, start and reversed of
// HTML, and an inline list-style.
func listOf(n *html.Node, depth int) list {
	l := list{depth: depth, style: "•", next: 1, step: 1}
	if n.DataAtom == atom.Ol {
		l.style = "1"
		if t := attr(n, "type"); t != "" && strings.Contains("1aAiI", t) {
			l.style = t[:1]
		}
		if has(n, "reversed") {
			l.step, l.next = -1, items(n)
		}
		if start, err := strconv.Atoi(strings.TrimSpace(attr(n, "start"))); err == nil {
			l.next = start
		}
	}
	style := strings.ToLower(attr(n, "style"))
	_, style, found := strings.Cut(style, "list-style")
	if !found {
		return l
	}
	style, _, _ = strings.Cut(style, ";")
	for _, s := range []struct{ css, mark string }{
		{"none", ""}, {"lower-alpha", "a"}, {"lower-latin", "a"}, {"upper-alpha", "A"}, {"upper-latin", "A"},
		{"lower-roman", "i"}, {"upper-roman", "I"}, {"decimal", "1"},
	} {
		if strings.Contains(style, s.css) {
			l.style = s.mark
			break
		}
	}
	return l
}

func items(n *html.Node) int {
	count := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Li {
			count++
		}
	}
	return count
}

// item walks a list item. Its first block bears the marker, further ones are
// items without.
func (w *walker) item(n *html.Node) {
	if v, err := strconv.Atoi(strings.TrimSpace(attr(n, "value"))); err == nil {
		w.list.next = v
	}
	w.split()
	marker := w.marker
	w.marker = mark(w.list.style, w.list.next)
	w.list.next += w.list.step
	w.block(n, snapshot.Item, max(1, w.list.depth))
	w.marker = marker
}

// mark is the marker of the nth item.
func mark(style string, n int) string {
	switch style {
	case "", "•":
		return style
	case "a", "A":
		if n > 0 {
			return letters(n, style[0]) + "."
		}
	case "i", "I":
		if 0 < n && n < 4000 {
			s := roman(n)
			if style == "i" {
				s = strings.ToLower(s)
			}
			return s + "."
		}
	}
	return strconv.Itoa(n) + "."
}

// letters counts a, b, ... z, aa, ab.
func letters(n int, first byte) string {
	var b []byte
	for ; n > 0; n = (n - 1) / 26 {
		b = append([]byte{first + byte((n-1)%26)}, b...)
	}
	return string(b)
}

func roman(n int) string {
	var b strings.Builder
	for _, d := range []struct {
		value int
		digit string
	}{
		{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"},
		{50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"},
	} {
		for ; n >= d.value; n -= d.value {
			b.WriteString(d.digit)
		}
	}
	return b.String()
}
