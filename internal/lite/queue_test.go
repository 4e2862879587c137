package lite

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// TestQueue: one works, two wait, the fourth is sent away; who gives up makes room.
func TestQueue(t *testing.T) {
	t.Parallel()
	q := newQueue(1, 2)
	leave, err := q.enter(t.Context())
	if err != nil || q.full() {
		t.Fatalf("the first: %v, full %v", err, q.full())
	}
	ctx, giveUp := context.WithCancel(t.Context())
	given := make(chan error, 1)
	go func() { _, err := q.enter(ctx); given <- err }()
	var wg sync.WaitGroup
	wg.Go(func() {
		leave, err := q.enter(t.Context())
		if err != nil {
			t.Error(err)
			return
		}
		leave()
	})
	for !q.full() {
		select {
		case err := <-given:
			t.Fatal(err)
		default:
		}
	}
	if _, err := q.enter(t.Context()); err == nil || faultOf(err).kind != unavailable || faultOf(err).retry != retryBusy {
		t.Errorf("the fourth: %v", err)
	}
	giveUp()
	if err := <-given; !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up: %v", err)
	}
	leave()
	wg.Wait()
	if q.waiting.Load() != 0 || len(q.slots) != 0 || q.full() {
		t.Errorf("%d wait, %d work", q.waiting.Load(), len(q.slots))
	}
}
