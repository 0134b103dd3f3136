package law

import (
	"regexp"
	"strings"
)

// Citation is a unit of a regulation that a text names.
type Citation struct {
	Regulation Identity `json:"regulation,omitzero"` // zero: the regulation that speaks
	Path       string   `json:"path"`                // "pasal-5/ayat-1/huruf-a"
	Written    string   `json:"written"`
	At         Span     `json:"-"`
	Known      bool     `json:"known"` // the regulation that speaks has the unit
}

var (
	unitCited  = regexp.MustCompile(`(?i)\b(pasal\s+\d{1,3}[A-Z]{0,2}|(?:pasal\s+\d{1,3}[A-Z]{0,2}\s+)?ayat\s+\(\d{1,2}[a-z]?\)|huruf\s+[a-z]{1,2}\b)((?:\s+(?:ayat\s+\(\d{1,2}[a-z]?\)|huruf\s+[a-z]{1,2}\b|angka\s+\d{1,3}[a-z]?\b))*)`)
	unitPart   = regexp.MustCompile(`(?i)(pasal|ayat|huruf|angka)\s+\(?([0-9]{0,3}[A-Za-z]{0,2})\)?`)
	citedLists = regexp.MustCompile(`(?i)^(?:\s*(?:,|dan|atau|dan/atau|serta|sampai dengan)\s*(?:pasal\s+\d{1,3}[A-Z]{0,2}(?:\s+ayat\s+\(\d{1,2}[a-z]?\))?(?:\s+huruf\s+[a-z]\b)?|ayat\s+\(\d{1,2}[a-z]?\)|huruf\s+[a-z]\b))*\s*`)
)

// Citations lists the units that words name, in order. What names no pasal is
// read inside the unit that speaks, whose path is given.
func Citations(text, inside string) []Citation {
	var found []Citation
	text = mend(text)
	mentions := Mentions(text)
	for _, m := range unitCited.FindAllStringSubmatchIndex(text, 200) {
		c := Citation{Written: fold(text[m[0]:m[1]]), At: Span{m[0], m[1]}}
		c.Regulation = behindCitation(text, m[1], mentions)
		c.Path = citedPath(c.Written, inside, c.Regulation != Identity{})
		if c.Path != "" {
			found = append(found, c)
		}
	}
	return found
}

// behindCitation is the regulation named right behind a citation, or behind the
// list that it stands in.
func behindCitation(text string, end int, mentions []Mention) Identity {
	rest := text[end:min(len(text), end+240)]
	skip := end + len(citedLists.FindString(rest))
	for _, m := range mentions {
		if m.At.Start >= end && m.At.Start <= skip+1 {
			return m.Identity
		}
	}
	return Identity{}
}

// citedPath makes a path of the parts of a citation.
func citedPath(written, inside string, foreign bool) string {
	var parts []string
	for _, m := range unitPart.FindAllStringSubmatch(written, 6) {
		if m[2] != "" {
			parts = append(parts, strings.ToLower(m[1])+"-"+strings.ToLower(m[2]))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	if strings.HasPrefix(parts[0], "pasal-") {
		return strings.Join(parts, "/")
	}
	if foreign || inside == "" {
		return ""
	}
	// "ayat (2)" is one of the pasal that speaks, "huruf b" one of its ayat.
	up := strings.Split(inside, "/")
	word, _, _ := strings.Cut(parts[0], "-")
	stop := map[string]string{"ayat": "pasal-", "huruf": "ayat-", "angka": "huruf-"}[word]
	for len(up) > 0 && !strings.HasPrefix(up[len(up)-1], stop) && !strings.HasPrefix(up[len(up)-1], "pasal-") {
		up = up[:len(up)-1]
	}
	if len(up) == 0 {
		return ""
	}
	return strings.Join(append(up, parts...), "/")
}

// Citations lists what the units of a regulation cite, by the path that cites.
// Of its own units it is known whether they are there.
func (r *Regulation) Citations() map[string][]Citation {
	paths := make(map[string]bool)
	for n := range r.All {
		paths[n.Path] = true
	}
	cited := make(map[string][]Citation)
	for n := range r.All {
		if !n.Kind.Cited() || n.Kind == Lampiran || n.Text == "" {
			continue
		}
		inside := n.Path
		if n.Kind == Penjelasan {
			inside = n.Explains
		}
		list := Citations(n.Text, inside)
		for i := range list {
			list[i].Known = list[i].Regulation == Identity{} && paths[list[i].Path]
		}
		if len(list) > 0 {
			cited[n.Path] = list
		}
	}
	return cited
}

// Definition is a term of the first pasal.
type Definition struct {
	Term  string `json:"term"`
	Short string `json:"short,omitempty"` // "yang selanjutnya disebut ..."
	Text  string `json:"text"`            // what it is
	Path  string `json:"path"`
}

var (
	isWord    = regexp.MustCompile(`^([^.;]{2,400}?)\s+(?:adalah|ialah|merupakan)\s+([\s\S]+)$`)
	henceWord = regexp.MustCompile(`(?i),?\s*yang\s+(?:selanjutnya|untuk selanjutnya)?\s*(?:dalam [^,]{0,60} ini )?(?:disebut|disingkat)(?:\s+(?:dengan|sebagai))?\s+(.+)$`)
)

// Definitions is the glossary: the terms that a regulation defines in its first
// pasal, or, amending, in the new wording of the other's.
func (r *Regulation) Definitions() []Definition {
	var list []Definition
	for n := range r.All {
		if (n.Kind != Angka && n.Kind != Huruf && n.Kind != Ayat) || !strings.HasPrefix(n.Target(), "pasal-1/") || strings.Count(n.Target(), "/") != 1 {
			continue
		}
		m := isWord.FindStringSubmatch(n.Text)
		if m == nil {
			continue
		}
		d := Definition{Term: m[1], Text: strings.TrimRight(m[2], ".; "), Path: n.Path}
		if loc := henceWord.FindStringSubmatchIndex(m[1]); loc != nil {
			d.Term, d.Short = strings.TrimSpace(m[1][:loc[0]]), strings.Trim(m[1][loc[2]:loc[3]], " ,")
		}
		list = append(list, d)
	}
	return list
}
