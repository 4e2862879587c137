package analysis

import (
	"context"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// sweepBatch is how many overdue analyses are read at a time.
const sweepBatch = 100

// Sweep ends all analyses that are past their time: not begun within the queue's
// limit, or not ended within the run's limit after that. It returns how many.
func (s *Service) Sweep(ctx context.Context, now time.Time) (int, error) {
	ended := 0
	var last osprey.Analysis // of those that were read
	for {
		var page []osprey.Analysis
		err := s.o.Store.Read(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
			page, err = tx.OverdueAnalyses(osprey.TimeOf(now.Add(-s.o.QueueTimeout)), last, sweepBatch)
			return err
		})
		if err != nil {
			return ended, err
		}
		for _, a := range page {
			mine, err := s.endOverdue(ctx, a, now)
			if err != nil {
				return ended, err
			}
			if mine {
				ended++
			}
		}
		if len(page) < sweepBatch {
			return ended, nil
		}
		last = page[len(page)-1]
	}
}

// endOverdue ends an analysis whose time in the queue is over, unless it has begun and
// still has time to end. It reports whether it did.
func (s *Service) endOverdue(ctx context.Context, a osprey.Analysis, now time.Time) (bool, error) {
	if !s.pastTime(a, a.Run > 0, now) {
		return false, nil // it runs
	}
	mine, err := s.fail(ctx, a, nil, overdue())
	if err != nil || !mine {
		return false, err // else a worker has begun or ended it since it was read
	}
	s.Cancel(a.ID)
	return true, nil
}

// pastTime reports whether an analysis was not begun within the queue's limit, or, when
// it was begun before, not ended within the run's limit after that.
func (s *Service) pastTime(a osprey.Analysis, begun bool, now time.Time) bool {
	most := s.o.QueueTimeout
	if begun {
		most += s.o.RunTimeout
	}
	return a.Created <= osprey.TimeOf(now.Add(-most))
}

// overdue is the fault of an analysis that is past its time.
func overdue() *osprey.Error {
	return osprey.Errorf(osprey.CodeUnavailable, "The analysis did not end within its time limit")
}
