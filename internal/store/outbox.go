package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/notify"
)

// LaneID names the lane of a subscription on a channel.
func LaneID(subscriber, channel string) string { return subscriber + "|" + channel }

// insertMessages puts messages into their lanes and wakes them. A message
// whose id is there already is the same message: it is not doubled.
func (s *Store) insertMessages(ctx context.Context, tx *sql.Tx, list []monitor.Outgoing, now time.Time) error {
	lanes := map[string]bool{}
	for _, o := range list {
		lane := LaneID(o.Subscriber, o.Channel)
		if _, err := tx.ExecContext(ctx, `INSERT INTO lane (id, subscriber, channel) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, lane, o.Subscriber, o.Channel); err != nil {
			return err
		}
		m := o.Message
		var change any
		if m.ChangeID != "" {
			change = m.ChangeID
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO message (id, lane, place, kind, urgent, state, change, body, created_at, due_at)
			VALUES ($1, $2, (SELECT coalesce(max(place), 0) + 1 FROM message), $3, $4, 'pending', $5, $6, $7, $7) ON CONFLICT (id) DO NOTHING`,
			m.ID, lane, m.Kind, flag(m.Severity.Rank() == 2), change, text(m), now.UnixMicro()); err != nil {
			return fmt.Errorf("%s for %s: %w", m.ID, lane, err)
		}
		for _, a := range m.AlertIDs {
			if _, err := tx.ExecContext(ctx, `INSERT INTO message_alert (message, alert) VALUES ($1, $2) ON CONFLICT DO NOTHING`, m.ID, a); err != nil {
				return err
			}
		}
		lanes[lane] = true
	}
	for lane := range lanes {
		if err := s.wakeLane(ctx, tx, lane); err != nil {
			return err
		}
	}
	return nil
}

// Send stores messages that belong to no check: samples, health.
func (s *Store) Send(ctx context.Context, list []monitor.Outgoing, now time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error { return s.insertMessages(ctx, tx, list, now) })
}

// Queue reads what waits in a lane, in order of creation, and why the lane is
// parked ("" if it is not).
func (s *Store) Queue(ctx context.Context, lane string, limit int) ([]notify.Queued, string, error) {
	var parked sql.NullString
	err := s.read.QueryRowContext(ctx, `SELECT parked_why FROM lane WHERE id = $1 AND parked_at IS NOT NULL`, lane).Scan(&parked)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, "", explain(err)
	}
	var out []notify.Queued
	err = each(ctx, s.read, func(scan func(...any) error) error {
		var q notify.Queued
		var created, due int64
		if err := scan(&q.ID, &q.Urgent, &created, &due); err != nil {
			return err
		}
		q.Created, q.Due = time.UnixMicro(created), time.UnixMicro(due)
		out = append(out, q)
		return nil
	}, `SELECT id, urgent, created_at, due_at FROM (
			SELECT id, urgent, created_at, due_at, place FROM (SELECT * FROM message WHERE lane = $1 AND state = 'pending' ORDER BY place LIMIT $2) AS oldest
			UNION SELECT id, urgent, created_at, due_at, place FROM (SELECT * FROM message WHERE lane = $1 AND state = 'pending' AND urgent = 1 ORDER BY place LIMIT $2) AS urgent
		) AS waiting ORDER BY place`, lane, limit)
	return out, parked.String, err
}

// LanesDue lists the lanes that are not parked and in which something may go
// now by the rule of notify.Pick. A lane whose head still holds up the others is
// not among them: whoever asks would ask in vain.
func (s *Store) LanesDue(ctx context.Context, now time.Time) ([]string, error) {
	var out []string
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var l string
		err := scan(&l)
		out = append(out, l)
		return err
	}, `SELECT DISTINCT m.lane FROM message m JOIN lane l ON l.id = m.lane
		WHERE m.state = 'pending' AND m.due_at <= $1 AND l.parked_at IS NULL AND (m.urgent = 1 OR NOT EXISTS (
			SELECT 1 FROM message e WHERE e.lane = m.lane AND e.state = 'pending' AND e.place < m.place AND e.due_at > $1 AND e.created_at > $2))
		ORDER BY m.lane`, now.UnixMicro(), now.Add(-notify.HeadOfLine).UnixMicro())
	return out, err
}

// BeginAttempt marks a message as being sent and freezes its layout at the
// first attempt. A process that dies behind this leaves an attempt without an
// outcome: Recover calls it uncertain and the message goes out again, under
// the same ids and with the same bytes.
func (s *Store) BeginAttempt(ctx context.Context, id string, l monitor.Lease, now time.Time, outOfOrder bool, layout func(channel string, m notify.Message) (notify.Payload, error)) (*schedule.Attempt, error) {
	var a *schedule.Attempt
	err := s.update(ctx, func(tx *sql.Tx) error {
		a = &schedule.Attempt{Lease: l}
		if err := holds(ctx, tx, l); err != nil {
			return err
		}
		var body string
		var payload []byte
		var first sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT m.lane, l.channel, m.body, m.payload, m.attempts, m.first_at FROM message m JOIN lane l ON l.id = m.lane
			WHERE m.id = $1 AND m.state = 'pending'`, id).Scan(&a.Lane, &a.Channel, &body, &payload, &a.Envelope.Attempt, &first)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("message %s is not waiting: %w", id, ErrNotFound)
		}
		if err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(body), &a.Envelope.Message); err != nil {
			return fmt.Errorf("message %s: %w", id, err)
		}
		a.Envelope.Target = target(a.Channel)
		if payload == nil {
			payload, a.Unfit = layout(a.Channel, a.Envelope.Message)
		}
		a.Envelope.Payload = payload
		a.Envelope.Attempt++
		if a.First = instant(first); a.First.IsZero() {
			a.First = now
		}
		var before int
		if err := tx.QueryRowContext(ctx, `SELECT count(CASE WHEN outcome IN ('uncertain', 'accepted') THEN 1 END),
			count(CASE WHEN outcome IN ('uncertain', 'retry') AND detail <> $1 AND started >= $2 THEN 1 END)
			FROM attempt WHERE message = $3`, lostAttempt, a.First.UnixMicro(), id).Scan(&before, &a.Failed); err != nil {
			return err
		}
		a.Again = before > 0
		if _, err := tx.ExecContext(ctx, `UPDATE message SET state = 'sending', owner = $1, epoch = $2, attempts = $3, payload = $4, first_at = $5,
			out_of_order = CASE WHEN $6 THEN 1 ELSE out_of_order END WHERE id = $7`,
			l.Owner, l.Epoch, a.Envelope.Attempt, payload, a.First.UnixMicro(), outOfOrder, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO attempt (message, n, started, again) VALUES ($1, $2, $3, $4)`, id, a.Envelope.Attempt, now.UnixMicro(), flag(a.Again))
		return err
	})
	return a, err
}

// target is the part of a channel behind the colon.
func target(channel string) string {
	for i := range len(channel) {
		if channel[i] == ':' {
			return channel[i+1:]
		}
	}
	return ""
}

// EndAttempt stores the outcome. A process that dies just before it has sent a
// message whose attempt stays open: see BeginAttempt.
func (s *Store) EndAttempt(ctx context.Context, a *schedule.Attempt, r schedule.Result, now time.Time, notices []monitor.Outgoing) error {
	id := a.Envelope.Message.ID
	return s.update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE attempt SET finished = $1, outcome = $2, detail = $3, receipt = $4 WHERE message = $5 AND n = $6`,
			now.UnixMicro(), r.Outcome, plain(r.Detail), plain(r.Receipt), id, a.Envelope.Attempt); err != nil {
			return err
		}
		state, due, done := "pending", any(r.Next.UnixMicro()), any(nil)
		switch {
		case r.Outcome == notify.Accepted:
			state, due, done = "delivered", now.UnixMicro(), now.UnixMicro()
		case r.Park:
			due = now.UnixMicro()
		case r.Next.IsZero():
			state, due, done = "dead", now.UnixMicro(), now.UnixMicro()
		}
		// A parked message starts a new series when its channel works again.
		res, err := tx.ExecContext(ctx, `UPDATE message SET state = $1, due_at = $2, done_at = $3, owner = NULL, epoch = NULL,
			first_at = CASE WHEN $4 THEN NULL ELSE first_at END
			WHERE id = $5 AND state = 'sending' AND owner = $6 AND epoch = $7`, state, due, done, r.Park, id, a.Lease.Owner, a.Lease.Epoch)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, fmt.Errorf("message %s: %w", id, monitor.ErrLease))
		}
		if r.Park {
			if err := park(ctx, tx, a.Channel, r.Detail, now); err != nil {
				return err
			}
		}
		return s.insertMessages(ctx, tx, notices, now)
	})
}

// park stops every lane of the channel's kind: one token serves all of them.
func park(ctx context.Context, tx *sql.Tx, channel, why string, now time.Time) error {
	kind := channel[:len(channel)-len(target(channel))]
	_, err := tx.ExecContext(ctx, `UPDATE lane SET parked_at = $1, parked_why = $2 WHERE parked_at IS NULL AND (channel = $3 OR substr(channel, 1, length($4)) = $4)`,
		now.UnixMicro(), plain(why), channel, kind)
	return err
}

// Unpark lets lanes go on that were parked before an instant: the configuration
// may have changed, or a person says so. It returns how many there were.
func (s *Store) Unpark(ctx context.Context, before time.Time) (int, error) {
	var n int64
	err := s.update(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE lane SET parked_at = NULL, parked_why = NULL WHERE parked_at <= $1`, before.UnixMicro())
		if err == nil {
			n, err = r.RowsAffected()
		}
		return err
	})
	return int(n), err
}

// Replay puts a dead letter, or a delivered message, back into its lane, and
// makes one that waits go now: same ids, same bytes, the next attempt, audited.
func (s *Store) Replay(ctx context.Context, id, who string, now time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, `UPDATE message SET state = 'pending', due_at = $1, first_at = NULL, done_at = NULL WHERE id = $2 AND state <> 'sending'`, now.UnixMicro(), id)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("message %s is not there, or just being sent: %w", id, ErrNotFound))
		}
		if err := audit(ctx, tx, now, who, "replay", "message "+id); err != nil {
			return err
		}
		var lane string
		if err := tx.QueryRowContext(ctx, `SELECT lane FROM message WHERE id = $1`, id).Scan(&lane); err != nil {
			return err
		}
		return s.wakeLane(ctx, tx, lane)
	})
}

// Overdue counts the messages that were due before an instant and have not
// been tried: delivery is not at work.
func (s *Store) Overdue(ctx context.Context, before time.Time) (int, error) {
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM message m JOIN lane l ON l.id = m.lane
		WHERE m.state = 'pending' AND m.due_at < $1 AND l.parked_at IS NULL`, before.UnixMicro()).Scan(&n)
	return n, explain(err)
}
