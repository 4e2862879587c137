package store

import (
	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

var reportList = &list{
	table:   "report",
	company: "company_id",
	owner:   "report.owner_id = ?",
	updated: "created", // a report does not change
	fields: map[Field]condition{
		FieldID: column("id"), FieldFolder: column("folder_id"), FieldCompany: column("company_id"), FieldFormat: column("format"),
	},
}

func reportOf(r query.Report) (osprey.Report, error) {
	return osprey.Report{
		ID: r.ID, Folder: r.FolderID, Company: r.CompanyID, Owner: r.OwnerID, Template: r.TemplateID, Format: r.Format,
		SHA256: r.SHA256, Size: r.Size, Blob: r.BlobKey, Created: r.Created,
	}, nil
}

// InsertReport stores a new one of a folder of the scope, ErrNotFound when there is
// none. Company and owner become the folder's.
func (tx *Tx) InsertReport(r osprey.Report) error {
	return tx.one(tx.q.InsertReport(tx.ctx, query.InsertReportParams{
		ID: r.ID, FolderID: r.Folder, TemplateID: r.Template, Format: r.Format, SHA256: r.SHA256, Size: r.Size,
		BlobKey: r.Blob, Created: tx.moment(r.Created), Scope: tx.company(), Owner: tx.scope.Owner,
	}))
}

// Report returns one.
func (tx *Tx) Report(id osprey.ID) (osprey.Report, error) {
	r, err := tx.q.Report(tx.ctx, query.ReportParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return osprey.Report{}, tx.fail(err)
	}
	return reportOf(r)
}

// Reports lists them; fields: id, folder_id, company_id, format.
func (tx *Tx) Reports(q Query) ([]osprey.Report, int, error) {
	return page(tx, reportList, q, reportOf)
}

// DeleteReport removes one and notes its file to be erased.
func (tx *Tx) DeleteReport(id osprey.ID) error {
	key, err := tx.q.DeleteReport(tx.ctx, query.DeleteReportParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return tx.fail(err)
	}
	if err := tx.gone(id, key); err != nil {
		return err
	}
	return tx.bury(BuriedReport, id)
}
