package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pantau/diff/law"
)

func (a *app) lawConsolidateCommand() *cobra.Command {
	var asOf string
	var page bool
	c := &cobra.Command{
		Use: "consolidate BASE AMENDMENT...", Short: "A regulation as its amendments left it; --as-of for a day, --html for a page", Args: usage(cobra.MinimumNArgs(2)),
		Example: "  pantau law consolidate permen-5-2020.pdf permen-10-2021.pdf\n  pantau law consolidate uu-11-2008.txt uu-19-2016.txt uu-1-2024.txt --as-of 2020-01-01 --html > ite.html",
		Long: "Applies amending regulations (files or addresses) to a base in the order given, and says of every provision which\n" +
			"regulation gave it its present wording. What cannot be applied, or does not fit, is listed and never guessed.\n" +
			"The text is unofficial and machine-read.\n\nExit status 1 when something could not be applied.",
		RunE: func(c *cobra.Command, args []string) error {
			if _, err := time.Parse(time.DateOnly, asOf); asOf != "" && err != nil {
				return exit{exitConfig, fmt.Errorf("--as-of %q is no day: write it as 2024-05-31", asOf)}
			}
			return a.lawConsolidate(c.Context(), args, law.Day(asOf), page)
		},
	}
	c.Flags().StringVar(&asOf, "as-of", "", "apply only what was in force on this `day` (2024-05-31)")
	c.Flags().BoolVar(&page, "html", false, "write a page of HTML")
	return c
}

// consolidatedShown is what law consolidate prints.
type consolidatedShown struct {
	Name     string             `json:"name"`
	Title    string             `json:"title"`
	Note     string             `json:"note"`
	AsOf     law.Day            `json:"as_of"`
	Base     law.Identity       `json:"base"`
	Applied  []law.Identity     `json:"applied"`
	Problems []law.Problem      `json:"problems"`
	Nodes    []consolidatedNode `json:"nodes"`
}

// consolidatedNode is a provision with the regulation that gave it its wording.
type consolidatedNode struct {
	lawNode
	Given string `json:"given"`
	Depth int    `json:"-"`
	Later bool   `json:"-"` // given by an amendment
}

func (a *app) lawConsolidate(ctx context.Context, names []string, asOf law.Day, page bool) error {
	var read []*law.Regulation
	for _, name := range names {
		r, err := a.readable(ctx, name)
		if err != nil {
			return err
		}
		read = append(read, r)
	}
	s := consolidated(law.Consolidate(read[0], read[1:], asOf))
	var err error
	switch {
	case a.json:
		err = json.NewEncoder(a.out).Encode(s)
	case page:
		err = consolidatedPage.Execute(a.out, s)
	default:
		err = printConsolidated(a.out, s)
	}
	if err != nil {
		return err
	}
	left := 0
	for _, p := range s.Problems {
		if !p.Applied {
			left++
		}
	}
	if left > 0 {
		return exit{exitFailed, fmt.Errorf("%d things could not be applied; they are listed with the text", left)}
	}
	return nil
}

func consolidated(c *law.Consolidation) *consolidatedShown {
	s := &consolidatedShown{
		Name: c.Base.String(), Title: c.Text.Title, Note: law.Unofficial, AsOf: c.AsOf, Base: c.Base,
		Applied: append([]law.Identity{}, c.Applied...), Problems: append([]law.Problem{}, c.Problems...), Nodes: []consolidatedNode{},
	}
	for _, n := range c.Text.Flat() {
		given := c.Given(n)
		node := lawNode{Path: n.Path, Kind: string(n.Kind), Label: n.Label, Text: n.Text, Deleted: n.Deleted, Explains: n.Explains}
		depth := strings.Count(n.Path, "/")
		if n.Kind == law.Bagian || n.Kind == law.Paragraf {
			depth = 0
		}
		s.Nodes = append(s.Nodes, consolidatedNode{node, given.String(), depth, given != c.Base})
	}
	return s
}

func printConsolidated(w io.Writer, s *consolidatedShown) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s tentang %s\n", s.Name, s.Title)
	for _, id := range s.Applied {
		fmt.Fprintf(&b, "  as amended by %s\n", id)
	}
	if s.AsOf != "" {
		fmt.Fprintf(&b, "  as of %s\n", s.AsOf)
	}
	fmt.Fprintf(&b, "%s\n", s.Note)
	for _, p := range s.Problems {
		mark := "not applied"
		if p.Applied {
			mark = "to be checked"
		}
		where := strings.TrimSpace(law.Cite(p.Path, "id"))
		fmt.Fprintf(&b, "! %s: %s: %s\n", mark, strings.TrimSpace(p.Regulation.String()+" "+where), p.Why)
	}
	b.WriteByte('\n')
	for _, n := range s.Nodes {
		fmt.Fprintf(&b, "%s%s %s", strings.Repeat("  ", n.Depth), n.Label, strings.ReplaceAll(n.Text, "\n", " "))
		if n.Later {
			fmt.Fprintf(&b, " [%s]", n.Given)
		}
		b.WriteByte('\n')
	}
	_, err := w.Write(b.Bytes())
	return err
}

var consolidatedPage = template.Must(template.New("consolidated").Parse(`<!doctype html>
<html lang="id"><head><meta charset="utf-8"><title>{{.Name}}</title>
<style>body{font:16px/1.5 serif;max-width:48em;margin:2em auto;padding:0 1em}.later{background:#eef6ff}.by{font:12px sans-serif;color:#456}
.deleted{color:#777}.problems{border:1px solid #b00;padding:.5em 1em}p{margin:.3em 0}</style></head><body>
<h1>{{.Name}} tentang {{.Title}}</h1>
<p>{{range $i, $id := .Applied}}{{if $i}}, {{else}}Diubah dengan {{end}}{{$id}}{{end}}{{if .AsOf}}; per {{.AsOf}}{{end}}</p>
<p><em>{{.Note}}</em></p>
{{if .Problems}}<div class="problems"><ul>{{range .Problems}}
<li>{{.Regulation}}: {{.Why}} ({{if .Applied}}to be checked{{else}}not applied{{end}}){{with .Quote}}: <q>{{.}}</q>{{end}}</li>{{end}}
</ul></div>{{end}}
{{range .Nodes}}<p id="{{.Path}}" class="{{if .Later}}later {{end}}{{if .Deleted}}deleted{{end}}" style="margin-left:{{.Depth}}em"><b>{{.Label}}</b> {{.Text}}{{if .Later}} <span class="by">{{.Given}}</span>{{end}}</p>
{{end}}</body></html>
`))
