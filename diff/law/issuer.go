package law

import "strings"

// form is a type of regulation with one issuer: its short name and the words
// that a text may call it by. The longest that fits is taken.
type form struct {
	short  string
	issuer string
	names  []string
}

var forms = []form{
	{"UUD", "Majelis Permusyawaratan Rakyat", []string{"undang undang dasar", "undang undang dasar negara republik indonesia", "uud nri", "uud"}},
	{"TAPMPR", "Majelis Permusyawaratan Rakyat", []string{"ketetapan majelis permusyawaratan rakyat", "ketetapan mpr", "tap mpr", "tap mpr ri"}},
	{"UUDRT", "Presiden", []string{"undang undang darurat", "uu drt", "uudrt"}},
	{"UU", "Presiden", []string{"undang undang", "undangundang", "uu"}},
	{"PERPU", "Presiden", []string{"peraturan pemerintah pengganti undang undang", "peraturan pemerintah pengganti undangundang", "perpu", "perppu"}},
	{"PP", "Presiden", []string{"peraturan pemerintah", "pp"}},
	{"PERPRES", "Presiden", []string{"peraturan presiden", "perpres"}},
	{"KEPPRES", "Presiden", []string{"keputusan presiden", "keppres", "kepres"}},
	{"INPRES", "Presiden", []string{"instruksi presiden", "inpres"}},
	{"PENPRES", "Presiden", []string{"penetapan presiden", "penpres"}},
	{"POJK", "Otoritas Jasa Keuangan", []string{"peraturan otoritas jasa keuangan", "peraturan ojk", "pojk"}},
	{"SEOJK", "Otoritas Jasa Keuangan", []string{"surat edaran otoritas jasa keuangan", "surat edaran ojk", "se ojk", "seojk"}},
	{"PADK", "Otoritas Jasa Keuangan", []string{"peraturan anggota dewan komisioner otoritas jasa keuangan", "peraturan anggota dewan komisioner", "padk"}},
	{"PDK", "Otoritas Jasa Keuangan", []string{"peraturan dewan komisioner otoritas jasa keuangan", "peraturan dewan komisioner"}},
	{"PBI", "Bank Indonesia", []string{"peraturan bank indonesia", "pbi"}},
	{"PADG", "Bank Indonesia", []string{"peraturan anggota dewan gubernur bank indonesia", "peraturan anggota dewan gubernur", "padg"}},
	{"PDG", "Bank Indonesia", []string{"peraturan dewan gubernur bank indonesia", "peraturan dewan gubernur", "pdg"}},
	{"SEBI", "Bank Indonesia", []string{"surat edaran bank indonesia", "se bi", "sebi"}},
	{"PLPS", "Lembaga Penjamin Simpanan", []string{"peraturan lembaga penjamin simpanan", "plps"}},
	{"PERMA", "Mahkamah Agung", []string{"peraturan mahkamah agung", "perma"}},
	{"SEMA", "Mahkamah Agung", []string{"surat edaran mahkamah agung", "sema"}},
	{"PERMK", "Mahkamah Konstitusi", []string{"peraturan mahkamah konstitusi"}},
	{"PERBPK", "Badan Pemeriksa Keuangan", []string{"peraturan badan pemeriksa keuangan", "peraturan bpk"}},
	{"PKPU", "Komisi Pemilihan Umum", []string{"peraturan komisi pemilihan umum", "peraturan kpu", "pkpu"}},
	{"PMK", "Menteri Keuangan", []string{"peraturan menteri keuangan", "permenkeu", "permen keuangan", "pmk"}},
	{"KMK", "Menteri Keuangan", []string{"keputusan menteri keuangan", "kepmenkeu", "kmk"}},
}

// office opens a type that many offices share: what follows names the office.
type office struct {
	short  string // before the office's own short name
	issuer string // before the office's words
	names  []string
	place  bool // the office is of a place: a province, regency or town
	glued  bool // the office's short name may be glued to it: "permenkominfo"
}

var offices = []office{
	{"PERMEN", "Menteri", []string{"peraturan menteri", "peraturan menteri negara", "permeneg", "permen"}, false, true},
	{"KEPMEN", "Menteri", []string{"keputusan menteri", "keputusan menteri negara", "surat keputusan menteri", "kepmeneg", "kepmen"}, false, true},
	{"INMEN", "Menteri", []string{"instruksi menteri", "inmen"}, false, true},
	{"SEMEN", "Menteri", []string{"surat edaran menteri", "se menteri", "semen"}, false, false},
	{"PERKA", "Kepala", []string{"peraturan kepala", "perka"}, false, true},
	{"KEPKA", "Kepala", []string{"keputusan kepala"}, false, true},
	{"SEKA", "Kepala", []string{"surat edaran kepala"}, false, false},
	{"PERDIRJEN", "Direktur Jenderal", []string{"peraturan direktur jenderal", "peraturan direktorat jenderal", "perdirjen"}, false, true},
	{"KEPDIRJEN", "Direktur Jenderal", []string{"keputusan direktur jenderal", "keputusan direktorat jenderal", "kepdirjen"}, false, true},
	{"SEDIRJEN", "Direktur Jenderal", []string{"surat edaran direktur jenderal"}, false, false},
	{"PERSEKJEN", "Sekretaris Jenderal", []string{"peraturan sekretaris jenderal", "persekjen"}, false, true},
	{"KEPSEKJEN", "Sekretaris Jenderal", []string{"keputusan sekretaris jenderal"}, false, false},
	{"PERDA", "Daerah", []string{"peraturan daerah", "peraturan daerah khusus", "perda"}, true, false},
	{"PERDASUS", "Daerah", []string{"peraturan daerah khusus provinsi", "perdasus"}, true, false},
	{"QANUN", "Daerah", []string{"qanun"}, true, false},
	{"PERGUB", "Gubernur", []string{"peraturan gubernur", "pergub"}, true, false},
	{"KEPGUB", "Gubernur", []string{"keputusan gubernur", "kepgub"}, true, false},
	{"PERBUP", "Bupati", []string{"peraturan bupati", "perbup"}, true, false},
	{"PERWALI", "Wali Kota", []string{"peraturan wali kota", "peraturan walikota", "perwali", "perwal", "perwako"}, true, false},
	{"PER", "", []string{"peraturan badan", "perban"}, false, false},
	{"PER", "", []string{"peraturan komisi"}, false, false},
	{"PER", "", []string{"peraturan dewan"}, false, false},
	{"PER", "", []string{"peraturan lembaga"}, false, false},
	{"PER", "", []string{"peraturan kejaksaan", "peraturan jaksa"}, false, false},
	{"PER", "", []string{"peraturan kepolisian"}, false, false},
	{"PER", "", []string{"peraturan ombudsman"}, false, false},
	{"PER", "", []string{"peraturan arsip"}, false, false},
	{"PER", "", []string{"peraturan perpustakaan"}, false, false},
	{"PER", "", []string{"peraturan otorita"}, false, false},
	{"PER", "", []string{"peraturan pusat"}, false, false},
	{"PER", "", []string{"peraturan sekretaris"}, false, false},
	{"PER", "", []string{"peraturan ketua"}, false, false},
	{"KEP", "", []string{"keputusan ketua"}, false, false},
	{"KEP", "", []string{"keputusan badan"}, false, false},
	{"KEP", "", []string{"keputusan komisi"}, false, false},
	{"KEP", "", []string{"keputusan dewan"}, false, false},
	{"KEP", "", []string{"keputusan gubernur bank"}, false, false},
	{"KEP", "", []string{"keputusan direksi"}, false, false},
	{"KEP", "", []string{"keputusan jaksa"}, false, false},
	{"SE", "", []string{"surat edaran"}, false, false},
}

// agency is an office with the short names that stand for it in the short name
// of a type, in a number ("5/PER/M.KOMINFO/2007") and in file names.
type agency struct {
	short string
	name  string // without "Menteri", "Kepala"
	also  []string
}

var agencies = []agency{
	{"KOMINFO", "Komunikasi dan Informatika", []string{"m kominfo", "menkominfo"}},
	{"KOMDIGI", "Komunikasi dan Digital", []string{"m komdigi", "menkomdigi"}},
	{"KEU", "Keuangan", []string{"menkeu"}},
	{"HUB", "Perhubungan", []string{"menhub"}},
	{"KES", "Kesehatan", []string{"menkes"}},
	{"DAG", "Perdagangan", []string{"mendag", "m dag"}},
	{"PERIN", "Perindustrian", []string{"menperin", "m ind"}},
	{"NAKER", "Ketenagakerjaan", []string{"menaker", "permenaker", "ketenagakerjaan"}},
	{"NAKERTRANS", "Tenaga Kerja dan Transmigrasi", []string{"menakertrans"}},
	{"NAKER", "Tenaga Kerja", nil},
	{"KUMHAM", "Hukum dan Hak Asasi Manusia", []string{"menkumham"}},
	{"KUM", "Hukum", []string{"menkum"}},
	{"HAM", "Hak Asasi Manusia", nil},
	{"DAGRI", "Dalam Negeri", []string{"mendagri"}},
	{"LU", "Luar Negeri", []string{"menlu"}},
	{"HAN", "Pertahanan", []string{"menhan"}},
	{"ESDM", "Energi dan Sumber Daya Mineral", []string{"m esdm"}},
	{"PUPR", "Pekerjaan Umum dan Perumahan Rakyat", []string{"menpupr"}},
	{"PU", "Pekerjaan Umum", nil},
	{"LHK", "Lingkungan Hidup dan Kehutanan", []string{"menlhk"}},
	{"LH", "Lingkungan Hidup", []string{"menlh"}},
	{"HUT", "Kehutanan", []string{"menhut"}},
	{"TAN", "Pertanian", []string{"mentan"}},
	{"KP", "Kelautan dan Perikanan", []string{"men kp", "menkp"}},
	{"DIKBUD", "Pendidikan dan Kebudayaan", []string{"mendikbud"}},
	{"DIKBUDRISTEK", "Pendidikan, Kebudayaan, Riset, dan Teknologi", []string{"mendikbudristek"}},
	{"DIKNAS", "Pendidikan Nasional", []string{"mendiknas"}},
	{"RISTEKDIKTI", "Riset, Teknologi, dan Pendidikan Tinggi", []string{"menristekdikti"}},
	{"AG", "Agama", []string{"menag"}},
	{"SOS", "Sosial", []string{"mensos"}},
	{"BUMN", "Badan Usaha Milik Negara", []string{"mbu"}},
	{"PANRB", "Pendayagunaan Aparatur Negara dan Reformasi Birokrasi", []string{"menpanrb"}},
	{"PAN", "Pendayagunaan Aparatur Negara", []string{"m pan", "menpan"}},
	{"PPPA", "Pemberdayaan Perempuan dan Perlindungan Anak", nil},
	{"KUKM", "Koperasi dan Usaha Kecil dan Menengah", []string{"m kukm"}},
	{"KOPUKM", "Koperasi dan Usaha Kecil, Mikro, dan Menengah", nil},
	{"PAREKRAF", "Pariwisata dan Ekonomi Kreatif", []string{"menparekraf"}},
	{"PAR", "Pariwisata", []string{"menpar"}},
	{"ATRBPN", "Agraria dan Tata Ruang/Kepala Badan Pertanahan Nasional", []string{"atr bpn"}},
	{"PPN", "Perencanaan Pembangunan Nasional/Kepala Badan Perencanaan Pembangunan Nasional", []string{"ppn bappenas"}},
	{"EKON", "Koordinator Bidang Perekonomian", []string{"permenko perekonomian"}},
	{"INVES", "Investasi/Kepala Badan Koordinasi Penanaman Modal", nil},
	{"SETNEG", "Sekretaris Negara", []string{"mensesneg"}},
	{"PORA", "Pemuda dan Olahraga", []string{"menpora"}},
	{"DESA", "Desa, Pembangunan Daerah Tertinggal, dan Transmigrasi", nil},
	{"KOPERASI", "Koperasi", nil},
	{"BSSN", "Badan Siber dan Sandi Negara", nil},
	{"BPOM", "Badan Pengawas Obat dan Makanan", []string{"bpom"}},
	{"BKPM", "Badan Koordinasi Penanaman Modal", nil},
	{"BAPETEN", "Badan Pengawas Tenaga Nuklir", nil},
	{"BPS", "Badan Pusat Statistik", nil},
	{"BKN", "Badan Kepegawaian Negara", nil},
	{"BMKG", "Badan Meteorologi, Klimatologi, dan Geofisika", nil},
	{"BNPB", "Badan Nasional Penanggulangan Bencana", nil},
	{"BNPT", "Badan Nasional Penanggulangan Terorisme", nil},
	{"BPKP", "Badan Pengawasan Keuangan dan Pembangunan", nil},
	{"BSN", "Badan Standardisasi Nasional", nil},
	{"BRIN", "Badan Riset dan Inovasi Nasional", nil},
	{"BIG", "Badan Informasi Geospasial", nil},
	{"BPH", "Badan Pengatur Hilir Minyak dan Gas Bumi", nil},
	{"BAWASLU", "Badan Pengawas Pemilihan Umum", nil},
	{"BAPPEBTI", "Badan Pengawas Perdagangan Berjangka Komoditi", nil},
	{"BAPEPAMLK", "Badan Pengawas Pasar Modal dan Lembaga Keuangan", nil},
	{"LKPP", "Lembaga Kebijakan Pengadaan Barang/Jasa Pemerintah", nil},
	{"LAN", "Lembaga Administrasi Negara", nil},
	{"LEMSANEG", "Lembaga Sandi Negara", nil},
	{"PPATK", "Pusat Pelaporan dan Analisis Transaksi Keuangan", nil},
	{"KPPU", "Komisi Pengawas Persaingan Usaha", nil},
	{"KPI", "Komisi Penyiaran Indonesia", nil},
	{"KPK", "Komisi Pemberantasan Korupsi", nil},
	{"KI", "Komisi Informasi", nil},
	{"POLRI", "Kepolisian Negara Republik Indonesia", []string{"perkap"}},
	{"KEJAGUNG", "Jaksa Agung", nil},
	{"ANRI", "Arsip Nasional Republik Indonesia", nil},
	{"POSTEL", "Pos dan Telekomunikasi", nil},
	{"SDPPI", "Sumber Daya dan Perangkat Pos dan Informatika", nil},
	{"PPI", "Penyelenggaraan Pos dan Informatika", nil},
	{"APTIKA", "Aplikasi Informatika", nil},
	{"PAJAK", "Pajak", nil},
	{"BC", "Bea dan Cukai", nil},
}

// drafts are the short names of drafts: the type that the draft would become.
var drafts = map[string]string{
	"ruu": "UU", "rpp": "PP", "rperpu": "PERPU", "rperppu": "PERPU", "rperpres": "PERPRES", "rpm": "PERMEN", "rpermen": "PERMEN",
	"rpojk": "POJK", "rojk": "POJK", "rseojk": "SEOJK", "rpbi": "PBI", "rpadg": "PADG", "rpmk": "PMK", "rkepmen": "KEPMEN",
	"raperda": "PERDA", "ranperda": "PERDA", "rper": "PER",
}

// registers of names, made once from the tables above.
var (
	formNames   = indexNames(len(forms), func(i int) []string { return forms[i].names })
	officeNames = indexNames(len(offices), func(i int) []string { return offices[i].names })
	agencyNames = indexNames(len(agencies), func(i int) []string {
		return append([]string{plainName(agencies[i].name), strings.ToLower(agencies[i].short)}, agencies[i].also...)
	})
)

// indexNames maps each name to its row. The first row that has a name keeps it.
func indexNames(n int, names func(int) []string) map[string]int {
	index := make(map[string]int)
	for i := range n {
		for _, name := range names(i) {
			if _, taken := index[name]; !taken {
				index[name] = i
			}
		}
	}
	return index
}

// plainName is a name in the form it is looked up by: lower case, no
// punctuation, no "republik indonesia", no "dan".
func plainName(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !isAlnum(r) })
	kept := words[:0]
	for i, w := range words {
		if w == "dan" || w == "negara" && i == 0 {
			continue
		}
		if (w == "republik" && i+1 < len(words) && words[i+1] == "indonesia") || (w == "indonesia" && i > 0 && words[i-1] == "republik") || w == "ri" {
			continue
		}
		kept = append(kept, w)
	}
	return strings.Join(kept, " ")
}

func isAlnum(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}
