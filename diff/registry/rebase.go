package registry

import (
	"slices"
	"time"

	"pantau/internal/snapshot"
)

// Rebase says what a changed description makes of what is remembered, so that
// an edit of ours is never an event of the register. It is no comparison: it
// tells nothing.
type Rebase struct {
	Listing *snapshot.Listing  // the new description
	Own     *snapshot.Listing  // the one that the last good look was read by
	Again   *snapshot.Document // that look read by the new key and fields, in its own indexes; nil: it cannot be
	At      time.Time          // when it was seen
	Now     *snapshot.Document // the present look, read by the new description
	Seen    time.Time          // when that was
	Partial bool               // Again does not hold all that was known
}

// Rows gives the rows as they are to be compared, and the deltas that make the
// stored ones so, to be applied one after the other.
func (b Rebase) Rows(rows []Row) ([]Row, []Delta) {
	var out []Delta
	for _, step := range []func([]Row) Delta{b.reread, b.reindex} {
		d := step(rows)
		rows = Apply(rows, d)
		out = append(out, d)
	}
	return rows, out
}

// reread takes the values, and the keys, that the new description finds in the
// last good look. A row that was missing in that look stays so: it is told when
// the present look lacks it too.
func (b Rebase) reread(rows []Row) Delta {
	if b.Again == nil {
		return Delta{}
	}
	st := NewState(rows, b.Own)
	c := newComparison(b.Listing, Look{At: b.At})
	c.plain = false // what only one description reads is no edit
	st.join(Arrange(b.Again, b.Own).keyed, func(k Key, before []Row, now []*snapshot.Record) {
		life := 1
		for _, r := range before {
			life = max(life, r.Life)
			n := slices.IndexFunc(now, func(s *snapshot.Record) bool { return s.Index == r.Index })
			switch {
			case n >= 0:
				c.replace(r, now[n].Fields)
			case !r.missing() && !b.Partial:
				c.leave(r)
			}
		}
		for i, r := range now {
			if (i == 0 || now[i-1].Index != r.Index) && !slices.ContainsFunc(before, func(b Row) bool { return b.Index == r.Index }) {
				c.enter(k, r, life)
			}
		}
	})
	return c.delta
}

// replace is a row as another description reads it. A described field that it
// does not find there keeps the value that the one before found.
func (c *comparison) replace(r Row, fields snapshot.Fields) {
	if len(c.listing.Fields) > 0 {
		fields = c.carry(r.Fields, fields)
	}
	if r.Fields.Equal(fields) && !r.missing() {
		return
	}
	edited := map[string][2]string{}
	c.differ(edited, r.Fields, fields)
	now := Row{Key: r.Key, Index: r.Index, Life: r.Life, Fields: fields}
	c.delta.Upsert = append(c.delta.Upsert, now)
	if len(edited) > 0 {
		c.delta.Close = append(c.delta.Close, End{Key: r.Key, Index: r.Index, To: c.look.At, Confirmed: c.look.At})
		c.delta.Open = append(c.delta.Open, Begin{Key: r.Key, Index: r.Index, Life: r.Life, Fields: fields, From: c.look.At})
	}
}

// reindex lets go of the indexes that are read no longer and takes in those
// that are new. What stands in a new index is known from now on and no news; but
// an operator that has left where it stood and is in another index now has
// moved, and that stays to be told.
func (b Rebase) reindex(rows []Row) Delta {
	fresh, gone := Indexes(b.Listing, b.Own), Indexes(b.Own, b.Listing)
	if len(fresh)+len(gone) == 0 {
		return Delta{}
	}
	st := NewState(rows, b.Listing)
	renamed := b.renamed(rows, fresh, gone)
	fresh = b.NewIndexes(rows)
	c := newComparison(b.Listing, Look{At: b.Seen})
	st.join(Arrange(b.Now, b.Listing).keyed, func(k Key, before []Row, now []*snapshot.Record) {
		var kept []Row
		for _, r := range before {
			if to, ok := renamed[r.Index]; ok {
				c.leave(r)
				r.Index = to
				c.enter(k, &snapshot.Record{Index: to, Fields: r.Fields}, r.Life)
				kept = append(kept, r)
			} else if slices.Contains(gone, r.Index) && (len(now) == 0 || stays(before, now, gone)) {
				c.leave(r)
			} else {
				kept = append(kept, r)
			}
		}
		b.takeIn(c, k, kept, now, fresh)
	})
	return c.delta
}

// stays tells whether a key still stands in one of its indexes that are read.
func stays(before []Row, now []*snapshot.Record, gone []string) bool {
	return slices.ContainsFunc(before, func(r Row) bool {
		return !slices.Contains(gone, r.Index) && slices.ContainsFunc(now, func(s *snapshot.Record) bool { return s.Index == r.Index })
	})
}

// takeIn enters what stands in new indexes, unless it has come there from an
// index in which it stands no more, or came to an old index at the same time.
func (b Rebase) takeIn(c *comparison, k Key, kept []Row, now []*snapshot.Record, fresh []string) {
	in := func(r *snapshot.Record, list []Row) bool {
		return slices.ContainsFunc(list, func(x Row) bool { return x.Index == r.Index })
	}
	life := 1
	for _, r := range kept {
		life = max(life, r.Life)
		if !slices.ContainsFunc(now, func(s *snapshot.Record) bool { return s.Index == r.Index }) {
			return
		}
	}
	for _, r := range now {
		if !in(r, kept) && !slices.Contains(fresh, r.Index) {
			return
		}
	}
	for i, r := range now {
		if !in(r, kept) && (i == 0 || now[i-1].Index != r.Index) {
			c.enter(k, r, life)
		}
	}
}

// renamed finds the indexes that have only got another name: most of the keys
// of one that is read no longer stand in a new one that means the same.
func (b Rebase) renamed(rows []Row, fresh, gone []string) map[string]string {
	stands := map[string]map[string]bool{} // index now -> keys
	for i := range b.Now.Records {
		r := &b.Now.Records[i]
		if stands[r.Index] == nil {
			stands[r.Index] = map[string]bool{}
		}
		stands[r.Index][r.Key] = true
	}
	out := map[string]string{}
	taken := map[string]bool{}
	for _, old := range gone {
		was, _ := b.Own.Part(old)
		for _, name := range fresh {
			is, _ := b.Listing.Part(name)
			if taken[name] || is.Status != was.Status {
				continue
			}
			n, same := 0, 0
			for _, r := range rows {
				if r.Index != old || r.missing() {
					continue
				}
				n++
				if stands[name][string(r.Key)] {
					same++
				}
			}
			if n > 0 && 2*same > n {
				out[old], taken[name] = name, true
				break
			}
		}
	}
	return out
}

// Indexes lists the indexes of a description that another does not have.
func Indexes(of, without *snapshot.Listing) []string {
	var out []string
	for _, p := range of.Indexes {
		if !slices.ContainsFunc(without.Indexes, func(q snapshot.Part) bool { return q.Name == p.Name }) {
			out = append(out, p.Name)
		}
	}
	return out
}

// Drop lets go of everything that is remembered, because nothing of it can be
// compared any more.
func Drop(rows []Row, at time.Time) Delta {
	c := &comparison{look: Look{At: at}}
	for _, r := range rows {
		c.leave(r)
	}
	return c.delta
}

// Overlap counts the rows that were there at the last good look, and those of
// them whose key a document has.
func Overlap(rows []Row, doc *snapshot.Document) (known, found int) {
	keys := make(map[string]bool, len(doc.Records))
	for i := range doc.Records {
		keys[doc.Records[i].Key] = true
	}
	for _, r := range rows {
		if r.missing() {
			continue
		}
		known++
		if keys[string(r.Key)] {
			found++
		}
	}
	return known, found
}

// NewFields lists the compared fields that the document has and no row that is
// remembered: what they said before is not known.
func NewFields(rows []Row, doc *snapshot.Document, l *snapshot.Listing) []string {
	had := map[string]bool{}
	for _, r := range rows {
		for name := range r.Fields.All() {
			had[name] = true
		}
	}
	var out []string
	set := newFieldset(l)
	for i := range doc.Records {
		r := &doc.Records[i]
		for _, col := range set.compared(snapshot.Fields{}, r.Fields) {
			if _, ok := r.Get(col.Name); ok && !had[col.Name] {
				had[col.Name] = true
				out = append(out, col.Name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Apply gives the rows as they are after a delta.
func Apply(rows []Row, d Delta) []Row {
	type place struct {
		key   Key
		index string
	}
	at := make(map[place]int, len(rows))
	out := slices.Clone(rows)
	for i, r := range out {
		at[place{r.Key, r.Index}] = i
	}
	gone := map[int]bool{}
	for _, r := range d.Gone {
		if i, ok := at[place{r.Key, r.Index}]; ok {
			gone[i] = true
		}
	}
	for _, r := range d.Upsert {
		if i, ok := at[place{r.Key, r.Index}]; ok {
			out[i], gone[i] = r, false
			continue
		}
		at[place{r.Key, r.Index}] = len(out)
		out = append(out, r)
	}
	kept := out[:0]
	for i, r := range out {
		if !gone[i] {
			kept = append(kept, r)
		}
	}
	return kept
}

// NewIndexes lists the indexes that were not read before, by whatever name:
// what stood in them is not known. rows are those that were stored.
func (b Rebase) NewIndexes(rows []Row) []string {
	fresh := Indexes(b.Listing, b.Own)
	for _, to := range b.renamed(rows, fresh, Indexes(b.Own, b.Listing)) {
		fresh = slices.DeleteFunc(fresh, func(s string) bool { return s == to })
	}
	return fresh
}
