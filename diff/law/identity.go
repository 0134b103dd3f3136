package law

import (
	"strconv"
	"strings"
)

// Identity is what makes two texts the same regulation, whichever site shows
// them and however it writes the name. It is comparable.
type Identity struct {
	Type   string `json:"type"`             // short name: "UU", "PERMENKOMINFO", "POJK"; of an office without a short name "PERMEN", "PERDA", ...
	Issuer string `json:"issuer,omitempty"` // "Presiden", "Menteri Komunikasi dan Informatika", "Otoritas Jasa Keuangan"
	Number string `json:"number,omitempty"` // without leading zeros and codes: "5", "26", "16/3"; "" of most drafts
	Year   int    `json:"year,omitempty"`
	Draft  bool   `json:"draft,omitempty"` // a rancangan: never the regulation it may become
}

// Mention is a regulation named in a text.
type Mention struct {
	Identity
	At Span
}

// Identify reads the first regulation that a text names: a title, a citation,
// a file name or an address. It is false where the text names none with its
// number and year; a draft needs neither.
func Identify(text string) (Identity, bool) {
	words := wordsOf(text)
	for i := range words {
		if id, _, ok := identityAt(text, words, i); ok {
			return id, true
		}
	}
	return Identity{}, false
}

// Mentions lists the regulations that a text names with number and year, in
// order.
func Mentions(text string) []Mention {
	words := wordsOf(text)
	var found []Mention
	for i := 0; i < len(words); i++ {
		id, next, ok := identityAt(text, words, i)
		if !ok || id.Number == "" {
			continue
		}
		found = append(found, Mention{id, Span{words[i].start, words[next-1].end}})
		i = next - 1
	}
	return found
}

// Key is a name for storage and addresses: "permenkominfo-5-2020".
func (id Identity) Key() string {
	parts := []string{strings.ToLower(id.Type)}
	if id.Draft {
		parts[0] = "rancangan-" + parts[0]
	}
	if !id.known() && id.Issuer != "" {
		parts = append(parts, slug(id.Issuer))
	}
	if id.Number != "" {
		parts = append(parts, slug(id.Number))
	}
	if id.Year != 0 {
		parts = append(parts, strconv.Itoa(id.Year))
	}
	return strings.Join(parts, "-")
}

// Same reports whether two identities name one regulation. An issuer that only
// one of them gives does not tell them apart.
func (id Identity) Same(other Identity) bool {
	if id.Type != other.Type || id.Number != other.Number || id.Year != other.Year || id.Draft != other.Draft || id.Number == "" {
		return false
	}
	return id.known() || id.Issuer == "" || other.Issuer == "" || plainName(id.Issuer) == plainName(other.Issuer)
}

// known reports whether the type alone names the issuer.
func (id Identity) known() bool {
	for _, f := range forms {
		if f.short == id.Type {
			return true
		}
	}
	for _, o := range offices {
		if o.short == id.Type {
			return false
		}
	}
	return !strings.HasPrefix(id.Type, "PERBADAN") && id.Type != ""
}

// String is the short written form: "Permenkominfo 5/2020", "UU 11/2008".
func (id Identity) String() string {
	name := id.Type
	if len(name) > 5 && !strings.HasSuffix(name, "OJK") {
		name = name[:1] + strings.ToLower(name[1:])
	}
	if !id.known() && id.Issuer != "" {
		name = strings.TrimSuffix(name, "menteri") + " " + strings.TrimPrefix(id.Issuer, "Menteri ")
	}
	if id.Draft {
		name = "Rancangan " + name
	}
	if id.Number != "" {
		name += " " + id.Number
	}
	if id.Year != 0 {
		name += "/" + strconv.Itoa(id.Year)
	}
	return name
}

// word is a run of letters and digits.
type word struct {
	low        string
	start, end int
}

// wordsOf cuts a text into words. Digits after two or more letters are a word
// of their own ("PP71").
func wordsOf(text string) []word {
	var words []word
	for i := 0; i < len(text); {
		if !isAlnum(rune(text[i])) {
			i++
			continue
		}
		start, letters := i, 0
		for i < len(text) && isAlnum(rune(text[i])) {
			if isDigit(text[i]) && letters == i-start && letters >= 2 && i > start {
				break
			}
			if !isDigit(text[i]) {
				letters++
			}
			i++
		}
		low := strings.ToLower(text[start:i])
		if at := len(low) - len("nomor"); at > 3 && strings.HasSuffix(low, "nomor") { // "InformatikaNomor"
			words = append(words, word{low[:at], start, start + at})
			low, start = low[at:], start+at
		}
		words = append(words, word{low, start, i})
	}
	return words
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// identityAt reads the regulation whose name begins at a word.
func identityAt(text string, words []word, i int) (Identity, int, bool) {
	id, next, ok := typeAt(text, words, i)
	if !ok {
		return Identity{}, i, false
	}
	next = skipAside(text, words, next)
	number, next, numbered := numberAt(text, words, next, id.Type)
	id.Number, id.Year = number.number, number.year
	if m := slashRead.FindStringSubmatch(afterNomor(text, words, next, id.Type)); m != nil && (!numbered || number.number == "0" || number.year == 0 || !isNumber(number.number)) {
		number, numbered = numbering{number: strings.TrimLeft(m[1], "0"), year: yearOf(m[3])}, true
	}
	if agency, found := agencyIn(number.code); found && id.Issuer == "" {
		id.Issuer, id.Type = "Menteri "+agency.name, id.Type+agency.short
	}
	if id.Type == "UUD" {
		return id, next, false
	}
	return id, next, numbered && id.Year != 0 || id.Draft
}

// afterNomor is a little of the text behind "Nomor", of a ministry whose numbers
// have so many slashes that a scanner rarely keeps them.
func afterNomor(text string, words []word, next int, kind string) string {
	if kind != "PERMENKOMINFO" || next == 0 || next > len(words) {
		return ""
	}
	near := text[max(0, words[next-1].start-40):min(len(text), words[next-1].end+50)]
	at := strings.LastIndex(strings.ToLower(near), "nomor")
	if at < 0 {
		return ""
	}
	return strings.TrimLeft(near[at+len("nomor"):], "r: ")
}

// typeAt reads type and issuer.
func typeAt(text string, words []word, i int) (Identity, int, bool) {
	draft := false
	switch low := words[i].low; {
	case low == "rancangan" && i+1 < len(words):
		draft = true
		i++
	case drafts[low] != "":
		return draftAt(text, words, i)
	}
	if row, next, ok := longest(text, words, i, formNames); ok {
		return Identity{Type: forms[row].short, Issuer: forms[row].issuer, Draft: draft}, next, true
	}
	if row, next, ok := longest(text, words, i, officeNames); ok {
		id, next := officeAt(text, words, i, next, offices[row])
		id.Draft = draft
		return id, next, true
	}
	id, next, ok := gluedAt(text, words, i)
	id.Draft = draft
	return id, next, ok
}

// draftAt reads a draft by its short name: "RPM Komdigi", "RUU", "ROJK".
func draftAt(text string, words []word, i int) (Identity, int, bool) {
	kind := drafts[words[i].low]
	for _, o := range offices {
		if o.short == kind {
			id, next := officeAt(text, words, i, i+1, o)
			id.Draft = true
			return id, next, true
		}
	}
	for _, f := range forms {
		if f.short == kind {
			return Identity{Type: f.short, Issuer: f.issuer, Draft: true}, i + 1, true
		}
	}
	return Identity{}, i, false
}

// longest finds the longest name of an index that begins at a word.
func longest(text string, words []word, i int, index map[string]int) (row, next int, ok bool) {
	var name []byte
	for j := i; j < len(words) && j < i+8; j++ {
		if j > i {
			if !joined(text, words[j-1], words[j]) {
				break
			}
			name = append(name, ' ')
		}
		name = append(name, words[j].low...)
		if r, found := index[string(name)]; found {
			row, next, ok = r, j+1, true
		}
	}
	return row, next, ok
}

// joined reports whether two words can belong to one name. A scanner reads a
// point for the hyphen of a doubled word.
func joined(text string, a, b word) bool {
	gap := text[a.end:b.start]
	return strings.Trim(gap, " \t\r\n-_–‐\u00a0") == "" || gap == "." && a.low == b.low
}

// maxOffice bounds how many words the name of an office has.
const maxOffice = 16

// officeAt reads the words that name the office, up to the number or subject.
func officeAt(text string, words []word, start, i int, o office) (Identity, int) {
	first := i
	if o.issuer == "" && i-start > 1 { // "peraturan badan ...": the office's own name begins with the last word
		first = i - 1
	}
	if o.short == "SE" {
		first = i
	}
	end := i
	for end < len(words) && end-i < maxOffice && !endsOffice(words[end].low) {
		if end > i && breaks(text[words[end-1].end:words[end].start]) {
			break
		}
		end++
	}
	for end > i && (words[end-1].low == "indonesia" || words[end-1].low == "republik" || words[end-1].low == "ri") && !o.place {
		if words[end-1].low == "indonesia" && (end-2 < i || words[end-2].low != "republik") {
			break
		}
		end--
	}
	next := end
	for next < len(words) && (words[next].low == "republik" || words[next].low == "indonesia" || words[next].low == "ri") {
		next++
	}
	return named(text, words[first:end], o), next
}

// named makes an identity of an office's own words.
func named(text string, words []word, o office) Identity {
	if len(words) == 0 {
		return Identity{Type: o.short}
	}
	name := text[words[0].start:words[len(words)-1].end]
	if row, found := agencyNamed(plainName(name)); found && !o.place {
		a := agencies[row]
		if o.short == "PERMEN" && a.short == "KEU" {
			return Identity{Type: "PMK", Issuer: "Menteri Keuangan"}
		}
		return Identity{Type: o.short + a.short, Issuer: strings.TrimSpace(o.issuer + " " + a.name)}
	}
	short := o.short
	if short == "PER" || short == "KEP" {
		short += strings.ToUpper(words[0].low)
	}
	return Identity{Type: short, Issuer: strings.TrimSpace(o.issuer + " " + titled(name))}
}

// agencyNamed finds an agency by its name, in spite of two letters that were
// misread or mistyped.
func agencyNamed(plain string) (int, bool) {
	if row, found := agencyNames[plain]; found {
		return row, true
	}
	if len(plain) < 12 {
		return 0, false
	}
	for name, row := range agencyNames {
		if d := len(name) - len(plain); len(name) >= 12 && d >= -2 && d <= 2 && apart(name, plain) <= 2 {
			return row, true
		}
	}
	return 0, false
}

// apart counts the letters that two words differ in; three and more are three.
func apart(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal, least := row[0], i+1
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
			least = min(least, row[j+1])
		}
		if least > 2 {
			return 3
		}
	}
	return row[len(b)]
}

// titled writes a name that may stand in capitals as a name is written.
func titled(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		low := strings.ToLower(w)
		switch {
		case low == "dan" || low == "atau" || low == "bidang":
			words[i] = low
		case len(w) <= 3 && w == strings.ToUpper(w) && len(words) > 1 && i > 0:
		case low != "":
			words[i] = strings.ToUpper(low[:1]) + low[1:]
		}
	}
	return strings.Join(words, " ")
}

func endsOffice(low string) bool {
	switch low {
	case "nomor", "no", "nomer", "number", "tahun", "th", "thn", "tentang", "ini", "itu", "yang", "mengenai", "sebagaimana",
		"dapat", "wajib", "tersebut", "dimaksud", "untuk", "sesuai", "dengan", "atau", "menetapkan", "adalah":
		return true
	}
	return isDigit(low[0]) || strings.HasPrefix(low, "nomor")
}

// breaks reports whether what stands between two words ends a name.
func breaks(gap string) bool {
	return strings.ContainsAny(gap, ";:.()\"") || strings.Count(gap, "\n") > 1
}

// gluedAt reads short names in one word or with an acronym behind it:
// "Permenkominfo", "Peraturan BSSN", "PerBSSN", "Kepmen ESDM".
func gluedAt(text string, words []word, i int) (Identity, int, bool) {
	low := words[i].low
	if (low == "peraturan" || low == "per") && i+1 < len(words) && joined(text, words[i], words[i+1]) {
		if a, ok := agencyIn([]string{words[i+1].low}); ok {
			return agencyRule("PER", "", a), i + 2, true
		}
	}
	for _, o := range offices {
		if !o.glued {
			continue
		}
		for _, name := range o.names {
			if rest, ok := strings.CutPrefix(low, name); ok && rest != "" && !strings.Contains(name, " ") {
				if a, ok := agencyIn([]string{rest}); ok {
					return agencyRule(o.short, o.issuer, a), i + 1, true
				}
			}
		}
	}
	if rest, ok := strings.CutPrefix(low, "per"); ok {
		if a, ok := agencyIn([]string{rest}); ok && strings.Contains(a.name, " ") && len(a.short) > 3 {
			return agencyRule("PER", "", a), i + 1, true
		}
	}
	return Identity{}, i, false
}

func agencyRule(short, issuer string, a agency) Identity {
	return Identity{Type: short + a.short, Issuer: strings.TrimSpace(issuer + " " + a.name)}
}

// agencyIn finds an agency among short names.
func agencyIn(names []string) (agency, bool) {
	for _, name := range names {
		if row, ok := agencyNames[name]; ok {
			return agencies[row], true
		}
	}
	return agency{}, false
}

// skipAside steps over an abbreviation in brackets ("Undang-undang (UU)") and
// over the state.
func skipAside(text string, words []word, i int) int {
	for i < len(words) {
		gap := ""
		if i > 0 {
			gap = text[words[i-1].end:words[i].start]
		}
		switch {
		case words[i].low == "republik" || words[i].low == "indonesia" || words[i].low == "ri":
			i++
		case words[i].low == "indonesi" && i+1 < len(words) && words[i+1].low == "a": // scanned
			i += 2
		case strings.Contains(gap, "(") && !strings.Contains(gap, ")") && strings.IndexByte(text[words[i].end:], ')') == 0:
			i++
		default:
			return i
		}
	}
	return i
}

func slug(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !isAlnum(r) }), "-")
}
