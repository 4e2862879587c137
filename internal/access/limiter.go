package access

import (
	"container/list"
	"math"
	"sync"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/config"
)

// maxBuckets bounds each of the two sets of buckets (some 20 MiB when full). The
// bucket that was idle longest makes room; with more than that many active callers
// some get a fresh bucket too early, which is the price of bounded memory.
const maxBuckets = 100_000

// Limiter holds the token buckets: one a company, one a user outside any company,
// one a client address for public calls. It is safe for concurrent use.
type Limiter struct {
	clock  osprey.Clock
	rates  func() config.Rate
	caller buckets
	public buckets
}

// NewLimiter returns a limiter that asks rates at every call, so that a changed
// setting acts at once.
func NewLimiter(clock osprey.Clock, rates func() config.Rate) *Limiter {
	return &Limiter{clock: clock, rates: rates, caller: newBuckets(maxBuckets), public: newBuckets(maxBuckets)}
}

// Quota is the state of a bucket after a call, for the headers of the answer.
type Quota struct {
	Allowed   bool
	Limit     int           // size of the bucket
	Remaining int           // whole calls left
	Reset     time.Duration // until the bucket is full
	Retry     time.Duration // until the next call is allowed; zero when this one was
}

// Err is nil for an allowed call, else 429/18 with RetryAfter.
func (q Quota) Err() error {
	if q.Allowed {
		return nil
	}
	return tooMany("rate_limit", q.Retry, "Too many requests").With("limit", q.Limit)
}

// tooMany is 429/18 with the time after which to try again.
func tooMany(reason string, after time.Duration, text string) *osprey.Error {
	e := osprey.Errorf(osprey.CodeRateLimited, "%s", text).With("reason", reason)
	e.RetryAfter = after
	return e
}

// Caller takes one call out of the bucket of the caller's company, or of the
// caller itself when it has none.
func (l *Limiter) Caller(c Caller) Quota {
	key := c.User.Company
	if key == "" {
		key = c.User.ID
	}
	rate := l.rates()
	return l.caller.take(string(key), rate.CompanyRPS, rate.CompanyBurst, l.clock.Now())
}

// Address takes one public call out of the bucket of a client address.
func (l *Limiter) Address(ip string) Quota {
	rate := l.rates()
	return l.public.take(addressKey(ip), rate.PublicRPS, rate.PublicBurst, l.clock.Now())
}

// bucket is one token bucket; used counts what was taken and not yet refilled, so
// that a change of the burst acts on running buckets as one would expect.
type bucket struct {
	key  string
	used float64
	at   time.Time
}

// buckets is a bounded set of them, the last used in front.
type buckets struct {
	mu   *sync.Mutex
	most int
	byID map[string]*list.Element
	all  *list.List
}

func newBuckets(most int) buckets {
	return buckets{mu: new(sync.Mutex), most: most, byID: make(map[string]*list.Element), all: list.New()}
}

func (b buckets) take(key string, rps float64, burst int, now time.Time) Quota {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.find(key, now)
	if passed := now.Sub(one.at).Seconds(); passed > 0 {
		one.used = max(0, one.used-passed*rps)
		one.at = now
	}
	one.used = min(one.used, float64(burst))
	q := Quota{Limit: burst, Allowed: one.used+1 <= float64(burst)+epsilon}
	if q.Allowed {
		one.used++
	} else {
		q.Retry = seconds((one.used + 1 - float64(burst)) / rps)
	}
	q.Remaining = max(0, int(float64(burst)-one.used+epsilon))
	q.Reset = seconds(one.used / rps)
	return q
}

// epsilon forgives the rounding of sums of small refills.
const epsilon = 1e-9

func (b buckets) find(key string, now time.Time) *bucket {
	if e, ok := b.byID[key]; ok {
		b.all.MoveToFront(e)
		return e.Value.(*bucket)
	}
	if b.all.Len() >= b.most {
		oldest := b.all.Back()
		delete(b.byID, oldest.Value.(*bucket).key)
		b.all.Remove(oldest)
	}
	one := &bucket{key: key, at: now}
	b.byID[key] = b.all.PushFront(one)
	return one
}

// seconds rounds up to the nanosecond, so that who waits that long is let in.
func seconds(s float64) time.Duration {
	return time.Duration(math.Ceil(s * float64(time.Second)))
}
