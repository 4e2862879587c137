package folder

import (
	"context"
	"errors"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/store"
)

// MediaList returns a page of a folder's media.
func (s *Service) MediaList(ctx context.Context, g access.Grant, folder osprey.ID, q store.Query) (items []osprey.Media, total int, err error) {
	var f osprey.Folder
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		if f, err = tx.Folder(folder); err != nil {
			return notExist(err)
		}
		items, total, err = tx.MediaList(folder, q)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return items, total, s.shown(ctx, g, "folder", folder, f.Company, len(items))
}

// Media returns one medium.
func (s *Service) Media(ctx context.Context, g access.Grant, id osprey.ID) (osprey.Media, error) {
	m, err := s.medium(ctx, g, id)
	if err != nil {
		return m, err
	}
	return m, s.shown(ctx, g, "media", id, m.Company, 1)
}

func (s *Service) medium(ctx context.Context, g access.Grant, id osprey.ID) (m osprey.Media, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		m, err = tx.Media(id)
		return notExist(err)
	})
	return m, err
}

// SetTags replaces the tags of a medium. Running analyses keep the tags they took.
func (s *Service) SetTags(ctx context.Context, g access.Grant, id osprey.ID, tags []string) (m osprey.Media, err error) {
	err = s.audited(ctx, g, "media.update", "media", id, func(tx *store.Tx, e *access.Event) error {
		if m, err = tx.Media(id); err != nil {
			return notExist(err)
		}
		e.Company = m.Company
		if err := g.Check(m.Company, m.Owner); err != nil {
			return err
		}
		if err := tx.SetTags(id, tags); err != nil {
			return err
		}
		m, err = tx.Media(id)
		return err
	})
	return m, err
}

// maxReferences is how many blocking analyses a refusal lists.
const maxReferences = 100

// DeleteMedia erases one medium, unless a running analysis takes it. Finished
// analyses stay; their entry of the medium is marked.
func (s *Service) DeleteMedia(ctx context.Context, g access.Grant, id osprey.ID) error {
	err := s.audited(ctx, g, "media.delete", "media", id, func(tx *store.Tx, e *access.Event) error {
		m, err := tx.Media(id)
		if err != nil {
			return notExist(err)
		}
		e.Company, e.Details = m.Company, osprey.Details{"folder_id": string(m.Folder)}
		f, err := tx.LockFolder(m.Folder)
		if err != nil {
			return notExist(err)
		}
		if err := deletable(tx, g, f); err != nil {
			return err
		}
		if err := inUse(tx, id); err != nil {
			return err
		}
		if err := tx.DeleteMedia(id); err != nil {
			return err
		}
		return tx.AddBlobErase(blobsOf(m))
	})
	if err != nil {
		return err
	}
	s.o.Erase()
	return nil
}

func inUse(tx *store.Tx, media osprey.ID) error {
	refs, err := tx.MediaInUse(media, maxReferences)
	if err != nil || len(refs) == 0 {
		return err
	}
	list := make([]osprey.Details, len(refs))
	for i, r := range refs {
		list[i] = osprey.Details{"analysis_id": string(r.Analysis), "folder_id": string(r.Folder)}
	}
	return osprey.Conflict("media_id", "in_use", "A running analysis uses the medium").With("analyses", list)
}

// File returns the bytes of a medium; the folder is part of the address and must
// agree. Reads by ADMIN and OPERATOR, who stand outside the company, are audited.
func (s *Service) File(ctx context.Context, g access.Grant, folder, media osprey.ID, thumb bool) (MediaFile, error) {
	m, err := s.medium(ctx, g, media)
	if err != nil {
		return MediaFile{}, err
	}
	if m.Folder != folder || m.Cleared {
		return MediaFile{}, osprey.NotExist()
	}
	if g.Actor.Role == osprey.RoleAdmin || g.Actor.Role == osprey.RoleOperator {
		err := s.audited(ctx, g, "media.read", "media", media, func(_ *store.Tx, e *access.Event) error {
			e.Company = m.Company
			return nil
		})
		if err != nil {
			return MediaFile{}, err
		}
	}
	key, mime := m.Blob, m.Info.MIME
	if thumb {
		key, mime = m.Thumb, "image/jpeg"
	}
	data, err := s.o.Blobs.Get(ctx, key, m.Company, m.ID)
	if errors.Is(err, blob.ErrNotFound) {
		return MediaFile{}, osprey.NotExist() // deleted since its row was read
	}
	if err != nil {
		return MediaFile{}, err
	}
	return MediaFile{Company: m.Company, Data: data, MIME: mime, Updated: m.Updated}, nil
}
