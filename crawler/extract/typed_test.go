package extract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pantau/internal/snapshot"
)

// fileOf reads a text file as a source of type document does.
func fileOf(body []byte, contentType string) (*snapshot.Document, error) {
	c := &snapshot.Capture{Responses: []*snapshot.Response{{Status: 200, ContentType: contentType, Body: snapshot.BodyOf(body)}}}
	return Reader{}.Document(context.Background(), c, snapshot.Source{ID: "a", Type: snapshot.File})
}

func TestTyped(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"a paragraph a line", "Pasal 1\nPenyelenggara wajib mendaftar.\nPasal 2\nCukup jelas.", []string{"0 heading Pasal 1", "0 paragraph Penyelenggara wajib mendaftar.", "0 heading Pasal 2", "0 paragraph Cukup jelas."}},
		{"broken for paper", "Pasal 1\n\n(1) Penyelenggara Sistem Elektronik wajib melakukan pendaftaran\n    sebelum Sistem Elektronik itu mulai digunakan oleh para pengguna\n    di Indonesia.\n(2) Pendaftaran dilakukan:\n    a. secara daring; dan\n    b. paling lambat 14 hari.\n",
			[]string{"0 heading Pasal 1", "0 paragraph (1) Penyelenggara Sistem Elektronik wajib melakukan pendaftaran sebelum Sistem Elektronik itu mulai digunakan oleh para pengguna di Indonesia.",
				"0 paragraph (2) Pendaftaran dilakukan:", "0 item a. secara daring; dan", "0 item b. paling lambat 14 hari."}},
		{"words over the end of a line", "Menurut ketentuan yang ada di dalam peraturan yang berlaku perundang-\nundangan.", []string{"0 paragraph Menurut ketentuan yang ada di dalam peraturan yang berlaku perundang-undangan."}},
		{"pages", "Satu.\fDua.\f", []string{"1 paragraph Satu.", "2 paragraph Dua."}},
		{"what nobody sees", "Pasal\x00 1\u200b\r\nCukup\u00a0jelas.\r", []string{"0 heading Pasal 1", "0 paragraph Cukup jelas."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := typed(c.text)
			var got []string
			for i := range d.Blocks {
				got = append(got, fmt.Sprintf("%d %s %s", d.Blocks[i].Page, d.Blocks[i].Kind, d.Blocks[i].Line()))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// TestFilesBySight reads files by what is in them.
func TestFilesBySight(t *testing.T) {
	for _, c := range []struct {
		name, body, contentType string
		reason                  string
		class                   snapshot.Class
		text                    string
	}{
		{"text that is called PDF", "Pasal 1", "application/pdf", "", "", "Pasal 1"},
		{"a lying charset", "Pasal 1 berlaku \xe2\x80\x9cserentak\xe2\x80\x9d", "text/plain; charset=windows-1252", "", "", "Pasal 1 berlaku “serentak”"},
		{"an older charset", "Pasal 1 \x93serentak\x94", "text/plain; charset=windows-1252", "", "", "Pasal 1 “serentak”"},
		{"invalid UTF-8", "Pasal \xff\xfe 1", "text/plain; charset=utf-8", "", "", "Pasal \uFFFD 1"},
		{"UTF-16", "\xff\xfeP\x00a\x00s\x00a\x00l\x00", "", "", "", "Pasal"},
		{"a web page", "<html><body>x</body></html>", "application/pdf", snapshot.ReasonHTMLForFile, snapshot.Held, ""},
		{"a web page without a head", "\n\n<div>x</div>", "application/pdf", snapshot.ReasonHTMLForFile, snapshot.Held, ""},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00", "application/pdf", snapshot.ReasonMalformed, snapshot.Failed, ""},
		{"nothing", " \n", "application/pdf", snapshot.ReasonIncomplete, snapshot.Failed, ""},
	} {
		d, err := fileOf([]byte(c.body), c.contentType)
		var f *snapshot.Fault
		switch {
		case c.reason != "" && (!errors.As(err, &f) || f.Reason != c.reason || f.Class != c.class):
			t.Errorf("%s: got %+v, %v; want %s", c.name, d, err, c.reason)
		case c.reason == "" && (err != nil || d.Blocks[0].Line() != c.text):
			t.Errorf("%s: got %+v, %v; want %q", c.name, d, err, c.text)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte("Pasal 1\n(1) Satu\n\fa. dua-\ntiga"))
	f.Add([]byte("\xff\xfeP\x00"))
	f.Add([]byte("\x00\r\r\n-\n\f\f"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 1 && (strings.Contains(string(body[:min(len(body), 1024)]), "%PDF-") || strings.HasPrefix(string(body), "PK")) {
			return // read in a process of its own
		}
		d, err := fileOf(body, "text/plain")
		var fault *snapshot.Fault
		if err != nil && !errors.As(err, &fault) {
			t.Fatalf("an error that is no fault of the file: %v", err)
		}
		if err != nil {
			return
		}
		for i := range d.Blocks {
			if text := d.Blocks[i].Line(); !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\n\f") {
				t.Errorf("block %q", text)
			}
		}
	})
}
