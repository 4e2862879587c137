package lite

import (
	"context"
	"sync/atomic"
)

// queue lets so many calls work at a time and so many more wait; who comes after them
// is sent away at once. It is safe for concurrent use.
type queue struct {
	slots   chan struct{}
	waiting atomic.Int64
	most    int64
}

func newQueue(working, waiting int) *queue {
	return &queue{slots: make(chan struct{}, max(working, 1)), most: int64(max(waiting, 0))}
}

// full reports whether a call that came now would be sent away.
func (q *queue) full() bool { return len(q.slots) == cap(q.slots) && q.waiting.Load() >= q.most }

// enter waits for a slot, which leave gives back. The error is a *fault when too many
// wait, or the context's.
func (q *queue) enter(ctx context.Context) (leave func(), err error) {
	leave = func() { <-q.slots }
	select {
	case q.slots <- struct{}{}:
		return leave, nil
	default:
	}
	if q.waiting.Add(1) > q.most {
		q.waiting.Add(-1)
		return nil, overloaded()
	}
	defer q.waiting.Add(-1)
	select {
	case q.slots <- struct{}{}:
		return leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
