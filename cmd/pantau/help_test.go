package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelp: who asks a command for help sees it used, and by its own name.
func TestHelp(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		if !c.Runnable() || !c.HasParent() || c.Name() == "help" || c.Parent().Name() == "completion" {
			return
		}
		for _, line := range strings.Split(c.Long+"\n"+c.Example, "\n") {
			if len(line) > 125 {
				t.Errorf("%s: a line of %d characters: %s", c.CommandPath(), len(line), line)
			}
		}
		if !strings.Contains(c.Example, c.CommandPath()) {
			t.Errorf("%s: no example uses it", c.CommandPath())
		}
	}
	a := &app{env: os.LookupEnv, out: screen{os.Stdout}, errs: os.Stderr}
	root := a.root()
	root.SetContext(context.Background())
	walk(root)
}
