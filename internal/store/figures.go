package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"pantau/internal/history"
)

// Meter counts what the tables know. The history of looks only grows, so a
// Meter remembers how far it has counted and reads what came since; the rest is
// read anew, by indexes. It is safe for concurrent use.
type Meter struct {
	s       *Store
	overdue time.Duration

	mu      sync.Mutex // guards what follows
	counted int64      // the last look that looks holds
	looks   map[history.LookKind]int64
}

// Meter makes one. Messages that have been due for longer than overdue, and
// were not tried, are a sign that delivery is not at work.
func (s *Store) Meter(overdue time.Duration) *Meter {
	return &Meter{s: s, overdue: overdue, looks: map[history.LookKind]int64{}}
}

// Figures counts.
func (m *Meter) Figures(ctx context.Context, now time.Time) (history.Figures, error) {
	f := history.Figures{At: now}
	for _, step := range []struct {
		what string
		do   func(context.Context, *history.Figures) error
	}{
		{"looks", m.countLooks}, {"attempts", m.s.countAttempts}, {"messages", m.s.countMessages}, {"sources", m.s.sights},
		{"queue", m.s.oldest}, {"size", m.s.size},
	} {
		if err := step.do(ctx, &f); err != nil {
			return f, fmt.Errorf("%s: %w", step.what, explain(err))
		}
	}
	var err error
	f.Planner, err = m.s.Planner(ctx, now)
	return f, err
}

func (m *Meter) countLooks(ctx context.Context, f *history.Figures) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var last int64
	if err := m.s.read.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM looks`).Scan(&last); err != nil {
		return err
	}
	if last < m.counted { // another database was put in its place
		m.counted = 0
		clear(m.looks)
	}
	fresh := map[history.LookKind]int64{}
	err := each(ctx, m.s.read, func(scan func(...any) error) error {
		var k history.LookKind
		var n int64
		err := scan(&k.Source, &k.Outcome, &n)
		fresh[k] = n
		return err
	}, `SELECT source, outcome, count(*) FROM looks WHERE id > $1 AND id <= $2 GROUP BY source, outcome`, m.counted, last)
	if err != nil {
		return err
	}
	for k, n := range fresh {
		m.looks[k] += n
	}
	m.counted = last
	f.Looks = make(map[history.LookKind]int64, len(m.looks))
	for k, n := range m.looks {
		f.Looks[k] = n
	}
	return nil
}

func (s *Store) countAttempts(ctx context.Context, f *history.Figures) error {
	f.Attempts = map[history.AttemptKind]int64{}
	return each(ctx, s.read, func(scan func(...any) error) error {
		var channel, outcome string
		var n int64
		err := scan(&channel, &outcome, &n)
		f.Attempts[history.AttemptKind{Channel: kindOf(channel), Outcome: outcome}] += n
		return err
	}, `SELECT l.channel, a.outcome, count(*) FROM attempt a JOIN message m ON m.id = a.message JOIN lane l ON l.id = m.lane
		WHERE a.finished IS NOT NULL GROUP BY l.channel, a.outcome`)
}

// What is counted over rows that hold texts and manifests is counted in indexes
// alone.
const (
	countStates = `SELECT state, count(*) FROM message GROUP BY state`
	countHeld   = `SELECT count(*) FROM capture WHERE class = 'held' AND decision IS NULL`
)

// kindOf is a channel without its target.
func kindOf(channel string) string {
	name, _, _ := strings.Cut(channel, ":")
	return name
}

func (s *Store) countMessages(ctx context.Context, f *history.Figures) error {
	f.Messages = map[string]int64{"pending": 0, "sending": 0, "delivered": 0, "dead": 0}
	if err := each(ctx, s.read, func(scan func(...any) error) error {
		var state string
		var n int64
		err := scan(&state, &n)
		f.Messages[state] = n
		return err
	}, countStates); err != nil {
		return err
	}
	f.Parked = map[string]int64{}
	return each(ctx, s.read, func(scan func(...any) error) error {
		var channel string
		var parked int64
		err := scan(&channel, &parked)
		f.Parked[kindOf(channel)] += parked
		return err
	}, `SELECT channel, sum(CASE WHEN parked_at IS NULL THEN 0 ELSE 1 END) FROM lane GROUP BY channel`)
}

func (s *Store) sights(ctx context.Context, f *history.Figures) error {
	if err := s.read.QueryRowContext(ctx, countHeld).Scan(&f.Held); err != nil {
		return err
	}
	return each(ctx, s.read, func(scan func(...any) error) error {
		var v history.Sight
		var seen sql.NullInt64
		err := scan(&v.ID, &seen, &v.Blind)
		v.LastGood = instant(seen)
		f.Sources = append(f.Sources, v)
		return err
	}, `SELECT id, last_good_at, blind_since IS NOT NULL OR coalesce(blind_why, '') <> '' FROM source WHERE active = 1 ORDER BY id`)
}

func (s *Store) oldest(ctx context.Context, f *history.Figures) error {
	var message, run sql.NullInt64
	err := s.read.QueryRowContext(ctx, `SELECT
		(SELECT min(m.due_at) FROM message m JOIN lane l ON l.id = m.lane WHERE m.state = 'pending' AND m.due_at <= $1 AND l.parked_at IS NULL),
		(SELECT min(due_at) FROM run WHERE state = 'planned' AND due_at <= $1)`, f.At.UnixMicro()).Scan(&message, &run)
	f.Message, f.Run = instant(message), instant(run)
	return err
}

func (s *Store) size(ctx context.Context, f *history.Figures) error {
	var err error
	f.Bytes, err = s.Size(ctx)
	return err
}

// Size is what the database measures, in bytes.
func (s *Store) Size(ctx context.Context) (int64, error) {
	if s.path == "" {
		var n int64
		err := s.read.QueryRowContext(ctx, `SELECT pg_database_size(current_database())`).Scan(&n)
		return n, explain(err)
	}
	var n int64
	for _, part := range []string{"", "-wal"} {
		st, err := os.Stat(s.path + part)
		if part != "" && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, err
		}
		n += st.Size()
	}
	return n, nil
}

// Planner names the process that plans; empty: nobody does.
func (s *Store) Planner(ctx context.Context, now time.Time) (string, error) {
	var owner string
	err := s.read.QueryRowContext(ctx, `SELECT owner FROM lease WHERE name = 'planner' AND expires > $1`, s.clock(now).UnixMicro()).Scan(&owner)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return owner, explain(err)
}

// Vitals tries a small transaction and reads what must be so for the work to go
// on.
func (m *Meter) Vitals(ctx context.Context, now time.Time) (history.Vitals, error) {
	var v history.Vitals
	var err error
	if v.Took, err = m.s.Try(ctx); err != nil {
		return v, err
	}
	if v.Schema, v.Knows, err = m.s.Schema(ctx); err != nil {
		return v, err
	}
	if v.Planner, err = m.s.Planner(ctx, now); err != nil {
		return v, err
	}
	if v.Config, err = m.s.InForce(ctx); err != nil {
		return v, err
	}
	v.Overdue, err = m.s.Overdue(ctx, now.Add(-m.overdue))
	return v, err
}

// Schema is the schema of the database, and the one that this program works
// with.
func (s *Store) Schema(ctx context.Context) (is, knows int64, err error) {
	p, err := s.provider(s.write)
	if err != nil {
		return 0, 0, err
	}
	sources := p.ListSources()
	err = s.read.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&is)
	return is, sources[len(sources)-1].Version, explain(err)
}

// Try commits a transaction that leaves nothing behind, and says what it took:
// the database can be written, and is as fast as that.
func (s *Store) Try(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	err := s.update(ctx, func(tx *sql.Tx) error {
		name := "try " + s.boot
		if err := setMeta(ctx, tx, name, began.UTC().Format(time.RFC3339Nano)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM meta WHERE name = $1`, name)
		return err
	})
	return time.Since(began), err
}
