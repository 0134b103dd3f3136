package config

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"pantau/crawler/extract"
	"pantau/internal/egress"
	"pantau/internal/snapshot"
)

// described is the listing of a source: its own, or a preset.
func (b *builder) described(n *node) *snapshot.Listing {
	switch {
	case n.get("listing") != nil:
		return b.listing(n.get("listing"))
	case n.get("preset").text() != "":
		if p := b.preset(n, n.get("id").text()); p != nil {
			return p.listing
		}
		return nil
	case n.get("type").text() == string(snapshot.Paged):
		return b.listing(n)
	}
	return nil
}

// rebased is a template with the scheme and host of base.
func (b *builder) rebased(template string, base *node) string {
	u := b.address(base)
	if u == nil {
		return template
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		b.at(base, "expected a scheme and host alone, such as %s://%s; the preset has the path", u.Scheme, u.Host)
		return template
	}
	_, rest, _ := strings.Cut(template, "://")
	_, where, _ := strings.Cut(rest, "/")
	return u.Scheme + "://" + u.Host + "/" + where
}

// listing is the description that the keys of n give.
func (b *builder) listing(n *node) *snapshot.Listing {
	paging := n.get("paging")
	l := &snapshot.Listing{
		URL:       n.get("url").text(),
		FirstPage: paging.get("first").number(1),
		PerPage:   paging.get("size").number(0),
		Format:    snapshot.Format(n.get("format").text()),
		CSV:       b.csv(n.get("csv")),
		Pages:     paging.get("pages").text(),
		Next:      paging.get("next").text(),
		Records:   n.get("records").text(),
		Key:       b.key(n.get("key")),
		Fields:    b.columns(n.get("fields")),
		Label:     n.get("label").text(),
		Total:     n.get("total").text(),
		Volatile:  n.get("volatile").texts(),
	}
	seen := map[string]*node{}
	for _, item := range n.get("indexes").all() {
		b.once(item.get("name"), seen, "index")
		l.Indexes = append(l.Indexes, snapshot.Part{
			Name:   item.get("name").text(),
			Status: snapshot.Status(item.get("status").text()),
			Scope:  item.get("scope").text(),
		})
	}
	b.ignore(n.get("ignored"), l)
	b.fitting(n, l)
	// The pages of an index may end without a word of it.
	b.template(n.get("url"), l, paging != nil || n.get("type").text() == string(snapshot.Index))
	return l
}

func (b *builder) csv(n *node) snapshot.CSV {
	charset := n.get("charset")
	if charset.text() != "" && !extract.KnowsCharset(charset.text()) {
		b.at(charset, "there is no charset `%s`; expected a name such as utf-8, windows-1252 or iso-8859-1", charset.text())
	}
	return snapshot.CSV{Delimiter: n.get("delimiter").text(), NoHeader: !n.get("header").truth(true), Charset: charset.text()}
}

// ignore notes the fields that are never compared: of described ones at the
// field.
func (b *builder) ignore(n *node, l *snapshot.Listing) {
	for _, item := range n.all() {
		name := item.text()
		i := slices.IndexFunc(l.Fields, func(c snapshot.Column) bool { return c.Name == name })
		switch {
		case name == "":
		case len(l.Fields) == 0:
			l.Ignored = append(l.Ignored, name)
		case i < 0:
			b.at(item, "there is no field `%s` among `fields`", name)
		default:
			l.Fields[i].As = snapshot.Kept
		}
	}
}

// fitting checks that the keys of a listing fit together.
func (b *builder) fitting(n *node, l *snapshot.Listing) {
	if next := n.get("paging").get("next"); l.Pages != "" && l.Next != "" {
		b.at(next, "`pages` and `next` exclude each other: either the number of pages is announced, or every page names the next")
	}
	if l.Format == snapshot.HTML && n.get("type").text() != string(snapshot.Index) {
		b.at(n.get("format"), "pages in HTML are read by a source of type index")
	}
	if l.Format != "" && l.Format != snapshot.JSON && l.Format != snapshot.HTML {
		for _, at := range []*node{n.get("records"), n.get("total"), n.get("paging").get("pages"), n.get("paging").get("next")} {
			if at.text() != "" {
				b.at(at, "this is a path in a JSON answer, but the format is %s, which has rows alone", l.Format)
			}
		}
	}
	if l.Format != "" && l.Format != snapshot.Table && n.get("csv") != nil {
		b.at(n.get("csv"), "`csv` is for tables, but the format is %s", l.Format)
	}
	if label := n.get("label"); l.Label != "" && len(l.Fields) > 0 && !slices.ContainsFunc(l.Fields, func(c snapshot.Column) bool { return c.Name == l.Label }) {
		b.at(label, "there is no field `%s` among `fields`", l.Label)
	}
}

func (b *builder) key(n *node) snapshot.Key {
	if parts := n.texts(); len(parts) > 1 {
		return snapshot.Key{Paths: parts}
	} else if len(parts) == 1 {
		return snapshot.Key{Path: parts[0]}
	}
	pattern := n.get("pattern")
	k := snapshot.Key{Path: cmp.Or(n.text(), n.get("path").text()), Pattern: pattern.text()}
	if k.Pattern == "" {
		return k
	}
	if len(k.Pattern) > longestSelector {
		b.at(pattern, "this regular expression has %d bytes, over the limit of %d (pattern)", len(k.Pattern), longestSelector)
		return k
	}
	re, err := regexp.Compile(k.Pattern)
	switch {
	case err != nil:
		b.at(pattern, "this is no regular expression: %v", err)
	case re.NumSubexp() == 0:
		b.at(pattern, "the pattern has no group; put the key in parentheses, such as /detail/(\\d+)$")
	}
	return k
}

func (b *builder) columns(n *node) []snapshot.Column {
	var out []snapshot.Column
	seen := map[string]*node{}
	for _, item := range n.all() {
		name := item
		if item.text() == "" {
			name = item.get("name")
		}
		b.once(name, seen, "field")
		c := snapshot.Column{
			Name: name.text(),
			Path: cmp.Or(item.get("path").text(), name.text()),
			As:   cmp.Or(snapshot.Form(item.get("as").text()), snapshot.Text),
		}
		if c.As == "ignored" {
			c.As = snapshot.Kept
		}
		out = append(out, c)
	}
	return out
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// template checks the address of a listing against what it must ask for: a
// place that nothing fills would fetch one page again and again, and take it for
// the whole register.
func (b *builder) template(n *node, l *snapshot.Listing, paged bool) {
	if n.text() == "" {
		return
	}
	has := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(l.URL, -1) {
		has[m[1]] = true
		if !slices.Contains(slots(), m[1]) && !b.open {
			b.at(n, "unknown place {%s} in the address; known are {%s}", m[1], strings.Join(slots(), "}, {"))
		}
	}
	if _, err := egress.CheckURL(placeholder.ReplaceAllString(l.URL, "1")); err != nil {
		b.at(n, "expected the http:// or https:// address of a page, without a user name, with {index}, {page} and {per_page} where they belong")
	} else if scheme, rest, _ := strings.Cut(l.URL, "://"); strings.Contains(scheme+strings.SplitN(rest, "/", 2)[0], "{") {
		b.at(n, "the host of a listing is fixed; places belong behind it")
	}
	turns := has["page"] || has["offset"]
	switch {
	case len(l.Indexes) > 1 && !has["index"]:
		b.at(n, "there are %d indexes, but the address has no {index}", len(l.Indexes))
	case l.Pages != "" && !turns:
		b.at(n, "`paging` counts pages, but the address has no {page}")
	case turns && !paged && l.Total == "":
		b.at(n, "the address has {page}, but `paging` does not say how the last page is known: by `pages`, by `next`, by `total`, or by `size` alone as the first shorter one")
	case has["cursor"] && (l.Next == "" || turns):
		b.at(n, "the address has {cursor}, which is what `next` of `paging` finds in the page before; it stands without {page} and {offset}")
	case l.PerPage == 0 && (has["per_page"] || has["offset"]):
		b.at(n, "the address has {per_page} or {offset}, but `paging` has no `size`")
	}
}

// slots are what an address may leave open.
func slots() []string { return []string{"index", "page", "offset", "cursor", "per_page"} }
