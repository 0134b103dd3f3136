package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pantau/crawler/extract"
	"pantau/crawler/gate"
	"pantau/diff"
	"pantau/diff/registry"
	"pantau/internal/snapshot"
)

// isTable tells by its name whether a file holds comma separated values.
func isTable(name string) bool {
	return slices.Contains([]string{".csv", ".tsv"}, strings.ToLower(filepath.Ext(name)))
}

// compareRecords compares two files of records by key, as two complete looks at
// one listing whose every field counts. Two files are all there is, so what the
// second lacks is gone at once.
func compareRecords(o compareOptions, title string, before, after []byte) (*comparison, error) {
	l := &snapshot.Listing{Key: snapshot.Key{Paths: o.Key}, Indexes: []snapshot.Part{{}}}
	if len(o.Key) == 1 {
		l.Key = snapshot.Key{Path: o.Key[0]}
	}
	x, err := records(o.Before, before, l)
	if err != nil {
		return nil, err
	}
	y, err := records(o.After, after, l)
	if err != nil {
		return nil, err
	}
	base := registry.Baseline(registry.Arrange(x, l), registry.Look{})
	if f := gate.JudgeListing(y, l, registry.Losses(registry.NewState(base.Upsert, l), registry.Arrange(y, l))); f != nil && len(x.Records) > 0 {
		return nil, fmt.Errorf("%s: %w", o.After, f)
	}
	for i := range base.Upsert {
		base.Upsert[i].MissingSince = time.Unix(0, 0)
	}
	held := slices.Concat(x.Quality.Duplicates, y.Quality.Duplicates)
	slices.Sort(held)
	y.Quality.Duplicates = slices.Compact(held)
	c := &comparison{Kind: diff.RecordsKind, Keyless: max(x.Quality.Keyless, y.Quality.Keyless)}
	c.Events, _ = registry.Compare(registry.NewState(base.Upsert, l), registry.Arrange(y, l), registry.Look{At: time.Unix(1, 0)})
	for i := range c.Events {
		e := &c.Events[i]
		e.LastSeen, e.FirstMissing = nil, nil
		switch e.Type {
		case registry.Added:
			c.Stats.Added++
		case registry.Removed:
			c.Stats.Removed++
		default:
			c.Stats.Edited++
		}
	}
	for _, k := range y.Quality.Duplicates {
		c.Held = append(c.Held, registry.Key(k))
	}
	c.Summary = "Nothing changed in " + title
	if len(c.Events) > 0 {
		c.Summary = fmt.Sprintf("Records of %s: %d added, %d removed, %d edited", title, c.Stats.Added, c.Stats.Removed, c.Stats.Edited)
	}
	c.Events = append([]registry.Event{}, c.Events...) // empty, not nil
	return c, nil
}

// records reads a file as the one answer of a listing.
func records(name string, body []byte, l *snapshot.Listing) (*snapshot.Document, error) {
	l.Format = snapshot.Table
	head := bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\ufeff")), " \t\r\n")
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case ext == ".jsonl" || ext == ".ndjson":
		l.Format = snapshot.JSONL
	case ext == ".json" || !isTable(name) && len(head) > 0 && (head[0] == '{' || head[0] == '['):
		l.Format = snapshot.JSON
	}
	c := &snapshot.Capture{Source: name, Responses: []*snapshot.Response{{Status: 200, Body: snapshot.BodyOf(body)}}}
	doc, err := extract.Replay(c, l)
	if err != nil {
		return nil, fmt.Errorf("%s holds no records with --key %s: %w", name, strings.Join(l.Key.All(), ","), err)
	}
	return doc, nil
}
