package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"pantau/crawler/render"
)

// scripted is a page that says nothing until its script has asked for the data.
type scripted struct {
	*httptest.Server
	text atomic.Value
	data atomic.Int64 // how often it was asked for
}

func newScripted(t *testing.T) *scripted {
	t.Helper()
	p := &scripted{}
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"shell"`) // the shell never changes
		io.WriteString(w, `<!doctype html><html><head><title>Portal peraturan</title></head><body><main id="app"></main>
<script>fetch("/api").then(r => r.json()).then(rows => { for (const r of rows) { const p = document.createElement("p"); p.textContent = r; document.getElementById("app").append(p) } })</script></body></html>`)
	})
	mux.HandleFunc("/api", func(w http.ResponseWriter, _ *http.Request) {
		p.data.Add(1)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `["Peraturan Menteri Contoh Nomor 7 Tahun 2024 tentang penyelenggaraan sistem elektronik lingkup privat.", %q]`, p.text.Load())
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func TestRenderedPageFromBaselineToAlert(t *testing.T) {
	if _, err := render.New(render.Options{}).Find(); err != nil {
		t.Skip("no Chromium is installed here; scripts/setup installs it")
	}
	p := newScripted(t)
	p.text.Store("Penyelenggara wajib mendaftar paling lambat 30 hari.")
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	write := func(more string) {
		t.Helper()
		text := fmt.Sprintf("database: pantau.db\nlanguage: en\nnetwork: {delay: 0s, allow: [127.0.0.0/8]}\nsources:\n  - {id: portal, type: page, url: %q, robots: ignore%s}\n", p.URL+"/", more)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(", render: true")
	if _, c := lookAt(t, file); c.Outcome != "baseline" {
		t.Fatalf("first look: %+v", c)
	}
	asked := p.data.Load()
	if _, c := lookAt(t, file); c.Outcome != "unchanged" {
		t.Errorf("second look: %+v", c)
	}
	if n := p.data.Load(); n != asked+1 {
		t.Errorf("the data was asked for %d times by a look at a shell that has not changed", n-asked)
	}
	p.text.Store("Penyelenggara wajib mendaftar paling lambat 14 hari.")
	asked = p.data.Load()
	_, c := lookAt(t, file)
	if c.Outcome != "changed" || c.Change == nil || !strings.Contains(fmt.Sprintf("%+v", c.Change), "14 hari") {
		t.Errorf("third look: %+v", c)
	}
	if n := p.data.Load(); n != asked+2 {
		t.Errorf("a change was confirmed by %d renderings more", n-asked-1)
	}
	write(", render: {wait: \"#app p\"}")
	if _, c := lookAt(t, file); c.Outcome != "unchanged" {
		t.Errorf("after an edit of what is waited for: %+v", c)
	}
	if code, out, errs := pantau(t, "--config", file, "fsck"); code != 0 {
		t.Errorf("fsck: exit %d: %s%s", code, out, errs)
	}
	write("")
	if _, c := lookAt(t, file); c.Outcome != "held" && c.Outcome != "failed" {
		t.Errorf("the shell alone: %+v", c)
	}
}

// Without a browser the sources that need it fail with what to do, and doctor
// says it.
func TestNoBrowser(t *testing.T) {
	p := newScripted(t)
	file := filepath.Join(t.TempDir(), "pantau.yaml")
	text := fmt.Sprintf("database: pantau.db\nbrowser: {path: /nowhere/chromium}\nnetwork: {delay: 0s, allow: [127.0.0.0/8]}\nsources:\n  - {id: portal, type: page, url: %q, robots: ignore, render: true}\n", p.URL+"/")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, c := lookAt(t, file); code != 1 || c.Outcome != "failed" || c.Reason != "browser" {
		t.Errorf("exit %d, %+v", code, c)
	}
	if code, out, _ := pantau(t, "--config", file, "doctor"); code != 1 || !strings.Contains(out, "browser") || !strings.Contains(out, "/nowhere/chromium") {
		t.Errorf("doctor: exit %d: %s", code, out)
	}
}
