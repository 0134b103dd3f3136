package diff

import (
	"fmt"
	"strings"
)

// shownPlaces is how many places a summary names before it says "and more".
const shownPlaces = 3

// Summarise says in one English sentence what a text change is made of:
// "2 passages modified, 1 added in Permenkominfo 5/2020 (Pasal 7)".
func Summarise(title string, stats Stats, hunks []Hunk) string {
	var counts []string
	for _, c := range []struct {
		n    int
		verb string
	}{{stats.Modified, "modified"}, {stats.Added, "added"}, {stats.Removed, "removed"}, {stats.Moved, "moved"}} {
		if c.n == 0 {
			continue
		}
		noun := ""
		if len(counts) == 0 {
			noun = " passage"
			if c.n > 1 {
				noun = " passages"
			}
		}
		counts = append(counts, fmt.Sprintf("%d%s %s", c.n, noun, c.verb))
	}
	if len(counts) == 0 {
		return "Nothing changed in " + title
	}
	return strings.Join(counts, ", ") + " in " + title + places(hunks)
}

// places names the parts of the document that the hunks stand in.
func places(hunks []Hunk) string {
	var names []string
	seen := map[string]bool{"": true}
	for _, h := range hunks {
		path := strings.Split(h.Path, " > ")
		name := path[len(path)-1]
		if n := len(path) - 1; n > 0 && strings.HasPrefix(name, "ayat ") {
			name = path[n-1] + " " + name
		}
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0:
		return ""
	case len(names) > shownPlaces:
		return " (" + strings.Join(names[:shownPlaces], "; ") + fmt.Sprintf(" and %d more)", len(names)-shownPlaces)
	}
	return " (" + strings.Join(names, "; ") + ")"
}
