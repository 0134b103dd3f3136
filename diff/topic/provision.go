package topic

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// citation identifies a regulation: kind, of a ministerial one with the
// ministry, number and year.
type citation struct{ kind, number, year string }

// kinds are the names of the kinds of regulations. What is cited is what stands
// last before the number.
var kinds = regexp.MustCompile(`(?i)\b(undang[- ]undang|uu|law|peraturan pemerintah|pp|government regulation|peraturan presiden|perpres|presidential regulation|` +
	`peraturan otoritas jasa keuangan|pojk|ojk regulation|surat edaran otoritas jasa keuangan|seojk|peraturan bank indonesia|pbi|bank indonesia regulation|` +
	`peraturan menteri\s+[a-z]+|peraturan menkominfo|permen[a-z]*(?:\s+[a-z]+)?|ministerial regulation|regulation of the minister of [a-z]+|minister of [a-z]+ regulation|pm kominfo)\b`)

// numbered is a number and a year: "Nomor 5 Tahun 2020", "No. 5 of 2020",
// "5/2020", "22/23/PBI/2020".
var numbered = regexp.MustCompile(`(?i)\b(?:(?:nomor|number|no)\b[.:]?\s*)?(\d{1,3}[a-z]?(?:/\d{1,2})?)((?:/[a-z][a-z.\d]*)*)\s*(?:/|\btahun\b|\byear\b|\bof\b)\s*((?:19|20)\d{2})\b`)

// reach is how far before its number the kind of a regulation may stand, in
// bytes: the ministry's name is between them.
const reach = 90

// citations are the regulations that a text names by kind, number and year.
func citations(text string) []citation {
	var out []citation
	for _, m := range numbered.FindAllStringSubmatchIndex(text, -1) {
		before := text[max(0, m[0]-reach):m[0]]
		names := kinds.FindAllString(before, -1)
		if inside := kinds.FindString(text[m[4]:m[5]]); inside != "" {
			names = append(names, inside)
		}
		if len(names) == 0 {
			continue
		}
		c := citation{kindOfRegulation(names[len(names)-1]), strings.ToLower(text[m[2]:m[3]]), text[m[6]:m[7]]}
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func cite(text string) (citation, bool) {
	list := citations(text)
	if len(list) == 0 {
		return citation{}, false
	}
	return list[0], true
}

func kindOfRegulation(name string) string {
	name = strings.Join(strings.Fields(strings.ToLower(strings.ReplaceAll(name, "-", " "))), " ")
	switch name {
	case "undang undang", "uu", "law":
		return "uu"
	case "peraturan pemerintah", "pp", "government regulation":
		return "pp"
	case "peraturan presiden", "perpres", "presidential regulation":
		return "perpres"
	case "peraturan otoritas jasa keuangan", "pojk", "ojk regulation":
		return "pojk"
	case "surat edaran otoritas jasa keuangan", "seojk":
		return "seojk"
	case "peraturan bank indonesia", "pbi", "bank indonesia regulation":
		return "pbi"
	}
	for _, word := range [...]string{"kominfo", "komdigi", "komunikasi", "communication"} {
		if strings.Contains(name, word) {
			return "permen kominfo" // one ministry under several names
		}
	}
	for _, m := range [...][]string{{"keu", "keuangan", "finance"}, {"dag", "perdagangan", "trade"}, {"kes", "kesehatan", "health"}} {
		if slices.ContainsFunc(m, func(s string) bool { return strings.HasSuffix(name, s) }) {
			return "permen " + m[0]
		}
	}
	return name
}

// article is the number of an article in a text.
var article = regexp.MustCompile(`(?i)\b(?:pasal|article)\s+(\d+[a-z]?)\b`)

func articles(text string) []string {
	var out []string
	for _, m := range article.FindAllStringSubmatch(text, -1) {
		out = append(out, strings.ToLower(m[1]))
	}
	return out
}

// in tells whether a text names one of the articles that count.
func (c *cited) in(text string) bool {
	return len(c.articles) == 0 || slices.ContainsFunc(articles(text), func(a string) bool { return slices.Contains(c.articles, a) })
}

// CheckProvision tells why an entry of Provisions cannot be read.
func CheckProvision(s string) error {
	if _, ok := cite(s); !ok {
		return fmt.Errorf("%q names no regulation; expected its kind, number and year, such as UU 27/2022 or Permenkominfo 5/2020 Pasal 7", s)
	}
	return nil
}
