package demosite

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// serve starts a site and returns it with its address.
func serve(t *testing.T, seed uint64) (*Site, string) {
	t.Helper()
	s := New(seed)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	return s, server.URL
}

// advance moves a site to a round.
func advance(t *testing.T, s *Site, round int) {
	t.Helper()
	for s.Round().Number < round {
		if !s.Advance() {
			t.Fatalf("the site ends before round %d", round)
		}
	}
}

// get asks for an address and returns status, media type and body.
func get(t *testing.T, url string) (int, string, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(body)
}

var statistics = regexp.MustCompile(`(?s)<(div|td|th) class="statistik">.*?</(div|td|th)>`)

// content is what the configuration selects of a page.
func content(t *testing.T, page string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `<main id="produk-content">`)
	main, _, closed := strings.Cut(rest, "</main>")
	if !ok || !closed {
		t.Fatalf("no #produk-content in %.200s", page)
	}
	return statistics.ReplaceAllString(main, "")
}

func TestPagesChangeOnlyWhereTheStorySaysSo(t *testing.T) {
	s, base := serve(t, 1)
	paths := []string{"/produk-hukum"}
	for _, p := range papers {
		paths = append(paths, p.Path())
	}
	before := map[string]string{}
	for round := range Rounds() {
		advance(t, s, round)
		if round == blockedRound {
			continue
		}
		for _, path := range paths {
			_, _, first := get(t, base+path)
			status, kind, second := get(t, base+path)
			if status != http.StatusOK || !strings.HasPrefix(kind, "text/html") {
				t.Fatalf("round %d: %s answers %d %s", round, path, status, kind)
			}
			if first == second {
				t.Errorf("round %d: %s has no noise: two answers are equal", round, path)
			}
			now := content(t, second)
			if content(t, first) != now {
				t.Errorf("round %d: %s: the noise is inside what is selected", round, path)
			}
			changed := before[path] != "" && before[path] != now
			if want := round == 2 && path == AmendedRegulation; changed != want {
				t.Errorf("round %d: %s changed: %t, want %t", round, path, changed, want)
			}
			before[path] = now
		}
	}
}

func TestAmendment(t *testing.T) {
	s, base := serve(t, 1)
	_, _, page := get(t, base+AmendedRegulation)
	before := strings.Split(content(t, page), "\n")
	advance(t, s, 2)
	_, _, page = get(t, base+AmendedRegulation)
	after := strings.Split(content(t, page), "\n")

	gone := slices.DeleteFunc(slices.Clone(before), func(l string) bool { return slices.Contains(after, l) })
	come := slices.DeleteFunc(slices.Clone(after), func(l string) bool { return slices.Contains(before, l) })
	if len(gone) != 1 || !strings.Contains(gone[0], "14 (empat belas) hari") {
		t.Errorf("lines that went: %q", gone)
	}
	if len(come) != 2 || !strings.Contains(come[0], "c1. ") || !strings.Contains(come[1], "7 (tujuh) hari") {
		t.Errorf("lines that came: %q", come)
	}
}

// crawl reads the whole register; ok is false if a page could not be read.
func crawl(t *testing.T, base string) (rows map[string]hit, ok bool) {
	t.Helper()
	rows = map[string]hit{}
	for _, index := range indexes {
		seen, total := 0, 0
		for page, last := 1, 1; page <= last; page++ {
			_, _, body := get(t, fmt.Sprintf("%s/api-public/tdpse?index=%s&page=%d&hit_per_page=50", base, index.name, page))
			var l listing
			if json.Unmarshal([]byte(body), &l) != nil {
				return rows, false
			}
			last, total = l.TotalPages, l.TotalHits
			seen += len(l.Hits)
			for _, h := range l.Hits {
				key := index.name + " " + h.Detail[strings.LastIndex(h.Detail, "/")+1:]
				if _, twice := rows[key]; twice {
					t.Errorf("%s stands there twice", key)
				}
				rows[key] = h
			}
		}
		if seen != total {
			t.Errorf("%s: %d rows seen, %d announced", index.name, seen, total)
		}
	}
	return rows, true
}

// normal is a row without what does not count.
func normal(h hit) string {
	site := strings.NewReplacer("https://", "", "www.", "").Replace(h.Website)
	return strings.ToLower(h.System+"|"+h.Company+"|"+h.Sector+"|"+h.Issued) + "|" + strings.TrimSuffix(site, "/")
}

func TestRegisterTellsTheStory(t *testing.T) {
	want := map[int][]string{
		2: {"+ ASING_TERDAFTAR 10323", "+ LOKAL_TERDAFTAR 10321", "+ LOKAL_TERDAFTAR 10322"},
		3: {"+ LOKAL_DIHENTIKAN_SEMENTARA 10042", "- LOKAL_TERDAFTAR 10042", "~ ASING_TERDAFTAR 10260"},
		6: {"+ LOKAL_DICABUT 10117", "+ LOKAL_TERDAFTAR 10042", "- LOKAL_DIHENTIKAN_SEMENTARA 10042", "- LOKAL_TERDAFTAR 10075", "- LOKAL_TERDAFTAR 10117"},
	}
	s, base := serve(t, 1)
	var before map[string]hit
	for round := range Rounds() {
		advance(t, s, round)
		now, ok := crawl(t, base)
		if whole := round != blockedRound && round != cutRound; ok != whole {
			t.Fatalf("round %d: the register could be read: %t, want %t", round, ok, whole)
		}
		if !ok {
			continue
		}
		if before == nil {
			if len(now) != 320 {
				t.Errorf("%d operators at the start, want 320", len(now))
			}
			before = now
			continue
		}
		if got := differences(before, now); !slices.Equal(got, want[round]) {
			t.Errorf("round %d:\n got %q\nwant %q", round, got, want[round])
		}
		before = now
	}
}

// differences lists what came (+), went (-) and was edited (~).
func differences(before, now map[string]hit) []string {
	var out []string
	for key, h := range now {
		old, ok := before[key]
		switch {
		case !ok:
			out = append(out, "+ "+key)
		case normal(old) != normal(h):
			out = append(out, "~ "+key)
		}
	}
	for key := range before {
		if _, ok := now[key]; !ok {
			out = append(out, "- "+key)
		}
	}
	slices.Sort(out)
	return out
}

// An ordinary day must give a watcher something to be silent about.
func TestOrdinaryDayIsNotQuiet(t *testing.T) {
	s, base := serve(t, 1)
	address := base + "/api-public/tdpse?index=LOKAL_TERDAFTAR&page=1&hit_per_page=100"
	read := func() (l listing) {
		_, _, body := get(t, address)
		if err := json.Unmarshal([]byte(body), &l); err != nil {
			t.Fatal(err)
		}
		return l
	}
	first, again := read(), read()
	if !slices.Equal(first.Hits, again.Hits) {
		t.Error("the order changes within a round: pages would overlap")
	}
	if first.Millis == again.Millis {
		t.Error("processingTimeMs stands still")
	}
	advance(t, s, 1)
	next := read()
	order := func(a, b hit) bool { return a.Detail == b.Detail }
	if slices.EqualFunc(first.Hits, next.Hits, order) {
		t.Error("the order did not change overnight")
	}
	if !slices.IsSortedFunc(next.Hits, func(a, b hit) int { return strings.Compare(b.Issued, a.Issued) }) {
		t.Error("not newest first")
	}
	raw := map[string]hit{}
	for _, h := range first.Hits {
		raw[h.Detail] = h
	}
	rewritten := 0
	for _, h := range next.Hits {
		if old, ok := raw[h.Detail]; ok && old != h {
			rewritten++
		}
	}
	if rewritten == 0 {
		t.Error("no row is written differently")
	}
}

func TestBlockPage(t *testing.T) {
	s, base := serve(t, 1)
	advance(t, s, blockedRound)
	for _, path := range []string{"/", "/robots.txt", "/produk-hukum", QuietRegulation, "/api-public/tdpse?index=LOKAL_TERDAFTAR&page=1", "/nowhere"} {
		status, kind, body := get(t, base+path)
		if status != http.StatusOK || !strings.HasPrefix(kind, "text/html") || !strings.Contains(body, "Request Rejected") {
			t.Errorf("%s answers %d %s %.80s", path, status, kind, body)
		}
	}
}

func TestCutPageLacksTwoRecords(t *testing.T) {
	s, base := serve(t, 1)
	advance(t, s, cutRound)
	for page := 1; page <= 5; page++ {
		status, kind, body := get(t, fmt.Sprintf("%s/api-public/tdpse?index=%s&page=%d&hit_per_page=50", base, biggest, page))
		if status != http.StatusOK || kind != "application/json" {
			t.Errorf("page %d answers %d %s", page, status, kind)
		}
		if json.Valid([]byte(body)) == (page == cutPage) {
			t.Errorf("page %d is whole: %t", page, json.Valid([]byte(body)))
		}
		if whole := strings.Count(body, `"website"`); page == cutPage && whole != 48 {
			t.Errorf("%d whole records on the cut page, want 48", whole)
		}
	}
}

func TestCut(t *testing.T) {
	for _, body := range []string{`{"hits": []}`, `{"hits": [{"nama_se": "a"}]}`, `{"hits": [{"nama_se": "a"}, {"nama_se": "b"}]}`} {
		if got := cut([]byte(body)); json.Valid(got) || !strings.HasPrefix(body, string(got)) {
			t.Errorf("cut(%s) = %s", body, got)
		}
	}
}

func TestAddresses(t *testing.T) {
	_, base := serve(t, 1)
	tests := []struct {
		path   string
		status int
		want   string
	}{
		{"/", 200, "Selamat datang"},
		{"/robots.txt", 200, "User-agent: *"},
		{"/pse", 200, "LOKAL_DIHENTIKAN_SEMENTARA"},
		{"/tdpse-detail/10042", 200, "SENJA RAYA TEKNOLOGI"},
		{"/tdpse-detail/1", 404, "tidak ditemukan"},
		{"/produk-hukum/view/id/999", 404, "tidak ditemukan"},
		{"/api-public/tdpse?index=ASING_DICABUT&page=1&hit_per_page=50", 200, `"hits": []`},
		{"/api-public/tdpse?index=ASING_DICABUT&page=1&hit_per_page=50", 200, `"totalHits": 0`},
		{"/api-public/tdpse?index=LOKAL_TERDAFTAR&page=6&hit_per_page=50", 200, `"hits": []`},
		{"/api-public/tdpse?index=LOKAL_TERDAFTAR&page=-1&hit_per_page=0", 200, `"page": 1`},
		{"/api-public/tdpse", 200, `"totalHits": 0`},
	}
	for _, tt := range tests {
		status, _, body := get(t, base+tt.path)
		if status != tt.status || !strings.Contains(body, tt.want) {
			t.Errorf("%s answers %d without %q: %.200s", tt.path, status, tt.want, body)
		}
	}
}

func TestSeedDecides(t *testing.T) {
	read := func(seed uint64) string {
		_, base := serve(t, seed)
		_, _, page := get(t, base+AmendedRegulation)
		_, _, rows := get(t, base+"/api-public/tdpse?index=ASING_TERDAFTAR&page=1")
		return strings.ReplaceAll(page+rows, base, "")
	}
	first, again, other := read(7), read(7), read(8)
	if first != again {
		t.Error("equal seeds differ")
	}
	if first == other {
		t.Error("different seeds are equal")
	}
}

func TestStoryIsNumbered(t *testing.T) {
	rounds := Rounds()
	if len(rounds) != 8 {
		t.Fatalf("%d rounds, want 8", len(rounds))
	}
	for n, r := range rounds {
		if r.Number != n || r.Title == "" || len(r.Happened) == 0 {
			t.Errorf("round %d: %+v", n, r)
		}
	}
	s := New(1)
	advance(t, s, len(rounds)-1)
	if s.Advance() {
		t.Error("there is a round after the last")
	}
}

var configured = regexp.MustCompile(`(?m)^    (url|base): "(.*)"$`)

func TestConfigNamesAddressesThatAnswer(t *testing.T) {
	_, base := serve(t, 1)
	text := string(Config(base, "demo.db"))
	if !strings.Contains(text, `database: "demo.db"`) || strings.Contains(text, "%!") {
		t.Errorf("the configuration is not filled in:\n%s", text)
	}
	found := configured.FindAllStringSubmatch(text, -1)
	if len(found) != 4 {
		t.Errorf("%d addresses, want 4:\n%s", len(found), text)
	}
	for _, f := range found {
		if status, _, _ := get(t, f[2]); status != http.StatusOK {
			t.Errorf("%s answers %d", f[2], status)
		}
	}
}

func TestConcurrentReaders(t *testing.T) {
	s, base := serve(t, 1)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				if resp, err := http.Get(base + QuietRegulation); err != nil {
					t.Error(err)
				} else {
					resp.Body.Close()
				}
			}
		})
	}
	for s.Advance() {
	}
	wg.Wait()
	if got := s.Round().Number; got != len(Rounds())-1 {
		t.Errorf("ended in round %d", got)
	}
}

func TestNumbersAndDatesAsIndonesiansWriteThem(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1234: "1.234", 1234567: "1.234.567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %q, want %q", n, got, want)
		}
	}
	if got := clock(firstDay); got != "Senin, 12 Januari 2026 07:44:00 WIB" {
		t.Errorf("clock: %q", got)
	}
}
