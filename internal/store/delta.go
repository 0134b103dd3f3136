package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"math/bits"
)

// What a delta is made of: texts that are new, and places of the keyframe that
// are taken over. Lines find the places, bytes their ends; a page whose clock
// moved costs the digits of the clock. General compressors do as well in size,
// with the keyframe as a dictionary, but build its tables anew for every body:
// ten times the work of this.
const (
	shortest = 12      // bytes of a line that is looked for
	lineMost = 4 << 10 // bytes; what has no line ends is cut there
)

// lineEnd is the length of the line that a text begins with.
func lineEnd(b []byte) int {
	b = b[:min(len(b), lineMost)]
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return i + 1
	}
	return len(b)
}

// lineIndex finds lines of a keyframe: an open hash table of their starts.
type lineIndex struct {
	key   []byte
	seed  maphash.Seed
	slots []int32 // start of a line + 1; 0: free
}

func newLineIndex(key []byte) *lineIndex {
	n := 1 << bits.Len(uint(2*bytes.Count(key, []byte{'\n'})+2*len(key)/lineMost+8))
	x := &lineIndex{key: key, seed: maphash.MakeSeed(), slots: make([]int32, n)}
	for at := 0; at < len(key); {
		n := lineEnd(key[at:])
		if n >= shortest {
			if slot, free := x.slot(key[at : at+n]); free {
				x.slots[slot] = int32(at) + 1
			}
		}
		at += n
	}
	return x
}

// slot is the place of a line in the table, or the free one where it belongs.
func (x *lineIndex) slot(line []byte) (at int, free bool) {
	mask := len(x.slots) - 1
	for i := int(maphash.Bytes(x.seed, line)) & mask; ; i = (i + 1) & mask {
		s := x.slots[i]
		if s == 0 || bytes.HasPrefix(x.key[s-1:], line) {
			return i, s == 0
		}
	}
}

// find is where a line stands in the keyframe.
func (x *lineIndex) find(line []byte) (at int, ok bool) {
	i, free := x.slot(line)
	return int(x.slots[i]) - 1, !free
}

// delta says how b is made from key.
func delta(b, key []byte) []byte {
	x := newLineIndex(key)
	w := deltaWriter{b: b, key: key}
	for at := 0; at < len(b); {
		n := lineEnd(b[at:])
		from, ok := 0, false
		if n >= shortest {
			from, ok = x.find(b[at : at+n])
		}
		if !ok {
			at += n
			continue
		}
		for at > w.fresh && from > 0 && b[at-1] == key[from-1] {
			at, from = at-1, from-1
		}
		n = common(b[at:], key[from:])
		w.near(at, from)
		w.copy(at, from, n)
		at += n
	}
	w.near(len(b), len(key))
	return appendText(w.out, b[w.fresh:])
}

// deltaWriter writes texts and copies in turn.
type deltaWriter struct {
	b, key, out     []byte
	fresh, expected int // end of the last copy, in b and in key
}

// copy takes n bytes over; what is new before them is written out.
func (w *deltaWriter) copy(at, from, n int) {
	w.out = appendText(w.out, w.b[w.fresh:at])
	w.out = binary.AppendVarint(w.out, int64(from-w.expected))
	w.out = binary.AppendUvarint(w.out, uint64(n))
	w.fresh, w.expected = at+n, from+n
}

// What stood in the place of a new text is often most of it: the link whose
// number moved.
const (
	nearMost  = 4 << 10 // bytes on either side that are looked through for that
	nearLeast = 8       // bytes that are worth a copy
	nearHash  = 6       // bytes that find them
)

// near writes copies for what is new before b[at:], of what stands in its place
// before key[from:].
func (w *deltaWriter) near(at, from int) {
	start := w.expected
	if from <= start { // the passage was moved
		from = min(start+nearMost, len(w.key))
	}
	old, end := w.key[start:min(from, start+nearMost)], min(at, w.fresh+nearMost)
	if len(old) < nearLeast || end-w.fresh < nearLeast {
		return
	}
	var slots [1 << 11]uint16 // place in old + 1 by its hash; a later one goes before
	hash := func(p []byte) int {
		return int((uint64(binary.LittleEndian.Uint32(p))<<16 | uint64(binary.LittleEndian.Uint16(p[4:]))) * 0x9E3779B97F4A7C15 >> 53)
	}
	for i := len(old) - nearHash; i >= 0; i-- {
		slots[hash(old[i:])] = uint16(i) + 1
	}
	for i := w.fresh; i+nearHash <= end; {
		j := int(slots[hash(w.b[i:])]) - 1
		if j < 0 {
			i++
			continue
		}
		n := common(w.b[i:end], old[j:])
		k := i
		for k > w.fresh && j > 0 && w.b[k-1] == old[j-1] {
			k, j, n = k-1, j-1, n+1
		}
		if n < nearLeast {
			i++
			continue
		}
		w.copy(k, start+j, n)
		i = w.fresh
	}
}

func appendText(out, text []byte) []byte {
	return append(binary.AppendUvarint(out, uint64(len(text))), text...)
}

// common is the length of the beginning that two texts share.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for i+8 <= n {
		if d := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); d != 0 {
			return i + bits.TrailingZeros64(d)/8
		}
		i += 8
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

var errDelta = errors.New("a delta that fits no keyframe")

// patch makes the body of so many bytes that a delta says.
func patch(d, key []byte, size int64) ([]byte, error) {
	out := make([]byte, 0, min(max(size, 0), int64(len(key)+len(d))))
	expected := int64(0)
	for first := true; ; first = false {
		if !first {
			step, n := binary.Varint(d)
			if n <= 0 {
				return nil, errDelta
			}
			length, m := binary.Uvarint(d[n:])
			from := expected + step
			if m <= 0 || from < 0 || from > int64(len(key)) || length > uint64(int64(len(key))-from) || int64(len(out))+int64(length) > size {
				return nil, errDelta
			}
			d = d[n+m:]
			expected = from + int64(length)
			out = append(out, key[from:expected]...)
		}
		length, n := binary.Uvarint(d)
		if n <= 0 || length > uint64(len(d)-n) {
			return nil, errDelta
		}
		d = d[n:]
		out = append(out, d[:length]...)
		if d = d[length:]; len(d) == 0 {
			break
		}
	}
	if int64(len(out)) != size {
		return nil, errDelta
	}
	return out, nil
}
