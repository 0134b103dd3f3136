package law

import (
	"slices"
	"strings"
)

// amendment is an amending regulation that is applied: the new wording it has,
// by the item that quotes it and the provision it is for.
type amendment struct {
	c         *Consolidation
	r         *Regulation
	quoted    map[string]map[string]*Node // by path of the item or pasal, by target
	explained map[string][]*Node          // by what is explained in the amended regulation
	annexes   map[string]*Node
	used      map[*Node]bool
}

// read finds the new wording.
func (a *amendment) read(nodes []*Node, item string) {
	var visit func(nodes []*Node, item string)
	visit = func(nodes []*Node, item string) {
		for _, n := range nodes {
			switch {
			case n.Quoted:
				if a.quoted[item] == nil {
					a.quoted[item] = make(map[string]*Node)
				}
				a.quoted[item][strings.TrimPrefix(n.Path, item+"/")] = n
				visit(n.Children, item)
				continue
			case n.Kind == Lampiran:
				a.annexes[n.Path] = n
			case n.Kind == Penjelasan:
				if target := explainedTarget(n.Path); target != "" {
					a.explained[target] = append(a.explained[target], n)
				}
			}
			if n.Kind == Pasal || n.Kind == Angka {
				visit(n.Children, n.Path)
			} else {
				visit(n.Children, item)
			}
		}
	}
	visit(nodes, item)
}

// item applies what one item says. The new wording of a pasal stands once for
// all that is said of it.
func (a *amendment) item(operations []Operation) {
	if on := operations[0].Regulation; on.Number != "" && !on.Same(a.c.Base) {
		a.problem(operations[0], false, "it is about "+on.String()+", not about "+a.c.Base.String())
		return
	}
	done := make(map[string]bool)
	for _, o := range operations {
		switch o.Op {
		case "amend":
			a.amend(o, operations, done)
		case "insert", "add":
			a.insert(o, operations, done)
		case "delete":
			a.delete(o, operations, done)
		case "retitle":
			a.retitle(o)
		case "explain":
			a.explain(o)
		default:
			a.problem(o, false, "what it does is not applied: "+o.Op)
		}
	}
}

func (a *amendment) problem(o Operation, applied bool, why string) {
	a.c.tell(Problem{Regulation: a.r.Identity, Path: o.Path, Target: o.Target, Applied: applied, Why: why, Quote: o.Quote})
}

// missing tells that there is no place for new wording.
func (a *amendment) missing(o Operation, path string, n *Node) {
	a.use(n)
	a.problem(o, false, "the text has no "+Cite(path, "id"))
}

// wording finds the new wording of a provision in an item: its own, or that of
// the pasal it stands in.
func (a *amendment) wording(o Operation, target string) (string, *Node) {
	for _, path := range []string{topOf(target), target} {
		if n := a.quoted[o.Path][path]; n != nil {
			return path, n
		}
	}
	return target, a.quoted[o.Path][lastPart(target)] // an ayat that is quoted without its pasal
}

// take copies new wording to its place.
func (a *amendment) take(o Operation, path string, n *Node) *Node {
	a.use(n)
	prefix := strings.TrimSuffix(n.Path, path)
	if prefix == n.Path {
		prefix = o.Path + "/"
	}
	m := a.c.copyOf(n, prefix, a.r.Identity)
	if m.Path != path { // quoted without its pasal
		over := strings.TrimSuffix(path, m.Path)
		for k := range all(m) {
			k.Path = over + k.Path
		}
	}
	return m
}

func (a *amendment) use(n *Node) {
	for k := range all(n) {
		a.used[k] = true
	}
}

func (a *amendment) amend(o Operation, all []Operation, done map[string]bool) {
	if strings.HasPrefix(o.Target, string(Lampiran)) {
		a.annex(o)
		return
	}
	path, n := a.wording(o, o.Target)
	switch {
	case n == nil:
		a.problem(o, false, "the new wording was not found in the item")
	case a.c.where[path].node == nil:
		a.missing(o, path, n)
	case done[path]:
	default:
		done[path] = true
		if a.c.where[o.Target].node == nil {
			a.problem(o, true, "the text has no "+Cite(o.Target, "id")+"; the new wording of "+Cite(path, "id")+" is whole")
		}
		a.put(o, path, n, all)
	}
}

// put replaces a provision, and tells what changed without being named.
func (a *amendment) put(o Operation, path string, n *Node, operations []Operation) {
	var unsaid []string
	for _, changed := range a.c.replace(path, a.take(o, path, n)) {
		if !slices.ContainsFunc(operations, func(o Operation) bool { return o.covers(changed) }) {
			unsaid = append(unsaid, changed)
		}
	}
	for _, named := range operations {
		for _, fresh := range named.New {
			if within(fresh, path) && a.c.where[fresh].node == nil {
				a.problem(named, true, "the new wording does not show "+Cite(fresh, "id")+" by itself")
			}
		}
	}
	if len(unsaid) > 0 {
		o.Target = path
		a.problem(o, true, "the new wording also differs where nothing is said to change: "+citeAll(unsaid))
	}
	a.explainAlso(o, path)
}

// covers reports whether an operation says that a provision changes.
func (o *Operation) covers(path string) bool {
	if o.Op != "insert" && o.Op != "explain" && within(path, o.Target) {
		return true
	}
	return slices.ContainsFunc(o.New, func(n string) bool { return within(path, n) })
}

func (a *amendment) insert(o Operation, operations []Operation, done map[string]bool) {
	if len(o.New) == 0 {
		a.problem(o, false, "which provisions are new is not understood")
		return
	}
	at, inside := a.c.where[o.Target], false
	for _, fresh := range o.New {
		path, n := a.wording(o, fresh)
		switch {
		case n == nil:
			a.problem(o, false, "the wording of "+Cite(fresh, "id")+" was not found in the item")
		case done[path]:
		case path != fresh: // the whole pasal is quoted
			done[path] = true
			if a.c.where[path].node == nil {
				a.missing(o, path, n)
			} else {
				a.put(o, path, n, operations)
			}
		case a.c.where[fresh].node != nil && !a.c.where[fresh].node.Deleted:
			a.use(n)
			a.problem(o, false, "the text already has "+Cite(fresh, "id"))
		case a.c.where[fresh].node != nil:
			done[path] = true
			a.put(o, path, n, operations)
		case at.node == nil:
			a.missing(o, o.Target, n)
		default:
			done[path] = true
			m := a.take(o, path, n)
			inside = inside || within(fresh, o.Target)
			a.c.insert(a.behind(at, m), inside, []*Node{m})
			if !inside {
				at = a.c.where[path]
			}
			a.explainAlso(o, path)
		}
	}
}

// behind is where a new unit comes: right behind the one named, or for a new
// bab behind the bab whole, which is what is named.
func (a *amendment) behind(at place, n *Node) place {
	for at.parent != nil && n.Kind == Bab && at.node.Kind != Bab {
		at = a.c.where[at.parent.Path]
	}
	return at
}

func (a *amendment) delete(o Operation, operations []Operation, done map[string]bool) {
	if path, n := a.wording(o, o.Target); n != nil {
		if a.c.where[path].node == nil {
			a.missing(o, path, n)
		} else if !done[path] {
			done[path] = true
			a.put(o, path, n, operations)
		}
		if at := a.c.where[o.Target]; at.node != nil && !at.node.Deleted {
			a.problem(o, true, Cite(o.Target, "id")+" is said to be deleted, and still has words in the new wording")
		}
		return
	}
	at := a.c.where[o.Target]
	switch {
	case at.node == nil:
		a.problem(o, false, "the text has no "+Cite(o.Target, "id"))
	case at.node.Deleted:
		a.problem(o, false, Cite(o.Target, "id")+" is already deleted")
	default:
		a.c.remove(at, a.r.Identity)
	}
}

func (a *amendment) retitle(o Operation) {
	n, at := a.quoted[o.Path][o.Target], a.c.where[o.Target]
	switch {
	case n == nil || n.Text == "":
		a.problem(o, false, "the new title was not found in the item")
	case at.node == nil:
		a.problem(o, false, "the text has no "+Cite(o.Target, "id"))
	default:
		a.used[n] = true
		at.node.Text = n.Text
		a.c.given[at.node] = a.r.Identity
	}
}

func (a *amendment) annex(o Operation) {
	n, at := a.annexes[o.Target], a.c.where[o.Target]
	switch {
	case n == nil:
		a.problem(o, false, "the new annex was not found")
	case at.node == nil:
		a.problem(o, false, "the text has no "+Cite(o.Target, "id"))
	default:
		a.c.replace(o.Target, a.c.copyOf(n, "", a.r.Identity))
	}
}

// explain replaces the explanation of a provision: its own, or the whole of
// its pasal where the amending regulation has that.
func (a *amendment) explain(o Operation) {
	if !a.explainAlso(o, topOf(o.Target)) && !a.explainAlso(o, o.Target) {
		a.problem(o, false, "the new explanation was not found, or the text has none to replace")
	}
}

// explainedTarget is what a part of an explanation is about in the amended
// regulation: its path without the item of the amending one.
func explainedTarget(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts[1:] {
		if strings.HasPrefix(part, "pasal-") && roman(strings.ToUpper(part[len("pasal-"):])) == 0 && part != "pasal-demi-pasal" {
			return strings.Join(parts[i+1:], "/")
		}
	}
	return ""
}

// explainedBy is the explanation of a provision that an item brings. The
// numbers of items are often lost in a scan: the only one there is, is meant.
func (a *amendment) explainedBy(o Operation, path string) *Node {
	for _, n := range a.explained[path] {
		if n.Path == "penjelasan/"+o.Path+"/"+path {
			return n
		}
	}
	if list := a.explained[path]; len(list) == 1 {
		return list[0]
	}
	return nil
}

// explainAlso replaces the explanation of a provision where the amending
// regulation has one.
func (a *amendment) explainAlso(o Operation, path string) bool {
	n := a.explainedBy(o, path)
	if n == nil || a.isWording(n, path) {
		return false
	}
	m := a.c.copyOf(n, "", a.r.Identity)
	over := strings.TrimSuffix(n.Path, path)
	for k := range all(m) {
		k.Path = "penjelasan/" + strings.TrimPrefix(k.Path, over)
		k.Explains = strings.TrimPrefix(k.Path, "penjelasan/")
	}
	if at := a.c.where[m.Path]; at.node != nil {
		a.c.replace(m.Path, m)
		return true
	}
	part := a.c.where["penjelasan/pasal-demi-pasal"]
	if part.node == nil || path != topOf(path) {
		return false
	}
	at := a.explanationBefore(path, part)
	a.c.insert(at, at == part, []*Node{m})
	return true
}

// isWording reports whether what stands in the explanation are the words of the
// provision itself: some sites give the text of a law more than once.
func (a *amendment) isWording(n *Node, path string) bool {
	at := a.c.where[path].node
	return at != nil && like(comparable(whole(n)), comparable(whole(at))) > 0.7
}

// explanationBefore is the explanation that a new one comes behind: that of the
// nearest provision before it that has one.
func (a *amendment) explanationBefore(path string, part place) place {
	best := part
	for n := range a.c.Text.All {
		if n.Path == path {
			break
		}
		if n.Kind == Pasal {
			if at := a.c.where["penjelasan/"+n.Path]; at.node != nil {
				best = at
			}
		}
	}
	return best
}

// leftOver tells of new wording that no operation asked for.
func (a *amendment) leftOver() {
	for n := range a.r.All {
		if n.Quoted && n.Kind == Pasal && !a.used[n] {
			a.c.tell(Problem{Regulation: a.r.Identity, Path: n.Path, Target: n.Target(), Why: "new wording of " + Cite(n.Target(), "id") + " that no item was understood to give"})
		}
	}
}
