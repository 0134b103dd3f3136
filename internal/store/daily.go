package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"pantau/internal/monitor"
	"pantau/notify"
)

// Daily counts what happened since an instant, for the administrators.
func (s *Store) Daily(ctx context.Context, since, now time.Time) (notify.Daily, error) {
	d := notify.Daily{Since: since, At: now}
	if err := s.read.QueryRowContext(ctx, `SELECT count(*), count(change), coalesce(sum(CASE outcome WHEN 'held' THEN 1 ELSE 0 END), 0), coalesce(sum(CASE outcome WHEN 'failed' THEN 1 ELSE 0 END), 0)
		FROM looks WHERE finished >= $1`, since.UnixMicro()).Scan(&d.Looks, &d.Changes, &d.Held, &d.Failed); err != nil {
		return d, fmt.Errorf("looks: %w", explain(err))
	}
	if err := s.read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM message WHERE state IN ('pending', 'sending')), (SELECT count(*) FROM message WHERE state = 'dead'),
		(SELECT count(*) FROM capture WHERE class = 'held' AND decision IS NULL)`).Scan(&d.Pending, &d.Dead, &d.Captures); err != nil {
		return d, fmt.Errorf("messages: %w", explain(err))
	}
	var err error
	if d.Blind, err = s.Blind(ctx); err != nil {
		return d, err
	}
	d.HeadID, d.Head, err = s.Head(ctx)
	return d, err
}

// SendOnce stores messages unless the same name and day were sent before: a
// restarted program does not repeat its daily report.
func (s *Store) SendOnce(ctx context.Context, name, day string, list []monitor.Outgoing, now time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		last, err := meta(ctx, tx, name)
		if err != nil || last == day {
			return err
		}
		if err := setMeta(ctx, tx, name, day); err != nil {
			return err
		}
		return s.insertMessages(ctx, tx, list, now)
	})
}
