package crawler

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"pantau/internal/egress"
	"pantau/internal/snapshot"
)

// visiting is a visit of a page at an address.
func visiting(t *testing.T, address string, limit int64) *visit {
	t.Helper()
	c := New(Options{Version: "test", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	t.Cleanup(c.Close)
	s := snapshot.Source{ID: "x", URL: address, Render: &snapshot.Render{}, Access: snapshot.Access{WireLimit: limit, Timeout: 20 * time.Second}}
	j := &job{c: c, ctx: t.Context(), source: s, spool: &spool{dir: t.TempDir()}}
	var err error
	if j.transport, err = c.transport(s.Access, true); err != nil {
		t.Fatal(err)
	}
	main := &snapshot.Response{Request: snapshot.Request{URL: address}, Body: snapshot.BodyOf([]byte(`<a href="//other.example">`))}
	v, err := j.newVisit(&snapshot.Capture{Responses: []*snapshot.Response{main}}, main)
	if err != nil {
		t.Fatal(err)
	}
	v.ctx = t.Context()
	return v
}

// What a page asks of many hosts at once takes no more together than one answer
// may.
func TestVisitPaysAsItReads(t *testing.T) {
	const hosts, limit = 8, 4 << 20
	var all sync.WaitGroup
	all.Add(hosts)
	v := visiting(t, "http://127.0.0.1/", limit)
	errs := make(chan error, hosts)
	for range hosts {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			all.Done()
			all.Wait()
			w.Write(make([]byte, limit-1))
		}))
		t.Cleanup(srv.Close)
		go func() {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/", nil)
			if err == nil {
				_, err = v.resource(req, v.j.transport)
			}
			errs <- err
		}()
	}
	refused := 0
	for range hosts {
		if f, ok := errors.AsType[*snapshot.Fault](<-errs); ok && f.Reason == snapshot.ReasonLimit {
			refused++
		}
	}
	if refused < hosts-1 {
		t.Errorf("%d of %d answers were refused", refused, hosts)
	}
	if v.bytes > 2*limit {
		t.Errorf("%d bytes were read, and %d are allowed", v.bytes, limit)
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://127.0.0.1/more", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.count(req); err == nil {
		t.Error("behind the limit more is asked for")
	}
}

// A page that came by https is not left for http, but where a person says so.
func TestVisitKeepsHTTPS(t *testing.T) {
	v := visiting(t, "https://example.go.id/", 0)
	v.own["http://named.example:80"] = true
	for address, want := range map[string]bool{
		"https://example.go.id/a": true, "https://api.example.go.id/": true, "https://other.example/": true, "http://named.example/": true,
		"http://example.go.id/": false, "http://api.example.go.id/": false, "http://other.example/": false,
	} {
		u, err := egress.CheckURL(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.wayTo(u); (err == nil) != want {
			t.Errorf("%s: %v, want %t", address, err, want)
		}
	}
}
