// Package stem brings the forms of a word together: pendaftaran, mendaftar,
// didaftarkan and terdaftar are daftar; registers and registered are regist.
// What looks for words (topics, keywords, searches) looks for stems, so that
// all of them find the same.
//
// Invariants: it is pure; a stem is its own stem; letter case never counts; a
// number, and a word with a digit in it, is its own stem.
//
// Indonesian is stripped of its affixes by rules (after Nazief and Adriani),
// with a list of roots of the language of administration and law: a root is
// what the list says, however it looks, and among several ways to strip a word
// the one that leaves a root is right. Larger lists exist under licences that
// forbid commercial use. A word without a known root loses only what is
// unmistakable, and is then stemmed as English is, by Snowball.
package stem

import (
	_ "embed"
	"iter"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

//go:embed roots.txt
var rootsText string

var roots = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for r := range strings.FieldsSeq(rootsText) {
		m[r] = true
	}
	return m
})

// Token is a word or number of a text, at text[From:To].
type Token struct {
	From, To int
	Stem     string
}

// In is the word as it stands in the text.
func (t Token) In(text string) string { return text[t.From:t.To] }

// Tokens gives the words and numbers of a text in order. A mark between two
// digits belongs to the number (12.500,00), a hyphen between two letters parts
// two words unless both are the same one (undang-undang).
func Tokens(text string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		known := map[string]string{} // a text repeats its words
		word := func(w string) string {
			s, ok := known[w]
			if !ok {
				s = Word(w)
				known[w] = s
			}
			return s
		}
		for at := 0; at < len(text); {
			from, to := next(text, at)
			if from == to {
				return
			}
			if end := doubled(text, from, to); end > 0 {
				to = end
			}
			if !yield(Token{from, to, word(text[from:to])}) {
				return
			}
			at = to
		}
	}
}

// next is the first word at or behind at; empty at the end of the text.
func next(text string, at int) (from, to int) {
	from = -1
	for i, r := range text[at:] {
		i += at
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if from < 0 {
				from = i
			}
		case from < 0:
		case strings.ContainsRune(".,:/", r) && digit(text, i-1) && digit(text, i+1):
		default:
			return from, i
		}
	}
	if from < 0 {
		return len(text), len(text)
	}
	return from, len(text)
}

func digit(s string, i int) bool { return i >= 0 && i < len(s) && '0' <= s[i] && s[i] <= '9' }

// doubled is the end of a word that is said twice (peraturan-peraturan, and
// perundang-undangan); 0: it is not.
func doubled(text string, from, to int) int {
	if to-from < 3 || !strings.HasPrefix(text[to:], "-") {
		return 0
	}
	a, end := next(text, to+1)
	if a != to+1 || end-a < 3 {
		return 0
	}
	if first, second := Word(text[from:to]), Word(text[a:end]); first == second {
		return end
	}
	return 0
}

// Word is the stem of a word in either language, in folded case.
func Word(w string) string {
	w = folded(w)
	if first, second, ok := strings.Cut(w, "-"); ok {
		if s := Word(second); s == Word(first) {
			return s
		}
		return w
	}
	for range 16 { // until nothing changes: a stem is its own stem
		if len(w) < 4 || roots()[w] || strings.ContainsFunc(w, func(r rune) bool { return r < 'a' || r > 'z' }) {
			break
		}
		s := shorter(w)
		if s == w {
			break
		}
		w = s
	}
	return w
}

// shorter is a word without its affixes.
func shorter(w string) string {
	if root := rooted(w); root != "" {
		return root
	}
	if !foreign(w) {
		w = stripped(w)
	}
	env := snowballstem.NewEnv(w)
	english.Stem(env)
	if s := env.Current(); len(s) >= 3 {
		return s
	}
	return w
}

// folded is the word without letter case and compatible characters. Most words
// are ASCII.
func folded(w string) string {
	for i := range len(w) {
		if w[i] >= utf8.RuneSelf {
			return cases.Fold().String(norm.NFKC.String(w))
		}
	}
	return strings.ToLower(w)
}

// foreign tells whether a word looks like English and unlike Indonesian.
func foreign(w string) bool {
	for _, end := range [...]string{"tion", "tions", "ing", "ings", "ed", "ly", "ment", "ments", "ies", "ity", "ness", "ous", "ive", "able", "ance", "ence", "ers", "ors"} {
		if strings.HasSuffix(w, end) {
			return true
		}
	}
	for _, part := range [...]string{"th", "ck", "gh", "oo", "ee", "sh", "wh", "ph", "x", "q", "ss", "ll", "tt", "ff", "pp"} {
		if strings.Contains(w, part) {
			return true
		}
	}
	return false
}

// shortest is the length of the shortest stem that is left of a word without a
// known root.
const shortest = 4

// rooted is the root that a word is made of, the longest if several fit; empty:
// none is known.
func rooted(w string) string {
	best := ""
	for _, body := range endless(w) {
		for _, r := range beginless(body) {
			if roots()[r] && len(r) > len(best) {
				best = r
			}
		}
	}
	return best
}

// endless is a word without its suffixes, in every way they can be taken:
// particles, then possessives, then derivations.
func endless(w string) []string {
	list := []string{w}
	for _, group := range [][]string{{"lah", "kah", "pun"}, {"nya", "ku", "mu"}, {"kan", "an", "i"}} {
		for _, b := range slices.Clone(list) {
			for _, end := range group {
				if s, ok := strings.CutSuffix(b, end); ok && len(s) >= 3 {
					list = append(list, s)
				}
			}
		}
	}
	return list
}

// beginless is a word without its prefixes, in every way they can be taken, and
// with the consonant that a nasal prefix swallows: at most three, as in
// mem-ber-lakukan and ke-ter-bacaan.
func beginless(w string) []string {
	list, last := []string{w}, []string{w}
	for range 3 {
		var more []string
		for _, b := range last {
			more = append(more, unprefixed(b)...)
		}
		list, last = append(list, more...), more
	}
	return list
}

// unprefixed are the words that one prefix less may leave.
func unprefixed(w string) []string {
	var out []string
	cut := func(prefix string, lost ...string) {
		s, ok := strings.CutPrefix(w, prefix)
		if !ok || len(s) < 3 {
			return
		}
		for _, first := range append(lost, "") {
			out = append(out, first+s)
		}
	}
	for _, p := range [...]string{"di", "ke", "se", "ter", "ber", "be", "per", "pe", "me", "te", "non", "antar", "pra", "menge", "penge"} {
		cut(p)
	}
	if strings.HasPrefix(w, "belajar") || strings.HasPrefix(w, "pelajar") {
		out = append(out, w[3:])
	}
	for _, p := range [...]string{"me", "pe"} {
		cut(p+"ny", "s")
		cut(p+"ng", "k")
		cut(p+"n", "t")
		cut(p+"m", "p")
	}
	return out
}

// stripped takes from a word without a known root what can only be affixes:
// those that come in pairs, and a nasal prefix before the consonant that it
// belongs to.
func stripped(w string) string {
	if s, ok := strings.CutSuffix(w, "nya"); ok && len(s) >= shortest {
		w = s
	}
	body, end := w, ""
	for _, e := range [...]string{"kan", "an", "i"} {
		if s, ok := strings.CutSuffix(w, e); ok && len(s) > shortest {
			body, end = s, e
			break
		}
	}
	if s := nasal(body, end != ""); s != "" {
		return s
	}
	if end == "" {
		return w
	}
	for _, p := range [...]string{"diper", "memper", "di", "per", "pe", "ke", "ber", "ter"} {
		if s, ok := strings.CutPrefix(body, p); ok && len(s) >= shortest && (p != "ke" && p != "pe" || end == "an") {
			return s
		}
	}
	return w
}

// nasal is a word without me(N)- or pe(N)-; empty: it has none. Before a vowel
// the prefix is one only where an ending confirms it.
func nasal(w string, ended bool) string {
	if !strings.HasPrefix(w, "me") && !(strings.HasPrefix(w, "pe") && ended) {
		return ""
	}
	for _, n := range [...]struct{ nasal, before, lost string }{
		{"ny", "aiueo", "s"}, {"ng", "ghk", ""}, {"ng", "aiueo", ""}, {"m", "bfv", ""}, {"n", "cdjz", ""}, {"n", "aiueo", "t"}, {"m", "aiueo", "p"},
	} {
		s, ok := strings.CutPrefix(w[2:], n.nasal)
		if !ok || len(s) < shortest || !strings.Contains(n.before, s[:1]) {
			continue
		}
		if n.before == "aiueo" && !ended && n.nasal != "ng" && n.nasal != "ny" {
			return ""
		}
		return n.lost + s
	}
	return ""
}
