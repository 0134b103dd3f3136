package config

import (
	"regexp"
	"strings"
)

// Lines of the file are shown beside problems, also of files that cannot be
// parsed; so what may not be shown is found line by line and not in the tree.
// Blots are as long as what they cover, which keeps carets in their place.
var (
	pair        = regexp.MustCompile(`(["']?)([A-Za-z0-9_-]+)(["']?\s*:(?:\s+|$))`)
	plainSecret = regexp.MustCompile(`(?i)token|webhook|secret|passw|heartbeat|api_?key|credential`)
	wholly      = regexp.MustCompile(`^["']?(\$\{[A-Za-z_][A-Za-z0-9_]*\}|file:[^"']*)["']?$`)
	inAddress   = regexp.MustCompile(`://[^\s:/@"']*:([^\s"']*)@`)
	inQuery     = regexp.MustCompile(`(?i)[?&](?:password|token|key|secret)=([^&\s"']+)`)
	slackSecret = regexp.MustCompile(`xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+|hooks\.slack\.com/[^\s"',}]+`)
	opened      = regexp.MustCompile(`^([|>][-+0-9]*)?\s*(#.*)?$`)
)

// shownInChannel are the keys of a channel that hold no secret; server is an
// address, whose password is blotted out as everywhere.
const shownInChannel = " type from api allow server "

// shown is the lines of a file as they may be shown.
func shown(text string) []string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	m := masker{open: -1}
	for i, l := range lines {
		lines[i] = m.line(strings.TrimSuffix(l, "\r"))
	}
	return lines
}

type masker struct {
	channels bool // inside the section of channels
	open     int  // indent of a key whose secret goes on on the next lines; -1: none
}

func (m *masker) line(l string) string {
	trimmed := strings.TrimLeft(l, " \t")
	indent := len(l) - len(trimmed)
	if trimmed == "" {
		return l
	}
	if m.open >= 0 && indent > m.open {
		return l[:indent] + blot(trimmed)
	}
	m.open = -1
	if indent == 0 && trimmed[0] != '#' {
		m.channels = strings.HasPrefix(trimmed, "channels") || strings.HasPrefix(strings.Trim(trimmed, `"'`), "channels")
	}
	l = m.values(l, indent)
	l = blotGroup(l, inAddress, 1)
	l = blotGroup(l, inQuery, 1)
	return blotGroup(l, slackSecret, 0)
}

// values blots out what stands behind the keys of secrets.
func (m *masker) values(l string, indent int) string {
	flow := strings.ContainsAny(l, "{[")
	for at := 0; ; {
		k := pair.FindStringSubmatchIndex(l[at:])
		if k == nil {
			return l
		}
		name, from := l[at+k[4]:at+k[5]], at+k[1]
		at = from
		secret := plainSecret.MatchString(name)
		if m.channels && !strings.Contains(shownInChannel, " "+name+" ") {
			secret = true
		}
		rest := l[from:]
		if !secret || strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[") {
			continue
		}
		if opened.MatchString(rest) {
			// In the section of channels a key without a value is a channel.
			if plainSecret.MatchString(name) || rest != "" && rest[0] != '#' {
				m.open = indent
			}
			return l
		}
		to := from + extent(rest, flow)
		if l[from] == '"' || l[from] == '\'' {
			if to == len(l) && (to-from < 2 || l[to-1] != l[from]) {
				m.open = indent // the quotes end on a later line
			}
		}
		covered := l[from:to]
		if !wholly.MatchString(strings.TrimRight(covered, " \t")) {
			covered = blot(covered)
		}
		l, at = l[:from]+covered+l[to:], from+len(covered)
	}
}

// extent is the length of the value that s begins with: to its closing quote,
// or to what can end a plain value there.
func extent(s string, flow bool) int {
	if q := s[0]; q == '"' || q == '\'' {
		for i := 1; i < len(s); i++ {
			switch {
			case q == '"' && s[i] == '\\':
				i++
			case s[i] == q && q == '\'' && i+1 < len(s) && s[i+1] == q:
				i++
			case s[i] == q:
				return i + 1
			}
		}
		return len(s)
	}
	if flow {
		if i := strings.IndexAny(s, ",}"); i >= 0 && !strings.HasPrefix(s, "${") {
			return i
		} else if close := strings.IndexByte(s, '}'); i >= 0 && close >= 0 {
			if j := strings.IndexAny(s[close+1:], ",}"); j >= 0 {
				return close + 1 + j
			}
		}
	}
	return len(s)
}

// blot covers every character with a star.
func blot(s string) string { return strings.Repeat("*", len([]rune(s))) }

// blotGroup covers a group of every match, unless it is a mere reference.
func blotGroup(l string, re *regexp.Regexp, group int) string {
	var b strings.Builder
	end := 0
	for _, m := range re.FindAllStringSubmatchIndex(l, -1) {
		from, to := m[2*group], m[2*group+1]
		b.WriteString(l[end:from])
		if wholly.MatchString(l[from:to]) {
			b.WriteString(l[from:to])
		} else {
			b.WriteString(blot(l[from:to]))
		}
		end = to
	}
	b.WriteString(l[end:])
	return b.String()
}
