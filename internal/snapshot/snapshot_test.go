package snapshot

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestHost(t *testing.T) {
	for address, want := range map[string]string{
		"https://JDIH.Example.go.id/a?b": "https://jdih.example.go.id:443",
		"http://example.id":              "http://example.id:80",
		"http://example.id:8080/x":       "http://example.id:8080",
		"http://[::1]:90/":               "http://[::1]:90",
	} {
		if got := (Source{URL: address}).Host(); got != want {
			t.Errorf("host of %s is %s, want %s", address, got, want)
		}
	}
	l := Source{URL: "http://wrong.id", Listing: &Listing{URL: "https://pse.example.id/api?index={index}&page={page}"}}
	if got := l.Host(); got != "https://pse.example.id:443" {
		t.Errorf("host of a listing is %s", got)
	}
}

// records draws rows with few keys and values, so that equal ones happen.
func records(t *rapid.T) []Record {
	word := rapid.SampledFrom([]string{"", "a", "b", "ab"})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Record {
		return Record{Key: word.Draw(t, "key"), Index: word.Draw(t, "index"), Page: rapid.IntRange(1, 9).Draw(t, "page"),
			Fields: FieldsOf(Field{word.Draw(t, "name"), word.Draw(t, "value")})}
	}), 0, 6).Draw(t, "records")
}

// The order of rows and the page they stood on are not content.
func TestDigestIgnoresOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := records(t)
		other := rapid.Permutation(rows).Draw(t, "other order")
		for i := range other {
			other[i].Page += 3
		}
		if (&Document{Records: rows}).Digest() != (&Document{Records: other, Title: "x"}).Digest() {
			t.Fatalf("%v and %v differ", rows, other)
		}
	})
}

// Two documents of different content never run together into one digest.
func TestDigestTellsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := records(t), records(t)
		x, y := canonical(a), canonical(b)
		if same := (&Document{Records: a}).Digest() == (&Document{Records: b}).Digest(); same != (x == y) {
			t.Fatalf("digests equal: %v, contents %s and %s", same, x, y)
		}
	})
	for _, pair := range [][2]Block{
		{{Kind: Item, Marker: "a.", Text: "b"}, {Kind: Item, Text: "a. b"}},
		{{Kind: Row, Cells: []string{"a b", "c"}}, {Kind: Row, Cells: []string{"a", "b c"}}},
		{{Kind: Paragraph, Text: "lihat", Links: []Link{{"lihat", "/a.pdf"}}}, {Kind: Paragraph, Text: "lihat", Links: []Link{{"lihat", "/b.pdf"}}}},
	} {
		if (&Document{Blocks: pair[:1]}).Digest() == (&Document{Blocks: pair[1:]}).Digest() {
			t.Errorf("%+v and %+v have one digest", pair[0], pair[1])
		}
	}
}

func canonical(rows []Record) string {
	var lines []string
	for _, r := range rows {
		b, _ := json.Marshal([]any{r.Index, r.Key, r.Fields})
		lines = append(lines, string(b))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestManifestIsWholeAndCanonical(t *testing.T) {
	c := Capture{Source: "pse", Started: time.Date(2026, 1, 5, 13, 0, 0, 0, time.FixedZone("WIB", 7*3600)), Responses: []*Response{{
		Request: Request{URL: "http://x", Part: "LOKAL_TERDAFTAR", Page: 3}, Attempt: 2, Status: 200, Header: [][2]string{{"B", "1"}, {"A", "2"}},
		Body: BodyOf([]byte("isi")), Fault: (&Fault{Class: Held, Reason: ReasonHTMLForJSON, Detail: "a page"}).At(Request{URL: "http://x", Part: "LOKAL_TERDAFTAR", Page: 3})}}}
	m, err := c.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	var back Capture
	if err := json.Unmarshal(m, &back); err != nil {
		t.Fatal(err)
	}
	again, err := back.Manifest()
	if err != nil || string(again) != string(m) {
		t.Errorf("%s\nis read back as\n%s, %v", m, again, err)
	}
	for _, want := range []string{Digest([]byte("isi")), `["B","1"],["A","2"]`, "2026-01-05T06:00:00Z", "html-for-json"} {
		if !strings.Contains(string(m), want) {
			t.Errorf("the manifest lacks %s:\n%s", want, m)
		}
	}
	if got := back.Responses[0].Get("b"); got != "1" {
		t.Errorf("header b is %q", got)
	}
	if f := back.Responses[0].Fault.Error(); !strings.Contains(f, "LOKAL_TERDAFTAR, page 3") || !strings.Contains(f, "http://x") {
		t.Errorf("the fault does not say where: %s", f)
	}
}
