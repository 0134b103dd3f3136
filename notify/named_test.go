package notify_test

import (
	"strings"
	"testing"
	"time"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/internal/snapshot"
	"pantau/notify"
)

func names(as notify.Relation, words ...string) notify.Follow {
	return notify.Follow{As: as, Words: words}
}

// TestNamesInText: a name that is followed is found where it stands as a word,
// and one's own beside a warning is urgent.
func TestNamesInText(t *testing.T) {
	page := regulation()
	for name, c := range map[string]struct {
		follow       notify.Follow
		before, text string
		want         string // severity and reason
	}{
		"own, warned":          {names(notify.Own, "Contoh Niaga"), "", "Kementerian menerbitkan surat peringatan kepada PT Contoh  Niaga.", "urgent named:Contoh Niaga"},
		"own, blocked":         {names(notify.Own, "contoh.id"), "", "Pemutusan akses https://www.contoh.id/toko berlaku hari ini.", "urgent named:contoh.id"},
		"own, rebuked":         {names(notify.Own, "PT Lain", "Contoh"), "", "Teguran untuk Contoh.", "urgent named:Contoh"},
		"own, praised":         {names(notify.Own, "Contoh"), "", "Contoh telah mendaftar.", "notice named:Contoh"},
		"another's warning":    {names(notify.Competitor, "Contoh"), "", "Surat peringatan kepada Contoh.", "notice named:Contoh"},
		"the warning has gone": {names(notify.Own, "Contoh"), "Surat peringatan kepada Contoh.", "Contoh telah patuh.", "notice named:Contoh"},
		"within another word":  {names(notify.Own, "contoh.id"), "", "Surat peringatan kepada contoh.idn dan percontohan.", ""},
		"somebody else's name": {names(notify.Own, "Contoh"), "", "Surat peringatan kepada PT Lain.", ""},
		"of another source":    {notify.Follow{As: notify.Own, Words: []string{"Contoh"}, Source: "lain"}, "", "Surat peringatan kepada Contoh.", ""},
		"without a full word":  {names(notify.Own, "Contoh"), "", "Peringatan dini cuaca untuk Contoh.", "notice named:Contoh"},
	} {
		change := diff.Change{ID: "c1", Kind: diff.TextKind, Hunks: []diff.Hunk{{Op: diff.OpModified, Before: c.before, After: c.text}}}
		got := ""
		for _, a := range notify.Route(change, page, notify.Interests{Subscriptions: []notify.Subscription{{ID: "legal", Match: notify.Match{Relation: []notify.Relation{notify.Own, notify.Competitor}}}}, Follows: []notify.Follow{c.follow}}) {
			got = string(a.Events[0].Severity) + " " + a.Events[0].Why
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestNamesInRecords: in what a list says of a document, and not in a register,
// where a name is nobody's identity.
func TestNamesInRecords(t *testing.T) {
	change := diff.Change{ID: "c1", Kind: diff.RecordsKind, Events: []registry.Event{{Type: registry.Added, Key: "1", Name: "Surat Peringatan kepada PT Contoh", Fields: map[string][2]string{},
		Document: &snapshot.Entry{Title: "Surat Peringatan kepada PT Contoh", Link: "https://x.go.id/1"}}}}
	in := notify.Interests{Subscriptions: []notify.Subscription{{ID: "legal", Language: "en", Timezone: "UTC"}}, Follows: []notify.Follow{names(notify.Own, "Contoh")}}
	index := snapshot.Source{ID: "siaran", Type: snapshot.Index, Listing: &snapshot.Listing{URL: "https://x.go.id/", Indexes: []snapshot.Part{{Name: "siaran"}}}}
	a := notify.Route(change, index, in)[0]
	if a.Severity != diff.Urgent || a.Events[0].Relation != notify.Own {
		t.Errorf("in a list it is %s, %+v", a.Severity, a.Events)
	}
	m := notify.Compose(a, change, in.Subscriptions[0], index, notify.WordingOptions{})
	if text := m.Subject + m.Text(); !strings.Contains(text, "New document: Surat Peringatan kepada PT Contoh") || !strings.Contains(text, `you follow the name "Contoh" (own)`) {
		t.Errorf("message:\n%s", text)
	}
	if a := notify.Route(change, register(), in)[0]; a.Events[0].Relation != "" {
		t.Errorf("in a register it is %+v", a.Events)
	}
}

func TestNamesInANewDocument(t *testing.T) {
	doc := &snapshot.Document{Title: "Surat peringatan", Blocks: []snapshot.Block{{Kind: snapshot.Paragraph, Text: "Pembukaan."}, {Kind: snapshot.Paragraph, Text: "Kepada PT Contoh diberi waktu 14 hari."}}}
	src := snapshot.Source{ID: "siaran.1", Parent: "siaran", Type: snapshot.Page, Name: "Siaran pers 7", URL: "https://x.go.id/7"}
	in := notify.Interests{Follows: []notify.Follow{names(notify.Own, "PT Contoh")}}
	for language, want := range map[string]string{"en": "PT Contoh is named in a new document: Siaran pers 7", "id": "PT Contoh disebut dalam dokumen baru: Siaran pers 7"} {
		m, ok := notify.ComposeNaming(doc, in, notify.Subscription{ID: "legal", Language: language, Timezone: "UTC", Match: notify.Match{Sources: []string{"siaran"}}}, src, notify.WordingOptions{Now: time.Unix(0, 0)})
		if !ok || m.Severity != diff.Urgent || !strings.Contains(m.Subject, want) || !strings.Contains(m.Text(), "Kepada PT Contoh diberi waktu 14 hari.") {
			t.Errorf("%s: %v %s %q\n%s", language, ok, m.Severity, m.Subject, m.Text())
		}
	}
	if _, ok := notify.ComposeNaming(doc, in, notify.Subscription{ID: "x", Match: notify.Match{Relation: []notify.Relation{notify.Vendor}}}, src, notify.WordingOptions{}); ok {
		t.Error("told to who asks for vendors")
	}
	in.Follows[0].Words = []string{"PT Lain"}
	if _, ok := notify.ComposeNaming(doc, in, notify.Subscription{ID: "x"}, src, notify.WordingOptions{}); ok {
		t.Error("told of who is not named")
	}
}
