package law

import "strings"

// Kind of a node.
type Kind string

// The kinds of nodes. The first ten are the units that a lawyer cites, and the
// only ones that the flat list of [Regulation.Flat] has.
const (
	Buku       Kind = "buku"
	Bab        Kind = "bab"
	Bagian     Kind = "bagian"
	Paragraf   Kind = "paragraf"
	Pasal      Kind = "pasal"
	Ayat       Kind = "ayat"
	Huruf      Kind = "huruf"
	Angka      Kind = "angka"
	Penjelasan Kind = "penjelasan" // the explanation and everything in it
	Lampiran   Kind = "lampiran"

	Judul     Kind = "judul"     // the title, with what stands over it
	Pembukaan Kind = "pembukaan" // from Dengan Rahmat to Menetapkan
	Menimbang Kind = "menimbang" // recitals; its items are huruf or angka of the pembukaan
	Mengingat Kind = "mengingat" // legal basis
	Diktum    Kind = "diktum"    // MEMUTUSKAN, Menetapkan
	Penutup   Kind = "penutup"   // from "Agar setiap orang" to the gazette's number
	Unparsed  Kind = "unparsed"  // text whose place is not understood
)

// Cited reports whether lawyers cite units of this kind.
func (k Kind) Cited() bool {
	switch k {
	case Buku, Bab, Bagian, Paragraf, Pasal, Ayat, Huruf, Angka, Penjelasan, Lampiran:
		return true
	}
	return false
}

// Span is a range of bytes of the source.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Node is one unit of a regulation.
//
// A path names a unit whatever page or heading it stands under, as a citation
// does: "pasal-7/ayat-2/huruf-b" needs no bab, "bab-ii/bagian-kesatu" needs no
// pasal. In an amending regulation the provisions that it quotes stand under
// the item that quotes them ("pasal-i/angka-3/pasal-13a/ayat-1"), so they never
// take the place of its own. Their address in the amended regulation is what
// follows the item: see [Node.Target]. The second of two units with one number
// carries "~2".
type Node struct {
	Kind     Kind
	Label    string // as it is cited: "BAB IXA", "Pasal 47A", "(2)", "b.", "1."
	Number   string // normal form of the number: "ixa", "47a", "2", "b", "1"
	Path     string
	Text     string // own words without label and children, white space folded; of a bab or bagian its title
	Deleted  bool   // "Dihapus"
	Quoted   bool   // new wording for another regulation
	Explains string // of a penjelasan: the path of the unit it explains, "" for the general part
	Spans    []Span // where label and own words stand in the source, in order
	Page     int    // of the label, from 1; 0 when the source has no pages
	Children []*Node

	grown *strings.Builder // Text while it is read: growing a string line by line would copy it each time
}

// Target is the address that a quoted unit has in the regulation it is quoted
// for: the path without the item of the amending regulation. Of other units it
// is the path.
func (n *Node) Target() string {
	if !n.Quoted {
		return n.Path
	}
	parts := strings.Split(n.Path, "/")
	for i, part := range parts {
		if i == 0 { // pasal-i
			continue
		}
		switch name, _, _ := strings.Cut(part, "-"); Kind(name) {
		case Buku, Bab, Bagian, Paragraf, Pasal, Lampiran, Penjelasan:
			return strings.Join(parts[i:], "/")
		}
	}
	return n.Path
}

// Repair is a scanning error that was read as what it must have been.
type Repair struct {
	At      Span   `json:"at"`
	Written string `json:"written"`
	Read    string `json:"read"`
	Why     string `json:"why"`
}

// Regulation is what was read from one text.
type Regulation struct {
	Identity Identity
	Title    string // what it is about: the words after "tentang"
	Source   string // the whole text: lines joined by newlines
	Nodes    []*Node
	Margin   []Span // running heads, page numbers, catchwords, marks of images: no words of the regulation
	Repairs  []Repair
	taken    map[string]int // paths of the parts beside the body
	Faults   []string       // why this is not, or not wholly, a regulation; empty for a clean one
}

// All walks the nodes in document order.
func (r *Regulation) All(yield func(*Node) bool) {
	walk(r.Nodes, yield)
}

func walk(nodes []*Node, yield func(*Node) bool) bool {
	for _, n := range nodes {
		if !yield(n) || !walk(n.Children, yield) {
			return false
		}
	}
	return true
}

// Find returns the node with a path, or nil.
func (r *Regulation) Find(path string) *Node {
	for n := range r.All {
		if n.Path == path {
			return n
		}
	}
	return nil
}

// Flat lists the units that lawyers cite, in document order.
func (r *Regulation) Flat() []*Node {
	var flat []*Node
	for n := range r.All {
		if n.Kind.Cited() {
			flat = append(flat, n)
		}
	}
	return flat
}

// UnparsedBlocks lists what was not understood, in document order.
func (r *Regulation) UnparsedBlocks() []*Node {
	var blocks []*Node
	for n := range r.All {
		if n.Kind == Unparsed {
			blocks = append(blocks, n)
		}
	}
	return blocks
}
