// Package foreign reads the watches of other change trackers and writes them
// as sources of ours: urlwatch and webchanges (YAML), changedetection.io (its
// JSON, the answers of its API, its backups), OPML outlines and plain lists of
// addresses.
//
// Invariants: it is pure, bytes in and watches out; every key of every input is
// named by the watch it came with, as carried or with a word on why not; a
// watch becomes an active source only if Pantau reads the same page, else it is
// written commented out, for a person; no value of a header, cookie, body,
// command, proxy or notification address is ever repeated; what an input may
// measure is bounded, nested and expanded.
package foreign

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Format is a kind of file that watches are read from.
type Format string

// The formats.
const (
	Urlwatch        Format = "urlwatch"        // and its descendant webchanges
	ChangeDetection Format = "changedetection" // changedetection.io
	OPML            Format = "opml"
	List            Format = "list" // one address a line, tags behind it
)

// Formats is every format, as it may be asked for.
func Formats() []Format { return []Format{Urlwatch, ChangeDetection, OPML, List} }

// The most that is read of one file.
const (
	Largest       = 64 << 20 // bytes of a file; only a backup in a zip may be so large
	largestText   = 16 << 20 // bytes of JSON, XML or a list, also inside a zip, all together
	largestYAML   = 4 << 20  // bytes of YAML
	largestJob    = 256 << 10
	mostWatches   = 10_000
	mostNodes     = 1_000_000 // values of a file, aliases counted each time they are used
	deepest       = 64
	mostInArchive = 100_000
)

// Import is what one file holds.
type Import struct {
	Format  Format
	Watches []Watch
	Notes   []Note // what belongs to no one watch
}

// Outcome is what becomes of a watch.
type Outcome string

// The outcomes.
const (
	Carried   Outcome = "carried"   // a source
	Commented Outcome = "commented" // a source that a person has to look at first
	Left      Outcome = "left"      // nothing that Pantau could look at
)

// Watch is one watch of another tracker, and the source it becomes.
type Watch struct {
	Place   string   `json:"place"` // in its file: "document 3", "line 7"
	Name    string   `json:"name,omitempty"`
	Outcome Outcome  `json:"outcome"`
	Source  *Source  `json:"source"`  // nil if it is left
	Carried []string `json:"carried"` // keys that stand in the source, or that Pantau does anyway
	Notes   []Note   `json:"notes"`
}

// Class says what kind of thing is not carried over.
type Class string

// The classes of notes.
const (
	Lost    Class = "lost"    // it did something; Pantau will not do it
	Default Class = "default" // it is empty, or what the other program does anyway
	Record  Class = "record"  // what the other program wrote down for itself
)

// Note names keys that are not carried over, and says why.
type Note struct {
	Keys    []string `json:"keys"`
	Class   Class    `json:"class"`
	Why     string   `json:"why"`
	Instead string   `json:"instead,omitempty"` // what to do in Pantau
}

// Source is what a watch becomes: the keys of our configuration it has words
// for.
type Source struct {
	ID       string   `json:"id"`
	Name     string   `json:"name,omitempty"`
	Type     string   `json:"type"`
	URL      string   `json:"url"`
	Select   []string `json:"select,omitempty"`
	Remove   []string `json:"remove,omitempty"`
	Topics   []string `json:"topics,omitempty"`
	Schedule string   `json:"schedule,omitempty"`
	Timeout  string   `json:"timeout,omitempty"`
	Proxy    string   `json:"proxy,omitempty"`
}

// Read reads the watches of a file. Without a format the content says which it
// is. The sources have no ids yet: Identify gives them.
func Read(data []byte, format Format) (*Import, error) {
	if len(data) > Largest {
		return nil, fmt.Errorf("it is larger than %d MiB", Largest>>20)
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		if format != "" && format != ChangeDetection {
			return nil, fmt.Errorf("it is a zip archive; %s is read from a text file", format)
		}
		return readArchive(data)
	}
	if len(data) > largestText {
		return nil, fmt.Errorf("it is larger than %d MiB", largestText>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if format == "" {
		if format = recognise(data); format == "" {
			return nil, fmt.Errorf("this is no list of watches that is known; name its kind with --from (%s)", names())
		}
	}
	if format != OPML && !utf8.Valid(data) {
		return nil, fmt.Errorf("it is not UTF-8 text")
	}
	switch format {
	case Urlwatch:
		return readUrlwatch(data)
	case ChangeDetection:
		return readChangeDetection(data)
	case OPML:
		return readOPML(data)
	case List:
		return readList(data)
	}
	return nil, fmt.Errorf("there is no format %q; known are %s", format, names())
}

func names() string {
	var all []string
	for _, f := range Formats() {
		all = append(all, string(f))
	}
	return strings.Join(all, ", ")
}

var (
	jobKey  = regexp.MustCompile(`(?m)^\s*(url|navigate|command|name|filter|filters|kind)\s*:(\s|$)`)
	address = regexp.MustCompile(`(?m)^\s*(source:)?https?://\S`)
)

// recognise tells a format by its content, "" if it is none.
func recognise(data []byte) Format {
	text := bytes.TrimSpace(data)
	switch {
	case len(text) == 0:
		return ""
	case text[0] == '<':
		head := bytes.ToLower(text[:min(len(text), 4096)])
		if bytes.Contains(head, []byte("<opml")) {
			return OPML
		}
		return ""
	case text[0] == '{' || text[0] == '[':
		return ChangeDetection
	case jobKey.Match(text):
		return Urlwatch
	case address.Match(text):
		return List
	}
	return ""
}

// draft is a watch that is being read.
type draft struct {
	Watch
	source Source
}

func newDraft(place string) *draft {
	return &draft{Watch: Watch{Place: place, Outcome: Carried, Carried: []string{}, Notes: []Note{}}, source: Source{Type: "page"}}
}

// carry notes a key that is in the source.
func (d *draft) carry(key string) {
	if !slices.Contains(d.Carried, key) {
		d.Carried = append(d.Carried, key)
	}
}

// lose notes a key that Pantau will not heed; what it reads stays the same page.
func (d *draft) lose(key, why, instead string) {
	d.Notes = append(d.Notes, Note{Keys: []string{key}, Class: Lost, Why: why, Instead: instead})
}

// comment is lose for what makes Pantau read something else: a person decides.
func (d *draft) comment(key, why, instead string) {
	d.lose(key, why, instead)
	if d.Outcome == Carried {
		d.Outcome = Commented
	}
}

// leave is lose for what Pantau cannot look at in any way.
func (d *draft) leave(key, why, instead string) {
	d.lose(key, why, instead)
	d.Outcome = Left
}

// idle notes a key that does nothing.
func (d *draft) idle(key string) {
	d.gather(Default, key, "empty, or what the other program does anyway")
}

// record notes a key that the other program wrote for itself.
func (d *draft) record(key string) {
	d.gather(Record, key, "the other program's own records; Pantau makes its own from the first look on")
}

func (d *draft) gather(class Class, key, why string) { d.Notes = gather(d.Notes, class, key, why) }

func gather(notes []Note, class Class, key, why string) []Note {
	i := slices.IndexFunc(notes, func(n Note) bool { return n.Class == class && n.Why == why })
	if i < 0 {
		return append(notes, Note{Keys: []string{key}, Class: class, Why: why})
	}
	if !slices.Contains(notes[i].Keys, key) {
		notes[i].Keys = append(notes[i].Keys, key)
	}
	return notes
}

// done is the watch, whole.
func (d *draft) done() Watch {
	w := d.Watch
	if d.source.URL == "" {
		w.Outcome = Left
		if !slices.ContainsFunc(w.Notes, func(n Note) bool { return n.Class == Lost }) {
			w.Notes = append(w.Notes, Note{Keys: []string{}, Class: Lost, Why: "it names no address"})
		}
	}
	if w.Outcome != Left {
		w.Source = &d.source
	}
	return w
}
