package extract

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pantau/internal/snapshot"
)

// feedOf describes a feed, indexOf an index, as a configuration does.
func feedOf() *snapshot.Listing {
	return &snapshot.Listing{URL: "https://x.go.id/feed", FirstPage: 1, Format: snapshot.Feeds, Documents: true, Indexes: []snapshot.Part{{Name: "f"}}, Fields: FeedFields()}
}

func indexOf(url string) *snapshot.Listing {
	l := &snapshot.Listing{URL: url, FirstPage: 1, Documents: true, Indexes: []snapshot.Part{{Name: "i"}}}
	if !strings.Contains(url, "{page}") {
		l.Next = `a[rel~="next"]`
	}
	return l
}

// crawled walks over answers by address, which begin with a content type where a
// space comes before the first line's end. It gives the addresses asked for.
func crawled(t *testing.T, l *snapshot.Listing, answers map[string]string, known ...string) (doc *snapshot.Document, asked []string, err error) {
	t.Helper()
	w := NewWalk(l)
	if known != nil {
		w.Until(func(key string) bool { return strings.Contains(strings.Join(known, "\n")+"\n", key+"\n") }, 0)
	}
	var prev *snapshot.Response
	for n := 0; ; n++ {
		req, more, err := w.Next(prev)
		var f *snapshot.Fault
		if errors.As(err, &f) {
			prev = &snapshot.Response{Request: prev.Request, Fault: f}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			doc, err := w.Document()
			return doc, asked, err
		}
		if n > 100 {
			t.Fatalf("the walk does not end: %v", asked)
		}
		asked = append(asked, req.URL)
		prev = answerTo(req, answers)
	}
}

func answerTo(req snapshot.Request, answers map[string]string) *snapshot.Response {
	r := &snapshot.Response{Request: req, Status: 200}
	body, ok := answers[req.URL]
	if !ok {
		r.Status = 404
		r.Fault = &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonStatus, Detail: "the site answers 404"}
	}
	r.Body = snapshot.BodyOf([]byte(body))
	return r
}

func field(r snapshot.Record, name string) string { v, _ := r.Get(name); return v }

func TestFeedFormats(t *testing.T) {
	const item = `<title>Permen &amp; Surat</title>`
	for name, body := range map[string]string{
		"rss 2.0": `<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Kanal</title><link>https://x.go.id/</link><image><title>Logo</title><link>/</link></image>
			<item>` + item + `<link>/p/1?utm_source=feed</link><guid>abc</guid><pubDate>2026-01-05</pubDate><dc:creator>Humas</dc:creator><description>Ringkas</description><content:encoded><![CDATA[<p>Isi <b>lengkap</b>.</p><a href="/files/a.pdf"></a>]]></content:encoded></item></channel></rss>`,
		"rss 0.91": `<rss version="0.91"><channel><item>` + item + `<link>https://x.go.id/p/1</link><guid>abc</guid><pubDate>2026-01-05</pubDate><description>Isi lengkap.</description><enclosure url="/files/a.pdf" type="application/pdf"/><author>Humas</author></item></channel></rss>`,
		"rss 1.0":  `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="d"><channel rdf:about="c"><items><rdf:Seq/></items></channel><item rdf:about="abc">` + item + `<link>https://x.go.id/p/1</link><dc:date>2026-01-05</dc:date><description>Isi lengkap. &lt;a href="/files/a.pdf"&gt;&lt;/a&gt;</description><dc:creator>Humas</dc:creator></item></rdf:RDF>`,
		"atom":     `<feed xmlns="http://www.w3.org/2005/Atom"><title>Kanal</title><entry><id>abc</id>` + item + `<link rel="self" href="/self"/><link href="/p/1"/><link rel="enclosure" href="/files/a.pdf"/><published>2026-01-05</published><updated>2026-02-01</updated><author><name>Humas</name></author><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Isi <b>lengkap</b>.</p></div></content></entry></feed>`,
		"json":     `{"version": "https://jsonfeed.org/version/1.1", "title": "Kanal", "items": [{"id": "abc", "url": "/p/1", "title": "Permen & Surat", "date_published": "2026-01-05", "authors": [{"name": "Humas"}], "content_html": "<p>Isi <b>lengkap</b>.</p>", "attachments": [{"url": "/files/a.pdf"}]}]}`,
		"sloppy":   "\n\ufeff<rss><channel><item><title>Permen &nbsp;&amp; Surat</title><guid>abc</guid><link>https://x.go.id/p/1</link><pubDate>2026-01-05</pubDate><author>Humas</author><description>Isi\x01 lengkap.</description><enclosure url='/files/a.pdf'></item></channel></rss>",
	} {
		t.Run(name, func(t *testing.T) {
			doc, _, err := crawled(t, feedOf(), map[string]string{"https://x.go.id/feed": body})
			if err != nil {
				t.Fatal(err)
			}
			if len(doc.Records) != 1 || !doc.Partial {
				t.Fatalf("%d entries, partial %v", len(doc.Records), doc.Partial)
			}
			r := doc.Records[0]
			for name, want := range map[string]string{"title": "Permen & Surat", "link": "https://x.go.id/p/1", "date": "2026-01-05", "summary": "Isi lengkap.", "file": "https://x.go.id/files/a.pdf", "author": "Humas"} {
				if got := field(r, name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if r.Key != "abc" {
				t.Errorf("key %q", r.Key)
			}
		})
	}
}

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

// TestHostileLists: each limit is named in the fault, and nothing takes long.
func TestHostileLists(t *testing.T) {
	var laughs strings.Builder
	laughs.WriteString(`<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">`)
	for i := range 9 {
		fmt.Fprintf(&laughs, `<!ENTITY lol%d "%s">`, i+1, strings.Repeat("&lol;", 10))
	}
	laughs.WriteString(`]><rss><channel><item><title>&lol9;</title></item></channel></rss>`)
	for name, c := range map[string]struct {
		l          *snapshot.Listing
		body, want string
	}{
		"a million entries":        {feedOf(), `<rss><channel>` + strings.Repeat("<item><guid>1</guid></item>", 1_000_000) + `</channel></rss>`, "(entries)"},
		"as JSON":                  {feedOf(), `{"version":"https://jsonfeed.org/version/1","items":[` + strings.Repeat(`{"id":1},`, 200_000) + `{"id":2}]}`, "(entries)"},
		"a sitemap of a million":   {indexOf("https://x.go.id/s.xml"), `<urlset>` + strings.Repeat("<url><loc>/a</loc></url>", 1_000_000) + `</urlset>`, "(entries)"},
		"nested 10,000 deep":       {feedOf(), `<rss><channel><item>` + strings.Repeat("<a>", 10_000) + strings.Repeat("</a>", 10_000) + `</item></channel></rss>`, "(nesting)"},
		"a sitemap nested so":      {indexOf("https://x.go.id/s.xml"), `<urlset>` + strings.Repeat("<url>", 10_000), "(nesting)"},
		"a page nested so":         {indexOf("https://x.go.id/d"), `<html><body>` + strings.Repeat("<div>", 10_000) + `<a href="/1">Satu dua</a>`, "(nesting)"},
		"entities in a feed":       {feedOf(), laughs.String(), "(entities)"},
		"entities in an index":     {indexOf("https://x.go.id/d"), laughs.String(), "(entities)"},
		"a packed bomb":            {indexOf("https://x.go.id/s.xml.gz"), gzipped(`<urlset>` + strings.Repeat(" ", 60<<20)), "(ratio)"},
		"sitemaps without end":     {indexOf("https://x.go.id/s.xml"), `<sitemapindex>` + manyMaps(1200) + `</sitemapindex>`, "(sitemaps)"},
		"a feed that breaks off":   {feedOf(), `<rss><channel><item><title>Satu</ti`, ""},
		"a feed without its end":   {feedOf(), `<rss><channel><item><title>Satu</title></item>`, ""},
		"another kind of XML":      {feedOf(), `<?xml version="1.0"?><svg><item/></svg>`, "<svg>"},
		"a file where a list is":   {indexOf("https://x.go.id/d"), "%PDF-1.7", "a file came"},
		"JSON nested 20,000 deep":  {feedOf(), strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000), ""},
		"nothing":                  {feedOf(), " ", "empty"},
		"JSON without description": {indexOf("https://x.go.id/d"), `[{"a": 1}]`, "`records`, `key` and `fields`"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := crawled(t, c.l, map[string]string{c.l.URL: c.body})
			var f *snapshot.Fault
			if !errors.As(err, &f) {
				t.Fatalf("no fault: %v", err)
			}
			if !strings.Contains(f.Detail, c.want) || strings.HasPrefix(c.want, "(") && (f.Reason != snapshot.ReasonLimit || f.Class != snapshot.Failed) {
				t.Errorf("%s %s: %s, want %s", f.Class, f.Reason, f.Detail, c.want)
			}
		})
	}
}

func manyMaps(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<sitemap><loc>https://x.go.id/s%d.xml</loc></sitemap>", i)
	}
	return b.String()
}

// TestCharsetOfFeeds: what is declared may be a lie.
func TestCharsetOfFeeds(t *testing.T) {
	for name, body := range map[string]string{
		"latin 1, declared":             "<?xml version='1.0' encoding='ISO-8859-1'?><rss><channel><item><guid>1</guid><title>Caf\xe9</title></item></channel></rss>",
		"declared latin 1, is UTF-8":    "<?xml version='1.0' encoding='ISO-8859-1'?><rss><channel><item><guid>1</guid><title>Café</title></item></channel></rss>",
		"declared UTF-8, is latin 1":    "<?xml version='1.0' encoding='UTF-8'?><rss><channel><item><guid>1</guid><title>Caf\xe9</title></item></channel></rss>",
		"an encoding that nobody knows": "<?xml version='1.0' encoding='x-nonsense'?><rss><channel><item><guid>1</guid><title>Café</title></item></channel></rss>",
	} {
		doc, _, err := crawled(t, feedOf(), map[string]string{"https://x.go.id/feed": body})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := field(doc.Records[0], "title"); got != "Café" && !(name == "declared UTF-8, is latin 1" && strings.HasPrefix(got, "Caf")) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestSitemaps(t *testing.T) {
	answers := map[string]string{
		"https://x.go.id/s.xml":    `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>http://x.go.id/a.xml.gz</loc></sitemap><sitemap><loc>https://x.go.id/b.xml</loc></sitemap></sitemapindex>`,
		"https://x.go.id/a.xml.gz": gzipped(`<urlset><url><loc>https://x.go.id/id/uu-no-1-tahun-2024</loc><lastmod>2024-02-01</lastmod></url><url><loc>https://x.go.id/files/uu.pdf</loc></url></urlset>`),
		// It leads back to where the walk has been.
		"https://x.go.id/b.xml": `<sitemapindex><sitemap><loc>https://x.go.id/s.xml</loc></sitemap><sitemap><loc>https://x.go.id/b.xml</loc></sitemap><sitemap><loc>https://x.go.id/c.xml</loc></sitemap></sitemapindex>`,
		"https://x.go.id/c.xml": `<urlset><url><loc> /id/uu-no-1-tahun-2024/ </loc></url><url><loc>/id/uu-no-2-tahun-2024?utm_source=x</loc></url></urlset>`,
	}
	doc, asked, err := crawled(t, indexOf("https://x.go.id/s.xml"), answers)
	if err != nil || doc.Partial {
		t.Fatal(err, doc.Partial)
	}
	var got []string
	for _, r := range doc.Records {
		got = append(got, r.Key+" "+field(r, "title"))
	}
	want := []string{"https://x.go.id/id/uu-no-1-tahun-2024 uu no 1 tahun 2024", "https://x.go.id/files/uu.pdf uu", "https://x.go.id/id/uu-no-2-tahun-2024 uu no 2 tahun 2024"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("read %q, want %q", got, want)
	}
	if len(asked) != 5 { // the first once more at the end
		t.Errorf("asked for %q", asked)
	}
	delete(answers, "https://x.go.id/c.xml")
	if _, _, err := crawled(t, indexOf("https://x.go.id/s.xml"), answers); err == nil {
		t.Error("a sitemap that is missing is a whole list")
	}
}

func FuzzFeed(f *testing.F) {
	f.Add([]byte(`<rss><channel><item><guid>1</guid><title>x</title></item></channel></rss>`))
	f.Add([]byte(`<feed><entry><id>1</id><link href="/a"/></entry></feed>`))
	f.Add([]byte(`{"version":"https://jsonfeed.org/version/1","items":[{"id":"1"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) { fuzzed(t, feedOf(), body) })
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte(`<urlset><url><loc>/a</loc></url></urlset>`))
	f.Add([]byte(`<sitemapindex><sitemap><loc>/s.xml</loc></sitemap></sitemapindex>`))
	f.Add([]byte(`<main><ul><li><a href="/p/1">Permen 1</a> <a href="/f.pdf">unduh</a></li></ul><a rel="next" href="?page=2">2</a></main>`))
	f.Fuzz(func(t *testing.T, body []byte) { fuzzed(t, indexOf("https://x.go.id/d"), body) })
}

// fuzzed reads a body as the first page of a list: it ends, and every row has an
// absolute address and a key.
func fuzzed(t *testing.T, l *snapshot.Listing, body []byte) {
	reader, err := newSheetReader(l)
	if err != nil {
		t.Fatal(err)
	}
	s, f := reader.read(answerTo(snapshot.Request{URL: l.URL}, map[string]string{l.URL: string(body)}), body)
	if f != nil {
		return
	}
	for _, row := range s.rows {
		if link, ok := row.fields.Get(snapshot.FieldLink); ok && link != "" && !strings.HasPrefix(link, "http") && l.Format != snapshot.Feeds {
			t.Errorf("a row leads to %q", link)
		}
	}
	for _, at := range append(s.more, s.next) {
		if at != "" && !strings.HasPrefix(at, "http") {
			t.Errorf("the list goes on at %q", at)
		}
	}
}
