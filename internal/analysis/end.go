package analysis

import (
	"context"
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/queue"
	"example.org/osprey/internal/store"
)

// errEnded means that there is nothing to end any more: the analysis was deleted,
// ended by the deadline, or a later run has it.
var errEnded = errors.New("analysis: already ended")

// end is the one transaction that ends an analysis: result, matches, result images,
// folder status, audit, completion of the job, and the fence that throws away the
// result of an older run.
func (s *Service) end(ctx context.Context, a osprey.Analysis, j *queue.Job, result func(*store.Tx, *osprey.Analysis) error) (ended, error) {
	var from osprey.Source
	err := s.o.Store.Write(ctx, osprey.Within(a.Company), func(tx *store.Tx) error {
		f, err := tx.LockFolder(a.Folder)
		if errors.Is(err, store.ErrNotFound) {
			return errEnded
		}
		if err != nil {
			return err
		}
		from = osprey.SourceOf(f.Technical)
		a.Updated, a.Finished = tx.Now(), tx.Now()
		if err := result(tx, &a); err != nil {
			return err
		}
		mine, err := tx.EndAnalysis(a)
		if err != nil {
			return err
		}
		if !mine {
			return errEnded
		}
		if f, err = fold(tx, f); err != nil {
			return err
		}
		if err := s.changed(tx, Ended, f, a); err != nil {
			return err
		}
		if j != nil {
			if err := s.o.Queue.CompleteTx(ctx, tx.SQL(), *j); err != nil {
				return err
			}
		}
		return s.o.Audit(tx, osprey.Actor{}, access.Event{
			Action: "analysis.finish", Object: "analysis", ObjectID: string(a.ID), Company: a.Company,
			Details: osprey.Details{"folder_id": string(a.Folder)},
		})
	})
	return ended{a, from}, err
}

// ended is an analysis that has ended, and the way in which its folder came.
type ended struct {
	osprey.Analysis

	from osprey.Source
}

// fail ends an analysis without a verdict. It reports false when there was nothing
// to end: the analysis is gone, has ended, or a later run has it.
func (s *Service) fail(ctx context.Context, a osprey.Analysis, j *queue.Job, fault *osprey.Error) (bool, error) {
	done, err := s.end(ctx, a, j, func(_ *store.Tx, a *osprey.Analysis) error { return failWith(a, fault) })
	if errors.Is(err, errEnded) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s.tell(done)
	return true, nil
}

// discard ends an analysis whose tries are used up.
func (s *Service) discard(ctx context.Context, _, id string, cause error) {
	a, err := s.Get(ctx, access.System(), osprey.ID(id))
	if err != nil || a.State != osprey.StateProcessing {
		return
	}
	if _, err := s.fail(ctx, a, nil, blame(cause)); err != nil {
		s.o.Logger.Error("analysis could not be ended; the deadline sweep will", "analysis", id, "error", err)
	}
}

// failWith makes an analysis FAILED for a fault, with the facts of it.
func failWith(a *osprey.Analysis, fault *osprey.Error) error {
	if err := a.Fail(fault.Code, fault.Message); err != nil {
		return err
	}
	a.Technical = nonNil(a.Technical)
	for _, key := range []string{"reason", "media_id", "checks"} {
		if v, ok := fault.Details[key]; ok {
			a.Technical["error_"+key] = v
		}
	}
	return nil
}

// blame is the fault of an analysis that a fault on this side has ended.
func blame(cause error) *osprey.Error {
	fault := osprey.ErrorOf(cause)
	if fault.Code != osprey.CodeExternalService && fault.Code != osprey.CodeUnavailable {
		fault = &osprey.Error{Code: osprey.CodeUnknown, Message: "Unknown server side error occurred", Err: cause}
	}
	return fault
}

// tell wakes those who wait for an analysis and counts it.
func (s *Service) tell(done ended) {
	s.waiting.wake(done.Folder)
	s.o.Observe.Stored(done.Analysis, done.from)
}
