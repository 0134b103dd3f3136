package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"pantau/internal/monitor"
)

// Pruned counts what Prune let go.
type Pruned struct {
	Captures int   `json:"captures"` // whose bodies were let go; their manifests stay
	Bodies   int   `json:"bodies"`
	Bytes    int64 `json:"bytes"`
}

// Prune lets go of the bodies of captures of unchanged looks older than before.
// Captures of snapshots, of the looks behind removals, of held and failed looks,
// what persons entered by hand, and the newest of every source stay: an edited
// source is compared with that.
// So do all rows and manifests. A body goes when no capture names it and no delta needs it.
//
// It goes on in parts, each a transaction of its own: other nodes write between
// them, and a process that dies in the middle has let go of less.
func (s *Store) Prune(ctx context.Context, before time.Time) (Pruned, error) {
	var p Pruned
	const old = `SELECT c.id FROM capture c JOIN looks l ON l.capture = c.id
		WHERE l.outcome = $1 AND c.class = 'ok' AND c.evidence <> 'manual' AND c.finished < $2 AND NOT EXISTS (SELECT 1 FROM snapshot n WHERE n.capture = c.id)
		AND EXISTS (SELECT 1 FROM looks n JOIN capture_body b ON b.capture = n.capture WHERE n.source = l.source AND n.seq > 0 AND n.id > l.id)
		AND NOT EXISTS (SELECT 1 FROM removal m WHERE m.missing = l.run)
		AND NOT EXISTS (SELECT 1 FROM record_current r WHERE r.missing_run = l.run)
		AND EXISTS (SELECT 1 FROM capture_body b WHERE b.capture = c.id) AND c.id > $3`
	captures, _, err := letGo(ctx, s, int64(0), `SELECT max(id) FROM (`+old+` ORDER BY c.id LIMIT 100) AS part`,
		`SELECT count(DISTINCT capture), 0`, `FROM capture_body WHERE capture IN (`+old+` AND c.id <= $4)`, monitor.Unchanged, before.UnixMicro())
	p.Captures = captures
	if err != nil {
		return p, fmt.Errorf("bodies of unchanged looks: %w", err)
	}
	// Deltas first: a keyframe goes only when nothing is left that needs it.
	for _, which := range []string{`base IS NOT NULL`, `base IS NULL AND NOT EXISTS (SELECT 1 FROM blob d WHERE d.base = blob.sha256)`} {
		loose := `FROM blob WHERE ` + which + ` AND NOT EXISTS (SELECT 1 FROM capture_body b WHERE b.sha256 = blob.sha256) AND NOT EXISTS (SELECT 1 FROM keyframe k WHERE k.sha256 = blob.sha256) AND sha256 > $1`
		bodies, bytes, err := letGo(ctx, s, "", `SELECT max(sha256) FROM (SELECT sha256 `+loose+` ORDER BY sha256 LIMIT 100) AS part`,
			`SELECT count(*), coalesce(sum(length(data)), 0)`, loose+` AND sha256 <= $2`)
		p.Bodies += bodies
		p.Bytes += bytes
		if err != nil {
			return p, fmt.Errorf("bodies that nothing names: %w", err)
		}
	}
	return p, nil
}

// letGo deletes in parts: list gives the last key of the part behind the last of
// its parameters, NULL at the end; which says what rows belong to it, and count
// how to count them, and their bytes.
func letGo[K any](ctx context.Context, s *Store, after K, list, count, which string, args ...any) (rows int, bytes int64, err error) {
	for {
		args := append(args[:len(args):len(args)], after)
		var last sql.Null[K]
		if err := s.read.QueryRowContext(ctx, list, args...).Scan(&last); err != nil || !last.Valid {
			return rows, bytes, explain(err)
		}
		args = append(args, last.V)
		var n int
		var size int64
		err := s.update(ctx, func(tx *sql.Tx) error {
			if err := tx.QueryRowContext(ctx, count+` `+which, args...).Scan(&n, &size); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `DELETE `+which, args...)
			return err
		})
		if err != nil {
			return rows, bytes, err
		}
		rows, bytes, after = rows+n, bytes+size, last.V
	}
}
