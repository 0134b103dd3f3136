package notify

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
)

// itemLimit is how many events or passages one message puts into words; the
// rest are counted.
const itemLimit = 20

// reasonLimit is how many reasons why somebody gets a message are named.
const reasonLimit = 4

// Compose words an alert for its subscription: many events are one message,
// the followed ones first. It never says who did something, nor when between
// the two looks.
func Compose(a Alert, c diff.Change, sub Subscription, src snapshot.Source, o WordingOptions) Message {
	w := newWriter(sub.Language, sub.Timezone, o).about(src)
	w.between(c.From.At, c.To.At)
	m := Message{Kind: AlertMessage, AlertIDs: []string{a.ID}, ChangeID: c.ID, Source: src.ID,
		Language: w.code, Severity: a.Severity, Created: o.Now}
	switch {
	case slices.Contains(c.Marks, diff.NotComparable):
		w.gapText(&m, c, src)
	case c.Kind.Textual():
		w.text(&m, a, c, src)
	default:
		w.records(&m, a, c, src)
	}
	m.Seen = append(m.Seen, w.byHand(c)...)
	if slices.Contains(c.Marks, diff.Redesign) {
		m.Seen = append(m.Seen, w.redesigned)
	}
	m.Why = fill(w.because, "reasons", strings.Join(w.reasons(a, c, sub, src), "; "))
	m.Links = w.links(c, src)
	m.Footer = w.footer(c, a)
	return m.Clean()
}

// command shows a change again.
func command(change string) string { return "pantau show " + change }

// quoted is the command in a sentence.
func quoted(change string) string { return "`" + command(change) + "`" }

// footer names the change by the command that shows it again.
func (w *writer) footer(c diff.Change, a Alert) string {
	return strings.Join([]string{fill(w.footerShow, "command", command(c.ID)), fill(w.footerAlert, "alert", a.ID), w.program()}, " · ")
}

func (w *writer) program() string { return strings.TrimSpace("pantau " + w.opt.Program) }

func (w *writer) links(c diff.Change, src snapshot.Source) []Link {
	var out []Link
	if w.opt.BaseURL != "" {
		out = append(out, Link{Title: w.linkChange, URL: strings.TrimSuffix(w.opt.BaseURL, "/") + "/changes/" + c.ID})
	}
	if src.Listing == nil && src.URL != "" {
		out = append(out, Link{Title: fill(w.linkSource, "source", src.Title()), URL: src.URL})
	}
	return out
}

// reasons say why this reader gets the message, each only once.
func (w *writer) reasons(a Alert, c diff.Change, sub Subscription, src snapshot.Source) []string {
	var out []string
	more := 0
	for _, e := range a.Events {
		var s string
		kind, value, _ := strings.Cut(e.Why, ":")
		switch kind {
		case "followed":
			s = fill(w.becauseFollow, "operator", string(c.Events[e.Place].Key), "relation", w.relations[e.Relation])
			if len(out) == reasonLimit && !slices.Contains(out, s) {
				more++
				continue
			}
		case "named":
			s = fill(w.naming.because, "name", value, "relation", w.relations[e.Relation])
		case "keyword":
			s = fill(w.becauseKeyword, "subscription", sub.ID, "keyword", value)
		case "topic":
			s = fill(w.becauseTopic, "subscription", sub.ID, "topic", value)
		case "operator":
			s = fill(w.becauseOther, "subscription", sub.ID)
		default:
			s = fill(w.becauseSource, "subscription", sub.ID, "source", src.ID)
		}
		if len(out) < reasonLimit && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if more > 0 {
		out = append(out, w.count(w.becauseMore, more))
	}
	return out
}

// records words the events of a register.
func (w *writer) records(m *Message, a Alert, c diff.Change, src snapshot.Source) {
	first := c.Events[a.Events[0].Place]
	kind := topic.KindOf(first, src.Listing)
	verdict := w.verdict(first, kind, false)
	counts := w.kindCounts(a.Events, c, src)
	switch {
	case len(a.Events) == 1:
		m.Subject = verdict
		m.Summary = sentence(w.verdict(first, kind, true))
		m.Seen = []string{w.seen(first, kind, c, src)}
	case a.Events[0].Relation != "":
		m.Subject = fill(w.subjectMore, "first", verdict, "n", w.number(len(a.Events)-1))
	default:
		m.Subject = counts
	}
	if len(a.Events) > 1 {
		m.Summary = w.many(a, c, src, counts)
		m.Seen = []string{fill(w.seenMany, "from", w.at(c.From.At), "to", w.at(c.To.At))}
	}
	m.Subject = w.subject(a.Severity, m.Subject+" - "+src.Title())
	shown := a.Events[:min(len(a.Events), itemLimit)]
	own := Section{Title: w.sectionOwn}
	rest := Section{}
	for _, e := range shown {
		it := w.event(c.Events[e.Place], e, c, src, len(a.Events) > 1)
		if e.Relation != "" {
			own.Items = append(own.Items, it)
		} else {
			rest.Items = append(rest.Items, it)
		}
	}
	if len(own.Items) > 0 {
		m.Sections = append(m.Sections, own)
		rest.Title = w.sectionOther
	}
	if len(rest.Items) > 0 {
		m.Sections = append(m.Sections, rest)
	}
	if left := a.Events[len(shown):]; len(left) > 0 {
		m.Left = fill(w.left, "counts", w.kindCounts(left, c, src), "command", quoted(c.ID))
	}
}

// sentence puts the full stop behind a text, unless it was cut there.
func sentence(s string) string {
	if strings.HasSuffix(s, "...") {
		return s
	}
	return s + "."
}

// many sums up several events; a gap between two looks is named, because what
// piles up in a gap did not happen at once.
func (w *writer) many(a Alert, c diff.Change, src snapshot.Source, counts string) string {
	pattern := w.summaryStatus
	for _, e := range a.Events {
		if c.Events[e.Place].Type != registry.Status {
			pattern = w.summaryEvents
			break
		}
	}
	return w.count(pattern, len(a.Events), "source", src.Title(), "gap", w.gap(c.To.At.Sub(c.From.At)), "counts", counts)
}

func (w *writer) kindCounts(list []Matched, c diff.Change, src snapshot.Source) string {
	n := map[topic.Kind]int{}
	for _, e := range list {
		n[topic.KindOf(c.Events[e.Place], src.Listing)]++
	}
	var out []string
	for _, k := range topic.Kinds() {
		if n[k] > 0 {
			out = append(out, w.count(w.kinds[k].count, n[k]))
		}
	}
	return strings.Join(out, ", ")
}

// verdict says what happened to whom; of a document that is new, what it is.
func (w *writer) verdict(e registry.Event, kind topic.Kind, key bool) string {
	switch kind {
	case topic.Published, topic.Drafted, topic.Listed, topic.Differing:
		return fill(w.titled, "kind", capital(w.kinds[kind].subject), "who", w.who(e, key))
	}
	return w.who(e, key) + ": " + w.kinds[kind].subject
}

// who names an operator: the system and the company that operates it. A document
// has its title, and the name of the regulation that it is.
func (w *writer) who(e registry.Event, key bool) string {
	if d := e.Document; d != nil {
		limit := nameLimit
		if key { // in the body there is room: the end of a title says what is amended
			limit = valueLimit
		}
		title := w.short(cmp.Or(e.Name, d.Title, string(e.Key)), limit)
		if d.Name != "" && !strings.Contains(title, d.Name) {
			title += " (" + d.Name + ")"
		}
		return title
	}
	system, company := w.short(e.Name, nameLimit), w.short(e.Company, nameLimit)
	if system == "" {
		system, company = company, ""
	}
	inner := company
	if key && (!w.ofFeed || system == "") { // what a feed calls its entry is no news to anybody
		inner = strings.TrimPrefix(company+", "+string(e.Key), ", ")
	}
	switch {
	case system == "":
		return string(e.Key)
	case inner == "":
		return system
	}
	return system + " (" + inner + ")"
}

// event words one event. The times are part of it where it does not stand
// alone.
func (w *writer) event(e registry.Event, m Matched, c diff.Change, src snapshot.Source, times bool) Item {
	kind := topic.KindOf(e, src.Listing)
	it := Item{Severity: m.Severity, Title: w.kinds[kind].label + ": " + w.who(e, true)}
	if times && (m.Relation != "" || e.Type == registry.Removed) {
		it.Lines = append(it.Lines, w.seen(e, kind, c, src))
	}
	if m.Relation != "" {
		it.Lines = append(it.Lines, w.relationLine(m))
	}
	if d := e.Document; d != nil {
		it.Lines = append(it.Lines, w.documentLines(e, d)...)
		return it
	}
	switch {
	case src.Listing != nil && src.Listing.Plain(): // its one index says nothing
	case e.FromIndex != e.ToIndex:
		it.Lines = append(it.Lines, fill(w.fieldChanged, "field", w.fields[indexField], "before", cmp.Or(e.FromIndex, w.empty), "after", cmp.Or(e.ToIndex, w.empty)))
	case e.ToIndex != "":
		it.Lines = append(it.Lines, fill(w.fieldIs, "field", w.fields[indexField], "value", e.ToIndex))
	}
	it.Lines = append(it.Lines, w.fieldLines(e)...)
	return it
}

// documentLines say of a document what its list says of it.
func (w *writer) documentLines(e registry.Event, d *snapshot.Entry) []string {
	var out []string
	if said := d.Title + " " + d.Name; d.Number != "" && !strings.Contains(said, d.Number) && e.Type != registry.Removed {
		out = append(out, fill(w.numbered, "number", w.short(d.Number, valueLimit)))
	}
	if d.Date != "" {
		out = append(out, fill(w.dated, "date", d.Date))
	}
	if link := cmp.Or(d.Link, d.File); link != "" {
		out = append(out, fill(w.lies, "link", link))
	}
	if e.Other != "" {
		out = append(out, fill(w.other, "link", e.Other))
	}
	if e.Type == registry.Edited || e.Type == registry.Differs {
		out = append(out, w.fieldLines(e)...)
	}
	return out
}

// indexField names the index of an operator among its fields.
const indexField = "index"

// fieldOrder is how the fields of an operator are told; others follow by name.
func fieldOrder() []string {
	return []string{"nama", "nama_perusahaan", "website", "sektor", "tanggal_daftar", "nomor_tanda_daftar", "nomor_pb_umku", "status_id"}
}

func (w *writer) fieldLines(e registry.Event) []string {
	names := make([]string, 0, len(e.Fields))
	for name := range e.Fields {
		names = append(names, name)
	}
	order := fieldOrder()
	place := func(name string) int {
		if i := slices.Index(order, name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a, b))
	})
	var out []string
	for _, name := range names {
		before, after := w.short(e.Fields[name][0], valueLimit), w.short(e.Fields[name][1], valueLimit)
		field := cmp.Or(w.fields[name], name)
		if w.ofFeed && (name == snapshot.FieldDate || name == snapshot.FieldUpdated) {
			before, after = w.feedTime(before), w.feedTime(after)
		}
		switch {
		case e.Type == registry.Differs:
			out = append(out, fill(w.fieldDiffers, "field", field, "there", cmp.Or(before, w.empty), "here", cmp.Or(after, w.empty)))
		case e.Type == registry.Edited || e.Type == registry.Status:
			out = append(out, fill(w.fieldChanged, "field", field, "before", cmp.Or(before, w.empty), "after", cmp.Or(after, w.empty)))
		case before+after == "", e.Name == e.Fields[name][0]+e.Fields[name][1], string(e.Key) == e.Fields[name][0]+e.Fields[name][1]: // the title has it
		case name != "nama" && name != "nama_perusahaan": // likewise
			out = append(out, fill(w.fieldIs, "field", field, "value", cmp.Or(after, before)))
		}
	}
	return out
}

// seen says where the operator was seen at both ends of the change.
func (w *writer) seen(e registry.Event, kind topic.Kind, c diff.Change, src snapshot.Source) string {
	from, to := w.at(c.From.At), w.at(c.To.At)
	switch {
	case kind == topic.Reassigned:
		company := e.Fields["nama_perusahaan"]
		return fill(w.seenReassigned, "old", w.short(company[0], nameLimit), "new", w.short(company[1], nameLimit), "from", from, "to", to)
	case e.Type == registry.Removed:
		last, missing := or(e.LastSeen, c.From.At), or(e.FirstMissing, c.To.At)
		return fill(w.seenRemoved, "last", w.at(last), "missing", w.at(missing), "to", to)
	case e.Type == registry.Differs:
		return fill(w.seenDiffers, "to", to)
	case e.Type == registry.Edited:
		return fill(w.seenEdited, "from", from, "to", to)
	case kind == topic.Added, e.Document != nil:
		return fill(w.seenAdded, "from", from, "to", to)
	}
	return capital(fill(w.seenStatus, "before", w.standing(e.FromIndex, src.Listing), "from", from,
		"after", w.standing(e.ToIndex, src.Listing), "to", to))
}

// standing words where an operator stands: "in the register", "suspended". In
// two indexes at once it is both.
func (w *writer) standing(index string, l *snapshot.Listing) string {
	if index == "" {
		return w.absent
	}
	names := strings.Split(index, "+")
	var out []string
	for i, s := range topic.Standing(index, l) {
		word := map[snapshot.Status]string{snapshot.Registered: w.registered, snapshot.Suspended: w.suspended, snapshot.Revoked: w.revoked}[s]
		word = cmp.Or(word, fill(w.inIndex, "index", names[i]))
		if !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return w.joined(out)
}

func or(t *time.Time, other time.Time) time.Time {
	if t == nil {
		return other
	}
	return *t
}

func capital(s string) string {
	if s == "" {
		return s
	}
	first := prefix(s, 1)
	return strings.ToUpper(first) + s[len(first):]
}
