package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"pantau/diff/registry"
	"pantau/internal/snapshot"
)

// Rows implements monitor.Store.
func (s *Store) Rows(ctx context.Context, source string) ([]registry.Row, error) {
	var n int
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM record_current WHERE source = $1`, source).Scan(&n); err != nil {
		return nil, explain(err)
	}
	out := make([]registry.Row, 0, n)
	names := map[string]string{} // one copy of the names of indexes
	var packer snapshot.Packer
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var r registry.Row
		var key, fields string
		var since, run, seen sql.NullInt64
		if err := scan(&key, &r.Index, &r.Life, &fields, &since, &run, &seen); err != nil {
			return err
		}
		var err error
		if r.Fields, err = packer.Parse(fields); err != nil {
			return fmt.Errorf("fields of %s: %w", key, err)
		}
		r.Index = intern(names, r.Index)
		r.Key, r.MissingSince, r.MissingCheck, r.LastSeen = registry.Key(key), instant(since), run.Int64, instant(seen)
		out = append(out, r)
		return nil
	}, `SELECT key, idx, life, fields, missing_since, missing_run, last_seen FROM record_current WHERE source = $1 ORDER BY key, idx`, source)
	return out, err
}

func intern(names map[string]string, s string) string {
	if v, ok := names[s]; ok {
		return v
	}
	names[s] = s
	return s
}

// applyDelta writes what a look has changed of the register: current rows in
// place, versions closed and opened. An unchanged look has an empty delta. The
// first look at a register opens 20,000 versions, and nobody else writes
// meanwhile: one statement carries many.
func (s *Store) applyDelta(ctx context.Context, tx *sql.Tx, source string, d *registry.Delta) error {
	if err := inBatches(ctx, tx, s.batch, d.Close, "BIGINT, BIGINT, TEXT, TEXT",
		`WITH v (valid_to, confirmed_at, key, idx) AS (VALUES %s)
		UPDATE record_version SET valid_to = v.valid_to, confirmed_at = v.confirmed_at FROM v
		WHERE record_version.source = $1 AND record_version.key = v.key AND record_version.idx = v.idx AND record_version.valid_to IS NULL`, source,
		func(v registry.End) []any { return []any{micros(v.To), micros(v.Confirmed), string(v.Key), v.Index} }); err != nil {
		return fmt.Errorf("versions that end: %w", err)
	}
	if err := inBatches(ctx, tx, s.batch, d.Open, "TEXT, TEXT, BIGINT, BIGINT, TEXT",
		`WITH v (key, idx, life, valid_from, fields) AS (VALUES %s)
		INSERT INTO record_version (source, key, idx, life, valid_from, fields) SELECT CAST($1 AS TEXT), key, idx, life, valid_from, fields FROM v`, source,
		func(v registry.Begin) []any {
			return []any{string(v.Key), v.Index, v.Life, v.From.UnixMicro(), text(v.Fields)}
		}); err != nil {
		return fmt.Errorf("versions that begin: %w", err)
	}
	if err := inBatches(ctx, tx, s.batch, d.Gone, "TEXT, TEXT",
		`WITH v (key, idx) AS (VALUES %s) DELETE FROM record_current WHERE source = $1 AND (key, idx) IN (SELECT key, idx FROM v)`, source,
		func(r registry.Row) []any { return []any{string(r.Key), r.Index} }); err != nil {
		return fmt.Errorf("rows that go: %w", err)
	}
	return inBatches(ctx, tx, s.batch, d.Upsert, "TEXT, TEXT, BIGINT, TEXT, BIGINT, BIGINT, BIGINT",
		`WITH v (key, idx, life, fields, missing_since, missing_run, last_seen) AS (VALUES %s)
		INSERT INTO record_current (source, key, idx, life, fields, missing_since, missing_run, last_seen)
		SELECT CAST($1 AS TEXT), key, idx, life, fields, missing_since, missing_run, last_seen FROM v WHERE true
		ON CONFLICT (source, key, idx) DO UPDATE SET life = excluded.life, fields = excluded.fields, missing_since = excluded.missing_since, missing_run = excluded.missing_run, last_seen = excluded.last_seen`, source,
		func(r registry.Row) []any {
			var run any
			if r.MissingCheck != 0 {
				run = r.MissingCheck
			}
			return []any{string(r.Key), r.Index, r.Life, text(r.Fields), micros(r.MissingSince), run, micros(r.LastSeen)}
		})
}

// inBatches runs a statement over a list, many elements at a time: %s in it
// becomes their rows, of columns with the types; $1 is first.
func inBatches[T any](ctx context.Context, tx *sql.Tx, batch int, list []T, types, statement string, first any, args func(T) []any) error {
	columns := strings.Split(types, ", ")
	for part := range slices.Chunk(list, batch) {
		values := []any{first}
		var b strings.Builder
		for i, x := range part {
			if i > 0 {
				b.WriteString(", ")
			}
			for j, t := range columns {
				fmt.Fprintf(&b, "%cCAST($%d AS %s)", "(,"[min(j, 1)], len(values)+1+j, t)
			}
			b.WriteByte(')')
			values = append(values, args(x)...)
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(statement, b.String()), values...); err != nil {
			return err
		}
	}
	return nil
}
