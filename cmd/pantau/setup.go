package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"pantau/config"
	"pantau/internal/schedule"
	"pantau/internal/store"
)

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use: "init", Short: "Write a commented pantau.yaml with the Indonesian presets", Args: usage(cobra.NoArgs),
		Long:    "Writes the file that --config names, pantau.yaml by default, with a comment on every setting. An existing file is never\noverwritten.",
		Example: "  pantau init\n  pantau init --config /etc/pantau/pantau.yaml",
		RunE: func(c *cobra.Command, _ []string) error {
			f, err := os.OpenFile(a.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s is there already: nothing is overwritten", a.path)
			}
			if err != nil {
				return err
			}
			if _, err := f.Write(config.Template()); err != nil {
				return errors.Join(err, f.Close())
			}
			fmt.Fprintf(a.out, "%s is written. Look through it, then `pantau validate` and `pantau check`.\n", a.path)
			return f.Close()
		},
	}
}

func (a *app) validateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "validate", Short: "Say every problem of the configuration, with its line", Args: usage(cobra.NoArgs),
		Long:    "Reads the configuration, the presets, topics and secrets that it names, and lists all problems at once. It asks no site\nand no channel: that does `pantau doctor`.\n\nExit status: 0 sound, 2 a problem.",
		Example: "  pantau validate\n  pantau validate --config new.yaml",
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := a.config()
			if err != nil {
				return exit{exitConfig, err}
			}
			if _, err := channels(conf, a); err != nil {
				return exit{exitConfig, err}
			}
			if a.json {
				return a.print(map[string]any{"file": a.path, "ok": true, "sources": len(conf.Sources), "digest": conf.Digest()})
			}
			fmt.Fprintf(a.out, "%s is sound. Sources: %d. Subscribers: %d. Channels beside the console: %d.\n", a.path, len(conf.Sources), len(conf.Subscriptions), len(conf.Channels))
			return nil
		},
	}
}

func (a *app) configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "About the configuration file"}
	c.AddCommand(&cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of pantau.yaml, for editors", Args: usage(cobra.NoArgs),
		Example: "  pantau config schema > pantau.schema.json",
		RunE: func(*cobra.Command, []string) error {
			_, err := a.out.Write(config.Schema())
			return err
		},
	})
	return c
}

func (a *app) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "Write a verified copy of the database; work may go on", Args: usage(cobra.ExactArgs(1)),
		Long:    "Writes one file that holds everything: looks, changes, messages, decisions. The copy is checked before it is called\nwritten. FILE must not exist yet.",
		Example: "  pantau backup /backup/pantau-2025-03-17.db",
		RunE: a.with(func(ctx context.Context, s *system, args []string) error {
			if err := s.store.Backup(ctx, args[0]); err != nil {
				return err
			}
			file, err := filepath.Abs(args[0])
			if err == nil {
				err = s.store.NoteBackup(ctx, file, time.Now())
			}
			if err != nil {
				return fmt.Errorf("%s is written and verified, but could not be noted: %w", args[0], err)
			}
			fmt.Fprintf(a.out, "%s is written and verified. `pantau restore %s` puts it in the place of a lost database.\n", args[0], args[0])
			return nil
		}),
	}
}

func (a *app) restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use: "restore FILE", Short: "Put a backup in the place of a database that is gone", Args: usage(cobra.ExactArgs(1)),
		Long:    "Puts a file that `pantau backup` wrote where the configuration says that the database is. It never overwrites: stop\n`pantau run` and move a broken database away first, with its -wal and -shm. Messages that waited when the backup was\nmade are sent, under the same ids if they went out since.",
		Example: "  mkdir broken && mv pantau.db* broken/\n  pantau restore /backup/pantau-2025-03-17.db\n  pantau fsck",
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := a.config()
			if err != nil {
				return err
			}
			if err := store.Restore(c.Context(), args[0], conf.Database); err != nil {
				return err
			}
			fmt.Fprintf(a.out, "%s is restored from %s. `pantau fsck` checks it.\n", store.Shown(conf.Database), args[0])
			return nil
		},
	}
}

func (a *app) pruneCommand() *cobra.Command {
	return &cobra.Command{
		Use: "prune", Short: "Let go of the bodies of old unchanged looks (retention.unchanged)", Args: usage(cobra.NoArgs),
		Long:    "`pantau run` does this by itself. Only the bodies of good looks that found nothing new are let go, and only after the time\nthat `retention.unchanged` names; every look stays listed with its digest.",
		Example: "  pantau prune",
		RunE: a.with(func(ctx context.Context, s *system, _ []string) error {
			p, err := s.prune(ctx)
			if err != nil {
				return err
			}
			if a.json {
				return a.print(p)
			}
			fmt.Fprintf(a.out, "Let go of %d bodies (%d bytes) of %d unchanged looks. Rows, manifests, baselines, changes, held and failed captures stay.\n", p.Bodies, p.Bytes, p.Captures)
			return nil
		}),
	}
}

func (a *app) fsckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "fsck", Short: "Check the invariants over the whole database", Args: usage(cobra.NoArgs),
		Long:    "Reads everything that is stored and checks that it fits together: every body has its digest, every look follows from the\none before, every change from its two looks, no message without its change. It alters nothing, and may take minutes.\n\nExit status: 0 clean, 1 an invariant does not hold; each is named with the row.",
		Example: "  pantau fsck\n  pantau fsck --json",
		RunE: func(c *cobra.Command, _ []string) error {
			conf, err := a.config()
			if err != nil {
				return err
			}
			db, err := store.Open(c.Context(), conf.Database, store.Options{Program: programVersion(), Gone: schedule.Gone, Log: a.log()})
			if err != nil {
				return err
			}
			defer db.Close()
			return a.fsck(c.Context(), db)
		},
	}
}
