package foreign

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// readOPML reads an outline of feeds. Outlines that name no address are
// folders, and become topics of what stands in them. Nothing is fetched: what
// an outline includes is left.
func readOPML(data []byte) (*Import, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		e, err := htmlindex.Get(label)
		if err != nil {
			return nil, fmt.Errorf("the encoding %s is not known", quoted(label))
		}
		return e.NewDecoder().Reader(in), nil
	}
	o := &outlines{im: &Import{Format: OPML}, budget: budget{left: mostNodes}}
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			line, _ := d.InputPos()
			return nil, fmt.Errorf("it cannot be read as XML near line %d", line)
		}
		if err := o.token(t); err != nil {
			return nil, err
		}
	}
	if len(o.im.Watches) == 0 {
		return nil, errors.New("it holds no outlines with an address")
	}
	return o.im, nil
}

type outlines struct {
	budget
	im      *Import
	depth   int
	folders []folder // that are open
	count   int
}

type folder struct {
	depth int
	name  string
}

func (o *outlines) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		o.depth++
		if err := o.spend(o.depth); err != nil {
			return err
		}
		if t.Name.Local == "outline" {
			return o.outline(t.Attr)
		}
		if !slices.Contains([]string{"opml", "head", "body"}, t.Name.Local) {
			o.im.Notes = gather(o.im.Notes, Record, clean(t.Name.Local), "about the outline as a whole")
		}
		for _, a := range t.Attr {
			o.im.Notes = gather(o.im.Notes, Record, clean(t.Name.Local+"."+a.Name.Local), "about the outline as a whole")
		}
	case xml.EndElement:
		if n := len(o.folders); n > 0 && o.folders[n-1].depth == o.depth {
			o.folders = o.folders[:n-1]
		}
		o.depth--
	}
	return nil
}

// outline reads one, by its attributes.
func (o *outlines) outline(attributes []xml.Attr) error {
	of := map[string]string{}
	for _, a := range attributes {
		of[strings.ToLower(a.Name.Local)] = strings.TrimSpace(a.Value)
	}
	name := of["title"]
	if of["text"] != "" && (name == "" || of["xmlurl"] == "") {
		name = of["text"]
	}
	if of["xmlurl"] == "" && of["url"] == "" && of["htmlurl"] == "" {
		o.folders = append(o.folders, folder{o.depth, name})
		for _, a := range attributes {
			o.im.Notes = gather(o.im.Notes, Default, "outline."+clean(a.Name.Local), "a folder stands in its feeds, as a topic")
		}
		return nil
	}
	if o.count++; o.count > mostWatches {
		return fmt.Errorf("it holds more than %d outlines", mostWatches)
	}
	d := newDraft(fmt.Sprintf("outline %d", o.count))
	for _, f := range o.folders {
		if clean(f.name) != "" {
			d.topic("folder", f.name)
		}
	}
	main := d.feed(of)
	for _, a := range attributes {
		d.attribute(a, main, name)
	}
	o.im.Watches = append(o.im.Watches, d.done())
	return nil
}

// feed says which attribute is the address, and what that means.
func (d *draft) feed(of map[string]string) string {
	kind := strings.ToLower(of["type"])
	switch {
	case of["xmlurl"] != "":
		d.source.Type = "feed"
		return "xmlurl"
	case of["url"] != "" && (kind == "include" || strings.HasSuffix(strings.ToLower(of["url"]), ".opml")):
		d.Outcome = Left
		return "url"
	case of["url"] != "":
		return "url"
	}
	return "htmlurl"
}

func (d *draft) attribute(a xml.Attr, main, name string) {
	key := clean(a.Name.Local)
	v := strings.TrimSpace(a.Value)
	switch own := strings.ToLower(a.Name.Local); {
	case v == "":
		d.idle(key)
	case own == main && d.Outcome == Left:
		d.lose(key, "it includes another outline, which is not fetched", "import that file too")
	case own == main:
		d.address(key, v)
	case own == "text", own == "title":
		if v != name {
			d.lose(key, "a source has one name", "")
			return
		}
		d.name(key, v)
	case own == "category":
		for c := range strings.SplitSeq(v, ",") {
			d.topic(key, strings.Trim(strings.TrimSpace(c), "/"))
		}
	case own == "type", own == "version":
		d.carry(key)
	case own == "htmlurl":
		d.lose(key, "the feed is watched, not its site: "+quoted(safeAddress(v)), "a source of `type: page` watches that")
	case own == "description", own == "language", own == "created":
		d.record(key)
	default:
		unknown.apply(d, key, v)
	}
}

// safeAddress is an address without a user name and what stands behind ?.
func safeAddress(raw string) string {
	raw, _, _ = strings.Cut(raw, "?")
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return raw
	}
	host, where, _ := strings.Cut(rest, "/")
	return scheme + "://" + host[strings.LastIndexByte(host, '@')+1:] + "/" + where
}
