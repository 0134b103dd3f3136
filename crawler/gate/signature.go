package gate

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"pantau/internal/snapshot"
)

// A page that speaks of errors is no error page. What tells them apart is
// where the words stand and how little stands beside them: these bounds, in
// runes, are generous to notices with a site's menus around them and far below
// any regulation.
const (
	shortPage  = 700  // whole text of a notice
	fewBlocks  = 12   // of a notice
	longBlock  = 120  // from here a block is prose and not a label
	muchProse  = 1200 // runes in such blocks that make a page an article
	titleProse = 2500 // with which even a page titled like an error is one
)

// signature is one kind of page that stands in for the real one.
type signature struct {
	what    string         // for people
	heading *regexp.Regexp // of a title or heading, from its start
	body    *regexp.Regexp // anywhere in a short page
}

func pattern(list ...string) *regexp.Regexp { return regexp.MustCompile(strings.Join(list, "|")) }

// heading matches the whole of a title, or its first or last part where a site
// puts its name beside it.
func heading(list ...string) *regexp.Regexp {
	words := strings.Join(list, "|")
	const bar = `\s*[|:·»/–—-]\s+`
	return regexp.MustCompile(`^(?:` + words + `)[.!…]*(?:$|` + bar + `)|` + bar + `(?:` + words + `)[.!…]*$`)
}

// blocked holds pages that stand in for the real one. What is like the last
// good page is that page, though it may speak of errors: a person accepted it.
func blocked(l look) (reason, detail string) {
	if detail = trace(l.own); detail == "" && !l.familiar() {
		detail = standIn(l.own, l.last != nil)
	}
	if detail == "" {
		return "", ""
	}
	return snapshot.ReasonBlockPage, detail
}

// standIn says by which signature a document is known; "" if by none. Of a page
// that should be another, more may be the site around the notice.
func standIn(d *snapshot.Document, known bool) string {
	prose := 0
	for i := range d.Blocks {
		if n := size(&d.Blocks[i]); n >= longBlock {
			prose += n
		}
	}
	if prose >= titleProse {
		return ""
	}
	title, heads, text := strings.ToLower(d.Title), []string(nil), ""
	if prose < muchProse {
		heads = headings(d, known)
	}
	room := 1
	if known {
		room = 3
	}
	if d.Quality.Runes <= room*shortPage && len(d.Blocks) <= room*fewBlocks {
		text = wording(d)
	}
	announced := announcement.MatchString(text) && dated.MatchString(text)
	for _, s := range signatures {
		if announced && s.what == maintenance {
			continue
		}
		if text != "" && s.body.MatchString(text) {
			return fmt.Sprintf("%s: the page says %q", s.what, strings.TrimSpace(s.body.FindString(text)))
		}
		if s.heading == nil {
			continue
		}
		if s.heading.MatchString(title) {
			return fmt.Sprintf("%s: the title is %q", s.what, d.Title)
		}
		for _, h := range heads {
			if s.heading.MatchString(h) {
				return fmt.Sprintf("%s: a heading is %q", s.what, h)
			}
		}
	}
	return ""
}

// headings are the first headings of the document in lower case: that of a
// notice is among them, or is its first short line.
func headings(d *snapshot.Document, known bool) []string {
	var list []string
	for i := 0; known && i < len(d.Blocks) && i < 4; i++ {
		if b := &d.Blocks[i]; b.Kind == snapshot.Paragraph && size(b) <= longBlock/2 {
			list = append(list, strings.ToLower(b.Text))
		}
	}
	shorts := len(list)
	for i := range d.Blocks {
		if b := &d.Blocks[i]; b.Kind == snapshot.Heading && len(list)-shorts < 3 {
			list = append(list, strings.ToLower(b.Text))
		}
	}
	return list
}

// wording is the document's text in lower case, a block a line, with what is
// new beside the content: a wall is often a dialog.
func wording(d *snapshot.Document) string {
	var s strings.Builder
	for i := range d.Blocks {
		s.WriteString(strings.ToLower(d.Blocks[i].Line()))
		s.WriteString("\n")
	}
	for i := range d.Asides {
		s.WriteString(strings.ToLower(d.Asides[i].Line()))
		s.WriteString("\n")
	}
	return strings.TrimSpace(s.String())
}

// size is the length of a block in runes.
func size(b *snapshot.Block) int {
	n := utf8.RuneCountInString(b.Text)
	for _, c := range b.Cells {
		n += utf8.RuneCountInString(c)
	}
	return n
}
