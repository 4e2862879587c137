package collection

import (
	"context"
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/store"
)

// Create makes a collection.
func (s *Service) Create(ctx context.Context, g access.Grant, n New) (osprey.Collection, error) {
	alias, err := osprey.CleanAlias(n.Alias)
	if err != nil {
		return osprey.Collection{}, err
	}
	if err := checkThresholds(n.Threshold, n.TargetFPIR); err != nil {
		return osprey.Collection{}, err
	}
	if err := n.Metadata.Check("meta_data"); err != nil {
		return osprey.Collection{}, err
	}
	company, err := g.Company(n.Company)
	if err != nil {
		return osprey.Collection{}, err
	}
	c := osprey.Collection{
		ID: s.o.IDs.New(), Company: company, Alias: alias, OnMatch: n.OnMatch, FaceRule: n.FaceRule,
		Threshold: n.Threshold, TargetFPIR: n.TargetFPIR, Metadata: n.Metadata,
	}
	if c.OnMatch == "" {
		c.OnMatch = osprey.OnMatchDecline
	}
	if c.FaceRule == "" {
		c.FaceRule = osprey.FaceRuleStrict
	}
	err = s.audited(ctx, g, "collection.create", "collection", c.ID, func(tx *store.Tx, e *access.Event) error {
		e.Company = company
		if _, err := tx.Company(company); err != nil {
			return notExist(err, "company_id")
		}
		if err := g.Check(company, g.Actor.User); err != nil {
			return err
		}
		if err := aliasFree(tx, c); err != nil {
			return err
		}
		c.Created, c.Updated = tx.Now(), tx.Now()
		if err := tx.InsertCollection(c); err != nil {
			return err
		}
		return replay.Keep(tx, c)
	})
	if err != nil {
		return osprey.Collection{}, err
	}
	return c, nil
}

func checkThresholds(threshold, fpir *float64) error {
	if threshold != nil {
		if err := osprey.CheckThreshold("threshold", *threshold); err != nil {
			return err
		}
	}
	if fpir != nil {
		return osprey.CheckTargetFPIR("target_fpir", *fpir)
	}
	return nil
}

// aliasFree refuses an alias that another collection of the company has. The
// company's row is not held: of two that come at the same time on different nodes
// the database refuses the second.
func aliasFree(tx *store.Tx, c osprey.Collection) error {
	other, err := tx.CollectionByAlias(c.Company, c.Alias)
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && other.ID == c.ID:
		return nil
	case err != nil:
		return err
	}
	return osprey.Conflict("alias", "alias_taken", "The company has a collection with this alias").
		With("collection_id", string(other.ID))
}

// Get returns one that the grant shows.
func (s *Service) Get(ctx context.Context, g access.Grant, id osprey.ID) (c osprey.Collection, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		c, err = tx.Collection(id)
		return notExist(err, "")
	})
	return c, err
}

// List returns a page of those that the grant shows.
func (s *Service) List(ctx context.Context, g access.Grant, q store.Query) (items []osprey.Collection, total int, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		items, total, err = tx.Collections(q)
		return err
	})
	return items, total, err
}

// Update changes the named keys.
func (s *Service) Update(ctx context.Context, g access.Grant, id osprey.ID, p Patch) (c osprey.Collection, err error) {
	if p.Alias != nil {
		alias, err := osprey.CleanAlias(*p.Alias)
		if err != nil {
			return c, err
		}
		p.Alias = &alias
	}
	if err := checkThresholds(p.Threshold, p.TargetFPIR); err != nil {
		return c, err
	}
	err = s.audited(ctx, g, "collection.update", "collection", id, func(tx *store.Tx, e *access.Event) error {
		if c, err = tx.LockCollection(id); err != nil {
			return notExist(err, "")
		}
		e.Company = c.Company
		if err := g.Check(c.Company, g.Actor.User); err != nil {
			return err
		}
		if p.Company != nil && *p.Company != c.Company {
			return osprey.Conflict("company_id", "company_fixed", "A collection stays with its company")
		}
		p.apply(&c)
		if err := aliasFree(tx, c); err != nil {
			return err
		}
		c.Updated = tx.Now()
		return tx.UpdateCollection(c)
	})
	return c, err
}

func (p Patch) apply(c *osprey.Collection) {
	if p.Alias != nil {
		c.Alias = *p.Alias
	}
	if p.OnMatch != nil {
		c.OnMatch = *p.OnMatch
	}
	if p.FaceRule != nil {
		c.FaceRule = *p.FaceRule
	}
	if p.Threshold != nil || p.ClearThreshold {
		c.Threshold = p.Threshold
	}
	if p.TargetFPIR != nil || p.ClearTargetFPIR {
		c.TargetFPIR = p.TargetFPIR
	}
}

// Delete removes an empty collection.
func (s *Service) Delete(ctx context.Context, g access.Grant, id osprey.ID) error {
	err := s.audited(ctx, g, "collection.delete", "collection", id, func(tx *store.Tx, e *access.Event) error {
		c, err := tx.LockCollection(id)
		if err != nil {
			return notExist(err, "")
		}
		e.Company = c.Company
		if err := g.Check(c.Company, g.Actor.User); err != nil {
			return err
		}
		if c.Persons > 0 {
			return osprey.Conflict("collection_id", "collection_not_empty", "The collection still has persons").
				With("persons", c.Persons)
		}
		return tx.DeleteCollection(id)
	})
	if err != nil {
		return err
	}
	s.o.Index.Drop(id)
	return nil
}

// notExist turns a missing row into the contract's answer; field may be empty.
func notExist(err error, field string) error {
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if field == "" {
		return osprey.NotExist()
	}
	return osprey.NotExistField(field)
}
