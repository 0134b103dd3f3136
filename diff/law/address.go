package law

import (
	"slices"
	"strconv"
	"strings"
)

// step is one unit of an address, as an instruction names it.
type step struct {
	kind   Kind
	number string
	listed bool // a comma, "dan" or "atau" stands before it
	ranged bool // "sampai dengan" stands before it
}

// address is a unit under those that contain it, from the outside in.
type address []step

func rank(k Kind) int {
	return slices.Index([]Kind{Buku, Bab, Bagian, Paragraf, Pasal, Ayat, Huruf, Angka}, k)
}

func (a address) path() string {
	parts := make([]string, 0, len(a))
	for i, u := range a {
		if rank(u.kind) < rank(Pasal) && rank(u.kind) >= 0 && slices.ContainsFunc(a[i:], func(v step) bool { return v.kind == Pasal }) {
			continue // a pasal needs no bab
		}
		part := string(u.kind)
		if u.number != "" {
			part += "-" + u.number
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "/")
}

// above is the part of an address that can contain a unit of a kind.
func (a address) above(k Kind) address {
	for i, u := range a {
		if u.kind == k || rank(u.kind) > rank(k) || rank(u.kind) < 0 || rank(k) < 0 || k == Pasal {
			return a[:i:i]
		}
	}
	return a
}

// whole reports whether nothing is missing outside: a bagian stands in a bab.
func (a address) whole() bool {
	return len(a) > 0 && rank(a[0].kind) <= rank(Pasal) && a[0].kind != Bagian && a[0].kind != Paragraf
}

// resolve gives the units of a list their full addresses. "Ayat (2) dan ayat
// (3) Pasal 40" names the pasal behind, "Pasal 1 angka 12 dan angka 13" before.
func (c *clause) resolve(units []step) []address {
	chains := chained(units)
	for i, a := range chains {
		if a.whole() {
			continue
		}
		switch outer := borrowed(chains, i); {
		case outer != nil:
			chains[i] = append(outer, a...)
		case c.context(a) != nil:
			chains[i] = append(c.context(a), a...)
		}
	}
	return chains
}

// context is the pasal that an instruction speaks of elsewhere.
func (c *clause) context(a address) address {
	if rank(a[0].kind) < rank(Ayat) {
		return nil
	}
	for _, g := range c.groups {
		for _, u := range g.units {
			if u.kind == Pasal {
				return address{u}
			}
		}
	}
	if len(c.last) > 0 {
		if outer := c.last[len(c.last)-1].above(a[0].kind); len(outer) > 0 {
			return slices.Clone(outer)
		}
	}
	if c.fallback.number != "" {
		return address{c.fallback}
	}
	return nil
}

// chained cuts a list of units into addresses, each from the outside in.
func chained(units []step) []address {
	var chains []address
	for _, u := range units {
		if u.ranged && len(chains) > 0 {
			before := chains[len(chains)-1]
			for _, between := range spread(before[len(before)-1], u) {
				chains = append(chains, address{between})
			}
		}
		n := len(chains)
		if u.listed || u.ranged || n == 0 || chains[n-1][0].kind == u.kind {
			chains = append(chains, address{u})
			continue
		}
		chains[n-1] = append(chains[n-1], u)
	}
	for _, a := range chains {
		outsideIn(a)
	}
	return chains
}

// outsideIn orders units that follow each other: "Pasal 7 ayat (2) huruf b",
// "huruf b ayat (2) Pasal 7", "ayat (2) huruf b Pasal 7".
func outsideIn(a address) {
	n := len(a)
	if n < 2 || rank(a[n-1].kind) > rank(a[0].kind) {
		return
	}
	slices.Reverse(a)
	if n > 2 && rank(a[1].kind) > rank(a[n-1].kind) {
		slices.Reverse(a[1:])
	}
}

// spread lists the units between two of one kind, both left out.
func spread(from, to step) []step {
	if from.kind != to.kind {
		return nil
	}
	var between []step
	a, errA := strconv.Atoi(from.number)
	b, errB := strconv.Atoi(to.number)
	switch {
	case errA == nil && errB == nil && b-a < 100:
		for n := a + 1; n < b; n++ {
			between = append(between, step{kind: from.kind, number: strconv.Itoa(n)})
		}
	case len(from.number) == len(to.number) && errA != nil && errB != nil: // "huruf a", "Pasal 33A"
		last := len(from.number) - 1
		for n := from.number[last] + 1; n < to.number[last] && from.number[:last] == to.number[:last]; n++ {
			between = append(between, step{kind: from.kind, number: from.number[:last] + string(n)})
		}
	}
	return between
}

// borrowed finds what contains an incomplete address: the outer part of the
// neighbour before it or else of the nearest behind that has one.
func borrowed(chains []address, i int) address {
	own := chains[i][0].kind
	if i > 0 && chains[i-1].whole() {
		if outer := chains[i-1].above(own); len(outer) > 0 {
			return slices.Clone(outer)
		}
	}
	for _, a := range chains[i+1:] {
		if a.whole() && len(a) > 1 {
			if outer := a.above(own); len(outer) > 0 {
				return slices.Clone(outer)
			}
		}
	}
	return nil
}

// filled is a list of new units with those between the ends of a range.
func filled(units []step) []step {
	var all []step
	for k, u := range units {
		if k > 0 {
			u.number = successor(all[len(all)-1], u)
			if u.ranged {
				all = append(all, spread(all[len(all)-1], u)...)
			}
		}
		all = append(all, u)
	}
	return all
}

// successor reads the number of a unit in a list: where it must be the next one
// and a scanner took B for 8, it is read as the next one.
func successor(before, u step) string {
	if before.kind != u.kind || len(before.number) < 2 || len(u.number) != len(before.number) {
		return u.number
	}
	stem, last := before.number[:len(before.number)-1], before.number[len(before.number)-1]
	if last < 'a' || last >= 'z' || !strings.HasPrefix(u.number, stem) || !isDigit(u.number[len(u.number)-1]) {
		return u.number
	}
	return stem + string(last+1)
}
