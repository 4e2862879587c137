package account

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/store"
)

// CreateUser makes a user (MayCreateUser).
func (s *Service) CreateUser(ctx context.Context, g access.Grant, in UserInput) (osprey.User, error) {
	u := osprey.User{
		ID: s.o.IDs.New(), Active: true, Flags: osprey.AllAnalyses(),
		Metadata: osprey.Metadata{}, Technical: osprey.Metadata{},
	}
	e := access.Event{Action: string(access.MayCreateUser), Object: "user", ObjectID: string(u.ID), Company: g.Actor.Company}
	if err := s.prepare(ctx, g, &u, in); err != nil {
		return osprey.User{}, s.o.Audit.Refused(ctx, s.o.Store, g.Actor, e, err)
	}
	err := s.change(ctx, g, e, func(tx *store.Tx, e *access.Event) error {
		e.Company = u.Company
		if u.Company != "" {
			if _, err := tx.Company(u.Company); err != nil {
				return hiddenField(err, "company_id")
			}
		}
		u.Created, u.Updated = tx.Now(), tx.Now()
		if err := tx.InsertUser(u); err != nil {
			return taken(err, "email")
		}
		return replay.Keep(tx, u)
	})
	if err != nil {
		return osprey.User{}, err
	}
	return u, nil
}

// prepare fills a new user in from the request, the hash of its password last.
func (s *Service) prepare(ctx context.Context, g access.Grant, u *osprey.User, in UserInput) (err error) {
	if err := in.missing(); err != nil {
		return err
	}
	if err := in.apply(u); err != nil {
		return err
	}
	if err := s.o.Passwords.Check("password", *in.Password, u.Email); err != nil {
		return err
	}
	if err := mayGiveRole(g, u.Role); err != nil {
		return err
	}
	if u.Role.InCompany() {
		if u.Company, err = g.Company(in.Company); err != nil {
			return err
		}
	} else if in.Company != nil {
		return osprey.InvalidValue("company_id", "Users of role %s belong to no company", u.Role)
	}
	u.PasswordHash, err = s.o.Passwords.Hash(ctx, *in.Password)
	return err
}

// mayGiveRole keeps those who act on one company from making users outside any.
func mayGiveRole(g access.Grant, r osprey.Role) error {
	if r.InCompany() || g.Act.All {
		return nil
	}
	return osprey.Forbidden("role", "Only an administrator may make users of role %s", r).With("field", "user_type")
}

// hiddenField is hidden for an id that the body names.
func hiddenField(err error, field string) error {
	if osprey.IsCode(hidden(err), osprey.CodeNotExist) {
		return osprey.NotExistField(field)
	}
	return err
}

// User returns one that the grant shows (MayReadUsers).
func (s *Service) User(ctx context.Context, g access.Grant, id osprey.ID) (u osprey.User, err error) {
	err = s.read(ctx, g, func(tx *store.Tx) error {
		u, err = visibleUser(tx, g, id)
		return err
	})
	return u, err
}

func visibleUser(tx *store.Tx, g access.Grant, id osprey.ID) (osprey.User, error) {
	u, err := tx.User(id)
	if err != nil {
		return osprey.User{}, hidden(err)
	}
	if !g.View.Covers(u.Company, u.ID) {
		return osprey.User{}, osprey.NotExist()
	}
	return u, nil
}

// Users returns a page of those that the grant shows (MayReadUsers).
func (s *Service) Users(ctx context.Context, g access.Grant, q store.Query) (list []osprey.User, total int, err error) {
	q, ok := access.NarrowTo(q, store.FieldID, g.View.Owner)
	if !ok {
		return nil, 0, nil
	}
	err = s.read(ctx, g, func(tx *store.Tx) error {
		list, total, err = tx.Users(q)
		return err
	})
	return list, total, err
}

// DeleteUser removes a user and ends its sessions (MayDeleteUser). Its folders
// stay.
func (s *Service) DeleteUser(ctx context.Context, g access.Grant, id osprey.ID) error {
	e := access.Event{Action: string(access.MayDeleteUser), Object: "user", ObjectID: string(id), Company: g.Actor.Company}
	return s.change(ctx, g, e, func(tx *store.Tx, e *access.Event) error {
		u, err := visibleUser(tx, g, id)
		if err != nil {
			return err
		}
		e.Company = u.Company
		if err := g.Check(u.Company, u.ID); err != nil {
			return err
		}
		if u.ID == g.Actor.User {
			return osprey.Conflict("user_id", "self", "Nobody may delete their own account")
		}
		if err := keepAnAdmin(tx, u); err != nil {
			return err
		}
		return tx.DeleteUser(id)
	})
}

// keepAnAdmin refuses to take the last active administrator away.
func keepAnAdmin(tx *store.Tx, u osprey.User) error {
	if u.Role != osprey.RoleAdmin || !u.Active {
		return nil
	}
	n, err := tx.ActiveAdmins()
	if err == nil && n <= 1 {
		return osprey.Conflict("user_id", "last_admin", "This is the last active administrator")
	}
	return err
}

// EnsureAdmin makes the first administrator when there are no users yet, and
// reports whether it did.
func (s *Service) EnsureAdmin(ctx context.Context, email, password string) (bool, error) {
	empty := false
	look := func(tx *store.Tx) error {
		n, err := tx.CountUsers()
		empty = n == 0
		return err
	}
	if err := s.o.Store.Read(ctx, osprey.Everything(), look); err != nil || !empty {
		return false, err
	}
	g, role, none := access.System(), string(osprey.RoleAdmin), ""
	u := osprey.User{
		ID: s.o.IDs.New(), Active: true, Flags: osprey.AllAnalyses(),
		Metadata: osprey.Metadata{}, Technical: osprey.Metadata{},
	}
	in := UserInput{Email: &email, Password: &password, FirstName: &none, LastName: &none, Type: &role}
	if err := s.prepare(ctx, g, &u, in); err != nil {
		return false, err
	}
	made := false
	err := s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		if err := look(tx); err != nil || !empty {
			return err
		}
		made = true
		u.Created, u.Updated = tx.Now(), tx.Now()
		if err := tx.InsertUser(u); err != nil {
			return err
		}
		return s.o.Audit(tx, g.Actor, access.Event{Action: string(access.MayCreateUser), Object: "user", ObjectID: string(u.ID)})
	})
	return made && err == nil, err
}
