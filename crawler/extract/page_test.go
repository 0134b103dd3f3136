package extract

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"pantau/internal/snapshot"
)

var update = flag.Bool("update", false, "write what is extracted into the golden files")

// answer is a capture of one page.
func answer(url, contentType, body string) *snapshot.Capture {
	return &snapshot.Capture{Responses: []*snapshot.Response{{
		Request: snapshot.Request{URL: url}, Status: 200, ContentType: contentType, Body: snapshot.BodyOf([]byte(body)),
	}}}
}

// render writes a document one block a line, for golden files.
func render(d *snapshot.Document) string {
	var s strings.Builder
	fmt.Fprintf(&s, "title: %s\n", d.Title)
	for i := range d.Blocks {
		b := &d.Blocks[i]
		fmt.Fprintf(&s, "%s", b.Kind)
		if b.Level > 0 {
			fmt.Fprintf(&s, " %d", b.Level)
		}
		fmt.Fprintf(&s, ": %s\n", b.Line())
		for _, l := range b.Links {
			fmt.Fprintf(&s, "  -> %s <%s>\n", l.Text, l.Target)
		}
	}
	for i := range d.Asides {
		fmt.Fprintf(&s, "(%s) %s\n", d.Asides[i].Role, d.Asides[i].Line())
	}
	return s.String()
}

// TestPages extracts the page of each archive by its rules and compares the
// blocks with what the archive wants.
func TestPages(t *testing.T) {
	files, err := filepath.Glob("testdata/page/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			part := map[string]*[]byte{}
			for i := range a.Files {
				part[a.Files[i].Name] = &a.Files[i].Data
			}
			s, url := rules(t, string(*part["rules"]))
			got := ""
			d, err := Document(answer(url, "text/html; charset=utf-8", string(*part["page"])), s)
			var f *snapshot.Fault
			switch {
			case errors.As(err, &f):
				got = fmt.Sprintf("%s, %s: %s\n", f.Class, f.Reason, f.Detail)
			case err != nil:
				got = fmt.Sprintf("error: %v\n", err)
			default:
				got = render(d)
			}
			if *update {
				*part["want"] = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(*part["want"]); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// rules reads lines of "select: CSS", "remove: CSS" and "url: ADDRESS".
func rules(t *testing.T, text string) (s snapshot.Source, url string) {
	s = snapshot.Source{ID: "permen", Type: snapshot.Page}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "select":
			s.Select = append(s.Select, value)
		case "remove":
			s.Remove = append(s.Remove, value)
		case "url":
			url = value
		case "":
		default:
			t.Fatalf("rule %q is not known", key)
		}
	}
	return s, url
}
