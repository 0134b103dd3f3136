package law

import (
	"regexp"
	"strings"
)

var english = regexp.MustCompile(`(?i)^(article|chapter|section|whereas|considering|in view of)\b`)

// judge says what a text is not.
func (r *Regulation) judge(pieces []piece, sections []section) {
	foreign, contents, pasal := 0, 0, 0
	zones := make(map[zone]bool)
	for _, s := range sections {
		zones[s.zone] = s.zone != zoneTitle || s.last > s.first
	}
	for i := range pieces {
		switch p := &pieces[i]; {
		case len(p.text) > 4 && strings.IndexByte("ACSWIacswi", p.text[0]) >= 0 && english.MatchString(p.text):
			foreign++
		case hasLeaders(p.text):
			contents++
		case arabicHead(p.text) > 0:
			pasal++
		}
	}
	say := func(why string) { r.Faults = append(r.Faults, why) }
	switch {
	case strings.TrimSpace(r.Source) == "":
		say("not a regulation: the text is empty")
	case foreign >= 3 && foreign > 2*pasal:
		say("not a regulation in Indonesian: the text is English")
	case !zones[zoneBody] && contents >= 5:
		say("not a regulation: a table of contents")
	case !zones[zoneBody]:
		say("not a regulation: no Pasal stands at the head of a line")
	default:
		if contents >= 5 {
			say("a table of contents stands in the text")
		}
		if !zones[zonePreamble] {
			say("half a regulation: what comes before the first Pasal is missing")
		}
		if !zones[zoneClosing] {
			say("half a regulation: its end (Ditetapkan di ...) is missing")
		}
	}
}
