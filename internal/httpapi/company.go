package httpapi

import (
	"context"
	"net/http"

	"example.org/osprey"
	"example.org/osprey/internal/account"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/wire"
)

var companyList = wire.List{Search: true, Meta: true, Filters: []wire.Filter{wire.ByID("company_id", store.FieldID)}}

func (a *API) showCompany(c *call, company osprey.Company) any {
	return showCompany(company, a.Accounts.Thresholds(company), c.caller.User.Role)
}

func (a *API) listCompanies(c *call) (answer, error) {
	page, err := companyList.Page(c.params)
	if err != nil {
		return nil, err
	}
	companies, total, err := a.Accounts.Companies(c.ctx(), c.grant, page.Query)
	if err != nil {
		return nil, err
	}
	shown := wire.Each(companies, func(company osprey.Company) any { return a.showCompany(c, company) })
	return ok(wire.Body(page, shown, total))
}

func (a *API) getCompany(c *call) (answer, error) {
	company, err := a.Accounts.Company(c.ctx(), c.grant, c.id("company_id"))
	if err != nil {
		return nil, err
	}
	return ok(a.showCompany(c, company))
}

func (a *API) createCompany(c *call) (answer, error) {
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	in := readCompany(o)
	a.checkEndpoints(o)
	if err := o.Err(); err != nil {
		return nil, err
	}
	return effect(c, http.StatusCreated,
		func(ctx context.Context) (osprey.Company, error) { return a.Accounts.CreateCompany(ctx, c.grant, in) },
		func(company osprey.Company) any { return a.showCompany(c, company) })
}

func (a *API) updateCompany(c *call) (answer, error) {
	id := c.id("company_id")
	if _, err := a.Accounts.Company(c.ctx(), c.grant, id); err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	in := readCompany(o)
	a.checkEndpoints(o)
	if err := o.Err(); err != nil {
		return nil, err
	}
	company, err := a.Accounts.UpdateCompany(c.ctx(), c.grant, id, in)
	if err != nil {
		return nil, err
	}
	return ok(a.showCompany(c, company))
}

func (a *API) deleteCompany(c *call) (answer, error) {
	return done(a.Accounts.DeleteCompany(c.ctx(), c.grant, c.id("company_id")))
}

// previewRetention counts what a sweep with the days of the query would erase now.
func (a *API) previewRetention(c *call) (answer, error) {
	company, err := a.Accounts.Company(c.ctx(), c.grant, c.id("company_id"))
	if err != nil {
		return nil, err
	}
	r := osprey.Retention{MediaDays: days(c.params, "media_days"), FolderDays: days(c.params, "folder_days"), AnalysisDays: days(c.params, "analysis_days")}
	if err := c.params.Err(); err != nil {
		return nil, err
	}
	n, err := a.Accounts.RetentionPreview(c.ctx(), c.grant, company.ID, r, a.Clock.Now())
	if err != nil {
		return nil, err
	}
	return ok(retentionPreview{Media: n.Media, Folders: n.Folders, Analyses: n.Analyses})
}

// days is a number of days in the query, nil when it is absent or empty.
func days(p *wire.Params, name string) *int {
	if text, present := p.Text(name); !present || text == "" {
		return nil
	}
	return some(p.Int(name, 0, 1, osprey.MaxRetentionDays))
}

func readCompany(o *wire.Object) account.CompanyInput {
	return account.CompanyInput{
		Name:               o.String("name"),
		Active:             o.Bool("is_active"),
		ResolutionEndpoint: account.Nullable[string]{Present: o.Named(endpointKey), Value: o.String(endpointKey)},
		RequireConsent:     o.Bool("require_consent"),
		Settings:           readSettings(o.Object("analysis_settings")),
		Retention:          readRetention(o.Object("retention")),
		Quota:              readQuota(o.Object("quota")),
		Metadata:           o.Metadata("meta_data"),
	}
}

func readSettings(o *wire.Object) (in account.SettingsInput) {
	if o == nil {
		return in
	}
	if q := o.Object("quality"); q != nil {
		in.ThresholdSpoofing = nullable(q, "threshold_spoofing")
	}
	if b := o.Object("biometry"); b != nil {
		in.BiometryMin, in.BiometryMax = nullable(b, "threshold_min"), nullable(b, "threshold_max")
	}
	if k := o.Object("collection"); k != nil {
		in.CollectionThreshold, in.TargetFPIR = nullable(k, "threshold"), nullable(k, "target_fpir")
	}
	in.AllowRequestThresholds = o.Bool("allow_request_thresholds")
	return in
}

func nullable(o *wire.Object, key string) account.Nullable[float64] {
	return account.Nullable[float64]{Present: o.Named(key), Value: o.Float(key)}
}

func readRetention(o *wire.Object) *account.RetentionInput {
	if o == nil {
		return nil
	}
	days := func(key string) account.Nullable[int] {
		return account.Nullable[int]{Present: o.Named(key), Value: o.Int(key)}
	}
	return &account.RetentionInput{MediaDays: days("media_days"), FolderDays: days("folder_days"), AnalysisDays: days("analysis_days")}
}

func readQuota(o *wire.Object) *account.QuotaInput {
	if o == nil {
		return nil
	}
	in := &account.QuotaInput{
		MaxPersons: limit(o, "max_persons"), MaxStorageBytes: limit(o, "max_storage_bytes"),
		Overage: o.String("overage"), SoftPercent: o.Int("soft_percent"),
	}
	if monthly := o.Object("monthly"); monthly != nil {
		in.Monthly = make(map[osprey.QuotaName]account.Nullable[int64])
		for _, name := range osprey.MonthlyQuotas {
			in.Monthly[name] = limit(monthly, string(name))
		}
	}
	return in
}

func limit(o *wire.Object, key string) account.Nullable[int64] {
	return account.Nullable[int64]{Present: o.Named(key), Value: wide(o.Int(key))}
}

func wide(n *int) *int64 {
	if n == nil {
		return nil
	}
	return some(int64(*n))
}
