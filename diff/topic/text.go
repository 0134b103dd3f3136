package topic

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"

	"pantau/diff"
)

// shown is how many deciding words or figures a reason names.
const shown = 4

// duty are the words of Indonesian and English law that bind, forbid, except,
// punish or end (UU 12/2011, Lampiran II, on the diction of regulations). One
// of them that comes or goes is named in the reason.
func duty() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`wajib harus dilarang dapat berhak tidak bukan tanpa kecuali paling lambat sanksi denda pidana
		dicabut dihapus dihentikan diubah berlaku shall must may not no without except unless penalty fine revoked suspended repealed`) {
		m[w] = true
	}
	return m
}

// textSeverity is notice, unless no hunk differs in more than punctuation and
// letter case.
func textSeverity(c diff.Change) (diff.Severity, string) {
	severity, bound, seen := diff.Info, duty(), map[string]bool{}
	var words, figures []string
	for _, h := range c.Hunks {
		if h.Op == diff.OpMoved {
			severity = diff.Notice
			continue
		}
		gone, come := difference(tokens(h.Before), tokens(h.After))
		if len(gone)+len(come) > 0 {
			severity = diff.Notice
		}
		for _, t := range append(gone, come...) {
			switch {
			case seen[t]:
			case strings.ContainsFunc(t, unicode.IsDigit):
				figures = append(figures, t)
			case bound[t]:
				words = append(words, t)
			}
			seen[t] = true
		}
	}
	if severity == diff.Info {
		return severity, "only punctuation or letter case differs"
	}
	var why []string
	if len(words) > 0 {
		why = append(why, "words: "+list(words))
	}
	if len(figures) > 0 {
		why = append(why, "figures: "+list(figures))
	}
	if len(why) == 0 {
		return severity, "the wording differs"
	}
	return severity, strings.Join(why, "; ")
}

// HunkSeverity is that of one passage for a reader who follows nothing.
func HunkSeverity(h diff.Hunk) diff.Severity {
	s, _ := textSeverity(diff.Change{Hunks: []diff.Hunk{h}})
	return s
}

func list(words []string) string {
	s := strings.Join(words[:min(len(words), shown)], ", ")
	if n := len(words) - shown; n > 0 {
		s += fmt.Sprintf(" and %d more", n)
	}
	return s
}

// tokens are the words and figures of a text in folded case, without the
// punctuation that only dresses it. A mark between two digits belongs to the
// figure: 1.500 is not 1500, and 1,5 is not 15.
func tokens(s string) []string {
	runes := []rune(cases.Fold().String(s))
	var out []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			out = append(out, string(word))
			word = nil
		}
	}
	for i, r := range runes {
		switch {
		case unicode.IsSpace(r):
			end()
		case strings.ContainsRune(".,:", r) && i > 0 && i+1 < len(runes) && unicode.IsDigit(runes[i-1]) && unicode.IsDigit(runes[i+1]):
			word = append(word, r)
		case strings.ContainsRune(`.,;:!?'"()[]{}-–—…“”‘’«»•·*`, r):
			end()
		default:
			word = append(word, r)
		}
	}
	end()
	return out
}

// difference gives the tokens that one side has more of than the other, in
// their order. Where both have the same ones in another order all are given:
// another order of words is another sentence.
func difference(before, after []string) (gone, come []string) {
	if slices.Equal(before, after) {
		return nil, nil
	}
	gone, come = surplus(before, after), surplus(after, before)
	if len(gone)+len(come) == 0 {
		return before, after
	}
	return gone, come
}

// surplus gives the tokens of a that b does not have as often.
func surplus(a, b []string) []string {
	left := map[string]int{}
	for _, t := range b {
		left[t]++
	}
	var out []string
	for _, t := range a {
		if left[t]--; left[t] < 0 {
			out = append(out, t)
		}
	}
	return out
}
