package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pantau/internal/monitor"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// Configuration is what a start of the program brings: an immutable version,
// the sources and the subscriptions in force.
type Configuration struct {
	Digest        string
	Body          []byte // resolved, secrets left out
	Sources       []snapshot.Source
	Subscriptions []notify.Subscription
	Follows       []notify.Follow // from the file; those of `pantau follow` are added
}

// Configure stores the configuration's version, brings the sources up to date
// and deactivates those that are not in it. first gives the first occurrence
// of a schedule behind an instant, zero for none; a source keeps its place in
// time unless its schedule has changed.
func (s *Store) Configure(ctx context.Context, c Configuration, now time.Time, first func(snapshot.Source, time.Time) time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO config_version (digest, body, program, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			c.Digest, string(c.Body), s.opt.Program, now.UnixMicro()); err != nil {
			return err
		}
		list, err := withChildren(ctx, tx, c.Sources)
		if err != nil {
			return err
		}
		if err := putSources(ctx, tx, list, now, first); err != nil {
			return err
		}
		// A run that was planned for a source which is no longer watched is never
		// done: it says so instead of waiting for ever.
		if _, err := tx.ExecContext(ctx, `UPDATE run SET state = 'dropped' WHERE state = 'planned' AND source IN (SELECT id FROM source WHERE active = 0)`); err != nil {
			return err
		}
		if err := setMeta(ctx, tx, inForce, c.Digest); err != nil {
			return err
		}
		if err := setMeta(ctx, tx, "subscriptions", text(c.Subscriptions)); err != nil {
			return err
		}
		return setMeta(ctx, tx, "follows", text(c.Follows))
	})
}

// inForce names the digest of the configuration that was put in force last.
const inForce = "configuration"

// InForce is the digest of the configuration that was put in force last; empty:
// none was yet.
func (s *Store) InForce(ctx context.Context) (string, error) { return meta(ctx, s.read, inForce) }

// row is a source as its row has it.
type row struct {
	id, kind, host, body string
	schedule             string // expression and zone
	next                 int64  // microseconds; 0: only by hand
	active               bool
}

// putSources writes the sources that differ from their rows, and only those: a
// start with many thousand sources that are known already reads, and holds up
// nobody who writes.
func putSources(ctx context.Context, tx *sql.Tx, list []snapshot.Source, now time.Time, first func(snapshot.Source, time.Time) time.Time) error {
	known, err := sourceRows(ctx, tx)
	if err != nil {
		return err
	}
	var changed []row
	var anew []string // those with another schedule
	for _, src := range list {
		r := row{id: src.ID, kind: string(src.Type), host: src.Host(), body: text(public(src)), schedule: src.Schedule + " " + src.Timezone, active: true}
		if t := first(src, now); !t.IsZero() {
			r.next = t.UnixMicro()
		}
		old, ok := known[src.ID]
		delete(known, src.ID)
		if ok && old.schedule != r.schedule {
			anew = append(anew, r.id)
		}
		// A source keeps its place in time. But a next run behind the first
		// occurrence from now was planned by a clock that had jumped ahead.
		if ok && old.schedule == r.schedule && old.next != 0 && old.next <= r.next {
			r.next = old.next
		}
		if !ok || r != old {
			changed = append(changed, r)
		}
	}
	var gone []any
	for id, r := range known {
		if r.active {
			gone = append(gone, id)
		}
	}
	if err := inParts(ctx, tx, `UPDATE source SET active = 0 WHERE id IN`, gone); err != nil {
		return err
	}
	// The chain of runs begins anew where the schedule changes: what the last run
	// under the old one left to the next is not to be looked for.
	for _, id := range anew {
		if _, err := tx.ExecContext(ctx, `UPDATE run SET next_at = NULL WHERE id = (SELECT max(id) FROM run WHERE source = $1 AND manual = 0)`, id); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(changed, planned) {
		if err := upsertSources(ctx, tx, part, now); err != nil {
			return fmt.Errorf("sources from %s on: %w", part[0].id, err)
		}
	}
	return nil
}

func sourceRows(ctx context.Context, q querier) (map[string]row, error) {
	out := map[string]row{}
	err := each(ctx, q, func(scan func(...any) error) error {
		var r row
		var next sql.NullInt64
		err := scan(&r.id, &r.kind, &r.host, &r.body, &r.schedule, &next, &r.active)
		r.next = next.Int64
		out[r.id] = r
		return err
	}, `SELECT id, type, host, body, schedule, next_run_at, active FROM source`)
	return out, err
}

// inParts runs a statement that ends with IN for many values.
func inParts(ctx context.Context, tx *sql.Tx, statement string, values []any) error {
	for part := range slices.Chunk(values, planned) {
		if _, err := tx.ExecContext(ctx, statement+" "+places(1, len(part)), part...); err != nil {
			return err
		}
	}
	return nil
}

// places are n placeholders from a number on, in parentheses.
func places(from, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", $%d", from+i)
	}
	return "(" + b.String()[2:] + ")"
}

func upsertSources(ctx context.Context, tx *sql.Tx, list []row, now time.Time) error {
	rows, args := make([]string, len(list)), []any{}
	for i, r := range list {
		next := any(nil)
		if r.next != 0 {
			next = r.next
		}
		values := []any{r.id, r.kind, r.host, r.body, r.schedule, 1, now.UnixMicro(), next}
		rows[i] = places(len(args)+1, len(values))
		args = append(args, values...)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO source (id, type, host, body, schedule, active, added_at, next_run_at) VALUES `+strings.Join(rows, ", ")+`
		ON CONFLICT (id) DO UPDATE SET type = excluded.type, host = excluded.host, body = excluded.body, schedule = excluded.schedule,
		active = 1, next_run_at = excluded.next_run_at`, args...)
	return err
}

// public is a source without how it may be reached: a proxy's address can hold
// a password, and nothing that was seen depends on it.
func public(src snapshot.Source) snapshot.Source {
	src.Access = snapshot.Access{}
	return src
}

func setMeta(ctx context.Context, tx *sql.Tx, name, value string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

func meta(ctx context.Context, q querier, name string) (string, error) {
	var v string
	err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, name).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, explain(err)
}

// State implements monitor.Store.
func (s *Store) State(ctx context.Context, source string) (monitor.State, error) {
	return state(ctx, s.read, source)
}

func state(ctx context.Context, q querier, source string) (monitor.State, error) {
	var st monitor.State
	var body string
	var why sql.NullString
	var good, run, shot, blind sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT seq, state, last_good_at, last_good_run, snapshot_at, blind_since, blind_why FROM source WHERE id = $1`, source).
		Scan(&st.Seq, &body, &good, &run, &shot, &blind, &why)
	if errors.Is(err, sql.ErrNoRows) {
		return st, fmt.Errorf("source %s: %w", source, ErrNotFound)
	}
	if err != nil {
		return st, explain(err)
	}
	st.LastGood, st.LastGoodRun, st.SnapshotAt, st.BlindSince, st.BlindWhy = instant(good), run.Int64, instant(shot), instant(blind), why.String
	if err := json.Unmarshal([]byte(body), &st); err != nil {
		return st, fmt.Errorf("state of %s: %w", source, err)
	}
	return st, nil
}

func putState(ctx context.Context, tx *sql.Tx, source string, st monitor.State) error {
	_, err := tx.ExecContext(ctx, `UPDATE source SET seq = $1, state = $2, last_good_at = $3, last_good_run = $4, snapshot_at = $5,
		blind_since = $6, blind_why = $7 WHERE id = $8`,
		st.Seq, text(st), micros(st.LastGood), st.LastGoodRun, micros(st.SnapshotAt), micros(st.BlindSince), plain(st.BlindWhy), source)
	return err
}

// Interests implements monitor.Store: the subscriptions of the newest
// configuration, its follows and those of `pantau follow`.
func (s *Store) Interests(ctx context.Context) (notify.Interests, string, error) {
	return interests(ctx, s.read)
}

func interests(ctx context.Context, q querier) (notify.Interests, string, error) {
	var in notify.Interests
	for name, into := range map[string]any{"subscriptions": &in.Subscriptions, "follows": &in.Follows} {
		v, err := meta(ctx, q, name)
		if err != nil {
			return in, "", err
		}
		if v == "" {
			continue
		}
		if err := json.Unmarshal([]byte(v), into); err != nil {
			return in, "", fmt.Errorf("%s: %w", name, err)
		}
	}
	added, err := follows(ctx, q)
	if err != nil {
		return in, "", err
	}
	in.Follows = append(in.Follows, added...)
	return in, snapshot.Digest([]byte(text(in))), nil
}

// Follows are those of `pantau follow`; the file's come beside them.
func (s *Store) Follows(ctx context.Context) ([]notify.Follow, error) { return follows(ctx, s.read) }

func follows(ctx context.Context, q querier) ([]notify.Follow, error) {
	var out []notify.Follow
	err := each(ctx, q, func(scan func(...any) error) error {
		var f notify.Follow
		if err := scan(&f.Source, &f.Operator, &f.As, &f.Client, &f.Name); err != nil {
			return err
		}
		out = append(out, f)
		return nil
	}, `SELECT source, operator, relation, client, name FROM follow WHERE ended_at IS NULL ORDER BY id`)
	return out, err
}

// Follow stores interests that a person ticked. One that is followed already
// gets the new relation.
func (s *Store) Follow(ctx context.Context, list []notify.Follow, who string, now time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		for _, f := range list {
			if err := endFollow(ctx, tx, f.Source, f.Operator, now); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO follow (source, operator, relation, client, name, added_at) VALUES ($1, $2, $3, $4, $5, $6)`,
				f.Source, f.Operator, f.As, f.Client, plain(f.Name), now.UnixMicro()); err != nil {
				return err
			}
			if err := audit(ctx, tx, now, who, "follow as "+string(f.As), f.Source+" "+f.Operator); err != nil {
				return err
			}
		}
		return nil
	})
}

// Unfollow ends an interest; ErrNotFound if there is none.
func (s *Store) Unfollow(ctx context.Context, source, operator, who string, now time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM follow WHERE source = $1 AND operator = $2 AND ended_at IS NULL`, source, operator).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%s of %s is not followed by command: %w", operator, source, ErrNotFound)
		}
		if err := endFollow(ctx, tx, source, operator, now); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, "unfollow", source+" "+operator)
	})
}

func endFollow(ctx context.Context, tx *sql.Tx, source, operator string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE follow SET ended_at = $1 WHERE source = $2 AND operator = $3 AND ended_at IS NULL`, now.UnixMicro(), source, operator)
	return err
}
