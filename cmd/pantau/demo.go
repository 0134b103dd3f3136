package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pantau/internal/demosite"
)

func (a *app) demoCommand() *cobra.Command {
	var keep bool
	c := &cobra.Command{
		Use: "demo", Short: "See the whole loop on an invented regulator: no network, no configuration", Args: usage(cobra.NoArgs),
		Long:    "Serves an invented regulator's site on this machine, moves it through eight rounds (an ordinary day, an amended\nregulation, our own operator suspended, a block page, a partial listing, a recovery) and shows what Pantau says at\neach, and what it rightly does not say. Everything is real but the site: crawl, history, database, messages.",
		Example: "  pantau demo",
		RunE:    func(c *cobra.Command, _ []string) error { return a.demo(c.Context(), keep) },
	}
	c.Flags().BoolVar(&keep, "keep", false, "leave the site open at the end, until Ctrl-C")
	return c
}

func (a *app) demo(ctx context.Context, keep bool) error {
	site := demosite.New(1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("the demonstration's site: %w", err)
	}
	srv := &http.Server{Handler: site.Handler(), ReadHeaderTimeout: 10 * time.Second}
	go srv.Serve(l)
	defer srv.Close()
	dir, err := os.MkdirTemp("", "pantau-demo-")
	if err != nil {
		return err
	}
	base := "http://" + l.Addr().String()
	a.path = filepath.Join(dir, "pantau.yaml")
	if err := os.WriteFile(a.path, demosite.Config(base, "pantau.db"), 0o600); err != nil {
		return err
	}
	a.backoff = func(int) time.Duration { return 20 * time.Millisecond } // the broken rounds need no patience here
	s, err := a.open(ctx, true, a.log())
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Fprintf(a.out, "An invented regulator answers at %s; Pantau looks at it eight times.\n", base)
	if err := a.rounds(ctx, s, site); err != nil {
		return err
	}
	a.further(dir)
	if keep {
		fmt.Fprintf(a.out, "\nThe site stays open at %s until Ctrl-C.\n", base)
		<-ctx.Done()
	}
	return nil
}

// rounds looks at every round of the story as `pantau check` does.
func (a *app) rounds(ctx context.Context, s *system, site *demosite.Site) error {
	for {
		r := site.Round()
		fmt.Fprintf(a.out, "\n%s\nRound %d: %s\n", strings.Repeat("=", 72), r.Number, r.Title)
		for _, h := range r.Happened {
			fmt.Fprintf(a.out, "  truth: %s\n", h)
		}
		fmt.Fprintf(a.out, "\n$ pantau check\n")
		err := a.check(ctx, s, nil, true)
		var e exit
		if err != nil && !(errors.As(err, &e) && e.cause == nil) { // held and failed looks are part of the story
			return err
		}
		fmt.Fprintln(a.out)
		if r.Expected == nil {
			fmt.Fprintln(a.out, "  Rightly silent: there is nothing that a reader must know.")
		}
		for _, x := range r.Expected {
			fmt.Fprintf(a.out, "  due: %s\n", x)
		}
		if !site.Advance() {
			return nil
		}
	}
}

func (a *app) further(dir string) {
	fmt.Fprintf(a.out, "\n%s\nEverything is in %s. Look further with:\n\n", strings.Repeat("=", 72), dir)
	for _, cmd := range []string{"history", "sources", "held", "follows", "alerts", "register pse --operator " + fmt.Sprint(demosite.OwnOperator), "fsck"} {
		fmt.Fprintf(a.out, "  pantau --config %s %s\n", a.path, cmd)
	}
	fmt.Fprintln(a.out, "\nThen `pantau init` writes a configuration of your own.")
}
