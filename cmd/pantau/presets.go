package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"pantau/config"
	"pantau/diff"
)

// presetLine is the JSON of one preset.
type presetLine struct {
	Name        string   `json:"name"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	From        string   `json:"from"` // "pantau", or the file
	Digest      string   `json:"digest"`
	Replaces    bool     `json:"replaces"` // one of the program
	Sources     []string `json:"sources"`
}

func (a *app) presetsCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "presets", Short: "List, show, compare and install descriptions of sources", Args: usage(cobra.NoArgs),
		Long:    "Presets describe how a register or a listing is read. Some are part of the program; files NAME.yaml of the\nfolder that `presets` in the configuration names add to them or go before them.",
		Example: "  pantau presets\n  pantau presets show jdih-komdigi",
		RunE:    func(*cobra.Command, []string) error { return a.listPresets() },
	}
	var yes bool
	install := &cobra.Command{
		Use: "install FILE...", Short: "Put presets into the folder, after showing what changes", Args: usage(cobra.MinimumNArgs(1)),
		Long:    "Checks the files, and the configuration with them; shows what changes; asks; writes each file whole or not at\nall. What is replaced stays beside it. Sources that use a preset are read by it from the next look on.",
		Example: "  pantau presets install pse-api-public.yaml",
		RunE:    func(_ *cobra.Command, args []string) error { return a.installPresets(args, yes) },
	}
	install.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	c.AddCommand(&cobra.Command{
		Use: "list", Short: "List the presets in force", Args: usage(cobra.NoArgs),
		Example: "  pantau presets list",
		RunE:    func(*cobra.Command, []string) error { return a.listPresets() },
	}, &cobra.Command{
		Use: "show NAME", Short: "Print the preset in force", Args: usage(cobra.ExactArgs(1)),
		Example: "  pantau presets show pse-api-public",
		RunE: func(_ *cobra.Command, args []string) error {
			conf, err := a.config()
			if err != nil {
				return err
			}
			p, err := presetOf(conf.Presets, args[0])
			if err != nil {
				return err
			}
			if a.json {
				return a.print(struct {
					presetLine
					Text string `json:"text"`
				}{line(p), p.Text})
			}
			_, err = io.WriteString(a.out, p.Text)
			return err
		},
	}, &cobra.Command{
		Use: "diff NAME|FILE", Short: "What a file would change, or what the folder's preset changes of the program's", Args: usage(cobra.ExactArgs(1)),
		Long:    "Writes a unified diff: of a FILE against the preset in force, of a NAME against that of the program.\n\nExit status, as of diff(1): 0 same, 1 different, 2 error.",
		Example: "  pantau presets diff presets/pse-api-public.yaml",
		RunE:    func(_ *cobra.Command, args []string) error { return a.diffPreset(args[0]) },
	}, install)
	return c
}

func line(p *config.Preset) presetLine {
	own := slices.ContainsFunc(config.BuiltIn(), func(q *config.Preset) bool { return q.Name == p.Name })
	return presetLine{Name: p.Name, Title: p.Title, Description: p.Description, From: cmp.Or(p.File, "pantau"),
		Digest: p.Digest(), Replaces: own && p.File != "", Sources: append([]string{}, p.Sources...)}
}

func presetOf(list []*config.Preset, name string) (*config.Preset, error) {
	for _, p := range list {
		if p.Name == name {
			return p, nil
		}
	}
	return nil, exit{exitConfig, fmt.Errorf("there is no preset %q; `pantau presets` lists those there are", name)}
}

func (a *app) listPresets() error {
	conf, err := a.config()
	if err != nil {
		return err
	}
	if a.json {
		for _, p := range conf.Presets {
			if err := a.print(line(p)); err != nil {
				return err
			}
		}
		return nil
	}
	return table(a.out, func(row func(...string)) {
		row("NAME", "FROM", "DIGEST", "USED BY", "WHAT IT IS")
		for _, p := range conf.Presets {
			l := line(p)
			if l.Replaces {
				l.From += " (before pantau's)"
			}
			row(l.Name, l.From, l.Digest[:12], cmp.Or(strings.Join(l.Sources, ", "), "-"), l.Title)
		}
	})
}

// readPreset reads and checks a file.
func readPreset(file string) (*config.Preset, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, exit{exitConfig, err}
	}
	if !info.Mode().IsRegular() || info.Size() > 1<<20 {
		return nil, exit{exitConfig, fmt.Errorf("%s is no preset: expected a file of at most 1 MiB", file)}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, exit{exitConfig, err}
	}
	p, err := config.ParsePreset(file, text)
	if err != nil {
		return nil, exit{exitConfig, err}
	}
	return p, nil
}

func isFile(arg string) bool {
	return strings.ContainsRune(arg, filepath.Separator) || strings.HasSuffix(arg, ".yaml")
}

// changes is what p changes of the preset of its name among those given.
func changes(p *config.Preset, among []*config.Preset) string {
	for _, q := range among {
		if q.Name == p.Name {
			return diff.Unified(cmp.Or(q.File, "pantau/"+q.Name), cmp.Or(p.File, "pantau/"+p.Name), q.Text, p.Text)
		}
	}
	return diff.Unified("/dev/null", p.File, "", p.Text)
}

func (a *app) diffPreset(arg string) error {
	conf, err := a.config()
	if err != nil {
		return err
	}
	var p *config.Preset
	among := conf.Presets
	if isFile(arg) {
		p, err = readPreset(arg)
	} else {
		among = config.BuiltIn()
		p, err = presetOf(conf.Presets, arg)
	}
	if err != nil {
		return err
	}
	text := changes(p, among)
	if _, err := io.WriteString(a.out, text); err != nil || text == "" {
		return err
	}
	return exit{code: 1}
}

func (a *app) installPresets(files []string, yes bool) error {
	conf, err := a.config()
	if err != nil {
		return err
	}
	if conf.PresetFolder == "" {
		return exit{exitConfig, fmt.Errorf("%s names no folder of presets; add `presets: DIR` to it and make the folder", a.path)}
	}
	var list []*config.Preset
	for _, file := range files {
		p, err := readPreset(file)
		if err != nil {
			return err
		}
		text := changes(p, conf.Presets)
		if text == "" {
			fmt.Fprintf(a.out, "%s is in force as it is in %s.\n", p.Name, file)
			continue
		}
		if _, err := io.WriteString(a.out, text); err != nil {
			return err
		}
		list = append(list, p)
	}
	after, err := config.LoadWith(a.path, a.env, list)
	if err != nil {
		return exit{exitConfig, fmt.Errorf("the configuration is not sound with this preset, so nothing is installed:\n%w", err)}
	}
	if len(list) == 0 {
		return nil
	}
	a.tellUsers(after, list)
	if !yes {
		if ok, err := a.asked("Install"); err != nil || !ok {
			return err
		}
	}
	for _, p := range list {
		kept, err := conf.Install(p)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s is installed in %s.\n", p.Name, conf.PresetFolder)
		if kept != "" {
			fmt.Fprintf(a.out, "What it replaced is %s.\n", kept)
		}
	}
	return nil
}

// tellUsers says which sources will be read in another way.
func (a *app) tellUsers(after *config.Config, list []*config.Preset) {
	for _, p := range list {
		for _, q := range after.Presets {
			if q.Name == p.Name && len(q.Sources) > 0 {
				fmt.Fprintf(a.out, "%s is used by %s.\n", p.Name, strings.Join(q.Sources, ", "))
			}
		}
	}
}

// asked puts a question to whoever sits at the terminal.
func (a *app) asked(what string) (bool, error) {
	if !term.IsTerminal(int(a.in.Fd())) {
		return false, exit{exitConfig, errors.New("nobody is at the terminal to ask, so nothing is done; --yes does it")}
	}
	fmt.Fprintf(a.out, "%s? [y/N] ", what)
	answer, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && err != io.EOF {
		return false, fmt.Errorf("answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "ya":
		return true, nil
	}
	fmt.Fprintln(a.out, "Nothing was done.")
	return false, exit{code: exitFailed}
}
