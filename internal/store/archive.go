package store

import (
	"context"
	"time"

	"pantau/diff"
	"pantau/internal/monitor"
	"pantau/internal/snapshot"
)

// Archived implements monitor.Archive.
func (s *Store) Archived(ctx context.Context, source string) ([]monitor.Archived, error) {
	var out []monitor.Archived
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var a monitor.Archived
		var at, bodies int64
		if err := scan(&a.Look, &at, &a.Outcome, &a.Reason, &a.Capture, &bodies, &a.Decision, &a.Change); err != nil {
			return err
		}
		a.At, a.Bodies = time.UnixMicro(at).UTC(), bodies > 0
		out = append(out, a)
		return nil
	}, `SELECT l.id, CASE WHEN c.id IS NULL THEN l.finished ELSE `+seenAt("l", "c")+` END, l.outcome, l.reason, coalesce(l.capture, 0),
		CASE WHEN EXISTS (SELECT 1 FROM capture_body b WHERE b.capture = l.capture) THEN 1 ELSE 0 END,
		coalesce(c.decision, ''), coalesce(l.change, '')
		FROM looks l LEFT JOIN capture c ON c.id = l.capture WHERE l.source = $1 ORDER BY l.id`, source)
	return out, err
}

// SourceOf implements monitor.Archive.
func (s *Store) SourceOf(ctx context.Context, capture int64) (snapshot.Source, error) {
	var src snapshot.Source
	err := s.sourceOf(ctx, capture, &src)
	return src, err
}

// Alerted is who was alerted of a change, by subscription, and how severely.
func (s *Store) Alerted(ctx context.Context, change string) (map[string]diff.Severity, error) {
	out := map[string]diff.Severity{}
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var id string
		var severity diff.Severity
		err := scan(&id, &severity)
		out[id] = severity
		return err
	}, `SELECT subscription, severity FROM alert WHERE change = $1`, change)
	return out, err
}
