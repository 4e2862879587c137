package usage

import (
	"context"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// The bounds of a report.
const (
	MaxDays = 366
	// maxRows bounds what a report holds; one that would be longer asks for fewer days or
	// coarser groups.
	maxRows = 50_000
)

// Query asks for a report: the days from one to another, both included.
type Query struct {
	From, To osprey.Day
	Group    store.UsageGroup
	Company  osprey.ID // empty: all that the caller may see
}

// Report is what was used. Gauges are there when days are told apart.
type Report struct {
	Rows   []store.UsageRow
	Totals store.Units
	Gauges []store.Gauge
}

// checkDays refuses a period that is turned round or too long; fields name its ends.
func checkDays(from, to osprey.Day, fromField, toField string) error {
	switch n := osprey.DaysBetween(from, to); {
	case n < 1:
		return osprey.InvalidValue(toField, "%s must not come before %s", toField, fromField)
	case n > MaxDays:
		return osprey.OutOfRange(fromField, MaxDays, n, "The period has more than %d days", MaxDays)
	}
	return nil
}

// scopeOf narrows what a caller sees to one company.
func scopeOf(view osprey.Scope, company osprey.ID) osprey.Scope {
	switch {
	case company == "":
		return view
	case view.Covers(company, view.Owner):
		return osprey.Within(company)
	}
	return osprey.Scope{} // it simply matches nothing
}

// Report sums the units of the companies that the grant shows.
func (s *Service) Report(ctx context.Context, g access.Grant, q Query) (Report, error) {
	if err := checkDays(q.From, q.To, "from", "to"); err != nil {
		return Report{}, err
	}
	var r Report
	err := s.o.Store.Read(ctx, scopeOf(g.View, q.Company), func(tx *store.Tx) (err error) {
		if r.Rows, err = tx.Usage(q.From, q.To, q.Group, maxRows+1); err != nil {
			return err
		}
		if q.Group.Day && q.Group.Company {
			r.Gauges, err = tx.Gauges(q.From, q.To, maxRows+1)
		}
		return err
	})
	if err != nil {
		return Report{}, err
	}
	if n := max(len(r.Rows), len(r.Gauges)); n > maxRows {
		return Report{}, osprey.OutOfRange("group_by", maxRows, n, "The report would have more than %d rows: ask for fewer days or groups", maxRows)
	}
	for _, row := range r.Rows {
		r.Totals.Done += row.Done
		r.Totals.Failed += row.Failed
		r.Totals.Over += row.Over
	}
	return r, nil
}

// Statistics reads the counters of the companies that the grant shows; the period is
// told in time_created.min and .max.
func (s *Service) Statistics(ctx context.Context, g access.Grant, q store.StatisticQuery) (out store.Statistics, err error) {
	if err := checkDays(q.From, q.To, "time_created.min", "time_created.max"); err != nil {
		return out, err
	}
	err = s.o.Store.Read(ctx, scopeOf(g.View, q.Company), func(tx *store.Tx) (err error) {
		out, err = tx.Statistics(q)
		return err
	})
	return out, err
}

// QuotaRatios tells, for each quota, how far the company that is furthest has used it
// in the running month: 1 is the limit. Companies without a limit do not count.
func (s *Service) QuotaRatios(ctx context.Context) (map[string]float64, error) {
	out := make(map[string]float64)
	err := s.o.Store.Read(ctx, osprey.Everything(), func(tx *store.Tx) error {
		months, err := tx.QuotaMonths(osprey.MonthOf(s.o.Clock.Now()))
		if err != nil {
			return err
		}
		var of osprey.ID
		var q osprey.Quota
		for _, m := range months {
			if m.Company != of {
				if q, err = quotaOf(tx, m.Company); err != nil {
					return err
				}
				of = m.Company
			}
			if limit, limited := q.Limit(m.Name); limited && limit > 0 {
				for _, g := range growth(0, 0) {
					if g.name == m.Name { // the row says what was held after the last growth
						if m.Used, err = g.held(tx, m.Company); err != nil {
							return err
						}
					}
				}
				out[string(m.Name)] = max(out[string(m.Name)], float64(m.Used)/float64(limit))
			}
		}
		return nil
	})
	return out, err
}

// The pace of what keeps the rows.
const (
	gaugeBatch = 200              // companies that one transaction gauges
	keepUsers  = 400              // days for which units are told apart by user
	mergeTime  = 10 * time.Second // that one round of merging may take
)

// Keep writes what every company holds today, and forgets the users of days long past,
// so that the rows grow with days and companies and not with users.
func (s *Service) Keep(ctx context.Context) error {
	today := osprey.DayOf(s.o.Clock.Now())
	for after, more := osprey.ID(""), true; more; {
		err := s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
			after, err = tx.TakeGauges(today, after, gaugeBatch)
			more = after != ""
			return err
		})
		if err != nil {
			return err
		}
	}
	for end, more := time.Now().Add(mergeTime), true; more && time.Now().Before(end); {
		err := s.o.Store.Write(ctx, osprey.Everything(), func(tx *store.Tx) (err error) {
			more, err = tx.MergeUsers(today.Add(-keepUsers))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
