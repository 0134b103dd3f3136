package acceptance

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// wire stands between Pantau and PostgreSQL and understands as much of their
// protocol as it takes to see a COMMIT go by.
type wire struct {
	listener net.Listener
	server   string

	mu   sync.Mutex
	next fate // of the next COMMIT
	cut  chan fate
}

// fate is what becomes of a COMMIT.
type fate int

const (
	passes  fate = iota
	unheard      // the connection breaks before the server has it
	mute         // the server has it and the connection breaks at once
	untold       // the server has done it and the connection breaks before the answer
)

func (f fate) String() string {
	return [...]string{"passes", "breaks before the server has it", "breaks when the server has it", "breaks before the answer"}[f]
}

func newWire(t *testing.T, server string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l, server: server, cut: make(chan fate, 1)}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.serve(c)
		}
	}()
	return w
}

// arm chooses what becomes of the next COMMIT.
func (w *wire) arm(f fate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next = f
}

// commit tells what becomes of a COMMIT that is seen.
func (w *wire) commit() fate {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.next
	w.next = passes
	return f
}

func (w *wire) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", w.server)
	if err != nil {
		return
	}
	defer server.Close()
	answers := &tap{from: server, to: client, done: make(chan struct{})}
	go answers.run()
	for first := true; ; first = false {
		m, err := readMessage(client, first)
		if err != nil {
			server.Close()
			<-answers.done
			return
		}
		f := passes
		if m.commits() {
			f = w.commit()
		}
		if f == untold {
			answers.hold()
		}
		if f != unheard {
			if _, err := server.Write(m.raw); err != nil {
				return
			}
		}
		if f == untold {
			answers.wait(5 * time.Second)
		}
		if f != passes {
			client.Close()
			server.Close()
			w.cut <- f
			return
		}
	}
}

// message is one piece of what a client says. The first of a connection has no
// kind.
type message struct {
	kind byte
	body []byte
	raw  []byte
}

func readMessage(r io.Reader, first bool) (message, error) {
	head := make([]byte, 5)
	if first {
		head = head[:4]
	}
	if _, err := io.ReadFull(r, head); err != nil {
		return message{}, err
	}
	size := binary.BigEndian.Uint32(head[len(head)-4:])
	if size < 4 || size > 1<<28 {
		return message{}, fmt.Errorf("a message of %d bytes", size)
	}
	body := make([]byte, size-4)
	if _, err := io.ReadFull(r, body); err != nil {
		return message{}, err
	}
	m := message{body: body, raw: append(head, body...)}
	if !first {
		m.kind = head[0]
	}
	return m, nil
}

// commits tells whether a message asks for a COMMIT: as a simple query, or as a
// statement to be parsed, which is bound and executed behind it.
func (m message) commits() bool {
	text := m.body
	switch m.kind {
	case 'Q':
	case 'P':
		_, rest, ok := bytes.Cut(text, []byte{0}) // the statement's name
		if !ok {
			return false
		}
		text = rest
	default:
		return false
	}
	text, _, _ = bytes.Cut(text, []byte{0})
	return strings.EqualFold(strings.TrimRight(strings.TrimSpace(string(text)), ";"), "commit")
}

// tap lets through what the server says until it is told to hold it back.
type tap struct {
	from, to net.Conn
	done     chan struct{}

	mu   sync.Mutex
	held bool
	said chan struct{} // closed when something is held back
}

func (a *tap) hold() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held, a.said = true, make(chan struct{})
}

// wait waits until the server has answered what is held back.
func (a *tap) wait(limit time.Duration) {
	select {
	case <-a.said:
	case <-time.After(limit):
	}
}

func (a *tap) run() {
	defer close(a.done)
	b := make([]byte, 64<<10)
	for {
		n, err := a.from.Read(b)
		a.mu.Lock()
		held := a.held
		if held && n > 0 {
			close(a.said)
		}
		a.mu.Unlock()
		if held {
			return
		}
		if n > 0 {
			if _, err := a.to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			a.to.Close()
			return
		}
	}
}

// TestConnectionBreaksAtCommit breaks the connection to PostgreSQL where it is
// hardest: at a COMMIT, before the server has it, when it has it, and when it
// has done it but nobody heard. Pantau must find out which it was, each time.
func TestConnectionBreaksAtCommit(t *testing.T) {
	t.Parallel()
	database := postgres.Database(t)
	w := newWire(t, hostOf(t, database))
	k := onPostgres(t, 1, through(t, database, w.listener.Addr().String()))
	count := map[fate]int{}
	n := pick(6, 200)
	for cuts := range n {
		k.spoilSinks(t)
		k.up(t)
		time.Sleep(time.Duration(k.dice.Int64N(int64(1200 * time.Millisecond))))
		w.arm(unheard + fate(k.dice.IntN(3)))
		select {
		case f := <-w.cut:
			count[f]++
		case <-time.After(time.Minute):
			t.Fatal("nothing was committed for a minute")
		}
		k.alive(t)
		if k.lacks(t) == "" {
			k.advance(t)
		}
		if t.Failed() {
			t.Fatalf("after %d cuts", cuts+1)
		}
	}
	k.settled(t)
	k.moved(t, n)
	t.Logf("cuts: %v", count)
}

func TestCommitsAreSeen(t *testing.T) {
	frame := func(kind byte, body string) []byte {
		b := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4))
		return append(b, body...)
	}
	for _, c := range []struct {
		name string
		raw  []byte
		want bool
	}{
		{"simple", frame('Q', "commit\x00"), true},
		{"simple with a semicolon", frame('Q', "COMMIT;\x00"), true},
		{"parsed", frame('P', "s1\x00Commit\x00\x00\x00"), true},
		{"begin", frame('Q', "begin isolation level read committed\x00"), false},
		{"a word of a query", frame('Q', "select 'commit'\x00"), false},
		{"bound", frame('B', "commit\x00commit\x00"), false},
	} {
		m, err := readMessage(bytes.NewReader(c.raw), false)
		if err != nil || !bytes.Equal(m.raw, c.raw) {
			t.Errorf("%s: %v, %q", c.name, err, m.raw)
		}
		if m.commits() != c.want {
			t.Errorf("%s: commits is %v", c.name, !c.want)
		}
	}
}
