package registry

import (
	"time"

	"pantau/internal/snapshot"
)

// What happens to one row, as the Delta says it.

// enter is a row of a key in an index where it was not.
func (c *comparison) enter(k Key, r *snapshot.Record, life int) {
	c.delta.Upsert = append(c.delta.Upsert, Row{Key: k, Index: r.Index, Life: life, Fields: r.Fields})
	c.delta.Open = append(c.delta.Open, Begin{Key: k, Index: r.Index, Life: life, Fields: r.Fields, From: c.look.At})
}

// update is a row that stands where it stood.
func (c *comparison) update(r Row, fields snapshot.Fields, life int) {
	edited := map[string][2]string{}
	c.differ(edited, r.Fields, fields)
	fields = c.carry(r.Fields, fields)
	renewed := len(edited) > 0 || life != r.Life
	if !renewed && !r.missing() && fields.Equal(r.Fields) {
		return
	}
	now := Row{Key: r.Key, Index: r.Index, Life: life, Fields: fields}
	c.delta.Upsert = append(c.delta.Upsert, now)
	if renewed {
		c.delta.Close = append(c.delta.Close, End{Key: r.Key, Index: r.Index, To: c.look.At, Confirmed: c.look.At})
		c.delta.Open = append(c.delta.Open, Begin{Key: r.Key, Index: r.Index, Life: life, Fields: fields, From: c.look.At})
	}
}

// miss is a row that this look lacks and no look before has confirmed.
func (c *comparison) miss(r Row) {
	c.delta.Pending++
	if r.missing() {
		return
	}
	r.MissingSince, r.MissingCheck, r.LastSeen = c.look.At, c.look.Check, c.look.Previous
	c.delta.Upsert = append(c.delta.Upsert, r)
}

// restore forgets that rows were missing.
func (c *comparison) restore(rows []Row) {
	for _, r := range rows {
		if r.missing() {
			r.MissingSince, r.MissingCheck, r.LastSeen = time.Time{}, 0, time.Time{}
			c.delta.Upsert = append(c.delta.Upsert, r)
		}
	}
}

// leave is a row that stands in its index no more, for certain. It ended with
// the first look that lacked it.
func (c *comparison) leave(r Row) {
	to := c.look.At
	if r.missing() {
		to = r.MissingSince
	}
	c.delta.Gone = append(c.delta.Gone, r)
	c.delta.Close = append(c.delta.Close, End{Key: r.Key, Index: r.Index, To: to, Confirmed: c.look.At})
}
