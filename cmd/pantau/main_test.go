package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// pantau runs the program in this process and returns what it wrote.
func pantau(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	files := [2]*os.File{}
	for n := range files {
		f, err := os.Create(filepath.Join(t.TempDir(), fmt.Sprint(n)))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[n] = f
	}
	in, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	code = run(t.Context(), args, in, files[0], files[1])
	var texts [2]string
	for n, f := range files {
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		texts[n] = string(b)
	}
	return code, texts[0], texts[1]
}

// site serves one page whose text a test sets.
type site struct {
	*httptest.Server
	mu   sync.Mutex
	body string
	hits int
}

func serve(t *testing.T) *site {
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if r.URL.Path != "/page" {
			http.NotFound(w, r)
			return
		}
		s.hits++
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, strings.ReplaceAll(s.body, "HITS", fmt.Sprint(1000+s.hits)))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) set(body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.body = body
}

const regulation = `<!doctype html><html><head><title>Peraturan Menteri 5/2020</title></head><body><nav>Beranda</nav><main id="isi">
<h1>Peraturan Menteri Nomor 5 Tahun 2020</h1><p>Dilihat HITS kali</p>
<h2>Pasal 7</h2><p>(1) Penyelenggara Sistem Elektronik wajib melakukan pendaftaran sebelum Sistem Elektronik digunakan oleh Pengguna.</p>
<p>(2) Pendaftaran sebagaimana dimaksud pada ayat (1) dilakukan paling lambat 14 (empat belas) hari sejak Sistem Elektronik mulai digunakan.</p>
<p>(3) Penyelenggara yang tidak mendaftar dikenai sanksi administratif berupa pemutusan akses.</p></main></body></html>`

// configured writes a configuration that watches the site's page.
func configured(t *testing.T, s *site) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	text := fmt.Sprintf(`database: pantau.db
language: en
administrators: [console]
network: {delay: 0s, allow: [127.0.0.0/8]}
sources:
  - id: permen
    name: Permen 5/2020
    type: page
    url: %s/page
    select: ["#isi"]
    topics: [pse]
    schedule: "@every 1h"
subscribers:
  - id: legal
    language: en
    channels: [console]
    match: {keywords: [pendaftaran]}
`, s.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// lookAt runs `pantau check --json` and returns its one line.
func lookAt(t *testing.T, file string, more ...string) (int, checked) {
	t.Helper()
	code, out, errs := pantau(t, append([]string{"--config", file, "check", "--json", "--no-deliver"}, more...)...)
	var c checked
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		t.Fatalf("exit %d, %v\n%s\n%s", code, err, out, errs)
	}
	return code, c
}

func TestPageFromBaselineToAlert(t *testing.T) {
	s := serve(t)
	s.set(regulation)
	file := configured(t, s)
	if code, c := lookAt(t, file); code != 0 || c.Outcome != "baseline" || c.Change != nil {
		t.Fatalf("first look: %d %+v", code, c)
	}
	if code, c := lookAt(t, file); code != 0 || c.Outcome != "unchanged" { // the counter has moved
		t.Fatalf("second look: %d %+v", code, c)
	}
	s.set(strings.ReplaceAll(regulation, "14 (empat belas)", "7 (tujuh)"))
	code, c := lookAt(t, file)
	if code != 0 || c.Outcome != "changed" || len(c.Change.Hunks) != 1 || !strings.Contains(c.Change.Hunks[0].After, "7 (tujuh) hari") {
		t.Fatalf("third look: %d %+v", code, c)
	}
	if c.Change.From.Snapshot != 1 || c.Change.To.Snapshot != 2 || c.Change.ID == "" || c.Change.Summary == "" {
		t.Errorf("change %+v", c.Change)
	}
	if _, again := lookAt(t, file); again.Outcome != "unchanged" {
		t.Errorf("fourth look: %+v", again)
	}
	_, out, _ := pantau(t, "--config", file, "history")
	if !strings.Contains(out, c.Change.ID) {
		t.Errorf("history does not name the change:\n%s", out)
	}
	_, out, _ = pantau(t, "--config", file, "show", c.Change.ID)
	if !strings.Contains(out, "[-14 (empat belas)-]") && !strings.Contains(out, "[-14-]") {
		t.Errorf("show does not mark the words:\n%s", out)
	}
	code, out, _ = pantau(t, "--config", file, "check", "permen")
	if code != 0 || !strings.Contains(out, "7 (tujuh) hari") {
		t.Errorf("the queued message was not delivered by the next check:\n%s", out)
	}
	if code, out, errs := pantau(t, "--config", file, "fsck"); code != 0 {
		t.Errorf("fsck: %d\n%s%s", code, out, errs)
	}
}

func TestBlockPageIsHeldAndNeverABaseline(t *testing.T) {
	s := serve(t)
	file := configured(t, s)
	const waf = `<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult with your administrator.<br><br>Your support ID is: 15678</body></html>`
	s.set(waf)
	if code, c := lookAt(t, file); code != 1 || c.Outcome != "held" || c.Reason == "" || c.Detail == "" {
		t.Fatalf("first look: %d %+v", code, c)
	}
	s.set(regulation)
	if _, c := lookAt(t, file); c.Outcome != "baseline" {
		t.Fatalf("second look: %+v", c)
	}
	s.set(waf)
	for range 3 { // repetition is no acceptance
		if code, c := lookAt(t, file); code != 1 || c.Outcome != "held" || c.Change != nil {
			t.Fatalf("%d %+v", code, c)
		}
	}
	s.set(regulation)
	if code, c := lookAt(t, file); code != 0 || c.Outcome != "unchanged" {
		t.Fatalf("after it: %d %+v", code, c)
	}
	_, out, _ := pantau(t, "--config", file, "alerts", "--json")
	if n := strings.Count(out, `"kind":"health"`); n != 4 { // blind and seen again, twice
		t.Errorf("%d health messages, want 4:\n%s", n, out)
	}
}

func TestAcceptedRedesignIsAChange(t *testing.T) {
	s := serve(t)
	s.set(regulation)
	file := configured(t, s)
	lookAt(t, file)
	redesign := strings.ReplaceAll(strings.ReplaceAll(regulation, `id="isi"`, `id="konten"`), "14 (empat belas)", "7 (tujuh)")
	s.set(redesign)
	if code, c := lookAt(t, file); code != 1 || c.Outcome != "held" || c.Reason != "no-match" {
		t.Fatalf("%d %+v", code, c)
	}
	if code, _, errs := pantau(t, "--config", file, "accept", "2"); code == 0 || !strings.Contains(errs, "select") {
		t.Fatalf("accepted what the selector does not find: %d %s", code, errs)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte("#isi"), []byte("#konten")), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := pantau(t, "--config", file, "accept", "2", "--json")
	var c checked
	if err := json.Unmarshal([]byte(strings.SplitN(out, "\n", 2)[0]), &c); err != nil || code != 0 {
		t.Fatalf("%d %v\n%s%s", code, err, out, errs)
	}
	_, held, _ := pantau(t, "--config", file, "sources", "--json")
	if !strings.Contains(held, `"last_good":"`+c.Change.To.At.Format("2006-01-02T15:04:05")) {
		t.Errorf("an accepted capture counts as seen at another time than %v:\n%s", c.Change.To.At, held)
	}
	if c.Outcome != "changed" || len(c.Change.Marks) != 1 || c.Change.Marks[0] != "redesign" || len(c.Change.Hunks) != 1 {
		t.Errorf("accepted: %+v %+v", c, c.Change)
	}
	if code, c := lookAt(t, file); code != 0 || c.Outcome != "unchanged" {
		t.Errorf("the look after it: %d %+v", code, c)
	}
	if code, out, errs := pantau(t, "--config", file, "fsck"); code != 0 {
		t.Errorf("fsck: %d\n%s%s", code, out, errs)
	}
}

// What is held and cannot be read is not offered for acceptance: `held` and the
// message say what helps instead.
func TestHeldThatCannotBeAccepted(t *testing.T) {
	p := publish(t)
	p.put(map[string]string{"/list": block, "/page": lawPage("UU 1", "Satu.", "")})
	file := wrote(t, "pantau.yaml", strings.ReplaceAll(`database: pantau.db
language: id
administrators: [console]
network: {delay: 0s, allow: [127.0.0.0/8]}
sources:
  - {id: data, type: listing, url: "SITE/list", records: rows, key: id}
  - {id: page, type: page, url: "SITE/page", select: ["#gone"]}
`, "SITE", p.URL))
	pantau(t, "--config", file, "check", "--no-deliver")
	for source, want := range map[string][2]string{
		"data": {"accepting it cannot help: pantau doctor data", "Ini tidak dapat diterima: di dalamnya tidak ada yang"},
		"page": {"choose `select` of page anew", "pilihlah `select` yang baru"},
	} {
		_, out, _ := pantau(t, "--config", file, "held")
		if !strings.Contains(out, want[0]) || strings.Contains(out, "this is real") {
			t.Errorf("held says of %s, which lacks %q:\n%s", source, want[0], out)
		}
		s := wired(t, file)
		_, d := s.messages(t, "administrators", "health", source)
		if text := s.text(t, d); !strings.Contains(text, want[1]) || !strings.Contains(text, "Rincian teknis:") {
			t.Errorf("the message lacks %q:\n%s", want[1], text)
		}
	}
	if _, out, _ := pantau(t, "--config", file, "held", "--json"); strings.Count(out, `"acceptable":false`) != 2 {
		t.Errorf("held --json:\n%s", out)
	}
}

// A person's decision waits for the process that is asking the host, and says so.
func TestDecisionWaitsForTheHost(t *testing.T) {
	s := serve(t)
	s.set(regulation)
	file := configured(t, s)
	lookAt(t, file)
	s.set(strings.Replace(regulation, `id="isi"`, `id="konten"`, 1))
	lookAt(t, file)
	edit(t, file, "#isi", "#konten")
	other := wired(t, file)
	src := other.conf.Sources[0]
	lease, err := other.store.Acquire(t.Context(), src.Host(), other.owner, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		time.Sleep(time.Second)
		if err := other.store.Release(context.WithoutCancel(t.Context()), lease); err != nil {
			t.Error(err)
		}
	}()
	code, out, errs := pantau(t, "--config", file, "accept", "2", "--json")
	<-done
	if code != 0 || !strings.Contains(errs, "waiting for the host") || !strings.Contains(errs, other.owner) {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	sound(t, file)
}

func TestWrongCommandLines(t *testing.T) {
	s := serve(t)
	s.set(regulation)
	file := configured(t, s)
	for _, args := range [][]string{{"check", "nope"}, {"frobnicate"}, {"show"}, {"check", "--nope"}, {"history", "--since", "yesterday"}, {"accept", "x"}} {
		if code, _, errs := pantau(t, append([]string{"--config", file}, args...)...); code != exitConfig || !strings.HasPrefix(errs, "pantau: ") {
			t.Errorf("%v: exit %d, %q", args, code, errs)
		}
	}
}

func TestDemoEndsByItself(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	code, out, errs := pantau(t, "demo")
	if code != 0 {
		t.Fatalf("exit %d\n%s\n%s", code, out, errs)
	}
	for _, want := range []string{"Round 7", "[Urgent]", "Warung Senja", "Rightly silent", "history"} {
		if !strings.Contains(out, want) {
			t.Errorf("the demonstration never says %q", want)
		}
	}
}
