package diff

import (
	"slices"
	"strings"

	"pantau/internal/snapshot"
)

// scanned is a block as a sequence of tokens over all its parts: the text or
// the cells, then text and target of each link.
type scanned struct {
	block  *snapshot.Block
	parts  []string
	tokens []placed
}

// placed is a token with its part. A token of no part ends one.
type placed struct {
	token
	part int
	text string
}

const partEnd = "␞"

func scan(b *snapshot.Block) *scanned {
	s := &scanned{block: b}
	if b.Kind == snapshot.Row {
		s.parts = slices.Clone(b.Cells)
	} else {
		s.parts = []string{b.Text}
	}
	for _, l := range b.Links {
		s.parts = append(s.parts, l.Text, l.Target)
	}
	for n, p := range s.parts {
		for _, t := range tokenize(p) {
			if t.kind != blankToken {
				// A date is one token with blanks inside, a shape has none.
				s.tokens = append(s.tokens, placed{t, n, strings.ReplaceAll(typographic(t.in(p)), " ", "_")})
			}
		}
		s.tokens = append(s.tokens, placed{part: -1, text: partEnd})
	}
	return s
}

// learn is the mask under which two looks at one block are the same. ok is
// false when they differ in anything that is not known noise.
func learn(a, b *snapshot.Block) (m Mask, ok bool) {
	x, y := scan(a), scan(b)
	if a.Kind != b.Kind || a.Marker != b.Marker || len(x.tokens) != len(y.tokens) {
		return Mask{}, false
	}
	shape := make([]string, len(x.tokens))
	for n, t := range x.tokens {
		shape[n] = t.text
		if t.text == y.tokens[n].text {
			continue
		}
		name := x.noise(n)
		if name == "" || name != y.noise(n) {
			return Mask{}, false
		}
		shape[n] = placeholder(name)
	}
	for n := range shape {
		// A clock that ticked takes its date along: tomorrow it will differ.
		if name := x.noise(n); (name == dateName || name == dayName) && nearClock(shape, n) {
			shape[n] = placeholder(name)
		}
	}
	for _, k := range []Noise{NoiseClock, NoiseCounter, NoiseToken} {
		if slices.Contains(shape, placeholder(string(k))) {
			m.Kinds = append(m.Kinds, k)
		}
	}
	m.Shape = strings.Join(shape, " ")
	return m, len(m.Kinds) > 0
}

// A clock's date and day of the week are masked with it, never alone.
const (
	dateName = "date"
	dayName  = "day"
	reach    = 4 // tokens between a clock and its date, or a number and what it counts
	guard    = 8 // tokens around a word of weight in which nothing is masked
)

func nearClock(shape []string, n int) bool {
	return slices.Contains(shape[max(0, n-reach):min(len(shape), n+reach+1)], placeholder(string(NoiseClock)))
}

// noise names the kind of noise the nth token may be, "" if none.
func (s *scanned) noise(n int) string {
	t := s.tokens[n]
	if t.part < 0 || s.weighty(n) {
		return ""
	}
	switch {
	case t.kind == randomToken:
		return string(NoiseToken)
	case t.kind == numberToken && s.clock(n):
		return string(NoiseClock)
	case t.kind == numberToken && s.counter(n):
		return string(NoiseCounter)
	case t.kind == dateToken && s.any(n, reach, func(k int) bool { return s.clock(k) }):
		return dateName
	case weekday(t.text) && s.any(n, reach, func(k int) bool { return s.clock(k) }):
		return dayName
	}
	return ""
}

// any tells whether f holds for a token at most so far from the nth, in the
// same part or cell's neighbours.
func (s *scanned) any(n, far int, f func(int) bool) bool {
	for k := max(0, n-far); k < min(len(s.tokens), n+far+1); k++ {
		if k != n && s.tokens[k].part >= 0 && f(k) {
			return true
		}
	}
	return false
}

// clock tells whether the nth token is a time of day: 19:05, 19:05:33, and
// with a full stop only beside a word that makes it one.
func (s *scanned) clock(n int) bool {
	t := s.tokens[n]
	if t.kind != numberToken {
		return false
	}
	if timeOfDay(t.text, ":") {
		return true
	}
	return timeOfDay(t.text, ".") && s.any(n, 1, func(k int) bool {
		switch strings.ToLower(s.tokens[k].text) {
		case "wib", "wita", "wit", "pukul", "jam":
			return true
		}
		return false
	})
}

func timeOfDay(s, sep string) bool {
	p := strings.Split(s, sep)
	if len(p) != 2 && len(p) != 3 {
		return false
	}
	for n, d := range p {
		if len(d) > 2 || len(d) < 2 && n > 0 || len(d) == 0 {
			return false
		}
		value := 0
		for _, c := range []byte(d) {
			if c < '0' || c > '9' {
				return false
			}
			value = 10*value + int(c-'0')
		}
		if value > 59 || n == 0 && value > 24 {
			return false
		}
	}
	return true
}

// counter tells whether the nth token counts looks or visitors: a whole number
// beside a word for them, and neither an amount nor a term.
func (s *scanned) counter(n int) bool {
	if !whole(s.tokens[n].text) {
		return false
	}
	for k := n - 1; k <= n+1; k++ {
		if k >= 0 && k < len(s.tokens) && k != n && unit(strings.ToLower(s.tokens[k].text)) {
			return false
		}
	}
	return s.any(n, reach, func(k int) bool { return counts(strings.ToLower(s.tokens[k].text)) })
}

// whole tells whether s is a whole number: 1234, 1.234, 1,234. An amount with
// cents is none.
func whole(s string) bool {
	for n, group := range strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == ',' }) {
		if strings.Trim(group, "0123456789") != "" || n > 0 && len(group) != 3 {
			return false
		}
	}
	return s != ""
}

// weighty tells whether words of duty, negation or sanction stand close to the
// nth token.
func (s *scanned) weighty(n int) bool {
	weight := func(k int) bool { return weight(strings.ToLower(s.tokens[k].text)) }
	return weight(n) || s.any(n, guard, weight)
}

func counts(w string) bool {
	switch w {
	case "dilihat", "dibaca", "diakses", "dikunjungi", "diunduh", "view", "views", "viewed", "pageviews", "hit",
		"hits", "visit", "visits", "visitor", "visitors", "pengunjung", "kunjungan", "pembaca", "read", "reads",
		"download", "downloads", "online":
		return true
	}
	return false
}

// unit is a word or mark that makes a number beside it an amount or a term.
func unit(w string) bool {
	switch w {
	case "rp", "idr", "usd", "eur", "$", "€", "%", "persen", "percent", "rupiah", "ribu", "juta", "miliar", "milyar",
		"triliun", "hari", "bulan", "tahun", "minggu", "days", "months", "years", "pasal", "ayat", "nomor", "no":
		return true
	}
	return false
}

// weight is a word that decides what a rule demands.
func weight(w string) bool {
	switch w {
	case "tidak", "bukan", "tanpa", "kecuali", "dilarang", "wajib", "harus", "paling", "lambat", "sanksi", "denda",
		"dicabut", "maksimal", "minimal", "maksimum", "minimum", "batas", "tenggat", "berlaku",
		"not", "no", "except", "unless", "shall", "must", "deadline", "fine", "penalty", "until":
		return true
	}
	return false
}

func weekday(w string) bool {
	switch strings.ToLower(w) {
	case "senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu", "ahad",
		"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday":
		return true
	}
	return false
}

// fits tells whether the block has exactly these words, with noise of the
// right kind where the shape names one.
func (s *scanned) fits(shape []string) bool {
	if len(shape) != len(s.tokens) {
		return false
	}
	for n, want := range shape {
		if want == s.tokens[n].text {
			continue
		}
		if name := placeheld(want); name == "" || s.noise(n) != name {
			return false
		}
	}
	return true
}

// placeheld is the kind of noise that an element of a shape stands for, "" if
// it is a word.
func placeheld(s string) string {
	name, ok := strings.CutPrefix(s, "⟨")
	if name, end := strings.CutSuffix(name, "⟩"); ok && end {
		return name
	}
	return ""
}

// covered is the block with the noise of the shape replaced.
func (s *scanned) covered(shape []string) snapshot.Block {
	parts := slices.Clone(s.parts)
	for n := len(shape) - 1; n >= 0; n-- {
		if t := s.tokens[n]; t.part >= 0 && placeheld(shape[n]) != "" {
			p := parts[t.part]
			parts[t.part] = p[:t.from] + shape[n] + p[t.to:]
		}
	}
	b := *s.block
	if b.Kind == snapshot.Row {
		b.Cells = parts[:len(b.Cells)]
	} else {
		b.Text = parts[0]
	}
	b.Links = slices.Clone(b.Links)
	first := len(parts) - 2*len(b.Links)
	for n := range b.Links {
		b.Links[n].Text, b.Links[n].Target = parts[first+2*n], parts[first+2*n+1]
	}
	return b
}
