package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"pantau/internal/monitor"
)

// once lets one job of a kind and arguments wait or run at a time.
func once(queue string) river.InsertOpts {
	return river.InsertOpts{Queue: queue, MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled}}}
}

// Scheduler plans and works until it is stopped.
type Scheduler struct {
	Store   Store
	Crawler *Crawler
	Courier *Courier
	Owner   string
	Log     *slog.Logger
	Hosts   int                                      // crawled at once; 0: 8
	Lanes   int                                      // drained at once; 0: 8
	Nap     time.Duration                            // longest sleep of the planner; 0: 15 s
	Tick    func(ctx context.Context, now time.Time) // called by the planner after each plan; nil: nothing
	// Standby tells why this process may neither plan nor look now; it goes on
	// delivering. It is asked before each plan. nil, or a nil error: it may.
	Standby func(ctx context.Context) error

	mu   sync.Mutex // guards what follows
	idle error      // why it stands by; nil: it does not
	said time.Time  // when that was logged last
}

// sayAgain is how often a process that stands by says so.
const sayAgain = 5 * time.Minute

// Idle tells why this process neither plans nor looks; nil: it does.
func (s *Scheduler) Idle() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.idle
}

// standsBy asks whether this process may work, and says what has changed.
func (s *Scheduler) standsBy(ctx context.Context, now time.Time) error {
	if s.Standby == nil {
		return nil
	}
	why := s.Standby(ctx)
	if ctx.Err() != nil {
		return why
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case why == nil && s.idle != nil:
		s.Log.Info("this process plans and looks again")
	case why != nil && (s.idle == nil || now.Sub(s.said) >= sayAgain):
		s.Log.Error("this process neither plans nor looks, it only delivers", "reason", why)
		s.said = now
	}
	s.idle = why
	return why
}

// Run works until ctx ends, then lets what is in flight finish for as long as
// grace allows.
func (s *Scheduler) Run(ctx context.Context, grace time.Duration) error {
	s.Crawler.idleBy = s.Idle
	workers := river.NewWorkers()
	if err := errors.Join(
		river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[CrawlJob]) error {
			if s.Idle() != nil {
				return nil // whoever may look wakes his own workers
			}
			return s.report(ctx, "host", j.Args.Host, s.Crawler.Host(ctx, j.Args.Host))
		})),
		river.AddWorkerSafely(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[DeliverJob]) error {
			_, err := s.Courier.Lane(ctx, j.Args.Lane)
			return s.report(ctx, "lane", j.Args.Lane, err)
		}))); err != nil {
		return err
	}
	hosts, lanes := s.Hosts, s.Lanes
	if hosts == 0 {
		hosts = 8
	}
	if lanes == 0 {
		lanes = 8
	}
	jobs, err := s.Store.Jobs(ctx, workers, &river.Config{
		Queues:     map[string]river.QueueConfig{"crawl": {MaxWorkers: hosts}, "deliver": {MaxWorkers: lanes}},
		JobTimeout: -1, // a polite crawl of a register takes longer than any default; deadlines are the source's
		Logger:     Quiet(s.Log), FetchPollInterval: 500 * time.Millisecond, FetchCooldown: 100 * time.Millisecond,
		CompletedJobRetentionPeriod: time.Hour, CancelledJobRetentionPeriod: time.Hour, DiscardedJobRetentionPeriod: time.Hour,
	})
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	if err := jobs.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	s.plan(ctx)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := jobs.Stop(stop); err != nil {
		s.Log.Info("what is in flight takes too long, it is cancelled and taken up at the next start")
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return jobs.StopAndCancel(last)
	}
	return nil
}

// report logs the error of a job. The job itself has done its work either way:
// what is left stands in the tables, and the planner wakes it again.
func (s *Scheduler) report(ctx context.Context, what, name string, err error) error {
	switch {
	case err == nil, ctx.Err() != nil:
	case errors.Is(err, monitor.ErrLease), errors.Is(err, monitor.ErrStale), errors.Is(err, monitor.ErrEdited):
		s.Log.Info("work has moved on, it is done again", what, name, "error", err)
	default:
		s.Log.Error("work failed, it is tried again", what, name, "error", err)
	}
	return nil
}

// plan is the planner's loop. It looks when the next thing is due, and every
// Nap at the latest.
func (s *Scheduler) plan(ctx context.Context) {
	nap := s.Nap
	if nap == 0 {
		nap = 15 * time.Second
	}
	var lease *monitor.Lease
	defer s.resign(ctx, &lease)
	for ctx.Err() == nil {
		if err := s.tick(ctx, &lease); err != nil && ctx.Err() == nil {
			s.Log.Error("planning failed, it is tried again", "error", err)
		}
		wait := nap
		if due, err := s.Store.NextDue(ctx); err == nil && !due.IsZero() {
			wait = min(nap, max(time.Until(due), time.Second))
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// tick plans what is due if this process is the planner, takes back what dead
// processes left, and wakes the workers.
func (s *Scheduler) tick(ctx context.Context, lease **monitor.Lease) error {
	now := time.Now()
	n, err := s.Store.Recover(ctx, now)
	if err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	if n != (Recovered{}) {
		s.Log.Warn("taken back from a process that died", "runs", n.Runs, "messages", n.Messages)
	}
	var hosts []string
	if s.standsBy(ctx, now) != nil {
		s.resign(ctx, lease)
	} else if hosts, err = s.due(ctx, lease, now); err != nil {
		return err
	}
	hosts = s.Crawler.idle(hosts)
	lanes, err := s.Store.LanesDue(ctx, now)
	if err != nil || len(hosts)+len(lanes) == 0 {
		return err
	}
	return s.Store.Wake(ctx, hosts, lanes)
}

// due plans if this process is the planner, and lists the hosts with work.
func (s *Scheduler) due(ctx context.Context, lease **monitor.Lease, now time.Time) ([]string, error) {
	if planner, err := s.planner(ctx, lease, now); err != nil {
		return nil, err
	} else if planner {
		if err := s.Store.Plan(ctx, now, Occurrences); err != nil {
			return nil, fmt.Errorf("plan: %w", err)
		}
		if s.Tick != nil {
			s.Tick(ctx, now)
		}
	}
	return s.Store.HostsWithWork(ctx, now)
}

// resign gives the planner's lease to whoever wants it.
func (s *Scheduler) resign(ctx context.Context, lease **monitor.Lease) {
	if *lease == nil {
		return
	}
	if err := s.Store.Release(context.WithoutCancel(ctx), **lease); err != nil && !errors.Is(err, monitor.ErrLease) {
		s.Log.Warn("lease not released, it will expire", "lease", "planner", "error", err)
	}
	*lease = nil
}

// planner takes or keeps the planner's lease: among several processes one plans.
func (s *Scheduler) planner(ctx context.Context, lease **monitor.Lease, now time.Time) (bool, error) {
	if *lease != nil {
		err := s.Store.Renew(ctx, **lease, now)
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, monitor.ErrLease) {
			return false, err
		}
		*lease = nil
	}
	l, err := s.Store.Acquire(ctx, "planner", s.Owner, now)
	var taken *Taken
	if errors.As(err, &taken) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	*lease = &l
	return true, nil
}

// Quiet is a logger that lets only warnings and errors pass: what the queue
// says of its daily work is of no interest to an administrator.
func Quiet(log *slog.Logger) *slog.Logger { return slog.New(warnings{log.Handler()}) }

type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

func (w warnings) WithAttrs(a []slog.Attr) slog.Handler { return warnings{w.Handler.WithAttrs(a)} }
func (w warnings) WithGroup(n string) slog.Handler      { return warnings{w.Handler.WithGroup(n)} }
