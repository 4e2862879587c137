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
	// Quota holds requests against the quota of their company; nil: nothing is limited.
	Quota Quota
	// Erase is called after a deletion: there are blobs to erase.
	Erase  func()
	Logger *slog.Logger
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct{ o Options }

// NewService makes a Service.
func NewService(o Options) *Service {
	if o.Quota == nil {
		o.Quota = unlimited{}
	}
	return &Service{o: o}
}

// Quota refuses what passes the quota of a company, and counts.
type Quota interface {
	// Search refuses a search by photo before the photo is looked at; Searched counts
	// it, or refuses it after all, in the transaction that answers it.
	Search(ctx context.Context, company osprey.ID) error
	Searched(tx *store.Tx, company, user osprey.ID, from osprey.Source) error
	// MayGrow refuses more persons and bytes than a company may hold, before the costly
	// part; Grow does so in the transaction that has written and settled them.
	MayGrow(tx *store.Tx, company osprey.ID, persons, bytes int64) error
	Grow(tx *store.Tx, company osprey.ID, persons, bytes int64) error
}

type unlimited struct{}

func (unlimited) Search(context.Context, osprey.ID) error                       { return nil }
func (unlimited) Searched(*store.Tx, osprey.ID, osprey.ID, osprey.Source) error { return nil }
func (unlimited) MayGrow(*store.Tx, osprey.ID, int64, int64) error              { return nil }
func (unlimited) Grow(*store.Tx, osprey.ID, int64, int64) error                 { return nil }

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
