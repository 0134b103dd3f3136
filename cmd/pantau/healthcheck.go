package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"pantau/config"
	"pantau/internal/egress"
	"pantau/internal/monitor"
	"pantau/internal/web"
)

// serve lets the pages of health and metrics be asked at an address until stop
// is called.
func (s *system) serve(ctx context.Context, listen string) (stop func()) {
	pages := web.New(web.Options{Tables: s.store.Meter(undelivered), Room: s.crawl.Room, Config: s.conf.Digest(), Owner: s.owner,
		Version: programVersion(), Commit: built().Commit, Log: s.log})
	s.crawl.Done = func(c *monitor.Check) { pages.Looked(string(c.Outcome), c.Finished.Sub(c.Started)) }
	if listen == config.Off {
		return func() {}
	}
	open, shut := context.WithCancel(ctx)
	var serving sync.WaitGroup
	serving.Go(func() { pages.Run(open, listen) })
	return func() {
		shut()
		serving.Wait()
	}
}

func (a *app) healthcheckCommand() *cobra.Command {
	var ready bool
	var listen string
	c := &cobra.Command{
		Use: "healthcheck", Short: "Ask the `pantau run` of this machine whether it lives, for containers and watchdogs", Args: usage(cobra.NoArgs),
		Long:    "Asks /healthz, or with --ready /readyz, at the address that pantau.yaml says `pantau run` listens on.\n\nExit status: 0 it lives (is ready), 1 it does not, 2 the configuration is wrong or `listen` is off.",
		Example: "  pantau healthcheck\n  pantau healthcheck --ready",
		RunE: func(c *cobra.Command, _ []string) error {
			address := listen
			if address == "" {
				conf, err := a.config()
				if err != nil {
					return err
				}
				address = conf.Listen
			}
			if address == config.Off {
				return exit{exitConfig, errors.New("`listen` is off: there is nobody to ask")}
			}
			path := "/healthz"
			if ready {
				path = "/readyz"
			}
			return a.askHealth(c.Context(), address, path)
		},
	}
	c.Flags().BoolVar(&ready, "ready", false, "ask whether everything works, not only whether it lives")
	c.Flags().StringVar(&listen, "listen", "", "address and port; default: those of pantau.yaml")
	return c
}

// askHealth asks the process that listens on an address of this machine.
func (a *app) askHealth(ctx context.Context, address, path string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return exit{exitConfig, fmt.Errorf("%q is no address and port", address)}
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	// It is our own address, wherever that lies.
	guard := egress.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("fc00::/7")}}
	client, err := egress.NewClient(egress.Policy{Guard: guard}, 8*time.Second)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+path, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s: %s", address, resp.Status, strings.TrimSpace(string(text)))
	}
	_, err = a.out.Write(text)
	return err
}
