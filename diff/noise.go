package diff

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"pantau/internal/snapshot"
)

// Noise is a kind of text that differs at every look and says nothing.
type Noise string

// The known kinds of noise.
const (
	NoiseClock   Noise = "clock"   // the time of the answer, with its date and day
	NoiseCounter Noise = "counter" // how often something was seen
	NoiseToken   Noise = "token"   // drawn at random
)

// Mask is noise that was learned at one place of a source: a block whose words
// are Shape, with the noise written ⟨kind⟩. Any other word in the block, and
// the mask no longer fits: what changes beside noise is always seen.
type Mask struct {
	Shape   string    `json:"shape"`
	Kinds   []Noise   `json:"kinds"`
	Learned time.Time `json:"learned,omitzero"` // set by who keeps it, like Expires
	Expires time.Time `json:"expires,omitzero"`
}

// Learn compares two immediate fetches of one page. Where they differ in
// tokens of the known kinds of noise only, these become masks. Any other
// difference makes the page unstable: there are no masks then, and the capture
// must not be compared. Amounts, dates without a clock, negations and words of
// duty are never masked, nor is anything that stands close to such words.
func Learn(first, second *snapshot.Document) (masks []Mask, stable bool) {
	x, y := Masked(first, nil), Masked(second, nil)
	xl, yl := linesOf(x, x), linesOf(y, y)
	i, j := 0, 0
	for _, p := range append(align(keys(xl), keys(yl)), [2]int{len(xl), len(yl)}) {
		if !reflowed(xl[i:p[0]], yl[j:p[1]]) {
			if p[0]-i != p[1]-j {
				return nil, false
			}
			for ; i < p[0]; i, j = i+1, j+1 {
				m, ok := learn(xl[i].block, yl[j].block)
				if !ok {
					return nil, false
				}
				if !slices.ContainsFunc(masks, func(o Mask) bool { return o.Shape == m.Shape }) {
					masks = append(masks, m)
				}
			}
		}
		i, j = p[0]+1, p[1]+1
	}
	return masks, true
}

// Masked is the document as it is compared: what the masks fit, and counters
// and clocks that cannot be anything else, are replaced by the name of their
// kind. Blocks stay in their places; d is not changed.
func Masked(d *snapshot.Document, masks []Mask) *snapshot.Document {
	out := *d
	out.Blocks = slices.Clone(d.Blocks)
	shapes := make([][]string, len(masks))
	for n, m := range masks {
		shapes[n] = strings.Split(m.Shape, " ")
	}
	for i := range out.Blocks {
		b := &out.Blocks[i]
		introduced := i > 0 && strings.HasSuffix(d.Blocks[i-1].Text, ":")
		if text, ok := plainNoise(b, introduced); ok {
			b.Text = text
			b.Links = slices.Clone(b.Links)
			for n := range b.Links {
				b.Links[n].Text = "" // it repeats the noise
			}
		}
		if len(shapes) == 0 {
			continue
		}
		s := scan(b)
		for _, shape := range shapes {
			if s.fits(shape) {
				*b = s.covered(shape)
				break
			}
		}
	}
	return &out
}

const (
	counted  = `(?:(?:sudah|telah|total|jumlah)\s+)?(?:dilihat|dibaca|diakses|dikunjungi|diunduh|views?|viewed|page ?views?|hits?|visits?|visitors?|pengunjung|kunjungan|pembaca|reads?|downloads?)`
	period   = `(?:\s+(?:hari ini|kemarin|minggu ini|bulan ini|tahun ini|online|today|yesterday|total))?`
	amount   = `[0-9]{1,3}(?:[.,][0-9]{3})+|[0-9]+`
	times    = `(?:\s*(?:x|kali|times|orang|users?))?`
	day      = `(?:(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad|monday|tuesday|wednesday|thursday|friday|saturday|sunday),?\s+)?`
	date     = `(?:[0-9]{1,2}\s+\pL+\s+[0-9]{4}|\pL+\s+[0-9]{1,2},\s+[0-9]{4}|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2})`
	seconds  = `[0-9]{1,2}[:.][0-9]{2}[:.][0-9]{2}`
	timezone = `(?:\s*(?:wib|wita|wit|utc|gmt)(?:\s*[+-][0-9]{1,2})?)?`
)

// counterPart is a part of a line that is nothing but a counter; clockLine a
// line that is nothing but the date and the time to the second.
var (
	counterPart = regexp.MustCompile(`^(?i)(?:` + counted + period + times + `\s*[:=]?\s*(` + amount + `)` + times + `|(` + amount + `)` + times + `\s+` + counted + period + `)$`)
	clockLine   = regexp.MustCompile(`^(?i)` + day + date + `[\s,|-]*(?:pukul\s+|jam\s+)?(` + seconds + `)` + timezone + `$`)
	partBreak   = regexp.MustCompile(`\s*[|•·]\s*|\s+[-–—]\s+`)
)

const (
	longestNoise = 160 // bytes of a block that can be plain noise
	mostBlanks   = 9   // in a counter: "jumlah page views hari ini orang : 1.234 kali"
	clockDigits  = 7   // least, of a date and a time to the second
)

// plainNoise covers what is a counter or clock beyond doubt, without having
// been learned: "Dilihat 1.234 kali", "Senin, 23 November 2026 19:05:33 WIB".
// Rows of tables are left alone, they may be statistics; so is a time to which
// the block before leads up ("Batas waktu:"), and the last second of a day.
func plainNoise(b *snapshot.Block, introduced bool) (string, bool) {
	if b.Kind == snapshot.Row || len(b.Text) > longestNoise || !strings.ContainsAny(b.Text, "0123456789") {
		return "", false
	}
	var m []string
	if digits(b.Text) >= clockDigits { // most blocks are law: the patterns are for the few that are not
		m = clockLine.FindStringSubmatch(b.Text)
	}
	if m != nil {
		t := strings.ReplaceAll(m[1], ".", ":")
		ok := !introduced && t != "23:59:59" && t != "24:00:00" && t != "00:00:00"
		return placeholder(string(NoiseClock)), ok
	}
	var out strings.Builder
	at, found := 0, false
	for _, cut := range append(partBreaks(b.Text), []int{len(b.Text), len(b.Text)}) {
		part := b.Text[at:cut[0]]
		if strings.Count(part, " ") > mostBlanks {
			out.WriteString(b.Text[at:cut[1]])
			at = cut[1]
			continue
		}
		if m := counterPart.FindStringSubmatchIndex(part); m != nil && !introduced {
			from, to := m[2], m[3]
			if from < 0 {
				from, to = m[4], m[5]
			}
			part, found = part[:from]+placeholder(string(NoiseCounter))+part[to:], true
		}
		out.WriteString(part)
		out.WriteString(b.Text[cut[0]:cut[1]])
		at = cut[1]
	}
	return out.String(), found
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

func placeholder(name string) string { return "⟨" + name + "⟩" }
