package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pantau/diff"
	"pantau/internal/history"
	"pantau/internal/monitor"
	"pantau/internal/snapshot"
	"pantau/internal/store"
	"pantau/notify"
)

// The exit codes of pantau backtest, those of diff(1).
const (
	backtestDiffers = 1
	backtestError   = 2
)

// backtestOptions are the arguments of pantau backtest.
type backtestOptions struct {
	since    string
	database string
	notReal  string
	sources  []string
}

func (a *app) backtestCommand() *cobra.Command {
	var o backtestOptions
	c := &cobra.Command{
		Use: "backtest [SOURCE...]", Short: "What an edited configuration would have hidden and added in the past",
		Example: "  cp pantau.yaml new.yaml               # and edit new.yaml\n  pantau backtest --config new.yaml --since 2025-03-01\n  pantau backtest --not-real c25bff27187ca",
		Long: `Replays the stored looks under the configuration that --config names, an edited copy of the one in force, and says
which changes that were told it would have hidden, which it would have added, which looks it would have held, and who
would have been alerted. It reads only: neither the history nor the configuration in force changes.

What cannot be replayed is named: looks whose answers are not kept any more (` + "`retention`" + `), and those of another address.
A change that would be new was not confirmed by a second look then, and says so. "anyway" marks what this version of
Pantau reads so without the edit too.

With --not-real CHANGE a rule is proposed that would have hidden this change, with everything else that it would have
hidden in the history of the source.

Exit status, as of diff(1): 0 the past would have been told the same, 1 it would not, or a change cannot be replayed,
2 error. With --not-real: 0 a rule is proposed, 1 none would do, 2 error.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			o.sources = args
			if err := a.backtest(c.Context(), o); err != nil {
				var e exit
				if errors.As(err, &e) {
					return err
				}
				return exit{backtestError, err}
			}
			return nil
		},
	}
	c.Flags().StringVar(&o.since, "since", "", "only looks at or after this day (2025-03-17) or instant (RFC 3339)")
	c.Flags().StringVar(&o.database, "database", "", "the database, where the edited file names it from another folder")
	c.Flags().StringVar(&o.notReal, "not-real", "", "propose a rule that would have hidden this change")
	return c
}

// reading is a system that cannot write.
func (a *app) reading(ctx context.Context, database string) (*system, error) {
	conf, err := a.config()
	if err != nil {
		return nil, exit{exitConfig, err}
	}
	if database != "" {
		conf.Database = database
	}
	words, err := messageWords(conf)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, conf.Database, store.Options{Program: programVersion(), Log: a.log(), Reads: true})
	if err != nil {
		return nil, fmt.Errorf("%w (an edited copy in another folder may name another file; --database says which is meant)", err)
	}
	s := &system{conf: conf, store: db, reader: a.reader(), monitor: &monitor.Monitor{Words: words}, sources: map[string]snapshot.Source{}}
	for _, src := range conf.Sources {
		s.sources[src.ID] = src
	}
	return s, nil
}

func (a *app) backtest(ctx context.Context, o backtestOptions) error {
	s, err := a.reading(ctx, o.database)
	if err != nil {
		return err
	}
	defer s.store.Close()
	since, err := s.day(o.since)
	if err != nil {
		return err
	}
	if o.notReal != "" {
		if len(o.sources) > 0 {
			return errors.New("--not-real takes the source from the change; name none")
		}
		return a.notReal(ctx, s, o.notReal, since)
	}
	list, err := s.tried(ctx, o.sources)
	if err != nil {
		return err
	}
	in, err := s.interests(ctx)
	if err != nil {
		return err
	}
	differs := false
	for _, src := range list {
		t, err := a.backtestSource(ctx, s, src, in, since)
		if err != nil {
			return err
		}
		differs = differs || t.differs()
	}
	if len(o.sources) == 0 {
		dropped, err := a.dropped(ctx, s, since)
		if err != nil {
			return err
		}
		differs = differs || dropped
	}
	if differs {
		return exit{code: backtestDiffers}
	}
	return nil
}

// tried are the sources of the edited configuration that are named, else all of
// them, with the documents of its lists.
func (s *system) tried(ctx context.Context, ids []string) ([]snapshot.Source, error) {
	var list []snapshot.Source
	for _, id := range ids {
		src, err := s.source(id)
		if err != nil {
			_, err = pick(s.conf.Sources, ids) // which names those there are
			return nil, exit{exitConfig, err}
		}
		list = append(list, src)
	}
	if len(ids) > 0 {
		return list, nil
	}
	documents, err := s.documents(ctx, s.conf.Sources)
	return append(slices.Clone(s.conf.Sources), documents...), err
}

// dropped names the sources that are watched and that the edited configuration
// does not have: nothing of them would have been told.
func (a *app) dropped(ctx context.Context, s *system, since time.Time) (any bool, err error) {
	watched, err := s.store.Sources(ctx)
	if err != nil {
		return false, err
	}
	for _, h := range watched {
		if _, err := s.source(h.ID); err == nil {
			continue
		}
		t := backtestTally{Source: h.ID, Dropped: true, Counts: map[monitor.Verdict]int{}}
		if err := s.store.Changes(ctx, history.Filter{Source: h.ID, Since: since}, false, func(history.Entry) error {
			t.Counts[monitor.Hidden]++
			return nil
		}); err != nil {
			return false, err
		}
		if any = true; a.json {
			err = a.print(t)
		} else {
			_, err = fmt.Fprintf(a.out, "%s: is not in the edited configuration; %d changes would not have been told\n", t.Source, t.Counts[monitor.Hidden])
		}
		if err != nil {
			return false, err
		}
	}
	return any, nil
}

// interests are those of the edited configuration, with what is followed by
// command.
func (s *system) interests(ctx context.Context) (notify.Interests, error) {
	in, _, err := s.store.Interests(ctx)
	if err != nil {
		return in, err
	}
	in.Subscriptions = s.conf.Subscriptions
	for _, f := range s.conf.Follows {
		if !slices.ContainsFunc(in.Follows, func(g notify.Follow) bool { return reflect.DeepEqual(f, g) }) {
			in.Follows = append(in.Follows, f)
		}
	}
	return in, nil
}

// backtested is one look, with who would have been alerted of it.
type backtested struct {
	monitor.Replayed
	AlertsGained map[string]diff.Severity `json:"alerts_gained,omitempty"` // by subscriber
	AlertsLost   map[string]diff.Severity `json:"alerts_lost,omitempty"`
}

// differs tells whether a look would have been told in another way.
func (b *backtested) differs() bool {
	quiet := b.Verdict == monitor.Kept || b.Verdict == monitor.Unreadable
	return !quiet || len(b.AlertsGained)+len(b.AlertsLost) > 0
}

// backtestTally counts the looks at one source.
type backtestTally struct {
	Source  string                  `json:"source"`
	Dropped bool                    `json:"dropped,omitempty"` // it is not in the edited configuration
	Looks   int                     `json:"looks"`
	Counts  map[monitor.Verdict]int `json:"counts"`
	Alerts  [2]int                  `json:"alerts"`  // that would have been more, and fewer
	Lost    int                     `json:"unknown"` // changes whose looks cannot be replayed
}

func (t *backtestTally) differs() bool {
	n := t.Alerts[0] + t.Alerts[1] + t.Lost
	for v, k := range t.Counts {
		if v != monitor.Kept && v != monitor.Unreadable {
			n += k
		}
	}
	return n > 0
}

// backtestSource replays one source, prints each look as it is known, and
// holds no more than one at a time.
func (a *app) backtestSource(ctx context.Context, s *system, src snapshot.Source, in notify.Interests, since time.Time) (*backtestTally, error) {
	t := &backtestTally{Source: src.ID, Counts: map[monitor.Verdict]int{}}
	r := &monitor.Replay{Archive: s.store, Topics: s.conf.Topics, Reader: s.reader}
	var err error
	t.Looks, err = r.Source(ctx, src, since, func(one monitor.Replayed) error {
		b := &backtested{Replayed: one}
		if err := s.alerts(ctx, b, src, in); err != nil {
			return err
		}
		t.Counts[one.Verdict]++
		if one.Verdict == monitor.Unreadable && one.Was != nil {
			t.Lost++
		}
		t.Alerts[0] += len(b.AlertsGained)
		t.Alerts[1] += len(b.AlertsLost)
		if a.json {
			return a.print(b)
		}
		if b.differs() || b.Verdict == monitor.Unreadable && b.Was != nil {
			_, err := fmt.Fprint(a.out, s.backtestText(b))
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if a.json {
		return t, a.print(t)
	}
	_, err = fmt.Fprint(a.out, t.text())
	return t, err
}

// alerts holds who would have been alerted against who was.
func (s *system) alerts(ctx context.Context, b *backtested, src snapshot.Source, in notify.Interests) error {
	if b.Verdict == monitor.Unreadable {
		return nil
	}
	was, now := map[string]diff.Severity{}, map[string]diff.Severity{}
	if b.Was != nil {
		var err error
		if was, err = s.store.Alerted(ctx, b.Was.ID); err != nil {
			return err
		}
	}
	if b.Now != nil {
		for _, alert := range notify.Route(*b.Now, src, in) {
			now[alert.Subscription] = alert.Severity
		}
	}
	b.AlertsGained, b.AlertsLost = without(now, was), without(was, now)
	return nil
}

func without(list, other map[string]diff.Severity) map[string]diff.Severity {
	out := map[string]diff.Severity{}
	for id, s := range list {
		if _, ok := other[id]; !ok {
			out[id] = s
		}
	}
	return out
}

// counted is "1 look", "2 looks".
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func (t *backtestTally) text() string {
	var parts []string
	for _, v := range []monitor.Verdict{monitor.Hidden, monitor.Appeared, monitor.Altered, monitor.Reweighed, monitor.Withheld, monitor.Released, monitor.Kept, monitor.Unreadable} {
		if n := t.Counts[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	s := fmt.Sprintf("%s: %s; %s", t.Source, counted(t.Looks, "look"), cmp.Or(strings.Join(parts, ", "), "nothing was told, and nothing would have been"))
	if t.Alerts != [2]int{} {
		s += fmt.Sprintf("; %s more, %d fewer", counted(t.Alerts[0], "alert"), t.Alerts[1])
	}
	return s + "\n"
}

// shownParts is how many passages or events of a look are printed.
const shownParts = 5

func (s *system) backtestText(b *backtested) string {
	var out strings.Builder
	verdict := strings.ToUpper(string(b.Verdict))
	fmt.Fprintf(&out, "%-9s %s  %s", verdict, s.clock(&b.At, ""), b.Source)
	switch {
	case b.Was != nil:
		fmt.Fprintf(&out, "  %s  %s", b.Was.ID, b.Was.Summary)
	case b.Now != nil:
		fmt.Fprintf(&out, "  look %d  %s", b.Look, b.Now.Summary)
	default:
		fmt.Fprintf(&out, "  look %d", b.Look)
	}
	out.WriteByte('\n')
	for _, note := range []struct {
		say  bool
		text string
	}{
		{b.Why != "", b.Why},
		{b.Anyway, "without the edit this version of Pantau reads the two looks so too"},
		{b.Unconfirmed, "the page was not fetched a second time then, which might have shown it to be noise"},
		{b.Was != nil && b.Now != nil && b.Was.Severity != b.Now.Severity, "severity " + severities(b)},
		{b.Verdict == monitor.Reweighed, "topics " + topicsOf(b)},
		{b.Verdict == monitor.Hidden && b.Was != nil, fmt.Sprintf("%s: %s", severityOf(b.Was), whyOf(b.Was))},
		{b.Verdict == monitor.Appeared && b.Now != nil, fmt.Sprintf("%s: %s", severityOf(b.Now), whyOf(b.Now))},
		{len(b.AlertsGained) > 0, "would have been alerted: " + subscribers(b.AlertsGained)},
		{len(b.AlertsLost) > 0, "would not have been alerted: " + subscribers(b.AlertsLost)},
	} {
		if note.say {
			fmt.Fprintf(&out, "          %s\n", note.text)
		}
	}
	parts(&out, "not told  ", b.Lost)
	parts(&out, "told      ", b.Gained)
	return out.String()
}

func severityOf(c *diff.Change) diff.Severity {
	if c == nil {
		return ""
	}
	return c.Severity
}

func whyOf(c *diff.Change) string {
	if c == nil {
		return ""
	}
	return c.Why
}

func severities(b *backtested) string {
	return fmt.Sprintf("%s, was %s", severityOf(b.Now), severityOf(b.Was))
}

func topicsOf(b *backtested) string {
	if b.Was == nil || b.Now == nil {
		return ""
	}
	return fmt.Sprintf("%s; were %s", cmp.Or(strings.Join(b.Now.Topics, ", "), "none"), cmp.Or(strings.Join(b.Was.Topics, ", "), "none"))
}

func subscribers(m map[string]diff.Severity) string {
	var out []string
	for id, s := range m {
		out = append(out, fmt.Sprintf("%s (%s)", id, s))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// parts writes the first passages or events of what would have been told, or not.
func parts(out *strings.Builder, label string, t monitor.Told) {
	var list []string
	for _, h := range t.Hunks {
		text := wording(h)
		if r := []rune(text); len(r) > 160 {
			text = string(r[:160]) + "..."
		}
		list = append(list, string(h.Op)+": "+strings.ReplaceAll(text, "\n", " "))
	}
	for _, e := range t.Events {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Type, e.Key, e.Name)))
	}
	for n, l := range list {
		if n == shownParts {
			fmt.Fprintf(out, "          %s... and %d more\n", label, len(list)-n)
			return
		}
		fmt.Fprintf(out, "          %s%s\n", label, l)
	}
}
