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

// Reading is what decides how much a change of text weighs.
type Reading struct {
	Severity diff.Severity
	Words    []string // words of duty that came or went
	Figures  []string // amounts, dates and numbers that came or went
}

// Read weighs changed passages: a notice, unless none differs in more than
// punctuation and letter case.
func Read(hunks []diff.Hunk) Reading {
	r, bound, seen := Reading{Severity: diff.Info}, duty(), map[string]bool{}
	for _, h := range hunks {
		if h.Op == diff.OpMoved {
			r.Severity = diff.Notice
			continue
		}
		before, after := trim(h.Before, h.After)
		gone, come := difference(tokens(before), tokens(after))
		if len(gone)+len(come) > 0 {
			r.Severity = diff.Notice
		}
		for _, t := range append(gone, come...) {
			switch {
			case seen[t.key]:
			case strings.ContainsFunc(t.key, unicode.IsDigit):
				r.Figures = append(r.Figures, t.text)
			case bound[t.key]:
				r.Words = append(r.Words, t.text)
			}
			seen[t.key] = true
		}
	}
	return r
}

// why says in English what decided.
func (r Reading) why() string {
	if r.Severity == diff.Info {
		return "only punctuation or letter case differs"
	}
	var why []string
	if len(r.Words) > 0 {
		why = append(why, "words: "+list(r.Words))
	}
	if len(r.Figures) > 0 {
		why = append(why, "figures: "+list(r.Figures))
	}
	if len(why) == 0 {
		return "the wording differs"
	}
	return strings.Join(why, "; ")
}

func list(words []string) string {
	s := strings.Join(words[:min(len(words), shown)], ", ")
	if n := len(words) - shown; n > 0 {
		s += fmt.Sprintf(" and %d more", n)
	}
	return s
}

// token is a word or figure: as it is compared, and as it is shown.
type token struct{ key, text string }

// dress is the punctuation that does not make another wording.
const dress = `.,;:!?'"()[]{}-–—…“”‘’«»•·*`

// tokens are the words and figures of a text in folded case, without the
// punctuation that only dresses it. A mark between two digits belongs to the
// figure: 1.500 is not 1500, and 1,5 is not 15.
func tokens(s string) []token {
	var out []token
	begin := -1 // of the token that has begun
	end := func(at int) {
		if begin >= 0 {
			out = append(out, token{folded(s[begin:at]), s[begin:at]})
			begin = -1
		}
	}
	for i, r := range s {
		switch {
		case (r == '.' || r == ',' || r == ':') && digit(s, i-1) && digit(s, i+1):
		case unicode.IsSpace(r) || strings.ContainsRune(dress, r):
			end(i)
		case begin < 0:
			begin = i
		}
	}
	end(len(s))
	return out
}

func digit(s string, i int) bool { return i >= 0 && i < len(s) && '0' <= s[i] && s[i] <= '9' }

// folded is the word without its letter case. Most words are ASCII.
func folded(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return cases.Fold().String(s)
		}
	}
	return strings.ToLower(s)
}

// trim takes away what both texts begin and end with, in whole words: of a
// long passage that differs in one word only that word is looked at.
func trim(a, b string) (string, string) {
	head := 0
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if a[i] == ' ' {
			head = i
		}
	}
	a, b = a[head:], b[head:]
	tail := 0
	for i := 1; i <= len(a) && i <= len(b) && a[len(a)-i] == b[len(b)-i]; i++ {
		if a[len(a)-i] == ' ' {
			tail = i
		}
	}
	return a[:len(a)-tail], b[:len(b)-tail]
}

// difference gives the tokens that one side has more of than the other, in
// their order. Where both have the same ones in another order all are given:
// another order of words is another sentence.
func difference(before, after []token) (gone, come []token) {
	same := func(a, b token) bool { return a.key == b.key }
	if slices.EqualFunc(before, after, same) {
		return nil, nil
	}
	gone, come = surplus(before, after), surplus(after, before)
	if len(gone)+len(come) == 0 {
		return before, after
	}
	return gone, come
}

// surplus gives the tokens of a that b does not have as often.
func surplus(a, b []token) []token {
	left := map[string]int{}
	for _, t := range b {
		left[t.key]++
	}
	var out []token
	for _, t := range a {
		if left[t.key]--; left[t.key] < 0 {
			out = append(out, t)
		}
	}
	return out
}
