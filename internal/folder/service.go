// Package folder takes media in: folders, their media, blobs and rows. One call
// is atomic: one bad file and nothing is kept.
package folder

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/store"
)

// Options make a Service.
type Options struct {
	Store  *store.Store
	Blobs  *blob.Store
	Looker *look.Looker
	Audit  access.Audit
	IDs    *osprey.IDs
	// MaxMedia is how many media a folder holds (media.max_count_folder).
	MaxMedia int
	// TakeKey is the key that a capture session signs its takes with: HMAC-SHA-256
	// under the instance secret of "osprey-take:" and the session's id.
	TakeKey func(session osprey.ID) []byte
	// TakeLife is how long a take is accepted after its challenge was given
	// (capsule.take_ttl).
	TakeLife time.Duration
	// Quota holds uploads against the quota of their company; nil: nothing is limited.
	Quota Quota
	// Erase is called after a deletion: there are blobs to erase.
	Erase func()
	// Cancel is called, after the commit, for analyses that a deletion ended.
	Cancel func(analysis osprey.ID)
	Logger *slog.Logger
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct {
	o        Options
	receiver *Receiver
}

// NewService makes a Service.
func NewService(o Options) *Service {
	if o.Quota == nil {
		o.Quota = unlimited{}
	}
	return &Service{o: o, receiver: NewReceiver(o.Looker, o.IDs)}
}

// Quota refuses more than a company may hold: MayGrow before the costly part, Grow in
// the transaction that has written and settled it.
type Quota interface {
	MayGrow(tx *store.Tx, company osprey.ID, persons, bytes int64) error
	Grow(tx *store.Tx, company osprey.ID, persons, bytes int64) error
}

type unlimited struct{}

func (unlimited) MayGrow(*store.Tx, osprey.ID, int64, int64) error { return nil }
func (unlimited) Grow(*store.Tx, osprey.ID, int64, int64) error    { return nil }

// Get returns one folder.
func (s *Service) Get(ctx context.Context, g access.Grant, id osprey.ID, e Expand) (View, error) {
	var views []View
	err := s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		f, err := tx.Folder(id)
		if err != nil {
			return notExist(err)
		}
		views, err = expand(tx, []osprey.Folder{f}, e)
		return err
	})
	if err != nil {
		return View{}, err
	}
	return views[0], s.shown(ctx, g, "folder", id, views[0].Folder.Company, len(views[0].Media))
}

// List returns a page of folders.
func (s *Service) List(ctx context.Context, g access.Grant, q store.Query, e Expand) (views []View, total int, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		folders, n, err := tx.Folders(q)
		if err != nil {
			return err
		}
		total = n
		views, err = expand(tx, folders, e)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	var media []osprey.Media // a list may show several companies
	for _, v := range views {
		media = append(media, v.Media...)
	}
	return views, total, s.shownByCompany(ctx, g, "folder", media)
}

// expand fills in what hangs on folders, with one query for each kind.
func expand(tx *store.Tx, folders []osprey.Folder, e Expand) ([]View, error) {
	ids := make([]osprey.ID, len(folders))
	views := make([]View, len(folders))
	for i, f := range folders {
		ids[i], views[i].Folder = f.ID, f
	}
	media, err := tx.MediaOfFolders(ids)
	if err != nil {
		return nil, err
	}
	var analyses map[osprey.ID][]osprey.Analysis
	results := make(map[osprey.ID][]osprey.Media)
	if e.Analyses {
		if analyses, err = tx.AnalysesOfFolders(ids); err != nil {
			return nil, err
		}
		if results, err = resultsOf(tx, analyses); err != nil {
			return nil, err
		}
	}
	users, companies := newCache(tx.User), newCache(tx.Company)
	for i := range views {
		v := &views[i]
		v.Media, v.Analyses, v.Results = media[v.Folder.ID], analyses[v.Folder.ID], results[v.Folder.ID]
		if e.User {
			if v.User, err = users.get(v.Folder.User); err != nil {
				return nil, err
			}
		}
		if e.Company {
			if v.Company, err = companies.get(v.Folder.Company); err != nil {
				return nil, err
			}
		}
	}
	return views, nil
}

// whole reads a folder with its media and analyses.
func whole(tx *store.Tx, id osprey.ID) (View, error) {
	f, err := tx.Folder(id)
	if err != nil {
		return View{}, err
	}
	views, err := expand(tx, []osprey.Folder{f}, Expand{Analyses: true})
	if err != nil {
		return View{}, err
	}
	return views[0], nil
}

// cache reads each noun of a page once; one that does not exist (any more) is nil.
type cache[T any] struct {
	read func(osprey.ID) (T, error)
	have map[osprey.ID]*T
}

func newCache[T any](read func(osprey.ID) (T, error)) cache[T] {
	return cache[T]{read: read, have: make(map[osprey.ID]*T)}
}

func (c cache[T]) get(id osprey.ID) (*T, error) {
	if v, ok := c.have[id]; ok {
		return v, nil
	}
	v, err := c.read(id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		c.have[id] = nil
	case err != nil:
		return nil, err
	default:
		c.have[id] = &v
	}
	return c.have[id], nil
}

// deletable asks what every deletion in a folder asks: may the grant, and is the
// folder untouched where the grant wants that.
func deletable(tx *store.Tx, g access.Grant, f osprey.Folder) error {
	if err := g.Check(f.Company, f.User); err != nil {
		return err
	}
	if !g.Untouched {
		return nil
	}
	had, err := tx.FolderHadAnalysis(f.ID)
	if err != nil {
		return err
	}
	if had {
		return osprey.Forbidden("had_analysis", "The role may delete only folders that never had an analysis")
	}
	return nil
}

// Delete erases a folder with all that hangs on it.
func (s *Service) Delete(ctx context.Context, g access.Grant, id osprey.ID) error {
	var running []osprey.ID
	err := s.audited(ctx, g, "folder.delete", "folder", id, func(tx *store.Tx, e *access.Event) error {
		f, err := tx.LockFolder(id)
		if err != nil {
			return notExist(err)
		}
		e.Company = f.Company
		if err := deletable(tx, g, f); err != nil {
			return err
		}
		v, err := expand(tx, []osprey.Folder{f}, Expand{Analyses: true})
		if err != nil {
			return err
		}
		for _, a := range v[0].Analyses {
			if a.State == osprey.StateProcessing {
				running = append(running, a.ID)
			}
		}
		if err := tx.DeleteFolder(id); err != nil {
			return err
		}
		e.Details = osprey.Details{"media": len(v[0].Media), "analyses": len(v[0].Analyses)}
		return nil
	})
	if err != nil {
		return err
	}
	for _, a := range running {
		s.o.Cancel(a)
	}
	s.o.Erase()
	return nil
}

// notExist turns a missing row into the contract's answer.
func notExist(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return osprey.NotExist()
	}
	return err
}

// shown tells the audit log that somebody who stands outside the company (ADMIN,
// OPERATOR) was shown media, with links to their bytes. Others are not logged.
func (s *Service) shown(ctx context.Context, g access.Grant, object string, id, company osprey.ID, media int) error {
	if g.Actor.Role.InCompany() || media == 0 {
		return nil
	}
	return s.audited(ctx, g, object+".read", object, id, func(_ *store.Tx, e *access.Event) error {
		e.Company, e.Details = company, osprey.Details{"media": media}
		return nil
	})
}

// audited runs fn in one write transaction and tells the audit log of it there;
// refusals are told in a transaction of their own.
func (s *Service) audited(ctx context.Context, g access.Grant, action, object string, id osprey.ID, fn func(*store.Tx, *access.Event) error) error {
	e := access.Event{Action: action, Object: object, ObjectID: string(id), Company: g.Actor.Company}
	return s.o.Audit.Audited(ctx, s.o.Store, g.View, g.Actor, e, fn)
}
