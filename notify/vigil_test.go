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

func found(c diff.Change) *diff.Change { return &c }

func rina() *snapshot.Manual {
	return &snapshot.Manual{By: "Rina Wulandari", Seen: after.Add(-2 * time.Hour), Entered: after, URL: "https://register.example/api?index=LOKAL_TERDAFTAR&page=1", More: 3}
}

func byHand(c diff.Change) diff.Change {
	c.To.Manual, c.To.At, c.Evidence = rina(), rina().Seen, snapshot.EvidenceManual
	return c
}

// standings are two followed operators, one of them in the register no more.
func standings() []notify.Standing {
	return []notify.Standing{
		{Key: "22722", Name: "Toko Contoh", Company: "PT Contoh Niaga", Relation: notify.Own, Was: registered, Now: registered},
		{Key: "14868", Name: "Awan", Company: "PT Awan", Relation: notify.Vendor, Was: registered, Now: suspended},
	}
}

func unseen(src snapshot.Source) notify.Blindness {
	return notify.Blindness{Source: src, Since: before, From: before.Add(24 * time.Hour), Last: after.Add(-time.Hour), Failed: 60, Held: 2, Reason: "timeout", Detail: "no answer within 30 s"}
}

// vigils are the messages that time makes due, and those of what Pantau did not
// see itself.
func vigils(t *testing.T, language string) map[string]notify.Message {
	t.Helper()
	all, page := reader(language, notify.Match{Sources: []string{"pse"}}), reader(language, notify.Match{})
	before1 := byHand(textChange(diff.Hunk{Op: diff.OpAdded, After: "Pasal 7A"}))
	before1.To.Manual, before1.From.Manual = nil, &snapshot.Manual{By: "Rina Wulandari", Seen: before, URL: "https://cermin.example/759", Forced: true}
	seen := notify.Health{Kind: notify.Recovered, Since: before, Failed: 1}
	hand := seen
	hand.Compared, hand.SinceBy = rina().Seen, rina()
	nothing := seen
	nothing.Compared = before
	still := notify.Health{Kind: notify.StillBlind, Since: before, From: before.Add(24 * time.Hour), Last: after.Add(-time.Hour), Failed: 1, Kept: 61, Held: true, Reason: "block-page", Detail: "a firewall's page"}
	never := still
	never.Since, never.Held = time.Time{}, false
	gapped := change()
	gapped.Marks, gapped.Gap, gapped.Severity = []string{diff.NotComparable}, "the key was changed, and the last good look cannot be read by the new one", diff.Info
	week := notify.Week{Since: after.AddDate(0, 0, -7), At: after, Sources: []notify.SourceWeek{
		{Source: register(), LastGood: after.Add(-6 * time.Hour), Looks: 7, Followed: standings()},
		{Source: regulation(), LastGood: after.Add(-time.Hour), Looks: 336, Failed: 2},
	}}
	changed, blind, nobody := week, week, week
	changed.Sources = slices.Clone(week.Sources)
	changed.Sources[0].Changes, changed.Sources[1].By = 3, rina()
	blind.Sources = slices.Clone(week.Sources)
	blind.Sources[0].LastGood, blind.Sources[0].Failed = before, 7
	blind.Blind = []notify.Blindness{unseen(register())}
	nobody.Sources = []notify.SourceWeek{{Source: regulation(), Looks: 3, Failed: 3}}
	daily := notify.Daily{Since: after.AddDate(0, 0, -1), At: after, Looks: 48, HeadID: 4711, Head: "c0ffee"}
	dark := daily
	dark.Failed, dark.Blind = 24, []notify.Blindness{unseen(register()), {Source: regulation(), From: after.Add(-time.Hour), Last: after, Failed: 1}}
	gone := unseen(register())
	gone.Since = time.Time{}
	sight, ok := notify.ComposeSighting(registry.Sighting{Key: "22722", Index: suspended, Status: snapshot.Suspended, Name: "Toko Contoh", Company: "PT Contoh Niaga", Known: registered, Page: 3},
		[]notify.Follow{own("22722")}, all, register(), rina().Seen, before, "incomplete", "the pages entered by hand are not the whole register", rina(), options)
	if !ok {
		t.Fatal("a sighting of our own is told to nobody")
	}
	unread, ok := notify.ComposeSighting(registry.Sighting{Key: "22722", Index: suspended, Status: snapshot.Suspended, Name: "Toko Contoh", Company: "PT Contoh Niaga", Unread: true, Page: 3},
		[]notify.Follow{own("22722")}, all, register(), after, before, "", "", nil, options)
	if !ok {
		t.Fatal("our own in an index that was not read before is told to nobody")
	}
	return map[string]notify.Message{
		"sighting-unread":            unread,
		"by-hand":                    composed(t, byHand(change(toko(registry.Status, registered, suspended))), register(), all, own("22722")),
		"by-hand-before":             composed(t, before1, regulation(), page),
		"sighting-by-hand":           sight,
		"health-still-blind":         health(language, still),
		"health-still-never":         health(language, never),
		"health-recovered-unchanged": health(language, nothing),
		"health-recovered-first":     health(language, notify.Health{Kind: notify.Recovered, Failed: 3}),
		"health-recovered-by-hand":   health(language, hand),
		"health-edited":              health(language, notify.Health{Kind: notify.NotComparable, Since: before, Reason: "not-comparable", Detail: "the source was a page until then"}),
		"health-edited-partly":       health(language, notify.Health{Kind: notify.NotComparable, Since: before, Reason: "not-comparable", Detail: "field sektor", Partly: true}),
		"not-comparable":             composed(t, gapped, register(), all, own("22722")),
		"unconfirmed":                notify.ComposeUnconfirmed(unseen(register()), standings(), all, options),
		"unconfirmed-never":          notify.ComposeUnconfirmed(gone, standings(), all, options),
		"unconfirmed-page":           notify.ComposeUnconfirmed(unseen(regulation()), nil, page, options),
		"seen-again":                 notify.ComposeSeenAgain(notify.SeenAgain{Source: register(), Since: before, At: after, Compared: before, Change: found(mixed())}, standings(), all, options),
		"seen-again-page":            notify.ComposeSeenAgain(notify.SeenAgain{Source: regulation(), Since: before, At: after, Compared: before}, nil, page, options),
		"seen-again-first":           notify.ComposeSeenAgain(notify.SeenAgain{Source: register(), At: after}, standings(), all, options),
		"all-clear":                  notify.ComposeAllClear(week, all, options),
		"all-clear-changed":          notify.ComposeAllClear(changed, all, options),
		"all-clear-blind":            notify.ComposeAllClear(blind, all, options),
		"all-clear-never":            notify.ComposeAllClear(nobody, all, options),
		"daily":                      notify.ComposeDaily(daily, page, options),
		"daily-blind":                notify.ComposeDaily(dark, page, options),
	}
}

// TestBlindnessHeadsReports: what cannot be seen stands before what was.
func TestBlindnessHeadsReports(t *testing.T) {
	for _, name := range []string{"daily-blind", "all-clear-blind"} {
		m := vigils(t, "en")[name]
		if !strings.Contains(m.Seen[0], "cannot be seen since 13 January 2025 07:44 WIB (60 looks failed and 2 looks were held)") || m.Severity != diff.Notice {
			t.Errorf("%s, %s, begins with %q", name, m.Severity, m.Seen[0])
		}
	}
	if m := vigils(t, "en")["daily-blind"]; !strings.HasPrefix(m.Summary, "Cannot be seen now: PSE register, Permenkominfo 5/2020") {
		t.Errorf("the daily report begins with %q", m.Summary)
	}
	if m := vigils(t, "en")["all-clear-never"]; !strings.Contains(m.Subject, "cannot be seen now: Permenkominfo 5/2020;") {
		t.Errorf("a source that was never seen is not named: %q", m.Subject)
	}
}

func TestBehind(t *testing.T) {
	rows := []registry.Row{{Key: "22722", Index: registered, Fields: snapshot.FieldsOf(snapshot.Field{Name: "nama", Value: "Toko Contoh"})}}
	follows := map[string][]notify.Follow{"22722": {own("22722")}, "300": {{Operator: "300", As: notify.Competitor}}}
	for _, tt := range []struct {
		name  string
		src   snapshot.Source
		match notify.Match
		want  string // "-": nothing is behind it
	}{
		{"own and competitor", register(), notify.Match{}, "22722 300"},
		{"own only", register(), notify.Match{Relation: []notify.Relation{notify.Own}}, "22722"},
		{"urgent only", register(), notify.Match{Severity: diff.Urgent}, "22722"},
		{"by number", register(), notify.Match{Operators: []string{"300"}}, "300"},
		{"by a number that nobody follows", register(), notify.Match{Operators: []string{"1"}}, "-"},
		{"by a word of it", register(), notify.Match{Keywords: []string{"toko"}}, "22722"},
		{"another source", register(), notify.Match{Sources: []string{"permen"}}, "-"},
		{"another topic", register(), notify.Match{Topics: []string{"konten"}}, "-"},
		{"sanctions", register(), notify.Match{Topics: []string{"sanksi"}}, "22722 300"},
		{"a page that may speak of anything", regulation(), notify.Match{Topics: []string{"konten"}}, ""},
		{"a page", regulation(), notify.Match{Topics: []string{"pse"}, Severity: diff.Urgent, Keywords: []string{"denda"}}, ""},
		{"a page, operators only", regulation(), notify.Match{Relation: []notify.Relation{notify.Own}}, "-"},
		{"a page, another source", regulation(), notify.Match{Sources: []string{"pse"}}, "-"},
	} {
		list, ok := notify.Behind(reader("en", tt.match), tt.src, follows, rows)
		var keys []string
		for _, s := range list {
			keys = append(keys, string(s.Key))
		}
		got := strings.Join(keys, " ")
		if !ok {
			got = "-"
		}
		if got != tt.want {
			t.Errorf("%s: %q is behind it, want %q", tt.name, got, tt.want)
		}
	}
}

// TestGapReachesItsReaders: whoever takes anything of an edited source hears of
// what cannot be compared, as mildly as their filter allows.
func TestGapReachesItsReaders(t *testing.T) {
	c := change()
	c.Marks, c.Severity = []string{diff.NotComparable}, diff.Info
	for _, tt := range []struct {
		name  string
		match notify.Match
		want  diff.Severity
	}{
		{"everything", notify.Match{}, diff.Notice},
		{"own", notify.Match{Relation: []notify.Relation{notify.Own}}, diff.Notice},
		{"a relation that nobody has", notify.Match{Relation: []notify.Relation{notify.Vendor}}, ""},
		{"an operator", notify.Match{Operators: []string{"1"}}, diff.Notice},
		{"words", notify.Match{Keywords: []string{"denda"}}, diff.Notice},
		{"urgent only", notify.Match{Severity: diff.Urgent}, ""},
		{"another source", notify.Match{Sources: []string{"permen"}}, ""},
	} {
		sub := reader("en", tt.match)
		alerts := notify.Route(c, register(), notify.Interests{Subscriptions: []notify.Subscription{sub}, Follows: []notify.Follow{own("22722")}})
		got := diff.Severity("")
		if len(alerts) == 1 {
			got = alerts[0].Severity
		}
		if got != tt.want {
			t.Errorf("%s: told as %q, want %q", tt.name, got, tt.want)
		}
	}
	if a := notify.Route(c, register(), notify.Interests{Subscriptions: []notify.Subscription{reader("en", notify.Match{})}}); len(a) != 1 || a[0].Severity != diff.Info {
		t.Errorf("who follows nobody is told %+v, want info", a)
	}
}

func TestLatestReport(t *testing.T) {
	jakarta, err := time.LoadLocation("Asia/Jakarta")
	if err != nil {
		t.Fatal(err)
	}
	friday := notify.AllClear{Day: time.Friday, Hour: 15}
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, jakarta)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for now, want := range map[string]string{
		"2026-03-06 15:00": "2026-03-06 15:00", "2026-03-06 14:59": "2026-02-27 15:00", "2026-03-12 23:59": "2026-03-06 15:00", "2026-03-07 00:00": "2026-03-06 15:00",
	} {
		if got := friday.Latest(at(now).UTC(), jakarta); !got.Equal(at(want)) {
			t.Errorf("at %s the latest is %v, want %s", now, got, want)
		}
	}
}
