package law

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFirstDay(t *testing.T) {
	for text, want := range map[string]struct {
		day   Day
		exact bool
	}{
		"21 Mei 2021":                  {"2021-05-21", true},
		"3 Nopember 2008":              {"2008-11-03", true},
		"12 Pebruari 1987":             {"1987-02-12", true},
		"L7 Oktober 2O22":              {"2022-10-17", false},
		"2 Februari2O2T":               {"2021-02-02", false},
		"2 Jarruari 2024":              {"2024-01-02", false},
		"1 Januari 201 1":              {"2011-01-01", true},
		"31 April 2020":                {"", false},
		"tanggal yang ditetapkan":      {"", false},
		"Nomor 5 lalu 6 Juni 2013 dan": {"2013-06-06", true},
	} {
		year := 0
		if len(want.day) > 4 {
			year = want.day.Time().Year()
		}
		day, _, exact := FirstDay(text, year)
		if day != want.day || day != "" && exact != want.exact {
			t.Errorf("%q: %q exact=%v, want %+v", text, day, exact, want)
		}
	}
}

func TestPeriods(t *testing.T) {
	for text, want := range map[string]struct {
		p     Period
		after Day // 2024-01-31
	}{
		"30 (tiga puluh) hari":              {Period{Count: 30, Unit: Days}, "2024-03-01"},
		"14 (empat belas) hari kerja":       {Period{Count: 14, Unit: Days, Working: true}, "2024-02-20"},
		"1 (satu) bulan":                    {Period{Count: 1, Unit: Months}, "2024-02-29"},
		"2 (dua) tahun":                     {Period{Count: 2, Unit: Years}, "2026-01-31"},
		"3 (tiga) minggu":                   {Period{Count: 3, Unit: Weeks}, "2024-02-21"},
		"30 (empat puluh) hari":             {Period{Count: 30, Unit: Days, Disagree: true}, "2024-03-01"},
		"90 (sembilan puluh) hari kalender": {Period{Count: 90, Unit: Days}, "2024-04-30"},
	} {
		got, _, ok := FirstPeriod("paling lama " + text + " sejak")
		after := got.After("2024-01-31")
		got.Written = ""
		if !ok || got != want.p || after != want.after {
			t.Errorf("%q: %+v, %s", text, got, after)
		}
	}
}

func TestNumberWords(t *testing.T) {
	for words, want := range map[string]int{
		"tiga puluh": 30, "sebelas": 11, "empat belas": 14, "seratus dua puluh lima": 125, "lima belas juta": 15000000,
		"dua ribu lima ratus": 2500, "seribu": 1000, "sepuluh": 10, "satu miliar rupiah": 1000000000, "dua puluh empat": 24,
	} {
		if got, ok := numberWords(words); !ok || got != want {
			t.Errorf("%q: %d %v, want %d", words, got, ok, want)
		}
	}
	if n, ok := numberWords("dua ratus meter"); ok {
		t.Errorf("a word that is no number was read as %d", n)
	}
}

func entering(clause, closing string) Dates {
	return ParseText("UNDANG-UNDANG\nNOMOR 1 TAHUN 2024\nTENTANG\nCONTOH\nDENGAN RAHMAT TUHAN YANG MAHA ESA\nMEMUTUSKAN:\nPasal 1\nSetiap orang wajib.\nPasal 2\n" + clause + "\n" + closing).Dates()
}

func TestDates(t *testing.T) {
	closing := "Disahkan di Jakarta\npada tanggal 2 Januari 2024\nDiundangkan di Jakarta\npada tanggal 4 Januari 2024\nLEMBARAN NEGARA REPUBLIK INDONESIA TAHUN 2024 NOMOR 1\n"
	for clause, want := range map[string]struct {
		day   Day
		exact bool
	}{
		"Undang-Undang ini mulai berlaku pada tanggal diundangkan.":                                             {"2024-01-04", true},
		"Undang-Undang ini mulai berlaku pada tanggal ditetapkan.":                                              {"2024-01-02", true},
		"Undang-Undang ini mulai berlaku setelah 30 (tiga puluh) hari terhitung sejak tanggal diundangkan.":     {"2024-02-03", false},
		"Undang-Undang ini mulai berlaku 1 (satu) tahun terhitung sejak tanggal diundangkan.":                   {"2025-01-04", false},
		"Undang-Undang ini mulai berlaku pada tanggal 1 Maret 2024.":                                            {"2024-03-01", true},
		"Pada saat Undang-Undang ini mulai berlaku, semua ketentuan dinyatakan masih berlaku.":                  {"", false},
		"Undang-Undang ini mulai berlaku setelah 3 (tiga) bulan sejak peraturan pelaksanaan lain dibuat orang.": {"", false},
	} {
		got := entering(clause, closing)
		if got.Force != want.day || got.Exact != want.exact || got.Set != "2024-01-02" || got.Gazetted != "2024-01-04" {
			t.Errorf("%q:\n%+v", clause, got)
		}
		if got.Note != Unofficial {
			t.Errorf("%q: computed without saying so", clause)
		}
	}
	if got := entering("Undang-Undang ini mulai berlaku pada tanggal diundangkan.", "Disahkan di Jakarta\npada tanggal 2 Januari 2024\n"); got.Force != "" || got.Exact {
		t.Errorf("a day that is not known was computed: %+v", got)
	}
}

func TestDeadlines(t *testing.T) {
	r := ParseText("UNDANG-UNDANG\nNOMOR 1 TAHUN 2024\nTENTANG\nCONTOH\nDENGAN RAHMAT TUHAN YANG MAHA ESA\nMEMUTUSKAN:\nPasal 1\n(1) Penyelenggara wajib menyesuaikan paling lama 6 (enam) bulan sejak Undang-Undang ini diundangkan.\n(2) Menteri menjawab paling lambat 14 (empat belas) hari kerja sejak permohonan diterima.\n(3) Pendaftaran dilakukan paling lambat 30 April 2024.\nPasal 2\nUndang-Undang ini mulai berlaku pada tanggal diundangkan.\nDisahkan di Jakarta\npada tanggal 2 Januari 2024\nDiundangkan di Jakarta\npada tanggal 4 Januari 2024\n")
	var got []string
	for _, d := range r.Deadlines() {
		got = append(got, d.Path+" "+string(d.Day)+" "+d.From)
		if d.Note != Unofficial || d.Day != "" && d.Period != nil && d.Exact {
			t.Errorf("a computed day reads as certain: %+v", d)
		}
	}
	want := []string{"pasal-1/ayat-1 2024-07-04 diundangkan", "pasal-1/ayat-2  permohonan diterima", "pasal-1/ayat-3 2024-04-30 "}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestCorpusDates compares with the dates that the recorded list gives. It is
// wrong itself in places (UU 11/2008 "in force" in 2010), so that most of them
// must agree, not all; the rest is printed.
func TestCorpusDates(t *testing.T) {
	body, err := os.ReadFile(filepath.Join(corpus(t), "relations.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Name  string `json:"download_name"`
		Issue Day    `json:"issue_date"`
		Force Day    `json:"effective_date"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	bySource := map[string]map[string]string{"bpk": texts(t, "bpk"), "komdigi": texts(t, "komdigi")}
	set, force, other, wrong := 0, 0, 0, 0
	for _, want := range list {
		best := Dates{}
		for _, source := range []string{"bpk", "komdigi"} {
			text, ok := bySource[source][want.Name]
			if !ok {
				continue
			}
			d := ParseText(text).Dates()
			if best.Set == "" {
				best.Set = d.Set
			}
			if best.Force == "" {
				best.Force, best.Clause, best.Why = d.Force, d.Clause, d.Why
			}
		}
		switch {
		case best.Set == want.Issue:
			set++
		case best.Set != "":
			wrong++
			t.Errorf("%s: ditetapkan %s, listed %s", want.Name, best.Set, want.Issue)
		}
		if best.Force == want.Force {
			force++
		} else {
			other++
			t.Logf("%s: in force %q (%s: %.80q), listed %s", want.Name, best.Force, best.Why, best.Clause, want.Force)
		}
	}
	t.Logf("%d regulations: %d days of ditetapkan as listed, %d wrong; %d days of entry into force as listed, %d not", len(list), set, wrong, force, other)
	if set*100 < 90*len(list) || force*100 < 80*len(list) {
		t.Errorf("too few dates were read")
	}
}
