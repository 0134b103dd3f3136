package law

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// outline prints a tree for golden files.
func outline(r *Regulation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s | %s\n", r.Identity, r.Title)
	for n := range r.All {
		fmt.Fprintf(&b, "%s %s [%s] %s", n.Kind, n.Path, n.Label, strings.ReplaceAll(n.Text, "\n", " / "))
		if n.Deleted {
			b.WriteString(" (deleted)")
		}
		if n.Quoted {
			fmt.Fprintf(&b, " (for %s)", n.Target())
		}
		if n.Explains != "" {
			fmt.Fprintf(&b, " (explains %s)", n.Explains)
		}
		b.WriteByte('\n')
	}
	for _, repair := range r.Repairs {
		fmt.Fprintf(&b, "repair %q -> %q: %s\n", repair.Written, repair.Read, repair.Why)
	}
	for _, fault := range r.Faults {
		fmt.Fprintf(&b, "fault %s\n", fault)
	}
	for _, s := range r.Margin {
		fmt.Fprintf(&b, "margin %q\n", r.Source[s.Start:s.End])
	}
	return b.String()
}

// TestParse holds the parser to golden files of invented regulations.
func TestParse(t *testing.T) {
	names, err := filepath.Glob("testdata/parse/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatalf("no texts: %v", err)
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			r := ParseText(string(text))
			got := outline(r)
			golden := strings.TrimSuffix(name, ".txt") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if at, ok := covered(r); !ok {
				t.Errorf("byte %d has no place", at)
			}
			if lost := lostWords(r); len(lost) > 0 {
				t.Errorf("words are lost: %q", lost)
			}
		})
	}
}

// invented writes a regulation of n pasal.
func invented(n int) string {
	var b strings.Builder
	b.WriteString("PERATURAN MENTERI CONTOH\nNOMOR 7 TAHUN 2024\nTENTANG\nHAL YANG PANJANG\n\nDENGAN RAHMAT TUHAN YANG MAHA ESA\nMENTERI CONTOH,\nMenimbang: bahwa perlu;\nMEMUTUSKAN:\nMenetapkan: PERATURAN MENTERI CONTOH TENTANG HAL YANG PANJANG.\n\n")
	for i := 1; i <= n; i++ {
		if i%20 == 1 {
			fmt.Fprintf(&b, "BAB %s\nBAGIAN KE-%d DARI PERATURAN\n\n", toRoman(i/20+1), i/20+1)
		}
		fmt.Fprintf(&b, "Pasal %d\n(1) Setiap penyelenggara wajib menyampaikan laporan sebagaimana dimaksud dalam Pasal %d paling lama 30 (tiga puluh) hari, yang memuat:\na. nama penyelenggara;\nb. alamat:\n1. kantor pusat; dan\n2. kantor cabang; dan\nc. hal lain.\n(2) Menteri dapat meminta laporan lain kepada penyelenggara.\n\n", i, max(1, i-1))
	}
	b.WriteString("Agar setiap orang mengetahuinya, memerintahkan pengundangan Peraturan Menteri ini.\n\nDitetapkan di Jakarta\npada tanggal 3 Mei 2024\n")
	return b.String()
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{125, 250, 500, 1000, 2000} {
		lines := Lines(invented(n))
		b.Run(fmt.Sprintf("pasal=%d", n), func(b *testing.B) {
			for b.Loop() {
				Parse(lines)
			}
		})
	}
}

// FuzzParse: no text makes the parser panic or lose a byte, and no two nodes
// have one path.
func FuzzParse(f *testing.F) {
	names, _ := filepath.Glob("testdata/parse/*.txt")
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add("Pasal 1\n(1) a\n(2\nPasal I\nPasal II\nLAMPIRAN\nPENJELASAN\nPasal 1\nAyat (1)\n")
	f.Fuzz(func(t *testing.T, text string) {
		r := ParseText(text)
		if at, ok := covered(r); !ok {
			t.Fatalf("byte %d of %q has no place", at, r.Source)
		}
		paths := make(map[string]bool)
		for n := range r.All {
			if paths[n.Path] {
				t.Errorf("two nodes have the path %s", n.Path)
			}
			paths[n.Path] = true
		}
	})
}

// hostile are texts whose shape has made parsers slow.
var hostile = map[string]string{
	"one long line":  "",
	"open lists":     "a. x:\n1. x:\n",
	"open brackets":  "(1) x\n(2 x\n((1)\n",
	"one long pasal": "kata kata kata kata tanpa akhir\n",
	"annexes":        "LAMPIRAN\n",
	"heads":          "Pasal 1\n",
	"Roman heads":    "Pasal I\nPasal II\n",
	"amendments":     "Pasal I\nBeberapa ketentuan diubah sebagai berikut:\n1. Ketentuan Pasal 1 diubah sehingga berbunyi sebagai berikut:\nPasal 1\n",
	"closings":       "Ditetapkan di Jakarta\nPasal 1\n",
	"explanations":   "PENJELASAN\nATAS\nPASAL DEMI PASAL\nPasal I\nAngka 1\n",
	"inline":         "(1) Satu. (2) Dua; a. satu; b. dua. (3) Tiga ",
	"names":          "Peraturan Menteri Komunikasi dan Informatika Republik Indonesia Peraturan ",
	"regulations":    "UNDANG-UNDANG\nNOMOR 1 TAHUN 2024\nTENTANG\nX\nMenimbang\nMEMUTUSKAN\nPasal 1\nDitetapkan di\n",
}

// BenchmarkHostile doubles the size of each shape: the time doubles with it.
func BenchmarkHostile(b *testing.B) {
	for name, shape := range hostile {
		if shape == "" { // ayat that go on in one line
			for i := range 2000 {
				shape += fmt.Sprintf("(%d) Setiap orang. ", i+1)
			}
		}
		for _, size := range []int{1 << 16, 1 << 17, 1 << 18} {
			text := "MEMUTUSKAN:\nPasal 1\n" + strings.Repeat(shape, size/len(shape))
			b.Run(fmt.Sprintf("%s/%dk", strings.ReplaceAll(name, " ", "-"), size>>10), func(b *testing.B) {
				for b.Loop() {
					r := ParseText(text)
					r.Citations()
					r.Deadlines()
					Diff(r, r)
				}
			})
		}
	}
}

func TestHostileShapesAreRead(t *testing.T) {
	for name, shape := range hostile {
		for _, before := range []string{"", "MEMUTUSKAN:\nPasal 1\n"} {
			r := ParseText(before + strings.Repeat(shape, 200))
			if at, ok := covered(r); !ok {
				t.Errorf("%s: byte %d has no place", name, at)
			}
		}
	}
}
