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
	Life   int              // over 1: the number was given to another company
	Fields []snapshot.Field // in the order of the description

	// A row that a complete look lacked is kept until a second one confirms it.
	MissingSince time.Time // when the first complete look lacked it; zero: it is there
	MissingCheck int64     // which look that was
	LastSeen     time.Time // of a missing row: the last look that showed it; zero: not known
}

func (r *Row) missing() bool { return !r.MissingSince.IsZero() }

func get(fields []snapshot.Field, name string) (string, bool) {
	for _, f := range fields {
		if f.Name == name {
			return f.Value, true
		}
	}
	return "", false
}

// State is what is remembered of a register between looks. It is not changed
// by a comparison: the Delta says what to store.
type State struct {
	rows []Row // by key, the rows of one key in the order of the description
}

// NewState takes the rows as they were stored, in any order.
func NewState(rows []Row, l *snapshot.Listing) *State {
	order := positions(l)
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b Row) int {
		if c := compareKeys(a.Key, b.Key); c != 0 {
			return c
		}
		return order.compare(a.Index, b.Index)
	})
	return &State{rows}
}

// of gives the rows of one key.
func (s *State) of(k Key) []Row {
	n, _ := slices.BinarySearchFunc(s.rows, k, func(r Row, k Key) int { return compareKeys(r.Key, k) })
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

// compareKeys orders numbers as numbers: a shorter key comes first.
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

// arrange groups the records of a document by key: keys in order, the records
// of one key in the order of the description. Those without a key are apart.
func arrange(doc *snapshot.Document, l *snapshot.Listing) (keyed, keyless []*snapshot.Record) {
	order := positions(l)
	keyed = make([]*snapshot.Record, 0, len(doc.Records))
	for i := range doc.Records {
		r := &doc.Records[i]
		if r.Key == "" {
			keyless = append(keyless, r)
			continue
		}
		keyed = append(keyed, r)
	}
	slices.SortStableFunc(keyed, func(a, b *snapshot.Record) int {
		if c := compareKeys(Key(a.Key), Key(b.Key)); c != 0 {
			return c
		}
		return order.compare(a.Index, b.Index)
	})
	return keyed, keyless
}

// join goes through the keys of both sides in order. Either list may be empty.
func (s *State) join(now []*snapshot.Record, visit func(k Key, before []Row, now []*snapshot.Record)) {
	before := s.rows
	for len(before) > 0 || len(now) > 0 {
		var k Key
		if len(before) == 0 || len(now) > 0 && compareKeys(Key(now[0].Key), before[0].Key) < 0 {
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
	Fields []snapshot.Field
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
