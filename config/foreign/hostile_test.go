package foreign

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// TestHostile reads what is made to exhaust or mislead a reader: each is
// refused, or read as far as it goes, with bounded work.
func TestHostile(t *testing.T) {
	tests := []struct {
		name   string
		data   []byte
		format Format
		want   string // of the error, or of the note of the first watch
	}{
		{"aliases", []byte(laughs()), "", "more values than any list"},
		{"alias to itself", []byte("url: https://a.example.id/\nx: &x [*x]\n"), "", "nested deeper"},
		{"alias to nothing", []byte("url: *x\n"), "", "anchor that stands nowhere"},
		{"tag", []byte("url: !!python/object/apply:os.system [id]\n"), "", "tag"},
		{"brackets", []byte("url: " + strings.Repeat("[", 200_000)), "", "nested deeper"},
		{"braces", []byte("url: " + strings.Repeat("{a: ", 50_000)), "", "nested deeper"},
		{"dashes", []byte("url: x\nfilter:\n  " + strings.Repeat("- ", 100_000) + "a\n"), "", "nested deeper"},
		{"questions", []byte("url: x\nfilter:\n  " + strings.Repeat("? ", 100_000) + "a\n"), "", "nested deeper"},
		{"indentation", []byte(stairs()), "", "nested deeper"},
		{"large document", []byte("url: https://a.example.id/\nname: " + strings.Repeat("x", largestJob)), "", "larger than 256 KiB"},
		{"large YAML", []byte(strings.Repeat("url: https://a.example.id/\n---\n", largestYAML/20)), "", "larger than 4 MiB"},
		{"many jobs", []byte(strings.Repeat("url: https://a.example.id/\n---\n", mostWatches+1)), "", "more than 10000 jobs"},
		{"deep JSON", []byte(`{"url": ` + strings.Repeat("[", 100_000)), "", "nested deeper"},
		{"cut JSON", []byte(`{"a": {"url": "https://a.example.id/"`), "", "ends too early"},
		{"many values", []byte("[" + strings.Repeat("0,", mostNodes) + "0]"), "", "more values"},
		{"many watches", []byte("[" + strings.Repeat(`{"url":"https://a.example.id/"},`, mostWatches) + `{"url":"https://a.example.id/"}]`), "", "more than 10000 watches"},
		{"many addresses", []byte(strings.Repeat("https://a.example.id/\n", mostWatches+1)), "", "more than 10000 addresses"},
		{"deep outline", []byte("<opml><body>" + strings.Repeat(`<outline text="a">`, 10_000)), "", "nested deeper"},
		{"many outlines", []byte("<opml><body>" + strings.Repeat(`<outline xmlUrl="https://a.example.id/f"/>`, mostWatches+1) + "</body></opml>"), "", "more than 10000 outlines"},
		{"entities", []byte(`<!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><body><outline xmlUrl="&b;"/></body></opml>`), "", "cannot be read as XML"},
		{"outside entity", []byte(`<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/hostname">]><opml><body><outline xmlUrl="https://a.example.id/&x;"/></body></opml>`), "", "cannot be read as XML"},
		{"outline that includes itself", []byte(`<opml><body><outline type="include" text="me" url="https://a.example.id/me.opml"/></body></opml>`), "", "not fetched"},
		{"zip bomb", zipped(t, "url-watches.json", io.LimitReader(blanks{}, largestText*4)), "", "larger than 16 MiB unpacked"},
		{"zip that lies", liar(t), "", "damaged"},
		{"no zip", []byte("PK\x03\x04 and nothing"), "", "cannot be read as one"},
		{"zip as YAML", []byte("PK\x03\x04 and nothing"), Urlwatch, "zip archive"},
		{"not text", []byte("url: \xff\xfe\n"), "", "not UTF-8"},
		{"nothing", nil, "", "no list of watches"},
		{"prose", []byte("Dear colleague, see attached."), "", "no list of watches"},
		{"HTML", []byte("<html><body>opml</body></html>"), "", "no list of watches"},
		{"unknown format", []byte("x"), "rss", "no format"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			im, err := Read(test.data, test.format)
			got := fmt.Sprint(err)
			if err == nil {
				if w := im.Watches[0]; w.Outcome != Left {
					t.Fatalf("it became %+v", w.Source)
				}
				got = im.Watches[0].Lost()[0].String()
			}
			if !strings.Contains(got, test.want) {
				t.Errorf("got %.300q, want a word of %q", got, test.want)
			}
		})
	}
}

// TestLarge: a file that is larger than anything is refused unread.
func TestLarge(t *testing.T) {
	if _, err := Read(make([]byte, Largest+1), ""); err == nil {
		t.Error("it was read")
	}
	if _, err := Read(bytes.Repeat([]byte("https://a.example.id/\n"), largestText/20), ""); err == nil {
		t.Error("a list as large was read")
	}
}

// laughs is a document of nine levels, each ten times the one below.
func laughs() string {
	var b strings.Builder
	b.WriteString("url: https://a.example.id/\nl0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n")
	for i := range 9 {
		fmt.Fprintf(&b, "l%d: &l%d [%s*l%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*l%d, ", i), 9), i)
	}
	return b.String()
}

func stairs() string {
	var b strings.Builder
	for i := range 600 {
		fmt.Fprintf(&b, "%sa:\n", strings.Repeat(" ", i))
	}
	return "url: x\n" + b.String()
}

// blanks never end.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte{' '}, len(p))), nil }

func zipped(t *testing.T, name string, content io.Reader) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// liar is an archive whose directory says that a long file is short.
func liar(t *testing.T) []byte {
	b := zipped(t, "url-watches.json", io.LimitReader(blanks{}, largestText*2))
	at := bytes.LastIndex(b, []byte("PK\x01\x02"))
	copy(b[at+24:], []byte{1, 0, 0, 0})
	return b
}
