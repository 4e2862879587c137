package store

import (
	"testing"
	"time"

	"example.org/osprey"
)

// TestTombstonesAfterTheClockWasSetBack: a stone is newer than all that stand in the
// file, in a store that was opened again with an earlier clock too.
func TestTombstonesAfterTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	h := open(t)
	bury := func(h *house, id osprey.ID) (stone Tombstone) {
		h.do(osprey.Everything(), func(tx *Tx) error { return tx.bury(BuriedFolder, id) })
		h.do(osprey.Everything(), func(tx *Tx) error {
			stones, err := tx.Tombstones(10)
			if err != nil || len(stones) != 1 {
				t.Fatalf("%+v, %v", stones, err)
			}
			stone = stones[0]
			return tx.TombstonesWritten(stones)
		})
		return stone
	}
	first := bury(h, "f1")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	early := &clock{now: h.clock.Now().Add(-24 * time.Hour)}
	again := openAt(t, h.path, early)
	if second := bury(again, "f2"); second.Object != "f2" || second.Time <= first.Time {
		t.Errorf("%+v after %+v", second, first)
	}
}
