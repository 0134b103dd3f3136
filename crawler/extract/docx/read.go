package docx

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/unicode/norm"

	"pantau/internal/snapshot"
)

// element is a beginning, an end or the text of an XML element.
type element struct {
	name string // without its namespace; empty: text
	open bool
	text string
	attr []xml.Attr
}

func (e element) get(name string) string {
	for _, a := range e.attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// walk visits the elements of a part.
func walk(b []byte, visit func(element) error) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	d.CharsetReader = func(name string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("it is written in %q, and only UTF-8 is read", name)
	}
	depth := 0
	for {
		t, err := d.RawToken()
		if err == io.EOF {
			if depth > 0 {
				return failed(snapshot.ReasonIncomplete, "the text breaks off inside an element")
			}
			return nil
		}
		if err != nil {
			return err
		}
		var e element
		switch t := t.(type) {
		case xml.StartElement:
			if depth++; depth > mostDepth {
				return failed(snapshot.ReasonLimit, "its elements stand more than %d deep in one another (limit: depth)", mostDepth)
			}
			e = element{name: t.Name.Local, open: true, attr: t.Attr}
		case xml.EndElement:
			depth--
			e = element{name: t.Name.Local}
		case xml.CharData:
			e = element{text: string(t)}
		default:
			continue
		}
		if err := visit(e); err != nil {
			return err
		}
	}
}

// reader makes blocks of a part.
type reader struct {
	chars, size int
	numbers     numbering
	links       map[string]string
	notes       map[string]string
	blocks      []snapshot.Block

	paragraphs []*paragraph // open ones: a text box stands inside another
	tables     []*table
	skipped    int    // depth inside what is not read
	inText     bool   // inside w:t
	note       string // kind of note that the part holds; empty: none
	noteID     string
	texts      map[string]string // of the notes
}

type paragraph struct {
	text    strings.Builder
	style   string
	list    reference
	listed  bool // its own number, not that of its style
	level   int  // of a heading, from 1
	links   []snapshot.Link
	address string // of the link that is open
	from    int    // where its words begin
	after   []string
}

// table is one that is being read.
type table struct {
	cells []string
	cell  []string
}

func (r *reader) read(b []byte) error { return walk(b, r.visit) }

// unread are elements whose text is not the document's: what was deleted or
// moved away, what stands there for older programs, and instructions.
func unread(name string) bool {
	switch name {
	case "del", "moveFrom", "Fallback", "instrText", "delText", "delInstrText", "rPrChange", "pPrChange", "tblPrChange", "sectPrChange", "numberingChange":
		return true
	}
	return false
}

func (r *reader) visit(e element) error {
	switch {
	case e.name == "":
		if r.inText && r.skipped == 0 && len(r.paragraphs) > 0 {
			r.write(e.text)
		}
		return nil
	case r.skipped > 0 || unread(e.name):
		if e.open {
			r.skipped++
		} else if r.skipped > 0 {
			r.skipped--
		}
		return nil
	case e.open:
		return r.enter(e)
	}
	return r.leave(e.name)
}

func (r *reader) write(s string) { r.paragraphs[len(r.paragraphs)-1].text.WriteString(s) }

func (r *reader) enter(e element) error {
	switch e.name {
	case "p":
		r.paragraphs = append(r.paragraphs, &paragraph{})
		return nil
	case "tbl":
		r.tables = append(r.tables, &table{})
		return nil
	case "tc":
		if n := len(r.tables); n > 0 {
			r.tables[n-1].cell = nil
		}
		return nil
	case r.note:
		r.noteID = e.get("id")
		return nil
	}
	if len(r.paragraphs) == 0 {
		return nil
	}
	p := r.paragraphs[len(r.paragraphs)-1]
	switch e.name {
	case "t":
		r.inText = true
	case "tab", "br", "cr", "ptab":
		r.write(" ")
	case "noBreakHyphen":
		r.write("-")
	case "pStyle":
		p.style = e.get("val")
	case "outlineLvl":
		p.level = level(e.get("val"))
	case "numId":
		p.list.num, p.listed = e.get("val"), true
	case "ilvl":
		p.list.level = number(e.get("val"))
	case "hyperlink":
		p.address, p.from = r.links[e.get("id")], p.text.Len()
	case "footnoteReference", "endnoteReference":
		kind := strings.TrimSuffix(e.name, "Reference")
		if note := r.notes[kind+e.get("id")]; note != "" {
			p.after = append(p.after, note)
		}
	}
	return nil
}

func level(val string) int {
	if n := number(val); n < 6 {
		return n + 1
	}
	return 0
}

func (r *reader) leave(name string) error {
	switch name {
	case "t":
		r.inText = false
	case "hyperlink":
		if n := len(r.paragraphs); n > 0 {
			if p := r.paragraphs[n-1]; p.address != "" {
				p.links = append(p.links, snapshot.Link{Text: fold(p.text.String()[p.from:]), Target: p.address})
				p.address = ""
			}
		}
	case "p":
		if n := len(r.paragraphs); n > 0 {
			p := r.paragraphs[n-1]
			r.paragraphs = r.paragraphs[:n-1]
			return r.end(p)
		}
	case "tc":
		if n := len(r.tables); n > 0 {
			t := r.tables[n-1]
			t.cells = append(t.cells, strings.Join(t.cell, " "))
		}
	case "tr":
		r.row()
	case "tbl":
		if n := len(r.tables); n > 0 {
			r.tables = r.tables[:n-1]
		}
	}
	return nil
}

// end closes a paragraph. Its number and its notes count like its words: they
// are written once in the file, and shown with every paragraph that has them.
func (r *reader) end(p *paragraph) error {
	text := fold(p.text.String())
	if r.note != "" {
		if r.texts == nil {
			r.texts = map[string]string{}
		}
		r.texts[r.noteID] = strings.TrimSpace(r.texts[r.noteID] + " " + text)
		return r.count(text)
	}
	b := snapshot.Block{Kind: snapshot.Paragraph, Text: text, Links: p.links}
	if text != "" || p.listed {
		r.numbers.number(p, &b)
	}
	if err := r.count(b.Line()); err != nil {
		return err
	}
	if b.Text == "" && b.Marker == "" {
		// nothing but perhaps notes
	} else if n := len(r.tables); n > 0 {
		r.tables[n-1].cell = append(r.tables[n-1].cell, b.Line())
	} else {
		r.blocks = append(r.blocks, b)
	}
	for _, note := range p.after {
		if err := r.count(note); err != nil {
			return err
		}
		r.blocks = append(r.blocks, snapshot.Block{Kind: snapshot.Paragraph, Text: note})
	}
	return nil
}

// row closes a row: of a table in a cell it is a part of that cell.
func (r *reader) row() {
	n := len(r.tables)
	if n == 0 {
		return
	}
	t := r.tables[n-1]
	cells := t.cells
	t.cells = nil
	if strings.TrimSpace(strings.Join(cells, "")) == "" {
		return
	}
	if n > 1 {
		r.tables[n-2].cell = append(r.tables[n-2].cell, strings.Join(cells, " "))
		return
	}
	r.blocks = append(r.blocks, snapshot.Block{Kind: snapshot.Row, Cells: cells})
}

// invisible are signs that no reader sees.
var invisible = strings.NewReplacer("\u200b", "", "\ufeff", "", "\u00ad", "", "\u2060", "", "\u200e", "", "\u200f", "")

func fold(s string) string {
	return norm.NFC.String(strings.Join(strings.Fields(invisible.Replace(s)), " "))
}
