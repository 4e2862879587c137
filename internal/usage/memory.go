package usage

import (
	"context"
	"sync"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// Ticket is a reservation of units for work that leaves no rows. It is used by one
// goroutine at a time; End it, whatever came of the work.
type Ticket struct {
	s       *Service
	key     countKey
	asked   map[osprey.AnalysisType]int64
	limited map[osprey.QuotaName]bool
	end     sync.Once
}

// Reserve asks for units of work that leaves no rows: by Instant or Lite, of a user of
// a company; both may be empty. 429/18 when the company's quota would be passed.
// Without a limit nothing is written; with one a transaction that writes nothing
// stands in line with those that start analyses.
func (s *Service) Reserve(ctx context.Context, company, user osprey.ID, from osprey.Source, asked map[osprey.AnalysisType]int64) (*Ticket, error) {
	t := &Ticket{s: s, key: countKey{company: company, user: user, source: from}, asked: asked, limited: make(map[osprey.QuotaName]bool)}
	if company == "" {
		return t, nil
	}
	var q osprey.Quota
	err := s.read(ctx, company, func(tx *store.Tx) (err error) {
		q, err = quotaOf(tx, company)
		return err
	})
	if err != nil {
		return nil, err
	}
	for kind, n := range asked {
		if _, limited := q.Limit(osprey.QuotaFor(kind, from)); limited && n > 0 {
			t.limited[osprey.QuotaFor(kind, from)] = true
		}
	}
	if len(t.limited) == 0 {
		return t, nil
	}
	held := false
	err = s.o.Store.Write(ctx, osprey.Within(company), func(tx *store.Tx) error {
		if err := s.check(tx, company, q, from, asked); err != nil {
			return err
		}
		t.hold(1)
		held = true
		return nil
	})
	if err != nil {
		if held { // the commit failed: nobody has a ticket that would give them back
			t.hold(-1)
		}
		return nil, err
	}
	return t, nil
}

// hold counts what is asked among the open units, or takes it out again.
func (t *Ticket) hold(sign int64) {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	for kind, n := range t.asked {
		name := osprey.QuotaFor(kind, t.key.source)
		if t.limited[name] {
			t.s.held[quotaKey{t.key.company, name}] += sign * n
		}
	}
	t.s.tidy()
}

// tidy forgets quotas of which nothing is open. The lock is held.
func (s *Service) tidy() {
	for k, n := range s.held {
		if n == 0 {
			delete(s.held, k)
		}
	}
}

// End counts what came of the work: the units of each type that finished, and of each
// that failed. What was asked and is in neither counts for nothing. Only the first
// call does something.
func (t *Ticket) End(done, failed map[osprey.AnalysisType]int64) {
	t.end.Do(func() {
		s := t.s
		s.mu.Lock()
		for _, kind := range types {
			k := t.key
			k.kind = kind
			n := store.Units{Done: done[kind], Failed: failed[kind]}
			if n == (store.Units{}) {
				continue
			}
			sum := s.pending[k]
			if sum == nil {
				sum = &store.Units{}
				s.pending[k] = sum
			}
			sum.Done += n.Done
			sum.Failed += n.Failed
			// Until it is written it stays open.
			if k.company != "" {
				s.held[quotaKey{k.company, osprey.QuotaFor(kind, k.source)}] += n.Done
			}
		}
		s.mu.Unlock()
		t.hold(-1)
	})
}

// Flush writes what was counted in memory. What cannot be written stays, and the next
// call tries again.
func (s *Service) Flush(ctx context.Context) error {
	s.mu.Lock()
	counted := s.pending
	s.pending = make(map[countKey]*store.Units)
	s.mu.Unlock()
	if len(counted) == 0 {
		return nil
	}
	settled := false
	err := s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) error {
		for k, n := range counted {
			if err := s.count(tx, k, *n); err != nil {
				return err
			}
		}
		// Inside the transaction: whoever asks next sees the units in one place.
		s.settle(counted, -1)
		settled = true
		return nil
	})
	if err == nil {
		return nil
	}
	if settled {
		s.settle(counted, 1)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, n := range counted {
		if later := s.pending[k]; later != nil {
			n.Done += later.Done
			n.Failed += later.Failed
		}
		s.pending[k] = n
	}
	return err
}

// settle takes written units out of the open ones.
func (s *Service) settle(counted map[countKey]*store.Units, sign int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, n := range counted {
		if k.company != "" {
			s.held[quotaKey{k.company, osprey.QuotaFor(k.kind, k.source)}] += sign * n.Done
		}
	}
	s.tidy()
}
