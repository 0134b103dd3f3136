package pdf

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pantau/internal/snapshot"
)

const (
	edge      = 4 // lines at the top and the bottom of a page that can be its furniture
	edgeShare = 0.14
)

var (
	pageNumber = regexp.MustCompile(`(?i)^(?:[-–—~.|\s]*(?:hal(?:aman)?\.?|page|p\.)?\s*(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|dari|of)\s*\d{1,4})?[-–—~.|\s]*)$`)
	catchword  = regexp.MustCompile(`(?:\.\s?\.\s?\.|…|\.\.)[\s.]*$`)
	digits     = regexp.MustCompile(`\d+`)
)

// furniture takes the running heads and feet, the numbers and the catchwords of
// the pages out of the text. A running head stays where it stands first: its
// words are read once.
func furniture(sheets []*sheet) []snapshot.Aside {
	seen := map[string]int{}
	for _, s := range sheets {
		once := map[string]bool{}
		for i := range s.lines {
			if key := running(s, i); key != "" && !once[key] {
				once[key] = true
				seen[key]++
			}
		}
	}
	least := max(3, (len(sheets)+3)/4)
	if len(sheets) == 2 {
		least = 2
	}
	var asides []snapshot.Aside
	shown := map[string]bool{}
	for n, s := range sheets {
		var next *sheet
		if n+1 < len(sheets) {
			next = sheets[n+1]
		}
		keep := s.lines[:0:0]
		for i := range s.lines {
			key := running(s, i)
			repeated := key != "" && seen[key] >= least && shown[key]
			if key != "" {
				shown[key] = true
			}
			if !repeated && !(key != "" && pageNumber.MatchString(s.lines[i].text())) && !caught(s, i, next) {
				keep = append(keep, s.lines[i])
				continue
			}
			asides = append(asides, snapshot.Aside{Role: snapshot.Running,
				Block: snapshot.Block{Kind: snapshot.Paragraph, Text: s.lines[i].text(), Page: s.number}})
		}
		s.lines = keep
	}
	return asides
}

// running is what a line at the edge of its page is compared by with those of
// other pages: its words, with the number of the page left out. It is empty for
// other lines, and for those that name a unit or begin one.
func running(s *sheet, i int) string {
	text := s.lines[i].text()
	if !s.edge(i) || unit.MatchString(text) || numbered.MatchString(text) && !pageNumber.MatchString(text) {
		return ""
	}
	return digits.ReplaceAllStringFunc(strings.ToLower(text), func(n string) string {
		if v, err := strconv.Atoi(n); err == nil && v >= s.number-offset && v <= s.number+offset {
			return "#"
		}
		return n
	})
}

// offset is how far the number printed on a page may be from its place in the
// file.
const offset = 4

// edge tells whether a line is one of the uppermost or lowest of its page, and
// near its edge.
func (s *sheet) edge(i int) bool {
	l := s.lines[i]
	above, below := 0, 0
	for _, o := range s.lines {
		if o.middle() > l.middle()+l.height()/2 {
			above++
		}
		if o.middle() < l.middle()-l.height()/2 {
			below++
		}
	}
	return above < edge && l.middle() > (1-edgeShare)*s.height || below < edge && l.middle() < edgeShare*s.height
}

// caught tells whether a line is the catchword at the foot of a page: the first
// words of the next one, with dots.
func caught(s *sheet, i int, next *sheet) bool {
	text := s.lines[i].text()
	if next == nil || len(text) > 60 || !catchword.MatchString(text) {
		return false
	}
	for j := range s.lines {
		if j != i && s.lines[j].middle() < s.lines[i].middle()-s.lines[i].height() && !pageNumber.MatchString(s.lines[j].text()) {
			return false // something stands below it
		}
	}
	want := letters(catchword.ReplaceAllString(text, ""))
	var b strings.Builder
	for j := range min(len(next.lines), 8) {
		b.WriteString(letters(next.lines[j].text()))
	}
	return want != "" && strings.Contains(b.String(), want)
}

// letters are the letters and digits of a text.
func letters(text string) string {
	return string(slices.DeleteFunc([]rune(strings.ToLower(text)), func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9')
	}))
}
