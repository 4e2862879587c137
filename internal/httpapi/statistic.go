package httpapi

import (
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/store"
)

// statisticsObject answers GET /api/statistics (api.md 15.2).
type statisticsObject struct {
	Granularity string          `json:"granularity"`
	Min         osprey.Time     `json:"time_created.min"`
	Max         osprey.Time     `json:"time_created.max"`
	Items       []statisticItem `json:"items"`
	Totals      statisticTotals `json:"totals"`
}

// statisticItem counts analyses; its date is null where days are not told apart.
type statisticItem struct {
	Date   *string             `json:"date"`
	Type   osprey.AnalysisType `json:"type"`
	Status osprey.Resolution   `json:"resolution_status"`
	Count  int64               `json:"count"`
}

type statisticTotals struct {
	Folders  int64                         `json:"folders"`
	Media    int64                         `json:"media"`
	Analyses int64                         `json:"analyses"`
	ByType   map[osprey.AnalysisType]int64 `json:"by_type"`
	ByStatus map[osprey.Resolution]int64   `json:"by_status"`
	Latency  latencyObject                 `json:"latency_ms"`
}

// latencyObject are percentiles of the time from the start of an analysis to its
// result, of finished ones; null when there are none.
type latencyObject struct {
	P50 *int64 `json:"p50"`
	P90 *int64 `json:"p90"`
	P99 *int64 `json:"p99"`
}

func showStatistics(s store.Statistics) ([]statisticItem, statisticTotals) {
	items := make([]statisticItem, len(s.Rows))
	totals := statisticTotals{
		Folders: s.Folders, Media: s.Media,
		ByType: make(map[osprey.AnalysisType]int64), ByStatus: make(map[osprey.Resolution]int64),
	}
	for i, r := range s.Rows {
		items[i] = statisticItem{Date: orNull(string(r.Day)), Type: r.Type, Status: r.Status, Count: r.Count}
		totals.Analyses += r.Count
		totals.ByType[r.Type] += r.Count
		totals.ByStatus[r.Status] += r.Count
	}
	if len(s.Latency) > 0 {
		at := func(q float64) *int64 { return some(osprey.Percentile(s.Latency, q)) }
		totals.Latency = latencyObject{P50: at(0.5), P90: at(0.9), P99: at(0.99)}
	}
	return items, totals
}

const statisticDays = 7 // that are shown when none are asked for

func (a *API) statistics(c *call) (answer, error) {
	p := c.params
	from, to := p.Time("time_created.min"), p.Time("time_created.max")
	if to == 0 {
		to = osprey.TimeOf(a.Clock.Now().Truncate(time.Second))
	}
	if from == 0 {
		from = osprey.TimeOf(osprey.DayOf(to.Time()).Add(1 - statisticDays).Time())
	}
	granularity := p.Value("granularity", "day or total", func(s string) (string, bool) { return s, s == "day" || s == "total" })
	if granularity == "" {
		granularity = "day"
	}
	q := store.StatisticQuery{
		From: osprey.DayOf(from.Time()), To: osprey.DayOf(to.Time()), ByDay: granularity == "day", Company: p.ID("company_id"),
		Type: osprey.AnalysisType(p.Value("type", "a type of analysis", func(s string) (string, bool) {
			t, ok := osprey.ParseAnalysisType(s)
			return string(t), ok
		})),
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	figures, err := a.Usage.Statistics(c.ctx(), c.grant, q)
	if err != nil {
		return nil, err
	}
	items, totals := showStatistics(figures)
	// Days are counted whole, the first from its beginning.
	return ok(statisticsObject{Granularity: granularity, Min: osprey.TimeOf(q.From.Time()), Max: to, Items: items, Totals: totals})
}
