package notify

import (
	"strings"
	"unicode"

	"pantau/diff"
)

// Clean takes out of every text of the message what could deceive its reader
// or break a channel's format: control characters, marks that turn the
// direction of writing, characters that cannot be seen. Only passages (Before,
// After, Words) keep their line breaks. What the register recorded stays as it
// is in the history; this is how it is shown.
func (m Message) Clean() Message {
	for _, s := range []*string{&m.Subject, &m.Summary, &m.Why, &m.Left, &m.Footer} {
		*s = line(*s)
	}
	m.Seen = lines(m.Seen)
	sections := make([]Section, len(m.Sections))
	for i, s := range m.Sections {
		s.Title = line(s.Title)
		items := make([]Item, len(s.Items))
		for j, it := range s.Items {
			it.Title, it.Lines = line(it.Title), lines(it.Lines)
			it.Before, it.After = visible(it.Before), visible(it.After)
			words := make([]diff.Span, len(it.Words))
			for k, span := range it.Words {
				words[k] = diff.Span{Op: span.Op, Text: visible(span.Text)}
			}
			it.Words = words
			items[j] = it
		}
		s.Items = items
		sections[i] = s
	}
	m.Sections = sections
	links := make([]Link, 0, len(m.Links))
	for _, l := range m.Links {
		// A link that is not for the web (javascript:, file:) is no link.
		if u := line(l.URL); strings.HasPrefix(u, "https://") || strings.HasPrefix(u, "http://") {
			links = append(links, Link{Title: line(l.Title), URL: u})
		}
	}
	m.Links = links
	return m
}

func lines(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = line(s)
	}
	return out
}

// line is visible text on one line.
func line(s string) string { return strings.Join(strings.Fields(visible(s)), " ") }

// visible drops what is not seen: control and format characters (category Cc
// and Cf: bidirectional marks, zero-width space, tags), but for the joiners
// that Indic and Arabic writing needs. Line breaks stay.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\u200c', r == '\u200d':
			return r
		case r == '\t', r == '\r', r == '\u2028', r == '\u2029', r == '\u0085':
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
