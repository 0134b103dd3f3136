package law

import (
	"regexp"
	"strings"
)

// Relation is what a regulation does to another as a whole.
type Relation struct {
	Kind       string   `json:"relation"`        // "mengubah", "mencabut", "menarik"
	Part       bool     `json:"part,omitempty"`  // of mengubah: some provisions are repealed, none is given new words
	Built      bool     `json:"built,omitempty"` // an amendment of the one that is amended or repealed, named with it
	Regulation Identity `json:"regulation"`
	Name       string   `json:"name"`
	Path       string   `json:"path,omitempty"` // the provision that says so; "" for the title
	Quote      string   `json:"quote"`
}

var (
	changeTitle = regexp.MustCompile(`(?i)\bperubahan\b.{0,40}?\b(?:atas|terhadap)\b|^perubahan\b`)
	repealTitle = regexp.MustCompile(`(?i)\bpencabutan\b`)
	repealVerb  = regexp.MustCompile(`(?i)dicabut dan (?:di)?nyatakan tidak (?:lagi )?berlaku|dinyatakan dicabut|di ?cabut dan tidak berlaku|dinyatakan tidak berlaku(?: lagi)?|tidak berlaku lagi|\bdicabut\b`)
	withdrawn   = regexp.MustCompile(`(?i)ditarik kembali`)
	keptVerb    = regexp.MustCompile(`(?i)(?:masih )?(?:tetap|masih) berlaku|sepanjang (?:tidak|belum)`)
	lastChange  = regexp.MustCompile(`(?i)(?:telah|sebagaimana)[^;:]{0,60}?(?:diubah|ditambah)[^;:]{0,60}?(?:dengan|oleh|atas)\s*:?\s*$|jo\.?\s*$`)
	pursuant    = regexp.MustCompile(`(?i)perubahan [a-z ]{0,20}?atas\s+$|pelaksanaan (?:dari )?$`)
	partOf      = regexp.MustCompile(`(?i)\b(?:pasal|ayat|huruf|bab|lampiran)\b[^;:.]{0,120}$`)
)

// Relations lists the regulations that this one amends, repeals or withdraws.
func (r *Regulation) Relations() []Relation {
	c := relations{seen: make(map[string]bool)}
	if changeTitle.MatchString(r.Title) {
		if m := Mentions(r.Title); len(m) > 0 {
			c.add("mengubah", m[0].Identity, "", r.Title)
		}
	} else if repealTitle.MatchString(r.Title) {
		for _, m := range Mentions(r.Title) {
			c.add("mencabut", m.Identity, "", r.Title)
		}
	}
	for n := range r.All {
		if n.Kind == Pasal && !n.Quoted && quotes(n) {
			lead, _, _ := strings.Cut(n.Text, "diubah sebagai")
			for i, m := range Mentions(lead) {
				c.add("mengubah", m.Identity, n.Path, n.Text)
				if last := len(c.list) - 1; i > 0 && last >= 0 && c.list[last].Regulation == m.Identity {
					c.list[last].Built = true
				}
			}
		}
	}
	for _, n := range r.Nodes {
		c.repeals(n, "")
	}
	return c.list
}

// quotes reports whether a pasal of its own gives new wording.
func quotes(n *Node) bool {
	for _, c := range n.Children {
		if c.Quoted {
			return true
		}
		for _, q := range c.Children {
			if q.Quoted {
				return true
			}
		}
	}
	return opensQuote.MatchString(tail(n.Text, 400))
}

type relations struct {
	list []Relation
	seen map[string]bool
}

func (c *relations) add(kind string, id Identity, path, quote string) {
	key := kind + " " + id.Key()
	if kind != "mengubah" {
		key = "mencabut " + id.Key()
	}
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	c.list = append(c.list, Relation{Kind: kind, Regulation: id, Name: id.String(), Path: path, Quote: quote})
}

// repeals walks the body. The verb of a list may stand before it, or behind its
// last item.
func (c *relations) repeals(n *Node, lead string) {
	if n.Quoted || n.Kind == Penjelasan || n.Kind == Lampiran || n.Kind == Judul || n.Kind == Pembukaan || n.Kind == Penutup || n.Kind == Unparsed {
		return
	}
	text := n.Text
	verb := repealVerb.FindStringIndex(text)
	if verb != nil || repealVerb.MatchString(lead) {
		c.repealed(n, text, verb)
	}
	below := ""
	if strings.HasSuffix(strings.TrimSpace(text), ":") && !keptVerb.MatchString(text) {
		below = text
		if verb == nil && len(n.Children) > 0 {
			last := n.Children[len(n.Children)-1].Text
			if repealVerb.MatchString(last) && !keptVerb.MatchString(last) {
				below = "dicabut dan dinyatakan tidak berlaku"
			}
		}
	}
	for _, k := range n.Children {
		c.repeals(k, below)
	}
}

// repealed adds the regulations that one text repeals.
func (c *relations) repealed(n *Node, text string, verb []int) {
	for _, m := range Mentions(text) {
		clauseEnd := len(text)
		if i := strings.IndexByte(text[m.At.End:], ';'); i >= 0 {
			clauseEnd = m.At.End + i
		}
		before := text[max(0, m.At.Start-200):m.At.Start]
		if i := strings.LastIndexAny(before, ";"); i >= 0 {
			before = before[i+1:]
		}
		switch {
		case strings.Count(before, "(") > strings.Count(before, ")"), pursuant.MatchString(before):
			continue // its place in the gazette, or what the repealed ones carry out
		case verb != nil && verb[1] < m.At.Start && !strings.HasSuffix(strings.TrimSpace(text[verb[0]:m.At.Start]), ":") && !strings.Contains(text[verb[1]:m.At.Start], ":"):
			continue // named after the verb: what takes its place
		case keptVerb.MatchString(text[m.At.End:clauseEnd]) && !repealVerb.MatchString(text[m.At.End:clauseEnd]):
			continue
		}
		kind := "mencabut"
		if withdrawn.MatchString(text) {
			kind = "menarik"
		}
		if partOf.MatchString(before) && !strings.Contains(before, "mulai berlaku") {
			kind = "mengubah"
		}
		c.add(kind, m.Identity, n.Path, sentence(text, m.At.Start))
		if last := len(c.list) - 1; last >= 0 && c.list[last].Regulation == m.Identity && lastChange.MatchString(before) {
			c.list[last].Built = true
		}
		if last := len(c.list) - 1; kind == "mengubah" && last >= 0 && c.list[last].Regulation == m.Identity && c.list[last].Path == n.Path {
			c.list[last].Part = true
		}
	}
}
