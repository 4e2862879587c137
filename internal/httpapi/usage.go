package httpapi

import (
	"net/http"
	"slices"

	"example.org/osprey"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/usage"
	"example.org/osprey/internal/wire"
)

// usageObject answers GET /api/usage (api.md 15.5).
type usageObject struct {
	Items  []usageItem   `json:"items"`
	Totals usageTotals   `json:"totals"`
	Gauges []gaugeObject `json:"gauges"` // when days and companies are told apart
}

// usageItem is a sum; what the items are not told apart by is null.
type usageItem struct {
	Period  *string `json:"period"`
	Company *string `json:"company_id"`
	Type    *string `json:"type"`
	Source  *string `json:"source"`
	usageTotals
}

type usageTotals struct {
	Units  int64 `json:"units"`
	Failed int64 `json:"failed"`
	Over   int64 `json:"over_quota"`
}

// gaugeObject is what a company held on a day.
type gaugeObject struct {
	Date    osprey.Day `json:"date"`
	Company osprey.ID  `json:"company_id"`
	Bytes   int64      `json:"stored_bytes"`
	Folders int64      `json:"folders"`
	Persons int64      `json:"persons"`
	Photos  int64      `json:"photos"`
}

func showUsage(r usage.Report) usageObject {
	return usageObject{
		Items: wire.Each(r.Rows, func(u store.UsageRow) usageItem {
			return usageItem{
				Period: orNull(u.Period), Company: orNull(string(u.Company)), Type: orNull(string(u.Type)),
				Source: orNull(string(u.Source)), usageTotals: showUnits(u.Units),
			}
		}),
		Totals: showUnits(r.Totals),
		Gauges: wire.Each(r.Gauges, func(g store.Gauge) gaugeObject {
			return gaugeObject{Date: g.Day, Company: g.Company, Bytes: g.Bytes, Folders: g.Folders, Persons: g.Persons, Photos: g.Photo}
		}),
	}
}

func showUnits(u store.Units) usageTotals {
	return usageTotals{Units: u.Done, Failed: u.Failed, Over: u.Over}
}

// usageGroups are the words of group_by.
var usageGroups = []string{"day", "month", "company", "type", "source"}

func (a *API) usage(c *call) (answer, error) {
	q, err := a.readUsage(c.params)
	if err != nil {
		return nil, err
	}
	report, err := a.Usage.Report(c.ctx(), c.grant, q)
	if err != nil {
		return nil, err
	}
	if !wire.Prefers(c.r, "text/csv", "application/json") {
		return ok(showUsage(report))
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		wire.Write(w, r, http.StatusOK, "text/csv; charset=utf-8", usage.CSV(report))
		return nil
	}, nil
}

func (a *API) readUsage(p *wire.Params) (usage.Query, error) {
	day := func(name string, absent osprey.Day) osprey.Day {
		if d := p.Value(name, "a date as in 2026-01-31", func(s string) (string, bool) {
			d, ok := osprey.ParseDay(s)
			return string(d), ok
		}); d != "" {
			return osprey.Day(d)
		}
		return absent
	}
	month := osprey.MonthOf(a.Clock.Now())
	q := usage.Query{From: day("from", month.First()), To: day("to", month.Last()), Company: p.ID("company_id")}
	words := p.Words("group_by", usageGroups...)
	if words == nil {
		words = []string{"day", "company", "type", "source"}
	}
	has := func(word string) bool { return slices.Contains(words, word) }
	q.Group = store.UsageGroup{Day: has("day"), Month: has("month"), Company: has("company"), Type: has("type"), Source: has("source")}
	if err := p.Err(); err != nil {
		return q, err
	}
	if q.Group.Day && q.Group.Month {
		return q, osprey.InvalidValue("group_by", "group_by takes day or month, not both")
	}
	return q, nil
}
