package media

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// DefaultBudgetBytes is the size of the budget that Decode uses when Options
// names none.
const DefaultBudgetBytes = 1 << 30

// Budget bounds the bytes of all images that are being decoded or held at the
// same time. Decode takes an image's whole need out of it before it allocates,
// waiting in turn when it is used up; afterwards the frame keeps what its
// pixels take, until Release. An image that needs more than the budget has
// waits for all of it and is then decoded alone.
//
// Hold one frame at a time in a goroutine: two goroutines that each hold a
// frame and wait for room for another could wait for each other until their
// contexts end.
//
// A Budget may be used by many goroutines at once.
type Budget struct {
	sem  *semaphore.Weighted
	size int64
}

// NewBudget returns a budget of so many bytes.
func NewBudget(bytes int64) *Budget {
	bytes = max(bytes, 1)
	return &Budget{sem: semaphore.NewWeighted(bytes), size: bytes}
}

// processBudget serves the callers that bring none of their own.
var processBudget = NewBudget(DefaultBudgetBytes)

// reserve waits for so many bytes.
func (b *Budget) reserve(ctx context.Context, bytes int64) (*reservation, error) {
	bytes = min(max(bytes, 1), b.size)
	if err := b.sem.Acquire(ctx, bytes); err != nil {
		return nil, err
	}
	return &reservation{budget: b, bytes: bytes}, nil
}

// reservation is a share of a budget. Its methods may be called more than once.
type reservation struct {
	mu     sync.Mutex
	budget *Budget
	bytes  int64
}

// shrink gives back all but so many bytes.
func (r *reservation) shrink(bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if bytes < r.bytes {
		r.budget.sem.Release(r.bytes - bytes)
		r.bytes = bytes
	}
}

func (r *reservation) release() { r.shrink(0) }
