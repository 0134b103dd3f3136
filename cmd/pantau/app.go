package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"pantau/config"
	"pantau/crawler"
	"pantau/crawler/extract"
	"pantau/crawler/extract/cage"
	"pantau/crawler/render"
	"pantau/internal/egress"
	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/internal/snapshot"
	"pantau/internal/store"
	"pantau/notify"
	"pantau/notify/console"
	"pantau/notify/email"
	"pantau/notify/slack"
)

// app is one run of the program: its streams and common flags.
type app struct {
	in, errs *os.File
	out      io.Writer // results; nothing that comes from a page can move the cursor in it
	env      func(string) (string, bool)
	path     string // of the configuration
	verbose  bool
	json     bool
	logs     string                          // text or json
	backoff  func(attempt int) time.Duration // of the crawler; nil: its own
}

// log goes to standard error; results go to standard output.
func (a *app) log() *slog.Logger {
	if a.verbose {
		return a.logAt(slog.LevelInfo)
	}
	return a.logAt(slog.LevelWarn)
}

// logAt is the log from a level on. What pages hold cannot steer the terminal
// that it is read on.
func (a *app) logAt(level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if a.logs == logJSON {
		return slog.New(slog.NewJSONHandler(screen{a.errs}, o))
	}
	return slog.New(slog.NewTextHandler(screen{a.errs}, o))
}

// The forms of the log.
const (
	logText = "text"
	logJSON = "json"
)

// config loads the configuration.
func (a *app) config() (*config.Config, error) {
	return config.Load(a.path, a.env)
}

// system is everything wired together.
type system struct {
	conf    *config.Config
	store   *store.Store
	crawler *crawler.Client
	monitor *monitor.Monitor
	reader  extract.Reader
	sources map[string]snapshot.Source // by id
	crawl   *schedule.Crawler
	courier *schedule.Courier
	owner   string
	log     *slog.Logger
}

func (s *system) Close() error {
	s.crawler.Close()
	return s.store.Close()
}

// open loads the configuration, opens the database and wires the parts. A
// configuration with a problem never gets further than its own line.
func (a *app) open(ctx context.Context, work bool, log *slog.Logger) (*system, error) {
	conf, err := a.config()
	if err != nil {
		return nil, err
	}
	return a.wire(ctx, conf, work, log)
}

// keeps is the folder for what has no place of its own: the service's, else the
// configuration's.
func (a *app) keeps() string {
	if state, ok := a.env("STATE_DIRECTORY"); ok && state != "" {
		folder, _, _ := strings.Cut(state, ":")
		return folder
	}
	return filepath.Dir(a.path)
}

// reader reads captures. What PDFium is compiled to is kept where only this user
// can write: it is run later.
func (a *app) reader() extract.Reader {
	folder := ""
	if cache, ok := a.env("CACHE_DIRECTORY"); ok && cache != "" { // of the service
		folder, _, _ = strings.Cut(cache, ":")
	} else if cache, err := os.UserCacheDir(); err == nil {
		folder = filepath.Join(cache, "pantau")
	} else if state, ok := a.env("STATE_DIRECTORY"); ok && state != "" {
		folder, _, _ = strings.Cut(state, ":")
		folder = filepath.Join(folder, "cache")
	}
	if folder != "" && os.MkdirAll(folder, 0o700) != nil {
		folder = "" // it is compiled anew for every file, which takes seconds
	}
	return extract.Reader{Files: &cage.Cage{Cache: folder}}
}

func (a *app) wire(ctx context.Context, conf *config.Config, work bool, log *slog.Logger) (*system, error) {
	opt := store.Options{Program: programVersion(), Gone: schedule.Gone, Log: log, Create: work, Folder: a.keeps()}
	db, err := store.Open(ctx, conf.Database, opt)
	if errors.Is(err, store.ErrNotFound) {
		work, opt.Create = true, true // who looks first makes the database as who works does
		db, err = store.Open(ctx, conf.Database, opt)
	}
	if err != nil {
		return nil, err
	}
	owner := schedule.Owner(rand.Text()[:8])
	log = log.With("node", owner) // what several machines write comes together somewhere
	s := &system{conf: conf, store: db, owner: owner, log: log, sources: map[string]snapshot.Source{}}
	for _, src := range conf.Sources {
		s.sources[src.ID] = src
	}
	s.crawler = crawler.New(crawler.Options{Version: programVersion(), Contact: conf.Network.Contact, Allow: conf.Network.Allow, Backoff: a.backoff,
		Browsers: browsers(conf, log), Log: log})
	if err := s.start(ctx, a, work); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// browsers render what the configuration wants rendered; nil: nothing.
func browsers(conf *config.Config, log *slog.Logger) *render.Browsers {
	if !slices.ContainsFunc(conf.Sources, func(s snapshot.Source) bool { return s.Render != nil }) {
		return nil
	}
	b := render.New(render.Options{Path: conf.Browser.Path, Unboxed: conf.Browser.Unboxed, Log: log})
	if b.Unboxed() {
		log.Warn("Chromium runs without its own sandbox: as root it has none, and `browser: {sandbox: false}` takes it away; a page that breaks out of it has this user's rights")
	}
	return b
}

// start brings the configuration into the database, if the command works with
// it: one that only reads changes nothing, whatever file it was given.
func (s *system) start(ctx context.Context, a *app, work bool) error {
	now := time.Now()
	if !work {
		return s.parts(a)
	}
	err := s.store.Configure(ctx, store.Configuration{Digest: s.conf.Digest(), Body: s.conf.Resolved(),
		Sources: s.conf.Sources, Subscriptions: s.conf.Subscriptions, Follows: s.conf.Follows}, now, schedule.First)
	if err != nil {
		return fmt.Errorf("configuration into the database: %w", err)
	}
	if n, err := s.store.Recover(ctx, now); err != nil {
		return fmt.Errorf("recovery: %w", err)
	} else if n != (schedule.Recovered{}) {
		s.log.Warn("taken back from a process that died", "runs", n.Runs, "messages", n.Messages)
	}
	return s.parts(a)
}

// parts makes what looks and delivers.
func (s *system) parts(a *app) error {
	senders, err := channels(s.conf, a)
	if err != nil {
		return exit{exitConfig, err}
	}
	words, err := messageWords(s.conf)
	if err != nil {
		return err
	}
	s.reader = a.reader()
	s.monitor = &monitor.Monitor{Store: s.store, Crawler: s.crawler, Sources: s.source, Reader: s.reader,
		Config: s.conf.Digest(), Program: programVersion(), Log: s.log, Words: words, Topics: s.conf.Topics}
	s.crawl = &schedule.Crawler{Store: s.store, Checker: s.monitor, Owner: s.owner, Log: s.log, Manners: s.crawler,
		Room: func() error { return room(s.store.Path()) }}
	s.courier = &schedule.Courier{Store: s.store, Senders: senders, Pace: paces(s.conf), Owner: s.owner, Log: s.log,
		Administrators: s.monitor.Administrators(), Words: notify.WordingOptions{Program: programVersion()}}
	return nil
}

// source gives a source as it is configured now: the database has it without
// what may be a secret.
func (s *system) source(id string) (snapshot.Source, error) {
	if src, ok := s.sources[id]; ok {
		return src, nil
	}
	unknown := fmt.Errorf("there is no source %q in the configuration", id)
	if !strings.Contains(id, ".") {
		return snapshot.Source{}, unknown
	}
	child, err := s.store.Child(context.Background(), id)
	parent, ok := s.sources[child.Parent]
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !ok:
		return snapshot.Source{}, unknown
	case err != nil:
		return snapshot.Source{}, err
	}
	return child.Of(parent), nil
}

// documents are those of the lists among sources that are watched.
func (s *system) documents(ctx context.Context, sources []snapshot.Source) ([]snapshot.Source, error) {
	var out []snapshot.Source
	for _, src := range sources {
		if src.Type != snapshot.Index {
			continue
		}
		list, err := s.store.Children(ctx, src.ID)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			out = append(out, c.Of(src))
		}
	}
	return out, nil
}

func messageWords(c *config.Config) (monitor.Words, error) {
	zone, err := time.LoadLocation(c.Timezone)
	if err != nil {
		return monitor.Words{}, fmt.Errorf("timezone %s: %w", c.Timezone, err)
	}
	return monitor.Words{Administrators: c.Administrators, Language: c.Language, Timezone: zone}, nil
}

// channels makes a sender of every configured channel. The console is always
// there; where results are JSON it leaves standard output to them.
func channels(c *config.Config, a *app) (map[string]notify.Sender, error) {
	to := a.out
	if a.json {
		to = screen{a.errs}
	}
	out := map[string]notify.Sender{"console": console.New(to)}
	for name, ch := range c.Channels {
		var err error
		switch {
		case ch.Slack != nil:
			policy := egress.Policy{Guard: egress.Guard{Allow: ch.Slack.Allow, Key: "channels." + name + ".allow"}}
			client, cerr := egress.NewClient(policy, 30*time.Second)
			if cerr != nil {
				return nil, cerr
			}
			out[name], err = slack.New(*ch.Slack, client)
		case ch.Email != nil:
			policy := egress.Policy{Guard: egress.Guard{Allow: ch.Email.Allow, Key: "channels." + name + ".allow"}}
			out[name], err = email.New(*ch.Email, policy.DialContext)
		}
		if err != nil {
			return nil, fmt.Errorf("channel %s: %w", name, err)
		}
	}
	return out, nil
}

// paces are the least times between two messages: Slack takes about one a
// second and channel.
func paces(c *config.Config) map[string]time.Duration {
	out := map[string]time.Duration{}
	for name, ch := range c.Channels {
		if ch.Slack != nil {
			out[name] = time.Second
		}
	}
	return out
}

// reserve is what is left free for messages and rows when captures stop: at
// most 64 MB, and of a small disk 2 in 100.
const reserve = 64 << 20

// room fails when the disk of the database is nearly full: looks stop then,
// and what was found before still goes out.
func room(database string) error {
	if database == "" {
		return nil // the disk is another machine's
	}
	var st syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(database), &st); err != nil {
		return nil // where it cannot be known the database will say it
	}
	if free, least := freeSpace(st); free < least {
		return fmt.Errorf("%w: only %d bytes are free beside %s; looks wait until there is room, messages still go out", store.ErrFull, free, database)
	}
	return nil
}

// freeSpace is what is free on a disk, and what must be for looks to go on.
func freeSpace(st syscall.Statfs_t) (free, least uint64) {
	size := uint64(st.Bsize)
	return st.Bavail * size, min(reserve, st.Blocks*size/50)
}

// who names the person at the command line, for the audit.
func who() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// with wires the system for a command that reads, and closes it behind.
func (a *app) with(f func(ctx context.Context, s *system, args []string) error) func(*cobra.Command, []string) error {
	return a.wired(false, f)
}

// working is with for a command that looks, decides or sends.
func (a *app) working(f func(ctx context.Context, s *system, args []string) error) func(*cobra.Command, []string) error {
	return a.wired(true, f)
}

func (a *app) wired(work bool, f func(ctx context.Context, s *system, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		s, err := a.open(c.Context(), work, a.log())
		if err != nil {
			return err
		}
		return errors.Join(f(c.Context(), s, args), s.Close())
	}
}
