package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pantau/internal/snapshot"
)

// TestExplainAndIgnored: what is beside the content is no change, and whoever
// asks is told what it was taken for and what differed in it.
func TestExplainAndIgnored(t *testing.T) {
	s := serve(t)
	page := func(days, news string) string {
		text := strings.Replace(regulation, "14 (empat belas)", days, 1)
		return strings.Replace(text, "</main>", "</main><aside><h3>Berita Terbaru</h3><ul><li><a href=/b/1>"+news+"</a><li><a href=/b/2>Jadwal libur</a></ul></aside><footer>Jalan Merdeka 9</footer>", 1)
	}
	s.set(page("14 (empat belas)", "Menteri membuka rapat"))
	file := configured(t, s)
	conf, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(conf), `    select: ["#isi"]`+"\n", "", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := pantau(t, "--config", file, "sources", "explain", "permen"); code == 0 || !strings.Contains(errs, "no good look yet") {
		t.Errorf("before the first look: exit %d: %s", code, errs)
	}
	lookAt(t, file)
	s.set(page("14 (empat belas)", "Seminar di Surabaya"))
	if _, c := lookAt(t, file); c.Outcome != "unchanged" {
		t.Fatalf("other news: %+v", c)
	}
	s.set(page("7 (tujuh)", "Seminar di Surabaya"))
	_, c := lookAt(t, file)
	if c.Outcome != "changed" || len(c.Change.Hunks) != 1 {
		t.Fatalf("another term: %+v", c)
	}
	code, out, errs := pantau(t, "--config", file, "show", c.Change.ID, "--ignored")
	if code != 0 || !strings.Contains(out, "- • Menteri membuka rapat") || !strings.Contains(out, "beside the content: sidebar") {
		t.Errorf("show --ignored: exit %d\n%s%s", code, out, errs)
	}
	code, out, errs = pantau(t, "--config", file, "sources", "explain", "permen")
	for _, want := range []string{"Jalan Merdeka 9", "taken for footer", "taken for sidebar", "Dilihat ⟨counter⟩ kali", "Peraturan Menteri Nomor 5"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("explain: exit %d, no %q in\n%s%s", code, want, out, errs)
		}
	}
	_, out, _ = pantau(t, "--config", file, "sources", "explain", "permen", "--json")
	var e explained
	if err := json.Unmarshal([]byte(out), &e); err != nil || len(e.Noise) != 1 || e.Snapshot != 2 || len(e.Beside) == 0 || e.Beside[0].Role != snapshot.Navigation {
		t.Errorf("explain --json: %v: %s", err, out)
	}
}

// TestRestlessPassage is told until it has been another at four looks in a row,
// then left out, visibly, until it carries weight.
func TestRestlessPassage(t *testing.T) {
	p := publish(t)
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	reword(t, file, p.URL, `type: page, url: SITE/1, select: ["#a"]`)
	var got []string
	for _, tip := range []string{"minum air", "jalan kaki", "makan sayur", "tidur cukup", "minum teh", "baca buku", "baca koran", "izin dicabut", "minum kopi"} {
		p.put(map[string]string{"/1": strings.NewReplacer("Tips hari ini: ", "", ", demikian saran dari kami untuk semua pembaca setia", "").Replace(tipped("Satu.", tip, ""))})
		_, c := lookAt(t, file)
		got = append(got, string(c.Outcome))
	}
	want := "baseline changed changed changed changed unchanged unchanged changed changed"
	if strings.Join(got, " ") != want {
		t.Errorf("looks are %v, want %s", got, want)
	}
	if _, out, _ := pantau(t, "--config", file, "sources", "explain", "x"); !strings.Contains(out, "⟨rotating⟩ behind “Tips”") || !strings.Contains(out, "forgotten") {
		t.Errorf("explain does not say it:\n%s", out)
	}
	like(t, replayed(t, 0, "--config", file), "kept", "kept", "kept", "kept", "kept", "kept", "9 looks map[kept:6]")
	sound(t, file)
}
