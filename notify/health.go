package notify

import (
	"slices"
	"strings"
	"time"

	"pantau/diff"
	"pantau/internal/snapshot"
)

// HealthKind is what administrators are told.
type HealthKind string

// The kinds of health messages.
const (
	Blind         HealthKind = "blind"          // a source cannot be seen
	StillBlind    HealthKind = "still-blind"    // a week later
	Recovered     HealthKind = "recovered"      // it is seen again
	NotComparable HealthKind = "not-comparable" // it was edited, and two looks cannot be compared
	ChannelParked HealthKind = "channel-parked"
	DeadLetter    HealthKind = "dead-letter"
)

// Health is what is wrong, or right again, with Pantau's eyes and voice.
type Health struct {
	Kind    HealthKind
	Source  snapshot.Source  // all but ChannelParked and DeadLetter
	Since   time.Time        // the last good look before; zero: there was none
	SinceBy *snapshot.Manual // a person entered that look by hand; of Recovered the one of Compared
	At      time.Time        // when it was noticed
	Held    bool             // Blind: what came is kept and waits for a person
	Reason  string           // for machines: "block-page"
	Detail  string           // for people
	Run     int64            // the look
	Channel string           // ChannelParked, DeadLetter: "slack:#regulatory"
	Message string           // DeadLetter: its id
	Partly  bool             // NotComparable: only a part of it

	From, Last   time.Time // StillBlind: the first and the latest look that was not good
	Failed, Kept int       // StillBlind, Recovered: looks that failed and that were held

	Compared time.Time    // Recovered: the look that this one was compared with
	Change   *diff.Change // Recovered: what the look found
	Pending  int          // Recovered: entries that it lacked and that are not confirmed missing
}

// ComposeHealth words a health message: what is wrong, since when, what it
// means for subscribers, and what to do.
func ComposeHealth(h Health, sub Subscription, o WordingOptions) Message {
	w := newWriter(sub.Language, sub.Timezone, o).about(h.Source)
	w.between(h.Since, h.At)
	words := &w.health
	v := []string{"source", h.Source.Title(), "since", w.at(h.Since), "at", w.at(h.At), "channel", h.Channel, "message", h.Message,
		"from", w.at(h.From), "last", w.at(h.Last), "looks", w.bad(h.Failed, h.Kept)}
	m := Message{Kind: HealthMessage, Source: h.Source.ID, Language: w.code, Severity: diff.Urgent, Created: o.Now, Why: words.because}
	subject, help := "", ""
	switch h.Kind {
	case Blind:
		subject, m.Summary, help = words.blind, words.blindSummary, words.failedHelp
		if h.Since.IsZero() {
			subject, m.Summary = words.blindNever, words.blindNeverSummary
		}
		if h.Held {
			m.Seen, help = append(m.Seen, words.held), w.keptHelp(h)
		}
		untold := words.untold
		if h.Source.Listing != nil {
			untold = words.untoldBut
		}
		m.Seen = append(m.Seen, untold)
		// The commands take the id, the sentences show the name.
		help = fill(help, "source", h.Source.ID)
	case StillBlind:
		subject, m.Summary, help = words.still, words.stillSummary, words.failedHelp
		if h.Since.IsZero() {
			subject, m.Summary = words.stillNever, words.stillNeverSummary
		}
		if h.Held {
			m.Seen, help = append(m.Seen, words.held), w.keptHelp(h)
		}
		m.Seen, help = append(m.Seen, words.stillNext), fill(help, "source", h.Source.ID)
	case Recovered:
		m.Severity = diff.Notice
		subject, m.Summary = words.recovered, words.recoveredSummary
		if h.Since.IsZero() {
			m.Summary = words.recoveredNever
		}
		m.Seen = w.found(h)
	case NotComparable:
		m.Severity = diff.Notice
		subject, m.Summary, help = words.edited, words.editedSummary, words.editedNext
		if h.Partly {
			m.Summary = words.editedPartly
		}
	case ChannelParked:
		subject, m.Summary, help = words.parked, words.parkedSummary, words.parkedHelp
	case DeadLetter:
		m.Severity = diff.Notice
		subject, m.Summary, help = words.dead, words.deadSummary, words.deadHelp
	}
	m.Subject = w.subject(m.Severity, fill(subject, v...))
	m.Summary = fill(m.Summary, v...)
	if h.Kind != Recovered && h.Detail != "" {
		m.Seen = append([]string{fill(words.reason, "detail", w.cause(h.Reason, h.Detail, passageLimit))}, m.Seen...)
	}
	if help != "" {
		m.Seen = append(m.Seen, fill(help, v...))
	}
	if h.SinceBy != nil {
		m.Seen = append(m.Seen, fill(w.hand.look, "seen", w.at(h.SinceBy.Seen), "by", w.short(h.SinceBy.By, nameLimit)))
	}
	m.Footer = w.healthFooter(h)
	return m.Clean()
}

// keptHelp says what to do with what is held. What cannot be read cannot be
// accepted.
func (w *writer) keptHelp(h Health) string {
	switch {
	case snapshot.Acceptable(h.Reason, h.Source.Listing != nil):
		return w.health.heldHelp
	case h.Reason == snapshot.ReasonNoMatch:
		return w.health.reselectHelp
	}
	return w.health.unreadHelp
}

// cause words why a look could not be used: by its reason where the language has
// a sentence for it, with the detail, which is in English, behind that.
func (w *writer) cause(reason, detail string, limit int) string {
	sentence, ok := w.faults[reason]
	if !ok {
		return w.short(detail, limit)
	}
	if detail == "" {
		return sentence
	}
	return sentence + " " + fill(w.technical, "detail", w.short(detail, limit))
}

// bad says how many looks failed and how many were held.
func (w *writer) bad(failed, held int) string {
	var parts []string
	if failed > 0 || held == 0 {
		parts = append(parts, w.count(w.looks.failed, failed))
	}
	if held > 0 {
		parts = append(parts, w.count(w.looks.held, held))
	}
	return w.joined(parts)
}

// found says what the first good look after a blindness found, and between which
// two looks it lies.
func (w *writer) found(h Health) []string {
	if h.Compared.IsZero() {
		return nil // the first look of all
	}
	v := []string{"from", w.at(h.Compared), "at", w.at(h.At)}
	var out []string
	switch {
	case h.Change == nil && h.Pending > 0: // whether anything has gone is not known yet
	case h.Change == nil:
		out = append(out, fill(w.looks.none, v...))
	case slices.Contains(h.Change.Marks, diff.NotComparable):
		out = append(out, fill(w.looks.unknown, v...))
	default:
		out = append(out, fill(w.looks.found, append(v, "found", w.whatChanged(*h.Change, h.Source), "command", quoted(h.Change.ID))...))
	}
	if h.Pending > 0 {
		out = append(out, w.count(w.looks.pending, h.Pending))
	}
	return out
}

// whatChanged sums up a whole change.
func (w *writer) whatChanged(c diff.Change, src snapshot.Source) string {
	if !c.Kind.Textual() {
		all := make([]Matched, len(c.Events))
		for i := range all {
			all[i].Place = i
		}
		return w.kindCounts(all, c, src)
	}
	s := w.opCounts(c.Hunks)
	if p := w.where(c.Hunks); p != "" {
		s += " (" + p + ")"
	}
	return s
}

// healthFooter names the source by its id, and the reason as machines know it.
func (w *writer) healthFooter(h Health) string {
	var parts []string
	for _, s := range []string{h.Source.ID, string(h.Kind), h.Reason, w.program()} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}

// ComposeSample words the message of a trial: it has every part that an alert
// has and says at once that nothing happened.
func ComposeSample(sub Subscription, o WordingOptions) Message {
	w := newWriter(sub.Language, sub.Timezone, o)
	m := Message{Kind: SampleMessage, Language: w.code, Severity: diff.Info, Created: o.Now,
		Subject:  w.subject(diff.Info, w.sample.subject),
		Summary:  fill(w.sample.summary, "subscription", sub.ID),
		Seen:     []string{w.at(o.Now)},
		Why:      fill(w.sample.because, "subscription", sub.ID),
		Sections: []Section{{Items: []Item{{Severity: diff.Info, Title: w.ops[diff.OpModified].label + ": Pasal 7", Lines: []string{w.sample.item}, Before: "paling lambat 30 (tiga puluh) hari", After: "paling lambat 14 (empat belas) hari"}}}},
		Footer:   w.program(),
	}
	return m.Clean()
}
