package access

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// ServiceToken is a new service token. The text is shown once.
type ServiceToken struct {
	AccessToken string
	Session     osprey.Session
}

const (
	maxTokenName = 64 // characters
	minTokenLife = time.Minute
	tokenLife    = 365 * 24 * time.Hour
)

// CreateToken makes a service token (MayCreateToken). name nil is 400/3; seconds
// nil is a year, or the configured maximum where that is less.
func (s *Sessions) CreateToken(ctx context.Context, g Grant, user osprey.ID, name *string, seconds *int64) (ServiceToken, error) {
	made := ServiceToken{AccessToken: newToken(TokenService)}
	id := s.o.IDs.New()
	e := Event{Action: string(MayCreateToken), Object: "token", ObjectID: string(id), Company: g.Actor.Company}
	err := s.o.Audit.Audited(ctx, s.o.Store, WithoutOwner(g.View), g.Actor, e, func(tx *store.Tx, e *Event) error {
		u, err := userInReach(tx, g, user)
		if err != nil {
			return err
		}
		e.Company = u.Company
		e.Details = osprey.Details{"user_id": u.ID}
		called, life, err := s.checkToken(u, name, seconds)
		if err != nil {
			return err
		}
		now := tx.Now()
		made.Session = osprey.Session{
			ID: id, User: u.ID, Company: u.Company, Kind: osprey.SessionToken, Name: called,
			AccessHash: tokenHash(made.AccessToken), Created: now, LastUsed: now, Expires: now.Add(life),
		}
		return tx.InsertSession(made.Session)
	})
	if err != nil {
		return ServiceToken{}, err
	}
	return made, nil
}

func (s *Sessions) checkToken(u osprey.User, name *string, seconds *int64) (string, time.Duration, error) {
	if u.Role != osprey.RoleClientService {
		return "", 0, osprey.InvalidValue("user_id", "Only CLIENT_SERVICE users have tokens").With("reason", "not_service")
	}
	if name == nil {
		return "", 0, osprey.Missing("name")
	}
	called := strings.TrimSpace(*name)
	if n := utf8.RuneCountInString(called); n < 1 || n > maxTokenName {
		return "", 0, osprey.OutOfRange("name", maxTokenName, n, "name must have 1 to %d characters", maxTokenName)
	}
	most := s.o.Auth.SessionTTLLonglive
	life := min(tokenLife, most)
	if seconds != nil {
		low, high := int64(minTokenLife/time.Second), int64(most/time.Second)
		switch {
		case *seconds < low:
			return "", 0, osprey.OutOfRange("expires_in", low, *seconds, "expires_in must be at least %d", low)
		case *seconds > high:
			return "", 0, osprey.OutOfRange("expires_in", high, *seconds, "expires_in must be at most %d", high)
		}
		life = time.Duration(*seconds) * time.Second
	}
	return called, life, nil
}

// Tokens returns a page of a user's service tokens (MayReadTokens).
func (s *Sessions) Tokens(ctx context.Context, g Grant, user osprey.ID, q store.Query) (list []osprey.Session, total int, err error) {
	err = s.o.Store.Read(ctx, WithoutOwner(g.View), func(tx *store.Tx) error {
		u, err := userInReach(tx, g, user)
		if err != nil {
			return err
		}
		q := with(with(q, store.FieldUser, string(u.ID)), store.FieldKind, string(osprey.SessionToken))
		list, total, err = tx.Sessions(q)
		return err
	})
	return list, total, err
}

// DeleteToken revokes a service token (MayDeleteToken).
func (s *Sessions) DeleteToken(ctx context.Context, g Grant, user, token osprey.ID) error {
	e := Event{Action: string(MayDeleteToken), Object: "token", ObjectID: string(token), Company: g.Actor.Company}
	return s.o.Audit.Audited(ctx, s.o.Store, WithoutOwner(g.View), g.Actor, e, func(tx *store.Tx, e *Event) error {
		u, err := userInReach(tx, g, user)
		if err != nil {
			return err
		}
		session, err := tx.Session(token)
		if errors.Is(err, store.ErrNotFound) || err == nil && (session.Kind != osprey.SessionToken || session.User != u.ID) {
			return osprey.NotExist()
		}
		if err != nil {
			return err
		}
		e.Company = u.Company
		e.Details = osprey.Details{"user_id": u.ID}
		return tx.DeleteSession(token)
	})
}
