package foreign

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// separators stand between an address and its tags.
var separators = regexp.MustCompile(`[\s,;|]+`)

// readList reads addresses, one a line, tags behind them: separated by commas
// where there is one, else by blanks. Old lists of urlwatch have commands in
// them, behind a bar.
func readList(data []byte) (*Import, error) {
	im := &Import{Format: List}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if len(im.Watches) == mostWatches {
			return nil, fmt.Errorf("it holds more than %d addresses", mostWatches)
		}
		d := newDraft(fmt.Sprintf("line %d", n))
		switch {
		case strings.HasPrefix(line, "|"):
			d.leave("command", "commands are not run", "watch the page or register that the command asks")
		default:
			d.line(line)
		}
		im.Watches = append(im.Watches, d.done())
	}
	if len(im.Watches) == 0 {
		return nil, errors.New("it holds no addresses")
	}
	return im, nil
}

func (d *draft) line(line string) {
	raw, tags := line, ""
	if at := separators.FindStringIndex(line); at != nil && !strings.Contains(line[:at[0]], "{") {
		// A comma inside an address is part of it; one at its end is not.
		if i := strings.IndexAny(line, " \t"); i >= 0 {
			raw, tags = strings.TrimRight(line[:i], ",;|"), strings.TrimSpace(line[i:])
		}
	}
	d.address("url", raw)
	tags = strings.Trim(tags, "[]{}")
	split := strings.Fields
	if strings.ContainsAny(tags, ",;|") {
		split = func(s string) []string {
			return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;|", r) })
		}
	}
	for _, t := range split(tags) {
		t = strings.Trim(strings.TrimSpace(t), `'"`)
		switch {
		case t == "":
		case looksLikeID(t):
			d.lose("tags", "the group "+quoted(t)+" has no name in this file", "give `topics`, or import the whole backup")
		default:
			d.topic("tags", t)
		}
	}
}
