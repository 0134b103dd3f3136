package egress

import (
	"bytes"
	"net"
	"strings"
	"sync"
)

// headLimit bounds what is kept of a head; net/http refuses longer ones.
const headLimit = 256 << 10

// recorder keeps the head of the answer that is being read, because net/http
// forgets the order of headers.
type recorder struct {
	net.Conn
	leaf string // SHA-256 of the server's certificate; empty without TLS

	mu   sync.Mutex // guards head: net/http reads in a goroutine of its own
	head head
}

// arm begins a new head. Nothing of the answer can have come yet: when net/http
// hands out a connection, the request is still to be written.
func (c *recorder) arm() {
	c.mu.Lock()
	c.head = head{buf: c.head.buf[:0]}
	c.mu.Unlock()
}

// Read implements net.Conn.
func (c *recorder) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	c.head.add(b[:n])
	c.mu.Unlock()
	return n, err
}

// fields are the header lines of the answer, in the order of the wire; nil if
// its head was not seen whole.
func (c *recorder) fields() [][2]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.head.fields()
}

// head collects bytes until they hold the head of a final answer.
type head struct {
	buf   []byte
	start int  // of the head, behind the interim ones
	line  int  // where the first line begins that has not been looked at
	whole bool // buf[start:line] is the head, its empty line included
}

func (h *head) add(b []byte) {
	if h.whole {
		return
	}
	h.buf = append(h.buf, b[:min(len(b), headLimit-len(h.buf))]...)
	for !h.whole {
		n := bytes.IndexByte(h.buf[h.line:], '\n')
		if n < 0 {
			return
		}
		line := bytes.TrimSuffix(h.buf[h.line:h.line+n], []byte("\r"))
		h.line += n + 1
		switch {
		case len(line) > 0:
		case interim(h.buf[h.start:]):
			h.start = h.line
		default:
			h.whole = true
		}
	}
}

// interim tells whether a head only announces the real one (RFC 9110, section
// 15.2). 101 is the last word of HTTP on its connection.
func interim(b []byte) bool {
	return bytes.HasPrefix(b, []byte("HTTP/1.1 1")) && !bytes.HasPrefix(b, []byte("HTTP/1.1 101"))
}

// fields reads the header lines, continuation lines joined (RFC 9112, section
// 5.2).
func (h *head) fields() [][2]string {
	if !h.whole {
		return nil
	}
	_, text, _ := strings.Cut(string(h.buf[h.start:h.line]), "\n") // the status line is not one
	var out [][2]string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		if (line[0] == ' ' || line[0] == '\t') && len(out) > 0 {
			last := &out[len(out)-1][1]
			*last = strings.Trim(*last+" "+strings.Trim(line, " \t"), " \t")
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok {
			out = append(out, [2]string{name, strings.Trim(value, " \t")})
		}
	}
	return out
}
