package extract

import (
	"cmp"
	"encoding/xml"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pantau/internal/snapshot"
)

// feedEntry is one entry of a feed as it is gathered.
type feedEntry struct {
	id, link, title, date, updated, summary, content, author string
	files                                                    []string
}

// FeedFields describes the entries of a feed. When an entry was last touched is
// shown and not compared: many programs say the moment of the answer. Links are
// compared as addresses: that a site has moved to https is news of no entry.
func FeedFields() []snapshot.Column {
	return []snapshot.Column{
		{Name: snapshot.FieldTitle, As: snapshot.Text}, {Name: snapshot.FieldLink, As: snapshot.Websites}, {Name: snapshot.FieldDate, As: snapshot.Exact},
		{Name: snapshot.FieldSummary, As: snapshot.Text}, {Name: snapshot.FieldFile, As: snapshot.Websites},
		{Name: snapshot.FieldUpdated, As: snapshot.Kept}, {Name: snapshot.FieldAuthor, As: snapshot.Kept},
	}
}

// feed reads RSS of any version or Atom. A feed shows the newest entries, so that
// one that is not in it has not gone.
func (r *sheetReader) feed(text []byte, base *url.URL) (*sheet, error) {
	t := newTags(text, "feed")
	if _, err := t.root(); err != nil {
		return nil, t.cut(err)
	}
	s := &sheet{total: unknown, pages: 1, partial: true}
	for {
		tok, err := t.next()
		if err != nil {
			return nil, t.cut(err)
		}
		switch v := tok.(type) {
		case xml.EndElement:
			if t.depth == 0 {
				return s, nil
			}
		case xml.StartElement:
			if v.Name.Local != "item" && v.Name.Local != "entry" {
				continue // a channel is gone into, what else stands in it is passed by
			}
			if len(s.rows) >= mostEntries {
				return nil, limited("the feed has more than %d entries (entries)", mostEntries)
			}
			e, err := t.entry(v, base)
			if err != nil {
				return nil, err
			}
			s.rows = append(s.rows, r.entryLine(e))
		}
	}
}

// entry reads one item or entry.
func (t *tags) entry(start xml.StartElement, base *url.URL) (feedEntry, error) {
	e := feedEntry{id: attribute(start, "about")}
	for end := t.depth - 1; t.depth > end; {
		tok, err := t.next()
		if err != nil {
			return e, t.cut(err)
		}
		v, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		words, err := t.text(func(in xml.StartElement) {
			if to := reference(base, attribute(in, "href")); in.Name.Local == "a" && isDocument(to) {
				e.files = append(e.files, to)
			}
		})
		if err != nil {
			return e, err
		}
		e.note(v, strings.TrimSpace(words), base)
	}
	e.read(cmp.Or(e.content, e.summary), base)
	return e, nil
}

// note takes down one element of an entry.
func (e *feedEntry) note(v xml.StartElement, words string, base *url.URL) {
	media := strings.Contains(v.Name.Space, "media") // of the picture beside it
	switch v.Name.Local {
	case "id", "guid":
		e.id = cmp.Or(words, e.id)
	case "title":
		if !media {
			e.title = cmp.Or(e.title, plainText(words))
		}
	case "link":
		e.linkTo(attribute(v, "rel"), cmp.Or(attribute(v, "href"), words), base)
	case "enclosure":
		e.files = append(e.files, reference(base, attribute(v, "url")))
	case "pubDate", "published", "issued", "date", "created":
		e.date = cmp.Or(e.date, words)
	case "updated", "modified", "lastBuildDate":
		e.updated = cmp.Or(e.updated, words)
	case "description", "summary":
		e.summary = cmp.Or(words, e.summary)
	case "encoded", "content":
		if !media {
			e.content = cmp.Or(words, e.content)
		}
	case "creator", "author":
		e.author = cmp.Or(e.author, words)
	}
}

// linkTo notes a link of an entry by what it says of it.
func (e *feedEntry) linkTo(rel, href string, base *url.URL) {
	href = reference(base, href)
	switch {
	case href == "":
	case rel == "enclosure":
		e.files = append(e.files, href)
	case rel == "" || rel == "alternate":
		e.link = cmp.Or(e.link, href)
	}
}

// read takes the words of the content, and the documents that it links to.
func (e *feedEntry) read(content string, base *url.URL) {
	words, links := fragment(content)
	e.summary = bounded(words)
	for _, href := range links {
		if to := reference(base, href); isDocument(to) {
			e.files = append(e.files, to)
		}
	}
}

// jsonFeed reads a JSON Feed.
func (r *sheetReader) jsonFeed(body []byte, base *url.URL) (*sheet, error) {
	doc := gjson.ParseBytes(body)
	s := &sheet{total: unknown, pages: 1, partial: true}
	over := false
	doc.Get("items").ForEach(func(_, item gjson.Result) bool {
		if over = len(s.rows) >= mostEntries; over {
			return false
		}
		e := feedEntry{id: item.Get("id").String(), title: plainText(item.Get("title").String()),
			date: item.Get("date_published").String(), updated: item.Get("date_modified").String(),
			author: cmp.Or(item.Get("authors.0.name").String(), item.Get("author.name").String())}
		e.linkTo("", cmp.Or(item.Get("url").String(), item.Get("external_url").String()), base)
		item.Get("attachments").ForEach(func(_, a gjson.Result) bool {
			e.linkTo("enclosure", a.Get("url").String(), base)
			return true
		})
		content := item.Get("content_html").String()
		if content == "" {
			content = html.EscapeString(cmp.Or(item.Get("content_text").String(), item.Get("summary").String()))
		}
		e.read(content, base)
		s.rows = append(s.rows, r.entryLine(e))
		return true
	})
	if over {
		return nil, limited("the feed has more than %d entries (entries)", mostEntries)
	}
	return s, nil
}

// entryLine is an entry as a row. In an index what an entry is known by is the
// document that it leads to; in a feed what the feed says.
func (r *sheetReader) entryLine(e feedEntry) line {
	slices.Sort(e.files)
	e.files = slices.DeleteFunc(slices.Compact(e.files), func(f string) bool { return f == "" })
	if e.link == "" && strings.HasPrefix(e.id, "http") {
		e.link = e.id
	}
	if e.link == "" && len(e.files) > 0 {
		e.link = e.files[0]
	}
	r.row = r.row[:0]
	for _, f := range []snapshot.Field{
		{Name: snapshot.FieldTitle, Value: bounded(e.title)}, {Name: snapshot.FieldLink, Value: bounded(e.link)},
		{Name: snapshot.FieldDate, Value: bounded(e.date)}, {Name: snapshot.FieldSummary, Value: e.summary},
		{Name: snapshot.FieldFile, Value: bounded(strings.Join(e.files, ", "))},
		{Name: snapshot.FieldUpdated, Value: bounded(e.updated)}, {Name: snapshot.FieldAuthor, Value: bounded(strings.Join(strings.Fields(e.author), " "))},
	} {
		r.add(f.Name, f.Value)
	}
	key := cmp.Or(entryKey(e.id), entryKey(e.link))
	if r.listing.Format != snapshot.Feeds {
		key = documentKey(e.link)
	} else if key == "" && e.title != "" {
		key = e.title + " " + e.date
	}
	return r.line(bounded(key))
}

// entryKey is what an entry is known by. Most feeds name it by its address: what
// says nothing of where that leads is left out as in documentKey, but not a place
// in the page, which may be all that tells two entries apart.
func entryKey(id string) string {
	if !strings.HasPrefix(id, "http://") && !strings.HasPrefix(id, "https://") {
		return id
	}
	to := reference(nil, id)
	key := documentKey(to)
	if u, err := url.Parse(to); err == nil && key != "" && u.Fragment != "" && !strings.Contains(key, "#") {
		key += "#" + u.EscapedFragment()
	}
	return cmp.Or(key, id)
}

func isJSONFeed(body []byte) bool {
	doc := gjson.ParseBytes(body)
	return strings.Contains(doc.Get("version").String(), "jsonfeed.org/version/") && doc.Get("items").IsArray()
}

// plainText is a title without the marks that some feeds write in it.
func plainText(s string) string {
	words, _ := fragment(s)
	return words
}

// fragment is the words and links of a piece of HTML, white space folded.
func fragment(s string) (words string, links []string) {
	if !strings.ContainsAny(s, "<&") {
		return fold(s), nil
	}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	for skipping := false; ; {
		switch z.Next() {
		case html.ErrorToken:
			return fold(b.String()), links
		case html.TextToken:
			if !skipping {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			a := atom.Lookup(name)
			skipping = a == atom.Script || a == atom.Style
			if blocky(a) || a == atom.Br {
				b.WriteByte(' ')
			}
			for more && a == atom.A {
				var k, v []byte
				k, v, more = z.TagAttr()
				if string(k) == "href" {
					links = append(links, string(v))
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			skipping = false
			if blocky(atom.Lookup(name)) {
				b.WriteByte(' ')
			}
		}
	}
}

// bounded is a field of at most so many bytes; the digest of a longer one says
// when anything behind them changes.
func bounded(s string) string {
	s = strings.TrimSpace(s)
	if len(s) <= mostText {
		return s
	}
	return strings.ToValidUTF8(s[:mostText], "") + " [... " + snapshot.Digest([]byte(s))[:16] + "]"
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

// reference is the absolute address of a link, without what only tracks the
// reader; empty: it leads to no page.
func reference(base *url.URL, href string) string {
	w := walker{base: base}
	to := w.target(href)
	if !strings.HasPrefix(to, "http://") && !strings.HasPrefix(to, "https://") {
		return ""
	}
	return to
}

// documentKey is what a document is known by: where it lies. By which scheme, or
// with which sign at the end, says nothing; nor does a place in the page.
func documentKey(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return ""
	}
	if !strings.HasPrefix(u.Fragment, "/") && !strings.HasPrefix(u.Fragment, "!") { // those are pages of a program
		u.Fragment, u.RawFragment = "", ""
	}
	u.Scheme = "https"
	u.Host = strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(u.Host, ":80"), ":443"))
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u.String()
}
