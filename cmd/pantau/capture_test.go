package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pantau/internal/snapshot"
)

// wrote puts text into a file of its own, as a browser would save it.
func wrote(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "HITS", "2048")), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// entered runs `pantau capture add --json` and returns its one line.
func entered(t *testing.T, file string, args ...string) (int, checked) {
	t.Helper()
	code, out, errs := pantau(t, append([]string{"--config", file, "capture", "add", "--json"}, args...)...)
	var c checked
	if err := json.Unmarshal([]byte(strings.SplitN(out, "\n", 2)[0]), &c); err != nil {
		t.Fatalf("exit %d, %v\n%s\n%s", code, err, out, errs)
	}
	return code, c
}

func sound(t *testing.T, file string) {
	t.Helper()
	if code, out, errs := pantau(t, "--config", file, "fsck"); code != 0 {
		t.Errorf("fsck: %d\n%s%s", code, out, errs)
	}
}

const block = `<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with your administrator.<br><br>Your support ID is: 15678</body></html>`

// TestPageEnteredByHand: the site refuses us, a person saves the page. It is
// compared as any other, marked wherever it is shown, and the blindness of
// Pantau's own eyes goes on.
func TestPageEnteredByHand(t *testing.T) {
	s := serve(t)
	s.set(regulation)
	file := configured(t, s)
	lookAt(t, file)
	s.set(block)
	if _, c := lookAt(t, file); c.Outcome != "held" {
		t.Fatalf("%+v", c)
	}
	amended := strings.ReplaceAll(regulation, "14 (empat belas)", "7 (tujuh)")
	page := wrote(t, "saved.html", amended)
	url, seen := s.URL+"/page", time.Now().UTC().Format(time.RFC3339Nano)
	code, c := entered(t, file, "permen", page, "--url", url, "--seen-at", seen, "--by", "  Rina   Wulandari ")
	if code != 0 || c.Outcome != "changed" || len(c.Change.Hunks) != 1 || c.Change.Evidence != "manual" {
		t.Fatalf("%d %+v", code, c)
	}
	m := c.Change.To.Manual
	if m == nil || m.By != "Rina Wulandari" || m.URL != url || !m.Seen.Equal(c.Change.To.At) || c.Change.From.Manual != nil || c.Manual == nil {
		t.Errorf("evidence %+v, change %+v", m, c.Change)
	}
	for _, args := range [][]string{{"show", c.Change.ID}, {"show", c.Change.ID, "--html"}, {"history"}, {"sources"}, {"sources", "permen"}, {"show", c.Change.ID, "--json"}, {"sources", "permen", "--json"}} {
		if _, out, _ := pantau(t, append([]string{"--config", file}, args...)...); !strings.Contains(out, "Rina Wulandari") {
			t.Errorf("%v does not say who entered it:\n%s", args, out)
		}
	}
	if _, out, _ := pantau(t, "--config", file, "sources"); !strings.Contains(out, "BLIND") {
		t.Errorf("a hand's look ended the blindness of our eyes:\n%s", out)
	}
	_, out, _ := pantau(t, "--config", file, "alerts", "--json")
	if n := strings.Count(out, `"kind":"health"`); n != 1 {
		t.Errorf("%d health messages, want the one of the block page:\n%s", n, out)
	}
	s.set(amended)
	if _, c := lookAt(t, file); c.Outcome != "unchanged" { // the same page, by our own eyes now
		t.Errorf("%+v", c)
	}
	s.set(regulation)
	_, c = lookAt(t, file)
	if c.Outcome != "changed" || c.Change.Evidence != "" {
		t.Errorf("a change between two looks of our own is marked: %+v", c.Change)
	}
	sound(t, file)
}

// TestWhatFollowsAHandIsMarked: the look before a change may be a hand's.
func TestWhatFollowsAHandIsMarked(t *testing.T) {
	s := serve(t)
	file := configured(t, s)
	page := wrote(t, "saved", regulation) // no extension: its beginning tells
	if code, c := entered(t, file, "permen", page, "--url", s.URL+"/page#pasal-7", "--seen-at", "2026-01-05 09:15", "--by", "Rina"); code != 0 || c.Outcome != "baseline" {
		t.Fatalf("%d %+v", code, c)
	}
	s.set(strings.ReplaceAll(regulation, "14 (empat belas)", "7 (tujuh)"))
	_, c := lookAt(t, file)
	if c.Outcome != "changed" || c.Change.Evidence != "manual" || c.Change.From.Manual == nil || c.Change.To.Manual != nil {
		t.Fatalf("%+v %+v", c, c.Change)
	}
	if at := c.Change.From.At.UTC().Format(time.RFC3339); at != "2026-01-05T02:15:00Z" { // WIB is seven hours ahead
		t.Errorf("the look before was at %s", at)
	}
	if _, out, _ := pantau(t, "--config", file, "check", "permen"); !strings.Contains(out, "The look before was entered by hand by Rina") {
		t.Errorf("the alert does not say so:\n%s", out)
	}
	sound(t, file)
}

func TestHeldPageEnteredByHand(t *testing.T) {
	s := serve(t)
	s.set(regulation)
	file := configured(t, s)
	lookAt(t, file)
	page := wrote(t, "saved.html", block)
	code, c := entered(t, file, "permen", page, "--url", s.URL+"/page", "--seen-at", time.Now().Format(time.RFC3339Nano), "--by", "Rina")
	if code != exitFailed || c.Outcome != "held" || c.Change != nil {
		t.Fatalf("%d %+v", code, c)
	}
	if _, out, _ := pantau(t, "--config", file, "held"); !strings.Contains(out, "entered by hand by Rina") {
		t.Errorf("held does not say who entered it:\n%s", out)
	}
	if _, out, _ := pantau(t, "--config", file, "sources"); strings.Contains(out, "BLIND") {
		t.Errorf("a hand's page makes us blind:\n%s", out)
	}
	if code, _, errs := pantau(t, "--config", file, "reject", "2"); code != 0 {
		t.Errorf("reject: %d %s", code, errs)
	}
	sound(t, file)
}

func TestRefusedByHand(t *testing.T) {
	s := serve(t)
	s.set(regulation)
	file := configured(t, s)
	lookAt(t, file)
	page, empty := wrote(t, "saved.html", regulation), wrote(t, "empty.html", "")
	url, now := s.URL+"/page", time.Now().Format(time.RFC3339Nano)
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"nobody":            {[]string{page, "--url", url, "--seen-at", now}, "--by"},
		"a blank name":      {[]string{page, "--url", url, "--seen-at", now, "--by", " "}, "--by"},
		"no time":           {[]string{page, "--url", url, "--by", "R"}, "--seen-at"},
		"no such time":      {[]string{page, "--url", url, "--by", "R", "--seen-at", "yesterday"}, "Asia/Jakarta"},
		"the future":        {[]string{page, "--url", url, "--by", "R", "--seen-at", time.Now().Add(time.Hour).Format(time.RFC3339)}, "future"},
		"before the last":   {[]string{page, "--url", url, "--by", "R", "--seen-at", "2026-01-05 08:00"}, "turn time back"},
		"another site":      {[]string{page, "--url", "https://other.example/page", "--by", "R", "--seen-at", now}, "--insist"},
		"another page":      {[]string{page, "--url", url + "?id=2", "--by", "R", "--seen-at", now}, "--insist"},
		"no address":        {[]string{page, "--url", "page", "--by", "R", "--seen-at", now}, "https"},
		"a file too many":   {[]string{page, page, "--url", url, "--by", "R", "--seen-at", now}, "every file"},
		"no file":           {[]string{"--by", "R", "--seen-at", now}, "no file"},
		"a file that isn't": {[]string{page + "x", "--url", url, "--by", "R", "--seen-at", now}, "no such file"},
		"a folder":          {[]string{filepath.Dir(page), "--url", url, "--by", "R", "--seen-at", now}, "not a file"},
		"nothing":           {[]string{empty, "--url", url, "--by", "R", "--seen-at", now}, "empty"},
	} {
		code, out, errs := pantau(t, append([]string{"--config", file, "capture", "add", "permen"}, tt.args...)...)
		if code == 0 || !strings.Contains(errs, tt.want) {
			t.Errorf("%s: exit %d, %q lacks %q", name, code, out+errs, tt.want)
		}
	}
	if _, out, _ := pantau(t, "--config", file, "sources", "permen", "--json"); strings.Count(out, "\n") != 1 {
		t.Errorf("something refused was stored:\n%s", out)
	}
	code, c := entered(t, file, "permen", page, "--url", "https://cermin.example/arsip", "--by", "R", "--seen-at", now, "--insist")
	if code != 0 || c.Outcome != "unchanged" || !c.Manual.Forced {
		t.Errorf("a person insists: %d %+v", code, c)
	}
	sound(t, file)
}

// portal is the register as pages of two rows, by index.
type portal map[string][]int

func (p portal) pages(t *testing.T, skip ...string) (list string) {
	t.Helper()
	dir := t.TempDir()
	var lines []string
	for _, index := range []string{"LOKAL_TERDAFTAR", "LOKAL_DIHENTIKAN_SEMENTARA", "LOKAL_DICABUT", "ASING_TERDAFTAR", "ASING_DIHENTIKAN_SEMENTARA", "ASING_DICABUT"} {
		keys := p[index]
		pages := max(1, (len(keys)+49)/50)
		for n := 1; n <= pages; n++ {
			rows := keys[(n-1)*50 : min(n*50, len(keys))]
			hits := []map[string]any{}
			for _, k := range rows {
				hits = append(hits, map[string]any{"nama_se": fmt.Sprintf("Sistem %d", k), "nama_pse": fmt.Sprintf("PT %d", k), "website": fmt.Sprintf("s%d.example", k),
					"sektor": "Perdagangan", "tanggal_terbit": "2024-01-02", "url_tdpse_detail": fmt.Sprintf("https://pse.example/tdpse-detail/%d", k)})
			}
			b, err := json.Marshal(map[string]any{"hits": hits, "totalHits": len(keys), "totalPages": pages})
			if err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("%s-%d.json", index, n)
			left := false
			for _, s := range skip {
				left = left || s == name
			}
			if left {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, fmt.Sprintf("%s -> http://127.0.0.1:9/api-public/tdpse?index=%s&page=%d&hit_per_page=50", name, index, n))
		}
	}
	list = filepath.Join(dir, "pages.txt")
	if err := os.WriteFile(list, []byte("# saved on Monday\n"+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return list
}

func count(from, n int) (out []int) {
	for k := range n {
		out = append(out, from+k)
	}
	return out
}

const registerFile = `database: pantau.db
language: en
administrators: [console]
network: {delay: 0s, allow: [127.0.0.0/8]}
sources:
  - {id: pse, type: registry, preset: pse-api-public, base: "http://127.0.0.1:9"}
follow:
  - {operator: 1003, as: own}
subscribers:
  - {id: legal, language: en, channels: [console], match: {relation: [own]}}
`

// TestRegisterEnteredByHand enters whole sets and one that is not: of that what
// stands in a suspended index is told, and nothing is missing.
func TestRegisterEnteredByHand(t *testing.T) {
	file := wrote(t, "pantau.yaml", registerFile)
	start := time.Now().Add(-time.Hour)
	at := func(minutes int) string { return start.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339) }
	whole := portal{"LOKAL_TERDAFTAR": count(1000, 120), "LOKAL_DIHENTIKAN_SEMENTARA": count(2000, 3)}
	code, c := entered(t, file, "pse", "--list", whole.pages(t), "--seen-at", at(0), "--by", "Rina")
	if code != 0 || c.Outcome != "baseline" || c.Responses != 8 {
		t.Fatalf("%d %+v", code, c)
	}
	moved := portal{"LOKAL_TERDAFTAR": append(count(1000, 3), count(1004, 116)...), "LOKAL_DIHENTIKAN_SEMENTARA": append(count(2000, 3), 1003)}
	code, c = entered(t, file, "pse", "--list", moved.pages(t, "LOKAL_TERDAFTAR-2.json", "ASING_DICABUT-1.json"), "--seen-at", at(1), "--by", "Rina")
	if code != exitFailed || c.Outcome != "failed" || c.Change != nil || len(c.Sightings) != 1 || c.Sightings[0].Key != "1003" {
		t.Fatalf("%d %+v", code, c)
	}
	for _, want := range []string{"of LOKAL_TERDAFTAR page 2", "nothing of ASING_DICABUT"} {
		if !strings.Contains(c.Detail, want) {
			t.Errorf("%q does not say %q", c.Detail, want)
		}
	}
	code, c = entered(t, file, "pse", "--list", moved.pages(t), "--seen-at", at(2), "--by", "Rina")
	if code != 0 || c.Outcome != "changed" || c.Change.Stats.Status != 1 || len(c.Change.Events) != 1 || c.Change.To.Manual.More != 7 {
		t.Fatalf("%d %+v %+v", code, c, c.Change)
	}
	less := portal{"LOKAL_TERDAFTAR": moved["LOKAL_TERDAFTAR"][1:], "LOKAL_DIHENTIKAN_SEMENTARA": moved["LOKAL_DIHENTIKAN_SEMENTARA"]}
	if _, c = entered(t, file, "pse", "--list", less.pages(t), "--seen-at", at(3), "--by", "Rina"); c.Outcome != "unchanged" {
		t.Errorf("one look removes: %+v %+v", c, c.Change)
	}
	if code, out, errs := pantau(t, "--config", file, "capture", "add", "pse", "--list", less.pages(t), "--seen-at", at(3), "--by", "Rina"); code == 0 || !strings.Contains(errs, "count one look twice") {
		t.Errorf("one look is entered twice: %d %s%s", code, out, errs)
	}
	if _, c = entered(t, file, "pse", "--list", less.pages(t), "--seen-at", at(4), "--by", "Rina"); c.Outcome != "changed" || c.Change.Stats.Removed != 1 {
		t.Errorf("two looks do not: %+v %+v", c, c.Change)
	}
	if _, out, _ := pantau(t, "--config", file, "register", "pse", "--operator", "1003"); strings.Count(out, "[by hand: Rina]") != 3 {
		t.Errorf("the life of an operator does not say whose looks these were:\n%s", out)
	}
	_, out, _ := pantau(t, "--config", file, "alerts", "--json")
	if strings.Count(out, `"kind":"sighting"`) != 1 || strings.Count(out, `"kind":"health"`) != 0 {
		t.Errorf("messages:\n%s", out)
	}
	sound(t, file)
}

func TestPagesOfARegisterAreFoundByTheirAddresses(t *testing.T) {
	file := wrote(t, "pantau.yaml", registerFile)
	const body = `{"hits": [], "totalHits": 0, "totalPages": 0}`
	page := wrote(t, "p.json", body)
	for url, want := range map[string]string{
		"http://127.0.0.1:9/api-public/tdpse?index=SEMUA&page=1&hit_per_page=50":               "names no index",
		"http://127.0.0.1:9/api-public/tdpse?index=LOKAL_DICABUT&page=0&hit_per_page=50":       "names no page",
		"http://127.0.0.1:9/api-public/tdpse?index=LOKAL_DICABUT&page=1&hit_per_page=10":       "the pages are other ones",
		"http://127.0.0.1:9/api-public/other?index=LOKAL_DICABUT&page=1&hit_per_page=50":       "--insist",
		"http://127.0.0.1:9/api-public/tdpse?index=LOKAL_DICABUT&page=1&hit_per_page=50&q=sms": "--insist",
		"https://pse.example/api-public/tdpse?index=LOKAL_DICABUT&page=1&hit_per_page=50":      "--insist",
	} {
		code, _, errs := pantau(t, "--config", file, "capture", "add", "pse", page, "--url", url, "--by", "R", "--seen-at", "2026-01-05 08:00")
		if code != exitConfig || !strings.Contains(errs, want) {
			t.Errorf("%s: exit %d, %q lacks %q", url, code, errs, want)
		}
	}
	const good = "http://127.0.0.1:9/api-public/tdpse?hit_per_page=50&page=1&index=LOKAL_DICABUT" // in any order
	code, _, errs := pantau(t, "--config", file, "capture", "add", "pse", page, page, "--url", good, "--url", good, "--by", "R", "--seen-at", "2026-01-05 08:00")
	if code != exitConfig || !strings.Contains(errs, "same page") {
		t.Errorf("one page twice: %d %q", code, errs)
	}
	if _, c := entered(t, file, "pse", page, "--url", good, "--by", "R", "--seen-at", "2026-01-05 08:00"); c.Outcome != "failed" || c.Reason != "incomplete" {
		t.Errorf("%+v", c)
	}
}

// unmarshalled is the first line of `--json`.
func unmarshalled(t *testing.T, out string) (c checked) {
	t.Helper()
	if err := json.Unmarshal([]byte(strings.SplitN(out, "\n", 2)[0]), &c); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return c
}

// TestFromOtherAddresses: what two files were saved from is one other address.
func TestFromOtherAddresses(t *testing.T) {
	for more, want := range []string{"http://a/", "http://a/ and 1 other address", "http://a/ and 2 other addresses"} {
		if got := from(&snapshot.Manual{URL: "http://a/", More: more}); got != want {
			t.Errorf("%d more: %q, want %q", more, got, want)
		}
	}
}
