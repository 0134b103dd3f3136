package law

import (
	"regexp"
	"slices"
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

// The operations of Lampiran II of UU 12/2011, numbers 230 to 238, and of the
// explanation that an amendment may change alone.
const (
	amendOp   = "amend"   // diubah, diganti, disempurnakan
	insertOp  = "insert"  // disisipkan, ditambahkan
	deleteOp  = "delete"  // dihapus, dicabut
	retitleOp = "retitle" // judul ... diubah
	explainOp = "explain" // penjelasan ... diubah
)

var (
	spoken      = regexp.MustCompile(`["“”„][^"“”]*["“”]`)
	gazette     = regexp.MustCompile(`(?i)\([^()]*\b(?:lembaran|berita)\s+(?:negara|daerah)[^()]*\)?`)
	earlier     = regexp.MustCompile(`(?i)(?:yang\s+|sebagaimana\s+)?(?:telah\s+)?(?:beberapa\s+kali\s+)?(?:telah\s+)?di\s?ubah\s*,?\s*(?:beberapa\s+kali\s*,?\s*)?(?:terakhir\s+)?(?:kali\s+)?dengan\b`)
	consequence = regexp.MustCompile(`(?i)\b(?:sehingga|berbunyi|selengkapnya|sebagaimana\s+(?:tercantum|ditetapkan|dimaksud\s+dalam\s+lampiran)|menjadi)\b`)
	resultPasal = regexp.MustCompile(`(?i)\bpas[ai]l\s+(\d{1,3}[A-Z]{0,2})`)
)

// operationsOf reads the words of one item: "Ketentuan ayat (2) Pasal 5 diubah
// dan di antara ayat (2) dan ayat (3) disisipkan 1 (satu) ayat, yakni ayat (2a),
// sehingga Pasal 5 berbunyi sebagai berikut".
func operationsOf(text, item, path string, base Identity) []Operation {
	reading := clause{says: Operation{Item: item, Path: path, Quote: text, Regulation: base}}
	text = mend(text)
	text = gazette.ReplaceAllString(spoken.ReplaceAllString(text, " "), " ")
	text = withoutMentions(text)
	text = earlier.ReplaceAllString(text, " ")
	if m := resultPasal.FindAllStringSubmatch(text, -1); m != nil {
		reading.fallback = step{kind: Pasal, number: strings.ToLower(m[len(m)-1][1])}
	}
	for _, part := range strings.Split(text, ";") {
		if loc := consequence.FindStringIndex(part); loc != nil {
			part = part[:loc[0]]
		}
		reading.read(tokens(part))
	}
	return reading.found
}

// withoutMentions blanks the names of regulations: their numbers are no units.
func withoutMentions(text string) string {
	var b strings.Builder
	end := 0
	for _, m := range Mentions(text) {
		b.WriteString(text[end:m.At.Start])
		b.WriteByte(' ')
		end = m.At.End
	}
	b.WriteString(text[end:])
	return b.String()
}

// clause reads instructions from left to right. A verb speaks of the units
// named since the verb before; an active verb at the beginning of those behind.
type clause struct {
	says     Operation // item, path, quote and base of all that is found
	fallback step      // the pasal named last: of "ayat (2) diubah sehingga Pasal 5 berbunyi"
	groups   []group   // named since the last verb
	last     []address // what the last verb spoke of
	found    []Operation
}

// group is a list of units under one word: judul, penjelasan, di antara.
type group struct {
	role  role
	units []step
}

func (c *clause) read(list []token) {
	c.groups = []group{{}}
	for i := 0; i < len(list); i++ {
		switch t := list[i]; t.class {
		case isUnit:
			g := &c.groups[len(c.groups)-1]
			g.units = append(g.units, t.unit)
		case isRole:
			c.groups = append(c.groups, group{role: t.role})
		case isVerb:
			switch {
			case t.op == keeps:
				for _, g := range c.groups {
					c.last = append(c.last[:0:0], c.resolve(g.units)...)
				}
			case t.op == insertOp:
				i = c.insert(list, i)
			case t.active && c.empty():
				var behind []group
				behind, i = groupsBehind(list, i)
				c.groups = behind
				c.does(t.op)
			default:
				c.does(t.op)
			}
			c.groups = []group{{}}
		}
	}
}

func (c *clause) empty() bool {
	return !slices.ContainsFunc(c.groups, func(g group) bool { return len(g.units) > 0 })
}

// groupsBehind takes the units behind a verb, up to the next verb.
func groupsBehind(list []token, i int) ([]group, int) {
	groups := []group{{}}
	for i+1 < len(list) && list[i+1].class != isVerb {
		i++
		switch t := list[i]; t.class {
		case isUnit:
			groups[len(groups)-1].units = append(groups[len(groups)-1].units, t.unit)
		case isRole:
			groups = append(groups, group{role: t.role})
		}
	}
	return groups, i
}

// does notes an amendment or deletion of what was named.
func (c *clause) does(op string) {
	var spoken []address
	for _, g := range c.groups {
		for _, a := range c.resolve(g.units) {
			does := op
			switch {
			case g.role == ofTitle && op == amendOp:
				does = retitleOp
			case g.role == ofExplanation:
				does = explainOp
			}
			c.note(Operation{Op: does, Target: a.path()})
			spoken = append(spoken, a)
		}
	}
	if spoken != nil {
		c.last = spoken
	}
}

func (c *clause) note(o Operation) {
	o.Item, o.Path, o.Quote, o.Regulation = c.says.Item, c.says.Path, c.says.Quote, c.says.Regulation
	if o.New == nil {
		o.New = []string{}
	}
	if !slices.ContainsFunc(c.found, func(f Operation) bool {
		return f.Op == o.Op && f.Target == o.Target && slices.Equal(f.New, o.New)
	}) {
		c.found = append(c.found, o)
	}
}

// insert reads what an insertion adds, behind the verb, and where. It gives the
// last token it has read.
func (c *clause) insert(list []token, i int) int {
	last := c.groups[len(c.groups)-1]
	anchors, behind := c.resolve(last.units), last.role == ofPlace
	var units []step
	named := false // behind yakni
	count := 0     // how many are said to be added; 0: not said
	for i+1 < len(list) {
		t := list[i+1]
		if t.class == isVerb || t.class == isRole && t.role != ofPlace {
			break
		}
		if t.class == isRole && (named || len(units) > 0) {
			break
		}
		i++
		switch {
		case t.class == isRole && len(anchors) == 0: // "disisipkan satu ayat di antara ayat (1) dan ayat (2), yakni ..."
			var place []step
			for i+1 < len(list) && list[i+1].class == isUnit {
				i++
				place = append(place, list[i].unit)
			}
			anchors, behind = c.resolve(place), true
		case t.class == isCount && len(units) == 0:
			count = t.count
		case t.class == isNamely:
			if !named && len(anchors) == 0 && len(units) > 0 { // "menambah satu ayat pada Pasal 7, yakni ..."
				anchors, units = c.resolve(units), nil
			}
			named = true
		case t.class == isUnit:
			units = append(units, t.unit)
		}
	}
	if len(anchors) == 0 {
		anchors = c.last
	}
	units, kept := splitNext(units, count)
	i -= kept
	c.inserted(anchors, behind, units)
	return i
}

// splitNext gives back the units at the end that belong to what is said next:
// those that stand above the new ones ("ayat (2a), ayat (6) Pasal 40 diubah") and
// those that are too many ("1 (satu) ayat, yakni ayat (3a), dan ayat (5) dihapus").
func splitNext(units []step, count int) (added []step, kept int) {
	alike := !slices.ContainsFunc(units, func(u step) bool { return u.kind != units[0].kind || u.ranged })
	if count > 0 && len(units) > count && alike {
		return units[:count], len(units) - count
	}
	for k := 1; k < len(units); k++ {
		if rank(units[k].kind) < rank(units[0].kind) && rank(units[k].kind) <= rank(Pasal) {
			from := k
			for from > 1 && !units[from].listed {
				from--
			}
			return units[:from], len(units) - from
		}
	}
	return units, 0
}

// inserted notes an insertion: behind the first anchor, or into it.
func (c *clause) inserted(anchors []address, behind bool, units []step) {
	o := Operation{Op: insertOp}
	var parent address
	if len(anchors) > 0 {
		parent = anchors[0]
		if len(units) > 0 {
			parent = parent.above(units[0].kind)
		}
	} else if len(units) > 0 && rank(units[0].kind) > rank(Pasal) && c.fallback.number != "" {
		parent = address{c.fallback}
	}
	var spoken []address
	units = filled(units)
	for k, u := range units {
		a := append(slices.Clone(parent.above(u.kind)), u)
		if k > 0 && rank(u.kind) > rank(units[0].kind) && rank(u.kind) != rank(Pasal) && rank(units[0].kind) >= rank(Pasal) {
			a = append(slices.Clone(spoken[len(spoken)-1].above(u.kind)), u)
		}
		o.New = append(o.New, a.path())
		spoken = append(spoken, a)
	}
	switch {
	case behind && len(anchors) > 0:
		o.Target = anchors[0].path()
	case len(parent) > 0:
		o.Target = parent.path()
	case len(anchors) > 0:
		o.Target = anchors[0].path()
	}
	if o.Target == "" && len(o.New) == 0 {
		return
	}
	c.note(o)
	if spoken != nil && len(anchors) == 0 {
		c.last = spoken
	}
}
