package foreign

import (
	"fmt"
	"regexp"
	"strings"
)

// fromXPath is an XPath expression in CSS, if it is one of the simple forms:
// steps down by name, with conditions on attributes and places. Where it ends
// in the bare text of an element, the element is meant and wider is true.
func fromXPath(expression string) (css string, wider, ok bool) {
	var out []string
	for _, branch := range split(expression, '|') {
		branch = strings.TrimSpace(branch)
		for _, end := range []string{"//text()", "/text()", "/descendant::text()"} {
			if rest, cut := strings.CutSuffix(branch, end); cut {
				branch, wider = rest, true
				break
			}
		}
		one, ok := steps(branch)
		if !ok {
			return "", false, false
		}
		out = append(out, one)
	}
	return strings.Join(out, ", "), wider, len(out) > 0
}

var (
	idCall = regexp.MustCompile(`^id\(\s*(?:'([^']*)'|"([^"]*)")\s*\)`)
	step   = regexp.MustCompile(`^(//?)(?:(?:descendant|child)::)?([A-Za-z][A-Za-z0-9-]*|\*)`)
)

// steps reads a path: /html/body/div[2]//p[@class='x'].
func steps(rest string) (string, bool) {
	var b strings.Builder
	rest = strings.TrimPrefix(rest, ".")
	if m := idCall.FindStringSubmatch(rest); m != nil {
		fmt.Fprintf(&b, "[id=%s]", cssString(m[1]+m[2]))
		rest = rest[len(m[0]):]
	}
	for rest != "" {
		m := step.FindStringSubmatch(rest)
		if m == nil || strings.Contains(m[0], "descendant::") && m[1] == "//" {
			return "", false
		}
		child := m[1] == "/" && !strings.Contains(m[0], "descendant::")
		switch {
		case b.Len() == 0 && child && !strings.EqualFold(m[2], "html"):
			return "", false // the root of a page is html
		case b.Len() == 0:
		case child:
			b.WriteString(" > ")
		default:
			b.WriteByte(' ')
		}
		rest = rest[len(m[0]):]
		var conditions string
		var ok bool
		if conditions, rest, ok = predicates(strings.ToLower(m[2]), rest); !ok {
			return "", false
		}
		if m[2] != "*" || conditions == "" {
			b.WriteString(strings.ToLower(m[2]))
		}
		b.WriteString(conditions)
	}
	return b.String(), b.Len() > 0
}

// predicates reads the conditions behind a name. A place must come first: in
// XPath div[@class='x'][2] counts only what the first condition left.
func predicates(name, rest string) (css, after string, ok bool) {
	var b strings.Builder
	for first := true; strings.HasPrefix(rest, "["); first = false {
		inner, behind, closed := bracket(rest)
		if !closed {
			return "", "", false
		}
		rest = behind
		inner = strings.TrimSpace(inner)
		if place, isPlace := position(name, inner); isPlace {
			if !first {
				return "", "", false
			}
			b.WriteString(place)
			continue
		}
		for _, part := range splitWord(inner, " and ") {
			c, ok := condition(strings.TrimSpace(part))
			if !ok {
				return "", "", false
			}
			b.WriteString(c)
		}
	}
	return b.String(), rest, true
}

var place = regexp.MustCompile(`^(?:position\(\)\s*=\s*)?([1-9][0-9]{0,5})$`)

func position(name, inner string) (string, bool) {
	kind := "of-type"
	if name == "*" {
		kind = "child"
	}
	if m := place.FindStringSubmatch(inner); m != nil {
		return fmt.Sprintf(":nth-%s(%s)", kind, m[1]), true
	}
	if inner == "last()" || inner == "position()=last()" {
		return ":last-" + kind, true
	}
	return "", false
}

const literal = `\s*(?:'([^']*)'|"([^"]*)")\s*`

var (
	hasAttribute = regexp.MustCompile(`^@([A-Za-z][A-Za-z0-9_-]*)$`)
	equals       = regexp.MustCompile(`^(?:@([A-Za-z][A-Za-z0-9_-]*)|normalize-space\(\s*@([A-Za-z][A-Za-z0-9_-]*)\s*\))\s*(!?=)` + literal + `$`)
	contains     = regexp.MustCompile(`^(contains|starts-with)\(\s*@([A-Za-z][A-Za-z0-9_-]*)\s*,` + literal + `\)$`)
	hasClass     = regexp.MustCompile(`^contains\(\s*concat\(\s*["'] ["']\s*,\s*(?:normalize-space\(\s*@class\s*\)|@class)\s*,\s*["'] ["']\s*\)\s*,\s*(?:'\s([^'\s]+)\s'|"\s([^"\s]+)\s")\s*\)$`)
)

// condition is one condition on an attribute.
func condition(c string) (string, bool) {
	if inner, ok := strings.CutPrefix(c, "not("); ok && strings.HasSuffix(inner, ")") {
		negated, ok := condition(strings.TrimSpace(strings.TrimSuffix(inner, ")")))
		return ":not(" + negated + ")", ok
	}
	if m := hasAttribute.FindStringSubmatch(c); m != nil {
		return "[" + strings.ToLower(m[1]) + "]", true
	}
	if m := equals.FindStringSubmatch(c); m != nil {
		attribute := fmt.Sprintf("[%s=%s]", strings.ToLower(m[1]+m[2]), cssString(m[4]+m[5]))
		if m[3] == "!=" { // only where the attribute is there at all
			return fmt.Sprintf("[%s]:not(%s)", strings.ToLower(m[1]+m[2]), attribute), true
		}
		return attribute, true
	}
	if m := contains.FindStringSubmatch(c); m != nil && m[3]+m[4] != "" {
		op := "*="
		if m[1] == "starts-with" {
			op = "^="
		}
		return fmt.Sprintf("[%s%s%s]", strings.ToLower(m[2]), op, cssString(m[3]+m[4])), true
	}
	if m := hasClass.FindStringSubmatch(c); m != nil {
		return fmt.Sprintf("[class~=%s]", cssString(m[1]+m[2])), true
	}
	return "", false
}

// cssString is a text in the quotes of CSS.
func cssString(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\a `).Replace(s) + `"`
}

// bracket cuts a text that begins with [ at the ] that closes it.
func bracket(s string) (inner, behind string, ok bool) {
	depth, quote := 0, rune(0)
	for i, r := range s {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			quote = r
		case r == '[':
			depth++
		case r == ']':
			if depth--; depth == 0 {
				return s[1:i], s[i+1:], true
			}
		}
	}
	return "", "", false
}

// split cuts a text at a sign that stands outside of quotes and brackets.
func split(s string, sign byte) []string { return splitWord(s, string(sign)) }

func splitWord(s, word string) []string {
	var out []string
	depth, quote, from := 0, byte(0), 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '[' || c == '(':
			depth++
		case c == ']' || c == ')':
			depth--
		case depth == 0 && strings.HasPrefix(s[i:], word):
			out = append(out, s[from:i])
			from = i + len(word)
			i = from - 1
		}
	}
	return append(out, s[from:])
}
