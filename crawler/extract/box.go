package extract

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pantau/internal/snapshot"
)

// longestTitle is the longest heading of a box or word on a button, in bytes
// that are not blank.
const longestTitle = 48

// boxes gives roles to what stands under a heading like "Related articles".
func (r *regions) boxes() {
	for _, t := range r.titles {
		if r.inRole(t.node) {
			continue
		}
		if box := r.box(t); box != nil {
			r.role[box] = t.role
			continue
		}
		r.below(t)
	}
}

// inRole tells whether n or an element around it has a role.
func (r *regions) inRole(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if r.role[n] != "" {
			return true
		}
	}
	return false
}

// box is the largest element that begins with the heading and holds nothing
// but what such a box holds; nil if there is none.
func (r *regions) box(t titled) *html.Node {
	var box *html.Node
	own := r.parts[t.node]
	for n := t.node; n.Parent != nil && r.leads(n); {
		n = n.Parent
		p := r.parts[n]
		if p.h1 || n.DataAtom == atom.Body || n.DataAtom == atom.Main {
			break
		}
		if p.text > own.text {
			if !r.holds(t.role, p, own) {
				break
			}
			box = n
		}
	}
	return box
}

// leads tells whether no text stands before n in its parent.
func (r *regions) leads(n *html.Node) bool {
	for c := n.PrevSibling; c != nil; c = c.PrevSibling {
		if _, ok := r.parts[c]; ok || c.Type == html.TextNode && !blank(c.Data) {
			return false
		}
	}
	return true
}

// holds tells whether a part is a box of the role that its heading names.
func (r *regions) holds(role snapshot.Role, p, heading bulk) bool {
	rest := p
	rest.text -= heading.text
	rest.link -= heading.link
	switch role {
	case snapshot.Related:
		return rest.links > 0 && rest.dense(0.4) && !r.most(p, 0.4) && rest.files*2 < rest.links
	case snapshot.Contents:
		return rest.links > 0 && rest.dense(0.7) && !r.most(p, 0.4)
	case snapshot.Share, snapshot.Counter:
		return rest.text <= 200
	}
	return p.text <= 700 && !r.most(p, 0.3)
}

// below gives the role to the heading and to the neighbours below it that are
// such a box: the heading does not share an element with them alone.
func (r *regions) below(t titled) {
	if t.role == snapshot.Contents || t.role == snapshot.Feedback {
		r.role[t.node] = t.role
	}
	var list []*html.Node
	found := bulk{}
	for c := t.node.NextSibling; c != nil; c = c.NextSibling {
		p, ok := r.parts[c]
		if c.Type == html.TextNode && !blank(c.Data) || p.titles > 0 && p.text == r.title(c) {
			break
		}
		if !ok {
			continue
		}
		if !r.holds(t.role, p, bulk{}) {
			break
		}
		list = append(list, c)
		found.add(p)
	}
	if len(list) == 0 || !r.holds(t.role, found, bulk{}) {
		return
	}
	r.role[t.node] = t.role
	for _, n := range list {
		r.role[n] = t.role
	}
}

// title is the size of n if it is a heading.
func (r *regions) title(n *html.Node) int {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return r.parts[n].text
	}
	return -1
}

// consent gives the role to requests for consent: the largest element around a
// button like "Accept all" that speaks of nothing else.
func (r *regions) consent() {
	for _, button := range r.agree {
		if r.inRole(button) {
			continue
		}
		var box *html.Node
		for n := button.Parent; n != nil && n.DataAtom != atom.Body && n.DataAtom != atom.Main; n = n.Parent {
			p := r.parts[n]
			if p.h1 || p.text > longestConsent || r.most(p, 0.35) || n.DataAtom == 0 && n.Type != html.ElementNode {
				break
			}
			if box != nil && p.text > r.parts[box].text*11/10+20 {
				break
			}
			if box != nil || speaksOfConsent(words(n)) {
				box = n
			}
		}
		if box != nil {
			r.role[box] = snapshot.Consent
		}
	}
}

// longestConsent is the size of a request for consent with all its purposes.
const longestConsent = 8000

func speaksOfConsent(text string) bool {
	for _, stem := range [...]string{"cookie", "kuki", "traceur", "consent", "persetujuan"} {
		if strings.Contains(text, stem) {
			return true
		}
	}
	return false
}

// words is the text under n in lower case, folded.
func words(n *html.Node) string {
	var f folder
	if n.Type == html.TextNode {
		f.text(n.Data)
	}
	for d := range n.Descendants() {
		if d.Type == html.TextNode && !programs(d.Parent.DataAtom) {
			f.text(d.Data)
		} else if blocky(d.DataAtom) {
			f.gap()
		}
	}
	return strings.ToLower(f.take())
}

// asButton tells whether a link acts as a button.
func asButton(n *html.Node) bool {
	if attr(n, "role") == "button" {
		return true
	}
	href := strings.TrimSpace(attr(n, "href"))
	return href == "" || href == "#" || strings.HasPrefix(href, "javascript:") || strings.Contains(attr(n, "class"), "btn") || strings.Contains(attr(n, "class"), "button")
}

// isFragment tells whether a link leads to a place on its own page.
func isFragment(href string) bool { return strings.Contains(href, "#") }

// titles tells whether n may be the heading of a box.
func titles(n *html.Node) bool {
	switch n.DataAtom {
	case atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Strong, atom.B, atom.Legend, atom.Summary, atom.Label:
		return true
	case atom.Div, atom.P, atom.Span, atom.Button:
		return n.FirstChild != nil && n.FirstChild == n.LastChild && n.FirstChild.Type == html.TextNode
	}
	return false
}
