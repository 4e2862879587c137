package folder

import (
	"context"
	"maps"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// Held is a medium that is received and not stored: of the Instant API.
type Held struct {
	Media osprey.Media
	Data  []byte

	in received
}

// Hold judges the files of a request of which nothing is stored, as those of a folder
// are judged, and makes the folder and the media that its answer shows. A take among
// them is not verified yet.
func (r *Receiver) Hold(ctx context.Context, company, user osprey.ID, now osprey.Time, in Intake) (osprey.Folder, []Held, error) {
	f := newFolder(r.ids.New(), company, user, in)
	f.Created, f.Updated = now, now
	all, err := r.take(ctx, f, in.Files, r.looker.Admit)
	if err != nil {
		return f, nil, err
	}
	held := make([]Held, len(all))
	for i, one := range all {
		one.media.Created, one.media.Updated = now, now
		// There is no file, nor a picture of one.
		one.media.Blob, one.media.Thumb, one.media.Preview = "", "", ""
		if one.take != nil {
			one.note(outcome{why: takeUnknown}) // until somebody who knows challenges says otherwise
		}
		held[i] = Held{Media: one.media, Data: one.file.Data, in: one}
	}
	return f, held, nil
}

// VerifyTakes notes with the takes among media that are not stored whether they hold.
// Their steps are not spent.
func (s *Service) VerifyTakes(ctx context.Context, g access.Grant, held []Held) error {
	type step struct {
		challenge osprey.ID
		number    int
	}
	return s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		answered := make(map[step]bool) // a step counts once, in this request too
		return eachTake(held, func(h *Held) error {
			got, err := s.judgeTake(tx, h.in.media.Company, h.in.take, h.in.seen.Frames)
			if err != nil {
				return err
			}
			at := step{h.in.take.challenge, h.in.take.step}
			if got.why == "" && answered[at] {
				got = outcome{why: takeSpent}
			}
			answered[at] = answered[at] || got.why == ""
			h.in.note(got)
			h.Media.Technical = maps.Clone(h.in.media.Technical)
			return nil
		})
	})
}

// SpendTakes spends the steps that verified takes answer, when the answer that rests
// on them is ready: all of them, or none and false when one was spent meanwhile. It
// writes nothing when there is none.
func (s *Service) SpendTakes(ctx context.Context, g access.Grant, held []Held) (bool, error) {
	verified := func(h *Held) bool { return osprey.TakeOf(h.Media.Technical) == osprey.TakeVerified }
	any := false
	_ = eachTake(held, func(h *Held) error { any = any || verified(h); return nil }) // returns no error
	if !any {
		return true, nil
	}
	err := s.o.Store.Write(ctx, g.View, func(tx *store.Tx) error {
		return eachTake(held, func(h *Held) error {
			if !verified(h) {
				return nil
			}
			won, err := tx.SpendStep(h.in.take.challenge, h.in.take.step)
			if err == nil && !won {
				return errSpent
			}
			return err
		})
	})
	if err == errSpent { //nolint:errorlint // it is this function's own
		return false, nil
	}
	return err == nil, err
}

func eachTake(held []Held, fn func(*Held) error) error {
	for i := range held {
		if held[i].in.take == nil {
			continue
		}
		if err := fn(&held[i]); err != nil {
			return err
		}
	}
	return nil
}
