package egress

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// CheckURL parses an address that is about to be asked for; its host comes
// back in ASCII (RFC 5891) and lower case. It fails with *Refused for every
// scheme but http and https, and for what two parsers could read differently:
// user names, backslashes, blanks, control characters, and IPv4 addresses in
// any form but four decimal numbers.
func CheckURL(raw string) (*url.URL, error) {
	refuse := func(why string) (*url.URL, error) {
		return nil, &Refused{Address: fmt.Sprintf("%.200q", raw), Why: why}
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) {
		return refuse("it has a blank, a backslash or a control character")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return refuse("it is no address")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return refuse("only http and https are spoken")
	case u.User != nil:
		return nil, &Refused{Address: u.Redacted(), Why: "it holds a user name"}
	case u.Hostname() == "" || u.Opaque != "":
		return refuse("it names no host")
	}
	host, err := canonical(u.Hostname())
	if err != nil {
		return refuse(err.Error())
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	u.Host = host
	return u, nil
}

// canonical is the host as it will be looked up. Browsers, proxies and C
// libraries read 0x7f.1, 2130706433 and 0177.0.0.1 as 127.0.0.1, Go as a
// name: who checks one and dials the other has no guard (WHATWG URL, "ends in
// a number").
func canonical(host string) (string, error) {
	if _, err := netip.ParseAddr(host); err == nil {
		return host, nil
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		ascii = strings.ToLower(host) // with an underscore, for one; what is not ASCII is refused below
	}
	if strings.ContainsFunc(ascii, func(r rune) bool { return r > 0x7e }) {
		return "", fmt.Errorf("its host is no name that can be looked up")
	}
	last := strings.TrimSuffix(ascii, ".")
	last = strings.ToLower(last[strings.LastIndexByte(last, '.')+1:])
	if last == "" {
		return "", fmt.Errorf("it names no host")
	}
	number := strings.Trim(last, "0123456789") == "" ||
		strings.HasPrefix(last, "0x") && strings.Trim(last[2:], "0123456789abcdef") == ""
	if _, err := netip.ParseAddr(ascii); number && err != nil {
		return "", fmt.Errorf("its host is an IPv4 address in an unusual form")
	}
	return ascii, nil
}

// literal is the address that a host of CheckURL names without being looked
// up. Nobody may look up localhost elsewhere (RFC 6761, section 6.3).
func literal(host string) (netip.Addr, bool) {
	if name := strings.TrimSuffix(host, "."); name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), true
	}
	a, err := netip.ParseAddr(host)
	return a, err == nil
}
