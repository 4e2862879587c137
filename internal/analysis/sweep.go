package analysis

import (
	"context"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// sweepBatch is how many overdue analyses one round ends.
const sweepBatch = 100

// Sweep ends analyses that are past their time: not begun within the queue's
// limit, or not ended within the run's limit after that. It returns how many.
func (s *Service) Sweep(ctx context.Context, now time.Time) (int, error) {
	var overdue []osprey.Analysis
	err := s.o.Store.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
		overdue, err = tx.OverdueAnalyses(osprey.TimeOf(now.Add(-s.o.QueueTimeout)), sweepBatch)
		return err
	})
	if err != nil {
		return 0, err
	}
	ended := 0
	last := osprey.TimeOf(now.Add(-s.o.QueueTimeout - s.o.RunTimeout))
	for _, a := range overdue {
		if a.Run > 0 && a.Created > last {
			continue // it runs
		}
		fault := osprey.Errorf(osprey.CodeUnavailable, "The analysis did not end within its time limit")
		mine, err := s.fail(ctx, a, nil, fault)
		if err != nil {
			return ended, err
		}
		if !mine {
			continue // a worker has begun or ended it since it was read
		}
		s.Cancel(a.ID)
		ended++
	}
	return ended, nil
}
