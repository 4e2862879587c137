package httpapi

import (
	"context"
	"net/http"
	"time"
	"unicode/utf8"

	"example.org/osprey"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/wire"
)

func (a *API) startAnalyses(c *call) (answer, error) {
	id := c.id("folder_id")
	view, err := a.Folders.Get(c.ctx(), c.grant, id, folder.Expand{})
	if err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	a.checkEndpoints(o)
	requests, err := readRequests(o, readSource)
	if err != nil {
		return nil, err
	}
	media := byID(view.Media) // nothing else hangs on analyses that only begin
	return effect(c, http.StatusCreated,
		func(ctx context.Context) ([]osprey.Analysis, error) {
			return a.Analyses.Start(ctx, c.grant, id, requests)
		},
		func(started []osprey.Analysis) any {
			return wire.Each(started, func(one osprey.Analysis) analysisObject { return c.show.analysis(one, media) })
		})
}

var folderAnalysisFilters = []wire.Filter{
	wire.ByID("analyse_id", store.FieldID),
	wire.ByID("analysis_id", store.FieldID),
	wire.ByWord("type", store.FieldType, osprey.ParseAnalysisType),
	wire.ByState("state", store.FieldState),
}

// folderAnalysisList is a bare array, which cannot tell that there is more: its
// page is the largest.
var folderAnalysisList = wire.List{Sort: store.CreatedAsc, Bare: true, Limit: wire.MaxLimit, Filters: folderAnalysisFilters}

func (a *API) listFolderAnalyses(c *call) (answer, error) {
	id := c.id("folder_id")
	if _, err := a.Folders.Get(c.ctx(), c.grant, id, folder.Expand{}); err != nil {
		return nil, err
	}
	page, err := folderAnalysisList.Page(c.params)
	if err != nil {
		return nil, err
	}
	page.Query.In[store.FieldFolder] = []string{string(id)}
	found, _, err := a.Analyses.List(c.ctx(), c.grant, page.Query)
	if err != nil {
		return nil, err
	}
	shown, err := a.showAnalyses(c, found...)
	if err != nil {
		return nil, err
	}
	return ok(shown)
}

var analysisList = wire.List{
	Meta: true, Times: true,
	Filters: append([]wire.Filter{
		wire.ByWord("resolution_status", store.FieldResolution, osprey.ParseResolution),
		wire.ByID("folder_id", store.FieldFolder),
		wire.ByID("group_id", store.FieldGroup),
		wire.ByID("collection_id", store.FieldCollection),
		wire.ByID("person_id", store.FieldPerson),
		wire.ByID("company_id", store.FieldCompany),
	}, folderAnalysisFilters...),
}

func (a *API) listAnalyses(c *call) (answer, error) {
	page, err := analysisList.Page(c.params)
	if err != nil {
		return nil, err
	}
	found, total, err := a.Analyses.List(c.ctx(), c.grant, page.Query)
	if err != nil {
		return nil, err
	}
	shown, err := a.showAnalyses(c, found...)
	if err != nil {
		return nil, err
	}
	return ok(wire.Body(page, shown, total))
}

func (a *API) getAnalysis(c *call) (answer, error) {
	id := c.id("analysis_id")
	wait := time.Duration(c.params.Int("wait", 0, 0, maxWait)) * time.Second
	found, err := a.Analyses.Get(c.ctx(), c.grant, id)
	if err == nil {
		err = c.params.Err()
	}
	if err == nil && wait > 0 && found.State == osprey.StateProcessing {
		found, err = a.Analyses.Wait(c.ctx(), c.grant, id, wait)
	}
	if err != nil {
		return nil, err
	}
	return a.okAnalysis(c, found)
}

func (a *API) deleteAnalysis(c *call) (answer, error) {
	return done(a.Analyses.Delete(c.ctx(), c.grant, c.id("analysis_id")))
}

func (a *API) giveVerdict(c *call) (answer, error) {
	id := c.id("analysis_id")
	if _, err := a.Analyses.Get(c.ctx(), c.grant, id); err != nil {
		return nil, err
	}
	o, err := c.body()
	if err != nil {
		return nil, err
	}
	verdict, comment, err := readVerdict(o)
	if err != nil {
		return nil, err
	}
	decided, err := a.Analyses.Verdict(c.ctx(), c.grant, id, verdict, comment)
	if err != nil {
		return nil, err
	}
	return a.okAnalysis(c, decided)
}

// showAnalyses shows analyses with the links to what they took and made, which are
// read for all of them at once.
func (a *API) showAnalyses(c *call, list ...osprey.Analysis) ([]analysisObject, error) {
	media, err := a.Folders.MediaOfAnalyses(c.ctx(), c.grant, list)
	if err != nil {
		return nil, err
	}
	rows := byID(media)
	return wire.Each(list, func(an osprey.Analysis) analysisObject { return c.show.analysis(an, rows) }), nil
}

func (a *API) okAnalysis(c *call, one osprey.Analysis) (answer, error) {
	shown, err := a.showAnalyses(c, one)
	if err != nil {
		return nil, err
	}
	return ok(shown[0])
}

// readVerdict reads resolution_status, which may be spelled resolution.
func readVerdict(o *wire.Object) (osprey.Resolution, *string, error) {
	allowed := []osprey.Resolution{osprey.ResolutionSuccess, osprey.ResolutionDeclined}
	status := wire.Enum(o, "resolution_status", osprey.ParseResolution, allowed...)
	short := wire.Enum(o, "resolution", osprey.ParseResolution, allowed...)
	switch {
	case status == nil && short == nil:
		o.Require("resolution_status")
	case status == nil:
		status = short
	case short != nil && *short != *status:
		o.Fail(osprey.InvalidValue("resolution", "resolution and resolution_status differ"))
	}
	comment := o.String("comment")
	if comment != nil {
		if n := utf8.RuneCountInString(*comment); n > osprey.MaxOperatorComment {
			o.Fail(osprey.OutOfRange("comment", osprey.MaxOperatorComment, n, "comment is longer than %d characters", osprey.MaxOperatorComment))
		}
	}
	if err := o.Err(); err != nil {
		return "", nil, err
	}
	return *status, comment, nil
}
