package registry

import (
	"regexp"
	"slices"
	"strings"

	"pantau/internal/snapshot"
)

// Normal is the form in which two values of a field are compared: values with
// the same one say the same. Letters are folded to lower case and no further,
// so a name in mathematical letters is another name.
func Normal(form snapshot.Form, value string) string {
	switch form {
	case snapshot.Text:
		return text(value)
	case snapshot.Set:
		return set(strings.Split(value, ","), text)
	case snapshot.Websites:
		return set(betweenSites.Split(value, -1), site)
	}
	return strings.TrimSpace(value)
}

// text folds case and white space; a dash stands for nothing.
func text(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	if s == "-" {
		return ""
	}
	return s
}

// betweenSites is what the register's operators put between two addresses;
// "atau" is Indonesian for "or".
var betweenSites = regexp.MustCompile(`[,;；]|\s(?i:atau)\s`)

var siteHead = regexp.MustCompile(`^(?i:https?://)?(?i:www\.)?`)

// site is an address without scheme, www. and trailing slashes. The case of
// the host is folded, that of the path is kept.
func site(s string) string {
	s = strings.TrimSpace(s)
	s = strings.TrimRight(s[len(siteHead.FindString(s)):], "/")
	host := s
	if end := strings.IndexAny(s, "/?#"); end >= 0 {
		host = s[:end]
	}
	s = strings.ToLower(host) + s[len(host):]
	if s == "-" {
		return ""
	}
	return s
}

// set is the parts in order, each once, without empty ones.
func set(parts []string, normal func(string) string) string {
	out := parts[:0]
	for _, p := range parts {
		if p = normal(p); p != "" {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ", ")
}
