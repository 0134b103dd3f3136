package law

import (
	"fmt"
	"strings"
	"testing"
)

// said writes operations one a line: "insert pasal-40/ayat-2 + pasal-40/ayat-2a".
func said(ops []Operation) string {
	var lines []string
	for _, o := range ops {
		line := fmt.Sprintf("%s %s", o.Op, o.Target)
		if len(o.New) > 0 {
			line += " + " + strings.Join(o.New, " ")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

func TestInstructions(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Ketentuan Pasal 3 diubah sehingga berbunyi sebagai berikut:", "amend pasal-3"},
		{"Pasal 12 dihapus.", "delete pasal-12"},
		{"Ketentuan ayat (3) dan ayat (4) Pasal 31 diubah sehingga Pasal 31 berbunyi sebagai berikut:", "amend pasal-31/ayat-3; amend pasal-31/ayat-4"},
		{"Ketentuan Pasal 1 angka 12 dan angka 13 diubah sehingga Pasal 1 berbunyi sebagai berikut:", "amend pasal-1/angka-12; amend pasal-1/angka-13"},
		{"Ketentuan angka 12 dan angka 13 Pasal 1, diubah sehingga Pasal 1 berbunyi", "amend pasal-1/angka-12; amend pasal-1/angka-13"},
		{"Ketentuan Pasal 7 ayat (2) huruf b diubah sehingga berbunyi:", "amend pasal-7/ayat-2/huruf-b"},
		{"Ketentuan huruf b ayat (2) Pasal 7 diubah sehingga berbunyi:", "amend pasal-7/ayat-2/huruf-b"},
		{"Ketentuan Pasal 5, Pasal 6, dan Pasal 7 ayat (1) diubah", "amend pasal-5; amend pasal-6; amend pasal-7/ayat-1"},
		{"Ketentuan Pasal 5 ayat (1), ayat (3), dan Pasal 8 ayat (2) dihapus.", "delete pasal-5/ayat-1; delete pasal-5/ayat-3; delete pasal-8/ayat-2"},
		{"Di antara Pasal 47 dan Pasal 48 disisipkan 1 (satu) pasal, yakni Pasal 47A sehingga berbunyi", "insert pasal-47 + pasal-47a"},
		{"Diantara Pasal 16 dan Pasal 17 disisipkan 2 (dua) pasal, yakni Pasal 16A dan Pasal 168 sehingga berbunyi", "insert pasal-16 + pasal-16a pasal-16b"},
		{"Di antara angka 6 dan angka 7 Pasal 1 disisipkan 1 (satu) angka, yakni angka 6a sehingga Pasal 1 berbunyi sebagai berikut:", "insert pasal-1/angka-6 + pasal-1/angka-6a"},
		{"Ketentuan Pasal 26 ditambah 3 (tiga) ayat, yakni ayat (3), ayat (4), dan ayat (5) sehingga Pasal 26 berbunyi", "insert pasal-26 + pasal-26/ayat-3 pasal-26/ayat-4 pasal-26/ayat-5"},
		{"Ketentuan ayat (2) dan ayat (4) Pasal 63 diubah dan ditambahkan 3 (tiga) ayat, yakni ayat (5), ayat (6), dan ayat (7) sehingga Pasal 63 berbunyi",
			"amend pasal-63/ayat-2; amend pasal-63/ayat-4; insert pasal-63 + pasal-63/ayat-5 pasal-63/ayat-6 pasal-63/ayat-7"},
		{"Di antara ayat (2) dan ayat (3) Pasal 4O disisipkan 2 (dua) ayat, yakni ayat (2al dan ayat (2b); ketentuan ayat (6) Pasal 40 diubah; serta penjelasan ayat (1) pasal 4O diubah sehingga Pasal 4O berbunyi",
			"insert pasal-40/ayat-2 + pasal-40/ayat-2a pasal-40/ayat-2b; amend pasal-40/ayat-6; explain pasal-40/ayat-1"},
		{"Ketentuan ayat (1) Pasal 17 diubah, dan di antara ayal l2l dan ayat (3) Pasal 17 disisipkan 1 (satu) ayat, yakni ayat (2a1, dar ketentuan ayat (3) Pasal 17 diubah sehingga",
			"amend pasal-17/ayat-1; insert pasal-17/ayat-2 + pasal-17/ayat-2a; amend pasal-17/ayat-3"},
		{"Ketentuan ayat (41 Pasal 5 serta penjelasan ayat (1) dan ayat (4) Pasal 5 diubah sehingga Pasal 5 berbunyi",
			"amend pasal-5/ayat-4; explain pasal-5/ayat-1; explain pasal-5/ayat-4"},
		{"Ketentuan ayat (5) Pasal 43 ditambahkan 1 (satu) huruf, yakni huruf l, dan penjelasan ayat (5) huruf j Pasal 43 diubah sehingga",
			"insert pasal-43/ayat-5 + pasal-43/ayat-5/huruf-l; explain pasal-43/ayat-5/huruf-j"},
		{"Ketentuan Pasal 45 diubah serta di antara Pasal 45 dan Pasal 46 disisipkan 2 (dua) pasal, yakni Pasal 45A dan Pasal 45B sehingga berbunyi",
			"amend pasal-45; insert pasal-45 + pasal-45a pasal-45b"},
		{"Ketentuan Pasal 5 tetap dengan perubahan penjelasan ayat (1) dan ayat (2) sehingga penjelasan Pasal 5 menjadi sebagaimana ditetapkan dalam penjelasan pasal demi pasal Undang-Undang ini.",
			"explain pasal-5/ayat-1; explain pasal-5/ayat-2"},
		{"Penjelasan Pasal 15 ayat (1) diubah sebagaimana tercantum dalam penjelasan.", "explain pasal-15/ayat-1"},
		{"Judul BAB IV diubah sehingga berbunyi:", "retitle bab-iv"},
		{"Judul Bagian Kesatu BAB IV diubah sehingga berbunyi:", "retitle bab-iv/bagian-kesatu"},
		{"Di antara BAB IX dan BAB X disisipkan 1 (satu) bab, yakni BAB IXA sehingga berbunyi:", "insert bab-ix + bab-ixa"},
		{"Ketentuan Lampiran IV diubah sehingga menjadi sebagaimana tercantum dalam Lampiran IV yang merupakan bagian tidak terpisahkan", "amend lampiran-iv"},
		{"Lampiran diganti sehingga menjadi sebagaimana tercantum dalam Lampiran", "amend lampiran"},
		{"Ketentuan Pasal 47 dalam Peraturan Menteri Komunikasi dan Informatika Nomor 5 Tahun 2020 tentang Penyelenggara (Berita Negara Republik Indonesia Tahun 2020 Nomor 1376), diubah sebagai berikut:", "amend pasal-47"},
		{"Ketentuan ayat (1) sampai dengan ayat (4) Pasal 9 dihapus.", "delete pasal-9/ayat-1; delete pasal-9/ayat-2; delete pasal-9/ayat-3; delete pasal-9/ayat-4"},
		{"Pasal 3 ayat (1), (2), dan (5) diubah", "amend pasal-3/ayat-1; amend pasal-3/ayat-2; amend pasal-3/ayat-5"},
		{"Ketentuan Pasal 4 ayat (1) diubah, ayat (2) dihapus, sehingga Pasal 4 berbunyi", "amend pasal-4/ayat-1; delete pasal-4/ayat-2"},
		{"Setelah Pasal 9 ditambahkan 1 (satu) pasal baru, yaitu Pasal 9A yang berbunyi", "insert pasal-9 + pasal-9a"},
		{"Mengubah ketentuan Pasal 5 ayat (2) sehingga berbunyi:", "amend pasal-5/ayat-2"},
		{"Menghapus Pasal 6 dan Pasal 7.", "delete pasal-6; delete pasal-7"},
		{"Frasa \"Pasal 9 ayat (3)\" dalam Pasal 5 ayat (1) diubah menjadi \"Pasal 10\".", "amend pasal-5/ayat-1"},
		{"Beberapa ketentuan dalam Undang-Undang Nomor 11 Tahun 2008 tentang Informasi sebagaimana telah diubah dengan Undang-Undang Nomor 19 Tahun 2016 diubah sebagai berikut:", ""},
		{"Ketentuan Pasal 7 ayat (1) diubah sehingga Pasal 7 selengkapnya berbunyi sebagai berikut :", "amend pasal-7/ayat-1"},
		{"Menambah 1 (satu) ayat pada Pasal 7, yakni ayat (3) yang berbunyi:", "insert pasal-7 + pasal-7/ayat-3"},
		{"Di antara huruf b dan huruf c ayat (2) Pasal 7 disisipkan 1 (satu) huruf, yakni huruf b1 sehingga", "insert pasal-7/ayat-2/huruf-b + pasal-7/ayat-2/huruf-b1"},
		{"Di antara ayat (7) dan ayat (8) Pasal 43 disisipkan 1 (satu) ayat yakni ayat (7a) serta penjelasan ayat (1) Pasal 43 diubah sehingga Pasal 43 berbunyi", "insert pasal-43/ayat-7 + pasal-43/ayat-7a; explain pasal-43/ayat-1"},
		{"Di antara BAB V dan BAB VI disisipkan 1 (satu) bab, yakni BAB VA yang terdiri atas 2 (dua) pasal, yakni Pasal 20A dan Pasal 20B sehingga", "insert bab-v + bab-va pasal-20a pasal-20b"},
		{"Pasal 12 ayat (1) huruf c dihapus dan huruf d diubah sehingga berbunyi", "delete pasal-12/ayat-1/huruf-c; amend pasal-12/ayat-1/huruf-d"},
		{"Pasal 12 huruf c diubah dan di antara huruf c dan huruf d disisipkan 1 (satu) huruf, yakni huruf c1 sehingga", "amend pasal-12/huruf-c; insert pasal-12/huruf-c + pasal-12/huruf-c1"},
		{"Ketentuan Pasal 17 ayat (1) huruf a dan b diubah", "amend pasal-17/ayat-1/huruf-a; amend pasal-17/ayat-1/huruf-b"},
		{"Ketentuan Pasal 7 ditambah 1 (satu) ayat baru yakni ayat (5) sehingga Pasal 7 berbunyi", "insert pasal-7 + pasal-7/ayat-5"},
		{"Sesudah Pasal 30 ditambahkan Pasal 30A dan Pasal 30B yang berbunyi:", "insert pasal-30 + pasal-30a pasal-30b"},
		{"Bagian Keempat BAB III dihapus.", "delete bab-iii/bagian-keempat"},
		{"Ketentuan Pasal 8 huruf c diubah dan ditambah 2 (dua) huruf yakni huruf g dan huruf h sehingga", "amend pasal-8/huruf-c; insert pasal-8 + pasal-8/huruf-g pasal-8/huruf-h"},
		{"Ketentuan Pasal 1 angka 5 diubah dan ditambahkan angka 26 sehingga Pasal 1 berbunyi", "amend pasal-1/angka-5; insert pasal-1 + pasal-1/angka-26"},
		{"Pasal 9 dan penjelasannya dihapus.", "delete pasal-9"},
		{"Pasal 2 sampai dengan Pasal 4 dihapus.", "delete pasal-2; delete pasal-3; delete pasal-4"},
		{"Ketentuan Pasal 14 huruf a angka 2 diubah", "amend pasal-14/huruf-a/angka-2"},
		{"Ketentuan Pasal 1 angka 3 huruf a diubah", "amend pasal-1/angka-3/huruf-a"},
		{"Judul Bab III diubah dari \"Tata Cara\" menjadi \"Tata Cara Pendaftaran\".", "retitle bab-iii"},
		{"Ketentuan ayat (1) huruf a, huruf c, dan ayat (3) Pasal 6 diubah", "amend pasal-6/ayat-1/huruf-a; amend pasal-6/ayat-1/huruf-c; amend pasal-6/ayat-3"},
		{"Di antara Pasal 33 dan Pasal 34 disisipkan 1 (satu) Bab yaitu Bab VIIIA dengan Pasal 33A sampai dengan Pasal 33C yang berbunyi", "insert pasal-33 + bab-viiia pasal-33a pasal-33b pasal-33c"},
		{"Ketentuan Pasal 10 dicabut.", "delete pasal-10"},
		{"Ketentuan Pasal 4 ayat (2) dan ayat (3) dihapus, dan ditambah 1 (satu) ayat, yaitu ayat (5), sehingga Pasal 4 berbunyi", "delete pasal-4/ayat-2; delete pasal-4/ayat-3; insert pasal-4 + pasal-4/ayat-5"},
		{"Ketentuan Pasal 21 ayat (1), Pasal 22, dan Pasal 23 ayat (2) diubah", "amend pasal-21/ayat-1; amend pasal-22; amend pasal-23/ayat-2"},
		{"Ketentuan Pasal 11 ayat (1) dan ayat (2) diubah, di antara ayat (3) dan ayat (4) disisipkan 2 (dua) ayat, yakni ayat (3a) dan ayat (3b), dan ayat (5) dihapus sehingga Pasal 11 berbunyi",
			"amend pasal-11/ayat-1; amend pasal-11/ayat-2; insert pasal-11/ayat-3 + pasal-11/ayat-3a pasal-11/ayat-3b; delete pasal-11/ayat-5"},
	} {
		if got := said(operationsOf(c.text, "1", "pasal-i/angka-1", Identity{})); got != c.want {
			t.Errorf("%s\n got  %s\n want %s", c.text, got, c.want)
		}
	}
}
