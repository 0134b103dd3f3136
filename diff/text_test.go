package diff

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sergi/go-diff/diffmatchpatch"
	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"pantau/internal/snapshot"
)

var update = flag.Bool("update", false, "write the differences found into the golden files")

// parse reads a document of one block a line: "## " is a heading, "| " a row,
// "* 2. " an item; "[words](target)" at the end of a line is a link.
func parse(text string) *snapshot.Document {
	d := &snapshot.Document{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			continue
		}
		b := snapshot.Block{Kind: snapshot.Paragraph}
		for strings.HasSuffix(line, ")") && strings.Contains(line, "](") {
			at := strings.LastIndex(line, " [")
			words, target, _ := strings.Cut(strings.TrimSuffix(line[at+2:], ")"), "](")
			b.Links = append(b.Links, snapshot.Link{Text: words, Target: target})
			line = line[:at] + " " + words
		}
		switch {
		case line[0] == '#':
			b.Kind, b.Level = snapshot.Heading, strings.Index(line, " ")
			b.Text = line[b.Level+1:]
		case strings.HasPrefix(line, "| "):
			b.Kind, b.Cells = snapshot.Row, strings.Split(line[2:], " | ")
		case strings.HasPrefix(line, "* "):
			b.Kind, b.Level = snapshot.Item, 1
			b.Marker, b.Text, _ = strings.Cut(line[2:], " ")
		default:
			b.Text = line
		}
		d.Blocks = append(d.Blocks, b)
	}
	return d
}

func show(hunks []Hunk, stats Stats) string {
	var s strings.Builder
	fmt.Fprintln(&s, Summarise("Permen 5/2020", stats, hunks))
	for _, h := range hunks {
		fmt.Fprintf(&s, "%s", h.Op)
		if h.Path != "" {
			fmt.Fprintf(&s, " in %s", h.Path)
		}
		fmt.Fprintln(&s)
		if h.Op != OpMoved && h.Before != "" {
			fmt.Fprintln(&s, " - "+h.Before)
		}
		if h.After != "" {
			fmt.Fprintln(&s, " + "+strings.ReplaceAll(h.After, "\n", "\n + "))
		}
	}
	return s.String()
}

func TestText(t *testing.T) {
	files, err := filepath.Glob("testdata/text/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(a.Files) != 3 {
				t.Fatal("want the files v1, v2 and change")
			}
			v1, v2, change := parse(string(a.Files[0].Data)), parse(string(a.Files[1].Data)), &a.Files[2]
			hunks, stats := CompareText(v1, v2, nil)
			got := show(hunks, stats)
			if *update {
				change.Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(change.Data); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// drawDoc draws a document of few different words, so that blocks repeat and
// resemble each other.
func drawDoc(t *rapid.T, name string) *snapshot.Document {
	words := rapid.SampledFrom([]string{"wajib", "tidak", "Pasal", "7", "(1)", "denda", "Rp1.250.000,00", "“a”", "17 Maret 2025", "|", "e\u0301", "\u00e9"})
	d := &snapshot.Document{}
	for range rapid.IntRange(0, 12).Draw(t, name) {
		text := strings.Join(rapid.SliceOfN(words, 1, 6).Draw(t, "words"), " ")
		b := snapshot.Block{Kind: rapid.SampledFrom([]snapshot.Kind{snapshot.Paragraph, snapshot.Heading, snapshot.Item, snapshot.Row}).Draw(t, "kind")}
		switch b.Kind {
		case snapshot.Row:
			b.Cells = strings.Split(text, " ")
		case snapshot.Item:
			b.Marker, b.Text = rapid.SampledFrom([]string{"", "•", "1.", "2."}).Draw(t, "marker"), text
		default:
			b.Text = text
		}
		if rapid.Bool().Draw(t, "linked") {
			b.Links = []snapshot.Link{{Text: text, Target: rapid.SampledFrom([]string{"https://a.example/1", "https://a.example/2"}).Draw(t, "target")}}
		}
		d.Blocks = append(d.Blocks, b)
	}
	return d
}

func TestADocumentEqualsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDoc(t, "d")
		if hunks, stats := CompareText(d, d, nil); len(hunks) > 0 || stats != (Stats{}) {
			t.Fatalf("%v %v", hunks, stats)
		}
	})
}

// The hunks explain everything: what is left on both sides when the hunks'
// blocks are taken away says the same.
func TestHunksExplainAllDifferences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := drawDoc(t, "before"), drawDoc(t, "after")
		hunks, stats := CompareText(before, after, nil)
		if n := stats.Added + stats.Removed + stats.Modified + stats.Moved; n != len(hunks) {
			t.Fatalf("%d hunks, stats %+v", len(hunks), stats)
		}
		x, y := map[string]int{}, map[string]int{}
		for _, h := range hunks {
			if h.Op == OpAdded && h.Before != "" || h.Op == OpRemoved && h.After != "" || h.Before == "" && h.After == "" {
				t.Fatalf("hunk %+v", h)
			}
			for _, line := range strings.Split(h.Before, "\n") {
				x[line]++
			}
			for _, line := range strings.Split(h.After, "\n") {
				y[line]++
			}
		}
		a, b := rest(before, x), rest(after, y)
		slices.Sort(a)
		slices.Sort(b)
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("not explained by %+v:\n%q\n%q", hunks, a, b)
		}
	})
}

// rest are the words of the blocks that no hunk shows.
func rest(d *snapshot.Document, shown map[string]int) []string {
	words := []string{}
	for i := range d.Blocks {
		b := &d.Blocks[i]
		line := b.Line()
		for _, l := range b.Links {
			if with := line + " <" + l.Target + ">"; shown[with] > 0 {
				line = with
			}
		}
		if shown[line] > 0 {
			shown[line]--
			continue
		}
		words = append(words, canonical(body(b))...)
	}
	return words
}

// The same words in other blocks, with other typographic marks, are the same.
func TestLooksOnly(t *testing.T) {
	for _, c := range []struct{ before, after string }{
		{"“Setiap orang” – wajib", "\"Setiap orang\" - wajib"},
		{"ﬁnal ① Ａ", "final 1 A"},
		{"satu dua\ntiga empat", "satu dua tiga empat"},
		{"satu dua tiga\nempat", "satu\ndua tiga empat"},
		{"# Pasal 1", "Pasal 1"},
		{"a , b", "a, b"},
		{"* • butir", "butir"},
		{"lihat [situs](http://a.example/x)", "lihat [situs](https://a.example/x/)"},
	} {
		if hunks, _ := CompareText(parse(c.before), parse(c.after), nil); len(hunks) > 0 {
			t.Errorf("%q and %q differ: %+v", c.before, c.after, hunks)
		}
	}
	for _, c := range []struct{ before, after string }{
		{"wajib", "Wajib"},
		{"1, 5 persen", "1,5 persen"},
		{"tidak wajib", "wajib"},
		{"Rp1.000", "Rp1.000,00"},
		{"| a | | 5", "| a | 5 | "},
		{"paling lambat 17 Maret 2025", "paling lambat 17 Maret 2026"},
		{"* 1. satu", "* 2. satu"},
		{"satu dua\ntiga empat", "tiga empat\nsatu dua"},
		{"[unduh](https://a.example/1.pdf)", "[unduh](https://a.example/2.pdf)"},
	} {
		if hunks, _ := CompareText(parse(" "+c.before), parse(" "+c.after), nil); len(hunks) == 0 {
			t.Errorf("%q and %q are the same", c.before, c.after)
		}
	}
}

// Far more different lines than the characters below the surrogates, in a new
// order, with one changed.
func TestManyLines(t *testing.T) {
	const n = 70_000
	before, after := &snapshot.Document{}, &snapshot.Document{}
	for i := range n {
		block := func(i int) snapshot.Block {
			return snapshot.Block{Kind: snapshot.Paragraph, Text: fmt.Sprintf("butir%d nilai%d", i, i)}
		}
		before.Blocks = append(before.Blocks, block(i))
		after.Blocks = append(after.Blocks, block((i+5000)%n))
	}
	after.Blocks[60_000].Text += " lagi"
	hunks, stats := Text(before, after)
	if stats.Modified != 1 || stats.Added != 0 || stats.Removed != 0 || stats.Moved == 0 {
		t.Errorf("stats %+v, %d hunks", stats, len(hunks))
	}
}

// A listing in a random order is the worst case of the differ; it must be
// cut into pieces, not take minutes. The bound is a deadline against hanging.
func TestShuffled(t *testing.T) {
	const n = 20_000
	x := make([]string, n)
	for i := range x {
		x[i] = fmt.Sprint(i)
	}
	y := slices.Clone(x)
	for i := range y { // a fixed permutation: 7919 has no factor in common with n
		y[i] = x[i*7919%n]
	}
	done := make(chan [][2]int, 1)
	go func() { done <- align(x, y) }()
	select {
	case pairs := <-done:
		for k, p := range pairs {
			if x[p[0]] != y[p[1]] || k > 0 && (p[0] <= pairs[k-1][0] || p[1] <= pairs[k-1][1]) {
				t.Fatalf("pair %d: %v", k, p)
			}
		}
		if len(pairs) == 0 {
			t.Error("nothing aligned")
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("still comparing")
	}
}

// Short sequences are aligned as well as can be, whatever they hold.
func TestAlign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := rapid.SampledFrom([]string{"a", "b", "c", "\ud7ff", "\ufffd", ""})
		x, y := rapid.SliceOfN(item, 0, 12).Draw(t, "x"), rapid.SliceOfN(item, 0, 12).Draw(t, "y")
		pairs := align(x, y)
		for k, p := range pairs {
			if x[p[0]] != y[p[1]] || k > 0 && (p[0] <= pairs[k-1][0] || p[1] <= pairs[k-1][1]) {
				t.Fatalf("pairs %v", pairs)
			}
		}
		if best := longestCommon(x, y); len(pairs) != best {
			t.Fatalf("%d pairs of %d: %v", len(pairs), best, pairs)
		}
	})
}

func longestCommon(x, y []string) int {
	row := make([]int, len(y)+1)
	for i := range x {
		diagonal := 0
		for j := range y {
			up := row[j+1]
			if x[i] == y[j] {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(up, row[j])
			}
			diagonal = up
		}
	}
	return row[len(y)]
}

// BenchmarkText compares two versions of a long regulation, as a multiple of
// what the line differ alone costs on the same text.
func BenchmarkText(b *testing.B) {
	before, after := &snapshot.Document{}, &snapshot.Document{}
	for i := range 3000 {
		text := fmt.Sprintf("(%d) Setiap penyelenggara nomor %d wajib mendaftar paling lambat %d hari kerja sejak tanggal diundangkan.", i%7, i, i%60)
		before.Blocks = append(before.Blocks, snapshot.Block{Kind: snapshot.Paragraph, Text: text})
		if i%100 == 0 {
			text = strings.Replace(text, "wajib", "tidak wajib", 1)
		}
		after.Blocks = append(after.Blocks, snapshot.Block{Kind: snapshot.Paragraph, Text: text})
	}
	dmp := diffmatchpatch.New()
	var base, ours time.Duration
	for b.Loop() {
		start := time.Now()
		x, y, _ := dmp.DiffLinesToRunes(plain(before), plain(after))
		edits := dmp.DiffMainRunes(x, y, false)
		base += time.Since(start)
		start = time.Now()
		_, stats := Text(before, after)
		ours += time.Since(start)
		if len(edits) < 60 || stats != (Stats{Modified: 30}) {
			b.Fatalf("%d edits, %+v", len(edits), stats)
		}
	}
	b.ReportMetric(float64(ours)/float64(base), "x-baseline")
}

func plain(d *snapshot.Document) string {
	var s strings.Builder
	for i := range d.Blocks {
		s.WriteString(d.Blocks[i].Line() + "\n")
	}
	return s.String()
}
