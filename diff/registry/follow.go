package registry

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/unicode/norm"

	"pantau/internal/snapshot"
)

// Proposal is a registration that may be what someone wants to follow. It is
// for a person to pick: companies hold up to 70 registrations, and some
// registrations name the domains of others.
type Proposal struct {
	Key     Key    `json:"key"`
	Name    string `json:"name"`
	Company string `json:"company"`
	Website string `json:"website,omitempty"`
	Index   string `json:"index"` // "A+B" where it stands in two
	Why     string `json:"why"`   // why it is proposed
	rank    int
}

// The ranks of proposals, best first.
const (
	byNumber = iota
	byHost
	byFullName
	byDomain
	byPhrase
	byWords
	unlike
)

// Propose finds the registrations that a number, a domain or a name may mean,
// the likeliest first. Names are compared without legal forms (PT, CV, Tbk),
// punctuation and fancy letters; domains by what their owner has registered, so
// that toko.contoh.co.id finds contoh.co.id.
func Propose(rows []Row, l *snapshot.Listing, query string) []Proposal {
	q := parseQuery(query)
	sites := siteColumns(l)
	var out []Proposal
	state := NewState(rows, l)
	for rows := state.rows; len(rows) > 0; {
		n := sameKey(rows, rows[0].Key)
		best := Proposal{rank: unlike}
		for _, r := range rows[:n] {
			if p := q.match(r, sites); p.rank < best.rank {
				best = p
			}
		}
		if best.rank < unlike {
			best.Index = stood(rows[:n])
			out = append(out, best)
		}
		rows = rows[n:]
	}
	slices.SortFunc(out, func(a, b Proposal) int { return cmp.Or(cmp.Compare(a.rank, b.rank), compareKeys(a.Key, b.Key)) })
	return out
}

// query is what someone has typed, in the three ways it can be meant.
type query struct {
	key    Key
	host   string // empty: no domain
	domain string // the registrable part of host
	words  []string
}

func parseQuery(s string) query {
	q := query{key: Key(strings.TrimSpace(s)), words: words(s)}
	host := hostOf(site(s))
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil && !strings.ContainsFunc(host, unicode.IsSpace) {
		q.host, q.domain = host, d
	}
	return q
}

// hostOf is the host of an address in its normal form, without a port.
func hostOf(address string) string {
	if end := strings.IndexAny(address, "/?#:"); end >= 0 {
		return address[:end]
	}
	return address
}

func siteColumns(l *snapshot.Listing) []string {
	var out []string
	for _, c := range l.Fields {
		if c.As == snapshot.Websites {
			out = append(out, c.Name)
		}
	}
	return out
}

func (q query) match(r Row, sites []string) Proposal {
	p := Proposal{Key: r.Key, rank: unlike}
	p.Name, _ = r.Fields.Get(fieldName)
	p.Company, _ = r.Fields.Get(fieldCompany)
	for _, name := range sites {
		v, _ := r.Fields.Get(name)
		p.Website = cmp.Or(p.Website, v)
		q.matchSites(&p, v)
	}
	q.matchNames(&p)
	if r.Key == q.key {
		p.better(byNumber, "its number is %s", q.key)
	}
	return p
}

func (p *Proposal) better(rank int, why string, args ...any) {
	if rank < p.rank {
		p.rank, p.Why = rank, fmt.Sprintf(why, args...)
	}
}

func (q query) matchSites(p *Proposal, value string) {
	if q.host == "" || value == "" {
		return
	}
	for s := range strings.SplitSeq(Normal(snapshot.Websites, value), ", ") {
		switch host := hostOf(s); {
		case host == q.host:
			p.better(byHost, "its website is %s", s)
		case host == q.domain || strings.HasSuffix(host, "."+q.domain):
			p.better(byDomain, "its website %s belongs to %s", s, q.domain)
		}
	}
}

func (q query) matchNames(p *Proposal) {
	if len(q.words) == 0 {
		return
	}
	name, company := words(p.Name), words(p.Company)
	switch {
	case slices.Equal(company, q.words):
		p.better(byFullName, "its company is %s", p.Company)
	case slices.Equal(name, q.words):
		p.better(byFullName, "its system is %s", p.Name)
	case holdsPhrase(company, q.words):
		p.better(byPhrase, "its company %s contains the name", p.Company)
	case holdsPhrase(name, q.words):
		p.better(byPhrase, "its system %s contains the name", p.Name)
	case holdsBeginnings(slices.Concat(name, company), q.words):
		p.better(byWords, "its names contain the words")
	}
}

func holdsPhrase(text, phrase []string) bool {
	for i := 0; i+len(phrase) <= len(text); i++ {
		if slices.Equal(text[i:i+len(phrase)], phrase) {
			return true
		}
	}
	return false
}

// holdsBeginnings tells whether every word is the beginning of one of the text.
func holdsBeginnings(text, words []string) bool {
	for _, w := range words {
		if !slices.ContainsFunc(text, func(t string) bool { return strings.HasPrefix(t, w) }) {
			return false
		}
	}
	return true
}

// legalForm tells whether a word says only what kind of company it is.
func legalForm(w string) bool {
	switch w {
	case "pt", "cv", "ud", "tbk", "persero", "perseroan", "terbatas", "ltd", "limited", "pte", "inc", "incorporated", "llc", "co", "corp", "corporation", "gmbh", "plc", "bhd", "sdn":
		return true
	}
	return false
}

// words are the words of a name in lower case, without legal forms. Letters
// that stand alone belong together: P.T. is PT.
func words(s string) []string {
	s = strings.ToLower(norm.NFKC.String(s))
	var out []string
	single := false // the word before is made of letters that stood alone
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
		alone := len([]rune(w)) == 1
		if alone && single {
			out[len(out)-1] += w
			continue
		}
		out, single = append(out, w), alone
	}
	return slices.DeleteFunc(out, legalForm)
}
