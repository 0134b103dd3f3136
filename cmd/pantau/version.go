package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"pantau/internal/store"
)

// What the build writes in (scripts/stamp); empty where plain `go build` made
// the program, which notes the same by itself if it was let.
var version, commit, commitTime string

// programVersion is the version as messages and rows name it.
func programVersion() string {
	if version != "" {
		return version
	}
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" && b.Main.Version != "(devel)" {
		return b.Main.Version
	}
	return "dev"
}

// build is what `pantau version` says of the program.
type build struct {
	Version   string   `json:"version"`
	Commit    string   `json:"commit,omitempty"`
	Committed string   `json:"committed,omitempty"` // when the commit was made: the build itself has no time, so that it can be repeated
	Modified  bool     `json:"modified"`            // built from more than the commit
	Go        string   `json:"go"`
	Platform  string   `json:"platform"`
	SQLite    string   `json:"sqlite"`
	Modules   []module `json:"modules"`
}

// module is one that is linked in.
type module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Sum     string `json:"sum,omitempty"`
}

// built reads what the program knows of its own making.
func built() build {
	b := build{Version: programVersion(), Commit: commit, Committed: commitTime, Modified: strings.HasSuffix(version, "-dirty"),
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, SQLite: store.SQLiteVersion, Modules: []module{}}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = cmp.Or(b.Commit, s.Value)
		case "vcs.time":
			b.Committed = cmp.Or(b.Committed, s.Value)
		case "vcs.modified":
			b.Modified = b.Modified || s.Value == "true"
		}
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		b.Modules = append(b.Modules, module{m.Path, m.Version, m.Sum})
	}
	return b
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say which build this is; --json lists what is linked in", Args: usage(cobra.NoArgs),
		Example: "  pantau version --json",
		RunE: func(*cobra.Command, []string) error {
			b := built()
			if a.json {
				return a.print(b)
			}
			from := "unknown"
			if b.Commit != "" {
				from = strings.TrimSpace(b.Commit + " " + b.Committed)
			}
			if b.Modified {
				from += ", with changes that are in no commit"
			}
			_, err := fmt.Fprintf(a.out, "pantau %s\ncommit   %s\nGo       %s %s\nSQLite   %s\nmodules  %d (--json lists them)\n",
				b.Version, from, b.Go, b.Platform, b.SQLite, len(b.Modules))
			return err
		},
	}
}
