package law

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"
)

// told writes a consolidation down: what was applied, what was not, and every
// provision with who gave it its wording.
func told(c *Consolidation, words func(n *Node) string) string {
	var b strings.Builder
	for _, id := range c.Applied {
		fmt.Fprintf(&b, "applied %s\n", id)
	}
	for _, p := range c.Problems {
		fmt.Fprintf(&b, "problem %s %s %s applied=%v: %s\n", p.Regulation, p.Path, p.Target, p.Applied, p.Why)
	}
	for _, n := range c.Text.Flat() {
		fmt.Fprintf(&b, "%s [%s] %s\n", n.Path, c.Given(n), words(n))
	}
	return b.String()
}

// TestConsolidate: each file has a base, amendments in order ("1.txt", ...) and
// what is expected; the comment may say as of which day.
func TestConsolidate(t *testing.T) {
	files, err := filepath.Glob("testdata/consolidate/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			day, _, _ := FirstDay(string(a.Comment), 0)
			var read []*Regulation
			for _, f := range a.Files[:len(a.Files)-1] {
				read = append(read, ParseText(string(f.Data)))
			}
			before := shape(read[0])
			got := told(Consolidate(read[0], read[1:], day), func(n *Node) string { return n.Text })
			if shape(read[0]) != before {
				t.Error("the base was changed")
			}
			if *update {
				a.Files[len(a.Files)-1].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(a.Files[len(a.Files)-1].Data); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestCorpusConsolidates holds the recorded laws to what was reviewed. Of their
// text only digests and first words are kept here.
func TestCorpusConsolidates(t *testing.T) {
	for name, list := range map[string][]string{
		"permenkominfo-5-2020": {"komdigi/PERMENKOMINFO_2020_005", "komdigi/PERMENKOMINFO_2021_010"},
		"uu-11-2008":           {"komdigi/UU_2008_011", "bpk/UU_2016_019", "bpk/UU_2024_001"},
	} {
		t.Run(name, func(t *testing.T) {
			var read []*Regulation
			for _, file := range list {
				source, name, _ := strings.Cut(file, "/")
				read = append(read, ParseText(texts(t, source)[name]))
			}
			got := told(Consolidate(read[0], read[1:], ""), func(n *Node) string {
				words := strings.Fields(n.Text)
				digest := sha256.Sum256([]byte(comparable(mend(n.Text))))
				return fmt.Sprintf("%x %s", digest[:4], strings.Join(words[:min(len(words), 3)], " "))
			})
			file := filepath.Join("testdata", "consolidate", name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("differs from %s; look with: go test -run %s -update && git diff", file, t.Name())
			}
		})
	}
}

// amending writes the amending regulation that does what events say: the item
// of each, with the new wording of its pasal.
func amending(t *rapid.T, r *Regulation, events []string) (text string, operations []string) {
	var b strings.Builder
	b.WriteString("PERATURAN MENTERI CONTOH\nNOMOR 9 TAHUN 2025\nTENTANG\nPERUBAHAN ATAS PERATURAN MENTERI CONTOH NOMOR 7 TAHUN 2024 TENTANG HAL CONTOH\n\n" +
		"DENGAN RAHMAT TUHAN YANG MAHA ESA\nMENTERI CONTOH,\nMEMUTUSKAN:\nMenetapkan: PERATURAN MENTERI CONTOH TENTANG PERUBAHAN.\n\nPasal I\n" +
		"Beberapa ketentuan dalam Peraturan Menteri Contoh Nomor 7 Tahun 2024 tentang Hal Contoh diubah sebagai berikut:\n")
	for i, e := range events {
		verb, path, _ := strings.Cut(e, " ")
		top := topOf(path)
		pasal := r.Find(top)
		unit, over := "", pasal.Label // "ayat (2) " of "Pasal 3"
		if path != top {
			unit = Cite(strings.TrimPrefix(path, top+"/"), "id") + " "
		}
		before := strings.TrimSuffix(path, "a")
		fmt.Fprintf(&b, "%d. ", i+1)
		switch {
		case verb == "amended":
			fmt.Fprintf(&b, "Ketentuan %s%s diubah sehingga %s berbunyi sebagai berikut:\n", unit, over, over)
			operations = append(operations, "amend "+path)
		case verb == "deleted" && unit == "":
			fmt.Fprintf(&b, "%s dihapus.\n", over)
			operations = append(operations, "delete "+path)
			continue
		case verb == "deleted":
			fmt.Fprintf(&b, "Ketentuan %s%s dihapus sehingga %s berbunyi sebagai berikut:\n", unit, over, over)
			operations = append(operations, "delete "+path)
		case unit == "":
			n := ordinal(digitPoint, strings.TrimPrefix(before, "pasal-"))
			fmt.Fprintf(&b, "Di antara Pasal %d dan Pasal %d disisipkan 1 (satu) pasal, yakni %s %s\n", n, n+1, over,
				rapid.SampledFrom([]string{"sehingga berbunyi sebagai berikut:", "yang berbunyi sebagai berikut:"}).Draw(t, "wording"))
			operations = append(operations, "insert "+before+" +"+path)
		default:
			n := ordinal(inBrackets, strings.TrimPrefix(lastPart(before), "ayat-"))
			fmt.Fprintf(&b, "Di antara ayat (%d) dan ayat (%d) %s disisipkan 1 (satu) ayat, yakni %ssehingga %s berbunyi sebagai berikut:\n", n, n+1, over, unit, over)
			operations = append(operations, "insert "+before+" +"+path)
		}
		printNodes(&b, []*Node{pasal})
	}
	b.WriteString("\nPasal II\nPeraturan Menteri ini mulai berlaku pada tanggal diundangkan.\n\nDitetapkan di Jakarta\npada tanggal 4 Juni 2025\n")
	return b.String(), operations
}

// TestConsolidatedIsWhatWasDone: random operations on a random regulation,
// written as an amending regulation, are found in it exactly, and applied give
// the regulation that they were done to; what they did not touch keeps its giver.
func TestConsolidatedIsWhatWasDone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawn(t)
		base := ParseText(r.Print())
		var units []*Node
		for n := range r.All {
			if n.Kind == Pasal || n.Kind == Ayat {
				units = append(units, n)
			}
		}
		touched := make(map[string]bool)
		var events []string
		for i := range rapid.IntRange(1, 4).Draw(t, "operations") {
			n := rapid.SampledFrom(units).Draw(t, "unit")
			if touched[topOf(n.Path)] {
				continue
			}
			touched[topOf(n.Path)] = true
			events = append(events, operate(t, r, n, fmt.Sprintf("Perusahaan angkutan x%dy menyelenggarakan pengawasan pelabuhan keenam", i)))
		}
		text, want := amending(t, r, events)
		change := ParseText(text)
		var got []string
		for _, o := range change.Operations() {
			line := o.Op + " " + o.Target
			for _, n := range o.New {
				line += " +" + n
			}
			got = append(got, line)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("operations %q\nwant %q\nin\n%s", got, want, text)
		}
		c := Consolidate(base, []*Regulation{change}, "")
		if len(c.Problems) > 0 {
			t.Fatalf("problems %+v\nin\n%s", c.Problems, text)
		}
		if a, b := shape(r), shape(c.Text); a != b {
			t.Fatalf("done\n%s\nconsolidated\n%s\nby\n%s", a, b, text)
		}
		for _, n := range c.Text.Flat() {
			changed := slices.ContainsFunc(events, func(e string) bool { _, path, _ := strings.Cut(e, " "); return n.Path == path })
			if (c.Given(n) == change.Identity) != changed {
				t.Fatalf("%s is given by %s\nby\n%s", n.Path, c.Given(n), text)
			}
		}
	})
}

// FuzzInstruction: whatever an item says, reading it ends, and names only units
// that have a path.
func FuzzInstruction(f *testing.F) {
	for _, s := range []string{"Ketentuan Pasal 7 ayat (2) huruf b diubah sehingga berbunyi sebagai berikut:", "Di antara Pasal 47 dan Pasal 48 disisipkan 1 (satu) pasal, yakni Pasal 47A",
		"Judul BAB IV diubah", "Penjelasan Pasal 5 diubah", "Ditambahkan ayat (3)", "dihapus"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, o := range operationsOf(s, "1", "pasal-i/angka-1", Identity{}) {
			if o.Op == "" || o.Target == "" && len(o.New) == 0 {
				t.Errorf("%q: an operation on nothing: %+v", s, o)
			}
		}
	})
}

func BenchmarkConsolidate(b *testing.B) {
	for _, n := range []int{125, 250, 500} {
		var base, change strings.Builder
		base.WriteString("PERATURAN MENTERI CONTOH\nNOMOR 7 TAHUN 2024\nTENTANG\nHAL CONTOH\n\nMEMUTUSKAN:\nMenetapkan: PERATURAN.\n")
		change.WriteString("PERATURAN MENTERI CONTOH\nNOMOR 9 TAHUN 2025\nTENTANG\nPERUBAHAN ATAS PERATURAN MENTERI CONTOH NOMOR 7 TAHUN 2024 TENTANG HAL CONTOH\n\nMEMUTUSKAN:\nMenetapkan: PERATURAN.\n\nPasal I\nBeberapa ketentuan dalam Peraturan Menteri Contoh Nomor 7 Tahun 2024 diubah sebagai berikut:\n")
		for i := range n {
			fmt.Fprintf(&base, "\nPasal %d\n(1) Setiap orang wajib lapor.\n(2) Laporan memuat data.\n", i+1)
			fmt.Fprintf(&change, "%d. Ketentuan ayat (2) Pasal %d diubah sehingga Pasal %d berbunyi sebagai berikut:\n\nPasal %d\n(1) Setiap orang wajib lapor.\n(2) Laporan memuat data lain.\n\n", i+1, i+1, i+1, i+1)
		}
		change.WriteString("\nPasal II\nPeraturan Menteri ini mulai berlaku pada tanggal diundangkan.\n")
		x, y := ParseText(base.String()), ParseText(change.String())
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if c := Consolidate(x, []*Regulation{y}, ""); len(c.Problems) > 0 {
					b.Fatal(c.Problems)
				}
			}
		})
	}
}
