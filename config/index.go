package config

import (
	"cmp"
	"strings"
	"time"

	"github.com/andybalholm/cascadia"

	"pantau/internal/snapshot"
)

// What holds of an index that says nothing else.
const (
	childSchedule = "@daily"
	childrenMost  = 100
	fullPass      = 7 * 24 * time.Hour
	nextPage      = `a[rel~="next"], link[rel~="next"]`
)

// longestSelector is how long one selector or regular expression may be. What it
// costs grows with it.
const longestSelector = 1000

// index reads a source of type index, or the preset of one.
func (b *builder) index(n *node, s *snapshot.Source) {
	given := n.get("children")
	s.Children = b.children(given, n)
	if n.get("preset").text() != "" {
		p := b.preset(n, n.get("id").text())
		if p == nil {
			return
		}
		s.Listing, s.Site = p.listing, p.source.Site
		s.Listing.Indexes = []snapshot.Part{{Name: s.ID}}
		s.Children = over(s.Children, p.source.Children, given)
		return
	}
	paging := n.get("paging")
	l := b.listing(n)
	l.Documents, l.Label, l.Window = true, snapshot.FieldTitle, n.get("window").truth(false)
	if len(l.Fields) == 0 {
		l.Fields = documentFields()
	}
	if s.ID != "" {
		l.Indexes = []snapshot.Part{{Name: s.ID}}
	}
	l.Cards = snapshot.Cards{Each: n.get("cards").get("each").text(), Link: n.get("cards").get("link").text()}
	if cards := n.get("cards"); cards != nil {
		b.cards(cards, n, l)
	}
	if link := paging.get("link"); link != nil {
		b.css(link, link.text())
		l.Next = link.text()
	}
	if l.Next == "" && l.Pages == "" && l.Total == "" && !strings.Contains(l.URL, "{page}") && !strings.Contains(l.URL, "{offset}") {
		l.Next = nextPage
	}
	l.Sentinel = b.sentinel(n)
	s.Listing, s.Require, s.Select, s.Remove = l, nil, nil, nil
}

// cards takes the fields of a listing page, each where CSS finds it.
func (b *builder) cards(n, source *node, l *snapshot.Listing) {
	if fields := source.get("fields"); fields != nil {
		b.at(fields, "`cards` and `fields` exclude each other: a page has cards, records in JSON have fields")
	}
	for _, e := range n.entries {
		b.css(e.value, e.value.text())
		for i := range l.Fields {
			if l.Fields[i].Name == e.key {
				l.Fields[i].Path = e.value.text()
			}
		}
	}
}

// documentFields are what a list can tell of a document, whatever it is written
// in. When a page was last touched, and what a feed says beside the title, is
// shown and not compared: the document itself is looked at.
func documentFields() []snapshot.Column {
	return []snapshot.Column{
		{Name: snapshot.FieldTitle, As: snapshot.Text}, {Name: snapshot.FieldLink, As: snapshot.Kept}, {Name: snapshot.FieldFile, As: snapshot.Set},
		{Name: snapshot.FieldType, As: snapshot.Text}, {Name: snapshot.FieldNumber, As: snapshot.Text}, {Name: snapshot.FieldYear, As: snapshot.Text},
		{Name: snapshot.FieldDate, As: snapshot.Text}, {Name: snapshot.FieldStatus, As: snapshot.Text},
		{Name: snapshot.FieldSummary, As: snapshot.Kept}, {Name: snapshot.FieldUpdated, As: snapshot.Kept}, {Name: snapshot.FieldAuthor, As: snapshot.Kept},
	}
}

func (b *builder) sentinel(n *node) snapshot.Sentinel {
	out := snapshot.Sentinel{Site: n.get("name").text(), Least: n.get("least").number(1)}
	for _, item := range n.get("require").all() {
		if css, ok := strings.CutPrefix(item.text(), cssPrefix); ok {
			b.css(item, css)
			out.CSS = append(out.CSS, css)
			continue
		}
		out.Texts = append(out.Texts, item.text())
	}
	return out
}

// cssPrefix begins what `require` means as a selector.
const cssPrefix = "css:"

func (b *builder) css(at *node, css string) {
	if css == "" {
		return
	}
	if len(css) > longestSelector {
		b.at(at, "this selector has %d bytes, over the limit of %d (selector)", len(css), longestSelector)
		return
	}
	if _, err := cascadia.ParseGroup(css); err != nil {
		b.at(at, "this is no CSS selector: %v", err)
	}
}

func (b *builder) children(n, source *node) snapshot.Children {
	return snapshot.Children{
		Schedule: b.schedule(n.get("schedule"), childSchedule),
		Select:   b.selectors(n.get("select")),
		Remove:   b.selectors(n.get("remove")),
		Require:  n.get("require").texts(),
		Most:     n.get("most").number(childrenMost),
		Full:     b.duration(source.get("full"), fullPass),
		Issuer:   source.get("issuer").text(),
	}
}

// over is what a source says of its documents before what its preset says.
func over(own, preset snapshot.Children, given *node) snapshot.Children {
	out := preset
	out.Full, out.Issuer = own.Full, cmp.Or(own.Issuer, preset.Issuer)
	if given.get("schedule") != nil {
		out.Schedule = own.Schedule
	}
	if given.get("most") != nil {
		out.Most = own.Most
	}
	if own.Select != nil {
		out.Select = own.Select
	}
	if own.Remove != nil {
		out.Remove = own.Remove
	}
	if own.Require != nil {
		out.Require = own.Require
	}
	return out
}

// pagePreset takes what a preset says of a page.
func (b *builder) pagePreset(n *node, s *snapshot.Source) {
	if n.get("preset").text() == "" {
		return
	}
	p := b.preset(n, n.get("id").text())
	if p == nil {
		return
	}
	s.URL, s.Select, s.Remove, s.Require, s.Site = p.listing.URL, p.source.Select, p.source.Remove, p.source.Require, p.source.Site
	s.Name = cmp.Or(s.Name, p.Title)
}
