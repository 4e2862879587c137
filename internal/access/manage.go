package access

import (
	"context"
	"errors"
	"slices"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// Logout ends the caller's session.
func (s *Sessions) Logout(ctx context.Context, c Caller) error {
	e := Event{Action: string(MayLogout), Object: "session", ObjectID: string(c.Session.ID), Company: c.User.Company}
	return s.o.Audit.Audited(ctx, s.o.Store, osprey.Everything(), c.Actor, e, func(tx *store.Tx, _ *Event) error {
		err := tx.DeleteSession(c.Session.ID)
		if errors.Is(err, store.ErrNotFound) {
			return nil // ended by somebody else since the request was let in
		}
		return err
	})
}

// List returns a page of the sessions and tokens that the grant shows
// (MayReadSessions). Filters: store.FieldUser, store.FieldKind.
func (s *Sessions) List(ctx context.Context, g Grant, q store.Query) (list []osprey.Session, total int, err error) {
	q, ok := NarrowTo(q, store.FieldUser, g.View.Owner)
	if !ok {
		return nil, 0, nil
	}
	err = s.o.Store.Read(ctx, WithoutOwner(g.View), func(tx *store.Tx) error {
		list, total, err = tx.Sessions(q)
		return err
	})
	return list, total, err
}

// NarrowTo limits a list to the rows whose field names the owner, beside what the
// query asks for; an empty owner limits nothing. It reports false when nothing can
// match any more.
func NarrowTo(q store.Query, field store.Field, owner osprey.ID) (store.Query, bool) {
	if owner == "" {
		return q, true
	}
	if asked, ok := q.In[field]; ok && !slices.Contains(asked, string(owner)) {
		return q, false
	}
	if slices.Contains(q.NotIn[field], string(owner)) {
		return q, false
	}
	return with(q, field, string(owner)), true
}

// with returns a copy of the query whose field must have the value.
func with(q store.Query, field store.Field, value string) store.Query {
	in := make(map[store.Field][]string, len(q.In)+1)
	for f, values := range q.In {
		in[f] = values
	}
	in[field] = []string{value}
	q.In = in
	return q
}

// WithoutOwner is a scope for the store where the owner is asked for otherwise:
// users, sessions and tokens belong to the user they are about.
func WithoutOwner(s osprey.Scope) osprey.Scope {
	s.Owner = ""
	return s
}

// Delete ends a session or revokes a token (MayDeleteSession).
func (s *Sessions) Delete(ctx context.Context, g Grant, id osprey.ID) error {
	e := Event{Action: string(MayDeleteSession), Object: "session", ObjectID: string(id), Company: g.Actor.Company}
	return s.o.Audit.Audited(ctx, s.o.Store, WithoutOwner(g.View), g.Actor, e, func(tx *store.Tx, e *Event) error {
		session, err := tx.Session(id)
		if errors.Is(err, store.ErrNotFound) || err == nil && !g.View.Covers(session.Company, session.User) {
			return osprey.NotExist()
		}
		if err != nil {
			return err
		}
		e.Company = session.Company
		if err := g.Check(session.Company, session.User); err != nil {
			return err
		}
		return tx.DeleteSession(id)
	})
}

// userInReach returns a user that the grant shows, and refuses one on which it
// does not act.
func userInReach(tx *store.Tx, g Grant, id osprey.ID) (osprey.User, error) {
	user, err := tx.User(id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !g.View.Covers(user.Company, user.ID) {
		return osprey.User{}, osprey.NotExist()
	}
	if err != nil {
		return osprey.User{}, err
	}
	return user, g.Check(user.Company, user.ID)
}

// Sweep removes what nobody can use any more: sessions that expired a day ago and
// counters of failed logins that have gone stale.
func (s *Sessions) Sweep(ctx context.Context) error {
	return s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		if _, err := tx.DeleteExpiredSessions(tx.Now().Add(-knownAfterExpiry)); err != nil {
			return err
		}
		_, err := tx.DeleteLoginFailures(tx.Now().Add(-failuresKept))
		return err
	})
}
