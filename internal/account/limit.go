package account

import (
	"net/netip"
	"sync"
	"time"
)

// The pace of log-ins that fail: a few at once, then slowly. It slows a guesser
// down and keeps nobody out for good.
const (
	triesPerName    = 5
	triesPerAddress = 20
	nameEvery       = time.Minute // one more
	addressEvery    = 15 * time.Second
	remembered      = 10_000 // names and addresses; then the oldest are forgotten
)

// Limiter counts attempts to log in by name and by address. Whoever guesses at
// one name from many addresses is slowed by the name, whoever tries one password
// at many names by the address. It is safe for concurrent use.
type Limiter struct {
	mu        sync.Mutex // guards both
	names     map[string]bucket
	addresses map[netip.Prefix]bucket
}

// NewLimiter makes one that has seen nothing.
func NewLimiter() *Limiter {
	return &Limiter{names: map[string]bucket{}, addresses: map[netip.Prefix]bucket{}}
}

// bucket is the moment at which it would be full again: the further ahead, the
// more was taken out.
type bucket time.Time

// take takes one out; wait is how long there is none.
func (b bucket) take(now time.Time, size int, every time.Duration) (bucket, time.Duration) {
	full := time.Time(b)
	if full.Before(now) {
		full = now
	}
	if wait := full.Add(every).Sub(now.Add(time.Duration(size) * every)); wait > 0 {
		return b, wait
	}
	return bucket(full.Add(every)), 0
}

// Allow counts an attempt before it is made, so that many at once are no way
// around it; wait is how long none is allowed, 0 if this one is. A name that
// does not exist counts as one that does.
func (l *Limiter) Allow(name string, from netip.Addr, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, name := network(from), counted(name)
	a, wait := l.addresses[at].take(now, triesPerAddress, addressEvery)
	if wait > 0 {
		return wait
	}
	n, wait := l.names[name].take(now, triesPerName, nameEvery)
	if wait > 0 {
		return wait
	}
	room(l.addresses, now)
	room(l.names, now)
	l.addresses[at], l.names[name] = a, n
	return 0
}

// Succeeded forgets the attempts at a name: its owner is in. The address stays
// counted, or a guesser with one account of his own would reset it.
func (l *Limiter) Succeeded(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.names, counted(name))
}

// counted is the name that attempts at an entered one are counted under: as it
// is kept, so that other spellings are no fresh start. All that no name can be
// are one.
func counted(entered string) string {
	name, _ := Name(entered)
	return name
}

// network is what one customer has: an IPv4 address, or a /64 of IPv6.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address: all of those are one
	}
	return p
}

// room forgets what is full again, and when that is not enough the one that will
// be first.
func room[K comparable](m map[K]bucket, now time.Time) {
	if len(m) < remembered {
		return
	}
	var first K
	var when time.Time
	for k, b := range m {
		full := time.Time(b)
		if !full.After(now) {
			delete(m, k)
			continue
		}
		if when.IsZero() || full.Before(when) {
			first, when = k, full
		}
	}
	if len(m) >= remembered {
		delete(m, first)
	}
}
