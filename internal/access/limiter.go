package access

import (
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/config"
)

// Limiter holds the token buckets: one a company, one a user outside any company,
// one a client address for public calls. It is safe for concurrent use.
type Limiter struct{}

// NewLimiter returns a limiter that asks rates at every call, so that a changed
// setting acts at once.
func NewLimiter(clock osprey.Clock, rates func() config.Rate) *Limiter { panic("unwritten") }

// Quota is the state of a bucket after a call, for the headers of the answer.
type Quota struct {
	Allowed   bool
	Limit     int           // size of the bucket
	Remaining int           // whole calls left
	Reset     time.Duration // until the bucket is full
	Retry     time.Duration // until the next call is allowed; zero when this one was
}

// Err is nil for an allowed call, else 429/18 with RetryAfter.
func (q Quota) Err() error { panic("unwritten") }

// Caller takes one call out of the bucket of the caller's company, or of the
// caller itself when it has none.
func (l *Limiter) Caller(c Caller) Quota { panic("unwritten") }

// Address takes one public call out of the bucket of a client address.
func (l *Limiter) Address(ip string) Quota { panic("unwritten") }
