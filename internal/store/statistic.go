package store

import (
	"cmp"
	"maps"
	"slices"

	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// Statistics are counters that outlive what they count. The store keeps those of
// folders and media itself, with the rows.

// AddStatistic counts an ended analysis under a status word, by the day of its
// creation. Whoever acts is counted, whatever the scope.
func (tx *Tx) AddStatistic(a osprey.Analysis, status osprey.Resolution) error {
	return tx.fail(tx.q.AddStatistic(tx.ctx, query.AddStatisticParams{
		CompanyID: a.Company, Day: osprey.DayOf(a.Created.Time()), Type: a.Type, Status: status, Bucket: bucketOf(a), Ended: 1,
	}))
}

// MoveStatistic counts an ended analysis under another word than it ended with: an
// operator decided. One that ended before there were counters is passed over.
func (tx *Tx) MoveStatistic(a osprey.Analysis, from, to osprey.Resolution) error {
	rows, err := tx.q.TakeStatistic(tx.ctx, query.TakeStatisticParams{
		CompanyID: a.Company, Day: osprey.DayOf(a.Created.Time()), Type: a.Type, Status: from, Bucket: bucketOf(a),
	})
	if err != nil || rows == 0 {
		return tx.fail(err)
	}
	return tx.AddStatistic(a, to)
}

// bucketOf is the bucket of the time that an analysis took.
func bucketOf(a osprey.Analysis) int64 {
	return int64(osprey.LatencyBucket(a.Finished.Time().Sub(a.Created.Time())))
}

// countIntake counts folders and uploaded media by the day on which they came.
func (tx *Tx) countIntake(company osprey.ID, created osprey.Time, folders, media int64) error {
	return tx.fail(tx.q.CountIntake(tx.ctx, query.CountIntakeParams{
		CompanyID: company, Day: osprey.DayOf(created.Time()), Folders: folders, Media: media,
	}))
}

// StatisticQuery says what is counted: days from one to another, both included, of a
// type and a company, empty for all that the scope shows.
type StatisticQuery struct {
	From, To osprey.Day
	ByDay    bool
	Type     osprey.AnalysisType
	Company  osprey.ID
}

// StatisticRow counts analyses; Day is empty unless they are told apart by day.
type StatisticRow struct {
	Day    osprey.Day
	Type   osprey.AnalysisType
	Status osprey.Resolution
	Count  int64
}

// Statistics are the figures of some days.
type Statistics struct {
	Rows    []StatisticRow // by day, type, status; without zeros
	Folders int64
	Media   int64
	// Latency counts finished analyses by osprey.LatencyBucket.
	Latency map[int]int64
}

// Statistics reads the counters of the scope.
func (tx *Tx) Statistics(q StatisticQuery) (Statistics, error) {
	byDay := int64(0)
	if q.ByDay {
		byDay = 1
	}
	out := Statistics{Latency: make(map[int]int64)}
	rows, err := tx.q.Statistics(tx.ctx, query.StatisticsParams{
		ByDay: byDay, FromDay: q.From, ToDay: q.To, OnlyType: q.Type, OnlyCompany: q.Company, Scope: tx.company(),
	})
	if err != nil {
		return out, tx.fail(err)
	}
	for _, r := range rows {
		out.Rows = append(out.Rows, StatisticRow{Day: osprey.Day(r.Period), Type: r.Type, Status: r.Status, Count: r.Ended})
	}
	buckets, err := tx.q.Latencies(tx.ctx, query.LatenciesParams{
		FromDay: q.From, ToDay: q.To, OnlyType: q.Type, OnlyCompany: q.Company, Scope: tx.company(),
	})
	if err != nil {
		return out, tx.fail(err)
	}
	for _, b := range buckets {
		out.Latency[int(b.Bucket)] = b.Ended
	}
	in, err := tx.q.Intakes(tx.ctx, query.IntakesParams{
		FromDay: q.From, ToDay: q.To, OnlyCompany: q.Company, Scope: tx.company(),
	})
	out.Folders, out.Media = in.Folders, in.Media
	return out, tx.fail(err)
}

// sortedKeysOf makes the order of statements depend on nothing but their values.
func sortedKeysOf[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
