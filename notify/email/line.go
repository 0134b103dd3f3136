package email

import (
	"net"
	"sync"
)

// line is the connection of one attempt. It can be closed from another
// goroutine before or after it was opened.
type line struct {
	mu     sync.Mutex // guards both
	conn   net.Conn
	closed bool
}

// hold keeps the connection to close it.
func (l *line) hold(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = c
	if l.closed {
		c.Close()
	}
}

// Close closes what is held, and what will be.
func (l *line) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.conn != nil {
		l.conn.Close()
	}
}
