package diff

import (
	"regexp"
	"strings"

	"pantau/internal/snapshot"
)

const (
	counted  = `(?:(?:sudah|telah|total|jumlah)\s+)?(?:dilihat|dibaca|diakses|dikunjungi|diunduh|views?|viewed|page ?views?|hits?|visits?|visitors?|pengunjung|kunjungan|pembaca|reads?|downloads?)`
	period   = `(?:\s+(?:hari ini|kemarin|minggu ini|bulan ini|tahun ini|online|today|yesterday|total))?`
	amount   = `[0-9]{1,3}(?:[.,][0-9]{3})+|[0-9]+`
	times    = `(?:\s*(?:x|kali|times|orang|users?))?`
	day      = `(?:(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad|monday|tuesday|wednesday|thursday|friday|saturday|sunday),?\s+)?`
	date     = `(?:[0-9]{1,2}\s+\pL+\s+[0-9]{4}|\pL+\s+[0-9]{1,2},\s+[0-9]{4}|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2})`
	seconds  = `[0-9]{1,2}[:.][0-9]{2}[:.][0-9]{2}`
	timezone = `(?:\s*(?:wib|wita|wit|utc|gmt)(?:\s*[+-][0-9]{1,2})?)?`
	handled  = `(?:(?:last\s+)?(?:updated|modified|published|posted|edited)|(?:terakhir\s+)?(?:diperbarui|diperbaharui|diubah|dimuat|diterbitkan|dipublikasikan|diunggah))`
	ago      = `[0-9]+\s+(?:(?:second|minute|hour|day|week|month|year)s?\s+ago|(?:detik|menit|jam|hari|minggu|bulan|tahun)\s+(?:yang\s+)?lalu)`
)

// counterPart is a part of a line that is nothing but a counter, agePart one
// that is nothing but how long ago the page was handled; clockLine is a line
// that is nothing but the date and the time to the second.
var (
	counterPart = regexp.MustCompile(`^(?i)(?:` + counted + period + times + `\s*[:=]?\s*(` + amount + `)` + times + `|(` + amount + `)` + times + `\s+` + counted + period + `)$`)
	agePart     = regexp.MustCompile(`^(?i)(?:` + handled + `\s*:?\s*)?(` + ago + `)$`)
	clockLine   = regexp.MustCompile(`^(?i)` + day + date + `[\s,|-]*(?:pukul\s+|jam\s+)?(` + seconds + `)` + timezone + `$`)
	partBreak   = regexp.MustCompile(`\s*[|•·]\s*|\s+[-–—]\s+`)
)

// Most blocks are law: these bounds keep the patterns for the few that may be
// noise.
const (
	longestNoise = 160 // bytes of a block
	mostBlanks   = 9   // in a part: "jumlah page views hari ini orang : 1.234 kali"
	clockDigits  = 7   // least, of a date and a time to the second
)

// plainNoise covers what is a counter or clock beyond doubt, without having
// been learned: "Dilihat 1.234 kali", "Diperbarui 3 hari yang lalu",
// "Senin, 23 November 2026 19:05:33 WIB". Rows of tables are left alone, they
// may be statistics; so is what the block before leads up to ("Batas waktu:"),
// and the last second of a day.
func plainNoise(b *snapshot.Block, introduced bool) (string, bool) {
	if b.Kind == snapshot.Row || introduced || len(b.Text) > longestNoise {
		return "", false
	}
	n := digits(b.Text)
	if n == 0 {
		return "", false
	}
	if n >= clockDigits {
		if m := clockLine.FindStringSubmatch(b.Text); m != nil {
			t := strings.ReplaceAll(m[1], ".", ":")
			return placeholder(string(NoiseClock)), t != "23:59:59" && t != "24:00:00" && t != "00:00:00"
		}
	}
	var out strings.Builder
	at, found := 0, false
	for _, cut := range append(partBreaks(b.Text), []int{len(b.Text), len(b.Text)}) {
		part, ok := plainPart(b.Text[at:cut[0]])
		found = found || ok
		out.WriteString(part)
		out.WriteString(b.Text[cut[0]:cut[1]])
		at = cut[1]
	}
	return out.String(), found
}

// stemmed tells whether one of the word stems is there without which no part is
// a counter or an age.
func stemmed(part string) bool {
	part = strings.ToLower(part)
	for _, stem := range [...]string{"lihat", "baca", "akses", "unjung", "unduh", "view", "hit", "visit", "read", "download", "ago", "lalu"} {
		if strings.Contains(part, stem) {
			return true
		}
	}
	return false
}

// plainPart covers the number of a counter, or an age.
func plainPart(part string) (string, bool) {
	if strings.Count(part, " ") > mostBlanks || !stemmed(part) {
		return part, false
	}
	for _, p := range []struct {
		pattern *regexp.Regexp
		kind    Noise
	}{{counterPart, NoiseCounter}, {agePart, NoiseClock}} {
		m := p.pattern.FindStringSubmatchIndex(part)
		if m == nil {
			continue
		}
		from, to := m[2], m[3]
		if from < 0 {
			from, to = m[4], m[5]
		}
		return part[:from] + placeholder(string(p.kind)) + part[to:], true
	}
	return part, false
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
