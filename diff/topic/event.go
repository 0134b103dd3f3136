package topic

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/internal/snapshot"
)

// Kind is what an event of a register means to a reader.
type Kind string

// The kinds of events.
const (
	Reassigned Kind = "reassigned" // the number is now held by another company
	Revoked    Kind = "revoked"
	Suspended  Kind = "suspended"
	Removed    Kind = "removed" // two complete looks lacked it
	Restored   Kind = "restored"
	Moved      Kind = "moved" // another index, and neither better nor worse
	Added      Kind = "added"
	Edited     Kind = "edited"

	// Of the documents of an index.
	Differing Kind = "differing" // two sites have other words for one regulation
	Published Kind = "published" // a regulation that was not there
	Drafted   Kind = "drafted"   // a draft, or a consultation about one
	Listed    Kind = "listed"    // another document
	Unlisted  Kind = "unlisted"  // two complete looks lacked it
)

// Kinds lists the kinds in the order in which a reader wants to hear of them.
func Kinds() []Kind {
	return []Kind{Reassigned, Revoked, Suspended, Differing, Published, Drafted, Listed, Unlisted, Removed, Restored, Moved, Added, Edited}
}

// KindOf tells what an event means. l says what standing in an index means; it
// may be nil. An operator that is new in a suspended or revoked index is
// Suspended or Revoked: that it was not known before does not make it milder.
func KindOf(e registry.Event, l *snapshot.Listing) Kind {
	if e.Identity == registry.Reassigned {
		return Reassigned
	}
	if k := document(e); k != "" {
		return k
	}
	from, to := Standing(e.FromIndex, l), Standing(e.ToIndex, l)
	switch e.Type {
	case registry.Removed:
		return Removed
	case registry.Edited:
		return Edited
	case registry.Added:
		if worst(to).Bad() {
			return kindOf(worst(to))
		}
		return Added
	}
	for _, bad := range []snapshot.Status{snapshot.Revoked, snapshot.Suspended} {
		if has(to, bad) && !has(from, bad) {
			return kindOf(bad)
		}
	}
	if worst(from).Bad() && worst(to) == snapshot.Registered {
		return Restored
	}
	return Moved
}

// document tells what an event means that is of a document; empty: it is of none.
func document(e registry.Event) Kind {
	switch {
	case e.Type == registry.Differs:
		return Differing
	case e.Document == nil:
		return ""
	case e.Type == registry.Removed:
		return Unlisted
	case e.Type != registry.Added:
		return ""
	case e.Document.Draft:
		return Drafted
	case e.Document.Name != "":
		return Published
	}
	return Listed
}

func kindOf(s snapshot.Status) Kind {
	if s == snapshot.Revoked {
		return Revoked
	}
	return Suspended
}

// Standing is what standing in an index, or in several ("A+B"), means, one
// status for each. Where the description is silent the register's own words
// for the three statuses in the name of the index decide; "" is unknown.
func Standing(index string, l *snapshot.Listing) []snapshot.Status {
	if index == "" {
		return nil
	}
	var out []snapshot.Status
	for name := range strings.SplitSeq(index, "+") {
		s := snapshot.Status("")
		if l != nil {
			p, _ := l.Part(name)
			s = p.Status
		}
		if s == "" {
			s = named(name)
		}
		out = append(out, s)
	}
	return out
}

func named(index string) snapshot.Status {
	switch {
	case strings.Contains(index, "DICABUT"):
		return snapshot.Revoked
	case strings.Contains(index, "DIHENTIKAN"):
		return snapshot.Suspended
	case strings.Contains(index, "TERDAFTAR"):
		return snapshot.Registered
	}
	return ""
}

func worst(list []snapshot.Status) snapshot.Status {
	for _, s := range []snapshot.Status{snapshot.Revoked, snapshot.Suspended, snapshot.Registered} {
		if has(list, s) {
			return s
		}
	}
	return ""
}

func has(list []snapshot.Status, s snapshot.Status) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// Severity is that of the kind for a reader who follows nothing.
func (k Kind) Severity() diff.Severity {
	if k == Added || k == Edited {
		return diff.Info
	}
	return diff.Notice
}

// EventSeverity is that of one event for a reader who follows nothing. An edit
// of a register is told to those who follow the operator; one of another list
// weighs what its words do: amounts, dates, terms, duties and statuses, and where
// its documents lie.
func EventSeverity(e registry.Event, l *snapshot.Listing) (diff.Severity, []diff.Reason) {
	k := KindOf(e, l)
	if k != Edited || l == nil || !l.Plain() {
		return k.Severity(), nil
	}
	var hunks []diff.Hunk
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		if !l.Shown(name) {
			hunks = append(hunks, diff.Hunk{Op: diff.OpModified, Before: linked(e.Fields[name][0]), After: linked(e.Fields[name][1])})
		}
	}
	light := func(r diff.Reason) bool { return slices.Contains([]string{Number, Link, Plain, Cosmetic}, r.Kind) }
	if reasons := slices.DeleteFunc(Read(hunks).Reasons, light); len(reasons) > 0 {
		return diff.Notice, reasons
	}
	return diff.Info, nil
}

var address = regexp.MustCompile(`https?://[^\s,<>]+`)

// linked is a value of a record with its addresses as a text has the targets of
// its links.
func linked(value string) string { return address.ReplaceAllString(value, "<$0>") }

// Severity of a change for a reader who follows nothing, and what decided it.
// l describes the listing that a change of records is of; nil: a register.
func Severity(c diff.Change, l *snapshot.Listing) (diff.Severity, []diff.Reason) {
	if slices.Contains(c.Marks, diff.NotComparable) {
		return diff.Info, []diff.Reason{{Kind: diff.NotComparable}}
	}
	if c.Kind.Textual() {
		r := Read(c.Hunks)
		return r.Severity, r.Reasons
	}
	counts := map[Kind]int{}
	severity := diff.Info
	for _, e := range c.Events {
		k := KindOf(e, l)
		s, _ := EventSeverity(e, l)
		if s.Rank() > severity.Rank() {
			severity = s
			clear(counts)
		}
		if s == severity {
			counts[k]++
		}
	}
	var reasons []diff.Reason
	for _, k := range Kinds() {
		if counts[k] > 0 {
			reasons = append(reasons, diff.Reason{Kind: string(k), Count: counts[k]})
		}
	}
	return severity, append(reasons, weighty(c.Events, l)...)
}

// weighty are the reasons of those edits that weigh by their words.
func weighty(events []registry.Event, l *snapshot.Listing) []diff.Reason {
	found := map[string][]string{}
	for _, e := range events {
		_, list := EventSeverity(e, l)
		for _, r := range list {
			for _, w := range r.Words {
				if len(found[r.Kind]) <= shown && !slices.Contains(found[r.Kind], w) {
					found[r.Kind] = append(found[r.Kind], w)
				}
			}
		}
	}
	var out []diff.Reason
	for _, kind := range order() {
		if len(found[kind]) > 0 {
			out = append(out, diff.Reason{Kind: kind, Words: found[kind]})
		}
	}
	return out
}

// Summary says in one English sentence what was seen: "38 added, 8 removed, 3
// suspended in pse". It names no date and nobody who did it.
func Summary(c diff.Change) string {
	if c.Kind.Textual() {
		return diff.Summarise(c.Source, c.Stats, c.Hunks)
	}
	counts := map[Kind]int{}
	for _, e := range c.Events {
		counts[KindOf(e, nil)]++
	}
	if len(c.Events) == 1 {
		if k := document(c.Events[0]); k != "" && k != Unlisted {
			return headline(k, c.Events[0]) + " in " + c.Source
		}
	}
	// The order of the statistics, so that the eye finds the same thing in the
	// same place every day.
	var parts []string
	for _, k := range []Kind{Added, Published, Drafted, Listed, Removed, Unlisted, Suspended, Revoked, Restored, Moved, Edited, Reassigned, Differing} {
		if counts[k] > 0 {
			parts = append(parts, count(counts[k], k))
		}
	}
	if len(parts) == 0 {
		return "Nothing changed in " + c.Source
	}
	return strings.Join(parts, ", ") + " in " + c.Source
}

// headline says what one document is: "New regulation: TITLE (Permenkominfo
// 5/2020)".
func headline(k Kind, e registry.Event) string {
	name := e.Name
	if d := e.Document; d != nil && d.Name != "" && !strings.Contains(name, d.Name) {
		name += " (" + d.Name + ")"
	}
	return map[Kind]string{Published: "New regulation: ", Drafted: "New draft: ", Listed: "New document: ", Differing: "Another text than on another site: "}[k] + name
}

func count(n int, k Kind) string {
	if words, ok := map[Kind][2]string{Published: {"regulation", "regulations"}, Drafted: {"draft", "drafts"}, Listed: {"document", "documents"}}[k]; ok {
		if n == 1 {
			return "1 new " + words[0]
		}
		return fmt.Sprintf("%d new %s", n, words[1])
	}
	switch k {
	case Unlisted:
		return fmt.Sprintf("%d no longer listed", n)
	case Differing:
		return fmt.Sprintf("%d with another text than on another site", n)
	case Restored:
		return fmt.Sprintf("%d registered again", n)
	case Moved:
		return fmt.Sprintf("%d with another status", n)
	case Reassigned:
		if n == 1 {
			return "1 number now held by another company"
		}
		return fmt.Sprintf("%d numbers now held by another company", n)
	}
	return fmt.Sprintf("%d %s", n, k)
}
