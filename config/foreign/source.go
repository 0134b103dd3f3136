package foreign

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/andybalholm/cascadia"
	"golang.org/x/text/unicode/norm"

	"pantau/internal/egress"
)

// name takes over what the watch is called.
func (d *draft) name(key string, v any) {
	if d.Name = clean(text(v)); d.Name == "" {
		d.idle(key)
		return
	}
	d.source.Name = d.Name
	d.carry(key)
}

// clean is oneLine of at most 200 characters.
func clean(s string) string {
	s = oneLine(s)
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "..."
	}
	return s
}

// oneLine is a text on one line without what steers a terminal or a reader's
// eye.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// quoted is a value as a note shows it.
func quoted(s string) string {
	s = clean(s)
	if r := []rune(s); len(r) > 80 {
		s = string(r[:80]) + "..."
	}
	return "`" + s + "`"
}

// address takes over what is watched. An address that the crawler would refuse
// is not repeated: it may hold a password.
func (d *draft) address(key, raw string) {
	raw = strings.TrimSpace(raw)
	if d.source.URL != "" {
		d.comment(key, "it is a second address", "make it a source of its own")
		return
	}
	if rest, ok := strings.CutPrefix(raw, "source:"); ok {
		d.comment(key, "the markup itself is watched (source:)", "Pantau watches the text of a page; uncomment it if that will do")
		raw = rest
	}
	if strings.Contains(raw, "{{") || strings.Contains(raw, "{%") {
		d.leave(key, "the address is a template", "write a source for each address it stands for")
		return
	}
	u, err := egress.CheckURL(raw)
	if err != nil {
		d.refuse(key, raw)
		return
	}
	if u.Fragment != "" {
		d.lose(key, "what stands behind # is never sent, and does not tell two sources apart", "two sources may have one address")
		raw, _, _ = strings.Cut(raw, "#")
	}
	d.source.URL = raw
	d.carry(key)
	if a, err := netip.ParseAddr(u.Hostname()); u.Hostname() == "localhost" || err == nil && (a.IsPrivate() || a.IsLoopback()) {
		d.lose(key, "the address is private, and private networks are refused", "name the network in `network.allow`")
	}
	d.judgeExtension(key, u)
}

func (d *draft) refuse(key, raw string) {
	scheme, rest, ok := strings.Cut(raw, "://")
	host, _, _ := strings.Cut(rest, "/")
	switch {
	case !ok:
		d.leave(key, "this is no address of a page", "")
	case scheme != "http" && scheme != "https":
		d.leave(key, "only http and https are spoken, not "+quoted(scheme), "")
	case strings.Contains(host, "@"):
		d.leave(key, "the address holds a user name or password, which is not carried over", "pages behind a log-in cannot be watched by this version")
	default:
		d.leave(key, "the address cannot be used", "write it out with host and path, without blanks")
	}
}

// judgeExtension comments out what is no page by its name.
func (d *draft) judgeExtension(key string, u *url.URL) {
	if d.source.Type == "feed" {
		return // it says itself what it is
	}
	switch strings.ToLower(path.Ext(u.Path)) {
	case ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".odt":
		d.comment(key, "it looks like a document, not a page", "watch the page that links to it, or use `type: document` where this version has it")
	case ".json", ".csv":
		d.comment(key, "it looks like data, not a page", "a source of `type: listing` reads records; it needs `records`, `key` and `fields`")
	case ".rss", ".atom", ".xml":
		d.comment(key, "it looks like a feed, not a page", "a source of `type: feed` reads it, without `select`")
	case ".ics":
		d.comment(key, "it looks like a calendar, not a page", "watch the page that shows the dates")
	}
}

// choose takes over a selector, of CSS or XPath, into select or remove.
func (d *draft) choose(key, expression string, remove bool) {
	css := strings.TrimSpace(expression)
	for _, prefix := range []string{"xpath:", "xpath1:"} {
		if rest, ok := strings.CutPrefix(css, prefix); ok {
			css = strings.TrimSpace(rest)
			d.chooseXPath(key, css, remove)
			return
		}
	}
	if strings.HasPrefix(css, "/") || strings.HasPrefix(css, "(/") || strings.HasPrefix(css, "./") {
		d.chooseXPath(key, css, remove)
		return
	}
	d.chooseCSS(key, css, remove)
}

func (d *draft) chooseCSS(key, css string, remove bool) {
	css = strings.TrimSpace(strings.NewReplacer("\r", " ", "\n", " ", "\t", " ").Replace(css))
	unseen := strings.ContainsFunc(css, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) })
	if _, err := cascadia.ParseGroup(css); err != nil || unseen {
		d.loseSelector(key, "this is no CSS that Pantau reads: "+quoted(css), remove)
		return
	}
	d.keep(key, css, remove)
}

func (d *draft) chooseXPath(key, expression string, remove bool) {
	css, wider, ok := fromXPath(expression)
	if _, err := cascadia.ParseGroup(css); !ok || err != nil {
		d.loseSelector(key, "this XPath has no counterpart in CSS: "+quoted(expression), remove)
		return
	}
	d.keep(key, css, remove)
	if wider {
		d.lose(key, "of "+quoted(expression)+" the whole element is watched, not the bare text in it", "")
	}
}

func (d *draft) keep(key, css string, remove bool) {
	into := &d.source.Select
	if remove {
		into = &d.source.Remove
	}
	if !slices.Contains(*into, css) {
		*into = append(*into, css)
	}
	d.carry(key)
}

func (d *draft) loseSelector(key, why string, remove bool) {
	if remove {
		d.lose(key, why, "more of the page counts; give `remove` in CSS")
		return
	}
	d.lose(key, why, "more of the page is watched; give `select` in CSS")
}

// every takes over an interval in seconds.
func (d *draft) every(key string, seconds float64) {
	if !(seconds >= 1) || seconds > 10*365*24*3600 {
		d.lose(key, "the interval is none that a schedule can have", "give a `schedule`; every hour is the default")
		return
	}
	n := int64(seconds)
	switch {
	case n%3600 == 0:
		d.source.Schedule = "@every " + strconv.FormatInt(n/3600, 10) + "h"
	case n%60 == 0:
		d.source.Schedule = "@every " + strconv.FormatInt(n/60, 10) + "m"
	default:
		d.source.Schedule = "@every " + strconv.FormatInt(n, 10) + "s"
	}
	d.carry(key)
}

// timeout takes over how long an answer may take.
func (d *draft) timeout(key string, v any) {
	s, err := strconv.ParseFloat(strings.TrimSpace(text(v)), 64)
	if err != nil || !(s >= 0.001) || s > 3600 {
		d.lose(key, "no time-out, or one that cannot be read", "Pantau waits 30 s for an answer to begin, and 10 minutes for a whole look; `timeout` and `deadline` say otherwise")
		return
	}
	d.source.Timeout = time.Duration(s * float64(time.Second)).Round(time.Millisecond).String()
	d.carry(key)
}

// proxy takes over a proxy that holds no secret.
func (d *draft) proxy(key string, v any) {
	raw := strings.TrimSpace(text(v))
	u, err := url.Parse(raw)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.User != nil, u.Hostname() == "",
		strings.Trim(u.Path, "/") != "", strings.Contains(raw, "${"), oneLine(raw) != raw:
		d.comment(key, "the proxy holds a password, or is none of http and https", "give `proxy`, with the password as ${NAME}")
	case d.source.Proxy == "" || d.source.Proxy == raw:
		d.source.Proxy = raw
		d.carry(key)
	default:
		d.lose(key, "a source has one proxy, for http and https", "")
	}
}

// topic takes over tags.
func (d *draft) topic(key string, tags ...string) {
	for _, t := range tags {
		if t = clean(t); t != "" && !slices.Contains(d.source.Topics, t) {
			d.source.Topics = append(d.source.Topics, t)
		}
	}
	d.carry(key)
}

// harmless headers change how the crawler is seen, not what it reads.
var harmless = regexp.MustCompile(`(?i)^(user-agent|accept|accept-encoding|cache-control|pragma|dnt|connection|upgrade-insecure-requests|sec-fetch-[a-z]+|sec-ch-ua[a-z-]*)$`)

// headers lists what would be sent besides; names only, never values.
func (d *draft) headers(key string, v any) {
	if empty(v) {
		d.idle(key)
		return
	}
	o, ok := v.(object)
	if !ok {
		d.comment(key, "headers are not carried over", "Pantau sends its own; a page that answers only with others cannot be watched by this version")
		return
	}
	for _, m := range o {
		own := key + "." + clean(m.key)
		if harmless.MatchString(m.key) {
			d.lose(own, "Pantau sends its own headers, and a User-Agent that names it", "`network.contact` tells a site whom to write to")
			continue
		}
		d.comment(own, "headers are not carried over, their values not shown", "if the page answers the same without it, uncomment the source")
	}
}

// Identify gives every source an id: of its name, else of its host and path.
// Where two would be the same, the later one has a digest of what it watches
// behind it, so that the order of a file matters to no other.
func Identify(watches []Watch) {
	taken := map[string]bool{}
	for i := range watches {
		s := watches[i].Source
		if s == nil {
			continue
		}
		base := slug(s.Name)
		if len(base) < 2 {
			base = slug(placeOf(s.URL))
		}
		if base == "" {
			base = "source"
		}
		s.ID = base
		sum := sha256.Sum256([]byte(strings.Join(append([]string{s.URL, s.Name}, append(s.Select, s.Remove...)...), "\x00")))
		for n := 0; taken[s.ID]; n++ {
			s.ID = base + "-" + hex.EncodeToString(sum[:3])
			if n > 0 {
				s.ID += "-" + strconv.Itoa(n+1)
			}
		}
		taken[s.ID] = true
	}
}

func placeOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Hostname(), "www.") + " " + strings.TrimSuffix(u.Path, path.Ext(u.Path))
}

// slug is a text in the letters of an id.
func slug(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() > 100 {
			break
		}
	}
	out := b.String()
	if len(out) > 48 {
		out = out[:48]
		if i := strings.LastIndexByte(out, '-'); i > 16 {
			out = out[:i]
		}
	}
	return strings.Trim(out, "-")
}
