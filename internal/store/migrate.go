package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"fmt"
	"path"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/rivermigrate"

	"pantau/internal/schedule"
)

//go:embed migrations
var migrations embed.FS

func nonce() string { return rand.Text()[:12] }

// migrate brings the schema up to date. Every step is a transaction of its
// own: a process that dies here leaves the old schema or a newer one, and the
// next start goes on. The backup is made before the first step. Of several
// processes that start at once one does it and the others wait.
func (s *Store) migrate(ctx context.Context) error {
	release, err := s.alone(ctx)
	if err != nil {
		return err
	}
	defer release()
	p, err := s.provider(s.write)
	if err != nil {
		return err
	}
	sources := p.ListSources()
	target := sources[len(sources)-1].Version
	if s.opt.upTo > 0 {
		target = s.opt.upTo
	}
	current, err := s.schemaVersion(ctx)
	if err != nil {
		return err
	}
	switch {
	case current == target && s.opt.Reads:
		return nil
	case current == target:
		return s.migrateJobs(ctx)
	case current > target:
		return fmt.Errorf("%w (schema %d, this program knows %d): install the newer version, or restore a backup made before the upgrade", ErrNewer, current, target)
	case current == 0 && !s.opt.Create:
		return noDatabase()
	case s.opt.Reads:
		return fmt.Errorf("%w, and has the schema %d where this program knows %d: any other command brings it up to date first", ErrReads, current, target)
	case current > 0:
		to := s.beside(target)
		if err := s.Backup(ctx, to); err != nil {
			return fmt.Errorf("backup before the upgrade of the schema: %w", err)
		}
		s.opt.Log.Info("backup made before the upgrade of the schema", "file", to)
	}
	if _, err := p.UpTo(ctx, target); err != nil {
		return fmt.Errorf("upgrade of the schema from %d to %d: %w", current, target, err)
	}
	return s.migrateJobs(ctx)
}

// alone waits until no other process changes the schema. SQLite has no lock
// that lasts over several transactions: there openSQLite has taken one.
func (s *Store) alone(ctx context.Context) (release func(), err error) {
	if s.enter == nil {
		return func() {}, nil
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err == nil {
		_, err = tx.ExecContext(ctx, `SELECT set_config('lock_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true), pg_advisory_xact_lock($1)`, int64(schemaLock))
	}
	if err != nil {
		return nil, err
	}
	return func() { tx.Rollback() }, nil
}

func (s *Store) provider(db *sql.DB) (*goose.Provider, error) {
	dir, err := s.migrations()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(s.goose, db, dir, goose.WithSlog(schedule.Quiet(s.opt.Log)))
}

// beside names the backup made before an upgrade.
func (s *Store) beside(target int64) string {
	base := s.path
	if base == "" {
		base = filepath.Join(s.opt.Folder, "pantau-"+path.Base(s.name)+".db")
	}
	return fmt.Sprintf("%s.before-schema-%d.%s", base, target, time.Now().UTC().Format("20060102T150405.000Z"))
}

func (s *Store) schemaVersion(ctx context.Context) (int64, error) {
	var n int64
	err := s.read.QueryRowContext(ctx, s.isTable, "goose_db_version").Scan(&n)
	if err != nil || n == 0 {
		return 0, err
	}
	err = s.read.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&n)
	return n, err
}

func (s *Store) migrateJobs(ctx context.Context) error {
	m, err := rivermigrate.New(s.dialect.queue(s.write), &rivermigrate.Config{Logger: schedule.Quiet(s.opt.Log)})
	if err != nil {
		return err
	}
	existing, err := m.ExistingVersions(ctx)
	if err == nil && len(existing) == len(m.AllVersions()) {
		return nil
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("tables of the queue: %w", err)
	}
	return nil
}
