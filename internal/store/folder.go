package store

import (
	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

var folderList = &list{
	table:   "folder",
	kind:    KindFolder,
	company: "company_id",
	owner:   "folder.user_id = ?",
	updated: "updated",
	fields: map[Field]condition{
		FieldID: column("id"), FieldFolder: column("id"), FieldCompany: column("company_id"), FieldUser: column("user_id"),
		FieldResolution: folderResolution, FieldSystem: column("system_resolution"),
	},
}

// folderResolution compares verdict words with the machine's word and the others
// with the status (api.md 8.3).
func folderResolution(w *where, values []string, not bool) {
	var verdicts, states []string
	for _, v := range values {
		switch osprey.Resolution(v) {
		case osprey.ResolutionSuccess, osprey.ResolutionDeclined, osprey.ResolutionOperator:
			verdicts = append(verdicts, v)
		default:
			states = append(states, v)
		}
	}
	w.either(not, in("folder.system_resolution", verdicts), in("folder.status", states))
}

func folderOf(r query.Folder) (osprey.Folder, error) {
	var d decoder
	f := osprey.Folder{
		ID: r.ID, Company: r.CompanyID, User: r.UserID, Status: r.Status, System: r.SystemResolution,
		ResolutionEndpoint: r.ResolutionEndpoint, ResolutionTime: r.ResolutionTime,
		OperatorStatus: r.OperatorStatus, OperatorComment: r.OperatorComment, Author: r.AuthorID, Cleared: r.Cleared,
		Metadata: d.object(r.Metadata), Technical: d.object(r.Technical), Created: r.Created, Updated: r.Updated,
	}
	return f, d.err
}

// Folder returns one.
func (tx *Tx) Folder(id osprey.ID) (osprey.Folder, error) {
	r, err := tx.q.Folder(tx.ctx, query.FolderParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return osprey.Folder{}, tx.fail(err)
	}
	return folderOf(r)
}

// LockFolder returns one and holds its row until the transaction ends.
func (tx *Tx) LockFolder(id osprey.ID) (osprey.Folder, error) {
	r, err := tx.q.LockFolder(tx.ctx, query.LockFolderParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return osprey.Folder{}, tx.fail(err)
	}
	return folderOf(r)
}

// Folders lists them; fields: id (as folder_id too), user_id, company_id,
// resolution_status, system_resolution; Analyse.
func (tx *Tx) Folders(q Query) ([]osprey.Folder, int, error) {
	return page(tx, folderList, q, folderOf)
}

// InsertFolder stores a new one. ErrReferenced: there is no such company.
func (tx *Tx) InsertFolder(f osprey.Folder) error {
	if !tx.scope.Covers(f.Company, f.User) {
		return ErrNotFound
	}
	var e encoder
	p := query.InsertFolderParams{
		ID: f.ID, CompanyID: f.Company, UserID: f.User, Status: f.Status, SystemResolution: f.System,
		ResolutionEndpoint: f.ResolutionEndpoint, ResolutionTime: f.ResolutionTime,
		OperatorStatus: f.OperatorStatus, OperatorComment: f.OperatorComment, AuthorID: f.Author, Cleared: f.Cleared,
		Metadata: e.object(f.Metadata), Technical: e.object(f.Technical),
		Created: tx.moment(f.Created), Updated: tx.moment(f.Updated),
	}
	if e.err != nil {
		return e.err
	}
	if err := tx.one(tx.q.InsertFolder(tx.ctx, p)); err != nil {
		return err
	}
	if err := tx.countIntake(f.Company, p.Created, 1, 0); err != nil {
		return err
	}
	return tx.putMeta(KindFolder, f.ID, f.Company, f.Metadata)
}

// SetFolderState writes the status words, the time of resolution, the operator's
// columns and the update time.
func (tx *Tx) SetFolderState(f osprey.Folder) error {
	return tx.one(tx.q.SetFolderState(tx.ctx, query.SetFolderStateParams{
		ID: f.ID, Status: f.Status, SystemResolution: f.System, ResolutionTime: f.ResolutionTime,
		OperatorStatus: f.OperatorStatus, OperatorComment: f.OperatorComment, AuthorID: f.Author,
		Updated: tx.now, Scope: tx.company(), Owner: tx.scope.Owner,
	}))
}

// TouchFolder sets the update time.
func (tx *Tx) TouchFolder(id osprey.ID) error {
	return tx.one(tx.q.TouchFolder(tx.ctx, query.TouchFolderParams{
		ID: id, Updated: tx.now, Scope: tx.company(), Owner: tx.scope.Owner,
	}))
}

// DeleteFolder removes one with its media, result images, reports and analyses,
// matches included, and what is pending of its webhooks, and notes the blobs to be
// erased.
func (tx *Tx) DeleteFolder(id osprey.ID) error {
	if _, err := tx.LockFolder(id); err != nil {
		return err
	}
	rows, err := tx.q.BlobsOfFolder(tx.ctx, query.BlobsOfFolderParams{FolderID: id, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return tx.fail(err)
	}
	reports, err := tx.q.BlobsOfReports(tx.ctx, query.BlobsOfReportsParams{FolderID: id, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return tx.fail(err)
	}
	if err := tx.q.DeleteFolderMeta(tx.ctx, id); err != nil {
		return tx.fail(err)
	}
	if err := tx.q.ForgetFolderAnswers(tx.ctx, id); err != nil {
		return tx.fail(err)
	}
	err = tx.q.DropFolderDeliveries(tx.ctx, query.DropFolderDeliveriesParams{FolderID: id, Scope: tx.company()})
	if err != nil {
		return tx.fail(err)
	}
	if err := tx.one(tx.q.DeleteFolder(tx.ctx, query.DeleteFolderParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner})); err != nil {
		return err
	}
	for _, r := range rows {
		if err := tx.AddBlobErase([]string{r.BlobKey, r.ThumbKey, r.PreviewKey}); err != nil {
			return err
		}
	}
	if err := tx.AddBlobErase(reports); err != nil {
		return err
	}
	return tx.bury(BuriedFolder, id)
}

// FolderHadAnalysis reports whether the folder ever had one, deleted ones
// included.
func (tx *Tx) FolderHadAnalysis(id osprey.ID) (bool, error) {
	had, err := tx.q.FolderHadAnalysis(tx.ctx, query.FolderHadAnalysisParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner})
	return had, tx.fail(err)
}
