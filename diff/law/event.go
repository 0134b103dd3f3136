package law

import (
	"fmt"
	"strings"
)

// EventType says what happened to a provision.
type EventType string

// The types of events.
const (
	Amended    EventType = "amended"
	Inserted   EventType = "inserted"
	Deleted    EventType = "deleted"
	Renumbered EventType = "renumbered" // the same words under another number
	Moved      EventType = "moved"      // the same words in another unit, or a pasal in another group
)

// Event is one provision that two versions of a regulation differ in.
type Event struct {
	Type   EventType `json:"type"`
	Path   string    `json:"path"`           // in the later version; of a deleted one in the earlier
	From   string    `json:"from,omitempty"` // the path before, where it is another
	Label  string    `json:"label"`          // "Pasal 7 ayat (2) huruf b"
	Before string    `json:"before,omitempty"`
	After  string    `json:"after,omitempty"`
	Words  []Wording `json:"words,omitempty"` // what was replaced inside
	Facts  []Fact    `json:"facts,omitempty"` // amounts, periods, dates and words of sanction that changed
	Flags  []string  `json:"flags,omitempty"` // number and words of the later text that disagree
}

// Wording is a run of words that another replaced; either may be empty.
type Wording struct {
	Before string `json:"before"`
	After  string `json:"after"`
}

// Fact is a figure or a word of weight that changed. Either side may be empty.
type Fact struct {
	Kind   string `json:"kind"` // amount, period, percentage, date, sanction, duty
	Before string `json:"before"`
	After  string `json:"after"`
}

// Cite names a path as lawyers of a language ("id", "en") do: "Pasal 7 ayat (2)
// huruf b", "Article 7 paragraph (2) point b".
func Cite(path, language string) string {
	var parts []string
	for _, part := range strings.Split(path, "/") {
		part, _, _ = strings.Cut(part, "~")
		kind, number, _ := strings.Cut(part, "-")
		words, ok := citeWords[Kind(kind)]
		if !ok {
			continue
		}
		word := words[0]
		if language == "en" {
			word = words[1]
		}
		switch Kind(kind) {
		case Ayat:
			number = "(" + number + ")"
		case Huruf, Angka:
		case Bagian, Paragraf, Buku:
			number = titled(strings.ReplaceAll(number, "-", " "))
		default:
			number = strings.ToUpper(number)
		}
		parts = append(parts, strings.TrimSpace(word+" "+number))
	}
	return strings.Join(parts, " ")
}

var citeWords = map[Kind][2]string{
	Buku: {"Buku", "Book"}, Bab: {"Bab", "Chapter"}, Bagian: {"Bagian", "Part"}, Paragraf: {"Paragraf", "Section"}, Pasal: {"Pasal", "Article"},
	Ayat: {"ayat", "paragraph"}, Huruf: {"huruf", "point"}, Angka: {"angka", "item"}, Penjelasan: {"Penjelasan", "Explanation of"}, Lampiran: {"Lampiran", "Annex"},
}

var eventWords = map[EventType][2]string{
	Amended: {"diubah", "amended"}, Inserted: {"disisipkan", "inserted"}, Deleted: {"dihapus", "deleted"},
	Renumbered: {"dinomori ulang", "renumbered"}, Moved: {"dipindahkan", "moved"},
}

// maxNamed is how many provisions a summary names.
const maxNamed = 4

// Summary says events in one sentence: "Pasal 7 ayat (2) huruf b diubah; Pasal
// 47A disisipkan; mulai berlaku 24 Mei 2021".
func Summary(events []Event, dates Dates, language string) string {
	index := 0
	if language == "en" {
		index = 1
	}
	var parts []string
	for i, e := range events {
		if i == maxNamed && len(events) > maxNamed+1 {
			more := fmt.Sprintf("dan %d ketentuan lain", len(events)-maxNamed)
			if index == 1 {
				more = fmt.Sprintf("and %d more provisions", len(events)-maxNamed)
			}
			parts = append(parts, more)
			break
		}
		name := Cite(e.Path, language)
		if e.Type == Renumbered || e.Type == Moved {
			if from := Cite(e.From, language); from != name {
				name = from + " -> " + name
			}
		}
		parts = append(parts, name+" "+eventWords[e.Type][index])
	}
	if dates.Force != "" {
		word := "mulai berlaku "
		if index == 1 {
			word = "in force "
		}
		day := LongDay(dates.Force, language)
		if !dates.Exact {
			day += map[string]string{"en": " (not certain)"}[language]
			if language != "en" {
				day += " (belum pasti)"
			}
		}
		parts = append(parts, word+day)
	}
	return strings.Join(parts, "; ")
}

var longMonths = map[string][12]string{
	"id": {"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"},
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// LongDay writes a day in words: "24 Mei 2021".
func LongDay(d Day, language string) string {
	t := d.Time()
	names, ok := longMonths[language]
	if !ok {
		names = longMonths["id"]
	}
	return fmt.Sprintf("%d %s %d", t.Day(), names[t.Month()-1], t.Year())
}
