package access

import (
	"context"
	"errors"
	"strings"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// ActionLogin is the name under which the audit log keeps logins.
const ActionLogin = string(MayLogin)

// maxLoginEmail bounds the work spent on an e-mail; no account has one that long.
const maxLoginEmail = 1024

// Login opens a session. Errors: 401/7 for anything wrong with the credentials,
// 429/18 while a back-off runs, 503/19 when too many passwords are waiting to be
// checked.
//
// Tries of one pair of e-mail and address go one after the other, so that a burst
// of them cannot pass the check of the counters together.
func (s *Sessions) Login(ctx context.Context, email, password string, from Origin) (Pair, error) {
	email = osprey.Fold(strings.TrimSpace(cut(email, maxLoginEmail)))
	keys := keysOf(email, from.IP)
	done, err := s.turns.take(ctx, keys.pair)
	if err != nil {
		return Pair{}, err
	}
	defer done()

	var user osprey.User
	err = s.o.Store.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		counters, err := readFailures(tx, keys)
		if err != nil {
			return err
		}
		if err := counters.check(tx.Now()); err != nil {
			return err
		}
		user, err = tx.UserByEmail(email)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return Pair{}, err
	}
	match, stale, err := s.o.Passwords.Verify(ctx, password, user.PasswordHash)
	if err != nil {
		return Pair{}, err
	}
	if !match {
		return Pair{}, s.loginFailed(ctx, keys, user, from)
	}
	newHash := ""
	if stale {
		if newHash, err = s.o.Passwords.Hash(ctx, password); err != nil {
			return Pair{}, err
		}
	}
	pair, err := s.open(ctx, keys, user, newHash, from)
	if osprey.IsCode(err, osprey.CodeAuthInvalid) {
		return Pair{}, s.loginFailed(ctx, keys, user, from)
	}
	return pair, err
}

// loginFailed counts a failure and returns the one answer for all of them. It is
// written even when the client has gone away meanwhile.
func (s *Sessions) loginFailed(ctx context.Context, keys attemptKeys, user osprey.User, from Origin) error {
	ctx = context.WithoutCancel(ctx)
	err := s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		if err := countFailure(tx, keys); err != nil {
			return err
		}
		return s.o.Audit(tx, from.actor(osprey.User{}, ""), Event{
			Action: ActionLogin, Object: "user", ObjectID: string(user.ID), Company: user.Company,
			Denied: true, Details: osprey.Details{"error_code": int(osprey.CodeAuthInvalid)},
		})
	})
	if err != nil {
		return err
	}
	return errCredentials()
}

// open makes the session of a user whose password was right. The user is read
// again: it may have been disabled or changed while the password was checked.
func (s *Sessions) open(ctx context.Context, keys attemptKeys, checked osprey.User, newHash string, from Origin) (Pair, error) {
	pair := Pair{AccessToken: newToken(TokenAccess), RefreshToken: newToken(TokenRefresh)}
	err := s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		user, err := tx.User(checked.ID)
		if errors.Is(err, store.ErrNotFound) {
			return errCredentials()
		}
		if err != nil {
			return err
		}
		may, err := mayLogin(tx, user)
		if err != nil {
			return err
		}
		if !may || user.PasswordHash != checked.PasswordHash {
			return errCredentials()
		}
		if err := forgiveFailures(tx, keys); err != nil {
			return err
		}
		now := tx.Now()
		user.LastLogin = now
		if newHash != "" {
			user.PasswordHash = newHash
			if err := tx.UpdateUser(user); err != nil {
				return err
			}
		}
		if err := tx.TouchLogin(user.ID); err != nil {
			return err
		}
		pair.User = user
		pair.Session = osprey.Session{
			ID: s.o.IDs.New(), User: user.ID, Company: user.Company, Kind: osprey.SessionLogin,
			IP: cut(from.IP, maxIP), UserAgent: cut(from.UserAgent, maxUserAgent),
			AccessHash: tokenHash(pair.AccessToken), RefreshHash: tokenHash(pair.RefreshToken),
			Created: now, LastUsed: now, Expires: s.expiry(user.Role, now, now),
		}
		if err := tx.InsertSession(pair.Session); err != nil {
			return err
		}
		return s.o.Audit(tx, from.actor(user, pair.Session.ID), Event{
			Action: ActionLogin, Object: "session", ObjectID: string(pair.Session.ID), Company: user.Company,
		})
	})
	if err != nil {
		return Pair{}, err
	}
	return pair, nil
}

// mayLogin reports whether a user is active and its company is not suspended.
func mayLogin(tx *store.Tx, u osprey.User) (bool, error) {
	if !u.Active || u.Company == "" {
		return u.Active, nil
	}
	company, err := tx.Company(u.Company)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return company.Active, err
}
