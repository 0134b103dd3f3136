package config

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// largest is what a configuration may measure, in bytes.
const largest = 32 << 20

// node is a value of the file with its place. Every method answers for a nil
// node, and for one of another kind, as for a value that is not there: what the
// schema has refused needs no second word.
type node struct {
	line, column int
	value        any     // scalars: nil, bool, int64, uint64, float64, string
	written      string  // scalars: as in the file
	entries      []entry // mappings, in the order of the file
	repeated     []entry // mappings: keys that stood before, of no effect
	items        []*node // lists
	kind         kind
	refused      bool     // by the schema: as if it were not there
	flawed       bool     // a mapping in which the schema misses a key, or knows one not
	yaml         ast.Node // what a channel decodes its configuration from
}

type kind int

const (
	scalar kind = iota
	mapping
	list
)

type entry struct {
	key          string
	line, column int
	value        *node
}

// get is the value under a key, nil if there is none.
func (n *node) get(key string) *node {
	if e := n.entry(key); e != nil {
		return e.value
	}
	return nil
}

func (n *node) entry(key string) *entry {
	if n == nil || n.refused {
		return nil
	}
	return n.find(key)
}

// find is entry for what the schema has refused too.
func (n *node) find(key string) *entry {
	for i := range n.entries {
		if n.entries[i].key == key {
			return &n.entries[i]
		}
	}
	return nil
}

// text is a string; "" if there is none.
func (n *node) text() string {
	if n == nil || n.refused {
		return ""
	}
	s, _ := n.value.(string)
	return s
}

// says tells whether a yes or no is there and is the given one.
func (n *node) says(yes bool) bool {
	if n == nil || n.refused {
		return false
	}
	v, ok := n.value.(bool)
	return ok && v == yes
}

// number is a whole number, or otherwise if there is none.
func (n *node) number(otherwise int) int {
	if n == nil || n.refused {
		return otherwise
	}
	switch v := n.value.(type) {
	case int64:
		return int(v)
	case uint64:
		return int(v)
	}
	return otherwise
}

// truth is true or false, or otherwise if there is neither.
func (n *node) truth(otherwise bool) bool {
	if n == nil || n.refused {
		return otherwise
	}
	if v, ok := n.value.(bool); ok {
		return v
	}
	return otherwise
}

// all is the values of a list.
func (n *node) all() []*node {
	if n == nil || n.refused {
		return nil
	}
	return n.items
}

// texts is the strings of a list.
func (n *node) texts() []string {
	var out []string
	for _, i := range n.all() {
		if s := i.text(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// empty tells whether there is no scalar here: nothing, or no text.
func (n *node) empty() bool { return n.written == "" }

// plain is the value as encoding/json would decode it.
func (n *node) plain() any {
	switch n.kind {
	case mapping:
		m := make(map[string]any, len(n.entries))
		for _, e := range n.entries {
			m[e.key] = e.value.plain()
		}
		return m
	case list:
		l := make([]any, len(n.items))
		for i, item := range n.items {
			l[i] = item.plain()
		}
		return l
	}
	return n.value
}

// parse reads text into a tree, nil if it cannot be read. Only what JSON can
// say is taken, so that a reader sees all of a value where it stands: anchors,
// aliases, merge keys, tags and further documents are refused.
func parse(r *reporter, text []byte) *node {
	if len(text) > largest {
		r.report(1, 1, "the file is larger than 32 MiB; that is no configuration")
		return nil
	}
	if !utf8.Valid(text) {
		before := strings.ToValidUTF8(string(text), "\x00")
		before, _, _ = strings.Cut(before, "\x00")
		r.report(strings.Count(before, "\n")+1, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])+1,
			"the file is not UTF-8 text; save it as UTF-8")
		return nil
	}
	file, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var at yaml.Error
		if errors.As(err, &at) && at.GetToken() != nil {
			p := at.GetToken().Position
			what, _, _ := strings.Cut(at.GetMessage(), ":") // behind it the file may be quoted, secrets and all
			r.report(p.Line, p.Column, "this is not YAML: %s", what)
		} else {
			r.report(1, 1, "this is not YAML")
		}
		return nil
	}
	var bodies []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType && d.Body.Type() != ast.NullType {
			bodies = append(bodies, d.Body)
		}
	}
	if len(bodies) == 0 {
		r.report(1, 1, "the file is empty; `pantau init` writes one to start from")
		return nil
	}
	if len(bodies) > 1 {
		p := start(bodies[1])
		r.report(p.Line, p.Column, "a second document begins here; one file is one configuration")
		return nil
	}
	return grow(r, bodies[0])
}

// start is where a value begins.
func start(n ast.Node) *token.Position {
	switch v := n.(type) {
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return v.Values[0].Key.GetToken().Position
		}
	case *ast.MappingValueNode:
		return v.Key.GetToken().Position
	}
	return n.GetToken().Position
}

func grow(r *reporter, from ast.Node) *node {
	p := start(from)
	n := &node{line: p.Line, column: p.Column, yaml: from}
	switch v := from.(type) {
	case *ast.MappingNode:
		n.kind = mapping
		growEntries(r, n, v.Values)
	case *ast.MappingValueNode:
		n.kind = mapping
		growEntries(r, n, []*ast.MappingValueNode{v})
	case *ast.SequenceNode:
		n.kind = list
		for _, item := range v.Values {
			n.items = append(n.items, grow(r, item))
		}
	case *ast.NullNode:
	case *ast.BoolNode:
		n.value, n.written = v.Value, v.Token.Value
	case *ast.IntegerNode:
		n.value, n.written = v.Value, v.Token.Value
	case *ast.FloatNode:
		n.value, n.written = v.Value, v.Token.Value
	case *ast.StringNode:
		n.value, n.written = v.Value, v.Value
	case *ast.LiteralNode:
		n.value, n.written = v.Value.Value, v.Value.Value
	case *ast.InfinityNode, *ast.NanNode:
		n.value, n.written = from.GetToken().Value, from.GetToken().Value
	default:
		r.report(p.Line, p.Column, "%s", foreign(from))
		n.refused = true
	}
	return n
}

// foreign says what cannot be used of YAML.
func foreign(n ast.Node) string {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode:
		return "anchors (&) and aliases (*) are not read; write the value out, or put it in quotes if it is text"
	case *ast.TagNode:
		return "tags (!) are not read; put the value in quotes if it is text"
	}
	return "this part of YAML is not read; write keys, lists and values"
}

var keyName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func growEntries(r *reporter, n *node, values []*ast.MappingValueNode) {
	for _, v := range values {
		at := v.Key.GetToken().Position
		var key string
		switch k := v.Key.(type) {
		case *ast.StringNode:
			key = k.Value
		case *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode, *ast.NullNode:
			key = k.GetToken().Value
		case *ast.MergeKeyNode:
			r.report(at.Line, at.Column, "merge keys (<<) are not read; write the keys out")
			continue
		default:
			r.report(at.Line, at.Column, "a key must be a plain name")
			continue
		}
		if !keyName.MatchString(key) { // it is not repeated: it may be a secret without its key
			r.report(at.Line, at.Column, "this is no key; expected a name, a colon and a value")
			continue
		}
		if first := n.find(key); first != nil {
			r.report(at.Line, at.Column, "`%s` stands here twice; it was first on line %d", key, first.line)
			n.repeated = append(n.repeated, entry{key: key, line: at.Line, column: at.Column, value: grow(r, v.Value)})
			continue
		}
		n.entries = append(n.entries, entry{key: key, line: at.Line, column: at.Column, value: grow(r, v.Value)})
	}
}

// scalarText is a scalar as a person wrote it: a number without its quotes is
// the number, canonical.
func (n *node) scalarText() string {
	if n == nil || n.refused {
		return ""
	}
	switch v := n.value.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	}
	return n.text()
}
