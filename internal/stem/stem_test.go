package stem_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pantau/internal/stem"
)

// TestFamilies holds the forms of a word to one stem, and words that only look
// alike apart.
func TestFamilies(t *testing.T) {
	families := []string{
		"daftar pendaftaran mendaftar didaftarkan terdaftar mendaftarkan pendaftar pendaftarannya Pendaftaran DIDAFTARKAN",
		"wajib mewajibkan diwajibkan kewajiban kewajibannya berkewajiban",
		"larang dilarang melarang larangan pelarangan",
		"cabut dicabut mencabut pencabutan tercabut",
		"beku dibekukan membekukan pembekuan",
		"henti dihentikan menghentikan penghentian berhenti terhenti",
		"lindung pelindungan perlindungan melindungi dilindungi terlindungi",
		"selenggara penyelenggara penyelenggaraan menyelenggarakan diselenggarakan",
		"tulis menulis ditulis tertulis penulisan",
		"pakai memakai pemakai pemakaian dipakai",
		"kirim mengirim pengiriman dikirim mengirimkan",
		"kelola mengelola pengelolaan dikelola pengelola",
		"atur mengatur diatur pengaturan peraturan peraturan-peraturan",
		"sita menyita penyitaan disita",
		"nilai menilai penilaian dinilai ternilai",
		"mohon memohon permohonan pemohon dimohonkan",
		"masuk memasukkan pemasukan termasuk dimasukkan",
		"bayar membayar pembayaran dibayarkan terbayar",
		"berlaku memberlakukan pemberlakuan diberlakukan keberlakuan",
		"putus memutus pemutusan keputusan diputuskan putusan",
		"ubah diubah mengubah perubahan pengubahan",
		"baca keterbacaan dibaca membacakan pembaca",
		"langgar pelanggaran melanggar dilanggar", "anggaran penganggaran", "ajar pelajaran belajar pengajaran pembelajaran",
		"undang-undang perundang-undangan",
		"sah mengesahkan",
		"registration registrations", "register registered registers registering",
		"suspend suspended suspends", "penalty penalties", "license licensed licenses",
		"obligation obligations", "company companies",
		"blokir pemblokiran memblokir diblokir",
		"mengunggah unggahan diunggah",
	}
	seen := map[string]string{}
	for _, f := range families {
		words := strings.Fields(f)
		first := stem.Word(words[0])
		for _, w := range words[1:] {
			if got := stem.Word(w); got != first {
				t.Errorf("%s is %s, %s is %s", w, got, words[0], first)
			}
		}
		if other, ok := seen[first]; ok {
			t.Errorf("%s and %s have the stem %s", words[0], other, first)
		}
		seen[first] = words[0]
	}
	for _, pair := range []string{"kali tali_", "laku berlaku", "batas bata", "dapat pendapat", "usaha perusahaan",
		"bukan buka", "berkas kas", "dinas nasional", "direktur rektor", "sanksi saksi", "person son", "tidak tindak", "menteri teri", "bulan bola"} {
		a, b, _ := strings.Cut(pair, " ")
		if stem.Word(a) == stem.Word(b) {
			t.Errorf("%s and %s are both %s", a, b, stem.Word(a))
		}
	}
}

func TestUnknownRoots(t *testing.T) {
	for word, want := range map[string]string{
		"PSE": "pse", "b2b": "b2b", "2025": "2025", "Rp12.500": "rp12.500", "état": "état", "mengkloning": "klon",
		"difermentasikan": "fermentasi", "pemfaktoran": "faktor", "digitalnya": "digital", "dan": "dan", "ﬁnal": "final",
	} {
		if got := stem.Word(word); got != want {
			t.Errorf("%s is %s, want %s", word, got, want)
		}
	}
}

func TestTokens(t *testing.T) {
	text := "Undang-undang No. 27/2022: (2) denda Rp12.500,00; anak-anak, e-mail, Pasal 47A-48."
	var got []string
	for k := range stem.Tokens(text) {
		got = append(got, k.In(text)+"="+k.Stem)
	}
	want := strings.Split("Undang-undang=undang|No=no|27/2022=27/2022|2=2|denda=denda|Rp12.500,00=rp12.500,00|anak-anak=anak|e=e|mail=mail|Pasal=pasal|47A=47a|48=48", "|")
	if !slices.Equal(got, want) {
		t.Errorf("read as\n%s, want\n%s", strings.Join(got, "|"), strings.Join(want, "|"))
	}
}

// TestStemOfAStem and places of tokens, whatever the text.
func TestStemOfAStem(t *testing.T) {
	syllable := rapid.SampledFrom(strings.Fields("me pe di ter ber ke se per kan an i nya lah ny ng m n daftar wajib larang tulis kirim ti on ing ed - s A é 1 ."))
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(syllable).Draw(t, "syllables"), "")
		end := 0
		for k := range stem.Tokens(text) {
			if k.From < end || k.To <= k.From || k.To > len(text) {
				t.Fatalf("token at %d to %d of %q, behind %d", k.From, k.To, text, end)
			}
			end = k.To
			if k.Stem == "" || stem.Word(k.Stem) != k.Stem && !strings.Contains(k.In(text), "-") {
				t.Fatalf("%q is %q, which is %q", k.In(text), k.Stem, stem.Word(k.Stem))
			}
		}
	})
}

func FuzzTokens(f *testing.F) {
	f.Add("Pendaftaran PSE wajib dilakukan paling lambat 30 (tiga puluh) hari; undang-undang\xff")
	f.Fuzz(func(t *testing.T, text string) {
		for k := range stem.Tokens(text) {
			if k.To > len(text) || k.From >= k.To {
				t.Fatalf("token at %d to %d of %d", k.From, k.To, len(text))
			}
		}
	})
}

func BenchmarkTokens(b *testing.B) {
	text := strings.Repeat("Penyelenggara Sistem Elektronik Lingkup Privat wajib melakukan pendaftaran kepada Menteri paling lambat 30 hari. ", 100)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		for range stem.Tokens(text) {
		}
	}
}
