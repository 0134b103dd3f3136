package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pantau/diff"
)

// papers is a site of any number of documents, by path and query.
type papers struct {
	*httptest.Server
	mu   sync.Mutex
	held map[string]string
}

func publish(t *testing.T) *papers {
	p := &papers{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		body, ok := p.held[r.URL.RequestURI()]
		switch {
		case !ok:
			http.NotFound(w, r)
			return
		case strings.HasPrefix(body, "<"):
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
		default:
			w.Header().Set("Content-Type", "application/json")
		}
		fmt.Fprint(w, body)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *papers) put(held map[string]string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = held
}

// lawPage is a page of two regions, long enough to be judged.
func lawPage(title, a, b string) string {
	return fmt.Sprintf(`<!doctype html><html><head><title>%s</title></head><body><main id="a"><h1>%s</h1><p>%s Penyelenggara Sistem Elektronik wajib memastikan keandalan sistemnya, dan melaporkan setiap gangguan kepada pengguna dalam waktu yang wajar menurut ketentuan ini.</p><p><a href="/lampiran/1">Lampiran</a></p></main>
<section id="b"><p>%s</p><p class="tools">Bagikan halaman ini</p></section></body></html>`, title, title, a, b)
}

const other = `<!doctype html><html><head><title>Pengumuman lelang</title></head><body><main id="a"><h1>Pengumuman lelang</h1><p>Satuan kerja mengundang penyedia barang untuk mengikuti tender pengadaan kendaraan dinas tahun anggaran berjalan.</p><ul><li>Syarat: akta pendirian</li><li>Jaminan penawaran</li><li>Batas waktu pemasukan dokumen</li></ul></main></body></html>`

// rows is a listing of "id code name extra".
func rows(format string, lines ...string) string {
	var out []string
	for _, l := range lines {
		f := strings.Fields(l)
		out = append(out, fmt.Sprintf(format, f[0], f[1], f[2], f[3]))
	}
	return fmt.Sprintf(`{"total": %d, "pages": 1, "rows": [%s]}`, len(out), strings.Join(out, ","))
}

const (
	shapeOne = `{"id": %[1]s, "code": %[2]q, "name": %[3]q, "extra": %[4]q}`
	shapeTwo = `{"nomor": %[1]s, "kode": %[2]q, "judul": %[3]q, "lain": %[4]q}`
)

const listing = `type: listing, url: SITE/list, records: rows, total: total, key: KEY, fields: [FIELDS]`

func plain(key, fields string) string {
	return strings.NewReplacer("KEY", key, "FIELDS", fields).Replace(listing)
}

const onlyName = `{name: name}`

// register is a register of the named indexes.
func register(indexes ...string) string {
	var out []string
	for _, name := range indexes {
		status := map[string]string{"OLD": "registered", "NEW": "registered", "BAD": "suspended"}[name]
		out = append(out, fmt.Sprintf("{name: %s, status: %s}", name, status))
	}
	return `type: registry, listing: {url: "SITE/r?i={index}&p={page}", indexes: [` + strings.Join(out, ", ") + `], paging: {pages: pages}, total: total, records: rows, key: id, fields: [{name: nama, path: name}]}`
}

func at(index string) string { return "/r?i=" + index + "&p=1" }

// step is one look at a source as it is configured then.
type step struct {
	source string            // flow mapping of YAML without the id; empty: as before
	held   map[string]string // what the site holds; nil: as before
	want   string            // outcome, reason, and what was found
}

// result words what a look came to.
func result(c checked) string {
	out := string(c.Outcome)
	if c.Reason != "" {
		out += " " + c.Reason
	}
	if c.Change == nil {
		return out
	}
	for _, h := range c.Change.Hunks {
		out += fmt.Sprintf(" %s:%.9s>%.9s", h.Op, h.Before, h.After)
	}
	for _, e := range c.Change.Events {
		out += fmt.Sprintf(" %s:%s", e.Type, e.Key)
		if e.FromIndex != e.ToIndex && e.Type == "status" {
			out += ":" + e.FromIndex + ">" + e.ToIndex
		}
		for n, f := range e.Fields {
			if e.Type == "edited" {
				out += ":" + n + ":" + f[0] + ">" + f[1]
			}
		}
	}
	for _, m := range c.Change.Marks {
		out += " [" + m + "]"
	}
	return out
}

// TestEditedSources edits sources in every way that changes how their answers
// are read: nothing of an edit of ours is told as an event of theirs, what really
// differs is, and what cannot be compared is said to be so.
func TestEditedSources(t *testing.T) {
	page := func(path, sel string) string {
		return fmt.Sprintf(`type: page, url: SITE%s, select: [%q]`, path, sel)
	}
	same := lawPage("UU 1", "Satu.", "Bagian b pertama.")
	for name, steps := range map[string][]step{
		"select": {
			{page("/1", "#a"), map[string]string{"/1": same}, "baseline"},
			{"", map[string]string{"/1": lawPage("UU 1", "Satu.", "Bagian b kedua.")}, "unchanged"}, // b is not watched
			{page("/1", "#b"), nil, "unchanged edited"},                                             // what b was at the last look
			{"", map[string]string{"/1": lawPage("UU 1", "Dua.", "Bagian b ketiga.")}, "changed modified:Bagian b >Bagian b "},
			{page("/1", "#a"), map[string]string{"/1": lawPage("UU 1", "Tiga.", "Bagian b ketiga.")}, "changed edited modified:Dua. Peny>Tiga. Pen"},
		},
		"select while the site changes": {
			{page("/1", "#a"), map[string]string{"/1": same}, "baseline"},
			{page("/1", "#b"), map[string]string{"/1": lawPage("UU 1", "Satu.", "Bagian b kedua.")}, "changed edited modified:Bagian b >Bagian b "},
		},
		"remove": {
			{`type: page, url: SITE/1, select: ["#b"]`, map[string]string{"/1": same}, "baseline"},
			{`type: page, url: SITE/1, select: ["#b"], remove: [".tools"]`, nil, "unchanged edited"},
			{"", nil, "unchanged"},
		},
		"select of a rebuilt page": {
			{page("/1", "#a"), map[string]string{"/1": same}, "baseline"},
			{"", map[string]string{"/1": strings.ReplaceAll(same, `id="a"`, `id="isi"`)}, "held no-match"},
			{page("/1", "#isi"), map[string]string{"/1": strings.ReplaceAll(lawPage("UU 1", "Dua.", ""), `id="a"`, `id="isi"`)}, "changed edited modified:Satu. Pen>Dua. Peny [redesign]"},
		},
		"address, same page": {
			{page("/1", "#a"), map[string]string{"/1": same}, "baseline"},
			{page("/baru/1", "#a"), map[string]string{"/baru/1": same}, "unchanged edited"},
			{"", nil, "unchanged"},
		},
		"address, amended page": {
			{page("/1", "#a"), map[string]string{"/1": same}, "baseline"},
			{page("/baru/1", "#a"), map[string]string{"/baru/1": lawPage("UU 1", "Dua.", "")}, "changed edited modified:Satu. Pen>Dua. Peny [redesign]"},
		},
		"address, another page": {
			{page("/1", "#a"), map[string]string{"/1": same}, "baseline"},
			{page("/2", "#a"), map[string]string{"/2": other}, "held title"},
			{"accept", nil, "baseline not-comparable [not-comparable]"},
			{"", nil, "unchanged"},
		},
		"page to listing and back": {
			{page("/1", "#a"), map[string]string{"/1": same}, "baseline"},
			{plain("id", onlyName), map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y")}, "baseline not-comparable [not-comparable]"},
			{"", map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y", "3 c Tiga z")}, "changed added:3"},
			{page("/1", "#a"), map[string]string{"/1": same}, "baseline not-comparable [not-comparable]"},
			{"", nil, "unchanged"},
		},
		"key": {
			{plain("id", onlyName), map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y", "3 c Tiga z")}, "baseline"},
			{plain("code", onlyName), map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y", "4 d Tiga z")}, "changed edited added:d"},
			{"", nil, "changed removed:c"},
		},
		"key and shape": {
			{plain("id", onlyName), map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y")}, "baseline"},
			{plain("kode", `{name: name, path: judul}`), map[string]string{"/list": rows(shapeTwo, "1 a Satu x", "2 b Dua y")}, "baseline not-comparable [not-comparable]"},
			{"", map[string]string{"/list": rows(shapeTwo, "1 a Satu x", "2 b Dua_baru y")}, "changed edited:b:name:Dua>Dua_baru"},
		},
		"shape": {
			{plain("id", onlyName), map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y")}, "baseline"},
			{plain("nomor", `{name: name, path: judul}, {name: lain}`), map[string]string{"/list": rows(shapeTwo, "1 a Satu x", "2 b Dua_baru y")}, "changed not-comparable edited:2:name:Dua>Dua_baru"},
			{"", nil, "unchanged"},
		},
		"field added": {
			{plain("id", onlyName), map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y")}, "baseline"},
			{plain("id", onlyName+`, {name: extra}`), map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y_baru")}, "changed edited edited:2:extra:y>y_baru"},
		},
		"field dropped": {
			{plain("id", onlyName+`, {name: extra}`), map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y")}, "baseline"},
			{plain("id", onlyName), map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y_baru")}, "unchanged edited"},
		},
		"field renamed": {
			{plain("id", `{name: extra}`), map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y")}, "baseline"},
			{plain("id", `{name: lain, path: extra}`), map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y_baru")}, "changed edited edited:2:lain:y>y_baru"},
		},
		"form": {
			{plain("id", `{name: name, as: text}`), map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y")}, "baseline"},
			{plain("id", `{name: name, as: exact}`), nil, "unchanged edited"},
			{"", map[string]string{"/list": rows(shapeOne, "1 a SATU x", "2 b Dua y")}, "changed edited:1:name:Satu>SATU"},
		},
		"key of every field": {
			{`type: listing, url: SITE/list, records: rows, key: id`, map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y")}, "baseline"},
			{`type: listing, url: SITE/list, records: rows, key: id, volatile: [extra]`, map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y_baru")}, "unchanged edited"},
		},
		"index added": {
			{register("OLD"), map[string]string{at("OLD"): rows(shapeOne, "1 a Satu x", "2 b Dua y")}, "baseline"},
			{register("OLD", "BAD"), map[string]string{at("OLD"): rows(shapeOne, "1 a Satu x"), at("BAD"): rows(shapeOne, "2 b Dua y", "7 g Tujuh z")}, "changed not-comparable status:2:OLD>BAD"},
			{"", map[string]string{at("OLD"): rows(shapeOne, "1 a Satu x"), at("BAD"): rows(shapeOne, "2 b Dua y", "7 g Tujuh z", "8 h Delapan z")}, "changed added:8"},
		},
		"index dropped": {
			{register("OLD", "BAD"), map[string]string{at("OLD"): rows(shapeOne, "1 a Satu x"), at("BAD"): rows(shapeOne, "2 b Dua y", "7 g Tujuh z")}, "baseline"},
			{register("OLD"), map[string]string{at("OLD"): rows(shapeOne, "1 a Satu x", "2 b Dua y")}, "changed edited status:2:BAD>OLD"},
			{"", nil, "unchanged"}, {"", nil, "unchanged"},
		},
		"index renamed": {
			{register("OLD", "BAD"), map[string]string{at("OLD"): rows(shapeOne, "1 a Satu x", "3 c Tiga z"), at("BAD"): rows(shapeOne, "2 b Dua y")}, "baseline"},
			{register("NEW", "BAD"), map[string]string{at("NEW"): rows(shapeOne, "1 a Satu x", "3 c Tiga z"), at("BAD"): rows(shapeOne, "2 b Dua y")}, "unchanged edited"},
			{"", map[string]string{at("NEW"): rows(shapeOne, "1 a Satu x"), at("BAD"): rows(shapeOne, "2 b Dua y", "3 c Tiga z")}, "changed status:3:NEW>BAD"},
		},
		"missing while the key is edited": {
			{plain("id", onlyName), map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y", "3 c Tiga z")}, "baseline"},
			{"", map[string]string{"/list": rows(shapeOne, "1 a Satu x", "2 b Dua y")}, "unchanged"},
			{plain("code", onlyName), nil, "changed edited removed:3"},
			{"", nil, "unchanged"},
		},
		"field added long after the last change": {
			{plain("id", onlyName), map[string]string{"/list": rows(shapeOne, "1 a Satu x")}, "baseline"},
			{"", map[string]string{"/list": rows(shapeOne, "1 a Satu y")}, "unchanged"}, // nobody looks at extra
			{"prune", nil, ""},
			{plain("id", onlyName+`, {name: extra}`), nil, "unchanged edited"}, // but it is what it was at the last look
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := publish(t)
			file := filepath.Join(t.TempDir(), "pantau.yaml")
			for n, s := range steps {
				if s.held != nil {
					p.put(s.held)
				}
				if s.source == "accept" || s.source == "prune" {
					code, out, errs := pantau(t, "--config", file, s.source, "--json", "2")
					if s.source == "prune" {
						code, out, errs = pantau(t, "--config", file, "prune", "--json")
					}
					if code != 0 || s.want != "" && result(unmarshalled(t, out)) != s.want {
						t.Fatalf("step %d, %s: %d %s%s", n+1, s.source, code, out, errs)
					}
					continue
				}
				if s.source != "" {
					reword(t, file, p.URL, s.source)
				}
				_, c := lookAt(t, file)
				if got := result(c); got != s.want {
					t.Fatalf("step %d: %q, want %q\n%s", n+1, got, s.want, c.Detail)
				}
				told(t, file, c)
			}
			sound(t, file)
		})
	}
}

// TestIndexAddedOverAFollowedOperator: what stands in an index that was never
// read is no event, but who follows one that is suspended there hears of it, once.
func TestIndexAddedOverAFollowedOperator(t *testing.T) {
	const interests = `follow:
  - {source: x, operator: 2, as: own}
  - {source: x, operator: 7, as: own}
  - {source: x, operator: 9, as: own}
`
	p := publish(t)
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	configure := func(indexes ...string) {
		reword(t, file, p.URL, register(indexes...))
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(b), "channels: [console]}\n", "channels: [console], match: {relation: [own]}}\n", 1)
		if err := os.WriteFile(file, []byte(text+interests), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	configure("OLD")
	p.put(map[string]string{at("OLD"): rows(shapeOne, "1 a Satu x", "2 b Dua y", "9 i Sembilan z")})
	if _, c := lookAt(t, file); result(c) != "baseline" {
		t.Fatal(result(c))
	}
	configure("OLD", "BAD")
	p.put(map[string]string{at("OLD"): rows(shapeOne, "1 a Satu x", "9 i Sembilan z"), at("BAD"): rows(shapeOne, "2 b Dua y", "7 g Tujuh z", "9 i Sembilan z", "5 e Lima z")})
	_, c := lookAt(t, file)
	if got := result(c); got != "changed not-comparable status:2:OLD>BAD" {
		t.Fatal(got)
	}
	if len(c.Sightings) != 2 || c.Sightings[0].Key != "7" || c.Sightings[1].Key != "9" || c.Sightings[1].Known != "OLD" || !c.Sightings[0].Unread {
		t.Errorf("sightings: %+v", c.Sightings)
	}
	if _, c := lookAt(t, file); result(c) != "unchanged" || len(c.Sightings) != 0 {
		t.Errorf("again: %s %+v", result(c), c.Sightings)
	}
	_, out, _ := pantau(t, "--config", file, "alerts", "--json")
	if strings.Count(out, `"kind":"sighting"`) != 2 || strings.Count(out, "since when is not known") != 2 {
		t.Errorf("messages:\n%s", out)
	}
	sound(t, file)
}

func reword(t *testing.T, file, site, source string) {
	t.Helper()
	text := `database: pantau.db
language: en
administrators: [console]
retention: {unchanged: 0s}
network: {delay: 0s, allow: [127.0.0.0/8]}
sources:
  - {id: x, ` + strings.ReplaceAll(source, "SITE", site) + `}
subscribers:
  - {id: legal, language: en, channels: [console]}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// told holds what cannot be compared to reaching those who must know.
func told(t *testing.T, file string, c checked) {
	t.Helper()
	_, out, _ := pantau(t, "--config", file, "alerts", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n") // newest first
	if strings.HasPrefix(c.Reason, "not-comparable") && !slices.ContainsFunc(lines[:min(3, len(lines))], func(l string) bool {
		return strings.Contains(l, `"administrators"`) && strings.Contains(l, "not comparable")
	}) {
		t.Errorf("the administrators are not told what cannot be compared:\n%s", out)
	}
	if c.Change != nil && slices.Contains(c.Change.Marks, diff.NotComparable) {
		if !strings.Contains(out, `"subscription":"legal"`) || c.Change.Severity != diff.Info || c.Change.From.At.IsZero() || c.Change.Gap == "" {
			t.Errorf("the subscriber is not told of the gap: %+v\n%s", c.Change, out)
		}
		if _, shown, _ := pantau(t, "--config", file, "show", c.Change.ID); !strings.Contains(shown, "not-comparable") {
			t.Errorf("show does not say it:\n%s", shown)
		}
	}
}

// TestRegisterBegunAnewTellsWhereFollowedStand: what nothing before can be
// compared with raises no event, but who follows an operator hears where it
// stands, and at once if that is among the suspended.
func TestRegisterBegunAnewTellsWhereFollowedStand(t *testing.T) {
	p := publish(t)
	p.put(map[string]string{"/1": lawPage("Register", "Satu.", ""), at("OLD"): rows(shapeOne, "1 a Satu x", "7 g Tujuh z"), at("BAD"): rows(shapeOne, "2 b Dua y")})
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	reword(t, file, p.URL, `type: page, url: SITE/1, select: ["#a"]`)
	if _, c := lookAt(t, file); result(c) != "baseline" {
		t.Fatal(result(c))
	}
	reword(t, file, p.URL, register("OLD", "BAD"))
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b) + "follow:\n  - {source: x, operator: 2, as: own}\n  - {source: x, operator: 7, as: vendor}\n  - {source: x, operator: 8, as: own}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, c := lookAt(t, file)
	if got := result(c); got != "baseline not-comparable [not-comparable]" || len(c.Sightings) != 1 || c.Sightings[0].Key != "2" {
		t.Fatalf("%s %+v", got, c.Sightings)
	}
	told(t, file, c)
	s := wired(t, file)
	_, d := s.messages(t, "legal", "alert", "")
	said := s.text(t, d)
	for _, want := range []string{"2) (own): suspended on", "7) (vendor): in the register on", "8 (own): not in the register on"} {
		if !strings.Contains(said, want) {
			t.Errorf("the subscriber is not told %q:\n%s", want, said)
		}
	}
	if n, _ := s.messages(t, "legal", "sighting", "stands among the suspended"); n != 1 {
		t.Errorf("%d messages of the suspended one, want 1", n)
	}
	if _, c := lookAt(t, file); result(c) != "unchanged" || len(c.Sightings) != 0 {
		t.Errorf("again: %s %+v", result(c), c.Sightings)
	}
	sound(t, file)
}
