package store

import (
	"errors"
	"slices"
	"testing"

	"example.org/osprey"
)

// erases are the keys that wait for the eraser.
func (h *house) erases() (keys []string) {
	h.t.Helper()
	h.see(osprey.Everything(), func(tx *Tx) (err error) {
		keys, err = tx.BlobErases(100)
		return err
	})
	slices.Sort(keys)
	return keys
}

// TestResultImagesAreNoMedia: lists of a folder's media leave them out, and they
// are found by their id and by their analysis.
func TestResultImagesAreNoMedia(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.see(e.scope(), func(tx *Tx) error {
		list, total, err1 := tx.MediaList(e.folder.ID, Query{Limit: 9})
		all, err2 := tx.MediaOfFolders([]osprey.ID{e.folder.ID})
		if total != 2 || len(list) != 2 || len(all[e.folder.ID]) != 2 {
			t.Errorf("lists hold %d of %d, and %d", len(list), total, len(all[e.folder.ID]))
		}
		shot, err3 := tx.Media(e.shot.ID)
		if shot.Analysis != e.analysis.ID || shot.Source != e.media[0].ID || shot.Type != osprey.MediaImageResult {
			t.Errorf("%+v", shot)
		}
		of, err4 := tx.ResultImages([]osprey.ID{e.analysis.ID, "another"})
		if len(of) != 1 || len(of[e.analysis.ID]) != 1 || of[e.analysis.ID][0].ID != e.shot.ID {
			t.Errorf("%+v", of)
		}
		return errors.Join(err1, err2, err3, err4)
	})
	h.whole()
	stranger := h.build("beta")
	for name, m := range map[string]osprey.Media{
		"of no analysis": {Analysis: "nobody", Source: e.media[0].ID}, "of no medium": {Analysis: e.analysis.ID, Source: "nobody"},
	} {
		m.ID, m.Folder, m.Type = h.ids.New(), e.folder.ID, osprey.MediaImageResult
		if err := h.try(func(tx *Tx) error { return tx.InsertMedia(m) }); !errors.Is(err, ErrReferenced) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(h.erases()); n != 0 || stranger.shot.ID == e.shot.ID {
		t.Errorf("%d keys wait for the eraser", n)
	}
}

// TestDeletionsNoteBlobs: whatever is deleted, the blobs of all media that go with
// it are noted, and nobody else's.
func TestDeletionsNoteBlobs(t *testing.T) {
	t.Parallel()
	of := func(media ...osprey.Media) (keys []string) {
		for _, m := range media {
			for _, k := range []string{m.Blob, m.Thumb, m.Preview} {
				if k != "" {
					keys = append(keys, k)
				}
			}
		}
		slices.Sort(keys)
		return keys
	}
	for name, tt := range map[string]struct {
		remove func(tx *Tx, e *estate) error
		want   func(e *estate) []string
	}{
		"analysis": {
			func(tx *Tx, e *estate) error { return tx.DeleteAnalysis(e.analysis.ID) },
			func(e *estate) []string { return of(e.shot) },
		},
		"source medium": {
			func(tx *Tx, e *estate) error { return tx.DeleteMedia(e.media[0].ID) },
			func(e *estate) []string { return of(e.media[0], e.shot) },
		},
		"another medium": {
			func(tx *Tx, e *estate) error { return tx.DeleteMedia(e.media[1].ID) },
			func(e *estate) []string { return of(e.media[1]) },
		},
		"result image": {
			func(tx *Tx, e *estate) error { return tx.DeleteMedia(e.shot.ID) },
			func(e *estate) []string { return of(e.shot) },
		},
		"folder": {
			func(tx *Tx, e *estate) error { return tx.DeleteFolder(e.folder.ID) },
			func(e *estate) []string {
				return slices.Sorted(slices.Values(append(of(e.media[0], e.media[1], e.shot), e.report.Blob)))
			},
		},
	} {
		h := open(t)
		e, other := h.build("acme"), h.build("beta")
		err := h.Write(t.Context(), other.scope(), func(tx *Tx) error { return tt.remove(tx, e) })
		if !errors.Is(err, ErrNotFound) || len(h.erases()) != 0 {
			t.Errorf("%s, by a stranger: %v", name, err)
		}
		h.do(e.scope(), func(tx *Tx) error {
			if err := tt.remove(tx, e); err != nil {
				return err
			}
			if name != "analysis" {
				return nil
			}
			// What hangs on a deletion in its room, for Verify.
			e.folder.Status, e.folder.System = osprey.ResolutionInitial, osprey.ResolutionInitial
			return tx.SetFolderState(e.folder)
		})
		if got, want := h.erases(), tt.want(e); !slices.Equal(got, want) {
			t.Errorf("%s: noted %v, want %v", name, got, want)
		}
		h.whole()
	}
}

// TestChallenges: a challenge comes out as it went in, and a step is spent once.
func TestChallenges(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	h.do(e.scope(), func(tx *Tx) error {
		c, spent, err := tx.Challenge(e.challenge.ID)
		if len(c.Steps) != 2 || c.Steps[0] != e.challenge.Steps[0] || string(c.Nonce) != "nonce" || c.Session != e.session.ID ||
			c.Expires != e.challenge.Expires || !slices.Equal(spent, []int{0}) {
			t.Errorf("%+v, spent %v", c, spent)
		}
		for _, tt := range []struct {
			challenge osprey.ID
			step      int
			won       bool
		}{{e.challenge.ID, 0, false}, {e.challenge.ID, 1, true}, {e.challenge.ID, 1, false}, {"nobody", 1, false}} {
			won, spendErr := tx.SpendStep(tt.challenge, tt.step)
			if won != tt.won {
				t.Errorf("step %d of %s: won %t", tt.step, tt.challenge, won)
			}
			err = errors.Join(err, spendErr)
		}
		kept, err2 := tx.DeleteExpiredChallenges(e.challenge.Expires)
		gone, err3 := tx.DeleteExpiredChallenges(e.challenge.Expires + 1)
		if kept != 0 || gone != 1 {
			t.Errorf("%d and %d were deleted", kept, gone)
		}
		if _, _, err := tx.Challenge(e.challenge.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("an expired one: %v", err)
		}
		return errors.Join(err, err2, err3)
	})
	h.whole()
}
