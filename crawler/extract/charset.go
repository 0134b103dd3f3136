package extract

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

const (
	replacement = "\uFFFD"
	utf8Name    = "utf-8"
)

// decode turns body into UTF-8 and names the decoder. A byte order mark wins,
// then the Content-Type header, then the page's own meta element, as in the
// HTML standard; but servers lie. Bytes that are valid UTF-8 are UTF-8
// whatever single-byte charset was declared (no real text in one reads so),
// and a declaration that leaves undecodable characters gives way to the next
// that leaves none.
func decode(body []byte, contentType string) (text []byte, name string) {
	valid := utf8.Valid(body)
	if valid && bytes.HasPrefix(body, []byte("\xef\xbb\xbf")) {
		return body[3:], utf8Name
	}
	for n, d := range declared(body, contentType) {
		if valid && (d.name == utf8Name || singleByte(d.name)) {
			return body, utf8Name
		}
		out := convert(body, d)
		if !bytes.Contains(out, []byte(replacement)) {
			return out, d.name
		}
		if n == 0 {
			text, name = out, d.name
		}
	}
	if valid {
		return body, utf8Name
	}
	return text, name
}

type declaration struct {
	enc  encoding.Encoding
	name string
}

// declared lists the charsets that the byte order mark or the header and the
// page name, in this order; without any, the guess that browsers make.
func declared(body []byte, contentType string) []declaration {
	enc, name, certain := charset.DetermineEncoding(body, contentType)
	list := []declaration{{enc, name}}
	if !certain {
		return list
	}
	// The library marks its last-resort guess only by handing out the bare
	// table instead of a wrapped one.
	if enc, name, _ = charset.DetermineEncoding(body, ""); enc != charmap.Windows1252 && name != list[0].name {
		list = append(list, declaration{enc, name})
	}
	return list
}

// singleByte tells by the WHATWG name whether every byte is a character.
func singleByte(name string) bool {
	for _, family := range []string{"windows-", "iso-8859-", "koi8-", "macintosh", "x-mac-", "ibm866"} {
		if strings.HasPrefix(name, family) {
			return true
		}
	}
	return false
}

func convert(body []byte, d declaration) []byte {
	if d.name == utf8Name {
		return bytes.ToValidUTF8(body, []byte(replacement))
	}
	out, err := d.enc.NewDecoder().Bytes(body)
	if err != nil {
		return bytes.ToValidUTF8(body, []byte(replacement))
	}
	return bytes.TrimPrefix(out, []byte("\xef\xbb\xbf"))
}

// KnowsCharset tells whether text in a charset of this name can be read.
func KnowsCharset(name string) bool {
	enc, _ := charset.Lookup(name)
	return enc != nil
}
