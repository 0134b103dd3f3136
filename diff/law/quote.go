package law

import (
	"regexp"
	"strings"
)

// An amending regulation says what it does in the items of its Pasal I, and
// quotes the new wording behind each. An item is told from a numbered line of
// the quoted text by what it says: it names a unit and does something to it.
var (
	opensQuote = regexp.MustCompile(`(?i)(di ?ubah|berubah|di ?adakan perubahan|disempurnakan|dilakukan perubahan|ditambah|disisipkan|diganti)[^.;]{0,120}?(sebagai ?berikut|berbunyi|berikut ini|menjadi\s*:)\s*:?\s*(\d{1,2}\W{0,3})?$`)
	itemStart  = regexp.MustCompile(`^(?:Ketentuan|Di ?antara|Antara|Pasal|Ayat|Judul|BAB|Bab|Bagian|Paragraf|Mengubah|Merubah|Mengganti|Menambah|Menambahkan|Menyisipkan|Menghapus|Menghapuskan|Setelah|Sesudah|Sebelum|Penjelasan|Lampiran|Beberapa|Ditambah|Ditambahkan|Disisipkan|Frasa|Kata|Semua|Seluruh|Untuk|Dalam|Pada|Penyebutan|Sistematika|Angka|Huruf|Istilah|Substansi|Rumusan|Diubah|Menghilangkan|Penambahan|Perubahan|Penghapusan|Nomenklatur|Format|Tabel|Definisi|Butir)\b`)
	itemVerb   = regexp.MustCompile(`(?i)(di ?ubah|berubah|diganti|dihapus|dihilangkan|disisipkan|di ?tambah|ditambahkan|dicabut|disempurnakan|direvisi|mengubah|merubah|mengganti|menambah|menyisipkan|menghapus|dinyatakan tidak berlaku|dijadikan|menjadi|dibaca|perubahan)`)
	unitNamed  = regexp.MustCompile(`(?i)\b(pasal|ayat|huruf|angka|bab|bagian|paragraf|lampiran|penjelasan|judul|konsideran|kata|frasa|istilah|butir|ketentuan|nomenklatur|menimbang|mengingat|diktum|format|tabel|definisi)\b`)
	pasalNamed = regexp.MustCompile(`(?i)\bpasal\s+(\d{1,3}[A-Z]{0,2})\b`)
	itemNumber = regexp.MustCompile(`^\(?(\d{1,3}|[A-Z]|[IVX]+|[a-z])\s?[.)]?\s+`)
)

// instruction reports whether words change a unit of another regulation.
func instruction(s string) bool {
	s = s[:min(len(s), 1500)]
	if !itemStart.MatchString(s) || !unitNamed.MatchString(s) {
		return false
	}
	loc := itemVerb.FindStringIndex(s)
	if loc == nil {
		return false
	}
	if strings.Contains(s, "berbunyi") || strings.Contains(s, "sebagai berikut") || strings.Contains(s, "disisipkan") {
		return true
	}
	return len(s) < 400 && !strings.Contains(s[:loc[0]], "sebagaimana telah")
}

// quoteBegins begins to quote where a pasal announces new wording.
func (b *body) quoteBegins() {
	if b.own != nil || b.pasal == nil || b.at != b.pasal || !strings.Contains(tail(b.pasal.Text, 40), "erb") && !strings.HasSuffix(b.pasal.Text, ":") && !strings.Contains(tail(b.pasal.Text, 40), "berikut") || !opensQuote.MatchString(tail(b.pasal.Text, 400)) {
		return
	}
	b.quote()
}

func (b *body) quote() {
	b.own = b.pasal
	b.outer = [4]*Node{b.buku, b.bab, b.bagian, b.part}
}

// unquote ends quoting: the regulation speaks for itself again.
func (b *body) unquote() {
	if b.own == nil {
		return
	}
	b.own, b.item, b.lastItem, b.quotedTo = nil, nil, 0, ""
	b.buku, b.bab, b.bagian, b.part = b.outer[0], b.outer[1], b.outer[2], b.outer[3]
}

// itemAt opens an item of an amending pasal.
func (b *body) itemAt(p *piece) bool {
	if b.own == nil {
		return false
	}
	number, text := "", p.text
	if m := itemNumber.FindStringSubmatch(p.text); m != nil {
		number, text = m[1], strings.TrimSpace(p.text[len(m[0]):])
	}
	bracketed := strings.HasPrefix(p.text, "(")
	switch {
	case bracketed && !b.bracketed && b.itemFits("", text, p) && opensQuote.MatchString(tail(text, 400)):
		number = "" // the bracket was the ayat's before it: one site runs them together
	case bracketed && b.lastItem > 0 && !b.bracketed, !b.itemFits(number, text, p):
		return false
	default:
		b.bracketed = bracketed
	}
	read := number
	if !isNumber(number) {
		read = numberFor(digitPoint, b.lastItem+1)
	}
	if number != read {
		b.repair(p, number, read+".", "the item that comes in order")
	}
	b.lastItem = ordinal(digitPoint, read)
	b.pasal, b.ayat, b.lists, b.bab, b.bagian, b.part = nil, nil, nil, nil, nil, nil
	b.quotedTo = ""
	b.item = b.add(b.own, Angka, read+".", read, b.own.Path+"/angka-"+read, p)
	b.item.Quoted = false
	b.words(b.item, text, p.span)
	return true
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// itemFits reports whether a line is the next item.
func (b *body) itemFits(number, text string, p *piece) bool {
	if !instruction(text) {
		return false
	}
	if isNumber(number) {
		n := ordinal(digitPoint, number)
		return n > b.lastItem && n <= b.lastItem+6
	}
	if number != "" {
		_, ok := readAs(number, numberFor(digitPoint, b.lastItem+1))
		return ok && p.fresh
	}
	// Without a number only what says plainly that something is done, and not
	// while the item before is still speaking.
	return (b.lastItem > 0 || b.at == b.own) && p.fresh && b.sentenceOver() && (strings.Contains(text, "berbunyi") || strings.Contains(text, "disisipkan") || strings.HasSuffix(text, "dihapus."))
}

// announced lists the pasal that the open item speaks of.
func (b *body) announced() []string {
	var named []string
	for _, m := range pasalNamed.FindAllStringSubmatch(tail(b.holder().Text, 2000), 40) {
		n := strings.ToLower(m[1])
		if len(named) > 0 { // "Pasal 16A dan Pasal 168"
			before := named[len(named)-1]
			if next := b.follow(before)[1:]; lastLetter(before) && len(next) == 1 && !lastLetter(n) {
				if _, ok := readAs(n, next[0]); ok {
					n = next[0]
				}
			}
		}
		named = append(named, n)
	}
	return named
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }
