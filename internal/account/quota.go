package account

import (
	"maps"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// QuotaInput holds the keys of quota in a request; a null limit is no limit.
type QuotaInput struct {
	Monthly         map[osprey.QuotaName]Nullable[int64]
	MaxPersons      Nullable[int64]
	MaxStorageBytes Nullable[int64]
	Overage         *string
	SoftPercent     *int
}

// apply checks the keys present and lays them over the quota.
func (in *QuotaInput) apply(to *osprey.Quota) error {
	if in == nil {
		return nil
	}
	q := *to
	q.Monthly = maps.Clone(to.Monthly)
	for name, limit := range in.Monthly {
		if !limit.Present {
			continue
		}
		if q.Monthly == nil {
			q.Monthly = make(map[osprey.QuotaName]int64)
		}
		if limit.Value == nil {
			delete(q.Monthly, name)
		} else {
			q.Monthly[name] = *limit.Value
		}
	}
	if in.MaxPersons.Present {
		q.MaxPersons = in.MaxPersons.Value
	}
	if in.MaxStorageBytes.Present {
		q.MaxStorageBytes = in.MaxStorageBytes.Value
	}
	if in.Overage != nil {
		o, known := osprey.ParseOverage(*in.Overage)
		if !known {
			return osprey.InvalidValue("quota.overage", "quota.overage must be block, allow or grace")
		}
		q.Overage = o
	}
	if p := in.SoftPercent; p != nil {
		if q.SoftPercent = *p; *p == 0 {
			q.SoftPercent = -1 // 0 is the default, which nobody may ask for by this number
		}
	}
	if err := q.Check(); err != nil {
		return err
	}
	*to = q
	return nil
}

// auditQuota tells the log of new limits, beside the change of the company.
func (s *Service) auditQuota(tx *store.Tx, g access.Grant, c osprey.Company) error {
	q := c.Quota
	details := osprey.Details{"overage": string(q.OverageInForce()), "soft_percent": q.SoftPercentInForce()}
	for name, limit := range q.Monthly {
		details[string(name)] = limit
	}
	for _, name := range []osprey.QuotaName{osprey.QuotaPersons, osprey.QuotaStorage} {
		if limit, limited := q.Limit(name); limited {
			details[string(name)] = limit
		}
	}
	return s.o.Audit(tx, g.Actor, access.Event{
		Action: "quota.change", Object: "company", ObjectID: string(c.ID), Company: c.ID, Details: details,
	})
}
