package foreign

import (
	"regexp"
	"strings"
)

// filters reads the filters of a job, each applied to what the one before
// left. The first that chooses elements becomes `select`.
func (d *draft) filters(key string, v any) {
	var list []any
	switch v := v.(type) {
	case []any:
		list = v
	case object:
		for _, m := range v {
			list = append(list, object{m})
		}
	case string:
		list = oldFilters(v)
	}
	if len(list) == 0 {
		d.idle(key)
		return
	}
	for _, one := range list {
		switch one := one.(type) {
		case object:
			for _, m := range one {
				d.filter(key, m.key, m.value)
			}
		case string:
			kind, value, found := strings.Cut(one, ":")
			if !found {
				d.filter(key, one, nil)
			} else {
				d.filter(key, strings.TrimSpace(kind), strings.TrimSpace(value))
			}
		default:
			if !empty(one) {
				d.comment(key, "a filter that cannot be read", "")
			}
		}
	}
}

var oldFilter = regexp.MustCompile(`,\s*([a-z0-9_.-]+)(:|,|$)`)

// oldFilters reads the form "css:#isi,html2text": a comma begins a filter only
// before a name.
func oldFilters(s string) []any {
	var out []any
	for {
		m := oldFilter.FindStringSubmatchIndex(s)
		if m == nil {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
			return out
		}
		out = append(out, strings.TrimSpace(s[:m[0]]))
		s = s[m[2]:]
	}
}

// main is the name of what may stand bare behind a filter.
var bareKey = map[string]string{
	"css": "selector", "xpath": "path", "element-by-id": "id", "element-by-class": "class",
	"element-by-tag": "tag", "element-by-style": "style",
}

// filter reads one filter.
func (d *draft) filter(key, kind string, v any) {
	own := key + "." + clean(kind)
	main, chooses := bareKey[kind]
	if !chooses {
		d.otherFilter(own, kind, v)
		return
	}
	settings, ok := v.(object)
	if !ok {
		settings = object{{main, v}}
	}
	expression := text(settings.get(main))
	switch {
	case expression == "":
		d.lose(own, "the filter names nothing to choose", "give `select` in CSS")
	case len(d.source.Select) > 0:
		d.lose(own, "it narrows what was chosen before: "+quoted(expression), "more of the page is watched; put it behind the selector in `select`, as \"A B\" in CSS")
	default:
		d.element(own, kind, expression)
	}
	for _, m := range settings {
		if m.key == main {
			if ok {
				d.carryOrLose(own+"."+clean(m.key), own)
			}
			continue
		}
		d.elementSetting(own, kind, m)
	}
}

// carryOrLose gives the key of a setting the fate of its filter.
func (d *draft) carryOrLose(key, filter string) {
	for i := len(d.Notes) - 1; i >= 0; i-- {
		if d.Notes[i].Class == Lost && d.Notes[i].Keys[0] == filter {
			d.Notes[i].Keys = append(d.Notes[i].Keys, key)
			return
		}
	}
	d.carry(key)
}

func (d *draft) element(own, kind, expression string) {
	switch kind {
	case "css":
		d.chooseCSS(own, expression, false)
	case "xpath":
		d.chooseXPath(own, expression, false)
	case "element-by-id":
		d.chooseCSS(own, "[id="+cssString(expression)+"]", false)
	case "element-by-class":
		d.chooseCSS(own, "[class~="+cssString(expression)+"]", false)
	case "element-by-style":
		d.chooseCSS(own, "[style="+cssString(expression)+"]", false)
	case "element-by-tag":
		d.chooseCSS(own, strings.ToLower(expression), false)
	}
}

// elementSetting reads what stands beside the selector of a filter.
func (d *draft) elementSetting(own, kind string, m member) {
	key := own + "." + clean(m.key)
	switch {
	case m.key == "exclude" && !empty(m.value):
		if kind == "xpath" {
			d.chooseXPath(key, text(m.value), true)
		} else {
			d.chooseCSS(key, text(m.value), true)
		}
	case m.key == "method" && text(m.value) == "html":
		d.carry(key)
	case m.key == "method":
		d.comment(key, "it is read as XML, not as a page", "a source of `type: feed` reads feeds; else watch the page that shows the same")
	case empty(m.value):
		d.idle(key)
	case m.key == "namespaces":
		d.lose(key, "CSS on a page knows no namespaces", "")
	case m.key == "skip", m.key == "maxitems":
		d.lose(key, "every element that is chosen is watched, not only some: "+quoted(text(m.value)), "say in `select` which, as :nth-of-type(2)")
	case m.key == "sort":
		d.lose(key, "what is chosen is watched in its order", "a passage that only moved is told as moved")
	default:
		unknown.apply(d, key, m.value)
	}
}

// otherFilter reads a filter that chooses no elements: most change a text, and
// Pantau compares texts by itself.
func (d *draft) otherFilter(own, kind string, v any) {
	if natural[kind] {
		d.carry(own)
		if settings, ok := v.(object); ok {
			for _, m := range settings {
				d.gather(Default, own+"."+clean(m.key), "how the other program shows a text; Pantau reads texts in its own way")
			}
		}
		return
	}
	r, ok := filterRules[kind]
	if !ok {
		r = rule{why: "this filter is not known here", instead: "see whether Pantau reads the page as it is, then uncomment it", comment: true}
	}
	shown := v
	if settings, ok := v.(object); ok {
		shown = nil
		for _, m := range settings {
			if m.key == "re" || m.key == "pattern" || m.key == "text" || m.key == "query" {
				shown = m.value
			}
		}
	}
	r.idle = []string{} // the name alone makes the filter work
	if shown == nil {
		shown = true
		r.show = false
	}
	r.apply(d, own, shown)
	if settings, ok := v.(object); ok {
		for _, m := range settings {
			d.carryOrLose(own+"."+clean(m.key), own)
		}
	}
}

// natural filters make a text out of a page, which Pantau does anyway.
var natural = map[string]bool{
	"html2text": true, "strip": true, "striplines": true, "strip_each_line": true, "strip_empty_lines": true,
	"beautify": true, "pretty-xml": true, "format-xml": true, "absolute_links": true,
}

const (
	byLines   = "lines are not chosen by their text"
	asListing = "a source of `type: listing` reads records; it needs `records`, `key` and `fields`"
	asRemove  = "take such parts out with `remove` in CSS; counters, clocks and tokens are seen to be noise anyway"
)

// filterRules is what is said of the other filters.
var filterRules = map[string]rule{
	"grep":                    {why: byLines, instead: "narrow `select`, or give a subscriber `match.keywords`", show: true},
	"keep_lines_containing":   {why: byLines, instead: "narrow `select`, or give a subscriber `match.keywords`", show: true},
	"grepi":                   {why: byLines, instead: asRemove, show: true},
	"delete_lines_containing": {why: byLines, instead: asRemove, show: true},
	"re.sub":                  {why: "texts are not rewritten before they are compared", instead: asRemove, show: true},
	"re.findall":              {why: "texts are not picked out by a pattern", instead: "narrow `select`", show: true},
	"sort":                    {why: "texts are watched in their order", instead: "a passage that only moved is told as moved"},
	"reverse":                 {why: "texts are watched in their order"},
	"remove-duplicate-lines":  {why: "repeated lines are watched as they are"},
	"remove_repeated":         {why: "repeated lines are watched as they are"},
	"sha1sum":                 {why: "the text itself is watched, not its digest", instead: "messages show what changed"},
	"hexdump":                 {why: "the text is watched, not bytes", comment: true},
	"ascii85":                 {why: "images are not compared", comment: true},
	"base64":                  {why: "images are not compared", comment: true},
	"json":                    {why: "it picks from JSON, which is no page", instead: asListing, comment: true, show: true},
	"jq":                      {why: "it picks from JSON, which is no page", instead: asListing, comment: true, show: true},
	"format-json":             {why: "JSON is no page", instead: asListing, comment: true},
	"jsontoyaml":              {why: "JSON is no page", instead: asListing, comment: true},
	"csv2text":                {why: "CSV is no page", instead: asListing, comment: true},
	"ical2text":               {why: "a calendar is no page", instead: "watch the page that shows the dates", comment: true},
	"pdf2text":                {why: "a PDF is no page", instead: "watch the page that links to it, or use `type: document` where this version has it", comment: true},
	"pypdf":                   {why: "a PDF is no page", instead: "watch the page that links to it, or use `type: document` where this version has it", comment: true},
	"ocr":                     {why: "images are not read", instead: "watch the page that says it in words", comment: true},
	"shellpipe":               {why: "no program is run", instead: "see whether Pantau reads the page as it is, then uncomment it", comment: true},
	"execute":                 {why: "no program is run", instead: "see whether Pantau reads the page as it is, then uncomment it", comment: true},
}
