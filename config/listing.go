package config

import (
	"cmp"
	"embed"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"pantau/internal/egress"
	"pantau/internal/snapshot"
)

//go:embed presets/*.yaml
var presets embed.FS

// register is the listing of a source of type registry: its own, or a preset.
func (b *builder) register(n *node) *snapshot.Listing {
	if own := n.get("listing"); own != nil {
		return b.listing(own)
	}
	name := n.get("preset")
	if name.text() == "" {
		return nil
	}
	l := b.preset(name)
	if base := n.get("base"); l != nil && base != nil {
		l.URL = b.rebased(l.URL, base)
	}
	return l
}

// preset reads a description that is part of the program.
func (b *builder) preset(name *node) *snapshot.Listing {
	file := "presets/" + name.text() + ".yaml"
	text, err := presets.ReadFile(file)
	if err != nil {
		b.at(name, "there is no preset `%s`; %s", name.text(), suggest(name.text(), presetNames()))
		return nil
	}
	own := &builder{reporter: &reporter{file: file, lines: strings.Split(string(text), "\n")}}
	root := parse(own.reporter, text)
	registerShape().judge(own.reporter, root)
	l := own.listing(root)
	if err := own.err(); err != nil {
		panic(err) // a preset is part of the program, and tested
	}
	return l
}

func presetNames() []string {
	files, err := fs.Glob(presets, "presets/*.yaml")
	if err != nil {
		panic("config: " + err.Error()) // the pattern is ours
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(path.Base(f), ".yaml")
	}
	return files
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
		Pages:     paging.get("pages").text(),
		Records:   n.get("records").text(),
		Key:       b.key(n.get("key")),
		Fields:    b.columns(n.get("fields")),
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
	b.template(n.get("url"), l)
	return l
}

func (b *builder) key(n *node) snapshot.Key {
	pattern := n.get("pattern")
	k := snapshot.Key{Path: cmp.Or(n.text(), n.get("path").text()), Pattern: pattern.text()}
	if k.Pattern == "" {
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
		b.once(item.get("name"), seen, "field")
		name := item.get("name").text()
		out = append(out, snapshot.Column{
			Name: name,
			Path: cmp.Or(item.get("path").text(), name),
			As:   cmp.Or(snapshot.Form(item.get("as").text()), snapshot.Text),
		})
	}
	return out
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// template checks the address of a listing against what it must ask for: a
// place that nothing fills would fetch one page again and again, and take it for
// the whole register.
func (b *builder) template(n *node, l *snapshot.Listing) {
	if n.text() == "" {
		return
	}
	has := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(l.URL, -1) {
		has[m[1]] = true
		if !strings.Contains(" index page per_page ", " "+m[1]+" ") {
			b.at(n, "unknown place {%s} in the address; known are {index}, {page}, {per_page}", m[1])
		}
	}
	if _, err := egress.CheckURL(placeholder.ReplaceAllString(l.URL, "1")); err != nil {
		b.at(n, "expected the http:// or https:// address of a page, without a user name, with {index}, {page} and {per_page} where they belong")
	} else if scheme, rest, _ := strings.Cut(l.URL, "://"); strings.Contains(scheme+strings.SplitN(rest, "/", 2)[0], "{") {
		b.at(n, "the host of a listing is fixed; places belong behind it")
	}
	switch {
	case len(l.Indexes) > 1 && !has["index"]:
		b.at(n, "there are %d indexes, but the address has no {index}", len(l.Indexes))
	case l.Pages != "" && !has["page"]:
		b.at(n, "`paging` counts pages, but the address has no {page}")
	case l.Pages == "" && has["page"]:
		b.at(n, "the address has {page}, but `paging` does not say where the number of pages stands")
	case l.PerPage == 0 && has["per_page"]:
		b.at(n, "the address has {per_page}, but `paging` has no `size`")
	}
}
