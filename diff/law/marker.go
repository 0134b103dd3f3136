package law

import (
	"regexp"
	"strconv"
	"strings"
)

// style of a marker: how an item of a list, or an ayat, is numbered.
type style int

const (
	noStyle      style = iota
	inBrackets         // (1), (1a)
	lettersIn          // (a)
	letterPoint        // a.
	letterClose        // a)
	capitalPoint       // A.
	digitPoint         // 1.
	digitClose         // 1)
)

func (s style) kind() Kind {
	switch s {
	case letterPoint, letterClose, capitalPoint, lettersIn:
		return Huruf
	}
	return Angka
}

var markers = regexp.MustCompile(`^(?:\((\d{1,3}[a-z]{0,2})\)\.?|\(([a-z]{1,2})\)|([a-z]{1,2})\s?\.(?:\s|$)|([a-z]{1,2})\)\s?|([A-Z])\.\s|(\d{1,3}[a-z]?)\s?\.(?:[^\d]|$)|(\d{1,3}[a-z]?)\)\s?)`)

// markerOf reads the marker that a text begins with: "(2a) ", "b. ", "1) ".
func markerOf(s string) (st style, number, rest string, ok bool) {
	if head := s[:min(len(s), 6)]; !strings.ContainsAny(head, ".)") {
		return noStyle, "", s, false
	}
	m := markers.FindStringSubmatchIndex(s)
	if m == nil {
		return noStyle, "", s, false
	}
	order := []style{inBrackets, lettersIn, letterPoint, letterClose, capitalPoint, digitPoint, digitClose}
	for i, st := range order {
		if m[2+2*i] < 0 {
			continue
		}
		number := strings.ToLower(s[m[2+2*i]:m[3+2*i]])
		end := m[1]
		if st == digitPoint && end > 0 && s[end-1] != ' ' && s[end-1] != '.' { // the letter behind "1."
			end = strings.IndexByte(s, '.') + 1
		}
		if (st == letterPoint || st == letterClose) && len(number) == 2 && !doubled(number) {
			return noStyle, "", s, false
		}
		return st, strings.TrimLeft(number, "0"), strings.TrimSpace(s[end:]), number != "0"
	}
	return noStyle, "", s, false
}

// doubled reports whether two letters continue the alphabet: "aa", "ab" to "az".
func doubled(s string) bool { return s[0] == 'a' || s[0] == s[1] }

// ordinal is the place of a number in its sequence: 2 of "b", 28 of "bb" and
// "ab", 2 of "2a".
func ordinal(st style, number string) int {
	switch st {
	case letterPoint, letterClose, capitalPoint, lettersIn:
		if len(number) == 2 {
			if number[0] == number[1] {
				return 26 + int(number[0]-'a') + 1
			}
			return 26 + int(number[1]-'a') + 1
		}
		return int(number[0]-'a') + 1
	}
	n, _ := strconv.Atoi(strings.TrimRight(number, "abcdefghijklmnopqrstuvwxyz"))
	return n
}

// numberAfter writes the number at a place of a sequence.
func numberFor(st style, place int) string {
	switch st {
	case letterPoint, letterClose, capitalPoint, lettersIn:
		if place > 26 {
			c := string(rune('a' + (place-27)%26))
			return c + c
		}
		return string(rune('a' + place - 1))
	}
	return strconv.Itoa(place)
}

func labelFor(st style, number string) string {
	switch st {
	case inBrackets, lettersIn:
		return "(" + number + ")"
	case letterClose, digitClose:
		return number + ")"
	case capitalPoint:
		return strings.ToUpper(number) + "."
	}
	return number + "."
}

// looksLike says which letters a scanner reads for a character.
var looksLike = map[byte]string{
	'0': "oOQD", '1': "lIi|!tLUT/Jj]", '2': "zZ", '3': "E", '4': "A", '5': "sS", '6': "bG", '7': "TI?", '8': "BS&", '9': "gqP",
	'a': "A4", 'b': "B8", 'c': "Ce", 'd': "D", 'e': "Ec", 'f': "Ft", 'g': "G6C9q", 'h': "Hb", 'i': "I1l", 'j': "J",
}

// readAs reports whether a scanned token can be a number, and whether it says
// so plainly.
func readAs(token, number string) (plain, ok bool) {
	if strings.EqualFold(token, number) {
		return true, true
	}
	if len(token) == len(number)+1 && len(number) > 1 && token[len(token)-1] == 'l' && token[len(token)-2] == 'E' { // "45El" of 45B
		token = token[:len(token)-2] + "B"
	}
	if len(token) != len(number) {
		return false, false
	}
	for i := range len(token) {
		if token[i]|0x20 != number[i]|0x20 && strings.IndexByte(looksLike[number[i]], token[i]) < 0 {
			return false, false
		}
	}
	return false, true
}

var pasalWord = regexp.MustCompile(`^[^\pL\pN(]{0,3}(?:[Pp] ?asa[lLIJj1|i]|Pasa7|[Pp]asi[l1]|PASAL|P ASAL)\s*`)

// pasalHead reads a line that begins with the word Pasal: the token that must
// be its number, what follows, and whether it can be a head at all.
func pasalHead(s string) (token, rest string, ok bool) {
	if len(s) < 6 || !strings.Contains(s[:min(len(s), 12)], "as") && !strings.Contains(s[:min(len(s), 12)], "AS") {
		return "", "", false
	}
	m := pasalWord.FindStringIndex(s)
	if m == nil || m[1] == len(s) {
		return "", "", false
	}
	r := s[m[1]:]
	if compact := strings.ReplaceAll(r, " ", ""); len(compact) <= 6 && len(r) <= 8 {
		compact = strings.TrimRight(compact, ".:;,")
		if numberLike(compact) {
			return compact, "", true
		}
	}
	token, rest, _ = strings.Cut(r, " ")
	trimmed := strings.TrimRight(token, ".:")
	if len(trimmed) <= 6 && numberLike(trimmed) {
		return trimmed, strings.TrimSpace(rest), true
	}
	return "", "", false
}

// numberLike reports whether a token can be a misread number.
func numberLike(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		if !isDigit(s[i]) && strings.IndexByte("oOlIiLtTUBSsZzVXAaCDEFGgqJ|!]", s[i]) < 0 {
			return false
		}
	}
	return isDigit(s[0]) || strings.ContainsAny(s, "0123456789") || romanNumber.MatchString(s) || len(s) <= 2
}

var (
	romanNumber  = regexp.MustCompile(`^[IVXLC]+$`)
	arabicNumber = regexp.MustCompile(`^\d{1,4}([A-Z]|A[A-Z])?$`)
)

// roman reads a Roman number; 0 is none.
func roman(s string) int {
	values := map[byte]int{'I': 1, 'V': 5, 'X': 10, 'L': 50, 'C': 100}
	total := 0
	for i := range len(s) {
		v := values[s[i]]
		if v == 0 {
			return 0
		}
		if i+1 < len(s) && v < values[s[i+1]] {
			total -= v
		} else {
			total += v
		}
	}
	return total
}

// toRoman writes a Roman number.
func toRoman(n int) string {
	var b strings.Builder
	for _, step := range []struct {
		v int
		s string
	}{{100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for n >= step.v {
			b.WriteString(step.s)
			n -= step.v
		}
	}
	return b.String()
}
