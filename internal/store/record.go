package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

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
	var list []snapshot.Field
	var packer snapshot.Packer
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var r registry.Row
		var key, fields string
		var since, run, seen sql.NullInt64
		if err := scan(&key, &r.Index, &r.Life, &fields, &since, &run, &seen); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(fields), &list); err != nil {
			return fmt.Errorf("fields of %s: %w", key, err)
		}
		r.Fields = packer.Pack(list)
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
// place, versions closed and opened. An unchanged look has an empty delta.
func applyDelta(ctx context.Context, tx *sql.Tx, source string, d *registry.Delta) error {
	if err := prepared(ctx, tx, `UPDATE record_version SET valid_to = $1, confirmed_at = $2 WHERE source = $3 AND key = $4 AND idx = $5 AND valid_to IS NULL`,
		d.Close, func(v registry.End) []any {
			return []any{micros(v.To), micros(v.Confirmed), source, string(v.Key), v.Index}
		}); err != nil {
		return fmt.Errorf("versions that end: %w", err)
	}
	if err := prepared(ctx, tx, `INSERT INTO record_version (source, key, idx, life, valid_from, fields) VALUES ($1, $2, $3, $4, $5, $6)`,
		d.Open, func(v registry.Begin) []any {
			return []any{source, string(v.Key), v.Index, v.Life, v.From.UnixMicro(), text(v.Fields)}
		}); err != nil {
		return fmt.Errorf("versions that begin: %w", err)
	}
	if err := prepared(ctx, tx, `DELETE FROM record_current WHERE source = $1 AND key = $2 AND idx = $3`,
		d.Gone, func(r registry.Row) []any { return []any{source, string(r.Key), r.Index} }); err != nil {
		return fmt.Errorf("rows that go: %w", err)
	}
	return prepared(ctx, tx, `INSERT INTO record_current (source, key, idx, life, fields, missing_since, missing_run, last_seen) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (source, key, idx) DO UPDATE SET life = excluded.life, fields = excluded.fields, missing_since = excluded.missing_since, missing_run = excluded.missing_run, last_seen = excluded.last_seen`,
		d.Upsert, func(r registry.Row) []any {
			var run any
			if r.MissingCheck != 0 {
				run = r.MissingCheck
			}
			return []any{source, string(r.Key), r.Index, r.Life, text(r.Fields), micros(r.MissingSince), run, micros(r.LastSeen)}
		})
}

// prepared runs one statement for every element of a list.
func prepared[T any](ctx context.Context, tx *sql.Tx, query string, list []T, args func(T) []any) error {
	if len(list) == 0 {
		return nil
	}
	st, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return err
	}
	defer st.Close()
	for _, x := range list {
		if _, err := st.ExecContext(ctx, args(x)...); err != nil {
			return err
		}
	}
	return nil
}
