package egress

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestCheckURL(t *testing.T) {
	tests := []struct {
		raw, want string // want: the address as it is asked for, or "!" and part of the refusal
	}{
		{"http://jdih.komdigi.go.id", "http://jdih.komdigi.go.id"},
		{"HTTPS://JDIH.komdigi.go.id:8443/a/../b?c=d%20e#f", "https://jdih.komdigi.go.id:8443/a/../b?c=d%20e#f"},
		{"http://[2404:8000::1]:80/", "http://[2404:8000::1]:80/"},
		{"http://[fe80::1%25eth0]/", "http://[fe80::1%25eth0]/"},
		{"http://kementerian.go.id./", "http://kementerian.go.id./"},
		{"http://a_b.go.id/", "http://a_b.go.id/"},
		{"http://peraturan.例え.jp/", "http://peraturan.xn--r8jz45g.jp/"},
		{"http://１２７.0.0.1/", "http://127.0.0.1/"},
		{"http://127。0。0。1/", "http://127.0.0.1/"},
		{"http://3.example/", "http://3.example/"},
		{"http://8.8.8.8/", "http://8.8.8.8/"},

		{"file:///etc/passwd", "!only http"},
		{"ftp://go.id/", "!only http"},
		{"gopher://go.id/", "!only http"},
		{"view-source:http://go.id/", "!only http"},
		{"javascript:alert(1)", "!only http"},
		{"//go.id/", "!only http"},
		{"go.id", "!only http"},
		{"", "!only http"},
		{"http:go.id", "!no host"},
		{"http:///path", "!no host"},
		{"http://:80/", "!no host"},
		{"http://./", "!no host"},
		{"http://?a", "!no host"},
		{"http://10.0.0.1\\@go.id/", "!backslash"},
		{"http://go.id\\.10.0.0.1/", "!backslash"},
		{"http:\\\\go.id/", "!backslash"},
		{"http://go.id/a b", "!blank"},
		{" http://go.id/", "!blank"},
		{"http://go.id/\r\nX: y", "!control"},
		{"http://go.id/\x00", "!control"},
		{"http://go.id/\x7f", "!control"},
		{"http://go.id\t/", "!control"},
		{"http://user@go.id/", "!user name"},
		{"http://user:geheim@go.id/", "!user name"},
		{"http://go.id@10.0.0.1/", "!user name"},
		{"http://@go.id/", "!user name"},
		{"http://go.id:port/", "!no address"},
		{"http://go.id:99999999/", "http://go.id:99999999/"},
		{"http://%31%32%37.0.0.1/", "!no address"},
		{"http://[::1/", "!no address"},
		{"http://[127.0.0.1]/", "!no address"},
		{"http://2130706433/", "!unusual form"},
		{"http://0x7f.1/", "!unusual form"},
		{"http://0x7f000001/", "!unusual form"},
		{"http://127.1/", "!unusual form"},
		{"http://0177.0.0.1/", "!unusual form"},
		{"http://127.0.0.1./", "!unusual form"},
		{"http://1.2.3.4.5/", "!unusual form"},
		{"http://go.0xAF/", "!unusual form"},
	}
	for _, tt := range tests {
		u, err := CheckURL(tt.raw)
		var refused *Refused
		want, refusal := strings.CutPrefix(tt.want, "!")
		switch {
		case refusal && (!errors.As(err, &refused) || !strings.Contains(refused.Why, want)):
			t.Errorf("%q: %v, %v; want a refusal for: %s", tt.raw, u, err, want)
		case refusal && strings.Contains(err.Error(), "geheim"):
			t.Errorf("%q: the refusal tells the password: %v", tt.raw, err)
		case !refusal && (err != nil || u.String() != want):
			t.Errorf("%q: %v, %v; want %s", tt.raw, u, err, want)
		}
	}
}

// FuzzCheckURL: what passes reads the same when it is parsed once more, and
// names a host that nobody else would take for another.
func FuzzCheckURL(f *testing.F) {
	for _, s := range []string{"http://go.id/a?b#c", "https://[::1]:8443", "http://10.0.0.1\\@go.id", "http://a@b", "http://0x7f.1", "http://例え.jp", "HTTP://A.B/%2e", "http://a%41", "http://x:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := CheckURL(raw)
		if err != nil {
			if u != nil || !errors.As(err, new(*Refused)) {
				t.Fatalf("%q: %v, %v", raw, u, err)
			}
			return
		}
		again, err := CheckURL(u.String())
		if err != nil || again.String() != u.String() || again.Host != u.Host {
			t.Fatalf("%q passes as %q, which is then %v, %v", raw, u, again, err)
		}
		plain, err := url.Parse(u.String())
		if err != nil || plain.Host != u.Host || plain.User != nil || plain.Hostname() == "" {
			t.Fatalf("%q passes as %q; net/url reads %v, %v", raw, u, plain, err)
		}
		if strings.ContainsAny(u.String(), "\\ \t\r\n\x00") || strings.ContainsAny(u.Host, "@/?#\\") {
			t.Fatalf("%q passes as %q", raw, u)
		}
		name := strings.TrimSuffix(u.Hostname(), ".")
		if last := name[strings.LastIndexByte(name, '.')+1:]; strings.Trim(last, "0123456789") == "" {
			if _, err := netip.ParseAddr(u.Hostname()); err != nil {
				t.Fatalf("%q passes as %q, whose host ends in a number and is no address", raw, u)
			}
		}
	})
}
