package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
)

// Backup writes a consistent copy of the database to a new SQLite file and
// verifies it. Work may go on meanwhile. The copy appears under its name only
// when it is whole.
func (s *Store) Backup(ctx context.Context, file string) error {
	if _, err := os.Stat(file); err == nil {
		return fmt.Errorf("%s exists already: a backup never overwrites", file)
	}
	part := file + ".part"
	os.Remove(part)
	defer os.Remove(part)
	write := s.vacuumInto
	if s.path == "" {
		write = s.copyInto
	}
	if err := write(ctx, part); err != nil {
		return fmt.Errorf("copy to %s: %w", file, explain(err))
	}
	if err := verify(ctx, part); err != nil {
		return err
	}
	if err := os.Chmod(part, 0o600); err != nil {
		return err
	}
	if err := syncFile(part); err != nil {
		return err
	}
	return os.Rename(part, file)
}

// vacuumInto lets SQLite copy its own file.
func (s *Store) vacuumInto(ctx context.Context, file string) error {
	db := sql.OpenDB(connector{dataSource(s.path, true)}) // of its own: readers may not write, and the writer must not wait
	defer db.Close()
	_, err := db.ExecContext(ctx, `VACUUM INTO $1`, file)
	return err
}

// copyInto makes a file of the same schema and copies everything to it.
func (s *Store) copyInto(ctx context.Context, file string) error {
	version, err := s.schemaVersion(ctx)
	if err != nil {
		return err
	}
	to, err := Open(ctx, file, Options{Program: s.opt.Program, Log: s.opt.Log, Create: true, upTo: version})
	if err != nil {
		return err
	}
	_, err = Copy(ctx, s, to)
	if err == nil { // one file, without a log beside it
		err = to.read.Close()
	}
	if err == nil {
		_, err = to.write.ExecContext(ctx, `PRAGMA journal_mode = DELETE`)
	}
	return errors.Join(err, to.Close())
}

func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// verify runs SQLite's own checks over a file that nobody writes to.
func verify(ctx context.Context, file string) error {
	db := sql.OpenDB(connector{dataSource(file, false)})
	defer db.Close()
	return verifySQLite(ctx, db, file)
}

// Restore puts a backup in the place of a database that is not there, or is
// empty. It verifies the backup first and never overwrites: move the old one
// away.
func Restore(ctx context.Context, backup, to string) error {
	if _, err := os.Stat(backup); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if IsAddress(to) {
		return restoreInto(ctx, backup, to)
	}
	if _, err := os.Stat(to); err == nil {
		return fmt.Errorf("%s exists: stop Pantau and move it (and %s-wal, %s-shm) away first, nothing is overwritten", to, to, to)
	}
	for _, rest := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(to + rest); err == nil {
			return fmt.Errorf("%s%s is left of an older database: move it away too, it does not belong to the backup", to, rest)
		}
	}
	if err := verify(ctx, backup); err != nil {
		return err
	}
	if err := ours(ctx, backup); err != nil {
		return err
	}
	if err := copyFile(backup, to+".part"); err != nil {
		os.Remove(to + ".part")
		return fmt.Errorf("copy of %s: %w", backup, err)
	}
	return os.Rename(to+".part", to)
}

// restoreInto fills an empty database from a backup. It gets the schema of the
// backup; the next start brings it up to date as it would have the old one.
func restoreInto(ctx context.Context, backup, to string) error {
	if err := verify(ctx, backup); err != nil {
		return err
	}
	if err := ours(ctx, backup); err != nil {
		return err
	}
	from := &Store{name: backup, path: backup, dialect: sqliteDialect(), read: reader{sql.OpenDB(connector{dataSource(backup, false)})}}
	defer from.Close()
	version, err := from.schemaVersion(ctx)
	if err != nil {
		return err
	}
	db, err := Open(ctx, to, Options{Create: true, upTo: version})
	if errors.Is(err, ErrNewer) {
		return fmt.Errorf("the backup has an older schema (%d) than the tables that stand in %s: restore it into a database without tables", version, named(to))
	}
	if err != nil {
		return err
	}
	_, err = Copy(ctx, from, db)
	return errors.Join(err, db.Close())
}

// ours tells a backup from another database, and from an empty file, which is a
// sound database too.
func ours(ctx context.Context, file string) error {
	db := sql.OpenDB(connector{dataSource(file, false)})
	defer db.Close()
	var n int
	err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name IN ('goose_db_version', 'looks', 'capture', 'river_job')`).Scan(&n)
	if err == nil && n < 4 {
		err = fmt.Errorf("%s is no backup of Pantau", file)
	}
	return explain(err)
}

func copyFile(from, to string) error {
	b, err := os.Open(from)
	if err != nil {
		return err
	}
	defer b.Close()
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.ReadFrom(b)
	return errors.Join(err, f.Sync(), f.Close())
}
