package law

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestOperations(t *testing.T) {
	for text, want := range map[string][]string{
		"Ketentuan Pasal 6 diubah sehingga berbunyi sebagai berikut:":                                      {"amend pasal-6"},
		"Ketentuan ayat (2) dan ayat (3) Pasal 8 diubah, sehingga Pasal 8 berbunyi sebagai berikut:":       {"amend pasal-8/ayat-2", "amend pasal-8/ayat-3"},
		"Ketentuan Pasal 9 ayat (1) huruf b dan huruf c diubah sehingga Pasal 9 berbunyi sebagai berikut:": {"amend pasal-9/ayat-1/huruf-b", "amend pasal-9/ayat-1/huruf-c"},
		"Ketentuan huruf b ayat (2) Pasal 6 diubah sehingga Pasal 6 berbunyi sebagai berikut:":             {"amend pasal-6/ayat-2/huruf-b"},
		"Ketentuan angka 12 dan angka 13 Pasal 1 diubah sehingga Pasal 1 berbunyi sebagai berikut:":        {"amend pasal-1/angka-12", "amend pasal-1/angka-13"},
		"Pasal 16 dihapus.": {"delete pasal-16"},
		"Pasal 18 ayat (2) dihapus sehingga Pasal 18 berbunyi sebagai berikut:": {"delete pasal-18/ayat-2"},
		"Bab V dihapus.": {"delete bab-v"},
		"Di antara Pasal 128 dan Pasal 129 disisipkan 1 (satu) pasal, yakni Pasal 128A sehingga berbunyi sebagai berikut:":                                                                                           {"insert pasal-128 +pasal-128a"},
		"Di antara BAB IX dan BAB X disisipkan 1 (satu) bab, yakni BAB IXA sehingga berbunyi sebagai berikut:":                                                                                                       {"insert bab-ix +bab-ixa"},
		"Di antara ayat (1) dan ayat (2) Pasal 18 disisipkan 2 (dua) ayat, yakni ayat (1a) dan ayat (1b) sehingga Pasal 18 berbunyi sebagai berikut:":                                                                {"insert pasal-18/ayat-1 +pasal-18/ayat-1a +pasal-18/ayat-1b"},
		"Ketentuan Pasal 26 ditambah 2 (dua) ayat, yakni ayat (3) dan ayat (4) sehingga Pasal 26 berbunyi sebagai berikut:":                                                                                          {"insert pasal-26 +pasal-26/ayat-3 +pasal-26/ayat-4"},
		"Ketentuan ayat (1) Pasal 17 diubah, di antara ayat (2) dan ayat (3) Pasal 17 disisipkan 1 (satu) ayat, yakni ayat (2a), dan ketentuan ayat (3) Pasal 17 diubah sehingga Pasal 17 berbunyi sebagai berikut:": {"amend pasal-17/ayat-1", "insert pasal-17/ayat-2 +pasal-17/ayat-2a", "amend pasal-17/ayat-3"},
		"Ketentuan ayat (4) Pasal 5 serta penjelasan ayat (1) Pasal 5 diubah sehingga Pasal 5 berbunyi sebagai berikut:":                                                                                             {"amend pasal-5/ayat-4", "explain pasal-5/ayat-1"},
		"Penjelasan ayat (1) Pasal 15 diubah sebagaimana tercantum dalam penjelasan.":                                                                                                                                {"explain pasal-15/ayat-1"},
		"Ketentuan Pasal 5 tetap dengan perubahan penjelasan ayat (1) sehingga penjelasan Pasal 5 menjadi sebagai berikut:":                                                                                          {"explain pasal-5/ayat-1"},
		"Judul BAB VI diubah sehingga berbunyi sebagai berikut:":                                                                                                                                                     {"retitle bab-vi"},
		"Ketentuan Lampiran IV diubah sehingga menjadi sebagaimana tercantum dalam Lampiran IV Peraturan Menteri ini.":                                                                                               {"amend lampiran-iv"},
		"Mengubah ketentuan Pasal 5 sehingga berbunyi sebagai berikut:":                                                                                                                                              {"amend pasal-5"},
		"Menghapus ketentuan Pasal 10 ayat (3).": {"delete pasal-10/ayat-3"},
		"Di antara Pasal 16 dan Pasal 17 disisipkan 2 (dua) pasal, yakni Pasal 16A dan Pasal 168 sehingga berbunyi sebagai berikut:":           {"insert pasal-16 +pasal-16a +pasal-16b"},
		"Ketentuan ayat (41 Pasal 5 diubah sehingga Pasal 5 berbunyi sebagai berikut:":                                                         {"amend pasal-5/ayat-4"},
		"Diantara Pasal 18 dan Pasal 19 disisipkan satu pasal yaitu Pasal 18 A yang berbunyi sebagai berikut:":                                 {"insert pasal-18 +pasal-18a"},
		"Pasal 5 ayat (2) dirubah sehingga berbunyi sebagai berikut:":                                                                          {"amend pasal-5/ayat-2"},
		"Pasal 3 sampai dengan Pasal 6 dihapus.":                                                                                               {"delete pasal-3", "delete pasal-4", "delete pasal-5", "delete pasal-6"},
		"Judul Bagian Kedua BAB IV diubah sehingga berbunyi sebagai berikut:":                                                                  {"retitle bab-iv/bagian-kedua"},
		"Di antara Bagian Kedua dan Bagian Ketiga BAB V disisipkan 1 (satu) bagian, yakni Bagian Kedua A sehingga berbunyi sebagai berikut:":   {"insert bab-v/bagian-kedua +bab-v/bagian-kedua-a"},
		"Menambah 1 (satu) pasal di antara Pasal 8 dan Pasal 9, yaitu Pasal 8A yang berbunyi sebagai berikut:":                                 {"insert pasal-8 +pasal-8a"},
		"Menambah 1 (satu) pasal setelah Pasal 8, yaitu Pasal 8A yang berbunyi sebagai berikut:":                                               {"insert pasal-8 +pasal-8a"},
		"Menyisipkan 1 (satu) ayat di antara ayat (1) dan ayat (2) Pasal 7 yakni ayat (1a), sehingga berbunyi:":                                {"insert pasal-7/ayat-1 +pasal-7/ayat-1a"},
		"Di antara huruf b dan huruf c ayat (1) Pasal 8 disisipkan 1 (satu) huruf, yakni huruf b1, sehingga Pasal 8 berbunyi sebagai berikut:": {"insert pasal-8/ayat-1/huruf-b +pasal-8/ayat-1/huruf-b1"},
		"Setelah angka 20 ditambahkan 2 (dua) angka, yakni angka 21 dan angka 22, sehingga Pasal 1 berbunyi sebagai berikut:":                  {"insert pasal-1/angka-20 +pasal-1/angka-21 +pasal-1/angka-22"},
		"Ketentuan ayat (2) Pasal 9 dihapus dan ayat (3) diubah sehingga Pasal 9 berbunyi sebagai berikut:":                                    {"delete pasal-9/ayat-2", "amend pasal-9/ayat-3"},
	} {
		var got []string
		for _, o := range operationsOf(text, "1", "pasal-i/angka-1", Identity{}) {
			line := o.Op + " " + o.Target
			for _, n := range o.New {
				line += " +" + n
			}
			got = append(got, line)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q:\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestOperationsOfARegulation(t *testing.T) {
	text, err := os.ReadFile("testdata/parse/amending.txt")
	if err != nil {
		t.Fatal(err)
	}
	r := ParseText(string(text))
	var got []string
	for _, o := range r.Operations() {
		got = append(got, o.Item+" "+o.Op+" "+o.Target+" "+strings.Join(o.New, ",")+" "+o.Regulation.Key())
	}
	base := "permen-menteri-contoh-7-2024"
	want := []string{"1 amend pasal-1  " + base, "2 insert pasal-2 pasal-2b,pasal-2c " + base, "3 delete pasal-3  " + base, "4 insert bab-ii bab-iib " + base}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if list := r.Relations(); len(list) != 1 || list[0].Kind != "mengubah" || list[0].Regulation.Key() != base {
		t.Errorf("relations %+v", list)
	}
}

// TestCorpusRelations compares with the recorded list. What is missing is named
// in no provision of the text (the list knows it from elsewhere), and the list
// leaves out what its database has not; the test holds to what is left.
func TestCorpusRelations(t *testing.T) {
	body, err := os.ReadFile(filepath.Join(corpus(t), "relations.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Name   string `json:"download_name"`
		Status struct{ Repeal, Amend []string }
	}
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"bpk", "komdigi"} {
		all := texts(t, source)
		found, missing, extra := 0, 0, 0
		for _, x := range list {
			text, ok := all[x.Name]
			if !ok {
				continue
			}
			want := make(map[string]bool)
			for kind, urls := range map[string][]string{"mencabut": x.Status.Repeal, "mengubah": x.Status.Amend} {
				for _, u := range urls {
					if id, ok := Identify(u); ok {
						want[kind+" "+id.Key()] = true
					}
				}
			}
			for _, r := range ParseText(text).Relations() {
				key := r.Kind + " " + r.Regulation.Key()
				if want[key] {
					found++
					delete(want, key)
				} else {
					extra++
					t.Logf("%s/%s: not listed: %s (%.120s)", source, x.Name, key, r.Quote)
				}
			}
			for key := range want {
				missing++
				t.Logf("%s/%s: not read: %s", source, x.Name, key)
			}
		}
		t.Logf("%s: %d relations as listed, %d not read, %d not listed", source, found, missing, extra)
		if missing*10 > found {
			t.Errorf("%s: too many relations were not read", source)
		}
	}
}
