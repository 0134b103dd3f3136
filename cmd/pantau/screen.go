package main

import (
	"bytes"
	"io"
	"unicode"
)

// screen is a terminal that what regulators publish is written to: control
// characters other than the end of a line and the tab, and those that turn the
// direction of writing, are left out, so that no page can move the cursor,
// colour a warning away or show a name backwards.
type screen struct{ w io.Writer }

// Write implements io.Writer. It reports the length that it was given.
func (s screen) Write(b []byte) (int, error) {
	clean := bytes.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return -1
		}
		return r
	}, b)
	if _, err := s.w.Write(clean); err != nil {
		return 0, err
	}
	return len(b), nil
}
