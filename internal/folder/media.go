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

// DeleteMedia erases one medium with what analyses cut from it, unless a running
// analysis takes it. Finished analyses stay; their entry of the medium is marked. A
// result image can be erased by itself: its analysis goes on without it.
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
		return tx.DeleteMedia(id)
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
func (s *Service) File(ctx context.Context, g access.Grant, folder, media osprey.ID, form Form) (MediaFile, error) {
	m, key, f, err := s.file(ctx, g, folder, media, form)
	if err != nil {
		return f, err
	}
	if f.Data, err = s.o.Blobs.Get(ctx, key, m.Company, m.ID); errors.Is(err, blob.ErrNotFound) {
		return f, osprey.NotExist() // deleted since its row was read
	}
	f.Size = int64(len(f.Data))
	return f, err
}

// Stat tells what File would return, without reading the bytes.
func (s *Service) Stat(ctx context.Context, g access.Grant, folder, media osprey.ID, form Form) (MediaFile, error) {
	_, _, f, err := s.file(ctx, g, folder, media, form)
	return f, err
}

// file finds a file of a medium and tells the audit log who asked for it.
func (s *Service) file(ctx context.Context, g access.Grant, folder, media osprey.ID, form Form) (osprey.Media, string, MediaFile, error) {
	m, err := s.medium(ctx, g, media)
	if err != nil {
		return m, "", MediaFile{}, err
	}
	f := MediaFile{Company: m.Company, MIME: m.Info.MIME, Size: m.Info.Size, Updated: m.Updated}
	key := m.Blob
	switch form {
	case Original:
	case Thumb:
		key, f.MIME, f.Size = m.Thumb, "image/jpeg", -1
	case Preview:
		key, f.MIME, f.Size = m.Preview, "video/mp4", -1
	}
	if m.Folder != folder || m.Cleared || key == "" {
		return m, "", MediaFile{}, osprey.NotExist()
	}
	if !g.Actor.Role.InCompany() {
		err = s.audited(ctx, g, "media.read", "media", media, func(_ *store.Tx, e *access.Event) error {
			e.Company = m.Company
			return nil
		})
	}
	return m, key, f, err
}
