package wire

import (
	"sync"
	"time"

	"example.org/osprey"
)

// Budget bounds the bytes that the bodies of all requests take at one time. It is
// safe for concurrent use.
type Budget struct {
	mu   sync.Mutex
	left int64
}

// NewBudget returns a budget of so many bytes.
func NewBudget(bytes int64) *Budget { return &Budget{left: bytes} }

// Left is how many bytes are free.
func (b *Budget) Left() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left
}

// Lease opens the account of one request.
func (b *Budget) Lease() *Lease { return &Lease{budget: b} }

// Lease is what one request holds of a budget. It belongs to one goroutine; nobody
// keeps what was read under it after Release.
type Lease struct {
	budget *Budget
	taken  int64
}

// take reserves n bytes or refuses with 503/19. It never waits: a request that
// waited would hold what it already has against the others.
func (l *Lease) take(n int64) error {
	l.budget.mu.Lock()
	defer l.budget.mu.Unlock()
	if n > l.budget.left {
		return overloaded()
	}
	l.budget.left -= n
	l.taken += n
	return nil
}

// give returns n bytes that are not kept.
func (l *Lease) give(n int64) {
	l.budget.mu.Lock()
	l.budget.left += n
	l.budget.mu.Unlock()
	l.taken -= n
}

// Release returns all that is held.
func (l *Lease) Release() { l.give(l.taken) }

func overloaded() error {
	return osprey.Unavailable("uploads", 2*time.Second, "Too many uploads are in progress")
}
