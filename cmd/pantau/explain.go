package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pantau/diff"
	"pantau/internal/snapshot"
)

// explained says what is watched on a page and what is not.
type explained struct {
	Source   string           `json:"source"`
	Address  string           `json:"address"`
	Snapshot int64            `json:"snapshot"`
	Seen     time.Time        `json:"seen"`
	Select   []string         `json:"select,omitempty"`
	Remove   []string         `json:"remove,omitempty"`
	Passages []string         `json:"passages"`
	Beside   []snapshot.Aside `json:"beside"`
	Noise    []covered        `json:"noise"`
	Masks    []diff.Mask      `json:"masks"`
}

// covered is a passage with noise in it, and how it is compared.
type covered struct {
	Shown    string `json:"shown"`
	Compared string `json:"compared"`
}

func (a *app) explainCommand() *cobra.Command {
	return &cobra.Command{
		Use: "explain SOURCE", Short: "What is watched on a page, what is not, and why", Args: usage(cobra.ExactArgs(1)),
		Long:    "Reads the last good snapshot of a page by today's rules and says which passages are compared, which\nparts of the page are taken for what and left out, and which noise is covered, with the learned masks\nand how long they hold. `select` and `remove` at the source say it better where this is wrong.",
		Example: "  pantau sources explain permen-5-2020",
		RunE: a.with(func(ctx context.Context, s *system, args []string) error {
			if src, err := s.source(args[0]); err == nil && src.Type == snapshot.Index {
				e, err := s.explainIndex(ctx, src)
				if err != nil {
					return err
				}
				if a.json {
					return a.print(e)
				}
				return e.write(a.out, s)
			}
			e, err := s.explain(ctx, args[0])
			if err != nil {
				return err
			}
			if a.json {
				return a.print(e)
			}
			_, err = fmt.Fprint(a.out, e.text(s))
			return err
		}),
	}
}

// explain reads the last snapshot of a page source.
func (s *system) explain(ctx context.Context, id string) (*explained, error) {
	src, err := s.source(id)
	switch {
	case err != nil:
		return nil, exit{exitConfig, fmt.Errorf("no source %q is configured; `pantau sources` lists those there are", id)}
	case src.Listing != nil:
		return nil, exit{exitConfig, fmt.Errorf("%s is made of records: every field that its description names is watched", id)}
	}
	state, err := s.store.State(ctx, id)
	if err != nil {
		return nil, err
	}
	if state.Seq == 0 {
		return nil, fmt.Errorf("%s has no good look yet; `pantau check %s` takes one", id, id)
	}
	c, _, err := s.store.Capture(ctx, id, state.Seq)
	if err != nil {
		return nil, err
	}
	d, err := s.reader.Document(ctx, c, src)
	if err != nil {
		return nil, fmt.Errorf("read snapshot %d by today's rules: %w", state.Seq, err)
	}
	e := &explained{Source: id, Address: src.Address(), Snapshot: state.Seq, Seen: state.SnapshotAt, Select: src.Select, Remove: src.Remove,
		Passages: []string{}, Beside: d.Asides, Noise: []covered{}, Masks: state.Masks}
	masked := diff.Masked(d, state.Masks)
	for i := range d.Blocks {
		line := d.Blocks[i].Line()
		e.Passages = append(e.Passages, line)
		if as := masked.Blocks[i].Line(); as != line {
			e.Noise = append(e.Noise, covered{line, as})
		}
	}
	return e, nil
}

// roleWords says what a part of a page was taken for.
func roleWords(r snapshot.Role) string {
	switch r {
	case snapshot.Navigation:
		return "menus, breadcrumbs, page numbers"
	case snapshot.Banner:
		return "head of the site, running text"
	case snapshot.Footer:
		return "foot of the site"
	case snapshot.Sidebar:
		return "beside the text"
	case snapshot.Search:
		return "search"
	case snapshot.Dialog:
		return "over the page"
	case snapshot.Consent:
		return "request for consent"
	case snapshot.Share:
		return "links to other networks"
	case snapshot.Related:
		return "news and other pages"
	case snapshot.Contents:
		return "list of the page's own sections"
	case snapshot.Feedback:
		return "ratings of the page"
	case snapshot.Prompt:
		return "log-in, subscription, buttons"
	case snapshot.Counter:
		return "visitors"
	case snapshot.Running:
		return "running heads, page numbers and catchwords"
	}
	return "outside the part with the text, by its place and its links"
}

// shownPassages is how many passages of a part are listed.
const shownPassages = 6

func (e *explained) text(s *system) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\nsnapshot %d, seen %s\n", e.Source, e.Address, e.Snapshot, s.clock(&e.Seen, "never"))
	how := "the whole page, its content found by its structure"
	if src, err := s.source(e.Source); err == nil && src.Type == snapshot.File {
		how = "the whole document"
	}
	if len(e.Select) > 0 {
		how = "select " + strings.Join(e.Select, ", ")
	}
	if len(e.Remove) > 0 {
		how += " without " + strings.Join(e.Remove, ", ")
	}
	fmt.Fprintf(&b, "region   %s\n\nCompared: %d passages\n", how, len(e.Passages))
	firstOf(&b, e.Passages)
	var order []snapshot.Role
	parts := map[snapshot.Role][]string{}
	for i := range e.Beside {
		r := e.Beside[i].Role
		if parts[r] == nil {
			order = append(order, r)
		}
		parts[r] = append(parts[r], e.Beside[i].Line())
	}
	for _, r := range order {
		fmt.Fprintf(&b, "\nBeside the content, taken for %s (%s): %d passages\n", r, roleWords(r), len(parts[r]))
		firstOf(&b, parts[r])
	}
	if len(order) > 0 {
		b.WriteString("\nIn the head of the site, beside, over and outside the text a document to download, or a figure beside a word of law, is told all the same.\n")
	}
	for n, c := range e.Noise {
		if n == 0 {
			b.WriteString("\nNoise, compared as\n")
		}
		fmt.Fprintf(&b, "    %s\n      -> %s\n", c.Shown, c.Compared)
	}
	for n, m := range e.Masks {
		if n == 0 {
			b.WriteString("\nNoise learned from two looks a moment apart\n")
		}
		fmt.Fprintf(&b, "    %s\n      learned %s, forgotten %s\n", m.Shape, s.clock(&m.Learned, "-"), s.clock(&m.Expires, "never"))
	}
	return b.String()
}

// firstOf writes the first lines of a list.
func firstOf(b *strings.Builder, list []string) {
	for n, line := range list {
		if n == shownPassages-1 && len(list) > shownPassages {
			fmt.Fprintf(b, "    ... and %d more\n", len(list)-n)
			return
		}
		if r := []rune(line); len(r) > 110 {
			line = string(r[:110]) + "..."
		}
		fmt.Fprintf(b, "    %s\n", line)
	}
}

// ignored compares again what stood beside the content at both ends of a
// change, by today's rules.
func (s *system) ignored(ctx context.Context, c diff.Change) ([]diff.Hunk, error) {
	if !c.Kind.Textual() {
		return nil, errors.New("--ignored is for changes of pages: of records every field is told")
	}
	var docs [2]*snapshot.Document
	for n, seq := range []int64{c.From.Snapshot, c.To.Snapshot} {
		capture, own, err := s.store.Capture(ctx, c.Source, seq)
		if err != nil {
			return nil, err
		}
		if src, err := s.source(c.Source); err == nil {
			own = src
		}
		if docs[n], err = s.reader.Document(ctx, capture, own); err != nil {
			return nil, fmt.Errorf("read snapshot %d by today's rules: %w", seq, err)
		}
	}
	state, err := s.store.State(ctx, c.Source)
	if err != nil {
		return nil, err
	}
	hunks, _ := diff.Ignored(docs[0], docs[1], state.Masks)
	return append([]diff.Hunk{}, hunks...), nil
}

// showIgnored writes what a change does not tell.
func (a *app) showIgnored(ctx context.Context, s *system, c diff.Change) error {
	hunks, err := s.ignored(ctx, c)
	if err != nil {
		return err
	}
	if a.json {
		return a.print(withIgnored{c, hunks})
	}
	if err := showText(a.out, s, c); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Left out: %d passages that differ beside the content; `pantau sources explain %s` says what they are taken for.\n\n", len(hunks), c.Source)
	for _, h := range hunks {
		hunkText(&b, h)
	}
	_, err = fmt.Fprint(a.out, b.String())
	return err
}

// withIgnored is a change with what it left out.
type withIgnored struct {
	change  diff.Change
	ignored []diff.Hunk
}

// MarshalJSON writes the change with one name more.
func (w withIgnored) MarshalJSON() ([]byte, error) {
	body, err := json.Marshal(w.change)
	if err != nil {
		return nil, err
	}
	ignored, err := json.Marshal(w.ignored)
	if err != nil {
		return nil, err
	}
	return slices.Concat(body[:len(body)-1], []byte(`,"ignored":`), ignored, []byte("}")), nil
}
