package extract

import (
	"encoding/csv"
	"strings"
	"testing"

	"pantau/internal/snapshot"
)

// table is the answer of a server to a request for a table.
func table(contentType, body string) (*snapshot.Response, []byte) {
	return &snapshot.Response{Request: snapshot.Request{URL: "https://example.go.id/data.csv"}, ContentType: contentType}, []byte(body)
}

// shown is a sheet as text: key: name=value, ...
func shown(s *sheet) string {
	var b strings.Builder
	for _, l := range s.rows {
		b.WriteString(l.key + ":")
		for name, value := range l.fields.All() {
			b.WriteString(" " + name + "=" + value)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestTables(t *testing.T) {
	number := snapshot.Listing{Key: snapshot.Key{Path: "No"}}
	for name, c := range map[string]struct {
		listing     snapshot.Listing
		contentType string
		body        string
		want        string
	}{
		"comma":                            {number, "text/csv", "No,Nama\n1,\"Satu, PT\"\n2,Dua\n", "1: Nama=Satu, PT No=1\n2: Nama=Dua No=2\n"},
		"semicolon":                        {number, "", "No;Nama;Kota\n1;Satu, PT;Bogor\n", "1: Kota=Bogor Nama=Satu, PT No=1\n"},
		"tab":                              {number, "text/tab-separated-values", "No\tNama\n1\tSatu\n", "1: Nama=Satu No=1\n"},
		"bar that is said":                 {snapshot.Listing{Key: snapshot.Key{Path: "No"}, CSV: snapshot.CSV{Delimiter: "|"}}, "", "No|a,b,c\n1|2\n", "1: No=1 a,b,c=2\n"},
		"sign within quotes":               {number, "", "\"No\";\"a,b,c,d\"\n1;2\n", "1: No=1 a,b,c,d=2\n"},
		"byte order mark":                  {number, "text/csv", "\ufeffNo,Nama\n1,Satu\n", "1: Nama=Satu No=1\n"},
		"windows-1252":                     {number, "text/csv", "No,Nama\n1,Caf\xe9 \x80\n", "1: Nama=Café € No=1\n"},
		"charset said":                     {snapshot.Listing{Key: snapshot.Key{Path: "No"}, CSV: snapshot.CSV{Charset: "iso-8859-5"}}, "text/csv", "No,N\n1,\xb0\n", "1: N=А No=1\n"},
		"UTF-16":                           {number, "text/csv", "\xff\xfeN\x00o\x00,\x00a\x00\n\x001\x00,\x00\xe9\x00\n\x00", "1: No=1 a=é\n"},
		"lines of windows":                 {number, "", "No,Nama\r\n1,\"Sa\r\ntu\"\r\n", "1: Nama=Sa\ntu No=1\n"},
		"empty lines, no last end of line": {number, "", "No,Nama\n\n1,Satu\n\n2,Dua", "1: Nama=Satu No=1\n2: Nama=Dua No=2\n"},
		"names twice, and none":            {number, "", "No,A,A,,\n1,a,b,c,d\n", "1: 3=c 4=d A=a A_2=b No=1\n"},
		"no header":                        {snapshot.Listing{Key: snapshot.Key{Path: "0"}, CSV: snapshot.CSV{NoHeader: true}}, "", "1,Satu\n2,Dua\n", "1: 0=1 1=Satu\n2: 0=2 1=Dua\n"},
		"described": {snapshot.Listing{Key: snapshot.Key{Path: "No"}, Fields: []snapshot.Column{{Name: "nama", Path: "Full Name", As: snapshot.Text}, {Name: "gone", Path: "Gone"}}},
			"", "Full Name,No,Views\nSatu,1,77\n", "1: nama=Satu\n"},
		"several keys": {snapshot.Listing{Key: snapshot.Key{Paths: []string{"A", "B"}}, Volatile: []string{"V"}},
			"", "A,B,V\nx,1,9\nx,,9\n,,9\na|b,c\\,9\n", "x|1: A=x B=1\nx|: A=x B=\n: A= B=\na\\|b|c\\\\: A=a|b B=c\\\n"},
		"pattern":          {snapshot.Listing{Key: snapshot.Key{Path: "No", Pattern: `^ID-(\d+)$`}}, "", "No\nID-7\nx\n", "7: No=ID-7\n: No=x\n"},
		"undoubled quotes": {number, "", "No,A,B\n\"1\",\"\"Poland of Today\"\",\"x\"\n\"2\",\"\"P\" F\"  \",\"y \"\"z\"\"\"\n", "1: A=Poland of Today\"\" B=x No=1\n2: A=P\" F\"  \" B=y \"z\" No=2\n"},
		"quote in a value": {number, "", "No,A\n1,5\" pipe\n", "1: A=5\" pipe No=1\n"},
		"only a head":      {number, "", "No,A\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := newSheetReader(&c.listing)
			if err != nil {
				t.Fatal(err)
			}
			s, f := r.read(table(c.contentType, c.body))
			if f != nil {
				t.Fatal(f)
			}
			if got := shown(s); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestTablesRefused(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"nothing":          {" \n", "an empty body"},
		"a web page":       {"\n<html><title>Log in</title>", `titled "Log in"`},
		"a value missing":  {"No,A,B\n1,2,3\n\n4,5\n", "line 4 has 2 values where there are 3 columns"},
		"a value too many": {"No,A\n1,2,3\n", "line 2 has 3 values where there are 2 columns"},
		"cut in quotes":    {"No,A\n1,\"2\n3,4\n5,6", "the quotes that open in line 2 never close"},
		"sloppy and cut":   {"No,A,B\n1,\"x\"y,\"z", "the quotes that open in line 2 never close"},
		"sloppy, ragged":   {"No,A,B\n1,\"x\"y,z\n2,3\n", "line 3 has 2 values where there are 3 columns"},
		"no such column":   {"Id,A\n1,2\n", `no column "No" for the key; it has ["Id" "A"]`},
		"key twice":        {"No,No\n1,2\n", `two columns of the table are named "No"`},
		"no keys":          {"No,A\n,2\n,3\n,4\n,5\n", "4 of 4 rows have no key"},
	} {
		r, err := newSheetReader(&snapshot.Listing{Key: snapshot.Key{Path: "No"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, f := r.read(table("text/csv", c.body)); f == nil || !strings.Contains(f.Detail, c.want) {
			t.Errorf("%s: %v, want %q", name, f, c.want)
		}
	}
	r, err := newSheetReader(&snapshot.Listing{Key: snapshot.Key{Path: "No"}})
	if err != nil {
		t.Fatal(err)
	}
	a, body := table("text/csv", "No,A\n1,2\n3,4")
	a.Unframed = true
	if _, f := r.read(a, body); f == nil || f.Class != snapshot.Held || f.Reason != snapshot.ReasonUnframed {
		t.Errorf("a table that may be cut: %v", f)
	}
}

// FuzzSloppy reads any table by both readers: where the strict one sees no
// fault the other reads the same.
func FuzzSloppy(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "\"a\"\"b\",\"c\nd\"\r\n\n1,2", "a\n\"x\"y\n", ",\n\"\",\"\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "\r") {
			return // the strict reader keeps some of these
		}
		strict := strictRecords(text)
		if strict == nil {
			return
		}
		r := newSloppyReader([]byte(text), ',')
		for n, want := range strict {
			got, err := r.read()
			if err != nil || strings.Join(got, "\x00") != strings.Join(want, "\x00") {
				t.Fatalf("record %d: %q, %v, want %q", n, got, err, want)
			}
		}
		if got, err := r.read(); err == nil {
			t.Fatalf("one record more: %q", got)
		}
	})
}

// strictRecords is what encoding/csv reads, nil if it refuses.
func strictRecords(text string) [][]string {
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil
	}
	return all
}
