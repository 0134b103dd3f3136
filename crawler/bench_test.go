package crawler

import (
	"context"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"pantau/internal/snapshot"
)

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkNotModified sets a look that finds nothing new beside the bare
// round trip that it cannot do without; both include the server, which is the
// same. The aim is three times the processor time at most.
func BenchmarkNotModified(b *testing.B) {
	srv := serve(b, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.WriteHeader(http.StatusNotModified)
	})
	s := page(srv.URL)
	measure := func(b *testing.B, look func() error) {
		if err := look(); err != nil { // connections and robots.txt stand
			b.Fatal(err)
		}
		b.ReportAllocs()
		start := cpu(b)
		for b.Loop() {
			if err := look(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(cpu(b)-start)/float64(b.N), "cpu-ns/op")
	}
	b.Run("bare", func(b *testing.B) {
		tr := &http.Transport{}
		defer tr.CloseIdleConnections()
		client := &http.Client{Transport: tr}
		measure(b, func() error {
			r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.URL, nil)
			if err != nil {
				return err
			}
			r.Header.Set("If-None-Match", `"v1"`)
			resp, err := client.Do(r)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			_, err = io.Copy(io.Discard, resp.Body)
			return err
		})
	})
	b.Run("fetch", func(b *testing.B) {
		c := newClient(b, Options{})
		measure(b, func() error {
			got, err := c.Fetch(context.Background(), s, snapshot.Validators{ETag: `"v1"`}, One(s))
			if err == nil && !got.NotModified {
				b.Fatalf("%+v", got.Responses[0])
			}
			return err
		})
	})
}

// BenchmarkCrawl reads a register's worth of pages without manners, the server
// included; bare is the same by net/http alone, digests and storage left out.
func BenchmarkCrawl(b *testing.B) {
	const pages = 430
	body := []byte(`{"hits":[` + strings.Repeat(`{"nama_se":"contoh","nama_pse":"PT Contoh","website":"contoh.co.id"},`, 330) + `{}]}`)
	srv := serve(b, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(body)
	})
	b.Run("bare", func(b *testing.B) {
		tr := &http.Transport{}
		defer tr.CloseIdleConnections()
		client := &http.Client{Transport: tr}
		b.ReportAllocs()
		start := cpu(b)
		for b.Loop() {
			for range pages {
				resp, err := client.Get(srv.URL)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		}
		b.ReportMetric(float64(cpu(b)-start)/float64(b.N), "cpu-ns/op")
	})
	b.Run("fetch", func(b *testing.B) {
		c := newClient(b, Options{})
		b.ReportAllocs()
		start := cpu(b)
		for b.Loop() {
			got := crawlPages(b, c, srv.URL, pages)
			if len(got.Responses) != pages || got.Last() != got.Responses[pages-1] {
				b.Fatal("not all pages came")
			}
			got.Close()
		}
		b.ReportMetric(float64(cpu(b)-start)/float64(b.N), "cpu-ns/op")
	})
}
