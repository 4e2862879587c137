package store

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"example.org/osprey"
)

func key(day osprey.Day, company osprey.ID, t osprey.AnalysisType, s osprey.Source, user osprey.ID) UsageKey {
	return UsageKey{Day: day, Company: company, Type: t, Source: s, User: user}
}

func TestUsageGroups(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.do(osprey.Everything(), func(tx *Tx) error {
		return errors.Join(
			tx.AddUsage(key("2026-01-31", "a", osprey.AnalysisQuality, osprey.SourceAPI, "u1"), Units{Done: 1, Over: 1}),
			tx.AddUsage(key("2026-01-31", "a", osprey.AnalysisQuality, osprey.SourceAPI, "u1"), Units{Done: 2}),
			tx.AddUsage(key("2026-01-31", "a", osprey.AnalysisQuality, osprey.SourceAPI, "u2"), Units{Failed: 4}),
			tx.AddUsage(key("2026-02-01", "a", osprey.AnalysisQuality, osprey.SourceWeb, ""), Units{Done: 8}),
			tx.AddUsage(key("2026-02-01", "", osprey.AnalysisBiometry, osprey.SourceInstant, ""), Units{Done: 16}),
			tx.AddUsage(key("2026-02-02", "b", osprey.AnalysisBiometry, osprey.SourceLite, ""), Units{Done: 32}),
		)
	})
	tests := []struct {
		name     string
		scope    osprey.Scope
		from, to osprey.Day
		group    UsageGroup
		limit    int
		want     []UsageRow
	}{
		{"by all", osprey.Everything(), "2026-01-31", "2026-02-01", UsageGroup{Day: true, Company: true, Type: true, Source: true}, 9, []UsageRow{
			{"2026-01-31", "a", osprey.AnalysisQuality, osprey.SourceAPI, Units{3, 4, 1}},
			{"2026-02-01", "", osprey.AnalysisBiometry, osprey.SourceInstant, Units{16, 0, 0}},
			{"2026-02-01", "a", osprey.AnalysisQuality, osprey.SourceWeb, Units{8, 0, 0}},
		}},
		{"by month", osprey.Everything(), "2026-01-01", "2026-12-31", UsageGroup{Month: true}, 9, []UsageRow{
			{Period: "2026-01", Units: Units{3, 4, 1}}, {Period: "2026-02", Units: Units{56, 0, 0}},
		}},
		{"by nothing", osprey.Everything(), "2026-01-01", "2026-12-31", UsageGroup{}, 9, []UsageRow{{Units: Units{59, 4, 1}}}},
		{"of one company", osprey.Within("a"), "2026-01-01", "2026-12-31", UsageGroup{Source: true}, 9, []UsageRow{
			{Source: osprey.SourceAPI, Units: Units{3, 4, 1}}, {Source: osprey.SourceWeb, Units: Units{8, 0, 0}},
		}},
		{"callers outside any are no company", osprey.Within(""), "2026-01-01", "2026-12-31", UsageGroup{Source: true}, 9, []UsageRow{}},
		{"bounded", osprey.Everything(), "2026-01-01", "2026-12-31", UsageGroup{Company: true}, 1, []UsageRow{{Units: Units{16, 0, 0}}}},
		{"none in these days", osprey.Everything(), "2027-01-01", "2027-12-31", UsageGroup{Day: true}, 9, []UsageRow{}},
	}
	for _, tt := range tests {
		h.see(tt.scope, func(tx *Tx) error {
			got, err := tx.Usage(tt.from, tt.to, tt.group, tt.limit)
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%s:\ngot  %+v\nwant %+v", tt.name, got, tt.want)
			}
			return err
		})
	}

	// Old days forget their users, and nothing else.
	h.do(osprey.Everything(), func(tx *Tx) error {
		first, err1 := tx.MergeUsers("2026-02-01")
		second, err2 := tx.MergeUsers("2026-02-01")
		if !first || second {
			t.Errorf("merged %t, then %t", first, second)
		}
		var users, rows int
		err3 := tx.tx.QueryRowContext(tx.ctx, "SELECT COUNT(*), COUNT(CASE WHEN user_id <> '' THEN 1 END) FROM usage_count").Scan(&rows, &users)
		if rows != 4 || users != 0 {
			t.Errorf("%d rows, %d with users", rows, users)
		}
		sum, err4 := tx.Usage("2026-01-01", "2026-12-31", UsageGroup{}, 1)
		if sum[0].Units != (Units{59, 4, 1}) {
			t.Errorf("the sum became %+v", sum)
		}
		return errors.Join(err1, err2, err3, err4)
	})
}

func TestQuotaMonth(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.do(osprey.Within("a"), func(tx *Tx) error {
		m, err := tx.LockQuotaMonth("a", "2026-01", osprey.QuotaLite)
		m.Used, m.Warned = 7, true
		return errors.Join(err, tx.SetQuotaMonth(m))
	})
	h.do(osprey.Within("a"), func(tx *Tx) error {
		again, err := tx.LockQuotaMonth("a", "2026-01", osprey.QuotaLite)
		next, err2 := tx.LockQuotaMonth("a", "2026-02", osprey.QuotaLite)
		if again.Used != 7 || !again.Warned || again.Reached || next.Used != 0 || next.Warned {
			t.Errorf("%+v, %+v", again, next)
		}
		return errors.Join(err, err2)
	})
}

// TestStoredBytes: what a company stores follows its blobs, whatever way they go.
func TestStoredBytes(t *testing.T) {
	t.Parallel()
	h := open(t)
	e, other := h.build("acme"), h.build("beta")
	stored := func(company osprey.ID) (n int64) {
		h.see(osprey.Within(company), func(tx *Tx) (err error) { n, err = tx.StoredBytes(company); return err })
		return n
	}
	// The rows of an estate name blobs that no intent settled.
	h.do(osprey.Everything(), func(tx *Tx) error {
		before, err := tx.UnmeasuredBlobs(1000)
		if err != nil || len(before) == 0 {
			t.Fatalf("%d unmeasured, %v", len(before), err)
		}
		for _, b := range before {
			if err := tx.AddBlobStored(b.Company, map[string]int64{b.Key: 10}); err != nil {
				return err
			}
		}
		after, err := tx.UnmeasuredBlobs(1000)
		if len(after) != 0 {
			t.Errorf("%d are still unmeasured", len(after))
		}
		return err
	})
	h.whole()
	all, others := stored(e.company.ID), stored(other.company.ID)
	h.do(e.scope(), func(tx *Tx) error { return tx.DeletePersonImage(e.images[1].ID) })
	h.do(e.scope(), func(tx *Tx) error {
		return tx.AddBlobErase([]string{e.images[1].Blob, e.images[1].Thumb, e.images[1].Blob, ""})
	})
	if got := stored(e.company.ID); got != all-20 {
		t.Errorf("after a photo went: %d of %d", got, all)
	}
	h.do(e.scope(), func(tx *Tx) error { return tx.DeleteFolder(e.folder.ID) })
	var left int64
	h.see(osprey.Everything(), func(tx *Tx) error {
		return tx.tx.QueryRowContext(tx.ctx, "SELECT COUNT(*) FROM blob_stored WHERE company_id = ?", string(e.company.ID)).Scan(&left)
	})
	if got := stored(e.company.ID); got != 10*left || got >= all-20 {
		t.Errorf("after a folder went: %d bytes, %d blobs", got, left)
	}
	if stored(other.company.ID) != others || stored("nobody") != 0 {
		t.Error("another company's sum changed")
	}
}

// TestStatistics: figures outlive what they count.
func TestStatistics(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := h.build("acme")
	day := time.Date(2026, 3, 1, 23, 59, 59, 0, time.UTC)
	a := osprey.Analysis{Company: e.company.ID, Type: osprey.AnalysisQuality, Created: osprey.TimeOf(day), Finished: osprey.TimeOf(day.Add(2 * time.Second))}
	b := a
	b.Type, b.Created, b.Finished = osprey.AnalysisCollection, osprey.TimeOf(day.Add(time.Second)), osprey.TimeOf(day.Add(2*time.Second))
	h.do(osprey.Everything(), func(tx *Tx) error {
		return errors.Join(
			tx.AddStatistic(a, osprey.ResolutionSuccess), tx.AddStatistic(a, osprey.ResolutionSuccess),
			tx.AddStatistic(b, osprey.ResolutionOperator), tx.AddStatistic(b, osprey.ResolutionFailed),
			// An operator decides: one word loses what the other gains, and nothing comes
			// of an analysis that was never counted.
			tx.MoveStatistic(b, osprey.ResolutionOperator, osprey.ResolutionDeclined),
			tx.MoveStatistic(b, osprey.ResolutionOperator, osprey.ResolutionSuccess))
	})
	ask := func(scope osprey.Scope, q StatisticQuery) (s Statistics) {
		h.see(scope, func(tx *Tx) (err error) { s, err = tx.Statistics(q); return err })
		return s
	}
	s := ask(osprey.Everything(), StatisticQuery{From: "2026-03-01", To: "2026-03-02", ByDay: true})
	want := []StatisticRow{
		{"2026-03-01", osprey.AnalysisQuality, osprey.ResolutionSuccess, 2},
		{"2026-03-02", osprey.AnalysisCollection, osprey.ResolutionDeclined, 1},
		{"2026-03-02", osprey.AnalysisCollection, osprey.ResolutionFailed, 1},
	}
	if !reflect.DeepEqual(s.Rows, want) || s.Latency[osprey.LatencyBucket(2*time.Second)] != 2 || s.Latency[osprey.LatencyBucket(time.Second)] != 1 {
		t.Errorf("%+v", s)
	}
	s = ask(osprey.Within(e.company.ID), StatisticQuery{From: "2026-03-01", To: "2026-03-02", Type: osprey.AnalysisQuality})
	if len(s.Rows) != 1 || s.Rows[0].Day != "" || s.Rows[0].Count != 2 {
		t.Errorf("of a type, in total: %+v", s)
	}
	if s = ask(osprey.Everything(), StatisticQuery{From: "2026-03-01", To: "2026-03-02", Company: h.ids.New()}); len(s.Rows) != 0 {
		t.Errorf("of another company: %+v", s)
	}
	life := StatisticQuery{From: "1970-01-01", To: "9999-12-31"}
	before := ask(e.scope(), life)
	h.do(e.scope(), func(tx *Tx) error { return tx.DeleteFolder(e.folder.ID) })
	if after := ask(e.scope(), life); before.Folders != 1 || before.Media == 0 || after.Folders != before.Folders || after.Media != before.Media {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestGauges(t *testing.T) {
	t.Parallel()
	h := open(t)
	one, two := h.build("acme"), h.build("beta")
	h.do(osprey.Everything(), func(tx *Tx) error {
		// A company at a time, and again: the running day is overwritten.
		for range 2 {
			seen := 0
			for after := osprey.ID(""); ; seen++ {
				last, err := tx.TakeGauges("2026-01-01", after, 1)
				if err != nil || last == "" {
					if seen != 2 {
						t.Errorf("%d companies", seen)
					}
					break
				}
				after = last
			}
		}
		gauges, err := tx.Gauges("2026-01-01", "2026-01-01", 10)
		if len(gauges) != 2 || gauges[0].Company != one.company.ID || gauges[1].Company != two.company.ID ||
			gauges[0].Folders != 1 || gauges[0].Persons != 1 || gauges[0].Photo != 2 {
			t.Errorf("%+v", gauges)
		}
		return err
	})
}
