package extract

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"pantau/internal/snapshot"
)

func TestDecode(t *testing.T) {
	const said = "Rp 5.000 – “wajib” é"
	latin, err := charmap.Windows1252.NewEncoder().String(said)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(said)
	if err != nil {
		t.Fatal(err)
	}
	const meta = `<meta charset="windows-1252">`
	for _, c := range []struct{ what, header, body, name, want string }{
		{"declared in the header", "text/html; charset=windows-1252", latin, "windows-1252", said},
		{"declared in the page", "text/html", meta + latin, "windows-1252", meta + said},
		{"declared nowhere", "", said, "utf-8", said},
		{"legacy bytes, declared nowhere", "", latin, "windows-1252", said},
		{"byte order mark against the header", "text/html; charset=windows-1252", "\xef\xbb\xbf" + said, "utf-8", said},
		{"UTF-16 with byte order mark", "text/html", wide, "utf-16le", said},
		{"header lies: it is UTF-8", "text/html; charset=iso-8859-1", said, "utf-8", said},
		{"header lies: it is not UTF-8, the page knows", "text/html; charset=utf-8", meta + latin, "windows-1252", meta + said},
		{"page lies: it is UTF-8", "", meta + said, "utf-8", meta + said},
		{"unknown charset", "text/html; charset=x-nonsense", said, "utf-8", said},
	} {
		got, name := decode([]byte(c.body), c.header)
		if string(got) != c.want || name != c.name {
			t.Errorf("%s: got %q as %s, want %q as %s", c.what, got, name, c.want, c.name)
		}
	}
}

// A lie that nothing else corrects leaves replacement characters, which the
// gate counts.
func TestUndecodable(t *testing.T) {
	d, err := Document(answer("", "text/html; charset=utf-8", "<p>pelanggaran \xe9\xe8 berat</p>"), snapshot.Source{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Quality.Replacement == 0 || d.Quality.Charset != "utf-8" || !utf8.ValidString(d.Blocks[0].Text) {
		t.Errorf("quality %+v, text %q", d.Quality, d.Blocks[0].Text)
	}
	if want := utf8.RuneCountInString(d.Blocks[0].Text); d.Quality.Runes != want {
		t.Errorf("%d runes counted, text has %d", d.Quality.Runes, want)
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		" a \t\n b\u00a0\u2003c ":    "a b c",
		"peng\u00adumum\u200ban":     "pengumuman",
		"e\u0301 \u1e0a\u0323":       "\u00e9 \u1e0c\u0307",
		"\u202edibalik\u202c \ufeff": "dibalik",
		"“kutip” – ’":                "“kutip” – ’",
		"a\x00b":                     "a b",
		"":                           "",
	} {
		if got := fold(in); got != want || strings.Contains(got, "  ") {
			t.Errorf("fold(%q) = %q, want %q", in, got, want)
		}
	}
	if got := fold("e\u0301"); got != "\u00e9" {
		t.Errorf("e with a combining accent became %+q", got)
	}
}

func TestMark(t *testing.T) {
	for _, c := range []struct {
		style string
		n     int
		want  string
	}{
		{"1", 12, "12."}, {"a", 1, "a."}, {"a", 26, "z."}, {"a", 27, "aa."}, {"A", 28, "AB."}, {"a", 0, "0."},
		{"i", 4, "iv."}, {"I", 1994, "MCMXCIV."}, {"I", 4000, "4000."}, {"i", -1, "-1."}, {"•", 3, "•"}, {"", 3, ""},
	} {
		if got := mark(c.style, c.n); got != c.want {
			t.Errorf("mark(%q, %d) = %q, want %q", c.style, c.n, got, c.want)
		}
	}
}
