package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/notify"
)

// recorder opens connections that remember the text of every statement.
type recorder struct {
	connector
	mu         *sync.Mutex
	statements map[string]bool
}

func (r recorder) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := r.connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return recorded{c.(connection), r}, nil
}

// connection is what database/sql uses of the driver's connections.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
}

type recorded struct {
	connection
	r recorder
}

func (c recorded) note(query string) {
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	c.r.statements[query] = true
}

func (c recorded) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.note(query)
	return c.connection.ExecContext(ctx, query, args)
}

func (c recorded) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.note(query)
	return c.connection.QueryContext(ctx, query, args)
}

var (
	scans = regexp.MustCompile(`^SCAN (\w+)`)
	// Indexes that hold what is open, and nothing of what was done.
	open = regexp.MustCompile(`USING (COVERING )?INDEX (run_planned|run_waiting|run_running|message_pending|message_due|message_sending)$`)
	// Small tables, values of a statement, and the newest look, which is the first
	// of its index.
	small = regexp.MustCompile(`^SCAN (CONSTANT ROW|new|lane|l|lease|follow|\(.*\)|looks USING INDEX sqlite_autoindex_looks_1|\d+ CONSTANT ROWS|waiting|next|oldest|urgent)( |$)`)
)

// TestDailyWorkScansNothing plans, looks and delivers, and then asks SQLite how
// it has found its rows: nothing that is done all day may read through a table
// that grows with time. PostgreSQL decides by its statistics, which a small
// table does not have.
func TestDailyWorkScansNothing(t *testing.T) {
	f := sqliteFile(t).open(t, Options{})
	f.commit(f.check("satu", monitor.Baseline)) // the first of everything
	r := recorder{mu: new(sync.Mutex), statements: map[string]bool{}}
	for pool, writer := range map[**sql.DB]bool{&f.write: true, &f.read.DB: false} {
		(*pool).Close()
		*pool = sql.OpenDB(recorder{connector{dataSource(f.path, writer)}, r.mu, r.statements})
		(*pool).SetMaxOpenConns(1)
	}
	f.workADay()
	if len(r.statements) < 30 {
		t.Fatalf("only %d statements were seen", len(r.statements))
	}
	// Without foreign keys: the plan of an insert shows a search of those who refer
	// to the new row, which is done only where a reference was broken before.
	plain := sql.OpenDB(connector{strings.Replace(dataSource(f.path, false), "foreign_keys%281%29", "foreign_keys%280%29", 1)})
	defer plain.Close()
	for _, query := range slices.Sorted(maps.Keys(r.statements)) {
		if strings.Contains(query, "river_") || strings.HasPrefix(query, "PRAGMA") {
			continue
		}
		err := each(t.Context(), plain, func(scan func(...any) error) error {
			var id, parent, unused int
			var step string
			err := scan(&id, &parent, &unused, &step)
			if scans.MatchString(step) && !open.MatchString(step) && !small.MatchString(step) {
				t.Errorf("%s\n\tby: %s", step, query)
			}
			return err
		}, "EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "$"))...)
		if err != nil {
			t.Errorf("%v: %s", err, query)
		}
	}
}

// workADay does what a process does all day: plan, look, tell, recover.
func (f *fixture) workADay() {
	f.t.Helper()
	ctx := f.t.Context()
	must := func(err error) {
		f.t.Helper()
		if err != nil {
			f.t.Fatal(err)
		}
	}
	f.now = f.now.Add(2 * time.Hour)
	must(f.Plan(ctx, f.now, schedule.Occurrences))
	_, err := f.HostsWithWork(ctx, f.now)
	must(err)
	_, err = f.NextDue(ctx)
	must(err)
	_, _, err = f.NextRun(ctx, f.source.Host(), f.now)
	must(err)
	f.commit(f.check("dua", monitor.Changed))
	_, err = f.LanesDue(ctx, f.now.Add(time.Hour))
	must(err)
	lane := LaneID("legal", "console")
	waiting, _, err := f.Queue(ctx, lane, 10)
	must(err)
	if len(waiting) == 0 {
		f.t.Fatal("nothing waits in the lane")
	}
	l, err := f.Acquire(ctx, lanePrefix+lane, "me", f.now)
	must(err)
	a, err := f.BeginAttempt(ctx, waiting[0].ID, l, f.now, false, func(string, notify.Message) (notify.Payload, error) { return notify.Payload("x"), nil })
	must(err)
	_, err = f.Recover(ctx, f.now)
	must(err)
	must(f.EndAttempt(ctx, a, schedule.Result{Outcome: notify.Accepted}, f.now, nil))
	must(f.Renew(ctx, l, f.now))
	must(f.Release(ctx, l))
	run, hl := f.begin()
	_, err = f.Recover(ctx, f.now.Add(time.Hour)) // its owner is dead by then
	must(err)
	must(f.PutBack(ctx, run, hl, f.now))
	_, err = f.Overdue(ctx, f.now)
	must(err)
}
