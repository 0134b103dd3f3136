package crawler

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pantau/internal/snapshot"
)

func robots(text string, rest http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/robots.txt" {
			rest(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, text)
	}
}

func TestRobots(t *testing.T) {
	tests := []struct {
		name    string
		robots  http.HandlerFunc
		path    string
		reason  string // empty: allowed
		words   string
		pages   int // requests for the page
		robotsN int // for robots.txt
	}{
		{"none", http.NotFound, "/a", "", "", 1, 1},
		{"forbidden file", status(403), "/a", "", "", 1, 1},
		{"empty", robots("", nil), "/a", "", "", 1, 1},
		{"allowed", robots("User-agent: *\nDisallow: /b", nil), "/a", "", "", 1, 1},
		{"forbidden", robots("User-agent: *\nDisallow: /a", nil), "/a?x=y", snapshot.ReasonRobots, "robots.txt forbids /a?x=y", 0, 1},
		{"the query counts", robots("User-agent: *\nDisallow: /*?id=", nil), "/a?id=1", snapshot.ReasonRobots, "forbids", 0, 1},
		{"the longer rule", robots("User-agent: *\nDisallow: /\nAllow: /a", nil), "/a", "", "", 1, 1},
		{"our own rules", robots("User-agent: *\nAllow: /\n\nUser-agent: pantau\nDisallow: /", nil), "/a", snapshot.ReasonRobots, "`robots: ignore`", 0, 1},
		{"another's rules", robots("User-agent: GPTBot\nDisallow: /", nil), "/a", "", "", 1, 1},
		{"a page instead", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html><pre>\nUser-agent: *\nDisallow: /\n</pre></html>")
		}, "/a", "", "", 1, 1},
		{"one bad line", robots("Disallow: /x\nUser-agent: *\nCrawl-delay: soon\nDisallow: /a", nil), "/a", snapshot.ReasonRobots, "forbids", 0, 1},
		{"more bad lines", robots("User-agent:\nDisallow: /x*\xff\nUser-agent: *\nCrawl-delay: NaN\nDisallow: /a", nil), "/a", snapshot.ReasonRobots, "forbids", 0, 1},
		{"larger than is read", robots("User-agent: *\nDisallow: /a\n"+strings.Repeat("# Pasal\n", 100_000), nil), "/a", snapshot.ReasonRobots, "forbids", 0, 1},
		{"larger than is read, and says so", func(w http.ResponseWriter, r *http.Request) {
			text := "User-agent: *\nDisallow: /a\n" + strings.Repeat("# Pasal\n", 100_000)
			w.Header().Set("Content-Length", fmt.Sprint(len(text)))
			io.WriteString(w, text)
		}, "/a", snapshot.ReasonRobots, "forbids", 0, 1},
		{"server error", status(503), "/a", snapshot.ReasonRobots, "503", 0, 3},
		{"too many requests", status(429), "/a", snapshot.ReasonRobots, "429", 0, 3},
		{"cut", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "User-agent: *\n")
		}, "/a", snapshot.ReasonIncomplete, "robots.txt cannot be read", 0, 3},
		{"redirected", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/b.txt", http.StatusFound) }, "/b.txt", "", "", 2, 1},
		{"redirects without end", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/robots.txt", http.StatusFound) }, "/a", "", "", 1, 6},
		{"redirected inwards", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		}, "/a", snapshot.ReasonGuard, "metadata", 0, 3},
		{"away for a moment", moment(robots("User-agent: *\nAllow: /", nil)), "/a", "", "", 1, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d diary
			srv := httptest.NewServer(d.wrap(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/robots.txt" {
					tt.robots(w, r)
					return
				}
				ok(w, r)
			}))
			defer srv.Close()
			c := newClient(t, Options{})
			defer c.Close()
			s := page(srv.URL + tt.path)
			got := fetch(t, c, s)
			if r := got.Responses[len(got.Responses)-1]; tt.reason != "" {
				wantFault(t, r, tt.reason, tt.words, srv.URL)
			} else if r.Fault != nil || text(t, r) != "ok" {
				t.Errorf("%+v", r.Fault)
			}
			if strings.Contains(tt.words, "forbids") && len(got.Responses) != 1 {
				t.Errorf("what is forbidden was tried %d times", len(got.Responses))
			}
			path, _, _ := strings.Cut(tt.path, "?")
			if pages, n := d.count(path), d.count("/robots.txt"); pages != tt.pages || n != tt.robotsN {
				t.Errorf("asked %d times for the page and %d times for robots.txt, want %d and %d", pages, n, tt.pages, tt.robotsN)
			}
			s.Access.IgnoreRobots = true
			if r := fetch(t, c, s).Responses[0]; r.Fault != nil {
				t.Errorf("with permission: %v", r.Fault)
			}
		})
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// moment fails once.
func moment(then http.HandlerFunc) http.HandlerFunc {
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		then(w, r)
	}
}

// TestRobotsOfTheTarget: a redirect leads to what that site or that path
// forbids.
func TestRobotsOfTheTarget(t *testing.T) {
	var d diary
	other := httptest.NewServer(d.wrap(robots("User-agent: *\nDisallow: /", ok)))
	defer other.Close()
	var own diary
	srv := httptest.NewServer(own.wrap(robots("User-agent: *\nDisallow: /private", func(w http.ResponseWriter, r *http.Request) {
		to := "/private/a"
		if r.URL.Path == "/away" {
			to = other.URL + "/a"
		}
		http.Redirect(w, r, to, http.StatusFound)
	})))
	defer srv.Close()
	c := newClient(t, Options{})
	defer c.Close()
	wantFault(t, fetch(t, c, page(srv.URL+"/in")).Responses[0], snapshot.ReasonRobots, "/private/a")
	wantFault(t, fetch(t, c, page(srv.URL+"/away")).Responses[0], snapshot.ReasonRobots, "forbids /a", strings.TrimPrefix(other.URL, "http://"))
	if own.count("/private/a") != 0 || d.count("/a") != 0 {
		t.Error("what is forbidden was asked for")
	}
	if own.count("/robots.txt") != 1 {
		t.Errorf("robots.txt was read %d times", own.count("/robots.txt"))
	}
}

// TestRobotsServeWhileUnreachable: rules once read hold when they are old and
// cannot be read again; they are not forgotten, and not allowed away.
func TestRobotsServeWhileUnreachable(t *testing.T) {
	var d diary
	down := false
	srv := httptest.NewServer(d.wrap(func(w http.ResponseWriter, r *http.Request) {
		if down && r.URL.Path == "/robots.txt" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		robots("User-agent: *\nDisallow: /b", ok)(w, r)
	}))
	defer srv.Close()
	c := newClient(t, Options{})
	defer c.Close()
	look := func(path string) *snapshot.Response { return fetch(t, c, page(srv.URL+path)).Responses[0] }
	if r := look("/a"); r.Fault != nil {
		t.Fatal(r.Fault)
	}
	down = true
	for _, h := range c.hosts {
		h.rules.until = time.Now().Add(-time.Minute) // a day has passed
	}
	if r := look("/a"); r.Fault != nil {
		t.Error(r.Fault)
	}
	wantFault(t, look("/b"), snapshot.ReasonRobots, "forbids /b")
	if n := d.count("/robots.txt"); n != 2 {
		t.Errorf("robots.txt was asked for %d times, want once at the start and once when it was old", n)
	}
}

// TestCrawlDelay: robots.txt is a request too, and what it says holds at once.
func TestCrawlDelay(t *testing.T) {
	var d diary
	srv := httptest.NewServer(d.wrap(robots("User-agent: *\nCrawl-delay: 0.3", ok)))
	defer srv.Close()
	c := newClient(t, Options{})
	defer c.Close()
	s := page(srv.URL)
	s.Access.Delay = time.Millisecond
	for range 2 {
		if r := fetch(t, c, s).Responses[0]; r.Fault != nil {
			t.Fatal(r.Fault)
		}
	}
	if len(d.starts) != 3 || d.least() < 200*time.Millisecond {
		t.Errorf("%d requests, two of them within %s", len(d.starts), d.least())
	}
}

// FuzzRobots: no file stops us from reading rules, and a file whose only rule
// is ours to keep is kept, whatever stands around it.
func FuzzRobots(f *testing.F) {
	f.Add("Crawl-delay: x\nDisallow\nUser-agent\n:\n")
	f.Add("\xef\xbb\xbfUser-agent: a\nUser-agent: b\nAllow: *$*\n")
	f.Fuzz(func(t *testing.T, text string) {
		if g := parseRobots([]byte(text)); g == nil || g.CrawlDelay < 0 && !strings.Contains(strings.ToLower(text), "delay") {
			t.Fatalf("%+v", g)
		}
		if strings.ContainsAny(text, "\r\x00#") || strings.Contains(strings.ToLower(text), "pantau") || strings.Contains(strings.ToLower(text), "allow") {
			return
		}
		if parseRobots([]byte(text + "\n\nUser-agent: Pantau\nDisallow: /secret\n")).Test("/secret/a") {
			t.Fatalf("a rule is lost behind %q", text)
		}
	})
}
