package gate

import (
	"fmt"
	"strings"
	"testing"

	"pantau/internal/snapshot"
)

func TestJudgeListing(t *testing.T) {
	l := &snapshot.Listing{FirstPage: 1, Indexes: []snapshot.Part{{Name: "REG"}, {Name: "SUS"}, {Name: "REV"}}}
	part := func(rows, lost, moved int) snapshot.PartLosses {
		return snapshot.PartLosses{Rows: rows, Lost: lost, Moved: moved}
	}
	losses := func(known, missing int, reg, sus, rev snapshot.PartLosses) *snapshot.Losses {
		return &snapshot.Losses{Known: known, Missing: missing, Parts: map[string]snapshot.PartLosses{"REG": reg, "SUS": sus, "REV": rev}}
	}
	var none snapshot.PartLosses
	for name, c := range map[string]struct {
		reg, sus, rev int
		last          *snapshot.Losses
		reason        string
		detail        string
	}{
		"first look":                      {20000, 500, 0, nil, "", ""},
		"first look at nothing":           {0, 0, 0, nil, snapshot.ReasonEmptied, "no records at all"},
		"nothing lost":                    {20000, 500, 0, losses(20500, 0, part(20000, 0, 0), part(500, 0, 0), none), "", ""},
		"an index that was always empty":  {20000, 500, 0, losses(20500, 30, part(20000, 30, 0), part(500, 0, 0), none), "", ""},
		"the largest recorded step":       {15952, 500, 0, losses(16500, 48, part(16000, 48, 0), part(500, 0, 0), none), "", ""},
		"461 moves at once":               {19539, 961, 0, losses(20500, 0, part(20000, 461, 461), part(500, 0, 0), none), "", ""},
		"an index emptied by moves":       {20000, 0, 500, losses(20500, 0, part(20000, 0, 0), part(500, 500, 500), none), "", ""},
		"an index emptied but for one":    {20000, 0, 499, losses(20500, 1, part(20000, 0, 0), part(500, 500, 499), none), snapshot.ReasonEmptied, "500 rows there and 1 of them"},
		"an index that lost all its rows": {20000, 0, 0, losses(20500, 500, part(20000, 0, 0), part(500, 500, 0), none), snapshot.ReasonEmptied, "the index SUS is empty"},
		"five in a hundred":               {19475, 500, 0, losses(20500, 1025, part(20000, 1025, 0), part(500, 0, 0), none), "", ""},
		"one more":                        {19474, 500, 0, losses(20500, 1026, part(20000, 1026, 0), part(500, 0, 0), none), snapshot.ReasonShrunk, "1026 of 20500 known operators"},
		"twenty of a small one":           {10, 5, 0, losses(35, 20, part(30, 20, 0), part(5, 0, 0), none), "", ""},
		"more of a small one":             {9, 5, 0, losses(35, 21, part(30, 21, 0), part(5, 0, 0), none), snapshot.ReasonShrunk, "more than the 20"},
	} {
		doc := &snapshot.Document{}
		for index, n := range map[string]int{"REG": c.reg, "SUS": c.sus, "REV": c.rev} {
			for k := range n {
				doc.Records = append(doc.Records, snapshot.Record{Key: fmt.Sprint(k), Index: index})
			}
		}
		f := JudgeListing(doc, l, c.last)
		switch {
		case f == nil && c.reason != "":
			t.Errorf("%s: taken, want %s", name, c.reason)
		case f != nil && (f.Reason != c.reason || f.Class != snapshot.Held || !strings.Contains(f.Detail, c.detail)):
			t.Errorf("%s: %+v, want held %q", name, f, c.reason)
		}
	}
}
