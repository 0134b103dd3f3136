package main

import (
	"context"
	"errors"
	"fmt"
)

// errReread asks for the system to be opened again with the file as it is now.
var errReread = errors.New("the configuration file has changed")

// otherConfiguration says that the configuration this process was given is not
// the one in force.
type otherConfiguration struct{ ours, inForce string }

func (o *otherConfiguration) Error() string {
	return fmt.Sprintf("the configuration in force is another one (%.12s) than this file's (%.12s): give every machine the same file, which a running `pantau run` then reads by itself, or put this one in force by starting `pantau run` or `pantau check` with it", o.inForce, o.ours)
}

// standby tells why this process may neither plan nor look: another
// configuration was put in force since it started, by a `pantau run`, `check` or
// the like on any machine. It goes on delivering. nil: it may.
func (s *system) standby(ctx context.Context) error {
	inForce, err := s.store.InForce(ctx)
	if err != nil {
		return fmt.Errorf("which configuration is in force: %w", err)
	}
	if ours := s.conf.Digest(); inForce != "" && inForce != ours {
		return &otherConfiguration{ours, inForce}
	}
	return nil
}

// hasBecome tells whether the file holds the configuration with the digest by
// now.
func (a *app) hasBecome(digest string) bool {
	c, err := a.config()
	return err == nil && c.Digest() == digest
}
