package law

import (
	"slices"
	"strings"
	"testing"
)

const versionBefore = `UNDANG-UNDANG
NOMOR 1 TAHUN 2024
TENTANG
CONTOH
MEMUTUSKAN:
BAB I
UMUM
Pasal 1
(1) Penyelenggara wajib melapor kepada Menteri paling lama 30 (tiga puluh) hari.
(2) Laporan memuat:
a. nama penyelenggara yang terdaftar;
b. alamat kantor pusat penyelenggara; dan
c. jumlah pengguna dari Indonesia.
Pasal 2
Pelanggaran dikenai denda paling banyak Rp1.000.000,00 (satu juta rupiah).
BAB II
PENUTUP
Pasal 3
Undang-Undang ini mulai berlaku pada tanggal diundangkan.
Disahkan di Jakarta
`

func TestDiff(t *testing.T) {
	for name, c := range map[string]struct {
		change [2]string
		want   []string
	}{
		"itself":                {[2]string{"", ""}, nil},
		"typesetting":           {[2]string{"(2) Laporan memuat:\na. nama", "(2)  Laporan memuat :\na.  nama"}, nil},
		"a broken line":         {[2]string{"kepada Menteri paling", "kepada\nMenteri paling"}, nil},
		"a period":              {[2]string{"30 (tiga puluh) hari", "14 (empat belas) hari"}, []string{"amended pasal-1/ayat-1 period 30 (tiga puluh) hari -> 14 (empat belas) hari"}},
		"numbers that disagree": {[2]string{"30 (tiga puluh) hari", "30 (empat puluh) hari"}, []string{"amended pasal-1/ayat-1 period 30 (tiga puluh) hari -> 30 (empat puluh) hari ! 30 (empat puluh)"}},
		"an amount":             {[2]string{"Rp1.000.000,00 (satu juta rupiah)", "Rp2.000.000,00 (dua juta rupiah)"}, []string{"amended pasal-2 amount Rp1.000.000,00 (satu juta rupiah) -> Rp2.000.000,00 (dua juta rupiah)"}},
		"a duty":                {[2]string{"Penyelenggara wajib melapor", "Penyelenggara dapat melapor"}, []string{"amended pasal-1/ayat-1 duty wajib -> dapat"}},
		"a negation":            {[2]string{"Pelanggaran dikenai", "Pelanggaran tidak dikenai"}, []string{"amended pasal-2 duty  -> tidak"}},
		"a pasal is inserted":   {[2]string{"BAB II\n", "Pasal 2A\nKetentuan lain diatur Menteri.\nBAB II\n"}, []string{"inserted pasal-2a"}},
		"an ayat is deleted":    {[2]string{"(1) Penyelenggara wajib melapor kepada Menteri paling lama 30 (tiga puluh) hari.", "(1) Dihapus."}, []string{"deleted pasal-1/ayat-1"}},
		"an item goes":          {[2]string{"b. alamat kantor pusat penyelenggara; dan\nc. jumlah", "b. jumlah"}, []string{"renumbered pasal-1/ayat-2/huruf-b", "deleted pasal-1/ayat-2/huruf-b"}},
		"a pasal moves":         {[2]string{"Pasal 2\nPelanggaran dikenai denda paling banyak Rp1.000.000,00 (satu juta rupiah).\nBAB II\nPENUTUP\n", "BAB II\nPENUTUP\nPasal 2\nPelanggaran dikenai denda paling banyak Rp1.000.000,00 (satu juta rupiah).\n"}, []string{"moved pasal-2"}},
		"a title":               {[2]string{"BAB II\nPENUTUP", "BAB II\nKETENTUAN PENUTUP"}, []string{"amended bab-ii"}},
	} {
		before := ParseText(versionBefore)
		after := ParseText(strings.Replace(versionBefore, c.change[0], c.change[1], 1))
		var got []string
		for _, e := range Diff(before, after) {
			line := string(e.Type) + " " + e.Path
			for _, f := range e.Facts {
				if e.Type == Amended {
					line += " " + f.Kind + " " + f.Before + " -> " + f.After
				}
			}
			for _, f := range e.Flags {
				line += " ! " + f
			}
			got = append(got, line)
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// TestDiffOfTwoScans: what a scanner read differently is no event; what a
// legislator wrote differently is one in a scan too.
func TestDiffOfTwoScans(t *testing.T) {
	scan := strings.Replace(strings.Replace(versionBefore, "(2) Laporan", "(21 Laporan", 1), "Pelanggaran dikenai", "Pelanqgaran dikenai", 1)
	if events := Diff(ParseText(versionBefore), ParseText(scan)); len(events) > 0 {
		t.Errorf("a scan differs from its print: %+v", events)
	}
	for _, change := range [][2]string{{"tiga puluh", "lima puluh"}, {"wajib", "dapat"}, {"Rp1.000", "Rp7.000"}, {"penyelenggara yang terdaftar", "penyelenggara yang terdaftar dan aktif"}} {
		if events := Diff(ParseText(versionBefore), ParseText(strings.Replace(scan, change[0], change[1], 1))); len(events) == 0 {
			t.Errorf("%q for %q in a scan is no event", change[1], change[0])
		}
	}
}

func TestCite(t *testing.T) {
	for path, want := range map[string][2]string{
		"pasal-7/ayat-2/huruf-b":    {"Pasal 7 ayat (2) huruf b", "Article 7 paragraph (2) point b"},
		"pasal-47a":                 {"Pasal 47A", "Article 47A"},
		"bab-ixa":                   {"Bab IXA", "Chapter IXA"},
		"bab-ii/bagian-kesatu":      {"Bab II Bagian Kesatu", "Chapter II Part Kesatu"},
		"penjelasan/pasal-5/ayat-1": {"Penjelasan Pasal 5 ayat (1)", "Explanation of Article 5 paragraph (1)"},
		"lampiran-ii":               {"Lampiran II", "Annex II"},
	} {
		if got := [2]string{Cite(path, "id"), Cite(path, "en")}; got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
}
