package notify

import (
	"strconv"
	"time"

	"pantau/diff"
)

// Daily is what happened in a day, for the administrators.
type Daily struct {
	Since, At                    time.Time
	Looks, Changes, Held, Failed int
	Blind                        []Blindness // what cannot be seen now
	Pending, Dead, Captures      int         // messages waiting, dead letters, captures that wait for a decision
	HeadID                       int64       // of the chain of looks
	Head                         string
}

// ComposeDaily words the daily report. It carries the head of the chain of
// looks out of the database, to where nobody who could alter the one can alter
// the other.
func ComposeDaily(d Daily, sub Subscription, o WordingOptions) Message {
	w := newWriter(sub.Language, sub.Timezone, o)
	n := strconv.Itoa
	v := []string{"day", d.At.In(w.zone).Format(time.DateOnly), "since", w.at(d.Since), "at", w.at(d.At),
		"looks", n(d.Looks), "changes", n(d.Changes), "held", n(d.Held), "failed", n(d.Failed), "bad", n(d.Held + d.Failed),
		"sources", titles(d.Blind), "pending", n(d.Pending), "dead", n(d.Dead), "captures", n(d.Captures),
		"id", strconv.FormatInt(d.HeadID, 10), "head", d.Head}
	m := Message{Kind: HealthMessage, Language: w.code, Severity: diff.Info, Created: o.Now,
		Summary: fill(w.daily.summary, v...), Why: w.daily.because, Footer: w.program()}
	sight, queue := w.daily.seeing, w.daily.nothingWaiting
	if len(d.Blind) > 0 { // what cannot be seen stands before all that was
		m.Severity, sight, m.Summary = diff.Notice, w.daily.summary, fill(w.daily.blind, v...)
		m.Seen = w.blind(d.Blind)
	}
	if d.Pending+d.Dead+d.Captures > 0 {
		queue = w.daily.waiting
	}
	for _, s := range []string{sight, queue, w.daily.head} {
		m.Seen = append(m.Seen, fill(s, v...))
	}
	m.Subject = w.subject(m.Severity, fill(w.daily.subject, v...))
	return m.Clean()
}
