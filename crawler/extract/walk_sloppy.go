package extract

import (
	"bytes"
	"encoding/csv"
	"io"
	"unicode/utf8"
)

// sloppyReader reads tables in which somebody left quotes undoubled, the way
// spreadsheets and Python do: what stands behind closing quotes belongs to the
// value, and quotes in it are quotes. What is written by the rules it reads as
// encoding/csv does, which refuses the rest.
type sloppyReader struct {
	text    []byte
	comma   []byte
	line    int // that begins at text
	columns int // of the first record; 0: not read yet
	record  []string
}

func newSloppyReader(text []byte, comma rune) *sloppyReader {
	return &sloppyReader{text: bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), comma: utf8.AppendRune(nil, comma), line: 1}
}

// read is the next record, good until the one after it. Empty lines are none.
func (r *sloppyReader) read() ([]string, error) {
	for len(r.text) > 0 && r.text[0] == '\n' {
		r.text = r.text[1:]
		r.line++
	}
	if len(r.text) == 0 {
		return nil, io.EOF
	}
	begun := r.line
	r.record = r.record[:0]
	for more := true; more; {
		var value []byte
		var closed bool
		if value, more, closed = r.value(); !closed {
			return r.record, &csv.ParseError{StartLine: begun, Line: begun, Err: csv.ErrQuote}
		}
		r.record = append(r.record, string(value))
	}
	if r.columns == 0 {
		r.columns = len(r.record)
	}
	if len(r.record) != r.columns {
		return r.record, &csv.ParseError{StartLine: begun, Line: begun, Err: csv.ErrFieldCount}
	}
	return r.record, nil
}

// value takes one value and the sign behind it. more is false at the end of the
// record, closed where the text ends within quotes.
func (r *sloppyReader) value() (value []byte, more, closed bool) {
	quoted := false
	if len(r.text) > 0 && r.text[0] == '"' {
		quoted = true
		r.text = r.text[1:]
	}
	for len(r.text) > 0 {
		sign := r.text[0]
		switch {
		case quoted && sign == '"' && bytes.HasPrefix(r.text, []byte(`""`)):
			r.text = r.text[1:]
		case quoted && sign == '"':
			quoted = false
			r.text = r.text[1:]
			continue
		case quoted:
		case bytes.HasPrefix(r.text, r.comma):
			r.text = r.text[len(r.comma):]
			return value, true, true
		case sign == '\n':
			r.text = r.text[1:]
			r.line++
			return value, false, true
		}
		if sign == '\n' {
			r.line++
		}
		value = append(value, sign)
		r.text = r.text[1:]
	}
	return value, false, !quoted
}
