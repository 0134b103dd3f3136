// Command pantau watches regulators' pages and registers and tells who must
// know what changed. This package is flags, wiring and exit codes; what a
// command does is done by the packages it calls.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // schedules and messages name zones that a small machine may lack

	"github.com/spf13/cobra"

	"pantau/config"
	"pantau/crawler/extract/cage"
)

// The exit codes of the contract.
const (
	exitOK     = 0
	exitFailed = 1 // of check: a look was held or failed; of the others: it did not work
	exitConfig = 2 // the configuration, or the command line, is wrong
)

// collectAt is how much the heap grows before it is collected, in hundredths.
// Half of Go's own: a register is large for seconds, and the machine is shared.
const collectAt = 50

// ballast is memory that is never touched and so is none: the collector counts
// it, and leaves a heap alone that is small beside it. A check of pages would
// be collected for every dozen of them.
const ballast = 32 << 20

func main() {
	var held []byte
	if cage.Asked(os.Args) {
		cage.Main()
	}
	if _, said := os.LookupEnv("GOGC"); !said {
		debug.SetGCPercent(collectAt)
		held = make([]byte, ballast)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	runtime.KeepAlive(held)
	os.Exit(code)
}

// exit is an error that asks for an exit code; with a nil cause nothing more
// is printed.
type exit struct {
	code  int
	cause error
}

func (e exit) Error() string {
	if e.cause == nil {
		return ""
	}
	return e.cause.Error()
}

func (e exit) Unwrap() error { return e.cause }

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	var e exit
	var problems *config.Problems
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		return e.code
	case errors.As(err, &problems):
		return exitConfig
	}
	return exitFailed
}

// run is the program: it can be started from a test.
func run(ctx context.Context, args []string, in *os.File, out, errs *os.File) int {
	a := &app{in: in, out: screen{out}, errs: errs, env: os.LookupEnv}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(a.out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err != nil && err.Error() != "" {
		fmt.Fprintln(screen{errs}, "pantau:", err)
	}
	return exitCode(err)
}

// usage marks the errors of a command line, which exit like a wrong
// configuration.
func usage(f func(*cobra.Command, []string) error) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := f(c, args); err != nil {
			return exit{exitConfig, fmt.Errorf("%w; see `%s --help`", err, c.CommandPath())}
		}
		return nil
	}
}
