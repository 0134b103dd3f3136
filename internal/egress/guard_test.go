package egress

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCheck(t *testing.T) {
	inner := Guard{Allow: prefixes("10.1.0.0/16", "::1/128", "fd00:1::/32"), Key: "network.allow"}
	all := Guard{Allow: prefixes("0.0.0.0/0", "::/0"), Key: "network.allow"}
	tests := []struct {
		guard   Guard
		address string
		why     string // part of the refusal; empty: passes
	}{
		{Guard{}, "36.86.63.180", ""},
		{Guard{}, "8.8.8.8", ""},
		{Guard{}, "2404:8000::1", ""},
		{Guard{}, "2606:4700::1111", ""},
		{Guard{}, "127.0.0.1", "127.0.0.0/8"},
		{Guard{}, "0.0.0.0", "0.0.0.0/8"},
		{Guard{}, "0.1.2.3", "0.0.0.0/8"},
		{Guard{}, "100.64.0.1", "100.64.0.0/10"},
		{Guard{}, "100.128.0.1", ""},
		{Guard{}, "172.31.255.255", "172.16.0.0/12"},
		{Guard{}, "172.32.0.0", ""},
		{Guard{}, "192.0.0.8", "192.0.0.0/24"},
		{Guard{}, "198.19.255.255", "198.18.0.0/15"},
		{Guard{}, "255.255.255.255", "240.0.0.0/4"},
		{Guard{}, "239.1.1.1", "224.0.0.0/4"},
		{Guard{}, "::", "::/96"},
		{Guard{}, "::1", "::/96"},
		{Guard{}, "::127.0.0.1", "::/96"},
		{Guard{}, "::ffff:10.0.0.1", "10.0.0.0/8"},
		{Guard{}, "::ffff:0:10.0.0.1", "::ffff:0:0:0/96"},
		{Guard{}, "::ffff:8.8.8.8", ""},
		{Guard{}, "64:ff9b::7f00:1", "127.0.0.0/8"},
		{Guard{}, "64:ff9b::8.8.8.8", ""},
		{Guard{}, "64:ff9b:1::8.8.8.8", "64:ff9b:1::/48"},
		{Guard{}, "2002:c0a8:0001::1", "192.168.0.0/16"},
		{Guard{}, "2002:0808:0808::1", ""},
		{Guard{}, "2001:0:0:0:0:0:f5ff:fffe", "2001::/23"},
		{Guard{}, "fe80::1%eth0", "fe80::/10"},
		{Guard{}, "fec0::1", "fec0::/10"},
		{Guard{}, "fd12::1", "fc00::/7"},
		{Guard{}, "ff02::1", "ff00::/8"},
		{Guard{}, "169.254.169.254", "metadata"},
		{Guard{}, "168.63.129.16", "metadata"},

		{inner, "10.1.2.3", ""},
		{inner, "::ffff:10.1.2.3", ""},
		{inner, "64:ff9b::10.1.2.3", ""},
		{inner, "10.2.0.1", "10.0.0.0/8"},
		{inner, "::1", ""},
		{inner, "fd00:1::7", ""},
		{inner, "127.0.0.1", "127.0.0.0/8"},

		{all, "127.0.0.1", ""},
		{all, "169.254.1.1", ""},
		{all, "169.254.169.254", "metadata"},
		{all, "::ffff:169.254.169.254", "metadata"},
		{all, "64:ff9b::a9fe:a9fe", "metadata"},
		{all, "2002:a9fe:a9fe::", "metadata"},
		{all, "2001::5601:5601", "metadata"}, // Teredo, obfuscated
		{all, "100.100.100.200", "metadata"},
		{all, "fd00:ec2::254", "metadata"},
		{all, "fd00:ec2::254%1", "metadata"},
	}
	for _, tt := range tests {
		err := tt.guard.Check(netip.MustParseAddr(tt.address))
		var refused *Refused
		switch {
		case tt.why == "" && err != nil:
			t.Errorf("%s: %v", tt.address, err)
		case tt.why == "":
		case !errors.As(err, &refused) || !strings.Contains(refused.Why, tt.why):
			t.Errorf("%s: %v, want a refusal for %s", tt.address, err, tt.why)
		case strings.Contains(tt.why, "metadata") && refused.Key != "":
			t.Errorf("%s: the refusal names %s, which cannot allow it", tt.address, refused.Key)
		case !strings.Contains(tt.why, "metadata") && refused.Key != tt.guard.Key:
			t.Errorf("%s: the refusal names %q, want %q", tt.address, refused.Key, tt.guard.Key)
		}
	}
}

func TestRefusedSaysWhatToDo(t *testing.T) {
	err := Guard{Key: "channels.email.allow"}.Check(netip.MustParseAddr("10.0.0.25"))
	if want := "10.0.0.25 must not be reached: it lies in the special-purpose network 10.0.0.0/8 (if it is meant, add its network to `channels.email.allow`)"; err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// TestSpecialInAnyDress draws an address of a special-purpose network of IPv4
// and dresses it in every form that carries IPv4 inside IPv6.
func TestSpecialInAnyDress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SampledFrom(append(prefixes(), special[:18]...)).Draw(t, "network")
		a := p.Addr().As4()
		rest := rapid.Uint32().Draw(t, "host") >> p.Bits()
		a[0], a[1], a[2], a[3] = a[0]|byte(rest>>24), a[1]|byte(rest>>16), a[2]|byte(rest>>8), a[3]|byte(rest)
		if !p.Contains(netip.AddrFrom4(a)) {
			t.Fatalf("%v is not in %s: the test is wrong", a, p)
		}
		dresses := map[string][16]byte{
			"mapped": {10: 0xff, 11: 0xff, 12: a[0], 13: a[1], 14: a[2], 15: a[3]},
			"NAT64":  {1: 0x64, 2: 0xff, 3: 0x9b, 12: a[0], 13: a[1], 14: a[2], 15: a[3]},
			"6to4":   {0: 0x20, 1: 0x02, 2: a[0], 3: a[1], 4: a[2], 5: a[3]},
			"Teredo": {0: 0x20, 1: 0x01, 12: ^a[0], 13: ^a[1], 14: ^a[2], 15: ^a[3]},
		}
		open := Guard{Allow: prefixes("64:ff9b::/96", "2002::/16", "2001::/32")} // the tunnels themselves
		for name, b := range dresses {
			if err := open.Check(netip.AddrFrom16(b)); err == nil {
				t.Errorf("%v passes as %s", a, name)
			}
		}
		if err := open.Check(netip.AddrFrom4(a)); err == nil {
			t.Errorf("%v passes", a)
		}
	})
}
