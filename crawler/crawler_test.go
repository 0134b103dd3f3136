package crawler

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pantau/internal/snapshot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loopback lets tests reach their own servers.
func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// newClient is a client that may reach loopback and does not dawdle.
func newClient(t testing.TB, o Options) *Client {
	o.Allow = append(o.Allow, loopback()...)
	if o.Backoff == nil {
		o.Backoff = func(int) time.Duration { return time.Millisecond }
	}
	if o.Spool == "" {
		o.Spool = t.TempDir()
	}
	c := New(o)
	t.Cleanup(c.Close)
	return c
}

// serve starts a server that answers robots.txt by 404 and the rest by h.
func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func page(url string) snapshot.Source {
	return snapshot.Source{ID: "s", Type: snapshot.Page, URL: url}
}

// fetch makes one look that must not fail of itself.
func fetch(t testing.TB, c *Client, s snapshot.Source) *snapshot.Capture {
	t.Helper()
	got, err := c.Fetch(context.Background(), s, snapshot.Validators{}, One(s))
	if err != nil {
		t.Fatalf("Fetch: %v", err)
	}
	t.Cleanup(func() { got.Close() })
	return got
}

func text(t testing.TB, r *snapshot.Response) string {
	t.Helper()
	b, err := r.Body.Bytes()
	if err != nil {
		t.Fatalf("body: %v", err)
	}
	return string(b)
}

// wantFault checks the fault of a response: its reason, and words of its detail.
func wantFault(t testing.TB, r *snapshot.Response, reason string, words ...string) {
	t.Helper()
	if r.Fault == nil {
		t.Fatalf("no fault, want %s; status %d, %d bytes", reason, r.Status, r.Body.Size)
	}
	if r.Fault.Reason != reason || r.Fault.Class != snapshot.Failed {
		t.Errorf("fault %s %s (%v), want failed %s", r.Fault.Class, r.Fault.Reason, r.Fault, reason)
	}
	for _, w := range words {
		if !strings.Contains(r.Fault.Error(), w) {
			t.Errorf("fault %q does not say %q", r.Fault, w)
		}
	}
}

func TestOne(t *testing.T) {
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<html><body>Peraturan</body></html>")
	})
	s := page(srv.URL + "/a?b=c")
	got := fetch(t, newClient(t, Options{Version: "1.2", Contact: "it@example.co.id"}), s)
	if len(got.Responses) != 1 || got.NotModified || got.Source != "s" || got.Finished.Before(got.Started) {
		t.Fatalf("capture %+v", got)
	}
	r := got.Responses[0]
	if r.Fault != nil || r.Status != 200 || r.Attempt != 1 || r.Proto != "HTTP/1.1" || r.Request.URL != s.URL {
		t.Fatalf("response %+v", r)
	}
	body := text(t, r)
	if body != "<html><body>Peraturan</body></html>" || r.Body.Size != int64(len(body)) || r.Body.SHA256 != snapshot.Digest([]byte(body)) {
		t.Errorf("body %q, %+v", body, r.Body)
	}
	if r.WireSize != r.Body.Size || r.WireDigest != r.Body.SHA256 || r.Unframed || r.ContentType != "text/html; charset=utf-8" {
		t.Errorf("evidence of the body: %+v", r)
	}
	if r.Peer != strings.TrimPrefix(srv.URL, "http://") || r.Date.IsZero() || r.HeaderSorted || r.TLSLeaf != "" {
		t.Errorf("evidence of the exchange: %+v", r)
	}
	agent := ""
	for _, h := range r.RequestHeader {
		if h[0] == "User-Agent" {
			agent = h[1]
		}
	}
	if agent != "Pantau/1.2 (regulatory change tracker; +it@example.co.id)" {
		t.Errorf("User-Agent %q of %v", agent, r.RequestHeader)
	}
}

// TestPages crawls as a listing does: next sees every answer in order, and a
// page that it cannot use again.
func TestPages(t *testing.T) {
	hits := map[string]int{}
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hits[r.URL.RawQuery]++
		if r.URL.RawQuery == "page=2" && hits["page=2"] == 1 {
			fmt.Fprint(w, "Request Rejected")
			return
		}
		if r.URL.RawQuery == "page=3" {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, r.URL.RawQuery)
	})
	n := 0
	var seen []string
	next := func(prev *snapshot.Response) (snapshot.Request, bool, error) {
		if prev != nil && prev.Fault != nil {
			seen = append(seen, prev.Fault.Reason)
		} else if prev != nil {
			body := text(t, prev)
			seen = append(seen, body)
			if !strings.HasPrefix(body, "page=") {
				return snapshot.Request{}, false, &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonHTMLForJSON, Detail: "no JSON"}
			}
		}
		n++
		return snapshot.Request{URL: fmt.Sprintf("%s/?page=%d", srv.URL, n), Part: "X", Page: n}, n <= 4, nil
	}
	got, err := newClient(t, Options{}).Fetch(context.Background(), page(srv.URL), snapshot.Validators{}, next)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	if want := "page=1 Request Rejected page=2 status page=4"; strings.Join(seen, " ") != want {
		t.Errorf("next saw %q, want %q", seen, want)
	}
	var log []string
	for _, r := range got.Responses {
		reason := "ok"
		if r.Fault != nil {
			reason = r.Fault.Reason
			if r.Fault.Page != r.Request.Page || r.Fault.Part != "X" || r.Fault.URL != r.Request.URL {
				t.Errorf("fault %+v does not name its request %+v", r.Fault, r.Request)
			}
		}
		log = append(log, fmt.Sprintf("%d.%d %s", r.Request.Page, r.Attempt, reason))
	}
	if want := "1.1 ok,2.1 html-for-json,2.2 ok,3.1 status,3.2 status,3.3 status,4.1 ok"; strings.Join(log, ",") != want {
		t.Errorf("responses %s\nwant      %s", strings.Join(log, ","), want)
	}
	if got.Responses[1].Body.Size == 0 || text(t, got.Responses[1]) != "Request Rejected" {
		t.Error("the unusable answer was not kept")
	}
}
