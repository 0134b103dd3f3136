package extract

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pantau/internal/snapshot"
)

// mostHolders is how many selectors of one passage are given.
const mostHolders = 24

// Holders gives CSS selectors of the elements that hold a passage of a page,
// those that leave out least first. Ids and classes that look drawn at random
// are passed over. None of them is the whole region.
func Holders(c *snapshot.Capture, s snapshot.Source, passage string) ([]string, error) {
	r := c.Last()
	if r == nil {
		return nil, fmt.Errorf("source %s: the capture holds no usable answer", s.ID)
	}
	body, err := r.Body.Bytes()
	if err != nil {
		return nil, fmt.Errorf("source %s: read the captured body of %s: %w", s.ID, r.Request.URL, err)
	}
	text, _ := decode(body, r.ContentType)
	root, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("source %s: read %s as HTML: %w", s.ID, r.Request.URL, err)
	}
	w := walker{}
	regions, err := w.choose(goquery.NewDocumentFromNode(root), s)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, region := range regions {
		for n := holder(region, spelling(passage)); n != nil && n != region; n = n.Parent {
			if n.DataAtom == atom.Body || n.DataAtom == atom.Html {
				break
			}
			for _, sel := range selectorsOf(n) {
				if m, err := cascadia.Compile(sel); err == nil && m.Match(n) && !slices.Contains(out, sel) && len(out) < mostHolders {
					out = append(out, sel)
				}
			}
		}
	}
	return out, nil
}

// holder is the innermost element whose text holds a passage; nil: none does.
func holder(n *html.Node, passage string) *html.Node {
	if passage == "" || !strings.Contains(spelling(words(n)), passage) {
		return nil
	}
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode {
			if in := holder(c, passage); in != nil {
				return in
			}
		}
	}
	if n.Type != html.ElementNode {
		return nil
	}
	return n
}

// spelling is the letters and digits of a text: what markers, bars between
// cells and white space leave alone.
func spelling(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// selectorsOf are selectors of one element, the most telling first.
func selectorsOf(n *html.Node) []string {
	var out []string
	if id := attr(n, "id"); telling(id) {
		out = append(out, "#"+id)
	}
	var classes []string
	for _, c := range strings.Fields(attr(n, "class")) {
		if telling(c) {
			classes = append(classes, c)
		}
	}
	for _, c := range classes {
		out = append(out, n.Data+"."+c)
	}
	if len(classes) > 1 {
		out = append(out, n.Data+"."+strings.Join(classes, "."))
	}
	for _, key := range [...]string{"role", "itemprop", "aria-label"} {
		if v := attr(n, key); v != "" && !strings.ContainsAny(v, `"\`) {
			out = append(out, fmt.Sprintf(`%s[%s="%s"]`, n.Data, key, v))
		}
	}
	if p := n.Parent; p != nil && len(out) == 0 && p.Type == html.ElementNode {
		for _, above := range below(p) {
			out = append(out, fmt.Sprintf("%s > %s:nth-of-type(%d)", above, n.Data, nth(n)))
		}
	}
	return out
}

// below are the names of an element that another is found below.
func below(n *html.Node) []string {
	if id := attr(n, "id"); telling(id) {
		return []string{"#" + id}
	}
	for _, c := range strings.Fields(attr(n, "class")) {
		if telling(c) {
			return []string{n.Data + "." + c}
		}
	}
	return nil
}

// nth is which of its parent's children of its kind an element is, from 1.
func nth(n *html.Node) int {
	k := 1
	for s := n.PrevSibling; s != nil; s = s.PrevSibling {
		if s.Type == html.ElementNode && s.Data == n.Data {
			k++
		}
	}
	return k
}

// telling tells whether an id or class was given by a person, and will still be
// there tomorrow: plain letters, and hardly a digit.
func telling(name string) bool {
	if name == "" || len(name) > 40 {
		return false
	}
	digits := 0
	for i, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		case i > 0 && (r == '-' || r == '_'):
		case i > 0 && r >= '0' && r <= '9':
			digits++
		default:
			return false
		}
	}
	return digits <= 2
}
