package crawler

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pantau/internal/snapshot"
)

func TestRedirects(t *testing.T) {
	var srv *httptest.Server
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" {
			t.Errorf("the other host was told %v", r.Header)
		}
		io.WriteString(w, "there")
	})
	away := strings.Replace(other.URL, "127.0.0.1", "localhost", 1) // cookies do not tell ports apart
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, srv.URL+"/ok", http.StatusMovedPermanently)
	}))
	t.Cleanup(secure.Close)
	srv = serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "session=1")
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/other":
			http.Redirect(w, r, away+"/x#part", http.StatusTemporaryRedirect)
		case "/relative":
			http.Redirect(w, r, "./ok?a=b", http.StatusSeeOther)
		case "/session":
			if c, err := r.Cookie("session"); err != nil || c.Value != "1" {
				http.Redirect(w, r, "/session", http.StatusFound)
				return
			}
			io.WriteString(w, "in")
		case "/session-away":
			if _, err := r.Cookie("session"); err != nil {
				http.Redirect(w, r, r.URL.Path, http.StatusFound)
				return
			}
			http.Redirect(w, r, away+"/x", http.StatusFound)
		case "/5", "/4", "/3", "/2", "/1":
			http.Redirect(w, r, fmt.Sprintf("/%c", r.URL.Path[1]-1), http.StatusPermanentRedirect)
		case "/file", "/user", "/private", "/ugly":
			to := map[string]string{"/file": "file:///etc/passwd", "/user": "http://a:b@" + r.Host + "/ok", "/private": "http://10.0.0.1/", "/ugly": "http://go.id\\@" + r.Host + "/ok"}
			w.Header().Set("Location", to[r.URL.Path])
			w.WriteHeader(http.StatusFound)
		default:
			io.WriteString(w, "here")
		}
	})
	tests := []struct {
		path   string
		body   string
		final  string
		hops   int // addresses in the chain; 0: no redirect
		reason string
		words  []string
	}{
		{"/ok", "here", "", 0, "", nil},
		{"/other", "there", away + "/x", 2, "", nil},
		{"/relative", "here", srv.URL + "/ok?a=b", 2, "", nil},
		{"/session", "in", srv.URL + "/session", 2, "", nil},
		{"/session-away", "there", away + "/x", 3, "", nil},
		{"/5", "here", srv.URL + "/0", 6, "", nil},
		{"/loop", "", srv.URL + "/loop", 7, snapshot.ReasonRedirect, []string{"more than 5", srv.URL + "/loop -> " + srv.URL + "/loop"}},
		{"/file", "", "", 2, snapshot.ReasonGuard, []string{"only http and https"}},
		{"/user", "", "", 2, snapshot.ReasonGuard, []string{"user name"}},
		{"/private", "", "http://10.0.0.1/", 2, snapshot.ReasonGuard, []string{"10.0.0.0/8", "network.allow", "redirected: " + srv.URL + "/private -> http://10.0.0.1/"}},
		{"/ugly", "", "", 2, snapshot.ReasonRedirect, []string{"no address"}},
		{secure.URL, "", "", 2, snapshot.ReasonRedirect, []string{"from https down to http", secure.URL, srv.URL + "/ok"}},
	}
	for _, tt := range tests {
		s := page(tt.path)
		if strings.HasPrefix(tt.path, "/") {
			s.URL = srv.URL + tt.path
		}
		s.Access.IgnoreRobots = strings.HasPrefix(s.URL, "https")
		s.Access.CA = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}))
		r := fetch(t, newClient(t, Options{Retries: -1}), s).Responses[0]
		if tt.reason == "" && r.Fault != nil {
			t.Errorf("%s: %v", tt.path, r.Fault)
		} else if tt.reason != "" {
			wantFault(t, r, tt.reason, tt.words...)
		}
		if body := text(t, r); body != tt.body || r.FinalURL != tt.final || len(r.Redirects) != tt.hops {
			t.Errorf("%s: body %q, final %q, chain %q", tt.path, body, r.FinalURL, r.Redirects)
		}
	}
}

// TestCookiesStayWithTheirHost: no domain is believed, for without a list of
// public suffixes go.id could be one.
func TestCookiesStayWithTheirHost(t *testing.T) {
	j := &job{}
	req := httptest.NewRequest(http.MethodGet, "http://www.komdigi.go.id/a", nil)
	resp := &http.Response{Header: http.Header{"Set-Cookie": {"a=1; Domain=go.id; Path=/", "b=2; Domain=komdigi.go.id", "c=3; Path=/x"}}}
	if err := j.keepCookies(resp, req); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{"http://www.komdigi.go.id/": "a=1; b=2", "http://www.komdigi.go.id/x": "c=3; a=1; b=2", "http://jdih.komdigi.go.id/": "", "http://go.id/": "", "http://komdigi.go.id/": ""} {
		out := j.withCookies(httptest.NewRequest(http.MethodGet, address, nil))
		if got := out.Header.Get("Cookie"); got != want {
			t.Errorf("%s is sent %q, want %q", address, got, want)
		}
	}
}

func TestTLS(t *testing.T) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	good, expired := httptest.NewTLSServer(answer), httptest.NewUnstartedServer(answer)
	expired.TLS = &tls.Config{Certificates: []tls.Certificate{outdated(t)}}
	for _, s := range []*httptest.Server{good, expired} {
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		t.Cleanup(s.Close)
	}
	expired.StartTLS()
	ca := func(s *httptest.Server) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
	}
	for _, tt := range []struct {
		name, url, ca, words string
	}{
		{"unknown authority", good.URL, "", "unknown authority"},
		{"named", good.URL, ca(good), ""},
		{"expired", expired.URL, ca(expired), "expired"},
		{"no TLS", strings.Replace(serve(t, answer).URL, "http:", "https:", 1), "", "TLS with"},
	} {
		s := page(tt.url)
		s.Access.CA = tt.ca
		r := fetch(t, newClient(t, Options{Retries: -1}), s).Responses[0]
		if tt.words != "" {
			wantFault(t, r, snapshot.ReasonTLS, tt.words, "`ca`")
		} else if r.Fault != nil || len(r.TLSLeaf) != 64 || r.HeaderSorted {
			t.Errorf("%s: %v, %+v", tt.name, r.Fault, r)
		}
	}
	s := page(good.URL)
	s.Access.CA = "no certificate"
	got, err := newClient(t, Options{}).Fetch(context.Background(), s, snapshot.Validators{}, One(s))
	if err == nil || got == nil || !strings.Contains(err.Error(), "source s") || !strings.Contains(err.Error(), "`ca`") {
		t.Errorf("%v, %v", got, err)
	}
}

// outdated is a certificate of yesterday that signs itself.
func outdated(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestProxy(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-B", r.RequestURI)
		io.WriteString(w, "through")
	}))
	t.Cleanup(proxy.Close)
	s := page("http://jdih.example/a")
	s.Access.Proxy, s.Access.IgnoreRobots = proxy.URL, true
	r := fetch(t, newClient(t, Options{}), s).Responses[0]
	if r.Fault != nil || text(t, r) != "through" || !r.HeaderSorted || r.Get("x-b") != s.URL || "http://"+r.Peer != proxy.URL {
		t.Errorf("%+v", r)
	}
	s.Access.Proxy = "socks5://127.0.0.1:1"
	if _, err := newClient(t, Options{}).Fetch(context.Background(), s, snapshot.Validators{}, One(s)); err == nil || !strings.Contains(err.Error(), "`proxy`") {
		t.Errorf("%v", err)
	}
}
