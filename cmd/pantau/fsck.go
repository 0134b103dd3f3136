package main

import (
	"context"
	"fmt"
	"time"

	"pantau/internal/schedule"
	"pantau/internal/store"
)

// fsck takes back what a dead process left in hand, then checks everything.
func (a *app) fsck(ctx context.Context, db *store.Store) error {
	now := time.Now()
	n, err := db.Recover(ctx, now)
	if err != nil {
		return fmt.Errorf("recovery: %w", err)
	}
	if n != (schedule.Recovered{}) && !a.json {
		fmt.Fprintf(a.out, "Taken back from a process that died: %d runs, %d messages.\n", n.Runs, n.Messages)
	}
	findings, err := db.Fsck(ctx, now)
	if err != nil {
		return err
	}
	for _, f := range findings {
		if a.json {
			err = a.print(f)
		} else {
			_, err = fmt.Fprintf(a.out, "invariant %d: %s: %s\n", f.Invariant, f.What, f.Object)
		}
		if err != nil {
			return err
		}
	}
	if len(findings) > 0 {
		return exit{exitFailed, fmt.Errorf("%d findings: keep a copy of the file, and restore the newest good backup if data is missing", len(findings))}
	}
	if a.json {
		return a.print(map[string]any{"clean": true})
	}
	id, head, err := db.Head(ctx)
	if err != nil {
		return err
	}
	if id > 0 {
		fmt.Fprintf(a.out, "Clean: all invariants hold. %d checks, head of their chain %s\n", id, head)
		return nil
	}
	fmt.Fprintln(a.out, "Clean: nothing has been looked at yet.")
	return nil
}
