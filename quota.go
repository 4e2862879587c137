package osprey

import (
	"math"
	"strings"
	"time"
)

// Source tells by which way a unit came in.
type Source string

// The sources (api.md 15.5).
const (
	SourceAPI     Source = "api"
	SourceInstant Source = "instant"
	SourceLite    Source = "lite"
	SourceWeb     Source = "web"
	SourceConsole Source = "console"
	SourceCLI     Source = "cli"
)

// Sources lists them all.
var Sources = []Source{SourceAPI, SourceInstant, SourceLite, SourceWeb, SourceConsole, SourceCLI}

// SourceOf reads the source that a folder's technical metadata name; what names none
// came by the API.
func SourceOf(technical Metadata) Source {
	word, _ := technical["source"].(string)
	for _, s := range Sources {
		if strings.EqualFold(word, string(s)) {
			return s
		}
	}
	return SourceAPI
}

// Overage is what happens to requests beyond a monthly quota.
type Overage string

// The ways.
const (
	OverageBlock Overage = "block" // refused
	OverageAllow Overage = "allow" // done and counted as over quota
	OverageGrace Overage = "grace" // done up to 110 % of the quota, then refused
)

// ParseOverage reads one without regard to case.
func ParseOverage(s string) (Overage, bool) {
	switch o := Overage(strings.ToLower(s)); o {
	case OverageBlock, OverageAllow, OverageGrace:
		return o, true
	}
	return "", false
}

// QuotaName names one limit of a company's quota.
type QuotaName string

// The limits: units a month by type of analysis, of Lite calls, and what a company
// may hold at a time.
const (
	QuotaQuality    QuotaName = "quality"
	QuotaBiometry   QuotaName = "biometry"
	QuotaCollection QuotaName = "collection"
	QuotaDocuments  QuotaName = "documents"
	QuotaLite       QuotaName = "lite"
	QuotaPersons    QuotaName = "max_persons"
	QuotaStorage    QuotaName = "max_storage_bytes"
)

// MonthlyQuotas are the limits that begin anew with every month, in UTC.
var MonthlyQuotas = []QuotaName{QuotaQuality, QuotaBiometry, QuotaCollection, QuotaDocuments, QuotaLite}

// Field is the name's place in a request and in details.field.
func (n QuotaName) Field() string {
	if n == QuotaPersons || n == QuotaStorage {
		return "quota." + string(n)
	}
	return "quota.monthly." + string(n)
}

// QuotaFor is the monthly limit that a unit counts for: that of its type, but that of
// Lite for all Lite calls.
func QuotaFor(t AnalysisType, from Source) QuotaName {
	if from == SourceLite {
		return QuotaLite
	}
	return QuotaName(strings.ToLower(string(t)))
}

// Quota are the limits of a company. The zero Quota limits nothing.
type Quota struct {
	Monthly         map[QuotaName]int64 `json:"monthly,omitempty"` // units; absent: unlimited
	MaxPersons      *int64              `json:"max_persons,omitempty"`
	MaxStorageBytes *int64              `json:"max_storage_bytes,omitempty"`
	Overage         Overage             `json:"overage,omitempty"`      // empty: block
	SoftPercent     int                 `json:"soft_percent,omitempty"` // 0: DefaultSoftPercent
}

// The values of a quota that names none.
const (
	DefaultOverage     = OverageBlock
	DefaultSoftPercent = 80
)

// MaxQuota is the greatest limit: every reader of JSON takes it as it is.
const MaxQuota = 1<<53 - 1

// Limit is the limit of a name; false: unlimited.
func (q Quota) Limit(n QuotaName) (int64, bool) {
	switch n {
	case QuotaPersons:
		return deref(q.MaxPersons)
	case QuotaStorage:
		return deref(q.MaxStorageBytes)
	}
	limit, ok := q.Monthly[n]
	return limit, ok
}

func deref(n *int64) (int64, bool) {
	if n == nil {
		return 0, false
	}
	return *n, true
}

// OverageInForce is the overage, the default where none is set.
func (q Quota) OverageInForce() Overage {
	if q.Overage == "" {
		return DefaultOverage
	}
	return q.Overage
}

// SoftPercentInForce is the mark of the warning, the default where none is set.
func (q Quota) SoftPercentInForce() int {
	if q.SoftPercent == 0 {
		return DefaultSoftPercent
	}
	return q.SoftPercent
}

// ceiling is how many units of a monthly limit are let through; false: any number.
func (q Quota) ceiling(limit int64) (int64, bool) {
	switch q.OverageInForce() {
	case OverageAllow:
		return 0, false
	case OverageGrace:
		return limit + limit/10, true // 110 %, rounded down; limit is at most MaxQuota
	}
	return limit, true
}

// CheckUnits refuses a request that would pass a monthly limit (429/18): used are the
// units of this month, open those of analyses that have not ended, asked those of the
// request. now says when the next month begins.
func (q Quota) CheckUnits(n QuotaName, used, open, asked int64, now time.Time) error {
	limit, limited := q.Limit(n)
	if !limited || asked <= 0 {
		return nil
	}
	most, bounded := q.ceiling(limit)
	if !bounded || plus(plus(used, open), asked) <= most {
		return nil
	}
	e := Errorf(CodeRateLimited, "The monthly quota is used up").
		With("field", n.Field()).With("reason", "quota_exceeded").With("limit", limit).With("actual", plus(plus(used, open), asked))
	e.RetryAfter = NextMonth(now).Sub(now)
	return e
}

// CheckHeld refuses what would make a company hold more than it may (413/16): held is
// what it has, added what the request brings.
func (q Quota) CheckHeld(n QuotaName, held, added int64) error {
	limit, limited := q.Limit(n)
	if !limited || added <= 0 || plus(held, added) <= limit {
		return nil
	}
	return TooLarge(n.Field(), limit, plus(held, added), "quota_exceeded", "The company's quota is used up")
}

// OverQuota is how many of the units that were just used lie beyond a monthly limit;
// used are those of the month before them.
func (q Quota) OverQuota(n QuotaName, used, units int64) int64 {
	limit, limited := q.Limit(n)
	if !limited {
		return 0
	}
	return min(units, max(0, plus(used, units)-limit))
}

// Marks tells which marks of a limit are reached: that of the warning, and the limit.
func (q Quota) Marks(n QuotaName, used int64) (warned, reached bool) {
	limit, limited := q.Limit(n)
	if !limited || used <= 0 {
		return false, false
	}
	percent := int64(q.SoftPercentInForce())
	// limit * percent / 100, rounded up, without passing the greatest int64.
	soft := limit/100*percent + (limit%100*percent+99)/100
	return used >= soft, used >= limit
}

// plus adds without passing the greatest int64; neither is negative.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// Check refuses limits and marks out of range.
func (q Quota) Check() error {
	for _, n := range append(MonthlyQuotas[:len(MonthlyQuotas):len(MonthlyQuotas)], QuotaPersons, QuotaStorage) {
		limit, limited := q.Limit(n)
		field := n.Field()
		switch {
		case limited && limit < 0:
			return OutOfRange(field, 0, limit, "%s must be between 0 and %d", field, int64(MaxQuota))
		case limited && limit > MaxQuota:
			return OutOfRange(field, int64(MaxQuota), limit, "%s must be between 0 and %d", field, int64(MaxQuota))
		}
	}
	if p := q.SoftPercentInForce(); p < 1 || p > 100 {
		limit := 1
		if p > 100 {
			limit = 100
		}
		return OutOfRange("quota.soft_percent", limit, p, "quota.soft_percent must be between 1 and 100")
	}
	return nil
}

// Units is how much an analysis counts: one for each medium that it takes.
func (a Analysis) Units() int64 { return int64(len(a.Source)) }
