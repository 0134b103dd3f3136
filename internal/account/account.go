// Package account says who may do what: users with roles, their passwords,
// sessions, API tokens, and the link by which the first administrator comes in.
// It is pure but for the random numbers: what is stored, and when, is for
// others.
//
// Invariants: a password is kept as an argon2id hash and every other secret as
// a digest, so that who reads the database can log in as nobody; a secret is
// shown once, when it is made; a session or token is good only while the user
// is, and no session outlives a change of its user's password or role; what is
// not allowed is refused, a role or scope that nobody knows allows nothing.
package account

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Role is what a user may do. Each may what those before it may.
type Role string

// The roles.
const (
	Viewer        Role = "viewer"        // reads
	Reviewer      Role = "reviewer"      // and decides, comments, follows
	Administrator Role = "administrator" // and manages users, sources and settings
)

// order of the roles; what is not in it may nothing.
func order(r Role) int {
	return slices.Index([]Role{Viewer, Reviewer, Administrator}, r)
}

// Known tells whether r is a role.
func (r Role) Known() bool { return order(r) >= 0 }

// May tells whether r may what asks for the role least.
func (r Role) May(least Role) bool { return r.Known() && least.Known() && order(r) >= order(least) }

// User is one person, or one program, that may log in.
type User struct {
	ID       int64
	Name     string // by which one logs in; lower case
	Role     Role
	Password string // argon2id, as Hash writes it; empty: nobody logs in with one
	Epoch    int64  // grows with every change after which old sessions must not be good
	Disabled bool
	Created  time.Time
}

// The errors of what a person enters.
var (
	ErrName     = errors.New("a name has 2 to 64 letters, digits and . _ - @ +, and begins with a letter or digit")
	ErrPassword = errors.New("a password has at least 12 characters and at most 1024 bytes, and is not the name")
	ErrRole     = errors.New("there is no such role; expected viewer, reviewer or administrator")
)

// Name is the form in which a name is kept and compared.
func Name(entered string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(entered))
	if len(name) < 2 || len(name) > 64 {
		return "", ErrName
	}
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("._-@+", r)) {
			return "", ErrName
		}
	}
	return name, nil
}

const (
	leastPassword = 12   // characters (NIST SP 800-63B asks for 8, or 15 where it stands alone)
	mostPassword  = 1024 // bytes: hashing is not for whole books
)

// CheckPassword fails with ErrPassword for one that must not be set. It asks for
// length and for nothing that makes people write it down.
func CheckPassword(name, password string) error {
	if utf8.RuneCountInString(password) < leastPassword || len(password) > mostPassword || !utf8.ValidString(password) {
		return ErrPassword
	}
	if strings.EqualFold(strings.TrimSpace(password), name) || !strings.ContainsFunc(password, func(r rune) bool { return r != firstOf(password) }) {
		return ErrPassword
	}
	if strings.ContainsFunc(password, unicode.IsControl) {
		return fmt.Errorf("%w; it holds a control character", ErrPassword)
	}
	return nil
}

func firstOf(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}
