package law

import (
	"slices"
	"testing"
)

func TestCitations(t *testing.T) {
	for text, want := range map[string][]string{
		"Pasal 5 ayat (1) huruf a Undang-Undang Nomor 11 Tahun 2008":              {"UU 11/2008 pasal-5/ayat-1/huruf-a"},
		"sebagaimana dimaksud dalam Pasal 7":                                      {" pasal-7"},
		"sebagaimana dimaksud pada ayat (2) huruf b dan ayat (3)":                 {" pasal-9/ayat-2/huruf-b", " pasal-9/ayat-3"},
		"dalam huruf c dilaksanakan":                                              {" pasal-9/ayat-1/huruf-c"},
		"Pasal 17 ayat (3) dan Pasal 18 Peraturan Pemerintah Nomor 71 Tahun 2019": {"PP 71/2019 pasal-17/ayat-3", "PP 71/2019 pasal-18"},
		"Peraturan Menteri Nomor berapa pun":                                      nil,
	} {
		var got []string
		for _, c := range Citations(text, "pasal-9/ayat-1/huruf-a") {
			name := ""
			if c.Regulation != (Identity{}) {
				name = c.Regulation.String()
			}
			got = append(got, name+" "+c.Path)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestDefinitions(t *testing.T) {
	r := ParseText("UNDANG-UNDANG\nNOMOR 1 TAHUN 2024\nTENTANG\nCONTOH\nMEMUTUSKAN:\nPasal 1\nDalam Undang-Undang ini yang dimaksud dengan:\n1. Sistem Elektronik adalah serangkaian perangkat.\n2. Penyelenggara Sistem Elektronik yang selanjutnya disebut PSE adalah setiap orang yang menyelenggarakan.\nPasal 2\nPSE sebagaimana dimaksud dalam Pasal 1 angka 2 wajib.\nDisahkan di Jakarta\n")
	got := r.Definitions()
	want := []Definition{
		{Term: "Sistem Elektronik", Text: "serangkaian perangkat", Path: "pasal-1/angka-1"},
		{Term: "Penyelenggara Sistem Elektronik", Short: "PSE", Text: "setiap orang yang menyelenggarakan", Path: "pasal-1/angka-2"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
	cited := r.Citations()["pasal-2"]
	if len(cited) != 1 || cited[0].Path != "pasal-1/angka-2" || !cited[0].Known {
		t.Errorf("got %+v", cited)
	}
}
