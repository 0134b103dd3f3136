package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"pantau/internal/history"
)

// Inspect tries a small transaction and lets the database say what it is.
func (s *Store) Inspect(ctx context.Context, now time.Time) (history.Database, error) {
	d := history.Database{Name: s.name, Server: s.path == ""}
	var err error
	if d.Took, err = s.Try(ctx); err != nil {
		return d, err
	}
	if d.Schema, d.Knows, err = s.Schema(ctx); err != nil {
		return d, err
	}
	if d.Bytes, err = s.Size(ctx); err != nil {
		return d, err
	}
	if d.Planner, err = s.Planner(ctx, now); err != nil {
		return d, err
	}
	if d.Config, err = s.InForce(ctx); err != nil {
		return d, err
	}
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM looks`).Scan(&d.Looks); err != nil {
		return d, explain(err)
	}
	if err := s.lastBackup(ctx, &d); err != nil {
		return d, err
	}
	if d.Server {
		return d, explain(s.inspectServer(ctx, &d))
	}
	d.Kind = "SQLite " + SQLiteVersion
	return d, explain(s.read.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&d.Journal))
}

func (s *Store) inspectServer(ctx context.Context, d *history.Database) error {
	var version string
	var theirs int64
	began := time.Now()
	if err := s.read.QueryRowContext(ctx, `SELECT current_setting('server_version'), CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)`).Scan(&version, &theirs); err != nil {
		return err
	}
	ours := began.Add(time.Since(began) / 2)
	d.Kind, d.Offset = "PostgreSQL "+version, ours.Sub(time.UnixMicro(theirs))
	return nil
}

// kept is a backup as it is remembered.
type kept struct {
	At   time.Time `json:"at"`
	File string    `json:"file"`
}

const backupNote = "backup"

func (s *Store) lastBackup(ctx context.Context, d *history.Database) error {
	text, err := meta(ctx, s.read, backupNote)
	if err != nil || text == "" {
		return err
	}
	var k kept
	if err := json.Unmarshal([]byte(text), &k); err != nil {
		return fmt.Errorf("note of the last backup: %w", err)
	}
	d.Backup, d.Copy = k.At, k.File
	return nil
}

// NoteBackup remembers that a backup was made, for whoever asks how old the last
// one is.
func (s *Store) NoteBackup(ctx context.Context, file string, now time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		return setMeta(ctx, tx, backupNote, text(kept{now.UTC().Truncate(time.Second), file}))
	})
}
