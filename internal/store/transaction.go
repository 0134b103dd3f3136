package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
)

// errLost says that a transaction came to nothing because its connection broke.
var errLost = errors.New("the connection to the database broke")

// update runs f in one writing transaction: no other one writes until it ends.
// With SQLite it is begun IMMEDIATE, so that it waits for another process at
// BEGIN and never fails in the middle for it. Nothing f does may use s.write:
// the pool has one connection. With PostgreSQL f can run again after its
// connection broke, so it carries nothing from one run to the next.
func (s *Store) update(ctx context.Context, f func(tx *sql.Tx) error) error {
	if s.opt.Reads {
		return ErrReads
	}
	select {
	case s.writing <- struct{}{}:
		defer func() { <-s.writing }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if !s.again {
		return explain(s.updateOnce(ctx, f))
	}
	end := time.Now().Add(patience)
	for n := 1; ; n++ {
		err := s.updateMarked(ctx, f)
		if err == nil || !errors.Is(err, errLost) || ctx.Err() != nil || time.Now().After(end) {
			return explain(err)
		}
		s.opt.Log.Warn("a step is done again", "error", err)
		if pause(ctx, n) != nil {
			return explain(err)
		}
	}
}

// clock is an instant by the clock that all who share the database go by: leases
// are compared over machines. What is less than a second does not count.
func (s *Store) clock(now time.Time) time.Time {
	return now.Add(time.Duration(s.skew.Load()) * time.Second)
}

func (s *Store) updateOnce(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// updateMarked is updateOnce over a connection that can break. errLost says that
// nothing was stored and all can be done again. A connection that breaks at
// COMMIT leaves open what became of it: the mark tells.
func (s *Store) updateMarked(ctx context.Context, f func(tx *sql.Tx) error) error {
	mark := nonce()
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err // connecting has waited already
	}
	defer conn.Close()
	// The end of ctx ends the statements of f and not the COMMIT.
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return lost(conn, err)
	}
	defer tx.Rollback()
	there, err := s.enter(ctx, tx, s.boot, mark)
	if err != nil {
		return lost(conn, err)
	}
	s.skew.Store(int64(time.Until(there) / time.Second))
	if err := f(tx); err != nil {
		return lost(conn, err)
	}
	err = tx.Commit()
	if err == nil || !broken(conn) {
		return err
	}
	conn.Close()
	return s.resolve(ctx, mark, err)
}

// lost marks an error by which a transaction came to nothing through no fault
// of what it does.
func lost(conn *sql.Conn, err error) error {
	if c := code(err); broken(conn) || c == "40001" || c == "40P01" { // serialization, deadlock
		return fmt.Errorf("%w: %w", errLost, err)
	}
	return err
}

// broken tells whether a connection is of no use any more.
func broken(conn *sql.Conn) bool {
	closed := true
	err := conn.Raw(func(c any) error {
		if p, ok := c.(*stdlib.Conn); ok {
			closed = p.Conn().IsClosed()
		}
		return nil
	})
	return closed || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}

// resolve finds out what became of a transaction whose COMMIT nobody answered.
// It does so also when the program is stopping.
func (s *Store) resolve(ctx context.Context, mark string, cause error) error {
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	for n := 1; ; n++ {
		done, err := s.committed(asking, mark)
		switch {
		case err == nil && done:
			return nil
		case err == nil:
			return fmt.Errorf("%w at COMMIT: %w", errLost, cause)
		case pause(asking, n) != nil:
			return fmt.Errorf("%w: %w, then %w", ErrUnknown, cause, err)
		}
	}
}

// reader is a pool whose connections may have broken since they were used last:
// a query that has given no row yet is asked again.
type reader struct{ *sql.DB }

const askAgain = 3

// QueryContext implements querier.
func (r reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	for n := 1; ; n++ {
		rows, err := r.DB.QueryContext(ctx, query, args...)
		if err == nil || n == askAgain || !away(err) || ctx.Err() != nil {
			return rows, err
		}
	}
}

// QueryRowContext implements querier.
func (r reader) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	for n := 1; ; n++ {
		row := r.DB.QueryRowContext(ctx, query, args...)
		if err := row.Err(); err == nil || n == askAgain || !away(err) || ctx.Err() != nil {
			return row
		}
	}
}
