package account

import (
	"context"
	"reflect"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// UpdateUser changes the keys present, as far as the caller may (MayUpdateUser). A
// new password, another role and the loss of is_active end all the user's
// sessions, the caller's own included.
func (s *Service) UpdateUser(ctx context.Context, g access.Grant, id osprey.ID, in UserInput) (osprey.User, error) {
	e := access.Event{Action: string(access.MayUpdateUser), Object: "user", ObjectID: string(id), Company: g.Actor.Company}
	password, err := s.newPassword(ctx, g, id, in, &e)
	if err != nil {
		return osprey.User{}, s.o.Audit.Refused(ctx, s.o.Store, g.Actor, e, err)
	}
	var after osprey.User
	err = s.change(ctx, g, e, func(tx *store.Tx, e *access.Event) error {
		before, err := visibleUser(tx, g, id)
		if err != nil {
			return err
		}
		e.Company = before.Company
		if after, err = changed(g, before, in); err != nil {
			return err
		}
		if password.hash != "" {
			if password.current != "" && password.current != before.PasswordHash {
				return errWrongPassword() // changed by somebody else meanwhile
			}
			after.PasswordHash = password.hash
		}
		return save(tx, before, after)
	})
	if err != nil {
		return osprey.User{}, err
	}
	return after, nil
}

// newPassword is the outcome of what must not happen inside a transaction.
type newPassword struct {
	hash    string // of the new password; empty: it does not change
	current string // the hash that the caller's own current password matched
}

// newPassword checks and hashes a new password, after everything else about the
// change has been checked once: a hash is the dearest part of it.
func (s *Service) newPassword(ctx context.Context, g access.Grant, id osprey.ID, in UserInput, e *access.Event) (p newPassword, err error) {
	if in.Password == nil {
		return p, nil
	}
	before, err := s.User(ctx, g, id)
	if err != nil {
		return p, err
	}
	e.Company = before.Company
	after := before
	if err := in.apply(&after); err != nil {
		return p, err
	}
	if err := s.o.Passwords.Check("password", *in.Password, after.Email); err != nil {
		return p, err
	}
	own := isOwn(g, before)
	if own && in.CurrentPassword == nil {
		return p, osprey.Missing("current_password")
	}
	if _, err := changed(g, before, in); err != nil {
		return p, err
	}
	if own {
		match, _, err := s.o.Passwords.Verify(ctx, *in.CurrentPassword, before.PasswordHash)
		if err != nil {
			return p, err
		}
		if !match {
			return p, errWrongPassword()
		}
		p.current = before.PasswordHash
	}
	p.hash, err = s.o.Passwords.Hash(ctx, *in.Password)
	return p, err
}

func errWrongPassword() error {
	return osprey.InvalidValue("current_password", "current_password is wrong").With("reason", "wrong_password")
}

func isOwn(g access.Grant, u osprey.User) bool { return g.Actor.User != "" && u.ID == g.Actor.User }

// changed is the user after the change, which the caller may make.
func changed(g access.Grant, before osprey.User, in UserInput) (osprey.User, error) {
	after := before
	if err := in.apply(&after); err != nil {
		return after, err
	}
	if isOwn(g, before) {
		return after, mayChangeOwn(before, after, in)
	}
	if err := g.Check(before.Company, before.ID); err != nil {
		return after, err
	}
	if after.Role != before.Role {
		if err := mayGiveRole(g, after.Role); err != nil {
			return after, err
		}
	}
	if in.Company != nil && *in.Company != before.Company {
		return after, osprey.Conflict("company_id", "immutable", "A user never changes the company")
	}
	if after.Role.InCompany() != before.Role.InCompany() {
		return after, osprey.Conflict("user_type", "immutable", "The role would take the user into or out of a company")
	}
	return after, nil
}

// mayChangeOwn refuses every key of one's own account whose value would change,
// but names and password.
func mayChangeOwn(before, after osprey.User, in UserInput) error {
	for _, key := range []struct {
		name string
		same bool
	}{
		{"email", after.Email == before.Email},
		{"user_type", after.Role == before.Role},
		{"company_id", in.Company == nil || *in.Company == before.Company},
		{"is_active", after.Active == before.Active},
		{"can_start_analysis_biometry", after.Flags.Biometry == before.Flags.Biometry},
		{"can_start_analysis_quality", after.Flags.Quality == before.Flags.Quality},
		{"can_start_analysis_collection", after.Flags.Collection == before.Flags.Collection},
		{"can_start_analysis_documents", after.Flags.Documents == before.Flags.Documents},
		{"can_erase", after.Flags.Erase == before.Flags.Erase},
		{"meta_data", in.Metadata == nil || reflect.DeepEqual(after.Metadata, before.Metadata)},
	} {
		if !key.same {
			return osprey.Forbidden("self", "Nobody may change %s of their own account", key.name).With("field", key.name)
		}
	}
	return nil
}

// save writes a changed user and ends its sessions where the change asks for it.
func save(tx *store.Tx, before, after osprey.User) error {
	if after.Role != before.Role || !after.Active {
		if err := keepAnAdmin(tx, before); err != nil {
			return err
		}
	}
	if err := tx.UpdateUser(after); err != nil {
		return taken(err, "email")
	}
	if after.Role == before.Role && after.Active == before.Active && after.PasswordHash == before.PasswordHash {
		return nil
	}
	_, err := tx.DeleteUserSessions(after.ID, "")
	return err
}
