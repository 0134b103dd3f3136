package thread

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"pantau/internal/snapshot"
)

// leastArticles is how many Pasal make a text that of a regulation: fewer are a
// summary that cites some.
const leastArticles = 3

// Difference is one Pasal in which two texts of a regulation differ; empty where
// one of them lacks it.
type Difference struct{ Place, One, Other string }

// Differ lists the Pasal in which two documents have other words; whole is false
// where they cannot be compared, because one is not the text. Punctuation, case
// and how lines are broken do not count.
func Differ(one, other *snapshot.Document) (list []Difference, whole bool) {
	a, b := articles(one), articles(other)
	if len(a.names) < leastArticles || len(b.names) < leastArticles {
		return nil, false
	}
	for _, name := range union(a, b) {
		if x, y := a.text(name), b.text(name); bare(x) != bare(y) {
			list = append(list, Difference{name, x, y})
		}
	}
	return list, true
}

// body is the text of a regulation by its Pasal, in order.
type body struct {
	names []string
	lines map[string][]string
}

func (b body) text(name string) string { return strings.Join(b.lines[name], "\n") }

var (
	article = regexp.MustCompile(`^(?i:pasal)\s+(\d+[A-Z]{0,2}|[IVX]+)\s*$`)
	end     = regexp.MustCompile(`(?i)^(?:ditetapkan|disahkan|diundangkan)\s+(?:di|pada)\b|^agar setiap orang mengetahuinya|^penjelasan\b|^lampiran\b`)
	part    = regexp.MustCompile(`^(?i:bab|bagian|paragraf|buku)\s`)
)

// articles gathers what stands under each Pasal. Headings of chapters belong to
// none, nor does what follows the last one.
func articles(d *snapshot.Document) body {
	out := body{lines: map[string][]string{}}
	name, open := "", false
	for i := range d.Blocks {
		for line := range strings.SplitSeq(d.Blocks[i].Line(), "\n") {
			line = strings.TrimSpace(line)
			m := article.FindStringSubmatch(line)
			switch {
			case m != nil:
				name, open = "Pasal "+strings.ToUpper(m[1]), true
				if _, twice := out.lines[name]; twice {
					return out // the explanation goes through the Pasal once more
				}
				out.names, out.lines[name] = append(out.names, name), nil
			case name != "" && end.MatchString(line):
				return out
			case part.MatchString(line):
				open = false
			case open && line != "":
				out.lines[name] = append(out.lines[name], line)
			}
		}
	}
	return out
}

// bare is the letters and figures of a text alone.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// union is the names of both in the order of the first, those that only the
// second has behind them.
func union(a, b body) []string {
	out := slices.Clone(a.names)
	for _, n := range b.names {
		if _, both := a.lines[n]; !both {
			out = append(out, n)
		}
	}
	return out
}
