package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pantau/crawler/gate"
	"pantau/diff"
	"pantau/internal/snapshot"
)

// inventedPages is how many pages every kind of mutation is tried on: 200 with
// PANTAU_TORTURE.
func inventedPages() int {
	if os.Getenv("PANTAU_TORTURE") != "" {
		return 200
	}
	return 25
}

// noises are the kinds of noise; each is applied alone and must not be told.
var noises = map[string]func(*noise, *rand.Rand){
	"views":             func(n *noise, r *rand.Rand) { n.views += 1 + r.IntN(9000) },
	"visitors":          func(n *noise, r *rand.Rand) { n.visitors += 1 + r.IntN(9000) },
	"clock":             func(n *noise, r *rand.Rand) { n.minute = (n.minute + 1 + r.IntN(58)) % 60 },
	"age":               func(n *noise, r *rand.Rand) { n.age += 1 + r.IntN(9) },
	"year of copyright": func(n *noise, _ *rand.Rand) { n.year++ },
	"token":             func(n *noise, r *rand.Rand) { n.token = token(r) },
	"view state":        func(n *noise, r *rand.Rand) { n.state = token(r) },
	"asset":             func(n *noise, r *rand.Rand) { n.build = token(r)[:12] },
	"tracking":          func(n *noise, r *rand.Rand) { n.tracking = token(r)[:8] },
	"session":           func(n *noise, r *rand.Rand) { n.session = strings.ToUpper(token(r)) },
	"mail address":      func(n *noise, _ *rand.Rand) { n.mailKey = n.mailKey%250 + 1 },
	"order of the news": func(n *noise, r *rand.Rand) { n.news = shuffled(r, n.news) },
	"order of the list": func(n *noise, r *rand.Rand) { n.order = shuffled(r, n.order) },
	"typography":        func(n *noise, _ *rand.Rand) { n.typographic = true },
	"white space":       func(n *noise, _ *rand.Rand) { n.spaced = true },
	"charset":           func(n *noise, _ *rand.Rand) { n.latin = true },
}

// substances are the kinds of changes that a lawyer fears; each is applied
// alone and must be told. ok is false where the page has nothing of the kind.
var substances = map[string]func(*invented, *rand.Rand) bool{
	"number": func(p *invented, r *rand.Rand) bool {
		a := &p.articles[r.IntN(len(p.articles))]
		return replaceField(&a.text, func(w string) (string, bool) { return "9" + w, w[0] >= '0' && w[0] <= '9' && len(w) < 3 })
	},
	"amount": func(p *invented, r *rand.Rand) bool {
		for i := range p.articles {
			if was := p.articles[i].text; strings.Contains(was, ".000.000,00") {
				p.articles[i].text = strings.Replace(was, ".000.000,00", ".500.000,00", 1)
				return true
			}
		}
		return false
	},
	"date": func(p *invented, _ *rand.Rand) bool {
		return replaceField(&p.status, func(w string) (string, bool) {
			return fmt.Sprint(2030), len(w) == 4 && w[0] == '2'
		})
	},
	"status": func(p *invented, _ *rand.Rand) bool {
		was := p.status
		p.status = strings.NewReplacer("Berlaku", "Dicabut", "in force", "repealed").Replace(p.status)
		return was != p.status
	},
	"negation": func(p *invented, r *rand.Rand) bool {
		a := &p.articles[r.IntN(len(p.articles))]
		was := a.text
		if p.indonesian {
			a.text = strings.NewReplacer(" tidak ", " ", " wajib ", " tidak wajib ", " dapat ", " tidak dapat ", " dilarang ", " tidak dilarang ").Replace(was)
		} else {
			a.text = strings.NewReplacer(" not ", " ", " must report", " must not report", " may object", " may not object").Replace(was)
		}
		return was != a.text
	},
	"moved article": func(p *invented, r *rand.Rand) bool {
		at := r.IntN(len(p.articles) - 1)
		if p.articles[at].text == p.articles[at+1].text {
			return false
		}
		p.articles[at], p.articles[at+1] = p.articles[at+1], p.articles[at]
		return true
	},
	"article removed": func(p *invented, r *rand.Rand) bool {
		at := r.IntN(len(p.articles))
		p.articles = slices.Delete(slices.Clone(p.articles), at, at+1)
		return true
	},
	"link target": func(p *invented, r *rand.Rand) bool {
		f := &p.files[r.IntN(len(p.files))]
		f.target = strings.Replace(f.target, "naskah", "salinan", 1)
		return true
	},
	"file added": func(p *invented, _ *rand.Rand) bool {
		p.files = append(p.files, file{p.say("Lampiran baru", "New annex"), "/files/baru.pdf"})
		return true
	},
	"item added": func(p *invented, _ *rand.Rand) bool {
		p.items = append(p.items, p.say("pas foto direksi", "a photograph of each director"))
		p.noise.order = identity(len(p.items))
		return true
	},
	"item removed": func(p *invented, r *rand.Rand) bool {
		at := r.IntN(len(p.items))
		p.items = slices.Delete(slices.Clone(p.items), at, at+1)
		p.noise.order = identity(len(p.items))
		return true
	},
	"cell": func(p *invented, r *rand.Rand) bool {
		row := slices.Clone(p.rows[r.IntN(len(p.rows))])
		row[1] = "77777.02/DJAI"
		p.rows[r.IntN(len(p.rows))] = row
		return true
	},
	"row removed": func(p *invented, r *rand.Rand) bool {
		at := r.IntN(len(p.rows))
		p.rows = slices.Delete(slices.Clone(p.rows), at, at+1)
		return true
	},
}

// replaceField replaces the first word for which f says so.
func replaceField(text *string, f func(string) (string, bool)) bool {
	words := strings.Split(*text, " ")
	for i, w := range words {
		if w == "" {
			continue
		}
		if other, ok := f(w); ok {
			words[i] = other
			*text = strings.Join(words, " ")
			return true
		}
	}
	return false
}

// toldOf compares an invented page with a version of it, as compare does.
func toldOf(t *testing.T, before *snapshot.Document, last *gate.Last, after *invented) []diff.Hunk {
	t.Helper()
	d, _, err := look(t.Context(), compareOptions{}, "after.html", after.html(), last)
	if err != nil {
		t.Fatalf("the gate: %v\n%s", err, after.html())
	}
	return textComparison("page", before, d).Hunks
}

// TestMutations: every kind of noise alone is silent on every page, every kind
// of substance alone is told on every page that has it.
func TestMutations(t *testing.T) {
	tried, pages := map[string]int{}, inventedPages()
	for seed := range uint64(pages) {
		base := invent(seed)
		base.noise.ticks = seed%2 == 0
		before, last, err := look(t.Context(), compareOptions{}, "before.html", base.html(), nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for kind, mutate := range noises {
			p := *base
			p.noise.order = slices.Clone(base.noise.order)
			mutate(&p.noise, rand.New(rand.NewPCG(seed, 11)))
			if h := toldOf(t, before, last, &p); len(h) > 0 {
				t.Errorf("seed %d, chrome %d: %s is told: %+v", seed, base.chrome, kind, h)
			}
			tried[kind]++
		}
		for kind, mutate := range substances {
			p := *base
			p.articles, p.rows, p.files, p.items = slices.Clone(base.articles), slices.Clone(base.rows), slices.Clone(base.files), slices.Clone(base.items)
			if !mutate(&p, rand.New(rand.NewPCG(seed, 13))) {
				continue
			}
			tried[kind]++
			if h := toldOf(t, before, last, &p); len(h) == 0 {
				t.Errorf("seed %d, chrome %d: %s is not told", seed, base.chrome, kind)
			}
		}
		if t.Failed() && seed > 20 {
			break
		}
	}
	for kind := range noises {
		if tried[kind] < pages && !t.Failed() {
			t.Errorf("%s was tried on %d pages", kind, tried[kind])
		}
	}
	for kind := range substances {
		if tried[kind] < pages/10 && !t.Failed() {
			t.Errorf("%s was tried on %d pages", kind, tried[kind])
		}
	}
}
