package analysis

import (
	"context"
	"errors"
	"fmt"

	"example.org/osprey"
	"example.org/osprey/gallery"
	"example.org/osprey/internal/killpoint"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/store"
)

// searches is how often a search is repeated when what it found is deleted or
// moved before its result is committed. After that the job is tried again.
const searches = 5

// errChanged asks for another search.
var errChanged = errors.New("analysis: a photo that was found is gone")

// collection searches the faces of all media and commits; a search whose finds are
// gone is repeated.
func (t *attempt) collection(ctx context.Context) error {
	probes, err := t.see(ctx, look.Want{})
	if err != nil {
		return err
	}
	for range searches {
		found, err := t.search(ctx, probes)
		if gone(err) {
			continue
		}
		if err != nil {
			return err
		}
		killpoint.Hit(killpoint.SearchBeforeEnd)
		done, err := t.end(ctx, t.a, &t.job, func(tx *store.Tx, a *osprey.Analysis) error { return t.decide(tx, a, found) })
		if gone(err) {
			continue
		}
		if err != nil {
			return err
		}
		killpoint.Hit(killpoint.SearchAfterEnd)
		t.tell(done)
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
