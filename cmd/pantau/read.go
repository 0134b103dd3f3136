package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"pantau/diff"
	"pantau/internal/history"
	"pantau/internal/snapshot"
	"pantau/internal/store"
)

// print writes one JSON object on a line.
func (a *app) print(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// table aligns columns; a row's cells are parted by tabs.
func table(w io.Writer, f func(row func(cells ...string))) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	f(func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")) })
	return t.Flush()
}

// clock words an instant for people in the configured zone.
func (s *system) clock(t *time.Time, none string) string {
	if t == nil || t.IsZero() {
		return none
	}
	return t.In(s.monitor.Words.Timezone).Format("2006-01-02 15:04 MST")
}

func (a *app) sourcesCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "sources [SOURCE]", Short: "List the sources and how they fare, or the latest looks at one", Args: usage(cobra.MaximumNArgs(1)),
		Long:    "Without a name: every source with its last good look, the next one, and whether it sees. Documents of a list stand under\ntheir list. With a name: its latest looks, good and bad, each with the reason.",
		Example: "  pantau sources\n  pantau sources pse\n  pantau sources explain permen-5-2020   # what of the page is compared",
		RunE: a.with(func(ctx context.Context, s *system, args []string) error {
			if len(args) == 1 {
				return a.looks(ctx, s, args[0])
			}
			list, err := s.store.Sources(ctx)
			if err != nil {
				return err
			}
			if err := s.standby(ctx); err != nil {
				fmt.Fprintf(a.errs, "%v\n", err)
			}
			if a.json {
				for _, h := range list {
					if err := a.print(h); err != nil {
						return err
					}
				}
				return nil
			}
			return table(a.out, func(row func(...string)) {
				row("SOURCE", "TYPE", "LAST GOOD LOOK", "NEXT RUN", "LOOKS", "HEALTH")
				for _, h := range list {
					health := "sees"
					switch {
					case h.BlindSince != nil || h.Reason != "":
						health = "BLIND since " + s.clock(h.BlindSince, "the first look") + ": " + h.Reason
					case h.LastGood == nil:
						health = "not looked at yet"
					}
					good := s.clock(h.LastGood, "never")
					if h.LastGoodBy != "" {
						good += " by hand (" + h.LastGoodBy + ")"
					}
					name := h.ID
					if h.Parent != "" {
						name = "  " + h.ID + " " + shortened(h.Name)
					}
					row(name, h.Type, good, s.clock(h.NextRun, "by hand"), outcomes(h.Outcomes), health)
				}
			})
		}),
	}
	c.AddCommand(a.explainCommand())
	return c
}

// shortened is a title of a document in a table.
func shortened(title string) string {
	const room = 60
	if r := []rune(title); len(r) > room {
		return string(r[:room-1]) + "…"
	}
	return title
}

// looksShown is how many looks at a source are listed.
const looksShown = 50

// looks lists the latest looks at a source: also those that found nothing, for
// "we looked and nothing changed" is an answer.
func (a *app) looks(ctx context.Context, s *system, source string) error {
	list, err := s.store.Looks(ctx, source, looksShown)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("nobody has looked at a source %q yet; `pantau sources` lists those there are", source)
	}
	if a.json {
		for _, l := range list {
			if err := a.print(l); err != nil {
				return err
			}
		}
		return nil
	}
	return table(a.out, func(row func(...string)) {
		row("LOOK", "SEEN", "BY", "OUTCOME", "CHANGE", "REASON")
		for _, l := range list {
			by := "Pantau"
			if l.EnteredBy != "" {
				by = l.EnteredBy + " (by hand)"
			}
			row(fmt.Sprint(l.ID), s.clock(&l.Seen, ""), by, l.Outcome, l.Change, l.Detail)
		}
	})
}

func outcomes(m map[string]int) string {
	var parts []string
	for _, o := range []string{"baseline", "unchanged", "changed", "held", "failed"} {
		if m[o] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", m[o], o))
		}
	}
	if parts == nil {
		return "-"
	}
	return strings.Join(parts, ", ")
}

func (a *app) historyCommand() *cobra.Command {
	var f history.Filter
	var since, until string
	c := &cobra.Command{
		Use: "history", Short: "List the changes, newest first", Args: usage(cobra.NoArgs),
		Long:    "Every change that was found, with the time of the look that found it, its number, weight and source. The number is for\n`pantau show`. The filters may be combined; a day begins at midnight in the configured time zone.",
		Example: "  pantau history --limit 20\n  pantau history --source permen-5-2020 --since 2025-03-01\n  pantau history --topic data-pribadi --query \"pemutusan akses\" --json",
		RunE: a.with(func(ctx context.Context, s *system, _ []string) error {
			var err error
			if f.Since, err = s.day(since); err != nil {
				return err
			}
			if f.Until, err = s.day(until); err != nil {
				return err
			}
			return a.history(ctx, s, f)
		}),
	}
	c.Flags().StringVar(&f.Source, "source", "", "only of this source")
	c.Flags().StringVar(&since, "since", "", "seen at or after this day (2025-03-17) or instant (RFC 3339)")
	c.Flags().StringVar(&until, "until", "", "seen before this day or instant")
	c.Flags().StringVar(&f.Topic, "topic", "", "only with this topic")
	c.Flags().StringVar(&f.Operator, "operator", "", "only with this operator (the number in /tdpse-detail/)")
	c.Flags().StringVar(&f.Query, "query", "", "only where every one of these words occurs")
	c.Flags().IntVar(&f.Limit, "limit", 0, "at most so many; 0: all")
	return c
}

// day reads a day in the configured zone, or an instant.
func (s *system) day(v string) (time.Time, error) {
	if v == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, v, s.monitor.Words.Timezone)
	if err != nil {
		return t, exit{exitConfig, fmt.Errorf("%q is neither a day like 2025-03-17 nor an instant like 2025-03-17T08:00:00+07:00", v)}
	}
	return t, nil
}

func (a *app) history(ctx context.Context, s *system, f history.Filter) error {
	if a.json {
		return s.store.Changes(ctx, f, true, func(e history.Entry) error { return a.print(e.Change) })
	}
	n := 0
	err := s.store.Changes(ctx, f, false, func(e history.Entry) error {
		n++
		_, err := fmt.Fprintf(a.out, "%s  %-12s  %-6s  %-16s  %s\n", s.clock(&e.Change.To.At, ""), e.Change.ID, e.Change.Severity, e.Change.Source, e.Change.Summary+marked(e.Change))
		return err
	})
	if err == nil && n == 0 {
		fmt.Fprintln(a.out, "No changes. `pantau sources` says when each source was last seen.")
	}
	return err
}

// marked is what a list says behind a change that was not seen as others are.
func marked(c diff.Change) string {
	switch {
	case c.To.Manual != nil:
		return " [by hand: " + c.To.Manual.By + "]"
	case c.From.Manual != nil:
		return " [look before by hand: " + c.From.Manual.By + "]"
	}
	return ""
}

func (a *app) registerCommand() *cobra.Command {
	var at, operator string
	c := &cobra.Command{
		Use: "register SOURCE", Short: "The register on a day, or the life of one operator", Args: usage(cobra.ExactArgs(1)),
		Long:    "Prints every entry that the register had at an instant, or all that was ever seen of one operator: since when to when it\nwas in which list, with its fields. A time is that of the look that saw it.",
		Example: "  pantau register pse --at 2025-03-17\n  pantau register pse --operator 22722",
		RunE: a.with(func(ctx context.Context, s *system, args []string) error {
			if _, err := pick(s.conf.Sources, args); err != nil {
				return exit{exitConfig, err}
			}
			show := func(v history.Version) error { return a.version(s, v) }
			if operator != "" {
				return s.store.Life(ctx, args[0], operator, show)
			}
			when, err := s.day(at)
			if err != nil {
				return err
			}
			if when.IsZero() {
				when = time.Now()
			}
			return s.store.RegisterAt(ctx, args[0], when, show)
		}),
	}
	c.Flags().StringVar(&at, "at", "", "as it stood at this day's beginning or instant; default: now")
	c.Flags().StringVar(&operator, "operator", "", "every version of this operator instead")
	return c
}

func (a *app) version(s *system, v history.Version) error {
	if a.json {
		return a.print(v)
	}
	var fields []string
	for _, f := range v.Fields {
		fields = append(fields, f.Name+"="+f.Value)
	}
	hand := func(by string) string {
		if by == "" {
			return ""
		}
		return " [by hand: " + by + "]"
	}
	_, err := fmt.Fprintf(a.out, "%-6s  %-28s  %s%s - %s%s  %s\n", v.Key, v.Index, s.clock(&v.From, ""), hand(v.FromBy), s.clock(v.To, "now"), hand(v.ToBy), strings.Join(fields, "; "))
	return err
}

// heldLine is the JSON of a held capture.
type heldLine struct {
	store.Held
	Acceptable bool `json:"acceptable"` // as the source is described now
}

// whatHelps says what to do about a held capture if it is no broken one.
func whatHelps(h store.Held, acceptable bool) string {
	switch {
	case acceptable:
		return fmt.Sprintf("pantau accept %d (this is real)", h.ID)
	case h.Reason == snapshot.ReasonNoMatch:
		return fmt.Sprintf("choose `select` of %s anew if the page was redesigned, then pantau accept %d", h.Source, h.ID)
	}
	return fmt.Sprintf("it holds nothing to compare, so that accepting it cannot help: pantau doctor %s, and another description if the site was rebuilt", h.Source)
}

func (a *app) heldCommand() *cobra.Command {
	return &cobra.Command{
		Use: "held", Short: "List the captures that wait for a person", Args: usage(cobra.NoArgs),
		Long:    "What a site answered and did not look like the real thing is kept, compared with nothing, and waits here: a block page, a\nlog-in form, a cut list, a page without the part that counts. Each line says why, and which command helps. Looks go on\nmeanwhile.",
		Example: "  pantau held\n  pantau accept 31       # it is real\n  pantau reject 32       # it is broken",
		RunE: a.with(func(ctx context.Context, s *system, _ []string) error {
			list, err := s.store.HeldCaptures(ctx)
			if err != nil {
				return err
			}
			for _, h := range list {
				src := s.sources[h.Source] // as it is described now; that of none is a page
				acceptable := snapshot.Acceptable(h.Reason, src.Listing != nil)
				if a.json {
					err = errors.Join(err, a.print(heldLine{h, acceptable}))
					continue
				}
				reason := h.Reason
				if h.Entered != "" {
					reason += "  entered by hand by " + h.Entered
				}
				fmt.Fprintf(a.out, "%d  %s  %s  %s\n    %s\n    %s | pantau reject %d (this is broken)\n",
					h.ID, s.clock(&h.At, ""), h.Source, reason, h.Detail, whatHelps(h, acceptable), h.ID)
			}
			if len(list) == 0 && !a.json {
				fmt.Fprintln(a.out, "Nothing is held.")
			}
			return err
		}),
	}
}

func (a *app) alertsCommand() *cobra.Command {
	var state string
	var limit int
	c := &cobra.Command{
		Use: "alerts", Short: "List messages and how far they are; show and replay them", Args: usage(cobra.NoArgs),
		Long:    "A message is pending, being sent, delivered, or dead: given up after many tries. None is ever lost silently.",
		Example: "  pantau alerts --state dead\n  pantau alerts show m-daede43a51b9bef7\n  pantau alerts replay m-daede43a51b9bef7",
		RunE:    a.with(func(ctx context.Context, s *system, _ []string) error { return a.alerts(ctx, s, state, limit) }),
	}
	c.Flags().StringVar(&state, "state", "", "only pending, sending, delivered or dead ones")
	c.Flags().IntVar(&limit, "limit", 0, "at most so many; 0: all")
	c.AddCommand(&cobra.Command{
		Use: "show MESSAGE", Short: "One message with all its attempts", Args: usage(cobra.ExactArgs(1)),
		Example: "  pantau alerts show m-daede43a51b9bef7",
		RunE:    a.with(func(ctx context.Context, s *system, args []string) error { return a.alert(ctx, s, args[0]) }),
	}, &cobra.Command{
		Use: "replay MESSAGE...", Short: "Send a dead letter, or a delivered message, once more under the same id", Args: usage(cobra.MinimumNArgs(1)),
		Example: "  pantau alerts --state dead\n  pantau alerts replay m-daede43a51b9bef7",
		RunE: a.with(func(ctx context.Context, s *system, args []string) error {
			for _, id := range args {
				if err := s.store.Replay(ctx, id, who(), time.Now()); err != nil {
					return err
				}
			}
			if _, err := s.store.Unpark(ctx, time.Now()); err != nil {
				return err
			}
			return s.deliver(ctx, deliverFor)
		}),
	})
	return c
}

func (a *app) alerts(ctx context.Context, s *system, state string, limit int) error {
	if !slices.Contains([]string{"", "pending", "sending", "delivered", "dead"}, state) {
		return exit{exitConfig, fmt.Errorf("state %q: want pending, sending, delivered or dead", state)}
	}
	list, err := s.store.Deliveries(ctx, state, limit)
	if err != nil {
		return err
	}
	if a.json {
		for _, d := range list {
			if err := a.print(d); err != nil {
				return err
			}
		}
		return nil
	}
	return table(a.out, func(row func(...string)) {
		row("MESSAGE", "CREATED", "FOR", "STATE", "TRIES", "SUBJECT")
		for _, d := range list {
			st := d.State
			if d.Parked != "" {
				st = "parked: " + d.Parked
			} else if d.State == "dead" || d.State == "pending" && d.Attempts > 0 {
				st += " (" + d.Last + ")"
			}
			row(d.Message, s.clock(&d.Created, ""), d.Subscription+" "+d.Channel, st, fmt.Sprint(d.Attempts), d.Subject)
		}
	})
}

func (a *app) alert(ctx context.Context, s *system, id string) error {
	d, m, err := s.store.Delivery(ctx, id)
	if err != nil {
		return err
	}
	if a.json {
		return a.print(struct {
			history.Delivery
			Body any `json:"body"`
		}{d, m})
	}
	fmt.Fprintf(a.out, "%s for %s on %s: %s\n", d.Message, d.Subscription, d.Channel, d.State)
	for _, t := range d.Tries {
		again := ""
		if t.Again {
			again = " (may have been seen before)"
		}
		fmt.Fprintf(a.out, "  attempt %d at %s: %s %s %s%s\n", t.N, s.clock(&t.Started, ""), t.Outcome, t.Detail, t.Receipt, again)
	}
	payload, err := s.courier.Senders["console"].Render(m, "")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "\n%s", payload)
	return err
}
