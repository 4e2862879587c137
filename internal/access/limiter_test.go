package access

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/config"
)

// fakeClock is a clock that tests move.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestLimiterBucket(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	rate := config.Rate{CompanyRPS: 2, CompanyBurst: 3, PublicRPS: 1, PublicBurst: 1}
	l := NewLimiter(clock, func() config.Rate { return rate })
	of := func(company osprey.ID) Caller { return Caller{User: osprey.User{ID: "u", Company: company}} }

	for i, remaining := range []int{2, 1, 0} {
		q := l.Caller(of("a"))
		if !q.Allowed || q.Limit != 3 || q.Remaining != remaining || q.Retry != 0 || q.Err() != nil {
			t.Errorf("call %d: %+v", i, q)
		}
	}
	q := l.Caller(of("a"))
	if q.Allowed || q.Remaining != 0 || q.Retry != 500*time.Millisecond || q.Reset != 1500*time.Millisecond {
		t.Errorf("beyond the burst: %+v", q)
	}
	e := osprey.ErrorOf(q.Err())
	if e.Code != osprey.CodeRateLimited || e.RetryAfter != q.Retry || e.Details["reason"] != "rate_limit" {
		t.Errorf("%+v", e)
	}
	if !l.Caller(of("b")).Allowed || !l.Caller(Caller{User: osprey.User{ID: "admin"}}).Allowed {
		t.Error("one company's calls count for another")
	}
	clock.advance(499 * time.Millisecond)
	if l.Caller(of("a")).Allowed {
		t.Error("allowed too early")
	}
	clock.advance(time.Millisecond)
	if !l.Caller(of("a")).Allowed || l.Caller(of("a")).Allowed {
		t.Error("half a second is one call")
	}
	clock.advance(time.Hour)
	if q := l.Caller(of("a")); q.Remaining != 2 {
		t.Errorf("after an hour: %+v", q)
	}
}

func TestLimiterFollowsItsSettings(t *testing.T) {
	t.Parallel()
	rate := config.Rate{CompanyRPS: 1, CompanyBurst: 1}
	l := NewLimiter(newFakeClock(), func() config.Rate { return rate })
	c := Caller{User: osprey.User{Company: "a"}}
	if !l.Caller(c).Allowed || l.Caller(c).Allowed {
		t.Fatal("a burst of one")
	}
	rate.CompanyBurst = 5
	if q := l.Caller(c); !q.Allowed || q.Remaining != 3 {
		t.Errorf("a burst of five, one used: %+v", q)
	}
	rate.CompanyBurst = 1
	if q := l.Caller(c); q.Allowed || q.Retry != time.Second {
		t.Errorf("back to one: %+v", q)
	}
}

func TestLimiterAddress(t *testing.T) {
	t.Parallel()
	l := NewLimiter(newFakeClock(), func() config.Rate { return config.Rate{PublicRPS: 1, PublicBurst: 1} })
	steps := []struct {
		ip      string
		allowed bool
	}{
		{"192.0.2.1", true}, {"192.0.2.1", false}, {"::ffff:192.0.2.1", false}, {"192.0.2.2", true},
		{"2001:db8::1", true}, {"2001:db8::ffff:1", false}, {"2001:db8:0:1::1", true}, {"", true}, {"", false},
	}
	for i, s := range steps {
		if got := l.Address(s.ip).Allowed; got != s.allowed {
			t.Errorf("step %d, %q: allowed %v", i, s.ip, got)
		}
	}
}

func TestLimiterStaysBounded(t *testing.T) {
	t.Parallel()
	b := newBuckets(10)
	now := time.Unix(1, 0)
	for i := range 100 {
		b.take(fmt.Sprint(i), 1, 1, now)
		b.take("busy", 1, 1000, now) // used all the time, so it stays
	}
	if len(b.byID) != 10 || b.all.Len() != 10 {
		t.Errorf("%d and %d buckets", len(b.byID), b.all.Len())
	}
	if q := b.take("busy", 1, 1000, now); q.Remaining != 1000-101 {
		t.Errorf("the busy bucket was lost: %+v", q)
	}
}

func TestLimiterConcurrent(t *testing.T) {
	t.Parallel()
	l := NewLimiter(newFakeClock(), func() config.Rate { return config.Rate{CompanyRPS: 1, CompanyBurst: 100} })
	var wg sync.WaitGroup
	allowed := make(chan bool, 800)
	for range 8 {
		wg.Go(func() {
			for range 100 {
				allowed <- l.Caller(Caller{User: osprey.User{Company: "a"}}).Allowed
			}
		})
	}
	wg.Wait()
	close(allowed)
	n := 0
	for ok := range allowed {
		if ok {
			n++
		}
	}
	if n != 100 {
		t.Errorf("%d of a burst of 100", n)
	}
}

func quickRate() config.Rate {
	return config.Rate{CompanyRPS: 1000, CompanyBurst: 1000, PublicRPS: 1000, PublicBurst: 1000}
}
