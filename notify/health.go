package notify

import (
	"strings"
	"time"

	"pantau/diff"
	"pantau/internal/snapshot"
)

// HealthKind is what administrators are told.
type HealthKind string

// The kinds of health messages.
const (
	Blind         HealthKind = "blind"     // a source cannot be seen
	Recovered     HealthKind = "recovered" // it is seen again
	ChannelParked HealthKind = "channel-parked"
	DeadLetter    HealthKind = "dead-letter"
)

// Health is what is wrong, or right again, with Pantau's eyes and voice.
type Health struct {
	Kind    HealthKind
	Source  snapshot.Source // Blind, Recovered
	Since   time.Time       // the last good look before; zero: there was none
	At      time.Time       // when it was noticed
	Held    bool            // Blind: what came is kept and waits for a person
	Reason  string          // for machines: "block-page"
	Detail  string          // for people
	Run     int64           // the look
	Channel string          // ChannelParked, DeadLetter: "slack:#regulatory"
	Message string          // DeadLetter: its id
}

// ComposeHealth words a health message: what is wrong, since when, what it
// means for subscribers, and what to do.
func ComposeHealth(h Health, sub Subscription, o WordingOptions) Message {
	w := newWriter(sub.Language, sub.Timezone, o)
	w.between(h.Since, h.At)
	words := &w.health
	v := []string{"source", h.Source.Title(), "since", w.at(h.Since), "at", w.at(h.At), "channel", h.Channel, "message", h.Message}
	m := Message{Kind: HealthMessage, Source: h.Source.ID, Language: w.code, Severity: diff.Urgent, Created: o.Now, Why: words.because}
	subject, help := "", ""
	switch h.Kind {
	case Blind:
		subject, m.Summary, help = words.blind, words.blindSummary, words.failedHelp
		if h.Since.IsZero() {
			subject, m.Summary = words.blindNever, words.blindNeverSummary
		}
		if h.Held {
			m.Seen, help = append(m.Seen, words.held), words.heldHelp
		}
		untold := words.untold
		if h.Source.Listing != nil {
			untold = words.untoldBut
		}
		m.Seen = append(m.Seen, untold)
		// The commands take the id, the sentences show the name.
		help = fill(help, "source", h.Source.ID)
	case Recovered:
		m.Severity = diff.Notice
		subject, m.Summary, help = words.recovered, words.recoveredSummary, words.recoveredNext
		if h.Since.IsZero() {
			m.Summary, help = words.recoveredNever, ""
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
		m.Seen = append([]string{fill(words.reason, "detail", w.short(h.Detail, passageLimit))}, m.Seen...)
	}
	if help != "" {
		m.Seen = append(m.Seen, fill(help, v...))
	}
	m.Footer = w.healthFooter(h)
	return m.Clean()
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
