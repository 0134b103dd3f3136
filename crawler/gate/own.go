package gate

import (
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"pantau/internal/snapshot"
)

// mostBeside is how many passages beside the content are remembered: a site's
// menus and foot, not its whole map.
const mostBeside = 400

// hashes are the hashes of what stands beside the content, sorted.
func hashes(asides []snapshot.Aside) []uint32 {
	var list []uint32
	for i := range asides {
		list = append(list, hashOf(asides[i].Line()))
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return list[:min(len(list), mostBeside)]
}

func hashOf(text string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(strings.ToLower(text)))
	return h.Sum32()
}

// own is the document without what stood beside the content at the last good
// look: on a page with nothing but a notice the site's menus may be taken for
// content, and this tells them apart. Its asides are those that are new.
func own(d *snapshot.Document, last *Last) *snapshot.Document {
	out := *d
	out.Asides = nil
	if last == nil {
		return &out
	}
	for _, a := range d.Asides {
		if _, ok := slices.BinarySearch(last.Beside, hashOf(a.Line())); !ok {
			out.Asides = append(out.Asides, a)
		}
	}
	out.Blocks = nil
	for _, b := range d.Blocks {
		line := b.Line()
		if _, ok := slices.BinarySearch(last.Beside, hashOf(line)); ok {
			out.Quality.Runes -= utf8.RuneCountInString(line)
			continue
		}
		out.Blocks = append(out.Blocks, b)
	}
	out.Quality.Runes = max(0, out.Quality.Runes)
	return &out
}

// reasons are the words with which an authority says why a page has become
// short: what it showed was repealed, replaced, closed, joined or moved.
var reasons = regexp.MustCompile(`\b(?:dicabut|mencabut|pencabutan|tidak (?:lagi )?berlaku|digantikan?|diganti|diubah|dihapus(?:kan)?|ditarik|berakhir|ditutup|selesai|dibatalkan|digabung(?:kan)?|dialihkan|dipindahkan|diarsipkan|dikecualikan|telah dimuat|dimuat dalam|` +
	`repealed|revoked|rescinded|withdrawn|superseded|replaced|no longer (?:in force|applies|applicable|available because)|consolidated|merged|expired on|closed on|has closed|have closed|ended on|has ended|archived|discontinued|moved to|removed because|deleted because|struck out|annulled)\b`)

// final are the reasons that no error page gives: they need no number beside
// them.
var final = regexp.MustCompile(`\b(?:(?:telah|sudah|dinyatakan) (?:dicabut|tidak (?:lagi )?berlaku|ditutup|dibatalkan)|tidak lagi berlaku|repealed|revoked|rescinded|superseded|withdrawn|annulled|no longer in force)\b`)

// stated tells whether the page says itself why it is so short: it is the last
// good one by its title, and a sentence of its own gives the reason, with a
// number or a date unless the reason is one that no error page gives.
func (l look) stated() bool {
	if l.last == nil || !sameTitle(l.d.Title, l.last.Title) {
		return false
	}
	if body, err := l.r.Body.Bytes(); err != nil || l.last.Ended && !ends(body) {
		return false
	}
	for i := range l.own.Blocks {
		text := strings.ToLower(l.own.Blocks[i].Text)
		if len(text) >= 30 && (final.MatchString(text) || strings.ContainsAny(text, "0123456789") && reasons.MatchString(text)) {
			return true
		}
	}
	return false
}
