package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pantau/config"
	"pantau/crawler/extract"
	"pantau/crawler/extract/cage"
	"pantau/crawler/gate"
	"pantau/diff"
	"pantau/diff/registry"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
)

// The exit codes of pantau compare, those of diff(1).
const (
	compareSame    = 0
	compareChanged = 1
	compareError   = 2
)

// compareOptions are the arguments of pantau compare.
type compareOptions struct {
	Before, After  string   // files: HTML, text, JSON, CSV
	Select, Remove []string // CSS, HTML only
	Key            []string // fields that together identify a record: JSON and CSV
	JSON           bool     // one JSON object on stdout

	reader extract.Reader
	file   bool // one of the two is PDF or DOCX
}

// comparison is what compare prints: the part of a change that two files have.
type comparison struct {
	Kind    diff.Kind `json:"kind"`
	Summary string    `json:"summary"`

	Severity diff.Severity `json:"severity,omitempty"` // text only, like what follows
	Why      string        `json:"why,omitempty"`
	Reasons  []diff.Reason `json:"reasons,omitempty"`
	Topics   []string      `json:"topics,omitempty"`
	Tags     []diff.Tag    `json:"tags,omitempty"`

	Stats   diff.Stats       `json:"stats"`
	Hunks   []diff.Hunk      `json:"hunks,omitzero"`    // text; empty, not nil, if nothing changed
	Events  []registry.Event `json:"events,omitzero"`   // records; likewise
	Held    []registry.Key   `json:"held,omitempty"`    // records: keys that stand twice, of which nothing is said
	Keyless int              `json:"keyless,omitempty"` // records without a key, of which nothing is said
}

// compareFiles compares two local files as two looks at one source, by the
// same extraction, gate and comparison, and returns the exit code. Nothing but
// the result goes to stdout.
func compareFiles(ctx context.Context, o compareOptions, stdout, stderr io.Writer) int {
	c, err := compare(ctx, o)
	if err != nil {
		fmt.Fprintf(stderr, "pantau compare: %v\n", err)
		return compareError
	}
	if o.JSON {
		err = json.NewEncoder(stdout).Encode(c)
	} else {
		err = c.print(stdout)
	}
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "pantau compare: write the result: %v\n", err)
		return compareError
	case len(c.Hunks)+len(c.Events) > 0:
		return compareChanged
	}
	return compareSame
}

func compare(ctx context.Context, o compareOptions) (*comparison, error) {
	before, err := os.ReadFile(o.Before)
	if err != nil {
		return nil, err
	}
	after, err := os.ReadFile(o.After)
	if err != nil {
		return nil, err
	}
	title := filepath.Base(o.After)
	switch jb, ja := isJSON(o.Before, before), isJSON(o.After, after); {
	case len(o.Key) > 0:
		return compareRecords(o, title, before, after)
	case isTable(o.Before) || isTable(o.After):
		return nil, fmt.Errorf("name the column that identifies a record of %s with --key, or several with commas between", o.After)
	case jb != ja:
		return nil, fmt.Errorf("%s and %s are not of one format: one is JSON, the other is not", o.Before, o.After)
	case jb:
		return compareTrees(o, title, before, after)
	}
	o.file = hasFormat(before) || hasFormat(after) || isText(o.Before) && isText(o.After)
	x, last, err := look(ctx, o, o.Before, before, nil)
	if err != nil {
		return nil, err
	}
	y, _, err := look(ctx, o, o.After, after, last)
	if err != nil {
		return nil, err
	}
	return textComparison(cmp.Or(y.Title, title), x, y), nil
}

// look extracts a file and passes it through the gate.
func look(ctx context.Context, o compareOptions, name string, body []byte, last *gate.Last) (*snapshot.Document, *gate.Last, error) {
	media := ""
	if isText(name) {
		media = "text/plain"
	}
	c := &snapshot.Capture{Source: name, Responses: []*snapshot.Response{{Status: 200, ContentType: media, Body: snapshot.BodyOf(body)}}}
	s := snapshot.Source{ID: name, Type: snapshot.Page, Select: o.Select, Remove: o.Remove}
	if o.file {
		s.Type = snapshot.File
	}
	d, err := o.reader.Document(ctx, c, s)
	if err != nil {
		return nil, nil, err
	}
	if f := gate.Judge(c, d, s, last); f != nil {
		return nil, nil, f
	}
	sum := gate.Summary(c, d)
	return d, &sum, nil
}

func textComparison(title string, x, y *snapshot.Document) *comparison {
	hunks, stats := diff.CompareText(x, y, nil)
	c := &comparison{
		Kind: diff.TextKind, Summary: diff.Summarise(title, stats, hunks), Stats: stats,
		Hunks: append([]diff.Hunk{}, hunks...),
	}
	if len(hunks) > 0 {
		c.Severity, c.Reasons = topic.Severity(diff.Change{Kind: diff.TextKind, Hunks: hunks}, nil)
		c.Why = topic.Why(c.Reasons, "en")
		c.Tags = config.Topics().Tag(diff.Change{Hunks: hunks}, snapshot.Source{Name: title})
		for _, t := range c.Tags {
			c.Topics = append(c.Topics, t.Topic)
		}
	}
	return c
}

// hasFormat tells whether a body is a file that is read by its content, whatever it
// is called.
func hasFormat(body []byte) bool { return cage.IsPDF(body) || cage.IsZip(body) }

func isText(name string) bool { return strings.EqualFold(filepath.Ext(name), ".txt") }

func isJSON(name string, body []byte) bool {
	if strings.EqualFold(filepath.Ext(name), ".json") {
		return true
	}
	head := bytes.TrimLeft(body, " \t\r\n")
	return len(head) > 0 && (head[0] == '{' || head[0] == '[') && json.Valid(head)
}

// parse reads JSON; numbers keep their digits.
func parse(name string, body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("%s is not valid JSON: %w", name, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("%s is not valid JSON: more follows the first value", name)
	}
	return v, nil
}

// compareTrees compares JSON values as lines of path and value.
func compareTrees(o compareOptions, title string, before, after []byte) (*comparison, error) {
	docs := make([]*snapshot.Document, 2)
	for n, f := range []struct {
		name string
		body []byte
	}{{o.Before, before}, {o.After, after}} {
		v, err := parse(f.name, f.body)
		if err != nil {
			return nil, err
		}
		docs[n] = &snapshot.Document{}
		leaves("", v, func(path, value string) {
			docs[n].Blocks = append(docs[n].Blocks, snapshot.Block{Kind: snapshot.Row, Cells: []string{path, value}})
		})
	}
	return textComparison(title, docs[0], docs[1]), nil
}

// leaves visits the scalars of a JSON value, objects in the order of keys.
func leaves(path string, v any, visit func(path, value string)) {
	join := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			leaves(join(k), v[k], visit)
		}
	case []any:
		for n, e := range v {
			leaves(join(fmt.Sprint(n)), e, visit)
		}
	case nil:
		visit(path, "null")
	default:
		visit(path, fmt.Sprint(v))
	}
}

// print writes the comparison for people. Inside a modified passage the
// removed words stand in [-...-], the added ones in {+...+}.
func (c *comparison) print(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintln(&b, c.Summary)
	if c.Why != "" {
		fmt.Fprintf(&b, "%s: %s\n", c.Severity, c.Why)
	}
	b.WriteString(topicLines(c.Tags))
	for _, h := range c.Hunks {
		fmt.Fprintf(&b, "\n%s", h.Op)
		if h.Path != "" {
			fmt.Fprintf(&b, " in %s", h.Path)
		}
		fmt.Fprintf(&b, "\n  %s\n", wording(h))
	}
	for _, e := range c.Events {
		fmt.Fprintln(&b, strings.TrimRight(fmt.Sprintf("\n%s %s  %s", e.Type, e.Key, e.Name), " "))
		for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
			fmt.Fprintf(&b, "  %s: %q -> %q\n", name, e.Fields[name][0], e.Fields[name][1])
		}
	}
	if len(c.Held) > 0 {
		fmt.Fprintf(&b, "\nNot compared, because the key stands twice: %s\n", joined(c.Held))
	}
	if c.Keyless > 0 {
		fmt.Fprintf(&b, "\nNot compared, because the key is missing: %d records\n", c.Keyless)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func joined(keys []registry.Key) string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = string(k)
	}
	return strings.Join(list, ", ")
}

func wording(h diff.Hunk) string {
	switch h.Op {
	case diff.OpAdded:
		return "{+" + h.After + "+}"
	case diff.OpRemoved:
		return "[-" + h.Before + "-]"
	case diff.OpMoved:
		return strings.ReplaceAll(h.After, "\n", "\n  ")
	}
	var s strings.Builder
	for _, span := range diff.Words(h.Before, h.After) {
		switch span.Op {
		case diff.SpanRemoved:
			s.WriteString("[-" + span.Text + "-]")
		case diff.SpanAdded:
			s.WriteString("{+" + span.Text + "+}")
		default:
			s.WriteString(span.Text)
		}
	}
	return s.String()
}
