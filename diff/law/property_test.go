package law

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// words that no head, marker or instruction begins with.
var plainWords = []string{"setiap", "orang", "wajib", "laporan", "kepada", "menteri", "sistem", "elektronik", "layanan", "pengguna", "data", "memuat", "izin", "kegiatan", "usaha", "pemerintah", "daerah", "biaya", "jaringan", "operator"}

func sentenceOf(t *rapid.T, label string) string {
	n := rapid.IntRange(5, 14).Draw(t, label+" length")
	words := make([]string, n)
	for i := range words {
		words[i] = rapid.SampledFrom(plainWords).Draw(t, label)
	}
	words[0] = strings.ToUpper(words[0][:1]) + words[0][1:]
	return strings.Join(words, " ")
}

// drawn invents a regulation as a tree.
func drawn(t *rapid.T) *Regulation {
	r := &Regulation{Nodes: []*Node{
		{Kind: Judul, Path: "judul", Text: "PERATURAN MENTERI CONTOH\nNOMOR 7 TAHUN 2024\nTENTANG\nHAL CONTOH"},
		{Kind: Pembukaan, Path: "pembukaan", Text: "DENGAN RAHMAT TUHAN YANG MAHA ESA\nMENTERI CONTOH,", Children: []*Node{
			{Kind: Diktum, Path: "pembukaan/diktum", Text: "MEMUTUSKAN:\nMenetapkan: PERATURAN MENTERI CONTOH TENTANG HAL CONTOH."}}},
	}}
	grouped := rapid.Bool().Draw(t, "grouped")
	var bab *Node
	for i := range rapid.IntRange(1, 7).Draw(t, "pasal") {
		number := numberFor(digitPoint, i+1)
		if grouped && (i == 0 || rapid.Bool().Draw(t, "new bab")) {
			count := 1
			for _, n := range r.Nodes {
				if n.Kind == Bab {
					count++
				}
			}
			bab = &Node{Kind: Bab, Label: "BAB " + toRoman(count), Number: strings.ToLower(toRoman(count)), Path: "bab-" + strings.ToLower(toRoman(count)), Text: strings.ToUpper(sentenceOf(t, "title"))}
			r.Nodes = append(r.Nodes, bab)
		}
		p := drawnPasal(t, number)
		if bab != nil {
			bab.Children = append(bab.Children, p)
		} else {
			r.Nodes = append(r.Nodes, p)
		}
	}
	r.Nodes = append(r.Nodes, &Node{Kind: Penutup, Path: "penutup", Text: "Ditetapkan di Jakarta\npada tanggal 3 Mei 2024"})
	return r
}

func drawnPasal(t *rapid.T, number string) *Node {
	p := &Node{Kind: Pasal, Label: "Pasal " + strings.ToUpper(number), Number: number, Path: "pasal-" + number}
	if rapid.Bool().Draw(t, "plain") {
		drawnList(t, p, 0)
		return p
	}
	for i := range rapid.IntRange(2, 4).Draw(t, "ayat") {
		n := numberFor(inBrackets, i+1)
		a := &Node{Kind: Ayat, Label: "(" + n + ")", Number: n, Path: p.Path + "/ayat-" + n}
		drawnList(t, a, 0)
		p.Children = append(p.Children, a)
	}
	return p
}

// drawnList gives a unit its words and, sometimes, items.
func drawnList(t *rapid.T, n *Node, depth int) {
	n.Text = sentenceOf(t, "words")
	if depth > 1 || !rapid.Bool().Draw(t, "list") {
		n.Text += "."
		return
	}
	n.Text += ":"
	st := []style{letterPoint, digitPoint}[depth]
	for i := range rapid.IntRange(2, 4).Draw(t, "items") {
		number := numberFor(st, i+1)
		c := &Node{Kind: st.kind(), Label: labelFor(st, number), Number: number, Path: n.Path + "/" + string(st.kind()) + "-" + number}
		drawnList(t, c, depth+1)
		n.Children = append(n.Children, c)
	}
}

// shape is what two trees are compared by.
func shape(r *Regulation) string {
	var b strings.Builder
	for n := range r.All {
		fmt.Fprintf(&b, "%s|%s|%s|%s|%s\n", n.Kind, n.Path, n.Label, n.Number, n.Text)
	}
	return b.String()
}

// TestPrintedReadsAsItself: what is printed parses as the tree that was printed.
func TestPrintedReadsAsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawn(t)
		got := ParseText(r.Print())
		if a, b := shape(r), shape(got); a != b {
			t.Fatalf("printed\n%s\nwas\n%s\nreads\n%s", r.Print(), a, b)
		}
		if len(got.Repairs) > 0 || len(got.Faults) > 0 {
			t.Fatalf("repairs %v, faults %v", got.Repairs, got.Faults)
		}
		if events := Diff(got, ParseText(r.Print())); len(events) > 0 {
			t.Fatalf("a text differs from itself: %+v", events)
		}
	})
}

// TestCorpusPrintsAsItself: the recorded regulations of the site, parsed and
// printed, parse as the same tree.
func TestCorpusPrintsAsItself(t *testing.T) {
	same, all := 0, 0
	for name, text := range texts(t, "komdigi") {
		first := ParseText(text)
		if len(first.Faults) > 0 {
			continue
		}
		all++
		if events := Diff(first, ParseText(first.Print())); len(events) == 0 {
			same++
		} else {
			t.Logf("%s: %d events, the first %+v", name, len(events), events[0])
		}
	}
	t.Logf("%d of %d regulations print as themselves", same, all)
	if same*10 < all*9 {
		t.Error("too few")
	}
}

// TestDiffFindsExactlyWhatWasDone: random amendments of random regulations.
func TestDiffFindsExactlyWhatWasDone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawn(t)
		before := ParseText(r.Print())
		var units []*Node // pasal, and ayat of pasal
		for n := range r.All {
			if n.Kind == Pasal || n.Kind == Ayat {
				units = append(units, n)
			}
		}
		fresh := 0
		text := func() string { // words that no other unit has
			fresh++
			return fmt.Sprintf("Perusahaan angkutan nomor %s menyelenggarakan pengawasan pelabuhan keenam", strings.Repeat("x", fresh)+fmt.Sprint("y", fresh))
		}
		touched := make(map[string]bool)
		var want []string
		for range rapid.IntRange(1, 3).Draw(t, "operations") {
			n := rapid.SampledFrom(units).Draw(t, "unit")
			pasal, _, _ := strings.Cut(n.Path, "/")
			if touched[pasal] {
				continue
			}
			touched[pasal] = true
			want = append(want, operate(t, r, n, text()))
		}
		var got []string
		for _, e := range Diff(before, ParseText(r.Print())) {
			got = append(got, string(e.Type)+" "+e.Path)
		}
		sort.Strings(got)
		sort.Strings(want)
		if !slices.Equal(got, want) {
			t.Fatalf("got %q\nwant %q\nin\n%s", got, want, r.Print())
		}
	})
}

// operate amends, deletes or inserts at a unit, and says which event that is.
func operate(t *rapid.T, r *Regulation, n *Node, text string) string {
	switch rapid.SampledFrom([]string{"amend", "delete", "insert"}).Draw(t, "operation") {
	case "amend":
		end := n.Text
		if end == "" { // its ayat have the words
			n = n.Children[0]
			end = n.Text
		}
		n.Text = text + end[len(end)-1:]
		return "amended " + n.Path
	case "delete":
		n.Text, n.Children = "Dihapus.", nil
		return "deleted " + n.Path
	}
	parent := parentOf(r, n)
	c := *n
	c.Children, c.Text, c.Number = nil, text+".", n.Number+"a"
	c.Path = n.Path + "a"
	c.Label = "Pasal " + strings.ToUpper(c.Number)
	if n.Kind == Ayat {
		c.Label = "(" + c.Number + ")"
	}
	list := &r.Nodes
	if parent != nil {
		list = &parent.Children
	}
	*list = slices.Insert(*list, slices.Index(*list, n)+1, &c)
	return "inserted " + c.Path
}

func parentOf(r *Regulation, child *Node) *Node {
	for n := range r.All {
		if slices.Contains(n.Children, child) {
			return n
		}
	}
	return nil
}
