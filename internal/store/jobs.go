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
	jobs := make([]river.InsertManyParams, 0, len(hosts)+len(lanes))
	for _, h := range hosts {
		jobs = append(jobs, river.InsertManyParams{Args: schedule.CrawlJob{Host: h, Boot: s.boot}})
	}
	for _, l := range lanes {
		jobs = append(jobs, river.InsertManyParams{Args: schedule.DeliverJob{Lane: l, Boot: s.boot}})
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		if _, err := s.jobs.InsertManyTx(ctx, tx, jobs); err != nil {
			return fmt.Errorf("jobs for %d hosts and %d lanes: %w", len(hosts), len(lanes), err)
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
