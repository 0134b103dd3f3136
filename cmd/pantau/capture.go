package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"pantau/crawler"
	"pantau/internal/monitor"
	"pantau/internal/snapshot"
)

// manual is what a person says of the pages that he saved.
type manual struct {
	urls        []string
	list        string
	seen        string
	by          string
	contentType string
	insist      bool
}

func (a *app) captureCommand() *cobra.Command {
	c := &cobra.Command{Use: "capture", Short: "About captures that Pantau did not make itself"}
	var m manual
	add := &cobra.Command{
		Use: "add SOURCE [FILE...] --url URL... --seen-at TIME --by NAME", Short: "Enter a page or API answer that was saved by hand",
		Long: `Enters what a person saved where a site does not let Pantau see it. It is judged and compared as any look is,
counts from when the person saw it, and is marked wherever it is shown or told: who entered it, when it was
saved and from where.

A page is one FILE with one --url. A register is one FILE for every page, each with its own --url in the same
order; which index and page it is stands in the address. Many files are easier given as --list FILE, with a line
"FILE URL" for each. Pages that are not the whole register say nothing of what is missing; a followed operator
on one of them that is suspended or revoked is told all the same.

What was saved before the last good look, or is that look itself, is refused.`,
		Example: `  pantau capture add permen-5-2020 saved.html --url https://jdih.komdigi.go.id/produk_hukum/view/id/759 \
    --seen-at "2026-03-02 09:15" --by "Rina Wulandari"
  pantau capture add pse --list pages.txt --seen-at 2026-03-02T09:15:00+07:00 --by "Rina Wulandari"`,
		Args: usage(cobra.MinimumNArgs(1)),
		RunE: a.working(func(ctx context.Context, s *system, args []string) error {
			check, err := s.enter(ctx, args[0], args[1:], m, time.Now())
			if err != nil {
				return err
			}
			err = errors.Join(a.report(check), s.rounds(ctx, time.Now()), s.deliver(ctx, deliverFor))
			if err == nil && !check.Outcome.Good() {
				return exit{code: exitFailed}
			}
			return err
		}),
	}
	add.Flags().StringArrayVar(&m.urls, "url", nil, "address that a file was saved from; once for each file, in the same order")
	add.Flags().StringVar(&m.list, "list", "", "file with a line \"FILE URL\" for every page, instead of files and --url")
	add.Flags().StringVar(&m.seen, "seen-at", "", "when it was saved: 2026-03-02T09:15:00+07:00, or 2026-03-02 09:15 in the source's time zone")
	add.Flags().StringVar(&m.by, "by", "", "name of the person who saved it")
	add.Flags().StringVar(&m.contentType, "content-type", "", "such as text/html or application/json; default: by the file's name and beginning")
	add.Flags().BoolVar(&m.insist, "insist", false, "take it although the address is not one of the source")
	c.AddCommand(add)
	return c
}

// enter does what a check does, with pages that a person saved.
func (s *system) enter(ctx context.Context, source string, files []string, m manual, now time.Time) (*monitor.Check, error) {
	src, err := s.source(source)
	if err != nil {
		return nil, exit{exitConfig, err}
	}
	capture, err := saved(src, files, m, now)
	if err != nil {
		return nil, exit{exitConfig, err}
	}
	return s.decide(ctx, src, func(ctx context.Context, r monitor.Run, l monitor.Lease) (*monitor.Check, error) {
		return s.monitor.Enter(ctx, r, l, capture)
	})
}

// saved is the capture that the files are.
func saved(src snapshot.Source, files []string, m manual, now time.Time) (*snapshot.Capture, error) {
	by, err := personOf(m.by)
	if err != nil {
		return nil, err
	}
	seen, err := seenAt(m.seen, src, now)
	if err != nil {
		return nil, err
	}
	pages, err := listed(files, m)
	if err != nil {
		return nil, err
	}
	c := &snapshot.Capture{Source: src.ID, Started: seen, Finished: seen,
		Manual: &snapshot.Manual{By: by, Seen: seen, Entered: now.UTC().Truncate(time.Microsecond), URL: pages[0].url, More: len(pages) - 1}}
	places := map[snapshot.Request]string{}
	for n, p := range pages {
		req, own, err := crawler.Place(src, p.url, n)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: %w", p.file, err)
		case !own && !m.insist:
			return nil, fmt.Errorf("%s: %s is not an address of %s, which is at %s; --insist takes it all the same, and says so wherever it is shown", p.file, p.url, src.ID, src.Address())
		}
		c.Manual.Forced = c.Manual.Forced || !own
		where := snapshot.Request{Part: req.Part, Page: req.Page}
		if before, ok := places[where]; ok {
			return nil, fmt.Errorf("%s and %s are the same page (%s)", before, p.file, strings.TrimSpace(fmt.Sprintf("%s %d", req.Part, req.Page)))
		}
		places[where] = p.file
		r, err := answer(p, req, src.Access.DecodedLimit, m.contentType, seen)
		if err != nil {
			return nil, err
		}
		c.Responses = append(c.Responses, r)
	}
	if src.Listing == nil && len(pages) != 1 {
		return nil, fmt.Errorf("%s is a page, and %d files were given; enter one", src.ID, len(pages))
	}
	return c, nil
}

// longestName is how long the name of a person may be.
const longestName = 200

func personOf(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		return "", errors.New("--by is missing: the name of the person who saved it stands wherever the capture is shown")
	case utf8.RuneCountInString(name) > longestName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "", fmt.Errorf("--by: expected a name of at most %d characters", longestName)
	}
	return name, nil
}

// seenAt reads an instant, or a time of the source's zone.
func seenAt(v string, src snapshot.Source, now time.Time) (time.Time, error) {
	if v == "" {
		return time.Time{}, errors.New("--seen-at is missing: when it was saved, such as \"2026-03-02 09:15\"")
	}
	zone, err := time.LoadLocation(src.Timezone)
	if err != nil {
		return time.Time{}, fmt.Errorf("time zone of %s: %w", src.ID, err)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05"} {
		t, err := time.ParseInLocation(layout, v, zone)
		if err != nil {
			continue
		}
		if t.After(now) {
			return t, fmt.Errorf("--seen-at %s is in the future: it is %s now", t.Format("2006-01-02 15:04:05 MST"), now.In(zone).Format("2006-01-02 15:04:05 MST"))
		}
		return t.UTC().Truncate(time.Microsecond), nil
	}
	return time.Time{}, fmt.Errorf("--seen-at %q: expected 2026-03-02T09:15:00+07:00, or \"2026-03-02 09:15\" in the zone %s", v, src.Timezone)
}

// savedPage is a file and the address it was saved from.
type savedPage struct{ file, url string }

// longestList is what a list of files may measure, in bytes.
const longestList = 4 << 20

func listed(files []string, m manual) ([]savedPage, error) {
	if m.list == "" {
		if len(files) == 0 {
			return nil, errors.New("no file was given; name the saved files, or a --list of them")
		}
		if len(files) != len(m.urls) {
			return nil, fmt.Errorf("%d files and %d --url were given; every file needs the address that it was saved from", len(files), len(m.urls))
		}
		out := make([]savedPage, len(files))
		for i := range files {
			out[i] = savedPage{files[i], m.urls[i]}
		}
		return out, nil
	}
	if len(files)+len(m.urls) > 0 {
		return nil, errors.New("--list names the files and their addresses; give no others beside it")
	}
	text, err := readLimited(m.list, longestList)
	if err != nil {
		return nil, err
	}
	var out []savedPage
	n := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		at := strings.LastIndexAny(line, " \t")
		if at < 0 {
			return nil, fmt.Errorf("%s line %d: expected a file and its address, parted by a blank", m.list, n)
		}
		file := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line[:at]), "->"))
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(m.list), file)
		}
		out = append(out, savedPage{file, line[at+1:]})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s names no files", m.list)
	}
	return out, nil
}

func readLimited(name string, limit int64) ([]byte, error) {
	st, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !st.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", name)
	case st.Size() > limit:
		return nil, fmt.Errorf("%s has %d bytes, more than the %d that are read; `limits: {decoded: ...}` at the source raises it", name, st.Size(), limit)
	}
	return os.ReadFile(name)
}

// answer is a saved file as an answer. The body is read from the file again when
// it is asked for, as that of a crawl is from its spool.
func answer(p savedPage, req snapshot.Request, limit int64, contentType string, seen time.Time) (*snapshot.Response, error) {
	body, err := readLimited(p.file, limit)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return nil, fmt.Errorf("%s is empty", p.file)
	}
	if contentType == "" {
		contentType = typeOf(p.file, body)
	} else if _, _, err := mime.ParseMediaType(contentType); err != nil {
		return nil, fmt.Errorf("--content-type %q: %w", contentType, err)
	}
	sha := snapshot.Digest(body)
	file := p.file
	return &snapshot.Response{Request: req, Attempt: 1, Started: seen, Finished: seen, ContentType: contentType,
		Body: snapshot.Body{SHA256: sha, Size: int64(len(body)), Read: func() ([]byte, error) {
			b, err := readLimited(file, limit)
			if err == nil && snapshot.Digest(b) != sha {
				err = fmt.Errorf("%s was altered while it was being entered", file)
			}
			return b, err
		}}}, nil
}

// typeOf tells the content type by the file's name, else by its beginning.
func typeOf(file string, body []byte) string {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".html", ".htm", ".xhtml":
		return "text/html"
	case ".json":
		return "application/json"
	case ".txt":
		return "text/plain"
	case ".csv":
		return "text/csv"
	case ".pdf":
		return "application/pdf"
	}
	if t := bytes.TrimSpace(body); len(t) > 0 && (t[0] == '{' || t[0] == '[') && json.Valid(t) {
		return "application/json"
	}
	return http.DetectContentType(body)
}
