package diff

import (
	"slices"
	"strings"

	"pantau/internal/snapshot"
)

// Spot is a place between two passages of a page that stood still, at which one
// passage was replaced by another.
type Spot struct {
	Behind string `json:"behind"` // digest of the passage before it; empty: it is the first
	Before string `json:"before"` // digest of the one behind it; empty: it is the last
	Turns  int    `json:"turns"`  // looks in a row that found another passage there

	shown string
}

// turns is how many looks in a row must find another passage at a place before
// it is taken for one that changes at every look.
const turns = 4

// edited is how much of a passage another has that is the same one, edited: an
// amended sentence never becomes one that only rotates.
const edited = 0.5

// Restless finds the spots of a page at which a passage without weight was
// replaced, and adds the turns of those that were found at the look before. A
// spot that has turned often enough becomes a mask. What has stood still once
// begins anew.
func Restless(before, after *snapshot.Document, masks []Mask, known []Spot) (spots []Spot, learnt []Mask) {
	x, y := linesOf(before, Masked(before, masks)), linesOf(after, Masked(after, masks))
	i, j := 0, 0
	for _, p := range append(align(keys(x), keys(y)), [2]int{len(x), len(y)}) {
		if p[0]-i == 1 && p[1]-j == 1 && light(x[i].block) && light(y[j].block) && resemblance(&x[i], &y[j]) < edited {
			s := spotAt(y, j)
			if s.Behind+s.Before == "" { // it is all there is
				return nil, nil
			}
			if n := slices.IndexFunc(known, s.same); n >= 0 {
				s.Turns = known[n].Turns
			}
			s.Turns++
			if s.Turns < turns {
				spots = append(spots, s)
			} else {
				learnt = append(learnt, Mask{Shape: placeholder(string(NoiseRotating)) + " behind “" + s.shown + "”", Kinds: []Noise{NoiseRotating}, Spot: &Spot{Behind: s.Behind, Before: s.Before}})
			}
		}
		i, j = p[0]+1, p[1]+1
	}
	return spots, learnt
}

func (s Spot) same(o Spot) bool { return s.Behind == o.Behind && s.Before == o.Before }

// spotAt is the place of the nth line.
func spotAt(lines []line, n int) Spot {
	var s Spot
	if n > 0 {
		s.Behind = snapshot.Digest([]byte(lines[n-1].key))[:16]
		s.shown = prefixOf(lines[n-1].block.Line(), 40)
	}
	if n+1 < len(lines) {
		s.Before = snapshot.Digest([]byte(lines[n+1].key))[:16]
	}
	return s
}

func prefixOf(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "..."
	}
	return s
}

// longestLight is the length in bytes of the longest passage that can be light.
const longestLight = 500

// light tells a passage that may be covered: without a figure or a document,
// and without a word of law, duty, negation, sanction or status in any form.
func light(b *snapshot.Block) bool {
	text := strings.ToLower(b.Line())
	if len(text) > longestLight || b.Kind == snapshot.Heading || b.Kind == snapshot.Row || strings.ContainsAny(text, "0123456789") {
		return false
	}
	if slices.ContainsFunc(b.Links, func(k snapshot.Link) bool { return IsDocument(k.Target) }) {
		return false
	}
	for _, part := range [...]string{
		"wajib", "larang", "harus", "tidak", "bukan", "tanpa", "kecuali", "belum", "jangan", "dapat", "hak", "sanksi", "denda", "pidana", "cabut", "batal", "henti",
		"beku", "hapus", "ubah", "berlaku", "paling", "tenggat", "lambat", "syarat", "tentu", "pasal", "atur", "putus", "edar", "izin", "daftar", "tutup", "blokir", "tegur", "peringat",
		"rupiah", "persen", "juta", "miliar", "hari kerja", "bulan", "tahun", "januari", "februari", "maret", "april", "juni", "juli", "agustus", "september", "oktober", "november", "desember",
		"shall", "must", "may ", "not", "except", "unless", "without", "never", "require", "prohibit", "penal", "fine", "revok", "suspend", "repeal", "effect", "deadline", "until", "licen",
		"register", "registration", "amend", "regulat", "oblig", "sanction", "closed", "article",
	} {
		if strings.Contains(text, part) {
			return false
		}
	}
	return !lawful(text)
}

// rotate covers what stands at the spots of masks, if it is light.
func rotate(blocks []snapshot.Block, masks []Mask) {
	if !slices.ContainsFunc(masks, func(m Mask) bool { return m.Spot != nil }) {
		return
	}
	d := &snapshot.Document{Blocks: blocks}
	lines := linesOf(d, d)
	for i := range lines {
		s := spotAt(lines, i)
		if slices.ContainsFunc(masks, func(m Mask) bool { return m.Spot != nil && m.Spot.same(s) }) && light(&blocks[i]) {
			blocks[i].Text, blocks[i].Links = placeholder(string(NoiseRotating)), nil
		}
	}
}
