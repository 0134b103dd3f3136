package law

import (
	"regexp"
	"strings"
)

// zone is a part of a regulation.
type zone int

const (
	zoneTitle zone = iota
	zonePreamble
	zoneBody
	zoneClosing
	zoneExplanation
	zoneAnnex
	zoneOther // a second regulation in the same text
)

// section is a run of pieces of one zone. A body that goes on after a list of
// copies is the same section; a text that repeats its body has two.
type section struct {
	zone   zone
	first  int  // index of its first piece
	last   int  // behind its last
	resume bool // a body that goes on behind what looked like a closing
}

var (
	graceLine   = regexp.MustCompile(`(?i)^(dengan )?rahmat ?tuhan|^bismillah`)
	recital     = regexp.MustCompile(`(?i)^menimbang\b`)
	decree      = regexp.MustCompile(`(?i)^(memutuskan|menetapkan)\b`)
	agar        = regexp.MustCompile(`^Agar (setiap|semua|supaya|se)`)
	done        = regexp.MustCompile(`(?i)^(di ?tetapkan|disahkan|dikeluarkan|ditandatangani|diundangkan)\s+(di|pada)\b`)
	copies      = regexp.MustCompile(`(?i)^salinan .{0,60}disampaikan`)
	explanation = regexp.MustCompile(`^(PENJELASAN|P E N J E L A S A N)( ATAS\b.*)?$`)
	annexHead   = regexp.MustCompile(`^LAMPIRAN(\s+([IVXL]+|\d+)([A-Z])?)?\s*[.:]?\s*((PERATURAN|KEPUTUSAN|UNDANG|SURAT|INSTRUKSI|QANUN)\b.*)?$`)
	annexLow    = regexp.MustCompile(`^Lampiran(\s+([IVXL]+|\d+))?\s*:?\s*((Peraturan|Keputusan|Undang|Surat) .*)?$`)
	babHead     = regexp.MustCompile(`^B ?A ?B\.?\s+([IVXLCivxlc1|]+)\s*([A-Z])?\b\.?\s*(.*)$`)
	bukuHead    = regexp.MustCompile(`^BUKU\s+([A-Z]+)\b\s*(.*)$`)
	lawTitle    = regexp.MustCompile(`^(PERATURAN|UNDANG-UNDANG|KEPUTUSAN|INSTRUKSI|QANUN) [A-Z ,/&.-]+`)
)

// cut finds the sections of a text. It looks at each piece once. headless says
// that what comes before the body is missing.
func cut(pieces []piece, headless bool) []section {
	c := cutter{pieces: pieces, decreed: headless}
	c.sections = []section{{zone: zoneTitle}}
	for i := range pieces {
		if !pieces[i].margin {
			c.step(i, &pieces[i])
		}
	}
	c.sections[len(c.sections)-1].last = len(pieces)
	for i := range len(c.sections) - 1 {
		c.sections[i].last = c.sections[i+1].first
	}
	return c.sections
}

type cutter struct {
	pieces   []piece
	sections []section
	decreed  bool
	last     int  // the last pasal of the body
	each     bool // the explanation has come to "pasal demi pasal"
}

func (c *cutter) zone() zone { return c.sections[len(c.sections)-1].zone }

func (c *cutter) begin(i int, z zone) {
	c.sections = append(c.sections, section{zone: z, first: i})
}

func (c *cutter) step(i int, p *piece) {
	switch z := c.zone(); z {
	case zoneTitle, zonePreamble:
		c.stepPreamble(i, p, z)
	case zoneBody:
		switch {
		case c.leave(i, p):
		case agar.MatchString(p.text) || done.MatchString(p.text) && !strings.HasSuffix(p.text, ";") || copies.MatchString(p.text):
			c.begin(i, zoneClosing)
		default:
			if n := arabicHead(p.text); n > 0 {
				c.last = n
			}
		}
	case zoneClosing:
		c.stepClosing(i, p)
	case zoneExplanation:
		upper := strings.ToUpper(p.text)
		switch {
		case c.each && isExplanation(p.text) && c.near(i, "ATAS"):
			c.each = false
			c.begin(i, zoneExplanation)
		case strings.HasSuffix(strings.ReplaceAll(upper, " ", ""), "PASALDEMIPASAL"):
			c.each = true
		case annexHead.MatchString(p.text):
			c.begin(i, zoneAnnex)
		}
	case zoneAnnex:
		if isExplanation(p.text) && (strings.Contains(p.text, "ATAS") || c.near(i, "ATAS")) {
			c.begin(i, zoneExplanation)
		} else if annexHead.MatchString(p.text) {
			c.begin(i, zoneAnnex)
		}
	}
}

// isExplanation reports whether a line is the head of the explanation, with a
// letter or two misread.
func isExplanation(s string) bool {
	if explanation.MatchString(s) {
		return true
	}
	return len(s) >= 8 && len(s) <= 13 && s[0] == 'P' && s == strings.ToUpper(s) && apart(s, "PENJELASAN") <= 2
}

// leave begins explanation or annex.
func (c *cutter) leave(i int, p *piece) bool {
	switch {
	case isExplanation(p.text), c.zone() == zoneClosing && (each.MatchString(p.text) || general.MatchString(p.text)):
		c.each = each.MatchString(p.text)
		c.begin(i, zoneExplanation)
	case annexHead.MatchString(p.text) && (p.heading || p.fresh || len(p.text) > 12), annexLow.MatchString(p.text) && c.zone() == zoneClosing && p.fresh:
		c.begin(i, zoneAnnex)
	default:
		return false
	}
	return true
}

func (c *cutter) stepPreamble(i int, p *piece, z zone) {
	switch {
	case decree.MatchString(p.text):
		c.decreed = true
		if z == zoneTitle {
			c.begin(i, zonePreamble)
		}
	case z == zoneTitle && (graceLine.MatchString(p.text) || recital.MatchString(p.text) && len(c.sections) == 1 && i > 2):
		c.begin(i, zonePreamble)
	case hasLeaders(p.text):
	case c.bodyBegins(p):
		c.begin(i, zoneBody)
		c.last = arabicHead(p.text)
	case isExplanation(p.text) && z == zoneTitle && i < 12:
		c.begin(i, zoneExplanation)
	}
}

// bodyBegins reports whether a piece is the first head of the body. Before the
// decree only the very first unit is.
func (c *cutter) bodyBegins(p *piece) bool {
	if m := babHead.FindStringSubmatch(p.text); m != nil && len(p.text) < 120 {
		return c.decreed || m[1] == "I" || p.heading
	}
	if bukuHead.MatchString(p.text) && len(p.text) < 120 {
		return c.decreed
	}
	token, rest, ok := pasalHead(p.text)
	if !ok {
		return false
	}
	if _, one := readAs(token, "1"); one && (rest == "" || c.decreed && startsSentence(rest)) {
		return c.decreed || p.heading || p.fresh
	}
	return rest == "" && (c.decreed || p.heading)
}

func (c *cutter) stepClosing(i int, p *piece) {
	if c.leave(i, p) {
		return
	}
	if c.otherBegins(i, p) {
		c.begin(i, zoneOther)
		return
	}
	if m := babHead.FindStringSubmatch(p.text); m != nil && (p.heading || p.fresh) && len(p.text) < 120 {
		c.begin(i, zoneBody)
		c.sections[len(c.sections)-1].resume = m[1] != "I"
		return
	}
	token, rest, ok := pasalHead(p.text)
	if !ok || rest != "" || !p.heading && !p.fresh {
		return
	}
	n := arabicHead(p.text)
	again := n == 1 || token == "I"
	if !again && n != c.last+1 && !p.heading {
		return
	}
	c.begin(i, zoneBody)
	c.sections[len(c.sections)-1].resume = !again
	c.last = n
}

// otherBegins reports whether the title of another regulation stands here.
func (c *cutter) otherBegins(i int, p *piece) bool {
	if !lawTitle.MatchString(p.text) {
		return false
	}
	subject := false
	for j := i; j < len(c.pieces) && j < i+40; j++ {
		s := c.pieces[j].text
		if strings.Contains(s, "TENTANG") && j < i+10 {
			subject = true
		}
		if subject && (recital.MatchString(s) || graceLine.MatchString(s)) {
			return true
		}
	}
	return false
}

// near reports whether one of the next lines begins with a word.
func (c *cutter) near(i int, word string) bool {
	for j := i + 1; j < len(c.pieces) && j < i+5; j++ {
		if strings.HasPrefix(c.pieces[j].text, word) {
			return true
		}
	}
	return false
}

// arabicHead is the number of a line that is the head of a pasal, or 0.
func arabicHead(s string) int {
	token, rest, ok := pasalHead(s)
	if !ok || rest != "" && !startsSentence(rest) {
		return 0
	}
	if n, ok := readDigits(strings.TrimRight(token, "ABCDEFGH")); ok && token != "I" {
		return ordinal(digitPoint, n)
	}
	return 0
}

// startsSentence reports whether the words behind "Pasal 8" are its text and
// not a citation that goes on.
func startsSentence(s string) bool {
	if s == "" || s[0] < 'A' || s[0] > 'Z' {
		return strings.HasPrefix(s, "(1)")
	}
	for _, cited := range []string{"Undang", "Peraturan Pemerintah", "Peraturan Presiden", "Keputusan", "Kitab", "Angka", "Ayat", "Huruf"} {
		if strings.HasPrefix(s, cited) {
			return strings.HasPrefix(s, "Undang-Undang ini") || strings.HasPrefix(s, "Peraturan Pemerintah ini") || strings.HasPrefix(s, "Peraturan Presiden ini") || strings.HasPrefix(s, "Keputusan ini")
		}
	}
	return !strings.HasPrefix(s, "Peraturan ") || strings.Contains(s[:min(len(s), 45)], " ini ")
}
