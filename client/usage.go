package client

import (
	"context"
	"net/http"
	"net/url"
)

// UsageItem is a sum of units; what the items are not told apart by is nil.
type UsageItem struct {
	Period    *string `json:"period"`
	CompanyID *string `json:"company_id"`
	Type      *string `json:"type"`
	Source    *string `json:"source"`
	Units
}

// Units are what was used: of finished analyses, of failed ones (which are free), and
// of the finished ones those beyond a quota.
type Units struct {
	Units  int64 `json:"units"`
	Failed int64 `json:"failed"`
	Over   int64 `json:"over_quota"`
}

// UsageGauge is what a company held at the end of a day.
type UsageGauge struct {
	Date        string `json:"date"`
	CompanyID   string `json:"company_id"`
	StoredBytes int64  `json:"stored_bytes"`
	Folders     int64  `json:"folders"`
	Persons     int64  `json:"persons"`
	Photos      int64  `json:"photos"`
}

// Usage is a report of units.
type Usage struct {
	Items  []UsageItem  `json:"items"`
	Totals Units        `json:"totals"`
	Gauges []UsageGauge `json:"gauges"`
}

// Usage sums the units of some days; parameters: from, to (dates of UTC), group_by
// (day or month, company, type, source), company_id.
func (c *Client) Usage(ctx context.Context, parameters url.Values) (Usage, error) {
	var out Usage
	err := c.Do(ctx, http.MethodGet, "/api/usage/?"+parameters.Encode(), nil, &out)
	return out, err
}
