package registry

import (
	"regexp"
	"sort"
	"strings"
	"testing"

	"pantau/internal/snapshot"
)

func TestNormal(t *testing.T) {
	for _, c := range []struct {
		form        snapshot.Form
		value, want string
	}{
		{snapshot.Text, "  PT\tContoh \u00a0 Jaya ", "pt contoh jaya"},
		{snapshot.Text, "-", ""},
		{snapshot.Text, " - ", ""},
		{snapshot.Text, "𝐓𝐎𝐊𝐎 Ä", "𝐓𝐎𝐊𝐎 ä"}, // letters of mathematics are others
		{snapshot.Set, "Kesehatan, Energi,kesehatan, ,-", "energi, kesehatan"},
		{snapshot.Websites, "HTTPS://WWW.Contoh.ID/Toko/", "contoh.id/Toko"},
		{snapshot.Websites, "contoh.id；b.id;a.id, contoh.id/", "a.id, b.id, contoh.id"},
		{snapshot.Websites, "a.id ATAU b.id", "a.id, b.id"},
		{snapshot.Websites, "atau.id", "atau.id"},
		{snapshot.Websites, "Contoh.ID?Q=A", "contoh.id?Q=A"},
		{snapshot.Websites, "-", ""},
		{snapshot.Websites, "http://", ""},
		{snapshot.Exact, " 2024-01-02\n", "2024-01-02"},
		{snapshot.Exact, "A", "A"},
	} {
		if got := Normal(c.form, c.value); got != c.want {
			t.Errorf("%s %q is %q, want %q", c.form, c.value, got, c.want)
		}
	}
}

// FuzzNormal holds the normal forms to their rules, said another way.
func FuzzNormal(f *testing.F) {
	for _, s := range []string{"PT  Contoh", "a.id, WWW.B.id/ atau http://c.id；d", "-", "İ, ß, Σ", "\xff, \xfe", "a,,b; ,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, form := range []snapshot.Form{snapshot.Text, snapshot.Set, snapshot.Exact} {
			once := Normal(form, s)
			if again := Normal(form, once); again != once {
				t.Errorf("%s: %q becomes %q, then %q", form, s, once, again)
			}
		}
		if a, b := Normal(snapshot.Text, s), Normal(snapshot.Text, " "+strings.ReplaceAll(s, " ", "\t ")+"\n"); a != b {
			t.Errorf("white space counts: %q and %q", a, b)
		}
		parts := strings.Split(s, ",")
		back := strings.Join(append([]string{parts[len(parts)-1]}, parts...), ",")
		if a, b := Normal(snapshot.Set, s), Normal(snapshot.Set, back); a != b {
			t.Errorf("order and repetition count: %q and %q", a, b)
		}
		if got, want := Normal(snapshot.Websites, s), plainly(s); got != want {
			t.Errorf("websites of %q are %q, want %q", s, got, want)
		}
	})
}

var (
	separators = regexp.MustCompile(`[,;\x{ff1b}]|[\t\n\f\r ][aA][tT][aA][uU][\t\n\f\r ]`)
	head       = regexp.MustCompile(`^([hH][tT][tT][pP][sS]?://)?([wW][wW][wW]\.)?`)
	address    = regexp.MustCompile(`(?s)^([^/?#]*)(.*)$`)
)

// plainly is the rule for websites as regular expressions.
func plainly(s string) string {
	seen := map[string]bool{}
	for _, p := range separators.Split(s, -1) {
		p = strings.TrimRight(head.ReplaceAllString(strings.TrimSpace(p), ""), "/")
		m := address.FindStringSubmatch(p)
		if p = strings.ToLower(m[1]) + m[2]; p != "" && p != "-" {
			seen[p] = true
		}
	}
	var out []string
	for p := range seen {
		out = append(out, p)
	}
	sort.Strings(out)
	return strings.Join(out, ", ")
}
