// Package demosite is a regulator's web site for demonstrations and tests: a
// list of regulations, the regulations themselves and a register of operators,
// all invented, served in the shape that Indonesian regulators serve theirs.
//
// Invariants: what the site says depends on the seed and the round alone; what
// only decorates it (counters, clock, tokens, news, processing times) differs
// at every request. The site moves to the next round only when told to, and
// Rounds says of each what truly happened in it.
package demosite

import (
	"html/template"
	"net/http"
	"sync"
	"time"
)

// Site is one regulator. It is safe for concurrent use.
type Site struct {
	seed      uint64
	registers [][]operator // by round
	pages     *template.Template
	bodies    *template.Template

	mu    sync.Mutex // guards what follows
	round int
	hits  int
	views map[string]int // by path
}

// New makes a site at round 0. Equal seeds make equal sites.
func New(seed uint64) *Site {
	return &Site{
		seed:      seed,
		registers: registers(seed),
		pages:     template.Must(template.ParseFS(files, "templates/*.html")),
		bodies:    template.Must(template.ParseFS(files, "regulations/*.html")),
		views:     map[string]int{},
	}
}

// Round is the round the site is in.
func (s *Site) Round() Round {
	s.mu.Lock()
	defer s.mu.Unlock()
	return story[s.round]
}

// Advance moves the site to its next round and tells whether there was one.
func (s *Site) Advance() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.round+1 >= len(story) {
		return false
	}
	s.round++
	return true
}

// Handler serves the site. It never redirects and needs no other host.
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.visit((*Site).home))
	mux.HandleFunc("GET /robots.txt", s.visit((*Site).robots))
	mux.HandleFunc("GET /produk-hukum", s.visit((*Site).list))
	mux.HandleFunc("GET /produk-hukum/view/id/{id}", s.visit((*Site).regulation))
	mux.HandleFunc("GET /pse", s.visit((*Site).register))
	mux.HandleFunc("GET /tdpse-detail/{key}", s.visit((*Site).operator))
	mux.HandleFunc("GET /api-public/tdpse", s.visit((*Site).api))
	mux.HandleFunc("GET /", s.visit((*Site).missing))
	return mux
}

// visit is one request: the round it falls into and what decorates its answer.
type visit struct {
	round int
	hit   int // requests to the site so far
	views int // of this path so far
}

// at is the site's own clock: a day a round, a second a request.
func (v visit) at() time.Time {
	return firstDay.AddDate(0, 0, v.round).Add(time.Duration(v.hit) * time.Second)
}

// visit counts a request and answers it, or blocks it in the round in which
// the firewall answers instead of the site.
func (s *Site) visit(answer func(*Site, http.ResponseWriter, *http.Request, visit)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.hits++
		s.views[r.URL.Path]++
		v := visit{round: s.round, hit: s.hits, views: s.views[r.URL.Path]}
		s.mu.Unlock()
		w.Header().Set("Cache-Control", "no-cache, private")
		if v.round == blockedRound {
			s.blocked(w, v)
			return
		}
		answer(s, w, r, v)
	}
}
