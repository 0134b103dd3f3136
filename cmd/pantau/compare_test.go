package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"pantau/diff"
	"pantau/diff/registry"
	"pantau/diff/topic"
)

// files writes the files of an archive into a folder of their own.
func files(t *testing.T, archive string) func(name string) string {
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return func(name string) string { return filepath.Join(dir, name) }
}

const pages = `
-- v1.html --
<html><head><title>Permen 5/2020</title></head><body><nav>Menu lama</nav><div id="isi"><h3>Pasal 7</h3>
<p>(1) Setiap PSE wajib mendaftar paling lambat 14 hari.</p><p class="share">Dibagikan 5</p></div></body></html>
-- v2.html --
<html><head><title>Permen 5/2020</title></head><body><nav>Menu baru</nav><div id="isi"><h3>Pasal 7</h3>
<p>(1) Setiap PSE wajib mendaftar paling lambat 7 hari.</p><p class="share">Dibagikan 9</p></div></body></html>
-- noise.html --
<html><head><title>Permen 5/2020</title></head><body><nav>Menu baru</nav><div id="isi"><h3>Pasal 7</h3>
<p>(1)  Setiap PSE <b>wajib</b> mendaftar paling lambat 14 hari.</p><p class="share">Dibagikan 6</p></div></body></html>
-- gone.html --
<html><head><title>Permen 5/2020</title></head><body><div id="situs-baru">Situs baru</div></body></html>
-- refused.html --
<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Your support ID is: 13</body></html>
-- v1.txt --
Pasal 1
tetap

Pasal 2
-- v2.txt --
Pasal 1 tetap

Pasal 3
-- doc.pdf --
%PDF-1.7
-- doc.docx --
` + "PK\x03\x04" + `
-- one.json --
{"total": 2, "nama": "Toko", "rincian": {"kota": "Solo", "nilai": 1.50}}
-- two.json --
{"rincian": {"nilai": 1.50, "kota": "Sala"}, "nama": "Toko", "total": 2}
-- torn.json --
{"total": 2, "nam
-- rows1.json --
[{"id": 2, "nama": "B", "kota": {"nama": "Solo"}}, {"id": 10, "nama": "J"}, {"id": 1, "nama": "A", "lama": "x"}]
-- rows2.json --
[{"id": 1, "nama": "A"}, {"id": 2, "nama": "B", "kota": {"nama": "Sala"}}, {"id": 11, "nama": "K"}]
-- list1.json --
{"count": 2, "hits": [{"id": 2, "nama": "B", "kota": {"nama": "Solo"}}, {"id": 1, "nama": "A"}], "time": 3}
-- empty.json --
[]
-- a.jsonl --
{"id": 1, "v": "x"}
{"id": 2, "v": "y"}
-- b.jsonl --
{"id": 2, "v": "z"}
{"id": 1, "v": "x"}
-- a.csv --
Nomor;Kota;Nama
1;Solo;A
1;Bogor;B
2;Solo;"C; D"
-- b.csv --
Kota;Nama;Nomor
Solo;"C; E";2
Bogor;B;1
Medan;F;1
-- cut.csv --
Nomor;Kota;Nama
1;Solo;A
1;Bog
-- c.csv --
id,nama
10,J
-- twice.json --
[{"id": 1}, {"id": 1}]
-- nameless.json --
[{"id": 1}, {"nama": "A"}]
`

func TestCompareFiles(t *testing.T) {
	at := files(t, pages)
	region := func(o compareOptions) compareOptions {
		o.Select, o.Remove = []string{"#isi"}, []string{".share", "nav"}
		return o
	}
	for _, c := range []struct {
		what string
		o    compareOptions
		code int
		says string // on stdout, or on stderr for an error
	}{
		{"same file", compareOptions{Before: "v1.html", After: "v1.html"}, 0, "Nothing changed in Permen 5/2020"},
		{"noise only", region(compareOptions{Before: "v1.html", After: "noise.html"}), 0, "Nothing changed"},
		{"changed", region(compareOptions{Before: "v1.html", After: "v2.html"}), 1, "paling lambat [-14-]{+7+} hari."},
		{"changed, in words", region(compareOptions{Before: "v1.html", After: "v2.html"}), 1, "1 passage modified in Permen 5/2020 (Pasal 7 ayat (1))"},
		{"the region is gone", region(compareOptions{Before: "v1.html", After: "gone.html"}), 2, "finds nothing"},
		{"refused", compareOptions{Before: "v1.html", After: "refused.html"}, 2, "firewall"},
		{"refused before", compareOptions{Before: "refused.html", After: "v1.html"}, 2, "firewall"},
		{"bad selector", compareOptions{Before: "v1.html", After: "v2.html", Select: []string{"p["}}, 2, "not a CSS selector"},
		{"no such file", compareOptions{Before: "v1.html", After: "none.html"}, 2, "none.html"},
		{"PDF", compareOptions{Before: "v1.html", After: "doc.pdf"}, 2, "a web page came where a file is due"},
		{"DOCX", compareOptions{Before: "doc.docx", After: "v1.html", reader: (&app{env: os.LookupEnv}).reader()}, 2, "broken or cut short"},
		{"key without records", compareOptions{Before: "v1.html", After: "v2.html", Key: []string{"id"}}, 2, "v1.html holds no records with --key id: a web page"},
		{"text", compareOptions{Before: "v1.txt", After: "v2.txt"}, 1, "Pasal [-2-]{+3+}"},
		{"text same", compareOptions{Before: "v1.txt", After: "v1.txt"}, 0, "Nothing changed in v1.txt"},
		{"object", compareOptions{Before: "one.json", After: "two.json"}, 1, "rincian.kota | [-Solo-]{+Sala+}"},
		{"object same", compareOptions{Before: "one.json", After: "one.json"}, 0, "Nothing changed"},
		{"torn", compareOptions{Before: "one.json", After: "torn.json"}, 2, "torn.json is not valid JSON"},
		{"JSON and HTML", compareOptions{Before: "one.json", After: "v1.html"}, 2, "not of one format"},
		{"records", compareOptions{Before: "rows1.json", After: "rows2.json", Key: []string{"id"}}, 1, "1 added, 1 removed, 2 edited"},
		{"records in another order", compareOptions{Before: "rows1.json", After: "rows1.json", Key: []string{"id"}}, 0, "Nothing changed"},
		{"key twice", compareOptions{Before: "rows1.json", After: "twice.json", Key: []string{"id"}}, 1, "because the key stands twice: 1\n"},
		{"key missing", compareOptions{Before: "nameless.json", After: "nameless.json", Key: []string{"id"}}, 0, "because the key is missing: 1 records"},
		{"no keys", compareOptions{Before: "rows1.json", After: "rows1.json", Key: []string{"no"}}, 2, `3 of 3 rows have no key at "no"`},
		{"key of an object", compareOptions{Before: "one.json", After: "two.json", Key: []string{"nama"}}, 2, "no one list of records"},
		{"array in an object", compareOptions{Before: "list1.json", After: "rows2.json", Key: []string{"id"}}, 1, "1 added, 0 removed, 1 edited"},
		{"emptied", compareOptions{Before: "rows1.json", After: "empty.json", Key: []string{"id"}}, 2, "empty.json: the list is empty"},
		{"lines", compareOptions{Before: "a.jsonl", After: "b.jsonl", Key: []string{"id"}}, 1, "edited 2"},
		{"tables", compareOptions{Before: "a.csv", After: "b.csv", Key: []string{"Nomor", "Kota"}}, 1, "1 added, 1 removed, 1 edited"},
		{"table and JSON", compareOptions{Before: "c.csv", After: "rows1.json", Key: []string{"id"}}, 1, "2 added"},
		{"tables without key", compareOptions{Before: "a.csv", After: "b.csv"}, 2, "with --key"},
		{"table with a row too short", compareOptions{Before: "a.csv", After: "cut.csv", Key: []string{"Nomor"}}, 2, "line 3 has 2 values where there are 3 columns"},
	} {
		var out, errs bytes.Buffer
		c.o.Before, c.o.After = at(c.o.Before), at(c.o.After)
		code := compareFiles(t.Context(), c.o, &out, &errs)
		said, quiet := &out, &errs
		if c.code == compareError {
			said, quiet = quiet, said
		}
		if code != c.code || !strings.Contains(said.String(), c.says) || quiet.Len() > 0 {
			t.Errorf("%s: exit %d\n%s\n%s", c.what, code, out.String(), errs.String())
		}
	}
}

func TestCompareJSON(t *testing.T) {
	at := files(t, pages)
	for _, c := range []struct {
		o    compareOptions
		want comparison
	}{
		{compareOptions{Before: "v1.html", After: "v2.html", Select: []string{"#isi"}, Remove: []string{".share"}}, comparison{
			Kind: diff.TextKind, Summary: "1 passage modified in Permen 5/2020 (Pasal 7 ayat (1))", Stats: diff.Stats{Modified: 1},
			Severity: diff.Notice, Why: "deadlines or terms: 14 hari, 7 hari", Reasons: []diff.Reason{{Kind: topic.Deadline, Words: []string{"14 hari", "7 hari"}}},
			Topics: []string{"pse"}, Tags: []diff.Tag{{Topic: "pse", Name: &diff.Wording{Indonesian: "Pendaftaran PSE", English: "PSE registration"}, Words: []string{"PSE"}, Places: []int{0}}},
			Hunks: []diff.Hunk{{
				Op: diff.OpModified, Path: "Pasal 7 > ayat (1)",
				Before: "(1) Setiap PSE wajib mendaftar paling lambat 14 hari.", After: "(1) Setiap PSE wajib mendaftar paling lambat 7 hari.",
			}},
		}},
		{compareOptions{Before: "rows1.json", After: "rows2.json", Key: []string{"id"}}, comparison{
			Kind: diff.RecordsKind, Summary: "Records of rows2.json: 1 added, 1 removed, 2 edited", Stats: diff.Stats{Added: 1, Removed: 1, Edited: 2},
			Events: []registry.Event{
				{Type: registry.Edited, Key: "1", Name: "A", Fields: map[string][2]string{"lama": {"x", ""}}},
				{Type: registry.Edited, Key: "2", Name: "B", Fields: map[string][2]string{"kota.nama": {"Solo", "Sala"}}},
				{Type: registry.Removed, Key: "10", Name: "J", Fields: map[string][2]string{"id": {"10", ""}, "nama": {"J", ""}}},
				{Type: registry.Added, Key: "11", Name: "K", Fields: map[string][2]string{"id": {"", "11"}, "nama": {"", "K"}}},
			},
		}},
	} {
		var out, errs bytes.Buffer
		c.o.Before, c.o.After, c.o.JSON = at(c.o.Before), at(c.o.After), true
		if code := compareFiles(t.Context(), c.o, &out, &errs); code != compareChanged {
			t.Fatalf("exit %d: %s", code, errs.String())
		}
		var got comparison
		d := json.NewDecoder(&out)
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if d.More() {
			t.Error("more than one object on stdout")
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("got %+v\nwant %+v", got, c.want)
		}
	}
}

// recordings is the folder of the recorded pages: PANTAU_CORPORA, or what
// unpack.sh prints.
func recordings(t *testing.T) string {
	if dir := os.Getenv("PANTAU_CORPORA"); dir != "" {
		return dir
	}
	unpack := filepath.Join("..", "..", "..", "shared", "corpora", "unpack.sh")
	if _, err := os.Stat(unpack); err != nil {
		t.Skip("the recorded pages are not here: ../shared beside the repository is absent, and PANTAU_CORPORA is not set")
	}
	out, err := exec.Command(unpack).Output()
	if err != nil {
		t.Fatalf("%s: %v", unpack, err)
	}
	return strings.TrimSpace(string(out))
}

// TestRecordedErrors: not one of the recorded answers that were no register
// passes for a page.
func TestRecordedErrors(t *testing.T) {
	dir := recordings(t)
	names, err := filepath.Glob(filepath.Join(dir, "pse-errors", "*.html"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no recorded errors in %s: %v", dir, err)
	}
	for _, name := range names {
		var out, errs bytes.Buffer
		if code := compareFiles(t.Context(), compareOptions{Before: name, After: name}, &out, &errs); code != compareError {
			t.Errorf("%s passes for a page: %s", filepath.Base(name), out.String())
		}
	}
}
