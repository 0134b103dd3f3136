package notify_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/diff/topic"
	"pantau/notify"
)

// TestSeverityFor is the whole table of event by relation.
func TestSeverityFor(t *testing.T) {
	const i, n, u = diff.Info, diff.Notice, diff.Urgent
	relations := []notify.Relation{"", notify.Watched, notify.Competitor, notify.Vendor, notify.Own}
	table := map[topic.Kind][5]diff.Severity{
		topic.Reassigned: {n, n, n, n, u},
		topic.Revoked:    {n, n, n, n, u},
		topic.Suspended:  {n, n, n, n, u},
		topic.Removed:    {n, n, n, n, u},
		topic.Restored:   {n, n, n, n, n},
		topic.Moved:      {n, n, n, n, n},
		topic.Added:      {i, i, i, n, n},
		topic.Edited:     {i, i, i, i, n},
		topic.Published:  {n, n, n, n, n},
		topic.Drafted:    {n, n, n, n, n},
		topic.Listed:     {n, n, n, n, n},
		topic.Unlisted:   {n, n, n, n, n},
		topic.Differing:  {n, n, n, n, n},
	}
	if len(table) != len(topic.Kinds()) {
		t.Errorf("the table has %d kinds, there are %d", len(table), len(topic.Kinds()))
	}
	for _, k := range topic.Kinds() {
		for col, r := range relations {
			if got := notify.SeverityFor(k, r); got != table[k][col] {
				t.Errorf("%s of %q is %s, want %s", k, r, got, table[k][col])
			}
			if notify.SeverityFor(k, r).Rank() < k.Severity().Rank() {
				t.Errorf("following as %q makes %s milder", r, k)
			}
		}
	}
}

// matched routes to one subscription and gives what it takes: key or place,
// severity, relation, client, why.
func matched(c diff.Change, m notify.Match, follows ...notify.Follow) []string {
	src := register()
	if c.Kind == diff.TextKind {
		src = regulation()
	}
	alerts := notify.Route(c, src, notify.Interests{Subscriptions: []notify.Subscription{{ID: "legal", Match: m}}, Follows: follows})
	var out []string
	for _, a := range alerts {
		for _, e := range a.Events {
			name := fmt.Sprint(e.Place)
			if c.Kind != diff.TextKind {
				name = string(c.Events[e.Place].Key)
			}
			out = append(out, strings.TrimRight(fmt.Sprintf("%s %s %s %s %s", name, e.Severity, e.Why, e.Relation, e.Client), " "))
		}
	}
	return out
}

func TestMatch(t *testing.T) {
	some := mixed()
	some.Events = some.Events[:5] // added 31001, added suspended 31002, removed 14868, restored 20001, revoked 20002
	vendor := notify.Follow{Operator: "14868", As: notify.Vendor, Client: "PT A"}
	second := notify.Follow{Source: "pse", Operator: "14868", As: notify.Vendor, Client: "PT B"}
	elsewhere := notify.Follow{Source: "other", Operator: "20002", As: notify.Own}
	for _, tt := range []struct {
		name    string
		match   notify.Match
		follows []notify.Follow
		want    []string
	}{
		{"everything", notify.Match{}, nil, []string{"20002 notice source:pse", "31002 notice source:pse", "14868 notice source:pse", "20001 notice source:pse", "31001 info source:pse"}},
		{"followed first", notify.Match{Sources: []string{"x", "pse"}}, []notify.Follow{own("31001")},
			[]string{"31001 notice followed own", "20002 notice source:pse", "31002 notice source:pse", "14868 notice source:pse", "20001 notice source:pse"}},
		{"another source", notify.Match{Sources: []string{"ojk"}}, []notify.Follow{own("31001")}, nil},
		{"relation", notify.Match{Relation: []notify.Relation{notify.Own, notify.Vendor}}, []notify.Follow{own("20002"), vendor, elsewhere},
			[]string{"20002 urgent followed own", "14868 notice followed vendor PT A"}},
		{"our own before others'", notify.Match{}, []notify.Follow{vendor, own("31001")},
			[]string{"31001 notice followed own", "14868 notice followed vendor PT A", "20002 notice source:pse", "31002 notice source:pse", "20001 notice source:pse"}},
		{"another relation", notify.Match{Relation: []notify.Relation{notify.Own}}, []notify.Follow{vendor}, nil},
		{"a follow at another register", notify.Match{Relation: []notify.Relation{notify.Own}}, []notify.Follow{elsewhere}, nil},
		{"two clients", notify.Match{Relation: []notify.Relation{notify.Vendor}}, []notify.Follow{vendor, second}, []string{"14868 notice followed vendor PT A, PT B"}},
		{"two relations", notify.Match{Severity: diff.Urgent}, []notify.Follow{vendor, own("14868")}, []string{"14868 urgent followed own"}},
		{"two relations, one asked for", notify.Match{Relation: []notify.Relation{notify.Vendor}}, []notify.Follow{own("14868"), vendor}, []string{"14868 notice followed vendor PT A"}},
		{"severity", notify.Match{Severity: diff.Notice, Operators: []string{"31001", "14868"}}, nil, []string{"14868 notice operator"}},
		{"severity after the relation", notify.Match{Severity: diff.Notice, Operators: []string{"31001"}}, []notify.Follow{own("31001")}, []string{"31001 notice followed own"}},
		{"topic", notify.Match{Topics: []string{"data", "pse"}, Operators: []string{"31001"}}, nil, []string{"31001 info operator"}},
		{"another topic", notify.Match{Topics: []string{"data"}}, nil, nil},
		{"keyword in a name", notify.Match{Keywords: []string{"bayar cepat"}}, nil, []string{"14868 notice keyword:bayar cepat"}},
		{"keyword in a company", notify.Match{Keywords: []string{"pt dua"}}, nil, []string{"20002 notice keyword:pt dua"}},
		{"keyword in a field", notify.Match{Keywords: []string{"x", "WarungBaru.example"}}, nil, []string{"31001 info keyword:WarungBaru.example"}},
		{"half a word", notify.Match{Keywords: []string{"war", "arung", "cepa"}}, nil, nil},
		{"across name and company", notify.Match{Keywords: []string{"tempat pt"}}, nil, nil},
		{"all the keys", notify.Match{Keywords: []string{"warung"}, Relation: []notify.Relation{notify.Own}}, []notify.Follow{own("14868")}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := matched(some, tt.match, tt.follows...); !slices.Equal(got, tt.want) {
				t.Errorf("takes\n%q, want\n%q", got, tt.want)
			}
		})
	}
}

func TestMatchText(t *testing.T) {
	c := textChange(
		diff.Hunk{Op: diff.OpModified, Path: "Pasal 7", Before: "Pemutusan   Akses dilakukan", After: "Pemutusan akses dilakukan"},
		diff.Hunk{Op: diff.OpAdded, Path: "Pasal 8", After: "Sanksi\nadministratif"},
	)
	c.Tags = []diff.Tag{{Topic: "pse", Declared: true}, {Topic: "sanksi", Places: []int{1}}}
	for _, tt := range []struct {
		name  string
		match notify.Match
		want  []string
	}{
		{"everything, the weighty first", notify.Match{}, []string{"1 notice source:permen-5-2020", "0 info source:permen-5-2020"}},
		{"phrase over a line break", notify.Match{Keywords: []string{"sanksi administratif"}}, []string{"1 notice keyword:sanksi administratif"}},
		{"keyword in what was deleted", notify.Match{Keywords: []string{"PEMUTUSAN AKSES"}}, []string{"0 info keyword:PEMUTUSAN AKSES"}},
		{"keyword in the place", notify.Match{Keywords: []string{"pasal 8"}}, []string{"1 notice keyword:pasal 8"}},
		{"topic of the source", notify.Match{Topics: []string{"pse"}, Severity: diff.Notice}, []string{"1 notice topic:pse"}},
		{"topic of a passage", notify.Match{Topics: []string{"konten", "sanksi"}}, []string{"1 notice topic:sanksi"}},
		{"operators are no text", notify.Match{Operators: []string{"22722"}}, nil},
		{"relations are no text", notify.Match{Relation: []notify.Relation{notify.Own}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := matched(c, tt.match, own("22722")); !slices.Equal(got, tt.want) {
				t.Errorf("takes %q, want %q", got, tt.want)
			}
		})
	}
}

// TestIDs pins what the history is tied to: an id that changed would break
// the promise that an alert is told once.
func TestIDs(t *testing.T) {
	sub := reader("en", notify.Match{Sources: []string{"pse"}})
	c := change(toko(registry.Status, registered, suspended))
	in := notify.Interests{Subscriptions: []notify.Subscription{sub}, Follows: []notify.Follow{own("22722")}}
	a := notify.Route(c, register(), in)[0]
	if a.ID != "a-c4625bf37da0bec8" {
		t.Errorf("the alert is %s: ids of stored alerts would not be found again", a.ID)
	}
	if again := notify.Route(c, register(), in)[0]; again.ID != a.ID || again.Version != sub.Version() {
		t.Errorf("routed again it is %s of version %s", again.ID, again.Version)
	}
	var stored notify.Subscription
	b, err := json.Marshal(sub)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &stored); err != nil || stored.Version() != sub.Version() {
		t.Errorf("read back it is another version (%v)", err)
	}
	other := sub
	other.Match.Severity = diff.Urgent
	if other.Version() == sub.Version() || notify.Route(c, register(), notify.Interests{Subscriptions: []notify.Subscription{other}, Follows: in.Follows})[0].ID == a.ID {
		t.Error("another subscription has the same version or alert")
	}
	if in.Digest() == (notify.Interests{Subscriptions: in.Subscriptions}).Digest() {
		t.Error("the digest does not see a follow")
	}

	m := notify.Compose(a, c, sub, register(), options)
	later := options
	later.Now = later.Now.AddDate(0, 0, 1)
	id := notify.MessageID(m, "legal", "console")
	if again := notify.Compose(a, c, sub, register(), later); notify.MessageID(again, "legal", "console") != id {
		t.Error("the same alert, composed again, is another message")
	}
	for _, other := range []string{notify.MessageID(m, "legal", "slack:#a"), notify.MessageID(m, "board", "console"), notify.MessageID(notify.ComposeSample(sub, options), "legal", "console")} {
		if other == id {
			t.Error("two lanes have the same message")
		}
	}
}

// TestRouteLosesNothing routes random changes: a subscription that asks for
// everything gets every event exactly once, and one that asks for less gets a
// part of that with no severity below what it asks for.
func TestRouteLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		event := rapid.Custom(func(t *rapid.T) registry.Event {
			indexes := []string{"", registered, suspended, revoked, registered + "+" + suspended}
			return registry.Event{Type: rapid.SampledFrom([]registry.EventType{registry.Added, registry.Removed, registry.Status, registry.Edited}).Draw(t, "type"),
				Key:       registry.Key(rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "key")),
				FromIndex: rapid.SampledFrom(indexes).Draw(t, "from"), ToIndex: rapid.SampledFrom(indexes).Draw(t, "to"),
				Name: rapid.SampledFrom([]string{"toko", "warung", ""}).Draw(t, "name")}
		})
		c := change(rapid.SliceOfN(event, 1, 30).Draw(t, "events")...)
		follow := rapid.Custom(func(t *rapid.T) notify.Follow {
			return notify.Follow{Operator: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "operator"),
				As: rapid.SampledFrom([]notify.Relation{notify.Own, notify.Vendor, notify.Competitor, notify.Watched}).Draw(t, "as")}
		})
		part := notify.Match{Severity: rapid.SampledFrom([]diff.Severity{"", diff.Info, diff.Notice, diff.Urgent}).Draw(t, "severity"),
			Relation: rapid.SliceOfN(rapid.SampledFrom([]notify.Relation{notify.Own, notify.Vendor}), 0, 2).Draw(t, "relation"),
			Keywords: rapid.SliceOfN(rapid.SampledFrom([]string{"toko", "warung"}), 0, 2).Draw(t, "keywords")}
		in := notify.Interests{Subscriptions: []notify.Subscription{{ID: "all"}, {ID: "part", Match: part}}, Follows: rapid.SliceOfN(follow, 0, 4).Draw(t, "follows")}
		alerts := notify.Route(c, register(), in)
		if len(alerts) == 0 || alerts[0].Subscription != "all" || len(alerts[0].Events) != len(c.Events) {
			t.Fatalf("who asks for everything gets %+v", alerts)
		}
		for _, a := range alerts {
			places := map[int]bool{}
			highest := 0
			for i, e := range a.Events {
				if places[e.Place] {
					t.Fatalf("%s gets event %d twice", a.Subscription, e.Place)
				}
				places[e.Place] = true
				highest = max(highest, e.Severity.Rank())
				if i > 0 && e.Relation != "" && a.Events[i-1].Relation == "" {
					t.Fatalf("a followed event stands behind one that is not")
				}
				if a.Subscription == "part" && e.Severity.Rank() < part.Severity.Rank() {
					t.Fatalf("%s is below %s", e.Severity, part.Severity)
				}
			}
			if a.Severity.Rank() != highest {
				t.Fatalf("the alert is %s, its highest event has rank %d", a.Severity, highest)
			}
		}
	})
}

// BenchmarkRoute routes a large change to many readers; `read` is a bare walk
// over what is to be read, for the ratio.
func BenchmarkRoute(b *testing.B) {
	c := gap()
	for len(c.Events) < 7000 {
		c.Events = append(c.Events, gap().Events...)
	}
	in := notify.Interests{}
	for i := range 50 {
		m := notify.Match{Severity: diff.Notice}
		if i%2 == 0 {
			m.Keywords = []string{"pendaftaran", "pemutusan akses", fmt.Sprintf("sistem %d", i)}
		}
		in.Subscriptions = append(in.Subscriptions, notify.Subscription{ID: fmt.Sprint(i), Match: m})
	}
	for i := range 500 {
		in.Follows = append(in.Follows, own(fmt.Sprint(1000+i)))
	}
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			n := 0
			for range in.Subscriptions {
				for i := range c.Events {
					if strings.Contains(c.Events[i].Name+c.Events[i].Company, "pendaftaran") {
						n++
					}
				}
			}
			if n != 0 {
				b.Fatal(n)
			}
		}
	})
	b.Run("route", func(b *testing.B) {
		for b.Loop() {
			if len(notify.Route(c, register(), in)) < 25 {
				b.Fatal("too few alerts")
			}
		}
	})
}
