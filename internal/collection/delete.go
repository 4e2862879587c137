package collection

import (
	"context"
	"errors"
	"time"

	"example.org/osprey"
	"example.org/osprey/gallery"
	"example.org/osprey/internal/access"
	"example.org/osprey/internal/blob"
	"example.org/osprey/internal/index"
	"example.org/osprey/internal/killpoint"
	"example.org/osprey/internal/store"
)

// maxReferences is how many blocking analyses a refusal lists.
const maxReferences = 100

// DeletePerson removes a person with all photos, unless an analysis matched one
// of them.
func (s *Service) DeletePerson(ctx context.Context, g access.Grant, collection, person osprey.ID) error {
	return s.remove(ctx, g, "person.delete", collection, person, "", func(tx *store.Tx, _ []osprey.PersonImage) error {
		refs, total, err := tx.PersonReferences(person, maxReferences)
		if err != nil {
			return err
		}
		return referenced("person_id", "The person is referenced by collection analyses", refs, total)
	}, func(tx *store.Tx, c *osprey.Collection, _ osprey.Person) error {
		c.Persons--
		return tx.DeletePerson(person)
	})
}

// DeleteImage removes one photo, unless it is itself the matched photo of an
// analysis. The last photo may go too: the person stays and matches nothing.
func (s *Service) DeleteImage(ctx context.Context, g access.Grant, collection, person, image osprey.ID) error {
	return s.remove(ctx, g, "person_image.delete", collection, person, image, func(tx *store.Tx, gone []osprey.PersonImage) error {
		refs, total, err := tx.ImageReferences(gone[0].ID, maxReferences)
		if err != nil {
			return err
		}
		return referenced("person_image_id", "The photo is referenced by collection analyses", refs, total)
	}, func(tx *store.Tx, _ *osprey.Collection, p osprey.Person) error {
		return tx.TouchPerson(person, len(p.Images)-1)
	})
}

// referenced is the refusal to delete what analyses matched, or nil.
func referenced(field, message string, refs []store.Reference, total int) error {
	if total == 0 {
		return nil
	}
	list := make([]osprey.Details, len(refs))
	for i, r := range refs {
		list[i] = osprey.Details{"analysis_id": string(r.Analysis), "folder_id": string(r.Folder)}
	}
	return osprey.Conflict(field, "matched_by_analyses", "%s", message).
		With("analyses_total", total).With("analyses", list)
}

// remove is the deletion half of the protocol: row, index, answer, blob. Without
// an image all photos of the person go. mayGo refuses; finish writes what else
// changes. Both run in the one transaction that also holds the collection's row,
// so that a search that is about to commit a match sees the deletion or is seen by
// it.
func (s *Service) remove(ctx context.Context, g access.Grant, action string, collection, person, image osprey.ID,
	mayGo func(*store.Tx, []osprey.PersonImage) error,
	finish func(*store.Tx, *osprey.Collection, osprey.Person) error,
) error {
	var c osprey.Collection
	err := again(func() error {
		hashes, err := s.vectorHashes(ctx, g, collection, person)
		if err != nil {
			return err
		}
		return s.audited(ctx, g, action, "person", person, func(tx *store.Tx, e *access.Event) (err error) {
			if c, err = tx.LockCollection(collection); err != nil {
				return notExist(err, "")
			}
			e.Company = c.Company
			p, err := whole(tx, collection, person)
			if err != nil {
				return err
			}
			images := p.Images
			if image != "" {
				gone, err := tx.PersonImage(collection, person, image)
				if err != nil {
					return notExist(err, "")
				}
				images = []osprey.PersonImage{gone}
			}
			if err := g.Check(c.Company, g.Actor.User); err != nil {
				return err
			}
			if err := mayGo(tx, images); err != nil {
				return err
			}
			if err := s.dropImages(tx, &c, images, hashes); err != nil {
				return err
			}
			if err := finish(tx, &c, p); err != nil {
				return err
			}
			e.Details = osprey.Details{"collection_id": string(collection), "images": len(images)}
			if len(images) == 1 {
				e.Details["person_image_id"] = string(images[0].ID)
			}
			c.Updated = tx.Now()
			return tx.SetCollectionState(c)
		})
	})
	if err != nil {
		return err
	}
	killpoint.Hit(killpoint.DeleteAfterCommit)
	s.follow(ctx, c)
	killpoint.Hit(killpoint.DeleteInIndex)
	s.o.Index.DropSnapshot(c)
	s.o.Erase()
	return nil
}

// dropImages removes photos: rows, digest, change log, and the notes of the blobs
// to erase.
func (s *Service) dropImages(tx *store.Tx, c *osprey.Collection, images []osprey.PersonImage, hashes map[osprey.ID]gallery.VectorHash) error {
	digest, err := index.ParseDigest(c.Digest)
	if err != nil {
		return err
	}
	var keys []string
	for _, i := range images {
		hash, ok := hashes[i.ID]
		if !ok {
			return errAgain // enrolled after its templates were read
		}
		digest = digest.Sub(hash.Entry(string(i.ID), string(i.Person)))
		c.Version++
		c.Images--
		if err := tx.AppendChange(store.Change{Collection: c.ID, Version: c.Version, Op: store.ChangeRemove, Image: i.ID, Person: i.Person}); err != nil {
			return err
		}
		if err := tx.DeletePersonImage(i.ID); err != nil {
			return err
		}
		keys = append(keys, i.Blob, i.Thumb)
	}
	c.Digest = index.DigestText(digest)
	return tx.AddBlobErase(keys)
}

// errAgain asks for a repetition: a photo was enrolled after the templates of the
// person were read. Deletion and move repeat a few times before they give up.
var errAgain = osprey.Unavailable("changed", time.Second, "The person is being changed; try again")

const attempts = 5

// again repeats f while it answers errAgain.
func again(f func() error) error {
	err := f()
	for i := 1; i < attempts && errors.Is(err, errAgain); i++ {
		err = f()
	}
	return err
}

// vectorHashes opens the templates of a person's photos, outside any
// transaction, for the collection's digest. What is not visible is left to the
// transaction to refuse.
func (s *Service) vectorHashes(ctx context.Context, g access.Grant, collection, person osprey.ID) (map[osprey.ID]gallery.VectorHash, error) {
	var company osprey.ID
	sealed := make(map[osprey.ID]osprey.SealedTemplate)
	err := s.o.Store.Read(ctx, g.View, func(tx *store.Tx) error {
		p, err := whole(tx, collection, person)
		if err != nil {
			return err
		}
		company = p.Company
		for _, i := range p.Images {
			if sealed[i.ID], err = tx.Template(i.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make(map[osprey.ID]gallery.VectorHash, len(sealed))
	for id, t := range sealed {
		v, err := s.o.Templates.Open(ctx, company, id, t)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			// What cannot be read can still be deleted. The digest is wrong from here on;
			// the next start notices and builds the gallery anew.
			s.o.Logger.Error("a template cannot be opened; run: osprey check", "person_image", id, "error", err)
			out[id] = gallery.VectorHash{}
			continue
		}
		out[id] = gallery.HashVector(v)
		clear(v)
	}
	return out, nil
}

// notExistBlob answers for bytes that are gone: the medium was deleted between
// the look at its row and the reading.
func notExistBlob(err error) error {
	if errors.Is(err, blob.ErrNotFound) {
		return osprey.NotExist()
	}
	return err
}
