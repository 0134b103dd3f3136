package config

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"pantau/crawler/extract"
	"pantau/internal/egress"
	"pantau/internal/snapshot"
)

// How long a whole check may take: a register is hundreds of requests with a
// pause between each.
const (
	pageDeadline    = 10 * time.Minute
	listingDeadline = 2 * time.Hour
)

// When a source is looked at that does not say it.
const (
	pageSchedule    = "@hourly"
	listingSchedule = "0 6 * * *"
)

func (b *builder) sources(n *node, c *Config) []snapshot.Source {
	var out []snapshot.Source
	seen := map[string]*node{}
	for _, item := range n.all() {
		s := b.source(item, c)
		b.once(item.get("id"), seen, "source")
		out = append(out, s)
	}
	return out
}

// once reports an id that was used before.
func (b *builder) once(id *node, seen map[string]*node, what string) {
	if id.text() == "" {
		return
	}
	if first := seen[id.text()]; first != nil {
		b.at(id, "the %s `%s` stands here twice; it was first on line %d", what, id.text(), first.line)
		return
	}
	seen[id.text()] = id
}

func (b *builder) source(n *node, c *Config) snapshot.Source {
	s := snapshot.Source{
		ID:       n.get("id").text(),
		Name:     n.get("name").text(),
		Type:     snapshot.Type(n.get("type").text()),
		Select:   b.selectors(n.get("select")),
		Remove:   b.selectors(n.get("remove")),
		Require:  n.get("require").texts(),
		Topics:   n.get("topics").texts(),
		Timezone: b.timezone(n.get("timezone"), c.Timezone),
		Access:   b.access(n, c.Network.Access),
	}
	otherwise, deadline := listingSchedule, listingDeadline
	if s.Type == snapshot.Page || s.Type == snapshot.Feed || s.Type == snapshot.File {
		otherwise, deadline = pageSchedule, pageDeadline
	}
	s.Schedule = b.schedule(n.get("schedule"), otherwise)
	s.Access.Deadline = cmp.Or(s.Access.Deadline, deadline)
	switch s.Type {
	case snapshot.Page:
		s.URL = n.get("url").text()
		b.address(n.get("url"))
		b.pagePreset(n, &s)
		s.Render = b.render(n.get("render"))
	case snapshot.File:
		s.URL = n.get("url").text()
		b.address(n.get("url"))
	case snapshot.Feed:
		b.address(n.get("url"))
		s.Listing = &snapshot.Listing{URL: n.get("url").text(), FirstPage: 1, Format: snapshot.Feeds, Documents: true,
			Indexes: []snapshot.Part{{Name: s.ID}}, Fields: extract.FeedFields(), Label: snapshot.FieldTitle}
	case snapshot.Index:
		b.index(n, &s)
	case snapshot.Paged:
		if s.Listing = b.described(n); s.Listing != nil {
			s.Listing.Indexes = []snapshot.Part{{Name: s.ID}}
		}
	case snapshot.Registry:
		s.Listing = b.described(n)
	}
	s.Topics = joined(s.Topics, n.get("listing").get("topics").texts())
	for _, p := range b.known {
		if n.get("preset") != nil && p.Name == n.get("preset").text() {
			s.Topics = joined(s.Topics, p.topics)
		}
	}
	return s
}

// render is nil for a page that is read as it is sent.
func (b *builder) render(n *node) *snapshot.Render {
	if n == nil || n.refused || n.says(false) {
		return nil
	}
	r := &snapshot.Render{Wait: n.get("wait").text(), Timeout: b.positive(n.get("timeout"), 0), Hosts: n.get("hosts").texts()}
	b.css(n.get("wait"), r.Wait)
	for _, item := range n.get("hosts").all() {
		if u, err := egress.CheckURL("https://" + item.text()); item.text() != "" && (err != nil || u.Path != "" || u.RawQuery != "") {
			b.at(item, "expected a host such as api.example.co.id, with :port where it is not the usual one")
		}
	}
	return r
}

func (b *builder) selectors(n *node) []string {
	for _, item := range n.all() {
		if item.text() == "" {
			continue
		}
		b.css(item, item.text())
	}
	return n.texts()
}

// schedule is a cron expression as robfig/cron reads it without seconds, in the
// time zone of the source.
func (b *builder) schedule(n *node, otherwise string) string {
	expression := n.text()
	if expression == "" {
		return otherwise
	}
	if strings.Contains(expression, "TZ=") {
		b.at(n, "the time zone of a schedule is a key of its own, `timezone`")
		return expression
	}
	if every, ok := strings.CutPrefix(expression, "@every "); ok {
		if d, err := time.ParseDuration(every); err == nil && d < time.Second {
			b.at(n, "must be at least a second apart")
			return expression
		}
	}
	s, err := cron.ParseStandard(expression)
	if err != nil {
		b.at(n, "this is no schedule (%v); expected minute hour day month weekday, such as \"0 6 * * *\", or @hourly, @daily, @every 30m", err)
		return expression
	}
	// Any moment would do: cron looks five years ahead, which holds a leap day.
	if s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		b.at(n, "this day never comes")
	}
	return expression
}

// joined is a list with what of another is not in it.
func joined(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
