package law

import "strings"

// Print writes a regulation as a text that reads as the same tree: every unit
// on a line of its own. Margins are left out, repairs are made.
func (r *Regulation) Print() string {
	var b strings.Builder
	printNodes(&b, r.Nodes)
	return b.String()
}

func printNodes(b *strings.Builder, nodes []*Node) {
	for _, n := range nodes {
		switch n.Kind {
		case Buku, Bab, Bagian, Paragraf, Pasal, Lampiran:
			b.WriteString("\n" + n.Label + "\n")
			line(b, n.Text)
		case Penjelasan:
			if !strings.HasPrefix(n.Label, "Ayat") && !strings.HasPrefix(n.Label, "Huruf") && !strings.HasPrefix(n.Label, "Angka") {
				b.WriteString("\n")
			}
			line(b, n.Label)
			line(b, n.Text)
		case Ayat, Huruf, Angka:
			line(b, n.Label+" "+n.Text)
		case Pembukaan, Penutup:
			b.WriteString("\n")
			line(b, n.Text)
		default:
			line(b, n.Text)
		}
		printNodes(b, n.Children)
	}
}

func line(b *strings.Builder, text string) {
	if text != "" {
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
}
