package extract

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pantau/internal/snapshot"
)

// substantial is the least prose, in bytes, that makes a main or article
// element the content of its page: less is a teaser or an empty frame.
const substantial = 200

// page extracts the chosen region of an HTML page, or what looks like its
// content when no region is chosen.
func page(text []byte, r *snapshot.Response, s snapshot.Source) (*snapshot.Document, error) {
	root, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		if len(s.Select) > 0 || len(s.Remove) > 0 {
			return nil, &snapshot.Fault{
				Class: snapshot.Held, Reason: snapshot.ReasonMalformed, URL: r.Request.URL, Err: err,
				Detail: fmt.Sprintf("source %s: the page cannot be read as a tree, so select and remove cannot be applied: %v", s.ID, err),
			}
		}
		flat, depth := flatten(text)
		if depth > deepestNesting {
			return nil, &snapshot.Fault{
				Class: snapshot.Failed, Reason: snapshot.ReasonLimit, URL: r.Request.URL, Err: err,
				Detail: fmt.Sprintf("source %s: the page nests its elements %d deep, over the limit of %d (nesting)", s.ID, depth, deepestNesting),
			}
		}
		if root, err = html.Parse(bytes.NewReader(flat)); err != nil {
			return nil, fmt.Errorf("source %s: read %s as HTML: %w", s.ID, r.Request.URL, err)
		}
	}
	title, base := head(root)
	d := &snapshot.Document{Title: fold(title)}
	w := walker{title: d.Title}
	if self, err := url.Parse(address(r)); err == nil && self.IsAbs() {
		w.self = self
	}
	w.base = baseOf(w.self, base)
	regions, err := w.choose(goquery.NewDocumentFromNode(root), s)
	if err != nil {
		return nil, err
	}
	if len(regions) == 0 {
		return nil, &snapshot.Fault{
			Class: snapshot.Held, Reason: snapshot.ReasonNoMatch, URL: r.Request.URL,
			Detail: s.Unlike(fmt.Sprintf("source %s: select %q finds nothing on the page; if the site was redesigned, choose the region anew", s.ID, strings.Join(s.Select, ", "))),
		}
	}
	for _, n := range regions {
		w.flush()
		w.roles = w.regionsOf(n).role
		w.node(n)
	}
	w.flush()
	d.Blocks, d.Asides = w.blocks, w.asides
	return d, nil
}

// choose applies select and remove and returns the regions in document order,
// none inside another.
func (w *walker) choose(doc *goquery.Document, s snapshot.Source) ([]*html.Node, error) {
	remove, err := compile(s, "remove", s.Remove)
	if err != nil {
		return nil, err
	}
	sel, err := compile(s, "select", s.Select)
	if err != nil {
		return nil, err
	}
	if remove != nil {
		doc.FindMatcher(remove).Remove()
	}
	if sel == nil {
		return []*html.Node{doc.Nodes[0]}, nil
	}
	var regions []*html.Node
	for _, n := range doc.FindMatcher(sel).Nodes {
		if len(regions) == 0 || !inside(n, regions[len(regions)-1]) {
			regions = append(regions, n)
		}
	}
	w.chosen = len(regions) != 1 || regions[0].DataAtom != atom.Body && regions[0].DataAtom != atom.Html
	return regions, nil
}

// compile joins CSS selectors into one matcher; nil if there are none.
func compile(s snapshot.Source, key string, list []string) (goquery.Matcher, error) {
	if len(list) == 0 {
		return nil, nil
	}
	for _, one := range list {
		if _, err := cascadia.Compile(one); err != nil {
			return nil, fmt.Errorf("source %s: %s %q is not a CSS selector: %w", s.ID, key, one, err)
		}
	}
	m, err := cascadia.Compile(strings.Join(list, ", "))
	if err != nil {
		return nil, fmt.Errorf("source %s: %s: %w", s.ID, key, err)
	}
	return m, nil
}

func inside(n, region *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == region {
			return true
		}
	}
	return false
}

// head reads the title and the base address from the head of a page.
func head(root *html.Node) (title, base string) {
	var top *html.Node
	for n := range root.Descendants() {
		if n.DataAtom == atom.Head {
			top = n
			break
		}
	}
	if top == nil {
		return "", ""
	}
	for n := range top.ChildNodes() {
		switch {
		case n.DataAtom == atom.Title && n.FirstChild != nil && title == "":
			title = n.FirstChild.Data
		case n.DataAtom == atom.Base && base == "":
			base = attr(n, "href")
		}
	}
	return title, base
}

// baseOf is what relative links are resolved against: the page's own address
// or what it says instead; nil if neither is known.
func baseOf(base *url.URL, href string) *url.URL {
	if href == "" {
		return base
	}
	u, err := url.Parse(strings.TrimSpace(href))
	switch {
	case err != nil:
		return base
	case base != nil:
		return base.ResolveReference(u)
	case u.IsAbs():
		return u
	}
	return nil
}

// deepestNesting is how deep the elements of a page may nest. Pages that forget to
// close theirs reach hundreds; what is deeper was made to do harm.
const deepestNesting = 5000

// flatten rewrites a page that is nested beyond the parser's limit into a flat
// one with the same text: only elements that cannot nest without end are kept,
// every other one becomes a line break if it is a block. depth is how deep the
// page was.
func flatten(text []byte) (flat []byte, depth int) {
	var out bytes.Buffer
	open := 0
	z := html.NewTokenizer(bytes.NewReader(text))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return out.Bytes(), depth
		}
		switch kind {
		case html.StartTagToken:
			open++
			depth = max(depth, open)
		case html.EndTagToken:
			open--
		}
		name, _ := z.TagName()
		a := atom.Lookup(name)
		switch {
		case kind == html.TextToken, kept(a) && kind != html.CommentToken && kind != html.DoctypeToken:
			out.Write(z.Raw())
		case blocky(a) || a == atom.Br:
			out.WriteString("<br>")
		}
	}
}

// kept are elements that close one another, or hold no elements.
func kept(a atom.Atom) bool {
	switch a {
	case atom.Title, atom.P, atom.Script, atom.Style, atom.Noscript, atom.Textarea:
		return true
	}
	return false
}
