package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	patience    = 60 * time.Second // how long a database that is away is waited for
	silence     = 60 * time.Second // of the server while a short statement runs: the connection is given up
	lockWait    = "20s"            // for the other writers
	deadWriter  = "20s"            // a transaction whose process says nothing any more ends after it
	minPostgres = 130000
	readers     = 4 // connections of theirs
)

// The keys of the two advisory locks: of whoever writes, and of whoever brings
// the schema up to date.
const (
	writerLock = 0x70616e746175_01 // "pantau"
	schemaLock = 0x70616e746175_02
)

// openPostgres connects once, to say in words what is wrong, and then opens the
// pools. Readers, the queue and the one writer have each their own, so that none
// can starve the others.
func (s *Store) openPostgres(ctx context.Context, dsn string) error {
	conf, err := pgx.ParseConfig(dsn)
	if err != nil { // the library's error shows the address
		return errors.New("the address is not understood; expected postgres://user@host:port/name?sslmode=verify-full")
	}
	if conf.ConnectTimeout == 0 {
		conf.ConnectTimeout = 10 * time.Second
	}
	if conf.RuntimeParams["application_name"] == "" {
		conf.RuntimeParams["application_name"] = "pantau"
	}
	pool := func(limit func() time.Duration, size int) *sql.DB {
		c := conf.Copy()
		c.DialFunc = watched(c.DialFunc, limit)
		db := sql.OpenDB(patient{stdlib.GetConnector(*c), &s.opened})
		db.SetMaxOpenConns(size)
		db.SetMaxIdleConns(size)
		return db
	}
	short := func() time.Duration { return silence }
	s.write, s.queue = pool(short, 1), pool(short, 4)
	s.read = reader{pool(s.readSilence, readers)}
	if err := s.checkServer(ctx); err != nil {
		return err
	}
	// A schema is changed on a connection that may be silent for as long as it takes.
	slow := pool(func() time.Duration { return 0 }, 2)
	defer slow.Close()
	write := s.write
	s.write = slow
	err = s.migrate(ctx)
	s.write = write
	s.read.SetMaxIdleConns(0) // what these have prepared was for the schema before
	s.read.SetMaxIdleConns(readers)
	s.opened.Store(err == nil)
	return err
}

// readSilence is how long a query that only reads may wait. The planner's are
// short: behind something that takes all and answers nothing it would stand still
// for as long. Commands such as fsck read tables whole.
func (s *Store) readSilence() time.Duration {
	if s.works.Load() {
		return silence
	}
	return 10 * silence
}

// checkServer refuses what would fail later, or in silence.
func (s *Store) checkServer(ctx context.Context) error {
	var version int
	var encoding string
	var standby bool
	for n := 1; ; n++ {
		err := s.write.QueryRowContext(ctx, `SELECT CAST(current_setting('server_version_num') AS INTEGER), current_setting('server_encoding'), pg_is_in_recovery()`).Scan(&version, &encoding, &standby)
		if err == nil {
			break
		}
		if code(err) != "57P03" || n == 15 || pause(ctx, n) != nil { // it is starting up
			return err
		}
	}
	switch {
	case version < minPostgres:
		return fmt.Errorf("PostgreSQL %d is too old: version 13 or newer is needed", version/10000)
	case encoding != "UTF8":
		return fmt.Errorf("the database is encoded in %s: create one with ENCODING 'UTF8'", encoding)
	case standby:
		return errors.New("the server is a standby that can only be read: give the address of the primary")
	}
	return nil
}

// enterPostgres waits until no other transaction of Pantau writes, in this
// process or another, as SQLite does at BEGIN IMMEDIATE: the chain of looks, the
// places of messages and the leases are read and then written. The isolation is
// "read committed", so that everything read behind the lock is the newest.
//
// The mark is a row of this transaction. A transaction number would not do: a
// server that crashed before it wrote the number down gives it out again.
func enterPostgres(ctx context.Context, tx *sql.Tx, process, mark string) (time.Time, error) {
	now, err := lockPostgres(ctx, tx, writerLock)
	if err != nil {
		return now, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO writer (process, last, at) VALUES ($1, $2, now())
		ON CONFLICT (process) DO UPDATE SET last = excluded.last, at = excluded.at`, process, mark)
	return now, err
}

// lockPostgres takes an advisory lock until the transaction ends. A process that
// dies, or a machine that falls silent, in the middle of it holds the others up
// for deadWriter at most. It returns the server's time.
func lockPostgres(ctx context.Context, tx *sql.Tx, key int64) (now time.Time, err error) {
	if _, err := tx.ExecContext(ctx, `SELECT set_config('lock_timeout', '`+lockWait+`', true), set_config('idle_in_transaction_session_timeout', '`+deadWriter+`', true)`); err != nil {
		return now, err
	}
	var got any // the lock's function gives nothing
	err = tx.QueryRowContext(ctx, `SELECT pg_advisory_xact_lock($1), clock_timestamp()`, key).Scan(&got, &now)
	return now, err
}

// committed tells whether the transaction with the mark was committed. Whoever
// has the writers' lock knows that it has ended.
func (s *Store) committed(ctx context.Context, mark string) (bool, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	if _, err := lockPostgres(ctx, tx, writerLock); err != nil {
		return false, err
	}
	var last string
	err = tx.QueryRowContext(ctx, `SELECT last FROM writer WHERE process = $1`, s.boot).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return last == mark, err
}

// numberPostgres sets the generators of ids behind the ids that are there.
func numberPostgres(ctx context.Context, tx *sql.Tx) error {
	var tables []string
	if err := each(ctx, tx, func(scan func(...any) error) error {
		var t string
		err := scan(&t)
		tables = append(tables, t)
		return err
	}, `SELECT quote_ident(table_name) FROM information_schema.columns WHERE table_schema = current_schema() AND column_name = 'id' AND is_identity = 'YES' AND table_name NOT LIKE 'goose%'`); err != nil {
		return err
	}
	for _, t := range tables {
		if _, err := tx.ExecContext(ctx, `SELECT setval(pg_get_serial_sequence($1, 'id'), (SELECT coalesce(max(id), 0) + 1 FROM `+t+`), false)`, t); err != nil {
			return fmt.Errorf("ids of %s: %w", t, err)
		}
	}
	return nil
}

// patient waits for a database that is away, once it was seen. Every pool
// connects by it: whoever asks for a connection while the server restarts is
// late and not refused.
type patient struct {
	driver.Connector
	opened *atomic.Bool
}

func (p patient) Connect(ctx context.Context) (driver.Conn, error) {
	end := time.Now().Add(patience)
	for n := 1; ; n++ {
		c, err := p.Connector.Connect(ctx)
		if err == nil || !p.opened.Load() || !away(err) || time.Now().After(end) || pause(ctx, n) != nil {
			return c, err
		}
	}
}

// pause backs off before attempt n+1: 50 ms, 100 ms, up to 2 s.
func pause(ctx context.Context, n int) error {
	t := time.NewTimer(min(25*time.Millisecond<<min(n, 10), 2*time.Second))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// watched ends connections whose other side is gone without a word: the machine
// by keep-alive, a server that hangs by the limit of its silence while it is
// waited for; 0: no limit.
func watched(dial pgconn.DialFunc, limit func() time.Duration) pgconn.DialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetKeepAliveConfig(net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 4})
		}
		return &silent{Conn: c, limit: limit}, nil
	}
}

// silent is a connection on which no read waits longer than a limit; 0: it may.
// It is closed then: the library's own deadlines, by which it gives a statement up,
// stay as they are.
type silent struct {
	net.Conn
	limit func() time.Duration
}

func (c *silent) Read(b []byte) (int, error) {
	if limit := c.limit(); limit > 0 {
		t := time.AfterFunc(limit, func() { c.Conn.Close() })
		defer t.Stop()
	}
	return c.Conn.Read(b)
}

// code is the SQLSTATE of an error; empty: it is not the server's.
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// away tells that the server cannot be reached, or takes nobody in, at the
// moment.
func away(err error) bool {
	switch c := code(err); c {
	case "57P01", "57P02", "57P03", "53300": // shut down, crashed, starting up, too many connections
		return true
	case "":
	default:
		return len(c) == 5 && c[:2] == "08"
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, net.ErrClosed)
}

// explainPostgres words the codes of PostgreSQL.
func explainPostgres(err error, e *pgconn.PgError) error {
	switch e.Code {
	case "28P01", "28000":
		return fmt.Errorf("the server does not let the user in: %w; check user, password and pg_hba.conf", err)
	case "3D000":
		return fmt.Errorf("there is no such database: %w; an administrator of the server makes it with CREATE DATABASE", err)
	case "23503":
		return fmt.Errorf("%w: %w", errNothingThere, err)
	case "42501", "25006":
		return fmt.Errorf("the user may not do this, or the server is a standby that can only be read: %w", err)
	case "53100":
		return fmt.Errorf("%w of the database server: nothing of this step was stored, make room and it goes on: %w", ErrFull, err)
	case "53300":
		return fmt.Errorf("%w: the server has no connection left for us; a process of Pantau takes up to 9: %w", ErrBusy, err)
	case "55P03":
		return fmt.Errorf("%w: another process has held it for %s: %w", ErrBusy, lockWait, err)
	case "XX001", "XX002":
		return fmt.Errorf("%w: keep the server's files, then `pantau restore` the newest backup into an empty database: %w", ErrCorrupt, err)
	}
	if away(err) {
		return fmt.Errorf("%w: %w", ErrAway, err)
	}
	return err
}

// named is an address as it may be shown: without password and parameters.
func named(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return "postgres://..."
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if u.User != nil {
		shown.User = url.User(u.User.Username())
	}
	return shown.String()
}

// verifyPostgres asks for every reference that points to nothing and every
// constraint that was never checked: what a server without errors cannot have,
// and a damaged index or a careless repair leaves behind.
func verifyPostgres(ctx context.Context, db querier, name string) error {
	type reference struct{ name, query string }
	var list []reference
	err := each(ctx, db, func(scan func(...any) error) error {
		var constraint, from, to, column, target string
		var valid bool
		if err := scan(&constraint, &from, &to, &column, &target, &valid); err != nil {
			return err
		}
		if !valid {
			return fmt.Errorf("%s: %w: constraint %s was never checked", name, ErrCorrupt, constraint)
		}
		list = append(list, reference{constraint, fmt.Sprintf(`SELECT count(*) FROM %[1]s a WHERE a.%[3]s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %[2]s b WHERE b.%[4]s = a.%[3]s)`, from, to, column, target)})
		return nil
	}, `SELECT c.conname, CAST(CAST(c.conrelid AS regclass) AS TEXT), CAST(CAST(c.confrelid AS regclass) AS TEXT), quote_ident(f.attname), quote_ident(t.attname), c.convalidated
		FROM pg_constraint c
		JOIN pg_attribute f ON f.attrelid = c.conrelid AND f.attnum = c.conkey[1]
		JOIN pg_attribute t ON t.attrelid = c.confrelid AND t.attnum = c.confkey[1]
		WHERE c.contype = 'f' AND array_length(c.conkey, 1) = 1 AND c.connamespace = CAST(current_schema() AS regnamespace)`)
	if err != nil {
		return err
	}
	for _, r := range list {
		var broken int64
		if err := db.QueryRowContext(ctx, r.query).Scan(&broken); err != nil {
			return fmt.Errorf("%s: constraint %s: %w", name, r.name, explain(err))
		}
		if broken > 0 {
			return fmt.Errorf("%s: %w: constraint %s: %d rows refer to nothing", name, ErrCorrupt, r.name, broken)
		}
	}
	return nil
}
