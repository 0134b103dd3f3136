// Package egress is the one way out of the program: every connection that
// leaves for a source, a channel or a heartbeat is dialled here.
//
// Invariants: the address that is really connected to is judged, on every
// connection and after every redirect; special-purpose networks are refused
// unless the configuration allows them for this use, and the metadata services
// of clouds always; only http and https are spoken; certificates are always
// verified.
package egress

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// special are the special-purpose networks of the IANA registries for IPv4 and
// IPv6 (RFC 6890 and its successors), with multicast and the deprecated
// site-local range.
func special() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
		netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.31.196.0/24"),
		netip.MustParsePrefix("192.52.193.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("192.175.48.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
		netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("224.0.0.0/4"), netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("::/96"), // unspecified, loopback and IPv4-compatible
		netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("100:0:0:1::/64"),
		netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2620:4f:8000::/48"),
		netip.MustParsePrefix("3fff::/20"), netip.MustParsePrefix("5f00::/16"), netip.MustParsePrefix("fc00::/7"),
		netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("fec0::/10"), netip.MustParsePrefix("ff00::/8"),
	}
}

// metadata are the addresses at which clouds hand out credentials. No
// configuration opens them.
func metadata() []netip.Addr {
	return []netip.Addr{
		netip.MustParseAddr("169.254.169.254"), netip.MustParseAddr("169.254.170.2"), netip.MustParseAddr("169.254.170.23"),
		netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("168.63.129.16"), netip.MustParseAddr("192.0.0.192"),
		netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("fd00:ec2::23"), netip.MustParseAddr("fd20:ce::254"),
	}
}

// Refused is the error of an address that must not be reached.
type Refused struct {
	Address string
	Why     string
	Key     string // of the configuration that could allow it; empty: none can
}

func (r *Refused) Error() string {
	s := fmt.Sprintf("%s must not be reached: %s", r.Address, r.Why)
	if r.Key != "" {
		s += fmt.Sprintf(" (if it is meant, add its network to `%s`)", r.Key)
	}
	return s
}

// Guard judges addresses.
type Guard struct {
	Allow []netip.Prefix // special-purpose networks that may be reached all the same
	Key   string         // the configuration key that Allow comes from
}

// Check fails with *Refused for an address that must not be connected to.
func (g Guard) Check(a netip.Addr) error {
	for _, x := range faces(a) {
		for _, m := range metadata() {
			if x == m {
				return &Refused{Address: a.String(), Why: "it is a cloud's metadata service"}
			}
		}
		if g.allowed(x) {
			continue
		}
		for _, p := range special() {
			if p.Contains(x) {
				return &Refused{Address: a.String(), Why: "it lies in the special-purpose network " + p.String(), Key: g.Key}
			}
		}
	}
	return nil
}

func (g Guard) allowed(a netip.Addr) bool {
	for _, p := range g.Allow {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// faces are all the addresses that a stands for: itself, and the IPv4 address
// inside IPv4-mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056) and Teredo
// (RFC 4380, obfuscated) ones.
func faces(a netip.Addr) []netip.Addr {
	a = a.Unmap().WithZone("")
	out := []netip.Addr{a}
	if a.Is4() {
		return out
	}
	b := a.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(a):
		out = append(out, netip.AddrFrom4([4]byte(b[12:16])))
	case netip.MustParsePrefix("2002::/16").Contains(a):
		out = append(out, netip.AddrFrom4([4]byte(b[2:6])))
	case netip.MustParsePrefix("2001::/32").Contains(a):
		out = append(out, netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}))
	}
	return out
}

// CheckURL parses an address that is about to be asked for. It refuses what
// two parsers could read differently: user names, backslashes, control
// characters; and every scheme but http and https.
func CheckURL(raw string) (*url.URL, error) {
	for _, r := range raw {
		if r <= ' ' || r == 0x7f || r == '\\' {
			return nil, &Refused{Address: fmt.Sprintf("%q", raw), Why: "it has a blank, a backslash or a control character"}
		}
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, &Refused{Address: fmt.Sprintf("%q", raw), Why: "it is no address: " + strings.TrimPrefix(err.Error(), "parse ")}
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, &Refused{Address: fmt.Sprintf("%q", raw), Why: "only http and https are spoken"}
	case u.User != nil:
		return nil, &Refused{Address: u.Redacted(), Why: "it holds a user name"}
	case u.Hostname() == "" || u.Opaque != "":
		return nil, &Refused{Address: fmt.Sprintf("%q", raw), Why: "it names no host"}
	}
	return u, nil
}
