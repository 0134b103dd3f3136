package law

import (
	"regexp"
	"slices"
	"strings"
)

// vocabulary counts the words of both versions.
func vocabulary(list ...*Regulation) map[string]int {
	known := make(map[string]int)
	for _, r := range list {
		for n := range r.All {
			for _, w := range strings.Fields(n.Text) {
				known[comparable(w)]++
			}
		}
	}
	return known
}

// noise reports whether two wordings differ only as two scans of one page do: in
// words that a letter or two was misread in, of which one is written so
// nowhere else. Between clean texts every word counts.
func (c *comparison) noise(a, b string) bool {
	if !c.scanned {
		return false
	}
	for _, w := range wordings(mend(a), mend(b)) {
		x, y := comparable(w.Before), comparable(w.After)
		if x == y {
			continue
		}
		if strings.ContainsAny(w.Before+w.After, "0123456789%") && digitsOf(w.Before) != digitsOf(w.After) {
			return false
		}
		if !misreading(x, y) || numeralIn(w.Before) || numeralIn(w.After) {
			return false
		}
		few, many := c.rarity(w.Before), c.rarity(w.After)
		if few > many {
			few, many = many, few
		}
		if few > max(1, many/4) {
			return false
		}
	}
	return true
}

// misreading reports whether two runs of words are as near as two readings of
// one print: a letter or two, three in long ones.
func misreading(x, y string) bool {
	short := min(len(x), len(y))
	if short < 4 || max(len(x), len(y))-short > 2 {
		return false
	}
	limit := 2
	if short == 4 {
		limit = 1
	}
	return apart(x, y) <= limit
}

// numeralIn reports whether a run has the word of a number.
func numeralIn(s string) bool {
	for _, w := range strings.Fields(strings.ToLower(s)) {
		if _, ok := digitWords[strings.Trim(w, "().,;:")]; ok {
			return true
		}
	}
	return false
}

// rarity is how often the rarest word of a run stands in the two versions.
func (c *comparison) rarity(s string) int {
	least := 1 << 30
	for _, w := range strings.Fields(s) {
		least = min(least, c.known[comparable(w)])
	}
	return least
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// maxTable bounds the table of a word by word comparison.
const maxTable = 4 << 20

// wordings lists the runs of words that differ, in order.
func wordings(before, after string) []Wording {
	x, y := strings.Fields(before), strings.Fields(after)
	kx, ky := keys(x), keys(y)
	start := 0
	for start < len(x) && start < len(y) && kx[start] == ky[start] {
		start++
	}
	endX, endY := len(x), len(y)
	for endX > start && endY > start && kx[endX-1] == ky[endY-1] {
		endX, endY = endX-1, endY-1
	}
	if start == endX && start == endY {
		return nil
	}
	if (endX-start)*(endY-start) > maxTable {
		return []Wording{{strings.Join(x[start:endX], " "), strings.Join(y[start:endY], " ")}}
	}
	return runs(x[start:endX], y[start:endY], kx[start:endX], ky[start:endY])
}

func keys(words []string) []string {
	list := make([]string, len(words))
	for i, w := range words {
		if list[i] = comparable(w); list[i] == "" {
			list[i] = w
		}
	}
	return list
}

// runs finds the differing runs by the longest common sequence.
func runs(x, y, kx, ky []string) []Wording {
	rows := make([][]int32, len(x)+1)
	for i := range rows {
		rows[i] = make([]int32, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if kx[i] == ky[j] {
				rows[i][j] = rows[i+1][j+1] + 1
			} else {
				rows[i][j] = max(rows[i+1][j], rows[i][j+1])
			}
		}
	}
	var list []Wording
	i, j := 0, 0
	fromX, fromY := 0, 0
	flush := func() {
		if i > fromX || j > fromY {
			w := Wording{strings.Join(x[fromX:i], " "), strings.Join(y[fromY:j], " ")}
			if comparable(w.Before) != comparable(w.After) { // words that were joined or parted are the same
				list = append(list, w)
			}
		}
	}
	for i < len(x) && j < len(y) {
		switch {
		case kx[i] == ky[j]:
			flush()
			i, j = i+1, j+1
			fromX, fromY = i, j
		case rows[i+1][j] >= rows[i][j+1]:
			i++
		default:
			j++
		}
	}
	i, j = len(x), len(y)
	flush()
	return list
}

// A figure is given with the words that repeat it, so that a reader sees both.
var figures = []struct {
	kind string
	re   *regexp.Regexp
}{
	{"amount", regexp.MustCompile(`Rp\.?\s?[\d.,]*\d(?:\s*\([^)]{3,120}\))?`)},
	{"percentage", regexp.MustCompile(`\d+(?:[.,]\d+)?\s?%(?:\s*\([^)]{3,60}\))?`)},
	{"period", regexp.MustCompile(`\d{1,4}\s*(?:\([^)]{2,40}\)\s*)?(?:x 24 [^a-z]*jam|hari kerja|hari kalender|hari|minggu|bulan|tahun|jam)\b`)},
	{"date", regexp.MustCompile(`\d{1,2} (?:Januari|Februari|Pebruari|Maret|April|Mei|Juni|Juli|Agustus|September|Oktober|November|Nopember|Desember) \d{4}`)},
	{"sanction", regexp.MustCompile(`(?i)\b(?:pidana penjara|pidana kurungan|pidana|denda|penjara|kurungan|pencabutan (?:izin|tanda daftar)|teguran tertulis|penghentian sementara|pemutusan akses|sanksi administratif|sanksi|dibekukan|pembekuan)\b`)},
	{"duty", regexp.MustCompile(`(?i)\b(?:tidak wajib|tidak dapat|tidak boleh|wajib|harus|dilarang|dapat|berhak|tidak|kecuali)\b`)},
}

// facts names the figures and words of weight that one text has and the other
// has not, paired in order.
func facts(before, after string) []Fact {
	var list []Fact
	for _, f := range figures {
		if before == "" && (f.kind == "duty" || f.kind == "sanction") {
			continue
		}
		x, y := f.re.FindAllString(before, 60), f.re.FindAllString(after, 60)
		x, y = without(x, y), without(y, x)
		for i := range max(len(x), len(y)) {
			fact := Fact{Kind: f.kind}
			if i < len(x) {
				fact.Before = fold(x[i])
			}
			if i < len(y) {
				fact.After = fold(y[i])
			}
			list = append(list, fact)
		}
	}
	return list
}

// without lists what stands more often in a list than in another.
func without(list, other []string) []string {
	count := make(map[string]int)
	for _, s := range other {
		count[comparable(s)]++
	}
	var rest []string
	for _, s := range list {
		if count[comparable(s)] > 0 {
			count[comparable(s)]--
			continue
		}
		rest = append(rest, s)
	}
	return rest
}

var numberAndWords = regexp.MustCompile(`(?:Rp\.?\s?)?(\d[\d.]*)(?:,\d\d)?%?\s*\(([a-z -]{3,120})\)`)

// disagreements lists the numbers of a text whose words say another number.
func disagreements(text string) []string {
	var list []string
	for _, m := range numberAndWords.FindAllStringSubmatch(text, 100) {
		words, ok := numberWords(m[2])
		digits := strings.TrimLeft(strings.ReplaceAll(m[1], ".", ""), "0")
		if !ok || len(digits) > 15 {
			continue
		}
		n := 0
		for _, c := range digits {
			n = 10*n + int(c-'0')
		}
		if n != words && !slices.Contains(list, m[0]) {
			list = append(list, m[0])
		}
	}
	return list
}
