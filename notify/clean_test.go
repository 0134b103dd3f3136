package notify_test

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/notify"
)

// eachText gives every text of a message.
func eachText(m notify.Message, f func(where, s string)) {
	var walk func(where string, v reflect.Value)
	walk = func(where string, v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			f(where, v.String())
		case reflect.Slice:
			for i := range v.Len() {
				walk(where, v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					walk(where+"."+v.Type().Field(i).Name, v.Field(i))
				}
			}
		}
	}
	walk("", reflect.ValueOf(m))
}

// inert holds the texts of a message to what Clean promises.
func inert(t *testing.T, m notify.Message) {
	t.Helper()
	eachText(m, func(where, s string) {
		if !utf8.ValidString(s) {
			t.Errorf("%s is not UTF-8: %q", where, s)
		}
		for _, r := range s {
			passage := strings.HasSuffix(where, ".Before") || strings.HasSuffix(where, ".After") || strings.HasSuffix(where, ".Words.Text")
			if r == '\n' && passage || r == '\u200c' || r == '\u200d' {
				continue
			}
			if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) {
				t.Errorf("%s has %U: %q", where, r, s)
			}
		}
	})
}

// naughty are names that have broken programs before; `{kind}` and `%s` try to
// be read as what they look like.
func naughty() []string {
	return []string{"", " ", "\t", "\r\nBcc: x@y", "\x00", "\x1b]0;title\x07", "\u202eMOC.elgoog", "\u2066\u2067", "a\u200bb", "\ufeffx", "\xc3\x28", "\U000E0041",
		"{who} {from} {n}", "%s %d %!v", "<!channel>", "<script>", "a\u2028b\u2029c", strings.Repeat("x", 1<<16), strings.Repeat("kata ", 1<<14), "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"}
}

// TestNaughtyNames words events and passages made of such texts.
func TestNaughtyNames(t *testing.T) {
	for _, s := range naughty() {
		e := toko(registry.Status, registered, suspended)
		e.Name, e.Company, e.Fields = s, s, map[string][2]string{"website": {s, s + "x"}, s: {"", s}}
		for _, language := range []string{"en", "id", "", s} {
			m := composed(t, change(e), register(), reader(language, notify.Match{}), own("22722"))
			inert(t, m)
			if len(m.Subject) > 1000 || !strings.Contains(m.Text(), "22722") {
				t.Errorf("%.20q: subject of %d bytes; the text names 22722: %v", s, len(m.Subject), strings.Contains(m.Text(), "22722"))
			}
			m = composed(t, textChange(diff.Hunk{Op: diff.OpModified, Path: s, Before: s, After: s + " baru"}), regulation(), reader(language, notify.Match{}))
			inert(t, m)
		}
	}
}

// TestPlaceholdersInNames must not be filled in: a name is no pattern.
func TestPlaceholdersInNames(t *testing.T) {
	e := toko(registry.Status, registered, suspended)
	e.Name = "{company} {to} {n}"
	m := composed(t, change(e), register(), reader("en", notify.Match{}))
	if !strings.Contains(m.Subject, "{company} {to} {n} (PT Contoh Niaga)") {
		t.Errorf("the name was read as a pattern: %s", m.Subject)
	}
}

// TestHugePassages words a change of 10 MB: what differs is still shown, and
// how much is not.
func TestHugePassages(t *testing.T) {
	same := strings.Repeat("Ketentuan ini tetap berlaku. ", 60_000)
	m := composed(t, textChange(
		diff.Hunk{Op: diff.OpModified, Before: same + "sebelas " + same, After: same + "dua belas " + same},
		diff.Hunk{Op: diff.OpAdded, After: same}), regulation(), reader("en", notify.Match{}))
	text := m.Text()
	if len(text) > 8000 {
		t.Errorf("the message is %d bytes", len(text))
	}
	for _, want := range []string{"sebelas", "dua belas", "1,739,", "characters left out"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range naughty() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := notify.Message{Subject: s, Summary: s, Seen: []string{s}, Why: s, Left: s, Footer: s, Links: []notify.Link{{Title: s, URL: s}},
			Sections: []notify.Section{{Title: s, Items: []notify.Item{{Title: s, Lines: []string{s}, Before: s, After: s}}}}}.Clean()
		inert(t, m)
		if again := m.Clean(); !reflect.DeepEqual(m, again) {
			t.Errorf("cleaned twice it differs: %+v, %+v", m, again)
		}
	})
}
