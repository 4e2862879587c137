package analysis

import (
	"context"
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/killpoint"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/store"
)

// sight is what was seen in one source medium, now or for an earlier analysis.
type sight struct {
	source osprey.SourceMedia
	media  osprey.Media
	vector []float32 // the template
	grade  osprey.Measures
	trace  osprey.Metadata
	kept   bool              // seen earlier
	seen   *look.Observation // nil when kept
}

// stored is the source of stored media. A look is kept for the analyses to come.
type stored struct{ *Service }

// see takes what was seen in a medium before, or looks and keeps what it saw.
func (s stored) see(ctx context.Context, t *trial, src osprey.SourceMedia, want look.Want) (sight, error) {
	leave, err := s.turns.take(ctx, src.Media)
	if err != nil {
		return sight{}, err
	}
	defer leave()
	choice := look.ChoiceFor(src.Tags)
	m, kept, err := s.load(ctx, t, src, choice)
	if err != nil {
		return sight{}, err
	}
	if kept != nil && !want.Liveness {
		return s.recall(ctx, t, src, m, *kept)
	}
	data, err := s.bytes(ctx, t, m, src)
	if err != nil {
		return sight{}, err
	}
	seen, err := t.observe(ctx, src, m, data, want)
	if err != nil {
		return sight{}, err
	}
	return seen, s.keep(ctx, t, src, choice, seen.seen)
}

// open reads a medium and its bytes.
func (s stored) open(ctx context.Context, t *trial, src osprey.SourceMedia) (osprey.Media, []byte, error) {
	m, _, err := s.load(ctx, t, src, look.ChoiceFor(src.Tags))
	if err != nil {
		return m, nil, err
	}
	data, err := s.bytes(ctx, t, m, src)
	return m, data, err
}

// recall opens what was kept of a medium.
func (s stored) recall(ctx context.Context, t *trial, src osprey.SourceMedia, m osprey.Media, kept store.Look) (sight, error) {
	seen, err := t.recalled(ctx, src, sight{media: m, grade: kept.Grade, trace: kept.Trace}, kept.Quality)
	if err != nil {
		return sight{}, err
	}
	seen.vector, err = s.o.Templates.Open(ctx, t.a.Company, src.Media, kept.Template)
	return seen, err
}

// keep stores what was seen, at once: an analysis of the same medium that waits for
// its turn takes it from there.
func (s stored) keep(ctx context.Context, t *trial, src osprey.SourceMedia, choice look.Choice, seen *look.Observation) error {
	sealed, err := s.o.Templates.Seal(ctx, t.a.Company, src.Media, s.o.Looker.Engine().ModelID(), seen.Embedding)
	if err != nil {
		return err
	}
	err = s.o.Store.Write(ctx, osprey.Within(t.a.Company), func(tx *store.Tx) error {
		return tx.PutLook(store.Look{
			Media: src.Media, Company: t.a.Company, Template: sealed, Quality: seen.Quality, Face: seen.Face,
			Grade: seen.Grade, Trace: seen.Trace, Seen: string(choice),
		})
	})
	killpoint.Hit(killpoint.LookAfterKeep)
	return err
}

// load reads the medium and what was seen in it, if that was kept for this model
// and choice of face.
func (s stored) load(ctx context.Context, t *trial, src osprey.SourceMedia, choice look.Choice) (m osprey.Media, kept *store.Look, err error) {
	err = s.o.Store.Read(ctx, osprey.Within(t.a.Company), func(tx *store.Tx) error {
		m, err = tx.Media(src.Media)
		if errors.Is(err, store.ErrNotFound) || err == nil && m.Cleared {
			return mediumGone(src)
		}
		if err != nil {
			return err
		}
		l, err := tx.Look(src.Media, s.o.Looker.Engine().ModelID(), string(choice))
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

// bytes reads the medium as it was uploaded.
func (s stored) bytes(ctx context.Context, t *trial, m osprey.Media, src osprey.SourceMedia) ([]byte, error) {
	defer t.stage("load")()
	data, err := s.o.Blobs.Get(ctx, m.Blob, t.a.Company, m.ID)
	if !errors.Is(err, blob.ErrNotFound) {
		return data, err
	}
	// Erased since its row was read; the row goes first.
	_, _, err = s.load(ctx, t, src, look.ChoiceFor(src.Tags))
	if err == nil {
		err = blob.ErrNotFound
	}
	return nil, err
}

// mediumGone ends an analysis whose medium was deleted (api.md 9.2).
func mediumGone(src osprey.SourceMedia) error {
	return final{osprey.Errorf(osprey.CodeInvalidValue, "A medium of the analysis is gone").
		With("reason", "not_enough_media").With("media_id", string(src.Media))}
}

// unusable sorts the refusals of a medium: those that lie in the medium, or took
// the time there is, end the analysis; faults on this side are tried again.
func unusable(ctx context.Context, err error, src osprey.SourceMedia) error {
	var e *osprey.Error
	if !errors.As(err, &e) || ctx.Err() != nil {
		return err
	}
	e = e.With("media_id", string(src.Media))
	switch e.Code {
	case osprey.CodeNoFace, osprey.CodeSeveralFaces, osprey.CodeLowQuality, osprey.CodeUnavailable:
		return final{e}
	case osprey.CodeInvalidValue, osprey.CodeTooLarge, osprey.CodeUnsupportedMedia:
		// It was accepted and cannot be decoded now: unusable (api.md 9.6).
		e.Code = osprey.CodeLowQuality
		return final{e}
	default:
		return e
	}
}
