package collection

import (
	"context"

	"example.org/osprey"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/store"
)

// Person returns one with its photos.
func (s *Service) Person(ctx context.Context, g access.Grant, collection, person osprey.ID) (p osprey.Person, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		p, err = whole(tx, collection, person)
		return err
	})
	if err != nil {
		return p, err
	}
	return p, s.shown(ctx, g, "person", person, p.Company, len(p.Images))
}

// whole reads a person of a visible collection with its photos.
func whole(tx *store.Tx, collection, person osprey.ID) (osprey.Person, error) {
	if _, err := tx.Collection(collection); err != nil {
		return osprey.Person{}, notExist(err, "")
	}
	p, err := tx.Person(collection, person)
	if err != nil {
		return osprey.Person{}, notExist(err, "")
	}
	p.Images, err = tx.ImagesOfPerson(person)
	return p, err
}

// Persons returns a page.
func (s *Service) Persons(ctx context.Context, g access.Grant, collection osprey.ID, q store.Query, withImages bool) (items []osprey.Person, total int, err error) {
	var c osprey.Collection
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		if c, err = tx.Collection(collection); err != nil {
			return notExist(err, "")
		}
		items, total, err = tx.Persons(collection, q, withImages)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	photos := 0
	for _, p := range items {
		photos += len(p.Images)
	}
	return items, total, s.shown(ctx, g, "collection", collection, c.Company, photos)
}

// UpdatePerson merges metadata into a person.
func (s *Service) UpdatePerson(ctx context.Context, g access.Grant, collection, person osprey.ID, m osprey.Metadata) (p osprey.Person, err error) {
	err = s.audited(ctx, g, "person.update", "person", person, func(tx *store.Tx, e *access.Event) error {
		if p, err = whole(tx, collection, person); err != nil {
			return err
		}
		e.Company = p.Company
		if err := g.Check(p.Company, g.Actor.User); err != nil {
			return err
		}
		merged := p.Metadata.Merge(m)
		if err := merged.Check("meta_data"); err != nil {
			return err
		}
		if err := tx.SetMetadata(store.KindPerson, person, merged); err != nil {
			return err
		}
		p.Metadata, p.Updated = merged, tx.Now()
		return nil
	})
	return p, err
}

// Image returns one photo, by its image id or its media id.
func (s *Service) Image(ctx context.Context, g access.Grant, collection, person, image osprey.ID) (i osprey.PersonImage, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		if _, err := tx.Collection(collection); err != nil {
			return notExist(err, "")
		}
		i, err = tx.PersonImage(collection, person, image)
		return notExist(err, "")
	})
	if err != nil {
		return i, err
	}
	return i, s.shown(ctx, g, "person_image", i.ID, i.Company, 1)
}

// Images returns a page of a person's photos.
func (s *Service) Images(ctx context.Context, g access.Grant, collection, person osprey.ID, q store.Query) (items []osprey.PersonImage, total int, err error) {
	var c osprey.Collection
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		if c, err = tx.Collection(collection); err != nil {
			return notExist(err, "")
		}
		if _, err := tx.Person(collection, person); err != nil {
			return notExist(err, "")
		}
		items, total, err = tx.PersonImages(collection, person, q)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return items, total, s.shown(ctx, g, "person", person, c.Company, len(items))
}

// PhotoFile returns the bytes of a person's photo by its media id; thumb asks for
// the thumbnail. The collection is part of the address and must agree. Reads by
// ADMIN and OPERATOR, who stand outside the company, are audited.
func (s *Service) PhotoFile(ctx context.Context, g access.Grant, collection, media osprey.ID, thumb bool) (File, error) {
	i, f, err := s.photo(ctx, g, collection, media, thumb)
	if err != nil {
		return File{}, err
	}
	key := i.Blob
	if thumb {
		key = i.Thumb
	}
	if f.Data, err = s.o.Blobs.Get(ctx, key, i.Company, i.Media); err != nil {
		return File{}, notExistBlob(err)
	}
	f.Size = int64(len(f.Data))
	return f, nil
}

// PhotoStat tells what PhotoFile would return, without reading the bytes.
func (s *Service) PhotoStat(ctx context.Context, g access.Grant, collection, media osprey.ID, thumb bool) (File, error) {
	_, f, err := s.photo(ctx, g, collection, media, thumb)
	return f, err
}

// photo finds a photo and tells the audit log who asked for it.
func (s *Service) photo(ctx context.Context, g access.Grant, collection, media osprey.ID, thumb bool) (i osprey.PersonImage, f File, err error) {
	err = s.o.Store.Read(ctx, g.View, func(tx *store.Tx) (err error) {
		i, err = tx.PersonImageByMedia(media)
		if err == nil && i.Collection != collection {
			err = store.ErrNotFound
		}
		return notExist(err, "")
	})
	if err != nil {
		return i, f, err
	}
	if !g.Actor.Role.InCompany() {
		err := s.audited(ctx, g, "person_image.read", "person_image", i.ID, func(_ *store.Tx, e *access.Event) error {
			e.Company = i.Company
			return nil
		})
		if err != nil {
			return i, f, err
		}
	}
	f = File{Company: i.Company, Size: i.Info.Size, MIME: i.Info.MIME, Updated: i.Updated}
	if thumb {
		f.Size, f.MIME = -1, "image/jpeg"
	}
	return i, f, nil
}
