package config

import (
	"cmp"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"pantau/diff"
	"pantau/internal/snapshot"
	"pantau/notify"
	"pantau/notify/email"
	"pantau/notify/slack"
)

const console = "console"

// channels decodes each channel into its own configuration and lets that judge
// itself.
func (b *builder) channels(n *node) map[string]Channel {
	out := map[string]Channel{}
	if n == nil || n.refused {
		return out
	}
	for _, e := range n.entries {
		before := len(b.list)
		for _, own := range e.value.entries {
			if own.value.kind == scalar && own.key != "type" {
				b.secret(own.value)
			}
		}
		b.prefixes(e.value.get("allow"))
		if len(b.list) > before || e.value.refused || e.value.flawed {
			continue
		}
		if c, ok := b.channel(e); ok {
			out[e.key] = c
		}
	}
	return out
}

// channel is one channel; ok is false where it could not be had.
func (b *builder) channel(e entry) (c Channel, ok bool) {
	switch cmp.Or(e.value.get("type").text(), e.key) {
	case "slack":
		c.Slack = new(slack.Config)
		return c, b.decode(e, c.Slack) && b.accept(e, c.Slack.Validate())
	case "email":
		c.Email = new(email.Config)
		return c, b.decode(e, c.Email) && b.accept(e, c.Email.Validate())
	}
	return c, false
}

func (b *builder) decode(e entry, into any) bool {
	// The error would show the file, secrets included.
	if yaml.NodeToValue(e.value.yaml, into) != nil {
		b.at(e.value, "the settings of `%s` cannot be read", e.key)
		return false
	}
	return true
}

// accept reports what a channel says of its own configuration: "key: message",
// one a line.
func (b *builder) accept(e entry, err error) bool {
	if err == nil {
		return true
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		at := e.value
		if key, rest, ok := strings.Cut(line, ": "); ok && e.value.get(key) != nil {
			at, line = e.value.get(key), "`"+key+"` "+rest
		}
		b.at(at, "%s", line)
	}
	return false
}

// redactedChannels is the channels as they may be stored.
func redactedChannels(n *node) map[string]map[string]any {
	if n == nil {
		return nil
	}
	out := map[string]map[string]any{}
	for _, e := range n.entries {
		settings := map[string]any{"type": e.key}
		for _, own := range e.value.entries {
			switch {
			case own.value.kind != scalar:
				settings[own.key] = own.value.plain()
			case own.key == "type", own.key == "from":
				settings[own.key] = own.value.written
			default:
				settings[own.key] = redacted(own.value.written, own.key == "webhook")
			}
		}
		out[e.key] = settings
	}
	return out
}

// channelRef is a channel with its target, "email:a@example.co.id". A channel
// that is declared but wrong in itself has been reported already.
func (b *builder) channelRef(n, declared *node, known map[string]Channel) string {
	ref := n.text()
	name, target, _ := strings.Cut(ref, ":")
	c, ok := known[name]
	switch {
	case ref == "", !ok && declared.get(name) != nil:
	case name == console:
		if target != "" {
			b.at(n, "the console has no targets; write `console` alone")
		}
	case !ok:
		names := []string{console}
		for channel := range known {
			names = append(names, channel)
		}
		slices.Sort(names)
		b.at(n, "there is no channel `%s`; %s", name, suggest(name, names))
	case c.Email != nil:
		if a, err := mail.ParseAddress(target); err != nil || a.Address != target {
			b.at(n, "expected `%s:` and an e-mail address, such as %s:legal@example.co.id", name, name)
		}
	case c.Slack != nil && c.Slack.Token != "":
		if target == "" || strings.TrimLeft(target, "#") == "" || strings.ContainsAny(target, " \t") {
			b.at(n, "expected `%s:` and a Slack channel, such as %s:#regulatory", name, name)
		}
	}
	return ref
}

func (b *builder) follows(n *node, sources []snapshot.Source) []notify.Follow {
	var out []notify.Follow
	type identity struct{ source, operator, client string }
	first := map[identity]*node{}
	for _, item := range n.all() {
		f := notify.Follow{
			Source:   item.get("source").text(),
			Operator: item.get("operator").scalarText(),
			As:       cmp.Or(notify.Relation(item.get("as").text()), notify.Watched),
			Client:   item.get("client").text(),
			Name:     item.get("name").text(),
			Words:    item.get("words").texts(),
		}
		if f.Operator != "" {
			b.sourceRef(item.get("source"), sources, snapshot.Registry, snapshot.Paged)
		} else {
			b.sourceRef(item.get("source"), sources)
		}
		id := identity{f.Source, f.Operator, f.Client}
		if before := first[id]; before != nil && f.Operator != "" {
			b.at(item, "operator %s is followed here twice; it was first on line %d", f.Operator, before.line)
		} else {
			first[id] = item
		}
		out = append(out, f)
	}
	return out
}

// sourceRef reports the id of a source that does not exist, or is of a type
// that is of no use there.
func (b *builder) sourceRef(n *node, sources []snapshot.Source, types ...snapshot.Type) {
	id := n.text()
	if id == "" {
		return
	}
	var known []string
	for _, s := range sources {
		if len(types) == 0 || slices.Contains(types, s.Type) {
			known = append(known, s.ID)
		} else if s.ID == id {
			b.at(n, "the source `%s` is a %s, which has no operators", id, s.Type)
			return
		}
	}
	if !slices.Contains(known, id) {
		b.at(n, "there is no source `%s`; %s", id, suggest(id, known))
	}
}

func (b *builder) subscriptions(n, declared *node, c *Config) []notify.Subscription {
	var out []notify.Subscription
	seen := map[string]*node{}
	for _, item := range n.all() {
		b.once(item.get("id"), seen, "subscriber")
		s := notify.Subscription{
			ID:       item.get("id").text(),
			Language: cmp.Or(item.get("language").text(), c.Language),
			Timezone: b.timezone(item.get("timezone"), c.Timezone),
			Match:    b.match(item.get("match"), c.Sources),
			AllClear: allClear(item.get("all_clear")),
		}
		for _, ref := range item.get("channels").all() {
			s.Channels = append(s.Channels, b.channelRef(ref, declared, c.Channels))
		}
		out = append(out, s)
	}
	return out
}

// allClear is when the weekly report is due; the schema has judged the words.
func allClear(n *node) *notify.AllClear {
	if n == nil {
		return nil
	}
	a := &notify.AllClear{Day: time.Monday, Hour: n.get("hour").number(8)}
	if day, err := notify.ParseWeekday(n.get("day").text()); err == nil {
		a.Day = day
	}
	return a
}

func (b *builder) match(n *node, sources []snapshot.Source) notify.Match {
	m := notify.Match{
		Sources:  n.get("sources").texts(),
		Topics:   n.get("topics").texts(),
		Severity: diff.Severity(n.get("severity").text()),
		Keywords: n.get("keywords").texts(),
	}
	for _, s := range n.get("sources").all() {
		b.sourceRef(s, sources)
	}
	for _, r := range n.get("relation").all() {
		m.Relation = append(m.Relation, notify.Relation(r.text()))
	}
	for _, o := range n.get("operators").all() {
		m.Operators = append(m.Operators, o.scalarText())
	}
	return m
}
