// Package pgtest runs a real PostgreSQL for the tests of one process, from the
// binaries of the distribution.
//
// Invariants: the server listens on a private port of the loopback address only
// and never runs as root; it ends with the process that started it, however that
// ends; every test has databases of its own. Words are sorted by a language and
// not by bytes, so that a forgotten collation shows.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Server is a PostgreSQL server that starts when it is first needed. The zero
// value is ready; TestMain calls Stop behind the tests.
type Server struct {
	Durable bool // it waits for the disk, as in earnest

	start sync.Once
	err   error
	bin   string
	major int
	dir   string // holds data, socket and log
	port  int
	who   *syscall.Credential // nil: ourselves

	mu     sync.Mutex // guards what follows
	run    *process
	number int // of the databases made
}

// process is the running postmaster.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// errAbsent says that there are no binaries.
var errAbsent = errors.New("PostgreSQL is not installed; scripts/setup installs it")

// Database makes an empty database for a test and returns its address. The test
// is skipped where there is no PostgreSQL, and fails there with CI=true.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	return s.passing(t, "template0")
}

// Template is Database for one that stays until the server ends, so that it can
// be cloned.
func (s *Server) Template(t testing.TB) string {
	t.Helper()
	return s.Address(s.create(t, "template0"))
}

// Clone makes a database for a test like one that nobody is connected to.
func (s *Server) Clone(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return s.passing(t, strings.Trim(u.Path, "/"))
}

func (s *Server) passing(t testing.TB, template string) string {
	t.Helper()
	name := s.create(t, template)
	t.Cleanup(func() {
		if err := s.SQL("postgres", "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			t.Log(err) // a test may have stopped the server
		}
	})
	return s.Address(name)
}

func (s *Server) create(t testing.TB, template string) string {
	t.Helper()
	s.start.Do(func() { s.err = s.begin() })
	if errors.Is(s.err, errAbsent) && os.Getenv("CI") != "true" {
		t.Skip(s.err)
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	s.mu.Lock()
	s.number++
	name := fmt.Sprintf("test%d", s.number)
	s.mu.Unlock()
	make := fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, template)
	if s.major >= 15 {
		make += " STRATEGY FILE_COPY" // the faster one where nothing has to reach the disk
	}
	if err := s.SQL("postgres", make); err != nil {
		t.Fatal(err)
	}
	return name
}

// Address is the address of a database by its name.
func (s *Server) Address(name string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.port, name)
}

// SQL runs statements from outside, as an administrator of the server would.
func (s *Server) SQL(database, statements string) error {
	out, err := s.command("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-U", "postgres", "-d", database, "-c", statements).CombinedOutput()
	if err != nil {
		return fmt.Errorf("psql: %w: %s", err, out)
	}
	return nil
}

// begin makes the cluster and starts the server.
func (s *Server) begin() error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	s.bin = bin
	if s.dir, err = os.MkdirTemp("", "pgtest"); err != nil {
		return err
	}
	if s.who, err = unprivileged(); err != nil {
		return err
	}
	if s.who != nil {
		if err := os.Chown(s.dir, int(s.who.Uid), int(s.who.Gid)); err != nil {
			return err
		}
	}
	out, err := s.command("postgres", "--version").Output()
	if err != nil {
		return fmt.Errorf("postgres --version: %w", err)
	}
	if _, err := fmt.Sscanf(string(out), "postgres (PostgreSQL) %d", &s.major); err != nil {
		return fmt.Errorf("postgres --version says %q: %w", out, err)
	}
	init := []string{"-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"}
	if s.major >= 15 {
		init = append(init, "--locale-provider=icu", "--icu-locale=id")
	}
	if out, err := s.command("initdb", init...).CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	if s.port, err = freePort(); err != nil {
		return err
	}
	return s.Start()
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Start starts a server that was stopped, and waits until it answers.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.dir,
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "logging_collector=off", "-c", "log_min_messages=warning"}
	if !s.Durable {
		args = append(args, "-c", "fsync=off", "-c", "full_page_writes=off") // what was committed survives the server all the same
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := s.command("postgres", args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	p := &process{cmd, make(chan struct{})}
	begun := make(chan error)
	// The thread that forks must live as long as the process: see Pdeathsig. It is
	// given back behind that: were it to end, so would all that others forked on it.
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.done)
		err := cmd.Start()
		begun <- err
		if err == nil {
			_ = cmd.Wait() // how it ended stands in its log
		}
	}()
	if err := <-begun; err != nil {
		return fmt.Errorf("postgres: %w", err)
	}
	s.run = p
	return s.answers()
}

// answers waits until the server takes connections.
func (s *Server) answers() error {
	ready := func() error {
		return s.command("pg_isready", "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-t", "5").Run()
	}
	end := time.Now().Add(time.Minute)
	for ready() != nil {
		select {
		case <-s.run.done:
			return s.fault("the server ended")
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(end) {
			return s.fault("the server does not answer")
		}
	}
	return nil
}

func (s *Server) fault(what string) error {
	log, err := os.ReadFile(filepath.Join(s.dir, "log"))
	return errors.Join(fmt.Errorf("%s; its log: %s", what, log), err)
}

// Crash ends the server as a power cut would, but for what the operating system
// has buffered: like `pg_ctl stop -m immediate`.
func (s *Server) Crash() { s.signal(syscall.SIGQUIT) }

// Stop ends the server and removes what it kept.
func (s *Server) Stop() {
	s.signal(syscall.SIGINT)
	if s.dir != "" {
		os.RemoveAll(s.dir)
	}
}

func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return
	}
	_ = s.run.cmd.Process.Signal(sig) // it may have ended by itself
	<-s.run.done
	s.run = nil
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir // root's own folder is closed to the server's user
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.who}
	return cmd
}

// binaries finds the newest installation.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	slices.SortFunc(found, func(a, b string) int { return release(a) - release(b) })
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p), nil
	}
	return "", errAbsent
}

func release(initdb string) int {
	n, err := strconv.Atoi(strings.Split(initdb, "/")[4])
	if err != nil {
		return 0
	}
	return n
}

// unprivileged is whom the server runs as when we are root, which it refuses.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uerr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gerr := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uerr, gerr)
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
