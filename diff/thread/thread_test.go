package thread

import (
	"testing"

	"pantau/internal/snapshot"
)

func entry(title string, more ...string) snapshot.Fields {
	list := []snapshot.Field{{Name: snapshot.FieldTitle, Value: title}}
	for i := 0; i+1 < len(more); i += 2 {
		list = append(list, snapshot.Field{Name: more[i], Value: more[i+1]})
	}
	return snapshot.FieldsOf(list...)
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		what, issuer string
		fields       snapshot.Fields
		thread, name string
		draft        bool
	}{
		{"long title", "", entry("Peraturan Menteri Komunikasi dan Informatika Nomor 5 Tahun 2020 tentang Penyelenggara Sistem Elektronik Lingkup Privat"),
			"permenkominfo-5-2020", "Permenkominfo 5/2020", false},
		{"short title", "", entry("Permenkominfo No. 5 Tahun 2020"), "permenkominfo-5-2020", "Permenkominfo 5/2020", false},
		{"a copy", "", entry("Salinan UU Nomor 27 Tahun 2022"), "uu-27-2022", "UU 27/2022", false},
		{"an amending one is not the one it amends", "", entry("Peraturan Menteri Komunikasi dan Informatika Nomor 10 Tahun 2021 tentang Perubahan atas Peraturan Menteri Komunikasi dan Informatika Nomor 5 Tahun 2020"),
			"permenkominfo-10-2021", "Permenkominfo 10/2021", false},
		{"only the subject", "", entry("Perubahan atas Peraturan Menteri Komunikasi dan Informatika Nomor 5 Tahun 2020"), "", "", false},
		{"a guide cites", "", entry("Panduan pelaksanaan Permenkominfo 5 Tahun 2020"), "", "", false},
		{"an annex is a paper of its own", "", entry("Lampiran Permenkominfo Nomor 5 Tahun 2020"), "", "", false},
		{"the list says whose", "Komunikasi dan Digital", entry("Peraturan Menteri Nomor 3 Tahun 2026 tentang Meterai"), "permenkomdigi-3-2026", "Permenkomdigi 3/2026", false},
		{"nobody says whose", "", entry("Peraturan Menteri Nomor 3 Tahun 2026 tentang Meterai"), "", "Permen 3/2026", false},
		{"fields", "", entry("Penyelenggaraan Sistem", "type", "Peraturan Pemerintah", "number", "71", "year", "2019"), "pp-71-2019", "PP 71/2019", false},
		{"the number has its year", "", entry("Penyelenggaraan Sistem", "type", "Peraturan Pemerintah", "number", "71 Tahun 2019", "year", "2019"), "pp-71-2019", "PP 71/2019", false},
		{"draft", "", entry("Rancangan Peraturan Menteri Komunikasi dan Digital tentang Perubahan atas Permenkominfo Nomor 5 Tahun 2020"), "", "Rancangan Permenkomdigi", true},
		{"draft by its kind", "", entry("Tata kelola kecerdasan artifisial", "type", "RPM"), "", "", true},
		{"consultation", "", entry("Konsultasi Publik RUU Keamanan Siber"), "", "Rancangan UU", true},
		{"news", "", entry("Menteri membuka seminar tentang UU 27 Tahun 2022"), "", "", false},
	} {
		e, key := Read(c.fields, c.issuer)
		if key != c.thread || e.Name != c.name || e.Draft != c.draft {
			t.Errorf("%s: thread %q, name %q, draft %v, want %q, %q, %v", c.what, key, e.Name, e.Draft, c.thread, c.name, c.draft)
		}
	}
}

func document(lines ...string) *snapshot.Document {
	d := &snapshot.Document{}
	for _, l := range lines {
		d.Blocks = append(d.Blocks, snapshot.Block{Kind: snapshot.Paragraph, Text: l})
	}
	return d
}

func TestDiffer(t *testing.T) {
	text := []string{"Menimbang bahwa perlu;", "BAB I", "KETENTUAN UMUM", "Pasal 1", "Dalam peraturan ini:", "Pasal 2", "PSE wajib mendaftar.", "BAB II", "Pasal 3", "Paling lambat 14 hari.",
		"Ditetapkan di Jakarta", "Pasal 3", "Cukup jelas."}
	other := []string{"JDIH", "Beranda", "Pasal 1", "Dalam  Peraturan ini :", "Pasal 2", "PSE wajib", "mendaftar", "Pasal 3", "Paling lambat 14 hari", "Diundangkan di Jakarta", "Tautan"}
	if list, whole := Differ(document(text...), document(other...)); !whole || len(list) != 0 {
		t.Errorf("one text in two settings: %v, whole %v", list, whole)
	}
	other[8] = "Paling lambat 30 hari"
	list, whole := Differ(document(text...), document(other...))
	if !whole || len(list) != 1 || list[0] != (Difference{"Pasal 3", "Paling lambat 14 hari.", "Paling lambat 30 hari"}) {
		t.Errorf("another term: %v, whole %v", list, whole)
	}
	if list, whole := Differ(document(text...), document("Pasal 1", "Ringkasan.")); whole || list != nil {
		t.Errorf("a summary is compared: %v, whole %v", list, whole)
	}
	list, _ = Differ(document(text...), document(without(other, 3)...))
	if len(list) == 0 {
		t.Error("a lacking line is no difference")
	}
}

// without is a list without the lines at these places.
func without(list []string, gone ...int) []string {
	var out []string
	for i, s := range list {
		keep := true
		for _, g := range gone {
			keep = keep && i != g
		}
		if keep {
			out = append(out, s)
		}
	}
	return out
}
