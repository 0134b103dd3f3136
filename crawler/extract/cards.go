package extract

import (
	"bytes"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pantau/internal/snapshot"
)

// documents reads one answer of a source whose rows are documents: a listing
// page, a sitemap, a feed or records in JSON, whichever came.
func (r *sheetReader) documents(a *snapshot.Response, body []byte) (*sheet, *snapshot.Fault) {
	body, f := unzipped(body)
	if f != nil {
		return nil, f
	}
	base, err := url.Parse(address(a))
	if err != nil {
		return nil, malformed("the address of the page: %v", err)
	}
	s, err := r.sniffed(a, body, base)
	if errors.As(err, &f) {
		return nil, f
	}
	if err != nil {
		return nil, malformed("%v", err)
	}
	s.url = address(a)
	return s, nil
}

// sniffed reads a body by what it begins with.
func (r *sheetReader) sniffed(a *snapshot.Response, body []byte, base *url.URL) (*sheet, error) {
	head := bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\ufeff")), " \t\r\n")
	feeds := r.listing.Format == snapshot.Feeds
	switch {
	case len(head) == 0:
		return nil, malformed("an empty body came where a list is due")
	case bytes.HasPrefix(head, []byte("%PDF-")), bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return nil, malformed("a file came where a list is due; check the address")
	case head[0] == '{', head[0] == '[', r.listing.Format == snapshot.JSON:
		return r.jsonDocuments(a, head, base)
	}
	if r.listing.Format != snapshot.HTML {
		text, name := xmlText(body, a.ContentType)
		read, what := r.rooted(text)
		if read != nil {
			s, err := read(text, base)
			if s != nil {
				s.charset = name
			}
			return s, err
		}
		if what != "" && what != "html" && bytes.HasPrefix(head, []byte("<?xml")) {
			return nil, malformed("XML of an unknown kind came, its first element is <%s>; a feed has <rss>, <feed> or <RDF>, a sitemap <urlset> or <sitemapindex>", what)
		}
	}
	if feeds {
		f := webPage(head)
		if f == nil {
			return nil, malformed("no feed came but %s", excerpt(head))
		}
		f.Detail = strings.Replace(f.Detail, "where records are due", "where a feed is due", 1)
		return nil, f
	}
	return r.cards(a, body, base)
}

// rooted is what reads XML with this first element; nil: it is neither a feed
// nor a sitemap. A document that is broken before its first element is left to
// the reader of feeds, which says so.
func (r *sheetReader) rooted(text []byte) (func([]byte, *url.URL) (*sheet, error), string) {
	root, err := newTags(text, "document").root()
	if err != nil {
		if bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("<?xml")) || bytes.Contains(text[:min(len(text), 4096)], []byte("<!ENTITY")) {
			return r.feed, ""
		}
		return nil, ""
	}
	switch strings.ToLower(root.Name.Local) {
	case "rss", "feed", "rdf":
		return r.feed, ""
	case "urlset", "sitemapindex":
		if r.listing.Format != snapshot.Feeds {
			return r.sitemap, ""
		}
	}
	return nil, strings.ToLower(root.Name.Local)
}

// jsonDocuments reads a JSON Feed, or records by their description.
func (r *sheetReader) jsonDocuments(_ *snapshot.Response, body []byte, base *url.URL) (*sheet, error) {
	if emptyAnswer(body) {
		return &sheet{total: unknown, pages: 1}, nil
	}
	if f := notJSON(body); f != nil {
		if web := webPage(body); web != nil {
			return nil, web
		}
		return nil, f
	}
	if isJSONFeed(body) {
		return r.jsonFeed(body, base)
	}
	if r.listing.Format == snapshot.Feeds {
		return nil, malformed("JSON came that is no JSON Feed: %s", excerpt(body))
	}
	if len(r.listing.Key.All()) == 0 || r.listing.Key.All()[0] == "" {
		return nil, malformed("JSON came: %s; `records`, `key` and `fields` say how its rows are read", excerpt(body))
	}
	s, f := r.json(body)
	if f != nil {
		return nil, f
	}
	return s, nil
}

// cards reads the documents that a page in HTML lists.
func (r *sheetReader) cards(a *snapshot.Response, body []byte, base *url.URL) (*sheet, error) {
	text, name := decode(body, a.ContentType)
	root, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, limited("the page cannot be read as a tree: %v (nesting)", err)
	}
	title, href := head(root)
	base = baseOf(base, href)
	doc := goquery.NewDocumentFromNode(root)
	s := &sheet{total: unknown, pages: 1, charset: name}
	if s.lacks, err = r.sentinel(doc, text); err != nil {
		return nil, err
	}
	var rows []card
	if r.listing.Cards.Each == "" {
		rows, err = r.content(root, a, title, base)
	} else {
		rows, err = r.chosen(doc, base)
	}
	if err != nil {
		return nil, err
	}
	s.shown = len(rows)
	best := map[string]int{} // of the links to one document the one with the best words
	for i, c := range rows {
		key := documentKey(c.link)
		if n, twice := best[key]; twice && (generic(c.title) || !generic(rows[n].title)) {
			continue
		}
		best[key] = i
	}
	for i, c := range rows {
		key := documentKey(c.link)
		if key == "" || best[key] != i || sameList(c.link, base) {
			continue
		}
		if len(s.rows) >= mostEntries {
			return nil, limited("the page has more than %d entries (entries)", mostEntries)
		}
		s.rows = append(s.rows, r.cardLine(key, c))
	}
	s.frame = frameOf(doc, base, s.rows)
	if r.listing.Next != "" {
		s.next, err = nextLink(doc, r.listing.Next, base)
	}
	return s, err
}

// card is a document as a page lists it.
type card struct {
	link, title, file string
	fields            []snapshot.Field
}

func (r *sheetReader) cardLine(key string, c card) line {
	r.row = r.row[:0]
	r.add(snapshot.FieldTitle, bounded(c.title))
	r.add(snapshot.FieldLink, bounded(c.link))
	if c.file != "" && c.file != c.link {
		r.add(snapshot.FieldFile, bounded(c.file))
	}
	for _, f := range c.fields {
		r.add(f.Name, bounded(f.Value))
	}
	return r.line(bounded(key))
}

// chosen reads the cards that the description names.
func (r *sheetReader) chosen(doc *goquery.Document, base *url.URL) ([]card, error) {
	l := r.listing
	each, err := selector("cards.each", l.Cards.Each)
	if err != nil {
		return nil, err
	}
	link, err := selector("cards.link", l.Cards.Link)
	if err != nil {
		return nil, err
	}
	fields := make([]goquery.Matcher, len(l.Fields))
	for i, f := range l.Fields {
		if fields[i], err = selector("cards."+f.Name, f.Path); err != nil {
			return nil, err
		}
	}
	var out []card
	doc.FindMatcher(each).Each(func(_ int, found *goquery.Selection) {
		out = append(out, r.one(found, link, fields, base))
	})
	return out, nil
}

// one reads one card.
func (r *sheetReader) one(found *goquery.Selection, link goquery.Matcher, fields []goquery.Matcher, base *url.URL) card {
	links := found.Find("a[href]")
	if found.Is("a[href]") {
		links = found.AddSelection(links)
	}
	main := links
	if link != nil {
		if main = found.FindMatcher(link); main.Length() == 0 && found.IsMatcher(link) {
			main = found
		}
		if main.Length() > 0 && !main.Is("a[href]") {
			main = main.Find("a[href]")
		}
	}
	var c card
	main.EachWithBreak(func(_ int, a *goquery.Selection) bool {
		c.link = reference(base, a.AttrOr("href", ""))
		c.title = wordsOf(a)
		return c.link == ""
	})
	if c.link == "" {
		return c // it is counted, and no document
	}
	links.EachWithBreak(func(_ int, a *goquery.Selection) bool {
		if to := reference(base, a.AttrOr("href", "")); isFile(to) {
			c.file = to
		}
		return c.file == ""
	})
	if generic(c.title) {
		heading := found.Find("h1, h2, h3, h4, h5, h6, [class*=title], [class*=judul]").First()
		if c.title = wordsOf(heading); c.title == "" {
			c.title = wordsOf(found)
		}
	}
	for i, f := range fields {
		if f == nil {
			continue // what every card has
		}
		at := found.FindMatcher(f).First()
		value := wordsOf(at)
		switch {
		case r.listing.Fields[i].Name == snapshot.FieldFile:
			c.file = reference(base, at.AttrOr("href", ""))
		case value == "":
		case r.listing.Fields[i].Name == snapshot.FieldTitle:
			c.title = value
		default:
			c.fields = append(c.fields, snapshot.Field{Name: r.listing.Fields[i].Name, Value: value})
		}
	}
	return c
}

// content takes the links in the content of a page for its documents: of a row
// or an item the one, of running text each.
func (r *sheetReader) content(root *html.Node, a *snapshot.Response, title string, base *url.URL) ([]card, error) {
	w := walker{title: fold(title), base: base, self: base}
	w.roles = w.regionsOf(root).role
	w.node(root)
	w.flush()
	var out []card
	for i := range w.blocks {
		b := &w.blocks[i]
		var links []snapshot.Link
		for _, l := range b.Links {
			u, err := url.Parse(l.Target)
			if err != nil || !strings.HasPrefix(u.Scheme, "http") || !isDocument(l.Target) && !strings.EqualFold(u.Host, base.Host) {
				continue // to another site, and no document
			}
			links = append(links, l)
		}
		switch {
		case len(links) == 0:
		case b.Kind == snapshot.Row || b.Kind == snapshot.Item:
			out = append(out, together(b, links))
		default:
			for _, l := range links {
				c := card{link: l.Target, title: l.Text}
				if generic(c.title) {
					c.title = b.Line()
				}
				out = append(out, c)
			}
		}
	}
	return out, nil
}

// together is the one document of a row or an item: its page, with the file
// beside it.
func together(b *snapshot.Block, links []snapshot.Link) card {
	c := card{}
	for _, l := range links {
		switch file := isFile(l.Target); {
		case file && c.file == "":
			c.file = l.Target
		case !file && c.link == "":
			c.link, c.title = l.Target, l.Text
		}
	}
	if c.link == "" {
		c.link, c.title = links[0].Target, links[0].Text
	}
	if generic(c.title) {
		c.title = b.Text
		for _, cell := range b.Cells {
			if len(cell) > len(c.title) {
				c.title = cell
			}
		}
	}
	return c
}

// wordsOf is the text of a selection as a reader sees it.
func wordsOf(s *goquery.Selection) string {
	if s.Length() == 0 {
		return ""
	}
	var b strings.Builder
	for _, n := range s.Nodes {
		writeWords(&b, n)
	}
	return fold(b.String())
}

func writeWords(b *strings.Builder, n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		b.WriteString(n.Data)
	case n.DataAtom == atom.Script || n.DataAtom == atom.Style || n.DataAtom == atom.Template:
	default:
		split := n.Type == html.ElementNode && (blocky(n.DataAtom) || n.DataAtom == atom.Br || n.DataAtom == atom.Td)
		if split {
			b.WriteByte(' ')
		}
		for c := range n.ChildNodes() {
			writeWords(b, c)
		}
		if split {
			b.WriteByte(' ')
		}
	}
}

// generic tells whether the words of a link name no document.
func generic(s string) bool {
	switch strings.ToLower(strings.Trim(s, " .»›>→…")) {
	case "", "detail", "lihat", "lihat detail", "lihat selengkapnya", "selengkapnya", "baca selengkapnya", "baca", "unduh", "download", "unduh pdf", "pdf",
		"read more", "more", "view", "details", "open", "buka", "abstrak", "lampiran", "preview", "pratinjau", "klik di sini", "here", "dokumen", "file":
		return true
	}
	return len([]rune(s)) < 4
}

// sameList tells whether a link leads to another page of the list itself.
func sameList(link string, base *url.URL) bool {
	u, err := url.Parse(link)
	return err == nil && base != nil && strings.EqualFold(u.Host, base.Host) &&
		strings.TrimRight(u.Path, "/") == strings.TrimRight(base.Path, "/") && unpaged(u) == unpaged(base)
}

// unpaged is the query of an address without what names a page of a list.
func unpaged(u *url.URL) string {
	q := u.Query()
	for name, values := range q {
		switch strings.ToLower(name) {
		case "page", "p", "hal", "halaman", "paged", "start", "offset", "pg":
			if _, err := strconv.Atoi(values[0]); err == nil {
				q.Del(name)
			}
		}
	}
	return q.Encode()
}

// frameOf are the links of the site around a list.
func frameOf(doc *goquery.Document, base *url.URL, rows []line) []string {
	cards := make(map[string]bool, len(rows))
	for _, l := range rows {
		cards[l.key] = true
	}
	var out []string
	doc.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
		to := reference(base, a.AttrOr("href", ""))
		if key := documentKey(to); key != "" && !cards[key] && !sameList(to, base) && !slices.Contains(out, key) && len(out) < mostFrame {
			out = append(out, key)
		}
	})
	return out
}

// mostFrame is how many links of a site are remembered to know its pages by.
const mostFrame = 200

// nextLink is where the page says that the next one lies.
func nextLink(doc *goquery.Document, css string, base *url.URL) (string, error) {
	m, err := selector("paging.next", css)
	if err != nil {
		return "", err
	}
	found := doc.FindMatcher(m)
	if found.Length() > 0 && !found.Is("[href]") {
		found = found.Find("a[href]")
	}
	return reference(base, found.First().AttrOr("href", "")), nil
}

// selector compiles one selector; nil: there is none.
func selector(key, css string) (goquery.Matcher, error) {
	if css == "" {
		return nil, nil
	}
	m, err := cascadia.Compile(css)
	if err != nil {
		return nil, malformed("%s %q is not a CSS selector: %v", key, css, err)
	}
	return m, nil
}

// sentinel says what the first page lacks of what it is known by; empty: nothing.
func (r *sheetReader) sentinel(doc *goquery.Document, text []byte) (string, error) {
	known := r.listing.Sentinel
	shown := ""
	for _, want := range known.Texts {
		if shown == "" {
			shown = strings.ToLower(wordsOf(doc.Selection))
		}
		if !strings.Contains(shown, strings.ToLower(fold(want))) {
			return "the text \"" + want + "\" is not on it", nil
		}
	}
	for _, css := range known.CSS {
		m, err := selector("require", css)
		if err != nil {
			return "", err
		}
		if doc.FindMatcher(m).Length() == 0 {
			return "nothing on it fits " + css, nil
		}
	}
	return "", nil
}
