package store

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"pantau/internal/schedule"
	"pantau/internal/snapshot"
)

// A process works off what it wakes itself, and nobody else's: a job that dies
// with another process would refuse its successor for an hour.
func TestJobsAreOfTheirProcess(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		a, b := db.open(t, Options{}), db.open(t, Options{})
		worked := make(chan string, 10)
		for name, s := range map[string]*Store{"a": a.Store, "b": b.Store} {
			w := river.NewWorkers()
			river.AddWorker(w, river.WorkFunc(func(_ context.Context, j *river.Job[schedule.CrawlJob]) error {
				worked <- name + " " + j.Args.Host
				return nil
			}))
			river.AddWorker(w, river.WorkFunc(func(_ context.Context, j *river.Job[schedule.DeliverJob]) error {
				worked <- name + " " + j.Args.Lane
				return nil
			}))
			jobs, err := s.Jobs(t.Context(), w, &river.Config{Queues: map[string]river.QueueConfig{"crawl": {MaxWorkers: 2}, "deliver": {MaxWorkers: 2}},
				FetchPollInterval: 10 * time.Millisecond, FetchCooldown: 10 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			if err := jobs.Start(context.WithoutCancel(t.Context())); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { jobs.StopAndCancel(context.Background()) })
		}
		if err := a.Wake(t.Context(), []string{"h1", "h2"}, []string{"l1"}); err != nil {
			t.Fatal(err)
		}
		if err := b.Wake(t.Context(), []string{"h1"}, nil); err != nil {
			t.Fatal(err)
		}
		var got []string
		for range 4 {
			select {
			case w := <-worked:
				got = append(got, w)
			case <-time.After(30 * time.Second):
				t.Fatalf("only %q were worked off", got)
			}
		}
		slices.Sort(got)
		if want := []string{"a h1", "a h2", "a l1", "b h1"}; !slices.Equal(got, want) {
			t.Errorf("worked off: %q, want %q", got, want)
		}
	})
}

// A new PostgreSQL is told to count its rows once many runs were planned: it
// would find its way through them as through none.
func TestPlanOfManyIsCounted(t *testing.T) {
	f := postgresDatabase(t).open(t, Options{})
	sources := make([]snapshot.Source, planned+1)
	for i := range sources {
		sources[i] = f.source
		sources[i].ID = fmt.Sprintf("page-%d", i)
	}
	if err := f.Configure(t.Context(), Configuration{Digest: "many", Body: []byte(`{}`), Sources: sources}, f.now, schedule.First); err != nil {
		t.Fatal(err)
	}
	if err := f.Plan(t.Context(), f.now.Add(2*time.Hour), schedule.Occurrences); err != nil {
		t.Fatal(err)
	}
	var rows int
	if err := f.read.QueryRow(`SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE relname = 'run'`).Scan(&rows); err != nil || rows != len(sources) {
		t.Errorf("the database knows of %d runs, %v, want %d", rows, err, len(sources))
	}
}
