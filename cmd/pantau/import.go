package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pantau/config"
	"pantau/config/foreign"
)

func (a *app) importCommand() *cobra.Command {
	var from, into string
	c := &cobra.Command{
		Use: "import FILE...", Short: "Take over the watches of another tracker, and say what cannot be taken over", Args: usage(cobra.MinimumNArgs(1)),
		Example: "  pantau import feeds.opml\n  pantau import urls.yaml --into pantau.yaml",
		Long: "Reads watches of urlwatch and webchanges (YAML), changedetection.io (url-watches.json, its backup, the answers of its API),\n" +
			"feeds (OPML) and plain lists of addresses with tags, and prints them as sources. `-` is standard input.\n\n" +
			"What Pantau would read otherwise is written commented out, for you to look at. Everything that is not\n" +
			"carried over stands beside its source as a comment, and on standard error, with what to do instead. Values of\n" +
			"headers, cookies and the like are never shown.\n\n" +
			"--into adds the sources to a configuration: nothing else in it changes, the result is checked first, and the old\none is kept beside it.",
		RunE: func(_ *cobra.Command, args []string) error {
			if from != "" && !slices.Contains(foreign.Formats(), foreign.Format(from)) {
				return exit{exitConfig, fmt.Errorf("--from %s is not known; known are %v", from, foreign.Formats())}
			}
			files, err := a.readForeign(args, foreign.Format(from))
			if err != nil {
				return err
			}
			if into != "" {
				return a.importInto(into, files)
			}
			return a.importOut(files)
		},
	}
	c.Flags().StringVar(&from, "from", "", "urlwatch, changedetection, opml or list; by default the content says it")
	c.Flags().StringVar(&into, "into", "", "add the sources to this configuration")
	return c
}

// foreignFile is one file that was read.
type foreignFile struct {
	Name string
	*foreign.Import
}

// imported is a watch as --json prints it. What belongs to no one watch has
// neither place nor outcome.
type imported struct {
	File string `json:"file"`
	*foreign.Watch
	Skipped string         `json:"skipped,omitempty"`
	Whole   []foreign.Note `json:"file_notes,omitempty"`
}

// readForeign reads all files before anything is written; ids are unique
// among them.
func (a *app) readForeign(paths []string, format foreign.Format) ([]foreignFile, error) {
	var files []foreignFile
	var all []foreign.Watch
	for _, path := range paths {
		data, err := a.readWatches(path)
		if err != nil {
			return nil, err
		}
		im, err := foreign.Read(data, format)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		files = append(files, foreignFile{path, im})
		all = append(all, im.Watches...)
	}
	foreign.Identify(all) // sources are shared with the watches of the files
	return files, nil
}

func (a *app) readWatches(path string) ([]byte, error) {
	in := a.in
	if path != "-" {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is no file; for what is not, use -", path)
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, foreign.Largest+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

// importOut prints the sources as a configuration of their own.
func (a *app) importOut(files []foreignFile) error {
	watches := watchesOf(files)
	text := "sources:\n" + foreign.Text(watches, 2)
	if active(watches) > 0 {
		if _, err := config.Parse("sources", []byte(text), a.env); err != nil {
			return fmt.Errorf("what was read makes no configuration, and this is a fault of pantau: %w", err)
		}
	}
	if a.json {
		return a.printImport(files, nil)
	}
	if _, err := io.WriteString(a.out, text); err != nil {
		return err
	}
	a.tellImport(files, nil)
	return nil
}

// importInto adds the sources to a configuration.
func (a *app) importInto(path string, files []foreignFile) error {
	before, err := os.ReadFile(path)
	if err != nil {
		return exit{exitConfig, err}
	}
	conf, err := config.Parse(path, before, a.env)
	if err != nil {
		return exit{exitConfig, err}
	}
	skipped := already(conf, before, watchesOf(files))
	var fresh []foreign.Watch
	for _, w := range watchesOf(files) {
		if w.Source != nil && skipped[w.Source.ID] == "" {
			fresh = append(fresh, w)
		}
	}
	if len(fresh) > 0 {
		after, err := foreign.Insert(before, func(indent int) string { return foreign.Text(fresh, indent) })
		if err != nil {
			return exit{exitConfig, fmt.Errorf("%s: %w", path, err)}
		}
		if _, err := config.Parse(path, after, a.env); err != nil {
			return exit{exitConfig, fmt.Errorf("nothing is written, for the result would not be sound:\n%w", err)}
		}
		kept, err := replaceFile(path, before, after)
		if err != nil {
			return err
		}
		fmt.Fprintf(screen{a.errs}, "%s is written; what it was is kept as %s.\n", path, kept)
	}
	if a.json {
		return a.printImport(files, skipped)
	}
	if len(fresh) > 0 {
		if _, err := io.WriteString(a.out, foreign.Text(fresh, 2)); err != nil {
			return err
		}
	}
	a.tellImport(files, skipped)
	return nil
}

// already is why sources are not added again, by their ids.
func already(conf *config.Config, text []byte, watches []foreign.Watch) map[string]string {
	skipped := map[string]string{}
	for _, w := range watches {
		if w.Source == nil {
			continue
		}
		id := w.Source.ID
		for _, s := range conf.Sources {
			switch {
			case s.ID != id:
			case s.URL == w.Source.URL:
				skipped[id] = "a source with this id and address is there already"
			default:
				skipped[id] = "a source with this id is there already, with ANOTHER address; add this one by hand under an id of its own"
			}
		}
		if skipped[id] == "" && regexp.MustCompile(`(?m)^\s*#\s*- id: "?`+regexp.QuoteMeta(id)+`"?\s*$`).Match(text) {
			skipped[id] = "it is there already, commented out"
		}
	}
	return skipped
}

// replaceFile puts a new text in the place of a file, so that whoever reads it,
// or starts after a crash, finds the old text or the new one. The old one is
// kept beside it.
func replaceFile(path string, before, after []byte) (kept string, err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if kept, err = keepBeside(path, before, info.Mode().Perm()); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".pantau-import-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name()) // of no effect once it has its name
	_, err = f.Write(after)
	err = errors.Join(err, f.Chmod(info.Mode().Perm()), f.Sync(), f.Close())
	if err != nil {
		return "", err
	}
	return kept, os.Rename(f.Name(), path)
}

// keepBeside writes what a file was under a name that is free.
func keepBeside(path string, text []byte, mode fs.FileMode) (string, error) {
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s.before-import-%d", path, n)
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.Write(text)
		return name, errors.Join(err, f.Sync(), f.Close())
	}
}

func watchesOf(files []foreignFile) []foreign.Watch {
	var all []foreign.Watch
	for _, f := range files {
		all = append(all, f.Watches...)
	}
	return all
}

func active(watches []foreign.Watch) int {
	n := 0
	for _, w := range watches {
		if w.Outcome == foreign.Carried {
			n++
		}
	}
	return n
}

// printImport is the import as JSON: an object a watch, and one a file for what
// belongs to none.
func (a *app) printImport(files []foreignFile, skipped map[string]string) error {
	for _, f := range files {
		for i := range f.Watches {
			line := imported{File: f.Name, Watch: &f.Watches[i]}
			if s := f.Watches[i].Source; s != nil {
				line.Skipped = skipped[s.ID]
			}
			if err := a.print(line); err != nil {
				return err
			}
		}
		if len(f.Notes) > 0 {
			if err := a.print(imported{File: f.Name, Whole: f.Notes}); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellImport says on standard error what became of every watch.
func (a *app) tellImport(files []foreignFile, skipped map[string]string) {
	w := screen{a.errs}
	for _, f := range files {
		count := map[foreign.Outcome]int{}
		passed := 0
		fmt.Fprintf(w, "%s (%s)\n", f.Name, f.Format)
		for _, watch := range f.Watches {
			name := watch.Name
			if s := watch.Source; s != nil {
				name = s.ID
				if skipped[s.ID] != "" {
					passed++
					fmt.Fprintf(w, "  %-9s %s (%s): %s.\n", "skipped", name, watch.Place, skipped[s.ID])
					continue
				}
			}
			count[watch.Outcome]++
			fmt.Fprintf(w, "  %-9s %s (%s)\n", watch.Outcome, name, watch.Place)
			for _, n := range watch.Lost() {
				fmt.Fprintf(w, "            %s\n", n)
			}
		}
		tellRest(w, f)
		noun := "watches"
		if len(f.Watches) == 1 {
			noun = "watch"
		}
		fmt.Fprintf(w, "%d %s: %d carried, %d commented out, %d left, %d skipped.\n",
			len(f.Watches), noun, count[foreign.Carried], count[foreign.Commented], count[foreign.Left], passed)
	}
}

// tellRest says once for a file what is left of it and needs no decision.
func tellRest(w io.Writer, f foreignFile) {
	var keys []string
	for _, n := range f.Notes {
		if n.Class == foreign.Lost {
			fmt.Fprintf(w, "  the file  %s\n", n)
			continue
		}
		keys = append(keys, n.Keys...)
	}
	for _, watch := range f.Watches {
		for _, n := range watch.Notes {
			if n.Class != foreign.Lost {
				keys = append(keys, n.Keys...)
			}
		}
	}
	slices.Sort(keys)
	if keys = slices.Compact(keys); len(keys) > 0 {
		fmt.Fprintf(w, "  Not carried over, and nothing to do: records of the other program, and what it does anyway (%s).\n", strings.Join(keys, ", "))
	}
}
