// Package schedule decides when work is done and by whom: it plans runs, leases
// hosts and lanes, and works both off.
//
// Invariants: the tables hold the truth and the queue only wakes; an occurrence
// is a run row from the moment it is planned; a host is asked, and a lane is
// drained, by one owner at a time, and what an owner that lost its lease still
// writes is refused; whatever a dead process had in hand is taken up again.
package schedule

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"pantau/internal/monitor"
	"pantau/notify"
)

// LeaseTime is how long a lease lives without renewal; its owner renews it
// every third of that.
const LeaseTime = 30 * time.Second

// Taken is the error of a lease that another owner holds.
type Taken struct {
	Name, Owner string
	Until       time.Time
}

func (t *Taken) Error() string {
	return fmt.Sprintf("%s is in the hands of %s until %s", t.Name, t.Owner, t.Until.Format(time.TimeOnly))
}

// Recovered counts what a dead process had left in hand.
type Recovered struct{ Runs, Messages int }

// Attempt is one try at one message.
type Attempt struct {
	Lane     string
	Channel  string // "slack:#regulatory"
	Envelope notify.Envelope
	First    time.Time // of the first attempt of this series
	Failed   int       // earlier attempts of the series that failed otherwise than by the end of our own process
	Again    bool      // the channel may have seen the message before
	Unfit    error     // why the message could not be laid out for the channel
	Lease    monitor.Lease
}

// Result is what became of an attempt.
type Result struct {
	Outcome notify.Outcome
	Detail  string
	Receipt string
	Next    time.Time // when to try again; zero: never (accepted, or a dead letter)
	Park    bool      // nothing more goes out on this channel until a person mends it
}

// Store is what planning and delivering need of the database.
type Store interface {
	// Plan inserts the runs that are due and moves their sources on, in one
	// transaction.
	Plan(ctx context.Context, now time.Time, elapsed func(expression, zone string, from, now time.Time) Elapsed) error
	HostsWithWork(ctx context.Context, now time.Time) ([]string, error)
	LanesDue(ctx context.Context, now time.Time) ([]string, error)
	NextDue(ctx context.Context) (time.Time, error)
	// Recover takes back what dead owners had in hand.
	Recover(ctx context.Context, now time.Time) (Recovered, error)

	// Acquire takes a lease; *Taken if somebody else holds it.
	Acquire(ctx context.Context, name, owner string, now time.Time) (monitor.Lease, error)
	Renew(ctx context.Context, l monitor.Lease, now time.Time) error
	Release(ctx context.Context, l monitor.Lease) error

	// NextRun gives the oldest due run of a host; ok is false if there is none.
	NextRun(ctx context.Context, host string, now time.Time) (r monitor.Run, ok bool, err error)
	Begin(ctx context.Context, r monitor.Run, l monitor.Lease) error
	// BeginNow inserts runs asked for by hand that have begun already.
	BeginNow(ctx context.Context, sources []string, now time.Time, l monitor.Lease) ([]monitor.Run, error)
	// PutBack plans a begun run again, due at the earliest at a time.
	PutBack(ctx context.Context, r monitor.Run, l monitor.Lease, due time.Time) error
	// Drop ends a run asked for by hand that was put back and is wanted no more.
	Drop(ctx context.Context, r monitor.Run) error

	Queue(ctx context.Context, lane string, limit int) (waiting []notify.Queued, parked string, err error)
	BeginAttempt(ctx context.Context, id string, l monitor.Lease, now time.Time, outOfOrder bool, layout func(channel string, m notify.Message) (notify.Payload, error)) (*Attempt, error)
	EndAttempt(ctx context.Context, a *Attempt, r Result, now time.Time, notices []monitor.Outgoing) error

	// Wake inserts jobs for hosts and lanes; one that waits already is enough.
	Wake(ctx context.Context, hosts, lanes []string) error
	// Jobs makes the queue's client over the same database.
	Jobs(ctx context.Context, w *river.Workers, c *river.Config) (Jobs, error)
}

// Jobs is the queue at work.
type Jobs interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// CrawlJob wakes the worker of a host. Boot names the process that inserted
// it, and the minute: the job of a killed process, or one whose end could not be
// noted, stays "running" for an hour and would refuse its successor if it were
// the same job.
type CrawlJob struct {
	Host string `json:"host" river:"unique"`
	Boot string `json:"boot" river:"unique"`
}

// Kind implements river.JobArgs.
func (CrawlJob) Kind() string { return "crawl" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (CrawlJob) InsertOpts() river.InsertOpts { return once("crawl") }

// DeliverJob wakes the worker of a lane.
type DeliverJob struct {
	Lane string `json:"lane" river:"unique"`
	Boot string `json:"boot" river:"unique"`
}

// Kind implements river.JobArgs.
func (DeliverJob) Kind() string { return "deliver" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (DeliverJob) InsertOpts() river.InsertOpts { return once("deliver") }
