package foreign

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// readChangeDetection reads JSON of changedetection.io: its whole file, a list
// of watches as its API answers, one watch, or several of these one after
// another.
func readChangeDetection(data []byte) (*Import, error) {
	values, err := parseJSON(data, &budget{left: mostNodes})
	if err != nil {
		return nil, err
	}
	c := &changeDetection{im: &Import{Format: ChangeDetection}}
	for _, v := range values {
		c.top(v)
	}
	return c.finish()
}

// changeDetection is a reading of one file or backup.
type changeDetection struct {
	im       *Import
	found    []foundWatch
	tags     map[string]object // groups by their id
	interval object            // of watches that have none
	remove   []string          // of every watch
	place    string            // before the place of a watch: the file in a backup
}

type foundWatch struct {
	place string
	watch object
}

func (c *changeDetection) top(v any) {
	switch v := v.(type) {
	case []any:
		for i, one := range v {
			if o, ok := one.(object); ok && isWatch(o) {
				c.add(fmt.Sprintf("watch %d", i+1), o)
			} else {
				c.note(fmt.Sprintf("[%d]", i), "this is no watch")
			}
		}
	case object:
		switch {
		case isWatch(v):
			c.add("watch "+strconv.Itoa(len(c.found)+1), v)
		case v.get("watching") != nil || v.get("settings") != nil:
			c.file(v)
		default:
			c.watching("", v)
		}
	default:
		c.note("(file)", "this is no watch")
	}
}

func isWatch(o object) bool { _, ok := o.get("url").(string); return ok }

func (c *changeDetection) add(place string, w object) {
	c.found = append(c.found, foundWatch{c.place + place, w})
}

func (c *changeDetection) note(key, why string) {
	c.im.Notes = append(c.im.Notes, Note{Keys: []string{clean(c.place + key)}, Class: Lost, Why: why})
}

// watching reads watches by their ids.
func (c *changeDetection) watching(path string, o object) {
	for _, m := range o {
		if w, ok := m.value.(object); ok && isWatch(w) {
			c.add("watch "+clean(m.key), w)
		} else {
			c.note(path+clean(m.key), "this is no watch")
		}
	}
}

// file reads url-watches.json: watches and settings.
func (c *changeDetection) file(o object) {
	for _, m := range o {
		switch inner, ok := m.value.(object); {
		case m.key == "watching" && ok:
			c.watching("watching.", inner)
		case m.key == "settings" && ok:
			c.settings("settings", inner)
		default:
			c.record(clean(m.key))
		}
	}
}

func (c *changeDetection) record(key string) {
	c.im.Notes = gather(c.im.Notes, Record, c.place+key, "the other program's own records and settings")
}

// settings reads what holds for all watches.
func (c *changeDetection) settings(path string, o object) {
	for _, m := range o {
		key := path + "." + clean(m.key)
		inner, isObject := m.value.(object)
		switch {
		case key == "settings.application.tags" && isObject:
			c.groups(key, inner)
		case key == "settings.requests.time_between_check" && isObject:
			c.interval = inner
			c.im.Notes = gather(c.im.Notes, Default, key, "it stands in every watch that has no interval of its own")
		case key == "settings.application.global_subtractive_selectors" && !empty(m.value):
			c.remove = texts(m.value)
			c.im.Notes = gather(c.im.Notes, Default, key, "they stand in every watch")
		case settingRules[key].why != "" && !empty(m.value):
			r := settingRules[key]
			c.im.Notes = append(c.im.Notes, Note{Keys: []string{key}, Class: Lost, Why: r.why, Instead: r.instead})
		case isObject && strings.Count(key, ".") < 2:
			c.settings(key, inner)
		default:
			c.record(key)
		}
	}
}

// settingRules is what is said of settings that did something for every watch.
var settingRules = map[string]rule{
	"settings.headers":                        {why: "headers for every request are not carried over, their values not shown", instead: "Pantau sends its own"},
	"settings.requests.proxy":                 {why: "the proxy is not carried over", instead: "`network.proxy`"},
	"settings.requests.extra_proxies":         {why: "proxies are not carried over, and may hold passwords", instead: "`network.proxy`, or `proxy` of a source"},
	"settings.requests.extra_browsers":        {why: "no browser is run"},
	"settings.application.notification_urls":  {why: "where messages go is not carried over, and may hold passwords", instead: "`subscribers` and `channels`"},
	"settings.application.password":           {why: "the password is not carried over"},
	"settings.application.api_access_token":   {why: "the access token is not carried over"},
	"settings.application.rss_access_token":   {why: "the access token is not carried over"},
	"settings.application.global_ignore_text": {why: "texts to ignore are not carried over", instead: asRemove},
	"settings.application.all_paused":         {why: "everything was paused; sources are looked at from the first `pantau run` on", instead: "comment them out"},
	"settings.application.fetch_backend":      {why: "watches that name no fetcher used this one", instead: "Pantau fetches pages as they are served"},
}

// groups keeps the groups that watches name, and lists what they hold besides.
func (c *changeDetection) groups(path string, o object) {
	for _, m := range o {
		group, ok := m.value.(object)
		if !ok {
			c.record(path + "." + clean(m.key))
			continue
		}
		c.group(path+"."+clean(m.key), m.key, group)
	}
}

func (c *changeDetection) group(path, id string, group object) {
	if c.tags == nil {
		c.tags = map[string]object{}
	}
	c.tags[id] = group
	title := clean(text(group.get("title")))
	for _, m := range group {
		key := path + "." + clean(m.key)
		r, known := watchRules[m.key]
		switch m.key {
		case "title", "include_filters", "subtractive_selectors":
			c.im.Notes = gather(c.im.Notes, Default, key, "groups stand in their watches, as topics and selectors")
			continue
		}
		if !known || r.does(m.value) {
			c.record(key)
			continue
		}
		c.im.Notes = append(c.im.Notes, Note{Keys: []string{key}, Class: Lost,
			Why: "of the group " + quoted(title) + ": " + r.why, Instead: r.instead})
	}
}

// finish reads the watches, now that everything they name is known.
func (c *changeDetection) finish() (*Import, error) {
	if len(c.found) > mostWatches {
		return nil, fmt.Errorf("it holds more than %d watches", mostWatches)
	}
	if len(c.found) == 0 {
		return nil, errors.New("it holds no watches")
	}
	for _, f := range c.found {
		d := newDraft(f.place)
		c.watch(d, f.watch)
		c.im.Watches = append(c.im.Watches, d.done())
	}
	return c.im, nil
}

func (c *changeDetection) watch(d *draft, w object) {
	for _, m := range w {
		key := clean(m.key)
		switch m.key {
		case "url":
			d.address(key, text(m.value))
		case "title":
			d.name(key, m.value)
		case "tag", "tags":
			c.topics(d, key, m.value)
		case "include_filters", "css_filter", "subtractive_selectors":
			d.selectors(key, m.value, m.key == "subtractive_selectors")
		case "time_between_check":
			c.schedule(d, key, w, m.value)
		case "time_between_check_use_default":
			d.idle(key)
		case "minutes_between_check":
			if minutes, err := strconv.ParseFloat(text(m.value), 64); err == nil && minutes > 0 {
				d.every(key, minutes*60)
			} else {
				d.idle(key)
			}
		case "headers":
			d.headers(key, m.value)
		case "time_schedule_limit":
			limit, _ := m.value.(object)
			if limit == nil || !yes(limit.get("enabled")) {
				d.idle(key)
			} else {
				d.lose(key, "hours and days of looking are not carried over", "`schedule` as minute, hour, day, month and weekday, with `timezone`")
			}
		default:
			d.watchKey(key, m)
		}
	}
	for _, css := range c.remove {
		d.choose("settings.application.global_subtractive_selectors", css, true)
	}
	if w.get("time_between_check") == nil && w.get("minutes_between_check") == nil {
		c.schedule(d, "", w, nil)
	}
}

// watchKey reads a key that has no more than a rule.
func (d *draft) watchKey(key string, m member) {
	switch {
	case records[m.key]:
		d.record(key)
	default:
		r, ok := watchRules[m.key]
		if !ok {
			r = unknown
		}
		r.apply(d, key, m.value)
	}
}

// selectors reads a list of them.
func (d *draft) selectors(key string, v any, remove bool) {
	all := texts(v)
	if len(all) == 0 {
		d.idle(key)
		return
	}
	for _, s := range all {
		kind, _, _ := strings.Cut(s, ":")
		switch kind {
		case "json", "jsonraw", "jq", "jqraw":
			d.comment(key, "it picks from JSON, which is no page: "+quoted(s), asListing)
		default:
			d.choose(key, s, remove)
		}
	}
}

// topics reads groups by their ids, or by name as older versions wrote them.
func (c *changeDetection) topics(d *draft, key string, v any) {
	list, isList := v.([]any)
	if !isList {
		for t := range strings.SplitSeq(text(v), ",") {
			list = append(list, t)
		}
	}
	some := false
	for _, t := range texts(list) {
		some = true
		group := c.tags[t]
		switch {
		case group != nil:
			d.topic(key, text(group.get("title")))
			for _, m := range group {
				if m.key == "include_filters" || m.key == "subtractive_selectors" {
					d.groupSelectors(key, m)
				}
			}
		case looksLikeID(t):
			d.lose(key, "the group "+quoted(t)+" has no name in this file", "give `topics`")
		default:
			d.topic(key, t)
		}
	}
	if !some {
		d.idle(key)
	}
}

func (d *draft) groupSelectors(key string, m member) {
	if all := texts(m.value); len(all) > 0 {
		d.selectors(key, m.value, m.key == "subtractive_selectors")
	}
}

// looksLikeID tells a UUID from the name of a group.
func looksLikeID(s string) bool {
	return len(s) == 36 && strings.Count(s, "-") == 4 && strings.Trim(strings.ToLower(s), "0123456789abcdef-") == ""
}

// schedule reads an interval: of the watch, else the one of all.
func (c *changeDetection) schedule(d *draft, key string, w object, v any) {
	own, _ := v.(object)
	if seconds := interval(own); seconds > 0 && !yes(w.get("time_between_check_use_default")) {
		d.every(key, seconds)
		return
	}
	if key != "" {
		d.idle(key)
	}
	if seconds := interval(c.interval); seconds > 0 {
		d.every("settings.requests.time_between_check", seconds)
	}
}

func interval(o object) float64 {
	sum := 0.0
	for _, m := range o {
		n, err := strconv.ParseFloat(text(m.value), 64)
		if err != nil {
			continue
		}
		sum += n * map[string]float64{"weeks": 7 * 86400, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}[m.key]
	}
	return sum
}
