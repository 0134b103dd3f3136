package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"pantau/internal/monitor"
	"pantau/internal/snapshot"
)

// Child is a document of an index that is watched: what is kept of it. How it is
// watched follows from the index as it is configured.
type Child struct {
	ID, Parent, Key, URL, Title string
	Fresh                       bool // it came while the index was watched
}

// Of makes the source of it.
func (c Child) Of(parent snapshot.Source) snapshot.Source {
	src := parent.Child(c.Key, c.URL, c.Title)
	src.ID, src.Fresh = c.ID, c.Fresh
	return src
}

// Child finds a document by its source; ErrNotFound if there is none.
func (s *Store) Child(ctx context.Context, id string) (Child, error) {
	list, err := children(ctx, s.read, `WHERE source = $1`, id)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("document %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return Child{}, err
	}
	return list[0], nil
}

// Children lists the documents of an index that are watched.
func (s *Store) Children(ctx context.Context, parent string) ([]Child, error) {
	return children(ctx, s.read, `WHERE parent = $1`, parent)
}

func children(ctx context.Context, q querier, where string, args ...any) (out []Child, err error) {
	err = each(ctx, q, func(scan func(...any) error) error {
		var c Child
		err := scan(&c.ID, &c.Parent, &c.Key, &c.URL, &c.Title, &c.Fresh)
		out = append(out, c)
		return err
	}, `SELECT source, parent, key, url, title, fresh FROM child `+where+` ORDER BY added_at DESC, source`, args...)
	return out, err
}

// withChildren is a list of sources with the documents of those that are an
// index.
func withChildren(ctx context.Context, tx *sql.Tx, list []snapshot.Source) ([]snapshot.Source, error) {
	parents := map[string]snapshot.Source{}
	for _, s := range list {
		if s.Type == snapshot.Index {
			parents[s.ID] = s
		}
	}
	if len(parents) == 0 {
		return list, nil
	}
	all, err := children(ctx, tx, "")
	if err != nil {
		return nil, err
	}
	out := slices.Clone(list)
	for _, c := range all {
		if p, ok := parents[c.Parent]; ok {
			out = append(out, c.Of(p))
		}
	}
	return out, nil
}

// Enrolled implements monitor.Store.
func (s *Store) Enrolled(ctx context.Context, index string) (map[string]bool, error) {
	out := map[string]bool{}
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var key string
		err := scan(&key)
		out[key] = true
		return err
	}, `SELECT key FROM child WHERE parent = $1`, index)
	return out, err
}

// Members implements monitor.Store.
func (s *Store) Members(ctx context.Context, threads []string) (map[string][]monitor.Member, error) {
	out := map[string][]monitor.Member{}
	for part := range slices.Chunk(threads, planned) {
		args := make([]any, len(part))
		for i, t := range part {
			args[i] = t
		}
		if err := each(ctx, s.read, func(scan func(...any) error) error {
			var m monitor.Member
			var seen int64
			err := scan(&m.Thread, &m.Index, &m.Key, &m.Title, &m.Fresh, &seen)
			m.Seen = time.UnixMicro(seen).UTC()
			out[m.Thread] = append(out[m.Thread], m)
			return err
		}, `SELECT thread, source, key, title, fresh, seen_at FROM thread_member WHERE thread IN `+places(1, len(part))+` ORDER BY seen_at, source, key`, args...); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Pairs implements monitor.Store. Two documents that were both there when their
// lists were first looked at, and are as they were then, are no news.
func (s *Store) Pairs(ctx context.Context, index string, most int) (out []monitor.Pair, err error) {
	err = each(ctx, s.read, func(scan func(...any) error) error {
		var p monitor.Pair
		err := scan(&p.Thread, &p.One, &p.Other, &p.Key, &p.Seq, &p.Than)
		out = append(out, p)
		return err
	}, `SELECT a.thread, x.source, y.source, a.key, p.seq, q.seq FROM thread_member a
		JOIN thread_member b ON b.thread = a.thread AND b.source <> a.source
		JOIN child x ON x.parent = a.source AND x.key = a.key JOIN child y ON y.parent = b.source AND y.key = b.key
		JOIN source p ON p.id = x.source AND p.seq > 0 JOIN source q ON q.id = y.source AND q.seq > 0 AND q.active = 1
		LEFT JOIN thread_pair c ON c.one = x.source AND c.other = y.source LEFT JOIN thread_pair d ON d.one = y.source AND d.other = x.source
		WHERE a.source = $1 AND (a.fresh = 1 OR b.fresh = 1 OR p.seq > 1 OR q.seq > 1)
		AND (c.one IS NULL OR c.one_seq <> p.seq OR c.other_seq <> q.seq) AND (d.one IS NULL OR d.one_seq <> q.seq OR d.other_seq <> p.seq)
		ORDER BY a.thread, x.source, y.source LIMIT $2`, index, most)
	return out, err
}

// putDocuments stores what a look at an index makes of its documents. Their first
// looks are due at once: whoever is at work at the host takes them one by one.
func putDocuments(ctx context.Context, tx *sql.Tx, c *monitor.Check) error {
	if err := firstTo(ctx, tx, c); err != nil {
		return err
	}
	var rows []row
	for _, e := range c.Enrolled {
		src := e.Source
		rows = append(rows, row{id: src.ID, kind: string(src.Type), host: src.Host(), body: text(public(src)), schedule: src.Schedule + " " + src.Timezone,
			active: true, next: c.Finished.UnixMicro()})
	}
	for part := range slices.Chunk(rows, planned) {
		if err := upsertSources(ctx, tx, part, c.Finished); err != nil {
			return fmt.Errorf("documents as sources: %w", err)
		}
	}
	for _, e := range c.Enrolled {
		if _, err := tx.ExecContext(ctx, `INSERT INTO child (source, parent, key, url, title, fresh, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
			e.Source.ID, c.Source.ID, plain(e.Key), plain(e.Source.URL), plain(e.Source.Name), number(e.Fresh), c.Finished.UnixMicro()); err != nil {
			return fmt.Errorf("document %s: %w", e.Source.ID, err)
		}
	}
	for _, m := range c.Joined {
		if _, err := tx.ExecContext(ctx, `INSERT INTO thread_member (thread, source, key, title, fresh, seen_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
			plain(m.Thread), m.Index, plain(m.Key), plain(m.Title), number(m.Fresh), m.Seen.UnixMicro()); err != nil {
			return fmt.Errorf("thread %s: %w", m.Thread, err)
		}
	}
	for _, p := range c.Paired {
		if _, err := tx.ExecContext(ctx, `INSERT INTO thread_pair (thread, one, other, one_seq, other_seq) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (one, other) DO UPDATE SET one_seq = excluded.one_seq, other_seq = excluded.other_seq`, plain(p.Thread), p.One, p.Other, p.Seq, p.Than); err != nil {
			return fmt.Errorf("texts of %s: %w", p.Thread, err)
		}
	}
	return nil
}

// firstTo refuses a look that tells what a look at another site has told while it
// was under way: that the regulation is new, or that the two texts differ.
func firstTo(ctx context.Context, tx *sql.Tx, c *monitor.Check) error {
	for _, m := range c.Joined {
		if !m.Fresh {
			continue // of a list's first look nothing is told
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM thread_member WHERE thread = $1`, plain(m.Thread)).Scan(&n); err != nil {
			return fmt.Errorf("thread %s: %w", m.Thread, err)
		}
		if n > m.Known {
			return fmt.Errorf("%s was listed by another site meanwhile: %w", m.Thread, monitor.ErrStale)
		}
	}
	for _, p := range c.Paired {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM thread_pair WHERE one = $1 AND other = $2 AND one_seq = $3 AND other_seq = $4`,
			p.Other, p.One, p.Than, p.Seq).Scan(&n); err != nil {
			return fmt.Errorf("texts of %s: %w", p.Thread, err)
		}
		if n > 0 {
			return fmt.Errorf("the texts of %s were compared from the other site meanwhile: %w", p.Thread, monitor.ErrStale)
		}
	}
	return nil
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
