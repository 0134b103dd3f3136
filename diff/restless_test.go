package diff_test

import (
	"testing"

	"pantau/diff"
	"pantau/internal/snapshot"
)

// daily is a page with one passage that is another every day.
func daily(tip string) *snapshot.Document {
	var d snapshot.Document
	for _, text := range []string{"UU 1", "Penyelenggara wajib melapor paling lambat 30 hari.", tip, "Ketentuan ini berlaku."} {
		d.Blocks = append(d.Blocks, snapshot.Block{Kind: snapshot.Paragraph, Text: text})
	}
	return &d
}

// learnt follows a page through looks that find one passage after the other.
func learnt(tips ...string) (masks []diff.Mask, spots []diff.Spot) {
	for i := range tips[1:] {
		var more []diff.Mask
		spots, more = diff.Restless(daily(tips[i]), daily(tips[i+1]), masks, spots)
		masks = append(masks, more...)
	}
	return masks, spots
}

func TestRestless(t *testing.T) {
	masks, _ := learnt("Minum air", "Jalan kaki", "Makan sayur", "Tidur cukup", "Minum teh")
	if len(masks) != 1 || masks[0].Spot == nil || masks[0].Kinds[0] != diff.NoiseRotating {
		t.Fatalf("four turns teach %+v", masks)
	}
	for name, tt := range map[string]struct {
		before, after *snapshot.Document
		told          bool
	}{
		"another tip":               {daily("Minum teh"), daily("Baca buku"), false},
		"a figure":                  {daily("Minum teh"), daily("Minum teh 3 kali"), true},
		"a duty":                    {daily("Minum teh"), daily("Diwajibkan minum teh"), true},
		"a negation":                {daily("Minum teh"), daily("Tidak minum teh"), true},
		"a status":                  {daily("Minum teh"), daily("Pencabutan diumumkan"), true},
		"a duty that goes":          {daily("Wajib minum teh"), daily("Minum teh"), true},
		"a passage that is gone":    {daily("Minum teh"), &snapshot.Document{Blocks: append(daily("").Blocks[:2:2], daily("").Blocks[3])}, true},
		"a passage at its side":     {daily("Minum teh"), &snapshot.Document{Blocks: append(append(daily("").Blocks[:2:2], snapshot.Block{Kind: snapshot.Paragraph, Text: "Baru"}), daily("Minum teh").Blocks[2:]...)}, true},
		"another neighbour as well": {daily("Minum teh"), &snapshot.Document{Blocks: []snapshot.Block{daily("").Blocks[0], {Kind: snapshot.Paragraph, Text: "Penyelenggara wajib melapor."}, {Kind: snapshot.Paragraph, Text: "Baca buku"}, daily("").Blocks[3]}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			hunks, _ := diff.CompareText(tt.before, tt.after, masks)
			if (len(hunks) > 0) != tt.told {
				t.Errorf("told %+v, want any: %v", hunks, tt.told)
			}
		})
	}
	if hunks, _ := diff.Ignored(daily("Minum teh"), daily("Baca buku"), masks); len(hunks) != 2 || hunks[0].Before != "Minum teh" || hunks[1].After != "Baca buku" {
		t.Errorf("what was left out is %+v", hunks)
	}
}

// TestNotRestless: three turns are not enough, what stood still once begins
// anew, and what weighs anything is never covered.
func TestNotRestless(t *testing.T) {
	for name, tips := range map[string][]string{
		"three turns":    {"Minum air", "Jalan kaki", "Makan sayur", "Tidur cukup"},
		"it stood still": {"Minum air", "Jalan kaki", "Makan sayur", "Makan sayur", "Tidur cukup", "Minum teh"},
		"figures":        {"Kasus 1", "Kasus 2", "Kasus 3", "Kasus 4", "Kasus 5", "Kasus 6"},
		"one word of it": {"Minum air di pagi hari", "Minum teh di pagi hari", "Minum kopi di pagi hari", "Minum jus di pagi hari", "Minum susu di pagi hari"},
		"one has weight": {"Minum air", "Jalan kaki", "Izin dicabut", "Tidur cukup", "Minum teh", "Baca buku"},
	} {
		if masks, _ := learnt(tips...); len(masks) > 0 {
			t.Errorf("%s: %+v is learnt", name, masks)
		}
	}
	one := func(text string) *snapshot.Document {
		return &snapshot.Document{Blocks: []snapshot.Block{{Kind: snapshot.Paragraph, Text: text}}}
	}
	if spots, masks := diff.Restless(one("Minum air"), one("Jalan kaki"), nil, []diff.Spot{{Turns: 9}}); len(spots)+len(masks) > 0 {
		t.Errorf("the whole page is covered: %+v %+v", spots, masks)
	}
}
