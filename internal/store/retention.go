package store

import (
	"example.org/osprey"
	"example.org/osprey/internal/store/query"
)

// RetainingCompanies lists the companies of the scope that have set how long they
// keep anything.
func (tx *Tx) RetainingCompanies() ([]osprey.Company, error) {
	rows, err := tx.q.RetainingCompanies(tx.ctx, tx.company())
	if err != nil {
		return nil, tx.fail(err)
	}
	out := make([]osprey.Company, len(rows))
	for i, r := range rows {
		if out[i], err = companyOf(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Expired is where a list of what expired begins and ends: objects of a company
// created before the moment, the oldest first, those skipped that could not be erased.
type Expired struct {
	Company osprey.ID
	Before  osprey.Time
	Skip    int
	Limit   int
}

// OldMedium is an expired medium with the folder that it lies in.
type OldMedium struct{ ID, Folder osprey.ID }

// ExpiredMedia lists uploaded media whose bytes are still there and which no running
// analysis takes.
func (tx *Tx) ExpiredMedia(e Expired) ([]OldMedium, error) {
	rows, err := tx.q.ExpiredMedia(tx.ctx, query.ExpiredMediaParams{
		CompanyID: e.Company, Before: e.Before, Scope: tx.company(), Skip: int64(e.Skip), Most: int64(e.Limit),
	})
	if err != nil {
		return nil, tx.fail(err)
	}
	out := make([]OldMedium, len(rows))
	for i, r := range rows {
		out[i] = OldMedium{ID: r.ID, Folder: r.FolderID}
	}
	return out, nil
}

// ExpiredFolders lists folders.
func (tx *Tx) ExpiredFolders(e Expired) ([]osprey.ID, error) {
	ids, err := tx.q.ExpiredFolders(tx.ctx, query.ExpiredFoldersParams{
		CompanyID: e.Company, Before: e.Before, Scope: tx.company(), Skip: int64(e.Skip), Most: int64(e.Limit),
	})
	return ids, tx.fail(err)
}

// ExpiredAnalyses lists analyses.
func (tx *Tx) ExpiredAnalyses(e Expired) ([]osprey.ID, error) {
	ids, err := tx.q.ExpiredAnalyses(tx.ctx, query.ExpiredAnalysesParams{
		CompanyID: e.Company, Before: e.Before, Scope: tx.company(), Skip: int64(e.Skip), Most: int64(e.Limit),
	})
	return ids, tx.fail(err)
}

// CountExpired counts what a sweep would erase of a company: media and analyses that
// go with their folder are counted too.
func (tx *Tx) CountExpired(company osprey.ID, e osprey.Expiry) (osprey.Erased, error) {
	r, err := tx.q.CountExpired(tx.ctx, query.CountExpiredParams{
		ID: company, MediaBefore: e.Media, FoldersBefore: e.Folders, AnalysesBefore: e.Analyses, Scope: tx.company(),
	})
	if err != nil {
		return osprey.Erased{}, tx.fail(err)
	}
	return osprey.Erased{Media: int(r.Media), Folders: int(r.Folders), Analyses: int(r.Analyses)}, nil
}

// ClearMedia erases the bytes of an uploaded medium and of the result images cut
// from it, and what was seen in it; the rows stay, marked as cleared, in its folder
// and in the analyses that took it. ErrNotFound when the scope does not see it.
func (tx *Tx) ClearMedia(id osprey.ID) error {
	if err := tx.clearSources(id); err != nil {
		return err
	}
	rows, err := tx.q.BlobsOfMedium(tx.ctx, query.BlobsOfMediumParams{ID: id, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return tx.fail(err)
	}
	n, err := tx.q.ClearMedia(tx.ctx, query.ClearMediaParams{ID: id, Updated: tx.now, Scope: tx.company(), Owner: tx.scope.Owner})
	if err != nil {
		return tx.fail(err)
	}
	if n == 0 {
		return ErrNotFound
	}
	for _, r := range rows {
		if err := tx.AddBlobErase([]string{r.BlobKey, r.ThumbKey, r.PreviewKey}); err != nil {
			return err
		}
	}
	if err := tx.q.DeleteLooks(tx.ctx, query.DeleteLooksParams{MediaID: id, Scope: tx.company(), Owner: tx.scope.Owner}); err != nil {
		return tx.fail(err)
	}
	if err := tx.folderCleared(id); err != nil {
		return err
	}
	return tx.bury(BuriedBytes, id)
}

// folderCleared marks the folder of a medium as cleared when all its media are.
func (tx *Tx) folderCleared(media osprey.ID) error {
	return tx.fail(tx.q.SetFolderCleared(tx.ctx, query.SetFolderClearedParams{MediaID: media, Scope: tx.company(), Owner: tx.scope.Owner}))
}
