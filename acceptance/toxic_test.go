package acceptance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// link is a connection that can be poisoned: a proxy between Pantau and one of
// those it speaks with.
type link struct{ proxy *toxiproxy.Proxy }

// newLink lets connections to the link's address through to an address.
func newLink(t *testing.T, to string) *link {
	t.Helper()
	zerolog.SetGlobalLevel(zerolog.Disabled) // some of its toxics ask no logger of ours
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := toxiproxy.NewProxy(server, to, "127.0.0.1:0", to)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return &link{p}
}

func (l *link) address() string { return l.proxy.Listen }

func portOf(t *testing.T, address string) int {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// poison adds a toxic to one direction of the link.
func (l *link) poison(t *testing.T, kind, direction string, attributes map[string]int) {
	t.Helper()
	b, err := json.Marshal(map[string]any{"name": "it", "type": kind, "stream": direction, "attributes": attributes})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(string(b))); err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
}

func (l *link) heal() { l.proxy.Toxics.ResetToxics(context.Background()) }

// toxics are the kinds of poison, each with a strength by chance: from what is
// hardly felt to what lets nothing through.
var toxics = map[string]func(*rand.Rand) map[string]int{
	"latency": func(r *rand.Rand) map[string]int {
		return map[string]int{"latency": 50 + r.IntN(1500), "jitter": r.IntN(50)}
	},
	"bandwidth":  func(r *rand.Rand) map[string]int { return map[string]int{"rate": 1 + r.IntN(50)} },
	"slow_close": func(r *rand.Rand) map[string]int { return map[string]int{"delay": 100 + r.IntN(2000)} },
	"timeout":    func(r *rand.Rand) map[string]int { return map[string]int{"timeout": 1 + r.IntN(1500)} },
	"reset_peer": func(r *rand.Rand) map[string]int { return map[string]int{"timeout": r.IntN(500)} },
	"slicer": func(r *rand.Rand) map[string]int {
		return map[string]int{"average_size": 20 + r.IntN(200), "size_variation": 10, "delay": r.IntN(2000)}
	},
	"limit_data": func(r *rand.Rand) map[string]int { return map[string]int{"bytes": r.IntN(6000)} },
}

// TestToxicLinks poisons the connections to the source, to Slack, to the mail
// server and to the database while the register moves on: what Pantau tells in
// the end is exactly the truth, a poisoned look is at most held or failed, every
// change arrives, and what comes twice comes under the same id.
func TestToxicLinks(t *testing.T) {
	for _, to := range []string{"source", "slack", "smtp", "postgres"} {
		t.Run(to, func(t *testing.T) {
			t.Parallel()
			k, l := newToxic(t, to)
			for n := range pick(1, 20) {
				for _, kind := range slices.Sorted(maps.Keys(toxics)) {
					strength := toxics[kind]
					direction := []string{"upstream", "downstream"}[k.dice.IntN(2)]
					attributes := strength(k.dice)
					what := fmt.Sprintf("%d: %s %v %s", n, kind, attributes, direction)
					k.poisoned(t, l, what, func() { l.poison(t, kind, direction, attributes) })
					if t.Failed() {
						t.Fatalf("after %s on the link to %s", what, to)
					}
				}
			}
			k.settled(t)
			k.felt(t, to)
		})
	}
}

// felt tells how much of the poison was noticed: looks that were held or failed,
// and attempts beyond the first. In the long form there must be some, or the
// links were not poisoned.
func (k *torment) felt(t *testing.T, to string) {
	t.Helper()
	outcomes, again := k.health(t).Outcomes, 0
	for _, q := range k.alerts(t) {
		again += q.Attempts - 1
	}
	t.Logf("looks: %v; %d attempts beyond the first", outcomes, again)
	bad := outcomes["held"] + outcomes["failed"]
	if torture() && (to == "source" && bad == 0 || (to == "slack" || to == "smtp") && again == 0) {
		t.Errorf("the poison on the link to %s was not felt", to)
	}
}

// newToxic is an installation one of whose links can be poisoned.
func newToxic(t *testing.T, to string) (*torment, *link) {
	t.Helper()
	r := newThinReplay(t)
	s := setup{schedule: "@every 1s", subscribers: []string{toSlack, toMail}}
	site := strings.TrimPrefix(r.url, "http://")
	var l *link
	switch to {
	case "source":
		l = newLink(t, site)
		s.base = "http://" + l.address()
	case "slack":
		l = newLink(t, site)
		s.api = "http://" + l.address()
	case "smtp":
		l = newLink(t, fmt.Sprintf("127.0.0.1:%d", r.smtpPort))
		s.smtpPort = portOf(t, l.address())
	case "postgres":
		database := postgres.Database(t)
		l = newLink(t, hostOf(t, database))
		s.database = through(t, database, l.address())
	}
	return newTorment(t, r, install(t, r, s), 1, thinMoments-1), l
}

// poisoned lets the register move while a link is poisoned, heals it after a
// while, and waits until the step is told. Half of the times the poison lasts
// until a look has been made and its messages have been tried, or for long enough
// to make looks fail.
func (k *torment) poisoned(t *testing.T, l *link, what string, poison func()) {
	t.Helper()
	k.up(t)
	poison()
	time.Sleep(time.Duration(k.dice.Int64N(int64(time.Second))))
	if k.told {
		k.advance(t)
	}
	if before := k.looked(); k.dice.IntN(2) == 0 {
		for end := time.Now().Add(12 * time.Second); time.Now().Before(end) && k.looked() == before; time.Sleep(100 * time.Millisecond) {
		}
	}
	time.Sleep(time.Second + time.Duration(k.dice.Int64N(int64(2*time.Second))))
	l.heal()
	// A connection that fell silent is given up after a minute.
	eventually(t, 3*time.Minute, func() string {
		k.alive(t)
		if lacks := k.lacks(t); lacks != "" {
			return "after " + what + " " + lacks + "\n" + cut(k.nodes[0].out.String())
		}
		return ""
	})
}
