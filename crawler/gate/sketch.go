package gate

import (
	"slices"
	"strings"
	"unicode"

	"pantau/internal/snapshot"
)

const (
	sketchSize = 128
	// leastResemblance is the share of the words that two looks at one page
	// have in common however much it was rewritten; two pages of one site
	// share only the small words.
	leastResemblance = 0.25
	// leastKept is the share of the words of a much shorter version that the
	// longer one has too.
	leastKept = 0.7
)

// sketchOf is a bottom-k sketch (Cohen and Kaplan, 2007) of the document's
// words of more than three letters: the smallest of their hashes, sorted. It
// stands for the whole vocabulary in half a kilobyte.
func sketchOf(d *snapshot.Document) []uint32 {
	var k sketcher
	for i := range d.Blocks {
		b := &d.Blocks[i]
		k.text(b.Text)
		for _, c := range b.Cells {
			k.text(c)
		}
	}
	return slices.Clone(k.smallest())
}

type sketcher struct{ hashes []uint32 }

// text hashes the words of s (FNV-1a over their letters in lower case).
func (k *sketcher) text(s string) {
	const offset, prime = 2166136261, 16777619
	h, size := uint32(offset), 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			h, size = (h^uint32(unicode.ToLower(r)))*prime, size+1
			continue
		}
		k.word(h, size)
		h, size = offset, 0
	}
	k.word(h, size)
}

func (k *sketcher) word(h uint32, size int) {
	if size <= 3 {
		return
	}
	if k.hashes = append(k.hashes, h); len(k.hashes) >= 16*sketchSize {
		k.hashes = k.smallest()
	}
}

// smallest are the smallest different hashes so far, sorted.
func (k *sketcher) smallest() []uint32 {
	slices.Sort(k.hashes)
	k.hashes = slices.Compact(k.hashes)
	return k.hashes[:min(len(k.hashes), sketchSize)]
}

// resemblance estimates the share of words that two sketched texts have in
// common, of all the words of both.
func resemblance(a, b []uint32) float64 {
	union, both := 0, 0
	for i, j := 0, 0; union < sketchSize && (i < len(a) || j < len(b)); union++ {
		switch {
		case j == len(b) || i < len(a) && a[i] < b[j]:
			i++
		case i == len(a) || b[j] < a[i]:
			j++
		default:
			i, j, both = i+1, j+1, both+1
		}
	}
	return ratio(both, union)
}

// kept estimates the share of the words of now that was has too. A sketch that
// is not full holds every word; of a full one nothing is known beyond its
// largest hash.
func kept(now, was []uint32) float64 {
	seen, both := 0, 0
	for _, h := range now {
		if len(was) >= sketchSize && h > was[len(was)-1] {
			break
		}
		seen++
		if _, ok := slices.BinarySearch(was, h); ok {
			both++
		}
	}
	return ratio(both, seen)
}

// sameTitle compares titles without case, white space and a leading counter of
// unread messages.
func sameTitle(a, b string) bool { return plainTitle(a) == plainTitle(b) }

func plainTitle(t string) string {
	t = strings.ToLower(strings.Join(strings.Fields(t), " "))
	if rest, ok := strings.CutPrefix(t, "("); ok {
		if n, after, ok := strings.Cut(rest, ") "); ok && strings.Trim(n, "0123456789+") == "" {
			return after
		}
	}
	return t
}
