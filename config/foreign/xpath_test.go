package foreign

import (
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"github.com/antchfx/htmlquery"
	"pgregory.net/rapid"
)

func TestXPath(t *testing.T) {
	tests := []struct{ xpath, css string }{
		{"//div[@id='isi']", `div[id="isi"]`},
		{`//*[@id="isi"]`, `[id="isi"]`},
		{"id('isi')/p", `[id="isi"] > p`},
		{"/html/body/div[2]/p", "html > body > div:nth-of-type(2) > p"},
		{"//DIV//P", "div p"},
		{"//div[@class='a b']", `div[class="a b"]`},
		{"//*[contains(@class,'berita')]", `[class*="berita"]`},
		{"//div[contains(concat(' ', normalize-space(@class), ' '), ' berita ')]", `div[class~="berita"]`},
		{"//a[starts-with(@href, '/hukum')]", `a[href^="/hukum"]`},
		{"//ul/li[last()]", "ul > li:last-of-type"},
		{"//ul/*[1]", "ul > :nth-child(1)"},
		{"//div[@id='a' and @class]", `div[id="a"][class]`},
		{"//div[not(@class='iklan')]", `div:not([class="iklan"])`},
		{"//h1 | //h2", "h1, h2"},
		{"//h1/text()", "h1"},
		{`//a[@title='it is "so"']`, `a[title="it is \"so\""]`},
		{"//div/child::p", "div > p"},
		{"//a/..", ""},
		{"//a/@href", ""},
		{"//div[@class='a'][2]", ""},
		{"(//div)[1]", ""},
		{"//div[contains(text(), 'x')]", ""},
		{"//a/following-sibling::p", ""},
		{"//div[@id='a' or @id='b']", ""},
		{"/div", ""},
		{"count(//a)", ""},
		{"//div[", ""},
		{"", ""},
	}
	for _, test := range tests {
		css, _, ok := fromXPath(test.xpath)
		if ok != (test.css != "") || ok && css != test.css {
			t.Errorf("%s: got %q, %v, want %q", test.xpath, css, ok, test.css)
		}
	}
}

// TestXPathChoosesTheSame: whatever is translated chooses the same elements of
// a page as an interpreter of XPath does.
func TestXPathChoosesTheSame(t *testing.T) {
	names := []string{"div", "p", "span", "*"}
	predicate := rapid.SampledFrom([]string{"", "", "[1]", "[2]", "[last()]", "[@id]", "[@id='a']", "[@class='x y']",
		"[contains(@class,'x')]", "[starts-with(@id,'a')]", "[not(@class)]", "[@id!='a']", "[@id='b' and @class='x']",
		"[contains(concat(' ',normalize-space(@class),' '),' y ')]", "[2][@class]", "[position()=2]"})
	rapid.Check(t, func(t *rapid.T) {
		page := "<html><body>" + tree(t, 0) + "</body></html>"
		root, err := htmlquery.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		var branches []string
		for range rapid.IntRange(1, 2).Draw(t, "branches") {
			var b strings.Builder
			b.WriteString(rapid.SampledFrom([]string{"", "/html/body", "/html"}).Draw(t, "root"))
			for range rapid.IntRange(1, 3).Draw(t, "steps") {
				sep := "//"
				if b.Len() > 0 {
					sep = rapid.SampledFrom([]string{"/", "//"}).Draw(t, "axis")
				}
				b.WriteString(sep + rapid.SampledFrom(names).Draw(t, "name") + predicate.Draw(t, "predicate"))
			}
			branches = append(branches, b.String())
		}
		xpath := strings.Join(branches, " | ")
		css, _, ok := fromXPath(xpath)
		if !ok {
			t.Fatalf("%s is not translated", xpath)
		}
		selector, err := cascadia.ParseGroup(css)
		if err != nil {
			t.Fatalf("%s became %s: %v", xpath, css, err)
		}
		want := map[any]bool{}
		for _, branch := range branches { // its union is not in the order of the page
			for _, n := range htmlquery.Find(root, branch) {
				want[n] = true
			}
		}
		got := cascadia.QueryAll(root, selector)
		same := len(got) == len(want)
		for _, n := range got {
			same = same && want[n]
		}
		if !same {
			t.Fatalf("%s chooses %d elements, %s %d\n%s", xpath, len(want), css, len(got), page)
		}
	})
}

// tree is a random piece of a page.
func tree(t *rapid.T, depth int) string {
	var b strings.Builder
	for range rapid.IntRange(0, 3).Draw(t, "children") {
		attributes := rapid.SampledFrom([]string{"", "", ` id="a"`, ` id="b" class="x"`, ` class="x y"`, ` class="xyz" id="ab"`}).Draw(t, "attributes")
		name := "div"
		inner := ""
		if depth < 3 && rapid.Bool().Draw(t, "inner") {
			inner = tree(t, depth+1)
		} else {
			name = rapid.SampledFrom([]string{"div", "p", "span"}).Draw(t, "name")
		}
		b.WriteString("<" + name + attributes + ">" + inner + "</" + name + ">")
	}
	return b.String()
}

func FuzzXPath(f *testing.F) {
	f.Add("//div[@id='isi']/p[2] | //h1/text()")
	f.Add(`/html//*[contains(concat(" ", @class, " "), " a ") and not(@b)]`)
	f.Fuzz(func(t *testing.T, xpath string) {
		css, _, ok := fromXPath(xpath)
		if !ok {
			return
		}
		if _, err := cascadia.ParseGroup(css); err != nil && !strings.ContainsAny(css, "\r\f\x00") {
			t.Errorf("%q became %q: %v", xpath, css, err)
		}
	})
}
