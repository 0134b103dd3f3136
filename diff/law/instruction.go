package law

import (
	"regexp"
	"strconv"
	"strings"
)

type class int

const (
	isUnit class = iota
	isVerb
	isRole
	isNamely
	isCount // "2 (dua)": of a token, the count
)

// role is what a group of units is named for.
type role int

const (
	ofText role = iota
	ofTitle
	ofExplanation
	ofPlace // di antara, setelah, sebelum
)

type token struct {
	class  class
	unit   step
	op     string
	active bool // the units stand behind the verb
	role   role
	count  int
}

// keeps is the verb of what stays as it is: "Pasal 5 tetap, dengan perubahan
// penjelasan".
const keeps = "keep"

var verbs = map[string]token{
	"tetap":  {op: keeps},
	"diubah": {op: amendOp}, "dirubah": {op: amendOp}, "berubah": {op: amendOp}, "diganti": {op: amendOp}, "disempurnakan": {op: amendOp},
	"direvisi": {op: amendOp}, "dibaca": {op: amendOp}, "digantikan": {op: amendOp}, "diperbaiki": {op: amendOp}, "diperbarui": {op: amendOp}, "disesuaikan": {op: amendOp},
	"mengubah": {op: amendOp, active: true}, "merubah": {op: amendOp, active: true}, "mengganti": {op: amendOp, active: true}, "perubahan": {op: amendOp, active: true},
	"dihapus": {op: deleteOp}, "dihapuskan": {op: deleteOp}, "dihilangkan": {op: deleteOp}, "ditiadakan": {op: deleteOp}, "dicabut": {op: deleteOp},
	"menghapus": {op: deleteOp, active: true}, "menghapuskan": {op: deleteOp, active: true}, "menghilangkan": {op: deleteOp, active: true},
	"disisipkan": {op: insertOp}, "disisipi": {op: insertOp}, "ditambah": {op: insertOp}, "ditambahkan": {op: insertOp}, "menambah": {op: insertOp, active: true},
	"menambahkan": {op: insertOp, active: true}, "menyisipkan": {op: insertOp, active: true}, "penambahan": {op: insertOp, active: true},
}

var roles = map[string]role{
	"ketentuan": ofText, "serta": ofText, "judul": ofTitle, "nomenklatur": ofTitle, "penjelasan": ofExplanation, "penjelasannya": ofExplanation,
	"antara": ofPlace, "diantara": ofPlace, "setelah": ofPlace, "sesudah": ofPlace, "sebelum": ofPlace,
}

var kindNames = map[string]Kind{
	"buku": Buku, "bab": Bab, "bagian": Bagian, "paragraf": Paragraf, "paragrap": Paragraf, "pasal": Pasal, "pasil": Pasal, "fasal": Pasal, "pasai": Pasal, "pasa1": Pasal,
	"ayat": Ayat, "ayal": Ayat, "ayai": Ayat, "huruf": Huruf, "hurup": Huruf, "angka": Angka, "butir": Angka, "lampiran": Lampiran,
}

// pieceOf cuts an instruction into words, numbers in brackets, and the marks
// that list things.
var pieceOf = regexp.MustCompile(`\(\s?[^\s(),;]{1,5}\s?\)?|[\p{L}\d][\p{L}\d-]*\)?|[,;]`)

var counted = regexp.MustCompile(`^\d{1,2} \([a-z]{3,}`)

// tokens reads the words of an instruction. What is neither unit, verb nor role
// says nothing about where the text is changed.
func tokens(text string) []token {
	pieces := pieceOf.FindAllString(text, -1)
	var list []token
	listed, ranged := false, false
	for i := 0; i < len(pieces); i++ {
		low := strings.ToLower(strings.Trim(pieces[i], "()- "))
		before := len(list)
		switch {
		case pieces[i] == "," || low == "dan" || low == "dar" || low == "atau" || low == "dan/atau":
			listed = true
			continue
		case low == "sampai" || low == "hingga" || low == "s":
			ranged = true
			continue
		case low == "yakni" || low == "yaitu" || low == "ialah":
			list = append(list, token{class: isNamely})
		case i+1 < len(pieces) && counted.MatchString(low+" "+pieces[i+1]):
			n, _ := strconv.Atoi(low)
			list = append(list, token{class: isCount, count: n})
		case low == "di" && i+1 < len(pieces) && verbs["di"+strings.ToLower(pieces[i+1])].op != "":
			continue // "di ubah"
		default:
			list, i = appendToken(list, pieces, i, low)
		}
		if n := len(list); n > before && list[n-1].class == isUnit {
			list[before].unit.listed, list[before].unit.ranged = listed, ranged
		}
		if len(list) > before || low != "dengan" {
			listed, ranged = false, false
		}
	}
	return list
}

func appendToken(list []token, pieces []string, i int, low string) ([]token, int) {
	if v, ok := verbs[low]; ok {
		v.class = isVerb
		return append(list, v), i
	}
	if v, ok := verbs["di"+low]; ok && i > 0 && strings.EqualFold(pieces[i-1], "di") {
		v.class = isVerb
		return append(list, v), i
	}
	if r, ok := roles[low]; ok {
		return append(list, token{class: isRole, role: r}), i
	}
	if k, ok := kindNames[low]; ok {
		if i+1 < len(pieces) {
			if n, ok := unitNumber(k, pieces[i+1]); ok {
				i++
				if (k == Pasal || k == Bagian) && i+1 < len(pieces) && len(pieces[i+1]) == 1 && pieces[i+1] >= "A" && pieces[i+1] <= "Z" { // "Pasal 18 A", "Bagian Kedua A"
					i++
					if k == Bagian {
						n += "-"
					}
					n += strings.ToLower(pieces[i])
				}
				return append(list, token{class: isUnit, unit: step{kind: k, number: n}}), i
			}
		}
		if k == Lampiran {
			return append(list, token{class: isUnit, unit: step{kind: k}}), i
		}
		return list, i
	}
	// "ayat (1), (2), dan (3)", "huruf a, b, dan c", "Pasal 5 dan 6"
	if n := len(list); n > 0 && list[n-1].class == isUnit && i > 0 && continues(pieces, i) {
		if number, ok := unitNumber(list[n-1].unit.kind, pieces[i]); ok {
			return append(list, token{class: isUnit, unit: step{kind: list[n-1].unit.kind, number: number}}), i
		}
	}
	return list, i
}

// continues reports whether a piece is the next number of a list: behind a
// comma or "dan", and not the count of "dan 2 (dua) ayat".
func continues(pieces []string, i int) bool {
	switch strings.ToLower(pieces[i-1]) {
	case ",", "dan", "atau":
	case "dengan":
		if i < 2 || !strings.EqualFold(pieces[i-2], "sampai") {
			return false
		}
	default:
		return false
	}
	if i+1 < len(pieces) && pieces[i][0] != '(' && strings.HasPrefix(pieces[i+1], "(") {
		return false
	}
	return true
}

var numberForms = map[Kind]*regexp.Regexp{
	Pasal:    regexp.MustCompile(`^\d{1,3}[a-z]{0,3}$`),
	Ayat:     regexp.MustCompile(`^\d{1,3}[a-z]{0,2}$`),
	Angka:    regexp.MustCompile(`^\d{1,3}[a-z]{0,2}$`),
	Huruf:    regexp.MustCompile(`^(?:[a-z]\d?|aa|bb|cc|dd|ee|ff|gg|hh|ii|jj|kk|ll|mm|nn|oo|pp)$`),
	Paragraf: regexp.MustCompile(`^(?:\d{1,2}[a-z]?|ke[a-z]{3,}[a-z ]*)$`),
	Buku:     regexp.MustCompile(`^(?:[ivxlc]+[a-z]?|ke[a-z]{3,})$`),
	Bab:      regexp.MustCompile(`^[ivxlc]+[a-e]?$`),
	Bagian:   regexp.MustCompile(`^(?:ke[a-z]{3,}|pertama|satu|\d{1,2}|[ivx]+)$`),
	Lampiran: regexp.MustCompile(`^(?:[ivxlc]+[a-z]?|\d{1,2}[a-z]?)$`),
}

// scanned letters that stand for digits.
var asDigits = strings.NewReplacer("o", "0", "l", "1", "i", "1")

// unitNumber reads the number of a unit of a kind, in spite of a scanner.
func unitNumber(k Kind, piece string) (string, bool) {
	open := strings.HasPrefix(piece, "(")
	closed := strings.HasSuffix(piece, ")")
	low := strings.ToLower(strings.Trim(piece, "() -"))
	if k == Ayat {
		low = ayatNumber(low, open, closed)
	}
	if k == Huruf && low == "1" {
		low = "l"
	}
	if k == Pasal || k == Angka {
		if fixed := asDigits.Replace(low); !numberForms[k].MatchString(low) || strings.ContainsAny(low[1:], "o") {
			low = fixed
		}
	}
	form := numberForms[k]
	return low, form != nil && low != "" && form.MatchString(low)
}

// ayatNumber repairs brackets that a scanner took for letters or digits: "(21",
// "(2al", "l2cl".
func ayatNumber(low string, open, closed bool) string {
	if !open && len(low) > 2 && low[0] == 'l' && strings.HasSuffix(low, "l") {
		return low[1 : len(low)-1]
	}
	if open && !closed && len(low) > 1 && strings.ContainsRune("l1i", rune(low[len(low)-1])) {
		low = low[:len(low)-1]
	}
	if low == "l" || low == "i" {
		return "1"
	}
	return low
}
