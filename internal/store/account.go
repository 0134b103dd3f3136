package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"pantau/internal/account"
)

// What cannot be done with accounts.
var (
	ErrNameTaken = errors.New("there is an account of that name already")
	ErrLastAdmin = errors.New("this is the last administrator who can log in; make another one first")
	ErrSetUp     = errors.New("there is an administrator already: the set-up link is for the first one")
)

// errClear is a mistake of ours.
var errClear = errors.New("a password is stored as a hash only")

const accountColumns = `a.id, a.name, a.role, a.password, a.epoch, a.disabled, a.created_at`

func scanAccount(scan func(...any) error, more ...any) (account.User, error) {
	var u account.User
	var created int64
	var disabled int
	err := scan(append([]any{&u.ID, &u.Name, &u.Role, &u.Password, &u.Epoch, &disabled, &created}, more...)...)
	u.Disabled, u.Created = disabled != 0, micro(created)
	return u, err
}

// micro is an instant as it is kept.
func micro(n int64) time.Time { return time.UnixMicro(n).UTC() }

// Accounts lists all, by name.
func (s *Store) Accounts(ctx context.Context) ([]account.User, error) {
	var out []account.User
	err := each(ctx, s.read, func(scan func(...any) error) error {
		u, err := scanAccount(scan)
		out = append(out, u)
		return err
	}, `SELECT `+accountColumns+` FROM account a ORDER BY a.name`)
	return out, err
}

// Account finds one by name; ErrNotFound if there is none.
func (s *Store) Account(ctx context.Context, name string) (account.User, error) {
	u, err := scanAccount(s.read.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM account a WHERE a.name = $1`, name).Scan)
	return u, found(err, "account "+name)
}

// found makes of no row that a thing is not there.
func found(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s: %w", what, ErrNotFound)
	}
	return explain(err)
}

// AddAccount makes a user and gives its id.
func (s *Store) AddAccount(ctx context.Context, u account.User, who string, now time.Time) (id int64, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		id, err = addAccount(ctx, tx, u, who, now)
		return err
	})
	return id, err
}

func addAccount(ctx context.Context, tx *sql.Tx, u account.User, who string, now time.Time) (id int64, err error) {
	if !u.Role.Known() {
		return 0, account.ErrRole
	}
	if u.Password != "" && !account.Hashed(u.Password) {
		return 0, errClear
	}
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM account WHERE name = $1`, u.Name).Scan(&n); err != nil {
		return 0, err
	}
	if n > 0 {
		return 0, ErrNameTaken
	}
	if err := tx.QueryRowContext(ctx, `INSERT INTO account (name, role, password, epoch, disabled, created_at) VALUES ($1, $2, $3, 1, 0, $4) RETURNING id`,
		u.Name, u.Role, u.Password, now.UnixMicro()).Scan(&id); err != nil {
		return 0, err
	}
	return id, audit(ctx, tx, now, who, "account made, "+string(u.Role), "account "+u.Name)
}

// SetPassword gives a user another hash and ends all sessions.
func (s *Store) SetPassword(ctx context.Context, id int64, hash, who string, now time.Time) error {
	if !account.Hashed(hash) {
		return errClear
	}
	return s.alter(ctx, id, who, "password set", now, func(u *account.User) { u.Password = hash })
}

// SetRole gives a user another role and ends all sessions.
func (s *Store) SetRole(ctx context.Context, id int64, r account.Role, who string, now time.Time) error {
	if !r.Known() {
		return account.ErrRole
	}
	return s.alter(ctx, id, who, "role "+string(r), now, func(u *account.User) { u.Role = r })
}

// SetDisabled lets a user in no longer, or again. It ends all sessions, and its
// tokens are good only while it is not disabled.
func (s *Store) SetDisabled(ctx context.Context, id int64, disabled bool, who string, now time.Time) error {
	what := map[bool]string{true: "disabled", false: "enabled"}[disabled]
	return s.alter(ctx, id, who, what, now, func(u *account.User) { u.Disabled = disabled })
}

// alter changes a user. Its sessions are over by the same transaction, so that
// there is no moment in which an old one is good; the last administrator who can
// log in stays one.
func (s *Store) alter(ctx context.Context, id int64, who, what string, now time.Time, change func(*account.User)) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		u, err := scanAccount(tx.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM account a WHERE a.id = $1`, id).Scan)
		if err != nil {
			return found(err, fmt.Sprintf("account %d", id))
		}
		was := u
		change(&u)
		if administers(was) && !administers(u) {
			var others int
			if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM account WHERE role = $1 AND disabled = 0 AND id <> $2`, account.Administrator, id).Scan(&others); err != nil {
				return err
			}
			if others == 0 {
				return ErrLastAdmin
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE account SET role = $1, password = $2, disabled = $3, epoch = epoch + 1 WHERE id = $4`,
			u.Role, u.Password, number(u.Disabled), id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE account = $1`, id); err != nil {
			return err
		}
		return audit(ctx, tx, now, who, what, "account "+u.Name)
	})
}

func administers(u account.User) bool { return u.Role == account.Administrator && !u.Disabled }

// BeginSession stores a log-in of a user as it was read: one that has changed
// since is not let in (ErrNotFound). Sessions that are over anyway are swept out.
func (s *Store) BeginSession(ctx context.Context, u account.User, digest string, now time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO session (digest, account, epoch, created_at, seen_at)
			SELECT CAST($1 AS TEXT), id, epoch, CAST($2 AS BIGINT), CAST($2 AS BIGINT) FROM account WHERE id = $3 AND epoch = $4 AND disabled = 0`, digest, now.UnixMicro(), u.ID, u.Epoch)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("account %s as it was read: %w", u.Name, ErrNotFound))
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE created_at < $1 OR seen_at < $2`,
			now.Add(-account.SessionLife).UnixMicro(), now.Add(-account.SessionIdle).UnixMicro()); err != nil {
			return err
		}
		return audit(ctx, tx, now, u.Name, "log-in", "account "+u.Name)
	})
}

// Session finds a log-in and its user. Whether it is good is for
// account.Session.Good.
func (s *Store) Session(ctx context.Context, digest string) (account.Session, account.User, error) {
	x := account.Session{Digest: digest}
	var created, seen int64
	u, err := scanAccount(s.read.QueryRowContext(ctx, `SELECT `+accountColumns+`, x.account, x.epoch, x.created_at, x.seen_at
		FROM session x JOIN account a ON a.id = x.account WHERE x.digest = $1`, digest).Scan, &x.User, &x.Epoch, &created, &seen)
	x.Created, x.Seen = micro(created), micro(seen)
	return x, u, found(err, "session")
}

// Seen notes that a session is in use.
func (s *Store) Seen(ctx context.Context, digest string, now time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE session SET seen_at = $1 WHERE digest = $2 AND seen_at < $1`, now.UnixMicro(), digest)
		return err
	})
}

// EndSession ends a log-in; ending one that is over is no error.
func (s *Store) EndSession(ctx context.Context, digest string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM session WHERE digest = $1`, digest)
		return err
	})
}

// AddToken stores a token and gives its id.
func (s *Store) AddToken(ctx context.Context, t account.Token, who string, now time.Time) (id int64, err error) {
	if t.Expires.After(now.Add(account.TokenLife)) || !t.Expires.After(now) || len(t.Scopes) == 0 {
		return 0, fmt.Errorf("a token has a scope, and lives for %s at most", account.TokenLife)
	}
	scopes := make([]string, len(t.Scopes))
	for i, sc := range t.Scopes {
		scopes[i] = string(sc)
	}
	err = s.update(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `INSERT INTO token (digest, account, name, scopes, created_at, expires_at, revoked)
			VALUES ($1, $2, $3, $4, $5, $6, 0) RETURNING id`, t.Digest, t.User, plain(t.Name), strings.Join(scopes, " "), now.UnixMicro(), t.Expires.UnixMicro()).Scan(&id)
		if err != nil {
			return err
		}
		return audit(ctx, tx, now, who, "token made", fmt.Sprintf("token %d of account %d", id, t.User))
	})
	return id, err
}

const tokenColumns = `t.id, t.digest, t.account, t.name, t.scopes, t.created_at, t.expires_at, t.revoked`

// token holds what is scanned of one.
type tokenRow struct {
	t                account.Token
	scopes           string
	created, expires int64
	revoked          int
}

func (r *tokenRow) into() []any {
	return []any{&r.t.ID, &r.t.Digest, &r.t.User, &r.t.Name, &r.scopes, &r.created, &r.expires, &r.revoked}
}

func (r *tokenRow) token() account.Token {
	t := r.t
	t.Created, t.Expires, t.Revoked = micro(r.created), micro(r.expires), r.revoked != 0
	for _, sc := range strings.Fields(r.scopes) {
		t.Scopes = append(t.Scopes, account.Scope(sc))
	}
	return t
}

// Token finds a token and its user. What it may is for account.Token.May.
func (s *Store) Token(ctx context.Context, digest string) (account.Token, account.User, error) {
	var r tokenRow
	u, err := scanAccount(s.read.QueryRowContext(ctx, `SELECT `+accountColumns+`, `+tokenColumns+`
		FROM token t JOIN account a ON a.id = t.account WHERE t.digest = $1`, digest).Scan, r.into()...)
	return r.token(), u, found(err, "token")
}

// Tokens lists those of a user, the newest first, revoked ones too.
func (s *Store) Tokens(ctx context.Context, user int64) ([]account.Token, error) {
	var out []account.Token
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var r tokenRow
		err := scan(r.into()...)
		out = append(out, r.token())
		return err
	}, `SELECT `+tokenColumns+` FROM token t WHERE t.account = $1 ORDER BY t.id DESC`, user)
	return out, err
}

// RevokeToken ends a token of a user; ErrNotFound if there is none that is not
// revoked.
func (s *Store) RevokeToken(ctx context.Context, user, id int64, who string, now time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE token SET revoked = 1 WHERE id = $1 AND account = $2 AND revoked = 0`, id, user)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("token %d: %w", id, ErrNotFound))
		}
		return audit(ctx, tx, now, who, "token revoked", fmt.Sprintf("token %d of account %d", id, user))
	})
}

// OfferSetup stores the digest of a set-up link in the place of an earlier one;
// ErrSetUp where it is no longer needed.
func (s *Store) OfferSetup(ctx context.Context, digest string, expires time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := unset(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO setup (one, digest, expires_at) VALUES (1, $1, $2)
			ON CONFLICT (one) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at`, digest, expires.UnixMicro())
		return err
	})
}

// unset fails where somebody administers already.
func unset(ctx context.Context, tx *sql.Tx) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM account WHERE role = $1 AND disabled = 0`, account.Administrator).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return ErrSetUp
	}
	return nil
}

// SetUp makes the first administrator and uses the link up, both or neither;
// ErrNotFound for a link that is none, too old or used.
func (s *Store) SetUp(ctx context.Context, digest string, u account.User, now time.Time) (id int64, err error) {
	u.Role = account.Administrator
	err = s.update(ctx, func(tx *sql.Tx) error {
		if err := unset(ctx, tx); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `DELETE FROM setup WHERE digest = $1 AND expires_at > $2`, digest, now.UnixMicro())
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("set-up link: %w", ErrNotFound))
		}
		id, err = addAccount(ctx, tx, u, "set-up link", now)
		return err
	})
	return id, err
}
