package topic_test

import (
	"testing"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
)

// TestWhyCounts: one is told from many where a language does.
func TestWhyCounts(t *testing.T) {
	for _, c := range []struct {
		kind   topic.Kind
		n      int
		en, id string
	}{
		{topic.Listed, 1, "1 new document", "1 dokumen baru"},
		{topic.Listed, 2, "2 new documents", "2 dokumen baru"},
		{topic.Published, 3, "3 new regulations", "3 peraturan baru"},
		{topic.Drafted, 2, "2 new drafts", "2 rancangan baru"},
		{topic.Reassigned, 2, "2 numbers now held by another company", "2 nomor kini milik perusahaan lain"},
		{topic.Differing, 1, "1 with another text than on another site", "1 naskah berbeda dari situs lain"},
		{topic.Unlisted, 2, "2 no longer listed", "2 hilang dari daftar"},
		{topic.Suspended, 2, "2 suspended", "2 dihentikan sementara"},
	} {
		r := []diff.Reason{{Kind: string(c.kind), Count: c.n}}
		if en, id := topic.Why(r, "en"), topic.Why(r, "id"); en != c.en || id != c.id {
			t.Errorf("%d %s: %q, %q, want %q, %q", c.n, c.kind, en, id, c.en, c.id)
		}
	}
}

// TestSwappedFileWeighs: another file behind the same words is what a lawyer
// fears, in a row of a list as on a page.
func TestSwappedFileWeighs(t *testing.T) {
	l := &snapshot.Listing{Documents: true, Indexes: []snapshot.Part{{Name: "jdih"}}, Fields: []snapshot.Column{{Name: "title", As: snapshot.Text}, {Name: "file", As: snapshot.Set}, {Name: "link", As: snapshot.Kept}}}
	for _, c := range []struct {
		what, name, before, after string
		want                      diff.Severity
	}{
		{"another file", "file", "https://jdih.example.id/files/a.pdf", "https://jdih.example.id/files/b.pdf", diff.Notice},
		{"one more", "file", "https://x.id/a.pdf", "https://x.id/a.pdf, https://x.id/lampiran.pdf", diff.Notice},
		{"an address in a field of its own", "urlDownload", "https://x.id/unduh?id=1", "https://x.id/unduh?id=2", diff.Notice},
		{"a word", "title", "Tata cara", "Tata kerja", diff.Info},
		{"another page", "title", "lihat https://x.id/satu", "lihat https://x.id/dua", diff.Info},
	} {
		e := registry.Event{Type: registry.Edited, Key: "k", Document: &snapshot.Entry{}, Fields: map[string][2]string{c.name: {c.before, c.after}}}
		if got, why := topic.EventSeverity(e, l); got != c.want {
			t.Errorf("%s: %s (%s), want %s", c.what, got, topic.Why(why, "en"), c.want)
		}
	}
}
