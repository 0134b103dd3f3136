package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"pantau/diff"
	"pantau/internal/monitor"
	"pantau/internal/snapshot"
)

// Commit implements monitor.Store. Bodies are compressed before the
// transaction begins; in it there are only checks and inserts. A process that
// dies before its end has stored nothing, and the run is taken up again.
func (s *Store) Commit(ctx context.Context, c *monitor.Check) error {
	for try := 1; ; try++ {
		var bodies []packed
		if c.Capture != nil {
			var err error
			if bodies, err = s.packBodies(ctx, c.Capture); err != nil {
				return fmt.Errorf("capture of %s: %w", c.Source.ID, err)
			}
		}
		err := s.update(ctx, func(tx *sql.Tx) error {
			if err := holds(ctx, tx, c.Lease); err != nil {
				return err
			}
			if err := s.stillAt(ctx, tx, c); err != nil {
				return err
			}
			return s.insertCheck(ctx, tx, c, bodies)
		})
		if errors.Is(err, errNothingThere) && try < repack {
			continue // a prune took away what was not packed because it was there
		}
		if err != nil {
			return fmt.Errorf("commit of the check of %s: %w", c.Source.ID, err)
		}
		return nil
	}
}

// repack is how often bodies are packed for one check.
const repack = 3

// stillAt refuses a check that started from a state which is not the present
// one: of the source's configuration, of its snapshots, and of who follows what.
// What else was edited meanwhile does not concern the check, and it names the
// configuration that it was made by.
func (s *Store) stillAt(ctx context.Context, tx *sql.Tx, c *monitor.Check) error {
	var seq int64
	var good sql.NullInt64
	var active bool
	var body, config string
	err := tx.QueryRowContext(ctx, `SELECT seq, last_good_at, active, body, coalesce((SELECT value FROM meta WHERE name = $2), '') FROM source WHERE id = $1`,
		c.Source.ID, inForce).Scan(&seq, &good, &active, &body, &config)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("source %s: %w", c.Source.ID, ErrNotFound)
	}
	if err != nil {
		return err
	}
	if config != c.Config && (!active || body != text(public(c.Source))) {
		return fmt.Errorf("%s was looked at by configuration %.12s, in force is %.12s: %w", c.Source.ID, c.Config, config, monitor.ErrEdited)
	}
	if seq != c.Seq || !instant(good).Equal(c.ReadGood) {
		return fmt.Errorf("%s is at snapshot %d, the check started from %d: %w", c.Source.ID, seq, c.Seq, monitor.ErrStale)
	}
	if c.Change == nil {
		return nil
	}
	in, version, err := interests(ctx, tx)
	if err != nil {
		return err
	}
	if version != c.Interests {
		return fmt.Errorf("follows or subscriptions have changed: %w", monitor.ErrStale)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO interest_version (digest, body, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		version, text(in), c.Finished.UnixMicro())
	return err
}

func (s *Store) insertCheck(ctx context.Context, tx *sql.Tx, c *monitor.Check, bodies []packed) error {
	var capture any
	if c.Capture != nil {
		id, err := s.putCapture(ctx, tx, c.Capture, c.Source, class(c.Outcome), bodies)
		if err != nil {
			return fmt.Errorf("capture: %w", err)
		}
		capture = id
	} else if c.Accepted != 0 {
		capture = c.Accepted
		// It was read by the rules of today, not by those it was held under.
		if _, err := tx.ExecContext(ctx, `UPDATE capture SET source_body = $1 WHERE id = $2`, text(public(c.Source)), c.Accepted); err != nil {
			return err
		}
	}
	if m := c.Manual; m != nil && c.Accepted == 0 {
		object := fmt.Sprintf("capture %v of %s, saved %s from %s", capture, c.Source.ID, m.Seen.UTC().Format(time.RFC3339), m.URL)
		if err := audit(ctx, tx, c.Finished, m.By, "entered by hand", object); err != nil {
			return err
		}
	}
	look, err := insertLook(ctx, tx, c, capture)
	if err != nil {
		return fmt.Errorf("row of the check: %w", err)
	}
	if c.Snapshot {
		if _, err := tx.ExecContext(ctx, `INSERT INTO snapshot (source, seq, capture, look, taken, digest) VALUES ($1, $2, $3, $4, $5, $6)`,
			c.Source.ID, c.State.Seq, capture, look, c.State.SnapshotAt.UnixMicro(), c.State.Digest); err != nil {
			return fmt.Errorf("snapshot: %w", err)
		}
	}
	if c.Change != nil {
		if err := s.insertChange(ctx, tx, c); err != nil {
			return fmt.Errorf("change %s: %w", c.Change.ID, err)
		}
	}
	for i := range c.Rebase {
		if err := s.applyDelta(ctx, tx, c.Source.ID, &c.Rebase[i]); err != nil {
			return fmt.Errorf("records by the edited description: %w", err)
		}
	}
	if c.Delta != nil {
		if err := s.applyDelta(ctx, tx, c.Source.ID, c.Delta); err != nil {
			return fmt.Errorf("records: %w", err)
		}
	}
	if err := putDocuments(ctx, tx, c); err != nil {
		return err
	}
	if err := s.insertMessages(ctx, tx, c.Messages, c.Finished); err != nil {
		return fmt.Errorf("messages: %w", err)
	}
	if err := putState(ctx, tx, c.Source.ID, c.State); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if c.Accepted != 0 {
		if err := decide(ctx, tx, c.Accepted, "accepted", c.AcceptedBy, c.Finished); err != nil {
			return err
		}
	}
	return endRuns(ctx, tx, c, look)
}

// endRuns ends the run of the check, and those of the source that were due
// when it began to look: one look stands for all of them.
func endRuns(ctx context.Context, tx *sql.Tx, c *monitor.Check, look int64) error {
	r, err := tx.ExecContext(ctx, `UPDATE run SET state = 'done', check_id = $1 WHERE id = $2 AND state = 'running' AND owner = $3 AND epoch = $4`,
		look, c.Run.ID, c.Lease.Owner, c.Lease.Epoch)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, fmt.Errorf("run %d: %w", c.Run.ID, monitor.ErrLease))
	}
	if c.Accepted == 0 && c.Manual == nil { // what was accepted or entered by hand is no look of ours: what is due is still to be looked at
		if _, err = tx.ExecContext(ctx, `UPDATE run SET state = 'done', check_id = $1 WHERE source = $2 AND state = 'planned' AND due_at <= $3`,
			look, c.Source.ID, c.Started.UnixMicro()); err != nil {
			return err
		}
	}
	if c.SecondLook.IsZero() {
		return nil
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO run (source, host, from_at, to_at, coalesced, due_at, planned_at, manual, schedule, state)
		SELECT id, host, CAST($1 AS BIGINT), CAST($1 AS BIGINT), 1, CAST($1 AS BIGINT), CAST($2 AS BIGINT), 1, '', 'planned' FROM source WHERE id = $3 AND active = 1`,
		c.SecondLook.UnixMicro(), c.Finished.UnixMicro(), c.Source.ID)
	return err
}

func class(o monitor.Outcome) snapshot.Class {
	switch o {
	case monitor.Held:
		return snapshot.Held
	case monitor.Failed:
		return snapshot.Failed
	}
	return snapshot.OK
}

// link is what the hash of a check row covers: the row, and through the hash
// before it all rows before.
type link struct {
	ID       int64           `json:"id"`
	Run      int64           `json:"run"`
	Source   string          `json:"source"`
	Started  int64           `json:"started"`
	Finished int64           `json:"finished"`
	Outcome  string          `json:"outcome"`
	Reason   string          `json:"reason"`
	Detail   string          `json:"detail"`
	Counts   json.RawMessage `json:"counts"`
	Manifest string          `json:"manifest"` // digest of the capture's; empty: no capture
	Seq      int64           `json:"seq"`
	Change   string          `json:"change"`
	Config   string          `json:"config"`
	Program  string          `json:"program"`
}

// chain is the hash of a row behind the row with the hash before.
func (l link) chain(before string) string {
	h := sha256.Sum256([]byte(before + "\n" + text(l)))
	return hex.EncodeToString(h[:])
}

func insertLook(ctx context.Context, tx *sql.Tx, c *monitor.Check, capture any) (int64, error) {
	l := link{Run: c.Run.ID, Source: c.Source.ID, Started: c.Started.UnixMicro(), Finished: c.Finished.UnixMicro(),
		Outcome: string(c.Outcome), Reason: plain(c.Reason), Detail: plain(c.Detail), Counts: json.RawMessage(text(c.Counts)),
		Config: c.Config, Program: c.Program}
	if c.Outcome.Good() {
		l.Seq = c.State.Seq
	}
	if c.Change != nil {
		l.Change = c.Change.ID
	}
	if capture != nil {
		if err := tx.QueryRowContext(ctx, `SELECT digest FROM capture WHERE id = $1`, capture).Scan(&l.Manifest); err != nil {
			return 0, err
		}
	}
	var before string
	err := tx.QueryRowContext(ctx, `SELECT id, hash FROM looks ORDER BY id DESC LIMIT 1`).Scan(&l.ID, &before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	l.ID++
	var change any
	if l.Change != "" {
		change = l.Change
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO looks (id, run, source, started, finished, outcome, reason, detail, counts, capture, seq, change, config, program, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		l.ID, l.Run, l.Source, l.Started, l.Finished, l.Outcome, l.Reason, l.Detail, string(l.Counts), capture, l.Seq, change, l.Config, l.Program, l.chain(before))
	return l.ID, err
}

func (s *Store) insertChange(ctx context.Context, tx *sql.Tx, c *monitor.Check) error {
	ch := c.Change
	body, err := json.Marshal(ch)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO change (id, source, from_seq, to_seq, from_at, to_at, found_at, kind, severity, topics, summary, body, words, interests)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		ch.ID, ch.Source, ch.From.Snapshot, ch.To.Snapshot, ch.From.At.UnixMicro(), ch.To.At.UnixMicro(), c.Finished.UnixMicro(),
		ch.Kind, ch.Severity, " "+strings.Join(ch.Topics, " ")+" ", plain(ch.Summary), s.codec.pack(body), plain(searchable(ch)), c.Interests); err != nil {
		return err
	}
	for _, e := range ch.Events {
		if _, err := tx.ExecContext(ctx, `INSERT INTO change_operator (operator, change) VALUES ($1, $2) ON CONFLICT DO NOTHING`, plain(string(e.Key)), ch.ID); err != nil {
			return err
		}
	}
	for _, r := range c.Removals {
		if _, err := tx.ExecContext(ctx, `INSERT INTO removal (change, key, missing, confirmed) VALUES ($1, $2, $3, $4)`, ch.ID, plain(r.Key), r.Missing, c.Run.ID); err != nil {
			return err
		}
	}
	for _, a := range c.Alerts {
		if _, err := tx.ExecContext(ctx, `INSERT INTO alert (id, change, subscription, version, severity, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			a.ID, a.Change, a.Subscription, a.Version, a.Severity, text(a), c.Finished.UnixMicro()); err != nil {
			return fmt.Errorf("alert %s: %w", a.ID, err)
		}
	}
	return nil
}

// searchable is the text a search of the history looks in, in lower case.
func searchable(c *diff.Change) string {
	var b strings.Builder
	add := func(parts ...string) {
		for _, p := range parts {
			if p != "" {
				b.WriteString(strings.ToLower(p))
				b.WriteByte('\n')
			}
		}
	}
	add(c.Summary)
	for _, h := range c.Hunks {
		add(h.Path, h.Before, h.After)
	}
	for _, e := range c.Provisions {
		add(e.Label)
	}
	for _, e := range c.Events {
		add(string(e.Key), e.Name, e.Company)
		for _, f := range e.Fields {
			add(f[0], f[1])
		}
	}
	return b.String()
}
