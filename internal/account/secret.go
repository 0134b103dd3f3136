package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Kind is what a secret is for; one of a kind is never good as another.
type Kind string

// The kinds of secrets.
const (
	SessionSecret Kind = "pantau_s_"
	TokenSecret   Kind = "pantau_t_" // so that scanners of leaked secrets can know it
	SetupSecret   Kind = "pantau_u_"
)

const secretBytes = 32 // 256 bits: no salt and no slow hash is needed

// Secret makes a new one, and the digest under which it is kept.
func Secret(k Kind) (shown, digest string) {
	b := make([]byte, secretBytes)
	rand.Read(b) // never fails (crypto/rand)
	shown = string(k) + base64.RawURLEncoding.EncodeToString(b)
	return shown, digestOf(shown)
}

// Digest is where a secret that somebody shows would be kept; ok is false for
// what is none of that kind.
func Digest(k Kind, shown string) (digest string, ok bool) {
	rest, ok := strings.CutPrefix(shown, string(k))
	if !ok {
		return "", false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if err != nil || len(b) != secretBytes || len(rest) != base64.RawURLEncoding.EncodedLen(secretBytes) { // line ends are passed over when decoding
		return "", false
	}
	return digestOf(shown), true
}

func digestOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// The ages at which a log-in must be repeated.
const (
	SessionIdle = 8 * time.Hour      // without a request
	SessionLife = 7 * 24 * time.Hour // whatever happens
	SetupLife   = 24 * time.Hour
)

// Session is one log-in.
type Session struct {
	Digest  string
	User    int64
	Epoch   int64 // of the user when it began
	Created time.Time
	Seen    time.Time
}

// Good tells whether the session still stands for its user.
func (s Session) Good(u User, now time.Time) bool {
	return s.User == u.ID && s.Epoch == u.Epoch && !u.Disabled && u.Role.Known() &&
		now.Before(s.Seen.Add(SessionIdle)) && now.Before(s.Created.Add(SessionLife))
}

// Scope is what a token may do of what its user may.
type Scope string

// The scopes.
const (
	Read   Scope = "read"
	Review Scope = "review"
	Admin  Scope = "admin"
)

// Scopes reads a list of scopes; ok is false if one of them is none, or none is
// named.
func Scopes(names []string) (out []Scope, ok bool) {
	for _, n := range names {
		s := Scope(n)
		if s.needs() == "" {
			return nil, false
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out, len(out) > 0
}

// needs is the least role that may what the scope is about.
func (s Scope) needs() Role {
	return map[Scope]Role{Read: Viewer, Review: Reviewer, Admin: Administrator}[s]
}

// Token lets a program in.
type Token struct {
	ID      int64
	Digest  string
	User    int64
	Name    string // what it is for
	Scopes  []Scope
	Created time.Time
	Expires time.Time // always: a token that nobody renews is one that nobody needs
	Revoked bool
}

// TokenLife is the longest life of a token.
const TokenLife = 366 * 24 * time.Hour

// May tells whether the token of a user may what the role least may: what its
// scopes say, and never more than its user.
func (t Token) May(u User, least Role, now time.Time) bool {
	if t.User != u.ID || t.Revoked || u.Disabled || !now.Before(t.Expires) || !u.Role.May(least) {
		return false
	}
	return slices.ContainsFunc(t.Scopes, func(s Scope) bool { return s.needs() == least })
}
