package store

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pantau/internal/account"
)

// hash is one of no password.
const hash = "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// person adds an account.
func (f *fixture) person(name string, r account.Role) account.User {
	f.t.Helper()
	if _, err := f.AddAccount(f.t.Context(), account.User{Name: name, Role: r, Password: hash}, "root", f.now); err != nil {
		f.t.Fatal(err)
	}
	u, err := f.Account(f.t.Context(), name)
	if err != nil {
		f.t.Fatal(err)
	}
	return u
}

func TestAccounts(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		ctx := t.Context()
		budi, sari := f.person("budi", account.Administrator), f.person("sari", account.Viewer)
		if budi.ID == sari.ID || budi.Role != account.Administrator || budi.Disabled || budi.Created.IsZero() || budi.Password != hash {
			t.Errorf("%+v and %+v", budi, sari)
		}
		if _, err := f.AddAccount(ctx, account.User{Name: "budi", Role: account.Viewer}, "root", f.now); !errors.Is(err, ErrNameTaken) {
			t.Errorf("a second budi: %v", err)
		}
		for _, r := range []account.Role{"", "root"} {
			if _, err := f.AddAccount(ctx, account.User{Name: "lain", Role: r}, "root", f.now); !errors.Is(err, account.ErrRole) {
				t.Errorf("role %q: %v", r, err)
			}
			if err := f.SetRole(ctx, sari.ID, r, "root", f.now); !errors.Is(err, account.ErrRole) {
				t.Errorf("role %q: %v", r, err)
			}
		}
		if _, err := f.AddAccount(ctx, account.User{Name: "lain", Role: account.Viewer, Password: "rahasia sekali"}, "root", f.now); err == nil {
			t.Error("a password is stored as it is")
		}
		if err := f.SetPassword(ctx, sari.ID, "rahasia sekali", "root", f.now); err == nil {
			t.Error("a password is stored as it is")
		}
		if _, err := f.Account(ctx, "lain"); !errors.Is(err, ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
		if err := f.SetDisabled(ctx, 99, true, "root", f.now); !errors.Is(err, ErrNotFound) {
			t.Errorf("nobody is disabled: %v", err)
		}
		for what, err := range map[string]error{
			"disabled": f.SetDisabled(ctx, budi.ID, true, "root", f.now),
			"degraded": f.SetRole(ctx, budi.ID, account.Reviewer, "root", f.now),
		} {
			if !errors.Is(err, ErrLastAdmin) {
				t.Errorf("the last administrator is %s: %v", what, err)
			}
		}
		if err := f.SetRole(ctx, sari.ID, account.Administrator, "budi", f.now); err != nil {
			t.Fatal(err)
		}
		if err := f.SetDisabled(ctx, budi.ID, true, "sari", f.now); err != nil {
			t.Errorf("one of two administrators: %v", err)
		}
		list, err := f.Accounts(ctx)
		if err != nil || len(list) != 2 || !list[0].Disabled || list[1].Role != account.Administrator || list[1].Epoch == sari.Epoch {
			t.Errorf("accounts %+v, %v", list, err)
		}
		var audited int
		if err := f.read.QueryRow(`SELECT count(*) FROM audit WHERE object IN ('account budi', 'account sari')`).Scan(&audited); err != nil || audited != 4 {
			t.Errorf("%d changes of accounts are audited, %v", audited, err)
		}
		f.clean()
	})
}

// No session outlives a change of its user, and none begins for a user as he was
// before it.
func TestSessions(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		ctx := t.Context()
		f.person("budi", account.Administrator)
		for what, change := range map[string]func(u account.User) error{
			"password": func(u account.User) error { return f.SetPassword(ctx, u.ID, hash, "budi", f.now) },
			"role":     func(u account.User) error { return f.SetRole(ctx, u.ID, account.Reviewer, "budi", f.now) },
			"disabled": func(u account.User) error { return f.SetDisabled(ctx, u.ID, true, "budi", f.now) },
			"log-out":  nil,
		} {
			u := f.person("u-"+what, account.Viewer)
			_, digest := account.Secret(account.SessionSecret)
			if err := f.BeginSession(ctx, u, digest, f.now); err != nil {
				t.Fatal(err)
			}
			later := f.now.Add(time.Minute)
			if err := f.Seen(ctx, digest, later); err != nil {
				t.Fatal(err)
			}
			s, of, err := f.Session(ctx, digest)
			if err != nil || of.Name != u.Name || !s.Seen.Equal(later) || !s.Good(of, later) {
				t.Fatalf("%s: %+v of %+v, %v", what, s, of, err)
			}
			if change == nil {
				err = f.EndSession(ctx, digest)
			} else {
				err = change(u)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := f.Session(ctx, digest); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s: the session is still there: %v", what, err)
			}
			if _, again := account.Secret(account.SessionSecret); change != nil {
				if err := f.BeginSession(ctx, u, again, f.now); !errors.Is(err, ErrNotFound) {
					t.Errorf("%s: a session begins by what was true before: %v", what, err)
				}
			}
		}
		u, err := f.Account(ctx, "budi")
		if err != nil {
			t.Fatal(err)
		}
		_, old := account.Secret(account.SessionSecret)
		_, fresh := account.Secret(account.SessionSecret)
		if err := errors.Join(f.BeginSession(ctx, u, old, f.now), f.BeginSession(ctx, u, fresh, f.now.Add(account.SessionIdle+time.Second))); err != nil {
			t.Fatal(err)
		}
		if _, _, err := f.Session(ctx, old); !errors.Is(err, ErrNotFound) {
			t.Errorf("an idle session was not swept out: %v", err)
		}
		f.clean()
	})
}

func TestTokens(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		ctx := t.Context()
		u, other := f.person("budi", account.Reviewer), f.person("sari", account.Reviewer)
		shown, digest := account.Secret(account.TokenSecret)
		give := account.Token{Digest: digest, User: u.ID, Name: "dasbor\x00", Scopes: []account.Scope{account.Read, account.Review}, Expires: f.now.Add(time.Hour)}
		id, err := f.AddToken(ctx, give, "budi", f.now)
		if err != nil {
			t.Fatal(err)
		}
		got, of, err := f.Token(ctx, digest)
		if err != nil || of.ID != u.ID || got.ID != id || len(got.Scopes) != 2 || !got.Expires.Equal(give.Expires) || !got.May(of, account.Reviewer, f.now) {
			t.Errorf("%+v of %+v, %v", got, of, err)
		}
		for _, wrong := range []account.Token{
			{Digest: "a", User: u.ID, Scopes: give.Scopes, Expires: f.now.Add(account.TokenLife + time.Hour)},
			{Digest: "b", User: u.ID, Scopes: give.Scopes, Expires: f.now},
			{Digest: "c", User: u.ID, Expires: f.now.Add(time.Hour)},
			{Digest: "d", User: 99, Scopes: give.Scopes, Expires: f.now.Add(time.Hour)},
		} {
			if _, err := f.AddToken(ctx, wrong, "budi", f.now); err == nil {
				t.Errorf("it is taken: %+v", wrong)
			}
		}
		if err := f.RevokeToken(ctx, other.ID, id, "sari", f.now); !errors.Is(err, ErrNotFound) {
			t.Errorf("another user's token is revoked: %v", err)
		}
		if err := f.RevokeToken(ctx, u.ID, id, "budi", f.now); err != nil {
			t.Fatal(err)
		}
		if err := f.RevokeToken(ctx, u.ID, id, "budi", f.now); !errors.Is(err, ErrNotFound) {
			t.Errorf("it is revoked twice: %v", err)
		}
		list, err := f.Tokens(ctx, u.ID)
		if err != nil || len(list) != 1 || !list[0].Revoked || list[0].May(u, account.Viewer, f.now) {
			t.Errorf("tokens %+v, %v", list, err)
		}
		if _, _, err := f.Token(ctx, shown); !errors.Is(err, ErrNotFound) {
			t.Errorf("a token is kept as it is shown: %v", err)
		}
		f.clean()
	})
}

// The set-up link makes one administrator, once.
func TestSetUp(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		ctx := t.Context()
		_, lost := account.Secret(account.SetupSecret)
		_, digest := account.Secret(account.SetupSecret)
		if err := errors.Join(f.OfferSetup(ctx, lost, f.now.Add(time.Hour)), f.OfferSetup(ctx, digest, f.now.Add(time.Hour))); err != nil {
			t.Fatal(err)
		}
		for what, try := range map[string]struct {
			digest string
			at     time.Time
		}{"an earlier link": {lost, f.now}, "too late": {digest, f.now.Add(time.Hour)}, "none": {"", f.now}} {
			if _, err := f.SetUp(ctx, try.digest, account.User{Name: "maling"}, try.at); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
		var wg sync.WaitGroup
		results := make([]error, 4)
		for n := range results {
			wg.Go(func() {
				_, results[n] = f.SetUp(ctx, digest, account.User{Name: "admin" + strings.Repeat("x", n), Role: account.Viewer}, f.now)
			})
		}
		wg.Wait()
		good := 0
		for _, err := range results {
			if err == nil {
				good++
			} else if !errors.Is(err, ErrSetUp) {
				t.Errorf("who came too late: %v", err)
			}
		}
		list, err := f.Accounts(ctx)
		if good != 1 || err != nil || len(list) != 1 || list[0].Role != account.Administrator {
			t.Errorf("%d came in; accounts %+v, %v", good, list, err)
		}
		if err := f.OfferSetup(ctx, digest, f.now.Add(time.Hour)); !errors.Is(err, ErrSetUp) {
			t.Errorf("another link: %v", err)
		}
		f.clean()
	})
}

// A database that holds a secret as it is shown is a broken one.
func TestFsckOfAccounts(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		ctx := t.Context()
		u := f.person("budi", account.Administrator)
		shown, digest := account.Secret(account.SessionSecret)
		_, token := account.Secret(account.TokenSecret)
		if err := f.BeginSession(ctx, u, digest, f.now); err != nil {
			t.Fatal(err)
		}
		if _, err := f.AddToken(ctx, account.Token{Digest: token, User: u.ID, Scopes: []account.Scope{account.Read}, Expires: f.now.Add(time.Hour)}, "budi", f.now); err != nil {
			t.Fatal(err)
		}
		f.clean()
		for what, harm := range map[string][2]string{
			"a session":  {`UPDATE session SET digest = '` + shown + `'`, `UPDATE session SET digest = '` + digest + `'`},
			"a token":    {`UPDATE token SET digest = 'pantau_t_x'`, `UPDATE token SET digest = '` + token + `'`},
			"a password": {`UPDATE account SET password = 'rahasia'`, `UPDATE account SET password = ''`},
			"a role":     {`UPDATE account SET role = 'root'`, `UPDATE account SET role = 'administrator'`},
			"an epoch":   {`UPDATE session SET epoch = 0`, `UPDATE session SET epoch = 1`},
		} {
			if _, err := f.write.Exec(harm[0]); err != nil {
				t.Fatal(err)
			}
			list, err := f.Fsck(ctx, f.now)
			if err != nil || len(list) == 0 {
				t.Errorf("%s is not found: %v", what, err)
			}
			for _, found := range list {
				if strings.Contains(found.Object, shown) || strings.Contains(found.Object, "rahasia") {
					t.Errorf("%s is shown: %+v", what, found)
				}
			}
			if _, err := f.write.Exec(harm[1]); err != nil {
				t.Fatal(err)
			}
		}
		f.clean()
	})
}
