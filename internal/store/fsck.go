package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"pantau/internal/snapshot"
	"pantau/notify"
)

// Finding is a broken invariant.
type Finding struct {
	Invariant int    `json:"invariant"` // its number in the fault model
	What      string `json:"what"`
	Object    string `json:"object"`
}

// rule is an invariant that one query can check: each row it yields names an
// object that breaks it.
type rule struct {
	n     int
	what  string
	query string
}

// grace is how long something may be late before fsck calls it broken.
const grace = 2 * time.Minute

func rules() []rule {
	return []rule{
		{2, "an alert whose change lacks two good snapshots", `SELECT a.id FROM alert a JOIN change c ON c.id = a.change
			WHERE NOT EXISTS (SELECT 1 FROM snapshot s JOIN capture p ON p.id = s.capture WHERE s.source = c.source AND s.seq = c.from_seq AND (p.class = 'ok' OR p.decision = 'accepted'))
			OR NOT EXISTS (SELECT 1 FROM snapshot s JOIN capture p ON p.id = s.capture WHERE s.source = c.source AND s.seq = c.to_seq AND (p.class = 'ok' OR p.decision = 'accepted'))`},
		{3, "a removal without two complete looks", `SELECT r.change || ' ' || r.key FROM removal r
			LEFT JOIN looks a ON a.run = r.missing LEFT JOIN looks b ON b.run = r.confirmed
			WHERE a.id IS NULL OR b.id IS NULL OR a.id >= b.id OR a.outcome NOT IN ('baseline', 'unchanged', 'changed') OR b.outcome NOT IN ('baseline', 'unchanged', 'changed')`},
		{4, "a gap or a double in the snapshots of a source", `SELECT source FROM snapshot GROUP BY source HAVING min(seq) <> 1 OR max(seq) <> count(*)
			UNION SELECT s.id FROM source s WHERE s.seq <> (SELECT count(*) FROM snapshot n WHERE n.source = s.id)`},
		{5, "a body that a capture names and that is not there", `SELECT b.capture || ' ' || b.sha256 FROM capture_body b LEFT JOIN blob o ON o.sha256 = b.sha256 WHERE o.sha256 IS NULL`},
		{5, "a delta against a delta", `SELECT a.sha256 FROM blob a JOIN blob b ON b.sha256 = a.base WHERE b.base IS NOT NULL`},
		{5, "a capture entered by hand that names nobody, or is not audited", `SELECT c.id FROM capture c WHERE c.evidence NOT IN ('fetched', 'rendered', 'manual')
			OR (c.evidence = 'manual') <> (c.entered_by <> '')
			OR c.evidence = 'manual' AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.what = 'entered by hand' AND a.who = c.entered_by AND a.object LIKE 'capture ' || c.id || ' of %')`},
		{6, "delivered without an accepted attempt", `SELECT m.id FROM message m WHERE m.state = 'delivered'
			AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.message = m.id AND a.outcome = 'accepted')`},
		{8, "a message in no known state, or a dead one that was never tried", `SELECT id FROM message WHERE state NOT IN ('pending', 'sending', 'delivered', 'dead')
			OR state = 'dead' AND attempts = 0`},
		{9, "delivered out of order and not marked so", `SELECT m.id FROM message m
			JOIN (SELECT message, min(started) AS first, min(CASE WHEN outcome = 'accepted' THEN finished END) AS arrived FROM attempt GROUP BY message) t ON t.message = m.id
			WHERE m.state = 'delivered' AND m.out_of_order = 0 AND m.urgent = 0 AND EXISTS (
			SELECT 1 FROM message e LEFT JOIN (SELECT message, min(started) AS first FROM attempt GROUP BY message) u ON u.message = e.id
			WHERE e.lane = m.lane AND e.place < m.place AND e.created_at < t.first AND (u.first IS NULL OR u.first > t.arrived))`},
		{13, "a document of a list that never showed it, or that is watched while its list is not", `SELECT c.source FROM child c
			JOIN source s ON s.id = c.source JOIN source p ON p.id = c.parent WHERE s.active > p.active OR p.type = 'index'
			AND NOT EXISTS (SELECT 1 FROM record_version v WHERE v.source = c.parent AND v.key = c.key)`},
		{13, "a regulation's thread with a document that its list never showed", `SELECT m.thread || ' ' || m.key FROM thread_member m
			WHERE NOT EXISTS (SELECT 1 FROM record_version v WHERE v.source = m.source AND v.key = m.key)`},
		{14, "a secret that is kept as it is, or a role that nobody knows", `SELECT 'account ' || id FROM account
			WHERE password <> '' AND password NOT LIKE '$argon2id$%' OR role NOT IN ('viewer', 'reviewer', 'administrator')
			UNION ALL SELECT 'session of account ' || account FROM session WHERE length(digest) <> 64
			UNION ALL SELECT 'token ' || id FROM token WHERE length(digest) <> 64
			UNION ALL SELECT 'set-up link' FROM setup WHERE length(digest) <> 64`},
		{14, "a session of a user as he no longer is", `SELECT 'session of account ' || x.account FROM session x JOIN account a ON a.id = x.account
			WHERE x.epoch <> a.epoch OR a.disabled = 1`},
		{10, "a run that was done and names no check", `SELECT id FROM run WHERE state = 'done' AND (check_id IS NULL OR NOT EXISTS (SELECT 1 FROM looks l WHERE l.id = run.check_id))`},
		{10, "occurrences of a schedule that no run stands for", `SELECT source || ' run ' || id FROM (
			SELECT id, source, schedule, from_at, lag(next_at) OVER (PARTITION BY source ORDER BY id) AS expected, lag(schedule) OVER (PARTITION BY source ORDER BY id) AS before
			FROM run WHERE manual = 0) AS chain WHERE expected IS NOT NULL AND before = schedule AND expected <> from_at`},
	}
}

// Fsck checks the invariants over the whole database and reports what breaks
// them; an empty list is a clean database.
func (s *Store) Fsck(ctx context.Context, now time.Time) ([]Finding, error) {
	var out []Finding
	add := func(n int, what, object string) { out = append(out, Finding{n, what, object}) }
	for _, r := range rules() {
		if err := each(ctx, s.read, func(scan func(...any) error) error {
			var object string
			err := scan(&object)
			add(r.n, r.what, object)
			return err
		}, r.query); err != nil {
			return out, fmt.Errorf("invariant %d (%s): %w", r.n, r.what, err)
		}
	}
	for _, check := range []func(context.Context, time.Time, func(int, string, string)) error{
		s.fsckAlerts, s.fsckBodies, s.fsckLeases, s.fsckChain, s.fsckFile,
	} {
		if err := check(ctx, now, add); err != nil {
			return out, err
		}
	}
	return out, nil
}

// fsckAlerts routes every change again by the interests it names: the alerts
// must be exactly those that are stored (invariant 1).
func (s *Store) fsckAlerts(ctx context.Context, _ time.Time, add func(int, string, string)) error {
	type row struct{ change, source, interests string }
	var list []row
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var r row
		err := scan(&r.change, &r.source, &r.interests)
		list = append(list, r)
		return err
	}, `SELECT c.id, p.source_body, c.interests FROM change c JOIN snapshot n ON n.source = c.source AND n.seq = c.to_seq JOIN capture p ON p.id = n.capture ORDER BY c.to_at`)
	if err != nil {
		return err
	}
	for _, r := range list {
		if err := s.fsckRoute(ctx, r.change, r.source, r.interests, add); err != nil {
			return fmt.Errorf("routing of change %s: %w", r.change, err)
		}
	}
	return nil
}

func (s *Store) fsckRoute(ctx context.Context, change, source, version string, add func(int, string, string)) error {
	c, err := s.Change(ctx, change)
	if err != nil {
		return err
	}
	var src snapshot.Source
	if err := json.Unmarshal([]byte(source), &src); err != nil {
		return err
	}
	var body string
	if err := s.read.QueryRowContext(ctx, `SELECT body FROM interest_version WHERE digest = $1`, version).Scan(&body); err != nil {
		return err
	}
	var in notify.Interests
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		return err
	}
	want := map[string]bool{}
	for _, a := range notify.Route(c, src, in) {
		want[a.ID] = true
	}
	if err := each(ctx, s.read, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		if !want[id] {
			add(1, "an alert that routing would not give", id)
		}
		delete(want, id)
		return err
	}, `SELECT id FROM alert WHERE change = $1`, change); err != nil {
		return err
	}
	var removals int
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM removal WHERE change = $1`, change).Scan(&removals); err != nil {
		return err
	}
	if len(c.Events) > 0 && removals < c.Stats.Removed {
		add(3, "removals whose two looks are not on record", change)
	}
	for id := range want {
		add(1, "a change that matches a subscription and has no alert", change+" "+id)
	}
	return nil
}

// fsckBodies reads every body: its SHA-256 must be its name (invariant 5).
func (s *Store) fsckBodies(ctx context.Context, _ time.Time, add func(int, string, string)) error {
	var names []string
	if err := each(ctx, s.read, func(scan func(...any) error) error {
		var n string
		err := scan(&n)
		names = append(names, n)
		return err
	}, `SELECT sha256 FROM blob ORDER BY coalesce(base, sha256), base IS NOT NULL`); err != nil {
		return err
	}
	for _, n := range names {
		if _, err := s.body(ctx, s.read, n); err != nil {
			if ctx.Err() != nil {
				return err
			}
			add(5, err.Error(), n)
		}
	}
	return nil
}

// fsckLeases looks for work in hand whose lease has ended (invariants 7 and 10)
// and for occurrences that nobody planned although a planner is at work.
func (s *Store) fsckLeases(ctx context.Context, now time.Time, add func(int, string, string)) error {
	limit := now.Add(-grace).UnixMicro()
	for _, q := range []rule{
		{7, "being sent under a lease that has ended", `SELECT m.id FROM message m LEFT JOIN lease l ON l.name = 'lane:' || m.lane
			WHERE m.state = 'sending' AND (l.name IS NULL OR l.epoch <> m.epoch OR l.expires < $1)`},
		{10, "being done under a lease that has ended", `SELECT r.id FROM run r LEFT JOIN lease l ON l.name = r.host
			WHERE r.state = 'running' AND (l.name IS NULL OR l.epoch <> r.epoch OR l.expires < $1)`},
		{10, "occurrences that were not planned although a planner is at work", `SELECT id FROM source
			WHERE active = 1 AND next_run_at < $1 AND EXISTS (SELECT 1 FROM lease WHERE name = 'planner' AND expires > $1)`},
	} {
		if err := each(ctx, s.read, func(scan func(...any) error) error {
			var object string
			err := scan(&object)
			add(q.n, q.what, object)
			return err
		}, q.query, limit); err != nil {
			return fmt.Errorf("invariant %d (%s): %w", q.n, q.what, err)
		}
	}
	return nil
}

// fsckChain computes the chain of check rows again (invariant 11), and the
// manifests it covers.
func (s *Store) fsckChain(ctx context.Context, _ time.Time, add func(int, string, string)) error {
	before, last := "", int64(0)
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var l link
		var counts, hash string
		var change sql.NullString
		if err := scan(&l.ID, &l.Run, &l.Source, &l.Started, &l.Finished, &l.Outcome, &l.Reason, &l.Detail, &counts, &l.Manifest,
			&l.Seq, &change, &l.Config, &l.Program, &hash); err != nil {
			return err
		}
		l.Counts, l.Change = json.RawMessage(counts), change.String
		if l.ID != last+1 {
			add(11, "a gap in the sequence of check rows", fmt.Sprint(l.ID))
		}
		if l.chain(before) != hash {
			add(11, "a check row that does not fit its hash", fmt.Sprint(l.ID))
		}
		before, last = hash, l.ID
		return nil
	}, `SELECT l.id, l.run, l.source, l.started, l.finished, l.outcome, l.reason, l.detail, l.counts, coalesce(c.digest, ''), l.seq, l.change, l.config, l.program, l.hash
		FROM looks l LEFT JOIN capture c ON c.id = l.capture ORDER BY l.id`)
	if err != nil {
		return err
	}
	return each(ctx, s.read, func(scan func(...any) error) error {
		var id int64
		var digest, evidence, by string
		var body []byte
		if err := scan(&id, &digest, &body, &evidence, &by); err != nil {
			return err
		}
		m, err := s.codec.unpack(body)
		if err != nil || snapshot.Digest(m) != digest {
			add(11, "a manifest whose SHA-256 differs", fmt.Sprint(id))
			return nil
		}
		// The manifest is under the chain; the columns are not.
		var c snapshot.Capture
		if err := json.Unmarshal(m, &c); err != nil || c.Evidence() != evidence || c.Manual != nil && c.Manual.By != by {
			add(11, "a capture whose evidence is not what its manifest says", fmt.Sprint(id))
		}
		return nil
	}, `SELECT id, digest, manifest, evidence, entered_by FROM capture`)
}

// fsckFile runs the database's own checks (invariant 12).
func (s *Store) fsckFile(ctx context.Context, _ time.Time, add func(int, string, string)) error {
	if err := s.verify(ctx, s.read, s.name); err != nil {
		if ctx.Err() != nil || away(err) {
			return err
		}
		add(12, err.Error(), s.name)
	}
	return nil
}
