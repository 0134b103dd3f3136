package diff

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// token is the smallest piece of text that is compared: a word, an amount, a
// date, a mark of punctuation, or white space. It lies at text[from:to].
type token struct {
	from, to int
	kind     tokenKind
}

type tokenKind byte

const (
	wordToken   tokenKind = iota
	numberToken           // also amounts and clocks: 12.500.000.000,00, 19:05
	dateToken             // 17 Maret 2025, 17-03-2025
	blankToken
	markToken
	randomToken // drawn at random: session ids, nonces, digests
)

func (t token) in(text string) string { return text[t.from:t.to] }

// tokenize cuts text into tokens that together are the whole text. What means
// one thing is one token, so that a diff never shows half an amount or date.
func tokenize(text string) []token {
	tokens := make([]token, 0, len(text)/4+1)
	for at := 0; at < len(text); {
		t := token{from: at}
		r, size := utf8.DecodeRuneInString(text[at:])
		switch end := random(text, at); {
		case end > 0:
			t.to, t.kind = end, randomToken
		case unicode.IsDigit(r):
			t.to, t.kind = number(text, at)
		case unicode.IsLetter(r), unicode.IsMark(r):
			t.to, t.kind = word(text, at), wordToken
			if end := dayAndYear(text, at, t.to); end > 0 {
				t.to, t.kind = end, dateToken
			}
		case unicode.IsSpace(r):
			t.to, t.kind = at+size, blankToken
			for t.to < len(text) {
				r, size := utf8.DecodeRuneInString(text[t.to:])
				if !unicode.IsSpace(r) {
					break
				}
				t.to += size
			}
		default:
			t.to, t.kind = at+size, markToken
		}
		tokens = append(tokens, t)
		at = t.to
	}
	return tokens
}

// shortestRandom is the length in bytes of the shortest token drawn at random:
// 64 bits in hexadecimal.
const shortestRandom = 16

// random is the end of the random token at text[at:]; 0 if there is none. A
// slug is none: it has words and numbers in it, but they do not alternate.
func random(text string, at int) int {
	turns, letters, digits, last := 0, 0, 0, byte(0)
	end := at
	for ; end < len(text); end++ {
		class := byte(0)
		switch c := text[end]; {
		case '0' <= c && c <= '9':
			class = 'd'
			digits++
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			class = 'l'
			letters++
		case c == '-' || c == '_':
		default:
			class = 'x'
		}
		if class == 'x' {
			break
		}
		if class != 0 {
			if last != 0 && class != last {
				turns++
			}
			last = class
		}
	}
	size := end - at
	if size < shortestRandom || digits < 2 || letters < 2 || turns*6 < size {
		return 0
	}
	return end
}

// word is the end of the word at text[at:]. Digits within belong to it (b2b),
// but for those behind the name of a currency, which begin an amount.
func word(text string, at int) int {
	start := at
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '_' {
			break
		}
		if unicode.IsDigit(r) && currency(text[start:at]) {
			break
		}
		at += size
	}
	return at
}

func currency(name string) bool {
	switch strings.ToLower(name) {
	case "rp", "idr", "usd", "eur", "sgd":
		return true
	}
	return false
}

// number is the end of the amount, clock or date at text[at:]: digits with
// single separators between them, letters right behind (Pasal 47A), and the
// month and year that follow a day.
func number(text string, at int) (int, tokenKind) {
	start, joints := at, ""
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		if unicode.IsDigit(r) {
			at += size
			continue
		}
		if strings.ContainsRune(".,:/-", r) && at+1 < len(text) && text[at+1] >= '0' && text[at+1] <= '9' {
			joints += string(r)
			at++
			continue
		}
		break
	}
	switch {
	case len(joints) == 2 && isDate(text[start:at], joints):
		return at, dateToken
	case joints == "" && at-start <= 2:
		if end := monthAndYear(text, at); end > 0 {
			return end, dateToken
		}
	}
	return word(text, at), numberToken
}

// isDate tells 17.03.2025 from 1.250.000, and 2025-03-17 from a telephone
// number.
func isDate(s, joints string) bool {
	if joints[0] != joints[1] || !strings.ContainsAny(joints, ".-/") {
		return false
	}
	p := strings.Split(s, joints[:1])
	return len(p[1]) <= 2 && (len(p[0]) <= 2 && len(p[2]) == 4 || len(p[0]) == 4 && len(p[2]) <= 2)
}

// monthAndYear is the end of " Maret 2025" at text[at:]; 0 if it is not there.
func monthAndYear(text string, at int) int {
	rest, ok := strings.CutPrefix(text[at:], " ")
	if !ok {
		return 0
	}
	name := rest[:word(rest, 0)]
	if !month(strings.ToLower(name)) {
		return 0
	}
	if !hasYear(rest[len(name):]) {
		return 0
	}
	return at + 1 + len(name) + yearSize
}

// dayAndYear is the end of " 17, 2025" behind the month at text[at:end]; 0 if
// it is not there.
func dayAndYear(text string, at, end int) int {
	if end-at > len("september") || !month(strings.ToLower(text[at:end])) {
		return 0
	}
	rest := strings.TrimPrefix(text[end:], " ")
	size := 0
	for size < len(rest) && '0' <= rest[size] && rest[size] <= '9' {
		size++
	}
	if size == 0 || size > 2 || len(rest) == len(text)-end || !strings.HasPrefix(rest[size:], ",") || !hasYear(rest[size+1:]) {
		return 0
	}
	return end + 1 + size + 1 + yearSize
}

const yearSize = len(" 2025")

// hasYear tells whether s begins with a blank and a year.
func hasYear(s string) bool {
	if len(s) < yearSize || s[0] != ' ' || len(s) > yearSize && '0' <= s[yearSize] && s[yearSize] <= '9' {
		return false
	}
	for _, c := range []byte(s[1:yearSize]) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// month knows the names of months in Indonesian, with the old spellings that
// regulations still carry, and in English.
func month(name string) bool {
	switch name {
	case "januari", "februari", "pebruari", "maret", "april", "mei", "juni", "juli", "agustus", "september",
		"oktober", "november", "nopember", "desember", "january", "february", "march", "may", "june", "july",
		"august", "october", "december", "jan", "feb", "mar", "apr", "jun", "jul", "agu", "ags", "aug", "sep",
		"okt", "oct", "nov", "des", "dec":
		return true
	}
	return false
}

// canonical are the tokens of text as they are compared: compatible forms of
// characters are one (NFKC), so are typographic and plain quotes and dashes;
// white space only parts words. Letter case counts.
func canonical(text string) []string {
	text = plainForm(text)
	var list []string
	for _, t := range tokenize(text) {
		if t.kind != blankToken {
			list = append(list, t.in(text))
		}
	}
	return list
}

// plainForm replaces typographic variants. It never joins or drops words.
func plainForm(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return s
	}
	return typographic(norm.NFKC.String(s))
}

func typographic(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '‘', '’', '‚', '‛', '′', '`', '´', 'ʼ':
			return '\''
		case '“', '”', '„', '‟', '«', '»', '″':
			return '"'
		case '‐', '‑', '‒', '–', '—', '―', '−':
			return '-'
		case '•', '·', '▪', '●', '◦', '‣':
			return '•'
		case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
			return -1
		}
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, s)
}
