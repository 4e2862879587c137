// Package collection enrols, moves, deletes and searches the photos of
// collections. It keeps the commit protocol between rows, blobs and the search
// index: blob before row, row before index, index before answer; for deletion
// row, index, answer, blob (docs/architecture.md).
package collection

import (
	"context"
	"log/slog"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/index"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/store"
)

// Options make a Service.
type Options struct {
	Store     *store.Store
	Blobs     *blob.Store
	Looker    *look.Looker
	Templates *look.Templates
	Index     *index.Index
	Audit     access.Audit
	IDs       *osprey.IDs
	// Installation are the thresholds of companies that have not set their own.
	Installation func() osprey.Thresholds
	// Erase is called after a deletion: there are blobs to erase.
	Erase  func()
	Logger *slog.Logger
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct{ o Options }

// NewService makes a Service.
func NewService(o Options) *Service { return &Service{o: o} }

// shown tells the audit log that somebody who stands outside the company (ADMIN,
// OPERATOR) was shown photos, with links to their bytes. Others are not logged.
func (s *Service) shown(ctx context.Context, g access.Grant, object string, id, company osprey.ID, photos int) error {
	if g.Actor.Role.InCompany() || photos == 0 {
		return nil
	}
	return s.audited(ctx, g, object+".read", object, id, func(_ *store.Tx, e *access.Event) error {
		e.Company, e.Details = company, osprey.Details{"images": photos}
		return nil
	})
}

// audited runs fn in one write transaction and tells the audit log of it there;
// refusals are told in a transaction of their own.
func (s *Service) audited(ctx context.Context, g access.Grant, action, object string, id osprey.ID, fn func(*store.Tx, *access.Event) error) error {
	e := access.Event{Action: action, Object: object, ObjectID: string(id), Company: g.Actor.Company}
	return s.o.Audit.Audited(ctx, s.o.Store, g.View, g.Actor, e, fn)
}
