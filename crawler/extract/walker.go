package extract

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pantau/internal/snapshot"
)

const (
	// longestHeading is where a heading element is taken for a misused one
	// around ordinary text, in bytes.
	longestHeading = 400
	// longestCell is the size of a table cell, in bytes, from which its table
	// is taken for page layout and its content for ordinary blocks.
	longestCell = 2000
)

// walker turns a tree into blocks. Inline elements join, block elements and
// line breaks split: the ayat of a Pasal often stand in one paragraph with
// line breaks between, and each must be a passage of its own.
type walker struct {
	title  string                       // of the page
	self   *url.URL                     // of the page; nil if not known
	base   *url.URL                     // what links are relative to
	chosen bool                         // a person chose the region: keep its navigation, headers and footers
	roles  map[*html.Node]snapshot.Role // of the parts beside the content
	folder

	blocks []snapshot.Block
	asides []snapshot.Aside
	beside bool            // inside a part beside the content
	links  []snapshot.Link // of the block being gathered
	kind   snapshot.Kind   // of the next block; empty is a paragraph
	level  int
	marker string // of the next item
	list   list   // innermost
	inline bool   // inside a table cell: nothing splits
	pre    bool
}

// node walks one element or text.
func (w *walker) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		if w.pre && !w.inline {
			w.lines(n.Data)
		} else {
			w.text(n.Data)
		}
	case html.DocumentNode:
		w.children(n)
	case html.ElementNode:
		switch role := w.roles[n]; {
		case skips(n):
		case role != "" && !w.beside && !w.inline && (blocky(n.DataAtom) || w.len() == 0):
			w.aside(n, role)
		default:
			w.element(n)
		}
	}
}

func (w *walker) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c)
	}
}

// aside walks a part that stands beside the content.
func (w *walker) aside(n *html.Node, role snapshot.Role) {
	w.flush()
	content := w.blocks
	w.blocks, w.beside = nil, true
	w.element(n)
	w.flush()
	for _, b := range w.blocks {
		w.asides = append(w.asides, snapshot.Aside{Role: role, Block: b})
	}
	w.blocks, w.beside = content, false
}

func (w *walker) element(n *html.Node) {
	switch a := n.DataAtom; a {
	case atom.Br:
		if w.kind == snapshot.Heading {
			w.gap()
		} else {
			w.split()
		}
	case atom.A:
		w.anchor(n)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.block(n, snapshot.Heading, int(n.Data[1]-'0'))
	case atom.Ul, atom.Ol, atom.Menu:
		w.within(n)
	case atom.Li:
		w.item(n)
	case atom.Pre, atom.Listing, atom.Xmp:
		was := w.pre
		w.pre = true
		w.block(n, snapshot.Pre, 0)
		w.pre = was
	case atom.Tr:
		w.row(n)
	case atom.Td, atom.Th:
		w.split()
		w.children(n)
		w.split()
	case atom.Iframe, atom.Embed, atom.Object:
		w.embedded(n)
	case atom.Span:
		w.span(n)
	default:
		if !blocky(a) {
			w.children(n)
			return
		}
		w.split()
		w.children(n)
		w.split()
	}
}

// span walks an inline element that may stand for a hidden mail address.
func (w *walker) span(n *html.Node) {
	if code := attr(n, "data-cfemail"); code != "" {
		w.text(unprotect(code))
		return
	}
	w.children(n)
}

// block walks n as blocks of one kind.
func (w *walker) block(n *html.Node, k snapshot.Kind, level int) {
	w.split()
	kind, was, marker := w.kind, w.level, w.marker
	if k == snapshot.Heading {
		w.marker = ""
	}
	w.kind, w.level = k, level
	w.children(n)
	w.split()
	w.kind, w.level = kind, was
	if k == snapshot.Heading {
		w.marker = marker
	}
}

// split ends the block being gathered, or leaves a blank where nothing splits.
func (w *walker) split() {
	if w.inline {
		w.gap()
		return
	}
	w.flush()
}

// flush makes a block of the gathered text.
func (w *walker) flush() {
	text, links := w.take(), w.links
	w.links = nil
	if text == "" || probe(text) {
		return
	}
	b := snapshot.Block{Kind: w.kind, Level: w.level, Text: text, Links: links}
	switch {
	case b.Kind == "", b.Kind == snapshot.Heading && len(text) > longestHeading:
		b.Kind, b.Level = snapshot.Paragraph, 0
	case b.Kind == snapshot.Item:
		b.Marker, w.marker = w.marker, ""
	}
	w.blocks = append(w.blocks, b)
}

// lines gathers preformatted text, each line a block.
func (w *walker) lines(s string) {
	for {
		line, rest, more := strings.Cut(s, "\n")
		w.text(line)
		if !more {
			return
		}
		w.flush()
		s = rest
	}
}

// row walks a table row: as cells, or as ordinary blocks where the table is
// only the layout of the page.
func (w *walker) row(n *html.Node) {
	if w.inline || layout(n) {
		w.split()
		w.children(n)
		w.split()
		return
	}
	w.flush()
	w.inline = true
	b := snapshot.Block{Kind: snapshot.Row}
	text := false
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode || skips(c) {
			continue
		}
		w.children(c)
		cell := w.take()
		text = text || cell != ""
		b.Cells = append(b.Cells, cell)
	}
	w.inline = false
	b.Links, w.links = w.links, nil
	if text {
		w.blocks = append(w.blocks, b)
	}
}

// layout tells whether a table row only arranges parts of a page: it has a
// single cell, or a cell that holds a structure of its own or a long text.
func layout(tr *html.Node) bool {
	cells := 0
	for c := tr.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		cells++
		size := 0
		for d := range c.Descendants() {
			switch d.DataAtom {
			case atom.Table, atom.Ul, atom.Ol, atom.Pre, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
				return true
			case 0:
				if d.Type == html.TextNode {
					size += len(d.Data)
				}
			}
			if size > longestCell {
				return true
			}
		}
	}
	return cells < 2
}

// anchor gathers a link. A link around whole blocks belongs to the first.
func (w *walker) anchor(n *html.Node) {
	target := w.target(attr(n, "href"))
	if p := n.PrevSibling; p != nil && p.DataAtom == atom.A {
		w.gap() // set apart by style: a row of links is not one word
	}
	blocks, start := len(w.blocks), w.len()
	w.span(n)
	switch {
	case target == "":
	case len(w.blocks) > blocks:
		b := &w.blocks[blocks]
		b.Links = append(b.Links, snapshot.Link{Text: b.Line(), Target: target})
	case w.since(start) != "":
		if text := w.since(start); !says(text, target) {
			w.links = append(w.links, snapshot.Link{Text: text, Target: target})
		}
	case isFile(target):
		w.file(target)
	}
}

// embedded gathers a document that is shown inside the page. Its content is
// not here, but where it lies is.
func (w *walker) embedded(n *html.Node) {
	src := attr(n, "src")
	if n.DataAtom == atom.Object {
		src = attr(n, "data")
	}
	if target := w.target(src); isFile(target) {
		w.split()
		w.file(target)
		w.split()
	}
	if n.DataAtom == atom.Object {
		w.children(n)
	}
}

// file gathers a link to a document that has no words of its own: the name of
// the file stands for them.
func (w *walker) file(target string) {
	name := fileName(target)
	w.gap()
	w.text(name)
	w.gap()
	w.links = append(w.links, snapshot.Link{Text: name, Target: target})
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return true
		}
	}
	return false
}
