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

// Acquire takes a lease that is free, expired, or whose owner is certainly
// dead. Every new owner gets a higher epoch, so that a write of the old one is
// refused. It fails with *schedule.Taken.
func (s *Store) Acquire(ctx context.Context, name, owner string, now time.Time) (monitor.Lease, error) {
	l := monitor.Lease{Name: name, Owner: owner}
	err := s.update(ctx, func(tx *sql.Tx) error {
		var holder string
		var expires int64
		var asked, quiet sql.NullInt64
		l.Epoch = 0
		now := s.clock(now)
		err := tx.QueryRowContext(ctx, `SELECT owner, epoch, expires, asked, quiet_until FROM lease WHERE name = $1`, name).Scan(&holder, &l.Epoch, &expires, &asked, &quiet)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err == nil && expires > now.UnixMicro() && !(s.opt.Gone != nil && s.opt.Gone(holder)) {
			return &schedule.Taken{Name: name, Owner: holder, Until: time.UnixMicro(expires)}
		}
		if err := recoverLease(ctx, tx, l, now, new(schedule.Recovered)); err != nil { // what the owner before left in hand
			return err
		}
		l.Epoch++
		l.Asked, l.Quiet = instant(asked), instant(quiet)
		_, err = tx.ExecContext(ctx, `INSERT INTO lease (name, owner, epoch, expires) VALUES ($1, $2, $3, $4)
			ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, epoch = excluded.epoch, expires = excluded.expires`,
			name, owner, l.Epoch, now.Add(schedule.LeaseTime).UnixMicro())
		return err
	})
	return l, err
}

// Renew prolongs a lease; monitor.ErrLease if it has another owner by now. Like
// Release it stores when the host was asked last.
func (s *Store) Renew(ctx context.Context, l monitor.Lease, now time.Time) error {
	return s.setExpiry(ctx, l, func() time.Time { return s.clock(now).Add(schedule.LeaseTime) })
}

// Release ends a lease; the epoch stays, so that the next owner's is higher.
func (s *Store) Release(ctx context.Context, l monitor.Lease) error {
	return s.setExpiry(ctx, l, func() time.Time { return time.UnixMicro(0) })
}

func (s *Store) setExpiry(ctx context.Context, l monitor.Lease, at func() time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE lease SET expires = $1, asked = coalesce(CAST($2 AS BIGINT), asked), quiet_until = coalesce(CAST($3 AS BIGINT), quiet_until)
			WHERE name = $4 AND owner = $5 AND epoch = $6`, at().UnixMicro(), micros(l.Asked), micros(l.Quiet), l.Name, l.Owner, l.Epoch)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return fmt.Errorf("%s: %w", l.Name, monitor.ErrLease)
	})
}

// holds fails with monitor.ErrLease where the lease has another owner. An
// expired lease that nobody took is still good: the write is the first.
func holds(ctx context.Context, tx *sql.Tx, l monitor.Lease) error {
	var owner string
	var epoch int64
	err := tx.QueryRowContext(ctx, `SELECT owner, epoch FROM lease WHERE name = $1`, l.Name).Scan(&owner, &epoch)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err != nil || owner != l.Owner || epoch != l.Epoch {
		return fmt.Errorf("%s: %w", l.Name, monitor.ErrLease)
	}
	return nil
}
