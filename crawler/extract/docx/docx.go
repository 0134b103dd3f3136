// Package docx reads the text of a DOCX file: paragraphs with the numbers that
// Word shows before them, tables as rows, footnotes where they are referred to.
//
// Invariants: text that is marked as inserted is read and text that is marked as
// deleted is not, which is how the document reads when every change in it is
// accepted; heads and feet of pages are asides; nothing is unpacked beyond the
// limits, and no file or address outside the archive is looked at.
package docx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"pantau/internal/snapshot"
)

// Options are what a file may cost.
type Options struct {
	Chars int // most characters of text
}

const (
	mostEntries = 10_000
	mostPart    = 100 << 20 // bytes of one part, unpacked
	mostRatio   = 300       // unpacked : packed, of what is larger than a little
	little      = 4 << 20
	mostDepth   = 500 // XML elements in one another
)

// Read reads a file. The error is a *snapshot.Fault where the file is at fault.
func Read(body []byte, o Options) (*snapshot.Document, error) {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		if bytes.HasPrefix(body, []byte{0xd0, 0xcf, 0x11, 0xe0}) {
			return nil, failed(snapshot.ReasonMalformed, "the file is in the old format of Word (.doc), or encrypted; only DOCX is read")
		}
		return nil, failed(snapshot.ReasonIncomplete, "the DOCX file is broken or cut short: %v", err)
	}
	if len(z.File) > mostEntries {
		return nil, failed(snapshot.ReasonLimit, "the archive has %d entries, and at most %d are looked at (limit: entries)", len(z.File), mostEntries)
	}
	a := &archive{zip: z}
	rels, err := a.relations("", "_rels/.rels")
	if err != nil {
		return nil, err
	}
	home := "word/document.xml"
	for _, r := range rels {
		if strings.HasSuffix(r.kind, "/officeDocument") {
			home = r.target
		}
	}
	text, err := a.part(home)
	if errors.Is(err, errAbsent) {
		return nil, failed(snapshot.ReasonMalformed, "the archive is no DOCX file: it has no %s", home)
	}
	if err != nil {
		return nil, err
	}
	return a.document(home, text, o)
}

// document reads the main part with what it refers to.
func (a *archive) document(home string, text []byte, o Options) (*snapshot.Document, error) {
	folder, file := path.Split(home)
	rels, err := a.relations(folder, folder+"_rels/"+file+".rels")
	if err != nil {
		return nil, err
	}
	r := &reader{chars: o.Chars, links: map[string]string{}, notes: map[string]string{}}
	var heads []string
	for id, rel := range rels {
		kind := rel.kind[strings.LastIndex(rel.kind, "/")+1:]
		switch {
		case rel.external && kind == "hyperlink":
			r.links[id] = rel.target
		case rel.external:
		case kind == "header" || kind == "footer":
			heads = append(heads, rel.target)
		case kind == "numbering":
			err = a.parse(rel.target, r.numbers.read)
		case kind == "styles":
			err = a.parse(rel.target, r.numbers.styles)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, rel := range rels { // their numbers are those of the document
		for _, kind := range []string{"footnote", "endnote"} {
			if !rel.external && strings.HasSuffix(rel.kind, "/"+kind+"s") {
				if err := a.notes(rel.target, kind, r); err != nil {
					return nil, err
				}
			}
		}
	}
	if err := unreadable(home, r.read(text)); err != nil {
		return nil, err
	}
	d := &snapshot.Document{Blocks: r.blocks}
	slices.Sort(heads)
	for _, name := range slices.Compact(heads) {
		h := &reader{chars: o.Chars}
		if err := a.parse(name, h.read); err != nil {
			return nil, err
		}
		for _, b := range h.blocks {
			d.Asides = append(d.Asides, snapshot.Aside{Role: snapshot.Running, Block: b})
		}
	}
	return d, nil
}

// notes reads the footnotes or endnotes.
func (a *archive) notes(name, kind string, r *reader) error {
	n := &reader{chars: r.chars, note: kind}
	if err := a.parse(name, n.read); err != nil {
		return err
	}
	for id, text := range n.texts {
		r.notes[kind+id] = text
	}
	return nil
}

// archive is the file.
type archive struct {
	zip  *zip.Reader
	read int64 // bytes unpacked so far
}

var errAbsent = errors.New("the archive has no such part")

// part unpacks one part.
func (a *archive) part(name string) ([]byte, error) {
	i := slices.IndexFunc(a.zip.File, func(f *zip.File) bool { return strings.EqualFold(f.Name, name) })
	if i < 0 {
		return nil, errAbsent
	}
	f := a.zip.File[i]
	if f.Flags&1 != 0 {
		return nil, failed(snapshot.ReasonEncrypted, "%s in the archive is encrypted", name)
	}
	most := int64(mostPart)
	if limit := max(little, mostRatio*int64(f.CompressedSize64)); limit < most {
		most = limit
	}
	in, err := f.Open()
	if err != nil {
		return nil, failed(snapshot.ReasonMalformed, "%s in the archive cannot be read: %v", name, err)
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, most+1))
	switch {
	case int64(len(b)) > most && most < mostPart:
		return nil, failed(snapshot.ReasonLimit, "%s in the archive unpacks to more than %d times its size (limit: ratio)", name, mostRatio)
	case int64(len(b)) > most:
		return nil, failed(snapshot.ReasonLimit, "%s in the archive unpacks to more than %d MB (limit: part)", name, mostPart>>20)
	case err != nil:
		return nil, failed(snapshot.ReasonIncomplete, "%s in the archive is broken or cut short: %v", name, err)
	}
	if a.read += int64(len(b)); a.read > 2*mostPart {
		return nil, failed(snapshot.ReasonLimit, "the archive unpacks to more than %d MB (limit: archive)", 2*mostPart>>20)
	}
	return b, nil
}

// parse hands a part to what reads it; one that is not there has nothing to say.
func (a *archive) parse(name string, read func([]byte) error) error {
	b, err := a.part(name)
	if errors.Is(err, errAbsent) {
		return nil
	}
	if err != nil {
		return err
	}
	return unreadable(name, read(b))
}

// unreadable is err as a fault of the file; nil of nil.
func unreadable(name string, err error) error {
	var f *snapshot.Fault
	if err == nil || errors.As(err, &f) {
		return err
	}
	return failed(snapshot.ReasonMalformed, "%s in the archive cannot be read: %v", name, err)
}

// relation is a link of one part to another, or to an address.
type relation struct {
	kind, target string
	external     bool
}

func (a *archive) relations(folder, name string) (map[string]relation, error) {
	out := map[string]relation{}
	err := a.parse(name, func(b []byte) error {
		return walk(b, func(e element) error {
			if e.open && e.name == "Relationship" {
				r := relation{kind: e.get("Type"), target: e.get("Target"), external: e.get("TargetMode") == "External"}
				if !r.external {
					r.target = strings.TrimPrefix(path.Clean("/"+path.Join(folderOf(folder, r.target), r.target)), "/")
				}
				out[e.get("Id")] = r
			}
			return nil
		})
	})
	return out, err
}

// folderOf is where a target is relative to.
func folderOf(folder, target string) string {
	if strings.HasPrefix(target, "/") {
		return ""
	}
	return folder
}

func failed(reason, format string, args ...any) *snapshot.Fault {
	return &snapshot.Fault{Class: snapshot.Failed, Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// count refuses text beyond the limit.
func (r *reader) count(s string) error {
	if r.size += utf8.RuneCountInString(s); r.chars > 0 && r.size > r.chars {
		return failed(snapshot.ReasonLimit, "the DOCX file has more than %d characters (limit: characters)", r.chars)
	}
	return nil
}
