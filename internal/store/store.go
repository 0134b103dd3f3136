// Package store keeps everything Pantau knows in one SQL database.
//
// Invariants: a check, its capture, snapshot, change, alerts, messages and jobs
// become visible in one transaction or not at all; a stale sequence or lease is
// refused; bodies are addressed by their SHA-256 and never change; versions of
// configuration and interests are never rewritten; no function uses the writer
// inside its own transaction; one transaction writes at a time, over all
// processes. The same statements run on SQLite and PostgreSQL, and dialect holds
// what differs.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"modernc.org/sqlite"

	"pantau/internal/schedule"
)

// The errors a caller tells apart.
var (
	ErrNewer    = errors.New("the database was written by a newer version of Pantau")
	ErrBusy     = errors.New("the database is busy")
	ErrFull     = errors.New("the disk is full")
	ErrCorrupt  = errors.New("the database file is damaged")
	ErrNotFound = errors.New("not found")
	ErrReads    = errors.New("this database is open for reading only")
	ErrAway     = errors.New("the database server cannot be reached")
	ErrUnknown  = errors.New("the database went away at the end of a step and did not come back: whether the step was stored is not known")
)

// errNothingThere says that what a row refers to is not there.
var errNothingThere = errors.New("what it refers to is gone")

// Options of a store.
type Options struct {
	Program string                  // version of the program, written to rows
	Gone    func(owner string) bool // tells that a lease's owner is certainly dead; nil: never
	Log     *slog.Logger
	Create  bool   // makes the database, or the tables in an empty one
	Folder  string // where the backup before an upgrade goes if the database is no file; empty: the present one
	Reads   bool   // nothing is ever written: neither the schema nor a row
	upTo    int64  // the schema is made of this version; 0: the newest
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	dialect
	name         string  // as it may be shown
	path         string  // of the file; empty: PostgreSQL
	write        *sql.DB // one connection
	read         reader
	queue        *sql.DB // of the jobs; with SQLite it is write
	opt          Options
	boot         string                 // names this process among the jobs of the queue and the writers
	jobs         *river.Client[*sql.Tx] // inserts only
	codec        codec
	dictionaries dictionaries
	writing      chan struct{} // held by the one who writes, until the end of his transaction is known
	opened       atomic.Bool
	surveyed     atomic.Bool  // see survey
	works        atomic.Bool  // this process works its jobs off
	skew         atomic.Int64 // seconds by which the database's clock is ahead of ours
}

// Open opens the database, creates it where it does not exist, and brings its
// schema up to date after a backup beside it. It refuses a newer schema. dsn is
// the path of a file or a postgres:// address, whose password is never shown.
func Open(ctx context.Context, dsn string, opt Options) (*Store, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{name: Shown(dsn), path: dsn, opt: opt, boot: nonce(), dialect: sqliteDialect(), writing: make(chan struct{}, 1)}
	if IsAddress(dsn) {
		s.path, s.dialect = "", postgresDialect()
	}
	if err := s.open(ctx, dsn); err != nil {
		s.Close()
		return nil, fmt.Errorf("database %s: %w", s.name, explain(err))
	}
	return s, nil
}

// IsAddress tells the address of a database from the path of a file.
func IsAddress(dsn string) bool { return strings.Contains(dsn, "://") }

// Shown is a path or address as it may be shown.
func Shown(dsn string) string {
	if IsAddress(dsn) {
		return named(dsn)
	}
	return dsn
}

func (s *Store) open(ctx context.Context, dsn string) error {
	var err error
	if s.codec, err = newCodec(); err != nil {
		return err
	}
	if s.path != "" {
		err = s.openSQLite(ctx)
	} else {
		err = s.openPostgres(ctx, dsn)
	}
	if err != nil {
		return err
	}
	s.jobs, err = river.NewClient(s.dialect.queue(s.queue), &river.Config{Logger: schedule.Quiet(s.opt.Log)})
	return err
}

// Close closes the database.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read.DB, s.write, s.queue} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Path is the database file; empty if the database is none.
func (s *Store) Path() string { return s.path }

// Name is the database as it may be shown: the file, or the address without its
// password.
func (s *Store) Name() string { return s.name }

// querier is what reading functions need; a transaction and a pool have it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// each runs a query and calls f for every row.
func each(ctx context.Context, q querier, f func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return explain(rows.Err())
}

// explain turns the drivers' codes into errors a caller can tell apart.
func explain(err error) error {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return explainSQLite(err, lite.Code())
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return explainPostgres(err, pg)
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	return err
}

// plain is a text that both databases take: PostgreSQL refuses bytes that are no
// UTF-8, and NUL, which servers of others can put into an answer. What is stored
// as JSON is free of them already.
func plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// flag is a truth as it is stored.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// micros is an instant as it is stored: microseconds in UTC; nil for none.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func instant(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}
