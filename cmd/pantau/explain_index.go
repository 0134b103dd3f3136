package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"pantau/diff/thread"
	"pantau/internal/snapshot"
)

// explainedIndex says what is read of a list of documents.
type explainedIndex struct {
	Source      string            `json:"source"`
	Address     string            `json:"address"`
	Cards       snapshot.Cards    `json:"cards,omitzero"`
	Sentinel    snapshot.Sentinel `json:"sentinel,omitzero"`
	Next        string            `json:"next,omitempty"`
	Seen        time.Time         `json:"seen,omitzero"`
	Full        time.Time         `json:"full,omitzero"` // when every page was read
	Blind       string            `json:"blind,omitempty"`
	Documents   int               `json:"documents"`
	Watched     int               `json:"watched"`
	Fields      map[string]int    `json:"fields"` // how many documents have one
	Regulations []string          `json:"regulations"`
	Drafts      []string          `json:"drafts"`
	Others      []string          `json:"others"`
}

// explainIndex tells by the documents that are known what the description finds,
// and why the list cannot be seen now, if it cannot.
func (s *system) explainIndex(ctx context.Context, src snapshot.Source) (*explainedIndex, error) {
	state, err := s.store.State(ctx, src.ID)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.Rows(ctx, src.ID)
	if err != nil {
		return nil, err
	}
	watched, err := s.store.Enrolled(ctx, src.ID)
	if err != nil {
		return nil, err
	}
	l := src.Listing
	e := &explainedIndex{Source: src.ID, Address: src.Address(), Cards: l.Cards, Sentinel: l.Sentinel, Next: l.Next, Seen: state.LastGood, Full: state.Full,
		Blind: state.BlindWhy, Documents: len(rows), Watched: len(watched), Fields: map[string]int{}, Regulations: []string{}, Drafts: []string{}, Others: []string{}}
	for _, r := range rows {
		for name, value := range r.Fields.All() {
			if value != "" {
				e.Fields[name]++
			}
		}
		switch d, _ := thread.Read(r.Fields, src.Children.Issuer); {
		case d.Draft:
			e.Drafts = append(e.Drafts, d.Title)
		case d.Name != "":
			e.Regulations = append(e.Regulations, d.Name+": "+d.Title)
		default:
			e.Others = append(e.Others, d.Title)
		}
	}
	return e, nil
}

func (e *explainedIndex) write(w io.Writer, s *system) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\nseen %s, every page %s\n", e.Source, e.Address, s.clock(&e.Seen, "never"), s.clock(&e.Full, "never"))
	if e.Blind != "" {
		fmt.Fprintf(&b, "now      cannot be seen: %s\n", e.Blind)
	}
	how := "the links in the content of the page, or the entries of a sitemap or feed"
	if e.Cards.Each != "" {
		how = "each " + e.Cards.Each
		if e.Cards.Link != "" {
			how += ", its link " + e.Cards.Link
		}
	}
	fmt.Fprintf(&b, "cards    %s\n", how)
	if e.Next != "" {
		fmt.Fprintf(&b, "next     %s\n", e.Next)
	}
	for _, want := range append(e.Sentinel.Texts, e.Sentinel.CSS...) {
		fmt.Fprintf(&b, "require  %s\n", want)
	}
	fmt.Fprintf(&b, "least    %d\n\n%d documents, %d of them watched\n", e.Sentinel.Least, e.Documents, e.Watched)
	for _, name := range []string{snapshot.FieldTitle, snapshot.FieldLink, snapshot.FieldFile, snapshot.FieldType, snapshot.FieldNumber, snapshot.FieldYear, snapshot.FieldDate, snapshot.FieldStatus} {
		fmt.Fprintf(&b, "  %-7s of %d\n", name, e.Fields[name])
	}
	for _, part := range []struct {
		what string
		list []string
	}{{"Regulations", e.Regulations}, {"Drafts", e.Drafts}, {"Other documents", e.Others}} {
		fmt.Fprintf(&b, "\n%s: %d\n", part.what, len(part.list))
		firstOf(&b, part.list)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
