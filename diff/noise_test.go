package diff

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pantau/internal/snapshot"
)

// Each case is two immediate fetches, and a later one that brings what the
// masks must hide, or must not.
func TestLearn(t *testing.T) {
	const frame = "# Permen 5/2020\nSetiap PSE wajib mendaftar.\n%s\nDenda Rp1.000.000,00."
	for _, c := range []struct {
		what, first, second string
		stable              bool
		kinds               []Noise
		later               string // must equal first under the masks
		other               string // must not
	}{
		{what: "nothing moves", first: "Berlaku.", second: "Berlaku.", stable: true, later: "Berlaku.", other: "Berlaku lagi."},
		{
			what: "clock", first: "Ruang sidang 19:05:33 WIB", second: "Ruang sidang 19:05:35 WIB", stable: true, kinds: []Noise{NoiseClock},
			later: "Ruang sidang 20:11:02 WIB", other: "Ruang tunggu 20:11:02 WIB",
		},
		{
			what: "clock with its date", first: "Kini: Senin, 23 November 2026 jam 19.05", second: "Kini: Senin, 23 November 2026 jam 19.06", stable: true, kinds: []Noise{NoiseClock},
			later: "Kini: Selasa, 24 November 2026 jam 07.30", other: "Lalu: Selasa, 24 November 2026 jam 07.30",
		},
		{
			what: "visitors", first: "Anda pengunjung ke 12.345 di situs ini", second: "Anda pengunjung ke 12.346 di situs ini", stable: true, kinds: []Noise{NoiseCounter},
			later: "Anda pengunjung ke 99.001 di situs ini", other: "Anda pengunjung ke 99.001 di situs lain",
		},
		{
			what: "row of counters", first: "| Online | 5 | Hits | 10.532", second: "| Online | 7 | Hits | 10.533", stable: true, kinds: []Noise{NoiseCounter},
			later: "| Online | 1 | Hits | 22.000", other: "| Online | 1 | Hits | 22.000 | 3",
		},
		{
			what: "token", first: "Nomor antrean 8f3a9c0d7e6b5a41f2", second: "Nomor antrean 1b7e44c09da2f35586", stable: true, kinds: []Noise{NoiseToken},
			later: "Nomor antrean 77aa0bc13de9f24c81", other: "Nomor antrean 12",
		},
		{
			what: "token in a target", first: "Lihat [peta](https://a.example/p?k=8f3a9c0d7e6b5a41f2)", second: "Lihat [peta](https://a.example/p?k=1b7e44c09da2f35586)", stable: true, kinds: []Noise{NoiseToken},
			later: "Lihat [peta](https://a.example/p?k=77aa0bc13de9f24c81)", other: "Lihat [peta](https://a.example/q?k=77aa0bc13de9f24c81)",
		},
		{
			what: "counter and clock in one line", first: "Hits 10 sejak 19:05:33", second: "Hits 11 sejak 19:05:34", stable: true, kinds: []Noise{NoiseClock, NoiseCounter},
			later: "Hits 500 sejak 23:10:00", other: "Hits 500 sampai 23:10:00",
		},
		{
			what: "plain counter beside a token", first: "Dilihat 12 kali | antrean 8f3a9c0d7e6b5a41f2", second: "Dilihat 13 kali | antrean 1b7e44c09da2f35586", stable: true, kinds: []Noise{NoiseToken},
			later: "Dilihat 99 kali | antrean 77aa0bc13de9f24c81", other: "Dilihat 99 kali | antrean tutup",
		},
		{what: "amount", first: "Biaya Rp1.000", second: "Biaya Rp1.001"},
		{what: "date without a clock", first: "Dilihat pada 23 November 2026", second: "Dilihat pada 24 November 2026"},
		{what: "word", first: "Dilihat 5 orang", second: "Dilihat 5 pihak"},
		{what: "advertisement", first: "Beli sekarang", second: "Diskon besar"},
		{what: "passage more", first: "Berlaku.", second: "Berlaku.\nIklan"},
		{what: "number of no known kind", first: "Butir 5", second: "Butir 6"},
		{what: "percentage of visitors", first: "pengunjung 5 persen", second: "pengunjung 6 persen"},
		{what: "term for visitors", first: "pengunjung wajib lapor 5 kali", second: "pengunjung wajib lapor 6 kali"},
		{what: "clock of a deadline", first: "paling lambat pukul 16:00:01", second: "paling lambat pukul 16:00:02"},
	} {
		page := func(line string) *snapshot.Document { return parse(fmt.Sprintf(frame, line)) }
		masks, stable := Learn(page(c.first), page(c.second))
		var kinds []Noise
		for _, m := range masks {
			kinds = append(kinds, m.Kinds...)
		}
		if stable != c.stable || !reflect.DeepEqual(kinds, c.kinds) {
			t.Errorf("%s: stable %v, masks %+v", c.what, stable, masks)
			continue
		}
		if !stable {
			continue
		}
		if h, _ := CompareText(page(c.first), page(c.later), masks); len(h) > 0 {
			t.Errorf("%s: seen in spite of the masks %+v: %+v", c.what, masks, h)
		}
		if Masked(page(c.first), masks).Digest() != Masked(page(c.later), masks).Digest() {
			t.Errorf("%s: the digests under the masks differ", c.what)
		}
		if h, _ := CompareText(page(c.first), page(c.other), masks); len(h) != 1 {
			t.Errorf("%s: %q against %q under %+v: %+v", c.what, c.first, c.other, masks, h)
		}
	}
}

// Counters and clocks that are nothing else need not be learned; what only
// resembles them is text.
func TestPlainNoise(t *testing.T) {
	for _, c := range []struct {
		before, after string
		noise         bool
	}{
		{"Dilihat 1.234 kali", "Dilihat 1.300 kali", true},
		{"1,234 views", "1,301 views", true},
		{"Pengunjung hari ini: 532", "Pengunjung hari ini: 9", true},
		{"Hits: 123", "Hits: 124", true},
		{"Admin | Dilihat: 5x | Berita", "Admin | Dilihat: 6x | Berita", true},
		{"Jumlah Pengunjung : 5", "Jumlah Pengunjung : 16", true},
		{"Senin, 23 November 2026 19:05:33 WIB", "Selasa, 24 November 2026 07:00:01 WIB", true},
		{"23-11-2026 | 19:05:33", "24-11-2026 | 07:00:01", true},
		{"Diperbarui 59 menit yang lalu", "Diperbarui 2 jam yang lalu", true},
		{"Last updated: 1 month ago", "Last updated: 3 months ago", true},
		{"Admin - 5 hari lalu", "Admin - 6 hari lalu", true},

		{"Dicabut 5 tahun yang lalu", "Dicabut 6 tahun yang lalu", false},
		{"Usia minimal:\n5 tahun lalu", "Usia minimal:\n6 tahun lalu", false},
		{"Berlaku sejak 5 hari", "Berlaku sejak 6 hari", false},
		{"Paling banyak 500 pengunjung", "Paling banyak 50 pengunjung", false},
		{"Maksimal pengunjung: 500", "Maksimal pengunjung: 50", false},
		{"Pengunjung wajib lapor 2 kali", "Pengunjung wajib lapor 3 kali", false},
		{"Batas waktu:\nSenin, 23 November 2026 16:00:10 WIB", "Batas waktu:\nSelasa, 24 November 2026 16:00:10 WIB", false},
		{"Senin, 23 November 2026", "Selasa, 24 November 2026", false},
		{"Senin, 23 November 2026 16:00 WIB", "Selasa, 24 November 2026 16:00 WIB", false},
		{"Senin, 23 November 2026 23:59:59 WIB", "Selasa, 24 November 2026 23:59:59 WIB", false},
		{"| Pengunjung museum | 532", "| Pengunjung museum | 600", false},
		{"Dilihat 5 kali Rp500", "Dilihat 5 kali Rp600", false},
		{"Dilihat 5 kali | Denda 100", "Dilihat 6 kali | Denda 200", false},
	} {
		h, _ := CompareText(parse(c.before), parse(c.after), nil)
		if c.noise != (len(h) == 0) {
			t.Errorf("%q, %q: noise %v, hunks %+v", c.before, c.after, c.noise, h)
		}
	}
}

// Hunks show what was read, not what was compared.
func TestHunksAreNotMasked(t *testing.T) {
	h, _ := CompareText(parse("Hits: 5\n\nDenda 100 | Dilihat: 7"), parse("Hits: 6\n\nDenda 200 | Dilihat: 8"), nil)
	if len(h) != 1 || h[0].Before != "Denda 100 | Dilihat: 7" || h[0].After != "Denda 200 | Dilihat: 8" {
		t.Errorf("got %+v", h)
	}
}

// Whatever two fetches differ in: masks never make two documents equal that
// differ in words of weight, in amounts, or in dates without a clock.
func TestMasksNeverCoverSubstance(t *testing.T) {
	weighty := []string{
		"tidak", "bukan", "tanpa", "kecuali", "dilarang", "wajib", "harus", "paling lambat", "sanksi", "denda", "dicabut",
		"not", "no", "shall", "must", "Rp5.000,00", "12.500.000,00", "5 persen", "17 Maret 2025", "14 hari",
	}
	noise := []string{"19:05:33", "19:06", "dilihat", "hits", "123", "124", "pengunjung", "8f3a9c0d7e6b5a41f2", "1b7e44c09da2f35586", "online", ":", "Senin,"}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.SampledFrom(weighty), rapid.SampledFrom(noise))
		line := func(name string) []string { return rapid.SliceOfN(word, 1, 8).Draw(t, name) }
		first, second := line("first"), line("second")
		doc := func(words []string) *snapshot.Document { return parse("Pembuka\n " + strings.Join(words, " ")) }
		masks, stable := Learn(doc(first), doc(second))
		if !stable && len(masks) > 0 {
			t.Fatalf("unstable, with masks %+v", masks)
		}
		at := rapid.IntRange(0, len(first)-1).Draw(t, "at")
		now := append([]string(nil), first...)
		now[at] = rapid.SampledFrom(weighty).Draw(t, "instead")
		if now[at] == first[at] {
			return
		}
		h, _ := CompareText(doc(first), doc(now), masks)
		if len(h) == 0 {
			t.Fatalf("%q and %q are equal under %+v", first, now, masks)
		}
	})
}
