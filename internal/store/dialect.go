package store

import (
	"context"
	"database/sql"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// dialect is what the two databases do differently. All else is one text of SQL
// for both.
type dialect struct {
	folder  string // of its migrations
	goose   goose.Dialect
	queue   func(*sql.DB) riverdriver.Driver[*sql.Tx]
	isTable string                                                   // counts the tables named $1
	verify  func(ctx context.Context, db querier, name string) error // the database's own checks
	batch   int                                                      // rows that one statement carries
	again   bool                                                     // a transaction that came to nothing by a broken connection is done again

	// enter makes a transaction the only one that writes, and leaves the mark in
	// it by which it is found again; nil: its BEGIN has done the first, and
	// nothing can break that would ask for the second. It returns the database's
	// time.
	enter func(ctx context.Context, tx *sql.Tx, process, mark string) (time.Time, error)
	// numbered sets the generators of ids behind the ids that are there; nil: they
	// follow them by themselves.
	numbered func(ctx context.Context, tx *sql.Tx) error

	count      string         // makes the database count its rows; empty: it need not
	references string         // lists the tables, each with the tables it refers to
	moment     *sql.TxOptions // of a transaction that reads everything as it was when it began
}

func sqliteDialect() dialect {
	return dialect{
		folder: "migrations/sqlite", goose: goose.DialectSQLite3,
		queue:      func(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riversqlite.New(db) },
		isTable:    `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1`,
		verify:     verifySQLite,
		batch:      10, // a statement costs next to nothing, and finding a parameter by its name the more the more there are
		references: `SELECT m.name, f."table" FROM sqlite_master m LEFT JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`,
	}
}

func postgresDialect() dialect {
	return dialect{
		folder: "migrations/postgres", goose: goose.DialectPostgres,
		queue:   func(db *sql.DB) riverdriver.Driver[*sql.Tx] { return riverdatabasesql.New(db) },
		isTable: `SELECT count(*) FROM pg_class WHERE oid = to_regclass(quote_ident($1))`,
		verify:  verifyPostgres,
		count:   `ANALYZE run, source`,
		batch:   200, // every statement is a way there and back
		references: `SELECT CAST(t.relname AS TEXT), CAST(r.relname AS TEXT) FROM pg_class t LEFT JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype = 'f' LEFT JOIN pg_class r ON r.oid = c.confrelid
			WHERE t.relkind = 'r' AND t.relnamespace = CAST(current_schema() AS regnamespace)`,
		moment: &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		again:  true, enter: enterPostgres, numbered: numberPostgres,
	}
}

func (d dialect) migrations() (fs.FS, error) { return fs.Sub(migrations, d.folder) }
