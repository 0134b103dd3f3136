package diff

import (
	"regexp"
	"slices"
	"strings"

	"pantau/internal/snapshot"
)

const (
	counted = `(?:(?:sudah|telah|total|jumlah|banyak)\s+)?(?:dilihat|dibaca|diakses|dikunjungi|diunduh|views?|viewed|page ?views?|hits?|visits?|visitors?|pengunjung|kunjungan|pembaca|reads?|downloads?|downloaded|unduhan|tayangan|dibagikan|disukai|suka|likes?|shares?|komentar|comments?|(?:user )?online)`
	period  = `(?:\s+(?:hari ini|kemarin|minggu ini|bulan ini|tahun ini|saat ini|online|today|yesterday|total|this (?:week|month|year)))?`
	amount  = `[0-9]{1,3}(?:[.,][0-9]{3})+|[0-9]+(?:[.,][0-9]+)?\s?(?:k|rb|jt)|[0-9]+`
	times   = `(?:\s*(?:x|kali|times|orang|users?))?`
	day     = `(?:(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun),?\s+)?`
	date    = `(?:[0-9]{1,2}\s+\pL+\s+[0-9]{4}|\pL+\s+[0-9]{1,2},\s+[0-9]{4}|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2})`
	seconds = `[0-9]{1,2}[:.][0-9]{2}[:.][0-9]{2}`
	minutes = `[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2})?(?:\s*[ap]m)?`
	zone    = `(?:\s*(?:wib|wita|wit|utc|gmt)(?:\s*[+-][0-9]{1,2})?)?`
	at      = `[\s,|-]*(?:pukul\s+|jam\s+|at\s+)?`
	now     = `(?:waktu (?:server|sekarang|saat ini)|jam server|server time|current time|hari ini|today(?: is)?|dicetak(?: pada)?|printed(?: on)?|diakses(?: pada)?|accessed(?: on)?|(?:halaman (?:ini )?)?(?:dimuat|ditampilkan)(?: pada)?|(?:page )?(?:generated|rendered|loaded)(?: on| at)?|refreshed(?: at)?)`
	handled = `(?:(?:last\s+)?(?:updated|modified|published|posted|edited)|(?:terakhir\s+)?(?:diperbarui|diperbaharui|diubah|dimuat|diterbitkan|dipublikasikan|diposting|diunggah))`
	one     = `(?:[0-9]+|an?|one|satu|beberapa|a few|(?:less than|about|over|sekitar|kurang dari|lebih dari)\s+(?:[0-9]+|an?|satu))`
	ago     = `(?:` + one + `\s+(?:second|minute|hour|day|week|month|year)s?\s+ago|(?:` + one + `\s+(?:detik|menit|jam|hari|minggu|bulan|tahun)|sedetik|semenit|sejam|sehari|seminggu|sebulan|setahun)\s+(?:yang\s+)?lalu)`
	lately  = `(?:baru saja|kemarin|just now|yesterday|moments? ago)`
	drawn   = `(?:(?:csrf |access |form )?token|nonce|(?:id|kode|nomor) (?:sesi|permintaan)|session(?: id)?|sesi|request id|ray id|trace id|correlation id|build(?: id)?)`
)

// Each pattern knows one kind of noise beyond doubt. Its groups are what is
// covered.
var (
	counterPart   = regexp.MustCompile(`^(?i)(?:(?:anda )?` + counted + period + times + `(?:\s+(?:sebanyak|ke))?\s*[:=#-]?\s*(` + amount + `)` + times + `|(` + amount + `)` + times + `\s+` + counted + period + `)\.?$`)
	agePart       = regexp.MustCompile(`^(?i)(?:` + handled + `\s*:?\s*)?(` + ago + `|` + lately + `)\.?$`)
	clockLine     = regexp.MustCompile(`^(?i)(?:(?:jam|waktu|time)\s*:\s*)?(?:` + day + date + `)?` + at + `(` + seconds + `)` + zone + `$`)
	nowLine       = regexp.MustCompile(`^(?i)` + now + `\s*[:=]?\s*(` + day + `(?:` + date + `(?:` + at + minutes + `)?|` + minutes + `)` + zone + `)\.?$`)
	tookPart      = regexp.MustCompile(`^(?i)(?:page |halaman (?:ini )?|this page )?(?:was )?(?:generated|rendered|loaded|dimuat|dibuat|ditampilkan|waktu muat|load time|execution time)(?: in| dalam| selama)?\s*:?\s*([0-9]+(?:[.,][0-9]+)?)\s*(?:s|ms|secs?|seconds?|detik|milidetik)\.?$`)
	copyrightYear = regexp.MustCompile(`^(?i).{0,30}(?:©|\(c\)|copyright|hak cipta)\s*(?:©|\(c\))?\s*([0-9]{4}(?:\s*[-–]\s*[0-9]{4})?)`)
	buildPart     = regexp.MustCompile(`^(?i)(?:versi|version|ver|v|build|release|rilis)\.?\s*([0-9]+(?:\.[0-9]+){2,}(?:[-+][0-9a-z.]+)?)$`)
	drawnPart     = regexp.MustCompile(`^(?i)` + drawn + `\s*[:=#]?\s*([0-9a-z_-]{8,})$`)
	ageWithin     = regexp.MustCompile(`(?i)` + ago)
	partBreak     = regexp.MustCompile(`\s*[|•·]\s*|\s+[-–—]\s+`)
)

// Most blocks are law: these bounds keep the patterns for the few that may be
// noise.
const (
	longestNoise = 160 // bytes of a block
	mostBlanks   = 12  // in a part: "jumlah page views hari ini orang : 1.234 kali"
	clockDigits  = 5   // least, of a time to the second
)

// plainNoise covers what is a counter or clock beyond doubt, without having
// been learned: "Dilihat 1.234 kali", "Diperbarui 3 hari yang lalu",
// "Senin, 23 November 2026 19:05:33 WIB", "© 2026". Rows of tables are left
// alone, they may be statistics, but for one that is a label and a counter; so
// is what the block before leads up to ("Batas waktu:"), and the last second of
// a day.
func plainNoise(b *snapshot.Block, introduced bool) (string, bool) {
	if b.Kind == snapshot.Row || introduced || len(b.Text) > longestNoise || len(b.Text) == 0 {
		return "", false
	}
	n, lower := digits(b.Text), strings.ToLower(b.Text)
	if n >= clockDigits && strings.Count(lower, ":")+strings.Count(lower, ".") >= 2 {
		if m := clockLine.FindStringSubmatch(b.Text); m != nil {
			t := strings.ReplaceAll(m[1], ".", ":")
			return placeholder(string(NoiseClock)), t != "23:59:59" && t != "24:00:00" && t != "00:00:00"
		}
	}
	if !suspect(lower, n) {
		return "", false
	}
	if stemmed(lower, yearStems) {
		if m := copyrightYear.FindStringSubmatchIndex(b.Text); m != nil {
			return b.Text[:m[2]] + placeholder(string(NoiseClock)) + b.Text[m[3]:], true
		}
	}
	var out strings.Builder
	from, found := 0, false
	for _, cut := range append(partBreaks(b.Text), []int{len(b.Text), len(b.Text)}) {
		part, ok := plainPart(b.Text[from:cut[0]])
		found = found || ok
		out.WriteString(part)
		out.WriteString(b.Text[cut[0]:cut[1]])
		from = cut[1]
	}
	return out.String(), found
}

// stems finds any of several words in a text in one pass over it: they lie by
// their first byte.
type stems [256][]string

func newStems(lists ...[]string) (s stems) {
	for _, list := range lists {
		for _, stem := range list {
			s[stem[0]] = append(s[stem[0]], stem)
		}
	}
	return s
}

func (s *stems) in(text string) bool {
	for i := range len(text) {
		for _, stem := range s[text[i]] {
			if i+1 < len(text) && stem[1] == text[i+1] && strings.HasPrefix(text[i:], stem) {
				return true
			}
		}
	}
	return false
}

// Nearly all text is law and has none of these words: it is not cut into parts,
// nor shown to the patterns. All but those of age cover a number.
var (
	wordsOfAge    = newStems(ageStems, nearStems)
	wordsOfNumber = func() stems {
		lists := [][]string{yearStems, ageStems}
		for _, p := range plainNoises {
			if p.pattern != buildPart { // known by its dots
				lists = append(lists, p.stems)
			}
		}
		return newStems(lists...)
	}()
)

// suspect tells whether a text, in lower case, with so many digits may fit one
// of the patterns at all.
func suspect(lower string, digits int) bool {
	if digits == 0 {
		return wordsOfAge.in(lower)
	}
	return strings.Count(lower, ".") >= 2 || wordsOfNumber.in(lower)
}

// countedRow covers the number in a row that is a label and a counter:
// "Dilihat | 1.234 kali".
func countedRow(b *snapshot.Block) ([]string, bool) {
	if b.Kind != snapshot.Row || len(b.Cells) != 2 || len(b.Cells[0])+len(b.Cells[1]) > longestNoise || len(b.Links) > 0 || digits(b.Cells[0]) > 0 || digits(b.Cells[1]) == 0 {
		return nil, false
	}
	label := strings.ToLower(strings.TrimRight(b.Cells[0], " :"))
	known := false
	for _, word := range [...]string{"dilihat", "dibaca", "diunduh", "diakses", "unduhan", "hits", "views", "downloads", "hari ini", "kemarin", "today", "yesterday"} {
		known = known || strings.HasSuffix(label, word)
	}
	if !known || !counterPart.MatchString(label+": "+b.Cells[1]) {
		return nil, false
	}
	return []string{b.Cells[0], placeholder(string(NoiseCounter))}, true
}

// plainNoises are the patterns for a part of a line, each with the stems of
// words without which it cannot fit: most blocks are law and have none.
var plainNoises = [...]struct {
	pattern *regexp.Regexp
	kind    Noise
	stems   []string
}{
	{counterPart, NoiseCounter, []string{"lihat", "baca", "akses", "unjung", "unduh", "view", "hit", "visit", "read", "download", "suka", "like", "share", "bagikan", "komentar", "comment", "tayang", "online"}},
	{agePart, NoiseClock, nearStems},
	{nowLine, NoiseClock, []string{"waktu s", "server", "current", "hari ini", "today", "cetak", "printed", "akses", "accessed", "muat", "tampil", "generated", "rendered", "loaded", "refreshed"}},
	{tookPart, NoiseClock, []string{"generated", "rendered", "load", "muat", "dibuat", "tampil", "execution"}},
	{buildPart, NoiseToken, []string{"v", "build", "release", "rilis"}},
	{drawnPart, NoiseToken, []string{"token", "nonce", "sesi", "session", " id", "permintaan"}},
}

// nearStems are those of agePart, yearStems of copyrightYear, ageStems of
// ageWithin.
var (
	nearStems = []string{"ago", "lalu", "baru saja", "kemarin", "yesterday", "just now"}
	yearStems = []string{"©", "(c)", "copyright", "hak cipta"}
	ageStems  = []string{" ago", "lalu"}
)

// stemmed tells whether one of the stems is in a text, which is in lower case.
func stemmed(text string, stems []string) bool {
	return slices.ContainsFunc(stems, func(stem string) bool { return strings.Contains(text, stem) })
}

// plainPart covers the noise of a part of a line.
func plainPart(part string) (string, bool) {
	if strings.Count(part, " ") > mostBlanks || len(part) == 0 {
		return part, false
	}
	lower := strings.ToLower(part)
	for _, p := range plainNoises {
		if !stemmed(lower, p.stems) || p.pattern == buildPart && strings.Count(part, " ") > 1 {
			continue
		}
		m := p.pattern.FindStringSubmatchIndex(part)
		if m == nil {
			continue
		}
		from, to := m[2], m[3]
		if from < 0 {
			from, to = m[4], m[5]
		}
		if p.pattern == drawnPart && digits(part[from:to]) == 0 {
			continue
		}
		return part[:from] + placeholder(string(p.kind)) + part[to:], true
	}
	if !stemmed(lower, ageStems) || weighs(part) {
		return part, false
	}
	if m := ageWithin.FindStringIndex(part); m != nil {
		return part[:m[0]] + placeholder(string(NoiseClock)) + part[m[1]:], true
	}
	return part, false
}

// weighs tells whether a text has a word of duty, negation or sanction.
func weighs(text string) bool {
	for w := range strings.FieldsSeq(strings.ToLower(text)) {
		if weight(strings.Trim(w, ".,;:()")) {
			return true
		}
	}
	return false
}

func partBreaks(text string) [][]int {
	if !strings.ContainsAny(text, "|•·-–—") {
		return nil
	}
	return partBreak.FindAllStringIndex(text, -1)
}

func digits(text string) int {
	n := 0
	for i := range len(text) {
		if '0' <= text[i] && text[i] <= '9' {
			n++
		}
	}
	return n
}
