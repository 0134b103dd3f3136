package extract

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pantau/internal/snapshot"
)

// frame finds the element that the content stands in, by where the prose is,
// and gives a role to what stands around it: menus and feet that say nothing
// of themselves are links, and stand before or behind.
func (r *regions) frame(root *html.Node) {
	f := framer{regions: r, mass: map[*html.Node]int{}}
	total := f.weigh(root)
	if total < leastProse {
		return
	}
	core := f.start(root, total)
	path := []*html.Node{core}
	for next := f.heavy(core, total); next != nil; next = f.heavy(next, total) {
		path = append(path, next)
	}
	core = path[len(path)-1]
	for n, level := core, 0; n != root && n.Parent != nil; n, level = n.Parent, level+1 {
		f.beside(n.Parent, n, level < near)
	}
	f.trim(core)
}

// near is how many elements around the core still belong to the content: a
// title, a date, a signature stand there.
const near = 2

// leastProse is the prose of a page, in bytes, from which its weight says where
// the content is; a page with less is a list of links, or short.
const leastProse = 200

type framer struct {
	*regions
	mass map[*html.Node]int // prose under a node, without what has a role
}

func (f *framer) weigh(n *html.Node) int {
	if n.Type == html.TextNode {
		size, _ := solid(n.Data)
		return size
	}
	if n.Type == html.ElementNode {
		if _, ok := f.parts[n]; !ok || f.role[n] != "" || n.DataAtom == atom.A {
			return 0
		}
	}
	sum := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		sum += f.weigh(c)
	}
	f.mass[n] = sum
	return sum
}

// start is where the search begins: the only main element, else the only
// article, if it has a good part of the prose; else the page.
func (f *framer) start(root *html.Node, total int) *html.Node {
	var mains, articles []*html.Node
	for n := range f.mass {
		switch {
		case n.DataAtom == atom.Main || n.Type == html.ElementNode && attr(n, "role") == "main":
			mains = append(mains, n)
		case n.DataAtom == atom.Article:
			articles = append(articles, n)
		}
	}
	for _, found := range [][]*html.Node{mains, articles} {
		if len(found) == 1 && f.mass[found[0]] >= substantial && 2*f.mass[found[0]] >= total {
			return found[0]
		}
	}
	return root
}

// heavy is the child that holds nearly all the prose; nil if none does, or if
// it is no container.
func (f *framer) heavy(n *html.Node, total int) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if f.mass[c]*10 >= total*9 && contains(c.DataAtom) {
			return c
		}
	}
	return nil
}

func contains(a atom.Atom) bool {
	switch a {
	case atom.Html, atom.Body, atom.Div, atom.Main, atom.Article, atom.Section, atom.Center, atom.Form, atom.Table,
		atom.Tbody, atom.Tr, atom.Td, atom.Fieldset, atom.Span, 0:
		return true
	}
	return false
}

// place is where a part stands as seen from the core.
type place struct{ behind, near bool }

// beside judges the children of n before and behind next, in which the content
// is.
func (f *framer) beside(n, next *html.Node, near bool) {
	at := place{near: near}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c == next {
			at.behind = true
			continue
		}
		f.judge(c, at)
	}
}

// judge gives a role to what is no content in a part outside the core.
func (f *framer) judge(n *html.Node, at place) {
	p, ok := f.parts[n]
	if !ok || f.role[n] != "" || p.files > 0 || p.h1 || !blocky(n.DataAtom) && n.DataAtom != atom.A {
		return
	}
	switch {
	case p.dense(0.5), !speaks(p, at):
		f.role[n] = snapshot.Outside
	case p.dense(0.2) && f.divides(n):
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			f.judge(c, at)
		}
	}
}

// speaks tells whether a part outside the core has a text of its own: prose, a
// table, a title; close to the core also a date or a number.
func speaks(p bulk, at place) bool {
	const sentence, paragraph = 60, 140
	switch {
	case p.rows > 1:
		return true
	case !at.behind:
		return p.run >= sentence || p.titles > 0 || at.near && p.digits > 1
	case at.near && p.links == 0 && p.forms == 0 && (p.digits > 1 || p.run >= sentence/2):
		return true
	}
	return p.prose() >= paragraph && p.run >= sentence
}

// divides tells whether n holds parts that can be judged apart.
func (f *framer) divides(n *html.Node) bool {
	count := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if _, ok := f.parts[c]; ok && blocky(c.DataAtom) {
			count++
		}
	}
	return count > 1 || count == 1 && n.FirstChild != nil
}

// trim gives a role to the menus at the ends of the core itself. Where the
// content is a list of links nothing is trimmed, nor is one of many like
// parts.
func (f *framer) trim(core *html.Node) {
	if p := f.parts[core]; p.dense(0.5) {
		return
	}
	for c := core.LastChild; c != nil; c = c.PrevSibling {
		if !f.cut(c, c.PrevSibling) {
			break
		}
	}
	for c := core.FirstChild; c != nil; c = c.NextSibling {
		if !f.cut(c, c.NextSibling) {
			break
		}
	}
}

// cut tells whether the search for menus goes on behind n.
func (f *framer) cut(n, neighbour *html.Node) bool {
	p, ok := f.parts[n]
	if n.Type == html.TextNode && !blank(n.Data) {
		return false
	}
	if !ok || f.role[n] != "" {
		return true
	}
	menu := p.links > 2 && p.dense(0.6) && !kin(n, neighbour) && !introduced(n)
	button := p.forms > 0 && p.links == 0 && p.text <= longestTitle && p.digits == 0
	if (menu || button) && !p.h1 && p.files == 0 {
		f.role[n] = snapshot.Outside
		return true
	}
	return false
}

// introduced tells whether the text before n leads up to it.
func introduced(n *html.Node) bool {
	for c := n.PrevSibling; c != nil; c = c.PrevSibling {
		if c.Type == html.ElementNode || !blank(c.Data) {
			text := words(c)
			return strings.HasSuffix(text, ":")
		}
	}
	return false
}

// kin tells whether two elements are two of one kind.
func kin(a, b *html.Node) bool {
	for b != nil && b.Type != html.ElementNode {
		b = b.NextSibling
	}
	return b != nil && a.DataAtom == b.DataAtom && attr(a, "class") == attr(b, "class")
}
