package topic

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"pantau/diff"
	"pantau/internal/snapshot"
	"pantau/internal/stem"
)

// Topic is one thing that changes are about, and what it is known by.
type Topic struct {
	ID         string   `json:"id"`
	Indonesian string   `json:"name_id"`
	English    string   `json:"name_en"`
	Words      []string `json:"words,omitempty"`      // words and phrases in any form; "A + B": both in one passage
	Provisions []string `json:"provisions,omitempty"` // "UU 27/2022", "UU 11/2008 Pasal 27"
	Own        bool     `json:"own,omitempty"`        // added or altered by the administrator
}

// Name is the topic in a language.
func (t *Topic) Name(language string) string {
	name := t.English
	if language == "id" {
		name = t.Indonesian
	}
	if name == "" {
		return t.ID
	}
	return name
}

func (t *Topic) wording() *diff.Wording {
	return &diff.Wording{Indonesian: t.Name("id"), English: t.Name("en")}
}

// Sanctions is the topic of the program's dictionary that an operator in a
// suspended or revoked index belongs to.
const Sanctions = "sanksi"

// Dictionary is the topics in force. It does not change once it is made.
type Dictionary struct {
	topics  []Topic
	version string
	phrases map[string][]phrase // by their first stem
	cites   map[citation][]cited
}

// phrase is a sequence of stems that one topic is known by.
type phrase struct {
	topic int
	entry int // in the topic's words
	part  int // of "A + B"
	parts int
	stems []string
}

// cited is a provision of one topic.
type cited struct {
	topic, entry int
	articles     []string // empty: all
}

// NewDictionary makes a dictionary; the error names the word or provision that
// cannot be read.
func NewDictionary(topics []Topic) (*Dictionary, error) {
	d := &Dictionary{topics: slices.Clone(topics), phrases: map[string][]phrase{}, cites: map[citation][]cited{}}
	for i := range d.topics {
		t := &d.topics[i]
		for n, words := range t.Words {
			if err := CheckWords(words); err != nil {
				return nil, fmt.Errorf("topic %s: %w", t.ID, err)
			}
			list := stemmed(words)
			for k, stems := range list {
				d.phrases[stems[0]] = append(d.phrases[stems[0]], phrase{i, n, k, len(list), stems})
			}
		}
		for n, p := range t.Provisions {
			if err := CheckProvision(p); err != nil {
				return nil, fmt.Errorf("topic %s: %w", t.ID, err)
			}
			c, _ := cite(p)
			d.cites[c] = append(d.cites[c], cited{i, n, articles(p)})
		}
	}
	text, err := json.Marshal(d.topics)
	if err != nil {
		return nil, err
	}
	d.version = snapshot.Digest(text)[:12]
	return d, nil
}

// stemmed is what an entry of Words is looked for by: the stems of each of its
// parts.
func stemmed(words string) [][]string {
	var out [][]string
	for part := range strings.SplitSeq(words, " + ") {
		var stems []string
		for t := range stem.Tokens(part) {
			stems = append(stems, t.Stem)
		}
		out = append(out, stems)
	}
	return out
}

// CheckWords tells why an entry of Words cannot be looked for.
func CheckWords(words string) error {
	if slices.ContainsFunc(stemmed(words), func(part []string) bool { return len(part) == 0 }) {
		return fmt.Errorf("%q has no word to look for, or none beside a +", words)
	}
	return nil
}

// Topics are those of the dictionary in their order.
func (d *Dictionary) Topics() []Topic {
	if d == nil {
		return nil
	}
	return slices.Clone(d.topics)
}

// Topic finds one by its id.
func (d *Dictionary) Topic(id string) (Topic, bool) {
	if d != nil {
		for _, t := range d.topics {
			if t.ID == id {
				return t, true
			}
		}
	}
	return Topic{}, false
}

// Version names the dictionary: another word in it is another version.
func (d *Dictionary) Version() string {
	if d == nil {
		return ""
	}
	return d.version
}

const (
	near = 30 // words around what differs in a passage that belong to it
	most = 8  // words of a topic that a tag names
)

// Tag says which topics a change is about, and by which of its words and
// provisions; those that its source declares come first. Only what changed
// counts: the passages that differ, the units of law they stand in, the fields
// that were edited, and of a new record or one that is gone all of it.
func (d *Dictionary) Tag(c diff.Change, src snapshot.Source) []diff.Tag {
	var tags []diff.Tag
	for _, id := range src.Topics {
		if !slices.ContainsFunc(tags, func(t diff.Tag) bool { return t.Topic == id }) {
			tags = append(tags, diff.Tag{Topic: id, Declared: true})
		}
	}
	if d == nil {
		return tags
	}
	for i := range tags {
		if t, ok := d.Topic(tags[i].Topic); ok {
			tags[i].Name = t.wording()
		}
	}
	f := finder{d: d, found: make([]diff.Tag, len(d.topics)), read: map[string]*finding{}}
	for i := range c.Hunks {
		f.hunk(i, &c.Hunks[i], src)
	}
	for i := range c.Events {
		f.event(i, &c.Events[i], src)
	}
	for i, t := range f.found {
		if len(t.Words)+len(t.Provisions) == 0 {
			continue
		}
		t.Topic, t.Name = d.topics[i].ID, d.topics[i].wording()
		if n := slices.IndexFunc(tags, func(o diff.Tag) bool { return o.Topic == t.Topic }); n >= 0 {
			t.Declared = true
			tags[n] = t
		} else {
			tags = append(tags, t)
		}
	}
	return tags
}

// finder looks for topics in the parts of one change.
type finder struct {
	d     *Dictionary
	found []diff.Tag // by topic
	read  map[string]*finding
}

// finding is what one text holds: per topic the entries that are in it.
type finding struct {
	words      map[int][]string // as they stand in the text
	provisions map[int][]string // as the dictionary names them
}

// note adds what a text holds to the tags.
func (f *finder) note(place int, text, path string) {
	if text == "" {
		return
	}
	key := path + "\x00" + text
	r := f.read[key]
	if r == nil {
		r = f.d.find(text, path)
		f.read[key] = r
	}
	for i := range f.found {
		t := &f.found[i]
		for _, w := range r.words[i] {
			t.Words = add(t.Words, w)
		}
		for _, p := range r.provisions[i] {
			t.Provisions = add(t.Provisions, p)
		}
		if len(r.words[i])+len(r.provisions[i]) > 0 && (len(t.Places) == 0 || t.Places[len(t.Places)-1] != place) {
			t.Places = append(t.Places, place)
		}
	}
}

func add(list []string, s string) []string {
	same := func(o string) bool { return strings.EqualFold(o, s) }
	if len(list) < most && !slices.ContainsFunc(list, same) {
		list = append(list, s)
	}
	return list
}

// target is a link target in the wording of a hunk.
var target = regexp.MustCompile(`<(?:https?://|/|mailto:)[^>\s]*>`)

func (f *finder) hunk(place int, h *diff.Hunk, src snapshot.Source) {
	before, after := target.ReplaceAllString(h.Before, ""), target.ReplaceAllString(h.After, "")
	if h.Op == diff.OpModified {
		before, after = around(before, after)
	}
	if h.Op != diff.OpMoved {
		f.note(place, before, h.Path)
	}
	f.note(place, after, h.Path)
	f.note(place, units(h.Path), "")
	if c, ok := cite(src.Title()); ok {
		f.touch(place, c, h.Path)
	}
}

// units are the parts of a path that are units of law with their titles: of the
// headings of a page only these say what a passage is about.
func units(path string) string {
	var out []string
	for name := range strings.SplitSeq(path, " > ") {
		if word, _, _ := strings.Cut(strings.ToLower(name), " "); slices.Contains([]string{"bab", "bagian", "paragraf", "pasal", "chapter", "part", "article"}, word) {
			out = append(out, name)
		}
	}
	return strings.Join(out, " . ")
}

// touch notes that the source itself is a regulation that topics name.
func (f *finder) touch(place int, c citation, path string) {
	for _, p := range f.d.cites[c] {
		if t := &f.found[p.topic]; p.in(path) {
			t.Provisions = add(t.Provisions, f.d.topics[p.topic].Provisions[p.entry])
			if len(t.Places) == 0 || t.Places[len(t.Places)-1] != place {
				t.Places = append(t.Places, place)
			}
		}
	}
}

// around cuts two wordings to what differs and some words on both sides of it:
// a whole page in one passage is not what changed.
func around(before, after string) (string, string) {
	x, y := words(before), words(after)
	head, tail := same(x, y)
	cut := func(list []token, text string) string {
		from, to := max(0, head-near), min(len(list), len(list)-tail+near)
		if from >= to {
			return ""
		}
		return text[list[from].from:list[to-1].to]
	}
	return cut(x, before), cut(y, after)
}

// find looks for everything in one text. path is where it stands.
func (d *Dictionary) find(text, path string) *finding {
	r := &finding{words: map[int][]string{}, provisions: map[int][]string{}}
	type half struct{ topic, entry int }
	parts := map[half]map[int]string{}
	list := slices.Collect(stem.Tokens(text))
	for i := range list {
		for _, p := range d.phrases[list[i].Stem] {
			if !stands(list[i:], p.stems) {
				continue
			}
			as := text[list[i].From:list[i+len(p.stems)-1].To]
			if p.parts == 1 {
				r.words[p.topic] = add(r.words[p.topic], as)
				continue
			}
			h := half{p.topic, p.entry}
			if parts[h] == nil {
				parts[h] = map[int]string{}
			}
			parts[h][p.part] = as
			if len(parts[h]) == p.parts {
				for n := range p.parts {
					r.words[p.topic] = add(r.words[p.topic], parts[h][n])
				}
			}
		}
	}
	for _, c := range citations(text) {
		for _, p := range d.cites[c] {
			if p.in(text) || p.in(path) {
				r.provisions[p.topic] = add(r.provisions[p.topic], d.topics[p.topic].Provisions[p.entry])
			}
		}
	}
	return r
}

func stands(list []stem.Token, stems []string) bool {
	if len(list) < len(stems) {
		return false
	}
	for i, s := range stems {
		if list[i].Stem != s {
			return false
		}
	}
	return true
}
