package topic

import (
	"fmt"
	"strings"

	"pantau/diff"
)

// shown is how many deciding words or figures a sentence names.
const shown = 4

// Why says in one sentence of a language, id or en, what decided a severity.
func Why(reasons []diff.Reason, language string) string {
	n := 1 // of sentences
	if language == "id" {
		n = 0
	}
	var out strings.Builder
	add := func(sep, s string) {
		if out.Len() > 0 {
			out.WriteString(sep)
		}
		out.WriteString(s)
	}
	for _, r := range reasons {
		pattern, ok := sentences()[r.Kind]
		switch {
		case !ok:
			continue
		case r.Count > 0:
			add(", ", counted(r, pattern[n], n))
		case len(r.Words) > 0:
			add("; ", pattern[n]+": "+list(r.Words, n))
		default:
			add("; ", pattern[n])
		}
	}
	return out.String()
}

// Words is Why in both languages.
func Words(reasons []diff.Reason) *diff.Wording {
	if len(reasons) == 0 {
		return nil
	}
	return &diff.Wording{Indonesian: Why(reasons, "id"), English: Why(reasons, "en")}
}

func counted(r diff.Reason, pattern string, language int) string {
	if language == 0 {
		return fmt.Sprintf("%d %s", r.Count, pattern)
	}
	return count(r.Count, Kind(r.Kind))
}

// sentences are the words for each kind, in Indonesian and English.
func sentences() map[string][2]string {
	return map[string][2]string{
		Prohibition: {"pengingkaran atau pengecualian", "negations or exceptions"},
		Duty:        {"kewajiban, larangan atau hak", "duties, prohibitions or rights"},
		Penalty:     {"sanksi", "sanctions"},
		State:       {"status", "status"},
		Deadline:    {"tenggat atau jangka waktu", "deadlines or terms"},
		Amount:      {"jumlah", "amounts"},
		Date:        {"tanggal", "dates"},
		Document:    {"tautan ke dokumen", "links to documents"},
		Link:        {"tautan", "links"},
		Number:      {"angka", "figures"},
		Place:       {"bagian berpindah tempat", "a passage stands elsewhere"},
		Plain:       {"kata-kata berbeda", "the wording differs"},
		Cosmetic:    {"hanya tanda baca atau huruf besar yang berbeda", "only punctuation or letter case differs"},

		string(Differing):  {"naskah berbeda dari situs lain", "another text than on another site"},
		string(Published):  {"peraturan baru", "new regulation"},
		string(Drafted):    {"rancangan baru", "new draft"},
		string(Listed):     {"dokumen baru", "new document"},
		string(Unlisted):   {"hilang dari daftar", "no longer listed"},
		string(Reassigned): {"nomor kini milik perusahaan lain", "number now held by another company"},
		string(Revoked):    {"dicabut", "revoked"},
		string(Suspended):  {"dihentikan sementara", "suspended"},
		string(Removed):    {"hilang dari daftar", "removed"},
		string(Restored):   {"terdaftar kembali", "registered again"},
		string(Moved):      {"dengan status lain", "with another status"},
		string(Added):      {"ditambahkan", "added"},
		string(Edited):     {"diubah", "edited"},

		diff.NotComparable: {"tidak dapat dibandingkan", "not comparable"},
	}
}

func list(words []string, language int) string {
	s := strings.Join(words[:min(len(words), shown)], ", ")
	if n := len(words) - shown; n > 0 {
		s += fmt.Sprintf([]string{" dan %d lagi", " and %d more"}[language], n)
	}
	return s
}
