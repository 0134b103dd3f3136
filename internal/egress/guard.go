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
	"slices"
)

// special are the special-purpose networks of the IANA registries for IPv4 and
// IPv6 (RFC 6890 and its successors), with multicast and the deprecated
// site-local range. netip's own predicates miss a third of them.
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
	"192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"224.0.0.0/4", "240.0.0.0/4",
	"::/96",           // unspecified, loopback and IPv4-compatible
	"::ffff:0:0:0/96", // IPv4-translated (RFC 2765)
	"64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "2620:4f:8000::/48",
	"3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
)

// metadata are the addresses at which clouds hand out credentials. No
// configuration opens them.
var metadata = prefixes(
	"169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "100.100.100.200/32", "168.63.129.16/32",
	"192.0.0.192/32", "fd00:ec2::254/128", "fd00:ec2::23/128", "fd20:ce::254/128",
)

// The networks that carry an IPv4 address inside.
var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052
	sixTo4 = netip.MustParsePrefix("2002::/16")    // RFC 3056
	teredo = netip.MustParsePrefix("2001::/32")    // RFC 4380, the address obfuscated
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

func holding(list []netip.Prefix, a netip.Addr) (netip.Prefix, bool) {
	i := slices.IndexFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
	if i < 0 {
		return netip.Prefix{}, false
	}
	return list[i], true
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

// Guard judges addresses. The zero Guard lets the public internet pass.
type Guard struct {
	Allow []netip.Prefix // special-purpose networks that may be reached all the same
	Key   string         // the configuration key that Allow comes from
}

// Check fails with *Refused for an address that must not be connected to.
func (g Guard) Check(a netip.Addr) error {
	for _, x := range faces(a) {
		if _, ok := holding(metadata, x); ok {
			return &Refused{Address: a.String(), Why: "it is a cloud's metadata service"}
		}
		if _, ok := holding(g.Allow, x); ok {
			continue
		}
		if p, ok := holding(special, x); ok {
			return &Refused{Address: a.String(), Why: "it lies in the special-purpose network " + p.String(), Key: g.Key}
		}
	}
	return nil
}

// faces are all the addresses that a stands for: itself, and the IPv4 address
// inside IPv4-mapped (RFC 4291), NAT64, 6to4 and Teredo ones.
func faces(a netip.Addr) []netip.Addr {
	a = a.Unmap().WithZone("")
	out := []netip.Addr{a}
	if a.Is4() {
		return out
	}
	b := a.As16()
	switch {
	case nat64.Contains(a):
		out = append(out, netip.AddrFrom4([4]byte(b[12:16])))
	case sixTo4.Contains(a):
		out = append(out, netip.AddrFrom4([4]byte(b[2:6])))
	case teredo.Contains(a):
		out = append(out, netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}))
	}
	return out
}
