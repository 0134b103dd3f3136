package foreign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// object is a mapping in the order of the file. The other values are nil, bool,
// string, number and []any.
type object []member

type member struct {
	key   string
	value any
}

// number is a number as it was written.
type number string

// get is the value under a key, nil if there is none.
func (o object) get(key string) any {
	for _, m := range o {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// budget bounds what a file may expand to.
type budget struct{ left int }

var (
	errTooMany = errors.New("it holds more values than any list of watches")
	errTooDeep = fmt.Errorf("it is nested deeper than %d levels", deepest)
)

func (b *budget) spend(depth int) error {
	if b.left--; b.left < 0 {
		return errTooMany
	}
	if depth > deepest {
		return errTooDeep
	}
	return nil
}

// parseJSON reads all the JSON values that follow one another.
func parseJSON(data []byte, b *budget) ([]any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var out []any
	for {
		v, err := nextJSON(d, b, 0)
		if errors.Is(err, io.EOF) && len(out) > 0 {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("it cannot be read as JSON near byte %d: %w", d.InputOffset(), plainJSON(err))
		}
		out = append(out, v)
	}
}

// plainJSON is an error of the decoder without what it says of the content.
func plainJSON(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return errors.New("this is no JSON")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends too early")
	}
	return err
}

func nextJSON(d *json.Decoder, b *budget, depth int) (any, error) {
	if err := b.spend(depth); err != nil {
		return nil, err
	}
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		return number(t), nil
	case json.Delim:
		if t == '[' {
			return jsonArray(d, b, depth)
		}
		return jsonObject(d, b, depth)
	}
	return t, nil
}

func jsonArray(d *json.Decoder, b *budget, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := nextJSON(d, b, depth+1)
		if err != nil {
			return nil, unexpected(err)
		}
		list = append(list, v)
	}
	_, err := d.Token()
	return list, unexpected(err)
}

func jsonObject(d *json.Decoder, b *budget, depth int) (any, error) {
	o := object{}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, unexpected(err)
		}
		v, err := nextJSON(d, b, depth+1)
		if err != nil {
			return nil, unexpected(err)
		}
		key, _ := k.(string)
		o = append(o, member{key, v})
	}
	_, err := d.Token()
	return o, unexpected(err)
}

// unexpected is an end in the middle of a value, told apart from one between.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// documents splits YAML at the lines that begin with ---: a document that
// cannot be read then spoils no other. Such a line is a separator wherever it
// stands, in quotes too (YAML 1.2.2, section 9.1.2).
func documents(text string) []string {
	var out []string
	var b strings.Builder
	for line := range strings.Lines(text) {
		marker := strings.TrimRight(line, "\r\n")
		if rest, ok := strings.CutPrefix(marker, "---"); ok && (rest == "" || rest[0] == ' ' || rest[0] == '\t') {
			out = append(out, b.String())
			b.Reset()
			if rest = strings.TrimSpace(rest); rest != "" {
				b.WriteString(rest + "\n")
			}
			continue
		}
		if marker == "..." {
			continue
		}
		b.WriteString(line)
	}
	return append(out, b.String())
}

// parseYAML reads one document: nil if it is empty.
func parseYAML(text string, b *budget) (any, error) {
	if len(text) > largestJob {
		return nil, fmt.Errorf("one document of it is larger than %d KiB", largestJob>>10)
	}
	if nesting(text) > deepest {
		return nil, errTooDeep
	}
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return nil, errors.New("this is no YAML") // the parser's words repeat the text, secrets and all
	}
	y := &yamlReader{budget: b, anchors: map[string]ast.Node{}}
	for _, d := range file.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType {
			return y.value(d.Body, 0)
		}
	}
	return nil, nil
}

// nesting is how deep the brackets and dashes of a text stand in one another
// at most: the parser recurses, and is asked for no more than this.
func nesting(text string) int {
	depth, most := 0, 0
	for line := range strings.Lines(text) {
		dashes := 0
		for rest := strings.TrimLeft(line, " "); len(rest) > 1 && strings.ContainsRune("-?:", rune(rest[0])) && rest[1] == ' '; rest = strings.TrimLeft(rest[1:], " ") {
			dashes++
		}
		for _, r := range line {
			switch r {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(depth-1, 0)
			}
			most = max(most, depth+dashes)
		}
	}
	return most
}

type yamlReader struct {
	*budget
	anchors map[string]ast.Node
}

func (y *yamlReader) value(n ast.Node, depth int) (any, error) {
	if err := y.spend(depth); err != nil {
		return nil, err
	}
	switch v := n.(type) {
	case *ast.MappingNode:
		return y.mapping(v.Values, depth)
	case *ast.MappingValueNode:
		return y.mapping([]*ast.MappingValueNode{v}, depth)
	case *ast.SequenceNode:
		list := make([]any, 0, len(v.Values))
		for _, item := range v.Values {
			i, err := y.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, i)
		}
		return list, nil
	case *ast.AnchorNode:
		y.anchors[v.Name.GetToken().Value] = v.Value
		return y.value(v.Value, depth+1)
	case *ast.AliasNode:
		target := y.anchors[v.Value.GetToken().Value]
		if target == nil {
			return nil, errors.New("it refers to an anchor that stands nowhere before")
		}
		return y.value(target, depth+1)
	case *ast.TagNode:
		return nil, errors.New("it has a tag (!), which is not read")
	}
	return scalar(n), nil
}

func scalar(n ast.Node) any {
	switch v := n.(type) {
	case *ast.NullNode:
		return nil
	case *ast.BoolNode:
		return v.Value
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return v.Value.Value
	}
	return number(n.GetToken().Value)
}

func (y *yamlReader) mapping(values []*ast.MappingValueNode, depth int) (any, error) {
	o := object{}
	var merged object
	for _, m := range values {
		v, err := y.value(m.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if _, ok := m.Key.(*ast.MergeKeyNode); ok {
			merged = append(merged, merge(v)...)
			continue
		}
		key, ok := scalar(m.Key).(string)
		if !ok {
			key = m.Key.GetToken().Value
		}
		o = append(o, member{key, v})
	}
	for _, m := range merged { // what stands in the mapping itself goes before
		if o.get(m.key) == nil {
			o = append(o, m)
		}
	}
	return o, nil
}

// merge is what a merge key brings in: a mapping, or several.
func merge(v any) object {
	switch v := v.(type) {
	case object:
		return v
	case []any:
		var all object
		for _, one := range v {
			o, _ := one.(object)
			all = append(all, o...)
		}
		return all
	}
	return nil
}

// text is a scalar in words, "" for all else.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case number:
		return string(v)
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

// yes reads what YAML 1.1 and people write for true.
func yes(v any) bool {
	switch strings.ToLower(text(v)) {
	case "true", "yes", "on", "y", "1":
		return true
	}
	return false
}

// empty tells whether a value says nothing.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case object:
		for _, m := range v {
			if !empty(m.value) {
				return false
			}
		}
		return true
	case []any:
		for _, one := range v {
			if !empty(one) {
				return false
			}
		}
		return true
	}
	switch strings.ToLower(strings.TrimSpace(text(v))) {
	case "", "false", "no", "off", "0", "0.0":
		return true
	}
	return false
}

// texts is the scalars of a list, or the one that stands in its place.
func texts(v any) []string {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []string
	for _, one := range list {
		if t := strings.TrimSpace(text(one)); t != "" {
			out = append(out, t)
		}
	}
	return out
}
