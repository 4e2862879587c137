package access

import (
	"context"
	"sync"
	"time"

	"example.org/osprey"
)

// maxInLine is how many callers may wait for one key.
const maxInLine = 32

// turns lets one caller a key go on at a time. The zero value is ready.
type turns struct {
	mu    sync.Mutex
	lines map[string]*line
}

type line struct {
	turn  chan struct{} // holds one value while somebody's turn lasts
	users int           // who holds or waits for the turn
}

// take waits for the turn of a key and returns what ends it. Error: 503/19 when
// the line is too long.
func (t *turns) take(ctx context.Context, key string) (done func(), err error) {
	t.mu.Lock()
	if t.lines == nil {
		t.lines = make(map[string]*line)
	}
	l, ok := t.lines[key]
	if !ok {
		l = &line{turn: make(chan struct{}, 1)}
		t.lines[key] = l
	}
	if l.users > maxInLine {
		t.mu.Unlock()
		return nil, osprey.Unavailable("busy", time.Second, "Too many logins at the same time")
	}
	l.users++
	t.mu.Unlock()

	select {
	case l.turn <- struct{}{}:
		return func() { <-l.turn; t.leave(key, l) }, nil
	case <-ctx.Done():
		t.leave(key, l)
		return nil, ctx.Err()
	}
}

func (t *turns) leave(key string, l *line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.users--; l.users == 0 {
		delete(t.lines, key)
	}
}

// once keeps work that is under way from being started a second time. The zero
// value is ready.
type once struct{ running sync.Map }

// do runs fn unless a call with the same key is running.
func (o *once) do(key osprey.ID, fn func() error) error {
	if _, busy := o.running.LoadOrStore(key, struct{}{}); busy {
		return nil
	}
	defer o.running.Delete(key)
	return fn()
}
