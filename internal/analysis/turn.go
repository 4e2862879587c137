package analysis

import (
	"context"
	"sync"

	"example.org/osprey"
)

// turns lets one look at a medium at a time: the analyses of a request take the
// same media at the same moment, and the second finds what the first has kept. The
// zero value is ready.
type turns struct {
	mu    sync.Mutex
	media map[osprey.ID]*turn
}

// turn is the place at one medium.
type turn struct {
	place   chan struct{} // holds one value while somebody looks
	callers int           // that look or wait
}

// take waits for the medium's turn and returns the way to give it back. The error
// is the context's.
func (t *turns) take(ctx context.Context, media osprey.ID) (func(), error) {
	t.mu.Lock()
	if t.media == nil {
		t.media = make(map[osprey.ID]*turn)
	}
	its := t.media[media]
	if its == nil {
		its = &turn{place: make(chan struct{}, 1)}
		t.media[media] = its
	}
	its.callers++
	t.mu.Unlock()
	select {
	case its.place <- struct{}{}:
		return func() {
			<-its.place
			t.leave(media, its)
		}, nil
	case <-ctx.Done():
		t.leave(media, its)
		return nil, ctx.Err()
	}
}

func (t *turns) leave(media osprey.ID, its *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if its.callers--; its.callers == 0 {
		delete(t.media, media)
	}
}
