package layout

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"
)

// rules are everything that a tree is held to. Each gives its complaints.
var rules = map[string]func(*tree) []string{
	"edges":         edges,
	"confinement":   confinement,
	"one way out":   oneWayOut,
	"verification":  verification,
	"documentation": documentation,
	"names":         packageNames,
	"init":          noInit,
	"state":         noState,
}

// edges holds imports of our own packages to the table.
func edges(t *tree) (wrong []string) {
	for _, p := range t.packages {
		if _, ok := rows[p.path]; !ok {
			wrong = append(wrong, t.at(p.files[0], "package %s stands in no row: give it one here and in doc/design.md", p.path))
			continue
		}
		reach := reaches(p.path)
		for _, f := range p.files {
			for imported, spec := range f.imports {
				to, ours := strings.CutPrefix(imported, module+"/")
				if !ours || may(p.path, to) {
					continue
				}
				// An external test imports its own package.
				if f.test && (to == p.path || slices.Contains(forTests, to) || reach[to]) {
					continue
				}
				wrong = append(wrong, t.at(spec, "%s may not import %s: the table allows %q; move the code, or change the table in doc/design.md and here and say why", p.path, to, rows[p.path]))
			}
		}
	}
	return wrong
}

// forTests are ours that any test may use: the demonstration site and a server.
var forTests = []string{"internal/demosite", "internal/pgtest"}

// confinement keeps third-party modules in the packages that need them.
func confinement(t *tree) (wrong []string) {
	for _, p := range t.packages {
		for _, f := range p.files {
			for imported, spec := range f.imports {
				if below(imported, module) || f.test && slices.ContainsFunc(inTests, func(l string) bool { return below(imported, l) }) {
					continue
				}
				rule, where, ok := home(imported)
				switch {
				case !ok && strings.Contains(strings.SplitN(imported, "/", 2)[0], "."):
					wrong = append(wrong, t.at(spec, "%s is confined nowhere: name the one package that may import it, in internal/layout, with the reason in the commit", imported))
				case ok && !slices.Contains(where, p.path) && !slices.Contains(where, all):
					wrong = append(wrong, t.at(spec, "%s may not import %s: %s is confined to %q", p.path, imported, rule, where))
				}
			}
		}
	}
	return wrong
}

// exits are the names by which code reaches out of the machine by itself.
var exits = map[string][]string{
	"net/http":   {"Client", "Transport", "Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport"},
	"net":        {"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialUnix", "DialIP", "Dialer"},
	"crypto/tls": {"Dial", "DialWithDialer", "Dialer"},
}

// oneWayOut lets only internal/egress build clients and connections. Others
// may take a *http.Client and pass it on; that is no construction.
func oneWayOut(t *tree) (wrong []string) {
	for _, p := range t.packages {
		if p.path == "internal/egress" {
			continue
		}
		for _, f := range p.files {
			if f.test {
				continue
			}
			names := f.names()
			pointers := map[ast.Node]bool{}
			ast.Inspect(f.File, func(n ast.Node) bool {
				if star, ok := n.(*ast.StarExpr); ok {
					pointers[star.X] = true
				}
				sel, ok := n.(*ast.SelectorExpr)
				if !ok || pointers[sel] {
					return true
				}
				pkg, ok := sel.X.(*ast.Ident)
				for imported, exported := range exits {
					if ok && names[imported] == pkg.Name && slices.Contains(exported, sel.Sel.Name) {
						wrong = append(wrong, t.at(sel, "%s uses %s.%s: everything leaves the machine through internal/egress; take its client as an argument", p.path, imported, sel.Sel.Name))
					}
				}
				return true
			})
		}
	}
	return wrong
}

// verification forbids switching TLS verification off, in tests too: they can
// trust their server's certificate.
func verification(t *tree) (wrong []string) {
	for _, p := range t.packages {
		for _, f := range p.files {
			ast.Inspect(f.File, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && id.Name == "InsecureSkipVerify" {
					wrong = append(wrong, t.at(id, "%s switches certificate verification off: trust the one certificate instead", p.path))
				}
				return true
			})
		}
	}
	return wrong
}

// documentation asks every package for its paragraph.
func documentation(t *tree) (wrong []string) {
	for _, p := range t.packages {
		var docs []string
		for _, f := range p.files {
			if f.Doc != nil {
				docs = append(docs, f.Doc.Text())
			}
		}
		begins := "Package " + path.Base(p.path) + " "
		if p.files[0].Name.Name == "main" {
			begins = "Command " + path.Base(p.path) + " "
		}
		switch {
		case len(docs) == 0:
			wrong = append(wrong, t.at(p.files[0], "%s has no package documentation: say what it is and what always holds", p.path))
		case len(docs) > 1:
			wrong = append(wrong, t.at(p.files[0], "%s documents its package in %d files: one is enough", p.path, len(docs)))
		case !strings.HasPrefix(docs[0], begins):
			wrong = append(wrong, t.at(p.files[0], "the documentation of %s does not begin with %q", p.path, begins))
		}
	}
	return wrong
}

// empty are names that say nothing of what a package is.
var empty = []string{"util", "common", "type", "model", "helper", "misc", "shared", "base", "lib"}

func packageNames(t *tree) (wrong []string) {
	for _, p := range t.packages {
		for _, part := range append(strings.Split(p.path, "/"), p.files[0].Name.Name) {
			if slices.Contains(empty, strings.TrimSuffix(part, "s")) {
				wrong = append(wrong, t.at(p.files[0], "%s: the name %q says nothing; name the package by what it holds", p.path, part))
				break
			}
		}
	}
	return wrong
}

func noInit(t *tree) (wrong []string) {
	for _, p := range t.packages {
		for _, f := range p.files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					wrong = append(wrong, t.at(fn, "%s has an init function: let main call what must happen first", p.path))
				}
			}
		}
	}
	return wrong
}

// noState forbids package variables that change: those that a function writes
// to, and those made to be written to (locks and atomics). It reads one package
// at a time and sees no writes through a pointer.
func noState(t *tree) (wrong []string) {
	for _, p := range t.packages {
		var files []*ast.File
		for _, f := range p.files {
			if !f.test {
				files = append(files, f.File)
			}
		}
		// Imports stay unresolved: all that is asked is which names are ours.
		info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
		checker := types.Config{Error: func(error) {}, FakeImportC: true}
		pkg, _ := checker.Check(p.path, t.fset, files, info)
		for _, f := range files {
			w := writes{t: t, p: p, pkg: pkg, info: info}
			ast.Inspect(f, w.visit)
			wrong = append(wrong, w.wrong...)
		}
	}
	return wrong
}

// writes collects the writes of one file to variables of its package.
type writes struct {
	t     *tree
	p     *folder
	pkg   *types.Package
	info  *types.Info
	wrong []string
}

func (w *writes) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, l := range n.Lhs {
			w.target(l)
		}
	case *ast.IncDecStmt:
		w.target(n.X)
	case *ast.RangeStmt:
		w.target(n.Key)
		w.target(n.Value)
	case *ast.CallExpr:
		if fn, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && slices.Contains([]string{"delete", "clear", "copy"}, fn.Name) {
			w.target(n.Args[0])
		}
	case *ast.GenDecl:
		w.declared(n)
	}
	return true
}

// target complains if what is written to is a variable of the package.
func (w *writes) target(e ast.Expr) {
	for {
		switch x := e.(type) {
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.Ident:
			if v, ok := w.info.Uses[x].(*types.Var); ok && v.Parent() == w.pkg.Scope() {
				w.wrong = append(w.wrong, w.t.at(x, "%s writes to its package variable %s: hold the value in a struct and hand it on", w.p.path, x.Name))
			}
			return
		default:
			return
		}
	}
}

// declared complains of package variables that are made to change.
func (w *writes) declared(d *ast.GenDecl) {
	for _, s := range d.Specs {
		v, ok := s.(*ast.ValueSpec)
		if !ok || d.Tok != token.VAR || w.pkg.Scope().Lookup(v.Names[0].Name) == nil || w.pkg.Scope().Lookup(v.Names[0].Name).Pos() != v.Names[0].Pos() {
			continue
		}
		typ := v.Type
		if typ == nil && len(v.Values) == 1 {
			if lit, ok := v.Values[0].(*ast.CompositeLit); ok {
				typ = lit.Type
			}
		}
		switch name := types.ExprString(orNothing(typ)); {
		case strings.HasPrefix(name, "atomic."), name == "sync.Mutex", name == "sync.RWMutex", name == "sync.Map", name == "sync.Once", name == "sync.WaitGroup":
			w.wrong = append(w.wrong, w.t.at(v, "%s holds %s in a package variable: put it into the value it guards", w.p.path, name))
		}
	}
}

func orNothing(e ast.Expr) ast.Expr {
	if e == nil {
		return ast.NewIdent("nothing")
	}
	return e
}
