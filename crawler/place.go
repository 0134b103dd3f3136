package crawler

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pantau/internal/snapshot"
)

// Place finds which request of a source an address is: of a listing the index
// and page are read out of it. own tells whether it is the source's own address;
// of another one (a mirror) they are read all the same. Of pages that only name
// the next one nth says which it is, from 0. The error says that the address names
// no page of the listing.
func Place(s snapshot.Source, address string, nth int) (req snapshot.Request, own bool, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return req, false, fmt.Errorf("%q is no http:// or https:// address", address)
	}
	if u.User != nil {
		return req, false, fmt.Errorf("%s names a user; leave that out", u.Redacted())
	}
	u.Fragment, u.RawFragment = "", ""
	req.URL = u.String()
	if s.Listing == nil {
		home, err := url.Parse(s.URL)
		if err != nil {
			return req, false, fmt.Errorf("address of %s: %w", s.ID, err)
		}
		return req, snapshot.Host(home) == snapshot.Host(u) && rest(home) == rest(u), nil
	}
	return placeInListing(s, req, u, nth)
}

// rest is an address behind its host.
func rest(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return path + "?" + u.RawQuery
}

var hole = regexp.MustCompile(`\{(index|page|per_page|offset|cursor)\}`)

// hit takes text that a template's holes fill apart; nil if it does not fit.
func hit(template, text string) map[string]string {
	var names []string
	var pattern strings.Builder
	at := 0
	for _, m := range hole.FindAllStringSubmatchIndex(template, -1) {
		pattern.WriteString(regexp.QuoteMeta(template[at:m[0]]) + `(.*?)`)
		names = append(names, template[m[2]:m[3]])
		at = m[1]
	}
	pattern.WriteString(regexp.QuoteMeta(template[at:]))
	found := regexp.MustCompile(`^(?s:` + pattern.String() + `)$`).FindStringSubmatch(text)
	if found == nil {
		return nil
	}
	out := map[string]string{}
	for i, n := range names {
		out[n] = found[i+1]
	}
	return out
}

func placeInListing(s snapshot.Source, req snapshot.Request, u *url.URL, nth int) (snapshot.Request, bool, error) {
	l := s.Listing
	path, query, _ := strings.Cut(l.URL, "?")
	scheme, behind, _ := strings.Cut(path, "://")
	host, path, _ := strings.Cut(behind, "/")
	home := &url.URL{Scheme: scheme, Host: host}
	own := snapshot.Host(home) == snapshot.Host(u)
	values := hit("/"+path, u.Path)
	if values == nil {
		own = false
		values = map[string]string{}
	}
	given := u.Query()
	for p := range strings.SplitSeq(query, "&") {
		name, want, _ := strings.Cut(p, "=")
		if name == "" {
			continue
		}
		got := given.Get(name)
		given.Del(name)
		if unescaped, err := url.QueryUnescape(want); err == nil && !hole.MatchString(want) {
			want = unescaped
		}
		more := hit(want, got)
		if more == nil {
			own = false
			continue
		}
		for k, v := range more {
			values[k] = v
		}
	}
	own = own && len(given) == 0
	if l.Paging() == snapshot.ByNext && nth > 0 {
		own = snapshot.Host(home) == snapshot.Host(u) // where the next page lies the answer before says
	}
	return fillIn(req, l, values, own, nth)
}

// fillIn reads index and page out of the values of an address.
func fillIn(req snapshot.Request, l *snapshot.Listing, values map[string]string, own bool, nth int) (snapshot.Request, bool, error) {
	var names []string
	for _, p := range l.Indexes {
		names = append(names, p.Name)
	}
	req.Part = values["index"]
	if !strings.Contains(l.URL, "{index}") && len(names) == 1 {
		req.Part = names[0]
	}
	if !slices.Contains(names, req.Part) {
		return req, false, fmt.Errorf("%s names no index of %s (%s)", req.URL, l.URL, strings.Join(names, ", "))
	}
	req.Page = l.FirstPage
	for _, count := range []struct {
		name string
		step int
	}{{"page", 1}, {"offset", l.PerPage}} {
		if !strings.Contains(l.URL, "{"+count.name+"}") {
			continue
		}
		n, err := strconv.Atoi(values[count.name])
		if count.name == "page" {
			n -= l.FirstPage
		}
		if err != nil || n < 0 || count.step == 0 || n%count.step != 0 {
			return req, false, fmt.Errorf("%s names no page of %s", req.URL, l.URL)
		}
		req.Page = l.FirstPage + n/count.step
		return perPage(req, l, values, own)
	}
	if l.Paging() == snapshot.ByNext { // only the page before knows which one it is
		req.Page += nth
	}
	return perPage(req, l, values, own)
}

func perPage(req snapshot.Request, l *snapshot.Listing, values map[string]string, own bool) (snapshot.Request, bool, error) {
	if per := values["per_page"]; per != "" && per != strconv.Itoa(l.PerPage) {
		return req, false, fmt.Errorf("%s asks for %s rows a page, and the description of the source for %d: the pages are other ones", req.URL, per, l.PerPage)
	}
	return req, own, nil
}
