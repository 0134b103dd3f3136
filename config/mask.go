package config

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// A line of the file is shown beside each problem in it, and must not show a
// secret. So nothing is shown but what is known to be none: first punctuation
// and the keys of the schema, then, when the file could be parsed, the values
// that stand under keys which hold no secret. The rest is starred, character by
// character, which keeps carets in their place.
var (
	word      = regexp.MustCompile(`[^\s{}\[\],:"'&*|>#!?]+`)
	quoted    = regexp.MustCompile(`^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')`)
	harmless  = regexp.MustCompile(`^[^\s:@]*(://[^\s:@]*(:[0-9]+)?(/[^\s:@]*)?)?$`) // a path, or an address without a user
	whole     = regexp.MustCompile(`^[a-z]+://[^\s:/@]*:[^\s]*@[^\s@]+$`)            // an address with a password
	inAddress = regexp.MustCompile(`://[^\s:/@]*:([^\s]*)@`)
	inQuery   = regexp.MustCompile(`(?i)[?&](?:password|token|key|secret)=([^&\s"']+)`)
	ofSlack   = regexp.MustCompile(`(xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+|hooks\.slack\.com/[^\s"',}]+)`)
)

// secrecy is what may be shown of a key's value.
type secrecy int

const (
	hidden   secrecy = iota // nothing, but a reference
	password                // all but the password of an address
	public
)

// secrecies is what the schema says of each key, whatever it is a key of.
var secrecies = sync.OnceValue(func() map[string]secrecy {
	out := map[string]secrecy{}
	collectSecrecies(fileShape().document, out)
	return out
})

func collectSecrecies(schema any, out map[string]secrecy) {
	m, _ := schema.(map[string]any)
	for name, part := range m {
		collectSecrecies(part, out)
		properties, _ := part.(map[string]any)
		if name != "properties" {
			continue
		}
		for key, p := range properties {
			s, _ := p.(map[string]any)
			switch {
			case s["writeOnly"] != true && s["$ref"] != "#/$defs/proxy":
				out[key] = public
			case key == "database" || key == "server" || key == "proxy":
				out[key] = password
			default:
				out[key] = hidden
			}
		}
	}
}

// secrecyOf a key; a misspelt one counts as what it was meant for if that is
// beyond doubt, for most mistakes are harmless and their lines worth seeing.
func secrecyOf(name string) secrecy {
	all := secrecies()
	if s, known := all[name]; known || len(name) < 5 {
		return s
	}
	out, found := hidden, false
	for key, s := range all {
		if distance(name, key) == 1 && (!found || s < out) {
			out, found = s, true
		}
	}
	return out
}

// withheld is the lines of a file of which nothing is known yet.
func withheld(text string) []string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = word.ReplaceAllStringFunc(strings.TrimSuffix(l, "\r"), func(w string) string {
			if _, known := secrecies()[w]; known || strings.Trim(w, "-") == "" {
				return w
			}
			return blot(w)
		})
	}
	return lines
}

// shown is the lines of a file that was parsed into a tree.
func shown(text string, root *node) []string {
	v := viewer{source: strings.Split(text, "\n"), lines: withheld(text)}
	v.walk(root, public)
	return v.lines
}

// viewer puts back into starred lines what may be seen.
type viewer struct {
	source []string
	lines  []string
}

// walk shows the keys of a value, and those of its scalars that may be seen.
// What stands under an unknown key stays covered to its end, but for the keys
// of channels, which are names.
func (v *viewer) walk(n *node, s secrecy) {
	for _, e := range slices.Concat(n.entries, n.repeated) {
		v.key(e)
		switch {
		case e.key == "channels" && e.value.kind == mapping:
			for _, c := range e.value.entries {
				v.key(c)
				v.walk(c.value, public)
			}
		case s == hidden:
			v.walk(e.value, hidden)
		default:
			v.walk(e.value, secrecyOf(e.key))
		}
	}
	for _, item := range n.items {
		v.walk(item, s)
	}
	if !n.empty() {
		v.show(n.line, n.column, n.written, s)
	}
}

// key shows a key; one without a value may be a secret that lost its own.
func (v *viewer) key(e entry) {
	if !e.value.empty() || e.value.kind != scalar {
		v.show(e.line, e.column, e.key, public)
	}
}

// show uncovers a scalar. One that does not stand where it is said to, or on
// more than one line, stays covered.
func (v *viewer) show(line, column int, written string, s secrecy) {
	if line < 1 || line > len(v.lines) {
		return
	}
	source, covered := []rune(v.source[line-1]), []rune(v.lines[line-1])
	if column < 1 || column > len(source) {
		return
	}
	rest := string(source[column-1:])
	text := quoted.FindString(rest)
	if text == "" && strings.HasPrefix(rest, written) && !strings.Contains(written, ": ") { // with a colon it has swallowed a key
		text = written
	}
	inner := strings.Trim(text, `"'`)
	switch {
	case wholeReference.MatchString(inner), s == public:
	case s == hidden, !harmless.MatchString(inner) && !whole.MatchString(inner):
		return
	}
	for _, re := range []*regexp.Regexp{inAddress, inQuery, ofSlack} {
		text = blotted(text, re)
	}
	copy(covered[column-1:], []rune(text))
	v.lines[line-1] = string(covered)
}

// blot covers every character with a star.
func blot(s string) string { return strings.Repeat("*", utf8.RuneCountInString(s)) }

// blotted is l with the group of every match covered; references stay.
func blotted(l string, re *regexp.Regexp) string {
	var b strings.Builder
	end := 0
	for _, m := range re.FindAllStringSubmatchIndex(l, -1) {
		b.WriteString(l[end:m[2]])
		if group := l[m[2]:m[3]]; wholeReference.MatchString(group) {
			b.WriteString(group)
		} else {
			b.WriteString(blot(group))
		}
		end = m[3]
	}
	b.WriteString(l[end:])
	return b.String()
}
