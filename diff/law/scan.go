package law

import (
	"regexp"
	"strings"
)

// piece is what the parser reads at a time: a line, or a part of one that
// begins a unit of its own.
type piece struct {
	text    string // without marks of Markdown and outer white space
	span    Span   // of the source, with marks, white space and the line's end
	heading bool   // marked as a heading
	bullet  bool   // marked as an item
	fresh   bool   // an empty line, a page's end or a mark stands before it
	behind  bool   // it stood at the end of another line
	margin  bool
	page    int
}

// scan cuts lines into pieces that together are the whole source. Empty lines
// belong to the piece before them.
func scan(lines []Line) (source string, pieces []piece) {
	var b strings.Builder
	fresh, page := true, 0
	for i, line := range lines {
		start := b.Len()
		b.WriteString(line.Text)
		if i+1 < len(lines) {
			b.WriteByte('\n')
		}
		span := Span{start, b.Len()}
		text, heading, bullet := unmark(line.Text)
		if line.Page != page {
			fresh, page = true, line.Page
		}
		if text == "" {
			fresh = true
			if len(pieces) > 0 {
				pieces[len(pieces)-1].span.End = span.End
				continue
			}
			if span.End == span.Start {
				continue
			}
		}
		if last := len(pieces) - 1; last >= 0 && text != "" && loneWord(pieces[last].text) && beginsNumber(text) { // a head on two lines
			pieces[last].text += " " + text
			pieces[last].span.End = span.End
			continue
		}
		if last := len(pieces) - 1; last >= 0 && loneNumber.MatchString(pieces[last].text) && instruction(text) { // the number of an item on a line of its own
			pieces[last].text = strings.TrimRight(pieces[last].text, ". ") + ". " + text
			pieces[last].span.End = span.End
			pieces[last].fresh = true
			continue
		}
		p := piece{text: text, span: span, heading: heading, bullet: bullet, fresh: fresh || heading || bullet, page: line.Page}
		fresh = heading
		if m := headBehind(text); m != nil { // the head of a pasal stands behind what comes before it
			at := start + strings.Index(strings.ReplaceAll(line.Text, "\u00a0", "  "), text) + m[4]
			head := p
			p.text, p.span.End = strings.TrimSpace(text[:m[3]]), at
			head.text, head.span.Start, head.fresh, head.bullet = text[m[4]:m[5]], at, true, false
			head.behind = true
			pieces = append(pieces, p, head)
			continue
		}
		pieces = append(pieces, p)
	}
	return b.String(), pieces
}

// unmark takes the marks of Markdown off a line.
func unmark(line string) (text string, heading, bullet bool) {
	text = strings.TrimSpace(strings.ReplaceAll(line, "\u00a0", "  ")) // as many bytes, so that places stay
	if trimmed := strings.TrimLeft(text, "#"); trimmed != text && (trimmed == "" || trimmed[0] == ' ') {
		return strings.TrimSpace(trimmed), true, false
	}
	if rest, ok := strings.CutPrefix(text, "- "); ok && !pageMark.MatchString(text) {
		return strings.TrimLeft(rest, " .'`"), false, true
	}
	return strings.Trim(text, "*"), false, false
}

// pasalBehind finds the head of a pasal at the end of a line: behind a title in
// capitals, or behind the full stop of the pasal before.
var pasalBehind = regexp.MustCompile(`^((?:BAB\s+\S+\s+)?[A-Z][A-Z ,/&()'-]+|.*[\pL)]\.)\s+(Pasal\s+\d{1,3}[A-Z]?|Bagian Ke[a-z]+)\s*(?:/g\d+\s*)*$`)

// loneWord reports whether a line is the first word of a head and no more.
func loneWord(s string) bool {
	switch s {
	case "Pasal", "BAB", "Bagian", "Paragraf":
		return true
	}
	return false
}

var loneNumber = regexp.MustCompile(`^\d{1,2}\s?\.?$`)

var numberFirst = regexp.MustCompile(`^(?:\d{1,3}[A-Z]?$|[IVXLC]+\b|Ke[a-z]+\b|Pertama\b|\d{1,2}$)`)

func beginsNumber(s string) bool { return len(s) < 120 && numberFirst.MatchString(s) }

// headBehind tries the pattern where it can match: it costs most of a scan.
func headBehind(text string) []int {
	if end := tail(text, 40); !strings.Contains(end, " Pasal ") && !strings.Contains(end, " Bagian Ke") {
		return nil
	}
	return pasalBehind.FindStringSubmatchIndex(text)
}

// hasLeaders reports whether a line ends in the dots of a table of contents.
func hasLeaders(s string) bool {
	return s != "" && isDigit(s[len(s)-1]) && leaders.MatchString(s)
}

// endsDotted reports whether a line breaks off in dots.
func endsDotted(s string) bool {
	return (strings.HasSuffix(s, ".") || strings.HasSuffix(s, "…")) && dotted.MatchString(s)
}

var (
	pageMark  = regexp.MustCompile(`^(?:[-–—~. ]*\d{1,4}[-–—~. ]*|[-–—]\s?[0-9tlLIOoT]{1,4}\s?[-–—])$`)
	imageMark = regexp.MustCompile(`^(<!--.*-->|[.,;:'"]{1,2}|\[object Object\]|endbatangtubuh\w*|start(batangtubuh|penjelasan)\w*|\\N|https?://\S+|(www\.)?(jdih|peraturan)\.\S+|SK No ?\d+ ?[A-Z]?|\d{4}, ?No\. ?\d+(-\d+-)?)$`)
	dotted    = regexp.MustCompile(`(\. ?\. ?\.| \. ?\.|…)\s*[.…]*$`)
	leaders   = regexp.MustCompile(`(\.{5,}|(\. ){5,}|…{3,})\s*\d{1,4}$`)
)

// head is what stands over every page of an act of the President.
const head = "presidenrepublikindonesia"

// markMargins finds what belongs to the page and not to the text.
func markMargins(pieces []piece) {
	repeated := runningHeads(pieces)
	image := -9 // the last mark of a picture
	for i := range pieces {
		p := &pieces[i]
		switch {
		case p.text == "" || len(p.text) < 400 && imageMark.MatchString(p.text):
			p.margin = true
			image = i
		case len(p.text) < 16 && pageMark.MatchString(p.text) && (strings.ContainsAny(p.text, "-–—") || i == image+1 || p.page > 0 && p.fresh):
			p.margin = true
			if i-image <= 3 { // between the picture of the arms and the page number stands the head, however it was read
				for j := max(image, 0); j < i; j++ {
					pieces[j].margin = pieces[j].margin || len(pieces[j].text) < 60 && !looksLikeUnit(pieces[j].text)
				}
			}
		case p.page > 0 && repeated[runningKey(p.text)]:
			p.margin = true
		case i > 0 && len(p.text) < 50 && !strings.HasSuffix(p.text, ",") && isHead(p.text):
			p.margin = i < 3 || i-image <= 2 || p.page > 0
		case isCatchword(pieces, i):
			p.margin = true
		}
	}
}

// looksLikeUnit reports whether a line begins a unit.
func looksLikeUnit(s string) bool {
	if _, _, ok := pasalHead(s); ok {
		return true
	}
	_, _, _, ok := markerOf(s)
	return ok || strings.HasPrefix(s, "BAB ") || strings.HasPrefix(s, "Bagian ")
}

// isHead reports whether a line is the head of the page, with a few letters
// misread.
func isHead(s string) bool {
	key := make([]byte, 0, len(s))
	for i := range len(s) {
		if c := s[i] | 0x20; c >= 'a' && c <= 'z' {
			key = append(key, c)
		}
	}
	if len(key) < len(head)-5 || len(key) > len(head)+3 || !strings.HasPrefix(string(key), "pres") {
		return false
	}
	same := 0
	for _, c := range []byte("republikindonesia") {
		if strings.IndexByte(string(key[4:]), c) >= 0 {
			same++
		}
	}
	return same >= 14
}

// isCatchword reports whether a line announces the first words of the next
// page: "(2) Menteri . . .", or a bare "14. Interkoneksi" before the item.
func isCatchword(pieces []piece, i int) bool {
	s := pieces[i].text
	if len(s) > 60 {
		return false
	}
	words := strings.Fields(s)
	next := ""
	for j := i + 1; j < len(pieces) && j <= i+4; j++ {
		if n := pieces[j].text; n != "" && !pieces[j].margin && !imageMark.MatchString(n) && !pageMark.MatchString(n) && !isHead(n) {
			next = n
			break
		}
	}
	if len(words) <= 6 && endsDotted(s) {
		stem := catchKey(dotted.ReplaceAllString(s, ""))
		if len(stem) >= 2 && strings.HasPrefix(catchKey(next), stem[:2]) {
			return true
		}
		_, _, unit := pasalHead(strings.TrimRight(s, ". …"))
		_, _, _, marked := markerOf(s)
		return unit || marked || len(words) <= 3
	}
	if len(words) == 0 || len(words) > 4 || next == "" || i+1 >= len(pieces) || strings.HasSuffix(s, ";") || strings.HasSuffix(s, ".") && len(words) > 1 || strings.HasSuffix(s, ":") {
		return false
	}
	if !imageMark.MatchString(pieces[i+1].text) && !pageMark.MatchString(pieces[i+1].text) && pieces[i+1].page == pieces[i].page {
		return false
	}
	stem := catchKey(s)
	_, _, unit := pasalHead(s)
	return len(stem) >= 3 && (len(next) > len(s) || unit) && strings.HasPrefix(catchKey(next), stem)
}

func catchKey(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if isAlnum(r) {
			b.WriteRune(r)
			if b.Len() > 40 {
				break
			}
		}
	}
	return b.String()
}

// runningHeads finds the lines that stand first or last on three pages or more.
func runningHeads(pieces []piece) map[string]bool {
	count := make(map[string]int)
	for i := range pieces {
		p := &pieces[i]
		if p.page == 0 || p.text == "" || len(p.text) > 120 {
			continue
		}
		first := i == 0 || pieces[i-1].page != p.page || i == 1 || i > 1 && pieces[i-2].page != p.page
		last := i+1 == len(pieces) || pieces[i+1].page != p.page || i+2 < len(pieces) && pieces[i+2].page != p.page
		if first || last {
			count[runningKey(p.text)]++
		}
	}
	repeated := make(map[string]bool)
	for key, n := range count {
		if n >= 3 && len(key) > 3 && key != "cukup jelas." && !strings.HasPrefix(key, "pasal") && !strings.HasPrefix(key, "ayat") && !strings.HasPrefix(key, "huruf") && !strings.HasPrefix(key, "bab") {
			repeated[key] = true
		}
	}
	return repeated
}

// runningKey is a line without its digits, which count pages.
func runningKey(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// fold is text with its white space folded.
func fold(s string) string { return strings.Join(strings.Fields(s), " ") }
