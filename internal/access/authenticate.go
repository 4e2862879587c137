package access

import (
	"context"
	"errors"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// touchEvery is how often the use of a session is written down: it then expires up
// to that much earlier than its last request would make it.
const touchEvery = 30 * time.Second

// Authenticate tells whom an access token belongs to and keeps the session alive.
// Errors: 401/6 without a token, 401/7 for one that is unknown or revoked, 401/8
// for one that expired less than a day ago.
func (s *Sessions) Authenticate(ctx context.Context, token string, from Origin) (Caller, error) {
	found, err := s.lookup(ctx, token)
	if err != nil {
		return Caller{}, err
	}
	if found.now >= found.session.Expires {
		return Caller{}, errExpired()
	}
	if err := s.keepAlive(ctx, &found); err != nil {
		return Caller{}, err
	}
	return Caller{User: found.user, Session: found.session, Actor: from.actor(found.user, found.session.ID)}, nil
}

// found is a session with its user, as an access token opens it.
type found struct {
	hash    string
	session osprey.Session
	user    osprey.User
	now     osprey.Time
}

// lookup finds the session of an access token. A session that expired less than a
// day ago is found too; one whose user may not log in any more is not.
func (s *Sessions) lookup(ctx context.Context, token string) (found, error) {
	if token == "" {
		return found{}, errNoToken()
	}
	if !opensSession(token) {
		return found{}, errBadToken()
	}
	f := found{hash: tokenHash(token)}
	err := s.o.Store.Read(ctx, osprey.Everything(), f.load)
	return f, err
}

func (f *found) load(tx *store.Tx) error {
	session, user, companyActive, err := tx.SessionByAccess(f.hash)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return errBadToken()
	case err != nil:
		return err
	}
	f.session, f.user, f.now = session, user, tx.Now()
	if !user.Active || !companyActive || f.now >= session.Expires.Add(knownAfterExpiry) {
		return errBadToken()
	}
	return nil
}

// keepAlive writes the use of a session down when that is due. The first request
// made with a refreshed pair makes that pair the only one before it goes on.
func (s *Sessions) keepAlive(ctx context.Context, f *found) error {
	if f.isNext() {
		return s.touch(ctx, f)
	}
	if f.now < f.session.LastUsed.Add(s.touchInterval(f.user.Role)) {
		return nil
	}
	err := s.slide.do(f.session.ID, func() error { return s.touch(ctx, f) })
	if osprey.IsCode(err, osprey.CodeDatabase) || osprey.IsCode(err, osprey.CodeUnavailable) {
		return nil // the session is as alive as before; the request can be answered
	}
	return err
}

// touchInterval is touchEvery, or less for sessions so short that sliding in such
// steps would cut them noticeably.
func (s *Sessions) touchInterval(role osprey.Role) time.Duration {
	ttl, _ := s.life(role)
	return min(touchEvery, ttl/4)
}

func (f *found) isNext() bool { return f.hash == f.session.NextAccessHash }

func (s *Sessions) touch(ctx context.Context, f *found) error {
	return s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		if err := f.load(tx); err != nil {
			return err
		}
		if f.now >= f.session.Expires {
			return errExpired()
		}
		if f.isNext() {
			promote(&f.session)
		}
		f.session.LastUsed = f.now
		if f.session.Kind == osprey.SessionLogin && s.o.Auth.SessionSliding {
			f.session.Expires = s.expiry(f.user.Role, f.session.Created, f.now)
		}
		return tx.UpdateSession(f.session)
	})
}

// promote makes the pair that a refresh handed out the only pair of the session.
func promote(s *osprey.Session) {
	s.AccessHash, s.RefreshHash = s.NextAccessHash, s.NextRefreshHash
	s.NextAccessHash, s.NextRefreshHash = "", ""
}
