package law

import (
	"regexp"
	"strings"
)

var (
	typeLine  = regexp.MustCompile(`(?i)^(rancangan |peraturan|undang[- .]*undang|keputusan|instruksi|surat edaran|qanun|ketetapan|penetapan)`)
	about     = regexp.MustCompile(`(?i)\btentang\b`)
	slashRead = regexp.MustCompile(`(?i)^[:\s]*(\d{1,3}?)[1Il/J ]*P(?:ER)?M?[1Il/J. ]*M\.?\s?KOMINF[O0][1Il/ ]*(\d{1,2}?)[1Il/ ]*((?:19|20)\d\d)`)
	joint     = regexp.MustCompile(`(?i)^peraturan bersama\b.*(menteri\b.*?)\bnomor\b.*\b(nomor\b.*)$`)
	titleEnd  = regexp.MustCompile(`(?i)\b(dengan rahmat|menimbang\s*:)`)
)

// readTitle reads identity and subject from the lines of a title. Lines of the
// gazette before it are passed over.
func readTitle(r *Regulation, text string) (Identity, string) {
	lines := strings.Split(text, "\n")
	start := -1
	for i, line := range lines {
		line = copyMark.ReplaceAllString(strings.TrimLeft(line, " :'\""), "")
		if after, ok := strings.CutPrefix(line, "Menetapkan"); ok {
			line = strings.TrimLeft(after, " :")
		}
		lines[i] = line
		if typeLine.MatchString(line) || isShortTitle(line) {
			start = i
			break
		}
	}
	if start < 0 {
		return Identity{}, ""
	}
	title := readCapitals(fold(strings.Join(lines[start:], " ")))
	head, subject := title, ""
	if loc := about.FindStringIndex(title); loc != nil {
		head, subject = title[:loc[0]], title[loc[1]:]
	}
	if loc := titleEnd.FindStringIndex(subject); loc != nil {
		subject = subject[:loc[0]]
	}
	subject = strings.Trim(strings.ReplaceAll(subject, `\N`, ""), " .,:;")
	id := titleIdentity(r, head)
	return id, subject
}

// copyMark is what a copy's first page says over the title.
var copyMark = regexp.MustCompile(`(?i)^\W*(?:s ?a ?l ?i ?n ?a ?n|draft|rancangan final)\s+`)

func isShortTitle(line string) bool {
	id, ok := Identify(line)
	return ok && len(line) < 80 && id.Type != ""
}

// titleIdentity reads the name before "tentang", which may lack its number or
// have one that a scanner has spoilt.
func titleIdentity(r *Regulation, head string) Identity {
	if m := joint.FindStringSubmatch(head); m != nil { // of the last of its issuers
		head = "Peraturan " + m[1] + " " + m[2]
	}
	words := wordsOf(head)
	for i := range words {
		id, _, ok := identityAt(head, words, i)
		if ok {
			return id
		}
		if id.Type == "" || id.Type == "UUD" {
			continue
		}
		// The type is there, the number is not, or not plainly.
		if at := strings.Index(strings.ToLower(head), "nomor"); at >= 0 {
			rest := head[at+len("nomor"):]
			if m := slashRead.FindStringSubmatch(rest); m != nil {
				id.Number, id.Year = strings.TrimLeft(m[1], "0"), yearOf(m[3])
				r.Repairs = append(r.Repairs, Repair{Written: rest, Read: id.Number + "/" + m[3], Why: "the number of the regulation"})
			}
		}
		if id.Number == "" && blankNumber.MatchString(head) {
			id.Draft = true
		}
		return id
	}
	return Identity{}
}

var blankNumber = regexp.MustCompile(`(?i)nomor\s*[:.…_ ]*\s*tahun\s`)

// readCapitals reads letters that a scanner took for others within words in
// capitals: "KOMUNlKASl", "MENTER!", "TAHUN2015".
func readCapitals(s string) string {
	b := []byte(s)
	capital := func(i int) bool { return i >= 0 && i < len(b) && b[i] >= 'A' && b[i] <= 'Z' }
	for i := range b {
		if (b[i] == 'l' || b[i] == '!' || b[i] == '|') && capital(i-1) && (i+1 == len(b) || b[i+1] == ' ' || capital(i+1)) {
			b[i] = 'I'
		}
	}
	return gluedYear.ReplaceAllString(string(b), "$1 $2")
}

var gluedYear = regexp.MustCompile(`(?i)\b(tahun)(\d{4})\b`)
