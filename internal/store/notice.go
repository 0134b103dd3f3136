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
	"pantau/notify"
)

// Blind implements monitor.Watch: what cannot be seen now, in order of id. One
// whose row cannot be read is an error, the others are given all the same.
func (s *Store) Blind(ctx context.Context) ([]notify.Blindness, error) {
	var out []notify.Blindness
	var broken []error
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var b notify.Blindness
		var body, remembered string
		var since, good sql.NullInt64
		if err := scan(&body, &remembered, &since, &b.Detail, &good); err != nil {
			return err
		}
		var st monitor.State
		if err := errors.Join(json.Unmarshal([]byte(body), &b.Source), json.Unmarshal([]byte(remembered), &st)); err != nil {
			broken = append(broken, fmt.Errorf("state of %s: %w", b.Source.ID, err))
			return nil
		}
		b.Since, b.Reason = instant(since), st.BlindReason
		b.From, b.Last, b.Failed, b.Held, b.Kept = st.Blindness.From, st.Blindness.Last, st.Blindness.Failed, st.Blindness.Held, st.Blindness.Kept
		b.SinceBy = st.Blindness.SinceBy
		if st.Manual != nil && instant(good).After(b.Since) {
			b.Hand = st.Manual
		}
		out = append(out, b)
		return nil
	}, `SELECT body, state, blind_since, blind_why, last_good_at FROM source WHERE active = 1 AND coalesce(blind_why, '') <> '' ORDER BY id`)
	return out, errors.Join(append(broken, err)...)
}

// Tell implements monitor.Watch. A process that dies before the end of the
// transaction has told nothing and noted nothing.
func (s *Store) Tell(ctx context.Context, n monitor.Notice, list []monitor.Outgoing, now time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if !n.Blind.IsZero() { // it may have been seen again meanwhile
			st, err := state(ctx, tx, n.Source)
			if err != nil || !st.Blindness.From.Equal(n.Blind) {
				return err
			}
		}
		r, err := tx.ExecContext(ctx, `INSERT INTO notice (kind, source, subscriber, occurrence, told_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			n.Kind, n.Source, n.Subscriber, n.Occurrence, now.UnixMicro())
		if err != nil {
			return err
		}
		if told, err := r.RowsAffected(); err != nil || told == 0 {
			return err
		}
		return s.insertMessages(ctx, tx, list, now)
	})
}

// Told implements monitor.Watch.
func (s *Store) Told(ctx context.Context, kind string) ([]monitor.Notice, error) {
	var out []monitor.Notice
	err := each(ctx, s.read, func(scan func(...any) error) error {
		n := monitor.Notice{Kind: kind}
		var at int64
		err := scan(&n.Source, &n.Subscriber, &n.Occurrence, &at)
		n.At = time.UnixMicro(at).UTC()
		out = append(out, n)
		return err
	}, `SELECT source, subscriber, occurrence, told_at FROM notice WHERE kind = $1 ORDER BY told_at, source, subscriber, occurrence`, kind)
	return out, err
}

// Open implements monitor.Watch: whom it was told that something is unconfirmed
// and not yet that it was seen again, of sources that are seen.
func (s *Store) Open(ctx context.Context) ([]monitor.Notice, error) {
	var out []monitor.Notice
	err := each(ctx, s.read, func(scan func(...any) error) error {
		n := monitor.Notice{Kind: monitor.Unconfirmed}
		var at int64
		err := scan(&n.Source, &n.Subscriber, &n.Occurrence, &at)
		n.At = time.UnixMicro(at).UTC()
		out = append(out, n)
		return err
	}, `SELECT n.source, n.subscriber, n.occurrence, n.told_at FROM notice n JOIN source s ON s.id = n.source
		WHERE n.kind = $1 AND coalesce(s.blind_why, '') = '' AND s.active = 1 AND NOT EXISTS (
			SELECT 1 FROM notice r WHERE r.kind = $2 AND r.source = n.source AND r.subscriber = n.subscriber AND r.occurrence = n.occurrence)
		ORDER BY n.told_at, n.source, n.subscriber`, monitor.Unconfirmed, monitor.Resolved)
	return out, err
}

// EndOf implements monitor.Watch.
func (s *Store) EndOf(ctx context.Context, source string, from time.Time) (monitor.End, error) {
	var e monitor.End
	var seen int64
	var before, own sql.NullInt64
	var change sql.NullString
	err := s.read.QueryRowContext(ctx, `SELECT `+seenAt("l", "c")+`, l.change, (SELECT max(`+seenAt("g", "d")+`)
			FROM looks g LEFT JOIN capture d ON d.id = g.capture WHERE g.source = l.source AND g.seq > 0 AND g.id < l.id),
			(SELECT max(`+seenAt("g", "d")+`) FROM looks g LEFT JOIN capture d ON d.id = g.capture WHERE g.source = l.source AND g.seq > 0 AND g.finished < $2)
		FROM looks l LEFT JOIN capture c ON c.id = l.capture
		WHERE l.source = $1 AND l.seq > 0 AND l.finished > $2 AND coalesce(c.evidence, 'fetched') <> 'manual' ORDER BY l.id LIMIT 1`, source, from.UnixMicro()).Scan(&seen, &change, &before, &own)
	if errors.Is(err, sql.ErrNoRows) {
		return e, fmt.Errorf("a good look at %s behind %s: %w", source, from, ErrNotFound)
	}
	if err != nil {
		return e, explain(err)
	}
	e.At, e.Compared, e.Before = time.UnixMicro(seen).UTC(), instant(before), instant(own)
	if change.Valid {
		c, err := s.Change(ctx, change.String)
		if err != nil {
			return e, err
		}
		e.Change = &c
		e.Compared = c.From.At
	}
	return e, nil
}

// Source implements monitor.Watch: an active source as it is configured.
func (s *Store) Source(ctx context.Context, id string) (snapshot.Source, error) {
	var src snapshot.Source
	var body string
	err := s.read.QueryRowContext(ctx, `SELECT body FROM source WHERE id = $1`, id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return src, fmt.Errorf("source %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return src, explain(err)
	}
	return src, json.Unmarshal([]byte(body), &src)
}

// StoodAt implements monitor.Watch: the indexes in which operators stood at an
// instant; those that stood in none are absent.
func (s *Store) StoodAt(ctx context.Context, source string, at time.Time) (map[string]string, error) {
	out := map[string]string{}
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var key, index string
		err := scan(&key, &index)
		if out[key] != "" {
			index = out[key] + "+" + index
		}
		out[key] = index
		return err
	}, `SELECT key, idx FROM record_version WHERE source = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2) ORDER BY key, idx`, source, at.UnixMicro())
	return out, err
}

// SourceWeeks implements monitor.Watch: the active sources with their looks since an
// instant, in order of id.
func (s *Store) SourceWeeks(ctx context.Context, since, until time.Time) ([]notify.SourceWeek, time.Time, error) {
	var out []notify.SourceWeek
	place := map[string]int{}
	first := int64(0)
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var w notify.SourceWeek
		var body, remembered string
		var good sql.NullInt64
		var added int64
		if err := scan(&body, &remembered, &good, &added); err != nil {
			return err
		}
		var st monitor.State
		if err := errors.Join(json.Unmarshal([]byte(body), &w.Source), json.Unmarshal([]byte(remembered), &st)); err != nil {
			return err
		}
		w.LastGood, w.By = instant(good), st.Manual
		if first == 0 || added < first {
			first = added
		}
		place[w.Source.ID] = len(out)
		out = append(out, w)
		return nil
	}, `SELECT body, state, last_good_at, added_at FROM source WHERE active = 1 ORDER BY id`)
	if err != nil {
		return nil, time.Time{}, err
	}
	err = each(ctx, s.read, func(scan func(...any) error) error {
		var id string
		var n notify.SourceWeek
		err := scan(&id, &n.Looks, &n.Failed, &n.Held, &n.Changes)
		if k, ok := place[id]; ok {
			out[k].Looks, out[k].Failed, out[k].Held, out[k].Changes = n.Looks, n.Failed, n.Held, n.Changes
		}
		return err
	}, `SELECT source, count(*), count(CASE WHEN outcome = 'failed' THEN 1 END), count(CASE WHEN outcome = 'held' THEN 1 END), count(change)
		FROM looks WHERE finished > $1 AND finished <= $2 GROUP BY source`, since.UnixMicro(), until.UnixMicro())
	return out, time.UnixMicro(first).UTC(), err
}
