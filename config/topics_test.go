package config

import (
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/tools/txtar"

	"pantau/diff"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
)

// TestTopics alters the program's dictionary by a file and by the
// configuration, which has the last word.
func TestTopics(t *testing.T) {
	folder, _ := unpack(t, txtar.Parse([]byte(`-- pantau.yaml --
sources: [{id: kev, type: page, url: https://example.go.id/, topics: [kev, sanksi]}]
dictionary: own.yaml
topics:
  konten: {off: true}
  sanksi: {drop: [denda], add: [tilang, POJK 9/2025]}
  asuransi: {add: [klaim asuransi]}
-- own.yaml --
asuransi:
  name: {id: Perasuransian, en: Insurance}
  words: [premi]
  provisions: [UU 40/2014]
siber: {words: [peretas]}
`)))
	c, err := Load(filepath.Join(folder, "pantau.yaml"), none)
	if err != nil {
		t.Fatal(err)
	}
	find := func(id string) topic.Topic {
		got, ok := c.Topics.Topic(id)
		if !ok {
			t.Errorf("no topic %s", id)
		}
		return got
	}
	if _, ok := c.Topics.Topic("konten"); ok {
		t.Error("konten is still there")
	}
	if s := find("sanksi"); slices.Contains(s.Words, "denda") || !slices.Contains(s.Words, "tilang") || !slices.Contains(s.Words, "pidana") || !slices.Equal(s.Provisions, []string{"POJK 9/2025"}) || !s.Own {
		t.Errorf("sanksi is %+v", s)
	}
	if s := find("asuransi"); !slices.Equal(s.Words, []string{"premi", "klaim asuransi"}) || s.Name("id") != "Perasuransian" || s.Name("en") != "Insurance" {
		t.Errorf("asuransi is %+v", s)
	}
	if s := find("siber"); !slices.Equal(s.Words, []string{"peretas"}) || len(s.Provisions) == 0 {
		t.Errorf("siber is %+v", s)
	}
	if s := find("pse"); s.Own {
		t.Errorf("pse is altered")
	}
	plain, err := Parse("pantau.yaml", []byte("sources: [{id: kev, type: page, url: https://example.go.id/, topics: [kev, sanksi]}]\n"), none)
	if err != nil {
		t.Fatal(err)
	}
	if plain.Digest() == c.Digest() || plain.Topics.Version() == c.Topics.Version() {
		t.Error("another dictionary is the same version")
	}
	if plain.Topics.Version() != Topics().Version() {
		t.Error("what alters nothing is another version")
	}
	if s := Topics(); len(s.Topics()) != 8 {
		t.Errorf("%d topics of the program", len(s.Topics()))
	}
}

// TestBuiltInTopics tags real sentences of both languages.
func TestBuiltInTopics(t *testing.T) {
	d := Topics()
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"PSE Lingkup Privat wajib mendaftar paling lambat 30 hari", []string{"pse"}},
		{"Penyelenggara Sistem Elektronik didaftarkan oleh Menteri", []string{"pse"}},
		{"An electronic system operator must register", []string{"pse"}},
		{"Setiap pengendali data wajib melindungi data pribadi", []string{"data-pribadi"}},
		{"the data subject may withdraw; a data breach is notified", []string{"data-pribadi"}},
		{"sebagaimana dimaksud dalam Undang-Undang Nomor 27 Tahun 2022", []string{"data-pribadi"}},
		{"sebagaimana dimaksud dalam Undang-Undang Nomor 26 Tahun 2022", nil},
		{"Kementerian memblokir 30 situs judi online", []string{"konten"}},
		{"sebagaimana dimaksud Pasal 27 ayat (1) UU No. 11 Tahun 2008", []string{"konten"}},
		{"sebagaimana dimaksud Pasal 5 ayat (1) UU No. 11 Tahun 2008", nil},
		{"Takedown of illegal content within four hours", []string{"konten"}},
		{"Pelaku usaha melayani pengaduan konsumen", []string{"konsumen"}},
		{"Biaya QRIS bagi penyedia jasa pembayaran", []string{"fintech"}},
		{"Peraturan Bank Indonesia Nomor 22/23/PBI/2020 tentang Sistem Pembayaran", []string{"fintech"}},
		{"Insiden siber dilaporkan kepada BSSN", []string{"siber"}},
		{"dikenai sanksi administratif berupa teguran tertulis", []string{"sanksi"}},
		{"an administrative fine is imposed", []string{"sanksi"}},
		{"Nomor induk berusaha diterbitkan melalui OSS", []string{"perizinan"}},
		{"a business license of the applicant", []string{"perizinan"}},
		{"Pendaftaran lomba foto dibuka hari ini", nil},
		{"That is fine with us; people register for the conference", nil},
		{"Peraturan Menteri Kesehatan Nomor 5 Tahun 2020 dicabut", nil},
		{"Rapat kerja membahas anggaran tahun depan", nil},
	} {
		c := diff.Change{Kind: diff.TextKind, Hunks: []diff.Hunk{{Op: diff.OpAdded, After: tt.text}}}
		var got []string
		for _, tag := range d.Tag(c, snapshot.Source{}) {
			got = append(got, tag.Topic)
			if len(tag.Words)+len(tag.Provisions) == 0 || tag.Name == nil {
				t.Errorf("%q: %+v does not say why", tt.text, tag)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q is about %v, want %v", tt.text, got, tt.want)
		}
	}
}
