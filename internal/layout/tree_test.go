package layout

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// tree is the source of a module.
type tree struct {
	fset     *token.FileSet
	packages []*folder // in the order of their paths
}

// folder is one package with its tests.
type folder struct {
	path  string // without the module path; "." is the root
	files []*file
}

// file is one parsed source file, whatever it is built for.
type file struct {
	*ast.File
	test bool
}

// read parses every Go file below root, but for what the go command leaves out
// too: testdata, hidden folders and modules of their own.
func read(root string) (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	found := map[string]*folder{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return leaveOut(name, rel)
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(t.fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		path := filepath.ToSlash(filepath.Dir(rel))
		if found[path] == nil {
			found[path] = &folder{path: path}
		}
		found[path].files = append(found[path].files, &file{parsed, strings.HasSuffix(name, "_test.go")})
		return nil
	})
	for _, path := range slices.Sorted(maps.Keys(found)) {
		t.packages = append(t.packages, found[path])
	}
	return t, err
}

func leaveOut(name, rel string) error {
	if rel == "." {
		return nil
	}
	base := filepath.Base(rel)
	if base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_' {
		return fs.SkipDir
	}
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

// at puts the place of a node before a complaint.
func (t *tree) at(n ast.Node, format string, args ...any) string {
	return t.fset.Position(n.Pos()).String() + ": " + fmt.Sprintf(format, args...)
}

// imports yields the unquoted import paths of a file with their nodes.
func (f *file) imports(yield func(path string, spec *ast.ImportSpec) bool) {
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !yield(path, spec) {
			return
		}
	}
}

// names is what the file calls the packages it imports, by import path.
func (f *file) names() map[string]string {
	out := map[string]string{}
	for path, spec := range f.imports {
		out[path] = path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			out[path] = spec.Name.Name
		}
	}
	return out
}
