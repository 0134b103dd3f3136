package foreign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// width is what a line of a comment may measure.
const width = 100

// Text is watches as items of `sources`, indented by so many blanks: sources,
// sources commented out, and of every watch what is not carried over.
func Text(watches []Watch, indent int) string {
	var b strings.Builder
	margin := strings.Repeat(" ", indent)
	for _, w := range watches {
		comment := func(first, text string) { writeComment(&b, margin, first, text) }
		switch w.Outcome {
		case Left:
			comment("", strings.TrimSuffix(fmt.Sprintf("Left: %s, %s", w.Place, w.Name), ", ")+".")
		case Commented:
			comment("", fmt.Sprintf("To be looked at: %s.", w.Place))
		default:
			comment("", fmt.Sprintf("From %s.", w.Place))
		}
		for _, n := range w.Lost() {
			comment("  ", n.String())
		}
		if w.Source != nil {
			for line := range strings.Lines(w.Source.item()) {
				b.WriteString(margin)
				if w.Outcome == Commented {
					b.WriteString("# ")
				}
				b.WriteString(line)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Lost is the notes that a person should read.
func (w Watch) Lost() []Note {
	return slices.DeleteFunc(slices.Clone(w.Notes), func(n Note) bool { return n.Class != Lost })
}

// String is a note as one sentence.
func (n Note) String() string {
	s := n.Why + "."
	if keys := strings.Join(n.Keys, ", "); keys != "" {
		s = keys + ": " + s
	}
	if n.Instead != "" {
		s += " In Pantau: " + n.Instead + "."
	}
	return s
}

// writeComment breaks a text into the lines of a comment; first leads the
// first of them, and as many blanks the others.
func writeComment(b *strings.Builder, margin, first, text string) {
	line := margin + "# " + first
	begun := false
	for word := range strings.FieldsSeq(oneLine(text)) {
		if begun && len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line, begun = margin+"#   "+strings.Repeat(" ", len(first)), false
		}
		if begun {
			line += " "
		}
		line += word
		begun = true
	}
	b.WriteString(line + "\n")
}

// item is a source in YAML.
func (s Source) item() string {
	var b strings.Builder
	lead := "- "
	put := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s%s: %s\n", lead, key, value)
			lead = "  "
		}
	}
	put("id", plain(s.ID))
	put("name", plain(s.Name))
	put("type", s.Type)
	put("url", plain(s.URL))
	put("select", flow(s.Select))
	put("remove", flow(s.Remove))
	put("schedule", plain(s.Schedule))
	put("topics", flow(s.Topics))
	put("timeout", plain(s.Timeout))
	put("proxy", plain(s.Proxy))
	return b.String()
}

func flow(list []string) string {
	if len(list) == 0 {
		return ""
	}
	var quoted []string
	for _, s := range list {
		quoted = append(quoted, quote(s))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// bare is what needs no quotes in any reading of YAML: words that begin with a
// letter and hold no sign that means something, and addresses.
var bare = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9]*(?:[ /.-]+[A-Za-z0-9]+)*|https?://[A-Za-z0-9/?&=._~%+-]*[A-Za-z0-9/=_~-])$`)

// words mean something other than themselves.
var words = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|nan|inf)$`)

func plain(s string) string {
	if s == "" || bare.MatchString(s) && !words.MatchString(s) {
		return s
	}
	return quote(s)
}

// quote writes a text in double quotes, and those of JSON are read the same in
// YAML; in single ones where that spares the reader backslashes.
func quote(s string) string {
	if strings.ContainsAny(s, `"\`) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("foreign: " + err.Error()) // a text can always be written
	}
	return strings.TrimSpace(b.String())
}

// Insert puts items behind the last source of a configuration and leaves every
// other line as it is. items makes them for a margin.
func Insert(text []byte, items func(indent int) string) ([]byte, error) {
	key, first, err := sourcesAt(text)
	if err != nil {
		return nil, err
	}
	lines := slices.Collect(strings.Lines(string(text)))
	if n := len(lines); n > 0 && !strings.HasSuffix(lines[n-1], "\n") {
		lines[n-1] += "\n"
	}
	if key == 0 {
		lines = append(lines, "\nsources:\n", strings.TrimSuffix(items(2), "\n"))
		return []byte(strings.Join(lines, "")), nil
	}
	end := sourcesEnd(lines, key)
	added := "\n" + strings.TrimSuffix(items(first), "\n")
	if strings.HasSuffix(lines[0], "\r\n") {
		added = strings.ReplaceAll(added, "\n", "\r\n")
	}
	return []byte(strings.Join(slices.Insert(lines, end, added), "")), nil
}

// sourcesAt is the line of `sources`, 0 if there is none, and the margin of its
// items.
func sourcesAt(text []byte) (line, indent int, err error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return 0, 0, errors.New("the configuration is no YAML; `pantau validate` says where")
	}
	for _, d := range file.Docs {
		entries := []*ast.MappingValueNode{}
		switch v := d.Body.(type) {
		case *ast.MappingNode:
			if v.IsFlowStyle {
				return 0, 0, errors.New("the configuration is written in braces; write it with a key a line to add to it")
			}
			entries = v.Values
		case *ast.MappingValueNode:
			entries = append(entries, v)
		}
		for _, m := range entries {
			if m.Key.GetToken().Value != "sources" {
				continue
			}
			list, ok := m.Value.(*ast.SequenceNode)
			if !ok || list.IsFlowStyle {
				return 0, 0, errors.New("`sources` is written in brackets; write it as a list with dashes to add to it")
			}
			return m.Key.GetToken().Position.Line, list.Start.Position.Column - 1, nil
		}
	}
	return 0, 0, nil
}

// sourcesEnd is the number of lines up to the end of what belongs to the key on
// this line: comments that are indented as well belong to it, those at the
// margin to what follows.
func sourcesEnd(lines []string, key int) int {
	margin := indentOf(lines[key-1])
	end := key
	for i := key; i < len(lines); i++ {
		content := strings.TrimSpace(lines[i])
		in := indentOf(lines[i])
		switch {
		case content == "":
			continue
		case in > margin:
		case in == margin && (content == "-" || strings.HasPrefix(content, "- ")):
		case strings.HasPrefix(content, "#"):
			continue
		default:
			return end
		}
		end = i + 1
	}
	return end
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }
