package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"pantau/internal/monitor"
	"pantau/internal/schedule"
)

// Plan inserts a run row for every source whose next run is due and moves its
// next run on, in one transaction: a process that dies here has planned all or
// nothing. elapsed is the pure arithmetic of the schedule. A run that nobody
// has begun yet takes the new occurrences in.
func (s *Store) Plan(ctx context.Context, now time.Time, elapsed func(expression, zone string, from, now time.Time) schedule.Elapsed) error {
	type due struct {
		id, host, schedule string
		from               int64
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		var list []due
		err := each(ctx, tx, func(scan func(...any) error) error {
			var d due
			err := scan(&d.id, &d.host, &d.schedule, &d.from)
			list = append(list, d)
			return err
		}, `SELECT id, host, schedule, next_run_at FROM source WHERE active = 1 AND next_run_at <= $1 ORDER BY next_run_at`, now.UnixMicro())
		if err != nil {
			return err
		}
		for _, d := range list {
			expression, zone := cutSchedule(d.schedule)
			e := elapsed(expression, zone, time.UnixMicro(d.from), now)
			if err := planOne(ctx, tx, d.id, d.host, d.schedule, time.UnixMicro(d.from), e, now); err != nil {
				return fmt.Errorf("plan %s: %w", d.id, err)
			}
		}
		return nil
	})
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

func planOne(ctx context.Context, tx *sql.Tx, source, host, timetable string, from time.Time, e schedule.Elapsed, now time.Time) error {
	r, err := tx.ExecContext(ctx, `UPDATE run SET to_at = $1, coalesced = coalesced + $2, next_at = $3
		WHERE source = $4 AND state = 'planned' AND manual = 0 AND schedule = $5 AND next_at = $6`,
		e.To.UnixMicro(), e.N, micros(e.Next), source, timetable, from.UnixMicro())
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		if _, err := tx.ExecContext(ctx, `INSERT INTO run (source, host, from_at, to_at, coalesced, due_at, planned_at, manual, schedule, next_at, state)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, 'planned')`,
			source, host, from.UnixMicro(), e.To.UnixMicro(), e.N, from.UnixMicro(), now.UnixMicro(), timetable, micros(e.Next)); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE source SET next_run_at = $1 WHERE id = $2`, micros(e.Next), source)
	return err
}

// PlanNow inserts a run asked for by hand, or for a second look.
func (s *Store) PlanNow(ctx context.Context, source string, due, now time.Time) (monitor.Run, error) {
	r := monitor.Run{Source: source, From: due, To: due, Coalesced: 1, Due: due, Manual: true}
	err := s.update(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `INSERT INTO run (source, host, from_at, to_at, coalesced, due_at, planned_at, manual, schedule, state)
			SELECT id, host, CAST($1 AS BIGINT), CAST($1 AS BIGINT), 1, CAST($1 AS BIGINT), CAST($2 AS BIGINT), 1, '', 'planned' FROM source WHERE id = $3 AND active = 1 RETURNING id`,
			due.UnixMicro(), now.UnixMicro(), source).Scan(&r.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("source %s: %w", source, ErrNotFound)
		}
		return err
	})
	return r, err
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

// PutBack plans a run again that was begun and could not be done now: the
// program is stopping, or the state moved. It is due again at a time; the
// occurrences it stands for stay.
func (s *Store) PutBack(ctx context.Context, r monitor.Run, l monitor.Lease, due time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE run SET state = 'planned', owner = NULL, epoch = NULL, due_at = $1 WHERE id = $2 AND state = 'running' AND owner = $3 AND epoch = $4`,
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

// lostAttempt is the detail of an attempt whose end nobody saw. It says nothing
// of the channel, so it does not lengthen the wait.
const lostAttempt = "the process died before the outcome was known"

// Recover plans the runs again and puts the messages back whose owner's lease
// has ended, or is certainly dead. An attempt whose outcome nobody learnt is
// noted as uncertain: the message goes out again under the same id.
func (s *Store) Recover(ctx context.Context, now time.Time) (schedule.Recovered, error) {
	var n schedule.Recovered
	dead, err := s.deadLeases(ctx, now)
	if err != nil {
		return n, err
	}
	var work int
	if err := s.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM run WHERE state = 'running') + (SELECT count(*) FROM message WHERE state = 'sending')`).Scan(&work); err != nil || work == 0 {
		return n, explain(err)
	}
	err = s.update(ctx, func(tx *sql.Tx) error {
		n = schedule.Recovered{} // the function may run twice
		for _, l := range dead {
			var still int
			if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM lease WHERE name = $1 AND owner = $2 AND epoch = $3 AND (expires <= $4 OR $5)`,
				l.Name, l.Owner, l.Epoch, now.UnixMicro(), s.opt.Gone != nil && s.opt.Gone(l.Owner)).Scan(&still); err != nil {
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
	}, `SELECT name, owner, epoch, expires FROM lease`)
	return out, err
}

// recoverLease takes back what was in hand under a lease up to its epoch. The
// epoch is checked again inside the transaction: somebody may have taken the
// lease since, and has then recovered it himself.
func recoverLease(ctx context.Context, tx *sql.Tx, l monitor.Lease, now time.Time, n *schedule.Recovered) error {
	r, err := tx.ExecContext(ctx, `UPDATE run SET state = 'planned', owner = NULL, epoch = NULL WHERE state = 'running' AND host = $1 AND epoch <= $2`, l.Name, l.Epoch)
	if err != nil {
		return err
	}
	runs, err := r.RowsAffected()
	if err != nil {
		return err
	}
	n.Runs += int(runs)
	const inHand = `state = 'sending' AND 'lane:' || lane = $1 AND epoch <= $2`
	if _, err := tx.ExecContext(ctx, `UPDATE attempt SET outcome = 'uncertain', detail = $4, finished = $3
		WHERE finished IS NULL AND message IN (SELECT id FROM message WHERE `+inHand+`)`, l.Name, l.Epoch, now.UnixMicro(), lostAttempt); err != nil {
		return err
	}
	r, err = tx.ExecContext(ctx, `UPDATE message SET state = 'pending', owner = NULL, epoch = NULL, due_at = $3 WHERE `+inHand, l.Name, l.Epoch, now.UnixMicro())
	if err != nil {
		return err
	}
	messages, err := r.RowsAffected()
	n.Messages += int(messages)
	return err
}
