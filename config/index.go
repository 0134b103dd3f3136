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

// longestSelector is how long one selector may be. What it costs grows with it.
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
	l.Documents, l.Label = true, snapshot.FieldTitle
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
		if e.key == "each" || e.key == "link" || e.value.text() == "" {
			continue
		}
		l.Fields = append(l.Fields, snapshot.Column{Name: e.key, Path: e.value.text(), As: snapshot.Text})
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
