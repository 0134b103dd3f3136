package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// cost is what one hash takes (RFC 9106): 19 MiB, two passes, one lane.
type cost struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
}

const (
	saltBytes = 16
	hashBytes = 32
	atOnce    = 4 // hashes: more would be memory for whoever asks for many
)

func today() cost { return cost{memory: 19 << 10, passes: 2, lanes: 1} }

// most is what a stored hash may ask for: a row that somebody has altered must
// not take the machine's memory.
func most() cost { return cost{memory: 256 << 10, passes: 10, lanes: 8} }

// Passwords hashes and compares. It is safe for concurrent use, and works on a
// few at a time only.
type Passwords struct {
	cost  cost
	slots chan struct{}
	dummy string // of no password, for users that are not there
}

// NewPasswords makes one.
func NewPasswords() (*Passwords, error) { return newPasswords(today()) }

func newPasswords(c cost) (*Passwords, error) {
	p := &Passwords{cost: c, slots: make(chan struct{}, atOnce)}
	var err error
	p.dummy, err = p.Hash(context.Background(), rand.Text())
	return p, err
}

// Hash is the form in which a password is kept.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	rand.Read(salt) // never fails (crypto/rand)
	sum, err := p.sum(ctx, password, salt, p.cost, hashBytes)
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.cost.memory, p.cost.passes, p.cost.lanes,
		enc.EncodeToString(salt), enc.EncodeToString(sum)), nil
}

// Verify tells whether a password is the one of a user. A user without one, a
// disabled one and none at all (nil) take as long as a wrong password. stale
// tells that the hash costs less than one of today would.
func (p *Passwords) Verify(ctx context.Context, u *User, password string) (ok, stale bool, err error) {
	if len(password) > mostPassword {
		return false, false, nil
	}
	stored, there := p.dummy, false
	if u != nil && u.Password != "" {
		stored, there = u.Password, !u.Disabled
	}
	c, salt, want, err := parse(stored)
	if err != nil {
		return false, false, err
	}
	got, err := p.sum(ctx, password, salt, c, len(want))
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(got, want) == 1 && there
	return ok, ok && c != p.cost, nil
}

func (p *Passwords) sum(ctx context.Context, password string, salt []byte, c cost, size int) ([]byte, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.lanes, uint32(size)), nil
}

var errHash = errors.New("the stored hash of a password cannot be read; set the password again")

// Hashed tells whether a text is a hash, and no password that somebody forgot to
// hash.
func Hashed(stored string) bool {
	_, _, _, err := parse(stored)
	return err == nil
}

// parse reads what Hash writes.
func parse(stored string) (c cost, salt, sum []byte, err error) {
	parts := strings.Split(stored, "$")
	if strings.ContainsAny(stored, "\r\n") || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.lanes); err != nil || parts[3] != fmt.Sprintf("m=%d,t=%d,p=%d", c.memory, c.passes, c.lanes) {
		return c, nil, nil, errHash
	}
	top := most()
	if c.memory == 0 || c.passes == 0 || c.lanes == 0 || c.memory > top.memory || c.passes > top.passes || c.lanes > top.lanes {
		return c, nil, nil, errHash
	}
	enc := base64.RawStdEncoding.Strict()
	salt, err1 := enc.DecodeString(parts[4])
	sum, err2 := enc.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(salt) > 64 || len(sum) < 16 || len(sum) > 64 {
		return c, nil, nil, errHash
	}
	return c, salt, sum, nil
}
