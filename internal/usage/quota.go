package usage

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// Start refuses analyses that would pass a monthly quota of their company (429/18). In
// the transaction that is about to start them, of two requests for the last unit one
// waits for the other; in one that reads it is only a first look.
func (s *Service) Start(tx *store.Tx, company osprey.ID, started []osprey.Analysis) error {
	asked := make(map[osprey.AnalysisType]int64)
	for _, a := range started {
		asked[a.Type] += a.Units()
	}
	q, err := quotaOf(tx, company)
	if err != nil {
		return err
	}
	return s.check(tx, company, q, osprey.SourceAPI, asked)
}

// types of analyses in the order in which their quotas are checked.
var types = []osprey.AnalysisType{
	osprey.AnalysisQuality, osprey.AnalysisBiometry, osprey.AnalysisCollection, osprey.AnalysisDocuments,
}

// check holds what is asked against the quotas. Its word is final in a transaction
// that writes, which holds their rows.
func (s *Service) check(tx *store.Tx, company osprey.ID, q osprey.Quota, from osprey.Source, asked map[osprey.AnalysisType]int64) error {
	now := tx.Now().Time()
	byName := make(map[osprey.QuotaName]int64)
	for _, t := range types {
		name := osprey.QuotaFor(t, from)
		byName[name] += asked[t]
	}
	for _, name := range osprey.MonthlyQuotas {
		if _, limited := q.Limit(name); !limited || byName[name] == 0 {
			continue
		}
		m, err := tx.LockQuotaMonth(company, osprey.MonthOf(now), name)
		if err != nil {
			return err
		}
		open, err := s.open(tx, company, name)
		if err != nil {
			return err
		}
		if err := q.CheckUnits(name, m.Used, open, byName[name], now); err != nil {
			return err
		}
	}
	return nil
}

// open are the units of a quota that are asked for and not used yet: those of
// analyses that have not ended, and those of work without rows.
func (s *Service) open(tx *store.Tx, company osprey.ID, name osprey.QuotaName) (open int64, err error) {
	for _, t := range types {
		if osprey.QuotaFor(t, osprey.SourceAPI) != name {
			continue // no rows are Lite's
		}
		if open, err = tx.OpenUnits(company, t); err != nil {
			return 0, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return open + s.held[quotaKey{company, name}], nil
}

// Search refuses a search by photo that would pass the quota, before the photo is
// looked at.
func (s *Service) Search(ctx context.Context, company osprey.ID) error {
	return s.read(ctx, company, func(tx *store.Tx) error {
		q, err := quotaOf(tx, company)
		if err != nil {
			return err
		}
		return s.check(tx, company, q, osprey.SourceAPI, map[osprey.AnalysisType]int64{osprey.AnalysisCollection: 1})
	})
}

// Searched counts a search by photo, or refuses it when the quota was used up
// meanwhile, in the transaction that answers it.
func (s *Service) Searched(tx *store.Tx, company, user osprey.ID, from osprey.Source) error {
	q, err := quotaOf(tx, company)
	if err != nil {
		return err
	}
	if err := s.check(tx, company, q, from, map[osprey.AnalysisType]int64{osprey.AnalysisCollection: 1}); err != nil {
		return err
	}
	return s.count(tx, countKey{company, user, osprey.AnalysisCollection, from}, store.Units{Done: 1})
}

// MayGrow refuses what would make a company hold more persons or bytes than it may
// (413/16), before the costly part of a request. Grow asks again.
func (s *Service) MayGrow(tx *store.Tx, company osprey.ID, persons, bytes int64) error {
	q, err := quotaOf(tx, company)
	if err != nil {
		return err
	}
	for _, g := range growth(persons, bytes) {
		if _, limited := q.Limit(g.name); !limited || g.added == 0 {
			continue
		}
		held, err := g.held(tx, company)
		if err != nil {
			return err
		}
		if err := q.CheckHeld(g.name, held, g.added); err != nil {
			return err
		}
	}
	return nil
}

// Grow is MayGrow in the transaction that makes the company grow, after its rows were
// written and its blobs settled: what would pass a limit is rolled back. It tells of
// the marks reached.
func (s *Service) Grow(tx *store.Tx, company osprey.ID, persons, bytes int64) error {
	q, err := quotaOf(tx, company)
	if err != nil {
		return err
	}
	for _, g := range growth(persons, bytes) {
		if _, limited := q.Limit(g.name); !limited || g.added == 0 {
			continue
		}
		m, err := tx.LockQuotaMonth(company, osprey.MonthOf(tx.Now().Time()), g.name)
		if err != nil {
			return err
		}
		if m.Used, err = g.held(tx, company); err != nil {
			return err
		}
		if err := q.CheckHeld(g.name, m.Used-g.added, g.added); err != nil {
			return err
		}
		if err := s.mark(tx, q, m); err != nil {
			return err
		}
	}
	return nil
}

// Grown tells of the marks reached by bytes that a company has come to hold without
// asking, as Grow does, and refuses nothing: they are of work that was granted before,
// whose result nobody is to lose.
func (s *Service) Grown(tx *store.Tx, company osprey.ID, bytes int64) error {
	q, err := quotaOf(tx, company)
	if err != nil {
		return err
	}
	if _, limited := q.Limit(osprey.QuotaStorage); !limited || bytes == 0 {
		return nil
	}
	m, err := tx.LockQuotaMonth(company, osprey.MonthOf(tx.Now().Time()), osprey.QuotaStorage)
	if err != nil {
		return err
	}
	if m.Used, err = tx.StoredBytes(company); err != nil {
		return err
	}
	return s.mark(tx, q, m)
}

// grown is one way in which a company grows.
type grown struct {
	name  osprey.QuotaName
	added int64
	held  func(*store.Tx, osprey.ID) (int64, error)
}

func growth(persons, bytes int64) []grown {
	return []grown{
		{osprey.QuotaPersons, persons, (*store.Tx).CompanyPersons},
		{osprey.QuotaStorage, bytes, (*store.Tx).StoredBytes},
	}
}
