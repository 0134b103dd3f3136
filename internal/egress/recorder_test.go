package egress

import (
	"bufio"
	"bytes"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestHead(t *testing.T) {
	tests := []struct {
		name string
		wire string
		want [][2]string // nil: no whole head
	}{
		{"order, case and repetition", "HTTP/1.1 200 OK\r\nX-B: 1\r\nset-cookie: a\r\nX-A:2 \r\nSet-Cookie: b\r\n\r\nbody: no\r\n\r\n",
			[][2]string{{"X-B", "1"}, {"set-cookie", "a"}, {"X-A", "2"}, {"Set-Cookie", "b"}}},
		{"interim heads", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n", [][2]string{{"A", "b"}}},
		{"interim only", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", nil},
		{"switching is final", "HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n", [][2]string{{"A", "b"}}},
		{"bare line feeds", "HTTP/1.0 200 OK\nA: b\nC: d\n\n<html>", [][2]string{{"A", "b"}, {"C", "d"}}},
		{"bare line feeds in an interim head", "HTTP/1.1 100 Go\n\nHTTP/1.1 200 OK\nA: b\n\n", [][2]string{{"A", "b"}}},
		{"folded", "HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\n  d\r\nE: f\r\n\r\n", [][2]string{{"A", "b c d"}, {"E", "f"}}},
		{"folded over nothing", "HTTP/1.1 200 OK\r\nA:\r\n \r\nB: c\r\n \r\n\r\n", [][2]string{{"A", ""}, {"B", "c"}}},
		{"empty value", "HTTP/1.1 200 OK\r\nA:\r\n\r\n", [][2]string{{"A", ""}}},
		{"cut", "HTTP/1.1 200 OK\r\nA: b\r\n", nil},
		{"no headers", "HTTP/1.1 200 OK\r\n\r\n", nil},
		{"too long", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", headLimit) + "\r\n\r\n", nil},
	}
	for _, tt := range tests {
		for _, piece := range []int{1, 2, 3, 7, len(tt.wire)} {
			if piece < 7 && len(tt.wire) > 4096 {
				continue
			}
			var h head
			for b := range slices.Chunk([]byte(tt.wire), piece) {
				h.add(b)
			}
			if got := h.fields(); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%s, in pieces of %d: %q, want %q", tt.name, piece, got, tt.want)
			}
			if len(h.buf) > headLimit {
				t.Errorf("%s: %d bytes kept", tt.name, len(h.buf))
			}
		}
	}
}

// FuzzHead compares with net/http: where that reads a head, the recorder has
// the same fields, whatever the pieces that came.
func FuzzHead(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nA: b\r\na: c\r\n\r\nx"), uint8(3))
	f.Add([]byte("HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\nB: c\n d\n\n"), uint8(200))
	f.Add([]byte("HTTP/0.0 000\n0:\n \n\n0"), uint8('a'))
	f.Add([]byte("HTTP/1.0 404 No\n\n"), uint8(1))
	f.Fuzz(func(t *testing.T, wire []byte, piece uint8) {
		var h head
		for b := range slices.Chunk(wire, int(piece)+1) {
			h.add(b)
		}
		got := h.fields()
		if interim(wire) {
			return // ReadResponse stops at the interim head
		}
		resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(wire)), nil)
		if err != nil {
			return
		}
		resp.Body.Close()
		if !h.whole {
			t.Fatalf("net/http reads a head, the recorder none")
		}
		values := http.Header{}
		for _, x := range got {
			values.Add(x[0], x[1])
		}
		for name, want := range resp.Header {
			if name == "Transfer-Encoding" || name == "Trailer" || name == "Cache-Control" || name == "Content-Length" {
				continue // net/http removes, adds or merges these
			}
			if have := values[name]; !slices.Equal(have, want) {
				t.Fatalf("%s: recorder %q, net/http %q", name, have, want)
			}
		}
	})
}
