package diff

import (
	"slices"
	"unicode/utf8"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// widest is the product of the lengths from which two sequences are cut at
// their unique common elements first: the differ is quadratic at worst, and a
// listing of fifty thousand rows in a new order would hold up a check.
const widest = 9_000_000

// align pairs equal elements of a and b in order, as many as it can: the
// pairs are indexes into a and b and ascend in both.
func align(a, b []string) [][2]int {
	ids := make(map[string]int32, len(a))
	x, y := intern(ids, a), intern(ids, b)
	var pairs [][2]int
	head := 0
	for head < len(x) && head < len(y) && x[head] == y[head] {
		pairs = append(pairs, [2]int{head, head})
		head++
	}
	tail := 0
	for tail < len(x)-head && tail < len(y)-head && x[len(x)-1-tail] == y[len(y)-1-tail] {
		tail++
	}
	s := aligner{x: x, y: y}
	s.between(span(head, len(x)-tail), span(head, len(y)-tail))
	pairs = append(pairs, s.pairs...)
	for n := tail; n > 0; n-- {
		pairs = append(pairs, [2]int{len(x) - n, len(y) - n})
	}
	return pairs
}

func intern(ids map[string]int32, list []string) []int32 {
	out := make([]int32, len(list))
	for i, s := range list {
		id, ok := ids[s]
		if !ok {
			id = int32(len(ids))
			ids[s] = id
		}
		out[i] = id
	}
	return out
}

// span are the whole numbers from a up to b.
func span(a, b int) []int {
	list := make([]int, 0, b-a)
	for ; a < b; a++ {
		list = append(list, a)
	}
	return list
}

type aligner struct {
	x, y  []int32
	pairs [][2]int
}

// between pairs the elements at places p of x with those at places q of y.
func (s *aligner) between(p, q []int) {
	p, q = s.common(p, q)
	if len(p) == 0 {
		return
	}
	if len(p)*len(q) <= widest {
		s.exact(p, q)
		return
	}
	i, j := 0, 0
	anchors := s.anchors(p, q)
	if len(anchors) == 0 {
		return // what stands here again is found as moved
	}
	for _, a := range anchors {
		s.between(p[i:a[0]], q[j:a[1]])
		s.pairs = append(s.pairs, [2]int{p[a[0]], q[a[1]]})
		i, j = a[0]+1, a[1]+1
	}
	s.between(p[i:], q[j:])
}

// exact pairs as many elements as possible.
func (s *aligner) exact(p, q []int) {
	dmp := diffmatchpatch.New()
	dmp.DiffTimeout = 0 // the result must not depend on the speed of the machine
	i, j := 0, 0
	x, y := s.runes(p, q)
	for _, d := range dmp.DiffMainRunes(x, y, false) {
		n := utf8.RuneCountInString(d.Text)
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			i += n
		case diffmatchpatch.DiffInsert:
			j += n
		default:
			for range n {
				s.pairs = append(s.pairs, [2]int{p[i], q[j]})
				i, j = i+1, j+1
			}
		}
	}
}

// common drops the places whose element the other side lacks: they cannot be
// paired, and would only cost the differ time.
func (s *aligner) common(p, q []int) (inBoth, inBothToo []int) {
	const first, second = 1, 2
	sides := make(map[int32]int, len(p))
	for _, at := range p {
		sides[s.x[at]] |= first
	}
	for _, at := range q {
		sides[s.y[at]] |= second
	}
	keep := func(ids []int32, places []int) []int {
		var kept []int
		for _, at := range places {
			if sides[ids[at]] == first|second {
				kept = append(kept, at)
			}
		}
		return kept
	}
	return keep(s.x, p), keep(s.y, q)
}

// runes writes the elements as characters for the differ. Its result passes
// through strings, which cannot hold surrogates; as p and q hold only common
// elements, of which widest allows 3,000, the numbers stay far below them.
func (s *aligner) runes(p, q []int) (x, y []rune) {
	names := map[int32]rune{}
	write := func(ids []int32, places []int) []rune {
		out := make([]rune, len(places))
		for n, at := range places {
			r, ok := names[ids[at]]
			if !ok {
				r = rune(len(names) + 1)
				names[ids[at]] = r
			}
			out[n] = r
		}
		return out
	}
	return write(s.x, p), write(s.y, q)
}

// anchors are the elements that stand once in p and once in q, thinned to the
// longest run that ascends in both; as indexes into p and q.
func (s *aligner) anchors(p, q []int) [][2]int {
	const twice = -1
	once := func(ids []int32, places []int) map[int32]int {
		m := make(map[int32]int, len(places))
		for n, at := range places {
			if _, ok := m[ids[at]]; ok {
				m[ids[at]] = twice
			} else {
				m[ids[at]] = n
			}
		}
		return m
	}
	inX, inY := once(s.x, p), once(s.y, q)
	var list [][2]int
	for n, at := range p {
		m, ok := inY[s.x[at]]
		if ok && m != twice && inX[s.x[at]] == n {
			list = append(list, [2]int{n, m})
		}
	}
	return ascending(list)
}

// ascending is the longest subsequence of list, which ascends in the first
// place, that ascends in the second too.
func ascending(list [][2]int) [][2]int {
	ends := []int{}                  // ends[k]: the last element of the best run of k+1
	before := make([]int, len(list)) // the element before in its run
	for n, e := range list {
		k, _ := slices.BinarySearchFunc(ends, e[1], func(end, at int) int { return list[end][1] - at })
		before[n] = -1
		if k > 0 {
			before[n] = ends[k-1]
		}
		if k == len(ends) {
			ends = append(ends, n)
		} else {
			ends[k] = n
		}
	}
	if len(ends) == 0 {
		return nil
	}
	out := make([][2]int, len(ends))
	for n, k := ends[len(ends)-1], len(ends)-1; n >= 0; n, k = before[n], k-1 {
		out[k] = list[n]
	}
	return out
}
