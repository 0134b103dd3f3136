package render

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// BenchmarkRender is a page of 60 kB whose script makes a table of a thousand
// rows: the time of a look, start and end of the browser included, the rest that
// is waited for (quietTime), and the browser's memory.
func BenchmarkRender(b *testing.B) {
	folder, err := os.MkdirTemp("", "render")
	if err != nil {
		b.Fatal(err)
	}
	defer os.RemoveAll(folder)
	browsers := New(Options{Folder: folder})
	if _, err := browsers.Find(); err != nil {
		b.Skip("no Chromium is installed here; scripts/setup installs it")
	}
	page := `<!doctype html><html><body>` + strings.Repeat("<p>Pasal 1 tentang penyelenggara sistem elektronik.</p>\n", 1100) + `<table id=t></table><script>
for (let n = 0; n < 1000; n++) { const r = document.getElementById("t").insertRow(); r.insertCell().textContent = n; r.insertCell().textContent = "PT Contoh " + n }</script></body></html>`
	var memory int64
	for b.Loop() {
		res, err := browsers.Render(b.Context(), Page{URL: "http://example.co.id/", Limit: 1 << 20, Ask: func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "example.co.id" {
				return nil, errors.New("no")
			}
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader(page))}, nil
		}})
		if err != nil {
			b.Fatal(err)
		}
		memory = max(memory, res.Memory)
	}
	b.ReportMetric(float64(memory)/(1<<20), "MiB")
}
