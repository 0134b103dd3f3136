package diff

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func inline(spans []Span) string {
	var s strings.Builder
	for _, p := range spans {
		switch p.Op {
		case SpanRemoved:
			s.WriteString("[-" + p.Text + "-]")
		case SpanAdded:
			s.WriteString("{+" + p.Text + "+}")
		default:
			s.WriteString(p.Text)
		}
	}
	return s.String()
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"", "", ""},
		{"sama", "sama", "sama"},
		{"", "baru", "{+baru+}"},
		{"lama", "", "[-lama-]"},
		{"denda Rp12.500.000.000,00 penuh", "denda Rp12.750.000.000,00 penuh", "denda Rp[-12.500.000.000,00-]{+12.750.000.000,00+} penuh"},
		{"denda 12.500.000,00.", "denda 12.500.001,00.", "denda [-12.500.000,00-]{+12.500.001,00+}."},
		{"tanggal 17 Maret 2025 pukul 19:05", "tanggal 18 Maret 2025 pukul 19:06", "tanggal [-17 Maret 2025-]{+18 Maret 2025+} pukul [-19:05-]{+19:06+}"},
		{"pada 17-03-2025", "pada 18-03-2025", "pada [-17-03-2025-]{+18-03-2025+}"},
		{"March 3, 2025 on", "March 4, 2025 on", "[-March 3, 2025-]{+March 4, 2025+} on"},
		{"Pasal 47A ayat (1)", "Pasal 47B ayat (1)", "Pasal [-47A-]{+47B+} ayat (1)"},
		{"satu dua tiga", "satu tiga", "satu [-dua -]tiga"},
		{"setiap orang boleh", "semua badan boleh", "[-setiap orang-]{+semua badan+} boleh"},
		{"tidak wajib", "wajib", "[-tidak -]wajib"},
		{"a\u0301x b", "a\u0301y b", "[-a\u0301x-]{+a\u0301y+} b"},
	} {
		if got := inline(Words(c.before, c.after)); got != c.want {
			t.Errorf("%q, %q: got %q, want %q", c.before, c.after, got, c.want)
		}
	}
}

// woven checks that the spans are exactly the two texts.
func woven(t interface{ Fatalf(string, ...any) }, before, after string) {
	var x, y strings.Builder
	last := SpanOp("")
	for _, s := range Words(before, after) {
		if s.Text == "" || s.Op == last {
			t.Fatalf("span %+v behind one of %q", s, last)
		}
		if last = s.Op; s.Op != SpanAdded {
			x.WriteString(s.Text)
		}
		if s.Op != SpanRemoved {
			y.WriteString(s.Text)
		}
	}
	if x.String() != before || y.String() != after {
		t.Fatalf("%q and %q became %q and %q", before, after, x.String(), y.String())
	}
}

func TestWordsAreTheTexts(t *testing.T) {
	piece := rapid.SampledFrom([]string{"wajib", " ", "  ", "1.000,00", "17 Maret 2025", "é", "(", ".", "\u00a0", "x7f3a9c0d7e6b5a41"})
	rapid.Check(t, func(t *rapid.T) {
		before := strings.Join(rapid.SliceOf(piece).Draw(t, "before"), "")
		woven(t, before, strings.Join(rapid.SliceOf(piece).Draw(t, "after"), ""))
	})
}

func FuzzWords(f *testing.F) {
	f.Add("denda Rp1.000,00 pada 17 Maret 2025", "denda Rp2.000,00 pada 18 Maret 2025")
	f.Add("1 \xff", "\u0301 2.")
	f.Add("May 3, 2025", "Mei 3 2025")
	f.Fuzz(func(t *testing.T, before, after string) { woven(t, before, after) })
}

func TestTokenize(t *testing.T) {
	for text, want := range map[string]string{
		"Rp12.500.000.000,00.":         "Rp|12.500.000.000,00|.",
		"(2) Pasal 47A, huruf b.":      "(|2|)|Pasal|47A|,|huruf|b|.",
		"17 Maret 2025":                "17 Maret 2025",
		"1 Mei 20255":                  "1|Mei|20255",
		"17.03.2025 1.250.000":         "17.03.2025|1.250.000",
		"021-555-0123":                 "021-555-0123",
		"19:05:33 WIB":                 "19:05:33|WIB",
		"b2b 4x":                       "b2b|4x",
		"token 8f3a9c0d7e6b5a41f2 x":   "token|8f3a9c0d7e6b5a41f2|x",
		"permenkominfo-5-2020-tentang": "permenkominfo|-|5-2020|-|tentang",
		"May 3, 2025":                  "May 3, 2025",
		"May the 3":                    "May|the|3",
	} {
		var got []string
		for _, t := range tokenize(text) {
			if t.kind != blankToken {
				got = append(got, t.in(text))
			}
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%q: got %s, want %s", text, s, want)
		}
	}
}
