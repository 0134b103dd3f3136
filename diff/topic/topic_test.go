package topic_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
)

const (
	registered = "LOKAL_TERDAFTAR"
	suspended  = "ASING_DIHENTIKAN_SEMENTARA"
	revoked    = "LOKAL_DICABUT"
)

func event(t registry.EventType, from, to string) registry.Event {
	return registry.Event{Type: t, Key: "1", FromIndex: from, ToIndex: to}
}

func TestKindOf(t *testing.T) {
	other := &snapshot.Listing{Indexes: []snapshot.Part{{Name: "A", Status: snapshot.Registered}, {Name: "B", Status: snapshot.Suspended}, {Name: registered, Status: snapshot.Revoked}}}
	given := event(registry.Edited, registered, registered)
	given.Identity = registry.Reassigned
	for _, tt := range []struct {
		name string
		e    registry.Event
		l    *snapshot.Listing
		want topic.Kind
	}{
		{"added", event(registry.Added, "", registered), nil, topic.Added},
		{"added among the suspended", event(registry.Added, "", suspended), nil, topic.Suspended},
		{"added in two indexes", event(registry.Added, "", registered+"+"+revoked), nil, topic.Revoked},
		{"removed", event(registry.Removed, suspended, ""), nil, topic.Removed},
		{"edited", event(registry.Edited, revoked, revoked), nil, topic.Edited},
		{"reassigned", given, nil, topic.Reassigned},
		{"suspended", event(registry.Status, registered, suspended), nil, topic.Suspended},
		{"revoked", event(registry.Status, suspended, revoked), nil, topic.Revoked},
		{"revocation turned into a suspension", event(registry.Status, revoked, suspended), nil, topic.Suspended},
		{"restored", event(registry.Status, revoked, registered), nil, topic.Restored},
		{"in two indexes now", event(registry.Status, registered, registered+"+"+suspended), nil, topic.Suspended},
		{"in one of two again", event(registry.Status, registered+"+"+suspended, registered), nil, topic.Restored},
		{"no longer registered as well", event(registry.Status, registered+"+"+suspended, suspended), nil, topic.Moved},
		{"from domestic to foreign", event(registry.Status, registered, "ASING_TERDAFTAR"), nil, topic.Moved},
		{"indexes that say nothing", event(registry.Status, "A", "B"), nil, topic.Moved},
		{"the description says it", event(registry.Status, "A", "B"), other, topic.Suspended},
		{"the description goes before the name", event(registry.Status, "B", registered), other, topic.Revoked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := topic.KindOf(tt.e, tt.l); got != tt.want {
				t.Errorf("is %s, want %s", got, tt.want)
			}
		})
	}
}

func TestSeverity(t *testing.T) {
	given := event(registry.Edited, registered, registered)
	given.Identity = registry.Reassigned
	added, edited := event(registry.Added, "", registered), event(registry.Edited, registered, registered)
	gone, stopped := event(registry.Removed, registered, ""), event(registry.Status, registered, suspended)
	for _, tt := range []struct {
		name          string
		events        []registry.Event
		want          diff.Severity
		why, sentence string
	}{
		{"added", []registry.Event{added, added}, diff.Info, "2 added", "2 added in pse"},
		{"added and edited", []registry.Event{edited, added}, diff.Info, "1 added, 1 edited", "1 added, 1 edited in pse"},
		{"one removed among them", []registry.Event{edited, added, gone}, diff.Notice, "1 removed", "1 added, 1 removed, 1 edited in pse"},
		{"suspended", []registry.Event{stopped, stopped, stopped, added}, diff.Notice, "3 suspended", "1 added, 3 suspended in pse"},
		{"restored", []registry.Event{event(registry.Status, suspended, registered)}, diff.Notice, "1 registered again", "1 registered again in pse"},
		{"reassigned", []registry.Event{given}, diff.Notice, "1 number now held by another company", "1 number now held by another company in pse"},
		{"two reassigned and one moved", []registry.Event{given, given, event(registry.Status, registered, "ASING_TERDAFTAR")}, diff.Notice,
			"2 numbers now held by another company, 1 with another status", "1 with another status, 2 numbers now held by another company in pse"},
		{"nothing", nil, diff.Info, "", "Nothing changed in pse"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := diff.Change{Source: "pse", Kind: diff.RecordsKind, Events: tt.events}
			s, reasons := topic.Severity(c, nil)
			if why := topic.Why(reasons, "en"); s != tt.want || why != tt.why {
				t.Errorf("is %s because %q, want %s because %q", s, why, tt.want, tt.why)
			}
			if got := topic.Summary(c); got != tt.sentence {
				t.Errorf("summary %q, want %q", got, tt.sentence)
			}
		})
	}
}

func TestText(t *testing.T) {
	for _, tt := range []struct {
		name          string
		op            diff.Op
		before, after string
		want          diff.Severity
		why           string
	}{
		{"a word", diff.OpModified, "Menteri membentuk", "Direktur membentuk", diff.Notice, "the wording differs"},
		{"a term", diff.OpModified, "dalam 30 hari kerja", "dalam 14 hari kerja", diff.Notice, "deadlines or terms: 30 hari, 14 hari"},
		{"a term in words too", diff.OpModified, "30 (tiga puluh) hari", "14 (empat belas) hari", diff.Notice, "deadlines or terms: 30 (tiga puluh) hari, 14 (empat belas) hari"},
		{"at the latest", diff.OpModified, "dilakukan dalam waktu itu", "dilakukan paling lambat dalam waktu itu", diff.Notice, "deadlines or terms: paling lambat"},
		{"an amount", diff.OpModified, "Rp12.500.000.000,00", "Rp12.500.000,00", diff.Notice, "amounts: Rp12.500.000.000,00, Rp12.500.000,00"},
		{"an amount apart", diff.OpModified, "denda Rp 5 juta", "denda Rp 50 juta", diff.Notice, "amounts: Rp 5 juta, Rp 50 juta"},
		{"a scale", diff.OpModified, "denda 5 juta rupiah", "denda 5 miliar rupiah", diff.Notice, "amounts: 5 juta, 5 miliar"},
		{"a date", diff.OpModified, "pada 17 Maret 2025 WIB", "pada 18 Maret 2025 WIB", diff.Notice, "dates: 17 Maret 2025, 18 Maret 2025"},
		{"a date in English", diff.OpModified, "Updated: April 6, 2025", "Updated: April 14, 2025", diff.Notice, "dates: April 6, 2025, April 14, 2025"},
		{"a year", diff.OpModified, "Nov 08, 2023", "Nov 08, 2024", diff.Notice, "dates: Nov 08, 2023, Nov 08, 2024"},
		{"may is no month", diff.OpModified, "4. They pay", "4. They may pay", diff.Notice, "duties, prohibitions or rights: may"},
		{"the month of May", diff.OpModified, "8 May 2025", "9 May 2025", diff.Notice, "dates: 8 May 2025, 9 May 2025"},
		{"a month", diff.OpModified, "pada 17 Maret 2025", "pada 17 April 2025", diff.Notice, "dates: 17 Maret 2025, 17 April 2025"},
		{"a month before its day", diff.OpModified, "Updated: March 6", "Updated: April 6", diff.Notice, "dates: March 6, April 6"},
		{"a date that is added", diff.OpAdded, "", "Mulai 1 Januari 2027.", diff.Notice, "dates: 1 Januari 2027"},
		{"thousands with a blank", diff.OpModified, "modal EUR 26 232,00 saja", "modal EUR 28 829.60 saja", diff.Notice, "amounts: EUR 26 232,00, EUR 28 829.60"},
		{"figures beside each other", diff.OpModified, "nomor 805 232 352", "nomor 805 232 353", diff.Notice, "figures: 352, 353"},
		{"a date in figures", diff.OpModified, "17-03-2025", "17/04/2025", diff.Notice, "dates: 17-03-2025, 17/04/2025"},
		{"a point in a figure", diff.OpModified, "1.500 unit", "1500 unit", diff.Notice, "figures: 1.500, 1500"},
		{"a comma in a figure", diff.OpModified, "1,5 persen", "15 persen", diff.Notice, "amounts: 1,5 persen, 15 persen"},
		{"a percent sign", diff.OpModified, "denda 5%", "denda 5", diff.Notice, "amounts: 5%; figures: 5"},
		{"a negation", diff.OpModified, "dapat dikenai", "tidak dapat dikenai", diff.Notice, "negations or exceptions: tidak"},
		{"a duty and a term", diff.OpModified, "PSE wajib melapor.", "PSE dapat melapor dalam 3 hari.", diff.Notice, "duties, prohibitions or rights: wajib, dapat; deadlines or terms: 3 hari"},
		{"another form of a duty", diff.OpModified, "yang diatur", "yang diwajibkan", diff.Notice, "duties, prohibitions or rights: diwajibkan"},
		{"a sanction", diff.OpModified, "dikenai teguran", "dikenai pemblokiran", diff.Notice, "sanctions: teguran, pemblokiran"},
		{"a status", diff.OpModified, "Status: Berlaku", "Status: Dicabut", diff.Notice, "status: Berlaku, Dicabut"},
		{"an English status", diff.OpModified, "Status: active", "Status: suspended", diff.Notice, "status: active, suspended"},
		{"many figures", diff.OpAdded, "", "1 2 3 4 5 6", diff.Notice, "figures: 1, 2, 3, 4 and 2 more"},
		{"another order", diff.OpModified, "A membayar B", "B membayar A", diff.Notice, "the wording differs"},
		{"dan/atau", diff.OpModified, "barang dan/atau jasa", "barang dan atau jasa", diff.Notice, "the wording differs"},
		{"letter case", diff.OpModified, "PENYELENGGARA Sistem", "Penyelenggara sistem", diff.Info, "only punctuation or letter case differs"},
		{"letter case beyond ASCII", diff.OpModified, "ÉTAT", "état", diff.Info, "only punctuation or letter case differs"},
		{"punctuation", diff.OpModified, "a. “Sistem”, yaitu -", "a) \"Sistem\" yaitu", diff.Info, "only punctuation or letter case differs"},
		{"a full stop behind a figure", diff.OpModified, "paling lambat 30 hari", "paling lambat 30 hari.", diff.Info, "only punctuation or letter case differs"},
		{"added", diff.OpAdded, "", "Bagian baru", diff.Notice, "the wording differs"},
		{"moved", diff.OpMoved, "Sama", "Sama", diff.Notice, "a passage stands elsewhere"},
		{"a link", diff.OpModified, "Laman <https://a.example/1>", "Laman <https://a.example/x>", diff.Notice, "links: <https://a.example/1>, <https://a.example/x>"},
		{"a document", diff.OpModified, "Salinan <https://a.example/1.pdf>", "Salinan <https://a.example/2.pdf>", diff.Notice, "links to documents: <https://a.example/1.pdf>, <https://a.example/2.pdf>"},
		{"act is no status", diff.OpModified, "Undang-Undang ini", "Undang-Undang itu", diff.Notice, "the wording differs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := diff.Hunk{Op: tt.op, Before: tt.before, After: tt.after}
			s, reasons := topic.Severity(diff.Change{Kind: diff.TextKind, Hunks: []diff.Hunk{h}}, nil)
			why := topic.Why(reasons, "en")
			if s != tt.want {
				t.Errorf("is %s, want %s", s, tt.want)
			}
			if why != tt.why {
				t.Errorf("because %q, want %q", why, tt.why)
			}
		})
	}
}

// TestOneWeightyPassage makes the whole change weighty.
func TestOneWeightyPassage(t *testing.T) {
	r := topic.Read([]diff.Hunk{{Op: diff.OpModified, Before: "A.", After: "a"}, {Op: diff.OpModified, Before: "30 hari", After: "30 bulan"}, {Op: diff.OpModified, Before: "b", After: "B"}})
	if r.Severity != diff.Notice || topic.Why(r.Reasons, "id") != "tenggat atau jangka waktu: 30 hari, 30 bulan" {
		t.Errorf("read as %+v", r)
	}
}

// TestNothingSubstantialIsCosmetic changes one word of a text that is dressed
// in another way as well: never info. Dressed alone: always info.
func TestNothingSubstantialIsCosmetic(t *testing.T) {
	vocabulary := strings.Fields("wajib tidak 30 1.500 1500 Rp12.500,00 PSE sistem dan/atau 5% ayat (2) Éa")
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom(vocabulary), 1, 40).Draw(t, "words")
		dressed := make([]string, len(words))
		for i, w := range words {
			dressed[i] = rapid.SampledFrom([]string{w, strings.ToUpper(w), w + ";", "“" + w + "”", w + " -"}).Draw(t, "dress")
		}
		hunk := func(after []string) []diff.Hunk {
			return []diff.Hunk{{Op: diff.OpModified, Before: strings.Join(words, " "), After: strings.Join(after, " ")}}
		}
		if r := topic.Read(hunk(dressed)); r.Severity != diff.Info {
			t.Fatalf("only dressed, and it is %+v", r)
		}
		i := rapid.IntRange(0, len(words)-1).Draw(t, "at")
		other := rapid.SampledFrom(vocabulary).Filter(func(w string) bool { return w != words[i] }).Draw(t, "other")
		changed := slices.Clone(dressed)
		changed[i] = other
		if r := topic.Read(hunk(changed)); r.Severity != diff.Notice {
			t.Fatalf("%q became %q, and it is %+v", words[i], other, r)
		}
		short := slices.Delete(slices.Clone(dressed), i, i+1)
		if r := topic.Read(hunk(short)); r.Severity != diff.Notice {
			t.Fatalf("%q went, and it is %+v", words[i], r)
		}
	})
}
