package main

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/internal/snapshot"
)

func (a *app) showCommand() *cobra.Command {
	var asHTML, ignored bool
	c := &cobra.Command{
		Use: "show CHANGE", Short: "Show one change whole", Args: usage(cobra.ExactArgs(1)),
		Long:    "Prints a change with both looks, why it weighs what it weighs, its topics, and every passage or record that differs:\n[-gone-] {+new+}. `pantau history` and every message name the number of a change. --html writes a page to keep or to send\non, --json all that is stored.",
		Example: "  pantau show c25bff27187ca\n  pantau show c25bff27187ca --html > change.html\n  pantau show c25bff27187ca --ignored    # also what was not counted",
		RunE: a.with(func(ctx context.Context, s *system, args []string) error {
			ch, err := s.store.Change(ctx, args[0])
			if err != nil {
				return err
			}
			switch {
			case ignored:
				return a.showIgnored(ctx, s, ch)
			case a.json:
				return a.print(ch)
			case asHTML:
				return showHTML(a.out, s, ch)
			}
			if err := showText(a.out, s, ch); err != nil {
				return err
			}
			return a.elsewhere(ctx, s, ch)
		}),
	}
	c.Flags().BoolVar(&asHTML, "html", false, "as a page of HTML")
	c.Flags().BoolVar(&ignored, "ignored", false, "also what differed beside the content of the page and was left out")
	return c
}

// elsewhere says which sites list the regulations of a change.
func (a *app) elsewhere(ctx context.Context, s *system, c diff.Change) error {
	var threads []string
	for _, e := range c.Events {
		if e.Thread != "" && !slices.Contains(threads, e.Thread) {
			threads = append(threads, e.Thread)
		}
	}
	members, err := s.store.Members(ctx, threads)
	if err != nil {
		return err
	}
	for _, t := range threads {
		if len(members[t]) < 2 {
			continue
		}
		fmt.Fprintf(a.out, "\n%s is listed by\n", t)
		for _, m := range members[t] {
			fmt.Fprintf(a.out, "  %-20s since %s  %s\n", m.Index, s.clock(&m.Seen, ""), m.Key)
		}
	}
	return nil
}

// showText writes a change for the terminal, readable without colour.
func showText(w io.Writer, s *system, c diff.Change) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n%s\n\n", c.ID, strings.ToUpper(string(c.Severity)), c.Summary)
	fmt.Fprintf(&b, "source   %s\nbefore   snapshot %d, last seen so %s\nafter    snapshot %d, seen %s\n", c.Source,
		c.From.Snapshot, s.clock(&c.From.At, ""), c.To.Snapshot, s.clock(&c.To.At, ""))
	for _, l := range []struct {
		name string
		m    *snapshot.Manual
	}{{"before", c.From.Manual}, {"after", c.To.Manual}} {
		if l.m != nil {
			fmt.Fprintf(&b, "evidence %s: %s\n", l.name, s.byHandOf(l.m))
		}
	}
	if slices.Contains(c.Marks, diff.Redesign) {
		fmt.Fprintf(&b, "mark     %s: the two were read under different rules\n", diff.Redesign)
	}
	if slices.Contains(c.Marks, diff.NotComparable) {
		fmt.Fprintf(&b, "mark     %s: whether anything changed between the two is not known (%s)\n", diff.NotComparable, c.Gap)
	}
	if c.Why != "" {
		fmt.Fprintf(&b, "why      %s\n", c.Why)
	}
	b.WriteString(topicLines(c.Tags))
	b.WriteByte('\n')
	provisionsText(&b, c.Provisions)
	for _, h := range c.Hunks {
		hunkText(&b, h)
	}
	for _, e := range c.Events {
		eventText(&b, s, c.Source, e)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// byHandOf says whose word a look is.
func (s *system) byHandOf(m *snapshot.Manual) string {
	out := fmt.Sprintf("entered by hand by %s, saved %s from %s", m.By, s.clock(&m.Seen, ""), from(m))
	if m.Forced {
		out += " (not an address of the source)"
	}
	return out
}

func hunkText(b *strings.Builder, h diff.Hunk) {
	fmt.Fprintf(b, "%s", h.Op)
	if h.Path != "" {
		fmt.Fprintf(b, " in %s", h.Path)
	}
	b.WriteByte('\n')
	switch h.Op {
	case diff.OpModified:
		b.WriteString("    ")
		for _, span := range diff.Words(h.Before, h.After) {
			switch span.Op {
			case diff.SpanRemoved:
				b.WriteString("[-" + span.Text + "-]")
			case diff.SpanAdded:
				b.WriteString("{+" + span.Text + "+}")
			default:
				b.WriteString(span.Text)
			}
		}
		b.WriteByte('\n')
	case diff.OpRemoved:
		fmt.Fprintf(b, "  - %s\n", h.Before)
	case diff.OpAdded:
		fmt.Fprintf(b, "  + %s\n", h.After)
	default:
		fmt.Fprintf(b, "    %s\n", cmp.Or(h.After, h.Before))
	}
	b.WriteByte('\n')
}

func eventText(b *strings.Builder, s *system, source string, e registry.Event) {
	where := ""
	switch {
	case e.FromIndex == "":
		where = "now in " + e.ToIndex
	case e.ToIndex == "":
		where = "was in " + e.FromIndex
	case e.FromIndex != e.ToIndex:
		where = e.FromIndex + " -> " + e.ToIndex
	default:
		where = "in " + e.ToIndex
	}
	if e.FromIndex+e.ToIndex == source || e.FromIndex == source && e.ToIndex == source {
		where = "" // a plain listing, whose one index says nothing
	}
	who := e.Name
	if e.Company != "" {
		who += " (" + e.Company + ")"
	}
	fmt.Fprintln(b, strings.TrimRight(fmt.Sprintf("%-8s %s  %s  %s", e.Type, e.Key, who, where), " "))
	if e.Identity == registry.Reassigned {
		b.WriteString("         number now held by another company\n")
	}
	if e.LastSeen != nil && e.FirstMissing != nil {
		fmt.Fprintf(b, "         last seen %s, missing since %s\n", s.clock(e.LastSeen, ""), s.clock(e.FirstMissing, ""))
	}
	if d := e.Document; d != nil {
		documentText(b, e, d)
	}
	if e.Type == registry.Added || e.Type == registry.Removed {
		if s.sources[source].Type != snapshot.Registry && e.Document == nil {
			onlyFields(b, e)
		}
		return
	}
	for _, name := range names(e.Fields) {
		fmt.Fprintf(b, "         %s: %q -> %q\n", name, e.Fields[name][0], e.Fields[name][1])
	}
}

// onlyFields are those of a record that is on one side only, except what its
// first line says. Of a register they fill the screen; `pantau register` has them.
func onlyFields(b *strings.Builder, e registry.Event) {
	for _, name := range names(e.Fields) {
		v := cmp.Or(e.Fields[name][1], e.Fields[name][0])
		if v != "" && v != e.Name && v != string(e.Key) {
			fmt.Fprintf(b, "         %s: %s\n", name, v)
		}
	}
}

// documentText says what a list tells of a document.
func documentText(b *strings.Builder, e registry.Event, d *snapshot.Entry) {
	what := cmp.Or(d.Name, d.Type)
	if d.Draft {
		what = strings.TrimSpace(what + " (draft)")
	}
	for _, l := range [][2]string{{"regulation", what}, {"number", unsaid(d.Number, e.Name, what)}, {"date", d.Date}, {"address", unsaid(d.Link, string(e.Key))}, {"file", d.File}, {"other", e.Other}} {
		if l[1] != "" {
			fmt.Fprintf(b, "         %s: %s\n", l[0], l[1])
		}
	}
}

// unsaid is what none of the texts said before has.
func unsaid(s string, said ...string) string {
	if slices.ContainsFunc(said, func(before string) bool { return strings.Contains(before, s) }) {
		return ""
	}
	return s
}

func names(fields map[string][2]string) []string {
	var out []string
	for n := range fields {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// page is a change as one self-contained page. Deletions and insertions are
// told apart without colour.
const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.Change.Summary}}</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c}
h1{font-size:1.3rem}h2{font-size:1rem;margin:1.6rem 0 .3rem}dl{display:grid;grid-template-columns:6rem 1fr;margin:1rem 0}dd{margin:0}
del{background:#fde2e0;text-decoration:line-through}ins{background:#ddf3df;text-decoration:underline}del+ins{margin-left:.25em}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:.3rem .5rem;text-align:left;vertical-align:top}
</style>
<h1>{{.Change.Summary}}</h1>
<dl><dt>Change</dt><dd>{{.Change.ID}} ({{.Change.Severity}})</dd><dt>Source</dt><dd>{{.Change.Source}}</dd>
<dt>Before</dt><dd>snapshot {{.Change.From.Snapshot}}, last seen so {{.From}}</dd><dt>After</dt><dd>snapshot {{.Change.To.Snapshot}}, seen {{.To}}</dd>
{{range .Notes}}<dt>{{.Name}}</dt><dd>{{.Text}}</dd>{{end}}</dl>
{{range .Hunks}}<h2>{{.Op}}{{with .Path}} in {{.}}{{end}}</h2><p>{{range .Spans}}{{if eq .Op "removed"}}<del>{{.Text}}</del>{{else if eq .Op "added"}}<ins>{{.Text}}</ins>{{else}}{{.Text}}{{end}}{{end}}</p>
{{end}}{{if .Change.Events}}<table><tr><th>Event<th>Number<th>System<th>Company<th>From<th>To<th>Fields</tr>
{{range .Change.Events}}<tr><td>{{.Type}}{{if .Identity}} ({{.Identity}}){{end}}<td>{{.Key}}<td>{{.Name}}<td>{{.Company}}<td>{{.FromIndex}}<td>{{.ToIndex}}<td>{{range $n, $f := .Fields}}{{$n}}: <del>{{index $f 0}}</del> <ins>{{index $f 1}}</ins><br>{{end}}</tr>
{{end}}</table>{{end}}
</html>
`

func showHTML(w io.Writer, s *system, c diff.Change) error {
	type hunk struct {
		diff.Hunk
		Spans []diff.Span
	}
	var hunks []hunk
	for _, h := range c.Hunks {
		hunks = append(hunks, hunk{h, diff.Words(h.Before, h.After)})
	}
	type note struct{ Name, Text string }
	var notes []note
	if c.From.Manual != nil {
		notes = append(notes, note{"Evidence before", s.byHandOf(c.From.Manual)})
	}
	if c.To.Manual != nil {
		notes = append(notes, note{"Evidence after", s.byHandOf(c.To.Manual)})
	}
	if c.Why != "" {
		notes = append(notes, note{"Why", c.Why})
	}
	for _, t := range c.Tags {
		notes = append(notes, note{"Topic", topicLine(t)})
	}
	for _, e := range c.Provisions {
		notes = append(notes, note{"Provision", e.Label + " " + string(e.Type) + factsText(e)})
	}
	if c.Gap != "" {
		notes = append(notes, note{"Not comparable", "whether anything changed between the two is not known: " + c.Gap})
	}
	return template.Must(template.New("change").Parse(page)).Execute(w, map[string]any{
		"Notes": notes, "Change": c, "Hunks": hunks, "From": s.clock(&c.From.At, ""), "To": s.clock(&c.To.At, "")})
}
