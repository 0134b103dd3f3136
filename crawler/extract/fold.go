package extract

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folder gathers text with white space folded and invisible characters left
// out. The zero value is ready.
type folder struct {
	buf    []byte
	blank  bool // white space since the last character
	beyond bool // some character is beyond ASCII
}

// text gathers s.
func (f *folder) text(s string) {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			if c <= ' ' || c == 0x7f {
				f.blank = true
				continue
			}
			f.space()
			start := i - 1
			for i < len(s) && s[i] > ' ' && s[i] < 0x7f {
				i++
			}
			f.buf = append(f.buf, s[start:i]...)
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case unicode.IsSpace(r), r < 0xa0:
			f.blank = true
		case invisible(r):
		default:
			f.space()
			f.buf = utf8.AppendRune(f.buf, r)
			f.beyond = true
		}
	}
}

func (f *folder) space() {
	if f.blank && len(f.buf) > 0 {
		f.buf = append(f.buf, ' ')
	}
	f.blank = false
}

// gap leaves a blank.
func (f *folder) gap() { f.blank = true }

// len is a place in the text for since.
func (f *folder) len() int { return len(f.buf) }

// since is the text gathered from a place on.
func (f *folder) since(start int) string {
	b := f.buf[min(start, len(f.buf)):]
	if len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	return f.composed(b)
}

// take returns the text and begins anew.
func (f *folder) take() string {
	s := f.composed(f.buf)
	f.buf, f.blank, f.beyond = f.buf[:0], false, false
	return s
}

// composed is b in Normalization Form C.
func (f *folder) composed(b []byte) string {
	if f.beyond && !norm.NFC.IsNormal(b) {
		b = norm.NFC.Bytes(b)
	}
	return string(b)
}

// invisible characters change how text is broken, joined or ordered and not
// what it says: soft hyphens, zero-width characters, marks of direction. In a
// watched text they are noise, or a trick.
func invisible(r rune) bool {
	switch {
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x180e, r == 0xfeff:
	case 0x200b <= r && r <= 0x200f:
	case 0x202a <= r && r <= 0x202e:
	case 0x2060 <= r && r <= 0x206f:
	case 0xfe00 <= r && r <= 0xfe0f: // variation selectors
	default:
		return false
	}
	return true
}

// fold is s with white space folded, in Normalization Form C.
func fold(s string) string {
	var f folder
	f.text(s)
	return f.take()
}
