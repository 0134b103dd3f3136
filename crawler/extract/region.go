package extract

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pantau/internal/snapshot"
)

// bulk is how much a reader can see under a node.
type bulk struct {
	text   int // bytes that are not blank
	link   int // of them, in links
	links  int
	frags  int // links to a place on the same page
	forms  int // buttons and fields
	titles int // h1 to h3
	rows   int // of tables
	files  int // links to documents
	digits int // outside of links
	run    int // the longest text in one piece outside of links
	h1     bool
}

func (p *bulk) add(o bulk) {
	p.text += o.text
	p.link += o.link
	p.links += o.links
	p.frags += o.frags
	p.forms += o.forms
	p.titles += o.titles
	p.rows += o.rows
	p.files += o.files
	p.digits += o.digits
	p.run = max(p.run, o.run)
	p.h1 = p.h1 || o.h1
}

// prose is the text outside of links.
func (p bulk) prose() int { return p.text - p.link }

// dense tells whether at least a share of the text is links.
func (p bulk) dense(share float64) bool { return float64(p.link) >= share*float64(p.text) }

// regions says of the parts of a page which stand beside its content, and as
// what.
type regions struct {
	w      *walker
	parts  map[*html.Node]bulk // elements with any text
	role   map[*html.Node]snapshot.Role
	whole  bulk // of the page
	agree  []*html.Node
	titles []titled
}

// titled is a short heading that says what the box below it is.
type titled struct {
	node *html.Node
	role snapshot.Role
}

// regionsOf looks over the tree under root. In a region that a person chose,
// only that is beside the content which cannot be content anywhere: requests
// for consent, lists of the page's own sections, ratings, related pages.
func (w *walker) regionsOf(root *html.Node) *regions {
	r := &regions{w: w, parts: make(map[*html.Node]bulk, elements(root)), role: map[*html.Node]snapshot.Role{}}
	r.whole = r.measure(root, false)
	r.consent()
	r.mark(root)
	r.boxes()
	if !w.chosen {
		r.frame(root)
	}
	r.spare(root)
	return r
}

// elements counts the elements under n: what is noted of them is much, and would
// be copied whenever there is no room for more.
func elements(n *html.Node) int {
	count := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			count += 1 + elements(c)
		}
	}
	return count
}

// measure adds up what is under n.
func (r *regions) measure(n *html.Node, linked bool) bulk {
	var p bulk
	if n.Type == html.TextNode {
		p.text, p.digits = solid(n.Data)
		if linked {
			p.link, p.digits = p.text, 0
		} else {
			p.run = p.text
		}
		return p
	}
	if n.Type == html.ElementNode && skips(n) {
		if n.DataAtom == atom.Input || n.DataAtom == atom.Select || n.DataAtom == atom.Textarea {
			p.forms = 1
		}
		return p
	}
	linked = linked || n.DataAtom == atom.A
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.add(r.measure(c, linked))
	}
	r.note(n, &p)
	if p.text > 0 && n.Type == html.ElementNode {
		r.parts[n] = p
	}
	return p
}

// note adds what the element itself is.
func (r *regions) note(n *html.Node, p *bulk) {
	switch n.DataAtom {
	case atom.A:
		if p.text > 0 {
			p.links++
			switch href := attr(n, "href"); {
			case isDocument(href):
				p.files++
			case len(href) > 1 && isFragment(href) && r.w.target(href) == "":
				p.frags++
			}
		}
		if asButton(n) {
			p.forms++
			r.noteButton(n, *p)
		}
	case atom.Button:
		p.forms++
		r.noteButton(n, *p)
	case atom.H1, atom.H2, atom.H3:
		if p.text > 0 {
			p.titles++
			p.h1 = p.h1 || n.DataAtom == atom.H1
		}
	case atom.Tr:
		p.rows++
	}
	if p.text > 0 && p.text <= longestTitle && titles(n) {
		if role := titleRole(words(n)); role != "" {
			r.titles = append(r.titles, titled{n, role})
		}
	}
}

func (r *regions) noteButton(n *html.Node, p bulk) {
	if p.text > 0 && p.text <= longestTitle && agrees(words(n)) {
		r.agree = append(r.agree, n)
	}
}

// solid counts the bytes of s that are not blank, and the digits among them.
func solid(s string) (size, digits int) {
	for i := range len(s) {
		if s[i] > ' ' {
			size++
			if '0' <= s[i] && s[i] <= '9' {
				digits++
			}
		}
	}
	return size, digits
}

// blank tells whether s has no text.
func blank(s string) bool {
	size, _ := solid(s)
	return size == 0
}

// mark gives roles by what the elements say of themselves.
func (r *regions) mark(n *html.Node) {
	p, ok := r.parts[n]
	if n.Type == html.ElementNode {
		if !ok || r.role[n] != "" {
			return
		}
		if role := r.says(n, p); role != "" {
			r.role[n] = role
			return
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.mark(c)
	}
}

// says is the role of an element by its name, its ARIA role and its class. A
// part with most of the page's text, or with its title, is its content
// whatever it is called.
func (r *regions) says(n *html.Node, p bulk) snapshot.Role {
	switch {
	case p.links > 2 && p.frags*10 >= p.links*9 && p.dense(0.8) && !r.most(p, 0.5):
		return snapshot.Contents
	case vendor(n):
		return snapshot.Consent
	case attr(n, "aria-live") == "assertive" && words(n) == strings.ToLower(r.w.title):
		return snapshot.Dialog // what a screen reader is told
	case n.DataAtom == atom.Button && p.text <= aButton && p.digits == 0 && attr(n, "aria-expanded") == "" && alone(n):
		return snapshot.Prompt
	case n.DataAtom == atom.Body || n.DataAtom == atom.Html || n.DataAtom == atom.Main:
		return ""
	case p.h1 && (r.w.chosen || p.titles == r.whole.titles || landmark(n) != snapshot.Banner):
		return ""
	}
	role := named(n)
	if r.w.chosen {
		if role == snapshot.Consent && r.small(role, p) {
			return role
		}
		return ""
	}
	if land := landmark(n); land != "" && (p.prose() < aText || !r.most(p, 0.5)) {
		return land
	}
	if role != "" && p.files == 0 && r.small(role, p) {
		return role
	}
	return ""
}

// aText is the prose, in bytes, that an address, a slogan and a copyright line
// do not reach together.
const aText = 300

// aButton is the longest word on a button that only does something, in bytes.
const aButton = 24

// alone tells whether n is no part of a sentence or of a heading.
func alone(n *html.Node) bool {
	for c := n.Parent.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode && !blank(c.Data) {
			return false
		}
	}
	switch n.Parent.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Summary, atom.Dt:
		return false
	}
	return true
}

// most tells whether a part has at least a share of the page's prose.
func (r *regions) most(p bulk, share float64) bool {
	return p.prose() > 0 && float64(p.prose()) >= share*float64(r.whole.prose())
}

// small tells whether a part is of the size that parts of this role have.
func (r *regions) small(role snapshot.Role, p bulk) bool {
	const aLine, aBox = 200, 700 // bytes
	if role == snapshot.Footer && p.prose() < aText {
		return true
	}
	switch role {
	case snapshot.Navigation:
		return !r.most(p, 0.3) && (p.dense(0.5) || p.text <= aLine)
	case snapshot.Related:
		return !r.most(p, 0.3) && p.links > 1 && p.dense(0.4) && p.files*2 < p.links
	case snapshot.Consent:
		return !r.most(p, 0.35) && p.forms > 0
	case snapshot.Banner:
		return !r.most(p, 0.1) && (p.titles == 0 || p.dense(0.5)) && p.rows == 0
	case snapshot.Share, snapshot.Search, snapshot.Counter:
		return p.text <= aLine
	case snapshot.Prompt, snapshot.Feedback:
		return p.text <= aBox && (p.forms > 0 || p.text <= aLine)
	case snapshot.Footer, snapshot.Sidebar, snapshot.Dialog:
		return !r.most(p, 0.3)
	}
	return true
}

// spare takes back what would leave the page without content: there the list
// of news, or what stands outside, is what it is watched for.
func (r *regions) spare(root *html.Node) {
	const little = 24 // bytes of text
	for _, weak := range [][]snapshot.Role{
		{snapshot.Outside}, {snapshot.Related}, {snapshot.Sidebar, snapshot.Prompt, snapshot.Dialog}, {snapshot.Navigation, snapshot.Banner, snapshot.Contents},
	} {
		if r.left(root, little) >= little {
			return
		}
		for n, role := range r.role {
			for _, w := range weak {
				if role == w {
					delete(r.role, n)
				}
			}
		}
	}
}

// left counts the text that remains under n without the parts that have a role,
// in bytes; it stops counting when there is enough.
func (r *regions) left(n *html.Node, enough int) int {
	if n.Type == html.TextNode {
		size, _ := solid(n.Data)
		return size
	}
	if n.Type == html.ElementNode {
		if _, ok := r.parts[n]; !ok || r.role[n] != "" {
			return 0
		}
	}
	sum := 0
	for c := n.FirstChild; c != nil && sum < enough; c = c.NextSibling {
		sum += r.left(c, enough-sum)
	}
	return sum
}
