package law

import (
	"strconv"
	"strings"
)

// numbering is what the number of a regulation says.
type numbering struct {
	number string
	year   int
	code   []string // what else stands in it, in lower case: "per", "m", "kominfo"
}

// numberAt reads "Nomor 5 Tahun 2020", "5/2020", "No. 26/PER/M.KOMINFO/5/2007",
// "KM. 21 Tahun 2001" and, of file names, "2020_005".
func numberAt(text string, words []word, i int, kind string) (numbering, int, bool) {
	called := false
	if i+3 < len(words) && words[i].low == "tahun" && yearOf(words[i+1].low) != 0 && words[i+2].low == "nomor" { // columns read in another order
		if n, ok := readDigits(words[i+3].low); ok {
			return numbering{number: n, year: yearOf(words[i+1].low)}, i + 4, true
		}
	}
	for i < len(words) && (words[i].low == "nomor" || words[i].low == "no" || words[i].low == "nomer" || words[i].low == "number") {
		called = true
		i++
	}
	if i < len(words) && called {
		if n, ok := flattened(words[i].low); ok {
			return n, i + 1, true
		}
	}
	if called && i+1 < len(words) {
		if year, next := yearAt(text, words, i+1); year != 0 {
			if n, ok := readDigits(unlike.Replace(words[i].low)); ok && !isNumber(words[i].low) {
				return numbering{number: n, year: year}, next, true
			}
		}
	}
	end := numberEnd(text, words, i, called)
	if end == i {
		return numbering{}, i, false
	}
	parts := words[i:end]
	year, next := yearAt(text, words, end)
	if year == 0 && !called && len(parts) >= 2 && yearOf(parts[0].low) != 0 && yearOf(parts[1].low) == 0 {
		n, ok := readDigits(parts[1].low)
		if !ok {
			return numbering{}, i, false
		}
		return numbering{number: n, year: yearOf(parts[0].low)}, i + 2, true
	}
	raw := text[parts[0].start:parts[len(parts)-1].end]
	if year == 0 && len(parts) > 1 {
		if year = yearOf(parts[len(parts)-1].low); year != 0 {
			raw = strings.TrimRight(text[parts[0].start:parts[len(parts)-2].end], "/.-_ ")
		}
	} else if len(parts) > 1 && yearOf(parts[len(parts)-1].low) == year { // "11/PER/2007 Tahun 2007"
		raw = strings.TrimRight(text[parts[0].start:parts[len(parts)-2].end], "/.-_ ")
	}
	if year == 0 && !called {
		return numbering{}, i, false
	}
	number, code := plainNumber(raw, kind)
	return numbering{number, year, code}, next, number != ""
}

// unlike writes the letters that stand for digits between "Nomor" and "Tahun".
var unlike = strings.NewReplacer("t", "7", "s", "5", "b", "8", "z", "2", "g", "6")

// flattened reads a number whose slashes an address has lost:
// "26permkominfo52007" of 26/PER/M.KOMINFO/5/2007.
func flattened(s string) (numbering, bool) {
	letters := strings.TrimLeft(s, "0123456789")
	year := yearOf(s[max(0, len(s)-4):])
	if !strings.HasPrefix(letters, "per") || len(letters) == len(s) || year == 0 {
		return numbering{}, false
	}
	number, ok := readDigits(s[:len(s)-len(letters)])
	return numbering{number: number, year: year}, ok
}

// numberEnd finds where the words of a number end.
func numberEnd(text string, words []word, i int, called bool) int {
	end := i
	for end < len(words) && end-i < 12 && !endsNumber(words[end].low) {
		if end > i {
			gap := text[words[end-1].end:words[end].start]
			code := end == i+1 && called && !strings.ContainsAny(words[i].low, "0123456789") && len(words[i].low) <= 4
			if strings.Trim(gap, "/.-_–") != "" && !isSlash(gap) && !(code && strings.Trim(gap, "./- ") == "") {
				break
			}
		}
		end++
	}
	if end == i {
		return i
	}
	for _, w := range words[i:end] {
		if _, ok := readDigits(w.low); ok {
			return end
		}
	}
	return i
}

func isSlash(gap string) bool { return strings.TrimSpace(gap) == "/" && len(gap) <= 3 }

func endsNumber(low string) bool {
	switch low {
	case "tahun", "th", "thn", "tentang", "pasal", "ayat", "lampiran", "pdf", "html", "htm", "docx", "doc", "md", "txt":
		return true
	}
	return false
}

// yearAt reads "Tahun 2020" behind a number.
func yearAt(text string, words []word, i int) (year, next int) {
	if i >= len(words) {
		return 0, i
	}
	switch words[i].low {
	case "tahun", "th", "thn":
		if i+1 < len(words) && len(text[words[i].end:words[i+1].start]) < 12 {
			if year := yearOf(words[i+1].low); year != 0 {
				return year, i + 2
			}
		}
	}
	return 0, i
}

// yearOf reads a year from 1945 on, in spite of letters that a scanner reads
// for digits ("2OO8").
func yearOf(s string) int {
	if len(s) != 4 {
		return 0
	}
	digits, ok := readDigits(s)
	if !ok {
		return 0
	}
	if y, err := strconv.Atoi(digits); err == nil && y >= 1945 && y < 2100 {
		return y
	}
	return 0
}

// readDigits reads a number without leading zeros. Letters that look like
// digits are read as such beside real digits; "I" and "l" also alone.
func readDigits(s string) (string, bool) {
	out := make([]byte, 0, len(s))
	real := false
	for i := range len(s) {
		c := s[i]
		switch {
		case isDigit(c):
			real = true
		case c == 'o' || c == 'O':
			c = '0'
		case c == 'i' || c == 'I' || c == 'l' || c == 'L' || c == '|' || c == '!':
			c = '1'
		default:
			return "", false
		}
		out = append(out, c)
	}
	if len(out) == 0 || !real && !(len(out) == 1 && out[0] == '1') {
		return "", false
	}
	n := strings.TrimLeft(string(out), "0")
	if n == "" {
		n = "0"
	}
	return n, true
}

// plainNumber is the number without codes and leading zeros: "26" of
// "26/PER/M.KOMINFO/5", "21" of "KM. 21", "16/3" of a Bank Indonesia number
// "16/3/PBI". A number that is all code stays whole.
func plainNumber(raw, kind string) (string, []string) {
	var code []string
	for _, w := range wordsOf(raw) {
		if !strings.ContainsAny(w.low, "0123456789") {
			code = append(code, w.low)
		}
	}
	parts := strings.Split(raw, "/")
	first := strings.Trim(parts[0], " .-_")
	if n, ok := readDigits(first); ok {
		if (kind == "PBI" || kind == "PADG" || kind == "SEBI") && len(parts) > 1 {
			if second, ok := readDigits(strings.TrimSpace(parts[1])); ok {
				n += "/" + second
			}
		}
		return n, code
	}
	if n, ok := readDigits(strings.TrimRight(first, "abcABC")); ok && len(first) > 1 { // "5A"
		return n + strings.ToUpper(first[len(first)-1:]), code
	}
	words := wordsOf(first)
	digits := 0
	last := ""
	for _, w := range words {
		if n, ok := readDigits(w.low); ok {
			digits++
			last = n
		}
	}
	if digits == 1 && len(words) > 0 && last != "" && isDigit(first[len(first)-1]) && len(words) <= 4 {
		return last, code
	}
	return strings.ToUpper(strings.Join(strings.Fields(raw), " ")), code
}
