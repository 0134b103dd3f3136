package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/riverqueue/river"

	"pantau/internal/schedule"
)

// Jobs implements schedule.Store: the queue lives in the same database, so
// that a job is inserted in the transaction of what it is about.
func (s *Store) Jobs(w *river.Workers, c *river.Config) (schedule.Jobs, error) {
	c.Workers = w
	return river.NewClient(s.dialect.queue(s.queue), c)
}

// Wake implements schedule.Store.
func (s *Store) Wake(ctx context.Context, hosts, lanes []string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		for _, h := range hosts {
			if _, err := s.jobs.InsertTx(ctx, tx, schedule.CrawlJob{Host: h, Boot: s.boot}, nil); err != nil {
				return fmt.Errorf("job for %s: %w", h, err)
			}
		}
		for _, l := range lanes {
			if err := s.wakeLane(ctx, tx, l); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) wakeLane(ctx context.Context, tx *sql.Tx, lane string) error {
	if _, err := s.jobs.InsertTx(ctx, tx, schedule.DeliverJob{Lane: lane, Boot: s.boot}, nil); err != nil {
		return fmt.Errorf("job for lane %s: %w", lane, err)
	}
	return nil
}
