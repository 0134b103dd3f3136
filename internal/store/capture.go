package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pantau/internal/monitor"
	"pantau/internal/snapshot"
)

// putCapture stores a capture whose bodies are packed already. A body that a
// concurrent prune took away meanwhile fails the transaction by its foreign
// key, and the check is done again.
func (s *Store) putCapture(ctx context.Context, tx *sql.Tx, c *snapshot.Capture, source snapshot.Source, class snapshot.Class, bodies []packed) (int64, error) {
	manifest, err := c.Manifest()
	if err != nil {
		return 0, fmt.Errorf("manifest: %w", err)
	}
	if err := insertBodies(ctx, tx, c.Source, bodies); err != nil {
		return 0, fmt.Errorf("bodies: %w", err)
	}
	var id int64
	by := ""
	if c.Manual != nil {
		by = c.Manual.By
	}
	err = tx.QueryRowContext(ctx, `INSERT INTO capture (source, started, finished, digest, class, source_body, manifest, evidence, entered_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
		c.Source, c.Started.UnixMicro(), c.Finished.UnixMicro(), snapshot.Digest(manifest), class, text(public(source)), s.codec.pack(manifest), c.Evidence(), by).Scan(&id)
	if err != nil {
		return 0, err
	}
	for _, r := range c.Responses {
		if r.Body.Size == 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO capture_body (capture, sha256) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, r.Body.SHA256); err != nil {
			return 0, fmt.Errorf("bodies of the capture: %w", err)
		}
	}
	return id, nil
}

// text is canonical JSON of our own values, which always encode.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: %T does not encode: %v", v, err))
	}
	return string(b)
}

// Held is a capture that waits for a person.
type Held struct {
	ID       int64     `json:"capture"`
	Source   string    `json:"source"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason"`
	Detail   string    `json:"detail"`
	Decision string    `json:"decision,omitempty"`
	By       string    `json:"by,omitempty"`
	Evidence string    `json:"evidence"`
	Entered  string    `json:"entered_by,omitempty"` // who entered it by hand
}

const heldColumns = `SELECT c.id, c.source, c.finished, l.reason, l.detail, coalesce(c.decision, ''), coalesce(c.decided_by, ''), c.evidence, c.entered_by
	FROM capture c JOIN looks l ON l.capture = c.id `

// HeldCaptures lists what the gate holds and nobody has decided on, newest
// first.
func (s *Store) HeldCaptures(ctx context.Context) ([]Held, error) {
	return s.held(ctx, heldColumns+`WHERE c.class = 'held' AND c.decision IS NULL ORDER BY c.id DESC`)
}

// HeldCapture reads one held capture with the source as it was configured
// when the capture was made; ErrNotFound if no such capture was ever held.
func (s *Store) HeldCapture(ctx context.Context, id int64) (Held, snapshot.Source, error) {
	list, err := s.held(ctx, heldColumns+`WHERE c.class = 'held' AND c.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("held capture %d: %w; `pantau held` lists them", id, ErrNotFound)
	}
	if err != nil {
		return Held{}, snapshot.Source{}, err
	}
	var src snapshot.Source
	var body string
	if err := s.read.QueryRowContext(ctx, `SELECT source_body FROM capture WHERE id = $1`, id).Scan(&body); err != nil {
		return Held{}, src, explain(err)
	}
	return list[0], src, json.Unmarshal([]byte(body), &src)
}

func (s *Store) held(ctx context.Context, query string, args ...any) ([]Held, error) {
	var out []Held
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var h Held
		var at int64
		if err := scan(&h.ID, &h.Source, &at, &h.Reason, &h.Detail, &h.Decision, &h.By, &h.Evidence, &h.Entered); err != nil {
			return err
		}
		h.At = time.UnixMicro(at).UTC()
		out = append(out, h)
		return nil
	}, query, args...)
	return out, err
}

// Reject notes that a person took a held capture for broken.
func (s *Store) Reject(ctx context.Context, id int64, who string, now time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error { return decide(ctx, tx, id, "rejected", who, now) })
}

func decide(ctx context.Context, tx *sql.Tx, id int64, decision, who string, now time.Time) error {
	r, err := tx.ExecContext(ctx, `UPDATE capture SET decision = $1, decided_by = $2, decided_at = $3
		WHERE id = $4 AND class = 'held' AND decision IS NULL`, decision, who, now.UnixMicro(), id)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("capture %d is not waiting for a decision: %w", id, ErrNotFound))
	}
	return audit(ctx, tx, now, who, decision, fmt.Sprintf("capture %d", id))
}

func audit(ctx context.Context, tx *sql.Tx, now time.Time, who, what, object string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO audit (at, who, what, object) VALUES ($1, $2, $3, $4)`, now.UnixMicro(), who, what, object)
	return err
}

// Capture implements monitor.Store. Bodies are read when they are asked for.
func (s *Store) Capture(ctx context.Context, source string, seq int64) (*snapshot.Capture, snapshot.Source, error) {
	var src snapshot.Source
	var id int64
	var body string
	err := s.read.QueryRowContext(ctx, `SELECT c.id, c.source_body FROM snapshot s JOIN capture c ON c.id = s.capture WHERE s.source = $1 AND s.seq = $2`, source, seq).Scan(&id, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, src, fmt.Errorf("snapshot %d of %s: %w", seq, source, ErrNotFound)
	}
	if err != nil {
		return nil, src, explain(err)
	}
	if err := json.Unmarshal([]byte(body), &src); err != nil {
		return nil, src, fmt.Errorf("rules of snapshot %d of %s: %w", seq, source, err)
	}
	c, err := s.CaptureByID(ctx, id)
	return c, src, err
}

// seenAt is when what a look holds was seen: by the look itself, or before it
// where a person accepted a capture or entered one.
func seenAt(look, capture string) string {
	return `CASE WHEN ` + capture + `.evidence = 'manual' OR ` + capture + `.class = 'held' AND ` + look + `.seq > 0 THEN ` + capture + `.finished ELSE ` + look + `.finished END`
}

// LastGood implements monitor.Store. Captures whose bodies were let go of are
// passed over, and so are answers that said "not modified": the body before
// stands for these too.
func (s *Store) LastGood(ctx context.Context, source string) (monitor.Past, error) {
	type look struct {
		id       int64
		finished int64
		bodies   int
	}
	var list []look
	if err := each(ctx, s.read, func(scan func(...any) error) error {
		var l look
		err := scan(&l.id, &l.finished, &l.bodies)
		list = append(list, l)
		return err
	}, `SELECT c.id, `+seenAt("l", "c")+`, CASE WHEN EXISTS (SELECT 1 FROM capture_body b WHERE b.capture = c.id) THEN 1 ELSE 0 END FROM looks l JOIN capture c ON c.id = l.capture
		WHERE l.source = $1 AND l.seq > 0 ORDER BY l.id DESC LIMIT 1000`, source); err != nil {
		return monitor.Past{}, err
	}
	var p monitor.Past
	for n, l := range list {
		if n == 0 {
			if err := s.sourceOf(ctx, l.id, &p.Source); err != nil {
				return p, err
			}
			p.At = time.UnixMicro(l.finished).UTC()
		}
		c, err := s.CaptureByID(ctx, l.id)
		switch {
		case err != nil:
			return p, err
		case l.bodies > 0:
			p.Capture = c
			return p, s.sourceOf(ctx, l.id, &p.Source)
		case !c.NotModified && n+1 < len(list):
			p.At = time.UnixMicro(list[n+1].finished).UTC() // what it saw is not kept
		}
	}
	return p, nil
}

// sourceOf reads the source as it was configured when a capture was read.
func (s *Store) sourceOf(ctx context.Context, capture int64, into *snapshot.Source) error {
	var body string
	if err := s.read.QueryRowContext(ctx, `SELECT source_body FROM capture WHERE id = $1`, capture).Scan(&body); err != nil {
		return explain(err)
	}
	*into = snapshot.Source{}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		return fmt.Errorf("rules of capture %d: %w", capture, err)
	}
	return nil
}

// CaptureByID reads any capture.
func (s *Store) CaptureByID(ctx context.Context, id int64) (*snapshot.Capture, error) {
	manifest, err := s.manifest(ctx, s.read, id)
	if err != nil {
		return nil, err
	}
	var c snapshot.Capture
	if err := json.Unmarshal(manifest, &c); err != nil {
		return nil, fmt.Errorf("manifest of capture %d: %w", id, err)
	}
	for _, r := range c.Responses {
		if r.Body.Size > 0 {
			sha := r.Body.SHA256
			r.Body.Read = func() ([]byte, error) { return s.body(ctx, s.read, sha) }
		}
	}
	return &c, nil
}

func (s *Store) manifest(ctx context.Context, q querier, id int64) ([]byte, error) {
	var digest string
	var body []byte
	err := q.QueryRowContext(ctx, `SELECT digest, manifest FROM capture WHERE id = $1`, id).Scan(&digest, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("capture %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return nil, explain(err)
	}
	manifest, err := s.codec.unpack(body)
	if err == nil && snapshot.Digest(manifest) != digest {
		err = errors.New("its SHA-256 differs")
	}
	if err != nil {
		return nil, fmt.Errorf("manifest of capture %d: %w: %w", id, ErrCorrupt, err)
	}
	return manifest, nil
}
