package access

import (
	"context"
	"errors"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// resetLife is how long a restore token lives that an administrator made.
const resetLife = 24 * time.Hour

// ActionRestore is the name under which the audit log keeps passwords set by a
// restore token.
const ActionRestore = "user.password_restore"

// ResetToken is a password restore token made by an administrator. The text is
// shown once.
type ResetToken struct {
	Token   string
	Expires osprey.Time
}

// RequestRestore asks for a restore token by mail. This build has no mail: 501/2.
func (s *Sessions) RequestRestore(_ context.Context, email *string) error {
	if email == nil {
		return osprey.Missing("email")
	}
	return errNoMail()
}

func errNoMail() error {
	return osprey.Errorf(osprey.CodeNotRealized, "No mail transport is configured").
		With("field", "email").With("reason", "no_mail")
}

// CreateReset makes a restore token for an administrator to hand over
// (MayResetPassword). It cancels the user's older ones. email not nil asks for
// mail, which is 501/2.
func (s *Sessions) CreateReset(ctx context.Context, g Grant, user osprey.ID, email *string) (ResetToken, error) {
	made := ResetToken{Token: newToken(TokenReset)}
	e := Event{Action: string(MayResetPassword), Object: "user", ObjectID: string(user), Company: g.Actor.Company}
	err := s.o.Audit.Audited(ctx, s.o.Store, WithoutOwner(g.View), g.Actor, e, func(tx *store.Tx, e *Event) error {
		u, err := userInReach(tx, g, user)
		if err != nil {
			return err
		}
		if email != nil {
			return errNoMail()
		}
		e.Company = u.Company
		made.Expires = tx.Now().Add(resetLife)
		return tx.PutReset(store.Reset{
			Hash: tokenHash(made.Token), User: u.ID, Expires: made.Expires, ByAdmin: true, Created: tx.Now(),
		})
	})
	if err != nil {
		return ResetToken{}, err
	}
	return made, nil
}

// ConfirmRestore sets a new password by a restore token, nil meaning an absent
// key, and ends all the user's sessions. Errors: 401/7 for a token that is bad,
// used or expired, 400/4 for the rules of passwords, which leaves the token valid.
func (s *Sessions) ConfirmRestore(ctx context.Context, token, password *string, from Origin) error {
	switch {
	case token == nil:
		return osprey.Missing("token")
	case password == nil:
		return osprey.Missing("password")
	}
	if kind, ok := tokenKind(*token); !ok || kind != TokenReset {
		return errBadReset()
	}
	hash := tokenHash(*token)
	var user osprey.User
	// The rules need the user's e-mail, and no password is hashed inside a
	// transaction: look first, and take the token when the new hash is there.
	err := s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
		if user, err = takeReset(tx, hash); err != nil {
			return err
		}
		return errLookedOnly
	})
	if !errors.Is(err, errLookedOnly) {
		return err
	}
	if err := s.o.Passwords.Check("password", *password, user.Email); err != nil {
		return err
	}
	newHash, err := s.o.Passwords.Hash(ctx, *password)
	if err != nil {
		return err
	}
	return s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		user, err := takeReset(tx, hash)
		if err != nil {
			return err
		}
		user.PasswordHash = newHash
		if err := tx.UpdateUser(user); err != nil {
			return err
		}
		if _, err := tx.DeleteUserSessions(user.ID, ""); err != nil {
			return err
		}
		return s.o.Audit(tx, from.actor(osprey.User{}, ""), Event{
			Action: ActionRestore, Object: "user", ObjectID: string(user.ID), Company: user.Company,
		})
	})
}

// errLookedOnly rolls a transaction back that only wanted to look.
var errLookedOnly = errors.New("access: looked only")

func errBadReset() error {
	return osprey.Errorf(osprey.CodeAuthInvalid, "The restore token is unknown, used or expired")
}

// takeReset uses a restore token up and returns the user it is for.
func takeReset(tx *store.Tx, hash string) (osprey.User, error) {
	reset, err := tx.TakeReset(hash)
	if errors.Is(err, store.ErrNotFound) {
		return osprey.User{}, errBadReset()
	}
	if err != nil {
		return osprey.User{}, err
	}
	if tx.Now() >= reset.Expires {
		return osprey.User{}, errBadReset()
	}
	user, err := tx.User(reset.User)
	if errors.Is(err, store.ErrNotFound) {
		return osprey.User{}, errBadReset()
	}
	return user, err
}
