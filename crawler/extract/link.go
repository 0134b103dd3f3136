package extract

import (
	"encoding/hex"
	"net/url"
	"path"
	"strings"
)

// target is where a link leads: absolute, without what only tracks the reader
// or names his session. A link that leads nowhere else (a fragment of the
// page, a script) has none.
func (w *walker) target(href string) string {
	href = strings.TrimSpace(href)
	if href == "" || href[0] == '#' {
		return ""
	}
	if _, code, ok := strings.Cut(href, "/cdn-cgi/l/email-protection#"); ok {
		return "mailto:" + unprotect(code)
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
	if u.Fragment != "" && w.base != nil && sameButFragment(u, w.base) {
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
	case "fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid", "igshid",
		"mc_cid", "mc_eid", "_ga", "_gl", "_hsenc", "_hsmi",
		"phpsessid", "jsessionid", "sessionid", "session_id", "cfid", "cftoken",
		"_token", "csrf_token", "csrfmiddlewaretoken", "authenticity_token":
		return true
	case "sid", "session", "s", "token", "nonce":
		// Some sites name an article so: only what looks drawn at random goes.
		return random(value)
	}
	return strings.HasPrefix(name, "utm_") || strings.HasPrefix(name, "aspsessionid")
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

// withoutSession drops ;jsessionid=... from a path.
func withoutSession(p string) string {
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

// isFile tells whether a target is a document of its own.
func isFile(target string) bool {
	switch strings.ToLower(path.Ext(fileName(target))) {
	case ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".csv", ".rtf", ".odt", ".zip":
		return true
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
