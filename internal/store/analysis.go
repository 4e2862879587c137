package store

import (
	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

var analysisList = &list{
	table:   "analysis",
	kind:    KindAnalysis,
	company: "company_id",
	owner:   "owner_id = ?",
	updated: "updated",
	fields: map[Field]condition{
		FieldID: column("id"), FieldFolder: column("folder_id"), FieldGroup: column("group_id"),
		FieldCompany: column("company_id"), FieldUser: column("owner_id"),
		FieldType: column("type"), FieldState: eitherState("state", "resolution"),
		FieldStatus: eitherState("state", "resolution"), FieldResolution: column("resolution"),
		FieldCollection: linked("SELECT analysis_id FROM analysis_searched", "collection_id"),
		FieldPerson:     linked("SELECT analysis_id FROM analysis_match", "person_id"),
	},
}

// analyseFields are the fields of AnalyseFilter, in the sub-query of folders.
var analyseFields = map[Field]condition{
	FieldType:       column("a.type"),
	FieldState:      eitherState("a.state", "a.resolution"),
	FieldStatus:     eitherState("a.state", "a.resolution"),
	FieldResolution: column("a.resolution"),
}

// eitherState compares values with the state and with the resolution (api.md 9.9).
func eitherState(state, resolution string) condition {
	return func(w *where, values []string, not bool) { w.either(not, in(state, values), in(resolution, values)) }
}

func analysisOf(r query.Analysis) (osprey.Analysis, error) {
	var d decoder
	a := osprey.Analysis{
		ID: r.ID, Group: r.GroupID, Folder: r.FolderID, Company: r.CompanyID, Owner: r.OwnerID,
		Type: r.Type, State: r.State, Resolution: r.Resolution, System: r.SystemResolution,
		OperatorStatus: r.OperatorStatus, Operator: r.OperatorID, OperatorComment: r.OperatorComment, OperatorTime: r.OperatorTime,
		ErrorCode: r.ErrorCode, ErrorMessage: r.ErrorMessage, ResolutionEndpoint: r.ResolutionEndpoint, Run: r.Run,
		Metadata: d.object(r.Metadata), Technical: d.object(r.Technical),
		Created: r.Created, Updated: r.Updated, Finished: r.Finished,
	}
	d.read(r.Source, &a.Source)
	d.read(r.Params, &a.Params)
	if r.Result != nil {
		a.Result = &osprey.Result{}
		d.read(*r.Result, a.Result)
	}
	return a, d.err
}

// result is the JSON of a result, NULL when there is none.
func (e *encoder) result(r *osprey.Result) *string {
	if r == nil {
		return nil
	}
	s := e.text(r)
	return &s
}

// Analysis returns one.
func (tx *Tx) Analysis(id osprey.ID) (osprey.Analysis, error) {
	r, err := tx.q.Analysis(tx.ctx, query.AnalysisParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return osprey.Analysis{}, tx.fail(err)
	}
	return analysisOf(r)
}

// Analyses lists them; fields: id, type, state, resolution_status, folder_id,
// group_id, collection_id, person_id, company_id, user_id.
func (tx *Tx) Analyses(q Query) ([]osprey.Analysis, int, error) {
	return page(tx, analysisList, q, analysisOf)
}

// AnalysesOfFolders returns all analyses of the folders given, oldest first.
func (tx *Tx) AnalysesOfFolders(folders []osprey.ID) (map[osprey.ID][]osprey.Analysis, error) {
	return group(tx, analysisList, "folder_id", folders, analysisOf, func(a osprey.Analysis) osprey.ID { return a.Folder })
}

// InsertAnalysis stores a new one in a folder of the scope, ErrNotFound when
// there is none, with the collections it will search when it names some. Company
// and owner become the folder's.
func (tx *Tx) InsertAnalysis(a osprey.Analysis) error {
	var e encoder
	p := query.InsertAnalysisParams{
		ID: a.ID, GroupID: a.Group, FolderID: a.Folder, Type: a.Type, State: a.State,
		Resolution: a.Resolution, SystemResolution: a.System,
		OperatorStatus: a.OperatorStatus, OperatorID: a.Operator, OperatorComment: a.OperatorComment, OperatorTime: a.OperatorTime,
		Source: listText(&e, a.Source), Units: a.Units(), Params: e.text(a.Params), Result: e.result(a.Result),
		ErrorCode: a.ErrorCode, ErrorMessage: a.ErrorMessage, ResolutionEndpoint: a.ResolutionEndpoint, Run: a.Run,
		Metadata: e.object(a.Metadata), Technical: e.object(a.Technical),
		Created: tx.moment(a.Created), Updated: tx.moment(a.Updated), Finished: a.Finished,
		Scope: tx.company(), Owner: tx.scope.Owner,
	}
	if e.err != nil {
		return e.err
	}
	company, err := tx.q.InsertAnalysis(tx.ctx, p)
	if err != nil {
		return tx.fail(err)
	}
	for _, m := range a.Source {
		err := tx.q.InsertAnalysisMedia(tx.ctx, query.InsertAnalysisMediaParams{AnalysisID: a.ID, MediaID: m.Media})
		if err != nil {
			return tx.fail(err)
		}
	}
	for _, c := range a.Params.Collections {
		if err := tx.InsertSearched(a.ID, c); err != nil {
			return err
		}
	}
	if err := tx.one(tx.q.MarkAnalysed(tx.ctx, query.MarkAnalysedParams{ID: a.Folder, Scope: tx.company(), Owner: tx.scope.Owner})); err != nil {
		return err
	}
	return tx.putMeta(KindAnalysis, a.ID, company, a.Metadata)
}

// BeginRun raises the run number of a PROCESSING analysis and returns it, with
// the analysis. ErrNotFound: it is gone or has ended.
func (tx *Tx) BeginRun(id osprey.ID) (osprey.Analysis, error) {
	r, err := tx.q.BeginRun(tx.ctx, query.BeginRunParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return osprey.Analysis{}, tx.fail(err)
	}
	return analysisOf(r)
}

// EndAnalysis writes state, resolution, result, error, technical metadata and
// times (a.Finished, or Now where it is zero), if the analysis is still PROCESSING
// and its run is a.Run; it reports false, having changed nothing, when it is not.
func (tx *Tx) EndAnalysis(a osprey.Analysis) (bool, error) {
	var e encoder
	p := query.EndAnalysisParams{
		ID: a.ID, Run: a.Run, State: a.State, Resolution: a.Resolution, SystemResolution: a.System,
		Result: e.result(a.Result), ErrorCode: a.ErrorCode, ErrorMessage: a.ErrorMessage,
		Technical: e.object(a.Technical), Updated: tx.now, Finished: tx.moment(a.Finished),
		Scope: tx.company(), Owner: tx.scope.Owner,
	}
	if e.err != nil {
		return false, e.err
	}
	n, err := tx.q.EndAnalysis(tx.ctx, p)
	return n == 1, tx.fail(err)
}

// InsertMatch notes that an analysis matched a photo; a second note of the same
// is no error. ErrNotFound: analysis, folder, company, collection, person and
// image do not belong together any more, the search has to be repeated.
func (tx *Tx) InsertMatch(analysis, folder, company, collection, person, image osprey.ID) error {
	return tx.one(tx.q.InsertMatch(tx.ctx, query.InsertMatchParams{
		AnalysisID: analysis, FolderID: folder, CompanyID: company, CollectionID: collection,
		PersonID: person, ImageID: image, Scope: tx.company(), Owner: tx.scope.Owner,
	}))
}

// InsertSearched notes a collection that an analysis searched; a second note of
// the same is no error.
func (tx *Tx) InsertSearched(analysis, collection osprey.ID) error {
	_, err := tx.q.InsertSearched(tx.ctx, query.InsertSearchedParams{
		AnalysisID: analysis, CollectionID: collection, Scope: tx.company(), Owner: tx.scope.Owner,
	})
	return tx.fail(err)
}

// SetVerdict writes the operator's columns and the resolution, if the analysis is
// still OPERATOR_REQUIRED; it reports false otherwise.
func (tx *Tx) SetVerdict(a osprey.Analysis) (bool, error) {
	n, err := tx.q.SetVerdict(tx.ctx, query.SetVerdictParams{
		ID: a.ID, Resolution: a.Resolution, OperatorStatus: a.OperatorStatus, OperatorID: a.Operator,
		OperatorComment: a.OperatorComment, OperatorTime: tx.moment(a.OperatorTime),
		Updated: tx.now, Scope: tx.company(), Owner: tx.scope.Owner,
	})
	return n == 1, tx.fail(err)
}

// DeleteAnalysis removes one with its matches and its result images, and notes
// their blobs to be erased.
func (tx *Tx) DeleteAnalysis(id osprey.ID) error {
	rows, err := tx.q.BlobsOfAnalysis(tx.ctx, query.BlobsOfAnalysisParams{AnalysisID: &id, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return tx.fail(err)
	}
	err = tx.one(tx.q.DeleteAnalysis(tx.ctx, query.DeleteAnalysisParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner}))
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := tx.gone(r.ID, r.BlobKey, r.ThumbKey, r.PreviewKey); err != nil {
			return err
		}
	}
	if err := tx.unhang(id); err != nil {
		return err
	}
	return tx.bury(BuriedAnalysis, id)
}

// OverdueAnalyses lists PROCESSING analyses created before the moment, oldest
// first, those that come behind after (its zero value: all), at most limit.
func (tx *Tx) OverdueAnalyses(before osprey.Time, after osprey.Analysis, limit int) ([]osprey.Analysis, error) {
	rows, err := tx.q.OverdueAnalyses(tx.ctx, query.OverdueAnalysesParams{
		Before: before, After: after.Created, AfterID: after.ID, Scope: tx.company(), Owner: tx.scope.Owner, Most: int64(limit),
	})
	if err != nil {
		return nil, tx.fail(err)
	}
	return all(rows, analysisOf)
}

// OpenAnalyses counts the PROCESSING ones of the installation. It is one number
// without a company, which every scope may know: admission needs it.
func (tx *Tx) OpenAnalyses() (int, error) {
	n, err := tx.q.OpenAnalyses(tx.ctx)
	return int(n), tx.fail(err)
}
