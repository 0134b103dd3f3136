package law

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Day is a legal date: a day without a time, "2021-05-24"; "" is unknown, null
// in JSON.
type Day string

// MarshalJSON writes an unknown day as null.
func (d Day) MarshalJSON() ([]byte, error) {
	if d == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(d))
}

func dayOf(t time.Time) Day { return Day(t.Format(time.DateOnly)) }

// Time is midnight UTC of the day; zero if it is unknown.
func (d Day) Time() time.Time {
	t, _ := time.Parse(time.DateOnly, string(d))
	return t
}

var months = map[string]time.Month{
	"januari": 1, "djanuari": 1, "januarj": 1, "pebruari": 2, "februari": 2, "maret": 3, "april": 4, "mei": 5, "mai": 5, "juni": 6, "djuni": 6,
	"juli": 7, "djuli": 7, "agustus": 8, "augustus": 8, "september": 9, "oktober": 10, "october": 10, "nopember": 11, "november": 11,
	"desember": 12, "december": 12, "january": 1, "february": 2, "march": 3, "may": 5, "june": 6, "july": 7, "august": 8,
}

// monthOf reads the name of a month, old or misread.
func monthOf(s string) (month time.Month, exact bool) {
	s = strings.ToLower(s)
	if m, ok := months[s]; ok {
		return m, true
	}
	if len(s) < 5 {
		return 0, false
	}
	for name, m := range months {
		if len(name) > 4 && apart(name, s) <= 2 && name[0] == s[0] {
			return m, false
		}
	}
	return 0, false
}

var (
	dateText  = regexp.MustCompile(`([0-9OoIlLT]{1,2})\s*[-. ]?\s*([A-Za-z]{3,10})\s*[-. ]?\s*((?:1|2|I|l)\s?[0-9OoIlLTSB]\s?[0-9OoIlLTSB]\s?[0-9OoIlLTSB])\b`)
	looseYear = strings.NewReplacer(" ", "", "t", "1", "s", "5", "b", "8")
)

// FirstDay finds the first date in a text. near is a year that it may be, for
// digits that were misread; exact is false if anything was.
func FirstDay(text string, near int) (day Day, at Span, exact bool) {
	for _, m := range dateText.FindAllStringSubmatchIndex(text, 8) {
		month, plain := monthOf(text[m[4]:m[5]])
		if month == 0 {
			continue
		}
		written := text[m[6]:m[7]]
		year := yearOf(strings.ReplaceAll(written, " ", ""))
		if year == 0 {
			year, plain = yearOf(looseYear.Replace(strings.ToLower(written))), false
		}
		for _, y := range []int{near, near + 1} {
			if _, ok := readAs(strings.ReplaceAll(written, " ", ""), strconv.Itoa(y)); ok && near != 0 && year != y && !isNumber(written) {
				year = y
			}
		}
		d, ok := readDigits(unlike.Replace(strings.ToLower(text[m[2]:m[3]])))
		if !ok || year == 0 {
			continue
		}
		n, _ := strconv.Atoi(d)
		t := time.Date(year, month, n, 0, 0, 0, 0, time.UTC)
		if t.Month() != month { // 31 April
			continue
		}
		return dayOf(t), Span{m[0], m[1]}, plain && isNumber(text[m[2]:m[3]]) && isNumber(strings.ReplaceAll(written, " ", ""))
	}
	return "", Span{}, false
}

// Unit of a period.
type Unit string

// The units of periods.
const (
	Days   Unit = "hari"
	Weeks  Unit = "minggu"
	Months Unit = "bulan"
	Years  Unit = "tahun"
)

// Period is a length of time as a text gives it.
type Period struct {
	Count    int    `json:"count"`
	Unit     Unit   `json:"unit"`
	Working  bool   `json:"working,omitempty"`  // hari kerja
	Disagree bool   `json:"disagree,omitempty"` // number and words are not the same: `30 (empat puluh)`
	Written  string `json:"written"`
}

var periodText = regexp.MustCompile(`\b(\d{1,4}|[Il])\s*(?:\(([^)]{2,40})\))?\s*(x\s*24\s*\([^)]*\)\s*jam|hari|minggu|bulan|tahun)(\s+(?:kerja|kalender))?`)

// FirstPeriod finds the first period in a text.
func FirstPeriod(text string) (Period, Span, bool) {
	for _, m := range periodText.FindAllStringSubmatchIndex(text, 4) {
		digits, ok := readDigits(text[m[2]:m[3]])
		if !ok || strings.HasPrefix(text[m[6]:m[7]], "x") {
			continue
		}
		n, _ := strconv.Atoi(digits)
		p := Period{Count: n, Unit: Unit(text[m[6]:m[7]]), Written: fold(text[m[0]:m[1]])}
		if m[8] >= 0 {
			p.Working = strings.Contains(text[m[8]:m[9]], "kerja")
		}
		if m[4] >= 0 {
			if words, ok := numberWords(text[m[4]:m[5]]); ok && words != n {
				p.Disagree = true
			}
		}
		return p, Span{m[0], m[1]}, true
	}
	return Period{}, Span{}, false
}

// After is the day a period after another: days are counted on, a month that
// lacks the day ends with its last. Working days skip Saturdays and Sundays;
// holidays are not known, so that the result is the earliest it can be.
func (p Period) After(d Day) Day {
	t := d.Time()
	if t.IsZero() || p.Count > 5000 {
		return ""
	}
	switch p.Unit {
	case Days:
		if !p.Working {
			return dayOf(t.AddDate(0, 0, p.Count))
		}
		for left := p.Count; left > 0; {
			t = t.AddDate(0, 0, 1)
			if w := t.Weekday(); w != time.Saturday && w != time.Sunday {
				left--
			}
		}
		return dayOf(t)
	case Weeks:
		return dayOf(t.AddDate(0, 0, 7*p.Count))
	case Months:
		return dayOf(addMonths(t, p.Count))
	case Years:
		return dayOf(addMonths(t, 12*p.Count))
	}
	return ""
}

func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

var digitWords = map[string]int{
	"nol": 0, "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8, "sembilan": 9, "sepuluh": 10,
	"sebelas": 11, "seratus": 100, "seribu": 1000,
}

// numberWords reads a number in words: "tiga puluh", "seratus dua puluh lima",
// "lima belas juta".
func numberWords(s string) (int, bool) {
	total, group, digit, seen := 0, 0, 0, false
	for _, w := range strings.Fields(strings.ToLower(strings.NewReplacer("-", " ", "puluh", " puluh ", "belas", " belas ", "ratus", " ratus ", "se ratus", "seratus").Replace(s))) {
		switch n, ok := digitWords[w]; {
		case ok && n >= 10:
			if n == 1000 {
				total += 1000
			} else {
				group += n
			}
			seen = true
		case ok:
			digit, seen = n, true
			continue
		case w == "se":
			digit, seen = 1, true
			continue
		case w == "belas":
			group += 10 + digit
		case w == "puluh":
			group += max(1, digit) * 10
		case w == "ratus":
			group += max(1, digit) * 100
		case w == "ribu", w == "juta", w == "miliar", w == "milyar", w == "triliun":
			scale := map[string]int{"ribu": 1e3, "juta": 1e6, "miliar": 1e9, "milyar": 1e9, "triliun": 1e12}[w]
			total += max(1, group+digit) * scale
			group = 0
		case w == "rupiah", w == "persen", w == "hari", w == "kalender", w == "kerja":
			continue
		default:
			return 0, false
		}
		digit = 0
	}
	return total + group + digit, seen
}
