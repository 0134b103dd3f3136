package registry

import (
	"slices"
	"strings"
	"time"

	"pantau/internal/snapshot"
)

// The fields that say who an operator is, by the names of DESIGN section 10.
const (
	fieldName    = "nama"
	fieldCompany = "nama_perusahaan"
	fieldDate    = "tanggal_daftar"
)

// Look is one complete look at the register.
type Look struct {
	At       time.Time
	Check    int64     // which look it is, for MissingCheck
	Previous time.Time // the last good look before it
	Partial  bool      // what it did not see may be there all the same
}

// Compare finds what has changed between what is remembered and a document
// that passed the gate. An operator that has come, moved or been edited is an
// event at once; one that is missing, in one of its indexes or in all, when a
// second complete look misses it too: a partial one says nothing of it. Keys that
// stand twice in one index are left as they were.
func Compare(st *State, now *Seen, look Look) ([]Event, Delta) {
	c := newComparison(now.listing, look)
	c.keyless = now.keyless
	if c.plain && !look.Partial {
		c.lacks = lacking(st.rows, now.records)
	}
	st.join(now.keyed, func(k Key, before []Row, rows []*snapshot.Record) {
		if now.double[k] {
			c.restore(before)
			return
		}
		c.compare(k, before, rows)
	})
	return c.told(), c.delta
}

// Confirm is Compare for a look that saw the register exactly as the last one
// did, and so has no document (HTTP 304): what that look missed is missed again.
func Confirm(st *State, l *snapshot.Listing, look Look) ([]Event, Delta) {
	c := newComparison(l, look)
	for rows := st.rows; len(rows) > 0; {
		k := rows[0].Key
		n := sameKey(rows, k)
		before := rows[:n]
		rows = rows[n:]
		if !slices.ContainsFunc(before, func(r Row) bool { return r.missing() }) {
			continue
		}
		var now []*snapshot.Record
		for _, r := range before {
			if !r.missing() {
				now = append(now, &snapshot.Record{Key: string(k), Index: r.Index, Fields: r.Fields})
			}
		}
		c.compare(k, before, now)
	}
	return c.told(), c.delta
}

// Baseline remembers the first good look; it raises no event. Of a key that
// stands twice in an index the first row is remembered, so that it is not new
// once it stands there once.
func Baseline(now *Seen, look Look) Delta {
	c := newComparison(now.listing, look)
	c.delta.Upsert = make([]Row, 0, len(now.keyed))
	c.delta.Open = make([]Begin, 0, len(now.keyed))
	for i, r := range now.keyed {
		if i > 0 && now.keyed[i-1].Key == r.Key && now.keyed[i-1].Index == r.Index {
			continue
		}
		c.enter(Key(r.Key), r, 1)
	}
	return c.delta
}

// comparison gathers what one look changes.
type comparison struct {
	fieldset
	order   places
	look    Look
	keyless []*snapshot.Record
	events  []Event
	delta   Delta
}

func newComparison(l *snapshot.Listing, look Look) *comparison {
	return &comparison{fieldset: newFieldset(l), order: positions(l), look: look}
}

// told is the events in the order in which they are told.
func (c *comparison) told() []Event {
	slices.SortStableFunc(c.events, func(a, b Event) int { return compareKeys(a.Key, b.Key) })
	return c.events
}

func (c *comparison) compare(k Key, before []Row, now []*snapshot.Record) {
	switch {
	case len(before) == 0:
		c.appear(k, now)
	case len(now) == 0:
		c.vanish(k, before)
	default:
		c.stay(k, before, now)
	}
}

// appear is a key that was not known.
func (c *comparison) appear(k Key, now []*snapshot.Record) {
	for _, r := range now {
		c.enter(k, r, 1)
	}
	fields := c.facts(now[0].Fields)
	for name, v := range fields {
		fields[name] = [2]string{"", v[1]}
	}
	c.tell(Event{Type: Added, Key: k, ToIndex: standing(now), Fields: fields}, now[0].Fields)
}

// vanish is a key that stands in no index any more. Where it was seen in two,
// and was missing in one already, both wait until both are confirmed.
func (c *comparison) vanish(k Key, before []Row) {
	if c.look.Partial {
		for _, r := range before {
			if r.missing() {
				c.delta.Pending++ // what waits for a second look goes on waiting
			}
		}
		return
	}
	if c.vouched(before) {
		c.restore(before)
		return
	}
	if slices.ContainsFunc(before, func(r Row) bool { return !r.missing() }) {
		for _, r := range before {
			c.miss(r)
		}
		c.delta.NewlyMissing = append(c.delta.NewlyMissing, k)
		return
	}
	last := before[0]
	for _, r := range before {
		c.leave(r)
		if r.MissingSince.After(last.MissingSince) {
			last = r
		}
	}
	c.delta.Removed = append(c.delta.Removed, last)
	e := Event{Type: Removed, Key: k, FromIndex: stood(before), Fields: c.facts(before[0].Fields), FirstMissing: &last.MissingSince}
	for name, v := range e.Fields {
		e.Fields[name] = [2]string{v[1], ""}
	}
	if !last.LastSeen.IsZero() {
		e.LastSeen = &last.LastSeen
	}
	c.tell(e, before[0].Fields)
}

// stay is a key that stands in at least one index before and after.
func (c *comparison) stay(k Key, before []Row, now []*snapshot.Record) {
	if unchanged(before, now) {
		return
	}
	fields := c.edits(before, now)
	kept := make([]*snapshot.Record, len(before)) // what became of each row; nil: lost
	lost := 0
	for i, r := range before {
		if n := slices.IndexFunc(now, func(s *snapshot.Record) bool { return s.Index == r.Index }); n >= 0 {
			kept[i] = now[n]
		} else {
			lost++
		}
	}
	gained := len(now) > len(before)-lost
	identity, life := "", 0
	for _, r := range before {
		life = max(life, r.Life) // a missing row may have been left in the life before
	}
	if reassigned(fields) {
		identity = Reassigned
		life++
	}
	to := indexes(now)
	missing := false
	for i, r := range before {
		switch {
		case kept[i] != nil:
			c.update(r, kept[i].Fields, life)
		case gained || r.missing():
			c.leave(r)
		default: // the loss alone is not believed yet
			c.miss(r)
			to = append(to, r.Index)
			missing = true
		}
	}
	for _, r := range now {
		if !slices.ContainsFunc(before, func(b Row) bool { return b.Index == r.Index }) {
			c.enter(k, r, life)
		}
	}
	if missing {
		c.delta.NewlyMissing = append(c.delta.NewlyMissing, k)
	}
	slices.SortFunc(to, c.order.compare)
	e := Event{Type: Edited, Key: k, FromIndex: stood(before), ToIndex: strings.Join(to, "+"), Fields: fields, Identity: identity}
	if e.FromIndex != e.ToIndex {
		e.Type = Status
	}
	if e.Type == Status || len(fields) > 0 {
		c.tell(e, now[0].Fields)
	}
}

// unchanged tells what is true of nearly all rows of nearly all looks.
func unchanged(before []Row, now []*snapshot.Record) bool {
	return slices.EqualFunc(before, now, func(r Row, s *snapshot.Record) bool {
		return !r.missing() && r.Index == s.Index && r.Fields.Equal(s.Fields)
	})
}

// edits compares the rows of every index in which the key stands before and
// after with each other; if there is none, the first before with the first
// after. A row that was missing already is the last choice.
func (c *comparison) edits(before []Row, now []*snapshot.Record) map[string][2]string {
	out := map[string][2]string{}
	common := false
	for _, r := range before {
		for _, s := range now {
			if r.Index == s.Index {
				common = true
				c.differ(out, r.Fields, s.Fields)
			}
		}
	}
	if !common {
		n := max(0, slices.IndexFunc(before, func(r Row) bool { return !r.missing() }))
		c.differ(out, before[n].Fields, now[0].Fields)
	}
	return out
}

// vouched tells whether a row without a readable key says in all compared
// fields what a missing key said: its number may be all that it has lost.
func (c *comparison) vouched(before []Row) bool {
	return slices.ContainsFunc(c.keyless, func(r *snapshot.Record) bool {
		return slices.ContainsFunc(before, func(b Row) bool {
			out := map[string][2]string{}
			c.differ(out, b.Fields, r.Fields)
			return b.Index == r.Index && len(out) == 0
		})
	})
}

// reassigned tells whether another company holds the number now: company,
// system and date have all changed together.
func reassigned(fields map[string][2]string) bool {
	for _, name := range []string{fieldName, fieldCompany, fieldDate} {
		if _, ok := fields[name]; !ok {
			return false
		}
	}
	return true
}

func (c *comparison) tell(e Event, fields snapshot.Fields) {
	e.Name = Label(c.listing, e.Key, fields)
	e.Company, _ = fields.Get(fieldCompany)
	c.events = append(c.events, e)
}

func indexes(now []*snapshot.Record) []string {
	out := make([]string, 0, len(now))
	for _, r := range now {
		out = append(out, r.Index)
	}
	return out
}

func standing(now []*snapshot.Record) string { return strings.Join(indexes(now), "+") }

func stood(before []Row) string {
	names := make([]string, 0, len(before))
	for _, r := range before {
		names = append(names, r.Index)
	}
	return strings.Join(names, "+")
}
