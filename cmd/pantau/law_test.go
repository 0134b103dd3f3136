package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const regulationText = `PERATURAN MENTERI CONTOH
NOMOR 7 TAHUN 2024
TENTANG
PENDAFTARAN HAL CONTOH

DENGAN RAHMAT TUHAN YANG MAHA ESA
MENTERI CONTOH,
MEMUTUSKAN:
Menetapkan: PERATURAN MENTERI CONTOH TENTANG PENDAFTARAN HAL CONTOH.

Pasal 1
(1) Pemohon wajib mendaftar paling lambat 6 (enam) bulan sejak Peraturan Menteri ini diundangkan:
a. sendiri; atau
b. melalui kuasa.
(2) Dihapus.

Pasal 2
Peraturan Menteri ini mulai berlaku pada tanggal diundangkan.

Ditetapkan di Jakarta
pada tanggal 3 Mei 2024
Diundangkan di Jakarta
pada tanggal 6 Mei 2024
`

func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// regulationPage is a site's page with the regulation in it.
func regulationPage() string {
	var b strings.Builder
	b.WriteString("<!doctype html><html><head><title>JDIH</title></head><body><nav><a href=/>Beranda</a></nav><main>")
	for _, line := range strings.Split(regulationText, "\n") {
		if line != "" {
			fmt.Fprintf(&b, "<p>%s</p>\n", line)
		}
	}
	b.WriteString("</main></body></html>")
	return b.String()
}

func TestLawShow(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, regulationPage())
	}))
	t.Cleanup(server.Close)
	conf := written(t, "pantau.yaml", "database: x.db\nnetwork: {allow: [127.0.0.0/8], delay: 0s}\nsources: [{id: a, type: page, url: \"http://127.0.0.1:1/\", schedule: \"@every 1h\"}]\nsubscribers: []\n")
	for _, name := range []string{written(t, "a.txt", regulationText), written(t, "a.html", regulationPage()), server.URL + "/peraturan"} {
		code, out, errs := pantau(t, "law", "show", name, "--json", "--config", conf)
		if code != 0 {
			t.Fatalf("%s: exit %d: %s", name, code, errs)
		}
		var got struct {
			Type, Number, Title string
			Year, Unparsed      int
			Dates               struct {
				Ditetapkan, Diundangkan, Berlaku string
				Clause                           string `json:"berlaku_clause"`
			}
			Nodes []struct{ Path, Kind, Label, Text string }
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		if got.Type != "PERMEN" || got.Number != "7" || got.Year != 2024 || got.Title != "PENDAFTARAN HAL CONTOH" || got.Unparsed != 0 {
			t.Errorf("%s: %+v", name, got)
		}
		if got.Dates.Berlaku != "2024-05-06" || got.Dates.Ditetapkan != "2024-05-03" || !strings.Contains(got.Dates.Clause, "mulai berlaku") {
			t.Errorf("%s: %+v", name, got.Dates)
		}
		var paths []string
		for _, n := range got.Nodes {
			paths = append(paths, n.Path+" "+n.Kind)
		}
		want := []string{"pasal-1 pasal", "pasal-1/ayat-1 ayat", "pasal-1/ayat-1/huruf-a huruf", "pasal-1/ayat-1/huruf-b huruf", "pasal-1/ayat-2 ayat", "pasal-2 pasal"}
		if !slices.Equal(paths, want) {
			t.Errorf("%s: %q", name, paths)
		}
	}
}

func TestLawShowSaysWhatATextIsNot(t *testing.T) {
	code, out, errs := pantau(t, "law", "show", written(t, "a.txt", "Siaran pers\nMenteri membuka pameran.\n"))
	if code != exitFailed || !strings.Contains(errs, "not a regulation") || !strings.Contains(out, "not a regulation") {
		t.Errorf("exit %d\n%s\n%s", code, out, errs)
	}
	code, out, _ = pantau(t, "law", "show", written(t, "b.txt", regulationText))
	if code != 0 || !strings.Contains(out, "mulai berlaku: 2024-05-06") || !strings.Contains(out, "unofficial, machine-read") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

func TestLawDiff(t *testing.T) {
	before := written(t, "a.txt", regulationText)
	after := written(t, "b.txt", strings.Replace(strings.Replace(regulationText, "6 (enam) bulan", "3 (tiga) bulan", 1), "Pasal 2\n", "Pasal 1A\nPemohon dapat menarik pendaftarannya.\n\nPasal 2\n", 1))
	if code, out, _ := pantau(t, "law", "diff", before, before, "--json"); code != 0 || !strings.Contains(out, `"events":[]`) {
		t.Errorf("a text with itself: exit %d, %s", code, out)
	}
	code, out, errs := pantau(t, "law", "diff", before, after, "--json")
	if code != compareChanged {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var got struct {
		Kind      string
		Summaries map[string]string
		Events    []struct {
			Type, Path string
			Facts      []struct{ Kind, Before, After string }
		}
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Kind != "provisions" || len(got.Events) != 2 || got.Events[0].Type != "amended" || got.Events[0].Path != "pasal-1/ayat-1" || got.Events[1].Type != "inserted" || got.Events[1].Path != "pasal-1a" {
		t.Errorf("got %+v", got)
	}
	if f := got.Events[0].Facts; len(f) != 1 || f[0].Before != "6 (enam) bulan" || f[0].After != "3 (tiga) bulan" {
		t.Errorf("facts %+v", f)
	}
	if got.Summaries["id"] != "Pasal 1 ayat (1) diubah; Pasal 1A disisipkan; mulai berlaku 6 Mei 2024" || got.Summaries["en"] != "Article 1 paragraph (1) amended; Article 1A inserted; in force 6 May 2024" {
		t.Errorf("summaries %q", got.Summaries)
	}
	if errs != "" {
		t.Errorf("of two versions: %s", errs)
	}
	other := written(t, "d.txt", strings.Replace(regulationText, "NOMOR 7 TAHUN 2024", "NOMOR 8 TAHUN 2025", 1))
	if _, _, errs := pantau(t, "law", "diff", before, other); !strings.Contains(errs, "two regulations, not two versions of one") {
		t.Errorf("of two regulations: %s", errs)
	}
	if code, _, errs := pantau(t, "law", "diff", before, written(t, "c.txt", "Siaran pers\n")); code != compareError || !strings.Contains(errs, "not a regulation") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestLawDeadlinesAsCalendar(t *testing.T) {
	code, out, errs := pantau(t, "law", "deadlines", written(t, "a.txt", regulationText), "--ics")
	if code != 0 {
		t.Fatal(errs)
	}
	unfolded := strings.ReplaceAll(out, "\r\n ", "")
	for _, want := range []string{"DTSTART;VALUE=DATE:20241106\r\n", "DTSTART;VALUE=DATE:20240506\r\n", "SUMMARY:[unconfirmed] Permen Contoh 7/2024 Pasal 1 ayat (1)", "STATUS:TENTATIVE", "unofficial\\, machine-read"} {
		if !strings.Contains(unfolded, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	for _, line := range strings.Split(out, "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

// TestPageOfARegulationTellsItsProvisions: a watched page whose content is a
// regulation gives events of provisions by itself, in JSON, in show and in the
// message.
func TestPageOfARegulationTellsItsProvisions(t *testing.T) {
	s := serve(t)
	page := func(text string) string {
		var b strings.Builder
		b.WriteString("<!doctype html><html><head><title>JDIH</title></head><body><div id=\"isi\">")
		for _, line := range strings.Split(text, "\n") {
			if line != "" {
				fmt.Fprintf(&b, "<p>%s</p>\n", line)
			}
		}
		b.WriteString("</div></body></html>")
		return b.String()
	}
	s.set(page(regulationText))
	file := configured(t, s)
	if code, c := lookAt(t, file); code != 0 || c.Outcome != "baseline" {
		t.Fatalf("first look: %d %+v", code, c)
	}
	s.set(page(strings.Replace(regulationText, "6 (enam) bulan", "3 (tiga) bulan", 1)))
	code, out, errs := pantau(t, "--config", file, "check", "--json")
	if code != 0 {
		t.Fatal(errs)
	}
	var got struct {
		Change struct {
			ID, Kind, Summary string
			Hunks             []json.RawMessage
			Events            []struct{ Type, Path, Label string }
		}
	}
	if err := json.Unmarshal([]byte(strings.Split(out, "\n")[0]), &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	c := got.Change
	if c.Kind != "provisions" || len(c.Events) != 1 || c.Events[0].Type != "amended" || c.Events[0].Path != "pasal-1/ayat-1" || len(c.Hunks) == 0 {
		t.Fatalf("%+v", c)
	}
	if !strings.HasPrefix(c.Summary, "Article 1 paragraph (1) amended in Permen 5/2020") {
		t.Errorf("summary %q", c.Summary)
	}
	if code, out, _ := pantau(t, "--config", file, "show", c.ID); code != 0 || !strings.Contains(out, "Pasal 1 ayat (1) amended (6 (enam) bulan -> 3 (tiga) bulan)") {
		t.Errorf("show: %d\n%s", code, out)
	}
	if code, out, _ := pantau(t, "--config", file, "history", "--query", "ayat (1)"); code != 0 || !strings.Contains(out, c.ID) {
		t.Errorf("history: %d\n%s", code, out)
	}
}
