package topic

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"

	"pantau/diff"
	"pantau/internal/stem"
)

// Kinds of reasons of a change of text, the weightiest first.
const (
	Prohibition = "negation" // tidak, kecuali, except: what turns a rule round
	Duty        = "duty"     // wajib, dilarang, shall: what binds
	Penalty     = "sanction" // denda, pidana, blokir, fine
	State       = "status"   // dicabut, berlaku, draft, suspended
	Deadline    = "deadline" // paling lambat, 30 hari, no later than
	Amount      = "amount"   // Rp12.500, 5%
	Date        = "date"     // 17 Maret 2025
	Document    = "document" // the target of a link to a document
	Link        = "link"     // that of another link
	Number      = "number"   // any other
	Place       = "order"    // a passage stands elsewhere
	Plain       = "wording"  // any other word
	Cosmetic    = "cosmetic" // only punctuation or letter case
)

// order is that of the kinds in a reading.
func order() []string {
	return []string{Prohibition, Duty, Penalty, State, Deadline, Amount, Date, Document, Link, Number, Place, Plain, Cosmetic}
}

// Reading is what decides how much a change of text weighs.
type Reading struct {
	Severity diff.Severity
	Reasons  []diff.Reason // the weightiest kind first
}

// Read weighs changed passages: a notice, unless none differs in more than
// punctuation and letter case.
func Read(hunks []diff.Hunk) Reading {
	found, seen := map[string][]string{}, map[string]bool{}
	note := func(kind, key, text string) {
		if _, ok := found[kind]; !ok {
			found[kind] = nil
		}
		if key != "" && !seen[kind+" "+key] {
			seen[kind+" "+key] = true
			found[kind] = append(found[kind], text)
		}
	}
	for _, h := range hunks {
		if h.Op == diff.OpMoved {
			note(Place, "", "")
			continue
		}
		x, y := words(h.Before), words(h.After)
		gone, come := difference(x, y)
		for _, g := range gone {
			kind, from, to := weigh(x, g)
			text := h.Before[x[from].from:x[to].to]
			note(kind, folded(text), text)
		}
		for _, g := range come {
			kind, from, to := weigh(y, g)
			text := h.After[y[from].from:y[to].to]
			note(kind, folded(text), text)
		}
	}
	return reading(found)
}

func reading(found map[string][]string) Reading {
	r := Reading{Severity: diff.Info}
	for _, kind := range order() {
		list, ok := found[kind]
		if !ok || kind == Plain && len(found) > 1 { // any other reason says more
			continue
		}
		if kind == Plain {
			list = nil
		}
		r.Severity = diff.Notice
		r.Reasons = append(r.Reasons, diff.Reason{Kind: kind, Words: list})
	}
	if r.Reasons == nil {
		r.Reasons = []diff.Reason{{Kind: Cosmetic}}
	}
	return r
}

// token is a word or figure of a text, at text[from:to], and as it is compared.
type token struct {
	from, to int
	key      string
}

// dress is the punctuation that does not make another wording.
const dress = `.,;:!?'"()[]{}-–—…“”‘’«»•·*`

// words are the words and figures of a text in folded case, without the
// punctuation that only dresses it. A mark between two digits belongs to the
// figure: 1.500 is not 1500, and 1,5 is not 15. A link target is one word.
func words(s string) []token {
	var out []token
	begin := -1 // of the token that has begun
	end := func(at int) {
		if begin >= 0 {
			out = append(out, token{begin, at, folded(s[begin:at])})
			begin = -1
		}
	}
	link := 0 // the end of the link target that is being read
	for i, r := range s {
		if i < link {
			continue
		}
		if r == '<' {
			if n := target.FindStringIndex(s[i:]); n != nil && n[0] == 0 {
				end(i)
				out = append(out, token{i, i + n[1], s[i : i+n[1]]})
				link = i + n[1]
				continue
			}
		}
		switch {
		case (r == '.' || r == ',' || r == ':') && digit(s, i-1) && digit(s, i+1):
		case r == '-' && begin >= 0 && inDate(s, begin, i):
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

// numericDate is a date of digits and hyphens.
var numericDate = regexp.MustCompile(`^(?:\d{1,2}-\d{1,2}-\d{4}|\d{4}-\d{2}-\d{2})`)

// inDate tells whether the hyphen at i belongs to a date that begins before it.
func inDate(s string, begin, i int) bool {
	m := numericDate.FindString(s[begin:min(len(s), begin+10)])
	return begin+len(m) > i
}

// folded is the word without its letter case. Most words are ASCII.
func folded(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return cases.Fold().String(s)
		}
	}
	return strings.ToLower(s)
}

// same counts the words that two texts begin and end with alike.
func same(x, y []token) (head, tail int) {
	for head < len(x) && head < len(y) && x[head].key == y[head].key {
		head++
	}
	for tail < len(x)-head && tail < len(y)-head && x[len(x)-1-tail].key == y[len(y)-1-tail].key {
		tail++
	}
	return head, tail
}

// difference gives the places of the tokens that one side has more of than the
// other, between what both begin and end with. Where both have the same ones in
// another order all are given: another order of words is another sentence.
func difference(x, y []token) (gone, come []int) {
	head, tail := same(x, y)
	a, b := x[head:len(x)-tail], y[head:len(y)-tail]
	gone, come = surplus(a, b, head), surplus(b, a, head)
	if len(gone)+len(come) == 0 {
		for i := range a {
			gone, come = append(gone, head+i), append(come, head+i)
		}
	}
	return gone, come
}

// surplus gives the places of the tokens of a that b does not have as often.
func surplus(a, b []token, first int) []int {
	left := map[string]int{}
	for _, t := range b {
		left[t.key]++
	}
	var out []int
	for i, t := range a {
		if left[t.key]--; left[t.key] < 0 {
			out = append(out, first+i)
		}
	}
	return out
}

// weigh tells what kind of thing the nth token is, and which tokens around it
// belong to it: "30 hari", "paling lambat", "17 Maret 2025".
func weigh(list []token, n int) (kind string, from, to int) {
	key := list[n].key
	at := func(i int) string {
		if i < 0 || i >= len(list) {
			return ""
		}
		return list[i].key
	}
	switch {
	case strings.HasPrefix(key, "<"):
		if diff.IsDocument(strings.Trim(key, "<>")) {
			return Document, n, n
		}
		return Link, n, n
	case strings.ContainsFunc(key, unicode.IsDigit):
		return figure(list, n, at)
	case term(key) && at(n-1) == "paling":
		return Deadline, n - 1, n
	case key == "paling" && term(at(n+1)):
		return Deadline, n, n + 1
	case month(list, n) && strings.ContainsFunc(at(n-1), unicode.IsDigit): // as its day is told, so that a date is one
		return figure(list, n-1, at)
	case month(list, n) && strings.ContainsFunc(at(n+1), unicode.IsDigit):
		return figure(list, n+1, at)
	case (span(key) || scale(key)) && strings.ContainsFunc(at(n-1), unicode.IsDigit):
		return figure(list, n-1, at)
	case money(key) && strings.ContainsFunc(at(n+1), unicode.IsDigit):
		return figure(list, n+1, at)
	}
	if kind := exact(key); kind != "" {
		return kind, n, n
	}
	if kind := stemmedKind(stem.Word(key)); kind != "" {
		return kind, n, n
	}
	return Plain, n, n
}

// figure tells what a token with digits is.
func figure(list []token, n int, at func(int) string) (string, int, int) {
	key := list[n].key
	first, last := grouped(n, at)
	beyond := n + 1
	// "30 (tiga puluh) hari": the number in words stands between.
	for beyond < len(list) && beyond < n+5 && spelled(at(beyond)) {
		beyond++
	}
	switch {
	case money(strings.TrimRight(key, "0123456789.,")) || strings.HasPrefix(key, "$") || strings.HasPrefix(key, "€") || strings.HasSuffix(key, "%"):
		return Amount, n, n
	case money(at(first - 1)):
		if scale(at(last + 1)) {
			last++
		}
		return Amount, first - 1, last
	case month(list, n+1):
		return Date, n, n + 1 + year(list, n+2)
	case month(list, n-1) && digit(at(n-2), 0) && year(list, n) == 1:
		return Date, n - 2, n
	case month(list, n-1):
		return Date, n - 1, n + year(list, n+1)
	case year(list, n) == 1 && month(list, n-2):
		return Date, n - 2, n
	case dated(key):
		return Date, n, n
	case scale(at(beyond)):
		return Amount, n, beyond
	case span(at(beyond)):
		return Deadline, n, beyond
	}
	return Number, n, n
}

// grouped gives the first and the last token of the figure that the nth is a part
// of: 26 232,00 is written with a blank between its thousands.
func grouped(n int, at func(int) string) (first, last int) {
	first, last = n, n
	for thousands.MatchString(at(first)) && leading.MatchString(at(first-1)) {
		first--
	}
	for leading.MatchString(at(last)) && thousands.MatchString(at(last+1)) {
		last++
	}
	return first, last
}

// The parts of a figure with blanks between its thousands.
var (
	leading   = regexp.MustCompile(`^\d{1,3}$`)
	thousands = regexp.MustCompile(`^\d{3}(?:[.,]\d+)?$`)
)

// dated tells whether a figure is a date: 17-03-2025, 17/3/2025, 2025-03-17.
func dated(s string) bool {
	p := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	return len(p) == 3 && (len(p[2]) == 4 || len(p[0]) == 4) && len(p[1]) <= 2 && len(s) <= 10 && strings.Trim(s, "0123456789-/.") == ""
}

func in(w, list string) bool { return w != "" && slices.Contains(strings.Fields(list), w) }

func money(w string) bool { return in(w, "rp idr usd eur sgd us$ rupiah dolar") }

func scale(w string) bool {
	return in(w, "persen percent rupiah ribu juta miliar milyar triliun thousand million billion trillion dolar dollars poin")
}

func span(w string) bool {
	return in(w, "detik menit jam hari minggu bulan tahun triwulan semester hour hours day days week weeks month months year years minutes")
}

func term(w string) bool {
	return in(w, "lambat lama sedikit banyak cepat singkat rendah tinggi kurang besar kecil")
}

func spelled(w string) bool {
	return in(w, `nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas puluh belas seratus ratus seribu sehari kerja kalender x
		one two three four five six seven eight nine ten fourteen fifteen twenty thirty sixty ninety hundred working business calendar kali`)
}

// month tells whether the nth word is a month. May is one before a year, or a
// day and a year.
func month(list []token, n int) bool {
	if n < 0 || n >= len(list) {
		return false
	}
	if list[n].key == "may" {
		return year(list, n+1) == 1 || year(list, n+2) == 1
	}
	return in(list[n].key, `januari februari pebruari maret april mei juni juli agustus september oktober november nopember desember
		january february march june july august october december jan feb mar apr jun jul agu agt aug sep sept okt oct nov nop des dec`)
}

// year is 1 where the nth word is a year, 0 else.
func year(list []token, n int) int {
	if n < 0 || n >= len(list) || len(list[n].key) != 4 || strings.Trim(list[n].key, "0123456789") != "" {
		return 0
	}
	return 1
}

// exact are the words that weigh in this form only: "laku" is nothing, and
// "seharusnya" is not "harus".
func exact(w string) string {
	switch {
	case in(w, "tidak bukan tanpa kecuali dikecualikan pengecualian belum jangan tak not no never without except unless exempt exempted neither nor cannot"):
		return Prohibition
	case in(w, "wajib harus keharusan boleh berhak dapat shall must may should required prohibited forbidden permitted entitled"):
		return Duty
	case in(w, "fine fines fined denda didenda prison imprisonment"):
		return Penalty
	case in(w, "diundangkan ditetapkan mengundangkan menetapkan diubah rancangan konsep final sementara aktif nonaktif ditutup dibuka buka tutup closed open expired effective draft active inactive cancelled ended"):
		return State
	case in(w, "tenggat deadline maksimal maksimum minimal minimum selambatnya until within"):
		return Deadline
	}
	return ""
}

// stemmedKind is the kind of a word in any of its forms.
func stemmedKind(s string) string {
	switch {
	case in(s, "wajib larang harus oblig prohibit requir mandatori"):
		return Duty
	case in(s, "sanksi pidana penjara kurung tegur blokir sita denda penalti penal sanction reprimand confisc langgar"):
		return Penalty
	case in(s, "cabut hapus henti beku batal berlaku ganti tunda revok repeal suspend amend supersed terminat abolish reinstat pulih"):
		return State
	}
	return ""
}
