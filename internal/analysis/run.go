package analysis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/osprey"
	"example.org/osprey/gallery"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/killpoint"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/queue"
	"example.org/osprey/internal/store"
)

// searches is how often a search is repeated when what it found is deleted or
// moved before its result is committed. After that the job is tried again.
const searches = 5

// errChanged asks for another search.
var errChanged = errors.New("analysis: a photo that was found is gone")

// errEnded means that there is nothing to end any more: the analysis was deleted,
// ended by the deadline, or a later run has it.
var errEnded = errors.New("analysis: already ended")

// run is one try of an analysis: load, look, search, decide, commit. What it
// cannot help (no face, media gone) ends the analysis as FAILED; other errors
// come back and the queue tries again.
func (s *Service) run(ctx context.Context, j queue.Job) error {
	begun := time.Now()
	a, err := s.begin(ctx, osprey.ID(j.ID))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	probes, looks, err := s.probes(ctx, a)
	if err == nil {
		err = s.searchAndEnd(ctx, a, j, probes, looks, begun)
	}
	var fault *osprey.Error
	switch {
	case errors.Is(err, errEnded):
		return nil
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		_, err = s.fail(context.WithoutCancel(ctx), a, &j, osprey.Errorf(osprey.CodeUnavailable, "The analysis took too long"))
	case errors.As(err, &fault) && final(fault.Code):
		_, err = s.fail(ctx, a, &j, fault)
	}
	return err
}

// final reports whether another try of the same analysis would fail the same way.
func final(c osprey.Code) bool {
	switch c {
	case osprey.CodeNoFace, osprey.CodeSeveralFaces, osprey.CodeLowQuality, osprey.CodeInvalidValue:
		return true
	default:
		return false
	}
}

// begin takes the analysis for this run: from here on the results of older runs
// are thrown away.
func (s *Service) begin(ctx context.Context, id osprey.ID) (a osprey.Analysis, err error) {
	err = s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		a, err = tx.BeginRun(id)
		return err
	})
	return a, err
}

// probe is the template of one source medium.
type probe struct {
	source osprey.SourceMedia
	vector []float32
}

// probes looks at each source medium, or takes what was seen before. The looks
// that are new come back to be kept with the result.
func (s *Service) probes(ctx context.Context, a osprey.Analysis) ([]probe, []store.Look, error) {
	out := make([]probe, 0, len(a.Source))
	var looks []store.Look
	for _, src := range a.Source {
		p, l, err := s.probe(ctx, a, src)
		if err != nil {
			return nil, nil, err
		}
		out = append(out, p)
		if l != nil {
			looks = append(looks, *l)
		}
	}
	return out, looks, nil
}

func (s *Service) probe(ctx context.Context, a osprey.Analysis, src osprey.SourceMedia) (probe, *store.Look, error) {
	engine := s.o.Looker.Engine()
	choice := look.ChoiceFor(src.Tags)
	m, kept, err := s.load(ctx, a, src, engine.ModelID(), choice)
	if err != nil {
		return probe{}, nil, err
	}
	if kept != nil {
		if err := look.GateError(s.o.Looker.AnalysisGate(), kept.Quality); err != nil {
			return probe{}, nil, inMedium(err, src)
		}
		v, err := s.o.Templates.Open(ctx, a.Company, src.Media, kept.Template)
		return probe{src, v}, nil, err
	}
	data, err := s.o.Blobs.Get(ctx, m.Blob, a.Company, m.ID)
	if err != nil {
		return probe{}, nil, err
	}
	sight, err := s.o.Looker.Template(ctx, data, s.o.Looker.AnalysisGate(), choice)
	if err != nil {
		return probe{}, nil, inMedium(err, src)
	}
	sealed, err := s.o.Templates.Seal(ctx, a.Company, src.Media, engine.ModelID(), sight.Embedding)
	if err != nil {
		return probe{}, nil, err
	}
	l := &store.Look{Media: src.Media, Company: a.Company, Template: sealed, Quality: sight.Quality, Face: sight.Face, Seen: string(choice)}
	return probe{src, sight.Embedding.Vector}, l, nil
}

// load reads the medium and what was seen in it, if that was kept for this model
// and choice of face.
func (s *Service) load(ctx context.Context, a osprey.Analysis, src osprey.SourceMedia, model string, choice look.Choice) (m osprey.Media, kept *store.Look, err error) {
	err = s.o.Store.Read(ctx, osprey.Within(a.Company), func(tx *store.Tx) error {
		m, err = tx.Media(src.Media)
		if errors.Is(err, store.ErrNotFound) || err == nil && m.Cleared {
			return osprey.Errorf(osprey.CodeInvalidValue, "A medium of the analysis is gone").With("reason", "not_enough_media")
		}
		if err != nil {
			return err
		}
		l, err := tx.Look(src.Media, model, string(choice))
		switch {
		case err == nil:
			kept = &l
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		return nil
	})
	return m, kept, err
}

// inMedium names the medium in a refusal.
func inMedium(err error, src osprey.SourceMedia) error {
	var e *osprey.Error
	if errors.As(err, &e) {
		return e.With("media_id", string(src.Media))
	}
	return err
}

// searchAndEnd searches and commits; a search whose finds are gone is repeated.
func (s *Service) searchAndEnd(ctx context.Context, a osprey.Analysis, j queue.Job, probes []probe, looks []store.Look, begun time.Time) error {
	for range searches {
		found, err := s.search(ctx, a, probes)
		if gone(err) {
			continue
		}
		if err != nil {
			return err
		}
		killpoint.Hit(killpoint.SearchBeforeEnd)
		ended, err := s.end(ctx, a, &j, func(tx *store.Tx, a *osprey.Analysis) error {
			for _, l := range looks {
				if err := tx.PutLook(l); err != nil {
					return err
				}
			}
			return s.decide(tx, a, found, begun)
		})
		if gone(err) {
			continue
		}
		if err != nil {
			return err
		}
		killpoint.Hit(killpoint.SearchAfterEnd)
		s.tell(ended)
		return nil
	}
	return fmt.Errorf("%w, %d times", errChanged, searches)
}

// gone reports whether a search, or the commit of its result, met something that
// was deleted or moved since the search began: a photo, or a whole collection with
// its row and its gallery. Another search finds what is there now.
func gone(err error) bool {
	return errors.Is(err, errChanged) || errors.Is(err, store.ErrNotFound) || errors.Is(err, gallery.ErrClosed)
}

// end is the one transaction that ends an analysis: result, matches, folder
// status, audit, completion of the job, and the fence that throws away the result
// of an older run.
func (s *Service) end(ctx context.Context, a osprey.Analysis, j *queue.Job, result func(*store.Tx, *osprey.Analysis) error) (osprey.Analysis, error) {
	err := s.o.Store.Write(ctx, osprey.Within(a.Company), func(tx *store.Tx) error {
		f, err := tx.LockFolder(a.Folder)
		if errors.Is(err, store.ErrNotFound) {
			return errEnded
		}
		if err != nil {
			return err
		}
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
		if err := fold(tx, f); err != nil {
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
	return a, err
}

// fail ends an analysis without a verdict. It reports false when there was nothing
// to end: the analysis is gone, has ended, or a later run has it.
func (s *Service) fail(ctx context.Context, a osprey.Analysis, j *queue.Job, fault *osprey.Error) (bool, error) {
	ended, err := s.end(ctx, a, j, func(_ *store.Tx, a *osprey.Analysis) error {
		code := fault.Code
		a.State, a.Resolution, a.System = osprey.StateFailed, osprey.ResolutionFailed, osprey.ResolutionFailed
		a.ErrorCode, a.ErrorMessage = &code, fault.Message
		a.Technical = nonNil(a.Technical)
		for _, key := range []string{"reason", "media_id", "checks"} {
			if v, ok := fault.Details[key]; ok {
				a.Technical["error_"+key] = v
			}
		}
		return nil
	})
	if errors.Is(err, errEnded) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s.tell(ended)
	return true, nil
}

// discard ends an analysis whose tries are used up.
func (s *Service) discard(ctx context.Context, _, id string, cause error) {
	a, err := s.Get(ctx, access.System(), osprey.ID(id))
	if err != nil || a.State != osprey.StateProcessing {
		return
	}
	fault := osprey.ErrorOf(cause)
	if fault.Code != osprey.CodeExternalService && fault.Code != osprey.CodeUnavailable {
		fault = &osprey.Error{Code: osprey.CodeUnknown, Message: "Unknown server side error occurred", Err: cause}
	}
	if _, err := s.fail(ctx, a, nil, fault); err != nil {
		s.o.Logger.Error("analysis could not be ended; the deadline sweep will", "analysis", id, "error", err)
	}
}

// tell wakes those who wait for an analysis and counts it.
func (s *Service) tell(a osprey.Analysis) {
	s.waiting.wake(a.Folder)
	s.o.Observe.Ended(a)
}
