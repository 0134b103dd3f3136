package law

import (
	"regexp"
	"strings"
)

// Dates are the three dates of a regulation. What is computed is unofficial
// and machine-read: Exact says whether more than one reading is left.
type Dates struct {
	Set      Day    `json:"ditetapkan"`
	Gazetted Day    `json:"diundangkan"`
	Clause   string `json:"berlaku_clause"` // the sentence that the day of entry into force comes from
	Force    Day    `json:"berlaku"`

	Exact   bool     `json:"exact"`            // of Force
	Why     string   `json:"why,omitempty"`    // what Force rests on, or why it is not exact
	Note    string   `json:"note"`             // see Unofficial
	Path    string   `json:"path,omitempty"`   // where the clause stands
	Staged  []Stage  `json:"staged,omitempty"` // units that enter into force on another day
	Gazette []string `json:"gazette,omitempty"`
}

// Unofficial stands beside everything that was computed.
const Unofficial = "unofficial, machine-read"

// Stage is a unit with an entry into force of its own.
type Stage struct {
	Path   string `json:"path"`
	Clause string `json:"clause"`
	Force  Day    `json:"berlaku"`
	Exact  bool   `json:"exact"`
}

var (
	setClause      = regexp.MustCompile(`(?is)(?:di ?tetapkan|disahkan|dikeluarkan)\s+di\b.{0,60}?tangg[a-z]{1,2}\s*:?\s*(.{0,40})`)
	gazettedClause = regexp.MustCompile(`(?is)diundangkan\s+di\b.{0,60}?tangg[a-z]{1,2}\s*:?\s*(.{0,40})`)
	gazetteNumber  = regexp.MustCompile(`(?i)((?:TAMBAHAN )?(?:LEMBARAN|BERITA) (?:NEGARA|DAERAH)[A-Z ]{0,60}?(?:TAHUN\s+\d{4}\s+)?NOMOR\s*:?\s*\d+)`)
	gazetteHead    = regexp.MustCompile(`(?i)(?:BERITA|LEMBARAN) NEGARA[\s\S]{0,60}?No\.?\s*(\d{1,5})\s*,\s*((?:19|20)\d\d)`)
	forceClause    = regexp.MustCompile(`(?i)\b(?:peraturan|undang-?undang|keputusan|instruksi|qanun|surat edaran|perpu|ketentuan)\b[^.;]{0,90}?\bini\b[^.;]{0,30}?\b(?:mulai|dinyatakan|efektif)?\s*(?:mulai )?berlaku\b\s*([^;]{0,200})`)
	stageClause    = regexp.MustCompile(`(?i)^\s*(?:ketentuan|kewajiban|pelaksanaan)[^;]{0,300}?\b(?:pasal|ayat|huruf|dimaksud)\b[^;]{0,200}?\bmulai berlaku\b\s*([^;]{0,160})`)
	whenStart      = regexp.MustCompile(`(?i)(pada saat|sejak|sebelum|setelah|dengan)\s+$`)
)

// Dates reads the dates of the closing and computes the entry into force.
func (r *Regulation) Dates() Dates {
	d := Dates{Note: Unofficial}
	closing, title := "", ""
	for _, n := range r.Nodes {
		switch n.Kind {
		case Penutup:
			closing += n.Text + "\n"
		case Judul:
			title = n.Text
		}
	}
	d.Set = lastDay(setClause, closing, r.Identity.Year)
	d.Gazetted = lastDay(gazettedClause, closing, r.Identity.Year)
	for _, m := range gazetteNumber.FindAllString(strings.ReplaceAll(closing, "\n", " "), 4) {
		d.Gazette = append(d.Gazette, fold(m))
	}
	if m := gazetteHead.FindStringSubmatch(title); m != nil && len(d.Gazette) == 0 {
		d.Gazette = append(d.Gazette, "BERITA NEGARA TAHUN "+m[2]+" NOMOR "+m[1])
	}
	r.force(&d)
	return d
}

func lastDay(clause *regexp.Regexp, text string, year int) Day {
	var day Day
	for _, m := range clause.FindAllStringSubmatch(text, 8) {
		if found, _, _ := FirstDay(m[1], year); found != "" && day == "" {
			day = found
		}
	}
	return day
}

// force finds the clause and computes from it. The last one counts: it stands
// at the end of the body.
func (r *Regulation) force(d *Dates) {
	for n := range r.All {
		if n.Quoted || !n.Kind.Cited() || n.Kind == Penjelasan || n.Kind == Lampiran {
			continue
		}
		if m := stageClause.FindStringSubmatchIndex(n.Text); m != nil && !forceStart(n.Text) {
			day, exact, _ := enters(n.Text[m[2]:m[3]], d)
			d.Staged = append(d.Staged, Stage{n.Path, sentence(n.Text, m[2]), day, exact})
			continue
		}
		for _, m := range forceClause.FindAllStringSubmatchIndex(n.Text, 4) {
			if whenStart.MatchString(n.Text[:m[0]]) {
				continue
			}
			when := n.Text[m[2]:m[3]]
			day, exact, why := enters(when, d)
			if why == "" {
				continue
			}
			d.Force, d.Exact, d.Why, d.Path, d.Clause = day, exact, why, n.Path, sentence(n.Text, m[0])
		}
	}
	if d.Clause == "" && d.Gazetted != "" {
		d.Why = "no clause was found"
	}
}

// forceStart reports whether a text speaks of the whole regulation.
func forceStart(text string) bool {
	m := forceClause.FindStringIndex(text)
	return m != nil && m[0] < 4
}

// enters computes a day from what follows "mulai berlaku". why is "" if nothing
// was understood.
func enters(when string, d *Dates) (day Day, exact bool, why string) {
	low := strings.ToLower(when)
	low, _, _ = strings.Cut(low, "dan mempunyai daya laku surut")
	from, base := d.Gazetted, "diundangkan"
	if strings.Contains(low, "ditetapkan") || strings.Contains(low, "penetapan") {
		from, base = d.Set, "ditetapkan"
	}
	if p, at, ok := FirstPeriod(low); ok && at.Start < 60 {
		switch {
		case !strings.Contains(low, "undang") && !strings.Contains(low, "tetap") && !strings.Contains(low, "mulai berlaku"):
			return "", false, "a period that runs from something else"
		case strings.Contains(low, "mulai berlaku") && !strings.Contains(low, "undangkan"):
			from, base = d.Force, "mulai berlaku"
		}
		if from == "" {
			return "", false, p.Written + " from " + base + ", whose day is not known"
		}
		why := p.Written + " after " + base + " " + string(from) + "; whether the first day counts is a matter of reading"
		if p.Disagree {
			why += "; number and words disagree"
		}
		return p.After(from), false, why
	}
	if day, _, plain := FirstDay(when, yearIn(d)); day != "" {
		return day, plain, "a fixed day"
	}
	switch {
	case strings.Contains(low, "diundangkan"), strings.Contains(low, "pengundangan"), strings.Contains(low, "ditetapkan"), strings.Contains(low, "penetapan"):
		if from == "" {
			return "", false, "the day of " + base + ", which is not known"
		}
		return from, true, "the day of " + base
	}
	return "", false, ""
}

func yearIn(d *Dates) int {
	for _, day := range []Day{d.Gazetted, d.Set} {
		if day != "" {
			return day.Time().Year()
		}
	}
	return 0
}

// sentence is the sentence of a text around a place. A full stop ends it only
// before a capital letter.
func sentence(text string, at int) string {
	start, end := 0, len(text)
	for i := at - 1; i > 0; i-- {
		if text[i] == ';' || text[i] == '.' && i+2 < len(text) && text[i+1] == ' ' && text[i+2] >= 'A' && text[i+2] <= 'Z' && !abbreviates(text[:i]) {
			start = i + 1
			break
		}
	}
	for i := at; i < len(text); i++ {
		if text[i] == ';' || text[i] == '.' && (i+1 == len(text) || i+2 < len(text) && text[i+1] == ' ' && text[i+2] >= 'A' && text[i+2] <= 'Z' && !abbreviates(text[:i])) {
			end = i + 1
			break
		}
	}
	return strings.TrimSpace(text[start:end])
}

// abbreviates reports whether the point behind a text belongs to a short form.
func abbreviates(before string) bool {
	word := before[strings.LastIndexAny(before, " /")+1:]
	return len(word) <= 2 || word == "No" || word == "Kep" || word == "Per"
}

// Deadline is a duty with a last day, or with a period from an event.
type Deadline struct {
	Path     string  `json:"path"`
	Sentence string  `json:"sentence"`
	Period   *Period `json:"period,omitempty"`
	From     string  `json:"from,omitempty"` // "diundangkan", "mulai berlaku", "ditetapkan"; else the words of the event
	Day      Day     `json:"day"`            // null where the event's day is not in the regulation
	Exact    bool    `json:"exact"`
	Note     string  `json:"note"`
}

var (
	latest    = regexp.MustCompile(`(?i)\bpaling\s+(?:lama|lambat)\b|\bselambat-?\s?lambatnya\b|\bdalam (?:jangka )?waktu\b|\bdalam tenggang waktu\b|\bterhitung\s+\d`)
	fromStart = regexp.MustCompile(`(?i)^\W*(?:kalender|kerja)?\W*(?:terhitung\s+)?(?:sejak|setelah|dari|semenjak)\s+([^.;,]{0,140})`)
	ofThis    = regexp.MustCompile(`(?i)(?:peraturan|undang-?undang|keputusan|qanun|instruksi)\b[^.;,]{0,60}\bini\b`)
)

// Deadlines lists the periods and last days that a regulation sets, in document
// order. Only those counted from the regulation itself have a day.
func (r *Regulation) Deadlines() []Deadline {
	dates := r.Dates()
	var found []Deadline
	for n := range r.All {
		if !n.Kind.Cited() || n.Kind == Penjelasan || n.Kind == Lampiran {
			continue
		}
		for _, m := range latest.FindAllStringIndex(n.Text, 12) {
			rest := n.Text[m[1]:min(len(n.Text), m[1]+260)]
			if strings.Contains(strings.ToLower(n.Text[m[0]:m[1]]), "terhitung") {
				rest = n.Text[m[1]-1 : min(len(n.Text), m[1]+260)]
			}
			d := Deadline{Path: n.Path, Sentence: sentence(n.Text, m[0]), Note: Unofficial}
			if p, at, ok := FirstPeriod(rest); ok && at.Start < 14 {
				d.Period = &p
				d.count(rest[at.End:], &dates)
			} else if day, at, plain := FirstDay(rest, yearIn(&dates)); day != "" && at.Start < 24 {
				d.Day, d.Exact = day, plain
			} else {
				continue
			}
			found = append(found, d)
		}
	}
	return found
}

// count computes the last day of a period that runs from the regulation.
func (d *Deadline) count(after string, dates *Dates) {
	m := fromStart.FindStringSubmatch(after)
	if m == nil {
		return
	}
	d.From = strings.TrimSpace(m[1])
	low := strings.ToLower(d.From)
	if !ofThis.MatchString(low) && !strings.HasPrefix(low, "tanggal diundangkan") && !strings.HasPrefix(low, "diundangkan") {
		return
	}
	var from Day
	switch {
	case strings.Contains(low, "diundangkan"):
		from, d.From = dates.Gazetted, "diundangkan"
	case strings.Contains(low, "ditetapkan"):
		from, d.From = dates.Set, "ditetapkan"
	case strings.Contains(low, "berlaku"):
		from, d.From = dates.Force, "mulai berlaku"
	default:
		return
	}
	if from != "" {
		d.Day = d.Period.After(from)
	}
}
