package notify_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// TestTimes words the two looks of one event in the reader's language and zone.
func TestTimes(t *testing.T) {
	for _, tt := range []struct {
		name, language, zone string
		from, to             time.Time
		want                 string
	}{
		{"Jakarta", "en", "Asia/Jakarta", before, after, "In the register on 13 January 2025 07:44 WIB, suspended on 17 March 2025 11:46 WIB; no look between."},
		{"Jakarta in Indonesian", "id", "Asia/Jakarta", before, after, "Terdaftar pada 13 Januari 2025 pukul 07.44 WIB, dihentikan sementara pada 17 Maret 2025 pukul 11.46 WIB; tidak ada pengamatan di antaranya."},
		{"Makassar", "en", "Asia/Makassar", before, after, "In the register on 13 January 2025 08:44 WITA, suspended on 17 March 2025 12:46 WITA; no look between."},
		{"a zone without letters", "en", "Asia/Singapore", before, after, "In the register on 13 January 2025 08:44 UTC+08, suspended on 17 March 2025 12:46 UTC+08; no look between."},
		{"summer time begins between", "en", "Europe/London", before, after.AddDate(0, 1, 0), "In the register on 13 January 2025 00:44 GMT, suspended on 17 April 2025 05:46 BST; no look between."},
		{"one day", "en", "Asia/Jakarta", before, before.Add(time.Hour), "In the register on 13 January 2025 07:44 WIB, suspended on 13 January 2025 08:44 WIB; no look between."},
		{"one minute", "en", "Asia/Jakarta", before.Add(5 * time.Second), before.Add(50 * time.Second), "In the register on 13 January 2025 07:44:05 WIB, suspended on 13 January 2025 07:44:50 WIB; no look between."},
		{"a zone nobody knows", "en", "Asia/Atlantis", before, after, "In the register on 13 January 2025 00:44 UTC, suspended on 17 March 2025 04:46 UTC; no look between."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := change(toko(registry.Status, registered, suspended))
			c.From.At, c.To.At = tt.from, tt.to
			sub := reader(tt.language, notify.Match{})
			sub.Timezone = tt.zone
			if m := composed(t, c, register(), sub); !slices.Equal(m.Seen, []string{tt.want}) {
				t.Errorf("says %q, want %q", m.Seen, tt.want)
			}
		})
	}
}

// TestGap words how far the two looks lie apart.
func TestGap(t *testing.T) {
	for _, tt := range []struct {
		gap  time.Duration
		want string
	}{
		{63*24*time.Hour + 4*time.Hour, "63 days"}, {48 * time.Hour, "2 days"}, {47 * time.Hour, "47 hours"}, {90 * time.Minute, "90 minutes"}, {30 * time.Second, "30 seconds"}, {time.Second, "1 second"},
	} {
		c := gap()
		c.To.At = c.From.At.Add(tt.gap)
		m := composed(t, c, register(), reader("en", notify.Match{}))
		if want := "337 status changes in PSE register between two looks " + tt.want + " apart"; !strings.HasPrefix(m.Summary, want) {
			t.Errorf("%v: says %q, want %q", tt.gap, m.Summary, want)
		}
	}
}

// TestManyEvents is one message: ours first, twenty in words, the rest counted.
func TestManyEvents(t *testing.T) {
	m := composed(t, gap(), register(), reader("en", notify.Match{}), own("22722"))
	if len(m.Sections) != 2 || !strings.Contains(m.Sections[0].Items[0].Title, "22722") || len(m.Sections[0].Items)+len(m.Sections[1].Items) != 20 {
		t.Errorf("sections are %+v", m.Sections)
	}
	if want := "Not shown here: 19 revoked, 298 suspended. All of it: `pantau show c0123456789ab`"; m.Left != want {
		t.Errorf("what is left is %q, want %q", m.Left, want)
	}
	if m.Severity != diff.Urgent || m.ChangeID != "c0123456789ab" || len(m.AlertIDs) != 1 {
		t.Errorf("message %+v", m)
	}
}

func TestLinks(t *testing.T) {
	o := options
	o.BaseURL = "https://pantau.example.co.id/"
	sub := reader("en", notify.Match{})
	c := amended()
	a := notify.Route(c, regulation(), notify.Interests{Subscriptions: []notify.Subscription{sub}})[0]
	m := notify.Compose(a, c, sub, regulation(), o)
	want := []notify.Link{{Title: "The change in Pantau", URL: "https://pantau.example.co.id/changes/cba9876543210"},
		{Title: "Source: Permenkominfo 5/2020", URL: "https://jdih.example/produk_hukum/759"}}
	if !slices.Equal(m.Links, want) {
		t.Errorf("links %+v, want %+v", m.Links, want)
	}
}

// TestWhy names every reason once, and counts where they are many.
func TestWhy(t *testing.T) {
	var follows []notify.Follow
	c := gap()
	for _, e := range c.Events[:9] {
		follows = append(follows, own(string(e.Key)))
	}
	m := composed(t, c, register(), reader("en", notify.Match{Relation: []notify.Relation{notify.Own}}), follows...)
	want := "You get this because you follow 1000 (own); you follow 1001 (own); you follow 1002 (own); you follow 1003 (own); you follow 5 other operators in it."
	if m.Why != want {
		t.Errorf("says %q, want %q", m.Why, want)
	}
}

// TestSightingIsAskedFor tells only who would be told of the event.
func TestSightingIsAskedFor(t *testing.T) {
	s := registry.Sighting{Key: "22722", Index: revoked, Status: snapshot.Revoked, Name: "Toko Contoh", Page: 1}
	for _, tt := range []struct {
		name    string
		match   notify.Match
		follows []notify.Follow
		want    diff.Severity
	}{
		{"own", notify.Match{Relation: []notify.Relation{notify.Own}, Severity: diff.Urgent}, []notify.Follow{own("22722")}, diff.Urgent},
		{"vendor", notify.Match{}, []notify.Follow{{Operator: "22722", As: notify.Vendor}}, diff.Notice},
		{"followed by nobody", notify.Match{}, nil, ""},
		{"another relation", notify.Match{Relation: []notify.Relation{notify.Vendor}}, []notify.Follow{own("22722")}, ""},
		{"another source", notify.Match{Sources: []string{"ojk"}}, []notify.Follow{own("22722")}, ""},
		{"not severe enough", notify.Match{Severity: diff.Urgent}, []notify.Follow{{Operator: "22722", As: notify.Vendor}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, ok := notify.ComposeSighting(s, tt.follows, reader("en", tt.match), register(), after, before, "page-rows", "page 7", nil, options)
			if ok != (tt.want != "") || m.Severity != tt.want {
				t.Errorf("told %v as %q, want %q", ok, m.Severity, tt.want)
			}
			if ok && !strings.Contains(m.Text(), "not in the register") {
				t.Errorf("it does not say what was known before:\n%s", m.Text())
			}
		})
	}
}

func TestPresentState(t *testing.T) {
	jakarta, err := time.LoadLocation("Asia/Jakarta")
	if err != nil {
		t.Fatal(err)
	}
	row := func(index string, missing time.Time) registry.Row {
		return registry.Row{Key: "22722", Index: index, MissingSince: missing, Fields: snapshot.FieldsOf(snapshot.Field{Name: "nama", Value: "Toko\u202e Contoh"}, snapshot.Field{Name: "nama_perusahaan", Value: "PT Contoh"})}
	}
	for _, tt := range []struct {
		name, language string
		rows           []registry.Row
		seen           time.Time
		want           string
	}{
		{"registered", "en", []registry.Row{row(registered, time.Time{})}, after, "Toko Contoh (PT Contoh, 22722) (own): in the register on 17 March 2025 11:46 WIB (LOKAL_TERDAFTAR)."},
		{"in two indexes", "id", []registry.Row{row(registered, time.Time{}), row(suspended, time.Time{})}, after,
			"Toko Contoh (PT Contoh, 22722) (milik sendiri): terdaftar dan dihentikan sementara pada 17 Maret 2025 pukul 11.46 WIB (LOKAL_TERDAFTAR+LOKAL_DIHENTIKAN_SEMENTARA)."},
		{"moved, the old row still there", "en", []registry.Row{row(registered, before), row(suspended, time.Time{})}, after, "Toko Contoh (PT Contoh, 22722) (own): suspended on 17 March 2025 11:46 WIB (LOKAL_DIHENTIKAN_SEMENTARA)."},
		{"missing once", "en", []registry.Row{row(registered, before)}, after, "Toko Contoh (PT Contoh, 22722) (own): missing on 13 January 2025 07:44 WIB; the next complete look will tell whether it is gone (LOKAL_TERDAFTAR)."},
		{"not there", "en", nil, after, "22722 (own): not in the register on 17 March 2025 11:46 WIB. It is told when it appears."},
		{"never seen", "id", nil, time.Time{}, "22722 (milik sendiri): pse belum pernah diamati; jalankan `pantau check pse`."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := notify.PresentState(own("22722"), tt.rows, register(), tt.seen, tt.language, jakarta); got != tt.want {
				t.Errorf("says %q, want %q", got, tt.want)
			}
		})
	}
}

// TestTextKeepsCommandsWhole breaks lines, but no command and no address.
func TestTextKeepsCommandsWhole(t *testing.T) {
	long := "https://" + strings.Repeat("x", 120) + ".example/"
	m := notify.Message{ID: "m-1", Summary: strings.Repeat("word ", 17) + "`pantau show c1` behind", Links: []notify.Link{{Title: "t", URL: long}}, Footer: "f"}
	text := m.Text()
	for l := range strings.SplitSeq(text, "\n") {
		if len(l) > 96 && !strings.Contains(l, long) {
			t.Errorf("a line of %d: %q", len(l), l)
		}
	}
	for _, want := range []string{"\n`pantau show c1` behind\n", "t: " + long, "m-1 · f\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
}
