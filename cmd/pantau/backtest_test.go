package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pantau/internal/monitor"
)

// page is a page of a text, a box of tips and a foot that is not watched.
func tipped(text, tip, foot string) string {
	return fmt.Sprintf(`<!doctype html><html><head><title>UU 1</title></head><body><main id="a"><h1>UU 1</h1>
<p>%s Penyelenggara Sistem Elektronik memastikan keandalan sistemnya, dan melaporkan setiap gangguan kepada pengguna dalam waktu yang wajar.</p>
<div class="tips"><h3>Tips</h3><p>Tips hari ini: %s, demikian saran dari kami untuk semua pembaca setia.</p></div></main>
<section id="b"><p>%s Bagian ini memuat ketentuan peralihan yang berlaku bagi semua penyelenggara.</p></section></body></html>`, text, tip, foot)
}

// edited writes a copy of a configuration with another source beside it.
func edited(t *testing.T, file, site, source, subscribers string) string {
	t.Helper()
	name := filepath.Join(filepath.Dir(file), "new.yaml")
	reword(t, name, site, source)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(b, subscribers...), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// replayed runs pantau backtest and words each look: verdict, what is lost and
// gained, and the last line.
func replayed(t *testing.T, want int, args ...string) []string {
	t.Helper()
	code, out, errs := pantau(t, append([]string{"backtest", "--json"}, args...)...)
	if code != want {
		t.Fatalf("exit %d, want %d: %s\n%s", code, want, errs, out)
	}
	var list []string
	for line := range strings.Lines(out) {
		var b struct {
			backtested
			Looks  int
			Counts map[monitor.Verdict]int
		}
		if err := json.Unmarshal([]byte(line), &b); err != nil {
			t.Fatal(err)
		}
		if b.Counts != nil {
			list = append(list, fmt.Sprint(b.Looks, " looks ", b.Counts))
			continue
		}
		s := string(b.Verdict)
		for _, h := range b.Lost.Hunks {
			s += fmt.Sprintf(" -%.6s", h.Before+h.After)
		}
		for _, h := range b.Gained.Hunks {
			s += fmt.Sprintf(" +%.6s", h.Before+h.After)
		}
		for _, e := range b.Lost.Events {
			s += " -" + string(e.Type) + " " + string(e.Key)
		}
		for _, e := range b.Gained.Events {
			s += " +" + string(e.Type) + " " + string(e.Key)
		}
		if b.Unconfirmed {
			s += " unconfirmed"
		}
		for id := range b.AlertsGained {
			s += " +" + id
		}
		for id := range b.AlertsLost {
			s += " -" + id
		}
		list = append(list, s)
	}
	return list
}

func like(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("replayed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestBacktestPage edits the rules of a page in several ways, and each time the
// past is told as it would have been. Nothing is written.
func TestBacktestPage(t *testing.T) {
	p := publish(t)
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	const a = `type: page, url: SITE/1, select: ["#a"]`
	reword(t, file, p.URL, a)
	for _, held := range []string{tipped("Satu.", "minum air", "Lama."), tipped("Dua.", "minum air", "Lama."), tipped("Dua.", "jalan kaki", "Lama."),
		tipped("Tiga.", "tidur cukup", "Lama."), tipped("Tiga.", "tidur cukup", "Baru.")} {
		p.put(map[string]string{"/1": held})
		lookAt(t, file)
	}
	before, err := os.ReadFile(filepath.Join(filepath.Dir(file), "pantau.db"))
	if err != nil {
		t.Fatal(err)
	}
	like(t, replayed(t, 0, "--config", file), "kept", "kept", "kept", "5 looks map[kept:3]")
	try := func(source, subscribers string, want ...string) {
		t.Helper()
		t.Log(source)
		like(t, replayed(t, 1, "--config", edited(t, file, p.URL, source, subscribers)), want...)
	}
	try(a+`, remove: [".tips"]`, "", "kept", "hidden -Tips h -legal", "altered -Tips h", "5 looks map[altered:1 hidden:1 kept:1]")
	try(`type: page, url: SITE/1, select: ["main", "section"]`, "", "kept", "kept", "kept", "added +Lama.  unconfirmed +legal", "5 looks map[added:1 kept:3]")
	try(`type: page, url: SITE/1, select: [".gone"]`, "", "held", "held -legal", "held -legal", "held -legal", "held", "5 looks map[held:5]")
	try(`type: page, url: SITE/2, select: ["#a"]`, "", "unreadable", "unreadable", "unreadable", "unreadable", "unreadable", "5 looks map[unreadable:5]")
	try(a, "  - {id: board, language: id, channels: [console], match: {keywords: [jalan kaki]}}\n", "kept", "kept +board", "kept +board", "5 looks map[kept:3]")
	code, out, errs := pantau(t, "backtest", "--config", edited(t, file, p.URL, a+`, remove: [".tips"]`, ""))
	if code != 1 || !strings.Contains(out, "HIDDEN") || !strings.Contains(out, "would not have been alerted: legal") || !strings.Contains(out, "x: 5 looks; 1 hidden, 1 altered, 1 kept") {
		t.Errorf("exit %d:\n%s%s", code, out, errs)
	}
	gone := strings.Replace(edited(t, file, p.URL, a, ""), "new.yaml", "gone.yaml", 1)
	reword(t, gone, p.URL, a)
	if b, err := os.ReadFile(gone); err != nil || os.WriteFile(gone, []byte(strings.Replace(string(b), "id: x,", "id: y,", 1)), 0o600) != nil {
		t.Fatal(err)
	}
	if code, out, errs := pantau(t, "backtest", "--config", gone); code != 1 || !strings.Contains(out, "x: is not in the edited configuration; 3 changes") || !strings.Contains(out, "y: 0 looks") {
		t.Errorf("exit %d:\n%s%s", code, out, errs)
	}
	after, err := os.ReadFile(filepath.Join(filepath.Dir(file), "pantau.db"))
	if err != nil {
		t.Fatal(err)
	}
	if string(before) != string(after) {
		t.Error("the database was written")
	}
	sound(t, file)
}

// TestBacktestSince begins in the middle, with what stood before.
func TestBacktestSince(t *testing.T) {
	p := publish(t)
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	const list = `type: listing, url: SITE/list, records: rows, total: total, key: id`
	reword(t, file, p.URL, list)
	var since string
	for n, held := range []string{
		rows(shapeOne, "1 a Satu x", "2 b Dua y", "3 c Tiga z"), rows(shapeOne, "1 a Satu x", "2 b Dua y"), rows(shapeOne, "1 a Satu x_baru", "2 b Dua y"),
		rows(shapeOne, "2 b Dua y", "1 a Satu x_baru"), rows(shapeOne, "1 a Satu x_baru", "2 b Dua_baru y", "4 d Empat z"),
	} {
		p.put(map[string]string{"/list": held})
		if _, c := lookAt(t, file); n == 1 && c.Outcome != monitor.Unchanged {
			t.Fatal(result(c))
		} else if n == 2 {
			since = c.Change.To.At.Format("2006-01-02T15:04:05.999999Z07:00")
		}
	}
	like(t, replayed(t, 0, "--config", file), "kept", "kept", "5 looks map[kept:2]")
	like(t, replayed(t, 0, "--config", file, "--since", since, "x"), "kept", "kept", "3 looks map[kept:2]")
	new := edited(t, file, p.URL, list+`, ignored: [extra]`, "")
	like(t, replayed(t, 1, "--config", new), "altered -edited 1", "kept", "5 looks map[altered:1 kept:1]")
	// The look that missed record 3 first was unchanged too, but its answers stay:
	// a removal rests on them.
	if code, _, errs := pantau(t, "--config", file, "prune"); code != 0 {
		t.Fatal(errs)
	}
	like(t, replayed(t, 1, "--config", new), "altered -edited 1", "unreadable", "kept", "5 looks map[altered:1 kept:1 unreadable:1]")
}

// TestBacktestWrong words what cannot be done, and makes no database.
func TestBacktestWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	reword(t, file, "http://127.0.0.1:1", `type: page, url: SITE/1`)
	for _, args := range [][]string{{}, {"nobody"}, {"--not-real", "c0"}, {"--since", "gestern"}, {"--config", file + ".none"}} {
		if code, out, errs := pantau(t, append([]string{"--config", file, "backtest"}, args...)...); code != 2 || out != "" || errs == "" {
			t.Errorf("%v: exit %d, %q, %q", args, code, out, errs)
		}
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(file), "pantau.db")); err == nil {
		t.Error("a database was made")
	}
}

// TestNotReal proposes the rule for what moves, with the proof, and names what
// else it would hide.
func TestNotReal(t *testing.T) {
	p := publish(t)
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	reword(t, file, p.URL, `type: page, url: SITE/1, select: ["#a"]`)
	var ids []string
	for _, held := range []string{tipped("Satu.", "minum air", ""), tipped("Satu.", "jalan kaki", ""), tipped("Dua.", "jalan kaki", ""), tipped("Dua.", "tidur 8 jam", "")} {
		p.put(map[string]string{"/1": held})
		if _, c := lookAt(t, file); c.Change != nil {
			ids = append(ids, c.Change.ID)
		}
	}
	code, out, errs := pantau(t, "--config", file, "backtest", "--not-real", ids[0], "--json")
	var got proposal
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 {
		t.Fatalf("exit %d: %v %s%s", code, err, out, errs)
	}
	if got.Rule == nil || got.Rule.Key != "remove" || len(got.Rule.Values) != 1 || !strings.Contains(got.Rule.Values[0], "tips") {
		t.Fatalf("proposes %s", out)
	}
	if got.Looks != 4 || len(got.Others) != 1 || got.Others[0].Was.ID != ids[2] || got.Others[0].Verdict != monitor.Hidden {
		t.Errorf("the proof is %s", out)
	}
	if _, out, _ = pantau(t, "--config", file, "backtest", "--not-real", ids[0]); !strings.Contains(out, "1 of them more than cosmetic") || !strings.Contains(out, ids[2]) {
		t.Errorf("what else is hidden is not told:\n%s", out)
	}
	// The passage of the law stands in no box of its own.
	if _, out, _ = pantau(t, "--config", file, "backtest", "--not-real", ids[1]); strings.Contains(out, ".tips") {
		t.Errorf("proposes the wrong box:\n%s", out)
	}
}

// TestNotRealField proposes the fields of a listing, and nothing for a record
// that came.
func TestNotRealField(t *testing.T) {
	p := publish(t)
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	reword(t, file, p.URL, `type: listing, url: SITE/list, records: rows, total: total, key: id`)
	var ids []string
	for _, held := range []string{rows(shapeOne, "1 a Satu x"), rows(shapeOne, "1 a Satu y"), rows(shapeOne, "1 a Satu y", "2 b Dua y")} {
		p.put(map[string]string{"/list": held})
		if _, c := lookAt(t, file); c.Change != nil {
			ids = append(ids, c.Change.ID)
		}
	}
	if code, out, errs := pantau(t, "--config", file, "backtest", "--not-real", ids[0]); code != 0 || !strings.Contains(out, `ignored: ["extra"]`) || !strings.Contains(out, "Nothing else of the 3 looks") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if code, out, errs := pantau(t, "--config", file, "backtest", "--not-real", ids[1]); code != 2 || !strings.Contains(errs, "record 2 came") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

// TestBacktestFeedAndList: a feed is told again as it was, what slid off its end
// not; of a list the documents are, and the list itself is named.
func TestBacktestFeedAndList(t *testing.T) {
	p := publish(t)
	file, look := watching(t, p.URL, "id: siaran, type: feed, url: SITE/feed", cardList)
	for _, s := range []struct{ feed, paper string }{
		{rss("3 Tiga", "2 Dua", "1 Satu"), "Satu."}, {rss("4 Empat", "3 Tiga", "2 Dua"), "Dua."}, {rss("4 Empat", "3 Tiga"), "Tiga."}, {rss("5 Lima", "4 Empat"), "Empat."},
	} {
		p.put(map[string]string{"/feed": s.feed, "/daftar": listPage(listCard("/p/1", "Peraturan Menteri Nomor 5 Tahun 2020", "5/2020")), "/p/1": paperPage("Permen 5", s.paper)})
		look()
	}
	got := replayed(t, 0, "--config", file)
	want := "kept kept 4 looks map[kept:2] unreadable unreadable unreadable unreadable 4 looks map[unreadable:4] kept kept kept 4 looks map[kept:3]"
	if strings.Join(got, " ") != want {
		t.Errorf("replayed %v, want %s", got, want)
	}
}
