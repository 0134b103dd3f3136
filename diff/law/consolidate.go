package law

import (
	"fmt"
	"slices"
	"strings"
)

// Consolidation is the text of a regulation as its amendments left it: unofficial,
// and only as good as what stands in Problems allows.
type Consolidation struct {
	Base     Identity   // the regulation that was amended
	AsOf     Day        // the day it is the text of; "" for after all amendments
	Applied  []Identity // amending regulations, in the order they were applied
	Text     *Regulation
	Problems []Problem

	given map[*Node]Identity
	where map[string]place

	scanned bool // the base has scanning errors
	reader  comparison
}

// Problem is what could not be applied, or was applied and does not fit. Nothing
// that is told here was guessed.
type Problem struct {
	Regulation Identity `json:"regulation"`
	Path       string   `json:"path,omitempty"`   // of the item that says so, in the amending regulation
	Target     string   `json:"target,omitempty"` // the provision
	Applied    bool     `json:"applied"`          // whether the new wording stands in the text all the same
	Why        string   `json:"why"`
	Quote      string   `json:"quote,omitempty"`
}

// place is a node with the list it stands in.
type place struct {
	node   *Node
	parent *Node // nil for a root
}

// Given is the regulation that gave a node of Text its present wording.
func (c *Consolidation) Given(n *Node) Identity { return c.given[n] }

// Consolidate applies amending regulations to a base in the order they are
// given. With a day, only those that were in force on it are applied; one whose
// day is not certain is not, and is told.
func Consolidate(base *Regulation, amendments []*Regulation, asOf Day) *Consolidation {
	c := &Consolidation{Base: base.Identity, AsOf: asOf, given: make(map[*Node]Identity), where: make(map[string]place), scanned: len(base.Repairs) > 0}
	c.Text = &Regulation{Identity: base.Identity, Title: base.Title}
	for _, n := range base.Nodes {
		c.Text.Nodes = append(c.Text.Nodes, c.copyOf(n, "", base.Identity))
	}
	c.index(c.Text.Nodes, nil)
	if asOf != "" {
		if force := base.Dates().Force; force == "" || force > asOf {
			c.tell(Problem{Regulation: base.Identity, Applied: true, Why: "the base was not in force on " + string(asOf) + ", or its day is not known"})
		}
	}
	last := Day("")
	for _, r := range amendments {
		dates := r.Dates()
		if !c.amendedBy(r) || !c.inForce(r, dates) {
			continue
		}
		if dates.Force != "" && dates.Force < last {
			c.tell(Problem{Regulation: r.Identity, Applied: true, Why: "it was in force before the one applied before it: the order may be wrong"})
		}
		last = max(last, dates.Force)
		c.apply(r)
	}
	return c
}

func (c *Consolidation) tell(p Problem) { c.Problems = append(c.Problems, p) }

// amendedBy reports whether a regulation says that it amends the base.
func (c *Consolidation) amendedBy(r *Regulation) bool {
	for _, rel := range r.Relations() {
		if !rel.Regulation.Same(c.Base) {
			continue
		}
		if rel.Kind == "mengubah" {
			return true
		}
		c.tell(Problem{Regulation: r.Identity, Path: rel.Path, Why: "it repeals the whole base; the text before is shown", Quote: rel.Quote})
		return false
	}
	c.tell(Problem{Regulation: r.Identity, Why: "it does not say that it amends " + c.Base.String()})
	return false
}

func (c *Consolidation) inForce(r *Regulation, d Dates) bool {
	switch {
	case c.AsOf == "":
	case d.Force == "" || !d.Exact:
		c.tell(Problem{Regulation: r.Identity, Why: "from when it holds is not certain", Quote: d.Clause})
		return false
	case d.Force > c.AsOf:
		return false
	}
	return true
}

// apply applies one regulation, item by item.
func (c *Consolidation) apply(r *Regulation) {
	c.Applied = append(c.Applied, r.Identity)
	a := &amendment{c: c, r: r, quoted: make(map[string]map[string]*Node), explained: make(map[string][]*Node), annexes: make(map[string]*Node), used: make(map[*Node]bool)}
	c.reader = comparison{scanned: c.scanned || len(r.Repairs) > 0, known: vocabulary(c.Text, r)}
	a.read(r.Nodes, "")
	operations := r.Operations()
	if len(operations) == 0 {
		c.tell(Problem{Regulation: r.Identity, Why: "no operation was found in it"})
	}
	for len(operations) > 0 {
		n := 1
		for n < len(operations) && operations[n].Path == operations[0].Path {
			n++
		}
		a.item(operations[:n])
		operations = operations[n:]
	}
	a.leftOver()
}

// copyOf copies a node and all in it. What stands under a prefix in an amending
// regulation has its own path in the amended one.
func (c *Consolidation) copyOf(n *Node, prefix string, by Identity) *Node {
	m := *n
	m.grown = nil
	m.Path = strings.TrimPrefix(n.Path, prefix)
	m.Explains = strings.TrimPrefix(n.Explains, prefix)
	if prefix != "" {
		m.Quoted, m.Spans, m.Page = false, nil, 0
	}
	c.given[&m] = by
	m.Children = make([]*Node, 0, len(n.Children))
	for _, k := range n.Children {
		m.Children = append(m.Children, c.copyOf(k, prefix, by))
	}
	return &m
}

func (c *Consolidation) index(nodes []*Node, parent *Node) {
	for _, n := range nodes {
		c.where[n.Path] = place{n, parent}
		c.index(n.Children, n)
	}
}

func (c *Consolidation) forget(n *Node) {
	delete(c.where, n.Path)
	delete(c.given, n)
	for _, k := range n.Children {
		c.forget(k)
	}
}

func (c *Consolidation) siblings(p place) *[]*Node {
	if p.parent == nil {
		return &c.Text.Nodes
	}
	return &p.parent.Children
}

// replace puts a node in the place of another. Provisions in it that read as
// before keep who gave them their wording; the paths of the others are told.
func (c *Consolidation) replace(path string, n *Node) (changed []string) {
	old := c.where[path]
	before := make(map[string]*Node)
	for m := range all(old.node) {
		before[m.Path] = m
	}
	for m := range all(n) {
		was := before[m.Path]
		delete(before, m.Path)
		if was != nil && was.Deleted == m.Deleted && c.same(was.Text, m.Text) {
			c.given[m] = c.given[was]
		} else {
			changed = append(changed, m.Path)
		}
	}
	for gone := range before {
		changed = append(changed, gone)
	}
	slices.Sort(changed)
	list := c.siblings(old)
	(*list)[slices.Index(*list, old.node)] = n
	c.forget(old.node)
	c.index([]*Node{n}, old.parent)
	return changed
}

// same reports whether two wordings are one, but for what scanning and
// typesetting did.
func (c *Consolidation) same(x, y string) bool {
	return comparable(mend(x)) == comparable(mend(y)) || c.reader.noise(x, y)
}

// insert puts nodes behind another, or last in it.
func (c *Consolidation) insert(at place, inside bool, nodes []*Node) {
	if inside {
		at.node.Children = append(at.node.Children, nodes...)
		c.index(nodes, at.node)
		return
	}
	list := c.siblings(at)
	i := slices.Index(*list, at.node)
	*list = slices.Insert(*list, i+1, nodes...)
	c.index(nodes, at.parent)
}

// remove empties a provision: its number stays, as in a deletion it does.
func (c *Consolidation) remove(at place, by Identity) {
	for _, k := range at.node.Children {
		c.forget(k)
	}
	at.node.Children, at.node.Deleted, at.node.Text = nil, true, "Dihapus."
	c.given[at.node] = by
}

// all walks a node and what is in it.
func all(n *Node) func(yield func(*Node) bool) {
	return func(yield func(*Node) bool) { walk([]*Node{n}, yield) }
}

// within reports whether a path is another, or in it.
func within(path, other string) bool {
	return path == other || strings.HasPrefix(path, other+"/")
}

// topOf is the part of a path that stands by itself in a regulation: the pasal,
// the bab with its parts, the annex.
func topOf(path string) string {
	if top, _, found := strings.Cut(path, "/"); found && strings.HasPrefix(top, "pasal-") {
		return top
	}
	return path
}

func citeAll(paths []string) string {
	var names []string
	for i, p := range paths {
		if i == 5 {
			names = append(names, fmt.Sprintf("and %d more", len(paths)-i))
			break
		}
		names = append(names, Cite(p, "id"))
	}
	return strings.Join(names, ", ")
}
