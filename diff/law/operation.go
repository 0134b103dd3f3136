package law

import (
	"regexp"
	"strings"
)

// Operation is one thing that an amending regulation does to a unit of another.
type Operation struct {
	Op     string   `json:"op"`     // amend, insert, delete, retitle, explain
	Target string   `json:"target"` // the unit; of an insertion the one it comes behind, or the one it is added to
	New    []string `json:"new"`    // of an insertion: the paths of the new units
	Item   string   `json:"item"`   // number of the item; "" where the pasal has none
	Quote  string   `json:"quote"`  // the words that say so

	Path       string   `json:"path"`                // of the item in the amending regulation
	Regulation Identity `json:"regulation,omitzero"` // what is amended, where the pasal names it
}

// Operations lists what an amending regulation does, in order.
func (r *Regulation) Operations() []Operation {
	list := []Operation{}
	for n := range r.All {
		if n.Kind != Pasal || n.Quoted || !quotes(n) {
			continue
		}
		var base Identity
		if m := Mentions(n.Text); len(m) > 0 {
			base = m[0].Identity
		} else if !changeTitle.MatchString(r.Title) {
			continue // words that only look like an announcement
		}
		items := 0
		for _, c := range n.Children {
			if c.Kind == Angka && !c.Quoted {
				items++
				list = append(list, operationsOf(c.Text, c.Number, c.Path, base)...)
			}
		}
		if items == 0 {
			list = append(list, operationsOf(n.Text, "", n.Path, base)...)
		}
	}
	return list
}

// operationsOf reads the words of one item.
func operationsOf(text, item, path string, base Identity) []Operation {
	i := instructionReader{}
	i.read(mend(text))
	for k := range i.list {
		o := &i.list[k]
		o.Item, o.Path, o.Quote, o.Regulation = item, path, text, base
		if o.New == nil {
			o.New = []string{}
		}
	}
	return i.list
}

// ref is a unit that an instruction names: its parts, outermost first.
type ref []refPart

type refPart struct{ kind, number string }

func (p refPart) level() int {
	switch Kind(p.kind) {
	case Pasal:
		return 2
	case Ayat:
		return 3
	case Huruf:
		return 4
	case Angka:
		return 5
	}
	return 1
}

func (r ref) path() string {
	parts := make([]string, len(r))
	for i, p := range r {
		parts[i] = strings.TrimSuffix(p.kind+"-"+p.number, "-")
	}
	return strings.Join(parts, "/")
}

func (r ref) pasal() (refPart, bool) {
	for _, p := range r {
		if p.level() <= 2 {
			return p, true
		}
	}
	return refPart{}, false
}

var instructionWord = regexp.MustCompile(`(?i)\b(?:(pas[ai]l|bab|bagian|paragraf|lampiran|aya[tl]|huruf|angka|butir)\s+\(?((?:\d{1,3}(?:[a-z]{0,2}|(?-i:\s[A-Z]))|[ivxl]+[a-z]?|ke[a-z]+|[a-z]{1,2})\b)\)?|(lampiran)\b|(judul)\b|(penjelasan)\b|(di ?antara|antara)\b|(yakni|yaitu|berupa)\b|(di ?ubah|berubah|di ?ganti|disempurnakan|direvisi)\b|(di ?hapus(?:kan)?|dihilangkan|dicabut)\b|(di ?sisipkan|di ?tambah(?:kan)?)\b|(sehingga|yang berbunyi|berbunyi)\b|(mengubah|merubah|mengganti)\b|(menghapus(?:kan)?)\b|(menambah(?:kan)?|menyisipkan)\b|(tetap dengan perubahan|perubahan)\b|(ketentuan|serta)\b)`)

// instructionReader reads an instruction word by word: units gather until a
// verb says what is done to them.
type instructionReader struct {
	list    []Operation
	refs    []ref
	explain int // refs from here on are explanations; -1: none
	title   bool
	between bool
	adding  bool   // units that follow are the new ones
	anchor  ref    // what they come behind
	active  string // a verb that stands before its units
	context refPart
	end     int // where the last unit ended
	fresh   int // units from here on share nothing with those before
}

func (i *instructionReader) read(text string) {
	i.explain = -1
	i.context = mainPasal(text)
	for _, m := range instructionWord.FindAllStringSubmatchIndex(text, 200) {
		word := func(g int) bool { return m[2*g] >= 0 }
		switch {
		case word(1):
			i.unit(text, m, refPart{kindWord(text[m[2]:m[3]]), strings.ReplaceAll(slug(text[m[4]:m[5]]), "-", "")})
		case word(3):
			i.unit(text, m, refPart{kind: string(Lampiran)})
		case word(4):
			i.title = true
		case word(5):
			if i.adding {
				i.flushNew()
			}
			i.explain, i.fresh = len(i.refs), len(i.refs)
		case word(6):
			if i.adding {
				i.flushNew()
			}
			i.between = true
		case word(7):
		case word(8):
			i.verb("amend")
		case word(9):
			i.verb("delete")
		case word(10):
			i.insert()
		case word(11):
			i.finish()
			return
		case word(12):
			i.active = "amend"
		case word(13):
			i.active = "delete"
		case word(14):
			i.active = "insert"
		case word(15):
			if strings.HasPrefix(strings.ToLower(text[m[0]:m[1]]), "tetap") {
				i.refs = nil
			}
			i.active = "amend"
		case word(16):
			if i.adding {
				i.flushNew()
			}
			i.fresh = len(i.refs)
		}
	}
	i.finish()
}

// mainPasal is the pasal that an instruction is about: the one whose new wording
// it announces, or the first it names.
func mainPasal(text string) refPart {
	if m := resultPasal.FindStringSubmatch(text); m != nil {
		return refPart{string(Pasal), strings.ToLower(m[1])}
	}
	if m := pasalNamed.FindStringSubmatch(text); m != nil {
		return refPart{string(Pasal), strings.ToLower(m[1])}
	}
	return refPart{}
}

var resultPasal = regexp.MustCompile(`(?i)sehingga\s+(?:keseluruhan\s+|ketentuan\s+|bunyi\s+)?pasal\s+(\d{1,3}[a-z]?)\b`)

func kindWord(s string) string {
	switch s = strings.ToLower(s); s {
	case "butir":
		return string(Angka)
	case "pasil":
		return string(Pasal)
	case "ayal":
		return string(Ayat)
	}
	return s
}

// unit takes a unit: below the one right before it ("Pasal 5 ayat (1)"), over
// those before it ("ayat (1) dan ayat (2) Pasal 5"), or beside them.
func (i *instructionReader) unit(text string, m []int, p refPart) {
	i.fresh = min(i.fresh, len(i.refs))
	adjacent := len(i.refs) > i.fresh && joins(text[i.end:m[0]])
	i.end = m[1]
	if len(i.refs) <= i.fresh {
		i.refs = append(i.refs, ref{p})
		return
	}
	last := i.refs[len(i.refs)-1]
	switch {
	case adjacent && p.level() > last[len(last)-1].level():
		i.refs[len(i.refs)-1] = append(last, p)
	case adjacent && p.level() < last[0].level():
		for k := i.fresh; k < len(i.refs); k++ {
			if i.refs[k][0].level() > p.level() {
				i.refs[k] = append(ref{p}, i.refs[k]...)
			}
		}
	case p.level() > 2 && last[0].level() < p.level():
		var shared ref
		for _, part := range last {
			if part.level() < p.level() {
				shared = append(shared, part)
			}
		}
		i.refs = append(i.refs, append(shared, p))
	default:
		i.refs = append(i.refs, ref{p})
	}
}

// joins reports whether nothing parts two units.
func joins(gap string) bool {
	switch strings.ToLower(strings.TrimSpace(gap)) {
	case "", "dalam", "pada", "dari", "di", "dalam ketentuan":
		return true
	}
	return false
}

// whole gives every unit its pasal.
func (i *instructionReader) whole(refs []ref) []ref {
	out := make([]ref, 0, len(refs))
	for _, r := range refs {
		if p, ok := r.pasal(); ok {
			if p.kind == string(Pasal) {
				i.context = p
			}
		} else if i.context.kind != "" {
			r = append(ref{i.context}, r...)
		}
		out = append(out, r)
	}
	return out
}

func (i *instructionReader) verb(op string) {
	if i.adding {
		i.flushNew()
	}
	refs := i.whole(i.refs)
	for k, r := range refs {
		o := Operation{Op: op, Target: r.path()}
		switch {
		case i.explain >= 0 && k >= i.explain && op == "amend":
			o.Op = "explain"
		case i.title && r[0].level() == 1 && op == "amend":
			o.Op = "retitle"
		}
		i.list = append(i.list, o)
	}
	i.refs, i.fresh, i.explain, i.title, i.between, i.active = nil, 0, -1, false, false, ""
}

// insert notes what new units come behind; they follow.
func (i *instructionReader) insert() {
	if i.adding {
		i.flushNew()
	}
	refs := i.whole(i.refs)
	i.anchor = nil
	if len(refs) > 0 {
		i.anchor = refs[0]
		if !i.between {
			i.anchor = refs[len(refs)-1]
		}
	} else if i.context.kind != "" {
		i.anchor = ref{i.context}
	}
	i.adding, i.refs, i.fresh, i.between, i.explain = true, nil, 0, false, -1
}

// flushNew tells an insertion once its units are known.
func (i *instructionReader) flushNew() {
	i.adding = false
	refs := i.refs
	i.refs, i.fresh = nil, 0
	o := Operation{Op: "insert", Target: i.anchor.path()}
	for _, r := range refs {
		if _, ok := r.pasal(); !ok && len(i.anchor) > 0 {
			var parent ref
			for _, part := range i.anchor {
				if part.level() < r[0].level() {
					parent = append(parent, part)
				}
			}
			r = append(parent, r...)
		}
		if n := len(o.New); n > 0 && len(r) == 1 && r[0].kind == string(Pasal) { // "Pasal 16A dan Pasal 168"
			before := strings.TrimPrefix(o.New[n-1], "pasal-")
			if next := (&body{}).follow(before)[1:]; lastLetter(before) && !lastLetter(r[0].number) && len(next) == 1 {
				if _, ok := readAs(r[0].number, next[0]); ok {
					r[0].number = next[0]
				}
			}
		}
		o.New = append(o.New, r.path())
	}
	if o.Target != "" || len(o.New) > 0 {
		i.list = append(i.list, o)
	}
}

// finish ends an instruction: what still waits for its verb has it before.
func (i *instructionReader) finish() {
	switch {
	case i.adding:
		i.flushNew()
	case i.active == "insert":
		refs := i.whole(i.refs)
		o := Operation{Op: "insert"}
		for k, r := range refs {
			if i.between && k < 2 {
				if k == 0 {
					o.Target = r.path()
				}
				continue
			}
			o.New = append(o.New, r.path())
		}
		if len(refs) > 0 {
			i.list = append(i.list, o)
		}
	case i.active != "":
		i.verb(i.active)
	}
}
