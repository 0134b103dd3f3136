package foreign

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"pgregory.net/rapid"
)

// secret is a value that must never be seen again.
const secret = "s3cr3t-v4lue"

// TestEveryKeyOfAJob: whatever keys a job has, known or not, each is carried
// or listed, and no secret is repeated.
func TestEveryKeyOfAJob(t *testing.T) {
	known := []string{"name", "filter", "headers", "timeout", "http_proxy", "https_proxy", "tags", "method", "a_key_of_tomorrow"}
	for key := range jobRules {
		known = append(known, key)
	}
	slices.Sort(known)
	rapid.Check(t, func(t *rapid.T) {
		job := object{{rapid.SampledFrom([]string{"url", "navigate", "command"}).Draw(t, "location"),
			rapid.SampledFrom([]string{"https://a.example.id/x", "https://u:" + secret + "@a.example.id/", "ls " + secret}).Draw(t, "address")}}
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(known), 0, 12, rapid.ID).Draw(t, "keys") {
			job = append(job, member{key, jobValue(t, key)})
		}
		text := jobYAML(job)
		im, err := Read([]byte(text), Urlwatch)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		everyKey(t, im, named(job), text)
	})
}

// jobValue is what a key may hold. What is a secret by its key is one.
func jobValue(t *rapid.T, key string) any {
	switch key {
	case "headers", "cookies":
		return object{{"Authorization", secret}, {"User-Agent", secret}}
	case "data", "params", "http_credentials", "http_proxy", "https_proxy":
		return rapid.SampledFrom([]any{"http://u:" + secret + "@proxy.example.id:3128", object{{"k", secret}}, ""}).Draw(t, key)
	case "name":
		return "Nama"
	case "filter":
		return rapid.SliceOfN(rapid.Custom(filterValue), 0, 5).Draw(t, key)
	}
	return rapid.SampledFrom([]any{true, false, number("3"), "x", []any{"x", number("404")}, nil}).Draw(t, key)
}

func filterValue(t *rapid.T) any {
	kinds := []string{"css", "xpath", "element-by-id", "element-by-class", "element-by-tag", "element-by-style", "of-tomorrow"}
	for k := range natural {
		kinds = append(kinds, k)
	}
	for k := range filterRules {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	kind := rapid.SampledFrom(kinds).Draw(t, "kind")
	if rapid.Bool().Draw(t, "bare") {
		return kind
	}
	settings := object{}
	keys := []string{"selector", "path", "id", "class", "tag", "exclude", "method", "skip", "maxitems", "sort", "namespaces", "re", "pattern", "repl", "tomorrow"}
	for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 4, rapid.ID).Draw(t, "settings") {
		settings = append(settings, member{k, rapid.SampledFrom([]any{"div", "//div[@id='a']", "//a/..", "[", true, false, number("2")}).Draw(t, k)})
	}
	return object{{kind, settings}}
}

// named is every key of a job, filters with theirs.
func named(job object) []string {
	var keys []string
	for _, m := range job {
		list, isFilter := m.value.([]any)
		if m.key != "filter" || !isFilter || len(list) == 0 {
			keys = append(keys, m.key)
			continue
		}
		for _, f := range list {
			if kind, ok := f.(string); ok {
				keys = append(keys, "filter."+kind)
				continue
			}
			for _, k := range f.(object) {
				keys = append(keys, "filter."+k.key)
				for _, s := range k.value.(object) {
					keys = append(keys, "filter."+k.key+"."+s.key)
				}
			}
		}
	}
	return keys
}

// jobYAML writes a job as YAML in the words of JSON.
func jobYAML(v object) string {
	var b strings.Builder
	for _, m := range v {
		fmt.Fprintf(&b, "%s: %s\n", m.key, asJSON(m.value))
	}
	return b.String()
}

func asJSON(v any) string {
	switch v := v.(type) {
	case object:
		var parts []string
		for _, m := range v {
			parts = append(parts, fmt.Sprintf("%s: %s", jsonString(m.key), asJSON(m.value)))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, one := range v {
			parts = append(parts, asJSON(one))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case number:
		return string(v)
	case string:
		return jsonString(v)
	}
	return fmt.Sprint(map[any]any{nil: "null", true: "true", false: "false"}[v])
}

func jsonString(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// TestEveryKeyOfAWatch is the same for changedetection.io: a watch, and the
// settings around it.
func TestEveryKeyOfAWatch(t *testing.T) {
	known := []string{"title", "tag", "tags", "include_filters", "css_filter", "subtractive_selectors", "time_between_check",
		"time_between_check_use_default", "minutes_between_check", "headers", "time_schedule_limit", "a_key_of_tomorrow"}
	for key := range watchRules {
		known = append(known, key)
	}
	for key := range records {
		known = append(known, key)
	}
	slices.Sort(known)
	var whole []string
	for key := range settingRules {
		whole = append(whole, key)
	}
	whole = append(whole, "settings.application.of_tomorrow", "settings.requests.workers", "settings.requests.time_between_check",
		"settings.application.global_subtractive_selectors", "settings.application.tags")
	slices.Sort(whole)
	rapid.Check(t, func(t *rapid.T) {
		watch := object{{"url", rapid.SampledFrom([]string{"https://a.example.id/x", "https://u:" + secret + "@a.example.id/", "source:https://a.example.id/"}).Draw(t, "address")}}
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom(known), 0, 12, rapid.ID).Draw(t, "keys") {
			watch = append(watch, member{key, watchValue(t, key)})
		}
		keys := named(watch)
		v := object{{"watching", object{{"0a", watch}}}, {"version_tag", "1"}}
		keys = append(keys, "version_tag")
		sections := map[string]object{}
		for _, path := range rapid.SliceOfNDistinct(rapid.SampledFrom(whole), 0, 5, rapid.ID).Draw(t, "settings") {
			parts := strings.Split(path, ".")
			if len(parts) == 2 {
				sections[""] = append(sections[""], member{parts[1], object{{"Cookie", secret}}})
				keys = append(keys, path)
				continue
			}
			sections[parts[1]] = append(sections[parts[1]], member{parts[2], settingValue(parts[2])})
			if parts[2] == "tags" {
				path += ".group-1.notification_urls"
			}
			keys = append(keys, path)
		}
		settings := sections[""]
		for _, name := range []string{"application", "requests"} {
			if s := sections[name]; s != nil {
				settings = append(settings, member{name, s})
			}
		}
		if settings != nil {
			v = append(v, member{"settings", settings})
		}
		text := asJSON(v)
		im, err := Read([]byte(text), "")
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		everyKey(t, im, keys, text)
	})
}

func watchValue(t *rapid.T, key string) any {
	switch key {
	case "headers":
		return rapid.SampledFrom([]any{object{{"Cookie", secret}}, object{}, object{{"accept", secret}}}).Draw(t, key)
	case "body", "notification_urls", "notification_body", "webdriver_js_execute_code", "proxy", "conditions", "browser_steps":
		return rapid.SampledFrom([]any{secret, []any{"mailto://u:" + secret + "@mail.example.id"}, []any{}, ""}).Draw(t, key)
	case "include_filters", "subtractive_selectors", "css_filter":
		return rapid.SliceOfN(rapid.SampledFrom([]any{"#isi", "xpath://main", "//div[2]", "json:$.a", "[", "xpath://a/.."}), 0, 3).Draw(t, key)
	case "time_between_check":
		return object{{"weeks", nil}, {"hours", rapid.SampledFrom([]any{nil, number("0"), number("3"), "2"}).Draw(t, key)}}
	case "time_schedule_limit":
		return object{{"enabled", rapid.Bool().Draw(t, key)}}
	case "tags":
		return rapid.SampledFrom([]any{[]any{"group-1"}, []any{"0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a"}, []any{}}).Draw(t, key)
	}
	return rapid.SampledFrom([]any{true, false, number("3"), "x", []any{"x"}, nil, object{}}).Draw(t, key)
}

func settingValue(key string) any {
	switch key {
	case "tags":
		return object{{"group-1", object{{"title", "Undang-undang"}, {"notification_urls", []any{"slack://" + secret}}}}}
	case "time_between_check":
		return object{{"hours", number("3")}}
	case "global_subtractive_selectors":
		return []any{".iklan"}
	}
	return secret
}

// reporter is testing.TB and *rapid.T.
type reporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

// everyKey fails for a key of the input that no watch, and no note of the file,
// names; for a secret that is repeated anywhere; for a watch that is not whole.
func everyKey(t reporter, im *Import, keys []string, input string) {
	t.Helper()
	Identify(im.Watches)
	said := map[string]bool{}
	for _, n := range im.Notes {
		for _, k := range n.Keys {
			said[k] = true
		}
	}
	for _, w := range im.Watches {
		whole(t, w, input)
		for _, k := range w.Carried {
			said[k] = true
		}
		for _, n := range w.Notes {
			for _, k := range n.Keys {
				said[k] = true
			}
		}
	}
	for _, key := range keys {
		if !said[key] && !below(said, key) {
			t.Fatalf("%s is dropped without a word\n%s\n%+v", key, input, im)
		}
	}
	shown, err := json.Marshal(im)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if text := Text(im.Watches, 2) + string(shown); strings.Contains(text, secret) {
		t.Fatalf("a secret is repeated\n%s\n%s", input, text)
	}
}

// TestInEveryPlace: what a watch says it carries stands in the source.
func TestInEveryPlace(t *testing.T) {
	im, err := Read([]byte(`{"url": "https://a.example.id/x?q=1", "title": "Nama: \"A\"", "tags": ["satu"], "include_filters": ["#isi"],
		"subtractive_selectors": ["xpath://nav"], "time_between_check": {"minutes": 45}}`), "")
	if err != nil {
		t.Fatal(err)
	}
	s := im.Watches[0].Source
	if s.URL != "https://a.example.id/x?q=1" || s.Name != `Nama: "A"` || !slices.Equal(s.Topics, []string{"satu"}) ||
		!slices.Equal(s.Select, []string{"#isi"}) || !slices.Equal(s.Remove, []string{"nav"}) || s.Schedule != "@every 45m" {
		t.Errorf("got %+v", s)
	}
}

// below tells whether a part of what a key holds was named: headers.Cookie.
func below(said map[string]bool, key string) bool {
	for k := range said {
		if strings.HasPrefix(k, key+".") && !strings.HasPrefix(key, "filter") {
			return true
		}
	}
	return false
}

// whole fails for a watch that contradicts itself.
func whole(t reporter, w Watch, input string) {
	t.Helper()
	if (w.Source == nil) != (w.Outcome == Left) {
		t.Fatalf("%s with the source %+v\n%s", w.Outcome, w.Source, input)
	}
	if w.Outcome != Carried && len(w.Lost()) == 0 {
		t.Fatalf("%s without a reason: %+v\n%s", w.Outcome, w, input)
	}
	if w.Source == nil {
		return
	}
	for _, css := range append(slices.Clone(w.Source.Select), w.Source.Remove...) {
		if _, err := cascadia.ParseGroup(css); err != nil {
			t.Fatalf("%q is no selector: %v\n%s", css, err, input)
		}
	}
	if len(w.Source.ID) == 0 || len(w.Source.ID) > 64 {
		t.Fatalf("the id %q\n%s", w.Source.ID, input)
	}
}

// TestWriter: whatever stands in a source is read back as it was, by a reader
// of YAML.
func TestWriter(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		words := rapid.OneOf(rapid.Custom(func(t *rapid.T) string { return clean(rapid.String().Draw(t, "text")) }),
			rapid.SampledFrom([]string{"yes", "~", "1e3", "0x1f", "a: b", "- a", "#x", "a #b", "'", `"\`, "null", "2026-11-25", "[a]", "!x", "&x", "*x", "%x", "@x", "? x", "{}", "a:"}))
		s := Source{ID: "a", Type: "page", URL: "https://a.example.id/?" + rapid.SampledFrom([]string{"a=b", "a:", "'", "#", "a,b", `"`}).Draw(r, "query"),
			Name: words.Draw(r, "name"), Select: rapid.SliceOfN(words.Filter(func(s string) bool { return s != "" }), 0, 3).Draw(r, "select")}
		v, err := parseYAML(s.item(), &budget{left: mostNodes})
		list, _ := v.([]any)
		if err != nil || len(list) != 1 {
			r.Fatalf("%v\n%s", err, s.item())
		}
		o, _ := list[0].(object)
		name, isText := o.get("name").(string)
		selected, _ := o.get("select").([]any)
		if name != s.Name || !isText && s.Name != "" || o.get("url") != s.URL || len(selected) != len(s.Select) {
			r.Fatalf("read %+v of\n%s", o, s.item())
		}
		for i := range selected {
			if selected[i] != s.Select[i] {
				r.Fatalf("read %q of\n%s", selected[i], s.item())
			}
		}
	})
}
