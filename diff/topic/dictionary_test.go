package topic_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
)

func dictionary(t interface{ Fatal(...any) }) *topic.Dictionary {
	d, err := topic.NewDictionary([]topic.Topic{
		{ID: "pse", Indonesian: "PSE", English: "Registration", Words: []string{"pendaftaran + sistem", "LOKAL_TERDAFTAR"}, Provisions: []string{"Permenkominfo 5/2020 Pasal 2"}},
		{ID: "privacy", Words: []string{"data pribadi"}, Provisions: []string{"UU 27/2022"}},
		{ID: "sanksi", Words: []string{"denda", "LOKAL_DICABUT"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTag(t *testing.T) {
	d := dictionary(t)
	filler := strings.Repeat("kata lain ", 60)
	register := snapshot.Source{ID: "pse", Topics: []string{"pse", "ours"}, Listing: &snapshot.Listing{
		Indexes: []snapshot.Part{{Name: "LOKAL_TERDAFTAR", Status: snapshot.Registered}, {Name: "LOKAL_DICABUT", Status: snapshot.Revoked}},
		Fields:  []snapshot.Column{{Name: "nama", As: snapshot.Text}, {Name: "website", As: snapshot.Websites}, {Name: "sektor", As: snapshot.Set}}}}
	plain := snapshot.Source{ID: "list", Listing: &snapshot.Listing{Indexes: []snapshot.Part{{Name: "list"}}}}
	for _, tt := range []struct {
		name string
		c    diff.Change
		src  snapshot.Source
		want string
	}{
		{"a form of the word", text(diff.OpModified, "sistem yang mendaftarkan", "sistem yang didaftarkan"), snapshot.Source{}, `pse: mendaftarkan sistem didaftarkan at 0`},
		{"one part of two", text(diff.OpAdded, "", "yang didaftarkan"), snapshot.Source{}, ``},
		{"words that stand elsewhere in a long passage", text(diff.OpModified, "denda "+filler+"satu"+filler, "denda "+filler+"dua"+filler), snapshot.Source{}, ``},
		{"words that stand close", text(diff.OpModified, filler+"denda satu juta"+filler, filler+"denda dua juta"+filler), snapshot.Source{}, `sanksi: denda at 0`},
		{"a citation", text(diff.OpAdded, "", "menurut UU Nomor 27 Tahun 2022"), snapshot.Source{}, `privacy: UU 27/2022 at 0`},
		{"in a link", text(diff.OpModified, "A <https://a.example/denda/1>", "A <https://a.example/denda/2>"), snapshot.Source{}, ``},
		{"the article of the source", path("BAB II > Pasal 2 > ayat (1)"), snapshot.Source{Name: "Permenkominfo 5/2020"}, `pse: Permenkominfo 5/2020 Pasal 2 at 0`},
		{"another article", path("BAB II > Pasal 3"), snapshot.Source{Name: "Permenkominfo 5/2020"}, ``},
		{"the title of a chapter", path("BAB III DENDA > Pasal 3"), snapshot.Source{}, `sanksi: DENDA at 0`},
		{"the heading of a page", path("Denda dan lainnya"), snapshot.Source{}, ``},
		{"declared", text(diff.OpAdded, "", "kata"), snapshot.Source{Topics: []string{"sanksi", "free"}}, `sanksi (declared), free (declared)`},
		{"declared and found", text(diff.OpAdded, "", "denda"), snapshot.Source{Topics: []string{"free", "sanksi"}}, `free (declared), sanksi (declared): denda at 0`},
		{"a revocation", records(registry.Event{Type: registry.Status, FromIndex: "LOKAL_TERDAFTAR", ToIndex: "LOKAL_DICABUT", Name: "Denda"}), register,
			`pse (declared), ours (declared), sanksi: LOKAL_DICABUT at 0`},
		{"an operator's name", records(registry.Event{Type: registry.Edited, FromIndex: "LOKAL_TERDAFTAR", ToIndex: "LOKAL_TERDAFTAR", Fields: map[string][2]string{"nama": {"Denda", "Data Pribadi"}, "website": {"denda.id", ""}}}), register,
			`pse (declared), ours (declared)`},
		{"an operator's sector", records(registry.Event{Type: registry.Edited, Fields: map[string][2]string{"sektor": {"Denda", ""}}}), register,
			`pse (declared), ours (declared), sanksi: Denda at 0`},
		{"a new regulation in a list", records(registry.Event{Type: registry.Edited}, registry.Event{Type: registry.Added, Name: "7/2025", Fields: map[string][2]string{"judul": {"", "Pelindungan Data Pribadi"}}}), plain,
			`privacy: Data Pribadi at 1`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := told(d.Tag(tt.c, tt.src)); got != tt.want {
				t.Errorf("tagged\n%s, want\n%s", got, tt.want)
			}
		})
	}
	var none *topic.Dictionary
	if got := told(none.Tag(text(diff.OpAdded, "", "denda"), snapshot.Source{Topics: []string{"a"}})); got != "a (declared)" {
		t.Errorf("without a dictionary %s", got)
	}
}

func text(op diff.Op, before, after string) diff.Change {
	return diff.Change{Kind: diff.TextKind, Hunks: []diff.Hunk{{Op: op, Before: before, After: after}}}
}

func path(p string) diff.Change {
	return diff.Change{Kind: diff.TextKind, Hunks: []diff.Hunk{{Op: diff.OpAdded, Path: p, After: "kata"}}}
}

func records(events ...registry.Event) diff.Change {
	return diff.Change{Kind: diff.RecordsKind, Events: events}
}

func told(tags []diff.Tag) string {
	var out []string
	for _, t := range tags {
		s := t.Topic
		if t.Declared {
			s += " (declared)"
		}
		if by := append(t.Words, t.Provisions...); len(by) > 0 {
			b, _ := json.Marshal(t.Places)
			s += ": " + strings.Join(by, " ") + " at " + strings.Trim(string(b), "[]")
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestDictionaryErrors(t *testing.T) {
	for _, bad := range []topic.Topic{{ID: "a", Words: []string{"!"}}, {ID: "a", Words: []string{" + b"}}, {ID: "a", Provisions: []string{"Pasal 5"}}} {
		if _, err := topic.NewDictionary([]topic.Topic{bad}); err == nil || !strings.Contains(err.Error(), "topic a") {
			t.Errorf("%+v gives %v", bad, err)
		}
	}
}

// TestTagsOfPlaces: a topic is tagged where its word was put and nowhere else,
// the same at every call.
func TestTagsOfPlaces(t *testing.T) {
	d := dictionary(t)
	rapid.Check(t, func(t *rapid.T) {
		var c diff.Change
		var want []int
		for i := range rapid.IntRange(1, 6).Draw(t, "hunks") {
			h := diff.Hunk{Op: diff.OpAdded, After: "kata lain"}
			if rapid.Bool().Draw(t, "about") {
				h.After = "dikenai " + rapid.SampledFrom([]string{"denda", "Denda,", "DENDANYA"}).Draw(t, "word")
				want = append(want, i)
			}
			c.Hunks = append(c.Hunks, h)
		}
		tags := d.Tag(c, snapshot.Source{})
		if !reflect.DeepEqual(tags, d.Tag(c, snapshot.Source{})) {
			t.Fatal("tagged in two ways")
		}
		if len(want) == 0 && len(tags) > 0 || len(want) > 0 && (len(tags) != 1 || !reflect.DeepEqual(tags[0].Places, want)) {
			t.Fatalf("tagged %+v, want at %v", tags, want)
		}
	})
}

// TestRecordSeverity: what an edit of a list says decides; that of a register
// is a matter of who follows the operator.
func TestRecordSeverity(t *testing.T) {
	plain := &snapshot.Listing{Indexes: []snapshot.Part{{Name: "list"}}, Ignored: []string{"seen"}}
	for _, tt := range []struct {
		name   string
		fields map[string][2]string
		l      *snapshot.Listing
		want   diff.Severity
		why    string
	}{
		{"a status", map[string][2]string{"status": {"Berlaku", "Dicabut"}}, plain, diff.Notice, "1 edited; status: Berlaku, Dicabut"},
		{"a date", map[string][2]string{"due": {"2025-04-01", "2025-05-01"}}, plain, diff.Notice, "1 edited; dates: 2025-04-01, 2025-05-01"},
		{"a name", map[string][2]string{"name": {"Contoh", "contoh lain"}}, plain, diff.Info, "1 edited"},
		{"a number", map[string][2]string{"views": {"12", "13"}}, plain, diff.Info, "1 edited"},
		{"what is only shown", map[string][2]string{"seen": {"2025-04-01", "2025-05-01"}}, plain, diff.Info, "1 edited"},
		{"a date of a register", map[string][2]string{"tanggal_daftar": {"2025-04-01", "2025-05-01"}}, nil, diff.Info, "1 edited"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, reasons := topic.Severity(records(registry.Event{Type: registry.Edited, Fields: tt.fields}), tt.l)
			if why := topic.Why(reasons, "en"); s != tt.want || why != tt.why {
				t.Errorf("is %s because %q, want %s because %q", s, why, tt.want, tt.why)
			}
		})
	}
}

// TestEveryReasonHasWords in both languages.
func TestEveryReasonHasWords(t *testing.T) {
	var kinds []string
	for _, k := range topic.Kinds() {
		kinds = append(kinds, string(k))
	}
	kinds = append(kinds, topic.Prohibition, topic.Duty, topic.Penalty, topic.State, topic.Deadline, topic.Amount, topic.Date,
		topic.Document, topic.Link, topic.Number, topic.Place, topic.Plain, topic.Cosmetic, diff.NotComparable)
	for _, k := range kinds {
		w := topic.Words([]diff.Reason{{Kind: k}})
		if w.Indonesian == "" || w.English == "" || w.Indonesian == w.English && k != topic.State {
			t.Errorf("%s is %q in Indonesian and %q in English", k, w.Indonesian, w.English)
		}
	}
}
