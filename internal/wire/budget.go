package wire

import (
	"sync"
	"time"

	"example.org/osprey"
)

// Budget bounds the bytes of request bodies that a process holds at one time.
// It is safe for concurrent use.
type Budget struct {
	mu   sync.Mutex
	left int64
}

// NewBudget returns a budget of so many bytes.
func NewBudget(bytes int64) *Budget { return &Budget{left: bytes} }

// take reserves n bytes or refuses with 503/19. It never waits: a request that
// waited would hold what it already has against the others.
func (b *Budget) take(n int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n > b.left {
		return overloaded()
	}
	b.left -= n
	return nil
}

func (b *Budget) give(n int64) {
	b.mu.Lock()
	b.left += n
	b.mu.Unlock()
}

// Left is how many bytes are free.
func (b *Budget) Left() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left
}

func overloaded() error {
	return osprey.Unavailable("uploads", 2*time.Second, "Too many uploads are in progress")
}
