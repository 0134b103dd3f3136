package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"
)

// root is the command line of DESIGN section 8.
func (a *app) root() *cobra.Command {
	r := &cobra.Command{
		Use:           "pantau",
		Short:         "Watches regulators and tells you what changed",
		Long:          "Pantau crawls the pages and registers that you name, compares each look with the one before,\nkeeps the history, and tells those who must know: once, on their channel, in exact words.\n\nStart with `pantau demo`, or with `pantau init`, `pantau validate`, `pantau check`, `pantau run`.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       programVersion(),
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			err := fmt.Errorf("there is no command %q", args[0])
			if near := c.SuggestionsFor(args[0]); len(near) > 0 {
				err = fmt.Errorf("%w; did you mean `pantau %s`?", err, near[0])
			}
			return exit{exitConfig, err}
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	r.SuggestionsMinimumDistance = 2
	path, _ := a.env("PANTAU_CONFIG")
	r.PersistentFlags().StringVarP(&a.path, "config", "c", cmp.Or(path, "pantau.yaml"), "configuration file (or PANTAU_CONFIG)")
	r.PersistentFlags().BoolVarP(&a.verbose, "verbose", "v", false, "log what is being done")
	r.PersistentFlags().BoolVar(&a.json, "json", false, "results as JSON, one object a line")
	r.PersistentFlags().StringVar(&a.logs, "log-format", logText, "form of the log on standard error: text or json")
	r.PersistentPreRunE = func(*cobra.Command, []string) error {
		if a.logs != logText && a.logs != logJSON {
			return exit{exitConfig, fmt.Errorf("--log-format %q: want text or json", a.logs)}
		}
		return nil
	}
	r.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return exit{exitConfig, err} })
	r.AddGroup(&cobra.Group{ID: "start", Title: "To start:"}, &cobra.Group{ID: "look", Title: "To look:"},
		&cobra.Group{ID: "read", Title: "To read:"}, &cobra.Group{ID: "keep", Title: "To keep:"})
	add := func(group string, cmds ...*cobra.Command) {
		for _, c := range cmds {
			c.GroupID = group
			r.AddCommand(c)
		}
	}
	add("start", a.initCommand(), a.validateCommand(), a.importCommand(), a.presetsCommand(), a.topicsCommand(), a.doctorCommand(), a.configCommand(), a.demoCommand(), a.versionCommand())
	add("look", a.checkCommand(), a.runCommand(), a.captureCommand(), a.compareCommand(), a.lawCommand(), a.followCommand(), a.followsCommand(), a.unfollowCommand())
	add("read", a.sourcesCommand(), a.historyCommand(), a.showCommand(), a.registerCommand(), a.heldCommand(), a.acceptCommand(), a.rejectCommand(), a.alertsCommand(), a.notifyCommand(), a.backtestCommand())
	add("keep", a.backupCommand(), a.restoreCommand(), a.copyCommand(), a.pruneCommand(), a.fsckCommand(), a.healthcheckCommand())
	return r
}

func (a *app) compareCommand() *cobra.Command {
	var o compareOptions
	c := &cobra.Command{
		Use: "compare BEFORE AFTER", Short: "Compare two local files as two looks would be; no database", Args: usage(cobra.ExactArgs(2)),
		Long:    "Reads two files (HTML, PDF, DOCX, JSON, CSV, text) as the crawler reads answers, and says what differs.\nWith --key they are records, compared by key whatever their order: a JSON array, the one array in a JSON\nobject, JSON lines, or a table.\n\nExit status, as of diff(1): 0 same, 1 changed, 2 error.\nAn AFTER that would be held against BEFORE is an error with the reason.",
		Example: "  pantau compare before.html after.html --select \"main\" --remove \".visitors\"\n  pantau compare draft-1.docx draft-2.docx\n  pantau compare old.csv new.csv --key Number,Country",
		RunE: func(c *cobra.Command, args []string) error {
			o.Before, o.After, o.JSON, o.reader = args[0], args[1], a.json, a.reader()
			if code := compareFiles(c.Context(), o, a.out, a.errs); code != 0 {
				return exit{code: code}
			}
			return nil
		},
	}
	c.Flags().StringArrayVar(&o.Select, "select", nil, "CSS of what is compared; may be given again")
	c.Flags().StringArrayVar(&o.Remove, "remove", nil, "CSS of what is left out; may be given again")
	c.Flags().StringSliceVar(&o.Key, "key", nil, "JSON and CSV: the field that names a record, or several with commas between")
	return c
}
