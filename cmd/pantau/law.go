package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"pantau/crawler"
	"pantau/diff/law"
	"pantau/internal/snapshot"
)

func (a *app) lawCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "law", Short: "Read regulations: their provisions, dates, amendments and differences",
		Long:    "Reads Indonesian regulations as lawyers cite them. What is computed is unofficial and machine-read.",
		Example: "  pantau law show permen-5-2020.pdf",
		Args:    usage(cobra.NoArgs), RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	show := &cobra.Command{
		Use: "show FILE|URL", Short: "A regulation's identity, dates and provisions", Args: usage(cobra.ExactArgs(1)),
		Long:    "Reads a text, HTML, PDF or DOCX file, or the page at an address, as a regulation.\nExit status 1 when it is none; the reason is printed.",
		Example: "  pantau law show permen-5-2020.pdf\n  pantau law show https://jdih.komdigi.go.id/produk_hukum/view/id/759 --json",
		RunE: func(c *cobra.Command, args []string) error {
			r, err := a.regulation(c.Context(), args[0])
			if err != nil {
				return err
			}
			return a.showRegulation(r, args[0])
		},
	}
	c.AddCommand(show, a.lawDiffCommand(), a.lawDeadlinesCommand(), a.lawConsolidateCommand())
	return c
}

// regulation reads the regulation in a file or at an address.
func (a *app) regulation(ctx context.Context, name string) (*law.Regulation, error) {
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		return a.regulationAt(ctx, name)
	}
	body, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if len(body) > maxRegulation {
		return nil, fmt.Errorf("%s has %d bytes; a regulation of more than %d is not read", name, len(body), maxRegulation)
	}
	media := ""
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case ext == ".txt" || ext == ".md":
		return law.ParseText(strings.TrimPrefix(strings.ToValidUTF8(string(body), "\uFFFD"), "\uFEFF")), nil
	case ext == "" && !bytes.ContainsAny(body[:min(len(body), 400)], "<\x00") && !bytes.HasPrefix(body, []byte("%PDF-")):
		media = "text/plain"
	}
	c := &snapshot.Capture{Source: name, Responses: []*snapshot.Response{{Status: 200, ContentType: media, Body: snapshot.BodyOf(body)}}}
	return a.regulationOf(ctx, c, snapshot.Source{ID: name, Type: snapshot.Page})
}

// maxRegulation bounds what is read of a local file: the longest laws have a
// few megabytes of text, their scans some dozens.
const maxRegulation = 64 << 20

// regulationAt fetches a page as a look does, and stores nothing.
func (a *app) regulationAt(ctx context.Context, address string) (*law.Regulation, error) {
	opt := crawler.Options{Version: programVersion(), Log: a.log()}
	switch conf, err := a.config(); {
	case err == nil:
		opt.Contact, opt.Allow = conf.Network.Contact, conf.Network.Allow
	case !errors.Is(err, os.ErrNotExist):
		return nil, err
	}
	client := crawler.New(opt)
	defer client.Close()
	s := snapshot.Source{ID: "law", Name: address, Type: snapshot.Page, URL: address}
	capture, err := client.Fetch(ctx, s, snapshot.Validators{}, crawler.One(s))
	if capture != nil {
		defer capture.Close()
	}
	if err != nil {
		return nil, err
	}
	return a.regulationOf(ctx, capture, s)
}

// regulationOf reads what was fetched. A page is read whole: the tree itself
// tells the regulation from what stands around it.
func (a *app) regulationOf(ctx context.Context, c *snapshot.Capture, s snapshot.Source) (*law.Regulation, error) {
	if last := c.Last(); last != nil {
		if body, err := last.Body.Bytes(); err == nil && hasFormat(body) {
			s.Type = snapshot.File
		}
	}
	d, err := a.reader().Document(ctx, c, s)
	if err != nil {
		return nil, err
	}
	return law.Parse(law.DocumentLines(d)), nil
}

// lawShown is a regulation in JSON. Its names are a contract.
type lawShown struct {
	Type   string `json:"type"`
	Number string `json:"number"`
	Year   int    `json:"year"`
	Title  string `json:"title"`

	Issuer string `json:"issuer,omitempty"`
	Name   string `json:"name"`
	Draft  bool   `json:"draft,omitempty"`

	Dates      law.Dates       `json:"dates"`
	Relations  []law.Relation  `json:"relations"`
	Operations []law.Operation `json:"operations"`
	Unparsed   int             `json:"unparsed"`
	Nodes      []lawNode       `json:"nodes"`

	Blocks      []lawNode        `json:"blocks"` // title, preamble, closing and what was not understood
	Definitions []law.Definition `json:"definitions,omitempty"`
	Deadlines   []law.Deadline   `json:"deadlines,omitempty"`
	Repairs     []law.Repair     `json:"repairs,omitempty"`
	Faults      []string         `json:"faults,omitempty"`
}

// lawNode is a unit in the flat list.
type lawNode struct {
	Path     string `json:"path"`
	Kind     string `json:"kind"`
	Label    string `json:"label"`
	Text     string `json:"text"`
	Deleted  bool   `json:"deleted,omitempty"`
	Target   string `json:"target,omitempty"`   // of new wording: the address in the amended regulation
	Explains string `json:"explains,omitempty"` // of an explanation
	Page     int    `json:"page,omitempty"`
}

func shown(r *law.Regulation) lawShown {
	s := lawShown{
		Type: r.Identity.Type, Number: r.Identity.Number, Year: r.Identity.Year, Title: r.Title, Issuer: r.Identity.Issuer, Name: r.Identity.String(),
		Draft: r.Identity.Draft, Dates: r.Dates(), Relations: append([]law.Relation{}, r.Relations()...), Operations: r.Operations(), Unparsed: len(r.UnparsedBlocks()), Nodes: []lawNode{},
		Definitions: r.Definitions(), Deadlines: r.Deadlines(), Repairs: r.Repairs, Faults: r.Faults,
	}
	for n := range r.All {
		node := lawNode{Path: n.Path, Kind: string(n.Kind), Label: n.Label, Text: n.Text, Deleted: n.Deleted, Explains: n.Explains, Page: n.Page}
		if n.Quoted {
			node.Target = n.Target()
		}
		if n.Kind.Cited() {
			s.Nodes = append(s.Nodes, node)
		} else {
			s.Blocks = append(s.Blocks, node)
		}
	}
	return s
}

func (a *app) showRegulation(r *law.Regulation, name string) error {
	s := shown(r)
	var err error
	if a.json {
		err = json.NewEncoder(a.out).Encode(s)
	} else {
		err = printRegulation(a.out, &s)
	}
	if err != nil {
		return err
	}
	if len(s.Nodes) == 0 {
		return exit{exitFailed, fmt.Errorf("%s: %s", name, strings.Join(s.Faults, "; "))}
	}
	return nil
}

// printRegulation writes a regulation for people.
func printRegulation(w io.Writer, s *lawShown) error {
	var b bytes.Buffer
	if s.Type != "" {
		fmt.Fprintf(&b, "%s tentang %s\n", s.Name, s.Title)
	}
	for _, f := range s.Faults {
		fmt.Fprintf(&b, "! %s\n", f)
	}
	for _, d := range []struct {
		name string
		day  law.Day
	}{{"ditetapkan", s.Dates.Set}, {"diundangkan", s.Dates.Gazetted}, {"mulai berlaku", s.Dates.Force}} {
		if d.day != "" {
			fmt.Fprintf(&b, "%s: %s\n", d.name, d.day)
		}
	}
	if s.Dates.Clause != "" {
		fmt.Fprintf(&b, "  %q", s.Dates.Clause)
		if !s.Dates.Exact {
			b.WriteString(" (not certain)")
		}
		fmt.Fprintf(&b, " - %s\n", law.Unofficial)
	}
	for _, x := range s.Relations {
		fmt.Fprintf(&b, "%s %s\n", x.Kind, x.Name)
	}
	for _, o := range s.Operations {
		fmt.Fprintf(&b, "%s %s", o.Op, law.Cite(o.Target, "id"))
		for _, path := range o.New {
			fmt.Fprintf(&b, " +%s", law.Cite(path, "id"))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%d provisions, %d repairs of scanning errors, %d blocks not understood\n", len(s.Nodes), len(s.Repairs), s.Unparsed)
	for _, n := range s.Nodes {
		depth := strings.Count(n.Path, "/")
		if n.Kind == string(law.Bagian) || n.Kind == string(law.Paragraf) {
			depth = 0
		}
		fmt.Fprintf(&b, "%s%s %s\n", strings.Repeat("  ", depth), n.Label, strings.ReplaceAll(n.Text, "\n", " "))
	}
	_, err := w.Write(b.Bytes())
	return err
}
