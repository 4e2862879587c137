package access

import (
	"context"
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// Refresh hands out a new pair (api.md 3.3). access is the token of the request's
// header, "" when there was none; refresh is the body's expire_token, nil when it
// was absent. The endpoint does not need Authenticate: the access token may have
// expired. The old pair stays valid until the new one is used for the first time,
// so that an answer that got lost locks nobody out; refreshing once more with the
// old pair replaces the new one.
func (s *Sessions) Refresh(ctx context.Context, access string, refresh *string, from Origin) (Pair, error) {
	f, err := s.lookup(ctx, access)
	if err != nil {
		return Pair{}, err
	}
	if refresh == nil {
		return Pair{}, osprey.Missing("expire_token")
	}
	if kind, ok := tokenKind(*refresh); !ok || kind != TokenRefresh {
		return Pair{}, errSessionNotFound()
	}
	pair := Pair{AccessToken: newToken(TokenAccess), RefreshToken: newToken(TokenRefresh)}
	err = s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		if err := f.load(tx); err != nil {
			return err
		}
		session, err := s.refreshable(tx, &f, tokenHash(*refresh))
		if err != nil {
			return err
		}
		session.NextAccessHash, session.NextRefreshHash = tokenHash(pair.AccessToken), tokenHash(pair.RefreshToken)
		session.LastUsed = f.now
		session.Expires = s.expiry(f.user.Role, session.Created, f.now)
		pair.Session, pair.User = session, f.user
		return tx.UpdateSession(session)
	})
	if err != nil {
		e := Event{Action: string(MayRefresh), Object: "session", ObjectID: string(f.session.ID), Company: f.user.Company}
		return Pair{}, s.o.Audit.Refused(ctx, s.o.Store, from.actor(f.user, f.session.ID), e, err)
	}
	return pair, nil
}

// refreshable finds the session of a refresh token, with the pair in use as its
// present one, and checks that it is the session of the access token.
func (s *Sessions) refreshable(tx *store.Tx, f *found, refresh string) (osprey.Session, error) {
	session, err := tx.SessionByRefresh(refresh)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return session, errSessionNotFound()
	case err != nil:
		return session, err
	case f.now >= session.Expires.Add(knownAfterExpiry):
		return session, errSessionNotFound()
	case session.ID != f.session.ID:
		return session, osprey.Forbidden("", "You have not access to refresh this session")
	}
	if _, most := s.life(f.user.Role); most > 0 && f.now >= session.Created.Add(most) {
		return session, errSessionNotFound()
	}
	if f.isNext() || refresh == session.NextRefreshHash {
		promote(&session)
	}
	return session, nil
}
