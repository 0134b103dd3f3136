package law

import (
	"regexp"
	"slices"
	"strings"
)

// Parse reads the lines of a text. It always answers; what the text is not
// stands in Faults.
func Parse(lines []Line) *Regulation {
	r := &Regulation{}
	var pieces []piece
	r.Source, pieces = scan(lines)
	markMargins(pieces)
	sections := cut(pieces, false)
	if !r.found(sections) && bareHeads(pieces) >= 2 { // a text that begins in the middle of the body
		sections = cut(pieces, true)
	}
	r.judge(pieces, sections)
	if !r.found(sections) {
		r.unparsed(pieces)
		r.seal()
		return r
	}
	chosen := r.chooseBody(pieces, sections)
	explained := lastExplanation(pieces, sections)
	for i := 0; i < len(sections); i++ {
		s := sections[i]
		run := pieces[s.first:s.last]
		switch s.zone {
		case zoneTitle:
			r.plain(Judul, "judul", run)
		case zonePreamble:
			r.preamble(run)
		case zoneBody:
			switch {
			case i == chosen.first:
				r.Nodes = append(r.Nodes, r.readBody(pieces, sections, chosen)...)
			case chosen.has(i):
			default:
				r.again(run, "the body stands in the text more than once; the fuller copy is read")
			}
		case zoneClosing:
			if !chosen.has(i) {
				r.plain(Penutup, "penutup", run)
			}
		case zoneExplanation:
			if i != explained {
				r.again(run, "the explanation stands in the text more than once; the last is read")
				continue
			}
			r.Nodes = append(r.Nodes, parseExplanation(r, run))
		case zoneAnnex:
			r.annex(run)
		case zoneOther:
			r.again(run, "a second regulation begins: "+firstWords(run))
		}
	}
	r.number()
	r.link()
	r.seal()
	return r
}

// bareHeads counts lines that are the head of a pasal and nothing else.
func bareHeads(pieces []piece) int {
	count := 0
	for i := range pieces {
		if _, rest, ok := pasalHead(pieces[i].text); ok && rest == "" && !pieces[i].margin && arabicHead(pieces[i].text) > 0 {
			count++
		}
	}
	return count
}

// ParseText reads a text.
func ParseText(text string) *Regulation { return Parse(Lines(text)) }

// found reports whether there is a body.
func (r *Regulation) found(sections []section) bool {
	for _, s := range sections {
		if s.zone == zoneBody {
			return true
		}
	}
	return false
}

// copyOf is one reading of the body: sections from first to last, of which the
// closings between stand inside it.
type copyOf struct{ first, last int }

func (c copyOf) has(i int) bool { return i >= c.first && i <= c.last }

// chooseBody finds the copy of the body that has most of it.
func (r *Regulation) chooseBody(pieces []piece, sections []section) copyOf {
	var copies []copyOf
	for i, s := range sections {
		if s.zone != zoneBody {
			continue
		}
		if s.resume && len(copies) > 0 && sections[i-1].zone == zoneClosing {
			copies[len(copies)-1].last = i
			continue
		}
		copies = append(copies, copyOf{i, i})
	}
	best, most := copies[0], -1
	if len(copies) == 1 {
		return best
	}
	for _, c := range copies {
		trial := &Regulation{}
		nodes := trial.readBody(pieces, sections, c)
		score := 0
		walk(nodes, func(n *Node) bool {
			switch n.Kind {
			case Pasal:
				score += 1000
			case Unparsed:
			default:
				score++
			}
			return true
		})
		if score -= 1000 * len(trial.Faults); score >= most {
			best, most = c, score
		}
	}
	return best
}

// readBody parses one copy.
func (r *Regulation) readBody(pieces []piece, sections []section, c copyOf) []*Node {
	run := pieces[sections[c.first].first:sections[c.last].last]
	return parseBody(r, run, romanBody(run)).roots
}

// romanBody reports whether the pasal of a body have Roman numbers: its first
// does, and another follows or the first speaks of changing something. A first
// one that reads "Pasal 1" is Roman when it changes something and "Pasal II"
// follows.
func romanBody(run []piece) bool {
	first, amends, speaks, plain := false, false, false, false
	for i := range run {
		if run[i].margin {
			continue
		}
		amends = amends || opensQuote.MatchString(tail(run[i].text, 400)) || instruction(run[i].text)
		speaks = speaks || changeWord.MatchString(run[i].text)
		token, rest, ok := pasalHead(run[i].text)
		if !ok || rest != "" && !startsSentence(rest) {
			continue
		}
		if !first {
			if token != "I" && token != "l" && token != "1" {
				return false
			}
			first, plain = true, token != "1"
			continue
		}
		if token == "II" || token == "ll" {
			return true
		}
		if !amends && !speaks {
			return false
		}
	}
	return first && amends && plain
}

var changeWord = regexp.MustCompile(`(?i)\b(diubah|disisipkan|dihapus|ditambahkan|perubahan)\b`)

func lastExplanation(pieces []piece, sections []section) int {
	best, most := -1, -1
	for i, s := range sections {
		if s.zone == zoneExplanation {
			size := 0
			if s.last > s.first {
				size = pieces[s.last-1].span.End - pieces[s.first].span.Start
			}
			if size*10 >= most*9 {
				best, most = i, size
			}
		}
	}
	return best
}

// plain makes one node of a run of pieces, words only.
func (r *Regulation) plain(kind Kind, path string, run []piece) *Node {
	if len(run) == 0 {
		return nil
	}
	n := &Node{Kind: kind, Path: r.free(path)}
	r.fill(n, run)
	r.Nodes = append(r.Nodes, n)
	return n
}

// free is a path that no root has yet.
func (r *Regulation) free(path string) string {
	if r.taken == nil {
		r.taken = make(map[string]int)
	}
	if r.taken[path]++; r.taken[path] == 1 {
		return path
	}
	return path + "~" + numberFor(digitPoint, r.taken[path])
}

// fill gives a node the words of pieces, a line each.
func (r *Regulation) fill(n *Node, run []piece) {
	lines := make([]string, 0, len(run))
	for i := range run {
		p := &run[i]
		if p.margin {
			r.Margin = append(r.Margin, p.span)
			continue
		}
		if n.Page == 0 {
			n.Page = p.page
		}
		lines = append(lines, fold(p.text))
		n.Spans = append(n.Spans, p.span)
	}
	n.Text = strings.Join(lines, "\n")
}

// again keeps what is not read as an unparsed block, with the reason.
func (r *Regulation) again(run []piece, why string) {
	r.plain(Unparsed, "unparsed", run)
	r.Faults = append(r.Faults, why)
}

func (r *Regulation) unparsed(pieces []piece) {
	r.plain(Unparsed, "unparsed", pieces)
}

func firstWords(run []piece) string {
	var words []string
	for i := range run {
		if !run[i].margin {
			words = append(words, strings.Fields(run[i].text)...)
		}
		if len(words) > 12 {
			return strings.Join(words[:12], " ") + " ..."
		}
	}
	return strings.Join(words, " ")
}

var preambleHeads = []struct {
	kind Kind
	re   *regexp.Regexp
}{
	{Menimbang, recital},
	{Mengingat, regexp.MustCompile(`(?i)^(mengingat|memperhatikan)\b`)},
	{Diktum, decree},
}

// preamble splits the pembukaan at its heads.
func (r *Regulation) preamble(run []piece) {
	root := &Node{Kind: Pembukaan, Path: "pembukaan"}
	r.Nodes = append(r.Nodes, root)
	start, at := 0, root
	flush := func(end int) {
		if end > start {
			r.fill(at, run[start:end])
		}
		start = end
	}
	for i := range run {
		if run[i].margin {
			continue
		}
		for _, h := range preambleHeads {
			if h.re.MatchString(run[i].text) && !(h.kind == Diktum && at.Kind == Diktum) && (at == root || at.Kind != h.kind) {
				flush(i)
				path := "pembukaan/" + string(h.kind)
				for _, c := range root.Children {
					if c.Path == path {
						path += "~2"
					}
				}
				at = &Node{Kind: h.kind, Path: path}
				root.Children = append(root.Children, at)
			}
		}
	}
	flush(len(run))
}

var annexLabel = regexp.MustCompile(`^(?i:lampiran)(?:\s+([IVXL]+[A-Z]?|\d+)\b)?`)

// annex makes a lampiran. A head that repeats the open one's is its words.
func (r *Regulation) annex(run []piece) {
	label, number := "LAMPIRAN", ""
	if m := annexLabel.FindStringSubmatch(run[0].text); m != nil && m[1] != "" {
		number = strings.ToLower(m[1])
		label += " " + m[1]
	}
	path := "lampiran"
	if number != "" {
		path += "-" + number
	}
	n := r.plain(Lampiran, path, run)
	n.Label, n.Number = label, number
	head := annexLabel.FindString(n.Text)
	n.Text = strings.TrimLeft(n.Text[len(head):], " \n:")
}

// link connects every explanation with what it explains.
func (r *Regulation) link() {
	if !slices.ContainsFunc(r.Nodes, func(n *Node) bool { return n.Kind == Penjelasan }) {
		return
	}
	paths := make(map[string]bool)
	for n := range r.All {
		if n.Kind.Cited() && n.Kind != Penjelasan {
			paths[n.Path] = true
		}
	}
	for n := range r.All {
		for n.Kind == Penjelasan && n.Explains != "" && !paths[n.Explains] { // an ayat that was not read: its pasal
			n.Explains = n.Explains[:max(0, strings.LastIndexByte(n.Explains, '/'))]
		}
	}
}

// number reads identity and subject from the title, or from what the decree
// establishes.
func (r *Regulation) number() {
	title, decree := "", ""
	for n := range r.All {
		switch n.Kind {
		case Judul:
			title = n.Text
		case Diktum:
			decree = n.Text
		}
	}
	r.Identity, r.Title = readTitle(r, title)
	if r.Identity.Type == "" || r.Title == "" {
		id, subject := readTitle(r, decree)
		if r.Identity.Type == "" {
			r.Identity = id
		}
		if r.Title == "" {
			r.Title = subject
		}
	}
	if r.Identity.Number == "" || r.Identity.Year == 0 {
		r.elsewhere()
	}
	if r.Identity.Type == "" {
		r.Faults = append(r.Faults, "no title names the regulation")
	}
}

// elsewhere finds the number of a regulation whose title lacks it: in the head
// of its explanation or of an annex.
func (r *Regulation) elsewhere() {
	for _, n := range r.Nodes {
		if n.Kind != Lampiran && n.Kind != Penjelasan {
			continue
		}
		id, _ := readTitle(&Regulation{}, n.Text)
		if id.Year != 0 && (id.Type == r.Identity.Type || r.Identity.Type == "") {
			r.Repairs = append(r.Repairs, Repair{At: n.Spans[0], Read: id.String(), Why: "the title has no number that can be read; this head has"})
			r.Identity = id
			return
		}
	}
}

// seal gives every byte that no node has to the margin.
func (r *Regulation) seal() {
	if len(r.Nodes) == 0 && len(r.Margin) == 0 && r.Source != "" {
		r.Margin = append(r.Margin, Span{0, len(r.Source)})
	}
}
