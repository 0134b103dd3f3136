package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pantau/crawler/extract"
	"pantau/crawler/gate"
	"pantau/diff"
	"pantau/diff/registry"
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
	Before, After  string   // files: HTML, text or JSON
	Select, Remove []string // CSS, HTML only
	Key            string   // field that identifies a record, JSON arrays only
	JSON           bool     // one JSON object on stdout
}

// comparison is what compare prints: the part of a change that two files have.
type comparison struct {
	Kind    diff.Kind        `json:"kind"`
	Summary string           `json:"summary"`
	Stats   diff.Stats       `json:"stats"`
	Hunks   []diff.Hunk      `json:"hunks,omitzero"`  // text; empty, not nil, if nothing changed
	Events  []registry.Event `json:"events,omitzero"` // records; likewise
}

// compareFiles compares two local files as two looks at one source, by the
// same extraction, gate and comparison, and returns the exit code. Nothing but
// the result goes to stdout.
func compareFiles(o compareOptions, stdout, stderr io.Writer) int {
	c, err := compare(o)
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

func compare(o compareOptions) (*comparison, error) {
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
	case jb != ja:
		return nil, fmt.Errorf("%s and %s are not of one format: one is JSON, the other is not", o.Before, o.After)
	case jb && o.Key != "":
		return compareRecords(o, title, before, after)
	case jb:
		return compareTrees(o, title, before, after)
	case o.Key != "":
		return nil, fmt.Errorf("--key names a field of JSON records, but %s is not JSON", o.After)
	}
	x, last, err := look(o, o.Before, before, nil)
	if err != nil {
		return nil, err
	}
	y, _, err := look(o, o.After, after, last)
	if err != nil {
		return nil, err
	}
	return textComparison(cmp.Or(y.Title, title), x, y), nil
}

// look extracts a file and passes it through the gate.
func look(o compareOptions, name string, body []byte, last *gate.Last) (*snapshot.Document, *gate.Last, error) {
	switch {
	case bytes.HasPrefix(body, []byte("%PDF-")):
		return nil, nil, fmt.Errorf("%s is a PDF document; this version compares HTML, text and JSON, PDF comes later", name)
	case bytes.HasPrefix(body, []byte("PK\x03\x04")):
		return nil, nil, fmt.Errorf("%s is a DOCX document or a zip archive; this version compares HTML, text and JSON, DOCX comes later", name)
	}
	media := ""
	if strings.EqualFold(filepath.Ext(name), ".txt") {
		media = "text/plain"
	}
	c := &snapshot.Capture{Source: name, Responses: []*snapshot.Response{{Status: 200, ContentType: media, Body: snapshot.BodyOf(body)}}}
	s := snapshot.Source{ID: name, Type: snapshot.Page, Select: o.Select, Remove: o.Remove}
	d, err := extract.Document(c, s)
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
	return &comparison{
		Kind: diff.TextKind, Summary: diff.Summarise(title, stats, hunks), Stats: stats,
		Hunks: append([]diff.Hunk{}, hunks...),
	}
}

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

// compareRecords compares two JSON arrays of objects by key, whatever their
// order. A field that one side lacks is no edit: formats gain and lose fields.
func compareRecords(o compareOptions, title string, before, after []byte) (*comparison, error) {
	x, err := keyed(o.Before, before, o.Key)
	if err != nil {
		return nil, err
	}
	y, err := keyed(o.After, after, o.Key)
	if err != nil {
		return nil, err
	}
	c := &comparison{Kind: diff.RecordsKind, Events: []registry.Event{}}
	for key := range x {
		if y[key] == nil {
			c.Events = append(c.Events, registry.Event{Type: registry.Removed, Key: registry.Key(key), Fields: map[string][2]string{}})
			c.Stats.Removed++
		}
	}
	for key, fields := range y {
		e := registry.Event{Key: registry.Key(key), Fields: map[string][2]string{}}
		switch {
		case x[key] == nil:
			e.Type = registry.Added
			c.Stats.Added++
		default:
			if e.Type, e.Fields = registry.Edited, edited(x[key], fields); len(e.Fields) == 0 {
				continue
			}
			c.Stats.Edited++
		}
		c.Events = append(c.Events, e)
	}
	slices.SortFunc(c.Events, func(a, b registry.Event) int {
		return cmp.Or(cmp.Compare(len(a.Key), len(b.Key)), cmp.Compare(a.Key, b.Key))
	})
	c.Summary = "Nothing changed in " + title
	if len(c.Events) > 0 {
		c.Summary = fmt.Sprintf("Records of %s: %d added, %d removed, %d edited", title, c.Stats.Added, c.Stats.Removed, c.Stats.Edited)
	}
	return c, nil
}

func edited(x, y map[string]string) map[string][2]string {
	fields := map[string][2]string{}
	for name, was := range x {
		if is, ok := y[name]; ok && is != was {
			fields[name] = [2]string{was, is}
		}
	}
	return fields
}

// keyed reads a JSON array of objects into the values of their fields, by the
// value of the key field.
func keyed(name string, body []byte, key string) (map[string]map[string]string, error) {
	v, err := parse(name, body)
	if err != nil {
		return nil, err
	}
	rows, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("%s is not a JSON array of records, as --key needs", name)
	}
	records := make(map[string]map[string]string, len(rows))
	for n, row := range rows {
		fields := map[string]string{}
		leaves("", row, func(path, value string) { fields[path] = value })
		id, ok := fields[key]
		switch {
		case !ok:
			return nil, fmt.Errorf("%s: record %d has no field %q; name the field that identifies a record with --key", name, n, key)
		case records[id] != nil:
			return nil, fmt.Errorf("%s: two records have %s %s, so it does not identify them; choose another --key", name, key, id)
		}
		records[id] = fields
	}
	return records, nil
}

// print writes the comparison for people. Inside a modified passage the
// removed words stand in [-...-], the added ones in {+...+}.
func (c *comparison) print(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintln(&b, c.Summary)
	for _, h := range c.Hunks {
		fmt.Fprintf(&b, "\n%s", h.Op)
		if h.Path != "" {
			fmt.Fprintf(&b, " in %s", h.Path)
		}
		fmt.Fprintf(&b, "\n  %s\n", wording(h))
	}
	for _, e := range c.Events {
		fmt.Fprintf(&b, "\n%s %s\n", e.Type, e.Key)
		for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
			fmt.Fprintf(&b, "  %s: %q -> %q\n", name, e.Fields[name][0], e.Fields[name][1])
		}
	}
	_, err := w.Write(b.Bytes())
	return err
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
