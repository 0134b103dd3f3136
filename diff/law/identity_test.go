package law

import "testing"

func TestIdentify(t *testing.T) {
	kominfo := func(n string, y int) Identity {
		return Identity{Type: "PERMENKOMINFO", Issuer: "Menteri Komunikasi dan Informatika", Number: n, Year: y}
	}
	uu := func(n string, y int) Identity { return Identity{Type: "UU", Issuer: "Presiden", Number: n, Year: y} }
	for text, want := range map[string]Identity{
		"Peraturan Menteri Komunikasi dan Informatika Nomor 5 Tahun 2020 tentang Penyelenggara": kominfo("5", 2020),
		"PERATURAN MENTERI KOMUNIKASI DAN INFORMATIKA REPUBLIK INDONESIA\nNOMOR 5 TAHUN 2020":   kominfo("5", 2020),
		"Permenkominfo 5/2020":                kominfo("5", 2020),
		"PERMENKOMINFO No. 5 Th. 2020":        kominfo("5", 2020),
		"Permen Kominfo Nomor 5 Tahun 2020":   kominfo("5", 2020),
		"PERMENKOMINFO_2020_005.md":           kominfo("5", 2020),
		"permenkominfo-no-8-tahun-2019":       kominfo("8", 2019),
		"Peraturan Menteri Kominfo No 5/2020": kominfo("5", 2020),
		"Peraturan Menteri Komunikasi dan Informatika Nomor: 26/PER/M.KOMINFO/5/2007":                    kominfo("26", 2007),
		"Peraturan Menteri Komunikasi dan Informatika Nomor 01/PER/M.KOMINFO/01/2010 Tahun 2010 tentang": kominfo("1", 2010),
		"Peraturan Menteri Nomor 26/PER/M.KOMINFO/5/2007":                                                kominfo("26", 2007),
		"https://peraturan.bpk.go.id/Details/37589/uu-no-11-tahun-2008":                                  uu("11", 2008),
		"Undang-undang (UU) Nomor 11 Tahun 2008 tentang Informasi":                                       uu("11", 2008),
		"UNDANG.UNDANG REPUBLIK INDONESI.A\nNOMOR 1 TAHUN 2024":                                          uu("1", 2024),
		"UNDANG-UNDANG NOMOR I1 TAHUN 2OO8":                                                              uu("11", 2008),
		"UU 11/2008":                                                                                     uu("11", 2008),
		"UU_1999_036.md":                                                                                 uu("36", 1999),
		"UU12-2011":                                                                                      uu("12", 2011),
		"/permenkominfo-no-26permkominfo52007-tahun-200":                                                 kominfo("26", 2007),
		"UU ITE 11 of old":                                                                               {},
		"Peraturan Pemerintah Pengganti Undang-Undang Nomor 2 Tahun 2022":                                {Type: "PERPU", Issuer: "Presiden", Number: "2", Year: 2022},
		"Perppu 2/2022":                         {Type: "PERPU", Issuer: "Presiden", Number: "2", Year: 2022},
		"PP71/2019":                             {Type: "PP", Issuer: "Presiden", Number: "71", Year: 2019},
		"Peraturan Presiden RI No. 95 Thn 2018": {Type: "PERPRES", Issuer: "Presiden", Number: "95", Year: 2018},
		"Peraturan Otoritas Jasa Keuangan Nomor 13/POJK.02/2018": {Type: "POJK", Issuer: "Otoritas Jasa Keuangan", Number: "13", Year: 2018},
		"POJK 13/2018": {Type: "POJK", Issuer: "Otoritas Jasa Keuangan", Number: "13", Year: 2018},
		"Surat Edaran OJK Nomor 14/SEOJK.07/2014":                                         {Type: "SEOJK", Issuer: "Otoritas Jasa Keuangan", Number: "14", Year: 2014},
		"Peraturan Bank Indonesia Nomor 23/6/PBI/2021":                                    {Type: "PBI", Issuer: "Bank Indonesia", Number: "23/6", Year: 2021},
		"PBI No. 3 Tahun 2023":                                                            {Type: "PBI", Issuer: "Bank Indonesia", Number: "3", Year: 2023},
		"PADG Nomor 24/7/PADG/2022":                                                       {Type: "PADG", Issuer: "Bank Indonesia", Number: "24/7", Year: 2022},
		"Permenkomdigi Nomor 1 Tahun 2025":                                                {Type: "PERMENKOMDIGI", Issuer: "Menteri Komunikasi dan Digital", Number: "1", Year: 2025},
		"Keputusan Menteri Perhubungan Nomor KM. 21 Tahun 2001":                           {Type: "KEPMENHUB", Issuer: "Menteri Perhubungan", Number: "21", Year: 2001},
		"Kepmenkominfo Nomor 112 Tahun 2023":                                              {Type: "KEPMENKOMINFO", Issuer: "Menteri Komunikasi dan Informatika", Number: "112", Year: 2023},
		"Peraturan Menteri Keuangan Republik Indonesia Nomor 59/PMK.03/2022":              {Type: "PMK", Issuer: "Menteri Keuangan", Number: "59", Year: 2022},
		"Peraturan Badan Siber dan Sandi Negara Nomor 8 Tahun 2020":                       {Type: "PERBSSN", Issuer: "Badan Siber dan Sandi Negara", Number: "8", Year: 2020},
		"Peraturan BSSN No. 8/2020":                                                       {Type: "PERBSSN", Issuer: "Badan Siber dan Sandi Negara", Number: "8", Year: 2020},
		"Peraturan Menteri Perindustrian Nomor 2/M-IND/PER/1/2014":                        {Type: "PERMENPERIN", Issuer: "Menteri Perindustrian", Number: "2", Year: 2014},
		"Peraturan Menteri Hukum dan Hak Asasi Manusia Nomor M.HH-01.AH.01.01 Tahun 2015": {Type: "PERMENKUMHAM", Issuer: "Menteri Hukum dan Hak Asasi Manusia", Number: "M.HH-01.AH.01.01", Year: 2015},
		"Peraturan Menteri Percepatan Contoh Nomor 7 Tahun 2024":                          {Type: "PERMEN", Issuer: "Menteri Percepatan Contoh", Number: "7", Year: 2024},
		"PERATURAN DAERAH PROVINSI DAERAH KHUSUS IBUKOTA JAKARTA NOMOR 8 TAHUN 2007":      {Type: "PERDA", Issuer: "Daerah Provinsi Daerah Khusus Ibukota Jakarta", Number: "8", Year: 2007},
		"RPM Komdigi tentang Pelindungan Anak":                                            {Type: "PERMENKOMDIGI", Issuer: "Menteri Komunikasi dan Digital", Draft: true},
		"RUU tentang Penyiaran":                                                           {Type: "UU", Issuer: "Presiden", Draft: true},
		"Rancangan Peraturan Pemerintah tentang Contoh":                                   {Type: "PP", Issuer: "Presiden", Draft: true},
		"ROJK tentang Contoh":                                                             {Type: "POJK", Issuer: "Otoritas Jasa Keuangan", Draft: true},
		"Peraturan Menteri ini mulai berlaku":                                             {},
		"Undang-Undang Dasar Negara Republik Indonesia Tahun 1945":                        {},
		"": {},
	} {
		got, ok := Identify(text)
		if want == (Identity{}) {
			if ok {
				t.Errorf("%q: got %+v, want none", text, got)
			}
			continue
		}
		if !ok || got != want {
			t.Errorf("%q:\n got %+v %v\nwant %+v", text, got, ok, want)
		}
	}
}

func TestIdentityKeysTellRegulationsApart(t *testing.T) {
	for text, want := range map[string]string{
		"Permenkominfo 5/2020":                                   "permenkominfo-5-2020",
		"RPM Komdigi tentang Pelindungan Anak":                   "rancangan-permenkomdigi",
		"Peraturan Menteri Percepatan Contoh Nomor 7 Tahun 2024": "permen-menteri-percepatan-contoh-7-2024",
		"Peraturan Bank Indonesia Nomor 23/6/PBI/2021":           "pbi-23-6-2021",
		"Peraturan Bupati Contoh Nomor 3 Tahun 2011":             "perbup-bupati-contoh-3-2011",
	} {
		id, ok := Identify(text)
		if !ok || id.Key() != want {
			t.Errorf("%q: key %q, want %q", text, id.Key(), want)
		}
	}
}

func TestMentionsListsEachRegulationOnce(t *testing.T) {
	text := "Undang-Undang Nomor 11 Tahun 2008 sebagaimana telah diubah dengan Undang-Undang Nomor 19 Tahun 2016; Peraturan Menteri ini; PP 71/2019."
	var got []string
	for _, m := range Mentions(text) {
		got = append(got, m.String()+" "+text[m.At.Start:m.At.End])
	}
	want := []string{
		"UU 11/2008 Undang-Undang Nomor 11 Tahun 2008",
		"UU 19/2016 Undang-Undang Nomor 19 Tahun 2016",
		"PP 71/2019 PP 71/2019",
	}
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("mention %d: %q, want %q", i, got[i], want[i])
		}
	}
}

func FuzzIdentify(f *testing.F) {
	f.Add("Peraturan Menteri Komunikasi dan Informatika Nomor 5 Tahun 2020")
	f.Add("UU_1999_036.md")
	f.Fuzz(func(t *testing.T, text string) {
		id, ok := Identify(text)
		if ok && id.Type == "" {
			t.Errorf("%q is a regulation without a type", text)
		}
		for _, m := range Mentions(text) {
			if m.At.Start < 0 || m.At.End > len(text) || m.At.Start >= m.At.End {
				t.Errorf("%q: mention at %v", text, m.At)
			}
		}
	})
}
