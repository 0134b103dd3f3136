package extract

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pantau/internal/snapshot"
)

// table reads a body of comma separated values. A row with more or fewer
// values than there are columns is a fault: nobody knows which of them is the
// one too many, and a cut file ends so. A table whose quotes break the rules is
// read as spreadsheets read it.
func (r *sheetReader) table(a *snapshot.Response, body []byte) (*sheet, *snapshot.Fault) {
	contentType := a.ContentType
	if c := r.listing.CSV.Charset; c != "" {
		contentType = "text/csv; charset=" + c
	}
	text, charset := decode(body, contentType)
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, malformed("an empty body came where a table is due")
	}
	if a.Unframed && text[len(text)-1] != '\n' {
		return nil, &snapshot.Fault{Class: snapshot.Held, Reason: snapshot.ReasonUnframed,
			Detail: "the server sent the table without framing, so a cut does not show, and its last line does not end"}
	}
	strict := csv.NewReader(bytes.NewReader(text))
	strict.Comma, strict.ReuseRecord = r.comma(text), true
	s, f := r.rows(strict.Read)
	if errors.Is(f.Unwrap(), csv.ErrQuote) || errors.Is(f.Unwrap(), csv.ErrBareQuote) {
		s, f = r.rows(newSloppyReader(text, strict.Comma).read)
	}
	if f != nil {
		return nil, f
	}
	s.charset = charset
	return s, r.tooMany()
}

func (r *sheetReader) rows(read func() ([]string, error)) (*sheet, *snapshot.Fault) {
	s := &sheet{total: unknown, pages: 1}
	t := tableReader{sheetReader: r}
	for first := true; ; first = false {
		record, err := read()
		if err == io.EOF {
			return s, nil
		}
		if err != nil {
			return nil, t.broken(err, record)
		}
		if first {
			if f := t.head(record); f != nil {
				return nil, f
			}
			if !r.listing.CSV.NoHeader {
				continue
			}
		}
		s.rows = append(s.rows, t.line(record))
	}
}

// comma is the sign between two values: the one that is said, or the one that
// stands most often in the first line, outside of quotes.
func (r *sheetReader) comma(text []byte) rune {
	if d := r.listing.CSV.Delimiter; d != "" {
		sign, _ := utf8.DecodeRuneInString(d)
		return sign
	}
	count := map[rune]int{}
	quoted := false
	for _, sign := range string(text[:min(len(text), 64<<10)]) {
		if sign == '"' {
			quoted = !quoted
		}
		if sign == '\n' && !quoted {
			break
		}
		if !quoted {
			count[sign]++
		}
	}
	return slices.MaxFunc([]rune{',', ';', '\t', '|'}, func(a, b rune) int { return cmp.Compare(count[a], count[b]) })
}

// tableReader is a table whose columns are known.
type tableReader struct {
	*sheetReader
	names  []string // of the columns; empty: volatile
	order  []int    // of the columns, by name: where every field is read
	keys   []int    // columns of the key
	fields []int    // columns of the described fields; unknown: the table lacks it
}

// head reads the names of the columns: the first row, or their places. A name
// that stands twice gets a number from its second time on.
func (t *tableReader) head(record []string) *snapshot.Fault {
	all := make([]string, len(record))
	for i, name := range record {
		name = strings.TrimSpace(name)
		if t.listing.CSV.NoHeader || name == "" {
			name = strconv.Itoa(i)
		}
		all[i] = name
		for n := 2; slices.Contains(all[:i], all[i]); n++ {
			all[i] = name + "_" + strconv.Itoa(n)
		}
	}
	for _, k := range t.listing.Key.All() {
		i := slices.Index(all, k)
		if i < 0 {
			return malformed("the table has no column %q for the key; it has %q", k, all)
		}
		if slices.Contains(all, k+"_2") && !t.listing.CSV.NoHeader {
			return malformed("two columns of the table are named %q, which is the key", k)
		}
		t.keys = append(t.keys, i)
	}
	for _, c := range t.listing.Fields {
		t.fields = append(t.fields, slices.Index(all, c.Path))
	}
	for i, name := range all {
		if !t.skips(name) {
			t.order = append(t.order, i)
		}
		all[i] = t.named(name)
	}
	t.names = all
	slices.SortFunc(t.order, func(a, b int) int { return strings.Compare(all[a], all[b]) })
	return nil
}

func (t *tableReader) line(record []string) line {
	t.row = t.row[:0]
	if len(t.listing.Fields) == 0 {
		for _, i := range t.order {
			t.add(t.names[i], record[i])
		}
	}
	for n, i := range t.fields {
		if i != unknown {
			t.add(t.listing.Fields[n].Name, record[i])
		}
	}
	if len(t.keys) == 1 {
		return t.sheetReader.line(t.matched(strings.TrimSpace(record[t.keys[0]])))
	}
	var parts []string
	for _, i := range t.keys {
		parts = append(parts, strings.TrimSpace(record[i]))
	}
	return t.sheetReader.line(composite(parts))
}

// broken says where a table cannot be read.
func (t *tableReader) broken(err error, record []string) *snapshot.Fault {
	var at *csv.ParseError
	var f *snapshot.Fault
	switch {
	case !errors.As(err, &at):
		f = malformed("the table cannot be read: %v", err)
	case errors.Is(err, csv.ErrFieldCount):
		f = malformed("line %d has %d values where there are %d columns; cut, or a sign between values stands inside one without quotes?", at.StartLine, len(record), len(t.names))
	case errors.Is(err, csv.ErrQuote):
		f = malformed("the quotes that open in line %d never close; cut?", at.StartLine)
	default:
		f = malformed("line %d, column %d: %v", at.Line, at.Column, at.Err)
	}
	f.Err = err
	return f
}
