package gallery

import (
	"context"
	"fmt"
	"sync"
)

// ledger keeps the version of a gallery, what is in it at that version, and
// those who wait for a version. Exact and Brute embed it.
type ledger struct {
	mu      sync.Mutex
	state   State
	changed chan struct{} // closed by the next publish; nil while nobody waits
	closed  bool
}

// State returns the version and what is in the gallery at that version.
func (l *ledger) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// Version returns the version of the last change applied.
func (l *ledger) Version() int64 { return l.State().Version }

// Len returns the number of images.
func (l *ledger) Len() int { return l.State().Images }

// Persons returns the number of persons that have at least one image.
func (l *ledger) Persons() int { return l.State().Persons }

// Digest returns the sum of EntryDigest over the images.
func (l *ledger) Digest() Digest { return l.State().Digest }

// WaitVersion waits for a version as [Gallery] says. Nobody polls: the change
// that is waited for, the context or Close wakes the waiter.
func (l *ledger) WaitVersion(ctx context.Context, v int64) error {
	for {
		l.mu.Lock()
		if l.closed {
			l.mu.Unlock()
			return ErrClosed
		}
		at := l.state.Version
		if at >= v {
			l.mu.Unlock()
			return nil
		}
		if l.changed == nil {
			l.changed = make(chan struct{})
		}
		changed := l.changed
		l.mu.Unlock()

		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("gallery: waiting for version %d at version %d: %w", v, at, context.Cause(ctx))
		}
	}
}

// admit decides what becomes of a change: known means that it was applied
// before. The caller keeps other changes out until it has published this one.
func (l *ledger) admit(ctx context.Context, version int64) (known bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, fmt.Errorf("gallery: applying version %d: %w", version, context.Cause(ctx))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch at := l.state.Version; {
	case l.closed:
		return false, ErrClosed
	case version <= at:
		return true, nil
	case version != at+1:
		return false, &GapError{Current: at, Got: version}
	default:
		return false, nil
	}
}

// publish makes the state the present one and wakes the waiters. The caller
// holds mu.
func (l *ledger) publish(s State) {
	l.state = s
	l.wake()
}

// shut marks the ledger as closed and reports whether it was open. The caller
// holds mu.
func (l *ledger) shut() bool {
	if l.closed {
		return false
	}
	l.closed = true
	l.wake()
	return true
}

func (l *ledger) wake() {
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}
