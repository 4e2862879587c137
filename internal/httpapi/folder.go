package httpapi

import (
	"context"
	"net/http"
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/folder"
	"example.org/osprey/internal/store"
	"example.org/osprey/internal/wire"
)

var folderList = wire.List{
	Meta: true, Times: true, Analyse: true,
	Filters: []wire.Filter{
		wire.ByID("folder_id", store.FieldID),
		wire.ByID("user_id", store.FieldUser),
		wire.ByID("company_id", store.FieldCompany),
		wire.ByWord("resolution_status", store.FieldResolution, osprey.ParseResolution),
		wire.ByWord("system_resolution", store.FieldSystem, osprey.ParseResolution),
	},
}

func (a *API) listFolders(c *call) (answer, error) {
	expand := expansions(c.params, false)
	page, err := folderList.Page(c.params)
	if err != nil {
		return nil, err
	}
	views, total, err := a.Folders.List(c.ctx(), c.grant, page.Query, expand)
	if err != nil {
		return nil, err
	}
	shown := wire.Each(views, func(v folder.View) folderObject { return a.showFolder(c, v, expand) })
	return ok(wire.Body(page, shown, total))
}

const maxWait = 60 // seconds

func (a *API) getFolder(c *call) (answer, error) {
	id, expand := c.id("folder_id"), expansions(c.params, true)
	wait := time.Duration(c.params.Int("wait", 0, 0, maxWait)) * time.Second
	view, err := a.Folders.Get(c.ctx(), c.grant, id, expand)
	if err == nil {
		err = c.params.Err()
	}
	if err == nil && wait > 0 {
		// The folder's status tells of the newest analyses of each type alone, and an older
		// one that runs is waited for too (api.md 8.3).
		if err = a.Analyses.WaitFolder(c.ctx(), c.grant, id, wait); err == nil {
			view, err = a.Folders.Get(c.ctx(), c.grant, id, expand)
		}
	}
	if err != nil {
		return nil, err
	}
	return ok(a.showFolder(c, view, expand))
}

func (a *API) deleteFolder(c *call) (answer, error) {
	return done(a.Folders.Delete(c.ctx(), c.grant, c.id("folder_id")))
}

func expansions(p *wire.Params, analyses bool) folder.Expand {
	return folder.Expand{
		Analyses: p.Bool("with_analyses", analyses), User: p.Bool("with_user", false), Company: p.Bool("with_company", false),
	}
}

func (a *API) showFolder(c *call, v folder.View, expand folder.Expand) folderObject {
	o := c.show.folder(v.Folder, v.Media)
	if expand.Analyses {
		rows := byID(v.Media, v.Results)
		o.withAnalyses(wire.Each(v.Analyses, func(an osprey.Analysis) analysisObject { return c.show.analysis(an, rows) }))
	}
	if expand.User {
		o.withUser(a.mayBeShown(c.caller, v.User))
	}
	if expand.Company {
		var company any
		if v.Company != nil {
			company = a.showCompany(c, *v.Company)
		}
		o.withCompany(company)
	}
	return o
}

// mayBeShown is the user if the caller could read it by GET /api/users, else nil:
// who may see a folder need not see all there is about who made it.
func (a *API) mayBeShown(caller access.Caller, u *osprey.User) *osprey.User {
	if u == nil {
		return nil
	}
	grant, err := a.Policy.Authorize(caller, access.MayReadUsers)
	if err != nil || !grant.View.Covers(u.Company, u.ID) {
		return nil
	}
	return u
}

func (a *API) createFolder(c *call) (answer, error) {
	arrived := a.Clock.Now()
	wait := time.Duration(c.params.Int("wait", maxWait, 0, maxWait)) * time.Second
	if err := c.params.Err(); err != nil {
		return nil, err
	}
	if c.r.ContentLength != 0 && wire.KindOf(c.r) != wire.BodyPlain {
		// It may ask for analyses, which is known only when it is read (api.md 10).
		if err := a.Analyses.Room(c.ctx()); err != nil {
			c.leaveBody()
			return nil, err
		}
	}
	u, err := a.folderBody(c)
	if err != nil {
		return nil, err
	}
	in, err := readIntake(c, u)
	if err != nil {
		return nil, err
	}
	a.checkEndpoints(u.Payload)
	requests, err := readSingle(u.Payload)
	if err != nil {
		return nil, err
	}
	if len(requests) > 0 {
		return a.singleRequest(c, in, requests, single{arrived: arrived, wait: min(wait, a.Config.Analysis.SyncTimeout)})
	}
	return effect(c, http.StatusCreated,
		func(ctx context.Context) (folder.View, error) { return a.Folders.Create(ctx, c.grant, in) },
		func(view folder.View) any { return a.showFolder(c, view, folder.Expand{Analyses: true}) })
}

// folderBody reads any of the four bodies that make a folder (api.md 8.1). An empty
// one makes an empty folder under any content type but a capsule's.
func (a *API) folderBody(c *call) (*wire.Upload, error) {
	limits := wire.Limits{MaxFiles: a.Config.Media.MaxCount, MaxFileBytes: a.Config.Media.MaxSize}
	if c.unstored {
		limits.MaxBytes = maxInstantBytes
	}
	if wire.KindOf(c.r) == wire.BodyOctets {
		return a.received(c, limits)
	}
	empty, err := wire.Empty(c.r)
	if err != nil {
		return nil, err
	}
	if empty {
		return &wire.Upload{Payload: wire.NewObject(map[string]any{})}, nil
	}
	if wire.KindOf(c.r) == wire.BodyMultipart {
		return a.received(c, limits)
	}
	o, err := c.body()
	return &wire.Upload{Payload: o}, err
}

func readIntake(c *call, u *wire.Upload) (folder.Intake, error) {
	o := u.Payload
	in := folder.Intake{
		Company: o.ID("company_id"), Metadata: o.Metadata("folder:meta_data"),
		ResolutionEndpoint: o.String(endpointKey), Source: string(c.source()), AdditionalInfo: u.AdditionalInfo,
	}
	if info := o.String("additional_info"); info != nil {
		if n := len(*info); n > wire.MaxAdditionalInfo {
			o.Fail(osprey.OutOfRange("additional_info", wire.MaxAdditionalInfo, n, "additional_info is longer than %d bytes", wire.MaxAdditionalInfo))
		}
		in.AdditionalInfo = info
	}
	o.Object("params")
	files, err := describe(u.Files, o)
	in.Files = wire.Each(files, folderFile)
	return in, err
}

func folderFile(f described) folder.File {
	return folder.File{Field: f.Field, Name: f.Name, Data: f.Data, Fault: f.Fault, Tags: f.tags, Metadata: f.metadata}
}
