package extract

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pantau/internal/snapshot"
)

func TestPlainText(t *testing.T) {
	d, err := Document(answer("https://example.go.id/uu.txt", "", "Pasal 1\r\n\r\nSetiap orang\nwajib patuh.\n \nPasal 2"), snapshot.Source{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range d.Blocks {
		got = append(got, d.Blocks[i].Line())
	}
	if want := []string{"Pasal 1", "Setiap orang wajib patuh.", "Pasal 2"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is no page is held, not read as one.
func TestOtherFormats(t *testing.T) {
	for what, body := range map[string]string{
		"a PDF document": "%PDF-1.7\n%\xe2\xe3", "a DOCX document or another zip archive": "PK\x03\x04xx", "binary data": "\x89PNG\r\n\x1a\n\x00\x00",
	} {
		_, err := Document(answer("https://example.go.id/x", "text/html", body), snapshot.Source{ID: "permen"})
		var f *snapshot.Fault
		if !errors.As(err, &f) || f.Class != snapshot.Held || f.Reason != snapshot.ReasonMalformed || !strings.Contains(f.Detail, what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestNothingUsable(t *testing.T) {
	c := &snapshot.Capture{Responses: []*snapshot.Response{{Fault: &snapshot.Fault{Class: snapshot.Failed}}}}
	if d, err := Document(c, snapshot.Source{ID: "permen"}); err == nil || !strings.Contains(err.Error(), "permen") {
		t.Errorf("got %v, %v", d, err)
	}
	broken := errors.New("disk")
	c = answer("https://example.go.id/", "", "")
	c.Responses[0].Body.Read = func() ([]byte, error) { return nil, broken }
	if _, err := Document(c, snapshot.Source{ID: "permen"}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// A page nested beyond the parser's limit is still read; but a region cannot
// be found in it.
func TestNestedBeyondTheLimit(t *testing.T) {
	deep := strings.Repeat("<div>", 600) + "<p>Pasal&nbsp;1 &amp; <b>isi</b></p><script>x()</script>" + strings.Repeat("</div>", 600) + "<p>akhir"
	d, err := Document(answer("", "", "<title>Dalam</title>"+deep), snapshot.Source{})
	if err != nil {
		t.Fatal(err)
	}
	if got := render(d); got != "title: Dalam\nparagraph: Pasal 1 & isi\nparagraph: akhir\n" {
		t.Errorf("got %s", got)
	}
	_, err = Document(answer("", "", deep), snapshot.Source{Select: []string{"p"}})
	var f *snapshot.Fault
	if !errors.As(err, &f) || f.Class != snapshot.Held || f.Reason != snapshot.ReasonMalformed {
		t.Errorf("got %v", err)
	}
}

// Regions come in document order and once, however the selectors overlap.
func TestRegions(t *testing.T) {
	const body = `<div class="b"><p class="a">satu</p></div><div class="c">tiga</div><p class="a">dua</p>`
	for _, sel := range [][]string{{".a, .b, .c"}, {".c", ".a", ".b", "div > p"}} {
		d, err := Document(answer("", "", body), snapshot.Source{Select: sel})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := render(d), "title: \nparagraph: satu\nparagraph: tiga\nparagraph: dua\n"; got != want {
			t.Errorf("%q: got\n%s", sel, got)
		}
	}
}

// Noise that changes nothing a reader sees leaves the digest as it was.
func TestDigestOfTheSamePage(t *testing.T) {
	page := func(nonce int) string {
		return fmt.Sprintf(`<html><head><meta name="csrf" content="%[1]d"><script nonce="%[1]d">x=%[1]d</script></head>
<body class="v%[1]d"><main id="m%[1]d"><h1>Pasal 1</h1>%[2]s<p data-t="%[1]d">Setiap <b>orang</b> wajib.</p>
<input type="hidden" value="%[1]d"><a href="/x?utm_id=%[1]d">unduh</a></main></body></html>`, nonce, strings.Repeat("\n", nonce))
	}
	digest := func(s string) string {
		d, err := Document(answer("https://example.go.id/", "", s), snapshot.Source{Select: []string{"main"}})
		if err != nil {
			t.Fatal(err)
		}
		return d.Digest()
	}
	if digest(page(1)) != digest(page(7)) {
		t.Error("noise changed the digest")
	}
	if digest(page(1)) == digest(strings.Replace(page(1), "wajib", "boleh", 1)) {
		t.Error("a change of a word did not change the digest")
	}
	if digest(page(1)) == digest(strings.Replace(page(1), `"/x?`, `"/y?`, 1)) {
		t.Error("a change of a target did not change the digest")
	}
}

// Whatever comes, extraction ends, and its text is folded and valid.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		"<p>x", "<table><tr><td>a<td><table><tr><td>b", "<ol reversed start=99999999999><li>x<li value=-5>y", "<a href='http://[::1'>z</a>",
		"<pre>a\nb<br>c</pre>", "<base href=':'><a href=x>y</a>", "\xff\xfe<\x00p\x00>\x00", "<span data-cfemail=zz>a</span>",
		strings.Repeat("<font>", 600) + "x",
	} {
		f.Add([]byte(seed), "main, p", "text/html; charset=windows-1252")
	}
	f.Fuzz(func(t *testing.T, body []byte, sel, contentType string) {
		for _, s := range []snapshot.Source{{}, {Select: []string{sel}}, {Remove: []string{sel}}} {
			d, err := Document(answer("https://example.go.id/a", contentType, string(body)), s)
			if err != nil {
				continue
			}
			for i := range d.Blocks {
				b := &d.Blocks[i]
				for _, text := range append([]string{b.Text}, b.Cells...) {
					if text != fold(text) {
						t.Fatalf("block %d: %q is not folded", i, text)
					}
				}
				if b.Line() == "" {
					t.Fatalf("block %d is empty", i)
				}
			}
		}
	})
}
