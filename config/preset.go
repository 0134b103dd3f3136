package config

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"pantau/internal/snapshot"
)

//go:embed presets/*.yaml
var builtIn embed.FS

// Preset is a description of a source that has a name: one that is part of the
// program, or a file of the folder that `presets` names, which goes before it.
type Preset struct {
	Name        string
	Title       string // what it is, for people
	Description string // what the source cannot show, and the like
	File        string // empty: part of the program
	Text        string
	Sources     []string // that use it

	topics  []string // of every change of a source that uses it
	kind    snapshot.Type
	listing *snapshot.Listing // of a page its address alone; nil: there is a problem in it, and it is reported
	source  snapshot.Source   // of an index and a page what their listing does not say
}

// Digest identifies the text of the preset.
func (p *Preset) Digest() string { return snapshot.Digest([]byte(p.Text)) }

// presetName is what a preset may be called, which its file is named by.
var presetName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

const presetEnding = ".yaml"

// BuiltIn is the presets that are part of the program, by name.
func BuiltIn() []*Preset {
	var out []*Preset
	for _, p := range ownPresets() {
		own := *p // it notes who uses it
		out = append(out, &own)
	}
	return out
}

// ownPresets are read once: every command reads the configuration.
var ownPresets = sync.OnceValue(readBuiltIn)

func readBuiltIn() []*Preset {
	files, err := fs.Glob(builtIn, "presets/*"+presetEnding)
	if err != nil {
		panic("config: " + err.Error()) // the pattern is ours
	}
	var out []*Preset
	for _, file := range files {
		text, err := builtIn.ReadFile(file)
		if err != nil {
			panic("config: " + err.Error())
		}
		p, err := ParsePreset(file, text)
		if err != nil {
			panic(err) // a preset is part of the program, and tested
		}
		p.File = ""
		out = append(out, p)
	}
	return out
}

// ParsePreset reads the text of a preset that is called as its file is. The
// error is *Problems.
func ParsePreset(file string, text []byte) (*Preset, error) {
	p := &Preset{Name: strings.TrimSuffix(filepath.Base(file), presetEnding), File: file, Text: string(text)}
	b := &builder{reporter: &reporter{file: file, lines: strings.Split(string(text), "\n")}, open: true}
	if !presetName.MatchString(p.Name) || !strings.HasSuffix(file, presetEnding) {
		b.report(1, 1, "a preset is named by its file: NAME%s, of small letters, digits and hyphens", presetEnding)
	}
	root := parse(b.reporter, text)
	if root != nil {
		presetShape().judge(b.reporter, root)
		p.Title, p.Description = root.get("title").text(), strings.TrimSpace(root.get("description").text())
		p.topics = root.get("topics").texts()
		p.describe(b, root)
	}
	return p, b.err()
}

// describe reads what the preset describes, by its kind.
func (p *Preset) describe(b *builder, root *node) {
	p.kind = snapshot.Type(root.get("type").text())
	switch {
	case p.kind == "" && root.get("indexes") != nil:
		p.kind = snapshot.Registry
	case p.kind == "":
		p.kind = snapshot.Paged
	}
	p.source = snapshot.Source{Name: p.Title, Type: p.kind, Site: cmp.Or(root.get("site").text(), p.Title)}
	switch p.kind {
	case snapshot.Index:
		b.index(root, &p.source)
		p.listing = p.source.Listing
		p.listing.Sentinel.Site = p.source.Site
	case snapshot.Page:
		p.source.Select, p.source.Remove = b.selectors(root.get("select")), b.selectors(root.get("remove"))
		p.source.Require = root.get("require").texts()
		p.listing = &snapshot.Listing{URL: root.get("url").text()}
	default:
		p.listing = b.listing(root)
	}
}

// presets are those in force: of the program, of the folder, and before both
// those that are given.
func (b *builder) presets(folder *node, given []*Preset) []*Preset {
	all := BuiltIn()
	put := func(p *Preset) {
		if i := slices.IndexFunc(all, func(q *Preset) bool { return q.Name == p.Name }); i >= 0 {
			all[i] = p
		} else {
			all = append(all, p)
		}
	}
	if folder.text() != "" {
		for _, p := range b.presetFiles(folder) {
			put(p)
		}
	}
	for _, p := range given {
		put(p)
	}
	slices.SortFunc(all, func(x, y *Preset) int { return cmp.Compare(x.Name, y.Name) })
	return all
}

// presetFiles reads a folder of presets. Files of other endings are none of
// them: what an installed one has replaced lies there.
func (b *builder) presetFiles(folder *node) []*Preset {
	entries, err := os.ReadDir(b.beside(folder.text()))
	if err != nil {
		why := err
		var at *fs.PathError
		if errors.As(err, &at) {
			why = at.Err
		}
		b.at(folder, "the folder of presets cannot be read: %v; make it, or take `presets` out", why)
		return nil
	}
	var out []*Preset
	for _, e := range entries {
		if filepath.Ext(e.Name()) != presetEnding {
			continue
		}
		file := filepath.Join(b.beside(folder.text()), e.Name())
		text, err := readFile(file, largest)
		if err != nil {
			b.at(folder, "the preset cannot be read: %v", err)
			continue
		}
		p, err := ParsePreset(file, text)
		var wrong *Problems
		if errors.As(err, &wrong) {
			b.list = append(b.list, wrong.List...)
		}
		out = append(out, p)
	}
	return out
}

// preset finds the description that a source names, as that source has it. It
// must be of the kind the source is.
func (b *builder) preset(n *node, source string) *Preset {
	name := n.get("preset")
	i := slices.IndexFunc(b.known, func(p *Preset) bool { return p.Name == name.text() })
	if i < 0 {
		var names []string
		for _, p := range b.known {
			names = append(names, p.Name)
		}
		b.at(name, "there is no preset `%s`; %s", name.text(), suggest(name.text(), names))
		return nil
	}
	p := b.known[i]
	p.Sources = append(p.Sources, source)
	if p.listing == nil {
		return nil
	}
	if n.get("type").text() != string(p.kind) {
		b.at(name, "the preset `%s` describes a source of type %s", p.Name, p.kind)
		return nil
	}
	own, l := *p, *p.listing
	l.Indexes = slices.Clone(l.Indexes)
	if base := n.get("base"); base != nil {
		l.URL = b.rebased(l.URL, base)
	}
	l.URL = b.opened(n, l.URL)
	own.listing = &l
	return &own
}

// opened is the address of a preset with what a source says of its open places.
func (b *builder) opened(n *node, address string) string {
	with := n.get("with")
	if with != nil {
		for _, e := range with.entries {
			if !strings.Contains(address, "{"+e.key+"}") || slices.Contains(slots(), e.key) {
				b.at(e.value, "the address of the preset leaves no place {%s} open", e.key)
				continue
			}
			address = strings.ReplaceAll(address, "{"+e.key+"}", e.value.scalarText())
		}
	}
	for _, m := range placeholder.FindAllStringSubmatch(address, -1) {
		if !slices.Contains(slots(), m[1]) {
			b.at(n.get("preset"), "the preset leaves {%s} open; `with: {%s: ...}` says what stands there", m[1], m[1])
		}
	}
	return address
}

// Install writes presets into the folder that the configuration names, each
// file whole or not at all. What one replaces stays beside it under the name
// that is returned, empty where nothing was replaced.
func (c *Config) Install(p *Preset) (kept string, err error) {
	if c.PresetFolder == "" {
		return "", errors.New("the configuration names no folder of presets; add `presets: DIR`")
	}
	file := filepath.Join(c.PresetFolder, p.Name+presetEnding)
	old, err := readFile(file, largest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", err
	case string(old) == p.Text:
		return "", nil
	default:
		kept = file + ".before-" + p.Digest()[:12]
		if err := replace(kept, old); err != nil {
			return "", err
		}
	}
	return kept, replace(file, []byte(p.Text))
}

// replace writes a file under another name first, so that whoever reads it, and
// a machine that stops, finds the old one or the new one whole.
func replace(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".preset-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // of no effect once it has its name
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if d, err := os.Open(filepath.Dir(file)); err == nil {
		err = d.Sync() // else the new name may be lost with the machine
		return errors.Join(err, d.Close())
	}
	return nil
}
