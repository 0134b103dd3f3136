package config

import (
	"cmp"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pantau/diff/topic"
	"pantau/internal/egress"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// builder makes the values of a file, and reports what the schema cannot see.
type builder struct {
	*reporter
	folder string
	env    func(string) (string, bool)
	known  []*Preset // in force
	open   bool      // a preset is read: its address may have places that a source fills
}

// at reports a problem with a value.
func (b *builder) at(n *node, format string, args ...any) {
	b.report(n.line, n.column, format, args...)
}

func (b *builder) build(root *node) *Config {
	c := &Config{
		Database:  b.database(root.get("database")),
		Timezone:  b.timezone(root.get("timezone"), "Asia/Jakarta"),
		Language:  cmp.Or(root.get("language").text(), "id"),
		Listen:    b.listen(root.get("listen")),
		Heartbeat: b.heartbeat(root.get("heartbeat")),
		Retention: Retention{Unchanged: b.duration(root.get("retention").get("unchanged"), 30*24*time.Hour)},
		Network:   b.network(root.get("network")),
		Browser:   Browser{Path: root.get("browser").get("path").text(), Unboxed: root.get("browser").get("sandbox").says(false)},
		Presets:   b.known,
	}
	if folder := root.get("presets").text(); folder != "" {
		c.PresetFolder = b.beside(folder)
	}
	c.Topics = b.topics(root.get("dictionary"), root.get("topics"))
	c.Channels = b.channels(root.get("channels"))
	declared := root.get("channels")
	for _, n := range root.get("administrators").all() {
		c.Administrators = append(c.Administrators, b.channelRef(n, declared, c.Channels))
	}
	c.Sources = b.sources(root.get("sources"), c)
	c.Follows = b.follows(root.get("follow"), c.Sources)
	c.Subscriptions = b.subscriptions(root.get("subscribers"), declared, c)
	return c
}

func (b *builder) database(n *node) string {
	value := b.secret(n)
	if value == "" {
		return b.beside("pantau.db")
	}
	scheme, _, isAddress := strings.Cut(value, "://")
	if !isAddress {
		if strings.HasPrefix(n.written, "file:") {
			b.at(n, "file:PATH names a file that holds a postgres:// address; for SQLite write the path alone")
		}
		return b.beside(value)
	}
	if scheme != "postgres" && scheme != "postgresql" {
		b.at(n, "expected the path of a file, or postgres://user@host/name")
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		b.at(n, "expected postgres://user@host/name; write a password with signs in it as ${NAME}, which escapes it")
		return ""
	}
	return value
}

func (b *builder) timezone(n *node, otherwise string) string {
	name := n.text()
	if name == "" {
		return otherwise
	}
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		b.at(n, "there is no time zone `%s`; expected a name such as Asia/Jakarta (WIB), Asia/Makassar (WITA), Asia/Jayapura (WIT) or UTC", name)
	}
	return name
}

func (b *builder) listen(n *node) string {
	value := n.text()
	if value == "" {
		return "127.0.0.1:8080"
	}
	if value == Off {
		return value
	}
	_, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		b.at(n, "expected an address and a port, such as 127.0.0.1:8080, or off")
	}
	return value
}

func (b *builder) heartbeat(n *node) string {
	value := b.secret(n)
	if value == "" {
		return ""
	}
	if _, err := egress.CheckURL(value); err != nil {
		b.at(n, "expected an http:// or https:// address without a user name")
	}
	return value
}

// address is an http or https address that is no secret.
func (b *builder) address(n *node) *url.URL {
	raw := n.text()
	if raw == "" {
		return nil
	}
	if strings.Contains(raw, "${") {
		b.at(n, "references to the environment are read in secrets only; write the address out")
		return nil
	}
	u, err := egress.CheckURL(raw)
	if err != nil {
		why := err.Error()
		if r, ok := err.(*egress.Refused); ok {
			why = r.Why
		}
		b.at(n, "this address cannot be used: %s; expected http://host/path or https://host/path", why)
		return nil
	}
	return u
}

func (b *builder) duration(n *node, otherwise time.Duration) time.Duration {
	if n.text() == "" {
		return otherwise
	}
	d, ok := quantity(n.text(), nanoseconds)
	if !ok {
		b.at(n, "this is longer than can be counted")
	}
	return time.Duration(d)
}

func (b *builder) size(n *node, otherwise int64) int64 {
	if n.text() == "" {
		return otherwise
	}
	size, ok := quantity(n.text(), bytesIn)
	if !ok || size < 1 {
		b.at(n, "expected at least 1B, and what can be counted")
	}
	return size
}

func (b *builder) network(n *node) Network {
	return Network{
		Allow:   b.prefixes(n.get("allow")),
		Contact: n.get("contact").text(),
		Hosts:   n.get("hosts").number(8),
		Access: b.access(n, snapshot.Access{
			Delay: time.Second, Timeout: 30 * time.Second,
			WireLimit: 50e6, DecodedLimit: 200e6, RatioLimit: 200,
		}),
	}
}

// access is base with what n says otherwise.
func (b *builder) access(n *node, base snapshot.Access) snapshot.Access {
	a := base
	if p := n.get("proxy"); p != nil {
		a.Proxy = b.proxy(p)
	}
	if ca := n.get("ca"); ca != nil {
		a.CA = b.certificates(ca)
	}
	a.IgnoreRobots = n.get("robots").text() == "ignore"
	a.Delay = b.duration(n.get("delay"), a.Delay)
	a.Timeout = b.positive(n.get("timeout"), a.Timeout)
	a.Deadline = b.positive(n.get("deadline"), a.Deadline)
	limits := n.get("limits")
	a.WireLimit = b.size(limits.get("wire"), a.WireLimit)
	a.DecodedLimit = b.size(limits.get("decoded"), a.DecodedLimit)
	a.RatioLimit = limits.get("ratio").number(a.RatioLimit)
	return a
}

func (b *builder) positive(n *node, otherwise time.Duration) time.Duration {
	d := b.duration(n, otherwise)
	if n.text() != "" && d <= 0 {
		b.at(n, "must be longer than nothing; leave it out for the default")
	}
	return d
}

func (b *builder) proxy(n *node) string {
	value := b.secret(n)
	if value == "" {
		return ""
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
		b.at(n, "expected a proxy such as http://proxy.example.co.id:3128")
	}
	return value
}

// largestCA is what a file of certificates may measure, in bytes.
const largestCA = 1 << 20

func (b *builder) certificates(n *node) string {
	if n.text() == "" {
		return ""
	}
	text, err := readFile(b.beside(n.text()), largestCA)
	if err != nil {
		b.at(n, "the certificates cannot be read: %v", err)
		return ""
	}
	count := 0
	for rest := text; ; count++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			b.at(n, "the file %s holds a %s; only certificates belong in it", n.text(), block.Type)
			return ""
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			b.at(n, "certificate %d in %s cannot be read: %v", count+1, n.text(), err)
			return ""
		}
	}
	if count == 0 {
		b.at(n, "there is no certificate in %s; expected PEM text (-----BEGIN CERTIFICATE-----)", n.text())
	}
	return string(text)
}

// prefixes are networks. What is wider than any private network is refused:
// allowing it would switch the guard off.
func (b *builder) prefixes(n *node) []netip.Prefix {
	var out []netip.Prefix
	for _, item := range n.all() {
		text := item.text()
		if text == "" {
			continue
		}
		p, err := netip.ParsePrefix(text)
		least := 8
		if err == nil && p.Addr().Is6() {
			least = 7
		}
		switch {
		case err != nil:
			if a, addrErr := netip.ParseAddr(text); addrErr == nil && a.Zone() == "" {
				b.at(item, "expected a network; for this one address write %s/%d", text, a.BitLen())
			} else {
				b.at(item, "expected a network such as 10.0.0.0/8 or fd00::/8")
			}
		case p.Addr().Is4In6():
			b.at(item, "write an IPv4 network as such, 10.0.0.0/8")
		case p.Bits() < least:
			b.at(item, "%s is wider than any private network, and would open all of them; name the networks that are needed", text)
		case p != p.Masked():
			b.at(item, "%s is an address in a network; the network is %s", text, p.Masked())
		}
		out = append(out, p)
	}
	return out
}

// resolve is the text of Config.Resolved. The order of the file counts, white
// space and comments do not.
func (b *builder) resolve(root *node, c *Config) []byte {
	type network struct {
		Allow   []netip.Prefix  `json:"allow,omitempty"`
		Contact string          `json:"contact,omitempty"`
		Access  snapshot.Access `json:"access"`
	}
	v := struct {
		Database       string                    `json:"database"`
		Timezone       string                    `json:"timezone"`
		Language       string                    `json:"language"`
		Listen         string                    `json:"listen"`
		Administrators []string                  `json:"administrators,omitempty"`
		Heartbeat      string                    `json:"heartbeat,omitempty"`
		Unchanged      time.Duration             `json:"retention_unchanged"`
		Network        network                   `json:"network"`
		Topics         []topic.Topic             `json:"topics,omitempty"`
		Sources        []snapshot.Source         `json:"sources"`
		Follows        []notify.Follow           `json:"follows,omitempty"`
		Subscriptions  []notify.Subscription     `json:"subscriptions,omitempty"`
		Channels       map[string]map[string]any `json:"channels,omitempty"`
	}{
		Database: "pantau.db", Timezone: c.Timezone, Language: c.Language, Listen: c.Listen,
		Administrators: c.Administrators, Unchanged: c.Retention.Unchanged,
		Network: network{c.Network.Allow, c.Network.Contact, c.Network.Access},
		Topics:  c.Topics.Topics(),
		Follows: c.Follows, Subscriptions: c.Subscriptions, Channels: redactedChannels(root.get("channels")),
	}
	if n := root.get("database"); n != nil {
		v.Database = n.written
		if strings.Contains(n.written, "://") {
			v.Database = redacted(n.written, false)
		}
	}
	if n := root.get("heartbeat"); n != nil {
		v.Heartbeat = redacted(n.written, true)
	}
	common := root.get("network").get("proxy")
	if common != nil {
		v.Network.Access.Proxy = redacted(common.written, false)
	}
	for i, n := range root.get("sources").all() {
		s := c.Sources[i]
		if own := cmp.Or(n.get("proxy"), common); own != nil {
			s.Access.Proxy = redacted(own.written, false)
		}
		v.Sources = append(v.Sources, s)
	}
	out, err := json.Marshal(v)
	if err != nil {
		panic("config: " + err.Error()) // only plain values come here
	}
	return out
}
