package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pantau/crawler/extract"
	"pantau/diff"
	"pantau/diff/registry"
	"pantau/internal/monitor"
	"pantau/internal/snapshot"
)

// rule is one edit of a source that would have hidden a change.
type rule struct {
	Key    string   `json:"key"` // remove, ignored
	Values []string `json:"values"`

	src snapshot.Source // as it is edited
}

// proposal is a rule with everything that it would have hidden.
type proposal struct {
	Change string              `json:"change"`
	Source string              `json:"source"`
	Rule   *rule               `json:"rule"` // null: none would have hidden the change
	Why    string              `json:"why,omitempty"`
	Looks  int                 `json:"looks"`  // that it was tried on
	Others []*monitor.Replayed `json:"others"` // what else would have been told in another way
	Unread int                 `json:"unread"` // looks that cannot be replayed

	hides   bool // the change
	weighty int  // of the others, those that are more than cosmetic
}

// notReal proposes a rule for what a person says is no change.
func (a *app) notReal(ctx context.Context, s *system, id string, since time.Time) error {
	ch, err := s.store.Change(ctx, id)
	if err != nil {
		return err
	}
	src, err := s.source(ch.Source)
	if err != nil {
		return exit{exitConfig, fmt.Errorf("the source %s of this change is not in the configuration", ch.Source)}
	}
	var rules []rule
	if src.Listing != nil {
		rules, err = fieldRules(ch, src)
	} else {
		rules, err = s.removeRules(ctx, ch, src)
	}
	if err != nil {
		return err
	}
	best, err := s.best(ctx, ch, rules, since)
	if err != nil {
		return err
	}
	best.Change, best.Source = ch.ID, src.ID
	if a.json {
		err = a.print(best)
	} else {
		_, err = fmt.Fprint(a.out, s.proposalText(best, ch))
	}
	if err == nil && best.Rule == nil {
		err = exit{code: backtestDiffers}
	}
	return err
}

// fieldRules leave out the fields in which an edited record differs. That a
// record came or went no rule can hide.
func fieldRules(ch diff.Change, src snapshot.Source) ([]rule, error) {
	var fields []string
	for _, e := range ch.Events {
		if e.Type != registry.Edited {
			return nil, fmt.Errorf("record %s came, went or moved: a rule that hides this would hide real ones; if the list itself is wrong, correct its description", e.Key)
		}
		for name := range e.Fields {
			if !slices.Contains(fields, name) {
				fields = append(fields, name)
			}
		}
	}
	slices.Sort(fields)
	l := *src.Listing
	r := rule{Key: "ignored", Values: fields}
	if len(l.Fields) == 0 {
		l.Ignored = append(slices.Clone(l.Ignored), fields...)
	} else {
		r.Key = "as: kept of fields"
		l.Fields = slices.Clone(l.Fields)
		for i := range l.Fields {
			if slices.Contains(fields, l.Fields[i].Name) {
				l.Fields[i].As = snapshot.Kept
			}
		}
	}
	src.Listing = &l
	r.src = src
	return []rule{r}, nil
}

// mostRules is how many rules are tried on the whole history.
const mostRules = 6

// removeRules are selectors that leave out the passages of a change. Those are
// tried first on the change alone, and that only.
func (s *system) removeRules(ctx context.Context, ch diff.Change, src snapshot.Source) ([]rule, error) {
	var sides [2]*snapshot.Capture
	for n, seq := range []int64{ch.From.Snapshot, ch.To.Snapshot} {
		c, _, err := s.store.Capture(ctx, src.ID, seq)
		if err != nil {
			return nil, err
		}
		sides[n] = c
	}
	var candidates []string
	for _, h := range ch.Hunks {
		for n, text := range []string{h.Before, h.After} {
			list, err := extract.Holders(sides[n], src, bare(text))
			if err != nil {
				return nil, err
			}
			for _, sel := range list {
				if !slices.Contains(candidates, sel) {
					candidates = append(candidates, sel)
				}
			}
		}
	}
	left := func(remove []string) (int, error) {
		var docs [2]*snapshot.Document
		edited := src
		edited.Remove = slices.Concat(src.Remove, remove)
		for n := range sides {
			d, err := s.reader.Document(ctx, sides[n], edited)
			var f *snapshot.Fault
			if errors.As(err, &f) || err == nil && len(d.Blocks) == 0 {
				return len(ch.Hunks) + 1, nil // nothing of the page would be left
			}
			if err != nil {
				return 0, err
			}
			docs[n] = d
		}
		hunks, _ := diff.CompareText(docs[0], docs[1], nil)
		return len(hunks), nil
	}
	var rules []rule
	add := func(remove []string) {
		edited := src
		edited.Remove = slices.Concat(src.Remove, remove)
		rules = append(rules, rule{Key: "remove", Values: remove, src: edited})
	}
	all, err := left(nil)
	if err != nil {
		return nil, err
	}
	rest := map[string]int{}
	for _, sel := range candidates {
		n, err := left([]string{sel})
		if err != nil {
			return nil, err
		}
		if rest[sel] = n; n == 0 && len(rules) < mostRules {
			add([]string{sel})
		}
	}
	if len(rules) > 0 {
		return rules, nil
	}
	// No element holds all of it: one selector after the other, those first that
	// leave least of the change.
	var set []string
	for all > 0 {
		best, least := "", all
		for _, sel := range candidates {
			n, err := left(append(slices.Clone(set), sel))
			if err != nil {
				return nil, err
			}
			if n < least {
				best, least = sel, n
			}
		}
		if best == "" {
			return nil, nil
		}
		set, all = append(set, best), least
	}
	add(set)
	return rules, nil
}

// bare is a passage without its marker and the link targets shown behind it.
func bare(text string) string {
	if at := strings.Index(text, " <http"); at > 0 {
		text = text[:at]
	}
	if marker, rest, ok := strings.Cut(text, " "); ok && len(marker) <= 5 && strings.HasSuffix(marker, ".") {
		return rest
	}
	return text
}

// best tries rules on the whole history of the source, and gives the one that
// hides the change and least besides it.
func (s *system) best(ctx context.Context, ch diff.Change, rules []rule, since time.Time) (*proposal, error) {
	best := &proposal{Others: []*monitor.Replayed{}, Why: "no element of the page, and no set of them, holds what differs and leaves the rest"}
	for i := range rules {
		p := &proposal{Rule: &rules[i], Others: []*monitor.Replayed{}}
		r := &monitor.Replay{Archive: s.store, Topics: s.conf.Topics, Reader: s.reader}
		var err error
		p.Looks, err = r.Source(ctx, rules[i].src, since, func(one monitor.Replayed) error { return p.take(ch, one) })
		if err != nil {
			return nil, err
		}
		if p.hides && (best.Rule == nil || p.weighty < best.weighty || p.weighty == best.weighty && len(p.Others) < len(best.Others)) {
			best = p
		}
	}
	return best, nil
}

// mostOthers is how many other looks a proposal holds; more than that, and it is
// none.
const mostOthers = 1000

func (p *proposal) take(ch diff.Change, one monitor.Replayed) error {
	switch {
	case one.Was != nil && one.Was.ID == ch.ID:
		p.hides = one.Verdict == monitor.Hidden
		return nil
	case one.Verdict == monitor.Unreadable:
		p.Unread++
		return nil
	case one.Verdict == monitor.Kept, one.Anyway:
		return nil
	}
	if one.Was != nil && one.Was.Severity != diff.Info || one.Verdict == monitor.Withheld {
		p.weighty++
	}
	if len(p.Others) < mostOthers {
		p.Others = append(p.Others, &one)
	}
	return nil
}

func (s *system) proposalText(p *proposal, ch diff.Change) string {
	if p.Rule == nil {
		return fmt.Sprintf("No rule is proposed for %s: %s.\n", ch.ID, p.Why)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "This would have hidden %s (%s):\n\n    # at the source %s, beside what stands there\n    %s: [%s]\n\n", ch.ID, ch.Summary, p.Source, p.Rule.Key, quotedList(p.Rule.Values))
	switch {
	case len(p.Others) == 0:
		fmt.Fprintf(&b, "Nothing else of the %d looks at %s would have been told in another way.\n", p.Looks, p.Source)
	default:
		fmt.Fprintf(&b, "Besides it would have changed %d of the %d looks at %s, %d of them more than cosmetic. Look at them before you use it:\n\n", len(p.Others), p.Looks, p.Source, p.weighty)
		for _, o := range p.Others {
			b.WriteString(s.backtestText(&backtested{Replayed: *o}))
		}
	}
	if p.Unread > 0 {
		fmt.Fprintf(&b, "\n%d looks cannot be replayed; nobody knows what it would have hidden there.\n", p.Unread)
	}
	return b.String()
}

func quotedList(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, ", ")
}
