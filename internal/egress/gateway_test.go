package egress

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// through is a client whose proxy is the gateway, and the key that the gateway
// showed it.
func through(t *testing.T, g *Gateway) (*http.Client, *string) {
	t.Helper()
	var pin string
	proxy := &url.URL{Scheme: "http", Host: g.Address()}
	conf := &tls.Config{RootCAs: x509.NewCertPool(), VerifyConnection: func(s tls.ConnectionState) error {
		sum := sha256.Sum256(s.PeerCertificates[0].RawSubjectPublicKeyInfo)
		pin = base64.StdEncoding.EncodeToString(sum[:])
		return nil
	}}
	for _, host := range []string{"example.co.id", "127.0.0.1"} {
		c, err := g.certificate(host)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(c.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		conf.RootCAs.AddCert(leaf)
	}
	tr := &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: conf}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}, &pin
}

func TestGateway(t *testing.T) {
	g, err := OpenGateway(func(r *http.Request) (*http.Response, error) {
		switch r.URL.Path {
		case "/refused":
			return nil, &Refused{Address: r.URL.Host, Why: "no"}
		case "/broken":
			return nil, errors.New("secret detail")
		}
		body, err := io.ReadAll(r.Body)
		text := fmt.Sprintf("%s %s %s %q %q %v", r.Method, r.URL, r.Host, r.Header.Get("Proxy-Authorization"), body, err)
		return &http.Response{StatusCode: http.StatusTeapot, Header: http.Header{"X-A": {"1", "2"}, "Connection": {"x"}}, Body: io.NopCloser(strings.NewReader(text))}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	client, pin := through(t, g)
	for _, tt := range []struct {
		method, address, body string
		status                int
		want                  string
	}{
		{"GET", "http://example.co.id/a?b", "", http.StatusTeapot, `GET http://example.co.id/a?b example.co.id "" "" <nil>`},
		{"POST", "https://example.co.id/a", "x=1", http.StatusTeapot, `POST https://example.co.id/a example.co.id "" "x=1" <nil>`},
		{"GET", "https://127.0.0.1:8443/", "", http.StatusTeapot, `GET https://127.0.0.1:8443/ 127.0.0.1:8443 "" "" <nil>`},
		{"GET", "https://example.co.id/refused", "", http.StatusForbidden, "Pantau does not fetch this"},
		{"GET", "http://example.co.id/broken", "", http.StatusBadGateway, "Pantau does not fetch this"},
	} {
		req, err := http.NewRequest(tt.method, tt.address, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Proxy-Authorization", "Basic x")
		req.Host = "other.example" // what the request says of its host is not believed
		if req.URL.Scheme == "http" {
			req.Host = ""
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Errorf("%s %s: %v", tt.method, tt.address, err)
			continue
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != tt.status || !strings.Contains(string(b), tt.want) {
			t.Errorf("%s %s: %d %.200s %v, want %d %s", tt.method, tt.address, resp.StatusCode, b, err, tt.status, tt.want)
		}
		if tt.status == http.StatusTeapot && len(resp.Header.Values("X-A")) != 2 {
			t.Errorf("%s: headers %v", tt.address, resp.Header)
		}
	}
	if *pin != g.Pin() {
		t.Errorf("the key is %s, the pin %s", *pin, g.Pin())
	}
}

// What is no http finds no way through.
func TestGatewayTunnelsNothing(t *testing.T) {
	asked := make(chan string, 10)
	g, err := OpenGateway(func(r *http.Request) (*http.Response, error) {
		asked <- r.URL.String()
		return nil, errors.New("no")
	})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	canary, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer canary.Close()
	reached := make(chan bool, 1)
	go func() {
		if c, err := canary.Accept(); err == nil {
			c.Close()
			reached <- true
		}
	}()
	for name, lines := range map[string]string{
		"bytes in a tunnel":   "CONNECT " + canary.Addr().String() + " HTTP/1.1\r\nHost: x\r\n\r\nSSH-2.0-x\r\n",
		"http in a tunnel":    "CONNECT " + canary.Addr().String() + " HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"a WebSocket":         "GET http://" + canary.Addr().String() + "/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		"a page of the proxy": "GET / HTTP/1.1\r\nHost: " + g.Address() + "\r\nConnection: close\r\n\r\n",
		"a tunnel to nowhere": "CONNECT x HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		c, err := net.Dial("tcp", g.Address())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, lines); err != nil {
			t.Fatal(err)
		}
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.CloseWrite()
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err == nil && resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusOK { // 200 opens a tunnel that leads nowhere
			t.Errorf("%s: %s", name, resp.Status)
		}
		io.Copy(io.Discard, c)
		c.Close()
	}
	select {
	case <-reached:
		t.Error("the canary was reached")
	case a := <-asked:
		t.Errorf("asked for %s", a)
	default:
	}
}
