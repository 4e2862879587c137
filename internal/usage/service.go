// Package usage meters: it counts units, keeps the statistics, holds requests against
// the quota of their company, and tells what was used. What is counted is written in
// the transaction of the work that it counts; work that leaves no rows (Instant, Lite)
// is counted in memory and written within a second (Flush).
package usage

import (
	"context"
	"errors"
	"sync"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// Options make a Service.
type Options struct {
	Store *store.Store
	Audit access.Audit
	Clock osprey.Clock
	// Tell hands on that a quota has reached a mark, in the transaction in which it did.
	// Optional.
	Tell func(tx *store.Tx, m Mark) error
}

// Mark is the news that a quota has reached its warning or its limit. There is at most
// one of each in a month.
type Mark struct {
	Company osprey.ID
	Event   osprey.WebhookEvent // EventQuotaWarning or EventQuotaReached
	Name    osprey.QuotaName
	Period  osprey.Month
	Used    int64
	Limit   int64
}

// Service is the room's desk. It is safe for concurrent use.
type Service struct {
	o Options

	mu      sync.Mutex
	pending map[countKey]*store.Units // counted, and not written yet
	held    map[quotaKey]int64        // units of work without rows: running, or pending
}

// countKey is whose units are counted, but for the day, which is that of the writing.
type countKey struct {
	company, user osprey.ID
	kind          osprey.AnalysisType
	source        osprey.Source
}

type quotaKey struct {
	company osprey.ID
	name    osprey.QuotaName
}

// New makes a Service.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = osprey.SystemClock{}
	}
	if o.Tell == nil {
		o.Tell = func(*store.Tx, Mark) error { return nil }
	}
	return &Service{o: o, pending: make(map[countKey]*store.Units), held: make(map[quotaKey]int64)}
}

// Ended counts an analysis that has finished or failed, in the transaction that ends
// it: f is its folder.
func (s *Service) Ended(tx *store.Tx, a osprey.Analysis, f osprey.Folder) error {
	if err := tx.AddStatistic(a, a.Resolution); err != nil {
		return err
	}
	n := store.Units{Done: a.Units()}
	if a.State != osprey.StateFinished {
		n = store.Units{Failed: a.Units()}
	}
	return s.count(tx, countKey{a.Company, a.Owner, a.Type, osprey.SourceOf(f.Technical)}, n)
}

// Decided counts an analysis under the word that an operator gave it.
func (s *Service) Decided(tx *store.Tx, a osprey.Analysis) error {
	return tx.MoveStatistic(a, a.System, a.Resolution)
}

// count adds units in a transaction, to the row of their day and to the quota of the
// running month.
func (s *Service) count(tx *store.Tx, k countKey, n store.Units) error {
	now := tx.Now().Time()
	if k.company != "" && n.Done > 0 {
		q, err := quotaOf(tx, k.company)
		if err != nil {
			return err
		}
		name := osprey.QuotaFor(k.kind, k.source)
		m, err := tx.LockQuotaMonth(k.company, osprey.MonthOf(now), name)
		if err != nil {
			return err
		}
		n.Over = q.OverQuota(name, m.Used, n.Done)
		m.Used += n.Done
		if err := s.mark(tx, q, m); err != nil {
			return err
		}
	}
	return tx.AddUsage(store.UsageKey{
		Day: osprey.DayOf(now), Company: k.company, Type: k.kind, Source: k.source, User: k.user,
	}, n)
}

// quotaOf reads the limits of a company; one that is gone has none.
func quotaOf(tx *store.Tx, company osprey.ID) (osprey.Quota, error) {
	c, err := tx.Company(company)
	if errors.Is(err, store.ErrNotFound) {
		return osprey.Quota{}, nil
	}
	return c.Quota, err
}

// mark writes how a quota stands and tells of the marks that it has newly reached.
func (s *Service) mark(tx *store.Tx, q osprey.Quota, m store.QuotaMonth) error {
	warned, reached := q.Marks(m.Name, m.Used)
	limit, _ := q.Limit(m.Name)
	for _, news := range []struct {
		event osprey.WebhookEvent
		is    bool
		told  *bool
	}{{osprey.EventQuotaWarning, warned, &m.Warned}, {osprey.EventQuotaReached, reached, &m.Reached}} {
		if !news.is || *news.told {
			continue
		}
		*news.told = true
		told := Mark{Company: m.Company, Event: news.event, Name: m.Name, Period: m.Month, Used: m.Used, Limit: limit}
		if err := s.o.Tell(tx, told); err != nil {
			return err
		}
		err := s.o.Audit(tx, osprey.Actor{}, access.Event{
			Action: actions[news.event], Object: "company", ObjectID: string(m.Company), Company: m.Company,
			Details: osprey.Details{"quota": string(m.Name), "period": string(m.Month), "used": m.Used, "limit": limit},
		})
		if err != nil {
			return err
		}
	}
	return tx.SetQuotaMonth(m)
}

// actions are the events as the audit log names them.
var actions = map[osprey.WebhookEvent]string{
	osprey.EventQuotaWarning: "quota.warning", osprey.EventQuotaReached: "quota.reached",
}

// read runs fn in a read transaction that sees the company alone.
func (s *Service) read(ctx context.Context, company osprey.ID, fn func(*store.Tx) error) error {
	return s.o.Store.Read(ctx, osprey.Within(company), fn)
}
