package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pantau/config"
	"pantau/diff"
	"pantau/diff/topic"
)

func (a *app) topicsCommand() *cobra.Command {
	list := func(*cobra.Command, []string) error { return a.listTopics() }
	c := &cobra.Command{
		Use: "topics", Short: "List and show what changes are tagged with", Args: usage(cobra.NoArgs), RunE: list,
		Long:    "Topics are known by words, in any of their forms, in Indonesian and English, and by provisions. `topics` in the\nconfiguration, and the file that `dictionary` names, add topics or alter them; `pantau topics show` without a\nname prints the program's own as such a file. Every change names the version it was tagged by.",
		Example: "  pantau topics\n  pantau topics show pse",
	}
	c.AddCommand(&cobra.Command{Use: "list", Short: "List the topics in force", Example: "  pantau topics list", Args: usage(cobra.NoArgs), RunE: list},
		&cobra.Command{
			Use: "show [TOPIC]", Short: "What a topic is known by; without a name the program's own dictionary", Args: usage(cobra.MaximumNArgs(1)),
			Example: "  pantau topics show data-pribadi\n  pantau topics show > topics.yaml       # the program's own, to edit",
			RunE: func(_ *cobra.Command, args []string) error {
				if len(args) == 0 {
					_, err := io.WriteString(a.out, config.TopicsText())
					return err
				}
				return a.showTopic(args[0])
			},
		})
	return c
}

// topicEntry is the JSON of one topic.
type topicEntry struct {
	topic.Topic
	Dictionary string   `json:"dictionary"`
	Sources    []string `json:"sources,omitempty"` // that declare it
}

func (a *app) topicEntries() ([]topicEntry, error) {
	conf, err := a.config()
	if err != nil {
		return nil, err
	}
	var out []topicEntry
	for _, t := range conf.Topics.Topics() {
		e := topicEntry{Topic: t, Dictionary: conf.Topics.Version()}
		for _, s := range conf.Sources {
			if slices.Contains(s.Topics, t.ID) {
				e.Sources = append(e.Sources, s.ID)
			}
		}
		out = append(out, e)
	}
	return out, nil
}

func (a *app) listTopics() error {
	list, err := a.topicEntries()
	if err != nil {
		return err
	}
	if a.json {
		for _, e := range list {
			if err := a.print(e); err != nil {
				return err
			}
		}
		return nil
	}
	err = table(a.out, func(row func(...string)) {
		row("TOPIC", "FROM", "WORDS", "PROVISIONS", "DECLARED BY", "NAME")
		for _, e := range list {
			from := "pantau"
			if e.Own {
				from = "configuration"
			}
			row(e.ID, from, fmt.Sprint(len(e.Words)), fmt.Sprint(len(e.Provisions)), cmp.Or(strings.Join(e.Sources, ", "), "-"), e.Name("id")+" / "+e.Name("en"))
		}
	})
	if err == nil && len(list) > 0 {
		_, err = fmt.Fprintf(a.out, "\nVersion %s of the dictionary.\n", list[0].Dictionary)
	}
	return err
}

func (a *app) showTopic(id string) error {
	list, err := a.topicEntries()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(e topicEntry) bool { return e.ID == id })
	if i < 0 {
		return exit{exitConfig, fmt.Errorf("there is no topic %q in the dictionary; `pantau topics` lists those there are", id)}
	}
	e := list[i]
	if a.json {
		return a.print(e)
	}
	_, err = fmt.Fprintf(a.out, "%s  %s / %s\n\nWords and phrases, in any of their forms\n    %s\n\nProvisions\n    %s\n", e.ID, e.Name("id"), e.Name("en"),
		cmp.Or(strings.Join(e.Words, "\n    "), "-"), cmp.Or(strings.Join(e.Provisions, "\n    "), "-"))
	return err
}

// topicLines are the topics of a change for the terminal.
func topicLines(tags []diff.Tag) string {
	var b strings.Builder
	for _, t := range tags {
		fmt.Fprintf(&b, "topic    %s\n", topicLine(t))
	}
	return b.String()
}

// topicLine is a topic with what it was found by.
func topicLine(t diff.Tag) string {
	by := slices.Concat(t.Provisions, t.Words)
	s := t.Topic
	if t.Name != nil {
		s += " (" + t.Name.English + ")"
	}
	if len(by) > 0 {
		s += ": " + strings.Join(by, ", ")
	}
	if t.Declared {
		s += " [declared by the source]"
	}
	return s
}
