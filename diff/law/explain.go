package law

import (
	"regexp"
	"strings"
)

var (
	general    = regexp.MustCompile(`^(?:(?:I|A|1|l)\s?\.?\s*)?UMUM\.?\s*$`)
	each       = regexp.MustCompile(`(?i)^(?:(?:II|B|2|ll|11)\s?\.?\s+)?PASAL\s*DEMI\s*PASAL`)
	unitHead   = regexp.MustCompile(`^[.•\s-]*((?i:Ayat)|Huruf|Angka|Ang[)\]<a-z]{1,4}|Bagian|Butir)\s+\(?\s?([0-9A-Za-z]{1,4}?)\s?([)1lItTJ|]?)\s*\.?(?:\s+(.*))?$`)
	backAyat   = regexp.MustCompile(`^\((\w{1,2}?)[)1lItT]\s+Ayat$`)
	pasalRange = regexp.MustCompile(`^Pasal\s+(\d+[A-Z]?)\s*(?:s/d|s\.d\.?|sampai dengan|dan|-|,)\s*(?:Pasal\s+)?(\d+[A-Z]?)\b\s*(.*)$`)
)

// explainer reads an explanation: general part, then a part for each unit.
type explainer struct {
	r      *Regulation
	taken  map[string]int
	tops   map[string]bool // paths of the body
	root   *Node
	part   *Node
	own    *Node // Pasal I of an amending regulation
	item   *Node
	pasal  *Node
	ayat   *Node
	huruf  *Node
	at     *Node
	last   string
	begun  bool // "pasal demi pasal" was passed
	number body // reads numbers as the body does
}

func parseExplanation(r *Regulation, run []piece) *Node {
	e := &explainer{r: r, taken: make(map[string]int)}
	e.number.r = r
	e.root = &Node{Kind: Penjelasan, Label: "PENJELASAN", Path: "penjelasan", Spans: []Span{run[0].span}, Page: run[0].page}
	e.at = e.root
	if rest := strings.TrimSpace(strings.TrimPrefix(run[0].text, "PENJELASAN")); rest != "" && explanation.MatchString(run[0].text) {
		addWords(e.root, rest)
	}
	if each.MatchString(run[0].text) || general.MatchString(run[0].text) { // the head was lost
		e.root.Spans = nil
		e.piece(&run[0])
	}
	if !strings.HasPrefix(run[0].text, "PENJELASAN") {
		e.number.repair(&run[0], run[0].text, "PENJELASAN", "a head")
	}
	for i := 1; i < len(run); i++ {
		if run[i].margin {
			r.Margin = append(r.Margin, run[i].span)
			continue
		}
		e.piece(&run[i])
	}
	return e.root
}

func (e *explainer) piece(p *piece) {
	switch {
	case !e.begun && general.MatchString(p.text):
		e.part = e.add(e.root, "UMUM", "penjelasan/umum", "", p)
	case each.MatchString(p.text):
		e.begun = true
		e.part = e.add(e.root, "PASAL DEMI PASAL", "penjelasan/pasal-demi-pasal", "", p)
		if !strings.Contains(fold(p.text), e.part.Label) {
			e.number.repair(p, p.text, e.part.Label, "a head")
		}
	case e.begun && (e.pasalHead(p) || e.unit(p)):
	case !e.begun && (p.heading || p.fresh) && isFirst(p.text):
		e.begun = true
		e.part = e.add(e.root, "PASAL DEMI PASAL", "penjelasan/pasal-demi-pasal", "", &piece{page: p.page, span: Span{p.span.Start, p.span.Start}})
		e.piece(p)
	default:
		addWords(e.at, p.text)
		e.at.Spans = append(e.at.Spans, p.span)
	}
}

// isFirst reports whether a line is the head of the first pasal.
func isFirst(s string) bool {
	token, rest, ok := pasalHead(s)
	if !ok || rest != "" && !explains(rest) {
		return false
	}
	_, one := readAs(token, "1")
	return one || token == "I"
}

func (e *explainer) add(parent *Node, label, path, explains string, p *piece) *Node {
	if e.taken[path]++; e.taken[path] > 1 {
		path += "~" + numberFor(digitPoint, e.taken[path])
	}
	n := &Node{Kind: Penjelasan, Label: label, Path: path, Explains: explains, Spans: []Span{p.span}, Page: p.page}
	parent.Children = append(parent.Children, n)
	e.at = n
	return n
}

// pasalHead opens the part of a pasal, or of several together.
func (e *explainer) pasalHead(p *piece) bool {
	if m := pasalRange.FindStringSubmatch(p.text); m != nil && (m[3] == "" || strings.HasPrefix(m[3], "Cukup")) {
		label, _, _ := strings.Cut(p.text, " Cukup")
		e.open(p, label, strings.ToLower(m[1]), m[3])
		e.last = strings.ToLower(m[2])
		return true
	}
	token, rest, ok := pasalHead(p.text)
	if !ok || rest != "" && !explains(rest) {
		return false
	}
	if n := roman(token); n > 0 && (e.last == "" || e.own != nil) && e.known("pasal-"+strings.ToLower(token)) {
		e.own = e.add(e.part, "Pasal "+token, "penjelasan/pasal-"+strings.ToLower(token), "pasal-"+strings.ToLower(token), p)
		e.pasal, e.item, e.ayat, e.huruf = nil, nil, nil, nil
		e.say(rest, p)
		return true
	}
	number, ok := firstRead(token, e.number.follow(e.last))
	if !ok {
		if number = plausible(token, "", true); number == "" {
			return false
		}
	}
	if written := strings.TrimSpace(strings.TrimSuffix(p.text, rest)); !strings.EqualFold(fold(written), "Pasal "+number) {
		e.number.repair(p, written, "Pasal "+strings.ToUpper(number), "the head that comes in order")
	}
	e.open(p, "Pasal "+strings.ToUpper(number), number, rest)
	return true
}

// known reports whether the body has a unit at its top.
func (e *explainer) known(path string) bool {
	if e.tops == nil {
		e.tops = make(map[string]bool)
		for n := range e.r.All {
			e.tops[n.Path] = true
		}
	}
	return e.tops[path]
}

// explains reports whether words behind a head begin its explanation.
func explains(s string) bool {
	return startsSentence(s) || strings.HasPrefix(s, "Ayat") || strings.HasPrefix(s, "Huruf") || strings.HasPrefix(s, "Angka")
}

func (e *explainer) open(p *piece, label, number, rest string) {
	parent, path := e.part, "pasal-"+number
	explained := path
	if e.own != nil {
		if parent = e.own; e.item != nil {
			parent = e.item
		}
		explained = strings.TrimPrefix(parent.Path, "penjelasan/") + "/" + path
		path = parent.Path + "/" + path
	} else {
		path = "penjelasan/" + path
	}
	e.last = number
	e.pasal = e.add(parent, label, path, explained, p)
	e.ayat, e.huruf = nil, nil
	e.say(rest, p)
}

// say takes the words behind a head, which may be a head themselves.
func (e *explainer) say(text string, p *piece) {
	if text == "" {
		return
	}
	inner := *p
	inner.text = text
	if e.unit(&inner) {
		return
	}
	addWords(e.at, text)
}

// unit opens the part of an ayat, huruf or angka.
func (e *explainer) unit(p *piece) bool {
	word, number, rest := "", "", ""
	if m := unitHead.FindStringSubmatch(p.text); m != nil {
		word, number, rest = m[1], m[2], m[4]
		if m[3] != "" && !strings.Contains(p.text, "(") {
			number += m[3]
		}
		if rest != "" && (rest[0] >= 'a' && rest[0] <= 'z' || len(p.text) > 40 && !p.fresh) {
			return false
		}
	} else if m := backAyat.FindStringSubmatch(p.text); m != nil {
		word, number = "Ayat", m[1]
		e.number.repair(p, p.text, "Ayat ("+m[1]+")", "a number that stands before its word")
	} else {
		return false
	}
	switch kind := strings.ToLower(word); {
	case kind == "ayat":
		return e.ayatHead(p, number, rest)
	case kind == "huruf":
		return e.letterHead(p, number, rest)
	case strings.HasPrefix(kind, "ang"), kind == "butir":
		return e.angkaHead(p, number, rest)
	}
	return false
}

func (e *explainer) ayatHead(p *piece, number, rest string) bool {
	if e.pasal == nil {
		return false
	}
	want := "1"
	if e.ayat != nil {
		want = numberFor(inBrackets, ordinal(inBrackets, e.ayat.Number)+1)
	}
	if _, ok := readAs(number, want); ok {
		number = want
	}
	if !isDigit(number[0]) {
		return false
	}
	number = strings.ToLower(number)
	path := "/ayat-" + number
	e.ayat = e.add(e.pasal, "Ayat ("+number+")", e.pasal.Path+path, e.pasal.Explains+path, p)
	e.ayat.Number = number
	e.huruf = nil
	e.say(rest, p)
	return true
}

func (e *explainer) letterHead(p *piece, number, rest string) bool {
	parent := e.ayat
	if parent == nil {
		parent = e.pasal
	}
	if parent == nil || len(number) > 2 || isDigit(number[0]) && number != "1" {
		return false
	}
	number = strings.ToLower(number)
	path := "/huruf-" + number
	e.huruf = e.add(parent, "Huruf "+number, parent.Path+path, parent.Explains+path, p)
	e.say(rest, p)
	return true
}

func (e *explainer) angkaHead(p *piece, number, rest string) bool {
	if e.own != nil && (e.pasal == nil || e.item != nil && e.huruf == nil) {
		want := "1"
		if e.item != nil {
			want = numberFor(digitPoint, ordinal(digitPoint, e.item.Number)+1)
		}
		if _, ok := readAs(number, want); ok || isNumber(number) {
			if ok {
				number = want
			}
			path := "/angka-" + number
			e.item = e.add(e.own, "Angka "+number, e.own.Path+path, e.own.Explains+path, p)
			e.item.Number = number
			e.pasal, e.ayat, e.huruf = nil, nil, nil
			e.say(rest, p)
			return true
		}
	}
	parent := e.huruf
	if parent == nil {
		if parent = e.ayat; parent == nil {
			parent = e.pasal
		}
	}
	if parent == nil || !isNumber(number) {
		return false
	}
	path := "/angka-" + number
	e.add(parent, "Angka "+number, parent.Path+path, parent.Explains+path, p)
	e.say(rest, p)
	return true
}
