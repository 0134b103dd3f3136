package notify

import (
	"maps"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"pantau/diff"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
)

// WordingOptions are what a message says beside what happened.
type WordingOptions struct {
	Program string    // version of the program
	BaseURL string    // of the web pages; empty: there are none
	Now     time.Time // when it is written
}

// writer words a message in one language and time zone.
type writer struct {
	catalogue
	code    string // of the language
	zone    *time.Location
	numbers *message.Printer
	ofFeed  bool // it is about entries of a feed
	precise bool // two instants in one message fall into one minute
	opt     WordingOptions
}

// newWriter falls back to UTC where the time zone is unknown; the zone's name
// stands behind every time, so that no time is ever wrong.
func newWriter(code, zone string, o WordingOptions) *writer {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	w := &writer{catalogue: words(code), code: "id", zone: loc, opt: o}
	if code == "en" {
		w.code = "en"
	}
	w.numbers = message.NewPrinter(language.MustParse(w.code))
	return w
}

// about takes the words that fit a source: a plain listing has records, not
// operators.
func (w *writer) about(src snapshot.Source) *writer {
	if src.Listing == nil || !src.Listing.Plain() {
		return w
	}
	l := w.listed
	w.kinds = maps.Clone(w.kinds)
	w.kinds[topic.Added], w.kinds[topic.Removed], w.kinds[topic.Edited] = l.added, l.removed, l.edited
	w.absent, w.inIndex, w.seenAdded = l.absent, l.present, l.seenAdded
	w.becauseMore, w.becauseOther, w.state.missing = l.becauseMore, l.becauseOther, l.missing
	if src.Type == snapshot.Feed {
		w.fields, w.ofFeed = maps.Clone(w.fields), true
		maps.Copy(w.fields, w.entryFields)
	}
	return w
}

// feedTime words the time of an entry, or leaves it as the feed has it.
func (w *writer) feedTime(s string) string {
	for _, layout := range []string{time.RFC3339, "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 GMT"} {
		if t, err := time.Parse(layout, s); err == nil {
			return w.at(t)
		}
	}
	return s
}

// at words an instant: "13 January 2025 07:44 WIB".
func (w *writer) at(t time.Time) string {
	if t.IsZero() {
		return w.never
	}
	t = t.In(w.zone)
	layout := w.clock
	if w.precise {
		layout = w.clockSeconds
	}
	zone, _ := t.Zone()
	if strings.HasPrefix(zone, "+") || strings.HasPrefix(zone, "-") {
		zone = "UTC" + zone
	}
	return fill(w.date, "day", t.Format("2"), "month", w.months[t.Month()-1], "year", t.Format("2006"), "time", t.Format(layout), "zone", zone)
}

// between makes times precise enough that the two differ.
func (w *writer) between(from, to time.Time) {
	w.precise = from.Truncate(time.Minute).Equal(to.Truncate(time.Minute))
}

// gap words how far two instants lie apart, in the largest whole unit of which
// there are two or more.
func (w *writer) gap(d time.Duration) string {
	day := 24 * time.Hour
	switch {
	case d >= 2*day:
		return w.count(w.days, int((d+day/2)/day))
	case d >= 2*time.Hour:
		return w.count(w.hours, int((d+time.Hour/2)/time.Hour))
	case d >= 2*time.Minute:
		return w.count(w.minutes, int((d+time.Minute/2)/time.Minute))
	}
	return w.count(w.seconds, int(d/time.Second))
}

func (w *writer) count(p plural, n int, more ...string) string {
	pattern := p.many
	if n == 1 {
		pattern = p.one
	}
	return fill(pattern, append(more, "n", w.number(n))...)
}

func (w *writer) number(n int) string {
	return w.numbers.Sprint(number.Decimal(n))
}

// subject puts the severity in front.
func (w *writer) subject(s diff.Severity, text string) string {
	return "[" + w.severities[s] + "] " + text
}

// joined is "a", "a and b", "a, b and c".
func (w *writer) joined(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + w.and + list[last]
}

// The longest texts of a message, in characters. A mail reader clips a message
// of 100 kB; twenty items of twice a passage stay below it.
const (
	nameLimit    = 100  // a name in a title
	valueLimit   = 300  // a value of a field
	passageLimit = 1200 // one wording of a passage
	around       = 200  // of a passage before and behind what differs
)

// short cuts a text behind a word.
func (w *writer) short(s string, limit int) string {
	s = line(s)
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	end := wordEnd([]rune(prefix(s, limit+1)), limit)
	return prefix(s, end) + " ..."
}

// passage shows two wordings of a passage. Of long ones it shows what differs
// with some words around it, as much as fits, and says what is left out.
func (w *writer) passage(before, after string) (string, string) {
	b, a := []rune(visible(before)), []rune(visible(after))
	if len(b) <= passageLimit && len(a) <= passageLimit {
		return string(b), string(a)
	}
	shorter := min(len(a), len(b))
	head, tail := 0, 0
	for head < shorter && b[head] == a[head] {
		head++
	}
	for tail < shorter-head && b[len(b)-1-tail] == a[len(a)-1-tail] {
		tail++
	}
	if head == shorter && len(a) == len(b) { // moved: nothing differs
		head, tail = 0, 0
	}
	from := 0
	if head > around {
		from = wordEnd(a[:head], head-around)
	}
	return w.window(b, from, tail), w.window(a, from, tail)
}

// window shows text from a place to some words behind where the last tail
// characters begin, which are the same on both sides.
func (w *writer) window(text []rune, from, tail int) string {
	to := len(text)
	if end := len(text) - tail + around; end < to {
		to = from + wordEnd(text[from:], end-from)
	}
	if to-from > passageLimit {
		to = from + wordEnd(text[from:], passageLimit)
	}
	s := string(text[from:to])
	if from > 0 {
		s = w.count(w.cut, from) + s
	}
	if to < len(text) {
		s += " " + w.count(w.cut, len(text)-to)
	}
	return s
}

// wordEnd is the place of the last white space at or before limit, or limit
// where a word is longer than can be waited for.
func wordEnd(text []rune, limit int) int {
	for i := min(limit, len(text)-1); i > limit/2; i-- {
		if unicode.IsSpace(text[i]) {
			return i
		}
	}
	return min(limit, len(text))
}

// prefix is the first n characters.
func prefix(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
