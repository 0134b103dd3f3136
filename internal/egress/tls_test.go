package egress

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// certificate is one of a chain, with its key.
type certificate struct {
	der []byte
	x   *x509.Certificate
	key *ecdsa.PrivateKey
}

func (c *certificate) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.der}))
}

// issue makes a certificate; by is nil for a root.
func issue(t *testing.T, name string, by *certificate, until time.Time) *certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &certificate{key: key}
	want := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until, BasicConstraintsValid: true}
	if name == "leaf" {
		want.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		want.KeyUsage, want.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	} else {
		want.IsCA, want.KeyUsage = true, x509.KeyUsageCertSign
	}
	parent, signer := want, key
	if by != nil {
		parent, signer = by.x, by.key
	}
	if c.der, err = x509.CreateCertificate(rand.Reader, want, parent, &key.PublicKey, signer); err != nil {
		t.Fatal(err)
	}
	if c.x, err = x509.ParseCertificate(c.der); err != nil {
		t.Fatal(err)
	}
	return c
}

// serveTLS answers every request with the chain given, leaf first.
func serveTLS(t *testing.T, chain ...*certificate) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") }))
	pair := tls.Certificate{PrivateKey: chain[0].key}
	for _, c := range chain {
		pair.Certificate = append(pair.Certificate, c.der)
	}
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func TestTLS(t *testing.T) {
	soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	root := issue(t, "root", nil, soon)
	middle := issue(t, "middle", root, soon)
	leaf := issue(t, "leaf", middle, soon)
	stranger := issue(t, "stranger", nil, soon)
	tests := []struct {
		name  string
		chain []*certificate
		ca    string
		ok    bool
	}{
		{"unknown root", []*certificate{leaf, middle}, "", false},
		{"own root", []*certificate{leaf, middle}, root.pem(), true},
		{"missing intermediate", []*certificate{leaf}, root.pem(), false},
		{"missing intermediate, named", []*certificate{leaf}, middle.pem(), true},
		{"both named", []*certificate{leaf}, root.pem() + middle.pem(), true},
		{"another's root", []*certificate{leaf, middle}, stranger.pem(), false},
		{"expired", []*certificate{issue(t, "leaf", middle, past), middle}, root.pem(), false},
		{"expired intermediate", []*certificate{leaf, issue(t, "middle", root, past)}, root.pem(), false},
		{"an intermediate that was not named signs", []*certificate{issue(t, "leaf", stranger, soon), stranger}, middle.pem(), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			srv := serveTLS(t, tt.chain...)
			tr := transport(t, Policy{Guard: local(), CA: tt.ca})
			_, w, err := get(t, tr, srv.URL)
			if !tt.ok {
				if !errors.As(err, new(*HandshakeError)) || !errors.As(err, new(*tls.CertificateVerificationError)) {
					t.Fatalf("%v, want a certificate that cannot be verified", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := fingerprint([]*x509.Certificate{tt.chain[0].x}); w.TLSLeaf != want || len(want) != 64 {
				t.Errorf("fingerprint %s, want %s", w.TLSLeaf, want)
			}
			if w.Sorted || len(w.Header) == 0 {
				t.Errorf("the order of the headers was not seen: %+v", w)
			}
		})
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	root := issue(t, "root", nil, time.Now().Add(time.Hour))
	leaf := issue(t, "leaf", root, time.Now().Add(time.Hour))
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.der}, PrivateKey: leaf.key}}}
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	if _, _, err := get(t, transport(t, Policy{Guard: local(), CA: root.pem()}), srv.URL); !errors.As(err, new(*HandshakeError)) {
		t.Errorf("%v, want a handshake that failed", err)
	}
}

func TestUnreadablePolicy(t *testing.T) {
	for _, p := range []Policy{{CA: "no PEM"}, {Proxy: "socks5://127.0.0.1:1"}, {Proxy: "127.0.0.1:3128"}, {Proxy: "http://"}, {Proxy: "http://:3128"}, {Proxy: "http://\x7f"}} {
		if tr, err := NewTransport(p); err == nil || tr != nil {
			t.Errorf("%+v: %v, %v", p, tr, err)
		}
		if c, err := NewClient(p, time.Second); err == nil || c != nil {
			t.Errorf("%+v: %v, %v", p, c, err)
		}
	}
}
