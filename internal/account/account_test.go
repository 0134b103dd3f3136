package account

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
	"pgregory.net/rapid"
)

func TestRoles(t *testing.T) {
	all := []Role{Viewer, Reviewer, Administrator}
	for i, r := range all {
		for j, least := range all {
			if r.May(least) != (i >= j) {
				t.Errorf("%s may what %s may: %t", r, least, r.May(least))
			}
		}
		if r.May("") || r.May("root") || Role("root").May(r) || Role("").May(r) {
			t.Errorf("%s and a role that is none", r)
		}
	}
	if Role("").May("") {
		t.Error("nobody may what nobody has said")
	}
}

func TestNames(t *testing.T) {
	for entered, want := range map[string]string{
		" Budi.S ": "budi.s", "a@b.co.id": "a@b.co.id", "x": "", "": "", ".a": "", "budi s": "", "bu\x00di": "", "bùdi": "", "а" + "dmin": "",
		strings.Repeat("a", 65): "", "a\nb": "",
	} {
		got, err := Name(entered)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", entered, got, err)
		}
	}
}

func TestPasswordsThatMayBeSet(t *testing.T) {
	for password, good := range map[string]bool{
		"kuda baterai staples": true, "12 huruf ini": true, "sebelas huru": true, "pendek": false, "aaaaaaaaaaaaaaaa": false,
		"budi.santoso": false, "BUDI.SANTOSO ": false, strings.Repeat("ab", 513): false, "tab\tdi dalam sini": false, "\xff\xfe bukan teks utf8": false,
		"пароль пароль": true,
	} {
		if err := CheckPassword("budi.santoso", password); (err == nil) != good || err != nil && !errors.Is(err, ErrPassword) {
			t.Errorf("%q: %v, want good: %t", password, err, good)
		}
	}
}

// cheap hashes fast.
func cheap(t *testing.T) *Passwords {
	t.Helper()
	p, err := newPasswords(cost{memory: 64, passes: 1, lanes: 1})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPasswords(t *testing.T) {
	p := cheap(t)
	ctx := t.Context()
	const right = "kuda baterai staples"
	hash, err := p.Hash(ctx, right)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := p.Hash(ctx, right); err != nil || second == hash || strings.Contains(hash, right) {
		t.Errorf("two hashes of one password are %q and %q, %v", hash, second, err)
	}
	for _, tt := range []struct {
		what, password string
		user           *User
		ok             bool
	}{
		{"right", right, &User{Password: hash}, true},
		{"wrong", right + " ", &User{Password: hash}, false},
		{"empty", "", &User{Password: hash}, false},
		{"far too long", strings.Repeat("x", mostPassword+1), &User{Password: hash}, false},
		{"disabled", right, &User{Password: hash, Disabled: true}, false},
		{"without a password", right, &User{}, false},
		{"without a password, none entered", "", &User{}, false},
		{"nobody", right, nil, false},
	} {
		if ok, stale, err := p.Verify(ctx, tt.user, tt.password); ok != tt.ok || stale || err != nil {
			t.Errorf("%s: %t, stale %t, %v", tt.what, ok, stale, err)
		}
	}
	dearer, err := newPasswords(cost{memory: 128, passes: 1, lanes: 1})
	if err != nil {
		t.Fatal(err)
	}
	if ok, stale, err := dearer.Verify(ctx, &User{Password: hash}, right); !ok || !stale || err != nil {
		t.Errorf("a hash of yesterday: %t, stale %t, %v", ok, stale, err)
	}
	for _, broken := range []string{"x", "$argon2i$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		strings.Replace(hash, "m=64", "m=4000000", 1), strings.Replace(hash, "t=1", "t=0", 1), strings.Replace(hash, "p=1", "p=1x", 1), hash + "=", hash[:40]} {
		if ok, _, err := p.Verify(ctx, &User{Password: broken}, right); ok || err == nil {
			t.Errorf("%q: %t, %v", broken, ok, err)
		}
	}
}

// The form is the one that other programs read.
func TestHashIsArgon2id(t *testing.T) {
	p := cheap(t)
	hash, err := p.Hash(t.Context(), "kuda baterai staples")
	if err != nil {
		t.Fatal(err)
	}
	c, salt, sum, err := parse(hash)
	if err != nil || c != p.cost || len(salt) != saltBytes {
		t.Fatalf("%+v, %d bytes of salt, %v", c, len(salt), err)
	}
	if want := argon2.IDKey([]byte("kuda baterai staples"), salt, 1, 64, 1, hashBytes); string(want) != string(sum) {
		t.Error("the sum is not that of argon2id")
	}
	if c := today(); c.memory < 19<<10 || c.passes < 2 {
		t.Errorf("a hash of today costs %+v, less than it should", c)
	}
}

func TestHashingWaitsForItsTurn(t *testing.T) {
	p := cheap(t)
	for range atOnce {
		p.slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Hash(ctx, "kuda baterai staples"); !errors.Is(err, context.Canceled) {
		t.Errorf("more hashes at once than there is room for: %v", err)
	}
}

func TestSecrets(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range []Kind{SessionSecret, TokenSecret, SetupSecret} {
		shown, digest := Secret(k)
		if seen[shown] || len(digest) != 64 || strings.Contains(digest, shown) {
			t.Errorf("%s: %q, %q", k, shown, digest)
		}
		seen[shown] = true
		if got, ok := Digest(k, shown); !ok || got != digest {
			t.Errorf("%s: %q, %t", k, got, ok)
		}
		for _, other := range []Kind{SessionSecret, TokenSecret, SetupSecret} {
			if _, ok := Digest(other, shown); ok != (other == k) {
				t.Errorf("a %s as a %s: %t", k, other, ok)
			}
		}
		for _, wrong := range []string{"", string(k), shown + "A", shown[:len(shown)-1], strings.ToUpper(shown), digest, string(k) + digest, shown + "\n"} {
			if _, ok := Digest(k, wrong); ok {
				t.Errorf("%q passes for a %s", wrong, k)
			}
		}
	}
}

func TestSessionEnds(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	u := User{ID: 7, Role: Viewer, Epoch: 3}
	s := Session{User: 7, Epoch: 3, Created: now.Add(-time.Hour), Seen: now.Add(-time.Minute)}
	for what, tt := range map[string]struct {
		change func(s *Session, u *User)
		good   bool
	}{
		"as it is":           {func(*Session, *User) {}, true},
		"another user":       {func(_ *Session, u *User) { u.ID = 8 }, false},
		"password or role":   {func(_ *Session, u *User) { u.Epoch++ }, false},
		"disabled":           {func(_ *Session, u *User) { u.Disabled = true }, false},
		"role of nobody":     {func(_ *Session, u *User) { u.Role = "" }, false},
		"idle":               {func(s *Session, _ *User) { s.Seen = now.Add(-SessionIdle) }, false},
		"not quite idle":     {func(s *Session, _ *User) { s.Seen = now.Add(-SessionIdle + time.Second) }, true},
		"old, however alive": {func(s *Session, _ *User) { s.Created = now.Add(-SessionLife) }, false},
	} {
		s, u := s, u
		tt.change(&s, &u)
		if s.Good(u, now) != tt.good {
			t.Errorf("%s: %t", what, !tt.good)
		}
	}
}

// A token never may more than its scopes say, nor than its user may.
func TestTokens(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	roles, scopes := []Role{"", Viewer, Reviewer, Administrator, "root"}, []Scope{Read, Review, Admin, "all"}
	rapid.Check(t, func(rt *rapid.T) {
		u := User{ID: 1, Role: rapid.SampledFrom(roles).Draw(rt, "role"), Disabled: rapid.Bool().Draw(rt, "disabled")}
		k := Token{User: rapid.Int64Range(1, 2).Draw(rt, "user"), Revoked: rapid.Bool().Draw(rt, "revoked"),
			Scopes: rapid.SliceOf(rapid.SampledFrom(scopes)).Draw(rt, "scopes"), Expires: now.Add(time.Duration(rapid.IntRange(-2, 2).Draw(rt, "expires")))}
		least := rapid.SampledFrom(roles).Draw(rt, "least")
		want := false
		for _, s := range k.Scopes {
			want = want || s == Read && least == Viewer || s == Review && least == Reviewer || s == Admin && least == Administrator
		}
		want = want && k.User == 1 && !k.Revoked && !u.Disabled && k.Expires.After(now) && u.Role.May(least)
		if got := k.May(u, least, now); got != want {
			rt.Fatalf("%+v of %+v may what %s may: %t", k, u, least, got)
		}
	})
	if _, ok := Scopes([]string{"read", "everything"}); ok {
		t.Error("a scope that is none is taken")
	}
	if _, ok := Scopes(nil); ok {
		t.Error("a token without scopes is taken")
	}
	if s, ok := Scopes([]string{"read", "read", "review"}); !ok || len(s) != 2 {
		t.Errorf("scopes: %v, %t", s, ok)
	}
}

func TestLimiter(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	here, there := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	l := NewLimiter()
	for n := range triesPerName {
		if wait := l.Allow("budi", here, now); wait > 0 {
			t.Fatalf("attempt %d waits %s", n+1, wait)
		}
	}
	if wait := l.Allow("budi", there, now); wait != nameEvery {
		t.Errorf("a name that many addresses try waits %s", wait)
	}
	if wait := l.Allow("sari", here, now); wait > 0 {
		t.Errorf("another name waits %s", wait)
	}
	if wait := l.Allow("budi", here, now.Add(nameEvery)); wait > 0 {
		t.Errorf("after a while it waits %s", wait)
	}
	if wait := l.Allow(" BUDI", there, now.Add(nameEvery)); wait != nameEvery {
		t.Errorf("the name in another spelling waits %s", wait)
	}
	l.Succeeded("Budi")
	if wait := l.Allow("budi", here, now.Add(nameEvery)); wait > 0 {
		t.Errorf("after a success it waits %s", wait)
	}
	spray := NewLimiter()
	for n := range triesPerAddress {
		name := strings.Repeat("a", n+2)
		if wait := spray.Allow(name, netip.MustParseAddr("2001:db8::").Next(), now); wait > 0 {
			t.Fatalf("attempt %d waits %s", n+1, wait)
		}
		spray.Succeeded(name) // an account of one's own is no way around it
	}
	if wait := spray.Allow("lain", netip.MustParseAddr("2001:db8::ffff"), now); wait != addressEvery {
		t.Errorf("the same /64 waits %s", wait)
	}
	if wait := spray.Allow("lain", netip.MustParseAddr("2001:db8:0:1::1"), now); wait > 0 {
		t.Errorf("another /64 waits %s", wait)
	}
}

// Many names and addresses take no more memory than some.
func TestLimiterForgets(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	l := NewLimiter()
	a := netip.MustParseAddr("10.0.0.0")
	for n := range remembered + 50 {
		a = a.Next()
		if wait := l.Allow(a.String(), a, now.Add(time.Duration(n))); wait > 0 {
			t.Fatal(wait)
		}
	}
	if len(l.names) > remembered || len(l.addresses) > remembered {
		t.Errorf("%d names and %d addresses are remembered", len(l.names), len(l.addresses))
	}
}
