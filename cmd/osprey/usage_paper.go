package main

import (
	"errors"
	"strconv"
	"time"

	domain "example.org/osprey"
	"example.org/osprey/client"
	"example.org/osprey/internal/paper"
)

// usagePaper is the report of a month on pages: the sums of the CSV, row by row, and
// their totals. The same report gives the same bytes.
func usagePaper(month domain.Month, report client.Usage) ([]byte, error) {
	end, err := time.Parse(time.DateOnly, string(month.Last()))
	if err != nil {
		return nil, err
	}
	name := "Usage " + string(month)
	d := paper.New(paper.Info{
		Title: name, Lang: "en", Created: end, Footer: "Osprey - " + name, Page: "Page %s of %s",
	})
	d.Masthead(name, []string{string(month.First()) + " to " + string(month.Last()) + ", days of UTC"}, nil)
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	d.Heading("Totals")
	d.Facts(
		paper.Fact{Name: "units", Value: number(report.Totals.Units)},
		paper.Fact{Name: "failed", Value: number(report.Totals.Failed)},
		paper.Fact{Name: "over_quota", Value: number(report.Totals.Over)},
	)
	d.Heading("Units")
	columns := make([]paper.Column, len(usageColumns))
	for i, c := range usageColumns {
		columns[i] = paper.Column{Title: c.name, Share: usageShares[i], Right: i >= usageNumbers, Code: c.name == "company_id"}
	}
	rows := make([][]paper.Cell, len(report.Items))
	for i, u := range report.Items {
		rows[i] = paper.Cells(cells(u, usageColumns)...)
	}
	d.Table(columns, rows)
	d.Note("A unit is one medium in one analysis. Failed analyses are free. A dash: the sums are not told apart by this, or it is nobody's.")
	content, err := d.Bytes()
	if errors.Is(err, paper.ErrTooLong) {
		return nil, usagef("the report is longer than %d pages: choose coarser groups by --by, or one --company", paper.MaxPages)
	}
	return content, err
}

// usageShares are the widths of usageColumns on paper, usageNumbers the first with
// numbers.
var usageShares = []float64{15, 34, 15, 9, 9, 9, 13}

const usageNumbers = 4
