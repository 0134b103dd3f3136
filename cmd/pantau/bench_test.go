package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"pantau/crawler"
	"pantau/diff/registry"
	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/internal/snapshot"
	"pantau/internal/store"
	"pantau/notify"
)

// memory is a monitor.Store whose commit costs nothing, so that a benchmark
// measures the check and the commit apart.
type memory struct {
	monitor.Threads // no page has any
	state           monitor.State
	capture         *snapshot.Capture
}

func (m *memory) LastGood(context.Context, string) (monitor.Past, error) {
	panic("the sources of the benchmarks are not edited")
}
func (m *memory) State(context.Context, string) (monitor.State, error) { return m.state, nil }
func (m *memory) Rows(context.Context, string) ([]registry.Row, error) { return nil, nil }
func (m *memory) Interests(context.Context) (notify.Interests, string, error) {
	return notify.Interests{}, "", nil
}
func (m *memory) Capture(context.Context, string, int64) (*snapshot.Capture, snapshot.Source, error) {
	return m.capture, snapshot.Source{}, nil
}
func (m *memory) Commit(_ context.Context, c *monitor.Check) error {
	m.state = c.State
	return nil
}

// noisyPage is a regulator's page of about 60 kB: navigation, a regulation of
// 120 articles, and a counter, a clock and a token that differ every time.
func noisyPage() func() string {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="id"><head><meta charset="utf-8"><title>Peraturan Menteri 5/2020</title><script>var t=0;</script></head><body><nav><ul>`)
	for n := range 60 {
		fmt.Fprintf(&b, `<li class="menu-item"><a href="/menu/%d" class="nav-link">Menu nomor %d</a></li>`, n, n)
	}
	b.WriteString(`</ul></nav><main id="produk-content"><p class="meta">Dilihat VIEWS kali</p>`)
	for n := 1; n <= 120; n++ {
		fmt.Fprintf(&b, "<h3>Pasal %d</h3>\n<p>(1) Penyelenggara Sistem Elektronik Lingkup Privat wajib melakukan pendaftaran sebagaimana dimaksud dalam Pasal %d ayat (2) paling lambat %d hari kerja.</p>\n<ol type=\"a\"><li>nama dan alamat penyelenggara;</li><li>bidang usaha; dan</li><li>alamat situs web, dengan <a href=\"/lampiran/%d.pdf\">lampiran</a>.</li></ol>\n", n, n+1, n%30+1, n)
	}
	b.WriteString(`</main><footer>Waktu server: 23 November 2026 19:05:CLOCK WIB <input type="hidden" name="csrf" value="TOKEN"></footer></body></html>`)
	page := b.String()
	// Written beforehand: the server's work is not what is measured.
	var looks [64]string
	for n := range looks {
		looks[n] = strings.NewReplacer("VIEWS", fmt.Sprint(1000+n), "CLOCK", fmt.Sprintf("%02d", n%60), "TOKEN", fmt.Sprintf("%032x", n)).Replace(page)
	}
	var hits atomic.Int64
	return func() string { return looks[hits.Add(1)%int64(len(looks))] }
}

func watcher(b *testing.B, s monitor.Store, src snapshot.Source, conf string) *monitor.Monitor {
	c := crawler.New(crawler.Options{Version: "bench", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	b.Cleanup(c.Close)
	return &monitor.Monitor{Store: s, Crawler: c, Sources: func(string) (snapshot.Source, error) { return src, nil },
		Config: conf, Log: slog.New(slog.DiscardHandler), Words: monitor.Words{Timezone: time.UTC}}
}

func source(url string) snapshot.Source {
	return snapshot.Source{ID: "page", Type: snapshot.Page, URL: url, Select: []string{"#produk-content"}, Remove: []string{".share"}, Access: snapshot.Access{IgnoreRobots: true}}
}

// BenchmarkUnchangedPage compares the check of a page that differs in noise
// only with what no checker can do without: parsing it and selecting its text.
func BenchmarkUnchangedPage(b *testing.B) {
	page := noisyPage()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, page())
	}))
	defer srv.Close()
	text := page()
	b.Run("goquery", func(b *testing.B) {
		defer cpu(b)()
		for b.Loop() {
			d, err := goquery.NewDocumentFromReader(strings.NewReader(text))
			if err != nil || len(d.Find("#produk-content").Text()) == 0 {
				b.Fatal(err)
			}
		}
	})
	b.Run("fetch+goquery", func(b *testing.B) {
		defer cpu(b)()
		for b.Loop() {
			r, err := http.Get(srv.URL)
			if err != nil {
				b.Fatal(err)
			}
			d, err := goquery.NewDocumentFromReader(r.Body)
			r.Body.Close()
			if err != nil || len(d.Find("#produk-content").Text()) == 0 {
				b.Fatal(err)
			}
		}
	})
	b.Run("check", func(b *testing.B) {
		m := watcher(b, &memory{}, source(srv.URL), "")
		want := monitor.Baseline
		defer cpu(b)()
		for b.Loop() {
			c, err := m.Check(b.Context(), monitor.Run{ID: 1, Source: "page"}, monitor.Lease{})
			if err != nil || c.Outcome != want {
				b.Fatalf("%+v %v", c, err)
			}
			want = monitor.Unchanged
		}
	})
	b.Run("check+commit", func(b *testing.B) { committed(b, source(srv.URL)) })
}

// BenchmarkNotModified compares the check of a page that answers 304 with a
// bare round trip.
func BenchmarkNotModified(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, noisyPage()())
	}))
	defer srv.Close()
	b.Run("bare", func(b *testing.B) {
		defer cpu(b)()
		for b.Loop() {
			req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, srv.URL, nil)
			if err != nil {
				b.Fatal(err)
			}
			req.Header.Set("If-None-Match", `"1"`)
			r, err := http.DefaultTransport.RoundTrip(req)
			if err != nil || r.StatusCode != http.StatusNotModified {
				b.Fatal(err)
			}
			io.Copy(io.Discard, r.Body)
			r.Body.Close()
		}
	})
	b.Run("check", func(b *testing.B) {
		m := watcher(b, &memory{}, source(srv.URL), "")
		if _, err := m.Check(b.Context(), monitor.Run{ID: 1, Source: "page"}, monitor.Lease{}); err != nil {
			b.Fatal(err)
		}
		defer cpu(b)()
		for b.Loop() {
			c, err := m.Check(b.Context(), monitor.Run{ID: 1, Source: "page"}, monitor.Lease{})
			if err != nil || c.Outcome != monitor.Unchanged || !c.Capture.NotModified {
				b.Fatalf("%+v %v", c, err)
			}
		}
	})
	b.Run("check+commit", func(b *testing.B) { committed(b, source(srv.URL)) })
}

// cpu reports the processor time of an operation, the server's in this process
// included: wall time on a busy machine says nothing.
func cpu(b *testing.B) func() {
	used := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	start := used()
	return func() { b.ReportMetric(float64(used()-start)/float64(b.N), "cpu-ns/op") }
}

// committed runs planned checks into a real database.
func committed(b *testing.B, src snapshot.Source) {
	s, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "pantau.db"), store.Options{Create: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := s.Configure(b.Context(), store.Configuration{Digest: "x", Body: []byte("{}"), Sources: []snapshot.Source{src}}, time.Now(), schedule.First); err != nil {
		b.Fatal(err)
	}
	crawl := &schedule.Crawler{Store: s, Checker: watcher(b, s, src, "x"), Owner: "bench", Log: slog.New(slog.DiscardHandler)}
	defer cpu(b)()
	for b.Loop() {
		if err := crawl.Once(b.Context(), src.Host(), src.ID); err != nil {
			b.Fatal(err)
		}
	}
}
