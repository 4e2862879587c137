package httpapi

import (
	"context"
	"net/http"

	"example.org/osprey"
	"example.org/osprey/internal/report"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/wire"
)

var reportList = wire.List{Times: true, Filters: []wire.Filter{
	wire.ByID("report_id", store.FieldID), wire.ByID("folder_id", store.FieldFolder), wire.ByID("company_id", store.FieldCompany),
	wire.ByWord("format", store.FieldFormat, osprey.ParseReportFormat),
}}

func (a *API) makeReport(c *call) (answer, error) {
	// The folder in the path comes before the body (api.md 1.11).
	if err := a.Reports.Visible(c.ctx(), c.grant, c.id("folder_id")); err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	in := report.Request{Format: osprey.ReportPDF, Template: o.ID("template_id")}
	if f := wire.Enum(o, "format", osprey.ParseReportFormat, osprey.ReportPDF, osprey.ReportJSON); f != nil {
		in.Format = *f
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	return effect(c, http.StatusCreated,
		func(ctx context.Context) (osprey.Report, error) {
			return a.Reports.Make(ctx, c.grant, c.id("folder_id"), in)
		},
		func(made osprey.Report) any { return c.show.report(made) })
}

func (a *API) listReports(c *call) (answer, error) {
	page, err := reportList.Page(c.params)
	if err != nil {
		return nil, err
	}
	reports, total, err := a.Reports.List(c.ctx(), c.grant, page.Query)
	if err != nil {
		return nil, err
	}
	return ok(wire.Body(page, wire.Each(reports, c.show.report), total))
}

func (a *API) getReport(c *call) (answer, error) {
	r, err := a.Reports.Get(c.ctx(), c.grant, c.id("report_id"))
	if err != nil {
		return nil, err
	}
	return ok(c.show.report(r))
}

func (a *API) deleteReport(c *call) (answer, error) {
	return done(a.Reports.Delete(c.ctx(), c.grant, c.id("report_id")))
}

var templateList = wire.List{Search: true, Times: true, Filters: []wire.Filter{
	wire.ByID("template_id", store.FieldID), wire.ByID("company_id", store.FieldCompany),
}}

func (a *API) listTemplates(c *call) (answer, error) {
	page, err := templateList.Page(c.params)
	if err != nil {
		return nil, err
	}
	templates, total, err := a.Reports.Templates(c.ctx(), c.grant, page.Query)
	if err != nil {
		return nil, err
	}
	return ok(wire.Body(page, wire.Each(templates, c.show.template), total))
}

func (a *API) getTemplate(c *call) (answer, error) {
	t, err := a.Reports.Template(c.ctx(), c.grant, c.id("template_id"))
	if err != nil {
		return nil, err
	}
	return ok(c.show.template(t))
}

func (a *API) createTemplate(c *call) (answer, error) {
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	o.Require("name")
	in := templatePatch(o)
	in.Company = o.ID("company_id")
	if err := o.Err(); err != nil {
		return nil, err
	}
	return effect(c, http.StatusCreated,
		func(ctx context.Context) (osprey.ReportTemplate, error) {
			return a.Reports.CreateTemplate(ctx, c.grant, in)
		},
		func(made osprey.ReportTemplate) any { return c.show.template(made) })
}

func (a *API) updateTemplate(c *call) (answer, error) {
	id := c.id("template_id")
	if _, err := a.Reports.Template(c.ctx(), c.grant, id); err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	patch := templatePatch(o)
	patch.Company = o.ID("company_id")
	if err := o.Err(); err != nil {
		return nil, err
	}
	t, err := a.Reports.UpdateTemplate(c.ctx(), c.grant, id, patch)
	if err != nil {
		return nil, err
	}
	return ok(c.show.template(t))
}

func templatePatch(o *wire.Object) report.TemplatePatch {
	p := report.TemplatePatch{Name: o.String("name"), Title: o.String("title"), Footer: o.String("footer")}
	p.Locale = wire.Enum(o, "locale", osprey.ParseLocale, osprey.Locales()...)
	if o.Has("sections") {
		p.Sections = []osprey.ReportSection{}
		for _, s := range o.Strings("sections") {
			p.Sections = append(p.Sections, osprey.ReportSection(s))
		}
	}
	return p
}

func (a *API) deleteTemplate(c *call) (answer, error) {
	return done(a.Reports.DeleteTemplate(c.ctx(), c.grant, c.id("template_id")))
}

func (a *API) attach(c *call) (answer, error) {
	id := c.id("template_id")
	if _, err := a.Reports.Template(c.ctx(), c.grant, id); err != nil {
		return nil, err
	}
	u, err := a.upload(c, wire.Limits{MaxFiles: 1, MaxFileBytes: osprey.MaxLogoBytes})
	if err != nil {
		return nil, err
	}
	if err := u.Fault(); err != nil {
		return nil, err
	}
	if len(u.Files) == 0 || u.Files[0].Field != osprey.LogoPart {
		return nil, osprey.Missing(osprey.LogoPart)
	}
	return effect(c, http.StatusCreated,
		func(ctx context.Context) (osprey.Attachment, error) {
			return a.Reports.Attach(ctx, c.grant, id, u.Files[0].Data)
		},
		func(made osprey.Attachment) any { return c.show.attachment(made) })
}

func (a *API) detach(c *call) (answer, error) {
	return done(a.Reports.Detach(c.ctx(), c.grant, c.id("template_id"), c.id("attachment_id")))
}
