package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLiteVersion is the version of the SQLite that is compiled in.
const SQLiteVersion = sqlite3.SQLITE_VERSION

// connector opens connections of the pure Go driver without registering a
// name for it.
type connector struct{ dsn string }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return &liteConn{Conn: conn, kept: map[string]*liteStatement{}}, nil
}

func (c connector) Driver() driver.Driver { return &sqlite.Driver{} }

// openSQLite opens the file with one writing connection and a separate pool of
// readers.
func (s *Store) openSQLite(ctx context.Context) error {
	release, err := s.lockFolder(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := s.checkFile(); err != nil {
		return err
	}
	s.write = sql.OpenDB(connector{dataSource(s.path, true)})
	s.write.SetMaxOpenConns(1)
	s.queue = s.write
	s.read = reader{sql.OpenDB(connector{dataSource(s.path, false)})}
	s.read.SetMaxOpenConns(4)
	if err := s.checkLibrary(ctx); err != nil {
		return err
	}
	return s.migrate(ctx)
}

// lockFolder lets one process at a time open a database of the folder: of two
// that start first on a new file one makes the tables, and the other finds them.
// The lock is one on the folder, so that nothing is left behind and the file's
// own locks stay SQLite's; it ends with the process. A file system that has no
// such locks is used without: there the second start may fail, and the next not.
func (s *Store) lockFolder(ctx context.Context) (release func(), err error) {
	dir, err := os.Open(filepath.Dir(s.path))
	if err != nil {
		return func() {}, nil // checkFile says what is wrong
	}
	for n := 1; ; n++ {
		err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return func() { dir.Close() }, nil
		}
		if err := pause(ctx, min(n, 2)); err != nil {
			return nil, errors.Join(err, dir.Close())
		}
	}
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
		return noDatabase()
	}
	if err != nil {
		return fmt.Errorf("the file cannot be written: %w", err)
	}
	return f.Close()
}

func noDatabase() error {
	return fmt.Errorf("%w: there is no database yet; `pantau check` makes it, `pantau restore` brings back a lost one", ErrNotFound)
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

// explainSQLite words the codes of SQLite.
func explainSQLite(err error, code int) error {
	if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY {
		return fmt.Errorf("%w: %w", errNothingThere, err)
	}
	switch code & 0xff {
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

// verifySQLite runs SQLite's own checks.
func verifySQLite(ctx context.Context, db querier, name string) error {
	var said string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&said); err != nil {
		return fmt.Errorf("%s: integrity check: %w", name, explain(err))
	}
	if said != "ok" {
		return fmt.Errorf("%s: %w: integrity check says %q", name, ErrCorrupt, said)
	}
	broken := 0
	err := each(ctx, db, func(func(...any) error) error { broken++; return nil }, `PRAGMA foreign_key_check`)
	if err == nil && broken > 0 {
		err = fmt.Errorf("%s: %w: %d rows refer to nothing", name, ErrCorrupt, broken)
	}
	return err
}
