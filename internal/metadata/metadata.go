// Package metadata reads and changes the user's own keys of any object
// (api.md 14).
package metadata

import (
	"context"
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/replay"
	"example.org/osprey/internal/store"
)

// Target names the object. Collection is set for persons, which are addressed
// through theirs.
type Target struct {
	Kind       store.Kind
	ID         osprey.ID
	Collection osprey.ID
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct {
	store *store.Store
	audit access.Audit
}

// NewService makes a Service.
func NewService(st *store.Store, log access.Audit) *Service { return &Service{store: st, audit: log} }

// Get returns the object.
func (s *Service) Get(ctx context.Context, g access.Grant, t Target) (m osprey.Metadata, err error) {
	err = s.store.Read(ctx, g.View, func(tx *store.Tx) error {
		m, _, _, err = find(tx, t)
		return err
	})
	return m, err
}

// find reads the object in the transaction's scope.
func find(tx *store.Tx, t Target) (m osprey.Metadata, company, owner osprey.ID, err error) {
	if t.Kind == store.KindPerson {
		if _, err := tx.Person(t.Collection, t.ID); err != nil {
			return nil, "", "", notExist(err)
		}
	}
	m, company, owner, err = tx.Metadata(t.Kind, t.ID)
	return m, company, owner, notExist(err)
}

// Replace sets the whole object.
func (s *Service) Replace(ctx context.Context, g access.Grant, t Target, m osprey.Metadata) (osprey.Metadata, error) {
	return s.change(ctx, g, t, func(osprey.Metadata) osprey.Metadata { return m })
}

// Merge sets the named top-level keys. Concurrent merges of different keys both
// survive.
func (s *Service) Merge(ctx context.Context, g access.Grant, t Target, m osprey.Metadata) (osprey.Metadata, error) {
	return s.change(ctx, g, t, func(present osprey.Metadata) osprey.Metadata { return present.Merge(m) })
}

func (s *Service) change(ctx context.Context, g access.Grant, t Target, edit func(osprey.Metadata) osprey.Metadata) (m osprey.Metadata, err error) {
	event := access.Event{Action: string(t.Kind) + ".update", Object: string(t.Kind), ObjectID: string(t.ID), Company: g.Actor.Company}
	err = s.audit.Audited(ctx, s.store, g.View, g.Actor, event, func(tx *store.Tx, e *access.Event) error {
		present, company, owner, err := find(tx, t)
		if err != nil {
			return err
		}
		e.Company = company
		if err := g.Check(company, owner); err != nil {
			return err
		}
		m = edit(present)
		if err := m.Check("meta_data"); err != nil {
			return err
		}
		if t.Kind == store.KindFolder {
			if err := m.CheckConsent(); err != nil {
				return err
			}
		}
		if err := tx.SetMetadata(t.Kind, t.ID, m); err != nil {
			return err
		}
		return replay.Keep(tx, m)
	})
	return m, err
}

// notExist turns a missing row into the contract's answer.
func notExist(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return osprey.NotExist()
	}
	return err
}
