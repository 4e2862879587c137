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

// see looks at the source media in their order: the first that cannot be analysed
// ends the analysis, whatever the others show (api.md 9.4).
func (t *attempt) see(ctx context.Context, want look.Want) ([]sight, error) {
	defer t.stage("look")()
	out := make([]sight, 0, len(t.a.Source))
	for _, src := range t.a.Source {
		one, err := t.seeMedium(ctx, src, want)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// seeMedium takes what was seen in a medium before, or looks and keeps what it saw
// for the analyses to come. What liveness rests on is not kept: it is looked at anew.
func (t *attempt) seeMedium(ctx context.Context, src osprey.SourceMedia, want look.Want) (sight, error) {
	leave, err := t.turns.take(ctx, src.Media)
	if err != nil {
		return sight{}, err
	}
	defer leave()
	choice := look.ChoiceFor(src.Tags)
	m, kept, err := t.load(ctx, src, choice)
	if err != nil {
		return sight{}, err
	}
	if kept != nil && !want.Liveness {
		return t.recall(ctx, src, m, *kept)
	}
	data, err := t.bytes(ctx, m, src)
	if err != nil {
		return sight{}, err
	}
	seen, err := t.o.Looker.Observe(ctx, look.Medium{Type: m.Type, Data: data, Tags: src.Tags, Info: m.Info}, want)
	if err == nil {
		err = osprey.CheckColors(t.a.Type, seen.Grade)
	}
	if err != nil {
		return sight{}, unusable(ctx, err, src)
	}
	if err := t.keep(ctx, src, choice, seen); err != nil {
		return sight{}, err
	}
	return sight{source: src, media: m, vector: seen.Embedding.Vector, grade: seen.Grade, trace: seen.Trace, seen: seen}, nil
}

// recall opens what was kept of a medium, if it passes the gate of today.
func (t *attempt) recall(ctx context.Context, src osprey.SourceMedia, m osprey.Media, kept store.Look) (sight, error) {
	if err := look.GateError(t.o.Looker.AnalysisGate(), kept.Quality); err != nil {
		return sight{}, unusable(ctx, err, src)
	}
	v, err := t.o.Templates.Open(ctx, t.a.Company, src.Media, kept.Template)
	return sight{source: src, media: m, vector: v, grade: kept.Grade, trace: kept.Trace, kept: true}, err
}

// keep stores what was seen, at once: an analysis of the same medium that waits for
// its turn takes it from there.
func (t *attempt) keep(ctx context.Context, src osprey.SourceMedia, choice look.Choice, seen *look.Observation) error {
	sealed, err := t.o.Templates.Seal(ctx, t.a.Company, src.Media, t.o.Looker.Engine().ModelID(), seen.Embedding)
	if err != nil {
		return err
	}
	err = t.o.Store.Write(ctx, osprey.Within(t.a.Company), func(tx *store.Tx) error {
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
func (t *attempt) load(ctx context.Context, src osprey.SourceMedia, choice look.Choice) (m osprey.Media, kept *store.Look, err error) {
	err = t.o.Store.Read(ctx, osprey.Within(t.a.Company), func(tx *store.Tx) error {
		m, err = tx.Media(src.Media)
		if errors.Is(err, store.ErrNotFound) || err == nil && m.Cleared {
			return mediumGone(src)
		}
		if err != nil {
			return err
		}
		l, err := tx.Look(src.Media, t.o.Looker.Engine().ModelID(), string(choice))
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
func (t *attempt) bytes(ctx context.Context, m osprey.Media, src osprey.SourceMedia) ([]byte, error) {
	defer t.stage("load")()
	data, err := t.o.Blobs.Get(ctx, m.Blob, t.a.Company, m.ID)
	if !errors.Is(err, blob.ErrNotFound) {
		return data, err
	}
	// Erased since its row was read; the row goes first.
	_, _, err = t.load(ctx, src, look.ChoiceFor(src.Tags))
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
