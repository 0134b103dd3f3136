package registry

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pantau/internal/snapshot"
)

// Row is one key in one index, as a look recorded it last.
type Row struct {
	Key    Key
	Index  string
	Life   int             // over 1: the number was given to another company
	Fields snapshot.Fields // in the order of the description

	// A row that a complete look lacked is kept until a second one confirms it.
	MissingSince time.Time // when the first complete look lacked it; zero: it is there
	MissingCheck int64     // which look that was
	LastSeen     time.Time // of a missing row: the last look that showed it; zero: not known
}

func (r *Row) missing() bool { return !r.MissingSince.IsZero() }

// State is what is remembered of a register between looks. It is not changed
// by a comparison: the Delta says what to store.
type State struct {
	rows []Row // by key, the rows of one key in the order of the description
}

// NewState takes the rows as they were stored and puts them in order, which
// costs little where they nearly are.
func NewState(rows []Row, l *snapshot.Listing) *State {
	order := positions(l)
	byKey := func(a, b Row) int {
		return cmp.Or(strings.Compare(string(a.Key), string(b.Key)), order.compare(a.Index, b.Index))
	}
	if !slices.IsSortedFunc(rows, byKey) {
		slices.SortFunc(rows, byKey)
	}
	return &State{rows}
}

// of gives the rows of one key.
func (s *State) of(k Key) []Row {
	n, _ := slices.BinarySearchFunc(s.rows, k, func(r Row, k Key) int { return strings.Compare(string(r.Key), string(k)) })
	return s.rows[n : n+sameKey(s.rows[n:], k)]
}

// sameKey counts the rows at the beginning that have the key.
func sameKey(rows []Row, k Key) int {
	n := 0
	for n < len(rows) && rows[n].Key == k {
		n++
	}
	return n
}

// compareKeys is the order in which events are told. It puts numbers as numbers:
// a shorter key comes first.
func compareKeys(a, b Key) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(string(a), string(b))
}

// places is the order of the indexes in the description.
type places map[string]int

func positions(l *snapshot.Listing) places {
	m := make(places, len(l.Indexes))
	for n, p := range l.Indexes {
		m[p.Name] = n
	}
	return m
}

// compare puts an index that the description no longer has behind all others.
func (p places) compare(a, b string) int {
	return cmp.Or(p.of(a)-p.of(b), strings.Compare(a, b))
}

func (p places) of(index string) int {
	if n, ok := p[index]; ok {
		return n
	}
	return len(p)
}

// Seen is what one look showed, by key: keys in order, the records of one key in
// the order of the description.
type Seen struct {
	listing *snapshot.Listing
	records []snapshot.Record // as they were read
	keyed   []*snapshot.Record
	keyless []*snapshot.Record // those without a key
	double  map[Key]bool       // keys that stand twice in one index
}

// Arrange groups the records of a document by key.
func Arrange(doc *snapshot.Document, l *snapshot.Listing) *Seen {
	s := &Seen{listing: l, records: doc.Records, keyed: make([]*snapshot.Record, 0, len(doc.Records)), double: make(map[Key]bool, len(doc.Quality.Duplicates))}
	for _, k := range doc.Quality.Duplicates {
		s.double[Key(k)] = true
	}
	for i := range doc.Records {
		r := &doc.Records[i]
		if r.Key == "" {
			s.keyless = append(s.keyless, r)
			continue
		}
		s.keyed = append(s.keyed, r)
	}
	order := positions(l)
	byKey := func(a, b *snapshot.Record) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), order.compare(a.Index, b.Index))
	}
	if !slices.IsSortedFunc(s.keyed, byKey) {
		slices.SortStableFunc(s.keyed, byKey)
	}
	return s
}

// join goes through the keys of both sides in order. Either list may be empty.
func (s *State) join(now []*snapshot.Record, visit func(k Key, before []Row, now []*snapshot.Record)) {
	before := s.rows
	for len(before) > 0 || len(now) > 0 {
		var k Key
		if len(before) == 0 || len(now) > 0 && now[0].Key < string(before[0].Key) {
			k = Key(now[0].Key)
		} else {
			k = before[0].Key
		}
		b := sameKey(before, k)
		n := 0
		for n < len(now) && Key(now[n].Key) == k {
			n++
		}
		visit(k, before[:b], now[:n])
		before, now = before[b:], now[n:]
	}
}

// Begin is a version that begins: a row whose normal form is new.
type Begin struct {
	Key    Key
	Index  string
	Life   int
	Fields snapshot.Fields
	From   time.Time // the look that showed it first
}

// End is the end of the version that a key has in an index.
type End struct {
	Key       Key
	Index     string
	To        time.Time // the first look that did not show it so
	Confirmed time.Time // the look that made it certain
}

// Delta is what a look changes of what is stored. Of a look that saw nothing
// new it is empty.
type Delta struct {
	Upsert []Row // as they stand now: new ones, new text, missing ones, found again
	Gone   []Row // as they stood last; Index and Key say which
	Open   []Begin
	Close  []End

	Removed      []Row // of every operator that is in no index any more one of Gone: the one missed last
	NewlyMissing []Key // operators that this look was the first to lack, in one index or in all
	Pending      int   // rows that are missing and not confirmed, over all
}
