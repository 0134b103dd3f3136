package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// wire stands between a store and its server, and breaks connections there.
type wire struct {
	net.Listener
	server string

	mu    sync.Mutex
	conns []net.Conn

	// cut is asked at every piece the client sends. It breaks the connection
	// where it returns true: behind the piece if forward is set, before it if not.
	cut atomic.Pointer[func(sent string) (now, forward bool)]
}

// through gives an address that leads to the server over a wire.
func through(t *testing.T, address string) (*wire, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l, server: u.Host}
	t.Cleanup(func() { l.Close(); w.breakAll() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(c)
		}
	}()
	u.Host = l.Addr().String()
	return w, u.String()
}

func (w *wire) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", w.server)
	if err != nil {
		return
	}
	defer server.Close()
	w.mu.Lock()
	w.conns = append(w.conns, client, server)
	w.mu.Unlock()
	go func() { io.Copy(client, server); client.Close() }()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if f := w.cut.Load(); f != nil {
			if now, forward := (*f)(string(buf[:n])); now {
				client.Close() // the answer is not seen
				if forward {
					server.Write(buf[:n])
					io.Copy(io.Discard, io.LimitReader(server, 1)) // until it has answered
				}
				return
			}
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (w *wire) breakAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		c.Close()
	}
	w.conns = nil
}

// onceAt breaks the next connection that sends a word.
func (w *wire) onceAt(word string, forward bool) {
	var done atomic.Bool
	f := func(sent string) (bool, bool) {
		return strings.Contains(strings.ToLower(sent), word) && done.CompareAndSwap(false, true), forward
	}
	w.cut.Store(&f)
}

func TestConnectionBreaksAtCommit(t *testing.T) {
	for name, stored := range map[string]bool{"behind it": true, "before it": false} {
		t.Run(name, func(t *testing.T) {
			w, address := through(t, postgresDatabase(t).dsn)
			f := database{"postgres", address}.open(t, Options{})
			var runs int
			w.onceAt("commit\x00", stored)
			err := f.update(t.Context(), func(tx *sql.Tx) error {
				runs++
				_, err := tx.Exec(`INSERT INTO audit (at, who, what, object) VALUES (1, 'me', 'test', '')`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			var rows int
			if err := f.read.QueryRow(`SELECT count(*) FROM audit`).Scan(&rows); err != nil || rows != 1 {
				t.Errorf("%d rows, %v: want exactly one", rows, err)
			}
			if want := map[bool]int{true: 1, false: 2}[stored]; runs != want {
				t.Errorf("it ran %d times, want %d", runs, want)
			}
		})
	}
}

func TestConnectionBreaksInside(t *testing.T) {
	w, address := through(t, postgresDatabase(t).dsn)
	f := database{"postgres", address}.open(t, Options{})
	w.onceAt("insert into audit", false)
	if err := f.update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO audit (at, who, what, object) VALUES (1, 'me', 'test', '')`)
		return err
	}); err != nil {
		t.Error(err)
	}
	w.breakAll() // what lies idle in the pools is broken too
	var rows int
	if err := f.read.QueryRowContext(t.Context(), `SELECT count(*) FROM audit`).Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows, %v: want exactly one", rows, err)
	}
}

// An error of what a transaction does is no reason to do it again.
func TestOwnErrorIsFinal(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		own, runs := errors.New("no"), 0
		err := f.update(t.Context(), func(tx *sql.Tx) error {
			runs++
			if _, err := tx.Exec(`INSERT INTO audit (at, who, what, object) VALUES (1, 'me', 'test', '')`); err != nil {
				return err
			}
			return own
		})
		var rows int
		if qerr := f.read.QueryRow(`SELECT count(*) FROM audit`).Scan(&rows); !errors.Is(err, own) || runs != 1 || rows != 0 || qerr != nil {
			t.Errorf("%v after %d runs, %d rows, %v", err, runs, rows, qerr)
		}
	})
}

// The writer of another process, or of another goroutine, waits until the
// transaction before has ended: what it reads is the newest.
func TestOneWritesAtATime(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		a, b := db.open(t, Options{}), db.open(t, Options{})
		var group sync.WaitGroup
		count := func(s *Store) {
			for range 20 {
				if err := s.update(t.Context(), func(tx *sql.Tx) error {
					v, err := meta(t.Context(), tx, "count")
					if err != nil {
						return err
					}
					return setMeta(t.Context(), tx, "count", v+"x")
				}); err != nil {
					t.Error(err)
				}
			}
		}
		for _, s := range []*Store{a.Store, a.Store, b.Store} {
			group.Go(func() { count(s) })
		}
		group.Wait()
		if v, err := meta(t.Context(), a.read, "count"); err != nil || len(v) != 60 {
			t.Errorf("60 steps left %d, %v", len(v), err)
		}
	})
}

func TestServerRestarts(t *testing.T) {
	address := server.Database(t)
	f := database{"postgres", address}.open(t, Options{})
	server.Crash()
	back := make(chan error)
	go func() {
		time.Sleep(300 * time.Millisecond)
		back <- server.Start()
	}()
	err := f.SendOnce(context.WithoutCancel(t.Context()), "test", "today", nil, f.now)
	if berr := <-back; err != nil || berr != nil {
		t.Fatal(err, berr)
	}
	if v, err := meta(t.Context(), f.read, "test"); err != nil || v != "today" {
		t.Errorf("%q, %v", v, err)
	}
}

func TestErrorsInWords(t *testing.T) {
	good := postgresDatabase(t).dsn
	u, err := url.Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(u *url.URL)) string {
		c := *u
		c.User = url.UserPassword("postgres", "s3cret")
		f(&c)
		return c.String()
	}
	for name, tt := range map[string]struct{ address, want string }{
		"nobody listens":  {change(func(u *url.URL) { u.Host = "127.0.0.1:1" }), "cannot be reached"},
		"no database":     {change(func(u *url.URL) { u.Path = "/none" }), "there is no such database"},
		"no user":         {change(func(u *url.URL) { u.User = url.UserPassword("nobody", "s3cret") }), "does not let the user in"},
		"no address":      {change(func(u *url.URL) { u.RawQuery = "sslmode=s3cret" }), "is not understood"},
		"nothing in it":   {change(func(u *url.URL) { u.Path = "/template1" }), "no database yet"},
		"other encoding":  {change(func(u *url.URL) { u.Path = "/latin" }), "ENCODING 'UTF8'"},
		"read-only by us": {change(func(u *url.URL) { u.RawQuery += "&default_transaction_read_only=on" }), "only be read"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "other encoding" {
				if err := server.SQL("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'"); err != nil {
					t.Fatal(err)
				}
			}
			s, err := Open(t.Context(), tt.address, Options{Create: name == "read-only by us"})
			if err == nil && name == "read-only by us" {
				defer s.Close()
				err = s.SendOnce(t.Context(), "a", "b", nil, time.Now())
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the password is shown: %v", err)
			}
		})
	}
}

// Every code of the server that an administrator can do something about is
// worded, and told apart where Pantau must.
func TestCodesInWords(t *testing.T) {
	for code, tt := range map[string]struct {
		is   error
		want string
	}{
		"53100": {ErrFull, "make room"}, "53300": {ErrBusy, "no connection left"}, "55P03": {ErrBusy, "another process"}, "XX001": {ErrCorrupt, "restore"},
		"57P01": {ErrAway, "cannot be reached"}, "57P03": {ErrAway, "cannot be reached"}, "25006": {nil, "standby"}, "42501": {nil, "may not"}, "28P01": {nil, "check user"},
	} {
		err := explain(fmt.Errorf("of a step: %w", &pgconn.PgError{Code: code, Message: "said"}))
		if tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "said") {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// A server that takes a statement and says nothing any more is given up.
func TestSilentServer(t *testing.T) {
	client, mute := net.Pipe()
	defer mute.Close()
	c := &silent{Conn: client, limit: func() time.Duration { return 20 * time.Millisecond }}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("it said something")
	}
	if _, err := c.Write([]byte("x")); err == nil {
		t.Error("the connection is still open")
	}
}
