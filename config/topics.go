package config

import (
	_ "embed"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"pantau/diff/topic"
)

//go:embed topics.yaml
var topicsText []byte

// topicsName is what the program's own dictionary is called in a problem.
const topicsName = "pantau/topics.yaml"

var topicsShape = sync.OnceValue(func() *shape { return shapeOf("topics") })

// builtInTopics are those of the program.
var builtInTopics = sync.OnceValue(func() []topic.Topic {
	b := &builder{reporter: &reporter{file: topicsName, lines: strings.Split(string(topicsText), "\n")}}
	list := b.altered(nil, b.topicFile(topicsText), false)
	if err := b.err(); err != nil {
		panic(err) // they are part of the program, and tested
	}
	return list
})

// Topics is the program's own dictionary of topics.
func Topics() *topic.Dictionary {
	d, err := topic.NewDictionary(builtInTopics())
	if err != nil {
		panic(err)
	}
	return d
}

// TopicsText is the same as a file, to begin one's own from.
func TopicsText() string { return string(topicsText) }

// topics is the dictionary in force: the program's, altered by the file that is
// named, altered by what the configuration says itself.
func (b *builder) topics(file, own *node) *topic.Dictionary {
	list := builtInTopics()
	if file.text() != "" {
		list = b.fromFile(list, file)
	}
	d, err := topic.NewDictionary(b.altered(list, own, true))
	if err != nil {
		b.at(own, "%v", err)
	}
	return d
}

// fromFile alters the topics by those of a file. Its problems are reported in
// it.
func (b *builder) fromFile(list []topic.Topic, n *node) []topic.Topic {
	name := b.beside(n.text())
	text, err := readFile(name, largest)
	if err != nil {
		b.at(n, "the dictionary of topics cannot be read: %v", err)
		return list
	}
	own := &builder{reporter: &reporter{file: name, lines: strings.Split(string(text), "\n")}, folder: filepath.Dir(name)}
	if root := own.topicFile(text); root != nil {
		list = own.altered(list, root, true)
	}
	var wrong *Problems
	if errors.As(own.err(), &wrong) {
		b.list = append(b.list, wrong.List...)
	}
	return list
}

func (b *builder) topicFile(text []byte) *node {
	root := parse(b.reporter, text)
	if root != nil {
		topicsShape().judge(b.reporter, root)
	}
	return root
}

// altered is a list of topics as entries alter it.
func (b *builder) altered(list []topic.Topic, n *node, own bool) []topic.Topic {
	if n == nil || n.refused {
		return list
	}
	list = slices.Clone(list)
	for _, e := range n.entries {
		if !presetName.MatchString(e.key) {
			b.report(e.line, e.column, "a topic is called by small letters, digits and hyphens, at most 64")
			continue
		}
		i := slices.IndexFunc(list, func(t topic.Topic) bool { return t.ID == e.key })
		known := i >= 0
		if e.value.get("off").truth(false) {
			if known {
				list = slices.Delete(list, i, i+1)
			} else {
				b.at(e.value, "there is no topic `%s` to take out; %s", e.key, suggest(e.key, ids(list)))
			}
			continue
		}
		if !known {
			i = len(list)
			list = append(list, topic.Topic{ID: e.key})
		}
		b.alter(&list[i], e.value, known)
		list[i].Own = own
	}
	return list
}

func ids(list []topic.Topic) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.ID)
	}
	return out
}

// alter reads what an entry says of a topic.
func (b *builder) alter(t *topic.Topic, n *node, known bool) {
	if s := n.get("name").get("id").text(); s != "" {
		t.Indonesian = s
	}
	if s := n.get("name").get("en").text(); s != "" {
		t.English = s
	}
	if w := n.get("words"); w != nil {
		t.Words = b.checked(w, topic.CheckWords)
	}
	if p := n.get("provisions"); p != nil {
		t.Provisions = b.checked(p, topic.CheckProvision)
	}
	t.Words, t.Provisions = slices.Clone(t.Words), slices.Clone(t.Provisions)
	for _, item := range n.get("add").all() {
		switch s := item.text(); {
		case s == "":
		case topic.CheckProvision(s) == nil:
			t.Provisions = append(t.Provisions, s)
		default:
			t.Words = append(t.Words, b.checked(&node{kind: list, items: []*node{item}}, topic.CheckWords)...)
		}
	}
	for _, item := range n.get("drop").all() {
		same := func(s string) bool { return strings.EqualFold(s, item.text()) }
		before := len(t.Words) + len(t.Provisions)
		all := slices.Concat(t.Words, t.Provisions)
		t.Words, t.Provisions = slices.DeleteFunc(t.Words, same), slices.DeleteFunc(t.Provisions, same)
		if item.text() != "" && len(t.Words)+len(t.Provisions) == before {
			b.at(item, "the topic `%s` has no `%s` to take out; %s", t.ID, item.text(), suggest(item.text(), all))
		}
	}
	if !known && len(t.Words)+len(t.Provisions) == 0 {
		b.at(n, "the topic `%s` has neither words nor provisions that a change could touch", t.ID)
	}
}

// checked is the entries of a list; what cannot be read is reported.
func (b *builder) checked(n *node, check func(string) error) []string {
	var out []string
	for _, item := range n.all() {
		if item.text() == "" {
			continue
		}
		if err := check(item.text()); err != nil {
			b.at(item, "%v", err)
			continue
		}
		out = append(out, item.text())
	}
	return out
}
