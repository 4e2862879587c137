package store

import (
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// UsageKey is whose units a row counts. An empty company stands for callers outside
// any, an empty user for nobody in particular.
type UsageKey struct {
	Day     osprey.Day
	Company osprey.ID
	Type    osprey.AnalysisType
	Source  osprey.Source
	User    osprey.ID
}

// Units are what is counted.
type Units struct {
	Done   int64 // of finished analyses
	Failed int64 // of failed ones, which are free
	Over   int64 // of Done, those beyond a quota
}

// AddUsage adds units to a row. Whoever acts is counted, whatever the scope.
func (tx *Tx) AddUsage(k UsageKey, n Units) error {
	return tx.fail(tx.q.AddUsage(tx.ctx, query.AddUsageParams{
		Day: k.Day, CompanyID: k.Company, Type: k.Type, Source: k.Source, UserID: k.User,
		Units: n.Done, Failed: n.Failed, OverQuota: n.Over,
	}))
}

// UsageGroup says what the rows of Usage are told apart by; of Day and Month at most
// one is set.
type UsageGroup struct{ Day, Month, Company, Type, Source bool }

// UsageRow is a sum of units. What it was not told apart by is empty.
type UsageRow struct {
	Period  string // a day or a month
	Company osprey.ID
	Type    osprey.AnalysisType
	Source  osprey.Source
	Units
}

// Usage sums the units of the days from one to another, both included, in order of
// period, company, type and source; at most limit rows.
func (tx *Tx) Usage(from, to osprey.Day, g UsageGroup, limit int) ([]UsageRow, error) {
	flag := func(b bool) int64 {
		if b {
			return 1
		}
		return 0
	}
	rows, err := tx.q.Usage(tx.ctx, query.UsageParams{
		ByDay: flag(g.Day), ByMonth: flag(g.Month), ByCompany: flag(g.Company), ByType: flag(g.Type), BySource: flag(g.Source),
		FromDay: from, ToDay: to, Scope: tx.company(), Most: int64(limit),
	})
	if err != nil {
		return nil, tx.fail(err)
	}
	out := make([]UsageRow, len(rows))
	for i, r := range rows {
		out[i] = UsageRow{
			Period: r.Period, Company: osprey.ID(r.Company), Type: osprey.AnalysisType(r.Kind), Source: osprey.Source(r.Way),
			Units: Units{Done: r.Units, Failed: r.Failed, Over: r.OverQuota},
		}
	}
	return out, nil
}

// MergeUsers forgets the users of the oldest day before the one given that still
// tells them apart; false when there is none. It needs osprey.Everything().
func (tx *Tx) MergeUsers(before osprey.Day) (bool, error) {
	if err := tx.everything(); err != nil {
		return false, err
	}
	oldest, err := tx.q.OldestUserDay(tx.ctx, before)
	if err != nil || oldest == "" {
		return false, tx.fail(err)
	}
	day := osprey.Day(oldest)
	if err := tx.q.MergeUsers(tx.ctx, day); err != nil {
		return false, tx.fail(err)
	}
	return true, tx.fail(tx.q.DropUsers(tx.ctx, day))
}

// QuotaMonth is how a quota of a company stands in a month.
type QuotaMonth struct {
	Company osprey.ID
	Month   osprey.Month
	Name    osprey.QuotaName
	Used    int64
	// Warned and Reached tell that the mark was told already.
	Warned, Reached bool
}

// LockQuotaMonth returns how a quota stands and holds its row until the transaction
// ends: of two that ask for the last unit one waits for the other. A transaction that
// only reads holds nothing. Whoever acts is counted, whatever the scope.
func (tx *Tx) LockQuotaMonth(company osprey.ID, month osprey.Month, name osprey.QuotaName) (QuotaMonth, error) {
	m := QuotaMonth{Company: company, Month: month, Name: name}
	if tx.ctx.Value(writing{}) != nil {
		err := tx.q.OpenQuotaMonth(tx.ctx, query.OpenQuotaMonthParams{CompanyID: company, Month: month, Name: name})
		if err != nil {
			return m, tx.fail(err)
		}
	}
	r, err := tx.q.LockQuotaMonth(tx.ctx, query.LockQuotaMonthParams{CompanyID: company, Month: month, Name: name})
	m.Used, m.Warned, m.Reached = r.Used, r.Warned, r.Reached
	if err = tx.fail(err); isNotFound(err) {
		return m, nil
	}
	return m, err
}

// SetQuotaMonth writes a row that LockQuotaMonth holds.
func (tx *Tx) SetQuotaMonth(m QuotaMonth) error {
	return tx.fail(tx.q.SetQuotaMonth(tx.ctx, query.SetQuotaMonthParams{
		CompanyID: m.Company, Month: m.Month, Name: m.Name, Used: m.Used, Warned: m.Warned, Reached: m.Reached,
	}))
}

// QuotaMonths lists how the quotas of the scope's companies stand in a month; marks
// are not told.
func (tx *Tx) QuotaMonths(month osprey.Month) ([]QuotaMonth, error) {
	rows, err := tx.q.QuotaMonths(tx.ctx, query.QuotaMonthsParams{Month: month, Scope: tx.company()})
	if err != nil {
		return nil, tx.fail(err)
	}
	out := make([]QuotaMonth, len(rows))
	for i, r := range rows {
		out[i] = QuotaMonth{Company: r.CompanyID, Month: month, Name: r.Name, Used: r.Used}
	}
	return out, nil
}

// OpenUnits sums the units of a company's analyses of a type that have not ended.
func (tx *Tx) OpenUnits(company osprey.ID, t osprey.AnalysisType) (int64, error) {
	n, err := tx.q.OpenUnits(tx.ctx, query.OpenUnitsParams{CompanyID: company, Type: t, Scope: tx.company()})
	return n, tx.fail(err)
}

// CompanyPersons counts the persons of a company's collections.
func (tx *Tx) CompanyPersons(company osprey.ID) (int64, error) {
	n, err := tx.q.PersonsOfCompany(tx.ctx, query.PersonsOfCompanyParams{CompanyID: company, Scope: tx.company()})
	return n, tx.fail(err)
}

// StoredBytes is how many bytes of blobs a company has.
func (tx *Tx) StoredBytes(company osprey.ID) (int64, error) {
	n, err := tx.q.StoredBytes(tx.ctx, query.StoredBytesParams{CompanyID: company, Scope: tx.company()})
	if err = tx.fail(err); errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return n, err
}

// AllStoredBytes is how many bytes of blobs all companies have together. It needs
// osprey.Everything().
func (tx *Tx) AllStoredBytes() (int64, error) {
	if err := tx.everything(); err != nil {
		return 0, err
	}
	n, err := tx.q.AllStoredBytes(tx.ctx, tx.company())
	return n, tx.fail(err)
}

// Gauge is what a company held on a day.
type Gauge struct {
	Company                        osprey.ID
	Day                            osprey.Day
	Bytes, Folders, Persons, Photo int64
}

// TakeGauges writes what the companies after an id hold now, as that of the day, and
// returns the last of them; at most limit companies, empty when there are no more. It
// needs osprey.Everything().
func (tx *Tx) TakeGauges(day osprey.Day, after osprey.ID, limit int) (osprey.ID, error) {
	if err := tx.everything(); err != nil {
		return "", err
	}
	ids, err := tx.q.CompaniesAfter(tx.ctx, query.CompaniesAfterParams{AfterID: after, Most: int64(limit)})
	if err != nil || len(ids) == 0 {
		return "", tx.fail(err)
	}
	last := ids[len(ids)-1]
	return last, tx.fail(tx.q.TakeGauges(tx.ctx, query.TakeGaugesParams{Day: day, AfterID: after, LastID: last}))
}

// Gauges lists what the companies of the scope held on the days from one to another,
// both included; at most limit.
func (tx *Tx) Gauges(from, to osprey.Day, limit int) ([]Gauge, error) {
	rows, err := tx.q.Gauges(tx.ctx, query.GaugesParams{FromDay: from, ToDay: to, Scope: tx.company(), Most: int64(limit)})
	if err != nil {
		return nil, tx.fail(err)
	}
	out := make([]Gauge, len(rows))
	for i, r := range rows {
		out[i] = Gauge{Company: r.CompanyID, Day: r.Day, Bytes: r.Bytes, Folders: r.Folders, Persons: r.Persons, Photo: r.Photos}
	}
	return out, nil
}
