package wire

import (
	"sync"
	"time"

	"example.org/osprey"
)

// Budget bounds the bytes that all requests hold in memory at one time, of their
// bodies or of what they download. It is
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
	if !l.Reserve(n) {
		return overloaded()
	}
	return nil
}

// Reserve takes n bytes, or nothing and reports false.
func (l *Lease) Reserve(n int64) bool {
	l.budget.mu.Lock()
	defer l.budget.mu.Unlock()
	if n > l.budget.left {
		return false
	}
	l.budget.left -= n
	l.taken += n
	return true
}

// Keep returns all but n bytes of what is held.
func (l *Lease) Keep(n int64) {
	if n < l.taken {
		l.give(l.taken - n)
	}
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
