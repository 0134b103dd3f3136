package foreign

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestRead reads every archive in testdata: its input becomes the sources and
// the notes that stand below it.
func TestRead(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			im, err := Read(a.Files[0].Data, "")
			if err != nil {
				t.Fatal(err)
			}
			Identify(im.Watches)
			for _, w := range im.Watches {
				whole(t, w, path)
			}
			got := map[string]string{"sources": Text(im.Watches, 2), "rest": rest(t, im)}
			if strings.Contains(got["sources"]+got["rest"], secret) {
				t.Error("a secret is repeated")
			}
			golden(t, path, a, got)
		})
	}
}

// rest is what the comments do not say: notes of the file, and what is carried
// or idle of each watch.
func rest(t *testing.T, im *Import) string {
	t.Helper()
	var b bytes.Buffer
	line := func(v any) {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(text, '\n'))
	}
	for _, n := range im.Notes {
		line(n)
	}
	for _, w := range im.Watches {
		w.Source = nil
		w.Notes = slices.DeleteFunc(slices.Clone(w.Notes), func(n Note) bool { return n.Class == Lost })
		line(w)
	}
	return b.String()
}

func golden(t *testing.T, path string, a *txtar.Archive, got map[string]string) {
	t.Helper()
	want := map[string]string{}
	for _, f := range a.Files[1:] {
		want[f.Name] = string(f.Data)
	}
	for _, name := range []string{"sources", "rest"} {
		if got[name] != want[name] && !*update {
			t.Errorf("%s: got:\n%s\nwant:\n%s", name, got[name], want[name])
		}
	}
	if !*update {
		return
	}
	a.Files = append(a.Files[:1], txtar.File{Name: "sources", Data: []byte(got["sources"])}, txtar.File{Name: "rest", Data: []byte(got["rest"])})
	if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEncoding: outlines may be in an encoding of their own.
func TestEncoding(t *testing.T) {
	im, err := Read([]byte("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><opml><body><outline text=\"Kaf\xe9\" xmlUrl=\"https://kafe.example.id/rss\"/></body></opml>"), "")
	if err != nil {
		t.Fatal(err)
	}
	if got := im.Watches[0].Name; got != "Kafé" {
		t.Errorf("got %q", got)
	}
}

// TestArchive reads backups of both generations.
func TestArchive(t *testing.T) {
	old := archived(t, map[string]string{
		"url-watches.json":       `{"watching": {"a1": {"url": "https://a.example.id/", "title": "A"}}}`,
		"url-list.txt":           "https://a.example.id/",
		"secret.txt":             secret,
		"../../etc/a1/watch.txt": "x",
	})
	later := archived(t, map[string]string{
		"changedetection.json": `{"settings": {"requests": {"time_between_check": {"hours": 2}}}}`,
		"a1/watch.json":        `{"url": "https://a.example.id/", "title": "A", "tags": ["b2"]}`,
		"a1/1764030000.html":   "<p>",
		"b2/tag.json":          `{"title": "Keuangan", "notification_urls": ["slack://` + secret + `"]}`,
		"c3/watch.json":        `{"broken`,
		"d4/watch.json":        `{"no": "address"}`,
	})
	for name, data := range map[string][]byte{"old": old, "later": later} {
		im, err := Read(data, "")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text, err := json.Marshal(im)
		if err != nil || strings.Contains(string(text), secret) {
			t.Errorf("%s: %v, a secret is repeated: %s", name, err, text)
		}
		if len(im.Watches) != 1 || im.Watches[0].Source == nil || im.Watches[0].Name != "A" {
			t.Fatalf("%s: got %s", name, text)
		}
		if name == "later" {
			s := im.Watches[0].Source
			if s.Schedule != "@every 2h" || !slices.Equal(s.Topics, []string{"Keuangan"}) {
				t.Errorf("got %+v", s)
			}
			for _, file := range []string{"c3/watch.json", "d4/watch.json"} {
				if !strings.Contains(string(text), file) {
					t.Errorf("%s is dropped without a word: %s", file, text)
				}
			}
		}
	}
}

// archived is a zip with these files.
func archived(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestIdentify: ids are of the alphabet, unique, and the same in every run and
// whatever else the file holds.
func TestIdentify(t *testing.T) {
	make := func(names ...string) []Watch {
		var w []Watch
		for i, n := range names {
			w = append(w, Watch{Source: &Source{Name: n, URL: "https://www.a.example.id/" + strings.Repeat("x", i) + ".html"}})
		}
		return w
	}
	ids := func(w []Watch) (out []string) {
		Identify(w)
		for _, one := range w {
			out = append(out, one.Source.ID)
		}
		return out
	}
	got := ids(make("Permen 5/2020 (PSE)", "Permen 5/2020 (PSE)", "Kafé Ünïted", "公告", "", strings.Repeat("panjang ", 20)))
	want := []string{"permen-5-2020-pse", "", "kafe-united", "a-example-id-xxx", "a-example-id-xxxx", "panjang-panjang-panjang-panjang-panjang-panjang"}
	for i := range want {
		if i != 1 && got[i] != want[i] {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
	if got[1] == got[0] || !strings.HasPrefix(got[1], got[0]+"-") {
		t.Errorf("the second of a name is %q", got[1])
	}
	if again := ids(make("Permen 5/2020 (PSE)", "Permen 5/2020 (PSE)")); !slices.Equal(again, got[:2]) {
		t.Errorf("another run gave %q", again)
	}
}

func TestInsert(t *testing.T) {
	items := func(indent int) string { return strings.Repeat(" ", indent) + "- id: new\n\n" }
	archives, err := filepath.Glob("testdata/insert/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, path := range archives {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Insert(a.Files[0].Data, items)
		if err != nil {
			got = []byte(err.Error() + "\n")
		}
		if string(got) != string(a.Files[1].Data) {
			t.Errorf("%s: got:\n%s\nwant:\n%s", path, got, a.Files[1].Data)
		}
	}
	got, err := Insert([]byte("sources:\r\n  - id: a\r\nchannels: {}\r\n"), items)
	if want := "sources:\r\n  - id: a\r\n\r\n  - id: new\r\nchannels: {}\r\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v", got, err)
	}
}

// FuzzRead: whatever the file, what is read of it is whole, and can be written.
func FuzzRead(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range append(Formats(), "") {
			im, err := Read(data, format)
			if err != nil {
				continue
			}
			Identify(im.Watches)
			seen := map[string]bool{}
			for _, w := range im.Watches {
				whole(t, w, string(data))
				if w.Source != nil && seen[w.Source.ID] {
					t.Fatalf("the id %s stands twice", w.Source.ID)
				}
				if w.Source != nil {
					seen[w.Source.ID] = true
				}
			}
			readBack(t, im.Watches)
		}
	})
}

// readBack reads what is written as YAML and compares it with what was meant.
func readBack(t *testing.T, watches []Watch) {
	t.Helper()
	for _, w := range watches {
		if w.Source == nil || len(w.Source.item()) > largestJob {
			continue
		}
		v, err := parseYAML(w.Source.item(), &budget{left: mostNodes})
		list, _ := v.([]any)
		if err != nil || len(list) != 1 {
			t.Fatalf("%v\n%s", err, w.Source.item())
		}
		o, _ := list[0].(object)
		if text(o.get("url")) != w.Source.URL || text(o.get("name")) != w.Source.Name || text(o.get("id")) != w.Source.ID ||
			!slices.Equal(texts(o.get("select")), w.Source.Select) || !slices.Equal(texts(o.get("topics")), w.Source.Topics) {
			t.Fatalf("wrote\n%s\nof %+v, read %+v", w.Source.item(), w.Source, o)
		}
	}
}
