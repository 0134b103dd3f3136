package store

import (
	"context"
	"database/sql"
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
func (s *Store) Prune(ctx context.Context, before time.Time) (Pruned, error) {
	var p Pruned
	err := s.update(ctx, func(tx *sql.Tx) error {
		p = Pruned{}
		const old = `SELECT c.id FROM capture c JOIN looks l ON l.capture = c.id
			WHERE l.outcome = $1 AND c.class = 'ok' AND c.evidence <> 'manual' AND c.finished < $2 AND NOT EXISTS (SELECT 1 FROM snapshot n WHERE n.capture = c.id)
			AND EXISTS (SELECT 1 FROM looks n JOIN capture_body b ON b.capture = n.capture WHERE n.source = l.source AND n.seq > 0 AND n.id > l.id)
			AND NOT EXISTS (SELECT 1 FROM removal m WHERE m.missing = l.run)
			AND NOT EXISTS (SELECT 1 FROM record_current r WHERE r.missing_run = l.run)`
		if err := tx.QueryRowContext(ctx, `SELECT count(DISTINCT capture) FROM capture_body WHERE capture IN (`+old+`)`, monitor.Unchanged, before.UnixMicro()).Scan(&p.Captures); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM capture_body WHERE capture IN (`+old+`)`, monitor.Unchanged, before.UnixMicro()); err != nil {
			return err
		}
		// Deltas first: a keyframe goes only when nothing is left that needs it.
		for _, which := range []string{`base IS NOT NULL`, `base IS NULL AND NOT EXISTS (SELECT 1 FROM blob d WHERE d.base = blob.sha256)`} {
			cond := which + ` AND NOT EXISTS (SELECT 1 FROM capture_body b WHERE b.sha256 = blob.sha256) AND NOT EXISTS (SELECT 1 FROM keyframe k WHERE k.sha256 = blob.sha256)`
			var n int
			var size sql.NullInt64
			if err := tx.QueryRowContext(ctx, `SELECT count(*), sum(length(data)) FROM blob WHERE `+cond).Scan(&n, &size); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM blob WHERE `+cond); err != nil {
				return err
			}
			p.Bodies += n
			p.Bytes += size.Int64
		}
		return nil
	})
	return p, err
}
