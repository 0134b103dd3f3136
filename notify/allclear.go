package notify

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"pantau/diff"
	"pantau/internal/snapshot"
)

// AllClear says when a subscription gets its weekly report, in its time zone.
type AllClear struct {
	Day  time.Weekday `json:"day"`
	Hour int          `json:"hour"`
}

// Latest is the last moment of the report at or before now.
func (a AllClear) Latest(now time.Time, zone *time.Location) time.Time {
	local := now.In(zone)
	back := (int(local.Weekday()) - int(a.Day) + 7) % 7
	at := func(days int) time.Time {
		return time.Date(local.Year(), local.Month(), local.Day()-days, a.Hour, 0, 0, 0, zone)
	}
	if t := at(back); !t.After(now) {
		return t
	}
	return at(back + 7)
}

// SourceWeek is a source in the weekly report: its looks since the report before.
type SourceWeek struct {
	Source                       snapshot.Source
	LastGood                     time.Time        // zero: never
	By                           *snapshot.Manual // who entered that look by hand
	Looks, Failed, Held, Changes int
	Followed                     []Standing // in a register, as the last good look showed it
}

// Week is what a subscription watches, and what was seen of it.
type Week struct {
	Since, At time.Time
	Sources   []SourceWeek
	Blind     []Blindness // of these sources
}

// Covers tells whether a subscription takes anything of a source. Any source may
// speak of any topic one day.
func Covers(sub Subscription, src snapshot.Source) bool {
	return len(sub.Match.Sources) == 0 || slices.Contains(sub.Match.Sources, src.ID)
}

// ComposeAllClear words the weekly report. It is written whatever happened: a
// week without it is itself a sign.
func ComposeAllClear(k Week, sub Subscription, o WordingOptions) Message {
	w := newWriter(sub.Language, sub.Timezone, o)
	words := &w.clear
	var sum SourceWeek
	for _, s := range k.Sources {
		sum.Looks, sum.Failed, sum.Held, sum.Changes = sum.Looks+s.Looks, sum.Failed+s.Failed, sum.Held+s.Held, sum.Changes+s.Changes
	}
	sources := slices.Clone(k.Sources)
	slices.SortStableFunc(sources, func(a, b SourceWeek) int { return a.LastGood.Compare(b.LastGood) })
	day := func(t time.Time) string { return t.In(w.zone).Format(time.DateOnly) }
	v := append([]string{"since", w.at(k.Since), "at", w.at(k.At), "from", day(k.Since), "to", day(k.At), "subscription", sub.ID, "blind", unseenTitles(k.Blind, sources)}, w.counts(sum)...)
	m := Message{Kind: AllClearMessage, Language: w.code, Severity: diff.Info, Created: o.Now, Summary: fill(words.summary, v...),
		Why: fill(words.because, v...), Footer: w.program()}
	subject := words.subject
	unseen := slices.ContainsFunc(sources, func(s SourceWeek) bool { return s.LastGood.IsZero() })
	switch {
	case len(k.Blind) > 0 || unseen:
		subject, m.Severity = words.blind, diff.Notice
	case sum.Changes > 0:
		subject = words.changed
	}
	m.Subject = w.subject(m.Severity, fill(subject, v...))
	m.Seen = w.blind(k.Blind)
	if len(k.Blind) == 0 && !unseen {
		m.Seen = append(m.Seen, w.daily.seeing)
	}
	if len(sources) > 0 {
		oldest, pattern := sources[0], words.oldest
		if oldest.LastGood.IsZero() {
			pattern = words.never
		}
		m.Seen = append(m.Seen, fill(pattern, "source", oldest.Source.Title(), "at", w.at(oldest.LastGood)))
	}
	w.clearSections(&m, sources)
	return m.Clean()
}

// unseenTitles names what cannot be seen, and what no good look has seen yet.
func unseenTitles(blind []Blindness, sources []SourceWeek) string {
	var out []string
	for _, b := range blind {
		out = append(out, b.Source.Title())
	}
	for _, s := range sources {
		if s.LastGood.IsZero() && !slices.Contains(out, s.Source.Title()) {
			out = append(out, s.Source.Title())
		}
	}
	return strings.Join(out, ", ")
}

func (w *writer) counts(s SourceWeek) []string {
	return []string{"looks", w.number(s.Looks), "failed", w.number(s.Failed), "held", w.number(s.Held), "changes", w.number(s.Changes)}
}

// clearSections lists what is followed and what is watched, what was seen
// longest ago first.
func (w *writer) clearSections(m *Message, sources []SourceWeek) {
	own, all := Section{Title: w.sectionOwn}, Section{Title: w.clear.sources}
	left := 0
	for _, s := range sources {
		of := *w
		w := of.about(s.Source)
		v := append([]string{"at", w.at(s.LastGood)}, w.counts(s)...)
		for _, f := range s.Followed {
			pattern := w.clear.stands
			if f.Now == "" {
				pattern = w.clear.missing
			}
			it := Item{Severity: diff.Info, Title: w.who(f.event(), true) + " - " + s.Source.Title(),
				Lines: []string{capital(fill(pattern, append(v, "standing", w.stands(f.Now, s.Source.Listing))...)), fill(w.followed, "relation", w.relations[f.Relation])}}
			if s.LastGood.IsZero() {
				it.Lines[0] = fill(w.clear.never, "source", s.Source.Title())
			}
			own.Items = append(own.Items, it)
		}
		if len(all.Items) == itemLimit {
			left++
			continue
		}
		it := Item{Severity: diff.Info, Title: s.Source.Title(), Lines: []string{fill(w.clear.source, v...)}}
		if s.LastGood.IsZero() {
			it.Lines[0] = fill(w.clear.sourceNever, v...)
		}
		if s.By != nil {
			it.Lines = append(it.Lines, fill(w.clear.hand, "by", w.short(s.By.By, nameLimit)))
		}
		all.Items = append(all.Items, it)
	}
	for _, s := range []Section{own, all} {
		if len(s.Items) > 0 {
			m.Sections = append(m.Sections, s)
		}
	}
	if left > 0 {
		m.Left = fill(w.clear.left, "n", strconv.Itoa(left))
	}
}

// ParseWeekday reads the English name of a day, in small letters.
func ParseWeekday(s string) (time.Weekday, error) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), s) {
			return d, nil
		}
	}
	return 0, fmt.Errorf("%q is no day of the week", s)
}
