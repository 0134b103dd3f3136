package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"pantau/internal/history"
)

const vigilFile = `database: pantau.db
language: en
administrators: [console]
network: {delay: 0s, allow: [127.0.0.0/8]}
sources:
  - {id: pse, name: Register, type: registry, preset: pse-api-public, base: "SITE"}
  - {id: permen, type: page, url: "SITE/1", select: ["#a"], topics: [pse]}
follow:
  - {operator: 1003, as: own}
subscribers:
  - {id: legal, language: en, channels: [console], match: {sources: [pse], relation: [own]}, all_clear: weekly}
  - {id: vendors, language: id, channels: [console], match: {relation: [vendor]}}
  - {id: texts, language: id, channels: [console], match: {topics: [pse], sources: [permen]}, all_clear: {day: friday, hour: 15}}
`

// messages counts the messages of a kind to a subscriber, and gives the newest.
func (s *system) messages(t *testing.T, subscriber, kind, subject string) (n int, newest history.Delivery) {
	t.Helper()
	list, err := s.store.Deliveries(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if d.Subscription == subscriber && d.Kind == kind && strings.Contains(d.Subject, subject) {
			if n++; n == 1 {
				newest = d
			}
		}
	}
	return n, newest
}

func (s *system) text(t *testing.T, d history.Delivery) string {
	t.Helper()
	_, m, err := s.store.Delivery(t.Context(), d.Message)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(m.Subject+" "+m.Text()), " ")
}

// api is what the site answers for a portal.
func (p portal) api(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	list := p.pages(t)
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
		file, url, ok := strings.Cut(line, " -> http://127.0.0.1:9")
		if !ok {
			continue
		}
		b, err := os.ReadFile(list[:len(list)-len("pages.txt")] + file)
		if err != nil {
			t.Fatal(err)
		}
		out[url] = string(b)
	}
	return out
}

// looked looks at every source without waiting between attempts, and tells
// whether all were seen.
func looked(t *testing.T, file string) bool {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	a := &app{in: null, out: io.Discard, errs: null, env: os.LookupEnv, path: file, backoff: func(int) time.Duration { return 0 }}
	s, err := a.open(t.Context(), true, a.log())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var bad exit
	if err := a.check(t.Context(), s, nil, false); err != nil && !errors.As(err, &bad) {
		t.Fatal(err)
	}
	return bad.code == 0
}

// TestVigil goes through a blindness of three weeks: who is told what, when, and
// once, however often the time is looked at.
func TestVigil(t *testing.T) {
	p := publish(t)
	whole := portal{"LOKAL_TERDAFTAR": count(1000, 60), "LOKAL_DIHENTIKAN_SEMENTARA": count(2000, 3)}
	good := whole.api(t)
	good["/1"] = lawPage("UU 1", "Satu.", "")
	p.put(good)
	file := wrote(t, "pantau.yaml", strings.ReplaceAll(vigilFile, "SITE", p.URL))
	if !looked(t, file) {
		t.Fatal("not all were seen")
	}
	p.put(map[string]string{"/1": block}) // the register answers 404 now
	start := time.Now()
	for range 2 {
		if looked(t, file) {
			t.Fatal("nothing failed")
		}
	}
	s, other := wired(t, file), wired(t, file)
	day := 24 * time.Hour
	for _, step := range []struct {
		after                               time.Duration
		unconfirmed, texts, reminded, again int
	}{
		{time.Hour, 0, 0, 0, 0}, {12*time.Hour - time.Minute, 0, 0, 0, 0}, {12*time.Hour + time.Minute, 1, 1, 0, 0}, {6 * day, 1, 1, 0, 0},
		{7*day + time.Minute, 1, 1, 2, 0}, {8 * day, 1, 1, 2, 0}, {22 * day, 1, 1, 4, 0}, // of two weeks in which nothing ran one is told
	} {
		for _, node := range []*system{s, other, s} { // restarts and other nodes
			if err := node.rounds(t.Context(), start.Add(step.after)); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			who, kind, subject string
			want               int
		}{
			{"legal", "unconfirmed", "Register: unconfirmed since", step.unconfirmed}, {"texts", "unconfirmed", "permen", step.texts},
			{"vendors", "unconfirmed", "", 0}, {"administrators", "health", "still cannot be seen", step.reminded}, {"legal", "seen-again", "", step.again},
			{"administrators", "health", "", 2 + step.reminded},
		} {
			if n, _ := s.messages(t, c.who, c.kind, c.subject); n != c.want {
				t.Errorf("after %v %s has %d messages %q %q, want %d", step.after, c.who, n, c.kind, c.subject, c.want)
			}
		}
	}
	_, d := s.messages(t, "legal", "unconfirmed", "")
	for _, want := range []string{"UNCONFIRMED: Sistem 1003 (PT 1003, 1003) Last known, on", "in the register (LOKAL_TERDAFTAR)", "2 looks failed", "404 Not Found"} {
		if text := s.text(t, d); !strings.Contains(text, want) {
			t.Errorf("what is unconfirmed lacks %q:\n%s", want, text)
		}
	}
	report, err := s.store.Daily(t.Context(), start, start.Add(day))
	if err != nil || len(report.Blind) != 2 || report.Blind[1].Failed != 2 || report.Blind[0].Held != 2 {
		t.Errorf("the daily report is headed by %+v, %v", report.Blind, err)
	}

	moved := portal{"LOKAL_TERDAFTAR": append(count(1000, 3), count(1004, 56)...), "LOKAL_DIHENTIKAN_SEMENTARA": append(count(2000, 3), 1003)}
	held := moved.api(t)
	held["/1"] = lawPage("UU 1", "Satu.", "")
	p.put(held)
	if !looked(t, file) { // and its round, as of now
		t.Fatal("not all were seen")
	}
	for range 2 {
		if err := s.rounds(t.Context(), start.Add(22*day)); err != nil {
			t.Fatal(err)
		}
	}
	for who, wants := range map[string][]string{
		"legal": {"Register is seen again", "Found since: 1 suspended. It lies between", "in the register (LOKAL_TERDAFTAR)", "suspended (LOKAL_DIHENTIKAN_SEMENTARA)", "pantau show c"},
		"texts": {"permen terlihat kembali", "tidak ada yang berubah antara"},
	} {
		n, d := s.messages(t, who, "seen-again", "")
		if n != 1 {
			t.Fatalf("%s is told %d times that it is seen again", who, n)
		}
		for _, want := range wants {
			if text := s.text(t, d); !strings.Contains(text, want) {
				t.Errorf("%s: lacks %q:\n%s", who, want, text)
			}
		}
	}
	for subject, want := range map[string]string{"Register is seen again": "(2 looks failed). Found since: 1 suspended. It lies between", "permen is seen again": "(2 looks were held). Found since: nothing changed between"} {
		n, d := s.messages(t, "administrators", "health", subject)
		if text := s.text(t, d); n != 1 || !strings.Contains(text, want) {
			t.Errorf("%d of %q; lacks %q:\n%s", n, subject, want, text)
		}
	}
	sound(t, file)
}

// TestAllClear: a weekly report goes out when all is silent too, once a week, and
// once for all the weeks in which nothing ran.
func TestAllClear(t *testing.T) {
	p := publish(t)
	good := portal{"LOKAL_TERDAFTAR": count(1000, 60)}.api(t)
	good["/1"] = lawPage("UU 1", "Satu.", "")
	p.put(good)
	file := wrote(t, "pantau.yaml", strings.ReplaceAll(vigilFile, "SITE", p.URL))
	if !looked(t, file) {
		t.Fatal("not all were seen")
	}
	s, other := wired(t, file), wired(t, file)
	now := time.Now().In(s.monitor.Words.Timezone)
	monday := time.Date(now.Year(), now.Month(), now.Day()+(8-int(now.Weekday()))%7, 8, 0, 0, 0, now.Location())
	if !monday.After(now) {
		monday = monday.AddDate(0, 0, 7)
	}
	for _, step := range []struct {
		at   time.Time
		want int
	}{
		{now, 0}, {monday.Add(-time.Second), 0}, {monday, 1}, {monday.Add(6 * 24 * time.Hour), 1}, {monday.AddDate(0, 0, 7), 2}, {monday.AddDate(0, 0, 30), 3}, {monday.AddDate(0, 0, 31), 3},
	} {
		for _, node := range []*system{s, other} {
			if err := node.rounds(t.Context(), step.at); err != nil {
				t.Fatal(err)
			}
		}
		if n, _ := s.messages(t, "legal", "all-clear", ""); n != step.want {
			t.Errorf("at %v there are %d reports, want %d", step.at, n, step.want)
		}
	}
	if n, _ := s.messages(t, "vendors", "all-clear", ""); n != 0 {
		t.Errorf("%d reports to one who does not want them", n)
	}
	list, err := s.store.Deliveries(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	var first history.Delivery
	for _, d := range list {
		if d.Kind == "all-clear" && d.Subscription == "legal" {
			first = d
		}
	}
	text := s.text(t, first)
	for _, want := range []string{"[Info] All clear: nothing changed and everything was seen", "1 looks made, 0 failed, 0 held", "Sistem 1003 (PT 1003, 1003) - Register In the register (LOKAL_TERDAFTAR), seen on",
		fmt.Sprintf("to %s", monday.Format(time.DateOnly)), "The oldest good look among what you watch is that at Register"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "permen") {
		t.Errorf("the report names what this reader does not watch:\n%s", text)
	}
	sound(t, file)
}

// TestHandDuringBlindness: what a person entered meanwhile is the last known
// state, does not end the blindness, and is what the end of it is compared with.
func TestHandDuringBlindness(t *testing.T) {
	site := serve(t)
	site.set(regulation)
	file := configured(t, site)
	lookAt(t, file)
	site.set(block)
	lookAt(t, file)
	start := time.Now()
	page := wrote(t, "saved.html", strings.ReplaceAll(regulation, "14 (empat belas)", "7 (tujuh)"))
	if code, c := entered(t, file, "permen", page, "--url", site.URL+"/page", "--seen-at", start.Format(time.RFC3339Nano), "--by", "Rina"); code != 0 || c.Outcome != "changed" {
		t.Fatalf("%d %+v", code, c)
	}
	s := wired(t, file)
	if err := s.rounds(t.Context(), start.Add(12*time.Hour+time.Minute)); err != nil {
		t.Fatal(err)
	}
	n, d := s.messages(t, "legal", "unconfirmed", "")
	if text := s.text(t, d); n != 1 || !strings.Contains(text, "was entered by hand by Rina; Pantau did not see it itself") {
		t.Errorf("%d messages, %s", n, text)
	}
	if err := s.rounds(t.Context(), start.Add(7*24*time.Hour+time.Minute)); err != nil {
		t.Fatal(err)
	}
	if n, d = s.messages(t, "administrators", "health", "still cannot be seen"); n != 1 || !strings.Contains(s.text(t, d), "1 look was held") {
		t.Errorf("%d reminders: %s", n, s.text(t, d))
	}
	site.set(strings.ReplaceAll(regulation, "14 (empat belas)", "7 (tujuh)"))
	lookAt(t, file)
	_, d = s.messages(t, "administrators", "health", "is seen again")
	for _, want := range []string{"(1 look was held)", "nothing changed between", "was entered by hand by Rina"} {
		if text := s.text(t, d); !strings.Contains(text, want) {
			t.Errorf("the end lacks %q:\n%s", want, text)
		}
	}
	sound(t, file)
}

// What cannot be told of one source keeps back nothing that is due of another.
func TestVigilGoesOn(t *testing.T) {
	p := publish(t)
	good := map[string]string{"/1": lawPage("UU 1", "Satu.", ""), "/2": lawPage("UU 2", "Dua.", "")}
	p.put(good)
	file := wrote(t, "pantau.yaml", strings.ReplaceAll(`database: pantau.db
language: en
administrators: [console]
network: {delay: 0s, allow: [127.0.0.0/8]}
sources:
  - {id: first, type: page, url: "SITE/1", select: ["#a"], topics: [pse]}
  - {id: second, type: page, url: "SITE/2", select: ["#a"], topics: [pse]}
subscribers:
  - {id: legal, language: en, channels: [console], match: {topics: [pse]}}
`, "SITE", p.URL))
	looked(t, file)
	p.put(nil)
	start := time.Now()
	looked(t, file)
	s := wired(t, file)
	told := func(kind, subject string, want int) {
		t.Helper()
		if n, _ := s.messages(t, "legal", kind, subject); n != want {
			t.Errorf("%d messages %q of %s, want %d", n, kind, subject, want)
		}
	}
	// fails makes a round at a time, which must name the source it failed at.
	fails := func(at time.Time, source string) {
		t.Helper()
		if err := s.rounds(t.Context(), at); err == nil || !strings.Contains(err.Error(), source) {
			t.Errorf("the round gives %v, which must name %s", err, source)
		}
	}
	state := ask(t, s.store.Path(), `SELECT state FROM source WHERE id = 'first'`)
	ask(t, s.store.Path(), `UPDATE source SET state = 'no JSON' WHERE id = 'first'`)
	fails(start.Add(13*time.Hour), "first")
	told("unconfirmed", "first", 0)
	told("unconfirmed", "second", 1)
	ask(t, s.store.Path(), `UPDATE source SET state = '`+state+`' WHERE id = 'first'`)
	if err := s.rounds(t.Context(), start.Add(13*time.Hour)); err != nil {
		t.Fatal(err)
	}
	told("unconfirmed", "first", 1)

	ask(t, s.store.Path(), `UPDATE notice SET occurrence = 'nonsense' WHERE source = 'first'`)
	p.put(good)
	for _, id := range []string{"first", "second"} {
		pantau(t, "--config", file, "check", "--no-deliver", id)
	}
	fails(start.Add(14*time.Hour), "first")
	told("seen-again", "first", 0)
	told("seen-again", "second", 1)
}
