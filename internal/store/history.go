package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"pantau/diff"
	"pantau/internal/history"
	"pantau/internal/monitor"
	"pantau/notify"
)

// Changes lists changes, newest first, whole with hunks and events where body
// is asked for.
func (s *Store) Changes(ctx context.Context, f history.Filter, body bool, got func(history.Entry) error) error {
	where, args := []string{"1 = 1"}, []any{}
	add := func(cond string, v any) {
		args = append(args, v)
		where = append(where, strings.ReplaceAll(cond, "?", fmt.Sprintf("$%d", len(args))))
	}
	if f.Source != "" {
		add("source = ?", f.Source)
	}
	if !f.Since.IsZero() {
		add("to_at >= ?", f.Since.UnixMicro())
	}
	if !f.Until.IsZero() {
		add("to_at < ?", f.Until.UnixMicro())
	}
	if f.Topic != "" {
		add("topics LIKE ? ESCAPE '!'", "% "+pattern(f.Topic)+" %")
	}
	if f.Operator != "" {
		add("id IN (SELECT change FROM change_operator WHERE operator = ?)", f.Operator)
	}
	for _, w := range strings.Fields(strings.ToLower(f.Query)) {
		add("words LIKE ? ESCAPE '!'", "%"+pattern(w)+"%")
	}
	query := `SELECT body, found_at FROM change WHERE ` + strings.Join(where, " AND ") + ` ORDER BY to_at DESC, id`
	if f.Limit > 0 {
		add("?", f.Limit)
		query += fmt.Sprintf(" LIMIT $%d", len(args))
	}
	return each(ctx, s.read, func(scan func(...any) error) error {
		var packed []byte
		var found int64
		if err := scan(&packed, &found); err != nil {
			return err
		}
		c, err := s.change(packed)
		if err != nil {
			return err
		}
		if !body {
			c.Hunks, c.Events, c.Provisions = nil, nil, nil
		}
		return got(history.Entry{Change: c, Found: time.UnixMicro(found).UTC()})
	}, query, args...)
}

// pattern is a string that LIKE ... ESCAPE '!' takes literally.
func pattern(s string) string { return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s) }

func (s *Store) change(packed []byte) (diff.Change, error) {
	var c diff.Change
	b, err := s.codec.unpack(packed)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		return c, fmt.Errorf("change: %w: %w", ErrCorrupt, err)
	}
	return c, nil
}

// Change reads one change by its id or an unambiguous beginning of it.
func (s *Store) Change(ctx context.Context, id string) (diff.Change, error) {
	var list []diff.Change
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var packed []byte
		if err := scan(&packed); err != nil {
			return err
		}
		c, err := s.change(packed)
		list = append(list, c)
		return err
	}, `SELECT body FROM change WHERE substr(id, 1, length($1)) = $1 LIMIT 2`, id)
	switch {
	case err != nil:
		return diff.Change{}, err
	case id == "" || len(list) == 0:
		return diff.Change{}, fmt.Errorf("change %q: %w; `pantau history` lists them", id, ErrNotFound)
	case len(list) > 1:
		return diff.Change{}, fmt.Errorf("change %q is ambiguous: %s or %s", id, list[0].ID, list[1].ID)
	}
	return list[0], nil
}

// RegisterAt gives the register of a source as it stood at an instant, in
// order of key and index.
func (s *Store) RegisterAt(ctx context.Context, source string, at time.Time, got func(history.Version) error) error {
	return s.versions(ctx, source, got, `WHERE source = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2) ORDER BY key, idx`, source, at.UnixMicro())
}

// Life gives every version of one operator, oldest first.
func (s *Store) Life(ctx context.Context, source, key string, got func(history.Version) error) error {
	return s.versions(ctx, source, got, `WHERE source = $1 AND key = $2 ORDER BY valid_from, idx`, source, key)
}

func (s *Store) versions(ctx context.Context, source string, got func(history.Version) error, where string, args ...any) error {
	hands, err := s.enteredByHand(ctx, source)
	if err != nil {
		return err
	}
	return each(ctx, s.read, func(scan func(...any) error) error {
		var v history.Version
		var from int64
		var to, confirmed sql.NullInt64
		var fields string
		if err := scan(&v.Key, &v.Index, &v.Life, &from, &to, &confirmed, &fields); err != nil {
			return err
		}
		v.FromBy = hands[from]
		if to.Valid {
			v.ToBy = hands[to.Int64]
		}
		v.From, v.To, v.Confirmed = time.UnixMicro(from).UTC(), pointer(to), pointer(confirmed)
		if err := json.Unmarshal([]byte(fields), &v.Fields); err != nil {
			return fmt.Errorf("fields of %s: %w", v.Key, err)
		}
		return got(v)
	}, `SELECT key, idx, life, valid_from, valid_to, confirmed_at, fields FROM record_version `+where, args...)
}

// enteredByHand are the looks at a source that persons entered, by when they saw
// it.
func (s *Store) enteredByHand(ctx context.Context, source string) (map[int64]string, error) {
	out := map[int64]string{}
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var at int64
		var by string
		err := scan(&at, &by)
		out[at] = by
		return err
	}, `SELECT finished, entered_by FROM capture WHERE source = $1 AND evidence = 'manual'`, source)
	return out, err
}

func pointer(n sql.NullInt64) *time.Time {
	if !n.Valid {
		return nil
	}
	t := time.UnixMicro(n.Int64).UTC()
	return &t
}

// Looks lists checks, newest first.
func (s *Store) Looks(ctx context.Context, source string, limit int) ([]history.Look, error) {
	var out []history.Look
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var l history.Look
		var started, finished, seen int64
		if err := scan(&l.ID, &l.Run, &l.Source, &started, &finished, &l.Outcome, &l.Reason, &l.Detail, &l.Change, &l.Evidence, &l.EnteredBy, &seen); err != nil {
			return err
		}
		l.Started, l.Finished, l.Seen = time.UnixMicro(started).UTC(), time.UnixMicro(finished).UTC(), time.UnixMicro(seen).UTC()
		out = append(out, l)
		return nil
	}, `SELECT l.id, l.run, l.source, l.started, l.finished, l.outcome, l.reason, l.detail, coalesce(l.change, ''),
		coalesce(c.evidence, 'fetched'), coalesce(c.entered_by, ''), `+seenAt("l", "c")+` FROM looks l LEFT JOIN capture c ON c.id = l.capture
		WHERE l.source = $1 OR $1 = '' ORDER BY l.id DESC LIMIT $2`, source, limit)
	return out, err
}

// Sources lists the active sources with their health.
func (s *Store) Sources(ctx context.Context) ([]history.Health, error) {
	var out []history.Health
	place := map[string]int{}
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var h history.Health
		var body, remembered string
		var good, next, blind sql.NullInt64
		if err := scan(&h.ID, &h.Type, &body, &h.Snapshots, &good, &next, &blind, &h.Reason, &remembered); err != nil {
			return err
		}
		var st monitor.State
		if err := json.Unmarshal([]byte(remembered), &st); err != nil {
			return fmt.Errorf("state of %s: %w", h.ID, err)
		}
		if st.Manual != nil {
			h.LastGoodBy = st.Manual.By
		}
		var src struct {
			Name    string
			URL     string
			Parent  string
			Listing *struct{ URL string }
		}
		if err := json.Unmarshal([]byte(body), &src); err != nil {
			return err
		}
		h.Parent = src.Parent
		if h.Name, h.URL = src.Name, src.URL; src.Listing != nil {
			h.URL = src.Listing.URL
		}
		h.LastGood, h.NextRun, h.BlindSince, h.Outcomes = pointer(good), pointer(next), pointer(blind), map[string]int{}
		place[h.ID] = len(out)
		out = append(out, h)
		return nil
	}, `SELECT s.id, s.type, s.body, s.seq, s.last_good_at, s.next_run_at, s.blind_since, coalesce(s.blind_why, ''), s.state
		FROM source s LEFT JOIN child c ON c.source = s.id WHERE s.active = 1 ORDER BY coalesce(c.parent, s.id), c.parent IS NOT NULL, c.added_at, s.id`)
	if err != nil {
		return nil, err
	}
	err = each(ctx, s.read, func(scan func(...any) error) error {
		var id, outcome string
		var n int
		err := scan(&id, &outcome, &n)
		if k, ok := place[id]; ok {
			out[k].Outcomes[outcome] = n
		}
		return err
	}, `SELECT source, outcome, count(*) FROM looks GROUP BY source, outcome`)
	if err != nil {
		return nil, err
	}
	err = each(ctx, s.read, func(scan func(...any) error) error {
		var id string
		var r history.OpenRun
		var due int64
		if err := scan(&id, &r.ID, &due, &r.State, &r.Owner); err != nil {
			return err
		}
		r.Due = time.UnixMicro(due).UTC()
		if k, ok := place[id]; ok {
			out[k].OpenRuns = append(out[k].OpenRuns, r)
		}
		return nil
	}, `SELECT source, id, due_at, state, coalesce(owner, '') FROM run WHERE state IN ('planned', 'running') ORDER BY due_at`)
	return out, err
}

// Deliveries lists messages, newest first; state "" is all of them, limit 0 no
// limit.
func (s *Store) Deliveries(ctx context.Context, state string, limit int) ([]history.Delivery, error) {
	if limit <= 0 {
		limit = math.MaxInt32
	}
	return s.deliveries(ctx, `WHERE m.state = $1 OR $1 = '' ORDER BY m.place DESC LIMIT $2`, state, limit)
}

// Delivery reads one message with every attempt.
func (s *Store) Delivery(ctx context.Context, id string) (history.Delivery, notify.Message, error) {
	var m notify.Message
	list, err := s.deliveries(ctx, `WHERE m.id = $1`, id)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("message %s: %w; `pantau alerts` lists them", id, ErrNotFound)
	}
	if err != nil {
		return history.Delivery{}, m, err
	}
	d := list[0]
	var body string
	if err := s.read.QueryRowContext(ctx, `SELECT body FROM message WHERE id = $1`, id).Scan(&body); err != nil {
		return d, m, explain(err)
	}
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return d, m, fmt.Errorf("message %s: %w", id, err)
	}
	err = each(ctx, s.read, func(scan func(...any) error) error {
		var t history.Try
		var started int64
		var finished sql.NullInt64
		if err := scan(&t.N, &started, &finished, &t.Outcome, &t.Detail, &t.Receipt, &t.Again); err != nil {
			return err
		}
		t.Started, t.Finished = time.UnixMicro(started).UTC(), pointer(finished)
		d.Tries = append(d.Tries, t)
		return nil
	}, `SELECT n, started, finished, coalesce(outcome, ''), coalesce(detail, ''), coalesce(receipt, ''), again FROM attempt WHERE message = $1 ORDER BY n`, id)
	return d, m, err
}

func (s *Store) deliveries(ctx context.Context, where string, args ...any) ([]history.Delivery, error) {
	var out []history.Delivery
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var d history.Delivery
		var body string
		var created, due int64
		var done sql.NullInt64
		if err := scan(&d.Message, &d.State, &d.Subscription, &d.Channel, &d.Kind, &d.Change, &body, &created, &due, &done,
			&d.Attempts, &d.Parked, &d.OutOfOrder, &d.Last); err != nil {
			return err
		}
		var m struct {
			Subject  string   `json:"subject"`
			AlertIDs []string `json:"alert_ids"`
		}
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			return fmt.Errorf("message %s: %w", d.Message, err)
		}
		d.Subject, d.Alerts, d.Created, d.Done = m.Subject, m.AlertIDs, time.UnixMicro(created).UTC(), pointer(done)
		if d.State == "pending" {
			d.Due = pointer(sql.NullInt64{Int64: due, Valid: true})
		} else {
			d.Parked = ""
		}
		out = append(out, d)
		return nil
	}, `SELECT m.id, m.state, l.subscriber, l.channel, m.kind, coalesce(m.change, ''), m.body, m.created_at, m.due_at, m.done_at, m.attempts,
		coalesce(l.parked_why, ''), m.out_of_order,
		coalesce((SELECT coalesce(outcome, 'open') || ': ' || coalesce(detail, '') FROM attempt a WHERE a.message = m.id ORDER BY n DESC LIMIT 1), '')
		FROM message m JOIN lane l ON l.id = m.lane `+where, args...)
	return out, err
}

// Head is the newest link of the chain of check rows.
func (s *Store) Head(ctx context.Context) (id int64, hash string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT id, hash FROM looks ORDER BY id DESC LIMIT 1`).Scan(&id, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	return id, hash, explain(err)
}
