package osprey_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"example.org/osprey"
)

func quotaOf(limit int64, o osprey.Overage, soft int) osprey.Quota {
	return osprey.Quota{Monthly: map[osprey.QuotaName]int64{osprey.QuotaQuality: limit}, Overage: o, SoftPercent: soft}
}

// U-02, the arithmetic of it: block, allow and grace at 100 % and 110 %.
func TestU02CheckUnits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 10, 31, 23, 59, 0, 0, time.UTC)
	tests := []struct {
		name              string
		quota             osprey.Quota
		used, open, asked int64
		refused           bool
	}{
		{"nothing is limited", osprey.Quota{}, math.MaxInt64, math.MaxInt64, math.MaxInt64, false},
		{"another type is limited", osprey.Quota{Monthly: map[osprey.QuotaName]int64{osprey.QuotaLite: 0}}, 5, 5, 5, false},
		{"nothing is asked", quotaOf(0, osprey.OverageBlock, 0), 7, 0, 0, false},
		{"block: below", quotaOf(10, osprey.OverageBlock, 0), 8, 1, 1, false},
		{"block: the last unit", quotaOf(10, osprey.OverageBlock, 0), 0, 0, 10, false},
		{"block: one too many", quotaOf(10, osprey.OverageBlock, 0), 8, 1, 2, true},
		{"block: open ones count", quotaOf(10, osprey.OverageBlock, 0), 0, 10, 1, true},
		{"block is the default", quotaOf(10, "", 0), 10, 0, 1, true},
		{"block: nothing at all", quotaOf(0, osprey.OverageBlock, 0), 0, 0, 1, true},
		{"allow: far beyond", quotaOf(10, osprey.OverageAllow, 0), 1000, 0, 1, false},
		{"grace: 100 %", quotaOf(10, osprey.OverageGrace, 0), 9, 0, 1, false},
		{"grace: 110 %", quotaOf(10, osprey.OverageGrace, 0), 10, 0, 1, false},
		{"grace: above 110 %", quotaOf(10, osprey.OverageGrace, 0), 11, 0, 1, true},
		{"grace is rounded down", quotaOf(9, osprey.OverageGrace, 0), 9, 0, 1, true},
		{"grace of the greatest quota", quotaOf(osprey.MaxQuota, osprey.OverageGrace, 0), osprey.MaxQuota, 0, 1, false},
		{"sums do not wrap", quotaOf(10, osprey.OverageBlock, 0), math.MaxInt64, math.MaxInt64, 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.quota.CheckUnits(osprey.QuotaQuality, tt.used, tt.open, tt.asked, now)
			if (err != nil) != tt.refused {
				t.Fatalf("error %v, want refused %v", err, tt.refused)
			}
			if err == nil {
				return
			}
			var e *osprey.Error
			if !errors.As(err, &e) || e.Code != osprey.CodeRateLimited || e.Details["reason"] != "quota_exceeded" ||
				e.Details["field"] != "quota.monthly.quality" || e.RetryAfter != time.Minute {
				t.Errorf("refusal %+v", e)
			}
		})
	}
}

func TestCheckHeld(t *testing.T) {
	t.Parallel()
	limit := int64(100)
	q := osprey.Quota{MaxPersons: &limit, Overage: osprey.OverageAllow}
	for _, tt := range []struct {
		held, added int64
		refused     bool
	}{{99, 1, false}, {100, 0, false}, {100, 1, true}, {math.MaxInt64, math.MaxInt64, true}} {
		err := q.CheckHeld(osprey.QuotaPersons, tt.held, tt.added)
		if (err != nil) != tt.refused || err != nil && (!osprey.IsCode(err, osprey.CodeTooLarge) ||
			osprey.ErrorOf(err).Details["field"] != "quota.max_persons" || osprey.ErrorOf(err).Details["reason"] != "quota_exceeded") {
			t.Errorf("%d and %d: %v", tt.held, tt.added, err)
		}
	}
	if err := q.CheckHeld(osprey.QuotaStorage, math.MaxInt64, 1); err != nil {
		t.Errorf("what is not limited: %v", err)
	}
}

func TestOverQuota(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ limit, used, units, want int64 }{
		{10, 0, 10, 0}, {10, 0, 11, 1}, {10, 9, 3, 2}, {10, 10, 3, 3}, {10, 50, 1, 1}, {0, 0, 4, 4},
	} {
		if got := quotaOf(tt.limit, osprey.OverageAllow, 0).OverQuota(osprey.QuotaQuality, tt.used, tt.units); got != tt.want {
			t.Errorf("%+v: %d", tt, got)
		}
	}
	if got := (osprey.Quota{}).OverQuota(osprey.QuotaQuality, 5, 5); got != 0 {
		t.Errorf("without a limit: %d", got)
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		limit           int64
		soft            int
		used            int64
		warned, reached bool
	}{
		{10, 80, 7, false, false},
		{10, 80, 8, true, false},
		{10, 0, 8, true, false},
		{10, 80, 10, true, true},
		{10, 100, 9, false, false},
		{3, 50, 1, false, false}, // 1.5 is rounded up
		{3, 50, 2, true, false},
		{1, 1, 0, false, false},
		{0, 80, 0, false, false},
		{0, 80, 1, true, true},
		{osprey.MaxQuota, 80, osprey.MaxQuota / 10 * 8, false, false},
		{osprey.MaxQuota, 80, osprey.MaxQuota, true, true},
	} {
		w, r := quotaOf(tt.limit, "", tt.soft).Marks(osprey.QuotaQuality, tt.used)
		if w != tt.warned || r != tt.reached {
			t.Errorf("%+v: warned %v, reached %v", tt, w, r)
		}
	}
	if w, r := (osprey.Quota{}).Marks(osprey.QuotaQuality, 1<<40); w || r {
		t.Error("a mark without a limit")
	}
}

func TestCheckQuota(t *testing.T) {
	t.Parallel()
	negative, great := int64(-1), int64(osprey.MaxQuota+1)
	for field, q := range map[string]osprey.Quota{
		"quota.monthly.lite":      {Monthly: map[osprey.QuotaName]int64{osprey.QuotaLite: -1}},
		"quota.max_persons":       {MaxPersons: &negative},
		"quota.max_storage_bytes": {MaxStorageBytes: &great},
		"quota.soft_percent":      {SoftPercent: 101},
	} {
		err := q.Check()
		if !osprey.IsCode(err, osprey.CodeInvalidValue) || osprey.ErrorOf(err).Details["field"] != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if err := (osprey.Quota{}).Check(); err != nil {
		t.Error(err)
	}
	if err := (osprey.Quota{SoftPercent: -1}).Check(); err == nil {
		t.Error("a negative mark is taken")
	}
}

func TestQuotaFor(t *testing.T) {
	t.Parallel()
	if n := osprey.QuotaFor(osprey.AnalysisDocuments, osprey.SourceInstant); n != osprey.QuotaDocuments {
		t.Error(n)
	}
	if n := osprey.QuotaFor(osprey.AnalysisQuality, osprey.SourceLite); n != osprey.QuotaLite {
		t.Error(n)
	}
	for word, want := range map[any]osprey.Source{"web": osprey.SourceWeb, "CLI": osprey.SourceCLI, "else": osprey.SourceAPI, 5: osprey.SourceAPI, nil: osprey.SourceAPI} {
		if got := osprey.SourceOf(osprey.Metadata{"source": word}); got != want {
			t.Errorf("%v: %s", word, got)
		}
	}
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("east", 5*3600)
	moment := time.Date(2026, 1, 1, 2, 0, 0, 0, east) // still 2025 in UTC
	if d := osprey.DayOf(moment); d != "2025-12-31" || d.Month() != "2025-12" || d.Add(1) != "2026-01-01" {
		t.Error(d)
	}
	if m := osprey.MonthOf(moment); m != "2025-12" || m.First() != "2025-12-01" || m.Last() != "2025-12-31" {
		t.Error(m)
	}
	if next := osprey.NextMonth(moment); !next.Equal(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Error(next)
	}
	if osprey.Month("2028-02").Last() != "2028-02-29" {
		t.Error("leap years")
	}
	if n := osprey.DaysBetween("2026-01-01", "2026-12-31"); n != 365 {
		t.Error(n)
	}
	if n := osprey.DaysBetween("2026-01-02", "2026-01-01"); n > 0 {
		t.Error(n)
	}
	for _, bad := range []string{"", "2026-1-1", "2026-02-30", "1969-12-31", "2026-01-01T00:00:00Z", "x"} {
		if _, ok := osprey.ParseDay(bad); ok {
			t.Errorf("%q is taken for a day", bad)
		}
	}
	for _, bad := range []string{"", "2026", "2026-13", "1969-12", "2026-01-01"} {
		if _, ok := osprey.ParseMonth(bad); ok {
			t.Errorf("%q is taken for a month", bad)
		}
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	for ms, want := range map[float64]int{0: 0, 1: 0, 1.1: 1, 2: 4, 2.01: 5, 4: 8, 1 << 22: 88, 1e12: osprey.LatencyBuckets - 1} {
		if got := osprey.LatencyBucket(time.Duration(ms * float64(time.Millisecond))); got != want {
			t.Errorf("%v ms: bucket %d, want %d", ms, got, want)
		}
	}
	if osprey.LatencyBucket(-time.Second) != 0 {
		t.Error("a clock that goes back")
	}
	if osprey.Percentile(nil, 0.5) != 0 {
		t.Error("a percentile of nothing")
	}
	// A percentile from the histogram is near the true one, whatever the times.
	for _, scale := range []float64{1, 37, 900, 4000} {
		counts := make(map[int]int64)
		for i := 1; i <= 1000; i++ {
			counts[osprey.LatencyBucket(time.Duration(float64(i)*scale*float64(time.Millisecond)))]++
		}
		for _, q := range []float64{0.5, 0.9, 0.99} {
			truth := 1000 * q * scale
			if got := float64(osprey.Percentile(counts, q)); math.Abs(got-truth) > 0.19*truth+1 {
				t.Errorf("scale %v, q %v: %v, want about %v", scale, q, got, truth)
			}
		}
	}
}
