// Package store keeps everything Pantau knows in one SQL database.
//
// Invariants: a check, its capture, snapshot, change, alerts, messages and jobs
// become visible in one transaction or not at all; a stale sequence or lease is
// refused; bodies are addressed by their SHA-256 and never change; versions of
// configuration and interests are never rewritten; no function uses the writer
// inside its own transaction. SQLite is opened with one writing connection and
// a separate pool of readers.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"pantau/internal/schedule"
)

// The errors a caller tells apart.
var (
	ErrNewer    = errors.New("the database was written by a newer version of Pantau")
	ErrBusy     = errors.New("the database is busy")
	ErrFull     = errors.New("the disk is full")
	ErrCorrupt  = errors.New("the database file is damaged")
	ErrNotFound = errors.New("not found")
)

// Options of a store.
type Options struct {
	Program string                  // version of the program, written to rows
	Gone    func(owner string) bool // tells that a lease's owner is certainly dead; nil: never
	Log     *slog.Logger
	Create  bool // makes the database where there is none
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	path  string
	write *sql.DB // one connection, BEGIN IMMEDIATE
	read  *sql.DB
	opt   Options
	boot  string                 // names this process among the jobs of the queue
	jobs  *river.Client[*sql.Tx] // inserts only
	codec codec
}

// Open opens the database, creates it where it does not exist, and brings its
// schema up to date after a backup beside it. It refuses a newer schema.
func Open(ctx context.Context, dsn string, opt Options) (*Store, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if strings.Contains(dsn, "://") {
		scheme, _, _ := strings.Cut(dsn, "://")
		return nil, fmt.Errorf("database %s://...: this version keeps its data in SQLite only; give a file name", scheme)
	}
	s := &Store{path: dsn, opt: opt, boot: nonce()}
	if err := s.open(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("database %s: %w", dsn, explain(err))
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	if err := s.checkFile(); err != nil {
		return err
	}
	s.write = sql.OpenDB(connector{dataSource(s.path, true)})
	s.write.SetMaxOpenConns(1)
	s.read = sql.OpenDB(connector{dataSource(s.path, false)})
	s.read.SetMaxOpenConns(4)
	var err error
	if s.codec, err = newCodec(); err != nil {
		return err
	}
	if err := s.checkLibrary(ctx); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	s.jobs, err = river.NewClient(riversqlite.New(s.write), &river.Config{Logger: schedule.Quiet(s.opt.Log)})
	return err
}

// checkFile gives a clear sentence where SQLite would only say "unable to open
// database file (14)".
func (s *Store) checkFile() error {
	dir := filepath.Dir(s.path)
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return fmt.Errorf("the folder %s does not exist; create it or change `database`", dir)
	}
	mode := os.O_RDWR
	if s.opt.Create {
		mode |= os.O_CREATE
	}
	f, err := os.OpenFile(s.path, mode, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: there is no database yet; `pantau check` makes it, `pantau restore` brings back a lost one", ErrNotFound)
	}
	if err != nil {
		return fmt.Errorf("the file cannot be written: %w", err)
	}
	return f.Close()
}

// checkLibrary refuses the SQLite versions whose WAL reset can corrupt a
// database (3.7.0 to 3.51.2, fixed in 3.51.3).
func (s *Store) checkLibrary(ctx context.Context) error {
	var version string
	if err := s.read.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&version); err != nil {
		return err
	}
	var a, b, c int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &a, &b, &c); err != nil {
		return fmt.Errorf("SQLite version %q: %w", version, err)
	}
	if n := a*1_000_000 + b*1_000 + c; n >= 3_007_000 && n <= 3_051_002 {
		return fmt.Errorf("SQLite %s can damage a database when its write-ahead log is reset; this build must not be used", version)
	}
	return nil
}

// dataSource names the file for the driver. Readers cannot write: a query that
// forgets its place fails in the first test.
func dataSource(path string, writer bool) string {
	q := url.Values{}
	q.Add("_pragma", "busy_timeout(20000)")
	q.Add("_pragma", "foreign_keys(1)")
	if writer {
		q.Set("_txlock", "immediate")
		q.Add("_pragma", "journal_mode(WAL)")
		q.Add("_pragma", "synchronous(FULL)")
		q.Add("_pragma", "cache_size(-8000)")
	} else {
		q.Add("_pragma", "query_only(1)")
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// Close closes the database.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Path is the database file.
func (s *Store) Path() string { return s.path }

// update runs f in one writing transaction. It is begun IMMEDIATE, so that it
// waits for another process at BEGIN and never fails in the middle for it.
// Nothing f does may use s.write: the pool has one connection.
func (s *Store) update(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return explain(err)
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return explain(err)
	}
	return explain(tx.Commit())
}

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

// explain turns the driver's codes into errors a caller can tell apart.
func explain(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w: another process has held it for 20 s: %w", ErrBusy, err)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: nothing of this step was stored, make room and it goes on: %w", ErrFull, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: keep the file, then `pantau restore` the newest backup: %w", ErrCorrupt, err)
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("the database file cannot be written (%w); check the disk and the folder's rights", err)
	}
	return err
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
