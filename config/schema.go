package config

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	violation "github.com/santhosh-tekuri/jsonschema/v6/kind"
)

//go:embed schema.json
var schemaText []byte

// Schema is the JSON Schema (draft 2020-12) of the file, for editors. Parse
// judges the structure of a file by it, so the two cannot disagree; what only
// Parse sees are values: cron expressions, selectors, addresses, references.
func Schema() []byte { return bytes.Clone(schemaText) }

// shape is a compiled schema and its text, from which sentences are made.
type shape struct {
	compiled *jsonschema.Schema
	document any
}

// shapeOf is the schema of a definition, of the whole file for "". The schema
// is part of the program, so that failing to compile it is a mistake of ours.
func shapeOf(definition string) *shape {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText))
	if err != nil {
		panic(fmt.Sprintf("config: schema.json: %v", err))
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(schemaName, document); err != nil {
		panic(fmt.Sprintf("config: schema.json: %v", err))
	}
	at := schemaName
	if definition != "" {
		at += "#/$defs/" + definition
	}
	return &shape{compiled: c.MustCompile(at), document: document}
}

const schemaName = "pantau:schema.json"

var (
	fileShape   = sync.OnceValue(func() *shape { return shapeOf("") })
	presetShape = sync.OnceValue(func() *shape { return shapeOf("preset") })
)

// judge reports everything in which the tree departs from the schema, and
// marks the values concerned.
func (s *shape) judge(r *reporter, root *node) {
	err := s.compiled.Validate(root.plain())
	if err == nil {
		return
	}
	if v, ok := err.(*jsonschema.ValidationError); ok {
		s.explain(r, root, v)
	}
	if len(r.list) == 0 { // whatever the sentences leave out, the schema decides
		r.report(root.line, root.column, "the file does not have the form that `pantau config schema` describes")
	}
}

// explain walks to the leaves of the error, which are what is wrong; the rest
// is the way there.
func (s *shape) explain(r *reporter, root *node, v *jsonschema.ValidationError) {
	if len(v.Causes) > 0 {
		for _, c := range v.Causes {
			s.explain(r, root, c)
		}
		return
	}
	at, holder, name := find(root, v.InstanceLocation)
	if at.refused {
		return // the tree has said it
	}
	switch k := v.ErrorKind.(type) {
	case *violation.AdditionalProperties:
		at.flawed = true
		known := s.properties(v.SchemaURL)
		for _, p := range k.Properties {
			e := at.find(p)
			if e.value.kind == scalar && e.value.empty() && nearest(p, known) == "" {
				r.report(e.line, e.column, "this is no key; %s", suggest(p, known)) // it may be a secret without its key
				continue
			}
			r.report(e.line, e.column, "unknown key `%s`; %s", p, suggest(p, known))
		}
	case *violation.Required:
		at.flawed = true
		for _, p := range k.Missing {
			if misspelt(at, p) {
				continue // it is reported as an unknown key
			}
			r.report(at.line, at.column, "%s", s.sentence(v.SchemaURL, fmt.Sprintf("`%s` is missing here", p)))
		}
	case *violation.FalseSchema:
		e := holder.find(name)
		r.report(e.line, e.column, "%s", outOfPlace(holder, name))
		at.refused = true
	case *violation.UniqueItems:
		second := at.items[k.Duplicates[1]]
		r.report(second.line, second.column, "this stands twice in the list")
	default:
		r.report(at.line, at.column, "%s", s.value(v, name, at))
		at.refused = true
	}
}

// find is the node at a location, what holds it, and its name there.
func find(n *node, location []string) (at, holder *node, name string) {
	at = n
	for _, step := range location {
		holder = at
		if at.kind == list {
			i, _ := strconv.Atoi(step)
			at = at.items[i]
			continue
		}
		name = step
		at = at.find(step).value
	}
	return at, holder, name
}

// outOfPlace says why a key that exists may not stand where it does.
func outOfPlace(holder *node, name string) string {
	if name == "console" {
		return "the console is always there and has no settings; take `console` out"
	}
	if kind := holder.get("type").text(); holder.find("preset") != nil &&
		(kind == "index" || kind == "page" && slices.Contains([]string{"url", "select", "remove", "require"}, name)) {
		return fmt.Sprintf("`%s` and `preset` exclude each other", name)
	}
	for _, own := range []string{"listing", "preset"} {
		if holder.find(own) != nil && name != own && (own == "preset") == (holder.get("type").text() == "listing") {
			return fmt.Sprintf("`%s` and `%s` exclude each other", name, own)
		}
	}
	return fmt.Sprintf("`%s` does not belong to a source of type %s", name, holder.get("type").text())
}

// misspelt tells whether n has a key that may have been meant for the missing
// one.
func misspelt(n *node, missing string) bool {
	return slices.ContainsFunc(n.entries, func(e entry) bool { return nearest(e.key, []string{missing}) != "" })
}

// value says what is wrong with a single value.
func (s *shape) value(v *jsonschema.ValidationError, name string, at *node) string {
	switch k := v.ErrorKind.(type) {
	case *violation.Type:
		expected := "expected " + described(k.Want)
		if k.Want[0] == "string" && at.kind == scalar && k.Got != "null" {
			expected += fmt.Sprintf(", but this is a %s; put it in quotes if it is meant", k.Got)
		}
		expected = s.sentence(v.SchemaURL, expected)
		if k.Got == "null" {
			return fmt.Sprintf("`%s` is empty; %s", name, expected)
		}
		return expected
	case *violation.Enum:
		known := make([]string, len(k.Want))
		for i, w := range k.Want {
			known[i] = fmt.Sprint(w)
		}
		if !keyName.MatchString(at.written) { // no word at all: not repeated, for it may have swallowed a secret
			return "expected one of " + strings.Join(known, ", ")
		}
		return fmt.Sprintf("`%s` is not known here; %s", at.written, suggest(at.written, known))
	case *violation.MinLength:
		return "this text is empty"
	case *violation.MinItems:
		return s.sentence(v.SchemaURL, "the list is empty")
	case *violation.Minimum:
		return s.sentence(v.SchemaURL, "must be at least "+k.Want.RatString())
	case *violation.Maximum:
		return s.sentence(v.SchemaURL, "must be at most "+k.Want.RatString())
	}
	return s.sentence(v.SchemaURL, "this value is not allowed here")
}

func described(types []string) string {
	switch types[0] {
	case "string":
		return "text"
	case "integer":
		return "a whole number"
	case "array":
		return "a list: [one, two], or a line with a hyphen for each"
	case "object":
		return "keys with values"
	}
	return types[0]
}

// sentence is the schema's own word on what it expects, else the given one.
func (s *shape) sentence(url, otherwise string) string {
	if m, ok := s.at(url)["errorMessage"].(string); ok {
		return m
	}
	return otherwise
}

// properties is the keys that a schema knows.
func (s *shape) properties(url string) []string {
	p, _ := s.at(url)["properties"].(map[string]any)
	return slices.Sorted(maps.Keys(p))
}

// at follows a JSON pointer; the schema has no name that would need unescaping.
func (s *shape) at(url string) map[string]any {
	_, pointer, _ := strings.Cut(url, "#")
	var here = s.document
	for step := range strings.SplitSeq(strings.Trim(pointer, "/"), "/") {
		switch v := here.(type) {
		case map[string]any:
			if step != "" {
				here = v[step]
			}
		case []any:
			if i, err := strconv.Atoi(step); err == nil && i < len(v) {
				here = v[i]
			}
		}
	}
	m, _ := here.(map[string]any)
	return m
}
