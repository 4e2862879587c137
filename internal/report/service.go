// Package report writes folders down: reports as PDF and JSON, and the templates
// that say how they look. A report is a snapshot. It does not change later, and it
// goes with its folder.
package report

import (
	"context"
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/store"
	"example.org/osprey/media"
)

// Options make a Service.
type Options struct {
	Store *store.Store
	Blobs *blob.Store
	Audit access.Audit
	IDs   *osprey.IDs
	// Show turns what a report holds into the objects of the API, for the JSON form.
	Show func(Content) any
	// Quota refuses bytes beyond what a company may store, in the transaction that has
	// settled them; nil refuses nothing.
	Quota func(tx *store.Tx, company osprey.ID, bytes int64) error
	// Erase is called after a deletion: there are files to erase.
	Erase func()
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct {
	o Options
	// writing bounds how many reports are written at a time: each holds its folder's
	// results, its pictures and its type.
	writing chan struct{}
}

// parallel is how many reports are written at a time.
const parallel = 2

// NewService makes a Service.
func NewService(o Options) *Service {
	if o.Quota == nil {
		o.Quota = func(*store.Tx, osprey.ID, int64) error { return nil }
	}
	if o.Erase == nil {
		o.Erase = func() {}
	}
	return &Service{o: o, writing: make(chan struct{}, parallel)}
}

// Get returns one report.
func (s *Service) Get(ctx context.Context, g access.Grant, id osprey.ID) (r osprey.Report, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		r, err = tx.Report(id)
		return notExist(err)
	})
	return r, err
}

// List returns a page of reports.
func (s *Service) List(ctx context.Context, g access.Grant, q store.Query) (items []osprey.Report, total int, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		items, total, err = tx.Reports(q)
		return err
	})
	return items, total, err
}

// Delete erases one report.
func (s *Service) Delete(ctx context.Context, g access.Grant, id osprey.ID) error {
	event := access.Event{Action: "report.delete", Object: "report", ObjectID: string(id)}
	err := s.o.Audit.Audited(ctx, s.o.Store, g.View, g.Actor, event, func(tx *store.Tx, e *access.Event) error {
		r, err := tx.Report(id)
		if err != nil {
			return notExist(err)
		}
		e.Company, e.Details = r.Company, osprey.Details{"folder_id": string(r.Folder)}
		if err := g.Check(r.Company, r.Owner); err != nil {
			return err
		}
		return tx.DeleteReport(id)
	})
	if err != nil {
		return err
	}
	s.o.Erase()
	return nil
}

// File is the file of a report, or the picture of a template.
type File struct {
	Data    []byte // nil where only its facts are asked for
	Size    int64
	MIME    string
	Company osprey.ID
	Updated osprey.Time
}

// ReportFile returns the file of a report; the folder is part of its address and
// must agree. Whoever stands outside the company is written into the audit log.
func (s *Service) ReportFile(ctx context.Context, g access.Grant, folder, report osprey.ID, data bool) (File, error) {
	r, err := s.Get(ctx, g, report)
	if err != nil {
		return File{}, err
	}
	if r.Folder != folder {
		return File{}, osprey.NotExist()
	}
	if !g.Actor.Role.InCompany() {
		event := access.Event{Action: "report.read", Object: "report", ObjectID: string(report), Company: r.Company}
		err := s.o.Audit.Audited(ctx, s.o.Store, g.View, g.Actor, event, func(*store.Tx, *access.Event) error { return nil })
		if err != nil {
			return File{}, err
		}
	}
	f := File{Size: r.Size, MIME: r.Format.MIME(), Company: r.Company, Updated: r.Created}
	return f, s.load(ctx, &f, data, r.Blob, r.ID)
}

// load fills in the bytes where they are wanted.
func (s *Service) load(ctx context.Context, f *File, data bool, key string, object osprey.ID) (err error) {
	if !data {
		return nil
	}
	f.Data, err = s.o.Blobs.Get(ctx, key, f.Company, object)
	if errors.Is(err, blob.ErrNotFound) { // deleted since its row was read
		return osprey.NotExist()
	}
	return err
}

func notExist(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return osprey.NotExist()
	}
	return err
}

// logoLimits are those of the picture of a template.
var logoLimits = media.Limits{
	MaxBytes: osprey.MaxLogoBytes, MaxPixels: osprey.MaxLogoSide * osprey.MaxLogoSide, MaxSide: osprey.MaxLogoSide, MinSide: 1,
}
