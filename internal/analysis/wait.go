package analysis

import (
	"context"
	"sync"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// lookAgain is how often a waiting call asks the database although nobody woke
// it: the analysis may end on another node.
const lookAgain = time.Second

// maxWaiting bounds the calls that wait at a time. One more is answered at once
// with the present state, as if its time were over: its client polls.
const maxWaiting = 256

// waiting wakes the calls that wait for analyses of a folder.
type waiting struct {
	mu      sync.Mutex
	folders map[osprey.ID]chan struct{} // closed when something of the folder changes
	callers map[osprey.ID]int
	held    int // calls that wait
}

func newWaiting() *waiting {
	return &waiting{folders: make(map[osprey.ID]chan struct{}), callers: make(map[osprey.ID]int)}
}

// join returns the channel to wait on and the way to leave. Join first, then look.
func (w *waiting) join(folder osprey.ID) (<-chan struct{}, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.folders[folder]
	if ch == nil {
		ch = make(chan struct{})
		w.folders[folder] = ch
	}
	w.callers[folder]++
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.callers[folder]--; w.callers[folder] <= 0 {
			delete(w.callers, folder)
			delete(w.folders, folder)
		}
	}
}

// wake wakes all that wait for the folder.
func (w *waiting) wake(folder osprey.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ch := w.folders[folder]; ch != nil {
		close(ch)
		delete(w.folders, folder)
	}
}

// enter takes one of the places to wait; false when there is none left.
func (w *waiting) enter() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held >= maxWaiting {
		return false
	}
	w.held++
	return true
}

func (w *waiting) exit() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held--
}

// until repeats look until it reports that the wait is over, d has passed or the
// context ends. A look that fails ends it.
func (w *waiting) until(ctx context.Context, folder osprey.ID, d time.Duration, look func() (done bool, err error)) error {
	if !w.enter() {
		_, err := look()
		return err
	}
	defer w.exit()
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	for {
		changed, leave := w.join(folder)
		done, err := look()
		if done || err != nil {
			leave()
			return err
		}
		again := time.NewTimer(lookAgain)
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-deadline.C:
			done = true
		case <-changed:
		case <-again.C:
		}
		again.Stop()
		leave()
		if done || err != nil {
			return err
		}
	}
}

// Wait holds until the analysis has left PROCESSING or d is over, and returns it.
func (s *Service) Wait(ctx context.Context, g access.Grant, id osprey.ID, d time.Duration) (osprey.Analysis, error) {
	a, err := s.Get(ctx, g, id)
	if err != nil || a.State != osprey.StateProcessing {
		return a, err
	}
	err = s.waiting.until(ctx, a.Folder, d, func() (bool, error) {
		var err error
		a, err = s.Get(ctx, g, id)
		return a.State != osprey.StateProcessing, err
	})
	return a, err
}

// WaitFolder holds until no analysis of the folder is PROCESSING or d is over.
func (s *Service) WaitFolder(ctx context.Context, g access.Grant, folder osprey.ID, d time.Duration) error {
	return s.waiting.until(ctx, folder, d, func() (bool, error) {
		open := 0
		err := s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
			all, err := tx.AnalysesOfFolders([]osprey.ID{folder})
			for _, a := range all[folder] {
				if a.State == osprey.StateProcessing {
					open++
				}
			}
			return err
		})
		return open == 0, err
	})
}
