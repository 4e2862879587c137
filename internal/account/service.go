package account

import (
	"context"
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// Options put a Service together; every field is required.
type Options struct {
	Store     *store.Store
	Audit     access.Audit
	IDs       *osprey.IDs
	Passwords *access.Passwords
	// Installation tells the installation's thresholds, which may change at run
	// time.
	Installation Installation
}

// Installation knows the thresholds of companies that have not set their own.
type Installation interface {
	Thresholds() osprey.Thresholds
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct {
	o Options
}

// New returns the desk of companies and users.
func New(o Options) *Service { return &Service{o: o} }

// change runs fn in a write transaction with what the grant shows, and audits its
// outcome.
func (s *Service) change(ctx context.Context, g access.Grant, e access.Event, fn func(tx *store.Tx, e *access.Event) error) error {
	return s.o.Audit.Audited(ctx, s.o.Store, access.WithoutOwner(g.View), g.Actor, e, fn)
}

// read runs fn in a read transaction with what the grant shows.
func (s *Service) read(ctx context.Context, g access.Grant, fn func(tx *store.Tx) error) error {
	return s.o.Store.Read(ctx, access.WithoutOwner(g.View), fn)
}

// hidden turns "no such row" into the one answer for what the caller may not see.
func hidden(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return osprey.NotExist()
	}
	return err
}

// taken turns "value already taken" into a conflict of the field.
func taken(err error, field string) error {
	if errors.Is(err, store.ErrDuplicate) {
		return osprey.Conflict(field, "taken", "The %s is already taken", field)
	}
	return err
}
