package diff

import (
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

	NoiseRotating Noise = "rotating" // a whole passage without weight that is another at every look
)

// Mask is noise that was learned at one place of a source: a block whose words
// are Shape, with the noise written ⟨kind⟩. Any other word in the block, and
// the mask no longer fits: what changes beside noise is always seen.
type Mask struct {
	Shape   string    `json:"shape"`
	Kinds   []Noise   `json:"kinds"`
	Spot    *Spot     `json:"spot,omitempty"`   // of a passage that is another at every look; Shape is for people then
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
// kind; of what stands beside the content only that remains which carries
// substance. Blocks stay in their places; d is not changed.
func Masked(d *snapshot.Document, masks []Mask) *snapshot.Document {
	out := *d
	out.Blocks = slices.Clone(d.Blocks)
	mask(out.Blocks, masks)
	out.Asides = nil
	for _, a := range d.Asides {
		if substance(a.Role, &a.Block) {
			out.Asides = append(out.Asides, a)
		}
	}
	return &out
}

// mask covers the noise in blocks.
func mask(blocks []snapshot.Block, masks []Mask) {
	var shapes [][]string
	for _, m := range masks {
		if m.Spot == nil {
			shapes = append(shapes, strings.Split(m.Shape, " "))
		}
	}
	defer rotate(blocks, masks)
	introduced := false
	for i := range blocks {
		b := &blocks[i]
		leads := strings.HasSuffix(b.Text, ":")
		if text, ok := plainNoise(b, introduced); ok {
			b.Text = text
			b.Links = slices.Clone(b.Links)
			for n := range b.Links {
				b.Links[n].Text = "" // it repeats the noise
			}
		} else if cells, ok := countedRow(b); ok {
			b.Cells = cells
		}
		introduced = leads
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
}

func placeholder(name string) string { return "⟨" + name + "⟩" }
