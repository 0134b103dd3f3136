package monitor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// The kinds of notices.
const (
	StillBlind  = "blind"       // to administrators, every week of a blindness
	Unconfirmed = "unconfirmed" // to a subscriber, once a blindness
	Resolved    = "resolved"    // to the same, at its end
	AllClear    = "all-clear"   // to a subscriber, every week
)

// How long a blindness lasts before it is told, once more or to others.
const (
	remindEvery      = 7 * 24 * time.Hour
	unconfirmedAfter = 12 * time.Hour
)

// Notice is something that is told once for a reason that no single look gives:
// that time has passed.
type Notice struct {
	Kind       string
	Source     string // empty: about all of them
	Subscriber string
	Occurrence string    // which blindness and week of it, which week
	Blind      time.Time // it holds only while the source is in this blindness; zero: whatever happened since
	At         time.Time // when it was told
}

// End is the first good look after a blindness.
type End struct {
	At       time.Time
	Before   time.Time    // the last good look before the blindness
	Compared time.Time    // the good look before it, of a person's perhaps
	Change   *diff.Change // what it found; nil: nothing
}

// Watch is what a Vigil needs of the database.
type Watch interface {
	// Blind lists what cannot be seen now, what can be read of it beside an error
	// too.
	Blind(ctx context.Context) ([]notify.Blindness, error)
	Interests(ctx context.Context) (notify.Interests, string, error)
	State(ctx context.Context, source string) (State, error)
	Source(ctx context.Context, id string) (snapshot.Source, error)
	Rows(ctx context.Context, source string) ([]registry.Row, error)
	// StoodAt gives the indexes in which operators stood at an instant.
	StoodAt(ctx context.Context, source string, at time.Time) (map[string]string, error)
	// SourceWeeks lists the sources with their looks between two instants, and since
	// when there has been one.
	SourceWeeks(ctx context.Context, since, until time.Time) ([]notify.SourceWeek, time.Time, error)
	// Tell stores messages with the notice, unless it was told before or does not
	// hold any more.
	Tell(ctx context.Context, n Notice, list []Outgoing, now time.Time) error
	Told(ctx context.Context, kind string) ([]Notice, error)
	// Open lists the unconfirmed notices whose source is seen again and that
	// nobody has resolved.
	Open(ctx context.Context) ([]Notice, error)
	// EndOf gives the first good look at a source of Pantau's own behind an instant.
	EndOf(ctx context.Context, source string, from time.Time) (End, error)
}

// Vigil tells what no single look can tell: that a source is still not seen,
// that what somebody follows is behind it, and, every week, that all is well.
// Everything it does may be done again, and by several processes at once: each
// notice is told once.
type Vigil struct {
	Store          Watch
	Administrators notify.Subscription
	Words          notify.WordingOptions
	Log            *slog.Logger
}

// Round tells what is due. What cannot be told of one source does not keep back
// what is due of the others: it is tried again at the next round.
func (v *Vigil) Round(ctx context.Context, now time.Time) error {
	in, _, err := v.Store.Interests(ctx)
	if err != nil {
		return fmt.Errorf("interests: %w", err)
	}
	var errs []error
	blind, unread := v.Store.Blind(ctx)
	if unread != nil {
		errs = append(errs, fmt.Errorf("blind sources: %w", unread))
	}
	for _, b := range blind {
		if err := v.remind(ctx, b, now); err != nil {
			errs = append(errs, fmt.Errorf("reminder of %s: %w", b.Source.ID, err))
		}
		if err := v.unconfirmed(ctx, b, in, now); err != nil {
			errs = append(errs, fmt.Errorf("%s, unconfirmed: %w", b.Source.ID, err))
		}
	}
	errs = append(errs, v.resolve(ctx, in, now))
	if unread == nil { // a report that lacks a blind source would say that all is well
		errs = append(errs, v.allClear(ctx, in, blind, now))
	}
	return errors.Join(errs...)
}

func (v *Vigil) words(now time.Time) notify.WordingOptions {
	w := v.Words
	w.Now = now
	return w
}

func addressed(sub notify.Subscription, m notify.Message) []Outgoing {
	var out []Outgoing
	for _, ch := range sub.Channels {
		out = append(out, Addressed(sub.ID, ch, m))
	}
	return out
}

// begun names a blindness.
func begun(b notify.Blindness) string { return b.From.UTC().Format("2006-01-02T15:04:05.000000Z") }

// remind tells the administrators every week that a source is still not seen. Of
// the weeks in which nothing ran only the last one is told.
func (v *Vigil) remind(ctx context.Context, b notify.Blindness, now time.Time) error {
	week := int(now.Sub(b.From) / remindEvery)
	if b.From.IsZero() || week < 1 { // of a blindness that began under an older program the next look says since when
		return nil
	}
	h := notify.Health{Kind: notify.StillBlind, Source: b.Source, Since: b.Since, SinceBy: b.SinceBy, At: now, Held: b.Kept, Reason: b.Reason, Detail: b.Detail,
		From: b.From, Last: b.Last, Failed: b.Failed, Kept: b.Held}
	n := Notice{Kind: StillBlind, Source: b.Source.ID, Subscriber: v.Administrators.ID, Occurrence: fmt.Sprintf("%s week %d", begun(b), week), Blind: b.From}
	return v.Store.Tell(ctx, n, addressed(v.Administrators, notify.ComposeHealth(h, v.Administrators, v.words(now))), now)
}

// unconfirmed tells the subscribers for whom something is behind a source that
// has not been seen for hours.
func (v *Vigil) unconfirmed(ctx context.Context, b notify.Blindness, in notify.Interests, now time.Time) error {
	if b.From.IsZero() || now.Sub(b.From) < unconfirmedAfter || b.Hand != nil && now.Sub(b.Hand.Seen) < unconfirmedAfter {
		return nil
	}
	told, err := v.told(ctx, Unconfirmed)
	if err != nil {
		return err
	}
	var rows []registry.Row
	for _, sub := range in.Subscriptions {
		n := Notice{Kind: Unconfirmed, Source: b.Source.ID, Subscriber: sub.ID, Occurrence: begun(b), Blind: b.From}
		if told[key{n.Source, n.Subscriber, n.Occurrence}] {
			continue
		}
		follows := in.Followed(b.Source.ID)
		if rows == nil && len(follows) > 0 && b.Source.Listing != nil {
			if rows, err = v.Store.Rows(ctx, b.Source.ID); err != nil {
				return err
			}
		}
		list, ok := notify.Behind(sub, b.Source, follows, rows)
		if !ok {
			continue
		}
		if err := v.Store.Tell(ctx, n, addressed(sub, notify.ComposeUnconfirmed(b, list, sub, v.words(now))), now); err != nil {
			return err
		}
	}
	return nil
}

type key struct{ source, subscriber, occurrence string }

func (v *Vigil) told(ctx context.Context, kind string) (map[key]bool, error) {
	list, err := v.Store.Told(ctx, kind)
	out := map[key]bool{}
	for _, n := range list {
		out[key{n.Source, n.Subscriber, n.Occurrence}] = true
	}
	return out, err
}

// resolve tells those who were told that something is unconfirmed what was found
// when it was seen again.
func (v *Vigil) resolve(ctx context.Context, in notify.Interests, now time.Time) error {
	open, err := v.Store.Open(ctx)
	if err != nil {
		return fmt.Errorf("what is unconfirmed: %w", err)
	}
	var errs []error
	for _, n := range open {
		list, err := v.resolved(ctx, n, in, now)
		if err == nil {
			n.Kind = Resolved
			err = v.Store.Tell(ctx, n, list, now)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s is seen again: %w", n.Source, err))
		}
	}
	return errors.Join(errs...)
}

func (v *Vigil) resolved(ctx context.Context, n Notice, in notify.Interests, now time.Time) ([]Outgoing, error) {
	from, err := time.Parse(time.RFC3339Nano, n.Occurrence)
	if err != nil {
		return nil, err
	}
	src, err := v.Store.Source(ctx, n.Source)
	if err != nil {
		return nil, err
	}
	end, err := v.Store.EndOf(ctx, n.Source, from)
	if err != nil {
		return nil, err
	}
	st, err := v.Store.State(ctx, n.Source)
	if err != nil {
		return nil, err
	}
	a := notify.SeenAgain{Source: src, At: end.At, Change: end.Change, Pending: st.Pending, Compared: end.Compared, Since: end.Before}
	for _, sub := range in.Subscriptions {
		if sub.ID != n.Subscriber {
			continue
		}
		list, err := v.standings(ctx, sub, src, in, a.Since)
		if err != nil {
			return nil, err
		}
		return addressed(sub, notify.ComposeSeenAgain(a, list, sub, v.words(now))), nil
	}
	return nil, nil // nobody reads it any more
}

// standings are the operators that a subscription follows in a register: where
// they stand and where they stood.
func (v *Vigil) standings(ctx context.Context, sub notify.Subscription, src snapshot.Source, in notify.Interests, at time.Time) ([]notify.Standing, error) {
	follows := in.Followed(src.ID)
	if src.Listing == nil || len(follows) == 0 {
		return nil, nil
	}
	rows, err := v.Store.Rows(ctx, src.ID)
	if err != nil {
		return nil, err
	}
	list, _ := notify.Behind(sub, src, follows, rows)
	if at.IsZero() || len(list) == 0 {
		return list, nil
	}
	was, err := v.Store.StoodAt(ctx, src.ID, at)
	for i := range list {
		list[i].Was = was[string(list[i].Key)]
	}
	return list, err
}

// allClear sends the weekly reports that are due. After a time in which nothing
// ran one report stands for all of it.
func (v *Vigil) allClear(ctx context.Context, in notify.Interests, blind []notify.Blindness, now time.Time) error {
	var told []Notice
	var errs []error
	for _, sub := range in.Subscriptions {
		if sub.AllClear == nil {
			continue
		}
		if told == nil {
			var err error
			if told, err = v.Store.Told(ctx, AllClear); err != nil {
				return fmt.Errorf("weekly reports: %w", err)
			}
		}
		zone, err := time.LoadLocation(sub.Timezone)
		if err != nil {
			errs = append(errs, fmt.Errorf("subscriber %s: %w", sub.ID, err))
			continue
		}
		at := sub.AllClear.Latest(now, zone)
		since := at.AddDate(0, 0, -7)
		due := true
		for _, n := range told { // in the order they were told
			if n.Subscriber == sub.ID {
				since = n.At
				due = due && n.Occurrence < week(at)
			}
		}
		if !due {
			continue
		}
		if err := v.report(ctx, sub, in, blind, at, since, now); err != nil {
			errs = append(errs, fmt.Errorf("weekly report to %s: %w", sub.ID, err))
		}
	}
	return errors.Join(errs...)
}

// week names the week of a report by its moment.
func week(at time.Time) string { return at.UTC().Format("2006-01-02T15:04Z") }

func (v *Vigil) report(ctx context.Context, sub notify.Subscription, in notify.Interests, blind []notify.Blindness, at, since, now time.Time) error {
	all, first, err := v.Store.SourceWeeks(ctx, since, now)
	if err != nil {
		return err
	}
	n := Notice{Kind: AllClear, Subscriber: sub.ID, Occurrence: week(at)}
	if len(all) == 0 {
		return nil
	}
	if first.After(at) { // Pantau was not watching then: the next report is the first, and begins where Pantau did
		return v.Store.Tell(ctx, n, nil, first)
	}
	k := notify.Week{Since: since, At: now}
	if since.Before(first) {
		k.Since = first
	}
	covered := map[string]bool{}
	for _, w := range all {
		if !notify.Covers(sub, w.Source) {
			continue
		}
		covered[w.Source.ID] = true
		if w.Followed, err = v.standings(ctx, sub, w.Source, in, time.Time{}); err != nil {
			return err
		}
		k.Sources = append(k.Sources, w)
	}
	for _, b := range blind {
		if covered[b.Source.ID] {
			k.Blind = append(k.Blind, b)
		}
	}
	return v.Store.Tell(ctx, n, addressed(sub, notify.ComposeAllClear(k, sub, v.words(now))), now)
}
