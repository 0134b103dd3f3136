package notify_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
	"pantau/notify"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The two looks of most cases, 63 days apart, and the register they are at.
var (
	before = time.Date(2025, 1, 13, 0, 44, 0, 0, time.UTC)
	after  = time.Date(2025, 3, 17, 4, 46, 0, 0, time.UTC)
)

func register() snapshot.Source {
	return snapshot.Source{ID: "pse", Name: "PSE register", Type: snapshot.Registry, Topics: []string{"pse"}, Listing: &snapshot.Listing{
		URL: "https://register.example/api?index={index}&page={page}",
		Indexes: []snapshot.Part{
			{Name: "LOKAL_TERDAFTAR", Status: snapshot.Registered}, {Name: "LOKAL_DIHENTIKAN_SEMENTARA", Status: snapshot.Suspended},
			{Name: "LOKAL_DICABUT", Status: snapshot.Revoked}, {Name: "ASING_TERDAFTAR", Status: snapshot.Registered}},
	}}
}

// catalogue is a plain listing.
func catalogue() snapshot.Source {
	return snapshot.Source{ID: "kev", Name: "Known exploited vulnerabilities", Type: snapshot.Paged,
		Listing: &snapshot.Listing{URL: "https://catalogue.example/kev.json", Indexes: []snapshot.Part{{Name: "kev"}}}}
}

func listed() diff.Change {
	last, missing := before.Add(-24*time.Hour), before
	c := change(
		registry.Event{Type: registry.Added, Key: "CVE-2025-1", ToIndex: "kev", Name: "Example Overflow",
			Fields: map[string][2]string{"cveID": {"", "CVE-2025-1"}, "vulnerabilityName": {"", "Example Overflow"}, "dueDate": {"", "2025-04-01"}}},
		registry.Event{Type: registry.Edited, Key: "CVE-2025-2", FromIndex: "kev", ToIndex: "kev", Name: "Example Injection",
			Fields: map[string][2]string{"dueDate": {"2025-04-01", "2025-05-01"}, "notes": {"", "see the vendor"}}},
		registry.Event{Type: registry.Removed, Key: "CVE-2025-3", FromIndex: "kev", LastSeen: &last, FirstMissing: &missing,
			Fields: map[string][2]string{"cveID": {"CVE-2025-3", ""}, "dueDate": {"2025-04-01", ""}}},
	)
	c.Source = "kev"
	return c
}

// shelf is an index of documents.
func shelf() snapshot.Source {
	return snapshot.Source{ID: "jdih", Name: "JDIH Contoh", Type: snapshot.Index,
		Listing: &snapshot.Listing{URL: "https://jdih.example/daftar?page={page}", Documents: true, Indexes: []snapshot.Part{{Name: "jdih"}}}}
}

// documents are these of: a regulation, a draft, another document, one that is no
// longer listed, and one whose text differs from another site's.
func documents(places ...int) diff.Change {
	last, missing := before.Add(-24*time.Hour), before
	all := []registry.Event{
		{Type: registry.Added, Key: "https://jdih.example/p/1", ToIndex: "jdih", Name: "Peraturan Menteri Komunikasi dan Digital Nomor 1 Tahun 2026 tentang Contoh", Thread: "permenkomdigi-1-2026",
			Document: &snapshot.Entry{Title: "Peraturan Menteri Komunikasi dan Digital Nomor 1 Tahun 2026 tentang Contoh", Name: "Permenkomdigi 1/2026", Date: "5 Januari 2026", Link: "https://jdih.example/p/1"}},
		{Type: registry.Added, Key: "https://jdih.example/p/2", ToIndex: "jdih", Name: "RPM tentang Tata Kelola", Document: &snapshot.Entry{Title: "RPM tentang Tata Kelola", Draft: true, Link: "https://jdih.example/p/2"}},
		{Type: registry.Added, Key: "https://jdih.example/p/3", ToIndex: "jdih", Name: "Surat Peringatan kepada PT Contoh Niaga", Document: &snapshot.Entry{Title: "Surat Peringatan kepada PT Contoh Niaga", File: "https://jdih.example/p/3.pdf"}},
		{Type: registry.Removed, Key: "https://jdih.example/p/4", FromIndex: "jdih", Name: "Keputusan Lama", LastSeen: &last, FirstMissing: &missing, Document: &snapshot.Entry{Title: "Keputusan Lama", Link: "https://jdih.example/p/4"}},
		{Type: registry.Differs, Key: "https://jdih.example/p/5", Name: "Permenkomdigi 2/2026", Thread: "permenkomdigi-2-2026", Other: "https://lain.example/5",
			Document: &snapshot.Entry{Title: "Permenkomdigi 2/2026", Link: "https://jdih.example/p/5"}, Fields: map[string][2]string{"Pasal 3": {"Paling lambat 30 hari.", "Paling lambat 14 hari."}}},
	}
	var events []registry.Event
	for _, n := range places {
		events = append(events, all[n])
	}
	c := change(events...)
	c.Source = "jdih"
	return c
}

// numbered is a document with a title too long for a subject, and with a number that is not in it.
func numbered() diff.Change {
	title := "Perubahan atas Peraturan Menteri Komunikasi dan Informatika Nomor 5 Tahun 2020 tentang Penyelenggara Sistem Elektronik Lingkup Privat"
	c := change(registry.Event{Type: registry.Added, Key: "https://jdih.example/p/9", ToIndex: "jdih", Name: title,
		Document: &snapshot.Entry{Title: title, Number: "Peraturan Menteri Contoh Nomor 9 Tahun 2026", Date: "20 November 2026", Link: "https://jdih.example/p/9"}})
	c.Source = "jdih"
	return c
}

func feed() snapshot.Source {
	return snapshot.Source{ID: "berita", Name: "Berita", Type: snapshot.Feed,
		Listing: &snapshot.Listing{URL: "https://regulator.example/feed", Format: snapshot.Feeds, Documents: true, Indexes: []snapshot.Part{{Name: "berita"}}}}
}

// entered is a new entry of the feed, which says the time so.
func entered(date string) diff.Change {
	c := change(registry.Event{Type: registry.Added, Key: "2", ToIndex: "berita", Name: "Pemutusan akses terhadap tiga platform",
		Fields: map[string][2]string{"title": {"", "Pemutusan akses terhadap tiga platform"}, "date": {"", date}, "link": {"", "https://regulator.example/b/2"}, "summary": {"", "Kementerian memutus akses."}}})
	c.Source = "berita"
	return c
}

func naming(t *testing.T, language string) notify.Message {
	t.Helper()
	src := snapshot.Source{ID: "jdih.0123456789ab", Parent: "jdih", Type: snapshot.Page, Name: "Siaran Pers Nomor 7", URL: "https://jdih.example/p/7"}
	doc := &snapshot.Document{Blocks: []snapshot.Block{{Kind: snapshot.Paragraph, Text: "Pemutusan akses tokocontoh.example berlaku hari ini."}}}
	m, ok := notify.ComposeNaming(doc, notify.Interests{Follows: []notify.Follow{{As: notify.Own, Client: "PT Klien", Words: []string{"tokocontoh.example"}}}}, reader(language, notify.Match{}), src, options)
	if !ok {
		t.Fatal("our own name is told to nobody")
	}
	return m
}

func regulation() snapshot.Source {
	return snapshot.Source{ID: "permen-5-2020", Name: "Permenkominfo 5/2020", Type: snapshot.Page, Topics: []string{"pse"},
		URL: "https://jdih.example/produk_hukum/759"}
}

const (
	registered = "LOKAL_TERDAFTAR"
	suspended  = "LOKAL_DIHENTIKAN_SEMENTARA"
	revoked    = "LOKAL_DICABUT"
)

func toko(t registry.EventType, from, to string) registry.Event {
	return registry.Event{Type: t, Key: "22722", FromIndex: from, ToIndex: to, Name: "Toko Contoh", Company: "PT Contoh Niaga"}
}

// change completes a change of the register as a check does.
func change(events ...registry.Event) diff.Change {
	c := diff.Change{ID: "c0123456789ab", Source: "pse", Kind: diff.RecordsKind, Topics: []string{"pse"}, Events: events,
		From: diff.Look{Snapshot: 4, At: before}, To: diff.Look{Snapshot: 5, At: after}}
	c.Severity, c.Reasons = topic.Severity(c, nil)
	c.Why = topic.Why(c.Reasons, "en")
	return c
}

func textChange(hunks ...diff.Hunk) diff.Change {
	c := change()
	c.ID, c.Source, c.Kind, c.Hunks = "cba9876543210", "permen-5-2020", diff.TextKind, hunks
	return c
}

func reader(language string, m notify.Match) notify.Subscription {
	return notify.Subscription{ID: "legal", Language: language, Timezone: "Asia/Jakarta", Channels: []string{"console"}, Match: m}
}

var options = notify.WordingOptions{Program: "1.0.0", Now: after.Add(2 * time.Second)}

// composed routes a change to one reader and words it.
func composed(t *testing.T, c diff.Change, src snapshot.Source, sub notify.Subscription, follows ...notify.Follow) notify.Message {
	t.Helper()
	alerts := notify.Route(c, src, notify.Interests{Subscriptions: []notify.Subscription{sub}, Follows: follows})
	if len(alerts) != 1 {
		t.Fatalf("%d alerts, want 1", len(alerts))
	}
	m := notify.Compose(alerts[0], c, sub, src, options)
	m.ID = notify.MessageID(m, sub.ID, "console")
	return m
}

func own(key string) notify.Follow {
	return notify.Follow{Source: "pse", Operator: key, As: notify.Own}
}

// gap is a change of 337 moves, one of them ours.
func gap() diff.Change {
	var events []registry.Event
	for i := range 337 {
		to := suspended
		if i%9 == 0 {
			to = revoked
		}
		e := registry.Event{Type: registry.Status, Key: registry.Key(fmt.Sprint(1000 + i)), FromIndex: registered, ToIndex: to,
			Name: fmt.Sprintf("Sistem %d", i), Company: fmt.Sprintf("PT Perusahaan %d", i)}
		events = append(events, e)
	}
	events[200].Key, events[200].Name, events[200].Company = "22722", "Toko Contoh", "PT Contoh Niaga"
	return change(events...)
}

// mixed has every kind of event.
func mixed() diff.Change {
	last, missing := before.Add(-24*time.Hour), before
	return change(
		registry.Event{Type: registry.Added, Key: "31001", ToIndex: registered, Name: "Warung Baru", Company: "CV Baru",
			Fields: map[string][2]string{"nama": {"", "Warung Baru"}, "nama_perusahaan": {"", "CV Baru"}, "website": {"", "warungbaru.example"}, "tanggal_daftar": {"", "2025-02-01"}}},
		registry.Event{Type: registry.Added, Key: "31002", ToIndex: suspended, Name: "Warung Kedua"},
		registry.Event{Type: registry.Removed, Key: "14868", FromIndex: registered, Name: "Bayar Cepat", Company: "PT Bayar Cepat Indonesia", LastSeen: &last, FirstMissing: &missing,
			Fields: map[string][2]string{"website": {"bayarcepat.example", ""}}},
		registry.Event{Type: registry.Status, Key: "20001", FromIndex: suspended, ToIndex: registered, Name: "Kembali Lagi"},
		registry.Event{Type: registry.Status, Key: "20002", FromIndex: registered, ToIndex: registered + "+" + revoked, Name: "Dua Tempat", Company: "PT Dua"},
		registry.Event{Type: registry.Status, Key: "20003", FromIndex: registered, ToIndex: "ASING_TERDAFTAR", Name: "Pindah"},
		registry.Event{Type: registry.Edited, Key: "20004", FromIndex: registered, ToIndex: registered, Name: "Situs Baru", Company: "PT Situs",
			Fields: map[string][2]string{"website": {"lama.example", "baru.example"}, "sektor": {"", "Perdagangan"}, "kolom_baru": {"a", "b"}}},
		registry.Event{Type: registry.Edited, Key: "15926", FromIndex: registered, ToIndex: registered, Name: "Sistem Lain", Company: "PT Lain Sama Sekali", Identity: registry.Reassigned,
			Fields: map[string][2]string{"nama": {"Sistem Lama", "Sistem Lain"}, "nama_perusahaan": {"PT Lama", "PT Lain Sama Sekali"}, "tanggal_daftar": {"2021-05-01", "2023-09-01"}}},
	)
}

func amended() diff.Change {
	long := strings.Repeat("Penyelenggara Sistem Elektronik wajib memastikan keandalan sistemnya. ", 60)
	c := textChange(
		diff.Hunk{Op: diff.OpModified, Path: "BAB II > Pasal 7 > ayat (2)",
			Before: "Pendaftaran dilakukan paling lambat 30 (tiga puluh) hari kerja.", After: "Pendaftaran dilakukan paling lambat 14 (empat belas) hari kerja."},
		diff.Hunk{Op: diff.OpAdded, Path: "BAB II > Pasal 7A", After: "Denda administratif sebesar Rp12.500.000.000,00 dikenakan atas pelanggaran Pasal 7."},
		diff.Hunk{Op: diff.OpRemoved, Path: "BAB III > Pasal 12", Before: "Ketentuan lebih lanjut diatur dengan Keputusan Menteri."},
		diff.Hunk{Op: diff.OpMoved, Path: "BAB IV", Before: "Pasal 20 berlaku bagi semua.", After: "Pasal 20 berlaku bagi semua."},
		diff.Hunk{Op: diff.OpModified, Path: "BAB V > Pasal 30", Before: long + "Batasnya 10 hari. " + long, After: long + "Batasnya 20 hari. " + long},
	)
	c.Tags = []diff.Tag{{Topic: "pse", Declared: true, Name: &diff.Wording{Indonesian: "Pendaftaran PSE", English: "PSE registration"},
		Words: []string{"Penyelenggara Sistem Elektronik"}, Provisions: []string{"Permenkominfo 5/2020"}, Places: []int{0, 4}},
		{Topic: "sanksi", Name: &diff.Wording{Indonesian: "Sanksi", English: "Sanctions"}, Words: []string{"Denda", "pelanggaran"}, Places: []int{1}}}
	return c
}

// examples are messages of every kind, by name.
func examples(t *testing.T, language string) map[string]notify.Message {
	t.Helper()
	all := reader(language, notify.Match{Sources: []string{"pse"}})
	page := reader(language, notify.Match{Topics: []string{"pse"}})
	vendor := notify.Follow{Source: "pse", Operator: "14868", As: notify.Vendor, Client: "PT Klien"}
	edited := toko(registry.Edited, registered, registered)
	edited.Fields = map[string][2]string{"website": {"tokocontoh.example", "toko-contoh.example"}, "sektor": {"Perdagangan", ""}}
	out := map[string]notify.Message{
		"own-suspended":    composed(t, change(toko(registry.Status, registered, suspended)), register(), all, own("22722")),
		"own-revoked":      composed(t, change(toko(registry.Status, suspended, revoked)), register(), all, own("22722")),
		"own-restored":     composed(t, change(toko(registry.Status, revoked, registered)), register(), all, own("22722")),
		"own-edited":       composed(t, change(edited), register(), all, own("22722")),
		"added":            composed(t, change(mixed().Events[0]), register(), all),
		"added-suspended":  composed(t, change(mixed().Events[1]), register(), all),
		"vendor-removed":   composed(t, change(mixed().Events[2]), register(), all, vendor),
		"two-indexes":      composed(t, change(mixed().Events[4]), register(), all),
		"moved":            composed(t, change(mixed().Events[5]), register(), all),
		"reassigned":       composed(t, change(mixed().Events[7]), register(), all, own("15926")),
		"every-kind":       composed(t, mixed(), register(), all, own("20004"), vendor),
		"gap":              composed(t, gap(), register(), all, own("22722")),
		"gap-unfollowed":   composed(t, gap(), register(), reader(language, notify.Match{Severity: diff.Notice})),
		"keyword":          composed(t, amended(), regulation(), reader(language, notify.Match{Keywords: []string{"Denda Administratif"}})),
		"amended":          composed(t, amended(), regulation(), page),
		"redesign":         redesigned(t, page),
		"sighting":         sighting(t, all),
		"listed":           composed(t, listed(), catalogue(), reader(language, notify.Match{}), notify.Follow{Operator: "CVE-2025-1", As: notify.Watched}),
		"listed-one":       composed(t, change(listed().Events[0]), catalogue(), reader(language, notify.Match{})),
		"published":        composed(t, documents(0), shelf(), reader(language, notify.Match{})),
		"documents":        composed(t, documents(0, 1, 2, 3, 4), shelf(), reader(language, notify.Match{})),
		"published-number": composed(t, numbered(), shelf(), reader(language, notify.Match{})),
		"feed-entry":       composed(t, entered("Wed, 25 Nov 2026 08:00:00 +0700"), feed(), reader(language, notify.Match{})),
		"feed-entry-zone":  composed(t, entered("Wed, 25 Nov 2026 08:00:00 WIB"), feed(), reader(language, notify.Match{})),
		"text-heading": composed(t, textChange(
			diff.Hunk{Op: diff.OpAdded, Path: "Permenkominfo 5/2020 > Pasal 14A", After: "Pasal 14A"},
			diff.Hunk{Op: diff.OpAdded, Path: "Permenkominfo 5/2020 > Pasal 14A", After: "Penyelenggara dikenai denda."},
			diff.Hunk{Op: diff.OpRemoved, Path: "Permenkominfo 5/2020 > Pasal 15", Before: "Pasal 15"}), regulation(), reader(language, notify.Match{})),
		"texts-differ":     composed(t, documents(4), shelf(), reader(language, notify.Match{})),
		"warned":           composed(t, documents(2), shelf(), reader(language, notify.Match{}), notify.Follow{As: notify.Own, Words: []string{"Contoh Niaga"}}),
		"named":            naming(t, language),
		"sample":           notify.ComposeSample(all, options),
		"health-blind":     health(language, notify.Health{Kind: notify.Blind, Since: before, Reason: "timeout", Detail: "no answer within 30 s [https://register.example/api?page=7]"}),
		"health-never":     health(language, notify.Health{Kind: notify.Blind, Reason: "connect", Detail: "connection refused"}),
		"health-held":      health(language, notify.Health{Kind: notify.Blind, Since: before, Held: true, Reason: "block-page", Detail: "a firewall's page: Request Rejected, support ID 123"}),
		"health-recovered": health(language, notify.Health{Kind: notify.Recovered, Since: before, Failed: 12, Kept: 3, Compared: before, Change: found(mixed()), Pending: 2}),
		"health-parked":    health(language, notify.Health{Kind: notify.ChannelParked, Channel: "slack:#regulatory", Detail: "Slack does not accept the token: token_revoked; give a valid one"}),
		"health-dead":      health(language, notify.Health{Kind: notify.DeadLetter, Channel: "email:board@example.co.id", Message: "m-0011223344556677", Detail: "the mail server answers 550 at recipient: \"no such user\""}),
	}
	maps.Copy(out, vigils(t, language))
	for name, m := range out {
		if m.ID == "" {
			m.ID = notify.MessageID(m, "legal", "console")
			out[name] = m
		}
	}
	return out
}

func redesigned(t *testing.T, sub notify.Subscription) notify.Message {
	c := textChange(diff.Hunk{Op: diff.OpModified, Before: "Kementerian Kominfo", After: "Kementerian Komdigi"})
	c.Marks = []string{diff.Redesign}
	return composed(t, c, regulation(), sub)
}

func sighting(t *testing.T, sub notify.Subscription) notify.Message {
	t.Helper()
	s := registry.Sighting{Key: "22722", Index: suspended, Status: snapshot.Suspended, Name: "Toko Contoh", Company: "PT Contoh Niaga", Known: registered, Page: 3}
	m, ok := notify.ComposeSighting(s, []notify.Follow{own("22722")}, sub, register(), after, before, "html-for-json", "page 7 of LOKAL_TERDAFTAR is a firewall's page", nil, options)
	if !ok {
		t.Fatal("a sighting of our own is told to nobody")
	}
	return m
}

func health(language string, h notify.Health) notify.Message {
	h.At = after
	if h.Channel == "" {
		h.Source = register()
	}
	return notify.ComposeHealth(h, reader(language, notify.Match{}), options)
}

// TestMessages holds every kind of message in both languages to its golden
// file. The channels' own golden files are made of these.
func TestMessages(t *testing.T) {
	for _, language := range []string{"en", "id"} {
		for name, m := range examples(t, language) {
			t.Run(name+"."+language, func(t *testing.T) {
				b, err := json.MarshalIndent(m, "", "  ")
				if err != nil {
					t.Fatal(err)
				}
				golden(t, filepath.Join("testdata", "messages", name+"."+language+".json"), append(b, '\n'))
				for _, brace := range []string{"{", "}", "%!"} {
					if strings.Contains(m.Subject+m.Text(), brace) {
						t.Errorf("something was not filled in:\n%s\n%s", m.Subject, m.Text())
					}
				}
			})
		}
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got) {
		t.Errorf("%s differs (-update writes it anew):\n%s", path, got)
	}
}
