package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"pantau/internal/schedule"
	"pantau/internal/store"
)

func (a *app) copyCommand() *cobra.Command {
	var to string
	c := &cobra.Command{
		Use: "copy --to DATABASE", Short: "Copy everything to another, empty database: from SQLite to PostgreSQL or back", Args: usage(cobra.NoArgs),
		Long:    "Copies history, evidence and waiting messages with their ids to an empty database, counts and compares every\ntable on both sides, and checks the copy as fsck does. DATABASE is postgres://user@host/name, or the path of a\nfile that does not exist. `pantau run` must be stopped meanwhile. The configured database is only read; change\n`database:` afterwards. A password can come from PGPASSWORD or ~/.pgpass, so that it shows in no list of processes.",
		Example: "  pantau copy --to postgres://pantau@db.example.co.id/pantau",
		RunE:    a.with(func(ctx context.Context, s *system, _ []string) error { return a.copy(ctx, s, to) }),
	}
	c.Flags().StringVar(&to, "to", "", "the empty database: postgres://user@host/name, or a path")
	if err := c.MarkFlagRequired("to"); err != nil {
		panic(err) // the flag is named two lines above
	}
	return c
}

func (a *app) copy(ctx context.Context, s *system, to string) (err error) {
	if err := s.store.Idle(ctx, time.Now()); err != nil {
		return err
	}
	target, err := store.Open(ctx, to, store.Options{Program: programVersion(), Gone: schedule.Gone, Log: s.log, Create: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	n, err := store.Copy(ctx, s.store, target)
	if err != nil {
		return err
	}
	if a.json {
		err = a.print(struct {
			To   string           `json:"to"`
			Rows map[string]int64 `json:"rows"`
		}{target.Name(), n})
	} else {
		err = table(a.out, func(row func(...string)) {
			row("TABLE", "ROWS")
			for _, t := range slices.Sorted(maps.Keys(n)) {
				row(t, fmt.Sprint(n[t]))
			}
		})
	}
	if err != nil {
		return err
	}
	found, err := target.Fsck(ctx, time.Now())
	if err != nil {
		return fmt.Errorf("the copy was made, but could not be checked: %w", err)
	}
	if len(found) > 0 {
		return fmt.Errorf("%d rows were copied, but the copy breaks invariants (the first: %s: %s); `pantau fsck` of the source tells whether it does too", n.Rows(), found[0].What, found[0].Object)
	}
	if !a.json {
		fmt.Fprintf(a.out, "%d rows are copied to %s, compared and checked. Set `database:` to it; %s stays as it is.\n", n.Rows(), target.Name(), s.store.Name())
	}
	return nil
}
