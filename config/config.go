// Package config reads pantau.yaml: it turns the file into values that the
// rest of the program can use without a further question, or into the list of
// everything that is wrong with it.
//
// Invariants: a Config is complete (presets expanded, defaults filled in, every
// reference resolved) and was without a single problem; problems come all at
// once, each with its place in the file; no problem, digest or stored version
// holds a secret; the same file gives the same digest on every machine.
package config

import (
	"bytes"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"time"
	_ "time/tzdata" // time zones must be known on machines without a database of them

	"pantau/diff/topic"
	"pantau/internal/snapshot"
	"pantau/notify"
	"pantau/notify/email"
	"pantau/notify/slack"
)

// Config is what pantau.yaml says, resolved.
type Config struct {
	Database       string   // absolute path, or postgres:// address with its password
	Timezone       string   // IANA name
	Language       string   // id or en
	Listen         string   // host:port, or Off
	Administrators []string // channels, as in a subscription
	Heartbeat      string   // address; empty: none
	Retention      Retention
	Network        Network
	Browser        Browser
	Presets        []*Preset // those in force, by name
	Topics         *topic.Dictionary
	PresetFolder   string // absolute path of those that are no part of the program; empty: none
	Sources        []snapshot.Source
	Follows        []notify.Follow
	Subscriptions  []notify.Subscription
	Channels       map[string]Channel // by name; the console is not among them

	resolved []byte
}

// Off is the Listen of a configuration that wants no pages.
const Off = "off"

// Retention says what is kept how long.
type Retention struct {
	Unchanged time.Duration // raw captures of looks that found nothing new
}

// Network is what holds for every source.
type Network struct {
	Allow   []netip.Prefix  // special-purpose networks that sources may be fetched from
	Contact string          // for the User-Agent; empty: none
	Hosts   int             // asked at once; each machine has its own, so it is no part of the digest
	Access  snapshot.Access // what a source has that says nothing else
}

// Browser is what renders pages: of each machine, so it is no part of the digest.
type Browser struct {
	Path    string // empty: it is looked for
	Unboxed bool   // without its own sandbox
}

// Channel is a way to readers. Exactly one of its configurations is set.
type Channel struct {
	Slack *slack.Config
	Email *email.Config
}

// Kind is the channel's type as the file names it: slack or email.
func (c Channel) Kind() string {
	if c.Slack != nil {
		return "slack"
	}
	return "email"
}

// Load reads the file at path; env looks up environment variables, as
// os.LookupEnv does. The error is *Problems.
func Load(path string, env func(string) (string, bool)) (*Config, error) {
	return LoadWith(path, env, nil)
}

// LoadWith is Load as if presets of the given names were in force already.
func LoadWith(path string, env func(string) (string, bool), given []*Preset) (*Config, error) {
	text, err := readFile(path, largest)
	if err != nil {
		return nil, &Problems{List: []Problem{{File: path, Message: fmt.Sprintf("the configuration cannot be read (%v); `pantau init` writes one", err)}}}
	}
	return parseWith(path, text, env, given)
}

// Parse is Load for text that was read already. Relative paths in it are seen
// from the folder of name. The error is *Problems.
func Parse(name string, text []byte, env func(string) (string, bool)) (*Config, error) {
	return parseWith(name, text, env, nil)
}

func parseWith(name string, text []byte, env func(string) (string, bool), given []*Preset) (*Config, error) {
	folder, err := filepath.Abs(filepath.Dir(name))
	if err != nil {
		return nil, fmt.Errorf("the folder of the configuration: %w", err)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	b := &builder{
		reporter: &reporter{file: name, lines: withheld(string(text))},
		folder:   folder,
		env:      env,
	}
	root := parse(b.reporter, text)
	if root == nil {
		return nil, b.err()
	}
	b.lines = shown(string(text), root)
	fileShape().judge(b.reporter, root)
	b.known = b.presets(root.get("presets"), given)
	c := b.build(root)
	if err := b.err(); err != nil {
		return nil, err
	}
	c.resolved = b.resolve(root, c)
	return c, nil
}

// Digest identifies the configuration: the SHA-256 of Resolved. Secrets, and
// where the file lies, are not part of it: machines that share a configuration
// have the same digest though each has its own passwords.
func (c *Config) Digest() string { return snapshot.Digest(c.resolved) }

// Resolved is the configuration as it is stored, an immutable version: JSON
// with everything filled in and secrets left out. References to secrets stand
// in it as written, so that another reference is another version.
func (c *Config) Resolved() []byte { return slices.Clone(c.resolved) }
