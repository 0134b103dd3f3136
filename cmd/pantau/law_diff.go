package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pantau/diff"
	"pantau/diff/law"
)

func (a *app) lawDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use: "diff BEFORE AFTER", Short: "What two versions of a regulation differ in, provision by provision", Args: usage(cobra.ExactArgs(2)),
		Long:    "Reads two files or addresses as versions of one regulation. Another scan or typesetting is no difference.\n\nExit status, as of diff(1): 0 same, 1 changed, 2 error.",
		Example: "  pantau law diff draft-1.docx draft-2.docx",
		RunE: func(c *cobra.Command, args []string) error {
			changed, err := a.lawDiff(c.Context(), args[0], args[1])
			switch {
			case err != nil:
				return exit{compareError, err}
			case changed:
				return exit{code: compareChanged}
			}
			return nil
		},
	}
}

// provisionsShown is what law diff prints.
type provisionsShown struct {
	Kind      diff.Kind         `json:"kind"`
	Summary   string            `json:"summary"`
	Summaries map[string]string `json:"summaries"` // by language
	Note      string            `json:"note"`
	Dates     law.Dates         `json:"dates"` // of the later version
	Events    []law.Event       `json:"events"`
}

func (a *app) lawDiff(ctx context.Context, before, after string) (changed bool, err error) {
	x, err := a.readable(ctx, before)
	if err != nil {
		return false, err
	}
	y, err := a.readable(ctx, after)
	if err != nil {
		return false, err
	}
	if i, j := x.Identity, y.Identity; i.Number != "" && j.Number != "" && !i.Draft && !j.Draft && i.String() != j.String() {
		fmt.Fprintf(screen{a.errs}, "pantau: %s and %s are two regulations, not two versions of one; `pantau law consolidate` shows what an amendment alters\n", i, j)
	}
	s := provisionsShown{Kind: diff.ProvisionsKind, Note: law.Unofficial, Dates: y.Dates(), Events: append([]law.Event{}, law.Diff(x, y)...), Summaries: map[string]string{}}
	for _, language := range []string{"id", "en"} {
		s.Summaries[language] = law.Summary(s.Events, s.Dates, language)
	}
	if s.Summary = s.Summaries["en"]; len(s.Events) == 0 {
		s.Summary, s.Summaries = "No provision differs", map[string]string{"id": "Tidak ada ketentuan yang berbeda", "en": "No provision differs"}
	}
	if a.json {
		return len(s.Events) > 0, json.NewEncoder(a.out).Encode(s)
	}
	return len(s.Events) > 0, printProvisions(a.out, &s)
}

// readable reads a regulation, and refuses what is none.
func (a *app) readable(ctx context.Context, name string) (*law.Regulation, error) {
	r, err := a.regulation(ctx, name)
	if err == nil && len(r.Flat()) == 0 {
		err = fmt.Errorf("%s: %s", name, strings.Join(r.Faults, "; "))
	}
	return r, err
}

func printProvisions(w io.Writer, s *provisionsShown) error {
	var b bytes.Buffer
	fmt.Fprintln(&b, s.Summary)
	for _, e := range s.Events {
		fmt.Fprintf(&b, "\n%s %s", e.Type, e.Label)
		if e.From != "" {
			fmt.Fprintf(&b, " (was %s)", law.Cite(e.From, "id"))
		}
		b.WriteByte('\n')
		switch {
		case len(e.Words) > 0:
			for _, words := range e.Words {
				fmt.Fprintf(&b, "  [-%s-] {+%s+}\n", words.Before, words.After)
			}
		case e.After != "":
			fmt.Fprintf(&b, "  {+%s+}\n", strings.ReplaceAll(e.After, "\n", "\n  "))
		case e.Before != "":
			fmt.Fprintf(&b, "  [-%s-]\n", strings.ReplaceAll(e.Before, "\n", "\n  "))
		}
		for _, f := range e.Facts {
			fmt.Fprintf(&b, "  %s: %s -> %s\n", f.Kind, none(f.Before), none(f.After))
		}
		for _, f := range e.Flags {
			fmt.Fprintf(&b, "  number and words disagree: %s\n", f)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

func none(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

func (a *app) lawDeadlinesCommand() *cobra.Command {
	var calendar bool
	c := &cobra.Command{
		Use: "deadlines FILE|URL", Short: "The periods and last days that a regulation sets; --ics for a calendar", Args: usage(cobra.ExactArgs(1)),
		Long:    "Lists what has to be done until when, with the sentence it comes from. Only days counted from the regulation itself\nare computed; all are unofficial and machine-read, and stand in the calendar as tentative.",
		Example: "  pantau law deadlines permen-5-2020.pdf\n  pantau law deadlines permen-5-2020.pdf --ics > deadlines.ics",
		RunE: func(c *cobra.Command, args []string) error {
			r, err := a.readable(c.Context(), args[0])
			if err != nil {
				return err
			}
			list := r.Deadlines()
			switch {
			case calendar && a.json:
				return exit{exitConfig, errors.New("--ics and --json are two forms of one answer: give one of them")}
			case calendar:
				_, err = io.WriteString(a.calendar(), calendarOf(r, list, time.Now()))
			case a.json:
				for _, d := range list {
					if err := json.NewEncoder(a.out).Encode(d); err != nil {
						return err
					}
				}
			default:
				err = printDeadlines(a.out, list)
			}
			return err
		},
	}
	c.Flags().BoolVar(&calendar, "ics", false, "as a calendar (iCalendar) of the days that are known")
	return c
}

func printDeadlines(w io.Writer, list []law.Deadline) error {
	var b bytes.Buffer
	for _, d := range list {
		when := string(d.Day)
		if when == "" {
			when = "open"
		}
		fmt.Fprintf(&b, "%s  %s", when, law.Cite(d.Path, "id"))
		if d.Period != nil {
			fmt.Fprintf(&b, "  %s", d.Period.Written)
		}
		if d.Day != "" && !d.Exact {
			b.WriteString("  (not certain)")
		}
		fmt.Fprintf(&b, "\n  %s\n", d.Sentence)
	}
	fmt.Fprintf(&b, "%d deadlines - %s\n", len(list), law.Unofficial)
	_, err := w.Write(b.Bytes())
	return err
}

// calendarOf writes the days that are known as an iCalendar (RFC 5545). No
// lawyer has confirmed them, and each says so where a calendar shows it.
func calendarOf(r *law.Regulation, list []law.Deadline, now time.Time) string {
	var b strings.Builder
	put := func(line string) { b.WriteString(foldLine(line) + "\r\n") }
	put("BEGIN:VCALENDAR")
	put("VERSION:2.0")
	put("PRODID:-//Pantau//law//ID")
	event := func(path string, day law.Day, summary, sentence string) {
		if day == "" {
			return
		}
		id := sha256.Sum256([]byte(r.Identity.Key() + " " + path + " " + sentence))
		put("BEGIN:VEVENT")
		put("UID:" + hex.EncodeToString(id[:12]) + "@pantau")
		put("DTSTAMP:" + now.UTC().Format("20060102T150405Z"))
		put("DTSTART;VALUE=DATE:" + strings.ReplaceAll(string(day), "-", ""))
		put("SUMMARY:" + escapeText("[unconfirmed] "+r.Identity.String()+" "+summary))
		put("DESCRIPTION:" + escapeText(law.Unofficial+", not confirmed by a lawyer: "+sentence))
		put("STATUS:TENTATIVE")
		put("TRANSP:TRANSPARENT")
		put("END:VEVENT")
	}
	dates := r.Dates()
	event(dates.Path, dates.Force, "mulai berlaku", dates.Clause)
	for _, d := range list {
		event(d.Path, d.Day, law.Cite(d.Path, "id"), d.Sentence)
	}
	put("END:VCALENDAR")
	return b.String()
}

// calendar is where a calendar is written: its lines end with CRLF, which a
// screen would take out. What comes from a page was cleaned when it was escaped.
func (a *app) calendar() io.Writer {
	if s, ok := a.out.(screen); ok {
		return s.w
	}
	return a.out
}

func escapeText(s string) string {
	var clean bytes.Buffer
	if _, err := (screen{&clean}).Write([]byte(s)); err == nil {
		s = clean.String()
	}
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r", "", "\n", `\n`).Replace(s)
}

// foldLine breaks a line of more than 75 bytes, never inside a character.
func foldLine(s string) string {
	const most = 73
	var b strings.Builder
	size := 0
	for _, r := range s {
		if n := len(string(r)); size+n > most {
			b.WriteString("\r\n ")
			size = n
		} else {
			size += n
		}
		b.WriteRune(r)
	}
	return b.String()
}

// provisionsText lists the provisions of a change, before its passages.
func provisionsText(b *strings.Builder, events []law.Event) {
	for _, e := range events {
		fmt.Fprintf(b, "%s %s%s\n", e.Label, e.Type, factsText(e))
	}
	if len(events) > 0 {
		fmt.Fprintf(b, "(%s)\n\n", law.Unofficial)
	}
}

// factsText names the figures and words of weight that changed.
func factsText(e law.Event) string {
	var parts []string
	for _, f := range e.Facts {
		parts = append(parts, none(f.Before)+" -> "+none(f.After))
	}
	for _, f := range e.Flags {
		parts = append(parts, "number and words disagree: "+f)
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, "; ") + ")"
}
