package extract

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// skips tells whether a reader never sees n: programs and their data, form
// fields, pictures, hidden elements.
func skips(n *html.Node) bool {
	a := n.DataAtom
	if programs(a) {
		return true
	}
	switch a {
	case atom.Select, atom.Textarea, atom.Input, atom.Datalist, atom.Svg, atom.Canvas, atom.Video, atom.Audio, atom.Img, atom.Head, atom.Title:
		return true
	case atom.Dialog:
		if !has(n, "open") {
			return true
		}
	}
	return len(n.Attr) > 0 && hidden(n)
}

// programs are the elements whose text only a program reads.
func programs(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Noframes:
		return true
	}
	return false
}

// sectioned tells whether a header or footer belongs to an article or to the
// main content and not to the page.
func sectioned(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		switch p.DataAtom {
		case atom.Article, atom.Main, atom.Section:
			return true
		}
	}
	return false
}

// hidden tells whether n is not displayed. aria-hidden alone hides nothing
// from the eye; it is honoured on icons, whose text is the name of a picture.
func hidden(n *html.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			// until-found is text that a reader's search opens.
			return a.Val != "until-found"
		case "aria-hidden":
			if a.Val == "true" && (n.DataAtom == atom.I || n.DataAtom == atom.Span && n.FirstChild == n.LastChild) {
				return true
			}
		case "class":
			if forReaders(a.Val) {
				return true
			}
		case "style":
			if concealed(a.Val) {
				return true
			}
		}
	}
	return false
}

// forReaders tells by the class names of the common frameworks whether text is
// there for screen readers only: "(opens in a new tab)".
func forReaders(class string) bool {
	if len(class) < len("sr-only") {
		return false
	}
	for name := range strings.FieldsSeq(class) {
		switch name {
		case "sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screen-reader-only", "element-invisible":
			return true
		}
	}
	return false
}

// concealed reads an inline style for what takes text out of sight: display,
// visibility, or a place far outside the page. Opacity does not: pages fade in.
func concealed(style string) bool {
	if !strings.Contains(style, "none") && !strings.Contains(style, "hidden") && !strings.Contains(style, "-9") {
		return false
	}
	for rule := range strings.SplitSeq(style, ";") {
		name, value, _ := strings.Cut(rule, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		value, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(value)), " ")
		value = strings.TrimSuffix(value, "!important")
		switch name {
		case "display":
			if value == "none" {
				return true
			}
		case "visibility":
			if value == "hidden" {
				return true
			}
		case "left", "top", "text-indent":
			if strings.HasPrefix(value, "-99") {
				return true
			}
		}
	}
	return false
}

// probe knows the texts that programs set to measure a browser's fonts. They
// are taken away within a moment; a capture may hold them.
func probe(text string) bool {
	if strings.HasPrefix(text, "mmMwWLliI0") || strings.HasPrefix(text, "mmmmmmmmmmlli") {
		return true
	}
	const often = 20
	first, _, _ := strings.Cut(text, " ")
	return len(first) > 1 && len(text) >= often*(len(first)+1) && strings.Count(text, first+" ")+1 >= (len(text)+1)/(len(first)+1)
}

// blocky elements begin and end a block of text.
func blocky(a atom.Atom) bool {
	switch a {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center, atom.Dd,
		atom.Details, atom.Dialog, atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure,
		atom.Footer, atom.Form, atom.Frameset, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header,
		atom.Hgroup, atom.Hr, atom.Html, atom.Legend, atom.Li, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.Optgroup,
		atom.Option, atom.P, atom.Pre, atom.Search, atom.Section, atom.Summary, atom.Table, atom.Tbody, atom.Td,
		atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul:
		return true
	}
	return false
}
