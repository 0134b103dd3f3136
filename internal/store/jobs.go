package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"pantau/internal/schedule"
)

// Jobs implements schedule.Store: the queue lives in the same database, so
// that a job is inserted in the transaction of what it is about.
//
// What a process wakes waits in queues of its own. Were another one to take it
// and to die over it, the job would stay "running" for an hour and refuse its
// successor, and the process that inserted it could not wake its own workers.
// The queue "deliver" is for the messages of commands, which end before they are
// sent.
func (s *Store) Jobs(ctx context.Context, w *river.Workers, c *river.Config) (schedule.Jobs, error) {
	own := map[string]river.QueueConfig{}
	for name, q := range c.Queues {
		own[s.ownQueue(name)] = q
	}
	own[deliverQueue] = c.Queues[deliverQueue]
	c.Workers, c.Queues = w, own
	client, err := river.NewClient(s.dialect.queue(s.queue), c)
	if err != nil {
		return nil, err
	}
	s.works.Store(true)
	return client, s.forget(ctx, client)
}

const (
	crawlQueue   = "crawl"
	deliverQueue = "deliver"
)

func (s *Store) ownQueue(name string) string { return name + "-" + strings.ToLower(s.boot) }

// forget deletes the jobs that nobody has begun: most are of processes that are
// no more, and those of others are inserted again by their planner's next look.
func (s *Store) forget(ctx context.Context, client *river.Client[*sql.Tx]) error {
	const part = 1000
	for {
		r, err := client.JobDeleteMany(ctx, river.NewJobDeleteManyParams().States(rivertype.JobStateAvailable).First(part))
		if err != nil {
			return fmt.Errorf("jobs of earlier processes: %w", err)
		}
		if len(r.Jobs) < part {
			return nil
		}
	}
}

// wave names this process and minute. A job whose end the database was not
// there to note stays "running" for an hour, and refuses its successor for as
// long as that has the same name.
func (s *Store) wave() string { return s.boot + time.Now().UTC().Format("-1504") }

// Wake implements schedule.Store.
func (s *Store) Wake(ctx context.Context, hosts, lanes []string) error {
	jobs := make([]river.InsertManyParams, 0, len(hosts)+len(lanes))
	for _, h := range hosts {
		jobs = append(jobs, river.InsertManyParams{Args: schedule.CrawlJob{Host: h, Boot: s.wave()}, InsertOpts: s.queued(crawlQueue)})
	}
	for _, l := range lanes {
		jobs = append(jobs, river.InsertManyParams{Args: schedule.DeliverJob{Lane: l, Boot: s.wave()}, InsertOpts: s.queued(deliverQueue)})
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		if _, err := s.jobs.InsertManyTx(ctx, tx, jobs); err != nil {
			return fmt.Errorf("jobs for %d hosts and %d lanes: %w", len(hosts), len(lanes), err)
		}
		return nil
	})
}

// queued says where a job waits: in our own queue, if we work it off.
func (s *Store) queued(name string) *river.InsertOpts {
	if s.works.Load() {
		name = s.ownQueue(name)
	}
	return &river.InsertOpts{Queue: name}
}

func (s *Store) wakeLane(ctx context.Context, tx *sql.Tx, lane string) error {
	if _, err := s.jobs.InsertTx(ctx, tx, schedule.DeliverJob{Lane: lane, Boot: s.wave()}, s.queued(deliverQueue)); err != nil {
		return fmt.Errorf("job for lane %s: %w", lane, err)
	}
	return nil
}
