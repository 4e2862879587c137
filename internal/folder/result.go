package folder

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// MediaOfAnalyses returns the media whose links show the analyses: the images that
// they made and, of shot sets that they took, the rows with their previews. Media
// that were erased are not among them. The analyses were read with the same grant.
func (s *Service) MediaOfAnalyses(ctx context.Context, g access.Grant, analyses []osprey.Analysis) ([]osprey.Media, error) {
	byFolder := make(map[osprey.ID][]osprey.Analysis)
	for _, a := range analyses {
		byFolder[a.Folder] = append(byFolder[a.Folder], a)
	}
	withPreviews := foldersOfShotSets(analyses)
	var out []osprey.Media
	err := s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		made, err := resultsOf(tx, byFolder)
		if err != nil {
			return err
		}
		taken, err := tx.MediaOfFolders(withPreviews)
		if err != nil {
			return err
		}
		for _, by := range []map[osprey.ID][]osprey.Media{made, taken} {
			for _, list := range by {
				out = append(out, list...)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, s.shownByCompany(ctx, g, "analysis", out)
}

// foldersOfShotSets lists the folders of analyses that took shot sets: only those
// have previews.
func foldersOfShotSets(analyses []osprey.Analysis) []osprey.ID {
	var out []osprey.ID
	seen := make(map[osprey.ID]bool)
	for _, a := range analyses {
		for _, m := range a.Source {
			if m.Type == osprey.MediaShotSet && !m.Cleared && !seen[a.Folder] {
				seen[a.Folder] = true
				out = append(out, a.Folder)
			}
		}
	}
	return out
}

// resultsOf reads the images that the analyses made, with one query for all, and
// returns them by folder.
func resultsOf(tx *store.Tx, analyses map[osprey.ID][]osprey.Analysis) (map[osprey.ID][]osprey.Media, error) {
	var ids []osprey.ID
	for _, list := range analyses {
		for _, a := range list {
			if a.Result != nil && (a.Result.Quality != nil || a.Result.Documents != nil) {
				ids = append(ids, a.ID)
			}
		}
	}
	made, err := tx.ResultImages(ids)
	if err != nil {
		return nil, err
	}
	out := make(map[osprey.ID][]osprey.Media)
	for _, list := range made {
		for _, m := range list {
			out[m.Folder] = append(out[m.Folder], m)
		}
	}
	return out, nil
}

// shownByCompany is shown for media of several companies: one record each.
func (s *Service) shownByCompany(ctx context.Context, g access.Grant, object string, media []osprey.Media) error {
	count := make(map[osprey.ID]int)
	for _, m := range media {
		count[m.Company]++
	}
	for company, n := range count {
		if err := s.shown(ctx, g, object, "", company, n); err != nil {
			return err
		}
	}
	return nil
}
