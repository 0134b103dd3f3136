package extract_test

import (
	"slices"
	"testing"

	"pantau/crawler/extract"
	"pantau/internal/snapshot"
)

func TestHolders(t *testing.T) {
	const text = `<body><main id="isi"><h1>UU 1</h1><div class="row css-1x2y3z9"><div class="tips box" role="note"><p>Minum air hari ini.</p></div>
<ul id="list-20250317"><li>a. Satu</li><li>b. Dua</li></ul></div></main><p>Di luar</p></body>`
	c := &snapshot.Capture{Responses: []*snapshot.Response{{Status: 200, ContentType: "text/html", Body: snapshot.BodyOf([]byte(text))}}}
	for _, tt := range []struct {
		name    string
		s       snapshot.Source
		passage string
		want    []string
	}{
		{"in a named box", snapshot.Source{Select: []string{"main"}}, "Minum air hari ini.",
			[]string{"div.tips > p:nth-of-type(1)", "div.tips", "div.box", "div.tips.box", `div[role="note"]`, "div.row"}},
		{"over several elements", snapshot.Source{Select: []string{"main"}}, "a. Satu b. Dua", []string{"div.row > ul:nth-of-type(1)", "div.row"}},
		{"without a region", snapshot.Source{}, "UU 1", []string{"#isi > h1:nth-of-type(1)", "#isi"}},
		{"outside the region", snapshot.Source{Select: []string{"main"}}, "Di luar", nil},
		{"removed already", snapshot.Source{Remove: []string{".tips"}}, "Minum air", nil},
		{"nothing", snapshot.Source{}, "...", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := extract.Holders(c, tt.s, tt.passage)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("%q %v, want %q", got, err, tt.want)
			}
		})
	}
	if _, err := extract.Holders(&snapshot.Capture{}, snapshot.Source{}, "x"); err == nil {
		t.Error("a capture without an answer has holders")
	}
}
