package extract

import (
	"encoding/hex"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// target is where a link leads: absolute, without what only tracks the reader
// or names his session. A link that leads nowhere else (a fragment of the
// page, a script) has none.
func (w *walker) target(href string) string {
	href = strings.TrimSpace(href)
	if href == "" || href[0] == '#' {
		return ""
	}
	if _, code, ok := strings.Cut(href, "/cdn-cgi/l/email-protection"); ok {
		if code = unprotect(strings.TrimPrefix(code, "#")); code == "" {
			return "" // the address stands in the text
		}
		return mailAddress("mailto:" + code)
	}
	if len(href) > 7 && strings.EqualFold(href[:7], "mailto:") {
		return mailAddress(href)
	}
	u, err := url.Parse(href)
	if err != nil {
		return href
	}
	switch strings.ToLower(u.Scheme) {
	case "javascript", "data", "blob", "about":
		return ""
	}
	if w.base != nil {
		u = w.base.ResolveReference(u)
	}
	u = unwrapped(u)
	if isMedia(u.Path) && random(strings.TrimSuffix(path.Base(u.Path), path.Ext(u.Path))) {
		return ""
	}
	if u.Fragment != "" && w.self != nil && sameButFragment(u, w.self) {
		return ""
	}
	u.RawQuery = withoutTracking(u.RawQuery)
	u.Path = withoutSession(u.Path)
	u.RawPath = withoutSession(u.RawPath)
	u.Host = strings.ToLower(u.Host)
	return u.String()
}

func sameButFragment(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && a.Host == b.Host && a.Path == b.Path && a.RawQuery == b.RawQuery
}

// says tells whether a link's words are its target: then the target adds
// nothing to them, and many sites make such links by script only at times.
func says(text, target string) bool {
	for _, scheme := range []string{"mailto:", "tel:", "https://", "http://"} {
		text, target = strings.TrimPrefix(text, scheme), strings.TrimPrefix(target, scheme)
	}
	target = strings.TrimSuffix(target, "/")
	for _, r := range strings.TrimSuffix(text, "/") {
		if strings.ContainsRune(" -()", r) {
			continue
		}
		target = strings.TrimLeft(target, " -()")
		first, size := utf8.DecodeRuneInString(target)
		if unicode.ToLower(first) != unicode.ToLower(r) {
			return false
		}
		target = target[size:]
	}
	return strings.Trim(target, " -()") == ""
}

// withoutTracking drops the parameters that change with the reader and not
// with the target; the order of the others stays.
func withoutTracking(query string) string {
	if query == "" {
		return ""
	}
	var keep []string
	for p := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(p, "=")
		if !tracking(strings.ToLower(name), value) {
			keep = append(keep, p)
		}
	}
	return strings.Join(keep, "&")
}

func tracking(name, value string) bool {
	switch name {
	case "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "igshid", "igsh", "srsltid", "gclsrc", "gad_source",
		"signature", "key-pair-id", "mc_cid", "mc_eid", "_ga", "_gl", "_hsenc", "_hsmi", "__hstc", "__hssc", "__hsfp", "vero_id", "oly_enc_id",
		"ref_src", "ref_url", "referrer", "referer", "cmpid", "wt.mc_id", "s_cid", "trk", "spm", "_openstat", "campaign_id", "ad_id",
		"phpsessid", "jsessionid", "sessionid", "session_id", "cfid", "cftoken", "sessid", "aspxautodetectcookiesupport",
		"_token", "csrf", "csrf_token", "csrfmiddlewaretoken", "authenticity_token", "__requestverificationtoken", "cachebuster", "nocache":
		return true
	case "sid", "session", "s", "token", "nonce":
		// Some sites name an article so: only what looks drawn at random goes.
		return random(value)
	case "v", "ver", "t", "ts", "_", "cb", "rnd", "rand", "random", "time", "timestamp", "hash", "build", "rev":
		return stamp(value) || random(value)
	case "ref", "from", "src":
		return value != "" && strings.Trim(strings.ToLower(value), "abcdefghijklmnopqrstuvwxyz_-") == ""
	}
	if value == "" {
		return stamp(name)
	}
	for _, prefix := range []string{"utm_", "aspsessionid", "x-amz-", "x-goog-", "pk_", "mtm_", "piwik_", "matomo_", "hsa_", "_nc_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// stamp tells whether a value is an instant or a digest that was put behind an
// address so that no copy of it is kept: seconds since 1970, or hexadecimal. A
// short number may be the version of a document.
func stamp(v string) bool {
	digits := 0
	for _, c := range v {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' || c == '.':
		default:
			return false
		}
	}
	return len(v) >= 10 && digits == len(v) || len(v) >= 8 && digits > 1 && digits < len(v)
}

// unwrapped is the address behind a gateway that counts or warns of those who
// leave a site: the gateway's own parameters are signed anew at every answer.
func unwrapped(u *url.URL) *url.URL {
	switch strings.ToLower(path.Base(u.Path)) {
	case "l.php", "away.php", "url", "redirect", "outgoing", "exit", "leaving", "linkfilter", "video_redirect":
	default:
		if !strings.HasSuffix(u.Host, "safelinks.protection.outlook.com") {
			return u
		}
	}
	q := u.Query()
	for _, name := range []string{"u", "url", "q", "to", "target", "dest", "src"} {
		if in, err := url.Parse(q.Get(name)); err == nil && (in.Scheme == "https" || in.Scheme == "http") && in.Host != "" {
			return in
		}
	}
	return u
}

// mailAddress is a mail link without its parameters. Some sites write the
// address in character references, drawn anew at every answer and escaped once
// too often.
func mailAddress(href string) string {
	href, _, _ = strings.Cut(html.UnescapeString(href), "?")
	if plain, err := url.PathUnescape(href); err == nil {
		href = plain
	}
	return href
}

// random tells whether a value looks like a token: long, of letters and
// digits mixed.
func random(v string) bool {
	digits, letters := 0, 0
	for _, c := range v {
		switch {
		case '0' <= c && c <= '9':
			digits++
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			letters++
		case !strings.ContainsRune("-_%.", c):
			return false
		}
	}
	return digits+letters >= 16 && digits > 1 && letters > 1
}

// withoutSession drops ;jsessionid=... and the /(S(...))/ of ASP.NET from a
// path.
func withoutSession(p string) string {
	if from := strings.Index(p, "/(S("); from >= 0 {
		if end := strings.Index(p[from:], "))/"); end >= 0 {
			p = p[:from] + p[from+end+2:]
		}
	}
	at := strings.Index(strings.ToLower(p), ";jsessionid=")
	if at < 0 {
		return p
	}
	rest := p[at+1:]
	if end := strings.IndexAny(rest, ";/"); end >= 0 {
		return p[:at] + rest[end:]
	}
	return p[:at]
}

// isMedia tells whether a target is a picture, sound or film: it is shown, not
// read, and often lies at an address that is drawn anew for every reader.
func isMedia(p string) bool {
	switch strings.ToLower(path.Ext(p)) {
	case ".mp4", ".webm", ".m3u8", ".mp3", ".m4a", ".ogg", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg":
		return true
	}
	return false
}

// isFile tells whether a target is a document of its own.
func isFile(target string) bool {
	switch strings.ToLower(path.Ext(fileName(target))) {
	case ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".csv", ".rtf", ".odt", ".zip":
		return true
	}
	return false
}

// isDocument tells whether a link leads to a document, or to an address that
// hands one out.
func isDocument(href string) bool {
	if isFile(href) {
		return true
	}
	href = strings.ToLower(href)
	for _, word := range [...]string{"download", "unduh", "lampiran", "attachment", "/files/", "/dokumen/"} {
		if _, which, ok := strings.Cut(href, word); ok && strings.ContainsAny(which, "0123456789=") {
			return true
		}
	}
	return false
}

// fileName is the last part of a target's path.
func fileName(target string) string {
	u, err := url.Parse(target)
	if err != nil || u.Path == "" {
		return ""
	}
	return path.Base(u.Path)
}

// unprotect reads a mail address as Cloudflare hides it from robots: in
// hexadecimal, each byte combined with the first, which changes at every
// answer.
func unprotect(code string) string {
	b, err := hex.DecodeString(strings.TrimSpace(code))
	if err != nil || len(b) < 2 {
		return ""
	}
	for i := range b[1:] {
		b[i+1] ^= b[0]
	}
	return string(b[1:])
}
