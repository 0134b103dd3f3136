package notify

import (
	"strings"
	"time"

	"pantau/internal/snapshot"
)

// Blindness is a source that cannot be seen now.
type Blindness struct {
	Source       snapshot.Source
	Since        time.Time        // the last good look; zero: there never was one
	SinceBy      *snapshot.Manual // a person entered that look by hand
	Hand         *snapshot.Manual // what a person has entered by hand since then; nil: nothing
	From, Last   time.Time        // the first and the latest look since that was not good
	Failed, Held int              // looks since
	Kept         bool             // what came last is held and waits for a person
	Reason       string           // of the latest, for machines
	Detail       string           // the same for people
}

// known is when the source was seen last, by whomever.
func (b Blindness) known() time.Time {
	if b.Hand != nil {
		return b.Hand.Seen
	}
	return b.Since
}

// blind heads every report with what cannot be seen: each source with since when,
// how many looks were in vain, and why the last one was.
func (w *writer) blind(list []Blindness) []string {
	var out []string
	for _, b := range list {
		pattern := w.looks.blind
		if b.Since.IsZero() {
			pattern = w.looks.blindNever
		}
		s := fill(pattern, "source", b.Source.Title(), "since", w.at(b.Since), "looks", w.bad(b.Failed, b.Held))
		if b.SinceBy != nil {
			s += " " + fill(w.hand.look, "seen", w.at(b.SinceBy.Seen), "by", w.short(b.SinceBy.By, nameLimit))
		}
		if b.Hand != nil {
			s += " " + fill(w.hand.look, "seen", w.at(b.Hand.Seen), "by", w.short(b.Hand.By, nameLimit))
		}
		if b.Detail != "" {
			s += " " + fill(w.looks.reason, "detail", w.cause(b.Reason, b.Detail, valueLimit))
		}
		out = append(out, s)
	}
	return out
}

// titles names the sources that cannot be seen.
func titles(list []Blindness) string {
	var out []string
	for _, b := range list {
		out = append(out, b.Source.Title())
	}
	return strings.Join(out, ", ")
}
