package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
)

// keptStatements is how many statements a connection keeps compiled: more than
// the program has, so that only lists of values that vary fill the place.
const keptStatements = 256

// liteConn is a connection of the SQLite driver that keeps its statements
// compiled: compiling one costs as much as carrying it out. It is used by one
// goroutine at a time, as database/sql promises.
type liteConn struct {
	driver.Conn // of the driver; the interfaces below are its own
	kept        map[string]*liteStatement
}

// liteStatement is a compiled statement; busy while rows of it are open.
type liteStatement struct {
	driver.Stmt
	busy bool
}

var (
	_ driver.ExecerContext      = (*liteConn)(nil)
	_ driver.QueryerContext     = (*liteConn)(nil)
	_ driver.ConnPrepareContext = (*liteConn)(nil)
	_ driver.ConnBeginTx        = (*liteConn)(nil)
	_ driver.Pinger             = (*liteConn)(nil)
	_ driver.SessionResetter    = (*liteConn)(nil)
	_ driver.Validator          = (*liteConn)(nil)
)

// ExecContext implements driver.ExecerContext.
func (c *liteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
	}
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

// QueryContext implements driver.QueryerContext.
func (c *liteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &liteRows{rows, s}, nil
}

// liteRows gives its statement back when it is closed.
type liteRows struct {
	driver.Rows
	of *liteStatement
}

// Close implements driver.Rows.
func (r *liteRows) Close() error {
	r.of.busy = false
	return r.Rows.Close()
}

// statement is the compiled query; nil where it is not to be kept, or is in
// use: a query may run while the rows of the same one are read.
func (c *liteConn) statement(ctx context.Context, query string) (*liteStatement, error) {
	if s := c.kept[query]; s != nil {
		if s.busy {
			return nil, nil
		}
		return s, nil
	}
	if !single(query) || len(c.kept) >= keptStatements {
		return nil, nil
	}
	s, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	kept := &liteStatement{Stmt: s}
	c.kept[query] = kept
	return kept, nil
}

// single tells whether a query is one statement that reads or writes rows;
// scripts and PRAGMAs are left to the driver.
func single(query string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(query), " ")
	switch strings.ToUpper(word) {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "WITH":
		return !strings.Contains(query, ";")
	}
	return false
}

// Close implements driver.Conn.
func (c *liteConn) Close() error {
	var errs []error
	for _, s := range c.kept {
		errs = append(errs, s.Close())
	}
	c.kept = nil
	return errors.Join(append(errs, c.Conn.Close())...)
}

// PrepareContext implements driver.ConnPrepareContext.
func (c *liteConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
}

// BeginTx implements driver.ConnBeginTx.
func (c *liteConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

// Ping implements driver.Pinger.
func (c *liteConn) Ping(ctx context.Context) error { return c.Conn.(driver.Pinger).Ping(ctx) }

// ResetSession implements driver.SessionResetter.
func (c *liteConn) ResetSession(ctx context.Context) error {
	return c.Conn.(driver.SessionResetter).ResetSession(ctx)
}

// IsValid implements driver.Validator.
func (c *liteConn) IsValid() bool { return c.Conn.(driver.Validator).IsValid() }

// Unwrap is the connection of the driver.
func (c *liteConn) Unwrap() driver.Conn { return c.Conn }
