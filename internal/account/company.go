package account

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/store"
)

// Thresholds are the values in force for a company, which its object shows.
func (s *Service) Thresholds(c osprey.Company) osprey.Thresholds {
	return c.Settings.Over(s.o.Installation.Thresholds())
}

// SeesWholeCompany reports whether a role is shown all keys of a company, or only
// id, name, is_active and the metadata.
func SeesWholeCompany(r osprey.Role) bool {
	return r == osprey.RoleAdmin || r == osprey.RoleClientAdmin
}

// CreateCompany makes a company (MayCreateCompany).
func (s *Service) CreateCompany(ctx context.Context, g access.Grant, in CompanyInput) (osprey.Company, error) {
	c := osprey.Company{ID: s.o.IDs.New(), Active: true, Metadata: osprey.Metadata{}, Technical: osprey.Metadata{}}
	e := access.Event{Action: string(access.MayCreateCompany), Object: "company", ObjectID: string(c.ID)}
	err := s.change(ctx, g, e, func(tx *store.Tx, e *access.Event) error {
		if in.Name == nil {
			return osprey.Missing("name")
		}
		if err := s.apply(&c, in); err != nil {
			return err
		}
		c.Created, c.Updated = tx.Now(), tx.Now()
		if err := tx.InsertCompany(c); err != nil {
			return taken(err, "name")
		}
		e.Company = c.ID
		if in.Quota != nil {
			if err := s.auditQuota(tx, g, c); err != nil {
				return err
			}
		}
		return replay.Keep(tx, c)
	})
	if err != nil {
		return osprey.Company{}, err
	}
	return c, nil
}

// Company returns one that the grant shows (MayReadCompanies).
func (s *Service) Company(ctx context.Context, g access.Grant, id osprey.ID) (c osprey.Company, err error) {
	err = s.read(ctx, g, func(tx *store.Tx) error {
		c, err = tx.Company(id)
		return hidden(err)
	})
	return c, err
}

// Companies returns a page of those that the grant shows (MayReadCompanies).
func (s *Service) Companies(ctx context.Context, g access.Grant, q store.Query) (list []osprey.Company, total int, err error) {
	err = s.read(ctx, g, func(tx *store.Tx) error {
		list, total, err = tx.Companies(q)
		return err
	})
	return list, total, err
}

// UpdateCompany changes the keys present (MayUpdateCompany). Suspending a company
// ends all its sessions.
func (s *Service) UpdateCompany(ctx context.Context, g access.Grant, id osprey.ID, in CompanyInput) (osprey.Company, error) {
	var c osprey.Company
	e := access.Event{Action: string(access.MayUpdateCompany), Object: "company", ObjectID: string(id), Company: g.Actor.Company}
	err := s.change(ctx, g, e, func(tx *store.Tx, e *access.Event) (err error) {
		if c, err = tx.Company(id); err != nil {
			return hidden(err)
		}
		e.Company = c.ID
		if err := s.apply(&c, in); err != nil {
			return err
		}
		if err := mayChangeCompany(g, id, in); err != nil {
			return err
		}
		c.Updated = tx.Now()
		if err := tx.UpdateCompany(c); err != nil {
			return taken(err, "name")
		}
		if in.Quota != nil {
			if err := s.auditQuota(tx, g, c); err != nil {
				return err
			}
		}
		if c.Active {
			return nil
		}
		_, err = tx.DeleteCompanySessions(c.ID)
		return err
	})
	if err != nil {
		return osprey.Company{}, err
	}
	return c, nil
}

// mayChangeCompany refuses the keys that only those outside any company change:
// naming one is enough.
func mayChangeCompany(g access.Grant, id osprey.ID, in CompanyInput) error {
	if err := g.Check(id, ""); err != nil {
		return err
	}
	if g.Act.All {
		return nil
	}
	for _, key := range []struct {
		name  string
		named bool
	}{{"is_active", in.Active != nil}, {"quota", in.Quota != nil}} {
		if key.named {
			return osprey.Forbidden("role", "Only an administrator may change %s", key.name).With("field", key.name)
		}
	}
	return nil
}

// DeleteCompany removes a company that holds nothing any more (MayDeleteCompany);
// else 409/15 with the counts of users, folders and collections.
func (s *Service) DeleteCompany(ctx context.Context, g access.Grant, id osprey.ID) error {
	e := access.Event{Action: string(access.MayDeleteCompany), Object: "company", ObjectID: string(id), Company: g.Actor.Company}
	return s.change(ctx, g, e, func(tx *store.Tx, e *access.Event) error {
		c, err := tx.Company(id)
		if err != nil {
			return hidden(err)
		}
		e.Company = c.ID
		if err := g.Check(c.ID, ""); err != nil {
			return err
		}
		users, folders, collections, err := tx.CompanyUse(id)
		if err != nil {
			return err
		}
		if users+folders+collections > 0 {
			return osprey.Conflict("", "", "The company still has users, folders or collections").
				With("users", users).With("folders", folders).With("collections", collections)
		}
		return tx.DeleteCompany(id)
	})
}
