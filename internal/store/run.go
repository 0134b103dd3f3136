package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"pantau/internal/monitor"
	"pantau/internal/schedule"
)

// planned is how many sources one transaction of the planner moves on: after an
// hour of downtime all of them are due, and nobody else could write meanwhile.
const planned = 500

// Plan inserts a run row for every source whose next run is due and moves its
// next run on, in one transaction: a process that dies here has planned an
// occurrence and moved its source on, or neither. elapsed is the pure arithmetic
// of the schedule. A run that nobody has begun yet takes the new occurrences in.
func (s *Store) Plan(ctx context.Context, now time.Time, elapsed func(expression, zone string, from, now time.Time) schedule.Elapsed) error {
	for many := false; ; many = true {
		n := 0
		err := s.update(ctx, func(tx *sql.Tx) error {
			list, err := dueSources(ctx, tx, now)
			if n = len(list); err != nil || n == 0 {
				return err
			}
			for i, d := range list {
				expression, zone := cutSchedule(d.schedule)
				list[i].Elapsed = elapsed(expression, zone, d.from, now)
			}
			return plan(ctx, tx, s.batch, list, now)
		})
		if err != nil {
			return err
		}
		if n < planned {
			if many {
				s.survey(ctx)
			}
			return nil
		}
	}
}

// survey lets the database count what it has, once in the life of a process and
// where there is much. A new one knows nothing of tables that have just grown,
// and takes the worst way through them until it counts by itself.
func (s *Store) survey(ctx context.Context) {
	if s.count == "" || s.surveyed.Swap(true) {
		return
	}
	if _, err := s.queue.ExecContext(ctx, s.count); err != nil && ctx.Err() == nil {
		s.opt.Log.Warn("the database could not count its rows, planning may be slow for a while", "error", explain(err))
	}
}

// due is a source whose next run is due, and what has elapsed of its schedule.
type due struct {
	id, host, schedule string
	from               time.Time
	schedule.Elapsed
}

func dueSources(ctx context.Context, tx *sql.Tx, now time.Time) (list []due, err error) {
	err = each(ctx, tx, func(scan func(...any) error) error {
		var d due
		var from int64
		err := scan(&d.id, &d.host, &d.schedule, &from)
		d.from = time.UnixMicro(from)
		list = append(list, d)
		return err
	}, `SELECT id, host, schedule, next_run_at FROM source WHERE active = 1 AND next_run_at <= $1 ORDER BY next_run_at LIMIT $2`, now.UnixMicro(), planned)
	return list, err
}

// cutSchedule takes apart what putSource put together: the zone is the last word.
func cutSchedule(s string) (expression, zone string) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == ' ' {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// plan writes what Plan has worked out, by statements for many sources each.
func plan(ctx context.Context, tx *sql.Tx, batch int, list []due, now time.Time) error {
	for _, statement := range []string{
		`UPDATE run SET to_at = new.to_at, coalesced = run.coalesced + new.coalesced, next_at = new.next_at FROM new
			WHERE run.source = new.source AND run.state = 'planned' AND run.manual = 0 AND run.schedule = new.schedule AND run.next_at = new.from_at AND new.from_at <= CAST($1 AS BIGINT)`,
		// What the first statement has taken in ends with the same occurrence.
		`INSERT INTO run (source, host, from_at, to_at, coalesced, due_at, planned_at, manual, schedule, next_at, state)
			SELECT source, host, from_at, to_at, coalesced, from_at, CAST($1 AS BIGINT), 0, schedule, next_at, 'planned' FROM new
			WHERE NOT EXISTS (SELECT 1 FROM run r WHERE r.source = new.source AND r.state = 'planned' AND r.manual = 0 AND r.schedule = new.schedule AND r.to_at = new.to_at)`,
		`UPDATE source SET next_run_at = new.next_at FROM new WHERE source.id = new.source AND new.from_at <= CAST($1 AS BIGINT)`,
	} {
		err := inBatches(ctx, tx, batch, list, "TEXT, TEXT, TEXT, BIGINT, BIGINT, BIGINT, BIGINT",
			"WITH new (source, host, schedule, from_at, to_at, coalesced, next_at) AS (VALUES %s) "+statement, now.UnixMicro(),
			func(d due) []any {
				return []any{d.id, d.host, d.schedule, d.from.UnixMicro(), d.To.UnixMicro(), d.N, micros(d.Next)}
			})
		if err != nil {
			return fmt.Errorf("plan of %d sources from %s on: %w", len(list), list[0].id, err)
		}
	}
	return nil
}

// HostsWithWork lists the hosts that have planned runs which are due.
func (s *Store) HostsWithWork(ctx context.Context, now time.Time) ([]string, error) {
	var out []string
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var h string
		err := scan(&h)
		out = append(out, h)
		return err
	}, `SELECT DISTINCT host FROM run WHERE state = 'planned' AND due_at <= $1 AND `+notByHand+` ORDER BY host`, now.UnixMicro(), now.Add(-byHand).UnixMicro())
	return out, err
}

// NextDue is when the planner has something to do next; zero: never.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	var n sql.NullInt64
	err := s.read.QueryRowContext(ctx, `SELECT min(t) FROM (
		SELECT min(next_run_at) AS t FROM source WHERE active = 1 UNION ALL
		SELECT min(due_at) FROM run WHERE state = 'planned' UNION ALL
		SELECT min(m.due_at) FROM message m JOIN lane l ON l.id = m.lane WHERE m.state = 'pending' AND l.parked_at IS NULL) AS next`).Scan(&n)
	return instant(n), explain(err)
}

// A run planned by hand belongs to the command that planned it. It is taken up
// by others only when that command is long gone.
const (
	byHand    = time.Minute
	notByHand = `(manual = 0 OR due_at > planned_at OR planned_at < $2)`
)

const runColumns = `SELECT id, source, from_at, to_at, coalesced, due_at, manual FROM run `

// NextRun gives the oldest due run of a host that nobody has begun; ok is false
// if there is none.
func (s *Store) NextRun(ctx context.Context, host string, now time.Time) (r monitor.Run, ok bool, err error) {
	r, err = scanRun(s.read.QueryRowContext(ctx, runColumns+`WHERE state = 'planned' AND due_at <= $1 AND `+notByHand+` AND host = $3 ORDER BY due_at, id LIMIT 1`,
		now.UnixMicro(), now.Add(-byHand).UnixMicro(), host))
	if errors.Is(err, ErrNotFound) {
		return r, false, nil
	}
	return r, err == nil, err
}

func scanRun(row *sql.Row) (monitor.Run, error) {
	var r monitor.Run
	var from, to, due int64
	err := row.Scan(&r.ID, &r.Source, &from, &to, &r.Coalesced, &due, &r.Manual)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("run: %w", ErrNotFound)
	}
	r.From, r.To, r.Due = time.UnixMicro(from).UTC(), time.UnixMicro(to).UTC(), time.UnixMicro(due).UTC()
	return r, explain(err)
}

// Begin marks a run as being done under a lease. A process that dies behind
// this leaves the run "running" under an epoch that is soon stale: Recover
// plans it again.
func (s *Store) Begin(ctx context.Context, r monitor.Run, l monitor.Lease) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := holds(ctx, tx, l); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE run SET state = 'running', owner = $1, epoch = $2 WHERE id = $3 AND state = 'planned'`, l.Owner, l.Epoch, r.ID)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return fmt.Errorf("run %d was begun by somebody else: %w", r.ID, monitor.ErrLease)
	})
}

// BeginNow inserts runs asked for by hand that have begun, all or none: of a
// process that dies behind this Recover plans them again, as behind Begin.
func (s *Store) BeginNow(ctx context.Context, sources []string, now time.Time, l monitor.Lease) ([]monitor.Run, error) {
	runs := make([]monitor.Run, len(sources))
	err := s.update(ctx, func(tx *sql.Tx) error {
		if err := holds(ctx, tx, l); err != nil {
			return err
		}
		for i, source := range sources {
			r := monitor.Run{Source: source, From: now, To: now, Coalesced: 1, Due: now, Manual: true}
			err := tx.QueryRowContext(ctx, `INSERT INTO run (source, host, from_at, to_at, coalesced, due_at, planned_at, manual, schedule, state, owner, epoch)
				SELECT id, host, CAST($1 AS BIGINT), CAST($1 AS BIGINT), 1, CAST($1 AS BIGINT), CAST($1 AS BIGINT), 1, '', 'running', CAST($2 AS TEXT), CAST($3 AS BIGINT)
				FROM source WHERE id = $4 AND active = 1 RETURNING id`, now.UnixMicro(), l.Owner, l.Epoch, source).Scan(&r.ID)
			if errors.Is(err, sql.ErrNoRows) {
				err = fmt.Errorf("source %s: %w", source, ErrNotFound)
			}
			if err != nil {
				return err
			}
			runs[i] = r
		}
		return nil
	})
	return runs, err
}

// PutBack plans a run again that was begun and could not be done now: the
// program is stopping, or the state moved. It is due again at a time; the
// occurrences it stands for stay. That of a source which is no longer watched is
// never done.
func (s *Store) PutBack(ctx context.Context, r monitor.Run, l monitor.Lease, due time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE run SET state = CASE WHEN EXISTS (SELECT 1 FROM source s WHERE s.id = run.source AND s.active = 1) THEN 'planned' ELSE 'dropped' END,
			owner = NULL, epoch = NULL, due_at = $1 WHERE id = $2 AND state = 'running' AND owner = $3 AND epoch = $4`,
			due.UnixMicro(), r.ID, l.Owner, l.Epoch)
		return err
	})
}

// Drop ends a run by hand that will not be done.
func (s *Store) Drop(ctx context.Context, r monitor.Run) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE run SET state = 'dropped' WHERE id = $1 AND state = 'planned' AND manual = 1`, r.ID)
		return err
	})
}

// lanePrefix begins the name of a lane's lease; others are of hosts.
const lanePrefix = "lane:"

// lostAttempt is the detail of an attempt whose end nobody saw. It says nothing
// of the channel, so it does not lengthen the wait.
const lostAttempt = "the process died before the outcome was known"

// Recover plans the runs again and puts the messages back whose owner's lease
// has ended, or is certainly dead. An attempt whose outcome nobody learnt is
// noted as uncertain: the message goes out again under the same id.
func (s *Store) Recover(ctx context.Context, now time.Time) (schedule.Recovered, error) {
	var n schedule.Recovered
	there := s.clock(now)
	dead, err := s.deadLeases(ctx, there)
	if err != nil || len(dead) == 0 {
		return n, err
	}
	err = s.update(ctx, func(tx *sql.Tx) error {
		n = schedule.Recovered{} // the function may run twice
		for _, l := range dead {
			var still int
			if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM lease WHERE name = $1 AND owner = $2 AND epoch = $3 AND (expires <= $4 OR $5)`,
				l.Name, l.Owner, l.Epoch, there.UnixMicro(), s.opt.Gone != nil && s.opt.Gone(l.Owner)).Scan(&still); err != nil {
				return err
			}
			if still == 0 { // renewed or taken since
				continue
			}
			if err := recoverLease(ctx, tx, l, now, &n); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// deadLeases are the leases of whoever has something in hand and is no more.
func (s *Store) deadLeases(ctx context.Context, now time.Time) ([]monitor.Lease, error) {
	var out []monitor.Lease
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var l monitor.Lease
		var expires int64
		if err := scan(&l.Name, &l.Owner, &l.Epoch, &expires); err != nil {
			return err
		}
		if expires <= now.UnixMicro() || s.opt.Gone != nil && s.opt.Gone(l.Owner) {
			out = append(out, l)
		}
		return nil
	}, `SELECT name, owner, epoch, expires FROM lease WHERE name IN (
		SELECT host FROM run WHERE state = 'running' UNION SELECT 'lane:' || lane FROM message WHERE state = 'sending')`)
	return out, err
}

// recoverLease takes back what was in hand under a lease up to its epoch. The
// epoch is checked again inside the transaction: somebody may have taken the
// lease since, and has then recovered it himself.
func recoverLease(ctx context.Context, tx *sql.Tx, l monitor.Lease, now time.Time, n *schedule.Recovered) error {
	lane, ok := strings.CutPrefix(l.Name, lanePrefix)
	if ok {
		return recoverLane(ctx, tx, lane, l.Epoch, now, n)
	}
	r, err := tx.ExecContext(ctx, `UPDATE run SET state = CASE WHEN EXISTS (SELECT 1 FROM source s WHERE s.id = run.source AND s.active = 1) THEN 'planned' ELSE 'dropped' END,
		owner = NULL, epoch = NULL WHERE state = 'running' AND host = $1 AND epoch <= $2`, l.Name, l.Epoch)
	if err != nil {
		return err
	}
	runs, err := r.RowsAffected()
	n.Runs += int(runs)
	return err
}

func recoverLane(ctx context.Context, tx *sql.Tx, lane string, epoch int64, now time.Time, n *schedule.Recovered) error {
	const inHand = `state = 'sending' AND lane = $1 AND epoch <= $2`
	if _, err := tx.ExecContext(ctx, `UPDATE attempt SET outcome = 'uncertain', detail = $4, finished = $3
		WHERE finished IS NULL AND message IN (SELECT id FROM message WHERE `+inHand+`)`, lane, epoch, now.UnixMicro(), lostAttempt); err != nil {
		return err
	}
	r, err := tx.ExecContext(ctx, `UPDATE message SET state = 'pending', owner = NULL, epoch = NULL, due_at = $3 WHERE `+inHand, lane, epoch, now.UnixMicro())
	if err != nil {
		return err
	}
	messages, err := r.RowsAffected()
	n.Messages += int(messages)
	return err
}
