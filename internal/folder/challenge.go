package folder

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// SweepChallenges forgets the challenges that expired before the moment, with the
// steps that were spent of them, and gives how many there were. A take that names
// one afterwards is of an unknown challenge.
func (s *Service) SweepChallenges(ctx context.Context, before osprey.Time) (removed int, err error) {
	err = s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		removed, err = tx.DeleteExpiredChallenges(before)
		return err
	})
	return removed, err
}
