// Package analysis is the heart: it starts analyses, runs them (load, look, compare
// or search, judge, commit), takes operator verdicts, and deletes them.
package analysis

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/index"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/queue"
	"example.org/osprey/internal/store"
)

// JobKind is the kind of the jobs that run analyses.
const JobKind = "analysis"

// Options make a Service.
type Options struct {
	Store     *store.Store
	Blobs     *blob.Store
	Looker    Looker
	Templates *look.Templates
	Index     *index.Index
	Queue     *queue.Queue
	Audit     access.Audit
	IDs       *osprey.IDs
	// Installation are the thresholds of companies that have not set their own.
	Installation func() osprey.Thresholds
	QueueMax     int           // open analyses beyond which none is started
	QueueTimeout time.Duration // an analysis that has not begun by then fails
	RunTimeout   time.Duration // one that has not ended that much later fails
	// Capture are the bounds of good capture, for warnings; the zero value is the
	// default table.
	Capture osprey.CaptureBounds
	// Quota refuses analyses that would pass the quota of a company, in the transaction
	// that is about to start them and, as a first look, in one that reads. Optional.
	Quota func(tx *store.Tx, company osprey.ID, started []osprey.Analysis) error
	// Grown is told, in the transaction that ends an analysis, how many bytes of result
	// images its company has got by it. Optional.
	Grown func(tx *store.Tx, company osprey.ID, bytes int64) error
	// Hooks take part in every transaction that changes the state of an analysis.
	Hooks []Hook
	// Erase is called after a deletion that left blobs to erase; nil is not called.
	Erase   func()
	Observe Observer
	Logger  *slog.Logger
}

// Looker is what looks at media (*look.Looker).
type Looker interface {
	// Observe looks at the face in a medium, Document at a photograph of a document.
	Observe(ctx context.Context, m look.Medium, w look.Want) (*look.Observation, error)
	Document(ctx context.Context, data []byte, today time.Time) (*look.DocumentSight, error)
	Engine() *face.Engine
	AnalysisGate() osprey.Gate
}

// Observer is told what happened, for metrics. A nil func is not called.
type Observer struct {
	// Ended is told of analyses of which nothing is stored, Stored of the others, with the
	// way in which their folder came.
	Ended  func(a osprey.Analysis)
	Stored func(a osprey.Analysis, from osprey.Source)
	Stage  func(stage string, seconds float64)
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct {
	o       Options
	kit     *kit
	waiting *waiting
	turns   turns // of looks at one medium
}

// NewService makes a Service and registers its job with the queue.
func NewService(o Options) (*Service, error) {
	if o.Observe.Stored == nil {
		o.Observe.Stored = func(osprey.Analysis, osprey.Source) {}
	}
	if o.Observe.Stage == nil {
		o.Observe.Stage = func(string, float64) {}
	}
	if o.Quota == nil {
		o.Quota = func(*store.Tx, osprey.ID, []osprey.Analysis) error { return nil }
	}
	if o.Grown == nil {
		o.Grown = func(*store.Tx, osprey.ID, int64) error { return nil }
	}
	if o.Erase == nil {
		o.Erase = func() {}
	}
	if o.Capture == (osprey.CaptureBounds{}) {
		o.Capture = osprey.DefaultCaptureBounds()
	}
	s := &Service{
		o: o, waiting: newWaiting(),
		kit: &kit{Looker: o.Looker, IDs: o.IDs, Capture: o.Capture, Stage: o.Observe.Stage},
	}
	err := o.Queue.Register(JobKind, queue.Handler{Run: s.run, Discard: s.discard})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Get returns one.
func (s *Service) Get(ctx context.Context, g access.Grant, id osprey.ID) (a osprey.Analysis, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		a, err = tx.Analysis(id)
		return notExist(err)
	})
	return a, err
}

// List returns a page.
func (s *Service) List(ctx context.Context, g access.Grant, q store.Query) (items []osprey.Analysis, total int, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		items, total, err = tx.Analyses(q)
		return err
	})
	return items, total, err
}

// Verdict is an operator's word on an OPERATOR_REQUIRED analysis. Of two at the
// same time one wins.
func (s *Service) Verdict(ctx context.Context, g access.Grant, id osprey.ID, verdict osprey.Resolution, comment *string) (a osprey.Analysis, err error) {
	err = s.audited(ctx, g, "analysis.verdict", "analysis", id, func(tx *store.Tx, e *access.Event) error {
		if a, err = tx.Analysis(id); err != nil {
			return notExist(err)
		}
		e.Company, e.Details = a.Company, osprey.Details{"folder_id": string(a.Folder)}
		f, err := tx.LockFolder(a.Folder)
		if err != nil {
			return notExist(err)
		}
		if err := g.Check(a.Company, a.Owner); err != nil {
			return err
		}
		if err := a.Decide(verdict, g.Actor.User, comment, tx.Now()); err != nil {
			return err
		}
		a.Updated = tx.Now()
		won, err := tx.SetVerdict(a)
		if err != nil {
			return err
		}
		if !won {
			return osprey.Conflict("resolution_status", "not_operator_required", "Another verdict came first")
		}
		if f, err = fold(tx, f); err != nil {
			return err
		}
		return s.changed(tx, Decided, f, a)
	})
	return a, err
}

// Delete removes an analysis with its result images, cancels it when it runs, and
// releases the persons it matched.
func (s *Service) Delete(ctx context.Context, g access.Grant, id osprey.ID) error {
	var a osprey.Analysis
	err := s.audited(ctx, g, "analysis.delete", "analysis", id, func(tx *store.Tx, e *access.Event) (err error) {
		if a, err = tx.Analysis(id); err != nil {
			return notExist(err)
		}
		e.Company, e.Details = a.Company, osprey.Details{"folder_id": string(a.Folder)}
		f, err := tx.LockFolder(a.Folder)
		if err != nil {
			return notExist(err)
		}
		if err := g.Check(a.Company, a.Owner); err != nil {
			return err
		}
		if err := tx.DeleteAnalysis(id); err != nil {
			return err
		}
		if f, err = fold(tx, f); err != nil {
			return err
		}
		return s.changed(tx, Deleted, f, a)
	})
	if err != nil {
		return err
	}
	s.Cancel(id)
	s.o.Erase()
	s.waiting.wake(a.Folder)
	return nil
}

// Cancel ends the run of an analysis that was deleted. Its result would be thrown
// away in any case: the row is gone.
func (s *Service) Cancel(id osprey.ID) { s.o.Queue.Cancel(JobKind, string(id)) }

// fold recomputes the status of a folder whose row is held, and the operator's verdict
// that it repeats, from its analyses: what an analysis said goes with it. It returns the
// folder as it is then.
func fold(tx *store.Tx, f osprey.Folder) (osprey.Folder, error) {
	all, err := tx.AnalysesOfFolders([]osprey.ID{f.ID})
	if err != nil {
		return f, err
	}
	was := f.Status
	f.Status, f.System = osprey.FoldFolder(all[f.ID])
	f.OperatorStatus, f.OperatorComment, f.Author = "", nil, ""
	if a := osprey.LatestVerdict(all[f.ID]); a != nil {
		f.OperatorStatus, f.OperatorComment, f.Author = a.OperatorStatus, a.OperatorComment, a.Operator
	}
	switch {
	case !f.Status.Terminal():
		f.ResolutionTime = 0
	case !was.Terminal() || f.ResolutionTime == 0:
		f.ResolutionTime = tx.Now()
	}
	f.Updated = tx.Now()
	return f, tx.SetFolderState(f)
}

// notExist turns a missing row into the contract's answer.
func notExist(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return osprey.NotExist()
	}
	return err
}

// audited runs fn in one write transaction and tells the audit log of it there;
// refusals are told in a transaction of their own.
func (s *Service) audited(ctx context.Context, g access.Grant, action, object string, id osprey.ID, fn func(*store.Tx, *access.Event) error) error {
	e := access.Event{Action: action, Object: object, ObjectID: string(id), Company: g.Actor.Company}
	return s.o.Audit.Audited(ctx, s.o.Store, g.View, g.Actor, e, fn)
}
